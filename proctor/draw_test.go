package proctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"terang/engine"
)

var drawKeys = Keys{Secret: []byte("a secret of thirty-two bytes ...")}

func room20() []string {
	var seats []string
	for n := 1; n <= 20; n++ {
		seats = append(seats, seatNumber(n, 20))
	}
	return seats
}

// Every seat is as likely, at every draw, and so is every distance between the seats of two
// who come one after the other: nobody's friend ends up beside them by coming with them. The
// bounds are the 0.9999 quantiles of chi-square with 19 and 18 degrees of freedom; keys and
// sittings are fixed, so that the test says the same each time.
func TestEverySeatIsAsLikelyAndNeighboursCannotBeArranged(t *testing.T) {
	const sittings = 20_000
	first, gaps := map[string]int{}, map[int]int{}
	for i := range sittings {
		id := fmt.Sprintf("skd-2026.s%d", i)
		secret := drawKeys.SeatSecret(id)
		free := room20()
		a := DrawSeat(secret, id, 1, free)
		first[a]++
		rest := slices.DeleteFunc(slices.Clone(free), func(s string) bool { return s == a })
		b := DrawSeat(secret, id, 2, rest)
		if a == b {
			t.Fatal("one seat was given twice")
		}
		gaps[abs(slices.Index(free, a)-slices.Index(free, b))]++
	}
	chi := 0.0
	for _, seat := range room20() {
		d := float64(first[seat]) - sittings/20.0
		chi += d * d / (sittings / 20.0)
	}
	if len(first) != 20 || chi > 51.0 {
		t.Errorf("chi-square of the first seat is %.1f over %d seats, more than 51.0", chi, len(first))
	}
	chi = 0
	for gap := 1; gap < 20; gap++ {
		want := sittings * float64(20-gap) / 190 // of 190 pairs of seats, 20-gap lie so far apart
		d := float64(gaps[gap]) - want
		chi += d * d / want
	}
	if chi > 49.2 {
		t.Errorf("chi-square of the distance between two who come together is %.1f, more than 49.2", chi)
	}
}

func abs(n int) int { return max(n, -n) }

// A journal gives the same seats again, and any other seat, seat set, order or secret is found.
func TestTheDrawIsCheckedFromTheJournal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seats := rapid.IntRange(2, 60).Draw(t, "seats")
		secret := drawKeys.SeatSecret(s1)
		events := []engine.Event{{Kind: engine.CheckinOpened}, {Kind: engine.SeatsSealed, Seed: sealOf(secret)}}
		var free []string
		for n := 1; n <= seats; n++ {
			free = append(free, seatNumber(n, seats))
		}
		for n := 1; n <= rapid.IntRange(1, seats).Draw(t, "people"); n++ {
			if rapid.Bool().Draw(t, "exception") {
				events = append(events, engine.Event{Kind: engine.SeatGiven, Act: engine.SeatAsked, Number: fmt.Sprint("x", n), Seat: free[0], Why: "device"})
				free = free[1:]
				if len(free) == 0 {
					break
				}
			}
			seat := DrawSeat(secret, s1, countDrawn(events)+1, free)
			events = append(events, engine.Event{Kind: engine.SeatGiven, Act: engine.SeatDrawn, Number: fmt.Sprint(n), Seat: seat, Q: countDrawn(events) + 1, Form: packSeats(free, seats)})
			if free = slices.DeleteFunc(free, func(s string) bool { return s == seat }); len(free) == 0 {
				break
			}
		}
		r := CheckDraws(secret, s1, seats, events)
		if len(r.Faults) > 0 || r.Drawn != countDrawn(events) {
			t.Fatalf("%+v", r)
		}
		if again := CheckDraws(secret, s1, seats, events); fmt.Sprint(again) != fmt.Sprint(r) {
			t.Fatal("a second check says otherwise")
		}
		if len(CheckDraws(drawKeys.SeatSecret("skd-2026.s2"), s1, seats, events).Faults) == 0 {
			t.Fatal("another sitting's secret fits")
		}
		at := rapid.SampledFrom(drawnAt(events)).Draw(t, "changed")
		changed := slices.Clone(events)
		set, err := unpackSeats(changed[at].Form, seats)
		if err != nil {
			t.Fatal(err)
		}
		if len(set) < 2 {
			return // one seat only: there was nothing to arrange
		}
		changed[at].Seat = set[(slices.Index(set, changed[at].Seat)+1)%len(set)]
		if len(CheckDraws(secret, s1, seats, changed).Faults) == 0 {
			t.Fatal("an arranged seat passes")
		}
	})
}

func drawnAt(events []engine.Event) (at []int) {
	for i := range events {
		if events[i].Act == engine.SeatDrawn {
			at = append(at, i)
		}
	}
	return at
}

func countDrawn(events []engine.Event) int { return len(drawnAt(events)) }

// sittingEvents are the events of a sitting's stream as the journal has them.
func (w *world) sittingEvents() (events []engine.Event) {
	w.Helper()
	err := w.db.Read(w.ctx, engine.SittingStream+s1, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		events = append(events, e)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return events
}

func TestSeatsOfARoomAreDrawnRecordedAndCheckedByTheDesk(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Policy.Seating = engine.SeatingDrawn })
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	seats := map[string]string{}
	for _, n := range []string{"2410-0001", "2410-0002", "2410-0003"} {
		w.act(veri, Request{Action: engine.ActCheckin, Numbers: numbers(n)})
		seats[n] = w.state(n).Seat
	}
	if taken := slices.Sorted(maps.Values(seats)); len(slices.Compact(taken)) != 3 {
		t.Fatalf("%v", seats)
	}
	// Who is turned away and comes back draws no second time: nobody rolls for a neighbour.
	w.act(veri, Request{Action: engine.ActTurnAway, Numbers: numbers("2410-0003"), Reason: "papers"})
	w.act(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0003"), Reason: "mistake: found"})
	if s := w.state("2410-0003").Seat; s != seats["2410-0003"] {
		t.Errorf("the second draw gave %s after %s", s, seats["2410-0003"])
	}
	w.act(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0004"), To: "A-9", Reason: "accommodation: a table of its own"})
	r := CheckDraws(w.desk.keys.SeatSecret(s1), s1, 5, w.sittingEvents())
	if len(r.Faults) > 0 || r.Drawn != 3 || r.Asked != 1 {
		t.Fatalf("%+v", r)
	}
	for _, e := range w.sittingEvents() {
		if e.Kind == engine.SeatGiven && strings.Contains(e.Text, "table") {
			t.Error("the words of a reason stand in the journal")
		}
	}
}

func TestAFullRoomSaysSo(t *testing.T) {
	w := newWorld(t, func(d *engine.Definition) { d.Policy.Seating = engine.SeatingDrawn })
	w.def.Rooms[0].Seats = 1
	w.act(sup, Request{Action: engine.ActOpenCheckin})
	w.act(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0001")})
	w.failed(veri, Request{Action: engine.ActCheckin, Numbers: numbers("2410-0002")}, engine.TooMuch, "seats")
}
