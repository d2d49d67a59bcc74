package engine

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Writer gathers the runs of all streams and commits them one batch at a time: as many
// as came while the last batch was being written. One batch in flight is enough, and
// leaves no two commits to race.
type Writer struct {
	journal Journal
	metrics *Metrics
	clock   *Clock

	mu      sync.Mutex
	waiting []job
	spare   []job
	runs    []Run // room of append; only Run's goroutine uses it
	wake    chan struct{}
	slots   chan struct{} // of what is done aside
	beside  int           // how much that is
	last    int           // runs of the last batch; only Run's goroutine looks at it
	failing bool
	hung    bool    // the journal let somebody wait in vain: nobody else waits for it until it works
	ended   bool    // Run has returned, or is about to
	healed  Instant // when the journal took something again after it had failed
}

// hungAfter is how long a call that fails may take before nobody else is let to wait: a
// connection that breaks fails at once, and is tried again at once.
const hungAfter = time.Second

// errHung refuses what was not even sent.
var errHung = errors.New("the journal does not answer; nothing is sent to it until it does")

type job struct {
	run Run
	to  lander
}

// lander is who hears what became of a run. It must not block.
type lander interface {
	land(o Outcome, err error)
}

type landFunc func(Outcome, error)

func (f landFunc) land(o Outcome, err error) { f(o, err) }

// BatchMost bounds the runs of a batch, so that one commit stays short.
const BatchMost = 2048

// NewWriter returns a writer; nothing is committed until Run runs.
func NewWriter(j Journal, m *Metrics, c *Clock) *Writer {
	return &Writer{journal: j, metrics: m, clock: c, wake: make(chan struct{}, 1), slots: make(chan struct{}, asideMost)}
}

// hangs says whether the journal has let somebody wait in vain, and not worked since.
func (w *Writer) hangs() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.hung
}

// waited notes that somebody waited for the journal in vain.
func (w *Writer) waited() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failing, w.hung = true, true
}

// works notes that the journal takes what it is given.
func (w *Writer) works(now Instant) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hung = false
	if w.failing {
		w.failing, w.healed = false, now
	}
}

// healedAfter is when the journal worked again for those it had failed since the given
// instant; 0 while it has not.
func (w *Writer) healedAfter(since Instant) Instant {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failing || w.healed < since {
		return 0
	}
	return w.healed
}

// Submit hands in a run. then is called once, on another goroutine, with what became of
// it; it must not block. There must be at most one run of a stream under way.
func (w *Writer) Submit(run Run, then func(Outcome, error)) { w.submit(run, landFunc(then)) }

func (w *Writer) submit(run Run, to lander) {
	if j, ok := w.journal.(*Homed); ok {
		if err := j.Owns(run.Stream); err != nil { // before it would spoil a batch
			go to.land(Outcome{}, err)
			return
		}
	}
	w.mu.Lock()
	if w.ended {
		w.mu.Unlock()
		go to.land(Outcome{}, errEnded)
		return
	}
	w.waiting = append(w.waiting, job{run, to})
	w.mu.Unlock()
	w.rouse()
}

// Append commits one run and waits for it.
func (w *Writer) Append(run Run) (Outcome, error) {
	type answer struct {
		o   Outcome
		err error
	}
	done := make(chan answer, 1)
	w.Submit(run, func(o Outcome, err error) { done <- answer{o, err} })
	a := <-done
	return a.o, a.err
}

// errEnded answers who comes after the end: nothing of it was stored.
var errEnded = errors.New("this node has ended")

// Run commits until ctx is done, and then what is still waiting; what comes later is
// refused. Acknowledgements go out on other goroutines, while the next batch is being
// written.
func (w *Writer) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	done := make(chan *[]answered, runtime.GOMAXPROCS(0))
	for range cap(done) {
		workers.Go(func() {
			for part := range done {
				for i := range *part {
					a := &(*part)[i]
					a.job.to.land(a.outcome, a.err)
				}
				clear(*part)
				batches.Put(part)
			}
		})
	}
	defer workers.Wait()
	defer close(done)
	for {
		select {
		case <-w.wake:
			for w.commit(done) {
			}
		case <-ctx.Done():
			for w.commit(done) || !w.end() {
				if w.last == 0 {
					<-w.wake // of what is done aside, or of who has just come
				}
			}
			return nil
		}
	}
}

// end refuses what is submitted from now on, unless something waits or is done aside.
func (w *Writer) end() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = len(w.waiting) == 0 && w.beside == 0
	return w.ended
}

type answered struct {
	job     job
	outcome Outcome
	err     error
}

// batches are rooms for what a worker answers at a time.
var batches = sync.Pool{New: func() any { return new([]answered) }}

// commit writes one batch and reports whether there was one. The journal's call carries
// no caller's context: nobody's hang-up may make a commit's outcome unknown.
func (w *Writer) commit(done chan<- *[]answered) bool {
	w.gather()
	w.mu.Lock()
	hung := w.hung
	batch := w.waiting
	if w.last = len(batch); w.last == 0 {
		w.mu.Unlock()
		return false
	}
	if w.last > BatchMost {
		w.last = BatchMost
		w.waiting = append([]job(nil), batch[BatchMost:]...)
		batch = batch[:BatchMost]
	} else {
		w.waiting = w.spare[:0]
		w.spare = nil
	}
	w.mu.Unlock()
	var outcomes []Outcome
	err := errHung
	if !hung {
		outcomes, err = w.append(batch)
	}
	each := (len(batch) + cap(done) - 1) / cap(done)
	for from := 0; from < len(batch); from += each {
		part := batches.Get().(*[]answered)
		*part = (*part)[:0]
		for i := from; i < min(from+each, len(batch)); i++ {
			a := answered{job: batch[i], err: err}
			if err == nil {
				a.outcome = outcomes[i]
			}
			*part = append(*part, a)
		}
		done <- part
	}
	clear(batch)
	w.mu.Lock()
	if w.spare == nil && cap(batch) <= BatchMost {
		w.spare = batch[:0]
	}
	w.mu.Unlock()
	return true
}

func (w *Writer) append(batch []job) ([]Outcome, error) {
	runs := slices.Grow(w.runs[:0], len(batch))
	for i := range batch {
		runs = append(runs, batch[i].run)
	}
	began := time.Now()
	outcomes, err := w.journal.Append(context.Background(), runs)
	took := time.Since(began)
	w.metrics.committed(runs, err, took)
	w.runs = nil
	if err == nil { // else nobody knows what still has to do with them
		clear(runs)
		w.runs = runs
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.failing, w.hung = true, took > hungAfter
	} else if w.failing {
		w.failing, w.healed = false, w.clock.Now()
	}
	return outcomes, err
}
