package proctor

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"terang/engine"
)

func (c Counts) addUp() bool {
	return c.Registered == c.Absent+c.Here &&
		c.Here == c.Present+c.Ready+c.Working+c.Offline+c.Paused+c.Finished+c.Disqualified+c.Continued
}

func TestTheStationShowsEverybodyAndCountsAddUp(t *testing.T) {
	w := newWorld(t, nil)
	w.settle()
	seats, counts, err := w.desk.Seats(s1)
	if err != nil || counts != (Counts{Seats: 5, Registered: 4, Absent: 4}) || len(seats) != 4 || seats[3].Seat != "" {
		t.Fatalf("%v %+v %+v", err, counts, seats)
	}
	w.working("2410-0001", "2410-0002")
	w.act(sup, Request{Action: engine.ActPause, Seats: []string{"2"}, Reason: "device"})
	w.settle()
	w.live("2410-0001").Touch(w.hall.Now())
	seats, counts, _ = w.desk.Seats(s1)
	if !counts.addUp() || counts.Working != 1 || counts.Paused != 1 || counts.Absent != 2 {
		t.Fatalf("%+v", counts)
	}
	one := seats[0]
	if one.Name != "Sari Wulandari" || one.State != engine.Running || one.Ends == "" || one.Parts[0].What != "base" || one.Remaining == 0 || len(one.Alerts) != 0 {
		t.Fatalf("%+v", one)
	}
	if two := seats[1]; two.Ends != "" || two.Group != GroupPaused {
		t.Fatalf("the clock stands and shows an end: %+v", two)
	}
	w.desk.now = func() engine.Instant { return w.hall.Now().Add(12 * time.Second) }
	if seats, counts, _ = w.desk.Seats(s1); counts.Offline != 1 || !counts.addUp() || seats[0].OfflineSince == "" || len(seats[0].Alerts) != 0 {
		t.Fatalf("%+v", seats[0])
	}
	w.desk.now = func() engine.Instant { return w.hall.Now().Add(16 * time.Second) }
	if seats, _, _ = w.desk.Seats(s1); !slices.Contains(seats[0].Alerts, "offline") {
		t.Fatalf("%+v", seats[0])
	}
}

func TestASeatThatWasGivenAwayIsNotShownTwice(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	w.act(sup, Request{Action: engine.ActMove, Seats: []string{"1"}, To: "2"})
	w.settle()
	seats, counts, _ := w.desk.Seats(s1)
	if !counts.addUp() || counts.Paused != 1 {
		t.Fatalf("a move stops the clock: %+v", counts)
	}
	if seats[0].Number != "2410-0001" || seats[0].Seat != "02" {
		t.Fatalf("%+v", seats)
	}
	for _, v := range seats[1:] {
		if v.Seat == "02" {
			t.Fatalf("%+v", v)
		}
	}
}

func TestAlertsComeAndGo(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	alerts := func() []string {
		w.settle()
		w.live("2410-0001").Touch(w.hall.Now())
		seats, _, err := w.desk.Seats(s1)
		if err != nil {
			t.Fatal(err)
		}
		return seats[0].Alerts
	}
	for _, c := range []struct{ on, off Request }{
		{Request{Action: engine.ActLeave, Reason: "toilet"}, Request{Action: engine.ActReturn}},
		{Request{Action: engine.ActDoubt, Reason: "identity"}, Request{Action: engine.ActDecideDoubt, Decision: "cleared"}},
	} {
		c.on.Seats, c.off.Seats = []string{"1"}, []string{"1"}
		w.act(sup, c.on)
		if got := alerts(); len(got) != 1 {
			t.Fatalf("%s: %v", c.on.Action, got)
		}
		by := sup
		if c.off.Action == engine.ActDecideDoubt {
			by = veri // another unit than who raised it
		}
		w.act(by, c.off)
		if got := alerts(); len(got) != 0 {
			t.Fatalf("%s: %v", c.off.Action, got)
		}
	}
	for _, c := range []string{"a", "b", "b", "a", "b"} {
		if got := alerts(); len(got) != 0 {
			t.Fatalf("before the third change: %v", got)
		}
		w.ask("2410-0001", engine.Command{Act: engine.ActAnswer, By: "candidate", Op: uuid.NewString(), Q: 1, C: c, Gen: 1})
	}
	if got := alerts(); !slices.Equal(got, []string{"item_changed"}) {
		t.Fatal(got)
	}
	seats, _, _ := w.desk.Seats(s1)
	if seats[0].Progress != 1 {
		t.Fatalf("%+v", seats[0])
	}
}

func TestAStationIsTheSameAfterARestart(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	w.act(veri, Request{Action: engine.ActDoubt, Seats: []string{"1"}, Reason: "identity"})
	if err := w.desk.Note(w.ctx, sup, s1, Happening{Op: uuid.NewString(), Seat: "1", Why: "device"}); err != nil {
		t.Fatal(err)
	}
	w.settle()
	fresh := NewStation(w.people)
	records, err := w.db.Tail(w.ctx, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		e, err := engine.Decode(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		fresh.Apply(r, &e)
	}
	now := w.hall.Now()
	p := w.people.Find("2410-0001", "")[0]
	was, is := w.station.view(p, w.hall, now), fresh.view(p, w.hall, now)
	if !slices.Equal(was.Alerts, is.Alerts) || was.State != is.State || was.Ends != is.Ends || len(fresh.Incidents(s1)) != 1 {
		t.Fatalf("%+v\n%+v", was, is)
	}
}

func TestCountsAddUpWhateverTheGroups(t *testing.T) {
	groups := []string{GroupAbsent, GroupPresent, GroupReady, GroupWorking, GroupOffline, GroupPaused, GroupFinished, GroupDisqualified, GroupContinued}
	rapid.Check(t, func(t *rapid.T) {
		var c Counts
		people := rapid.SliceOf(rapid.SampledFrom(groups)).Draw(t, "groups")
		for _, g := range people {
			c.add(g)
		}
		if !c.addUp() || c.Registered != len(people) {
			t.Fatalf("%+v", c)
		}
	})
}

func TestAnOverviewTellsWhatTheReaderMayDo(t *testing.T) {
	w := newWorld(t, nil)
	v, err := w.desk.Overview(veri, s1)
	if err != nil || v.Zone != "Asia/Makassar" || v.Planned != "2026-11-22T00:00:00.000Z" || v.SiteName != "Kupang 2" ||
		!slices.Equal(v.May, []string{engine.ActCheckin, engine.ActDecideDoubt, engine.ActDoubt, ActNote, engine.ActTurnAway}) {
		t.Fatalf("%v %+v", err, v)
	}
	all, err := w.desk.Sittings(Account{User: "x", Grants: []Grant{{Role: Auditor, Site: "kupang-2"}}})
	if err != nil || len(all) != 2 || all[0].ID != s1 {
		t.Fatalf("%v %+v", err, all)
	}
	_, err = w.desk.Overview(Account{User: "x", Grants: []Grant{{Role: Supervisor, Site: "soe"}}}, s1)
	w.is(err, engine.NotAllowed, "sitting")
}
