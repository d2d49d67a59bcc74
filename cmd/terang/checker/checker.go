// Package checker holds a journal against what candidates were told while it was written,
// and judges: whether anything acknowledged was lost, stored twice or at another version,
// accepted out of time, or given twice; whether a stream has a hole; whether a board
// shows what the answers are worth.
//
// It trusts nothing that it judges. The deadline, the hash chain and the scores are
// computed here a second time, from the stored bytes and in another way than the engine
// does, so that a fault there does not hide itself here. It never writes.
//
// Start reading at Check.
package checker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"terang/cmd/terang/crowd"
	"terang/engine"
)

// Case is what is to be judged.
type Case struct {
	Journal engine.Journal
	Acked   []crowd.Acked // what the candidates were told
	Longest time.Duration // wait of any operation of theirs, for the report
	Grace   time.Duration // of the rule set: how late an answer may come for its transit
	Exams   []Exam        // whose boards are compared; none: boards are not judged
	Gaps    []crowd.Gap   // times in which candidates could not work; nil: credits are not held against them
	Cover   time.Duration // how long a gap a page covers by itself
	// Alone is how many streams at most are read by themselves beside the tail, spread over
	// all; 0: every one. While a sitting is open SQLite looks for each through everything.
	Alone int
}

// Check reads the whole journal and judges. An error means that it could not be read;
// what is wrong with it is in the report.
func Check(ctx context.Context, c Case) (*Report, error) {
	r := &Report{Acked: len(c.Acked), Longest: c.Longest}
	streams, err := read(ctx, c.Journal, r)
	if err != nil {
		return nil, err
	}
	apart := 1
	if c.Alone > 0 {
		apart += len(streams.all) / c.Alone
	}
	for i, s := range streams.all {
		if i%apart == 0 {
			s.readBack(ctx, c.Journal, streams.last, r)
		}
		if strings.HasPrefix(s.name, engine.AttemptStream) {
			r.Attempts++
			s.operations(r)
			s.clock(c.Grace, r)
		}
	}
	if c.Gaps != nil {
		outages(&c, streams, r)
	}
	for i := range c.Acked {
		judge(&c.Acked[i], streams.by, r)
	}
	for i := range c.Exams {
		c.Exams[i].compare(streams, r)
	}
	return r, nil
}

// stream is what the tail says of one stream.
type stream struct {
	name   string
	events []event
	hash   engine.Hash
	broken bool           // the chain, from some version on
	byOp   map[string]int // index of the event that carries the operation first
}

type event struct {
	engine.Event
	n   int
	pos engine.Pos
}

type streams struct {
	all  []*stream // in the order of their first record
	by   map[string]*stream
	last engine.Pos
}

// read follows the journal's tail from its beginning.
func read(ctx context.Context, j engine.Journal, r *Report) (*streams, error) {
	found := &streams{by: make(map[string]*stream)}
	for {
		records, err := j.Tail(ctx, found.last, 8192)
		if err != nil {
			return nil, fmt.Errorf("read the journal after position %d: %w", found.last, err)
		}
		if len(records) == 0 {
			return found, nil
		}
		for _, rec := range records {
			if rec.Pos <= found.last {
				r.Holes.add("position %d comes after %d", rec.Pos, found.last)
			}
			found.last = max(found.last, rec.Pos)
			s := found.by[rec.Stream]
			if s == nil {
				s = &stream{name: rec.Stream, hash: engine.FirstHash(rec.Stream), byOp: make(map[string]int)}
				found.by[rec.Stream] = s
				found.all = append(found.all, s)
				r.Streams++
			}
			s.take(rec, r)
			r.Events++
		}
	}
}

// take adds a record: it must follow the one before by version, by hash and in time.
func (s *stream) take(rec engine.Record, r *Report) {
	e, err := engine.Decode(rec.Body)
	if err != nil {
		r.Holes.add("%s version %d at position %d cannot be read: %v", s.name, rec.N, rec.Pos, err)
	}
	n := 0
	if len(s.events) > 0 {
		last := s.events[len(s.events)-1]
		n = last.n
		if e.At < last.At {
			r.Holes.add("%s version %d is stamped before the version it follows", s.name, rec.N)
		}
	}
	if rec.N != n+1 {
		r.Holes.add("%s: version %d at position %d follows version %d", s.name, rec.N, rec.Pos, n)
	}
	s.hash = s.hash.Chain(rec.Body)
	if s.hash != rec.Hash && !s.broken {
		s.broken = true
		r.Holes.add("%s version %d at position %d is not what was hashed", s.name, rec.N, rec.Pos)
	}
	s.events = append(s.events, event{Event: e, n: rec.N, pos: rec.Pos})
}

// readBack reads the stream by itself: up to the tail's last position it must be what the
// tail told.
func (s *stream) readBack(ctx context.Context, j engine.Journal, last engine.Pos, r *Report) {
	i := 0
	err := j.Read(ctx, s.name, 0, func(rec engine.Record) error {
		if rec.Pos > last {
			return nil // the server goes on
		}
		if i >= len(s.events) || rec.N != s.events[i].n || rec.Pos != s.events[i].pos {
			return fmt.Errorf("version %d at position %d is not in the tail", rec.N, rec.Pos)
		}
		i++
		return nil
	})
	switch {
	case err != nil:
		r.Holes.add("%s read by itself: %v", s.name, err)
	case i < len(s.events):
		r.Holes.add("%s read by itself ends at version %d of %d", s.name, i, len(s.events))
	}
}

// operations looks for those that took effect twice.
func (s *stream) operations(r *Report) {
	for i := range s.events {
		e := &s.events[i]
		if e.Op == "" {
			continue
		}
		op := strings.ToLower(e.Op)
		if first, ok := s.byOp[op]; ok {
			r.Twice.add("%s: operation %s is version %d and version %d", s.name, op, s.events[first].n, e.n)
			continue
		}
		s.byOp[op] = i
		r.Stored++
	}
}

// judge looks for an acknowledged operation in its stream.
func judge(a *crowd.Acked, by map[string]*stream, r *Report) {
	s := by[engine.AttemptStream+a.Attempt]
	if s == nil {
		r.Lost.add("%s: no event of attempt %s", a.Op, a.Attempt)
		return
	}
	i, ok := s.byOp[a.Op.String()]
	if !ok {
		r.Lost.add("%s: operation %s was acknowledged as version %d at %s, and is nowhere", s.name, a.Op, a.N, a.At.Format(time.RFC3339Nano))
		return
	}
	switch e := &s.events[i]; {
	case e.n != a.N:
		r.Differs.add("%s: operation %s was acknowledged as version %d and is version %d", s.name, a.Op, a.N, e.n)
	case e.Q != a.Q || e.C != a.C || e.On != a.On || !counts(e.Kind, a):
		r.Differs.add("%s version %d: %q for question %d was acknowledged, %s %q for question %d is stored", s.name, e.n, a.C, a.Q, e.Kind, e.C, e.Q)
	case e.At.Time().UnixMilli() != a.At.UnixMilli():
		r.Differs.add("%s version %d was acknowledged as of %s and is stamped %s", s.name, e.n, a.At.Format(time.RFC3339Nano), e.At)
	}
}

// counts says whether an event of the kind is what an acknowledgement promises.
func counts(k engine.Kind, a *crowd.Acked) bool {
	switch {
	case a.Mark:
		return k == engine.Marked
	case a.Q == 0:
		return k == engine.Finished
	case a.C == "":
		return k == engine.Cleared
	}
	return k == engine.Answered
}
