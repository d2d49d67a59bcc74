package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/web"
)

// openings are the exams of a node: which it serves, and which were made or changed since.
// It is a sink of the hall. What the journal tells it is loaded aside, so that the tail
// never waits for it.
type openings struct {
	mu      sync.Mutex
	exams   []*openExam
	changed map[string]int // version of the exam's stream that the tail has shown, by code
	failed  map[string]string
	told    chan struct{}
}

// openExam is an exam that is served.
type openExam struct {
	*web.Exam
	recorded examRecord
}

func newOpenings() *openings {
	return &openings{changed: make(map[string]int), failed: make(map[string]string), told: make(chan struct{}, 1)}
}

// Apply notes that something was recorded of an exam; see engine.Sink.
func (o *openings) Apply(r engine.Record, e *engine.Event) {
	code, ok := strings.CutPrefix(r.Stream, engine.ExamStream)
	if !ok || passes(e.Kind) {
		return // what people agree on changes nothing until it is done
	}
	o.mu.Lock()
	o.changed[code] = r.N
	o.mu.Unlock()
	select {
	case o.told <- struct{}{}:
	default:
	}
}

// all are the exams that are served, in the order in which they were opened.
func (o *openings) all() []*web.Exam {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := make([]*web.Exam, len(o.exams))
	for i, x := range o.exams {
		all[i] = x.Exam
	}
	return all
}

func (o *openings) find(code string) *openExam {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, x := range o.exams {
		if x.Def.Code == code {
			return x
		}
	}
	return nil
}

// put serves an exam, in the place of what it was.
func (o *openings) put(x *openExam) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, was := range o.exams {
		if was.Def.Code == x.Def.Code {
			o.exams[i] = x
			return
		}
	}
	o.exams = append(o.exams, x)
}

// drop forgets an exam that is no longer in the journal.
func (o *openings) drop(code string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.exams = slices.DeleteFunc(o.exams, func(x *openExam) bool { return x.Def.Code == code })
	delete(o.changed, code)
	delete(o.failed, code)
}

// due are the exams of which more is recorded than is served.
func (o *openings) due() (codes []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, x := range o.exams {
		if o.changed[x.Def.Code] <= x.recorded.n {
			delete(o.changed, x.Def.Code)
		}
	}
	for code := range o.changed {
		codes = append(codes, code)
	}
	return codes
}

// settled forgets an exam until more is recorded of it than version n.
func (o *openings) settled(code string, n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.failed, code)
	if o.changed[code] <= n {
		delete(o.changed, code)
	}
}

// news says whether the failure is another than before.
func (o *openings) news(code string, err error) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	was := o.failed[code]
	o.failed[code] = err.Error()
	return was != err.Error()
}

// followExams opens what is recorded while the node runs, and tries again what could not
// be opened.
func (n *node) followExams(ctx context.Context) error {
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		select {
		case <-n.exams.told:
		case <-again.C:
		case <-ctx.Done():
			return nil
		}
		codes := n.exams.due()
		n.server.Opening(len(codes))
		for _, code := range codes {
			n.follow(ctx, code)
		}
		if len(codes) > 0 {
			n.server.Opening(len(n.exams.due()))
		}
	}
}

func (n *node) follow(ctx context.Context, code string) {
	recorded, err := n.stores.examRecord(ctx, code)
	if errors.Is(err, errUnplanned) {
		n.exams.settled(code, recorded.n) // more comes, or nobody comes to the end of it
		return
	}
	if err == nil {
		err = n.change(ctx, code, recorded)
	}
	switch {
	case ctx.Err() != nil:
	case err == nil:
		n.exams.settled(code, recorded.n)
	case n.exams.news(code, err):
		n.log.Error("an exam was made or changed, and cannot be served so far; this node tries again", "exam", code, "error", err)
	}
}

// change serves an exam as it is recorded now, while the node runs. People see it last:
// nobody finds an attempt that the hall does not know, or a board that is not whole.
func (n *node) change(ctx context.Context, code string, recorded examRecord) error {
	listed, err := n.people.Read(ctx, code) // after the record: what it names is there
	if err != nil {
		return err
	}
	was := n.exams.find(code)
	if was != nil && was.recorded.listed == recorded.listed && len(was.recorded.annulled) < len(recorded.annulled) {
		return n.rescore(ctx, was, recorded)
	}
	x, err := n.loadExam(ctx, was, listed, recorded)
	if err != nil {
		return err
	}
	// Known to the hall first: what is recorded from now on reaches these attempts.
	if err := x.Admit(n.hall); err != nil {
		return err
	}
	coming := n.folds.Coming(x.Boards)
	defer coming.Drop()
	if err := n.hall.Replay(ctx, recorded.first-1, coming.Until(), coming.Apply); err != nil {
		return err
	}
	coming.Take(n.hall.Now())
	for _, p := range listed.People {
		if (was == nil || !was.Has(p.Attempt)) && x.Has(p.Attempt) && coming.Began(p.Attempt) {
			if err := n.hall.Attempt(p.Attempt).Revive(); err != nil {
				return fmt.Errorf("read an attempt that another node began: %w", err)
			}
		}
	}
	n.server.AddExam(x.Exam)
	n.people.Take(listed)
	n.exams.put(x)
	n.log.Info("an exam was made or changed, and is served", "exam", code, "candidates", len(listed.People), "version", recorded.n)
	return nil
}

// loadExam joins what the stores hold of an exam. Of one that is served only people,
// formations and places can have changed.
func (n *node) loadExam(ctx context.Context, was *openExam, listed *proctor.Listed, recorded examRecord) (*openExam, error) {
	if was == nil {
		x, err := joinExam(ctx, n.stores, n.keys, listed, recorded, n.hall.Now())
		return &openExam{x, recorded}, err
	}
	if len(was.recorded.annulled) != len(recorded.annulled) {
		if err := n.annul(ctx, was, recorded); err != nil {
			return nil, err
		}
	}
	if was.recorded.plan != recorded.plan || was.recorded.seed != recorded.seed {
		return nil, errors.New("its plan or its seed is another than the one that this node serves: restart the nodes one after the other")
	}
	placed := listed.Placed()
	came := slices.DeleteFunc(slices.Clone(placed), func(p proctor.Person) bool {
		return was.Has(p.Attempt) && was.recorded.repeats[p.Number] == recorded.repeats[p.Number]
	})
	seen, err := n.stores.earlier(n.keys).seen(ctx, was.Def, recorded.first, came)
	if err != nil {
		return nil, err
	}
	x, err := was.Again(recorded.repeats, came, seen)
	if err != nil {
		return nil, err
	}
	if listed.Def != nil {
		x = x.Placed(listed.Def)
	}
	x, err = x.Anew(placed, listed.Formations(), recorded.last, n.hall.Now())
	return &openExam{x, recorded}, err
}

// joinExam makes an exam of what the stores hold of it.
func joinExam(ctx context.Context, s *stores, keys *keyFile, listed *proctor.Listed, recorded examRecord, at engine.Instant) (*web.Exam, error) {
	if listed.Def == nil {
		return nil, errors.New("its file is not in the register: restore the register from its backup")
	}
	parts, err := s.examParts(ctx, listed.Def, recorded, keys)
	if err != nil {
		return nil, err
	}
	parts.People, parts.Formations = listed.Placed(), listed.Formations()
	if parts.Seen, err = s.earlier(keys).seen(ctx, listed.Def, recorded.first, parts.People); err != nil {
		return nil, err
	}
	if err := recorded.repeats.Before(parts.Plan, parts.Seed, listed.Def.Code, parts.People, parts.Seen); err != nil {
		return nil, err
	}
	if parts.Sample, err = isSample(listed.Def, parts.Bank); err != nil {
		return nil, err
	}
	return web.NewExam(*parts, at)
}
