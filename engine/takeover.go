package engine

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync/atomic"
	"time"
)

// TakeoverAfter is how long a node stands back from an attempt for each other that comes
// before it: for the attempt's holder first, while that lives.
const TakeoverAfter = 15 * time.Second

// peers tells which other nodes live. A node lives while its liveness moves, as seen with
// this node's own clock: nobody's clocks are compared. It is gone as soon as it says so.
type peers struct {
	seen map[string]pulse // by node; only the beat touches it
	last Instant          // when the journal last answered
	live atomic.Pointer[[]string]
	sure atomic.Bool // one of them lives whose clock nothing is known to be wrong with
	news chan change
}

// change tells which nodes have come and gone.
type change struct{ came, gone []string }

// pulse is what was seen of a node.
type pulse struct {
	beat  Instant // what it stored last
	moved Instant // when that was seen to be new, 0 if it never was
}

// others are the nodes that live beside this one, in the order of their names.
func (p *peers) others() []string {
	if live := p.live.Load(); live != nil {
		return *live
	}
	return nil
}

// look takes in what all nodes have stored. What stood there at the first look may be of
// the dead: it has to move to be believed.
func (p *peers) look(self string, beats map[string]Instant, now Instant) (came, gone []string) {
	first := p.seen == nil
	if first {
		p.seen = make(map[string]pulse, len(beats))
	}
	// While the journal did not answer, nobody could be heard: that kills no one.
	deaf := now.Sub(p.last) - 2*BeatEvery
	if p.last == 0 || deaf < 0 {
		deaf = 0
	}
	p.last = now
	var live []string
	sure := false
	for node, beat := range beats {
		was, known := p.seen[node]
		switch {
		case node == self:
			continue
		case beat < 0:
			was.moved = 0 // it has said goodbye: nobody needs to wait for its silence
		case known && beat > was.beat, !known && !first:
			was.moved = now
		case was.moved != 0:
			was.moved = was.moved.Add(deaf)
		}
		was.beat = beat
		p.seen[node] = was
		if was.moved != 0 && now.Sub(was.moved) < SilentAfter {
			live, sure = append(live, node), sure || beat&1 == 0
		}
	}
	p.sure.Store(sure)
	slices.Sort(live)
	before := p.others()
	for _, node := range live {
		if !slices.Contains(before, node) {
			came = append(came, node)
		}
	}
	for _, node := range before {
		if !slices.Contains(live, node) {
			gone = append(gone, node)
		}
	}
	p.live.Store(&live)
	return came, gone
}

// Others are the other nodes that live now, as this one has seen it, by name.
func (h *Hall) Others() []string { return h.peers.others() }

// lastAlive is when each node was last known to live, whether it said goodbye then or not.
func lastAlive(beats map[string]Instant) map[string]Instant {
	at := make(map[string]Instant, len(beats))
	for node, beat := range beats {
		at[node] = max(beat, -beat)
	}
	return at
}

// Leave notes that this node's pages have been told to go elsewhere. Until then they were
// heard here, if they were: when the hall ends it says so to the other nodes.
func (h *Hall) Leave() { h.left.CompareAndSwap(0, int64(h.clock.Now())) }

// goodbye tells the other nodes that this one has gone, so that they take its share at
// their next beat. What it had decided is committed by then. If they do not hear it they
// miss it after a while, as they miss the dead.
func (h *Hall) goodbye() {
	h.Leave()
	ctx, cancel := context.WithTimeout(context.Background(), BeatEvery)
	defer cancel()
	if _, err := h.journal.Beat(ctx, h.node, -Instant(h.left.Load())); err != nil {
		h.log.Warn("the other nodes could not be told that this one has gone; they miss it by themselves", "error", err)
	}
}

// heard takes in the nodes' liveness. It waits for no attempt: a node that is kept from
// its beat is dead to the others.
func (h *Hall) heard(beats map[string]Instant, now Instant) {
	came, gone := h.peers.look(h.node, beats, now)
	if len(came)+len(gone) > 0 {
		h.log.Info("the nodes that hold this exam have changed", "came", came, "gone", gone, "beside_this", len(h.peers.others()))
		h.peers.news <- change{came, gone}
	}
}

// divide follows a change of the nodes: attempts of one that has gone are divided among
// those that live, and one that has come gets its share.
func (h *Hall) divide(ctx context.Context) error {
	for {
		select {
		case c := <-h.peers.news:
			h.each(func(l *Live) { l.reheld(c, h.clock.Now()) })
		case <-ctx.Done():
			return nil
		}
	}
}

// patience is how long this node stands back from an attempt that holder has, "" if
// nobody: not at all if it is the holder itself, or the first of those that live. All
// nodes come to the same order, each for itself; if they do not, the journal decides.
func (h *Hall) patience(attempt, holder string) time.Duration {
	others := h.peers.others()
	if holder == h.node || len(others) == 0 {
		return 0
	}
	before := 0
	mine := weight(attempt, h.node)
	for _, node := range others {
		if node == holder || weight(attempt, node) > mine {
			before++
		}
	}
	return time.Duration(before) * TakeoverAfter
}

// mine says whether this node is the first that cares for the attempt.
func (h *Hall) mine(attempt, holder string) bool { return h.patience(attempt, holder) == 0 }

// weight orders nodes by an attempt: rendezvous hashing, so that a node's end moves no
// attempts but its own (Thaler and Ravishankar, 1998).
func weight(attempt, node string) uint64 {
	sum := sha256.Sum256([]byte(node + "\x00" + attempt))
	return binary.BigEndian.Uint64(sum[:])
}

// contact is the last contact with the page that this node knows of: a page that another
// node holds was heard as long as that node lived, or its silence is on record.
// Called with the lock held.
func (l *Live) contact() Instant {
	if l.state.BoundN == 0 || l.state.Node == l.hall.node {
		return l.Last()
	}
	return max(l.Last(), l.state.BoundAt, l.hall.aliveAt(l.state.Node))
}

// reheld takes in that nodes have come or gone. Who was on a node that has gone is owed
// the time until the own hello elsewhere, as after a restart; if the node was not dead
// after all, nothing is owed.
func (l *Live) reheld(c change, now Instant) {
	l.Do(Task{Command: Command{Act: ActFollow, By: "engine", At: now}}) // its holder may have died before it did
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.state
	if a.Node != l.hall.node && a.BoundN > 0 && a.SilentFrom == 0 && (a.State == Running || a.State == OnPause) {
		switch {
		case slices.Contains(c.gone, a.Node):
			l.limit = max(now, l.contact().Add(RetryTo+GapLimitAfter))
		case slices.Contains(c.came, a.Node):
			l.limit = 0
		}
	}
	l.watch()
	l.hall.dirty(l)
}
