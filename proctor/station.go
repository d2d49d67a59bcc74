package proctor

import (
	"strings"
	"sync"
	"time"

	"terang/engine"
)

// Station folds what supervisors see beside the attempts' presence: doubts, credits,
// alerts, incidents. It is an engine.Sink: it hears only what is committed, in order, and
// from every node, and showing it never waits for the journal.
type Station struct {
	people *People

	mu        sync.RWMutex
	attempts  map[string]*watch
	incidents map[string][]Incident // by sitting

	floor // seats that cannot be used, who went to another sitting, advisory signals

	heard map[string]engine.Presence // by attempt, as nodes have noted it
	asked map[string]engine.Instant  // by sitting
	stirs map[string]bool            // sittings of which more is to be shown than answers

	say func(attempt string) // see Door.Warns; nil until then
}

// watch is one attempt as a supervisor watches it.
type watch struct {
	fold       *engine.Attempt // without the answers themselves
	clearedAt  engine.Instant  // of the newest PIN or unlock
	unlockedAt engine.Instant  // of the newest unlock
	lockedAt   engine.Instant  // after too many wrong PINs, 0 if not
	seatedAt   engine.Instant  // when the person came to the seat that is theirs now
	spokeAt    engine.Instant  // of the newest event that the page itself caused
	restedAt   engine.Instant  // when a break last ended by itself, 0 if none did
	twoDevices bool
	answers    []answerWatch // by position - 1
	restless   bool          // an item was changed three times or more

	told map[string]engine.Instant // by code: of the newest incident that a door noted
}

type answerWatch struct {
	c       byte // letter that stands, 0 if none ever did, '-' if it was cleared
	changes uint8
}

// Incident is something that went wrong, as it stands in the minutes.
type Incident struct {
	N      int    `json:"n"`
	At     string `json:"at"`
	By     string `json:"by"`
	Why    string `json:"why"`
	Seat   string `json:"seat,omitempty"`
	Number string `json:"number,omitempty"`
	Text   string `json:"text,omitempty"` // the words; in the fold their hash
}

// Codes of incidents that the engine's doors note by themselves.
const (
	AlertTwoDevices = "two_devices"
	AlertLocked     = "locked"
	AlertInsecure   = "insecure_lan" // plain http on a closed network: noted once, for the minutes
)

// restlessFrom is how many changes of one answer are worth a look.
const restlessFrom = 3

// NewStation returns a station that has seen nothing; hand it to NewHall as a sink. The
// people must be loaded before the hall recovers.
func NewStation(p *People) *Station {
	return &Station{
		people: p, attempts: map[string]*watch{}, incidents: map[string][]Incident{},
		heard: map[string]engine.Presence{}, asked: map[string]engine.Instant{}, stirs: map[string]bool{}, floor: newFloor(),
	}
}

// ApplyActs takes in acts of candidates; see engine.ActSink.
func (s *Station) ApplyActs(records []engine.Record, events []engine.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range records {
		s.attempt(strings.TrimPrefix(r.Stream, engine.AttemptStream), r, &events[i])
	}
}

// Apply takes in a committed record.
func (s *Station) Apply(r engine.Record, e *engine.Event) {
	for _, attempt := range s.apply(r, e) {
		go s.warn(attempt) // the journal's tail waits for no page
	}
}

// apply returns the attempts that another device wants, where that was not known here.
func (s *Station) apply(r engine.Record, e *engine.Event) (wanted []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, ok := strings.CutPrefix(r.Stream, engine.AttemptStream); ok {
		s.attempt(id, r, e)
	} else if id, ok := strings.CutPrefix(r.Stream, engine.SittingStream); ok {
		s.stirs[id] = e.Kind != engine.SettledTo || s.stirs[id]
		switch e.Kind {
		case engine.IncidentNoted:
			wanted = s.incident(id, r.N, e)
		case engine.SeatMarked:
			s.seatMarked(s.people, id, e)
		case engine.Flagged, engine.FlagDecided:
			s.flagged(id, r.N, e)
		}
	}
	return wanted
}

// warn tells the device that holds an attempt that another one wants it.
func (s *Station) warn(attempt string) {
	s.mu.RLock()
	say := s.say
	s.mu.RUnlock()
	if say != nil {
		say(attempt)
	}
}

func (s *Station) watch(id string) *watch {
	w := s.attempts[id]
	if w == nil {
		w = &watch{fold: engine.NewAttempt(engine.AttemptStream + id)}
		s.attempts[id] = w
	}
	return w
}

func (s *Station) attempt(id string, r engine.Record, e *engine.Event) {
	w := s.watch(id)
	switch e.Kind {
	case engine.Answered, engine.Cleared, engine.Looked, engine.Marked:
		// The answers stay with the attempt's holder: here their number and links suffice.
		w.fold.N, w.fold.Hash, w.fold.At = r.N, r.Hash, max(w.fold.At, e.At)
		w.spokeAt = e.At
		if e.Kind == engine.Answered || e.Kind == engine.Cleared {
			w.answered(e)
		}
		return
	case engine.CheckedIn, engine.Unlocked:
		w.clearedAt = max(w.clearedAt, e.At)
		if e.Kind == engine.Unlocked {
			w.unlockedAt = max(w.unlockedAt, e.At)
		}
		if w.lockedAt <= e.At { // the tail may bring this behind a newer lock
			w.lockedAt = 0
		}
	case engine.Resumed:
		if e.By == "engine" && e.Why == engine.WhyBreak {
			w.restedAt = e.At
		}
	case engine.Transferred, engine.Continued, engine.Resat:
		w.twoDevices = false
		s.leaves(id, w.fold.Seat, e)
	case engine.SignedIn, engine.Released, engine.DeviceMoved, engine.Finished, engine.Disqualified:
		w.twoDevices = false
		clear(w.told) // whoever is let in is where they should be
	}
	s.stirs[w.fold.Sitting] = true
	slim := *e
	slim.Op = "" // nobody asks a station whether an operation was accepted
	seat := w.fold.Seat
	if w.fold.Apply(&slim, r.Hash); w.fold.Seat != seat {
		w.seatedAt = e.At
	}
	s.stirs[w.fold.Sitting] = true // where it is now
}

// Stirred says whether something has happened at a sitting, beside answers, since it was
// last asked.
func (d *Desk) Stirred(sitting string) bool {
	d.station.mu.Lock()
	defer d.station.mu.Unlock()
	stirred := d.station.stirs[sitting]
	delete(d.station.stirs, sitting)
	return stirred
}

// stayed says whether somebody has sat at their seat since an instant. A proposal names people;
// one that an earlier version kept may name a seat, and means who sat there when it was made.
func (s *Station) stayed(c *chair, since engine.Instant) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	w := s.attempts[c.person.Attempt]
	return w != nil && w.fold.Seat == c.seat && w.seatedAt <= since
}

func (w *watch) answered(e *engine.Event) {
	for len(w.answers) < e.Q {
		w.answers = append(w.answers, answerWatch{})
	}
	c := byte('-')
	if e.C != "" {
		c = e.C[0]
	}
	a := &w.answers[e.Q-1]
	if a.c != 0 && a.c != c && a.changes < restlessFrom {
		a.changes++
		w.restless = w.restless || a.changes >= restlessFrom
	}
	a.c = c
}

func (s *Station) incident(sitting string, n int, e *engine.Event) (wanted []string) {
	s.incidents[sitting] = append(s.incidents[sitting], Incident{
		N: n, At: e.At.String(), By: e.By, Why: e.Why, Seat: e.Seat, Number: e.Number, Text: e.Text,
	})
	exam, _, _ := strings.Cut(sitting, ".")
	if e.By != "engine" || e.Number == "" {
		return nil
	}
	for _, p := range s.people.Find(e.Number, exam) {
		w := s.watch(p.Attempt)
		switch e.Why {
		case AlertLocked:
			if e.At > w.clearedAt {
				w.lockedAt = e.At
			}
		case AlertTwoDevices:
			if !w.twoDevices {
				wanted = append(wanted, p.Attempt)
			}
			w.twoDevices = true
		default:
			w.tell(e.Why, e.At)
		}
	}
	return wanted
}

// LockFor is how long a number stays locked after too many wrong PINs, if no supervisor
// unlocks it.
const LockFor = 15 * time.Minute

// lock notes a lock at once, before its incident has come back from the journal. It
// returns false if it was known.
func (s *Station) lock(attempt string, now engine.Instant) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.watch(attempt)
	if w.lockedAt != 0 && now < w.lockedAt.Add(LockFor) {
		return false
	}
	w.lockedAt = now
	return true
}

// unlocked lifts a lock at once.
func (s *Station) unlocked(attempt string, now engine.Instant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.watch(attempt)
	w.clearedAt, w.unlockedAt, w.lockedAt = max(w.clearedAt, now), max(w.unlockedAt, now), 0
}

// locked returns how long the attempt stays locked, and the unlock since which tries of one
// PIN count: it is known here at once, when the tail brings a PIN is not.
func (s *Station) locked(attempt string, now engine.Instant) (time.Duration, engine.Instant) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	w := s.attempts[attempt]
	if w == nil {
		return 0, 0
	}
	if w.lockedAt == 0 {
		return 0, w.unlockedAt
	}
	return max(0, w.lockedAt.Add(LockFor).Sub(now)), w.unlockedAt
}

// second notes that another device wants an attempt; false if that was known.
func (s *Station) second(attempt string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.watch(attempt)
	known := w.twoDevices
	w.twoDevices = true
	return !known
}

// Incidents lists a sitting's incidents in order; Text holds hashes.
func (s *Station) Incidents(sitting string) []Incident {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return append([]Incident{}, s.incidents[sitting]...)
}
