package engine_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"terang/engine"
)

// reluctant is a journal that lets whoever reads an attempt wait while a gate is shut, and
// whose tail tells nothing meanwhile.
type reluctant struct {
	*memory
	gate atomic.Pointer[chan struct{}]
	came chan struct{} // who waits
}

func (r *reluctant) Tail(ctx context.Context, after engine.Pos, limit int) ([]engine.Record, error) {
	if r.gate.Load() != nil {
		return nil, nil
	}
	return r.memory.Tail(ctx, after, limit)
}

func (r *reluctant) Read(ctx context.Context, stream string, after int, visit func(engine.Record) error) error {
	if gate := r.gate.Load(); gate != nil && strings.HasPrefix(stream, engine.AttemptStream) {
		r.came <- struct{}{}
		<-*gate
	}
	return r.memory.Read(ctx, stream, after, visit)
}

// What others wrote to some attempts makes appends to them conflicts, and they have to be read
// again, which takes long: nobody else's acknowledgement waits for it, and at the end all of
// them are answered.
func TestAnAttemptThatIsReadAgainHoldsNobodysAcknowledgement(t *testing.T) {
	t.Parallel()
	j := &reluctant{memory: newMemory(), came: make(chan struct{}, 100)}
	w := newWard(t, j, "n1")
	defer w.stop()
	if _, err := w.hall.Sitting(wardRoom).Act(engine.Command{Act: engine.ActOpenCheckin, By: "s", At: w.hall.Now()}); err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 2*min(runtime.GOMAXPROCS(0), 8)) // more than there are goroutines that acknowledge
	var lives []*engine.Live
	for i := range cap(answered) {
		id := fmt.Sprintf("01935000-0000-7000-8000-%012d", 100+i)
		l := w.hall.Admit(id, &engine.Terms{Policy: engine.DefaultPolicy(), Length: time.Minute, Number: fmt.Sprint(i)})
		l.View(func(*engine.Attempt, *engine.Terms) {}) // it is read, and known to be new
		lives = append(lives, l)
	}
	gate := make(chan struct{})
	j.gate.Store(&gate)
	for _, l := range lives { // another node is first, and the tail has not told yet
		stream := engine.AttemptStream + l.ID
		event := engine.Event{Kind: engine.TurnedAway, At: w.hall.Now(), By: "s", Sitting: wardRoom, Why: "papers"}
		if _, err := j.Append(t.Context(), []engine.Run{{Stream: stream, Records: engine.Link(stream, 0, engine.FirstHash(stream), []engine.Event{event})}}); err != nil {
			t.Fatal(err)
		}
		go l.Do(engine.Task{
			Command: engine.Command{Act: engine.ActCheckin, By: "s", Sitting: wardRoom, Seat: "01", Number: "1", Pin: "x", At: w.hall.Now()},
			Reply:   func(r engine.Result) { answered <- r.Err },
		})
	}
	for range min(runtime.GOMAXPROCS(0), 8) { // each would hold one that acknowledges
		<-j.came
	}
	const other = "staff/other"
	stored := make(chan error, 1)
	go func() {
		event := engine.Event{Kind: engine.Messaged, At: w.hall.Now()}
		_, err := w.hall.Writer().Append(engine.Run{Stream: other, Records: engine.Link(other, 0, engine.FirstHash(other), []engine.Event{event})})
		stored <- err
	}()
	select {
	case err := <-stored:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("another stream's append is not acknowledged while attempts are read again")
	}
	if len(answered) > 0 {
		t.Errorf("%d were answered without their streams being read: nothing was tested", len(answered))
	}
	close(gate)
	for range lives {
		if err := <-answered; err != nil {
			t.Errorf("who had to be read again: %v", err)
		}
	}
}
