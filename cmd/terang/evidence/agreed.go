package evidence

import (
	"context"
	"time"

	"terang/engine"
	"terang/proctor"
)

// crossing is how far two records of different streams may stand the wrong way round: a
// change was decided by one, and while it was written another node opened the first check-in.
const crossing = 10 * time.Second

// agreement follows what of the exam's own stream takes two people. Its places and its
// roster do once the roster is frozen or the first check-in was opened, and wherever the
// exam's policy says so.
type agreement struct {
	v      *evidence
	policy engine.Policy
	frozen bool
	opened *engine.Event // the first check-in, nil if there was none
	openAt engine.Pos
	pairs  engine.Pairs
	two    int
}

// agreed holds what was done to the exam as a whole against who had to agree to it. Two
// names are two only if they differ; where the second agreed by an approval, and not at the
// same desk, the names are those of the proposal and of its approval.
func (v *evidence) agreed(context.Context, *Case) error {
	a := &agreement{v: v}
	for i := range v.recorded {
		if t := &v.recorded[i]; t.Event.Kind == engine.CheckinOpened && (a.opened == nil || t.Record.Pos < a.openAt) {
			a.opened, a.openAt = t.Event, t.Record.Pos
		}
	}
	for i := range v.events {
		if err := a.take(&v.events[i]); err != nil {
			return err
		}
	}
	v.report.did("agreed", "%d acts on the whole exam that take two people", a.two)
	return nil
}

func (a *agreement) take(e *decided) error {
	switch e.Kind {
	case engine.ExamDefined:
		body, err := a.v.fetch(e.Text)
		if err != nil {
			return err
		}
		def, err := engine.ParseDefinition(body)
		if err != nil {
			return err
		}
		a.policy = def.Policy
	case engine.RosterFrozen:
		a.frozen = true
	}
	if why := a.takes(e); why != "" {
		a.two++
		if e.Two == "" || e.Two == e.By {
			a.add(e, "is %s by the word of %q alone, %s", e.Kind, e.By, why)
		}
	}
	if n := a.pairs.Asked[e.Op]; e.Op != "" && n != 0 && !engine.IsStep(e.Kind) {
		a.approved(e, n)
	}
	a.pairs.Apply(&e.Event, e.n)
	return nil
}

// takes says why an act takes two people, "" if one is enough.
func (a *agreement) takes(e *decided) string {
	act := ""
	switch e.Kind {
	case engine.PlacesChanged:
		act = engine.ActPlaces
	case engine.RosterLoaded:
		act = engine.ActRoster
	default:
		if proctor.AlwaysTwo(e.Kind) {
			return "and it always takes two people"
		}
		return ""
	}
	switch {
	case a.policy.NeedsTwo(act):
		return "and the exam's policy asks for two people"
	case a.frozen:
		return "after the roster was frozen"
	case a.opened != nil && a.openAt < e.pos && e.At > a.opened.At.Add(crossing):
		return "after the first check-in was opened"
	}
	return ""
}

// approved holds an act that was proposed, as version n, against who proposed it and who
// approved it. One that was not approved may have been signed at the proposer's desk since.
func (a *agreement) approved(e *decided, n int) {
	agreed, ok := a.pairs.Approved[n]
	if ok && (e.By != agreed.Proposed.By || e.Two != agreed.Approved.By) {
		a.add(e, "is %s by %q and %q, version %d was proposed by %q and approved by %q", e.Kind, e.By, e.Two, n, agreed.Proposed.By, agreed.Approved.By)
	}
}

func (a *agreement) add(e *decided, format string, args ...any) {
	a.v.report.add("agreed", engine.ExamStream+a.v.manifest.Exam, "version %d "+format, append([]any{e.n}, args...)...)
}
