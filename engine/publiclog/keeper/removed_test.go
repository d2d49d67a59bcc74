package keeper

import (
	"slices"
	"strings"
	"testing"

	"terang/engine"
)

// A rehearsal that was removed is gone from the journal. Who has seen it remembers no more of
// it than who makes the log again and finds nothing: an exam of that code, should there be
// one some day, comes into the log of both, or one of them signs what the other never would.
func TestARemovedRehearsalIsForgotten(t *testing.T) {
	j := &journal{tips: make(map[string]*tip)}
	rehearsed := func() {
		j.record("pack/gladi", engine.Event{Kind: engine.PackSealed, By: "siti.admin", Text: digest})
		j.record("exam/gladi", engine.Event{Kind: engine.ExamDefined, By: "siti.admin", Text: digest, On: true})
		j.record("attempt/"+one, engine.Event{Kind: engine.CheckedIn, By: "wati", Sitting: "gladi.sesi-1"})
		j.record("attempt/"+one, engine.Event{Kind: engine.Adjusted, By: "budi", Two: "rini", Form: "extra=30"})
		j.record("attempt/"+one, engine.Event{Kind: engine.Started, By: "engine", Number: "1"})
	}
	j.record(engine.LogStream, engine.Event{Kind: engine.LogWritten, By: "engine", MS: Table})
	rehearsed()
	j.record("audit/budi/2026-11-26", engine.Event{Kind: engine.Viewed, By: "budi", Sitting: "gladi.sesi-1"}) // which stays
	j.record("exam/skd", engine.Event{Kind: engine.ExamDefined, By: "siti.admin", Text: digest})
	j.record("staff/removals", engine.Event{Kind: engine.ExamRemoved, By: "siti.admin", Act: "gladi", Text: digest})
	j.record("staff/removals", engine.Event{Kind: engine.ExamRemoved, By: "siti.admin", Act: "skd", Text: digest}) // which nothing writes
	later := len(j.all)
	j.record("exam/gladi2", engine.Event{Kind: engine.ExamDefined, By: "siti.admin", Text: digest})
	j.record("exam/skd", engine.Event{Kind: engine.RosterFrozen, By: "siti.admin", Text: digest})
	for i := later; i < len(j.all); i++ { // the code again
		j.all[i].Record.Stream = strings.Replace(j.all[i].Record.Stream, "gladi2", "gladi", 1)
	}
	seen := NewFold()
	for i := range j.all {
		seen.Apply(j.all[i].Record, j.all[i].Event)
		if i == later-1 {
			if len(seen.attempts) != 0 || len(seen.adjusted) != 0 || len(seen.early) != 0 || seen.exams["gladi"] != nil {
				t.Errorf("it is remembered: %d attempts, %d adjusted, exam %v", len(seen.attempts), len(seen.adjusted), seen.exams["gladi"])
			}
			if seen.exams["skd"] == nil {
				t.Error("a real exam was forgotten")
			}
		}
	}
	again := fold(slices.DeleteFunc(slices.Clone(j.all), func(told Told) bool {
		return told.Record.Pos < j.all[later].Record.Pos && (strings.HasSuffix(told.Record.Stream, "/gladi") || strings.HasPrefix(told.Record.Stream, "attempt/"))
	}))
	leaves := func(f *Fold) (all []string) {
		for _, d := range f.due {
			l, err := d.Leaves(testSalts, marks{})
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range l {
				all = append(all, string(one))
			}
		}
		return all
	}
	saw, made := leaves(seen), leaves(again)
	if !slices.Equal(saw, made) {
		t.Errorf("who has seen it writes\n%s\nwho makes the log again\n%s", strings.Join(saw, "\n"), strings.Join(made, "\n"))
	}
	if text := strings.Join(made, "\n"); !strings.Contains(text, `"exam":"gladi"`) {
		t.Errorf("the exam of that code is not in the log:\n%s", text)
	}
}
