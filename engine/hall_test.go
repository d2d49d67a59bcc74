package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"terang/engine"
	"terang/engine/memstore"
	"terang/engine/storetest"
)

// memory is the smallest journal that keeps the promises of one, and breaks them when told.
type memory struct {
	mu      sync.Mutex
	records []engine.Record
	heads   map[string]int
	beats   map[string]engine.Instant
	failing error
	stuck   chan struct{} // appends wait until it is closed; nil: they do not
}

func newMemory() *memory {
	return &memory{heads: map[string]int{}, beats: map[string]engine.Instant{}}
}

func (m *memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failing = err
}

func (m *memory) Append(_ context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	m.mu.Lock()
	if stuck := m.stuck; stuck != nil {
		m.mu.Unlock()
		<-stuck
		m.mu.Lock()
	}
	defer m.mu.Unlock()
	if m.failing != nil {
		return nil, m.failing
	}
	out := make([]engine.Outcome, len(runs))
	for i, run := range runs {
		if run.Records[0].N != m.heads[run.Stream]+1 {
			out[i].Conflict = true
			continue
		}
		out[i].First = engine.Pos(len(m.records) + 1)
		for _, r := range run.Records {
			r.Pos = engine.Pos(len(m.records) + 1)
			m.records = append(m.records, r)
			m.heads[r.Stream] = r.N
		}
	}
	return out, nil
}

func (m *memory) Read(_ context.Context, stream string, after int, visit func(engine.Record) error) error {
	m.mu.Lock()
	all := slices.Clone(m.records)
	m.mu.Unlock()
	for _, r := range all {
		if r.Stream == stream && r.N > after {
			if err := visit(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *memory) Tail(_ context.Context, after engine.Pos, limit int) ([]engine.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rest := m.records[min(int(after), len(m.records)):]
	return slices.Clone(rest[:min(limit, len(rest))]), nil
}

func (m *memory) Beat(_ context.Context, node string, at engine.Instant) (map[string]engine.Instant, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failing != nil {
		return nil, m.failing
	}
	before := map[string]engine.Instant{}
	for n, i := range m.beats {
		before[n] = i
	}
	if at != 0 {
		m.beats[node] = at
	}
	return before, nil
}

func (m *memory) Close() error { return nil }

// stick lets appends wait until release is called.
func (m *memory) stick() (release func()) {
	stuck := make(chan struct{})
	m.mu.Lock()
	m.stuck = stuck
	m.mu.Unlock()
	return func() {
		m.mu.Lock()
		m.stuck = nil
		m.mu.Unlock()
		close(stuck)
	}
}

// line is a page that is connected: it notes what it is told.
type line struct {
	mu    sync.Mutex
	kinds []engine.Kind
	bare  int // times that it was told to look without an event
	bye   engine.Code
}

func (l *line) Committed(_ *engine.Attempt, _ *engine.Terms, events []engine.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(events) == 0 {
		l.bare++
	}
	for i := range events {
		l.kinds = append(l.kinds, events[i].Kind)
	}
}

func (l *line) looks() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bare
}

func (l *line) Bye(code engine.Code) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bye = code
}

func (l *line) heard(kind engine.Kind) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, k := range l.kinds {
		if k == kind {
			n++
		}
	}
	return n
}

// ward is a hall with one candidate whose exam of 100 s may run.
type ward struct {
	*testing.T
	hall *engine.Hall
	live *engine.Live
	stop func()
}

const (
	wardRoom = "uji.s1"
	wardID   = "01935000-0000-7000-8000-000000000001"
	pc       = "0f3c1f6e-0000-4000-8000-000000000001"
)

func newWard(t *testing.T, j engine.Journal, node string, change ...func(*engine.Policy)) *ward {
	t.Helper()
	w, _ := newWardAt(t, j, node, "", change...)
	return w
}

// newWardAt is a ward of the centre, or of the site that holds a sitting, with what its
// start has found.
func newWardAt(t *testing.T, j engine.Journal, node, site string, change ...func(*engine.Policy)) (*ward, engine.Recovery) {
	t.Helper()
	var places []engine.Place
	for q := range 300 {
		item := &engine.Item{ID: fmt.Sprintf("TWK-%03d", q+1), Section: "TWK", Options: []engine.Option{{ID: "a"}, {ID: "b"}}}
		places = append(places, engine.Place{Item: item, Order: []uint8{1, 0}})
	}
	policy := engine.DefaultPolicy()
	policy.HoldMS = 60_000
	for _, c := range change {
		c(&policy)
	}
	h := engine.NewHall(node, j, memstore.New(), engine.NewClock(), engine.NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
	w := &ward{T: t, hall: h}
	h.At(site)
	w.live = h.Admit(wardID, &engine.Terms{Policy: policy, Length: 100 * time.Second, Number: "1", Expected: wardRoom, Form: storetest.Form("f0", nil, places...)})
	h.Sitting(wardRoom).Seat(wardID)
	found, err := h.Recover(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return w, found
}

func (w *ward) ask(c engine.Command) engine.Result {
	c.At = w.hall.Now()
	return w.live.Ask(c, nil)
}

func (w *ward) must(c engine.Command) engine.Result {
	w.Helper()
	r := w.ask(c)
	if r.Err != nil {
		w.Fatalf("%s: %v", c.Act, r.Err)
	}
	return r
}

func (w *ward) state() (a engine.Attempt) {
	w.live.View(func(s *engine.Attempt, _ *engine.Terms) { a = *s })
	return a
}

// hello takes the attempt for a page.
func (w *ward) hello() *line {
	w.Helper()
	l := new(line)
	done := make(chan error, 1)
	w.live.Do(engine.Task{
		Command: engine.Command{Act: engine.ActHello, By: "candidate", At: w.hall.Now(), Device: pc, Session: "s", Node: w.hall.Node()},
		Conn:    l, Reply: func(r engine.Result) { done <- r.Err },
	})
	if err := <-done; err != nil {
		w.Fatalf("hello: %v", err)
	}
	return l
}

// room does something with the whole room.
func (w *ward) room(act, why string) {
	w.Helper()
	if _, err := w.hall.Sitting(wardRoom).Act(engine.Command{Act: act, By: "s", At: w.hall.Now(), Why: why}); err != nil {
		w.Fatal(err)
	}
}

// begin brings the candidate to where the clock runs, and the page is connected; before the
// start comes what else is asked of the attempt.
func (w *ward) begin(before ...engine.Command) *line {
	w.Helper()
	w.room(engine.ActOpenCheckin, "")
	w.comes(wardRoom)
	l := w.hello()
	for _, c := range before {
		w.must(c)
	}
	w.room(engine.ActStart, "")
	w.pass(engine.StartAhead+time.Second, true)
	if s := w.state(); s.State != engine.Running {
		w.Fatalf("%s after the start", s.State)
	}
	return l
}

// comes brings the candidate to a sitting whose check-in is open, up to "this is me".
func (w *ward) comes(sitting string) {
	w.Helper()
	w.must(engine.Command{Act: engine.ActCheckin, By: "s", Sitting: sitting, Seat: "01", Number: "1", Pin: "x"})
	w.must(engine.Command{Act: engine.ActSignIn, By: "candidate", Device: pc, Session: "s", Seat: "01"})
	w.must(engine.Command{Act: engine.ActConfirm, By: "candidate", Device: pc, Session: "s"})
}

// pass lets time pass, with a page that beats or one that is not heard.
func (w *ward) pass(d time.Duration, beats bool) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		<-time.After(min(time.Second, time.Until(end)))
		if beats {
			w.live.Touch(w.hall.Now())
		}
	}
	synctest.Wait()
}

func (w *ward) answer(op string, q int) engine.Result {
	s := w.state()
	w.live.Touch(w.hall.Now())
	return w.ask(engine.Command{Act: engine.ActAnswer, By: "candidate", Op: op, Q: q, C: "a", Gen: s.Gen})
}

// Nobody has to hand in: the server ends the exam, after the grace and not before.
func TestTheHallFinishesAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, newMemory(), "n1")
		defer w.stop()
		l := w.begin()
		s := w.state()
		w.pass(s.Deadline().Add(1900*time.Millisecond).Sub(w.hall.Now()), true)
		if s := w.state(); s.State != engine.Running {
			t.Fatalf("%s within the grace", s.State)
		}
		w.pass(time.Second, true)
		if s = w.state(); s.State != engine.Done || s.FinishAt != s.Deadline() || l.heard(engine.Finished) != 1 {
			t.Fatalf("%s, stamped %s, told %d times", s.State, s.FinishAt, l.heard(engine.Finished))
		}
	})
}

// A silence is on record after 15 s; what it lasted beyond the cover is credited at
// the hello that ends it.
func TestTheHallRecordsASilenceAndCreditsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, newMemory(), "n1")
		defer w.stop()
		w.begin()
		before := w.state()
		last := w.live.Last()
		w.pass(17*time.Second, false)
		if s := w.state(); s.SilentFrom != last {
			t.Fatalf("silent from %s, last heard %s", s.SilentFrom, last)
		}
		w.pass(33*time.Second, false)
		w.hello()
		if s := w.state(); s.Deadline().Sub(before.Deadline()) != 20*time.Second || s.SilentFrom != 0 {
			t.Errorf("50 s away, 30 s covered: %v credited", s.Deadline().Sub(before.Deadline()))
		}
	})
}

// The hall falls without a word, and the next one finds all that was stored. The outage
// is an open gap: credited at the hello, or, if none comes, at its limit.
func TestARunThatWasKilledIsTakenUpByTheNext(t *testing.T) {
	for _, comes := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			j := newMemory()
			w := newWard(t, j, "n1")
			w.begin()
			op := uuid.NewString()
			first := w.answer(op, 1)
			before := w.state()
			j.fail(errors.New("the power is gone"))
			w.stop()
			j.fail(nil)
			<-time.After(time.Minute) // of the bubble's clock
			n := newWard(t, j, "n2")
			defer n.stop()
			if s := n.state(); s.Hash != before.Hash || s.Answers != 1 || s.State != engine.Running {
				t.Fatalf("recovered %s with %d answers", s.State, s.Answers)
			}
			want := 30 * time.Second // of which the page worked thirty seconds alone
			if !comes {
				n.pass(engine.RetryTo+engine.GapLimitAfter+time.Second, false)
				want += engine.RetryTo + engine.GapLimitAfter
			} else {
				n.pass(time.Second, false)
				n.hello()
				want += time.Second
			}
			s := n.state()
			if given := s.Deadline().Sub(before.Deadline()); given < want-time.Second || given > want+3*time.Second {
				t.Errorf("comes %v: %v credited, want %v", comes, given, want)
			}
			if comes {
				if again := n.answer(op, 1); again.N != first.N || again.At != first.At {
					t.Errorf("an operation from before: %+v, then %+v", first, again)
				}
			}
		})
	}
}

// A journal that stores nothing for a while: operations are refused and not lost, and
// what it lasted beyond the cover is credited, once.
func TestAJournalThatFailsAndComesBack(t *testing.T) {
	for _, test := range []struct{ down, credited time.Duration }{{10 * time.Second, 0}, {50 * time.Second, 20 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			j := newMemory()
			w := newWard(t, j, "n1")
			defer w.stop()
			l := w.begin()
			before := w.state()
			j.fail(engine.ErrFull)
			op := uuid.NewString()
			if r := w.answer(op, 1); !errors.Is(r.Err, engine.Busy) || !errors.Is(r.Err, engine.ErrFull) {
				t.Fatalf("%v, want busy", r.Err)
			}
			w.pass(test.down, true)
			if len(w.hall.Missing()) == 0 {
				t.Error("the node calls itself ready without a journal")
			}
			j.fail(nil)
			w.pass(25*time.Second, true) // nobody asks anything
			if given := w.live; given == nil || w.state().N < before.N {
				t.Fatal("events were lost")
			}
			s := w.state()
			if given := s.Deadline().Sub(before.Deadline()); given < test.credited || given > test.credited+3*time.Second {
				t.Errorf("down for %v: %v credited, want %v", test.down, given, test.credited)
			}
			if missing := w.hall.Missing(); len(missing) > 0 {
				t.Errorf("the journal works again, and the node says %q", missing)
			}
			if told := l.heard(engine.GapCredited); (told == 1) != (test.credited > 0) {
				t.Errorf("the page was told of %d credits", told)
			}
			if r := w.answer(op, 1); r.Err != nil {
				t.Errorf("with room: %v", r.Err)
			}
		})
	}
}

// A journal that hangs and then stores after all: what it took beyond the cover is
// credited, though nothing was ever refused.
func TestAJournalThatHangsAndStoresInTheEnd(t *testing.T) {
	for _, test := range []struct{ hangs, credited time.Duration }{{25 * time.Second, 0}, {50 * time.Second, 20 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			j := newMemory()
			w := newWard(t, j, "n1")
			defer w.stop()
			w.begin()
			before := w.state()
			release := j.stick()
			answered := make(chan engine.Result, 1)
			go func() { answered <- w.answer(uuid.NewString(), 1) }()
			w.pass(test.hangs, true)
			release()
			if r := <-answered; r.Err != nil {
				t.Fatal(r.Err)
			}
			w.pass(time.Second, true)
			s := w.state()
			if given := s.Deadline().Sub(before.Deadline()); given < test.credited || given > test.credited+time.Second {
				t.Errorf("the journal hung for %v: %v credited, want %v", test.hangs, given, test.credited)
			}
		})
	}
}

// hanging is a journal that answers nobody for a while; who waits too long gives up.
type hanging struct {
	*memory
	until atomic.Pointer[time.Time]
}

var errGaveUp = errors.New("timeout")

// back is when the journal answers again.
func (h *hanging) back() time.Time {
	if at := h.until.Load(); at != nil {
		return *at
	}
	return time.Time{}
}

func (h *hanging) hang(d time.Duration) {
	at := time.Now().Add(d)
	h.until.Store(&at)
}

func (h *hanging) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	select {
	case <-time.After(time.Until(h.back())):
		return nil
	case <-ctx.Done():
		return errGaveUp
	}
}

func (h *hanging) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	if err := h.wait(ctx); err != nil {
		return nil, err
	}
	return h.memory.Append(ctx, runs)
}

func (h *hanging) Read(ctx context.Context, stream string, after int, visit func(engine.Record) error) error {
	if err := h.wait(ctx); err != nil {
		return err
	}
	return h.memory.Read(ctx, stream, after, visit)
}

func (h *hanging) Beat(ctx context.Context, node string, at engine.Instant) (map[string]engine.Instant, error) {
	if err := h.wait(ctx); err != nil {
		return nil, err
	}
	return h.memory.Beat(ctx, node, at)
}

// A journal hangs: after the first who waited for it in vain, everybody else is told at
// once, and a moment after it answers again so does the hall.
func TestNobodyElseWaitsForAJournalThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &hanging{memory: newMemory()}
		w := newWard(t, j, "n1")
		defer w.stop()
		w.begin()
		j.hang(40 * time.Second)
		tell := func(q int) (engine.Result, time.Duration) {
			began := time.Now()
			r := w.ask(engine.Command{Act: engine.ActAnswer, By: "candidate", Op: uuid.NewString(), Q: q, C: "a", Gen: 1})
			return r, time.Since(began)
		}
		if r, took := tell(1); !errors.Is(r.Err, engine.Busy) || took > 11*time.Second {
			t.Fatalf("the first was told %v after %v", r.Err, took)
		}
		for q := 2; time.Now().Before(j.back().Add(-time.Second)); q++ {
			if r, took := tell(q); !errors.Is(r.Err, engine.Busy) || took > time.Second {
				t.Fatalf("another was told %v after %v", r.Err, took)
			}
			w.pass(time.Second, true)
		}
		w.pass(time.Until(j.back())+2500*time.Millisecond, true)
		if r, took := tell(100); r.Err != nil || took > time.Second {
			t.Errorf("2.5 s after the journal was back: %v after %v", r.Err, took)
		}
	})
}

// Who may not wait is told so, before the attempt is read again and while it is; what was not
// handed in is not answered either.
func TestTryDoWaitsForNoJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &hanging{memory: newMemory()}
		w := newWard(t, j, "n1")
		defer w.stop()
		w.begin()
		stored := make(chan engine.Result, 1)
		try := func(q int) bool {
			began := time.Now()
			taken := w.live.TryDo(engine.Task{
				Command: engine.Command{Act: engine.ActAnswer, By: "candidate", Op: uuid.NewString(), Q: q, C: "a", Gen: 1, At: w.hall.Now()},
				Reply:   func(r engine.Result) { r.State, r.Terms = nil, nil; stored <- r },
			})
			if took := time.Since(began); took != 0 {
				t.Errorf("who may not wait waited %v", took)
			}
			return taken
		}
		j.hang(3 * time.Second)
		w.pass(time.Second, true) // or it was read just now
		if !w.live.Reread() {
			t.Fatal("the attempt is not to be read again")
		}
		if try(1) {
			t.Error("taken before the attempt was read again")
		}
		go w.live.View(func(*engine.Attempt, *engine.Terms) {})
		synctest.Wait()
		if try(2) {
			t.Error("taken while the attempt is read")
		}
		w.pass(3*time.Second, true)
		if len(stored) > 0 {
			t.Errorf("what was not taken was answered: %v", <-stored)
		}
		if !try(3) {
			t.Fatal("not taken when the attempt has been read")
		}
		if r := <-stored; r.Err != nil {
			t.Error(r.Err)
		}
	})
}

// Whoever looks at an attempt sees what its page has been told already, also when the look was
// decided together with the candidate's own finish.
func TestAViewComesAfterWhatHappened(t *testing.T) {
	for _, viewFirst := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			j := newMemory()
			w := newWard(t, j, "n1")
			defer w.stop()
			page := w.begin()
			release := j.stick()
			do := func(act string, reply func(engine.Result)) {
				w.live.Do(engine.Task{Command: engine.Command{Act: act, By: "candidate", Op: uuid.NewString(), Q: 1, C: "a", Gen: 1, At: w.hall.Now()}, Reply: reply})
			}
			do(engine.ActAnswer, nil) // under way, so that what follows is decided together
			synctest.Wait()
			var order []string
			view := func() {
				do(engine.ActView, func(r engine.Result) {
					order = append(order, fmt.Sprint("view ", r.State.State, page.heard(engine.Finished)))
				})
			}
			if viewFirst {
				view()
			}
			do(engine.ActSelfEnd, func(r engine.Result) { order = append(order, fmt.Sprint("finish ", r.Err)) })
			if !viewFirst {
				view()
			}
			release()
			synctest.Wait()
			if want := []string{"finish <nil>", fmt.Sprint("view ", engine.Done, 1)}; !slices.Equal(order, want) {
				t.Errorf("view first %t: %q, want %q", viewFirst, order, want)
			}
		})
	}
}

// The finish is due while nothing can be stored: it comes by itself afterwards.
// However long it takes, nothing is owed for it: the time was up before.
func TestAFinishThatCouldNotBeStoredIsTriedAgain(t *testing.T) {
	for _, down := range []time.Duration{4 * time.Second, 50 * time.Second} {
		synctest.Test(t, func(t *testing.T) { finishLater(t, down) })
	}
}

func finishLater(t *testing.T, down time.Duration) {
	j := newMemory()
	w := newWard(t, j, "n1")
	defer w.stop()
	w.begin()
	s := w.state()
	w.pass(s.Deadline().Sub(w.hall.Now()), true)
	j.fail(engine.ErrFull)
	w.pass(down, true)
	j.fail(nil)
	w.pass(4*time.Second, true)
	if p, _ := w.live.Presence(); p.State != engine.Done {
		t.Errorf("the station shows %s", p.State)
	}
	if after := w.state(); after.FinishAt != s.Deadline() {
		t.Errorf("down for %v: finished as of %s, the deadline was %s", down, after.FinishAt, s.Deadline())
	}
}

// Answers of the journal are lost: each operation is stored once, and answered in the end
// with the version it has; the page hears all that was stored.
func TestAnOutcomeThatIsUnknownCountsAsNeither(t *testing.T) {
	for _, fault := range []storetest.Fault{storetest.CutOff, storetest.FailBefore, storetest.Full} {
		for every := 3; every <= 5; every++ { // with 2 every append would meet it
			synctest.Test(t, func(t *testing.T) {
				j := newMemory()
				calm := newWard(t, j, "n1")
				calm.begin()
				calm.stop()
				f := storetest.NewFlaky(j, fault, every)
				var w *ward
				for w == nil { // recovery may meet the fault
					if _, err := f.Tail(t.Context(), 0, 1); err == nil {
						w = newWard(t, &lenient{Flaky: f, calm: j}, "n2")
					}
				}
				defer w.stop()
				acked := map[int]string{}
				for q := 1; q <= 60; q++ {
					op := uuid.NewString()
					for {
						var gen int
						if r := w.live.Ask(engine.Command{Act: engine.ActView}, func(r engine.Result) { gen = r.State.Gen }); r.Err != nil {
							<-time.After(100 * time.Millisecond)
							continue
						}
						r := w.ask(engine.Command{Act: engine.ActAnswer, By: "candidate", Op: op, Q: q, C: "a", Gen: gen})
						if r.Err == nil {
							acked[r.N] = op
							break
						}
						if !errors.Is(r.Err, engine.Busy) {
							t.Fatalf("%d: %v", q, r.Err)
						}
						<-time.After(100 * time.Millisecond)
					}
				}
				stored := map[string]int{}
				_ = j.Read(t.Context(), engine.AttemptStream+wardID, 0, func(r engine.Record) error {
					e, err := engine.Decode(r.Body)
					if e.Kind == engine.Answered {
						stored[e.Op]++
						if acked[r.N] != e.Op {
							t.Errorf("version %d is %s, acknowledged to %s", r.N, e.Op, acked[r.N])
						}
					}
					return err
				})
				if len(stored) != 60 || len(acked) != 60 {
					t.Errorf("%d stored, %d acknowledged", len(stored), len(acked))
				}
			})
		}
	}
}

// lenient meets no fault while a hall recovers and beats; those are tested elsewhere.
type lenient struct {
	*storetest.Flaky
	calm engine.Journal
}

func (l *lenient) Tail(ctx context.Context, after engine.Pos, limit int) ([]engine.Record, error) {
	return l.calm.Tail(ctx, after, limit)
}

func (l *lenient) Beat(ctx context.Context, node string, at engine.Instant) (map[string]engine.Instant, error) {
	return l.calm.Beat(ctx, node, at)
}

// A device at another node takes the attempt; the page here hears it from the journal.
func TestC9TheHallLetsGoOfWhatAnotherNodeTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newMemory()
		a := newWard(t, j, "a")
		defer a.stop()
		b := newWard(t, j, "b")
		defer b.stop()
		l := a.begin()
		<-time.After(100 * time.Millisecond)
		m := b.hello()
		<-time.After(200 * time.Millisecond)
		synctest.Wait()
		l.mu.Lock()
		bye := l.bye
		l.mu.Unlock()
		if bye != engine.Superseded || m.heard(engine.DeviceBound) != 1 {
			t.Errorf("the page at a heard %q", bye)
		}
		before := b.state()
		a.must(engine.Command{Act: engine.ActPause, By: "s", Op: uuid.NewString()})
		<-time.After(200 * time.Millisecond)
		if m.heard(engine.Paused) != 1 || b.state().N != before.N+1 {
			t.Error("a pause at a has not reached the page at b within 200 ms")
		}
	})
}

// Two pages say hello while an append is under way, so that both are decided as one
// run: one of them holds the attempt, and the other is not told its generation.
func TestC9OfTwoHellosInOneRunOneIsWelcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newMemory()
		w := newWard(t, j, "n1")
		defer w.stop()
		w.begin()
		gen := w.state().Gen
		type reply struct {
			err error
			gen int
		}
		replies := make(chan reply, 2)
		j.mu.Lock() // nothing is committed
		w.live.Do(engine.Task{Command: engine.Command{Act: engine.ActMessage, By: "s", At: w.hall.Now()}})
		for range 2 {
			w.live.Do(engine.Task{
				Command: engine.Command{Act: engine.ActHello, By: "candidate", At: w.hall.Now(), Device: pc, Session: "s", Node: "n1"},
				Conn:    new(line), Reply: func(r engine.Result) { replies <- reply{r.Err, r.State.Gen} },
			})
		}
		j.mu.Unlock()
		first, second := <-replies, <-replies
		if !errors.Is(first.err, engine.Superseded) {
			t.Errorf("the first: %v as generation %d", first.err, first.gen)
		}
		if second.err != nil || second.gen != gen+2 {
			t.Errorf("the second: %v as generation %d, it was %d before", second.err, second.gen, gen)
		}
	})
}
