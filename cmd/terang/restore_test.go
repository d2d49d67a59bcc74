package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/checker"
	"terang/cmd/terang/crowd"
	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/engine/storetest"
	"terang/proctor"
)

// restoreCandidates give an exam whose boards have several pages.
const restoreCandidates = 60

// Law 2: one journal, everything else is a fold of it. Servers that were killed and lost
// all that is no journal show the same boards, byte for byte, from their first answer on;
// so does a fold without any server. The same again when the sitting is closed, and its
// boards final.
func TestAReplayedJournalGivesTheSameBoards(t *testing.T) {
	t.Parallel()
	binary := builtBinary(t)
	t.Run("SQLite, and sessions in memory", func(t *testing.T) {
		s := newPlace(t, binary)
		t.Cleanup(s.Kill)
		s.create(t, restoreCandidates)
		s.serve(t)
		s.replayed(t, s.direct, func() {
			s.Kill()
			s.serve(t)
		})
	})
	t.Run("PostgreSQL, and sessions in Redis", func(t *testing.T) {
		c := newCluster(t, binary, 2)
		c.create(t, restoreCandidates)
		c.serve(t)
		c.replayed(t, c.fronts, func() {
			for _, m := range c.nodes {
				m.Kill()
			}
			c.redis.FlushAll()
			c.serve(t)
		})
	})
}

// replayed lets a crowd work, and compares before and after again, which starts the
// servers anew with nothing but the journal.
func (p *place) replayed(t *testing.T, nodes func(i int) []string, again func()) {
	log := crowd.NewLog()
	p.works(t, log, nodes)
	folded := p.folded(t)
	for _, base := range nodes(0) {
		identical(t, "served while it was written", settledDocuments(t, base, folded).pages(), folded)
	}
	live := publicDocuments(t, nodes(0)[0])
	again()
	for _, base := range nodes(0) {
		identical(t, "served after a replay", publicDocuments(t, base), live)
	}
	if report := p.check(t, log, nodes(0)...); report.Faults() > 0 || report.Acked < 10*restoreCandidates {
		t.Errorf("%d acknowledged, or the journal does not hold what was promised\n%s", report.Acked, report)
	}

	o := p.officer(t, proctor.Supervisor, nodes(0)[0])
	o.act(t, proctor.Request{Action: engine.ActFinish, Reason: "request"})
	o.act(t, proctor.Request{Action: engine.ActClose})
	folded = p.folded(t)
	final := settledDocuments(t, nodes(0)[0], folded)
	identical(t, "final", final.pages(), folded)
	again()
	for _, base := range nodes(0) {
		identical(t, "final, served after a replay", publicDocuments(t, base), final)
	}
	for path, body := range final {
		if strings.Contains(body, `"final":false`) {
			t.Errorf("%s is not final: nothing in it was to be excepted", path)
		}
	}
}

// works lets everybody sit, some until they have finished, and then all go away.
func (p *place) works(t *testing.T, log *crowd.Log, nodes func(i int) []string) {
	t.Helper()
	run := p.crowd(t, log, nodes, hurried)
	finished := func() int {
		n := 0
		for _, a := range log.Acked() {
			if a.Q == 0 {
				n++
			}
		}
		return n
	}
	waitFor(t, patience, "some candidates to finish", func() bool { return finished() >= restoreCandidates/6 })
	run.stop(t)
}

// hurried candidates answer faster than people do; every sixth much faster, and finishes.
func hurried(i int, c *crowd.Candidate) {
	pace := 150 * time.Millisecond
	if c.Finish = i%6 == 0; c.Finish {
		pace = 15 * time.Millisecond
	}
	c.Pace = func(r *rand.Rand) time.Duration { return pace/2 + time.Duration(r.Int64N(int64(pace))) }
	c.Again = !c.Finish
}

// An exam in one file: the manual's terang backup, and its keys copied apart from it.
func TestABackupServesTheSameBoardsAndTheExamGoesOn(t *testing.T) {
	t.Parallel()
	s := newServed(t, restoreCandidates)
	s.serve(t)
	s.moves(t, s.Base(), s.Kill, func() {}, func(name, addr string) *served { return s.backup(t, name+".db", addr) })
}

// An exam in PostgreSQL: the manual's pg_dump, and pg_restore into another PostgreSQL.
func TestADumpServesTheSameBoardsAndTheExamGoesOn(t *testing.T) {
	t.Parallel()
	c := newCluster(t, builtBinary(t), 1)
	c.create(t, restoreCandidates)
	c.serve(t)
	other := storetest.Postgres(t)
	c.moves(t, c.nodes[0].Base(), c.nodes[0].Kill, c.pg.Kill, func(name, addr string) *served {
		file := filepath.Join(c.pg.Folder(), name)
		c.pg.Tool(t, "pg_dump", "-Fc", "-f", file, c.journal)
		to := &served{place: c.place, Child: process.Child{Addr: addr, Binary: c.binary}}
		if name == "early" {
			to.seen = filepath.Join(t.TempDir(), "seen")
		} else {
			to.store = "redis://" + c.nodes[0].toRedis.Addr // full of what the old node noted
		}
		to.journal = other.Fresh(t, name)
		other.Tool(t, "pg_restore", "--exit-on-error", "-d", to.journal, file)
		t.Cleanup(to.Kill)
		return to
	})
}

// moves takes an exam to another journal while its candidates sit. First a copy is made
// while they answer: it is a prefix of the journal, with all that was acknowledged before
// it began, and a server that starts from it shows its boards. Then the sitting is paused,
// its server ended, the journal copied, and what held it dies. A server with another session store starts
// from the copy and shows the same boards; the candidates find it by themselves, nobody
// signs in again, and all go on.
func (p *place) moves(t *testing.T, base string, end, die func(), copied func(name, addr string) *served) {
	log, heard, addr := crowd.NewLog(), newEars(), freeAddr(t)
	run := p.crowd(t, log, func(int) []string { return []string{base, "http://" + addr} }, func(i int, c *crowd.Candidate) {
		hurried(i, c)
		c.Finish, c.Again = false, true
		heard.listen(c)
	})
	waitFor(t, patience, "the candidates to work", func() bool { return log.Figures().Acked > 10*len(p.people) })
	p.early(t, log, copied)

	p.officer(t, proctor.Supervisor, base).act(t, proctor.Request{Action: engine.ActPause, Reason: "power"})
	waitFor(t, patience, "all to hear of the pause", func() bool { return heard.of("paused") == len(p.people) })
	folded := p.folded(t)
	live := settledDocuments(t, base, folded)
	identical(t, "served before the move", live.pages(), folded)
	died := time.Now()
	end() // what it still wrote, as a checkpoint of the public log, is in the copy
	to := copied("late", addr)
	to.holds(t, log.Acked())
	die()
	to.serve(t)
	identical(t, "served from the copy", publicDocuments(t, to.Base()), live)
	waitFor(t, patience, "the candidates to come by themselves", func() bool { return heard.since(died) == len(p.people) })
	to.officer(t, proctor.Supervisor, to.Base()).act(t, proctor.Request{Action: engine.ActResume})
	heard.forget()
	waitFor(t, patience, "all to go on", func() bool { return heard.working() == len(p.people) })
	run.stop(t)
	report := to.check(t, log, to.Base())
	t.Logf("%d reconnections\n%s", log.Figures().Again, report)
	if report.Faults() > 0 {
		t.Error("the copy does not hold what was promised")
	}
	if f := log.Figures(); f.Faults > 0 {
		t.Errorf("candidates saw %d things that no page should see: %s", f.Faults, strings.Join(f.Noticed, "\n"))
	}
}

// early judges a copy that is made while the candidates answer.
func (p *place) early(t *testing.T, log *crowd.Log, copied func(name, addr string) *served) {
	before := log.Acked()
	of := copied("early", freeAddr(t))
	during := log.Figures().Acked - len(before)
	waitFor(t, patience, "the candidates to go on", func() bool { return log.Figures().Acked > len(before)+during+2*len(p.people) })
	records, all := of.records(t), p.records(t)
	if len(records) == 0 || len(records) >= len(all) || !slices.EqualFunc(records, all[:len(records)], sameRecord) {
		t.Errorf("the copy holds %d records, the journal %d: it is no prefix", len(records), len(all))
	}
	t.Logf("a copy of %d records while %d answers were acknowledged; the journal grew to %d", len(records), during, len(all))
	of.holds(t, before)
	folded := of.folded(t)
	if of.seen != "" { // it has the keys of the server that goes on, which has seen more by now
		p.keptUpTo(t, all[len(all)-1].Pos)
		refusedStart(t, of.binary, "serve", "--journal", of.journal, "--keys", of.keys)
	}
	of.serve(t)
	identical(t, "served from a copy of a running exam", publicDocuments(t, of.Base()).pages(), folded)
	of.Kill()
}

func sameRecord(a, b engine.Record) bool {
	return a.Pos == b.Pos && a.Stream == b.Stream && a.N == b.N && a.Hash == b.Hash && slices.Equal(a.Body, b.Body)
}

// backup copies as the manual says: the database by the command, the keys apart from it.
func (s *served) backup(tb testing.TB, name, addr string) *served {
	tb.Helper()
	dir := tb.TempDir()
	file := filepath.Join(dir, name)
	to := &served{
		place: place{binary: s.Child.Binary, dir: dir, journal: "sqlite:" + file, keys: file + ".keys", people: s.people},
		Child: process.Child{Addr: addr, Binary: s.Child.Binary},
	}
	if err := process.Run(tb.Context(), s.Child.Binary, "backup", "--journal", s.journal, file); err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), process.ReadyWithin)
	defer cancel()
	err := process.Run(ctx, s.Child.Binary, "serve", "--journal", to.journal, "--addr", addr)
	if _, none := os.Stat(to.keys); err == nil || !strings.Contains(err.Error(), "by --keys") || none == nil {
		tb.Errorf("served without the keys, or with others: %v, %v", err, none)
	}
	copyFile(tb, s.keys, to.keys)
	copyFile(tb, filepath.Join(s.dir, peopleFile), filepath.Join(dir, peopleFile))
	tb.Cleanup(to.Kill)
	return to
}

func copyFile(tb testing.TB, from, to string) {
	tb.Helper()
	body, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, body, 0o600)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// holds fails the test unless the journal is sound and has all that was acknowledged.
func (p *place) holds(tb testing.TB, acked []crowd.Acked) {
	tb.Helper()
	p.reading(tb, func(s *stores.DB, _ *stores.KeyFile) error {
		report, err := checker.Check(tb.Context(), checker.Case{Journal: s.Journal, Acked: acked})
		if err == nil && report.Faults() > 0 {
			tb.Errorf("%s does not hold what was acknowledged before it was made\n%s", p.journal, report)
		}
		return err
	})
}
