package proctor

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
)

// minutesNow are the facts of the first sitting as its records stand.
func (w *world) minutesNow() *Facts {
	w.Helper()
	c := NewConduct(s1, w.people.In(s1))
	last := engine.Pos(0)
	for {
		records, err := w.db.Tail(w.ctx, last, 1000)
		w.ok(err)
		for _, r := range records {
			e, err := engine.Decode(r.Body)
			w.ok(err)
			c.Apply(r, &e)
			last = r.Pos
		}
		if len(records) == 0 {
			return c.Facts(w.def)
		}
	}
}

// A candidate who was paused for long goes on at the first word of anybody, with or without a
// second person; what the station and the minutes say of the pause depends on who had a part in it.
func TestAPauseBeyondWhatOneMayGiveIsShownAndStopsNobody(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001", "2410-0002")
	w.employ(sup)
	w.account("bagus", Everywhere(Supervisor)...)
	limit := time.Duration(w.def.Policy.CreditAloneMS) * time.Millisecond
	shown := func() (alert, beyond bool) {
		w.settle()
		seats, _, err := w.desk.Seats(s1)
		w.ok(err)
		for _, p := range seats[0].Parts {
			beyond = beyond || p.Beyond
		}
		return slices.Contains(seats[0].Alerts, AlertPauseBeyond), beyond
	}
	marked := func() (marked []bool) {
		for _, s := range w.minutesNow().Stops {
			marked = append(marked, s.Beyond)
		}
		return marked
	}
	begins := w.hall.Now()
	after := func(d time.Duration) { w.desk.now = func() engine.Instant { return begins.Add(d) } }
	stop := Request{Action: engine.ActPause, Seats: []string{"1"}, Reason: "device"}
	goOn := Request{Action: engine.ActResume, Seats: []string{"1"}}
	signed := goOn
	signed.Second = &Second{User: "bagus", Password: password}

	after(0)
	w.act(sup, stop)
	if alert, beyond := shown(); alert || beyond {
		t.Error("a pause of a moment counts as a long one")
	}
	after(limit + time.Minute)
	if alert, beyond := shown(); !alert || !beyond {
		t.Errorf("a pause that is longer than one person may give: alert %v, marked %v", alert, beyond)
	}
	wrong := signed
	wrong.Second = &Second{User: "bagus", Password: "not the password"}
	w.refused(sup, wrong, engine.SecondPerson, "second")
	w.act(sup, goOn)
	if alert, beyond := shown(); alert || !beyond || w.state("2410-0001").State != engine.Running {
		t.Errorf("after its end: alert %v, marked %v, %s", alert, beyond, w.state("2410-0001").State)
	}
	if got := marked(); !slices.Equal(got, []bool{true}) {
		t.Errorf("the minutes mark %v", got)
	}
	// It was all that one person may give.
	if answer, err := w.desk.Act(w.ctx, sup, s1, Request{Op: uuid.NewString(), Action: engine.ActCredit, Seats: []string{"1"}, MS: 1000, Reason: "power"}); err != nil || answer.Proposal == "" {
		t.Errorf("a second more, by the same person alone: %+v %v", answer, err)
	}
	w.act(sup, stop)
	after(2*limit + 2*time.Minute)
	w.act(sup, signed)
	w.act(sup, stop)
	after(3*limit + 3*time.Minute)
	w.act(sup2, goOn)
	if got := marked(); !slices.Equal(got, []bool{true, false, false}) {
		t.Errorf("the minutes mark %v, the second was signed by two, and another ended the third", got)
	}
}

// Who is moved to another computer has a clock that stands until they sign in there: the station
// says so while it lasts, the minutes afterwards, and who moved them gives no more alone.
func TestAMoveBeyondWhatOneMayGiveIsShown(t *testing.T) {
	w := newWorld(t, nil)
	w.employ(sup, sup2)
	w.working("2410-0001")
	begins := w.hall.Now()
	w.act(sup, Request{Action: engine.ActMove, Seats: []string{"1"}, To: "5", Reason: "device"})
	w.desk.now = func() engine.Instant { return begins.Add(time.Hour) }
	w.settle()
	seats, _, err := w.desk.Seats(s1)
	w.ok(err)
	for _, v := range seats {
		if v.Number != "2410-0001" {
			continue
		}
		if !slices.Contains(v.Alerts, AlertMoveBeyond) || !slices.ContainsFunc(v.Parts, func(p PartView) bool { return p.What == "move" && p.Beyond }) {
			t.Errorf("alerts %v, parts %+v", v.Alerts, v.Parts)
		}
	}
	if answer, err := w.desk.Act(w.ctx, sup, s1, Request{Op: uuid.NewString(), Action: engine.ActCredit, Numbers: numbers("2410-0001"), MS: 1000, Reason: "power"}); err != nil || answer.Proposal == "" {
		t.Errorf("a second more, by the same person alone: %+v %v", answer, err)
	}
	person := w.people.Find("2410-0001", "")[0]
	c := NewConduct(s1, []*Person{person})
	at := engine.Instant(1000)
	n := 0
	for _, e := range []engine.Event{
		{Kind: engine.CheckedIn, At: at, By: "vera", Sitting: s1, Seat: "01"}, {Kind: engine.Started, At: at, From: at, MS: 6_000_000},
		{Kind: engine.DeviceMoved, At: at, By: "ratna", Seat: "05"}, {Kind: engine.DeviceBound, At: at.Add(time.Hour), By: "candidate", Device: pc1},
	} {
		n++
		c.Apply(engine.Record{Stream: engine.AttemptStream + person.Attempt, N: n}, &e)
	}
	if stops := c.Facts(w.def).Stops; len(stops) != 1 || !stops[0].Beyond || stops[0].MS != time.Hour.Milliseconds() {
		t.Errorf("the minutes say %+v", stops)
	}
}

// Pages ask for the reason of a pause. A program that gives none, or words alone, stops the
// clock all the same, and the record says as much.
func TestAPauseHasAReason(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001")
	for _, c := range []struct{ reason, code, words string }{
		{"", engine.WhyNotSaid, ""}, {"  ", engine.WhyNotSaid, ""}, {"Listrik padam", "other", "Listrik padam"}, {"power: genset", "power", "genset"}, {"noise", "noise", ""},
	} {
		for _, seats := range [][]string{{"1"}, nil} {
			w.act(sup, Request{Action: engine.ActPause, Seats: seats, Reason: c.reason})
			w.settle()
			var got engine.Event
			w.ok(w.db.Read(w.ctx, w.streamOf(seats), 0, func(r engine.Record) error {
				e, err := engine.Decode(r.Body)
				if e.Kind == engine.Paused && e.Ref == 0 || e.Kind == engine.SittingPaused {
					got = e
				}
				return err
			}))
			words, err := Text(w.ctx, w.db, got.Text)
			w.ok(err)
			if got.Why != c.code || words != c.words {
				t.Errorf("%q of %v is recorded as %q, %q", c.reason, seats, got.Why, words)
			}
			w.act(sup, Request{Action: engine.ActResume, Seats: seats})
		}
	}
}

func (w *world) streamOf(seats []string) string {
	if seats == nil {
		return engine.SittingStream + s1
	}
	return w.state("2410-0001").Stream
}
