package proctor

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"terang/engine"
)

// The description names every field that minutes have as data.
func TestTheDescriptionNamesEveryField(t *testing.T) {
	text, err := os.ReadFile("minutes.md")
	if err != nil {
		t.Fatal(err)
	}
	f := NewConduct("e.s", nil).Facts(&engine.Definition{Code: "e", Sittings: []engine.SittingDef{{Code: "s", Room: "r"}}, Rooms: []engine.RoomDef{{Code: "r"}}})
	f.Away, f.Disqualified, f.Doubts, f.Extra, f.Credits = []Turned{{}}, []Sentence{{}}, []DoubtRecord{{}}, []Addition{{}}, []Credit{{}}
	f.Stops, f.Outages, f.Moves, f.Elsewhere, f.Staff = []Stop{{Beyond: true}}, []Outage{{}}, []Move{{}}, []Elsewhere{{}}, []StaffActs{{Acts: map[string]int{}}}
	body, err := json.Marshal(MinutesData{Format: MinutesFormat, Supplement: "x", Why: "x", Rehearsal: true, Results: []byte("{}"), Facts: *f})
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(body, &all); err != nil {
		t.Fatal(err)
	}
	var look func(any)
	look = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				if !strings.Contains(string(text), "`"+name+"`") {
					t.Errorf("minutes.md does not name %q", name)
				}
				look(inner)
			}
		case []any:
			for _, inner := range v {
				look(inner)
			}
		}
	}
	look(all)
	for _, list := range [][]Class{AbsentClasses, PresentClasses} {
		for _, c := range list {
			if !strings.Contains(string(text), "`"+string(c)+"`") {
				t.Errorf("minutes.md does not name class %s", c)
			}
		}
	}
}

// Who was given another sitting is counted once: before the start there, after it here as
// one who goes on another day. A node that counts records by where they stand comes to the
// same as the fold.
func TestWhoIsGivenAnotherSittingIsCountedOnce(t *testing.T) {
	w := newWorld(t, nil)
	people := w.people.In(s1)
	const s2 = "skd-2026.s2"
	m := NewMinutes(w.db, w.people)
	one := NewConduct(s1, people)
	pos := engine.Pos(0)
	record := func(p *Person, n int, e engine.Event) {
		t.Helper()
		pos++
		e.At = engine.Instant(1_000_000 + pos)
		r := engine.Record{Pos: pos, Stream: engine.AttemptStream + p.Attempt, N: n}
		m.Apply(r, &e)
		one.Apply(r, &e)
	}
	began, early, back := people[0], people[1], people[2]
	record(began, 1, engine.Event{Kind: engine.CheckedIn, By: "vera", Sitting: s1, Seat: "1"})
	record(began, 2, engine.Event{Kind: engine.Started, From: 1_000_000, MS: 6_000_000})
	record(began, 3, engine.Event{Kind: engine.Continued, By: "ratna", Act: s1, Sitting: s2, Why: "power"})
	record(began, 4, engine.Event{Kind: engine.CheckedIn, By: "vera", Sitting: s2, Seat: "2"})
	record(early, 1, engine.Event{Kind: engine.Transferred, By: "ratna", Act: s1, Sitting: s2, Why: "health"})
	record(back, 1, engine.Event{Kind: engine.Transferred, By: "ratna", Act: s1, Sitting: s2})
	record(back, 2, engine.Event{Kind: engine.Transferred, By: "ratna", Act: s2, Sitting: s1})
	record(back, 3, engine.Event{Kind: engine.TurnedAway, By: "vera", Why: "papers"})
	f := one.Facts(w.def)
	if a := &f.Attendance; a.Registered != 3 || a.Of(Unfinished) != 1 || a.Of(AwayPapers) != 1 || a.Of(NoShow) != 1 {
		t.Errorf("%+v", a)
	}
	if len(f.Elsewhere) != 3 || f.Elsewhere[0].What != "continued" || f.Elsewhere[0].To != s2 {
		t.Errorf("%+v", f.Elsewhere)
	}
	if got := m.Records(s1); got != f.Records || got != 6 {
		t.Errorf("%d records are counted, the facts are made from %d", got, f.Records)
	}
}
