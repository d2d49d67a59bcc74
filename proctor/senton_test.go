package proctor

import (
	"testing"

	"github.com/google/uuid"

	"terang/engine"
)

// The roster follows an act that sends people to another sitting after a while, on every node.
// These tests act in between: this node's people are those of before until again is called.

// suspended are two people of s1 who have begun and were sent on to s3.
func suspended(t *testing.T) *world {
	w := newWorld(t, nil)
	w.employ(sup, sup2)
	w.working("2410-0001", "2410-0002")
	w.act(sup, Request{Action: engine.ActPause, Reason: "power"})
	for _, n := range []string{"2410-0001", "2410-0002"} {
		w.ask(n, engine.Command{Act: engine.ActFollow, By: "engine"})
	}
	w.actAt(s1, sup, Request{Action: engine.ActContinue, To: "s3", Reason: "power"})
	return w
}

func TestTheEndOfASittingLeavesThoseWhoGoOnElsewhere(t *testing.T) {
	t.Parallel()
	w := suspended(t)
	w.failed(sup, Request{Action: engine.ActFinish, Numbers: []string{"2410-0001"}, Reason: "other"}, engine.WrongState, "elsewhere")
	w.act(sup, Request{Action: engine.ActFinish})
	if phase := w.hall.Sitting(s1).State().Phase; phase != engine.Ended {
		t.Fatalf("the sitting is %s", phase)
	}
	for _, n := range []string{"2410-0001", "2410-0002"} {
		if a := w.state(n); !a.Suspended() || a.Sitting != s3 {
			t.Errorf("%s, who goes on at another sitting: %s at %s", n, a.State, a.Sitting)
		}
	}
	// Until the roster has followed, what was cut short can be gone on with here.
	open := w.refused(sup, Request{Action: engine.ActClose}, engine.WrongState, "undecided")
	if len(open.Failed) != 2 || open.Failed[0].Field != "elsewhere" {
		t.Errorf("closed with people on its list who go on elsewhere: %+v", open)
	}
	w.again()
	w.act(sup, Request{Action: engine.ActClose})
	w.actAt(s3, sup, Request{Action: engine.ActOpenCheckin})
	w.actAt(s3, sup, Request{Action: engine.ActCheckin, Numbers: []string{"2410-0001", "2410-0002"}})
}

// Nobody can end there what was begun here once that sitting is over: then it is ended here.
func TestTheEndOfASittingFinishesWhomTheOtherOneLeftOut(t *testing.T) {
	t.Parallel()
	w := suspended(t)
	now := w.hall.Now()
	for _, act := range []string{engine.ActOpenCheckin, engine.ActStart, engine.ActFinish} {
		if _, err := w.hall.Sitting(s3).Act(engine.Command{Act: act, By: sup.User, At: now, Since: now}); err != nil {
			t.Fatal(err)
		}
	}
	w.act(sup, Request{Action: engine.ActFinish})
	if a := w.state("2410-0001"); a.State != engine.Done {
		t.Errorf("left open: %s at %s", a.State, a.Sitting)
	}
}

func TestNobodyIsCheckedInWhereTheyWereSentAwayFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.employ(sup, sup2)
	w.checkin("2410-0001")
	seat := w.state("2410-0001").Seat
	w.actAt(s1, sup, Request{Action: engine.ActTransfer, Numbers: []string{"2410-0001"}, To: "s3", Reason: "health"})
	w.settle()
	views, counts, err := w.desk.Seats(s1)
	if err != nil || len(views) != 3 || counts.Registered != 3 || counts.Transferred != 1 || !counts.addUp() {
		t.Errorf("the station shows %+v of %d, %v", counts, len(views), err)
	}
	w.failed(veri, Request{Action: engine.ActCheckin, Numbers: []string{"2410-0001"}}, engine.WrongState, "elsewhere")
	w.failed(veri, Request{Action: engine.ActTurnAway, Numbers: []string{"2410-0001"}, Reason: "papers"}, engine.WrongState, "elsewhere")
	w.act(veri, Request{Action: engine.ActCheckin, Numbers: []string{"2410-0003"}, To: seat, Reason: "request"}) // it is free
	if a := w.state("2410-0001"); a.State != engine.Assigned || a.Sitting != s3 || a.Pin != "" || a.Seat != "" {
		t.Errorf("%s at %s, seat %q", a.State, a.Sitting, a.Seat)
	}
	w.again()
	w.actAt(s3, sup, Request{Action: engine.ActOpenCheckin})
	if got := w.actAt(s3, sup, Request{Action: engine.ActCheckin, Numbers: []string{"2410-0001"}}); len(got.PINs) != 1 {
		t.Errorf("%+v", got)
	}
}

// An act that was cut short before the roster followed is gone on with by the next one that
// sends its people to the same place, and moves nobody twice.
func TestTheRosterFollowsAnActThatWasCutShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.ask("2410-0001", engine.Command{Act: engine.ActTransfer, By: sup.User, Op: uuid.NewString(), Sitting: s3, From: s1, Why: "health"})
	w.failed(sup, Request{Action: engine.ActTransfer, Numbers: []string{"2410-0001"}, To: "s2", Reason: "health"}, engine.WrongState, "elsewhere")
	w.actAt(s1, sup, Request{Action: engine.ActTransfer, Numbers: []string{"2410-0001", "2410-0002"}, To: "s3", Reason: "health"})
	w.again()
	for _, n := range []string{"2410-0001", "2410-0002"} {
		if p := w.people.Find(n, "")[0]; p.SittingID() != s3 {
			t.Errorf("the roster has %s at %s", n, p.SittingID())
		}
		moves := 0
		for _, e := range w.stream(engine.AttemptStream + w.live(n).ID) {
			if e.Kind == engine.Transferred {
				moves++
			}
		}
		if moves != 1 {
			t.Errorf("%s was moved %d times", n, moves)
		}
	}
}

// That the sittings went on meanwhile keeps nobody between them: the roster follows all the same.
func TestTheRosterFollowsAfterBothSittingsWentOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.employ(sup, sup2)
	w.checkin("2410-0001")
	w.ask("2410-0001", engine.Command{Act: engine.ActTransfer, By: sup.User, Op: uuid.NewString(), Sitting: s3, From: s1, Why: "health"})
	w.act(sup, Request{Action: engine.ActStart})
	now := w.hall.Now()
	for _, act := range []string{engine.ActOpenCheckin, engine.ActStart} {
		_, err := w.hall.Sitting(s3).Act(engine.Command{Act: act, By: sup.User, At: now, Since: now})
		w.ok(err)
	}
	send := Request{Action: engine.ActTransfer, Numbers: []string{"2410-0001"}, To: "s3", Reason: "health"}
	with := send
	with.Numbers = append(with.Numbers, "2410-0002")
	with.Op = uuid.NewString()
	_, err := w.desk.Act(w.ctx, sup, s1, with)
	w.is(err, TooLate, "to")
	w.actAt(s1, sup, send)
	w.again()
	if p := w.people.Find("2410-0001", "")[0]; p.SittingID() != s3 {
		t.Errorf("the roster has them at %s", p.SittingID())
	}
}

// What a desk asks is refused to somebody whom another node sends on in the same moment, and is
// no failure of the sitting's end.
func TestADeskThatSawSomebodyHereDoesNotReachThemElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.employ(sup, sup2)
	w.working("2410-0001")
	a, err := w.desk.open(s1)
	w.ok(err)
	a.Request, a.by = Request{Action: engine.ActFinish, Op: uuid.NewString()}, sup.User
	var seen target
	for _, c := range w.desk.chairs(a.room) {
		if c.person.Number == "2410-0001" {
			seen = c.target()
		}
	}
	w.actAt(s1, sup, Request{Action: engine.ActContinue, Numbers: []string{"2410-0001"}, To: "s3", Reason: "power"})
	response := w.desk.each(a, []target{seen}, w.desk.commands)
	if len(response.Failed) != 1 || response.Failed[0].Code != engine.WrongState || response.Failed[0].Field != "elsewhere" {
		t.Errorf("%+v", response)
	}
	if s := w.state("2410-0001"); !s.Suspended() {
		t.Errorf("%s", s.State)
	}
}

// A roster that was changed after a transfer has the last word of who has come nowhere yet.
func TestARosterThatWentOnAfterATransferIsBelieved(t *testing.T) {
	t.Parallel()
	at := func(state engine.State) *engine.Attempt {
		return &engine.Attempt{State: state, Sitting: s3, MovedAt: 50}
	}
	was := func(at engine.Instant) *Person { return &Person{Was: []Placement{{At: at, Sitting: "s3"}}} }
	for what, test := range map[string]struct {
		attempt *engine.Attempt
		person  *Person
		sitting string
		want    bool
	}{
		"who came nowhere":                        {&engine.Attempt{State: engine.Assigned}, &Person{}, s1, false},
		"where the attempt is":                    {at(engine.Assigned), &Person{}, s3, false},
		"a roster of before":                      {at(engine.Assigned), &Person{}, s1, true},
		"a roster that moved them before":         {at(engine.Assigned), was(40), s1, true},
		"a roster that moved them since":          {at(engine.Assigned), was(60), s1, false},
		"a roster that moved who is there by now": {at(engine.Present), was(60), s1, true},
	} {
		if got := sentOn(test.attempt, test.person, test.sitting); got != test.want {
			t.Errorf("%s: sent on %v", what, got)
		}
	}
}
