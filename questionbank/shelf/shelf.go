package shelf

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"terang/engine"
	"terang/questionbank"
	"terang/scoring/itemstats"
)

// Kinds of register entries.
const (
	KindItem = "item" // the code of every item that has a stream; its body is empty
	kindText = "text" // SHA-256: the words behind an event's Text
)

// Appender commits one run: an engine.Writer beside a running hall, or a journal.
type Appender interface {
	Append(engine.Run) (engine.Outcome, error)
}

// Shelf holds the items of one database. It is a sink of the hall, so that a node learns
// what others wrote.
type Shelf struct {
	journal  engine.Journal
	archive  engine.Archive
	register engine.Register
	writer   Appender

	deciding sync.Mutex // a stream has at most one run under way

	mu      sync.Mutex
	items   map[string]*Item             // folded; nobody changes one that is here
	cards   map[string]*Card             // by the hash of a version
	reports map[string]*itemstats.Report // by hash
	fresh   map[string]int               // counts what was heard of an item, so that an old reading is not kept
}

// New returns the shelf of a database; writer commits what is decided.
func New(j engine.Journal, a engine.Archive, r engine.Register, writer Appender) *Shelf {
	return &Shelf{
		journal: j, archive: a, register: r, writer: writer,
		items: map[string]*Item{}, cards: map[string]*Card{}, fresh: map[string]int{}, reports: map[string]*itemstats.Report{},
	}
}

// Apply forgets what it knew of an item that got another event; see engine.Sink.
func (s *Shelf) Apply(r engine.Record, _ *engine.Event) {
	if id, ok := strings.CutPrefix(r.Stream, engine.ItemStream); ok {
		s.forget(id)
	}
}

func (s *Shelf) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.items, id)
	s.fresh[id]++
}

// Item returns an item, which the caller must not change; the error is NoItem if there is
// none.
func (s *Shelf) Item(ctx context.Context, id string) (*Item, error) {
	s.mu.Lock()
	it, ok := s.items[id]
	heard := s.fresh[id]
	s.mu.Unlock()
	if ok {
		return it, nil
	}
	it, err := s.read(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(it.Versions) == 0 {
		return nil, fmt.Errorf("item %s: %w", id, NoItem)
	}
	s.mu.Lock()
	if s.fresh[id] == heard {
		s.items[id] = it
	}
	s.mu.Unlock()
	return it, nil
}

// read folds the stream of an item, which may be empty.
func (s *Shelf) read(ctx context.Context, id string) (*Item, error) {
	stream := engine.ItemStream + id
	it := &Item{ID: id, hash: engine.FirstHash(stream)}
	err := s.journal.Read(ctx, stream, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if err == nil {
			err = it.apply(e)
			it.n, it.hash = r.N, r.Hash
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read item %s: %w", id, err)
	}
	return it, nil
}

// All returns every item, in order of code.
func (s *Shelf) All(ctx context.Context) ([]*Item, error) {
	var ids []string
	err := s.register.List(ctx, KindItem, "", func(e engine.Entry) error {
		ids = append(ids, e.ID)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list items: %w", err)
	}
	items := make([]*Item, 0, len(ids))
	for _, id := range ids {
		it, err := s.Item(ctx, id)
		switch {
		case errors.Is(err, NoItem): // its maker did not come to the first event
		case err != nil:
			return nil, err
		default:
			items = append(items, it)
		}
	}
	return items, nil
}

// Question returns the text and key of a version.
func (s *Shelf) Question(ctx context.Context, v *Version) (questionbank.Question, error) {
	h, err := engine.ParseHash(v.Body)
	if err != nil {
		return questionbank.Question{}, err
	}
	body, err := s.archive.Fetch(ctx, h)
	if err != nil {
		return questionbank.Question{}, fmt.Errorf("version %d: %w", v.Number, err)
	}
	return questionbank.DecodeQuestion(body)
}

// Do decides a command on an item and appends what it makes. words are what the person
// writes, kept in the register: the event has their hash.
func (s *Shelf) Do(ctx context.Context, id string, c Command, words string) (*Item, error) {
	if words = strings.TrimSpace(words); words != "" {
		c.Words = engine.SHA256(words)
		if err := s.register.Put(ctx, engine.Entry{Kind: kindText, ID: c.Words, Body: []byte(words)}); err != nil {
			return nil, fmt.Errorf("keep the words about %s: %w", id, err)
		}
	}
	s.deciding.Lock()
	defer s.deciding.Unlock()
	for range 4 {
		it, err := s.read(ctx, id) // not from memory: the decision is about what is stored
		if err != nil {
			return nil, err
		}
		if v, ok := it.Version(c.Version); ok && (c.Act == ActSubmit || c.Act == ActApprove || c.Act == ActReturn) {
			q, err := s.Question(ctx, v)
			if err != nil {
				return nil, err
			}
			c.Author = q.Author
			if faults := q.Unfit(); c.Act == ActSubmit && len(faults) > 0 {
				return nil, &UnfitError{id, faults}
			}
		}
		events, err := Decide(it, c)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", c.Act, id, err)
		}
		if len(events) == 0 {
			return it, nil
		}
		stored, err := s.append(ctx, it, events)
		if err != nil || stored {
			return it, err
		}
	}
	return nil, fmt.Errorf("%s %s: others write to it without pause, try again: %w", c.Act, id, engine.Busy)
}

// append stores the events at the end of the item as it was read, and folds them.
func (s *Shelf) append(ctx context.Context, it *Item, events []engine.Event) (stored bool, err error) {
	if it.n == 0 { // before the first event: no item can be without its entry
		if err := s.register.Put(ctx, engine.Entry{Kind: KindItem, ID: it.ID, Body: []byte("{}")}); err != nil {
			return false, fmt.Errorf("list item %s: %w", it.ID, err)
		}
	} else {
		for i := range events {
			events[i].At = max(events[i].At, it.History[len(it.History)-1].At)
		}
	}
	run := engine.Run{Stream: engine.ItemStream + it.ID, Records: engine.Link(engine.ItemStream+it.ID, it.n, it.hash, events)}
	o, err := s.writer.Append(run)
	if err != nil {
		return false, fmt.Errorf("append to item %s: %w", it.ID, err)
	}
	s.forget(it.ID)
	if o.Conflict {
		return false, nil
	}
	for i, e := range events {
		if err := it.apply(e); err != nil {
			return true, err
		}
		it.n, it.hash = run.Records[i].N, run.Records[i].Hash
	}
	return true, nil
}

// Words returns what a person wrote with an event, "" if nothing or if it was erased.
func (s *Shelf) Words(ctx context.Context, e *engine.Event) (string, error) {
	if e.Kind == engine.ItemDrafted || e.Kind == engine.ItemRevised || e.Text == "" {
		return "", nil
	}
	body, err := s.register.Get(ctx, kindText, e.Text)
	if errors.Is(err, engine.ErrAbsent) {
		return "", nil
	}
	return string(body), err
}

// Unfit is the code of an UnfitError.
const Unfit engine.Code = "item_unfit"

// UnfitError refuses to send a draft to review that is not finished.
type UnfitError struct {
	ID     string
	Faults []questionbank.Fault
}

func (e *UnfitError) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.String()
	}
	return fmt.Sprintf("item %s is not ready for review:\n%s", e.ID, strings.Join(lines, "\n"))
}

// Unwrap lets errors.Is find the code.
func (e *UnfitError) Unwrap() error { return Unfit }

func samePerson(a, b string) bool {
	return a != "" && strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}
