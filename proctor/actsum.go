package proctor

import (
	"strings"

	"terang/engine"
)

// ActSum is how often an account did an act at a sitting, and how much time it gave.
type ActSum struct {
	Sitting string `json:"sitting"` // EXAM.SITTING
	User    string `json:"user"`
	Act     string `json:"act"`
	Count   int    `json:"count"`
	MS      int64  `json:"ms"`
}

type doneBy struct{ user, act string }

// count adds what staff do to the sums. What attempts follow of the sitting's own turns is
// counted once, at the sitting.
func (m *Minutes) count(r engine.Record, e *engine.Event) {
	id, attempt := strings.CutPrefix(r.Stream, engine.AttemptStream)
	if !staffActed(e, attempt) {
		return
	}
	sitting := strings.TrimPrefix(r.Stream, engine.SittingStream)
	if attempt {
		p := m.people.Person(id)
		if p == nil {
			return
		}
		sitting = p.SittingID()
	}
	if m.did[sitting] == nil {
		m.did[sitting] = make(map[doneBy]*ActSum)
	}
	k := doneBy{e.By, ActOf(e)}
	s := m.did[sitting][k]
	if s == nil {
		s = &ActSum{Sitting: sitting, User: k.user, Act: k.act}
		m.did[sitting][k] = s
	}
	s.Count++
	switch e.Kind {
	case engine.TimeGiven:
		s.MS += e.MS
	case engine.GapCredited:
		s.MS += int64(e.To - e.From)
	}
}

// staffActed says whether an event is somebody's own act, and not the engine's, a
// candidate's, or an attempt's part in what was done to its sitting.
func staffActed(e *engine.Event, attempt bool) bool {
	follows := attempt && e.Ref != 0 && (e.Kind == engine.Started || e.Kind == engine.Paused || e.Kind == engine.Resumed)
	return e.By != "" && e.By != "engine" && e.By != "candidate" && !follows
}

// Acts are the sums of the sittings of an exam.
func (m *Minutes) Acts(exam string) (all []ActSum) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for sitting, sums := range m.did {
		if code, _, _ := strings.Cut(sitting, "."); code != exam {
			continue
		}
		for _, s := range sums {
			all = append(all, *s)
		}
	}
	return all
}
