package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/web"
)

// openings are the exams of a node: which it serves, and which were made or changed since.
// It is a sink of the hall. What the journal tells it is loaded aside, so that the tail
// never waits for it.
type openings struct {
	mu      sync.Mutex
	exams   []*OpenExam
	changed map[string]int // version of the exam's stream that the tail has shown, by code
	failed  map[string]string
	removed map[string]bool // rehearsals: no other exam is ever made under their codes
	told    chan struct{}

	loading sync.Mutex // one exam at a time is opened while the node runs
}

// OpenExam is an exam that is served.
type OpenExam struct {
	*web.Exam
	Recorded stores.ExamRecord
}

func newOpenings() *openings {
	return &openings{changed: make(map[string]int), failed: make(map[string]string), removed: make(map[string]bool), told: make(chan struct{}, 1)}
}

// Apply notes that something was recorded of an exam; see engine.Sink.
func (o *openings) Apply(r engine.Record, e *engine.Event) {
	code, ok := strings.CutPrefix(r.Stream, engine.ExamStream)
	if !ok || stores.Passes(e.Kind) {
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

// All are the exams that are served, in the order in which they were opened.
func (o *openings) All() []*web.Exam {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := make([]*web.Exam, len(o.exams))
	for i, x := range o.exams {
		all[i] = x.Exam
	}
	return all
}

func (o *openings) Find(code string) *OpenExam {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, x := range o.exams {
		if x.Def.Code == code {
			return x
		}
	}
	return nil
}

// put serves an exam, in the place of what it was; false if it has been removed.
func (o *openings) put(x *OpenExam) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.removed[x.Def.Code] {
		return false
	}
	for i, was := range o.exams {
		if was.Def.Code == x.Def.Code {
			o.exams[i] = x
			return true
		}
	}
	o.exams = append(o.exams, x)
	return true
}

// drop forgets an exam that is no longer in the journal, for good.
func (o *openings) drop(code string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.exams = slices.DeleteFunc(o.exams, func(x *OpenExam) bool { return x.Def.Code == code })
	delete(o.changed, code)
	delete(o.failed, code)
	o.removed[code] = true
}

// due are the exams of which more is recorded than is served.
func (o *openings) due() (codes []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, x := range o.exams {
		if o.changed[x.Def.Code] <= x.Recorded.N {
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
func (n *Node) followExams(ctx context.Context) error {
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		select {
		case <-n.Exams.told:
		case <-again.C:
		case <-ctx.Done():
			return nil
		}
		codes := n.Exams.due()
		n.Server.Opening(len(codes))
		for _, code := range codes {
			n.Follow(ctx, code)
		}
		if len(codes) > 0 {
			n.Server.Opening(len(n.Exams.due()))
		}
	}
}

// Follow opens an exam that is new, or opens it again as its stream now says. What cannot be
// opened yet is logged, and tried again by who watches.
func (n *Node) Follow(ctx context.Context, code string) {
	err := n.follow(ctx, code)
	if err != nil && ctx.Err() == nil && !errors.Is(err, stores.ErrUnplanned) && n.Exams.news(code, err) {
		n.Logger.Error("an exam was made or changed, and cannot be served so far; this node tries again", "exam", code, "error", err)
	}
}

// follow is Follow for who tries again by themselves. ErrUnplanned: nobody needs to, until more
// is recorded or its hour has come.
func (n *Node) follow(ctx context.Context, code string) error {
	n.Exams.loading.Lock()
	defer n.Exams.loading.Unlock()
	recorded, err := n.Stores.ExamRecord(ctx, code)
	if err == nil {
		err = n.Change(ctx, code, recorded)
	}
	if err == nil || errors.Is(err, stores.ErrUnplanned) {
		n.Exams.settled(code, recorded.N)
	}
	return err
}

// Change serves an exam as it is recorded now, while the node runs. People see it last:
// nobody finds an attempt that the hall does not know, or a board that is not whole.
func (n *Node) Change(ctx context.Context, code string, recorded stores.ExamRecord) error {
	listed, err := n.People.Read(ctx, code) // after the record: what it names is there
	if err != nil {
		return err
	}
	was := n.Exams.Find(code)
	if was != nil && was.Recorded.Listed == recorded.Listed {
		return n.again(ctx, was, recorded)
	}
	x, err := n.loadExam(ctx, was, listed, recorded)
	if err != nil {
		return err
	}
	// Known to the hall first: what is recorded from now on reaches these attempts.
	if err := x.Admit(n.Hall); err != nil {
		return err
	}
	coming := n.Folds.Coming(x.Boards)
	defer coming.Drop()
	if err := n.Hall.Replay(ctx, recorded.First-1, coming.Until(), coming.Apply); err != nil {
		return err
	}
	coming.Take(n.Hall.Now())
	for _, p := range listed.People {
		if (was == nil || !was.Has(p.Attempt)) && x.Has(p.Attempt) && coming.Began(p.Attempt) {
			if err := n.Hall.Attempt(p.Attempt).Revive(); err != nil {
				return fmt.Errorf("read an attempt that another node began: %w", err)
			}
		}
	}
	n.Server.AddExam(x.Exam)
	n.People.Take(listed)
	if !n.Exams.put(x) { // its removal passed before there was all of this to remove
		n.Folds.Forget(code)
		n.Server.Forget(code)
		return nil
	}
	n.tellSpent(was, x)
	n.Server.ResultsChanged(code) // people and a release may have come together
	n.Logger.Info("an exam was made or changed, and is served", "exam", code, "candidates", len(listed.People), "version", recorded.N)
	return nil
}

// tellSpent names those who meet items of earlier exams again, and were not known to.
func (n *Node) tellSpent(was, x *OpenExam) {
	spent := x.Spent()
	if was != nil {
		known := was.Spent()
		spent = slices.DeleteFunc(spent, func(attempt string) bool { return slices.Contains(known, attempt) })
	}
	if len(spent) > 0 {
		n.Logger.Warn("people come back for whom the bank has too few items that they have not met: they sit a form all the same, with as few items of earlier exams as can be; whoever answers for the exam decides whether it counts",
			"exam", x.Def.Code, "people", len(spent), "attempts", spent[:min(len(spent), 20)])
	}
}

// loadExam joins what the stores hold of an exam. Of one that is served only people,
// formations and places can have changed.
func (n *Node) loadExam(ctx context.Context, was *OpenExam, listed *proctor.Listed, recorded stores.ExamRecord) (*OpenExam, error) {
	if was == nil {
		x, err := stores.JoinExam(ctx, n.Stores, n.keys, listed, recorded, n.Hall.Now())
		return &OpenExam{x, recorded}, err
	}
	r, d, err := n.redecided(ctx, was, recorded)
	if err != nil {
		return nil, err
	}
	n.takeOver(was, r, d)
	if was.Recorded.Plan != recorded.Plan || was.Recorded.Seed != recorded.Seed {
		return nil, errors.New("its plan or its seed is another than the one that this node serves: restart the nodes one after the other")
	}
	placed := listed.Placed()
	came := slices.DeleteFunc(slices.Clone(placed), func(p proctor.Person) bool {
		return was.Has(p.Attempt) && was.Recorded.Repeats[p.Number] == recorded.Repeats[p.Number]
	})
	seen, err := n.Stores.Earlier(n.keys).Seen(ctx, was.Def, recorded.First, came)
	if err != nil {
		return nil, err
	}
	x, err := was.Again(recorded.Repeats, came, seen)
	if err != nil {
		return nil, err
	}
	if listed.Def != nil {
		x = x.Placed(listed.Def)
	}
	x, err = x.Anew(placed, listed.Formations(), recorded.Last, n.Hall.Now())
	return &OpenExam{x, recorded}, err
}
