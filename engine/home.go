package engine

import (
	"cmp"
	"context"
	"fmt"
	"strings"
)

// A stream has one home journal; others hold copies. The centre's journal is everybody's
// home until two people hand a sitting over to a site: from HandedOver on, the stream of the
// sitting and those of its attempts are written by the site's journal alone, which needs
// nobody else to start, answer and finish. With SittingClosed, or TakenBack, they come home.
// What a copy has at a version, and the home has otherwise, is never two truths: it is an
// alarm for whoever brings them together.

// Centre is the Field of a NotHome that leads to the centre.
const Centre = "centre"

// elsewhere is which journal is the home of a sitting: the code of a site, or Centre; "" is
// this one.
func (h *Hall) elsewhere(s *Sitting) string {
	switch {
	case h.site == "":
		return s.Home
	case s.Stream != h.home || s.Home == "":
		return Centre
	}
	return ""
}

// HomeOf is which journal holds a sitting EXAM.SITTING of which this one has a copy: the code of
// a site, or Centre; "" is this one.
func (h *Hall) HomeOf(sitting string) string { return h.elsewhere(h.Sitting(sitting).State()) }

// holds refuses to write what another journal is the home of.
func (h *Hall) holds(s *Sitting) error {
	if home := h.elsewhere(s); home != "" {
		return refuseField(NotHome, home)
	}
	return nil
}

// Holds refuses, as every append does, what would be written to a sitting EXAM.SITTING that
// another journal is the home of.
func (h *Hall) Holds(sitting string) error { return h.holds(h.Sitting(sitting).State()) }

// Here says whether this journal is the home of the sitting.
func (r *Room) Here() bool { return r.hall.holds(r.State()) == nil }

// away refuses what would be written to an attempt whose home is another journal. Called
// with the lock held.
func (l *Live) away() error {
	room := l.room
	if room == nil || room.ID != l.state.Sitting {
		room = l.hall.known(cmp.Or(l.state.Sitting, l.terms.Expected))
	}
	switch {
	case room != nil:
		return l.hall.holds(room.State())
	case l.hall.site != "":
		return refuseField(NotHome, Centre)
	}
	return nil
}

// Handing is who hands a sitting over, or takes it back, and why.
type Handing struct {
	Op, By, Two string
	Why, Text   string // code of the reason, and hash of its words
	At          Instant
}

func (g *Handing) event(k Kind, s *Sitting) Event {
	return Event{Kind: k, At: max(g.At, s.At), By: g.By, Two: g.Two, Op: g.Op, Why: g.Why, Text: g.Text}
}

// HandOver makes a site's journal the home of a sitting that has not begun, and of its
// attempts. It is refused while anything of it is under way here.
func (r *Room) HandOver(site string, g Handing) error {
	begun := ""
	for _, l := range r.Members() {
		l.View(func(a *Attempt, t *Terms) {
			if cmp.Or(a.Sitting, t.Expected) == r.ID && (a.State != Assigned || a.Ledger.From != 0) {
				begun = string(a.State)
			}
		})
	}
	_, err := r.Append(g.Op, func(s *Sitting) ([]Event, error) {
		switch {
		case s.Phase != Planned:
			return nil, refuseField(WrongState, string(s.Phase))
		case begun != "":
			return nil, refuseField(WrongState, "begun")
		case len(s.Pairs.Open)+len(s.Pairs.Approved) > 0:
			return nil, refuseField(WrongState, "proposals")
		}
		e := g.event(HandedOver, s)
		e.Act = site
		return []Event{e}, nil
	})
	return err
}

// TakeBack makes the centre's journal the home again of a sitting that a site has.
// collected says that a part of what happened there has come: then lost has to say that the
// rest is given up.
func (r *Room) TakeBack(g Handing, collected, lost bool) error {
	_, err := r.append(g.Op, func(s *Sitting) ([]Event, error) {
		switch {
		case r.hall.site != "":
			return nil, refuseField(NotHome, Centre)
		case s.Home == "":
			return nil, refuseField(WrongState, "home")
		case collected && !lost:
			return nil, refuseField(WrongState, "collected")
		}
		e := g.event(TakenBack, s)
		e.On = collected
		return []Event{e}, nil
	})
	return err
}

// Homed is a journal that is the home of some streams only: whoever would append to another
// is refused, and nothing of that batch is stored. Reading is the journal's own.
type Homed struct {
	Journal
	Home func(stream string) bool
}

// Owns refuses to append to a stream whose home is elsewhere.
func (j *Homed) Owns(stream string) error {
	if j.Home(stream) {
		return nil
	}
	return fmt.Errorf("stream %s is the centre's, and this journal a site's, which holds one sitting: do this at the centre: %w", stream, refuseField(NotHome, Centre))
}

// TailInto implements Follower.
func (j *Homed) TailInto(ctx context.Context, after Pos, room []Record) ([]Record, error) {
	return tailInto(ctx, j.Journal, after, room)
}

// Append implements Journal.
func (j *Homed) Append(ctx context.Context, runs []Run) ([]Outcome, error) {
	for i := range runs {
		if err := j.Owns(runs[i].Stream); err != nil {
			return nil, err
		}
	}
	return j.Journal.Append(ctx, runs)
}

// OfSite says whether a stream is a site's own, whatever becomes of its sitting: its journal's, or
// one of what staff read and of who signed in there.
func OfSite(stream string) bool {
	return strings.HasPrefix(stream, SiteStream) || strings.HasPrefix(stream, AuditStream+"@")
}

// SiteHome says of which streams the journal of a site is the home: the sitting EXAM.SITTING,
// its attempts, and what is its own: its stream, and those of what staff read and of who
// signed in there, which begin with prefix.
func SiteHome(sitting, own, audit string, attempts map[string]bool) func(stream string) bool {
	return func(stream string) bool {
		if id, ok := strings.CutPrefix(stream, AttemptStream); ok {
			return attempts[id]
		}
		return stream == SittingStream+sitting || stream == own || strings.HasPrefix(stream, audit)
	}
}
