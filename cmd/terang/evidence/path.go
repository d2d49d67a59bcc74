package evidence

import (
	"slices"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
)

// path follows an attempt from sitting to sitting, and what it was given before its start.
type path struct {
	v      *evidence
	stream string
	person *proctor.Person
	where  string        // EXAM.SITTING where it is expected now
	free   bool          // it was transferred and has not come since: a later roster may expect it elsewhere
	extra  time.Duration // that it starts with, by the roster or by two people
	doubts []string      // who raised those that wait for a decision
	upheld *engine.Event // that waits for its disqualification
}

// newPath begins where the person was expected before anybody gave them another sitting:
// the roster names where they went in the end.
func (v *evidence) newPath(stream string, p *proctor.Person, events []engine.Event) *path {
	w := &path{v: v, stream: stream, person: p, where: p.SittingID(), extra: time.Duration(p.ExtraMinutes) * time.Minute}
	for i := range events {
		if e := &events[i]; moves(e) {
			w.where = e.Act
			break
		}
	}
	return w
}

func moves(e *engine.Event) bool {
	return e.Kind == engine.Transferred || e.Kind == engine.Continued || e.Kind == engine.Resat
}

func (w *path) add(n int, format string, args ...any) {
	w.v.report.add(attempts, w.stream, "version %d "+format, append([]any{n}, args...)...)
}

// take follows event n.
func (w *path) take(n int, e *engine.Event, started bool) {
	if w.upheld != nil && e.Kind != engine.Disqualified {
		w.add(n, "comes after a doubt that was upheld, and nobody was disqualified")
	}
	w.upheld = nil
	switch e.Kind {
	case engine.CheckedIn:
		if e.Sitting != w.where && !(w.free && e.Sitting == w.person.SittingID()) {
			w.add(n, "is a check-in at %s of somebody who was expected at %s", e.Sitting, w.where)
		}
		w.where, w.free = e.Sitting, false
	case engine.Transferred, engine.Continued:
		w.moved(n, e, started)
	case engine.Resat:
		if e.Two == "" || e.Two == e.By {
			w.add(n, "lets somebody sit again by the word of %q alone", e.By)
		}
		w.moved(n, e, started)
		w.doubts = nil
	case engine.Adjusted:
		given, err := engine.ParseAdjustment(e.Form)
		switch {
		case err != nil:
			w.add(n, "%v", err)
		case started:
			w.add(n, "adjusts an attempt that has begun")
		case e.Two == "" || e.Two == e.By:
			w.add(n, "adjusts by the word of %q alone", e.By)
		}
		w.extra = given.Extra
	case engine.Started:
		if want := w.extra.Milliseconds(); e.Extra != want {
			w.add(n, "began with %d ms on top of everybody's, roster and adjustments give %d", e.Extra, want)
		}
		if want := w.length().Milliseconds(); e.MS != want {
			w.add(n, "began with a length of %d ms, the exam gives %d", e.MS, want)
		}
	case engine.DoubtRaised:
		w.doubts = append(w.doubts, e.By)
	case engine.DoubtDecided:
		switch k := len(w.doubts) - 1; {
		case k < 0:
			w.add(n, "decides a doubt that nobody had raised")
		case e.By == w.doubts[k]:
			w.add(n, "decides a doubt by %q, who had raised it", e.By)
		case slices.Contains(w.doubts, e.By): // earlier programs asked who had raised the newest
			w.v.report.note(attempts, w.stream, "version %d decides doubts by %q, who had raised one of them before the newest", n, e.By)
		}
		w.doubts = nil
		if e.Why == engine.Upheld {
			w.upheld = e
		}
	}
}

// moved is somebody who was given another sitting: from where they were expected, by two.
func (w *path) moved(n int, e *engine.Event, started bool) {
	switch exam, _, _ := strings.Cut(e.Sitting, "."); {
	case e.Act != w.where && !(w.free && w.known(e.Act)):
		w.add(n, "moves from %s to %s somebody who was expected at %s", e.Act, e.Sitting, w.where)
	case exam != w.v.parts.Def.Code || !w.known(e.Sitting):
		w.add(n, "moves to %s, which this exam does not have", e.Sitting)
	case e.Kind != engine.Resat && started != (e.Kind == engine.Continued):
		w.add(n, "is %s, and whether the attempt had begun is %v", e.Kind, started)
	}
	w.where, w.free = e.Sitting, e.Kind == engine.Transferred
}

// end holds the last place against the roster.
func (w *path) end(n int) {
	if w.upheld != nil {
		w.add(n, "upholds a doubt, and nobody was disqualified")
	}
	if w.where != w.person.SittingID() && !w.free {
		w.add(n, "is the last of an attempt at %s, the roster says %s", w.where, w.person.SittingID())
	}
}

func (w *path) known(id string) bool {
	for _, s := range w.v.parts.Def.Sittings {
		if w.v.parts.Def.Code+"."+s.Code == id {
			return true
		}
	}
	return false
}

// length is everybody's at the sitting where the attempt is expected.
func (w *path) length() time.Duration {
	for _, s := range w.v.parts.Def.Sittings {
		if w.v.parts.Def.Code+"."+s.Code == w.where && s.Minutes > 0 {
			return time.Duration(s.Minutes) * time.Minute
		}
	}
	return w.v.parts.Rules.Length()
}
