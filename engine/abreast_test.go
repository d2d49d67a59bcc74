package engine

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// remembering is a journal that gives what it remembers first, and asks for what stands behind it.
type remembering struct {
	*paper
	remembered Pos
	answers    chan struct{} // closed when the rest can be read
}

func (r *remembering) Tail(ctx context.Context, after Pos, limit int) ([]Record, error) {
	if after < r.remembered {
		return r.paper.Tail(ctx, after, int(r.remembered-after))
	}
	<-r.answers
	return r.paper.Tail(ctx, after, limit)
}

// Whoever waits to be abreast has all that was committed before, not only what this node wrote itself.
func TestAbreastIsAllThatWasCommitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &remembering{paper: newPaper(), remembered: 1, answers: make(chan struct{})}
		for _, stream := range []string{AttemptStream + "a", AttemptStream + "b"} {
			run := Run{Stream: stream, Records: Link(stream, 0, FirstHash(stream), []Event{{Kind: Silent, At: start, By: "engine"}})}
			if _, err := j.Append(t.Context(), []Run{run}); err != nil {
				t.Fatal(err)
			}
		}
		h := NewHall("n1", j, &reach{shelf: newShelf(), life: -1, node: "n1"}, NewClock(), NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
		abreast := make(chan error, 1)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			abreast <- h.Abreast(ctx)
		}()
		wait(10 * time.Millisecond)
		ctx, end := context.WithCancel(context.Background())
		over := make(chan error)
		go func() { over <- h.Run(ctx) }()
		if err := <-abreast; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("at position %d of 2: %v", h.Pos(), err)
		}
		close(j.answers)
		if err := h.Abreast(ctx); err != nil || h.Pos() != 2 {
			t.Errorf("at position %d of 2: %v", h.Pos(), err)
		}
		end()
		if err := <-over; err != nil {
			t.Error(err)
		}
	})
}
