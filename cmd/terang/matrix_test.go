package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"terang/cmd/terang/crowd"
	"terang/cmd/terang/process"
	"terang/engine"
	"terang/engine/storetest"
)

// fault is one way in which a part dies or hangs. do returns when the part works again.
type fault struct {
	part, how string
	do        func(m *matrix)
}

// deaths is the matrix. A node writes nothing to a disk of its own here, and PostgreSQL
// is never emptied: these cells are blank.
var deaths = []fault{
	{"node", "kill -9", func(m *matrix) {
		n := m.any()
		n.Kill()
		m.moved()
		n.serve(m.tb)
	}},
	{"node", "SIGSTOP", func(m *matrix) {
		n := m.any()
		n.halt(m.tb)
		work(m.tb, m.stopped)
		n.goOn(m.tb)
	}},
	{"node", "cut", func(m *matrix) { m.any().front.Cut() }},
	{"node", "cut after the write", func(m *matrix) { m.cutAfter(m.any().front, 100) }},
	{"redis", "kill -9", func(m *matrix) { m.killed(m.redis) }},
	{"redis", "SIGSTOP", func(m *matrix) { m.held(m.redis) }},
	{"redis", "cut", func(m *matrix) {
		for _, n := range m.nodes {
			n.toRedis.Cut()
		}
	}},
	{"redis", "cut after the write", func(m *matrix) { m.cutAfter(m.any().toRedis, 5) }},
	{"redis", "FLUSHALL", func(m *matrix) { m.redis.FlushAll() }},
	{"redis", "disk full", func(m *matrix) { m.filled(m.redis) }},
	{"postgresql", "kill -9", func(m *matrix) { m.killed(m.pg) }},
	{"postgresql", "SIGSTOP", func(m *matrix) { m.held(m.pg) }},
	{"postgresql", "cut", func(m *matrix) {
		for _, n := range m.nodes {
			n.toPG.Cut()
		}
	}},
	{"postgresql", "cut after the write", func(m *matrix) { m.cutAfter(m.any().toPG, 5) }},
	{"postgresql", "disk full", func(m *matrix) { m.filled(m.pg) }},
}

// matrix is a cluster under load that is being broken.
type matrix struct {
	*cluster
	tb      testing.TB
	log     *crowd.Log
	stopped time.Duration // how long SIGSTOP holds a part
	marks   []mark
	roll    roll
}

// roll knows when each candidate was last served: told that something is stored, or why
// it never will be.
type roll struct {
	mu     sync.Mutex
	served map[string]time.Time
}

func (r *roll) follow(c *crowd.Candidate) {
	r.served[c.Number] = time.Time{}
	acked, refused := c.Acked, c.Refused
	c.Acked = func(a crowd.Acked) {
		acked(a)
		r.serves(a.Number)
	}
	c.Refused = func(number, op, code string) {
		refused(number, op, code)
		if code == "late" || code == "finished" {
			r.serves(number)
		}
	}
	c.Left = func(number string) {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.served, number)
	}
}

func (r *roll) serves(number string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.served[number] = time.Now()
}

// waiting is how many of those who have not left were not served since then.
func (r *roll) waiting(since time.Time) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, at := range r.served {
		if at.Before(since) {
			n++
		}
	}
	return n
}

// mark is when a fault began.
type mark struct {
	*fault
	at time.Time
}

// Every part dies in every way while candidates answer on two nodes. Nothing
// that was acknowledged may be lost or count twice, nothing counts after its deadline, no
// stream has a hole, the time lost is made good once, and the boards of both nodes show
// what the answers are worth.
func TestWhateverDiesNothingIsLost(t *testing.T) {
	t.Parallel()
	candidates, rounds := 100, 1
	m := &matrix{tb: t, log: crowd.NewLog(), stopped: 6 * time.Second, roll: roll{served: make(map[string]time.Time)}}
	full := os.Getenv(crashEnv) == "full" && !testing.Short()
	if full {
		candidates, rounds, m.stopped = 500, 7, 20*time.Second
	}
	m.cluster = newCluster(t, builtBinary(t), 2, storetest.WithDisk)
	m.create(t, candidates)
	m.allow(t, func(p *engine.Policy) { p.CoverMS = 1000 }, func(i int) int {
		if i%3 == 0 { // time runs out all through the test
			return i / 3 % max(2, 2*rounds)
		}
		return 60
	})
	chosen := regexp.MustCompile(os.Getenv("TERANG_FAULTS")) // to look at some of them alone
	m.serve(t)
	run := m.crowd(t, m.log, m.fronts, func(i int, c *crowd.Candidate) {
		c.Pace = func(r *rand.Rand) time.Duration { return time.Duration(500+r.IntN(1000)) * time.Millisecond }
		c.Again, c.Defiant = true, i%2 == 0
		m.roll.follow(c)
	})
	waitFor(t, patience, "all candidates to sit", func() bool { return m.log.Figures().Seated == candidates })
	for round := range rounds {
		for _, i := range rand.Perm(len(deaths)) {
			if f := &deaths[i]; chosen.MatchString(f.part + " " + f.how) {
				m.suffer(f, round)
			}
		}
	}
	work(t, 3*time.Second)
	run.stop(t)

	f := m.log.Figures()
	report := m.check(t, m.log, m.bases()...)
	t.Logf("%d candidates on 2 nodes, %d reconnections, refused %v\n%s\n%s", candidates, f.Again, f.Refused, m.table(), report)
	if report.Faults() > 0 {
		t.Error("the journal does not hold what was promised")
	}
	if f.Faults > 0 {
		t.Errorf("candidates saw %d things that no page should see: %s", f.Faults, strings.Join(f.Noticed, "\n"))
	}
	if report.Credits == 0 || report.Outage == 0 {
		t.Error("no outage was long enough to be made good: the test did not load the cluster")
	}
}

// suffer lets one fault happen, and waits until everybody works again.
func (m *matrix) suffer(f *fault, round int) {
	m.tb.Helper()
	began := time.Now()
	m.marks = append(m.marks, mark{f, began})
	f.do(m)
	mended := time.Since(began)
	for _, n := range m.nodes {
		waitFor(m.tb, patience, "a node to be ready after "+f.part+" "+f.how, func() bool { return process.Ready(m.tb.Context(), n.Base()) })
	}
	m.moved()
	work(m.tb, time.Duration(300+rand.IntN(700))*time.Millisecond)
	m.tb.Logf("%s round %d, %s %s: mended after %v, %d acknowledged", began.UTC().Format(time.TimeOnly), round+1, f.part, f.how, mended.Round(time.Millisecond), m.log.Figures().Acked)
}

// store is a server that nodes keep things in.
type store interface {
	Kill()
	Restart()
	Pause()
	Resume()
	Fill()
	Free()
	Alive() bool
}

func (m *matrix) killed(s store) {
	s.Kill()
	work(m.tb, m.away())
	s.Restart()
}

func (m *matrix) held(s store) {
	s.Pause()
	work(m.tb, m.stopped)
	s.Resume()
}

func (m *matrix) filled(s store) {
	s.Fill()
	work(m.tb, m.away())
	s.Free()
	if !s.Alive() { // some end by themselves when they cannot write
		s.Restart()
	}
}

// moved waits until everybody works.
func (m *matrix) moved() {
	m.tb.Helper()
	now := time.Now()
	waitFor(m.tb, 90*time.Second, "the candidates to go on", func() bool { return m.roll.waiting(now) == 0 })
}

func (m *matrix) any() *member { return m.nodes[rand.IntN(len(m.nodes))] }

// away is how long a part is gone: longer than anything waits for an answer, or not.
func (m *matrix) away() time.Duration { return time.Duration(rand.Int64N(int64(m.stopped) / 2)) }

// cutAfter loses the next n answers, or as many as come in a while.
func (m *matrix) cutAfter(p *storetest.Proxy, n int) {
	p.CutAfter(n)
	for until := time.Now().Add(m.stopped); p.Waiting() > 0 && time.Now().Before(until); {
		work(m.tb, 20*time.Millisecond)
	}
	p.CutAfter(0)
}

// table shows how often each part died in which way, and how long anybody could not work
// because of it: longer than it was away, by what it takes to notice and to come back.
func (m *matrix) table() string {
	times, longest := make(map[*fault]int), make(map[*fault]time.Duration)
	for _, mark := range m.marks {
		times[mark.fault]++
	}
	for _, g := range m.log.Gaps() {
		// The first fault that fell into it, or else the last one before it.
		i, _ := slices.BinarySearchFunc(m.marks, g.From, func(k mark, from time.Time) int { return k.at.Compare(from) })
		if i == len(m.marks) || m.marks[i].at.After(g.To) {
			i--
		}
		if i >= 0 {
			longest[m.marks[i].fault] = max(longest[m.marks[i].fault], g.To.Sub(g.From))
		}
	}
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "part\tfault\ttimes\tlongest wait")
	for i := range deaths {
		f := &deaths[i]
		fmt.Fprintf(w, "%s\t%s\t%d\t%v\n", f.part, f.how, times[f], longest[f].Round(time.Millisecond))
	}
	fmt.Fprintf(w, "all\t\t%d\t\n", len(m.marks))
	_ = w.Flush()
	return out.String()
}
