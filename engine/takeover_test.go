package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// paper is a journal in memory that several halls share.
type paper struct {
	mu      sync.Mutex
	records []Record
	heads   map[string]int
	beats   map[string]Instant
}

func newPaper() *paper { return &paper{heads: map[string]int{}, beats: map[string]Instant{}} }

func (p *paper) Append(_ context.Context, runs []Run) ([]Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Outcome, len(runs))
	for i, r := range runs {
		if out[i].Conflict = r.Records[0].N != p.heads[r.Stream]+1; out[i].Conflict {
			continue
		}
		out[i].First = Pos(len(p.records) + 1)
		for _, rec := range r.Records {
			rec.Pos = Pos(len(p.records) + 1)
			p.records = append(p.records, rec)
			p.heads[r.Stream] = rec.N
		}
	}
	return out, nil
}

func (p *paper) Read(_ context.Context, stream string, after int, visit func(Record) error) error {
	p.mu.Lock()
	records := slices.Clone(p.records)
	p.mu.Unlock()
	for _, r := range records {
		if r.Stream == stream && r.N > after {
			if err := visit(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *paper) Tail(_ context.Context, after Pos, limit int) ([]Record, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	rest := p.records[after:]
	return slices.Clone(rest[:min(limit, len(rest))]), nil
}

func (p *paper) Beat(_ context.Context, node string, at Instant) (map[string]Instant, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := maps.Clone(p.beats)
	if at != 0 {
		p.beats[node] = at
	}
	return before, nil
}

func (*paper) Close() error { return nil }

// happened lists the events of a kind, in order.
func (p *paper) happened(t *testing.T, kind Kind) (events []Event) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.records {
		e, err := Decode(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == kind {
			events = append(events, e)
		}
	}
	return events
}

// mute is a node's way to the journal that takes no appends any more, though it beats; or
// nothing at all, when the node is dead.
type mute struct {
	*paper
	on   atomic.Bool
	dead atomic.Bool
	held atomic.Pointer[chan struct{}] // appends wait until it is closed; nil: they do not
}

// stick lets appends wait until release is called.
func (m *mute) stick() (release func()) {
	held := make(chan struct{})
	m.held.Store(&held)
	return func() {
		m.held.Store(nil)
		close(held)
	}
}

func (m *mute) Beat(ctx context.Context, node string, at Instant) (map[string]Instant, error) {
	if m.dead.Load() {
		return nil, errors.New("the node is dead")
	}
	return m.paper.Beat(ctx, node, at)
}

func (m *mute) Append(ctx context.Context, runs []Run) ([]Outcome, error) {
	if held := m.held.Load(); held != nil {
		<-*held
	}
	if m.on.Load() || m.dead.Load() {
		return nil, errors.New("the way is cut")
	}
	return m.paper.Append(ctx, runs)
}

// shelf is a session store that can be emptied and closed.
type shelf struct {
	mu     sync.Mutex
	seen   map[string]Presence
	due    map[string]Instant
	closed bool
	life   int
}

var errClosed = errors.New("closed")

func newShelf() *shelf { return &shelf{seen: map[string]Presence{}, due: map[string]Instant{}} }

// reach is one node's way to it.
type reach struct {
	*shelf
	life    int
	node    string
	foreign atomic.Int64 // presences noted of attempts that other nodes hold
}

func (r *reach) Note(ctx context.Context, seen []Presence) error {
	for _, p := range seen {
		if p.Node != "" && p.Node != r.node {
			r.foreign.Add(1)
		}
	}
	return r.shelf.Note(ctx, seen)
}

func (r *reach) Kept(context.Context) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		r.life = -1
		return false, errClosed
	}
	kept := r.life == r.shelf.life
	r.life = r.shelf.life
	return kept, nil
}

func (s *shelf) Note(_ context.Context, seen []Presence) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	for _, p := range seen {
		s.seen[p.Attempt] = p
	}
	return nil
}

func (s *shelf) Schedule(_ context.Context, due map[string]Instant) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	for id, at := range due {
		if s.due[id] = at; at == Never {
			delete(s.due, id)
		}
	}
	return nil
}

func (s *shelf) Due(_ context.Context, now Instant, most int) (ids []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, at := range s.due {
		if at <= now && len(ids) < most {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (s *shelf) Presences(context.Context, string) ([]Presence, error) { return nil, nil }
func (s *shelf) Allow(context.Context, string, Limit, Instant) (bool, time.Duration, error) {
	return true, 0, nil
}

func (s *shelf) lose(closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen, s.due = map[string]Presence{}, map[string]Instant{}
	s.closed = closed
	s.life++
}

// house is an exam of one sitting that several halls hold over one journal.
type house struct {
	t       *testing.T
	journal *paper
	store   *shelf
	length  time.Duration
	crowd   int
	running sync.WaitGroup
}

// hall is one of them.
type oneHall struct {
	*Hall
	way   *mute
	reach *reach
	end   context.CancelFunc
}

// kill ends it as a power cut does: it says nothing to nobody.
func (o *oneHall) kill() {
	o.way.dead.Store(true)
	o.end()
}

func (h *house) id(i int) string { return fmt.Sprintf("a%02d", i) }

// folded is a hall as a command has it that reads, and ends.
func (h *house) folded(name string) *oneHall {
	h.t.Helper()
	way := &mute{paper: h.journal}
	store := &reach{shelf: h.store, life: -1, node: name}
	o := &oneHall{way: way, reach: store, Hall: NewHall(name, way, store, NewClock(), NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))}
	policy := DefaultPolicy()
	policy.HoldMS = 120_000
	for i := range h.crowd {
		o.Admit(h.id(i), &Terms{Policy: policy, Length: h.length, Number: fmt.Sprint(i), Form: testForm(3)})
		o.Sitting("skd.s1").Seat(h.id(i))
	}
	if _, err := o.Recover(context.Background()); err != nil {
		h.t.Fatal(err)
	}
	return o
}

func (h *house) open(name string) *oneHall {
	h.t.Helper()
	o := h.folded(name)
	var ctx context.Context
	ctx, o.end = context.WithCancel(context.Background())
	h.running.Go(func() { _ = o.Run(ctx) })
	// The pages of this node are heard each second while it lives.
	h.running.Go(func() {
		for tick := time.Tick(time.Second); ; {
			select {
			case <-tick:
			case <-ctx.Done():
				return
			}
			o.each(func(l *Live) {
				l.mu.Lock()
				if l.conn != nil {
					l.Touch(o.Now())
				}
				l.mu.Unlock()
			})
		}
	})
	h.t.Cleanup(o.end)
	return o
}

type page struct{}

func (page) Committed(*Attempt, *Terms, []Event) {}
func (page) Bye(Code)                            {}

func (h *house) ask(o *oneHall, i int, c Command) {
	h.t.Helper()
	c.At, c.By = o.Now(), "test"
	done := make(chan Result, 1)
	o.Attempt(h.id(i)).Do(Task{Command: c, Conn: page{}, Reply: func(r Result) { done <- r }})
	if r := <-done; r.Err != nil {
		h.t.Fatalf("%s of %s at %s: %v", c.Act, h.id(i), o.Node(), r.Err)
	}
}

func (h *house) hello(o *oneHall, i int) {
	h.t.Helper()
	h.ask(o, i, Command{Act: ActHello, Device: "pc", Session: "s", Node: o.Node()})
}

// begin seats everybody at the given node and starts the sitting there.
func (h *house) begin(o *oneHall) {
	h.t.Helper()
	act := func(act string) {
		if _, err := o.Sitting("skd.s1").Act(Command{Act: act, At: o.Now(), By: "test"}); err != nil {
			h.t.Fatalf("%s: %v", act, err)
		}
	}
	act(ActOpenCheckin)
	for i := range h.crowd {
		h.ask(o, i, Command{Act: ActCheckin, Sitting: "skd.s1", Seat: fmt.Sprint(i), Number: fmt.Sprint(i)})
		h.ask(o, i, Command{Act: ActSignIn, Device: "pc", Session: "s", Seat: fmt.Sprint(i)})
		h.ask(o, i, Command{Act: ActConfirm, Session: "s"})
		h.hello(o, i)
	}
	act(ActCloseCheckin)
	act(ActStart)
	wait(3 * time.Second)
	for i := range h.crowd {
		if p, _ := o.Attempt(h.id(i)).Presence(); p.State != Running {
			h.t.Fatalf("%s is %s", p.Attempt, p.State)
		}
	}
}

// wait lets the bubble's time pass.
func wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (h *house) finished(want int) {
	h.t.Helper()
	if got := h.journal.happened(h.t, Finished); len(got) != want {
		h.t.Errorf("%d finishes, want %d", len(got), want)
	}
}

func (h *house) conflicts(halls ...*oneHall) (n float64) {
	h.t.Helper()
	for _, o := range halls {
		var m dto.Metric
		if err := o.metrics.Conflicts.Write(&m); err != nil {
			h.t.Fatal(err)
		}
		n += m.GetCounter().GetValue()
	}
	return n
}

// inHouse runs a test in a bubble, and ends its halls before the bubble must be empty.
func inHouse(t *testing.T, length time.Duration, crowd int, test func(h *house)) {
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, journal: newPaper(), store: newShelf(), length: length, crowd: crowd}
		t.Cleanup(h.running.Wait) // after the halls have been told to end
		test(h)
	})
}

func TestTheHolderActsAndTheOthersStandBack(t *testing.T) {
	inHouse(t, time.Minute, 8, func(h *house) {
		one, two, three := h.open("n1"), h.open("n2"), h.open("n3")
		wait(5 * time.Second) // they have heard one another
		h.begin(one)
		if _, err := two.Sitting("skd.s1").Act(Command{Act: ActPause, At: two.Now(), By: "test"}); err != nil {
			t.Fatal(err)
		}
		wait(time.Second)
		if got := h.journal.happened(t, Paused); len(got) != h.crowd {
			t.Errorf("%d followed a pause from another node, want %d", len(got), h.crowd)
		}
		if _, err := three.Sitting("skd.s1").Act(Command{Act: ActResume, At: three.Now(), By: "test"}); err != nil {
			t.Fatal(err)
		}
		wait(70 * time.Second)
		h.finished(h.crowd)
		if n := h.conflicts(one, two, three); n != 0 {
			t.Errorf("the nodes got in each other's way %v times", n)
		}
	})
}

// A node may live and yet not write: then the others wait their turn.
func TestAHolderThatCannotWriteIsRelievedLater(t *testing.T) {
	inHouse(t, time.Minute, 8, func(h *house) {
		one, two, three := h.open("n1"), h.open("n2"), h.open("n3")
		wait(5 * time.Second)
		h.begin(one)
		one.way.on.Store(true)
		wait(time.Minute + 2*time.Second + TakeoverAfter - 5*time.Second)
		h.finished(0)
		wait(5 * time.Second)
		h.finished(h.crowd)
		if n := h.conflicts(two, three); n != 0 {
			t.Errorf("those who took over got in each other's way %v times", n)
		}
	})
}

// Nobody comes back from a dead node. What it owed is credited once, by one of the
// others, the silence is recorded, and after the hold the attempts are finished.
func TestADeadNodesAttemptsAreDividedAmongTheOthers(t *testing.T) {
	inHouse(t, 5*time.Minute, 24, func(h *house) {
		one, two, three := h.open("n1"), h.open("n2"), h.open("n3")
		wait(5 * time.Second)
		h.begin(one)
		one.kill()
		died := one.Now()
		wait(GapLimitAfter + RetryTo + 3*time.Second)
		for _, e := range h.journal.happened(t, GapCredited) {
			if e.Why != "server" || e.To.Sub(e.From) != RetryTo || e.From.Sub(died).Abs() > 30*time.Second+2*BeatEvery {
				t.Errorf("credited %+v; the node died at %v", e, died)
			}
		}
		for _, kind := range []Kind{GapCredited, Silent} {
			if got := h.journal.happened(t, kind); len(got) != h.crowd {
				t.Errorf("%d times %s, want %d", len(got), kind, h.crowd)
			}
		}
		for i := range h.crowd {
			for _, o := range []*oneHall{two, three} {
				if l := o.Attempt(h.id(i)); l.limit != 0 {
					t.Errorf("%s: %s still waits for the end of a gap that was made good", h.id(i), o.Node())
				}
			}
		}
		h.finished(0)
		wait(5*time.Minute + 2*time.Minute)
		h.finished(h.crowd)
		if n := h.conflicts(two, three); n != 0 {
			t.Errorf("those who took over got in each other's way %v times", n)
		}
		share := 0
		for i := range h.crowd {
			if two.mine(h.id(i), "n1") {
				share++
			}
			if two.mine(h.id(i), "n1") == three.mine(h.id(i), "n1") {
				t.Errorf("%s has two keepers or none", h.id(i))
			}
		}
		if share < 4 || share > 20 {
			t.Errorf("one of two nodes has %d of %d", share, h.crowd)
		}
	})
}

// Who comes back at another node goes on there; the outage is counted from the last that
// was heard of the dead node, not from the hello before.
func TestACandidateOfADeadNodeGoesOnElsewhere(t *testing.T) {
	inHouse(t, 10*time.Minute, 3, func(h *house) {
		one, two := h.open("n1"), h.open("n2")
		wait(5 * time.Second)
		h.begin(one)
		wait(2 * time.Minute)
		one.kill()
		wait(4 * time.Second)
		h.hello(two, 0) // before anybody has missed the node
		wait(16 * time.Second)
		h.hello(two, 1) // after it was missed
		wait(time.Minute)
		h.hello(two, 2) // after its gap was closed: this is the candidate's own silence
		wait(time.Second)
		byWhy := map[string]int{}
		for _, e := range h.journal.happened(t, GapCredited) {
			byWhy[e.Why]++
			if d := e.To.Sub(e.From); d > 20*time.Second {
				t.Errorf("credited %v for %s", d, e.Why)
			}
		}
		if byWhy["server"] != 1 || byWhy["network"] != 1 || len(byWhy) != 2 {
			t.Errorf("credits %v: want one of the server and one of the network, both for the last", byWhy)
		}
		if got := h.journal.happened(t, Silent); len(got) != 1 {
			t.Errorf("%d silences, want one", len(got))
		}
	})
}

// A node that is stopped says so: the others take its share at their next beat, and do not
// stand back for its silence. Who comes back at another node loses nothing and is given
// nothing; who does not is owed what a dead node owes.
func TestANodeThatLeavesIsRelievedAtOnce(t *testing.T) {
	inHouse(t, time.Minute, 12, func(h *house) {
		one, two, three := h.open("n1"), h.open("n2"), h.open("n3")
		wait(5 * time.Second)
		h.begin(one)
		wait(50 * time.Second) // some 9 are left
		one.Leave()
		left := one.Now()
		wait(time.Second)
		for i := range 6 {
			h.hello(two, i)
		}
		one.end()
		wait(BeatEvery + 100*time.Millisecond)
		for _, o := range []*oneHall{two, three} {
			if others := o.peers.others(); slices.Contains(others, "n1") || len(others) != 1 {
				t.Errorf("beside %s live %q", o.Node(), others)
			}
			if at := o.aliveAt("n1"); at != left {
				t.Errorf("%s believes that the pages were heard until %v, not until they were told to go at %v", o.Node(), at, left)
			}
		}
		if got := h.journal.happened(t, GapCredited); len(got) != 0 {
			t.Errorf("credited %+v to who worked without the server for a second", got)
		}
		wait(8 * time.Second)
		h.finished(6) // who came back, at the deadline and the grace
		limit := left.Add(RetryTo + GapLimitAfter)
		wait(limit.Sub(two.Now()) + time.Second)
		got := h.journal.happened(t, GapCredited)
		for _, e := range got {
			// The page can go on alone until the deadline, which is earlier than its cover.
			if e.Why != "server" || e.To != limit || limit.Sub(e.From) > RetryTo+GapLimitAfter-8*time.Second {
				t.Errorf("credited %+v; the pages were told to go at %v", e, left)
			}
		}
		if len(got) != 6 || len(h.journal.happened(t, Silent)) != 6 {
			t.Errorf("%d credits and %d silences, want 6 of each", len(got), len(h.journal.happened(t, Silent)))
		}
		wait(3 * time.Minute)
		h.finished(h.crowd)
		if n := h.conflicts(two, three); n != 0 {
			t.Errorf("those who took over got in each other's way %v times", n)
		}
	})
}

// A node that was only frozen is believed again, and nothing is owed for it.
func TestANodeThatWasNotDead(t *testing.T) {
	var p peers
	now := start
	look := func(beats map[string]Instant, came, gone []string) {
		t.Helper()
		gotCame, gotGone := p.look("me", beats, now)
		if !slices.Equal(gotCame, came) || !slices.Equal(gotGone, gone) {
			t.Errorf("at +%v: came %q, gone %q; want %q, %q", now.Sub(start), gotCame, gotGone, came, gone)
		}
		now = now.Add(BeatEvery)
	}
	beats := map[string]Instant{"me": 1, "dead": start, "b": 100} // b's clock is far off
	look(beats, nil, nil)
	beats["b"]++
	look(beats, []string{"b"}, nil)
	beats["c"] = 7 // came after this node did: no need to see it move
	look(beats, []string{"c"}, nil)
	for range 5 {
		beats["c"]++
		look(beats, nil, nil)
	}
	beats["c"]++
	now = now.Add(2 * BeatEvery)
	look(beats, nil, []string{"b"})
	beats["b"]++
	beats["c"]++
	look(beats, []string{"b"}, nil)
	beats["d"] = 3
	look(beats, []string{"d"}, nil)
	beats["d"] = -4 // said goodbye: gone at once, and it stays gone
	look(beats, nil, []string{"d"})
	beats["e"] = -9 // had gone before it was known
	look(beats, nil, nil)
	now = now.Add(time.Hour) // the journal was away: nobody could be heard
	look(beats, nil, nil)
	if got := p.others(); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("beside this one live %q", got)
	}
}

// The session store may be emptied or gone: what was in it is there again.
func TestTheSessionStoreFillsAgain(t *testing.T) {
	inHouse(t, 10*time.Minute, 6, func(h *house) {
		one, two := h.open("n1"), h.open("n2")
		wait(5 * time.Second)
		h.begin(one)
		h.hello(two, 5)
		full := func(when string) {
			t.Helper()
			wait(3 * time.Second)
			h.store.mu.Lock()
			defer h.store.mu.Unlock()
			if len(h.store.seen) != h.crowd || len(h.store.due) != h.crowd {
				t.Errorf("%s: %d presences, %d deadlines", when, len(h.store.seen), len(h.store.due))
			}
			for _, p := range h.store.seen {
				if p.State != Running || one.Now().Sub(p.Last) > 20*time.Second {
					t.Errorf("%s: %+v", when, p)
				}
			}
		}
		full("at first")
		h.store.lose(false)
		full("after it was emptied")
		h.store.lose(true)
		h.ask(one, 0, Command{Act: ActPause, Why: "test"})
		wait(5 * time.Second)
		h.ask(one, 0, Command{Act: ActResume, Why: "test"})
		h.store.lose(false)
		full("after it was gone")
		if n := one.reach.foreign.Load() + two.reach.foreign.Load(); n != 0 {
			t.Errorf("%d times a node noted what another one holds, and knows better", n)
		}
	})
}

// A command reads the journal beside a node: nobody stands back for it.
func TestACommandIsNoNode(t *testing.T) {
	inHouse(t, time.Minute, 4, func(h *house) {
		one := h.open("n1")
		wait(5 * time.Second)
		h.folded("command")
		if beats, _ := h.journal.Beat(t.Context(), "", 0); beats["command"] != 0 {
			t.Error("it has noted that it lived")
		}
		wait(2 * BeatEvery)
		if others := one.Others(); len(others) != 0 {
			t.Errorf("beside it live %q", others)
		}
		h.open("n2")
		wait(BeatEvery)
		if others := one.Others(); !slices.Equal(others, []string{"n2"}) {
			t.Errorf("beside it live %q, want n2", others)
		}
	})
}

// It dies before it has lived for a beat's time, with pages that have just come.
func TestANodeThatDiesAtOnceIsMissed(t *testing.T) {
	inHouse(t, time.Minute, 6, func(h *house) {
		one := h.open("n1")
		wait(5 * time.Second)
		h.begin(one)
		wait(BeatEvery / 2)
		two := h.open("n2")
		for i := range h.crowd {
			h.hello(two, i)
		}
		wait(BeatEvery * 4 / 5)
		two.kill()
		wait(3 * time.Minute)
		got := h.journal.happened(t, GapCredited)
		for _, e := range got {
			if e.Why != "server" {
				t.Errorf("credited %+v", e)
			}
		}
		if silent := h.journal.happened(t, Silent); len(got) != h.crowd || len(silent) != h.crowd {
			t.Errorf("%d credits and %d silences, want %d of each", len(got), len(silent), h.crowd)
		}
	})
}

// One node alone never waits for anybody, whatever lives it had before.
func TestASingleNodeWaitsForNobody(t *testing.T) {
	inHouse(t, time.Minute, 2, func(h *house) {
		h.journal.beats["n0"] = InstantOf(time.Now()) // its life before, a moment ago
		one := h.open("n1")
		for _, holder := range []string{"", "n0", "n1"} {
			if got := one.patience(h.id(0), holder); got != 0 {
				t.Errorf("stands back %v from what %q holds", got, holder)
			}
		}
		h.begin(one)
		wait(time.Minute + 2*time.Second)
		h.finished(2)
	})
}

// A finish that nobody's timer has brought is found by the store's hint.
func TestAForgottenDeadlineIsFoundInTheStore(t *testing.T) {
	inHouse(t, time.Minute, 2, func(h *house) {
		one := h.open("n1")
		h.begin(one)
		one.timers.set(h.id(0), Never)
		if err := h.store.Schedule(t.Context(), map[string]Instant{"of an exam that is gone": one.Now()}); err != nil {
			t.Fatal(err)
		}
		wait(time.Minute + 2*time.Second)
		h.finished(1)
		wait(2*TakeoverAfter + 2*sweepEvery)
		h.finished(2)
		h.store.mu.Lock()
		defer h.store.mu.Unlock()
		if len(h.store.due) != 0 {
			t.Errorf("hints %v are left", h.store.due)
		}
	})
}
