package evidence

import (
	"time"

	"terang/engine"
)

// alone follows the time of one candidate as single people moved it, by the fold that decided
// it: see engine.Attempt.TooMuchAlone and StoppedBeyond.
type alone struct {
	v       *evidence
	fold    *engine.Attempt
	earlier *engine.Attempt // by which earlier programs decided: no move counts
	stops   []stop          // of this candidate alone, since the clock began
}

// stop is a pause or a move, that the event of version n began.
type stop struct {
	n    int
	by   string
	move bool
	from engine.Instant
	to   engine.Instant // 0 while it goes on
}

func (v *evidence) alone(stream string) *alone {
	return &alone{v: v, fold: engine.NewAttempt(stream), earlier: engine.NewAttempt(stream)}
}

// take follows event n, and says whether it moves the time by more than its actor may alone.
func (t *alone) take(n int, e *engine.Event) (beyond bool) {
	switch e.Kind {
	case engine.Answered, engine.Cleared, engine.Marked, engine.Looked, engine.Held, engine.HeldDecided, engine.LateRefused:
		return false // these move no time
	case engine.TimeGiven, engine.CreditReversed:
		beyond = e.Two == "" && t.tooMuch(n, e)
	case engine.Paused:
		t.stops = append(t.stops, stop{n: n, by: e.By, from: e.From})
	case engine.Reopened:
		t.stops = append(t.stops, stop{n: n, by: e.By, from: e.At})
	case engine.DeviceMoved:
		t.ended(true, e.At)
		t.stops = append(t.stops, stop{n: n, by: e.By, move: true, from: e.At})
	case engine.DeviceBound:
		t.ended(true, e.At)
	case engine.Resumed:
		t.ended(false, e.To)
	case engine.Continued:
		t.ended(false, e.At)
		t.ended(true, e.At)
	case engine.Resat:
		t.end()
	}
	slim := *e
	slim.Op = ""
	t.fold.N, t.earlier.N = n-1, n-1
	t.fold.Apply(&slim, engine.Hash{})
	if e.Kind == engine.DeviceMoved {
		slim.Two = slim.By // then it is nobody's alone
	}
	t.earlier.Apply(&slim, engine.Hash{})
	return beyond
}

// tooMuch says whether an act is beyond what its actor may alone. What is so only by the moves is
// noted: an earlier program, which did not count them, let one person do it.
func (t *alone) tooMuch(n int, e *engine.Event) bool {
	policy := &t.v.parts.Def.Policy
	switch {
	case !t.fold.TooMuchAlone(e, policy):
		return false
	case t.earlier.TooMuchAlone(e, policy):
		return true
	}
	t.v.report.note(authority, t.fold.Stream, "version %d (%s) is by %q alone: with how long this candidate's clock stood by moves of the same person, that is more than one may give or take",
		n, e.Kind, e.By)
	return false
}

func (t *alone) ended(move bool, to engine.Instant) {
	for i := range t.stops {
		if p := &t.stops[i]; p.move == move && p.to == 0 {
			p.to = to
		}
	}
}

// end notes the pauses and moves that gave more than one person may, and that no other had a part
// in. It is no difference: the program lets a candidate go on, whoever is or is not there to sign.
func (t *alone) end() {
	for _, p := range t.stops {
		if !t.fold.StoppedBeyond(p.n, &t.v.parts.Def.Policy, p.to) {
			continue
		}
		did := "stopped this candidate's clock"
		if p.move {
			did = "moved this candidate to another computer, where nobody signed in"
		}
		t.v.report.note(authority, t.fold.Stream, "version %d: %q %s for %s, and no other person has confirmed it: with what the same person gave before, that is more than one may give",
			p.n, p.by, did, p.to.Sub(p.from).Round(time.Second))
	}
	t.stops = nil
}
