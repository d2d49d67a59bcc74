package proctor

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"terang/engine"
)

func TestACorrectedRosterKeepsItsAttempts(t *testing.T) {
	w := newWorld(t, nil)
	before := w.people.Find("24100001", "")[0]
	corrected := []Person{*before}
	corrected[0].Attempt, corrected[0].Number, corrected[0].Name = "", "24100001", "Sari W. Ningsih"
	if err := w.people.Import(w.ctx, w.log, "ratna", 5, "skd-2026", corrected, nil); err != nil {
		t.Fatal(err)
	}
	again := NewPeople(w.db)
	if err := again.LoadAll(w.ctx); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*People{w.people, again} {
		if all := p.All("skd-2026"); len(all) != 6 {
			t.Fatalf("%d people", len(all))
		}
		now := p.Find("2410-0001", "skd-2026")[0]
		if now.Attempt != before.Attempt || now.Name != "Sari W. Ningsih" || p.Person(before.Attempt) != now {
			t.Fatalf("%+v", now)
		}
		if in := p.In(s1); len(in) != 4 || in[0] != now {
			t.Fatalf("sitting: %v", in)
		}
	}
	if before.Name != "Sari Wulandari" {
		t.Fatal("a person that was handed out changed")
	}
}

func TestARosterIsCommittedToByHashOnly(t *testing.T) {
	w := newWorld(t, nil)
	var events []engine.Event
	err := w.db.Read(w.ctx, "exam/skd-2026", 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		events = append(events, e)
		if strings.Contains(string(r.Body), "Sari") {
			t.Error("a name stands in the journal")
		}
		return err
	})
	people, _ := expected(open(t, "roster.csv"), w.def, nil)
	sum := sha256.Sum256(Canonical(people))
	if err != nil || len(events) != 1 || events[0].Kind != engine.RosterLoaded || events[0].MS != 6 || events[0].Text != hex.EncodeToString(sum[:]) {
		t.Fatal(err, events)
	}
}

func TestFormationsAreKept(t *testing.T) {
	w := newWorld(t, nil)
	if err := w.people.Save(w.ctx, "skd-2026", nil, formations(t)); err != nil {
		t.Fatal(err)
	}
	f, ok := w.people.Formation("skd-2026", "pranata-komputer")
	if !ok || f.Need != "disability" || len(w.people.Formations("skd-2026")) != 2 || len(w.people.In(s1)) != 4 {
		t.Fatal(f, ok)
	}
}

// A corrected list takes out what it leaves out, and nobody's formation.
func TestAWholeListOfFormationsLeavesNoneBehind(t *testing.T) {
	w := newWorld(t, nil)
	applied := formations(t) // of people on the roster
	extra := Formation{Code: "lebih", Post: "Salah ketik", Need: "disability", Seats: 3}
	w.ok(w.people.ImportFormations(w.ctx, w.log, "ratna", 5, w.def.Code, append(applied, extra), nil))
	change := func(whole ...Formation) (*FormationsChange, []Fault) {
		c, faults, err := w.people.FormationsChange(w.ctx, w.log, 6, w.def.Code, whole)
		w.ok(err)
		return c, faults
	}
	if c, faults := change(applied[1], extra); len(faults) != 1 || !strings.Contains(faults[0].What, applied[0].Code+" is left out, and ") || len(c.Removed) != 1 {
		t.Errorf("%v %+v", faults, c)
	}
	c, faults := change(applied...)
	if len(faults) > 0 || len(c.Removed) != 1 || c.Removed[0].Code != extra.Code {
		t.Fatalf("%v %+v", faults, c)
	}
	w.ok(w.people.ImportFormations(w.ctx, w.log, "ratna", 7, w.def.Code, applied, c.Removed))
	told := w.stream(engine.ExamStream + w.def.Code)
	fresh := NewPeople(w.db)
	w.ok(fresh.Load(w.ctx, w.def.Code))
	if e, stand := told[len(told)-1], fresh.Formations(w.def.Code); len(stand) != len(applied) || e.Form != FormationsHash(stand) {
		t.Errorf("%+v, of %+v", e, stand)
	}
}

// Whoever loads formations in parts names each time all that stand.
func TestLoadedFormationsNameTheWhole(t *testing.T) {
	w := newWorld(t, nil)
	one, two := Formation{Code: "a", Post: "A", Need: "general", Seats: 1}, Formation{Code: "b", Post: "B", Need: "general", Seats: 2}
	for _, f := range []Formation{two, one} {
		if err := w.people.ImportFormations(w.ctx, w.log, "ratna", 5, w.def.Code, []Formation{f}, nil); err != nil {
			t.Fatal(err)
		}
	}
	told := w.stream(engine.ExamStream + w.def.Code)
	e := told[len(told)-1]
	if stand := w.people.Formations(w.def.Code); e.Kind != engine.FormationsLoaded || e.Text != FormationsHash([]Formation{one}) || e.Form != FormationsHash(stand) || len(stand) < 2 {
		t.Errorf("%+v, of %+v", e, stand)
	}
}
