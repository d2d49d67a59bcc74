package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/crowd"
	"terang/cmd/terang/process"
	"terang/cmd/terang/rehearse"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/engine/storetest"
	"terang/proctor"
)

// rehearsed holds a rehearsal without limits on time: a machine that is busy with other
// tests fails none.
func rehearsed(t *testing.T, c rehearse.Cmd) (*rehearse.Outcome, string) {
	t.Helper()
	var said bytes.Buffer
	c.Out, c.Errs = &said, io.Discard
	if c.Binary == "" {
		c.Binary = asCommand(t)
	}
	if c.Store == "" {
		c.Store = "memory"
	}
	o, err := c.Rehearse(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return o, said.String()
}

// asCommand is this test's own program under the name by which it is the command.
func asCommand(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "terang")
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// spreadOf is what was measured under a name.
func spreadOf(t *testing.T, o *rehearse.Outcome, name string) rehearse.Spread {
	t.Helper()
	for _, s := range o.Spreads {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("%q was not measured: %+v", name, o.Spreads)
	return rehearse.Spread{}
}

// Each profile loads a server of its own, measures what it is for, and finds by the wire
// and by the journal that nothing was lost.
func TestEachProfileMeasuresAndLosesNothing(t *testing.T) {
	binary := asCommand(t)
	all := func(name string, notes ...string) func(*testing.T, *rehearse.Outcome) {
		return func(t *testing.T, o *rehearse.Outcome) {
			for _, n := range notes {
				if !slices.ContainsFunc(o.Notes, func(said rehearse.Note) bool { return strings.Contains(said.Text, n) }) {
					t.Errorf("want %q among %q", n, o.Notes)
				}
			}
			if s := spreadOf(t, o, name); s.Came != s.Of || s.Of == 0 || s.Last <= 0 || s.P50 > s.Last {
				t.Errorf("%+v", s)
			}
		}
	}
	for name, c := range map[string]struct {
		cmd   rehearse.Cmd
		check func(*testing.T, *rehearse.Outcome)
	}{
		"steady": {rehearse.Cmd{Profile: "steady", Rate: 5, Ramp: 500 * time.Millisecond}, func(t *testing.T, o *rehearse.Outcome) {
			if o.AckedPerS < 100 || len(o.Course) < 2 {
				t.Errorf("%v a second, course %v", o.AckedPerS, o.Course)
			}
		}},
		"max":                {rehearse.Cmd{Profile: "max"}, func(*testing.T, *rehearse.Outcome) {}},
		"storm-start":        {rehearse.Cmd{Profile: "storm-start", Rate: 3}, all(rehearse.SpreadStart, "40 were sent a key, 0 the items")},
		"storm-start open":   {rehearse.Cmd{Profile: "storm-start", Unsealed: true, Rate: 3}, all(rehearse.SpreadStart, "0 were sent a key, 40 the items")},
		"storm-finish":       {rehearse.Cmd{Profile: "storm-finish", Rate: 3}, all(rehearse.SpreadFinish)},
		"watchers":           {rehearse.Cmd{Profile: "watchers", Watchers: 40, Rate: 3}, all(rehearse.SpreadBehind)},
		"board server":       {rehearse.Cmd{Profile: "watchers", Watchers: 40, Rate: 3, Board: true, Snapshots: 50}, all(rehearse.SpreadBehind)},
		"reconnect":          {rehearse.Cmd{Profile: "reconnect", Rate: 3}, all(rehearse.SpreadBack)},
		"reconnect after -9": {rehearse.Cmd{Profile: "reconnect", Kill: true, Rate: 3}, all(rehearse.SpreadBack)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.cmd.Binary, c.cmd.Candidates, c.cmd.For = binary, 40, 2*time.Second
			o, said := rehearsed(t, c.cmd)
			if o.Verdict != rehearse.Ready || o.Lost == nil || *o.Lost != 0 || o.ReadBack != 40 {
				t.Errorf("%s", said)
			}
			c.check(t, o)
			if o.Bottleneck == nil || o.Bottleneck.Figures["processors"] == 0 {
				t.Errorf("nothing is said of the server's load: %+v", o.Bottleneck)
			}
		})
	}
}

// Limits that are not kept make the verdict, the words and the figures say so.
func TestALimitThatIsNotKeptFailsTheVerdict(t *testing.T) {
	t.Parallel()
	o, said := rehearsed(t, rehearse.Cmd{
		Profile: "steady", Candidates: 10, For: time.Second, Rate: 5, Limits: rehearse.LimitFlags{P99: time.Nanosecond, Share: 50},
	})
	if o.Verdict != rehearse.NotReady || !strings.Contains(said, rehearse.NotReady) || strings.Count(said, "FAIL") != 2 {
		t.Errorf("the verdict is %s:\n%s", o.Verdict, said)
	}
	for _, l := range o.Limits {
		if want := l.Name != rehearse.LimitP99 && l.Name != rehearse.LimitShare; l.Pass != want {
			t.Errorf("%s: pass %v", l, l.Pass)
		}
	}
	body, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"profile", "candidates", "acked_per_s", "p50_ms", "p99_ms", "errors", "lost", "verdict"} {
		if !strings.Contains(string(body), `"`+key+`":`) {
			t.Errorf("--json has no %s: %s", key, body)
		}
	}
}

// A journal that takes its time makes every answer wait: the verdict must not be kind to
// it, and must name it, not what it keeps waiting.
func TestASlowJournalIsNamed(t *testing.T) {
	pg := storetest.Postgres(t)
	slow := &slowWay{storetest.NewProxy(t, "unix", pg.Addr), 60 * time.Millisecond}
	var said bytes.Buffer
	c := rehearse.Cmd{
		Profile: "steady", Candidates: 30, For: 3 * time.Second, Rate: 2, Journal: slow.DSN(t, pg.Fresh(t, "slow")),
		Keys: filepath.Join(t.TempDir(), "terang.keys"), Limits: rehearse.LimitFlags{P99: 40 * time.Millisecond},
		Store: "memory", Binary: asCommand(t), Out: &said, Errs: slow,
	}
	o, err := c.Rehearse(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if o.Verdict != rehearse.NotReady {
		t.Errorf("every commit took 60 ms, and the verdict is %s", o.Verdict)
	}
	if b := o.Bottleneck; b == nil || b.Resource != rehearse.ResourceJournal || !b.Reached {
		t.Errorf("the bottleneck is not the journal:\n%s", &said)
	}
	if o.Lost == nil || *o.Lost != 0 || o.Errors != 0 {
		t.Errorf("slow is not wrong:\n%s", &said)
	}
}

// slowWay slows the way to the database while a crowd answers: what the rehearsal says of
// itself tells when that is.
type slowWay struct {
	*storetest.Proxy
	delay time.Duration
}

func (w *slowWay) Write(said []byte) (int, error) {
	switch {
	case bytes.HasPrefix(said, []byte("answering\n")):
		w.Delay(w.delay)
	case bytes.HasPrefix(said, []byte("reading back\n")):
		w.Delay(0)
	}
	return len(said), nil
}

// newSample makes the sample exam for a server that this program will be.
func newSample(t *testing.T, candidates int) *served {
	t.Helper()
	s := newPlace(t, asCommand(t))
	s.create(t, candidates)
	t.Cleanup(s.Kill)
	return s
}

// An exam with items of its own that does not call itself a rehearsal gets no simulated answer.
func TestARealExamIsRefused(t *testing.T) {
	t.Parallel()
	s := newSample(t, 5)
	s.alter(t, func(def *engine.Definition) { def.Bank = strings.Repeat("a", 64) })
	s.serve(t)
	c := rehearse.Cmd{
		Profile: "steady", Candidates: 5, For: time.Second, Target: "http://" + s.Addr, Credentials: filepath.Join(s.dir, peopleFile),
		Out: io.Discard, Errs: io.Discard, Binary: s.Child.Binary,
	}
	if _, err := c.Rehearse(t.Context()); err == nil || !strings.Contains(err.Error(), "rehearsal") {
		t.Errorf("got %v", err)
	}
	s.Kill()
	s.lacks(t, engine.Answered, engine.Started, engine.DeviceBound)
}

// lacks finds none of the kinds in the journal of an exam that refused a rehearsal.
func (s *served) lacks(t *testing.T, kinds ...engine.Kind) {
	t.Helper()
	st, err := stores.Open(s.journal, false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	err = stores.EachEvent(t.Context(), st.Journal, func(_ engine.Record, e *engine.Event) {
		if slices.Contains(kinds, e.Kind) {
			t.Errorf("%s is in the journal", e.Kind)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// Without the journal at hand the wire alone tells that nothing was lost. The sample exam is
// rehearsed in as exam create --sample makes it.
func TestATargetIsJudgedOverTheWire(t *testing.T) {
	t.Parallel()
	s := newSample(t, 20)
	s.serve(t)
	o, said := rehearsed(t, rehearse.Cmd{
		Profile: "steady", Candidates: 20, For: time.Second, Rate: 5, Target: "http://" + s.Addr,
		Credentials: filepath.Join(s.dir, peopleFile), Binary: s.Child.Binary,
	})
	if o.Verdict != rehearse.Ready || o.Lost == nil || *o.Lost != 0 || o.ReadBack != 20 {
		t.Errorf("%s", said)
	}
}

// With a baseline, what each takes of memory and of the processors stands beside what a bare
// socket takes, and can be a limit.
func TestACandidateIsWeighedBesideABareSocket(t *testing.T) {
	t.Parallel()
	c := rehearse.Cmd{Profile: "steady", Candidates: 200, For: 2 * time.Second, Rate: 2, Baseline: true, Limits: rehearse.LimitFlags{Memory: 0.01}}
	o, said := rehearsed(t, c)
	m := o.Memory
	// A goroutine's stack and the library's buffers are some kB, whatever is beside them.
	if m == nil || m.Candidate < 3000 || m.Echo < 3000 || m.Before < 10_000_000 || m.Ratio <= 0 {
		t.Fatalf("%+v\n%s", m, said)
	}
	if o.Effort == nil || o.EchoEffort == nil || o.Effort.Server <= o.EchoEffort.Server || o.Effort.Crowd <= 0 {
		t.Errorf("an answer takes %+v, an echo %+v", o.Effort, o.EchoEffort)
	}
	if i := slices.IndexFunc(o.Limits, func(l rehearse.Limit) bool { return l.Name == rehearse.LimitMemory }); i < 0 || o.Limits[i].Pass || o.Verdict != rehearse.NotReady {
		t.Errorf("%v\n%s", o.Limits, said)
	}
}

// The storms begin the sittings of a rehearsal on somebody's server, and of no other exam.
func TestAStormBeginsARehearsalOnATarget(t *testing.T) {
	t.Parallel()
	binary := asCommand(t)
	later := time.Now().Add(time.Hour).Format(time.RFC3339)
	for name, c := range map[string]struct {
		profile string
		flags   []string
		refused string
		lacks   []engine.Kind // beside answers
	}{
		"start":   {"storm-start", []string{"--rehearsal", "--start", later}, "", nil},
		"finish":  {"storm-finish", []string{"--rehearsal", "--start", later}, "", nil},
		"begun":   {"storm-start", []string{"--rehearsal", "--start", "now"}, "begins the sittings itself", nil},
		"no game": {"storm-start", []string{"--start", later}, "has no rehearsal", []engine.Kind{engine.CheckinOpened, engine.CheckedIn}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newPlace(t, binary)
			t.Cleanup(s.Kill)
			file := filepath.Join(s.dir, peopleFile)
			// Number 18 has half an hour more than the others.
			err := process.Run(t.Context(), binary, append([]string{"exam", "create", "--sample", "--candidates", "20", "--code", "uji-1",
				"--credentials", file, "--journal", s.journal, "--keys", s.keys}, c.flags...)...)
			if err != nil {
				t.Fatal(err)
			}
			s.serve(t)
			cmd := rehearse.Cmd{
				Profile: c.profile, Candidates: 19, For: 3 * time.Second, Rate: 3, Target: s.Base(), Credentials: file, Journal: s.journal, Binary: binary,
			}
			if c.refused != "" {
				cmd.Out = io.Discard
				if _, err := cmd.Rehearse(t.Context()); err == nil || !strings.Contains(err.Error(), c.refused) {
					t.Errorf("got %v", err)
				}
				s.Kill()
				s.lacks(t, append(c.lacks, engine.Answered, engine.DeviceBound)...)
				return
			}
			o, said := rehearsed(t, cmd)
			if o.Verdict != rehearse.Ready || o.Lost == nil || *o.Lost != 0 || o.ReadBack != 19 {
				t.Errorf("%s\n%s", said, strings.Join(o.Reasons, "\n"))
			}
			if s := o.Spreads[0]; s.Came != 19 || s.Last <= 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// alter changes the exam of a server that does not run yet.
func (s *served) alter(t *testing.T, change func(*engine.Definition)) {
	t.Helper()
	st, err := stores.Open(s.journal, true)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	people := proctor.NewPeople(st.Register)
	if err := people.LoadAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	def := people.Exam(stores.SampleCode)
	change(def)
	file, err := def.File()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := people.SaveExam(t.Context(), file); err != nil {
		t.Fatal(err)
	}
}

// A server whose journal was set back welcomes with less than it had acknowledged: the
// crowd finds that by itself, without the journal.
func TestLostAnswersAreSeenOverTheWire(t *testing.T) {
	t.Parallel()
	const candidates = 20
	s := newSample(t, candidates)
	s.serve(t)
	log := crowd.NewLog()
	run := s.crowd(t, log, s.direct, func(_ int, c *crowd.Candidate) { c.Pace, c.Habits = crowd.ThinkTimes(10), crowd.Believable })
	waitFor(t, patience, "all candidates to sit", func() bool { return log.Figures().Seated == candidates })
	earlier := filepath.Join(s.dir, "earlier.db")
	if err := process.Run(t.Context(), s.Child.Binary, "backup", earlier, "--journal", s.journal); err != nil {
		t.Fatal(err)
	}
	had := log.Figures().Acked
	waitFor(t, patience, "answers after the backup", func() bool { return log.Figures().Acked > had+50 })
	s.Kill()
	// The server itself shall notice nothing, however far it got: that is another test's.
	for _, part := range []string{"-wal", "-shm", ".keys.seen"} {
		_ = os.Remove(filepath.Join(s.dir, "terang.db"+part))
	}
	if err := os.Rename(earlier, filepath.Join(s.dir, "terang.db")); err != nil {
		t.Fatal(err)
	}
	s.serve(t)
	waitFor(t, patience, "the candidates to come back", func() bool { return log.Figures().Compared == candidates })
	run.stop(t)
	if f := log.Figures(); f.Differ < 20 || f.Faults < f.Differ {
		t.Errorf("of %d acknowledged operations %d were found lost, %d faults noticed", f.Answers, f.Differ, f.Faults)
	}
}
