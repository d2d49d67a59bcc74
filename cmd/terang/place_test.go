package main

import (
	"cmp"
	"context"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/checker"
	"terang/cmd/terang/create"
	"terang/cmd/terang/crowd"
	"terang/cmd/terang/judge"
	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// place is where a sample exam is held: a journal with its keys, and who sits it.
type place struct {
	binary  string // the command as people run it
	dir     string
	journal string
	keys    string
	people  []create.Credential
}

// peopleFile is what exam create --sample wrote down of candidates and staff.
const peopleFile = "people.csv"

// create makes the sample exam with the command.
func (p *place) create(tb testing.TB, candidates int) {
	tb.Helper()
	file := filepath.Join(p.dir, peopleFile)
	err := process.Run(tb.Context(), p.binary, "exam", "create", "--sample", "--candidates", strconv.Itoa(candidates), "--start", "now",
		"--credentials", file, "--journal", p.journal, "--keys", p.keys)
	if err == nil {
		p.people, _, err = create.ReadCredentials(file)
	}
	if err != nil || len(p.people) != candidates {
		tb.Fatalf("%d credentials: %v", len(p.people), err)
	}
}

// builtBinary is the command as people run it.
func builtBinary(tb testing.TB) string { return built(tb, ".") }

// allow gives every candidate a minute and some more, before a server runs.
func (p *place) allow(tb testing.TB, policy func(*engine.Policy), extra func(i int) int) {
	tb.Helper()
	ctx := tb.Context()
	st, err := stores.Open(p.journal, true)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	people := proctor.NewPeople(st.Register)
	if err := people.LoadAll(ctx); err != nil {
		tb.Fatal(err)
	}
	def := people.Exam(stores.SampleCode)
	for i := range def.Sittings {
		def.Sittings[i].Minutes = 1
	}
	if policy != nil {
		policy(&def.Policy)
	}
	file, err := def.File()
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := people.SaveExam(ctx, file); err != nil {
		tb.Fatal(err)
	}
	var all []proctor.Person
	for i, one := range people.All(stores.SampleCode) {
		person := *one
		person.ExtraMinutes = extra(i)
		all = append(all, person)
	}
	if err := people.Save(ctx, stores.SampleCode, all, nil); err != nil {
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

// crowd lets all candidates of the exam sit down. nodes names the servers that the i-th
// one tries, in this order.
func (p *place) crowd(tb testing.TB, log *crowd.Log, nodes func(i int) []string, each func(i int, c *crowd.Candidate)) *running {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	r := &running{cancel: cancel}
	client, dialer := crowd.Connections(len(p.people))
	for i, one := range p.people {
		bases := nodes(i)
		c := &crowd.Candidate{
			Base: bases[0], Elsewhere: bases[1:], Number: one.Number, PIN: one.PIN, Exam: stores.SampleCode, Client: client, Dialer: dialer,
		}
		log.Follow(c)
		each(i, c)
		r.group.Go(func() error { return c.Run(ctx) })
	}
	return r
}

// served is a place with one server process on a journal of its own.
type served struct {
	place
	process.Child
	store string // memory, or the address of a Redis; "" is memory
	seen  string // where it keeps how far it saw the journal; "" is beside the keys
}

// newServed builds the command and makes the sample exam with it.
func newServed(tb testing.TB, candidates int) *served {
	tb.Helper()
	s := newPlace(tb, builtBinary(tb))
	s.create(tb, candidates)
	tb.Cleanup(s.Kill)
	return s
}

// newPlace is one without an exam yet.
func newPlace(tb testing.TB, binary string) *served {
	tb.Helper()
	dir := tb.TempDir()
	file := filepath.Join(dir, "terang.db")
	return &served{
		place: place{binary: binary, dir: dir, journal: "sqlite:" + file, keys: file + ".keys"},
		Child: process.Child{Addr: freeAddr(tb), Binary: binary},
	}
}

// direct is the server's own address.
func (s *served) direct(int) []string { return []string{s.Base()} }

// serve runs the server until it can serve.
func (s *served) serve(tb testing.TB) {
	tb.Helper()
	args := []string{"serve", "--journal", s.journal, "--keys", s.keys, "--store", cmp.Or(s.store, "memory"), "--seen", cmp.Or(s.seen, s.keys+".seen")}
	if err := s.Start(tb.Context(), said(tb), args...); err != nil {
		tb.Fatal(err)
	}
}

// said shows what a server complains of while the test runs.
func said(tb testing.TB) *process.Warnings {
	return &process.Warnings{To: func(line string) {
		if tb.Context().Err() == nil {
			tb.Log(line)
		}
	}}
}

// check judges the journal beside the running servers, whose boards must show it too.
func (p *place) check(tb testing.TB, log *crowd.Log, bases ...string) *checker.Report {
	tb.Helper()
	t := &judge.Trial{Journal: p.journal, Keys: p.keys, Bases: bases, Log: log, Clock: true}
	report, err := t.Judge(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return report
}
