package process

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Ours registers what Go and the system say of a process under names that begin with terang_
// as all do, so that a name says whose figure it is.
func Ours(registry prometheus.Registerer) prometheus.Registerer {
	return prometheus.WrapRegistererWithPrefix("terang_", registry)
}

// TidiesName counts how often a process has given back what it does not hold.
const TidiesName = "terang_memory_tidied_total"

// Tidier lets a process be asked, by SIGUSR1, to collect and to give all that is free back
// to the system: what is resident afterwards is what it holds, and not what the collector
// has not looked at yet.
type Tidier struct {
	asked chan os.Signal
	done  atomic.Int64
}

// NewTidier listens from now on, so that a process that is ready can be asked.
func NewTidier(registry prometheus.Registerer) *Tidier {
	t := &Tidier{asked: make(chan os.Signal, 1)}
	promauto.With(registry).NewCounterFunc(prometheus.CounterOpts{
		Name: TidiesName, Help: "Times that free memory was given back to the system on SIGUSR1.",
	}, func() float64 { return float64(t.done.Load()) })
	if len(tidy) > 0 { // of none, Notify would take all
		signal.Notify(t.asked, tidy...)
	}
	return t
}

// settledAfter is how many collections it takes until stacks that had grown have shrunk,
// by a half in each, and pools are empty.
const settledAfter = 4

// Run tidies whenever it is asked, until ctx is done.
func (t *Tidier) Run(ctx context.Context) error {
	defer signal.Stop(t.asked)
	for {
		select {
		case <-t.asked:
			for range settledAfter {
				runtime.GC()
			}
			debug.FreeOSMemory()
			t.done.Add(1)
		case <-ctx.Done():
			return nil
		}
	}
}
