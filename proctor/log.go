package proctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"terang/engine"
)

// Appender commits one run: an engine.Writer beside a running hall, or Direct.
type Appender interface {
	Append(engine.Run) (engine.Outcome, error)
}

// Direct appends straight to a journal, for commands that run without a hall.
func Direct(j engine.Journal) Appender { return direct{j} }

type direct struct{ journal engine.Journal }

func (d direct) Append(run engine.Run) (engine.Outcome, error) {
	outcomes, err := d.journal.Append(context.Background(), []engine.Run{run})
	if err != nil {
		return engine.Outcome{}, err
	}
	return outcomes[0], nil
}

// Log appends to the streams that no hall holds in memory: exam/CODE, staff/…, audit/….
// Attempts and sittings are written by the hall alone. It remembers where each stream
// ends, so that one may grow long; a process needs one Log only.
type Log struct {
	journal engine.Journal
	writer  Appender
	at      string // what follows engine.AuditStream in a site's journal, see At

	mu   sync.Mutex
	tips map[string]*tip
}

// NewLog returns a log over a journal and whoever writes to it.
func NewLog(j engine.Journal, w Appender) *Log {
	return &Log{journal: j, writer: w, tips: make(map[string]*tip)}
}

// At makes the log that of a site's journal which holds the sitting EXAM.SITTING: what staff
// read there, and that they signed in, stands in streams of its own, so that they can be
// brought to the centre beside those that the centre has of the same people.
func (l *Log) At(sitting string) { l.at = SiteAudit(sitting) }

// SiteAudit begins the names of such streams, behind engine.AuditStream.
func SiteAudit(sitting string) string { return "@" + sitting + "/" }

// codes is the stream of sign-in codes that were used: that of accounts, and at a site, which
// writes nothing there, one of its own.
func (l *Log) codes() string {
	if l.at != "" {
		return engine.AuditStream + l.at + "accounts"
	}
	return StaffAccounts
}

// audit is the stream of what an account read or how it signed in on a day.
func (l *Log) audit(user, day string) string { return engine.AuditStream + l.at + user + "/" + day }

// tip is a stream as far as it is known: where it ends, and what has to be known of it to
// decide the next event.
type tip struct {
	mu      sync.Mutex // a stream has at most one run under way
	stream  string
	n       int
	hash    engine.Hash
	at      engine.Instant
	ops     map[string]int // operation -> version
	pairs   engine.Pairs
	roster  string // Text of the newest RosterLoaded
	rosters int    // how many there were
	frozen  engine.Event
	again   map[string]int  // how often people sit the exam again, by number
	onward  map[string]bool // EXAM.SITTING at which somebody goes on, or sits again, who came to another
	results ResultsState
	places  int // how often places were changed

	published []engine.Event    // CriteriaPublished, in their order
	deliverer string            // Node of the newest WebhookTaken
	codes     map[string]int    // issues of results codes, by number
	states    map[string]string // account -> Form of its newest StaffChanged
	policy    string            // Op of the newest change of the staff policy

	surveyed map[string]string // Text of each SurveyTaken by its Op

	objections Objections
}

func (t *tip) forget() {
	t.n, t.hash, t.at, t.ops, t.pairs = 0, engine.FirstHash(t.stream), 0, make(map[string]int), engine.Pairs{}
	t.roster, t.rosters, t.frozen, t.results, t.published = "", 0, engine.Event{}, ResultsState{}, nil
	t.places, t.deliverer, t.again, t.onward = 0, "", make(map[string]int), make(map[string]bool)
	t.codes = make(map[string]int)
	t.states, t.policy = make(map[string]string), ""
	t.surveyed = make(map[string]string)
	t.objections = Objections{}
}

func (t *tip) apply(e *engine.Event, h engine.Hash) {
	t.n++
	t.hash, t.at = h, max(t.at, e.At)
	if _, again := t.ops[e.Op]; e.Op != "" && e.Kind != engine.Proposed && !again {
		t.ops[e.Op] = t.n
	}
	switch e.Kind {
	case engine.RosterLoaded:
		t.roster = e.Text
		t.rosters++
	case engine.RosterFrozen:
		t.frozen = *e
	case engine.SittingChanged:
		t.onward[e.Sitting] = t.onward[e.Sitting] || e.Act != engine.ActTransfer
		if e.Act == engine.ActRepeat {
			t.again[e.Number]++
		}
	case engine.StaffChanged:
		if e.Form != "" {
			t.states[e.Text] = e.Form
		}
		if e.Act == "policy" {
			t.policy = e.Op
		}
	case engine.ItemAnnulled, engine.ResultsFrozen, engine.ResultsReleased, engine.ResultsUnfrozen, engine.SeedRevealed:
		t.results.apply(e)
	case engine.PlacesChanged:
		t.places++
	case engine.SurveyTaken:
		t.surveyed[e.Op] = e.Text
	case engine.CriteriaPublished:
		t.published = append(t.published, *e)
	case engine.WebhookTaken:
		t.deliverer = e.Node
	case engine.ResultsCodeIssued:
		t.codes[e.Number] = int(e.MS)
	case engine.ObjectionFiled, engine.ObjectionWithdrawn, engine.ObjectionAssigned, engine.ObjectionDecided, engine.ObjectionRedressed:
		t.objections.apply(strings.TrimPrefix(t.stream, engine.ObjectionStream), e, t.n)
	default:
		t.pairs.Apply(e, t.n)
	}
}

var errTorn = errors.New("it does not continue what was read of it before")

// refresh reads what is not known yet of the stream.
func (l *Log) refresh(ctx context.Context, t *tip) error {
	for {
		known := t.n
		err := l.journal.Read(ctx, t.stream, known, func(r engine.Record) error {
			if r.N != t.n+1 || t.hash.Chain(r.Body) != r.Hash {
				return errTorn
			}
			e, err := engine.Decode(r.Body)
			if err == nil {
				t.apply(&e, r.Hash)
			}
			return err
		})
		if errors.Is(err, errTorn) && known > 0 {
			t.forget() // a rehearsal was removed meanwhile
			continue
		}
		if err != nil {
			t.forget()
			return fmt.Errorf("read %s: %w", t.stream, err)
		}
		return nil
	}
}

// hold returns the stream's tip with its lock held.
func (l *Log) hold(stream string) *tip {
	l.mu.Lock()
	t := l.tips[stream]
	if t == nil {
		t = &tip{stream: stream}
		t.forget()
		l.tips[stream] = t
	}
	l.mu.Unlock()
	t.mu.Lock()
	return t
}

// Append stores the events at the stream's end, whole or not at all.
func (l *Log) Append(ctx context.Context, stream string, events ...engine.Event) error {
	t := l.hold(stream)
	defer t.mu.Unlock()
	if t.n == 0 {
		if err := l.refresh(ctx, t); err != nil {
			return err
		}
	}
	_, err := l.append(ctx, t, func() ([]engine.Event, error) { return events, nil })
	return err
}

// Once is Append of one event that names its operation: a second time it has no effect.
func (l *Log) Once(ctx context.Context, stream string, e engine.Event) error {
	_, err := l.decide(ctx, stream, e.Op, func(*tip) ([]engine.Event, error) { return []engine.Event{e}, nil })
	return err
}

// decide stores what is decided on the stream as it stands, once for each operation; it
// returns the version of the first event, 0 if there was none.
func (l *Log) decide(ctx context.Context, stream, op string, decide func(*tip) ([]engine.Event, error)) (int, error) {
	t := l.hold(stream)
	defer t.mu.Unlock()
	if err := l.refresh(ctx, t); err != nil {
		return 0, err
	}
	done := 0
	n, err := l.append(ctx, t, func() ([]engine.Event, error) {
		if done = t.ops[op]; op != "" && done != 0 {
			return nil, nil
		}
		return decide(t)
	})
	return max(n, done), err
}

// look shows the stream as it stands.
func (l *Log) look(ctx context.Context, stream string, see func(*tip)) error {
	t := l.hold(stream)
	defer t.mu.Unlock()
	if err := l.refresh(ctx, t); err != nil {
		return err
	}
	see(t)
	return nil
}

func (l *Log) append(ctx context.Context, t *tip, decide func() ([]engine.Event, error)) (int, error) {
	for range 4 {
		events, err := decide()
		if err != nil || len(events) == 0 {
			return 0, err
		}
		for i := range events {
			events[i].At = max(events[i].At, t.at)
		}
		records := engine.Link(t.stream, t.n, t.hash, events)
		o, err := l.writer.Append(engine.Run{Stream: t.stream, Records: records})
		if err != nil {
			t.forget() // whether it was stored is not known
			return 0, fmt.Errorf("append to %s: %w", t.stream, err)
		}
		if !o.Conflict {
			for i := range events {
				t.apply(&events[i], records[i].Hash)
			}
			return records[0].N, nil
		}
		if err := l.refresh(ctx, t); err != nil {
			return 0, err
		}
	}
	return 0, fmt.Errorf("append to %s: others write to it without pause, try again: %w", t.stream, engine.Busy)
}
