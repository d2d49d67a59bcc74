package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/checker"
	"terang/cmd/terang/crowd"
	"terang/proctor"
)

// crashEnv=full kills the server twenty times instead of five; make crash sets it.
const crashEnv = "TERANG_CRASH"

// The server is killed with -9 at random moments while 200 candidates answer as fast as
// they can think. Nothing that was acknowledged may be lost (C5, C13, C14): every
// operation is in the journal with its version, no stream has a hole, nothing counts
// after its deadline, and every board shows what the answers are worth.
func TestKilledServerLosesNothing(t *testing.T) {
	kills, full := 5, os.Getenv(crashEnv) == "full" && !testing.Short()
	if full {
		kills = 20
	}
	const candidates = 200
	s := newServed(t, candidates)
	s.shortenFor(t, 3) // every third candidate's time runs out in the middle of it
	s.serve(t)
	log := crowd.NewLog()
	run := s.crowd(t, log, func(i int, c *crowd.Candidate) {
		c.Pace = func(r *rand.Rand) time.Duration { return time.Duration(50+r.IntN(350)) * time.Millisecond }
		c.Again, c.Defiant = true, i%2 == 0
	})
	waitFor(t, 30*time.Second, "all candidates to sit", func() bool { return log.Figures().Seated == candidates })
	for kill := range kills {
		if full && kill == kills-3 { // by then the short attempts have come to their deadline
			waitFor(t, 60*time.Second, "an answer that is late", func() bool { return log.Figures().Refused["late"] > 0 })
		}
		work(t, time.Duration(1000+rand.IntN(2500))*time.Millisecond)
		s.kill()
		s.serve(t)
		t.Logf("kill %d: %d acknowledged", kill+1, log.Figures().Acked)
	}
	welcomes := log.Figures().Again
	waitFor(t, 15*time.Second, "the candidates to come back", func() bool { return log.Figures().Again > welcomes || kills == 0 })
	work(t, 4*time.Second)
	run.stop(t)

	f := log.Figures()
	report := s.check(t, log)
	t.Logf("%d kills, %d reconnections, refused %v\n%s", kills, f.Again, f.Refused, report)
	if report.Faults() > 0 {
		t.Error("the journal does not hold what was promised")
	}
	if f.Faults > 0 {
		t.Errorf("candidates saw %d things that no page should see: %s", f.Faults, strings.Join(f.Noticed, "\n"))
	}
	if f.Acked < 200*kills || f.Again < candidates {
		t.Errorf("%d acknowledged, %d reconnections: the test did not load the server", f.Acked, f.Again)
	}
}

// served is a real server process on a journal of its own.
type served struct {
	child
	dir    string
	people []credential
}

// newServed builds the command and makes the sample exam with it.
func newServed(tb testing.TB, candidates int) *served {
	tb.Helper()
	s := &served{dir: tb.TempDir(), child: child{addr: freeAddr(tb), binary: builtBinary(tb)}}
	file := filepath.Join(s.dir, "people.csv")
	err := runChild(tb.Context(), s.binary, "exam", "create", "--sample", "--candidates", strconv.Itoa(candidates), "--start", "now",
		"--credentials", file, "--journal", s.journal())
	if err == nil {
		s.people, err = readCredentials(file)
	}
	if err != nil || len(s.people) != candidates {
		tb.Fatalf("%d credentials: %v", len(s.people), err)
	}
	tb.Cleanup(s.kill)
	return s
}

// builtBinary is the command as people run it.
func builtBinary(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "terang")
	if err := runChild(tb.Context(), "go", "build", "-o", path, "."); err != nil {
		tb.Fatal(err)
	}
	return path
}

func (s *served) journal() string { return "sqlite:" + filepath.Join(s.dir, "terang.db") }

// shortenFor gives every n-th candidate a minute, and the others more than the test takes.
func (s *served) shortenFor(tb testing.TB, n int) {
	tb.Helper()
	ctx := tb.Context()
	st, err := openStores(s.journal(), true)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = st.close() }()
	people := proctor.NewPeople(st.register)
	if err := people.LoadAll(ctx); err != nil {
		tb.Fatal(err)
	}
	def := people.Exam(sampleCode)
	for i := range def.Sittings {
		def.Sittings[i].Minutes = 1
	}
	file, err := encodeDefinition(def)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := people.SaveExam(ctx, file); err != nil {
		tb.Fatal(err)
	}
	var all []proctor.Person
	for i, p := range people.All(sampleCode) {
		person := *p
		if person.ExtraMinutes = 0; i%n != 0 {
			person.ExtraMinutes = 30
		}
		all = append(all, person)
	}
	if err := people.Save(ctx, sampleCode, all, nil); err != nil {
		tb.Fatal(err)
	}
}

// serve runs the server until it can serve.
func (s *served) serve(tb testing.TB) {
	tb.Helper()
	said := &warnings{to: func(line string) {
		if tb.Context().Err() == nil {
			tb.Log(line)
		}
	}}
	if err := s.start(tb.Context(), said, "serve", "--journal", s.journal()); err != nil {
		tb.Fatal(err)
	}
}

// running is a crowd at work.
type running struct {
	cancel context.CancelFunc
	group  errgroup.Group
}

func (r *running) stop(tb testing.TB) {
	tb.Helper()
	r.cancel()
	if err := r.group.Wait(); err != nil {
		tb.Error(err)
	}
}

// crowd lets all candidates of the exam sit down.
func (s *served) crowd(tb testing.TB, log *crowd.Log, each func(i int, c *crowd.Candidate)) *running {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	r := &running{cancel: cancel}
	client, dialer := crowd.Connections(len(s.people))
	for i, p := range s.people {
		c := &crowd.Candidate{Base: "http://" + s.addr, Number: p.Number, PIN: p.PIN, Exam: sampleCode, Client: client, Dialer: dialer}
		each(i, c)
		log.Follow(c)
		r.group.Go(func() error { return c.Run(ctx) })
	}
	return r
}

// check judges the journal beside the running server, whose boards must show it too.
func (s *served) check(tb testing.TB, log *crowd.Log) *checker.Report {
	tb.Helper()
	report, err := judge(tb.Context(), s.journal(), filepath.Join(s.dir, "terang.db.keys"), "http://"+s.addr, log)
	if err != nil {
		tb.Fatal(err)
	}
	return report
}

// waitFor waits for a condition, and fails the test when it does not come.
func waitFor(tb testing.TB, within time.Duration, what string, is func() bool) {
	tb.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(within); !is(); {
		if time.Now().After(until) {
			tb.Fatalf("waited %v for %s", within, what)
		}
		select {
		case <-tick.C:
		case <-tb.Context().Done():
			tb.Fatalf("interrupted while waiting for %s", what)
		}
	}
}

// work lets the crowd work for a while.
func work(tb testing.TB, d time.Duration) {
	tb.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-tb.Context().Done():
	}
}

func freeAddr(tb testing.TB) string {
	tb.Helper()
	addr, err := freeAddress(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return addr
}
