package evidence

import (
	"strings"
	"time"

	"terang/cmd/terang/checker"
	"terang/engine"
	"terang/questionbank"
	"terang/scoring"
)

// result is what an attempt's events are worth, computed here and not by the boards.
type result struct {
	number      string
	points      map[string]int // by section, by the key alone
	before      map[string]int // those of what is to be sat again and was not: nothing took its place in the log; nil: there is none
	started     bool
	finished    bool
	fingerprint engine.Hash // of the finish or disqualification that stands
	n           int
	last        engine.Pos
}

const attempts = "attempts"

// attempt checks one stream against everything that its events claim.
func (v *evidence) attempt(s *Stream) []engine.Event {
	records := s.records()
	report, events := checker.Alone(s.Name, records, time.Duration(v.exam.Rules.GraceMS)*time.Millisecond)
	if report.Faults() > 0 {
		v.report.add(attempts, s.Name, "%s", report.First())
		return nil
	}
	id := strings.TrimPrefix(s.Name, engine.AttemptStream)
	person, known := v.people[id]
	if !known {
		v.report.add(attempts, s.Name, "nobody in the roster has this attempt")
		return nil
	}
	forms, err := v.forms(id, person.Number, events)
	if err != nil {
		v.report.add(attempts, s.Name, "its form cannot be drawn again: %v", err)
		return nil
	}
	form, seen := forms[0].form, forms[0].seen
	got := &result{number: person.Number, n: len(events)}
	stands := make(map[int]scored) // by position
	held := make(map[int]scored)   // by version
	hash := engine.FirstHash(s.Name)
	way := v.newPath(s.Name, &person, events)
	clock := v.alone(s.Name)
	for i := range events {
		e := &events[i]
		v.act(s.Name, i+1, s.Events[i].Pos, way.where, e, clock.take(i+1, e))
		way.take(i+1, e, got.started)
		hash = hash.Chain(s.Events[i].Body)
		got.last = s.Events[i].Pos
		switch e.Kind {
		case engine.Started:
			got.started = true
			v.started(s, i+1, e, form, seen, person.Number)
		case engine.Answered, engine.Held, engine.LateRefused:
			worth, ok := v.answer(s, i+1, e, form)
			switch {
			case !ok:
			case e.Kind == engine.Answered:
				stands[e.Q] = worth
			case e.Kind == engine.Held:
				held[i+1] = worth
			}
		case engine.Cleared:
			delete(stands, e.Q)
		case engine.HeldDecided:
			v.heldDecided(s, i+1, e, held)
			if h, ok := held[e.Ref]; ok && e.On {
				stands[h.q] = h // worth nothing, if it takes an answer back
			}
		case engine.Finished, engine.Disqualified:
			got.finished, got.fingerprint, got.before = true, hash, nil
		case engine.Reopened:
			got.finished = false
		case engine.Resat:
			forms = forms[1:]
			form, seen = forms[0].form, forms[0].seen
			if want := leftOut(seen); e.Seen != want {
				v.report.add(attempts, s.Name, "version %d lets the next form leave out %q, what was met is %q", i+1, e.Seen, want)
			}
			got.started, got.finished = false, false
			if got.before == nil {
				got.before = pointsOf(stands)
			}
			clear(stands)
			clear(held)
		}
	}
	way.end(len(events))
	clock.end()
	got.points = pointsOf(stands)
	v.report.mu.Lock()
	v.results[id] = got
	v.lastSeen = max(v.lastSeen, got.last)
	v.report.mu.Unlock()
	v.remake(s.Name, records, events)
	return events
}

// scored is an answer and its worth.
type scored struct {
	q       int
	section string
	points  int
	option  string // canonical
}

// pointsOf adds up what stands, by section.
func pointsOf(stands map[int]scored) map[string]int {
	points := make(map[string]int)
	for _, a := range stands {
		points[a.section] += a.points
	}
	return points
}

// logged are the points that the log has last of an attempt.
func (r *result) logged() map[string]int {
	if r.before != nil {
		return r.before
	}
	return r.points
}

// givenForm is a form that a person was given, with what it leaves out.
type givenForm struct {
	form *engine.Form
	seen []string
}

// forms are those of an attempt, one more than it was repeated. The list of what was met
// ends with the items of the forms that do not count any more.
func (v *evidence) forms(id, number string, events []engine.Event) ([]givenForm, error) {
	times := 0
	for i := range events {
		if events[i].Kind == engine.Resat {
			times++
		}
	}
	all, met := []givenForm{}, v.parts.Seen[id]
	for left := times; left >= 0; left-- {
		seen := met
		if len(all) == 0 && left > 0 {
			last, err := v.parts.Plan.Assemble(v.parts.Seed, v.parts.Def.Code+"/"+number, met)
			if err != nil {
				return nil, err
			}
			seen = met[:max(0, len(met)-left*last.Len())]
		} else if n := len(all); n > 0 {
			seen = met[:min(len(met), len(all[n-1].seen)+all[n-1].form.Len())]
		}
		form, err := v.parts.Plan.Assemble(v.parts.Seed, v.parts.Def.Code+"/"+number, seen)
		if err != nil {
			return nil, err
		}
		all = append(all, givenForm{form, seen})
	}
	return all, nil
}

// leftOut names a list of items that a form leaves out, "" for none.
func leftOut(seen []string) string {
	if len(seen) == 0 {
		return ""
	}
	return questionbank.SeenHash(seen)
}

// started holds the start against what the exam gave everybody.
func (v *evidence) started(s *Stream, n int, e *engine.Event, form *engine.Form, seen []string, number string) {
	p := &v.parts
	wantSeen := leftOut(seen)
	for _, c := range []struct{ what, got, want string }{
		{"number", e.Number, number},
		{"plan", e.Plan, p.Plan.Hash()},
		{"seed", e.Seed, engine.SHA256(string(p.Seed))},
		{"list of items met before", e.Seen, wantSeen},
		{"form", e.Form, form.ETag},
	} {
		if c.got != c.want {
			v.report.add(attempts, s.Name, "version %d began with the %s %q, the exam gives %q", n, c.what, c.got, c.want)
		}
	}
}

// answer holds an answer against the form that was drawn again.
func (v *evidence) answer(s *Stream, n int, e *engine.Event, form *engine.Form) (scored, bool) {
	place, ok := form.Place(e.Q)
	if !ok {
		v.report.add(attempts, s.Name, "version %d answers position %d, which the form does not have", n, e.Q)
		return scored{}, false
	}
	option, ok := place.Option(e.C)
	if e.C == "" && e.Kind != engine.Answered {
		option, ok = "", true // it takes an answer back
	}
	if !ok || e.Item != place.Item.ID || e.Option != option {
		v.report.add(attempts, s.Name, "version %d says that %q at position %d is option %s of %s; on the form it is %s of %s", n, e.C, e.Q, e.Option, e.Item, option, place.Item.ID)
		return scored{}, false
	}
	return scored{e.Q, place.Item.Section, v.key[place.Item.ID][option], option}, true
}

// heldDecided holds a decision against what was held: whoever follows the public log takes the
// place and the option from the decision.
func (v *evidence) heldDecided(s *Stream, n int, e *engine.Event, held map[int]scored) {
	if h, ok := held[e.Ref]; !ok || h.q != e.Q || h.option != e.Option {
		v.report.add(attempts, s.Name, "version %d decides %q at position %d, which version %d did not hold", n, e.Option, e.Q, e.Ref)
	}
}

// records are the stream's events as a journal gives them. Only the last has a hash beside
// it in an export; the others' are what they must be.
func (s *Stream) records() []engine.Record {
	out := make([]engine.Record, len(s.Events))
	hash := engine.FirstHash(s.Name)
	for i, e := range s.Events {
		hash = hash.Chain(e.Body)
		out[i] = engine.Record{Stream: s.Name, N: i + 1, Pos: e.Pos, Body: e.Body, Hash: hash}
	}
	if len(out) > 0 {
		out[len(out)-1].Hash = s.Head
	}
	return out
}

// compare holds the boards' result against the one computed here.
func (v *evidence) compare(r *scoring.Result) {
	got := v.results[r.Attempt]
	switch {
	case got == nil && r.Answered == 0 && !r.Finished:
		return // never came
	case got == nil:
		v.report.add("scores", r.Number, "the boards know of answers, the export has no events of attempt %s", r.Attempt)
		return
	}
	for i, section := range v.exam.Rules.Sections {
		if want := got.points[section.Code]; int(r.Raw[i]) != want {
			v.report.add("scores", r.Number, "%s is %d by the boards' way, %d by the answers alone", section.Code, r.Raw[i], want)
		}
	}
}
