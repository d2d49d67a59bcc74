package evidence

import (
	"strings"
	"testing"

	"terang/engine"
	"terang/proctor"
	"terang/web"
)

// Minutes that an earlier program closed stand as it read the records, and it is said. What no
// program has made of them is a difference.
func TestMinutesOfAnEarlierProgramAreHeldAgainstWhatItRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		events []engine.Event
		differ string // what the programs read differently
		forge  func(*proctor.Facts)
	}{
		"two doubts and one decision": {
			[]engine.Event{
				{Kind: engine.DoubtRaised, At: 1000, By: "citra", Why: "identity"}, {Kind: engine.DoubtRaised, At: 2000, By: "eko", Why: "identity"},
				{Kind: engine.DoubtDecided, At: 3000, By: "fajar", Why: "cleared"},
			},
			"doubts", func(f *proctor.Facts) { f.Doubts[1].DecidedBy = "eko" },
		},
		"a move until somebody came": {
			[]engine.Event{
				{Kind: engine.CheckedIn, At: 500, By: "vera", Sitting: "e.s1", Number: "1"}, {Kind: engine.Started, At: 1000, From: 1000, MS: 6_000_000},
				{Kind: engine.DeviceMoved, At: 2000, By: "ratna", Why: "device"}, {Kind: engine.DeviceBound, At: 3_602_000, By: "candidate", Device: "pc2"},
			},
			"stops", func(f *proctor.Facts) { f.Stops[0].MS = 1000 },
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := &evidence{
				report: new(Report), told: map[string]told{}, near: map[string][]string{"e.s1": {"x"}},
				people: map[string]proctor.Person{"x": {Attempt: "x", Exam: "e", Sitting: "s1", Number: "1"}},
				parts: web.ExamParts{Def: &engine.Definition{
					Code: "e", Policy: engine.Policy{CreditAloneMS: 900_000}, Rooms: []engine.RoomDef{{Code: "r"}}, Sittings: []engine.SittingDef{{Code: "s1", Room: "r"}},
				}},
			}
			stream := engine.AttemptStream + "x"
			records := engine.Link(stream, 0, engine.FirstHash(stream), c.events)
			for i := range records {
				records[i].Pos = engine.Pos(i + 1)
			}
			v.told[stream] = told{records: records}
			read := func(conduct *proctor.Conduct) *proctor.Facts {
				f, err := v.facts(conduct, records)
				if err != nil {
					t.Fatal(err)
				}
				return f
			}
			people := func() []*proctor.Person { p := v.people["x"]; return []*proctor.Person{&p} }
			again := func(f *proctor.Facts) error {
				return v.again(engine.SittingStream+"e.s1", 100, &engine.Event{Extra: f.Records}, &proctor.MinutesData{Version: 1, Facts: *f})
			}
			if err := again(read(proctor.NewConduct("e.s1", people()))); err != nil || len(v.report.Noted) > 0 {
				t.Errorf("this program's: %v, noted %+v", err, v.report.Noted)
			}
			if err := again(read(proctor.NewConduct("e.s1", people()).AsEarlier())); err != nil {
				t.Errorf("an earlier program's: %v", err)
			}
			if n := v.report.Noted; len(n) != 1 || !strings.Contains(n[0].What, "as an earlier program read the records: "+c.differ+" was closed as") {
				t.Errorf("noted: %+v", n)
			}
			forged := read(proctor.NewConduct("e.s1", people()).AsEarlier())
			c.forge(forged)
			if err := again(forged); err == nil || !strings.HasPrefix(err.Error(), c.differ) {
				t.Errorf("what no program has made: %v", err)
			}
		})
	}
}

// Earlier programs counted no move. What one person gave after a long one is noted, where they
// let it pass; what passed nowhere is a difference.
func TestWhatOneGaveAfterALongMoveIsNoted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ms     int64
		beyond bool
		notes  string
	}{
		"a second": {1000, false, "version 4 (TimeGiven) is by"}, "more than one may give at all": {1_000_000, true, ""},
	} {
		v := &evidence{report: new(Report), parts: web.ExamParts{Def: &engine.Definition{Code: "e", Policy: engine.Policy{CreditAloneMS: 900_000}}}}
		clock, beyond := v.alone("attempt/x"), false
		for i, e := range []engine.Event{
			{Kind: engine.Started, At: 1000, From: 1000, MS: 6_000_000}, {Kind: engine.DeviceMoved, At: 2000, By: "ratna"},
			{Kind: engine.DeviceBound, At: 3_602_000, By: "candidate"}, {Kind: engine.TimeGiven, At: 3_700_000, By: "ratna", MS: c.ms},
		} {
			beyond = clock.take(i+1, &e)
		}
		clock.end()
		var said []string
		for _, n := range v.report.Noted {
			said = append(said, n.What)
		}
		text := strings.Join(said, "; ")
		if beyond != c.beyond || !strings.Contains(text, c.notes) || !strings.Contains(text, `version 2: "ratna" moved this candidate to another computer, where nobody signed in for 1h0m0s`) {
			t.Errorf("%s: taken for an act of two: %v; noted %q", name, beyond, text)
		}
	}
}

// Earlier programs asked only who had raised the newest doubt. A decision by the hand that
// raised another is noted; by that of the newest, no program has let it pass.
func TestADecisionByWhoDoubtedIsFound(t *testing.T) {
	t.Parallel()
	for by, want := range map[string]struct{ difference, note bool }{"citra": {note: true}, "eko": {difference: true}, "fajar": {}} {
		v := &evidence{report: new(Report)}
		w := v.newPath("attempt/x", &proctor.Person{Exam: "e", Sitting: "s1"}, nil)
		for i, e := range []engine.Event{{Kind: engine.DoubtRaised, By: "citra"}, {Kind: engine.DoubtRaised, By: "eko"}, {Kind: engine.DoubtDecided, By: by, Why: "cleared"}} {
			w.take(i+1, &e, false)
		}
		if found, noted := len(v.report.differences) > 0, len(v.report.Noted) > 0; found != want.difference || noted != want.note {
			t.Errorf("%s: %+v, noted %+v", by, v.report.differences, v.report.Noted)
		}
	}
}
