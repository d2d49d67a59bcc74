package evidence

import (
	"time"

	"terang/engine"
)

// alone follows the time of one candidate as single people moved it, by the fold that decided
// it: see engine.Attempt.TooMuchAlone and PausedBeyond.
type alone struct {
	v      *evidence
	fold   *engine.Attempt
	pauses []pause // of this candidate alone, since the clock began
}

// pause is the event that began one, of version n.
type pause struct {
	n    int
	by   string
	from engine.Instant
	to   engine.Instant // 0 while it goes on
}

// take follows event n, and says whether it moves the time by more than its actor may alone.
func (t *alone) take(n int, e *engine.Event) (beyond bool) {
	switch e.Kind {
	case engine.Answered, engine.Cleared, engine.Marked, engine.Looked, engine.Held, engine.HeldDecided, engine.LateRefused:
		return false // these move no time
	case engine.TimeGiven, engine.CreditReversed:
		beyond = e.Two == "" && t.fold.TooMuchAlone(e, &t.v.parts.Def.Policy)
	case engine.Paused:
		t.pauses = append(t.pauses, pause{n: n, by: e.By, from: e.From})
	case engine.Reopened:
		t.pauses = append(t.pauses, pause{n: n, by: e.By, from: e.At})
	case engine.Resumed:
		t.ended(e.To)
	case engine.Continued:
		t.ended(e.At)
	case engine.Resat:
		t.end()
	}
	slim := *e
	slim.Op = ""
	t.fold.N = n - 1
	t.fold.Apply(&slim, engine.Hash{})
	return beyond
}

func (t *alone) ended(to engine.Instant) {
	for i := range t.pauses {
		if p := &t.pauses[i]; p.to == 0 {
			p.to = to
		}
	}
}

// end notes the pauses that gave more than one person may, and that no other had a part in. It
// is no difference: the program lets a candidate go on, whoever is or is not there to sign.
func (t *alone) end() {
	for _, p := range t.pauses {
		if t.fold.PausedBeyond(p.n, &t.v.parts.Def.Policy, p.to) {
			t.v.report.note(authority, t.fold.Stream, "version %d: %q stopped this candidate's clock for %s, and no other person has confirmed it: with what the same person gave before, that is more than one may give",
				p.n, p.by, p.to.Sub(p.from).Round(time.Second))
		}
	}
	t.pauses = nil
}
