package storetest

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"

	"terang/engine"
)

// ErrFlaky is what a Flaky journal fails with.
var ErrFlaky = errors.New("failed on purpose")

// Fault is the way in which a call goes wrong.
type Fault int

// The faults.
const (
	FailBefore Fault = iota // nothing was done, the caller is not told so
	CutOff                  // done, but the answer was lost; a reading call is cut off half way
	Delay                   // done and answered, after others had their turn
	Full                    // engine.ErrFull: nothing was done, and the caller is told so
)

// Flaky is a journal whose every n-th call goes wrong.
type Flaky struct {
	engine.Journal
	fault Fault
	every int64
	calls atomic.Int64

	// Wait is what Delay does; set it before the first call. Unset, it gives way to
	// other goroutines some times. A test with a fake clock can sleep here.
	Wait func()
}

// NewFlaky wraps j. Every n-th call of Append, Read, Tail or Beat, counted together, meets
// the fault; Close never does.
func NewFlaky(j engine.Journal, fault Fault, every int) *Flaky {
	return &Flaky{Journal: j, fault: fault, every: int64(max(every, 1)), Wait: func() {
		for range 100 {
			runtime.Gosched()
		}
	}}
}

// hits counts a call and returns whether it meets the fault.
func (f *Flaky) hits() bool { return f.calls.Add(1)%f.every == 0 }

// before returns the error of a call that goes wrong before anything is done.
func (f *Flaky) before(hit bool) error {
	if !hit {
		return nil
	}
	switch f.fault {
	case FailBefore:
		return ErrFlaky
	case Full:
		return engine.ErrFull
	case Delay:
		f.Wait()
	}
	return nil
}

// lost returns whether the answer of a call is lost.
func (f *Flaky) lost(hit bool) bool { return hit && f.fault == CutOff }

// Append implements engine.Journal.
func (f *Flaky) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	hit := f.hits()
	if err := f.before(hit); err != nil {
		return nil, err
	}
	outcomes, err := f.Journal.Append(ctx, runs)
	if hit && f.fault == Delay {
		f.Wait()
	}
	if err == nil && f.lost(hit) {
		return nil, ErrFlaky
	}
	return outcomes, err
}

// Read implements engine.Journal.
func (f *Flaky) Read(ctx context.Context, stream string, after int, visit func(engine.Record) error) error {
	hit := f.hits()
	if err := f.before(hit && f.fault != Full); err != nil {
		return err
	}
	visited := 0
	return f.Journal.Read(ctx, stream, after, func(r engine.Record) error {
		if visited++; visited > 1 && f.lost(hit) {
			return ErrFlaky
		}
		return visit(r)
	})
}

// Tail implements engine.Journal.
func (f *Flaky) Tail(ctx context.Context, after engine.Pos, limit int) ([]engine.Record, error) {
	hit := f.hits()
	if err := f.before(hit && f.fault != Full); err != nil {
		return nil, err
	}
	records, err := f.Journal.Tail(ctx, after, limit)
	if err == nil && f.lost(hit) {
		return nil, ErrFlaky
	}
	return records, err
}

// Beat implements engine.Journal.
func (f *Flaky) Beat(ctx context.Context, node string, at engine.Instant) (map[string]engine.Instant, error) {
	hit := f.hits()
	if err := f.before(hit); err != nil {
		return nil, err
	}
	beats, err := f.Journal.Beat(ctx, node, at)
	if err == nil && f.lost(hit) {
		return nil, ErrFlaky
	}
	return beats, err
}
