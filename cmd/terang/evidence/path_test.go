package evidence

import (
	"strings"
	"testing"

	"terang/engine"
	"terang/proctor"
	"terang/web"
)

// Who was transferred and has not come may be placed anew by a later roster, which says so in
// one record for all. Nobody else is found where the attempt did not go.
func TestARosterMayFollowATransfer(t *testing.T) {
	t.Parallel()
	comes := func(at string) engine.Event { return engine.Event{Kind: engine.CheckedIn, Sitting: "e." + at} }
	moves := func(kind engine.Kind, from, to string) engine.Event {
		return engine.Event{Kind: kind, Act: "e." + from, Sitting: "e." + to}
	}
	begins := engine.Event{Kind: engine.Started, MS: 60_000}
	for _, c := range []struct {
		name, at, want string
		events         []engine.Event
	}{
		{"transferred, then placed anew", "s3", "", []engine.Event{moves(engine.Transferred, "s1", "s2"), comes("s3")}},
		{"and never came", "s3", "", []engine.Event{moves(engine.Transferred, "s1", "s2")}},
		{"placed anew between two transfers", "s1", "", []engine.Event{moves(engine.Transferred, "s1", "s2"), moves(engine.Transferred, "s3", "s1"), comes("s1")}},
		{"came elsewhere than roster and transfer say", "s3", "check-in at e.s1", []engine.Event{moves(engine.Transferred, "s1", "s2"), comes("s1")}},
		{"placed anew after they came", "s3", "the roster says e.s3", []engine.Event{moves(engine.Transferred, "s1", "s2"), comes("s2")}},
		{"begun, then placed anew", "s3", "the roster says e.s3", []engine.Event{comes("s1"), begins, moves(engine.Continued, "s1", "s2")}},
		{"from a sitting that there is not", "s1", "moves from e.s9", []engine.Event{moves(engine.Transferred, "s1", "s2"), moves(engine.Transferred, "s9", "s1")}},
	} {
		v := &evidence{report: new(Report), parts: web.ExamParts{Def: &engine.Definition{Code: "e"}}}
		for _, code := range []string{"s1", "s2", "s3"} {
			v.parts.Def.Sittings = append(v.parts.Def.Sittings, engine.SittingDef{Code: code, Minutes: 1})
		}
		w := v.newPath("attempt/x", &proctor.Person{Exam: "e", Sitting: c.at}, c.events)
		started := false
		for i := range c.events {
			w.take(i+1, &c.events[i], started)
			started = started || c.events[i].Kind == engine.Started
		}
		w.end(len(c.events))
		var said []string
		for _, d := range v.report.differences {
			said = append(said, d.What)
		}
		if (c.want == "") != (len(said) == 0) || !strings.Contains(strings.Join(said, "; "), c.want) {
			t.Errorf("%s: %q, want %q", c.name, said, c.want)
		}
	}
}
