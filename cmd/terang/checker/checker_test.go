package checker

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"pgregory.net/rapid"

	"terang/cmd/terang/crowd"
	"terang/engine"
	"terang/engine/memstore"
	"terang/engine/storetest"
	"terang/scoring"
)

const (
	attempt = "attempt/0192"
	device  = "11111111-1111-4111-8111-111111111111"
	start   = engine.Instant(1_000_000)
)

// begun are the first events of an attempt that runs for ten seconds from start.
func begun() []engine.Event {
	return []engine.Event{
		{Kind: engine.CheckedIn, At: start - 9, Sitting: "skd.one", Number: "26-1"},
		{Kind: engine.SignedIn, At: start - 8, Device: device, Session: "s"},
		{Kind: engine.Confirmed, At: start - 7, Device: device},
		{Kind: engine.DeviceBound, At: start, Device: device, Gen: 1, Node: "a"},
		{Kind: engine.Started, At: start, From: start, MS: 10_000},
	}
}

func answered(at engine.Instant, op string) engine.Event {
	return engine.Event{Kind: engine.Answered, At: at, Op: op, Q: 1, C: "b", Item: "I", Option: "b"}
}

func readAt(at engine.Instant, e engine.Event) engine.Event {
	e.From = at
	return e
}

// stored is a journal that holds the events as they are.
func stored(t *testing.T, events ...engine.Event) *memory {
	t.Helper()
	j := newMemory()
	records := engine.Link(attempt, 0, engine.FirstHash(attempt), events)
	if _, err := j.Append(t.Context(), []engine.Run{{Stream: attempt, Records: records}}); err != nil {
		t.Fatal(err)
	}
	return j
}

func told(op string, n int, at engine.Instant) crowd.Acked {
	return crowd.Acked{Number: "26-1", Attempt: "0192", Op: uuid.MustParse(op), Q: 1, C: "b", N: n, At: at.Time()}
}

// Each fault is put into a sound history by itself, and is found as what it is.
func TestEachFaultIsFound(t *testing.T) {
	op, other := uuid.NewString(), uuid.NewString()
	sound := slices.Clip(append(begun(), answered(start+500, op)))
	finish := engine.Event{Kind: engine.Finished, At: start + 12_001, Why: "deadline", To: start + 10_000}
	gap := engine.Event{Kind: engine.GapCredited, At: start + 5000, From: start + 1000, To: start + 3000, Why: "network"}
	overlapping := gap
	overlapping.From = start + 2000
	overlapping.At = start + 6000
	asked := engine.Event{Kind: engine.CreditAsked, At: start + 900, From: start + 600, To: start + 900}
	afterwards := engine.Event{Kind: engine.GapCredited, At: start + 20_000, From: start + 9_000, To: start + 10_000, Why: "network"}
	granted := engine.Event{Kind: engine.GapCredited, At: start + 20_000, From: start + 600, To: start + 900, Ref: 7}
	long, much := gap, engine.Event{Kind: engine.TimeGiven, At: start + 5000, MS: 60_000}
	long.To, long.At = start+41_000, start+41_000
	without := func(from, to engine.Instant) []crowd.Gap {
		return []crowd.Gap{{Attempt: "0192", From: (start + from).Time(), To: (start + to).Time()}}
	}
	bound := func(at, since engine.Instant) engine.Event {
		return engine.Event{Kind: engine.DeviceBound, At: start + at, Device: device, Gen: 2, Node: "a", Since: start + since}
	}
	unseen := engine.Event{Kind: engine.GapCredited, At: start + 20_000, From: start + 2000, To: start + 20_000, Why: "network"}
	board := func(points int) []Exam {
		return []Exam{{
			Code: "skd", Sections: []engine.Section{{ID: "TWK", From: 1, To: 2}}, Worth: func(string, int) []int { return []int{0, 5} },
			Boards: map[string][]Standing{"b": {{Number: "26-1", Scores: map[string]int{"TWK": points}, Total: points, Answered: 1}}},
		}}
	}
	ruled := func(points int, policy string, values ...int) []Exam { // of the second of two items, each worth 5
		exams := board(points)
		exams[0].Most = map[string]int{"TWK": 10}
		exams[0].Ruled = func(_ string, q int) *Ruling {
			if q == 1 {
				return nil
			}
			return &Ruling{Policy: policy, Values: values, Most: 5}
		}
		exams[0].Boards["b"][0].Answered = 2
		return exams
	}
	second := answered(start+700, other)
	second.Q, second.C = 2, "a" // which the key gives nothing
	both := append(slices.Clone(sound), second)
	later := func(exams []Exam, finished bool) []Exam {
		exams[0].Later = true
		exams[0].Boards["b"][0].Finished = finished
		return exams
	}
	for _, c := range []struct {
		name   string
		events []engine.Event
		acked  []crowd.Acked
		gaps   []crowd.Gap
		exams  []Exam
		spoil  func(*memory)
		found  func(*Report) *Count // nil: nothing
	}{
		{name: "a sound history", events: sound, acked: []crowd.Acked{told(op, 6, start+500)}, exams: board(5)},
		{name: "a sound finish", events: append(begun(), answered(start+12_000, op), finish)},
		{name: "a credit that a supervisor grants after the finish", events: append(append(begun(), answered(start+500, op), asked), finish, granted)},
		{name: "acknowledged and not stored", events: sound, acked: []crowd.Acked{told(other, 7, start+600)}, found: lost},
		{name: "acknowledged for nobody's attempt", events: sound, acked: []crowd.Acked{{Attempt: "none", Op: uuid.New()}}, found: lost},
		{name: "acknowledged as another version", events: sound, acked: []crowd.Acked{told(op, 7, start+500)}, found: differs},
		{name: "acknowledged as of another instant", events: sound, acked: []crowd.Acked{told(op, 6, start+501)}, found: differs},
		{name: "acknowledged another letter", events: sound, acked: []crowd.Acked{{Attempt: "0192", Op: uuid.MustParse(op), Q: 1, C: "a", N: 6, At: (start + 500).Time()}}, found: differs},
		{name: "applied twice", events: append(sound, answered(start+600, op)), found: twice},
		{name: "accepted after the grace", events: append(begun(), answered(start+12_001, op)), found: late},
		{name: "read in time and stamped behind a later record", events: append(begun(), readAt(start+11_990, answered(start+12_010, op)))},
		{name: "read too late, whatever the stamp", events: append(begun(), readAt(start+12_001, answered(start+12_010, op))), found: late},
		{name: "accepted before the start", events: append(begun()[:4], answered(start+1, op)), found: late},
		{name: "accepted after the finish", events: append(begun(), finish, answered(start+12_001, op)), found: late},
		{name: "accepted during a pause", events: append(begun(), engine.Event{Kind: engine.Paused, At: start + 1, From: start + 1}, answered(start+2, op)), found: late},
		{name: "a finish stamped early", events: append(begun(), engine.Event{Kind: engine.Finished, At: start + 12_001, Why: "deadline", To: start + 9_999}), found: late},
		{name: "a credit after the finish", events: append(begun(), finish, afterwards), found: given},
		{name: "a gap made good twice", events: append(begun(), gap, overlapping), found: given},
		{name: "a stamp that goes back", events: append(sound, answered(start+400, other)), found: holes},
		{name: "a version is missing", events: sound, spoil: func(m *memory) { m.records = append(m.records[:2:2], m.records[3:]...) }, found: holes},
		{name: "a byte was changed", events: sound, spoil: func(m *memory) {
			m.records[5].Body = []byte(string(m.records[5].Body[:len(m.records[5].Body)-3]) + `c"}`)
		}, found: holes},
		{name: "a board that shows other points", events: sound, exams: board(4), found: boards},
		{name: "a board that shows points later", events: sound, exams: later(board(0), false)},
		{name: "a board that shows what stood when somebody was disqualified", events: append(slices.Clone(sound), engine.Event{Kind: engine.Disqualified, At: start + 600, Why: "phone"}), exams: later(board(0), true)},
		{name: "a board that shows other points of who was disqualified after the finish", events: append(append(begun(), answered(start+500, op), finish), engine.Event{Kind: engine.Disqualified, At: finish.At, Why: "phone"}), exams: later(board(0), true), found: boards},
		{name: "a board that shows other points at the end", events: append(begun(), answered(start+500, op), finish), exams: later(board(0), true), found: boards},
		{name: "an item that all are credited", events: both, exams: ruled(10, scoring.CreditAll)},
		{name: "an item that all are credited, and a board without it", events: both, exams: ruled(5, scoring.CreditAll), found: boards},
		{name: "an item with another key", events: both, exams: ruled(10, scoring.KeyFix, 5, 0)},
		{name: "an item with another key, and a board by the old one", events: both, exams: ruled(5, scoring.KeyFix, 5, 0), found: boards},
		{name: "an item of which the better key counts", events: both, exams: ruled(7, scoring.CreditBestOf, 2, 0)},
		{name: "an item of which the better key counts, and a board without it", events: both, exams: ruled(5, scoring.CreditBestOf, 2, 0), found: boards},
		{name: "an item that is out", events: both, exams: ruled(10, scoring.DropScale)},
		{name: "an item that is out, and a board that does not make up for it", events: both, exams: ruled(5, scoring.DropScale), found: boards},
		{name: "an outage that was made good", events: append(begun(), long), gaps: without(1000, 41_000)},
		{name: "an outage that the page covered", events: begun(), gaps: without(1000, 1900)},
		{name: "an outage that was not made good", events: begun(), gaps: without(1000, 9500), found: short},
		{name: "an outage that was over before the page gave its connection up", events: begun(), gaps: without(1000, 8500)},
		{name: "an outage of which too little was made good", events: append(begun(), gap, much), gaps: without(1000, 60_000), found: short},
		{name: "an outage with a hello in it that ended a gap", events: append(begun(), bound(12_000, 1000), bound(20_000, 12_000)), gaps: without(1000, 20_000)},
		{name: "an outage with a hello in it whose welcome never came", events: append(begun(), bound(12_000, 1000), bound(20_000, 1000), unseen), gaps: without(1000, 20_000)},
		{name: "an outage that ended for the engine with such a hello", events: append(begun(), bound(12_000, 1000), bound(20_000, 1000)), gaps: without(1000, 20_000), found: short},
		{name: "time given for no outage", events: append(begun(), long), gaps: without(1000, 21_000), found: over},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := stored(t, c.events...)
			if c.spoil != nil {
				c.spoil(j)
			}
			r, err := Check(t.Context(), Case{Journal: j, Acked: c.acked, Grace: 2 * time.Second, Exams: c.exams, Gaps: c.gaps, Cover: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			if c.found == nil {
				if r.Faults() != 0 {
					t.Errorf("a sound journal was found at fault:\n%s", r)
				}
				return
			}
			if c.found(r).N == 0 {
				t.Errorf("was not found:\n%s", r)
			}
			if c.spoil == nil && r.Faults() != c.found(r).N {
				t.Errorf("was found as something else too:\n%s", r)
			}
		})
	}
}

func lost(r *Report) *Count    { return &r.Lost }
func differs(r *Report) *Count { return &r.Differs }
func twice(r *Report) *Count   { return &r.Twice }
func late(r *Report) *Count    { return &r.Late }
func given(r *Report) *Count   { return &r.Given }
func holes(r *Report) *Count   { return &r.Holes }
func boards(r *Report) *Count  { return &r.Boards }
func short(r *Report) *Count   { return &r.Short }
func over(r *Report) *Count    { return &r.Over }

// Two nodes hold one attempt, and the first has not heard that it lost it. The journal's
// predecessor check stops it; without the check both write, and it must be found.
func TestAJournalWithoutPredecessorCheckIsFound(t *testing.T) {
	for _, careless := range []bool{false, true} {
		j := stored(t, begun()[:3]...)
		first := engine.Event{Kind: engine.Started, At: start, From: engine.InstantOf(time.Now()), MS: 600_000}
		a := engine.NewAttempt(attempt)
		if err := j.Read(t.Context(), attempt, 0, a.Fold); err != nil {
			t.Fatal(err)
		}
		if _, err := j.Append(t.Context(), []engine.Run{{Stream: attempt, Records: engine.Link(attempt, a.N, a.Hash, []engine.Event{first})}}); err != nil {
			t.Fatal(err)
		}
		hearing := &deaf{Journal: j}
		one, two := hold(t, "one", hearing), hold(t, "two", j)
		hearing.now.Store(true)
		hello(t, one, "one")
		hello(t, two, "two")
		j.mu.Lock()
		j.careless = careless
		j.mu.Unlock()
		var acked []crowd.Acked
		acked = append(acked, answer(one, 1)...)
		acked = append(acked, answer(two, 2)...)
		r, err := Check(t.Context(), Case{Journal: j, Acked: acked, Grace: 2 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case careless && (r.Holes.N == 0 || len(acked) != 2):
			t.Errorf("two nodes wrote the same version and it was not found; %d acknowledged:\n%s", len(acked), r)
		case !careless && (r.Faults() != 0 || len(acked) != 1):
			t.Errorf("the check held and %d were acknowledged:\n%s", len(acked), r)
		}
	}
}

// hold is a node that holds the attempt.
func hold(t *testing.T, name string, j engine.Journal) *engine.Live {
	t.Helper()
	h := engine.NewHall(name, j, memstore.New(), engine.NewClock(), engine.NewMetrics(prometheus.NewRegistry()), slog.New(slog.NewTextHandler(io.Discard, nil)))
	item := &engine.Item{ID: "I", Section: "TWK", Options: []engine.Option{{ID: "a"}, {ID: "b"}}}
	form := storetest.Form("f", nil, engine.Place{Item: item, Order: []uint8{0, 1}})
	live := h.Admit("0192", &engine.Terms{Policy: engine.DefaultPolicy(), Length: time.Hour, Form: form})
	if _, err := h.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return live
}

func hello(t *testing.T, l *engine.Live, node string) {
	t.Helper()
	r := l.Ask(engine.Command{Act: engine.ActHello, By: "candidate", At: engine.InstantOf(time.Now()), Device: device, Session: "s", Node: node}, nil)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
}

// answer is what a page would note of an answer to its node, in the given generation.
func answer(l *engine.Live, gen int) []crowd.Acked {
	op := uuid.New()
	r := l.Ask(engine.Command{
		Act: engine.ActAnswer, By: "candidate", At: engine.InstantOf(time.Now()), Op: op.String(), Q: 1, C: "b", Gen: gen,
	}, nil)
	if r.Err != nil {
		return nil
	}
	return []crowd.Acked{{Number: "26-1", Attempt: "0192", Op: op, Q: 1, C: "b", N: r.N, At: r.At.Time()}}
}

// The checker's clock and the engine's ledger are two computations of one thing.
func TestBothClocksAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, c := engine.NewAttempt(attempt), clock{given: make(map[int]int64), opens: make(map[string]int)}
		n, at := 0, start
		apply := func(e engine.Event) {
			n++
			e.At = at
			a.Apply(&e, engine.Hash{})
			c.apply(&event{Event: e, n: n})
			if mine, theirs := c.deadline(), a.Deadline(); mine != theirs {
				t.Fatalf("after %s the deadlines are %v and %v", e.Kind, mine, theirs)
			}
		}
		apply(engine.Event{Kind: engine.Started, From: start, MS: rapid.Int64Range(0, 5000).Draw(t, "length")})
		var reversible []int
		for range rapid.IntRange(0, 12).Draw(t, "events") {
			at += engine.Instant(rapid.Int64Range(0, 2000).Draw(t, "later"))
			from := start + engine.Instant(rapid.Int64Range(-100, 9000).Draw(t, "from"))
			switch rapid.SampledFrom([]string{"pause", "move", "gap", "given", "reverse", "continue"}).Draw(t, "what") {
			case "pause":
				if a.State == engine.OnPause || a.Suspended() {
					apply(engine.Event{Kind: engine.Resumed, To: at})
				} else {
					apply(engine.Event{Kind: engine.Paused, From: at})
				}
			case "continue":
				apply(engine.Event{Kind: engine.Continued, Sitting: "skd.two"})
			case "move":
				if a.Ledger.Stopped("move") {
					apply(engine.Event{Kind: engine.DeviceBound, Device: "d"})
				} else {
					apply(engine.Event{Kind: engine.DeviceMoved})
				}
			case "gap":
				apply(engine.Event{Kind: engine.GapCredited, From: from, To: from + engine.Instant(rapid.Int64Range(1, 3000).Draw(t, "long"))})
				reversible = append(reversible, n)
			case "given":
				apply(engine.Event{Kind: engine.TimeGiven, MS: rapid.Int64Range(-2000, 2000).Draw(t, "ms")})
				reversible = append(reversible, n)
			case "reverse":
				if len(reversible) > 0 {
					apply(engine.Event{Kind: engine.CreditReversed, Ref: rapid.SampledFrom(reversible).Draw(t, "ref")})
				}
			}
		}
	})
}
