package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/uuid"

	"terang/engine"
	"terang/engine/pgjournal"
	"terang/engine/sqlitejournal"
	"terang/engine/storetest"
)

const (
	linearBurst = 5 // operations that a page sends without waiting
	linearCrowd = 6 // attempts of one history each, at the same time
	linearTurns = 20
	linearTabs  = 2               // pages on each of two devices
	linearMost  = 2 * time.Second // of one round, where the disk is slow

	judgeWithin = 5 * time.Second // it takes milliseconds as a rule
)

// linearFor is how long histories are made over each journal.
func linearFor() time.Duration {
	if os.Getenv("TERANG_CRASH") == "full" {
		return 10 * time.Second
	}
	return time.Second
}

// Two devices with two pages each, at two nodes, while ways to the journal are
// cut and a node falls: whatever they were told could have happened one after the other,
// each act at one instant between its call and its answer.
func TestTwoDevicesAtTwoNodesAreInOrderThoughWaysAreCut(t *testing.T) {
	t.Run("memory", func(t *testing.T) {
		inOrder(t, func(*testing.T, int) func(int) engine.Journal {
			m := newMemory()
			return func(int) engine.Journal { return m }
		})
	})
	t.Run("sqlite", func(t *testing.T) {
		inOrder(t, func(t *testing.T, round int) func(int) engine.Journal {
			db, err := sqlitejournal.Open(filepath.Join(t.TempDir(), fmt.Sprint(round, ".db")), sqlitejournal.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			return func(int) engine.Journal { return db }
		})
	})
	t.Run("postgres", func(t *testing.T) {
		pg := storetest.Postgres(t)
		inOrder(t, func(t *testing.T, round int) func(int) engine.Journal {
			dsn := pg.Fresh(t, fmt.Sprint("round", round))
			var dbs [2]engine.Journal
			for i := range dbs {
				db, err := pgjournal.Open(context.Background(), dsn, pgjournal.Options{Name: fmt.Sprint("n", i)})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = db.Close() })
				dbs[i] = db
			}
			return func(slot int) engine.Journal { return dbs[slot] }
		})
	})
}

// inOrder makes histories over fresh journals and judges each.
func inOrder(t *testing.T, fresh func(t *testing.T, round int) func(slot int) engine.Journal) {
	seen := map[string]int{}
	rounds := 0
	for end := time.Now().Add(linearFor()); !t.Failed() && (rounds == 0 || time.Now().Before(end)); rounds++ {
		t.Run(fmt.Sprint("round", rounds), func(t *testing.T) {
			histories, err := linearRound(t, uint64(rounds), true, fresh(t, rounds))
			if err != nil {
				t.Errorf("the journal at the end: %v", err)
			}
			for _, h := range histories {
				seen[h.mustBeInOrder(t)]++
				for what, n := range h.seen {
					seen[what] += n
				}
			}
		})
	}
	t.Logf("%d rounds of %d attempts: %v", rounds, linearCrowd, seen)
	if seen[string(porcupine.Unknown)] > 1+rounds*linearCrowd/10 {
		t.Errorf("%d of %d histories were not judged in time", seen[string(porcupine.Unknown)], rounds*linearCrowd)
	}
	for _, must := range []string{"answer ok", "hello ok", "move ok", "hello unknown", "answer unknown", "answer superseded"} {
		if seen[must] == 0 && !t.Failed() {
			t.Errorf("never %s: these histories tested too little", must)
		}
	}
}

// mustBeInOrder judges a history, and keeps a picture of one that is not in order.
func (h *history) mustBeInOrder(t *testing.T) string {
	t.Helper()
	result, info := h.judge(judgeWithin)
	if result == porcupine.Illegal {
		path, err := picture(t, info)
		t.Errorf("not in order: %s\na picture of it, for a browser: %s %v", h.stuck(info), path, err)
	}
	return string(result)
}

// linearRound makes one history for each of some attempts, all at the same time; a node
// may fall meanwhile. The error is of reading the journal at the end.
func linearRound(t *testing.T, seed uint64, falls bool, journal func(slot int) engine.Journal) ([]*history, error) {
	t.Helper()
	ns := &nodes{t: t, journal: journal, random: rand.New(rand.NewPCG(seed, 0))}
	for i := range linearCrowd {
		ns.ids = append(ns.ids, fmt.Sprintf("01935000-0000-7000-8000-%012d", i))
	}
	ns.open(0)
	ns.open(1)
	clock := new(atomic.Int64)
	var histories []*history
	var pages, supervisors sync.WaitGroup
	done := make(chan struct{})
	ns.begin()
	until := time.Now().Add(linearMost)
	for i, id := range ns.ids {
		s := &sat{id: id, history: &history{id: id, clock: clock, seen: map[string]int{}}, nodes: ns}
		histories = append(histories, s.history)
		stream := uint64(i) * 16
		for d := 1; d <= 2; d++ {
			dev := &device{sat: s, number: d, uuid: linearDevice(d)}
			if d == 1 {
				dev.session = 1
			}
			for range linearTabs {
				stream++
				p := &tab{device: dev, random: rand.New(rand.NewPCG(seed, stream))}
				pages.Go(func() { p.work(linearTurns, until) })
			}
		}
		r := rand.New(rand.NewPCG(seed, stream+1))
		supervisors.Go(func() { s.supervise(r, done) })
	}
	if falls {
		supervisors.Go(func() {
			<-time.After(time.Duration(20+seed%5*10) * time.Millisecond)
			ns.restart(int(seed % 2))
		})
	}
	pages.Wait()
	close(done)
	supervisors.Wait()
	ns.close()
	var wrong error
	for _, h := range histories {
		wrong = errors.Join(wrong, h.end(journal(0)))
	}
	return histories, wrong
}

// end reads from the journal what stands when nothing is under way any more.
func (h *history) end(j engine.Journal) error {
	a := engine.NewAttempt(engine.AttemptStream + h.id)
	var events []engine.Event
	call := h.now()
	err := j.Read(context.Background(), a.Stream, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		events = append(events, e)
		return errors.Join(err, a.Fold(r))
	})
	if err == nil {
		h.add(call, h.now(), asked{act: show}, shown(a))
		h.learn(events)
	}
	return err
}

func linearDevice(n int) string { return fmt.Sprintf("0f3c1f6e-0000-4000-8000-%012d", n) }

// begin starts the sitting and signs everybody in to the first device: they come late, and
// their clocks run at once.
func (ns *nodes) begin() {
	ns.t.Helper()
	one := ns.slots[0].Load().hall
	insist := func(what string, do func() error) {
		ns.t.Helper()
		ns.soon(what, func() bool {
			err := do()
			if err != nil && !errors.Is(err, storetest.ErrFlaky) && !errors.Is(err, engine.Busy) {
				ns.t.Fatalf("%s: %v", what, err)
			}
			return err == nil
		})
	}
	room := one.Sitting(linearRoom)
	for _, act := range []string{engine.ActOpenCheckin, engine.ActStart} {
		op := uuid.NewString()
		insist(act, func() error {
			_, err := room.Act(engine.Command{Act: act, By: "s", Op: op, At: one.Now(), Since: one.Now().Add(-time.Minute)})
			return err
		})
	}
	for _, id := range ns.ids {
		for _, c := range []engine.Command{
			{Act: engine.ActCheckin, By: "s", Sitting: linearRoom, Seat: "01", Number: "1", Pin: "x"},
			{Act: engine.ActSignIn, By: "candidate", Device: linearDevice(1), Session: id + ".1", Seat: linearDevice(1)},
			{Act: engine.ActConfirm, By: "candidate", Device: linearDevice(1), Session: id + ".1"},
		} {
			c.At = one.Now()
			insist(c.Act, func() error { return one.Attempt(id).Ask(c, nil).Err })
		}
		for i := range ns.slots {
			l := ns.slots[i].Load().hall.Attempt(id)
			ns.soon("both nodes know whose exam runs", func() bool {
				p, _ := l.Presence()
				return p.State == engine.Running
			})
		}
	}
}

// soon waits until something is so.
func (ns *nodes) soon(what string, is func() bool) {
	ns.t.Helper()
	for end := time.After(30 * time.Second); !is(); {
		select {
		case <-time.After(time.Millisecond):
		case <-end:
			ns.t.Fatalf("not within half a minute: %s", what)
		}
	}
}

// supervise takes the attempt from its device after every few calls, by a release or by a
// move.
func (s *sat) supervise(r *rand.Rand, done <-chan struct{}) {
	for next := 0; ; {
		select {
		case <-time.After(time.Millisecond):
		case <-done:
			return
		}
		if s.history.size() < next {
			continue
		}
		next = s.history.size() + 10 + r.IntN(20)
		in := asked{act: engine.ActRelease}
		if r.IntN(2) == 0 {
			in.act = engine.ActMove
		}
		if in.op = int(s.ops.Add(1)); in.op >= linearOps {
			return
		}
		in.id = uuid.NewString()
		call := s.history.now()
		out := told{code: unknown}
		var a outcome
		for try := 0; out.code == unknown && try < 4; try++ {
			a = s.ask(s.nodes.any(r), engine.Task{Command: engine.Command{Act: in.act, By: "s", Op: in.id, Seat: "02", Why: "device"}}).wait()
			if out = (told{code: codeOf(a.Err)}); a.Err == nil {
				out.n = a.N
			}
		}
		s.history.add(call, a.back, in, out)
	}
}
