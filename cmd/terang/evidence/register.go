package evidence

import (
	"context"

	"terang/engine"
	"terang/proctor"
)

// registered holds the register's people and formations against the hashes by which the
// exam's stream names both as they stand last: names, birth dates, needs and quotas decide
// ranks, and stand nowhere else.
func (v *evidence) registered(context.Context, *Case) error {
	var people, posts *decided
	for i := range v.events {
		switch e := &v.events[i]; e.Kind {
		case engine.RosterLoaded, engine.SittingChanged:
			people = e
		case engine.FormationsLoaded:
			posts = e
		}
	}
	v.same("roster", people, engine.SHA256(string(proctor.Canonical(v.roster))))
	v.same("formations", posts, proctor.FormationsHash(v.parts.Formations))
	v.report.did("register", "%d people and %d formations", len(v.roster), len(v.parts.Formations))
	return nil
}

// same reports what is not as an event named it. Journals of earlier programs name some
// states of a register by what was changed alone, which says nothing of the whole.
func (v *evidence) same(what string, e *decided, hash string) {
	if e == nil {
		return
	}
	want := e.Form
	if e.Kind == engine.RosterLoaded {
		want = e.Text
	}
	if want != "" && want != hash {
		v.report.add("register", "register.jsonl", "its %s has the SHA-256 %s, version %d of the exam's stream left one with %s", what, hash, e.n, want)
	}
}
