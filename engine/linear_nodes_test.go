package engine_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"terang/engine"
	"terang/engine/memstore"
	"terang/engine/storetest"
)

// node is one of several halls over a journal, with a bad way to it.
type node struct {
	hall *engine.Hall
	way  *way
	fell chan struct{} // closed when it is no more
	over func()        // ends it: what it was doing stays half done
}

func (n *node) hasFallen() bool {
	select {
	case <-n.fell:
		return true
	default:
		return false
	}
}

// way is a node's way to the journal, until it is cut for good.
type way struct {
	engine.Journal
	cut atomic.Bool
}

func (w *way) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	if w.cut.Load() {
		return nil, errFell
	}
	outcomes, err := w.Journal.Append(ctx, runs)
	if w.cut.Load() {
		return nil, errFell
	}
	return outcomes, err
}

// ghost is a way on which every n-th append is given up by the caller and arrives later
// all the same, while others write.
type ghost struct {
	engine.Journal
	every   int64
	calls   atomic.Int64
	waiting sync.WaitGroup
}

func (g *ghost) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	if g.calls.Add(1)%g.every != 0 {
		return g.Journal.Append(ctx, runs)
	}
	g.waiting.Go(func() {
		<-time.After(time.Duration(g.calls.Load()%7) * time.Millisecond)
		_, _ = g.Journal.Append(ctx, runs)
	})
	return nil, storetest.ErrFlaky
}

// nodes are two halls over one journal. Each has its own name, clock, store and way.
type nodes struct {
	t       *testing.T
	journal func(slot int) engine.Journal // the node's own connection
	random  *rand.Rand                    // of who opens nodes, one after the other
	ids     []string
	opened  int
	slots   [2]atomic.Pointer[node]
	ghosts  []*ghost
}

const linearRoom = "linear.s1"

// any is one of the nodes, as a balancer without stickiness gives them.
func (ns *nodes) any(r *rand.Rand) *node { return ns.slots[r.IntN(len(ns.slots))].Load() }

// open starts a node in a slot. It recovers from the journal, where it may meet a fault.
func (ns *nodes) open(slot int) {
	ns.t.Helper()
	terms := &engine.Terms{Policy: engine.DefaultPolicy(), Length: 100 * time.Minute, Number: "1", Form: linearForm()}
	ns.opened++
	name := "n" + strconv.Itoa(ns.opened)
	n := &node{way: &way{Journal: ns.faulty(ns.journal(slot))}, fell: make(chan struct{})}
	for {
		n.hall = engine.NewHall(name, n.way, memstore.New(), engine.NewClock(), engine.NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
		for _, id := range ns.ids {
			n.hall.Admit(id, terms)
		}
		n.hall.Sitting(linearRoom).Seat(ns.ids...)
		_, err := n.hall.Recover(ns.t.Context())
		if err == nil {
			break
		}
		if !errors.Is(err, storetest.ErrFlaky) {
			ns.t.Errorf("%s does not recover: %v", name, err)
			return
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.hall.Run(ctx) }()
	n.over = sync.OnceFunc(func() {
		n.way.cut.Store(true)
		close(n.fell)
		cancel()
		if err := <-done; err != nil {
			ns.t.Error(err)
		}
	})
	ns.t.Cleanup(n.over)
	ns.slots[slot].Store(n)
}

// faulty is a way that fails before the commit, loses its answer after it, delays it, or
// commits long after it was given up, each every few calls.
func (ns *nodes) faulty(j engine.Journal) engine.Journal {
	few := func(least int) int { return least + ns.random.IntN(least) }
	g := &ghost{Journal: j, every: int64(few(11))}
	ns.ghosts = append(ns.ghosts, g)
	slow := storetest.NewFlaky(g, storetest.Delay, few(3))
	wait := time.Duration(ns.random.IntN(1500)) * time.Microsecond
	slow.Wait = func() { <-time.After(wait) }
	return storetest.NewFlaky(storetest.NewFlaky(slow, storetest.FailBefore, few(12)), storetest.CutOff, few(12))
}

// restart lets the node of a slot fall, and opens another in its place.
func (ns *nodes) restart(slot int) {
	ns.slots[slot].Load().over()
	ns.open(slot)
}

// close ends all nodes; after it nothing reaches the journal any more.
func (ns *nodes) close() {
	for i := range ns.slots {
		ns.slots[i].Load().over()
	}
	for _, g := range ns.ghosts {
		g.waiting.Wait()
	}
}

const linearLetters = 26

func linearForm() *engine.Form {
	var places []engine.Place
	for q := range linearItems {
		item := &engine.Item{ID: "TWK-" + strconv.Itoa(q+1), Section: "TWK"}
		place := engine.Place{Item: item}
		for i := range linearLetters {
			item.Options = append(item.Options, engine.Option{ID: string(rune('a' + i))})
			place.Order = append(place.Order, uint8(i))
		}
		places = append(places, place)
	}
	return storetest.Form("f0", nil, places...)
}
