package proctor

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
)

// wrongPIN differs from the right one.
func wrongPIN(pin string) string {
	if pin == "000000" {
		return "000001"
	}
	return "000000"
}

func TestACandidateSignsIn(t *testing.T) {
	w := newWorld(t, nil)
	_, err := w.enter("2410-0001", "123456", pc1, Place{})
	w.is(err, engine.NotOpen, "")
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	_, err = w.enter("2410-0001", "123456", pc1, Place{})
	w.is(err, engine.NotOpen, "") // no PIN has been given out
	_, err = w.enter("2410-0006", "123456", pc1, Place{})
	w.is(err, engine.NotOpen, "") // no sitting yet
	pin := w.checkin("2410-0001")
	_, err = w.enter("2410-0001", pin, "my computer", Place{})
	w.is(err, engine.BadFrame, "device")
	_, err = w.enter("2410-0001", pin, pc1, Place{Site: "soe"})
	w.is(err, engine.OtherSite, "kupang-2")
	in, err := w.enter(" 24100001", pin, pc1, Place{Site: "kupang-2", Seat: "kursi-1"})
	if err != nil || in.State != engine.Present || in.Sitting != s1 || in.Person.Name != "Sari Wulandari" {
		t.Fatal(in, err)
	}
	s := w.state("2410-0001")
	if s.Session != HashSecret(in.Secret) || s.SeatedBy != pc1 || len(in.Secret) != 43 {
		t.Fatalf("%+v", s)
	}
	again, err := w.enter("2410-0001", pin, pc1, Place{})
	if err != nil || again.Secret == in.Secret || w.state("2410-0001").Session != HashSecret(again.Secret) {
		t.Fatal("the newest session does not stand", err)
	}
}

func TestFiveWrongPINsLockANumberUntilASupervisorUnlocks(t *testing.T) {
	w := newWorld(t, nil)
	pin := w.checkin("2410-0001")
	other := w.checkin("2410-0002")
	wrong := func() (no *engine.Refusal) {
		t.Helper()
		_, err := w.enter("2410-0001", wrongPIN(pin), uuid.NewString(), Place{})
		if !errors.As(err, &no) {
			t.Fatal(err)
		}
		return no
	}
	for left := 4; left > 0; left-- {
		if no := wrong(); no.Code != engine.WrongPin || no.Left != left {
			t.Fatalf("%+v, %d left", no, left)
		}
	}
	for range 2 {
		if no := wrong(); no.Code != engine.Locked || no.Retry <= 0 || no.Retry > LockFor {
			t.Fatalf("%+v", no)
		}
	}
	if _, err := w.enter("2410-0001", pin, pc1, Place{}); !errors.Is(err, engine.Locked) {
		t.Fatal("the right PIN opens a locked number: ", err)
	}
	if _, err := w.enter("2410-0002", other, pc2, Place{}); err != nil {
		t.Fatal("another number is locked: ", err)
	}
	w.settle()
	if all, _ := w.desk.Incidents(w.ctx, s1); len(all) != 1 || all[0].Why != AlertLocked || all[0].Number != "2410-0001" {
		t.Fatalf("%+v", all)
	}
	if seats, _, _ := w.desk.Seats(s1); len(seats[0].Alerts) != 1 || seats[0].Alerts[0] != AlertLocked {
		t.Fatalf("%+v", seats[0])
	}
	w.act(sup, Request{Action: engine.ActUnlock, Seats: []string{"1"}})
	if no := wrong(); no.Code != engine.WrongPin || no.Left != 4 {
		t.Fatalf("an unlock does not begin a new count: %+v", no)
	}
	if _, err := w.enter("2410-0001", pin, pc1, Place{}); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if _, err := w.enter("2410-0001", pin, pc1, Place{}); err != nil {
		t.Fatal("the lock comes back with the journal's tail: ", err)
	}
}

func TestALockEndsByItselfAndANewPINLiftsIt(t *testing.T) {
	w := newWorld(t, nil)
	pin := w.checkin("2410-0001")
	guess := func(now engine.Instant) error {
		_, err := w.door.SignIn(w.ctx, "2410-0001", wrongPIN(pin), uuid.NewString(), "", Place{}, now)
		return err
	}
	now := w.hall.Now()
	for range pinTries {
		_ = guess(now)
	}
	if err := guess(now.Add(LockFor - time.Second)); !errors.Is(err, engine.Locked) {
		t.Fatal(err)
	}
	if _, err := w.door.SignIn(w.ctx, "2410-0001", pin, pc1, "", Place{}, now.Add(LockFor)); err != nil {
		t.Fatal(err)
	}
	for range pinTries {
		_ = guess(now.Add(LockFor))
	}
	pin = w.checkin("2410-0001")
	w.settle()
	if _, err := w.enter("2410-0001", pin, pc2, Place{}); err != nil {
		t.Fatal("a new PIN does not lift the lock: ", err)
	}
}

func TestANumberThatNobodyHasIsToldNothing(t *testing.T) {
	w := newWorld(t, nil)
	for left := 4; left >= 0; left-- {
		_, err := w.enter("9999", "123456", uuid.NewString(), Place{})
		var no *engine.Refusal
		if !errors.As(err, &no) || left > 0 && (no.Code != engine.WrongPin || no.Left != left) || left == 0 && no.Code != engine.Locked {
			t.Fatalf("%+v", err)
		}
	}
}

func TestADeviceThatTriesManyNumbersIsSlowedDown(t *testing.T) {
	w := newWorld(t, nil)
	now := w.hall.Now()
	for i := range deviceBurst {
		_, err := w.door.SignIn(w.ctx, "99"+string(rune('a'+i)), "123456", pc1, "", Place{}, now)
		if !errors.Is(err, engine.WrongPin) {
			t.Fatal(err)
		}
	}
	_, err := w.door.SignIn(w.ctx, "99z", "123456", pc1, "", Place{}, now)
	var no *engine.Refusal
	if !errors.As(err, &no) || no.Code != engine.Locked || no.Retry <= 0 || no.Retry > deviceEvery {
		t.Fatal(err)
	}
}

func TestASecondComputerWaitsAndTheFirstIsTold(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	w.settle() // its own sign-in would take the alert away
	holder := w.state("2410-0001")
	w.live("2410-0001").Touch(w.hall.Now())
	var told []string
	w.door.Warns(func(attempt string) { told = append(told, attempt) })
	pin := w.checkin("2410-0001")
	for range 3 {
		_, err := w.enter("2410-0001", pin, pc2, Place{})
		w.is(err, engine.InUse, "")
	}
	if s := w.state("2410-0001"); s.Session != holder.Session || len(told) != 1 || told[0] != w.live("2410-0001").ID {
		t.Fatalf("told %v, %+v", told, s)
	}
	w.settle()
	if seats, _, _ := w.desk.Seats(s1); len(seats[0].Alerts) != 1 || seats[0].Alerts[0] != AlertTwoDevices {
		t.Fatalf("%+v", seats[0])
	}
	if all := w.station.Incidents(s1); len(all) != 1 {
		t.Fatalf("%+v", all)
	}
	w.act(sup, Request{Action: engine.ActRelease, Seats: []string{"1"}, Reason: "device"})
	if _, err := w.enter("2410-0001", pin, pc2, Place{}); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if seats, _, _ := w.desk.Seats(s1); len(seats[0].Alerts) != 0 {
		t.Fatalf("%+v", seats[0])
	}
}

// Who was checked in and never began would wait for a start that cannot come.
func TestASittingThatEndedLetsNobodyInWhoNeverBegan(t *testing.T) {
	w := newWorld(t, nil)
	waited := w.checkin("2410-0002")
	w.working("2410-0001")
	worked := w.checkin("2410-0001")
	w.act(sup, Request{Action: engine.ActFinish})
	_, err := w.enter("2410-0002", waited, pc2, Place{})
	w.is(err, engine.Closed, "")
	if _, err := w.enter("2410-0001", worked, pc1, Place{}); err != nil {
		t.Fatal("who worked sees the result: ", err)
	}
}

func TestAFinishedCandidateSignsInToSeeTheResult(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	pin := w.checkin("2410-0001")
	w.act(sup, Request{Action: engine.ActFinish})
	later := w.hall.Now().Add(w.def.Policy.HandIn() + time.Minute)
	in, err := w.door.SignIn(w.ctx, "2410-0001", pin, pc2, "skd-2026", Place{}, later)
	if err != nil || in.State != engine.Done {
		t.Fatal(in, err)
	}
	w.def.Policy.ShowScores = false
	if _, err = w.enter("2410-0001", pin, pc1, Place{}); err != nil {
		t.Fatal("within the hand-in time the outbox may come: ", err)
	}
	_, err = w.door.SignIn(w.ctx, "2410-0001", pin, pc2, "", Place{}, later.Add(time.Minute))
	w.is(err, engine.AlreadyOver, "")
	w.act(sup, Request{Action: engine.ActClose})
	_, err = w.enter("2410-0001", pin, pc1, Place{})
	w.is(err, engine.Closed, "")
}

func TestTheSamePINInTwoExamsHasToBeChosen(t *testing.T) {
	w := newWorld(t, nil)
	second := *w.def
	second.Code = "skb-2026"
	w.people.Admit(&second)
	twin := *w.people.Find("2410-0001", "")[0]
	twin.Attempt = ""
	if err := w.people.Save(w.ctx, second.Code, []Person{twin}, nil); err != nil {
		t.Fatal(err)
	}
	pin := w.checkin("2410-0001")
	other := w.people.Find("2410-0001", second.Code)[0]
	live := w.hall.Admit(other.Attempt, &engine.Terms{Policy: second.Policy, Length: time.Hour})
	if _, err := w.enter("2410-0001", pin, pc1, Place{}); err != nil {
		t.Fatal("the other exam is not open, nothing is to be chosen: ", err)
	}
	room := w.hall.Sitting("skb-2026.s1")
	if _, err := room.Act(engine.Command{Act: engine.ActOpenCheckin, By: "ratna", At: w.hall.Now()}); err != nil {
		t.Fatal(err)
	}
	r := live.Ask(engine.Command{
		Act: engine.ActCheckin, At: w.hall.Now(), By: "vera", Sitting: room.ID, Seat: "02", Number: other.Number,
		Pin: w.desk.keys.HashPIN(room.ID, other.Attempt, pin),
	}, nil)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	_, err := w.enter("2410-0001", pin, pc1, Place{})
	w.is(err, engine.Choose, "exam")
	in, err := w.door.SignIn(w.ctx, "2410-0001", pin, pc1, " SKB-2026 ", Place{}, w.hall.Now())
	if err != nil || in.Attempt != other.Attempt {
		t.Fatal(in, err)
	}
}

// The code of an exam is told aloud: who misheard it, with the right PIN, is asked again and loses
// no try, and who has not the PIN learns nothing.
func TestAMisheardExamCostsNoTry(t *testing.T) {
	w := newWorld(t, nil)
	pin := w.checkin("2410-0001")
	for range pinTries + 1 {
		_, err := w.door.SignIn(w.ctx, "2410-0001", pin, pc1, "skb-2062", Place{}, w.hall.Now())
		w.is(err, engine.Choose, "exam")
	}
	for left := pinTries - 1; left > 0; left-- {
		_, err := w.door.SignIn(w.ctx, "2410-0001", "000000", pc2, "skb-2062", Place{}, w.hall.Now())
		var no *engine.Refusal
		if !errors.As(err, &no) || no.Code != engine.WrongPin || no.Left != left {
			t.Fatalf("%+v, want %d left", err, left)
		}
	}
	if _, err := w.enter("2410-0001", pin, pc1, Place{}); err != nil {
		t.Fatal(err)
	}
}
