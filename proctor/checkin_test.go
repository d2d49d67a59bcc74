package proctor

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
)

// Two desks find the same person at the same moment: one check-in stands, with its PIN, and
// the other desk is told who was faster.
func TestTwoDesksOneWins(t *testing.T) {
	w := newWorld(t, nil)
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	var answers [2]Response
	var both sync.WaitGroup
	for i, by := range []Account{veri, sup} {
		both.Go(func() {
			answers[i], _ = w.desk.Act(w.ctx, by, s1, Request{Op: uuid.NewString(), Action: engine.ActCheckin, First: true, Paper: "ktp", Numbers: numbers("2410-0001")})
		})
	}
	both.Wait()
	won, lost := answers[0], answers[1]
	winner := veri.User
	if len(won.Done) == 0 {
		won, lost, winner = lost, won, sup.User
	}
	if len(won.PINs) != 1 || len(lost.Done) != 0 || len(lost.PINs) != 0 || len(lost.Failed) != 1 ||
		lost.Failed[0].Code != engine.AlreadyHere || lost.Failed[0].Field != winner {
		t.Fatalf("%+v and %+v", won, lost)
	}
	s := w.state("2410-0001")
	if s.CheckedBy != winner || s.Paper != "ktp" || !w.desk.keys.CheckPIN(s.Pin, s1, w.live("2410-0001").ID, won.PINs[0].PIN) {
		t.Fatalf("%+v", s)
	}
	w.failed(veri, Request{Action: engine.ActCheckin, First: true, Paper: "membership", Numbers: numbers("2410-0002")}, engine.BadFrame, "paper")
}

// hour moves the sitting's recorded hour, as exam create and a postponement do.
func (w *world) hour(at engine.Instant) {
	w.Helper()
	_, err := w.hall.Sitting(s1).Append("", func(s *engine.Sitting) ([]engine.Event, error) {
		return []engine.Event{{Kind: engine.SittingPlanned, At: max(w.hall.Now(), s.At), By: "setup", From: at, MS: 6_000_000}}, nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

// Five minutes before its hour the door closes by the clock, whatever is pressed. Only a
// hour that is moved by record opens it again, and nobody has forfeited meanwhile.
func TestTheClockClosesTheDoorAndOnlyAMovedHourOpensIt(t *testing.T) {
	w := newWorld(t, nil)
	room := w.hall.Sitting(s1)
	w.hour(w.hall.Now().Add(time.Hour))
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	w.act(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0001")})
	w.hour(w.hall.Now().Add(4 * time.Minute))
	w.failed(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0002")}, engine.Closed, "checkin")
	w.act(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0001"), Reason: "mistake: lost PIN"})
	if room.State().Phase != engine.CheckingIn {
		t.Fatal("the predicate alone moves no phase")
	}
	for range 2 { // a second node finds it done
		if err := room.CloseCheckin(&w.def.Policy); err != nil {
			t.Fatal(err)
		}
	}
	if s := room.State(); s.Phase != engine.Waiting || s.ClosedAt == 0 {
		t.Fatalf("%+v", s)
	}
	w.refused(sup, Request{Action: engine.ActOpenCheckin}, engine.Closed, "hour")
	w.act(sup, Request{Action: engine.ActPostpone, To: w.hall.Now().Add(2 * time.Hour).Time().UTC().Format(time.RFC3339), Reason: "network: no road to the centre"})
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	w.act(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0002")})
	door, err := w.desk.AtDoor(s1)
	if err != nil || door.Closes == "" || door.Phase != engine.CheckingIn || door.Free != 3 || len(door.Papers) == 0 {
		t.Fatalf("%v %+v", err, door)
	}
}

// A room that is late as a whole opens its door late, by record, and nobody is late for it.
func TestADoorThatOpensAfterItsHourIsClosedByHand(t *testing.T) {
	w := newWorld(t, nil)
	w.hour(w.hall.Now().Add(-time.Hour))
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	w.act(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0001")})
	if s := w.hall.Sitting(s1).State(); s.ClosesAt(&w.def.Policy) != engine.Never || s.Phase != engine.CheckingIn {
		t.Fatalf("%+v", s)
	}
}

func TestWhoBrokeARuleAtTheDoorIsTurnedAwayByTwo(t *testing.T) {
	w := newWorld(t, nil)
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	w.know(veri, sup)
	asked := w.act(veri, Request{Action: engine.ActTurnAway, Numbers: numbers("2410-0001"), Reason: "disqualified: a stand-in"})
	if asked.Proposal == "" || w.state("2410-0001").Away != "" {
		t.Fatalf("one person alone: %+v", asked)
	}
	if _, err := w.desk.Decide(w.ctx, sup, asked.Proposal, uuid.NewString(), "approve", ""); err != nil {
		t.Fatal(err)
	}
	if s := w.state("2410-0001"); s.Away != "disqualified" || s.State != engine.Assigned {
		t.Fatalf("%+v", s)
	}
}

func TestThePersonAtTheDoorIsFoundByNumberCardAndName(t *testing.T) {
	w := newWorld(t, nil)
	for query, want := range map[string]string{
		"2410-0001": "2410-0001", "24100001": "2410-0001", "TERANG:skd-2026:2410-0001": "2410-0001", "terang:SKD-2026:24100001": "2410-0001",
		"sari": "2410-0001", "wul sar": "2410-0001", "0001": "2410-0001",
	} {
		f, err := w.desk.Seek(w.ctx, s1, query)
		if err != nil || len(f.Here) != 1 || f.Here[0].Number != want || len(f.Elsewhere) != 0 {
			t.Errorf("%q: %v %+v", query, err, f)
		}
	}
	for _, query := range []string{"", "x", "nobody at all", "TERANG:skb-2026:2410-0001", "TERANG::2410-0001", "9999"} {
		if f, err := w.desk.Seek(w.ctx, s1, query); err != nil || len(f.Here)+len(f.Elsewhere) != 0 {
			t.Errorf("%q: %v %+v", query, err, f)
		}
	}
	// The other sitting's person is told where to go, by number, and by name to nobody.
	other := w.people.In("skd-2026.s2")[0]
	f, err := w.desk.Seek(w.ctx, s1, other.Number)
	if err != nil || len(f.Elsewhere) != 1 || f.Elsewhere[0].Sitting != "Sesi 2" || f.Elsewhere[0].Room != "Ruang A" || !f.Elsewhere[0].Same || f.Elsewhere[0].Start == "" {
		t.Fatalf("%v %+v", err, f)
	}
	if f, _ := w.desk.Seek(w.ctx, s1, other.Name); len(f.Elsewhere)+len(f.Here) != 0 {
		t.Errorf("a name of another sitting is found: %+v", f)
	}
}

func TestAPhotoIsTakenOnlyWhereTheExamAllowsIt(t *testing.T) {
	w := newWorld(t, nil)
	w.checkin("2410-0001")
	w.is(w.desk.TakePhoto(w.ctx, veri, s1, "2410-0001", uuid.NewString(), []byte("jpeg")), engine.NotAllowed, "photo")
	w = newWorld(t, func(d *engine.Definition) { d.Policy.CheckinPhoto = true })
	w.is(w.desk.TakePhoto(w.ctx, oper, s1, "2410-0001", uuid.NewString(), []byte("jpeg")), engine.NotAllowed, "action")
	w.is(w.desk.TakePhoto(w.ctx, veri, s1, "2410-0001", uuid.NewString(), []byte("jpeg")), engine.WrongState, "assigned")
	w.checkin("2410-0001")
	if err := w.desk.TakePhoto(w.ctx, veri, s1, "2410-0001", uuid.NewString(), []byte("jpeg")); err != nil {
		t.Fatal(err)
	}
	kept, err := w.desk.Photo(w.ctx, veri, s1, "24100001")
	if err != nil || string(kept) != "jpeg" || w.state("2410-0001").Photo != engine.SHA256("jpeg") {
		t.Fatalf("%v %q", err, kept)
	}
}

// The register keeps the picture that the journal names, whatever is tried after it.
func TestARefusedPhotoLeavesTheAcceptedOne(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Policy.CheckinPhoto = true })
	w.working("2410-0001")
	take := func(picture string) error {
		return w.desk.TakePhoto(w.ctx, veri, s1, "2410-0001", uuid.NewString(), []byte(picture))
	}
	kept := func(want ...string) {
		t.Helper()
		var have []string
		w.ok(w.db.List(w.ctx, KindCheckinPhoto, "", func(e engine.Entry) error {
			have = append(have, string(e.Body))
			return nil
		}))
		shown, err := w.desk.Photo(w.ctx, veri, s1, "2410-0001")
		if err != nil || string(shown) != want[0] || !slices.Equal(have, want) || w.state("2410-0001").Photo != engine.SHA256(want[0]) {
			t.Fatalf("shown %q %v, kept %q, want %q", shown, err, have, want)
		}
	}
	w.ok(take("first"))
	kept("first")
	w.ok(take("second")) // in its place
	kept("second")
	w.act(sup, Request{Action: engine.ActFinish, Seats: []string{"1"}, Reason: "request"})
	w.is(take("third"), engine.WrongState, string(engine.Done))
	kept("second")
	w.is(take("second"), engine.WrongState, string(engine.Done))
	kept("second")
}

// One that an earlier version kept stays readable while it is the one that was accepted.
func TestAPhotoOfAnEarlierVersionIsShownIfItIsTheAcceptedOne(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Policy.CheckinPhoto = true })
	w.checkin("2410-0001")
	w.ok(w.desk.TakePhoto(w.ctx, veri, s1, "2410-0001", uuid.NewString(), []byte("jpeg")))
	p := w.people.Find("2410-0001", "")[0]
	w.ok(w.db.Erase(w.ctx, KindCheckinPhoto, checkinPhotoID(p, engine.SHA256("jpeg"))))
	old := func(picture string) ([]byte, error) {
		w.ok(w.db.Put(w.ctx, engine.Entry{Kind: KindCheckinPhoto, ID: p.Exam + "/" + p.Attempt, Body: []byte(picture)}))
		return w.desk.Photo(w.ctx, veri, s1, "2410-0001")
	}
	if shown, err := old("jpeg"); err != nil || string(shown) != "jpeg" {
		t.Fatalf("%q %v", shown, err)
	}
	if shown, err := old("refused"); !errors.Is(err, engine.ErrAbsent) {
		t.Fatalf("%q %v", shown, err)
	}
}
