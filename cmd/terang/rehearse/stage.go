package rehearse

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"terang/cmd/terang/checker"
	"terang/cmd/terang/create"
	"terang/cmd/terang/crowd"
	"terang/cmd/terang/judge"
	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/proctor"
)

// stage is what a rehearsal takes place on.
type stage struct {
	*Cmd
	dir    string
	server process.Child
	hired  bool // the server is somebody's, and goes on afterwards
	people []create.Credential
	exam   string // whose sittings a storm begins
	staff  []create.StaffCredential
	memory memory
	bare   efforts // of the baseline
}

// build starts a server with a sample exam, unless there is a target.
func (s *stage) build(ctx context.Context) (err error) {
	if s.Target != "" {
		s.Target = strings.TrimSuffix(s.Target, "/")
		s.hired = true
		s.people, s.staff, err = create.ReadCredentials(s.Credentials)
		if kind, _ := s.profile(); err == nil && kind.starts {
			s.people = nil
			return s.gather(ctx)
		}
		if err == nil && slices.ContainsFunc(s.people, func(p create.Credential) bool { return p.PIN == "" }) {
			return usage.Errorf("--credentials %s: its people have no PIN, for they are not checked in; make the exam with exam create --sample --start now, or take --profile storm-start, which checks them in", s.Credentials)
		}
		if err == nil && len(s.people) < s.Candidates {
			err = usage.Errorf("--candidates %d: %s holds %d", s.Candidates, s.Credentials, len(s.people))
		}
		return err
	}
	if err := s.vacant(ctx); err != nil {
		return err
	}
	if s.Journal == "" {
		s.Journal = "sqlite:" + filepath.Join(s.dir, "terang.db")
	}
	s.Keys = (&stores.Flags{Journal: s.Journal, Keys: s.Keys}).KeyPath()
	if err := s.makeExam(ctx); err != nil {
		return fmt.Errorf("make an exam to rehearse with: %w", err)
	}
	s.server.Binary = s.Binary
	if s.server.Addr, err = process.FreeAddress(ctx); err != nil {
		return err
	}
	s.Target = s.server.Base()
	return s.serve(ctx)
}

func (s *stage) serve(ctx context.Context) error {
	return s.server.Start(ctx, s.complaints(), "serve", "--journal", s.Journal, "--keys", s.Keys, "--store", s.Store)
}

// restart kills the server and starts it again on the same address.
func (s *stage) restart(ctx context.Context) error {
	s.server.Kill()
	return s.serve(ctx)
}

// vacant refuses a journal that holds exams: simulated candidates have no place in it.
func (s *stage) vacant(ctx context.Context) error {
	if s.Journal == "" {
		return nil
	}
	st, err := stores.Open(s.Journal, false)
	if stores.IsNew(err) {
		return nil
	}
	if err != nil {
		return err
	}
	people := proctor.NewPeople(st.Register)
	if err := errors.Join(people.LoadAll(ctx), st.Close()); err != nil {
		return err
	}
	if len(people.Exams()) > 0 {
		return usage.Errorf("--journal %s holds exams: rehearse on an empty one, or on a running server with --target", s.Journal)
	}
	return nil
}

// complaints shows what a server of the rehearsal complains of.
func (s *stage) complaints() *process.Warnings {
	return &process.Warnings{To: func(line string) { fmt.Fprintln(s.Errs, line) }}
}

func (s *stage) strike() { s.server.Kill() }

// judgeWithin bounds what reading a journal may take, beside a part for each operation.
const judgeWithin = time.Minute

// judge holds the journal against what the crowd was told, when it can be read from here.
// A journal that does not answer is a fault of its own.
func (s *stage) judge(ctx context.Context, p *performance, o *Outcome) {
	if s.Journal == "" {
		o.Notes = append(o.Notes, Note{
			"the journal was not judged: give --journal if it can be read from here",
			"Jurnal tidak diperiksa: tidak terbaca dari komputer ini.",
		})
		return
	}
	type judged struct {
		report *checker.Report
		err    error
	}
	done := make(chan judged, 1)
	within := p.within(judgeWithin) + time.Duration(p.log.Figures().Landed)*time.Millisecond/5
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	flags := &stores.Flags{Journal: s.Journal, Keys: s.Keys}
	t := &judge.Trial{Journal: s.Journal, Keys: flags.KeyPath(), Bases: []string{s.Target}, Log: p.log}
	if s.hired {
		t.Bases = nil // the boards of a rehearsal are not public
	} else if !s.answers(ctx) {
		t.Bases = nil
		o.Reasons = append(o.Reasons, "the server does not answer at the end: its boards were not compared")
	}
	go func() { // a database that hangs does not heed a context everywhere
		r, err := t.Judge(ctx)
		done <- judged{r, err}
	}()
	var j judged
	select {
	case j = <-done:
	case <-ctx.Done():
		j.err = fmt.Errorf("not read within %v", within)
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			j.err = errors.New("the rehearsal was stopped before it was read")
		}
	}
	if j.err != nil {
		o.Reasons = append(o.Reasons, fmt.Sprintf("the journal could not be judged: %v", j.err))
		return
	}
	lost := j.report.Lost.N
	if o.Lost != nil {
		lost = max(lost, *o.Lost)
	}
	o.Lost = &lost
	o.Notes = append(o.Notes, Note{
		fmt.Sprintf("journal judged: %d events, %d operations stored, %d faults", j.report.Events, j.report.Stored, j.report.Faults()),
		fmt.Sprintf("Jurnal diperiksa: %d peristiwa, %d operasi tersimpan, %d kesalahan.", j.report.Events, j.report.Stored, j.report.Faults()),
	})
	if j.report.Faults() > 0 {
		o.Reasons = append(o.Reasons, fmt.Sprintf("the journal is at fault:\n%s", j.report))
	}
}

// answers says whether the server still does.
func (s *stage) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, crowd.ActWithin/10)
	defer cancel()
	return process.Ready(ctx, s.Target)
}

// refusedAs says whether the server answered with the code.
func refusedAs(err error, code string) bool {
	var r *crowd.Refusal
	return errors.As(err, &r) && r.Code == code
}
