package keeper

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"terang/engine"
	"terang/engine/publiclog"
)

// journal is one in memory, whose records are what a test draws.
type journal struct {
	all  []Told
	tips map[string]*tip
}

func (j *journal) record(stream string, e engine.Event) {
	t := j.tips[stream]
	if t == nil {
		t = &tip{hash: engine.FirstHash(stream)}
		j.tips[stream] = t
	}
	e.At = engine.Instant(1_795_658_400_000 + len(j.all))
	r := engine.Link(stream, t.n, t.hash, []engine.Event{e})[0]
	r.Pos = engine.Pos(len(j.all) + 1)
	t.n, t.hash = r.N, r.Hash
	j.all = append(j.all, Told{r, &e})
}

// step records something that may happen.
func (j *journal) step(t *rapid.T) {
	exam := rapid.SampledFrom([]string{"skd", "lain"}).Draw(t, "exam")
	attempt := engine.AttemptStream + fmt.Sprintf("0197a3c4-5b6d-7e8f-9a0b-%s%d", map[string]string{"skd": "00000000000", "lain": "10000000000"}[exam], rapid.IntRange(1, 3).Draw(t, "attempt"))
	sitting := exam + rapid.SampledFrom([]string{".sesi-1", ".sesi-2"}).Draw(t, "sitting")
	q := rapid.IntRange(1, 8).Draw(t, "q")
	staff := engine.Event{By: "budi.pengawas", Two: "rini.pengawas", Why: "network"}
	what := rapid.SampledFrom([]engine.Kind{
		engine.CheckedIn, engine.CheckedIn, engine.Started, engine.Answered, engine.Answered, engine.Answered, engine.Cleared, engine.HeldDecided, engine.TimeGiven,
		engine.Adjusted, engine.Adjusted, engine.Finished, engine.Finished, engine.Disqualified, engine.Reopened, engine.Transferred, engine.ItemAnnulled,
		engine.ObjectionFiled, engine.SittingStarted, engine.IncidentNoted, engine.BoardFrozen, engine.PackSealed, engine.Proposed, engine.LogWritten, engine.StaffChanged,
		engine.Viewed,
	}).Draw(t, "what")
	e := staff
	switch e.Kind = what; what {
	case engine.CheckedIn, engine.Transferred:
		e.Sitting = sitting
		j.record(attempt, e)
	case engine.Started:
		j.record(attempt, engine.Event{Kind: what, By: "engine", Number: attempt[len(attempt)-1:]})
	case engine.Answered, engine.Cleared, engine.HeldDecided:
		j.record(attempt, engine.Event{Kind: what, By: "candidate", Q: q, Item: fmt.Sprintf("TWK-%03d", q), Option: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "option"), On: true})
	case engine.Finished:
		j.record(attempt, engine.Event{Kind: what, By: "candidate", Why: "self"})
	case engine.TimeGiven, engine.Adjusted, engine.Disqualified, engine.Reopened:
		j.record(attempt, e)
	case engine.ItemAnnulled, engine.BoardFrozen:
		e.Act, e.Text = "CREDIT_ALL", digest
		j.record(engine.ExamStream+exam, e)
	case engine.Proposed:
		e.Act = "annul"
		j.record(engine.ExamStream+exam, e)
	case engine.ObjectionFiled:
		j.record(engine.ObjectionStream+exam, e)
	case engine.PackSealed:
		e.Text = digest
		j.record(engine.PackStream+exam, e)
	case engine.SittingStarted, engine.IncidentNoted:
		j.record(engine.SittingStream+sitting, e)
	case engine.StaffChanged:
		j.record("staff/accounts", engine.Event{
			Kind: what, By: "siti.admin", Text: rapid.SampledFrom([]string{"budi.pengawas", "rini.pengawas"}).Draw(t, "account"),
			Act: rapid.SampledFrom([]string{"add", "grant", "revoke", "disable"}).Draw(t, "deed"),
			Why: rapid.SampledFrom([]string{"", "supervisor", "operator (exam skd)", "verifier (exam lain, sitting sesi-1)", "committee (site soe); admin"}).Draw(t, "grants"),
		})
	case engine.Viewed:
		e.Two, e.Sitting = "", rapid.SampledFrom([]string{"", exam, sitting}).Draw(t, "read of")
		j.record(engine.AuditStream+"budi.pengawas/2026-11-26", e)
	case engine.LogWritten:
		j.record(engine.LogStream, engine.Event{Kind: what, By: "engine", MS: int64(rapid.IntRange(1, Table).Draw(t, "table"))})
	}
}

// Whoever has an exam's own streams makes its leaves as a node makes them from the whole
// journal, to the byte and in its order: with annulments between the attempts, adjustments,
// packs sealed before the exam was made, and a log that goes over to later tables.
func TestAnExamsLeavesAreMadeAgainFromItsStreamsAlone(t *testing.T) {
	made := 0
	rapid.Check(t, func(t *rapid.T) {
		j := &journal{tips: make(map[string]*tip)}
		define := rapid.IntRange(0, 20).Draw(t, "defined at")
		for i := range 20 + rapid.IntRange(0, 100).Draw(t, "steps") {
			if i == define {
				j.record("exam/skd", engine.Event{Kind: engine.ExamDefined, By: "siti.admin", Text: digest})
				j.record("exam/lain", engine.Event{Kind: engine.ExamDefined, By: "siti.admin", Text: digest})
			}
			j.step(t)
		}
		whole := fold(j.all)
		var want []string
		for _, d := range whole.due {
			leaves, err := d.Leaves(testSalts, marks{})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range leaves {
				if leaf, err := publiclog.ParseLeaf(l); err != nil || leaf.Exam == "skd" {
					want = append(want, string(l))
				}
			}
		}
		var exam, around, office, altered []Told
		attempts := map[string][]Told{}
		for _, told := range j.all {
			prefix, id := split(told.Record.Stream)
			switch {
			case prefix == engine.LogStream, prefix == engine.StaffStream && Grants(told.Event):
				around = append(around, told)
			case prefix == engine.AttemptStream:
				if strings.HasPrefix(id, "0197a3c4-5b6d-7e8f-9a0b-0") {
					attempts[id] = append(attempts[id], told)
				}
			case id == "skd" || strings.HasPrefix(id, "skd."), prefix == engine.AuditStream && (told.Event.Sitting == "skd" || strings.HasPrefix(told.Event.Sitting, "skd.")):
				office = append(office, told)
				if prefix == engine.ExamStream {
					exam = append(exam, told)
				}
			}
		}
		again := NewAgain(testSalts, marks{}, exam, around)
		var all []Made
		for _, records := range attempts {
			some, err := again.Attempt(records)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, some...)
			for _, r := range records {
				if Bears(r.Event) {
					altered = append(altered, r)
				}
			}
		}
		some, err := again.Office(office, altered)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
		slices.SortStableFunc(all, func(a, b Made) int { return a.Compare(&b) })
		var got []string
		for _, m := range all {
			got = append(got, string(m.Leaf))
		}
		made += len(got)
		if !slices.Equal(got, want) {
			t.Fatalf("made again are\n%s\nthe log has\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
	if made == 0 {
		t.Error("no leaf was made: this shows nothing")
	}
}

// A start has the adjustments of who is checked in under seal, also where there are none: it
// looks the same to everybody but whoever has the salt. A log that an earlier table writes
// has no seal.
func TestAStartSealsTheAdjustmentsThatStand(t *testing.T) {
	start := engine.Event{Kind: engine.SittingStarted, By: "budi.pengawas"}
	sealed := func(table int64, before ...Told) (publiclog.Commitment, publiclog.Salt) {
		j := &journal{tips: make(map[string]*tip)}
		j.record(engine.LogStream, engine.Event{Kind: engine.LogWritten, MS: table})
		j.record("exam/skd", engine.Event{Kind: engine.ExamDefined, Text: digest})
		for _, b := range before {
			j.record(b.Record.Stream, *b.Event)
		}
		j.record("sitting/skd.sesi-1", start)
		f := fold(j.all)
		leaves, err := f.due[len(f.due)-1].Leaves(testSalts, marks{})
		if err != nil {
			t.Fatal(err)
		}
		l, err := publiclog.ParseLeaf(leaves[0])
		if err != nil || l.Kind != publiclog.SittingLeaf {
			t.Fatalf("%s: %v", leaves[0], err)
		}
		return l.Sealed, testSalts.Of("sitting/skd.sesi-1", 1, publiclog.FieldSealed)
	}
	told := func(attempt string, e engine.Event) Told {
		return Told{engine.Record{Stream: engine.AttemptStream + attempt}, &e}
	}
	here := engine.Event{Kind: engine.CheckedIn, By: "wati", Sitting: "skd.sesi-1"}
	elsewhere := engine.Event{Kind: engine.CheckedIn, By: "wati", Sitting: "skd.sesi-2"}
	adjusted := engine.Event{Kind: engine.Adjusted, By: "budi", Two: "rini", Form: "extra=30"}
	if c, _ := sealed(2, told(one, here), told(one, adjusted)); !c.IsZero() {
		t.Error("table 2 has no seal on a start")
	}
	none := Adjustments(nil)
	for name, before := range map[string][]Told{
		"nobody":                    nil,
		"nobody who is adjusted":    {told(one, here)},
		"somebody of elsewhere":     {told(one, elsewhere), told(one, adjusted)},
		"somebody who did not come": {told(one, adjusted)},
	} {
		if c, salt := sealed(3, before...); !c.Opens(salt, none) {
			t.Errorf("%s: the seal is not that of none", name)
		}
	}
	// Given before check-in or after, and of two people the second first.
	c, salt := sealed(3, told(two, here), told(two, adjusted), told(one, adjusted), told(one, here))
	link := func(attempt string, events ...engine.Event) string {
		records := engine.Link(engine.AttemptStream+attempt, 0, engine.FirstHash(engine.AttemptStream+attempt), events)
		for i := range events {
			if events[i].Kind == engine.Adjusted {
				return fmt.Sprintf("%s %d %s\n", attempt, records[i].N, records[i].Hash)
			}
		}
		return ""
	}
	at := func(e engine.Event, n int) engine.Event {
		e.At = engine.Instant(1_795_658_400_000 + n)
		return e
	}
	lines := []string{link(two, at(here, 2), at(adjusted, 3)), link(one, at(adjusted, 4), at(here, 5))}
	if !c.Opens(salt, Adjustments(lines)) || c.Opens(salt, none) {
		t.Error("the seal is not that of the two who are here")
	}
}
