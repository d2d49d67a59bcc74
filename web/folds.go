package web

import (
	"slices"
	"strings"
	"sync"

	"terang/engine"
	"terang/scoring"
)

// Folds is where committed records become what people see: boards, and the news of
// rooms. It is a sink of the hall, made before it.
type Folds struct {
	mu     sync.Mutex
	pos    engine.Pos // of the newest record
	boards []*scoring.Boards
	coming []*Coming
	issues map[string]int // of results codes, by EXAM/NUMBER

	Removed func(exam string) // told of a rehearsal that was removed; set before the hall recovers, may be nil
}

// Apply folds one record; see engine.Sink.
func (f *Folds) Apply(r engine.Record, e *engine.Event) {
	if r.Stream == engine.RemovalStream && e.Kind == engine.ExamRemoved {
		f.remove(e.Act)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pos = r.Pos
	if code, ok := strings.CutPrefix(r.Stream, engine.ExamStream); ok && e.Kind == engine.ResultsCodeIssued {
		if f.issues == nil {
			f.issues = make(map[string]int)
		}
		f.issues[code+"/"+e.Number] = int(e.MS)
	}
	f.apply(r, e)
}

// ApplyActs folds acts of candidates; see engine.ActSink.
func (f *Folds) ApplyActs(records []engine.Record, events []engine.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range records {
		f.pos = records[i].Pos
		f.apply(records[i], &events[i])
	}
}

func (f *Folds) apply(r engine.Record, e *engine.Event) {
	for _, b := range f.boards {
		b.Apply(r, e)
	}
	for _, c := range f.coming {
		c.waiting = append(c.waiting, arrived{r, *e})
	}
}

// Add opens the boards of an exam, before the first record.
func (f *Folds) Add(b *scoring.Boards) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.boards = append(f.boards, b)
}

// Coming are boards that are folded aside from the journal, while records go on coming.
type Coming struct {
	folds   *Folds
	boards  *scoring.Boards
	from    engine.Pos
	past    map[string]bool // attempts that have a record
	waiting []arrived       // what was committed since; guarded by the folds' lock
}

type arrived struct {
	record engine.Record
	event  engine.Event
}

// Coming begins to fold boards aside. The caller applies the records up to and with
// Until, and then takes the boards over, or drops them.
func (f *Folds) Coming(b *scoring.Boards) *Coming {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := &Coming{folds: f, boards: b, from: f.pos, past: make(map[string]bool)}
	f.coming = append(f.coming, c)
	return c
}

// Until is the position of the last record that the caller has to apply.
func (c *Coming) Until() engine.Pos { return c.from }

// Apply folds one record of the past.
func (c *Coming) Apply(r engine.Record, e *engine.Event) {
	if id, ok := strings.CutPrefix(r.Stream, engine.AttemptStream); ok {
		c.past[id] = true
	}
	c.boards.Apply(r, e)
}

// Began says whether something was recorded of the attempt, as far as was folded.
func (c *Coming) Began(attempt string) bool { return c.past[attempt] }

// fewWaiting is how many records are folded at most while others wait for the lock.
const fewWaiting = 256

// Take folds what came meanwhile, and puts the boards in the place of the same exam's in
// one step.
func (c *Coming) Take(now engine.Instant) {
	f := c.folds
	c.fold(c.take(0))
	c.boards.Tick(now) // all rows for the first time: not while the tail waits
	for some := c.take(fewWaiting); some != nil; some = c.take(fewWaiting) {
		c.fold(some)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	c.fold(c.waiting)
	f.drop(c)
	same := func(b *scoring.Boards) bool { return b.Code() == c.boards.Code() }
	if i := slices.IndexFunc(f.boards, same); i >= 0 {
		f.boards[i] = c.boards
		return
	}
	f.boards = append(f.boards, c.boards)
}

// take returns what waits, if it is more than few.
func (c *Coming) take(few int) []arrived {
	c.folds.mu.Lock()
	defer c.folds.mu.Unlock()
	if len(c.waiting) <= few {
		return nil
	}
	some := c.waiting
	c.waiting = nil
	return some
}

func (c *Coming) fold(some []arrived) {
	for i := range some {
		c.Apply(some[i].record, &some[i].event)
	}
}

// Drop forgets boards that could not be folded.
func (c *Coming) Drop() {
	c.folds.mu.Lock()
	defer c.folds.mu.Unlock()
	c.folds.drop(c)
}

func (f *Folds) drop(c *Coming) {
	f.coming = slices.DeleteFunc(f.coming, func(other *Coming) bool { return other == c })
}

// Again takes over in boards that are open what was decided about results, in one step:
// annulments and which list stands, either nil if nothing about it has changed. See
// scoring.Boards.Rescore and Decide.
func (f *Folds) Again(b *scoring.Boards, r *scoring.Rescoring, d *scoring.Deciding) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r != nil {
		b.Rescore(r)
	}
	if d != nil {
		b.Decide(d)
	}
}

// Results are those of an exam's people as they are folded now; see scoring.Boards.Results.
func (f *Folds) Results(b *scoring.Boards) []scoring.Result {
	f.mu.Lock()
	defer f.mu.Unlock()
	return b.Results()
}

// Result is one person's as it is folded now.
func (f *Folds) Result(b *scoring.Boards, attempt string) (scoring.Result, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return b.Result(attempt)
}

// Issue is which issue of a candidate's results code holds; the first is 0.
func (f *Folds) Issue(exam, number string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.issues[exam+"/"+number]
}

// Preview tells what annulments would do to boards that are open.
func (f *Folds) Preview(b *scoring.Boards, r *scoring.Rescoring) []scoring.Change {
	f.mu.Lock()
	defer f.mu.Unlock()
	return b.Preview(r)
}

// Tick publishes what has changed since the last one; once a second is meant.
func (f *Folds) Tick(now engine.Instant) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, b := range f.boards {
		b.Tick(now)
	}
}
