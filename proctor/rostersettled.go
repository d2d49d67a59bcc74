package proctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"terang/engine"
)

// stage is how far somebody's exam has come, as far as a roster has to know.
type stage int

const (
	untouched stage = iota
	turnedAway
	checkedIn
	started
)

// settled names what a roster can change no more: who has checked in keeps place, seat
// and minutes, and stays on the roster.
func (p *People) settled(ctx context.Context, log *Log, c *RosterChange) ([]Fault, error) {
	b := &bounds{journal: log.journal, sittings: map[string]*engine.Sitting{"": engine.NewSitting("")}}
	if err := log.look(ctx, engine.ExamStream+c.Exam, func(t *tip) { b.onward = maps.Clone(t.onward) }); err != nil {
		return nil, err
	}
	faults, err := b.abroad(ctx, c)
	if err != nil || len(faults) > 0 {
		return faults, err
	}
	over := func(line int, q *Person) error {
		s, err := b.sitting(ctx, q)
		if err == nil && (s.Phase == engine.Ended || s.Phase == engine.Sealed) {
			faults = append(faults, Fault{
				Row: line, Column: "sitting", What: fmt.Sprintf("%s is given sitting %s, which is over", q.Number, q.Sitting),
				Remedy: "give a sitting that is still to come",
			})
		}
		return err
	}
	for i := range c.Added {
		if err := over(0, &c.Added[i]); err != nil {
			return nil, err
		}
	}
	for i := range c.Changed {
		q := &c.Changed[i]
		s, err := b.came(ctx, q.was)
		if err != nil {
			return nil, err
		}
		if q.is.Sitting != q.was.Sitting {
			if err := over(q.line, q.is); err != nil {
				return nil, err
			}
		}
		for _, f := range q.Fields {
			if fault, settled := settledField(q, f, s); settled {
				faults = append(faults, fault)
			}
		}
	}
	for i := range c.Removed {
		q := &c.Removed[i]
		s, err := b.came(ctx, q)
		if err != nil {
			return nil, err
		}
		if s != untouched {
			faults = append(faults, Fault{
				Column: "number", What: fmt.Sprintf("%s is missing, who has come to sitting %s", q.Number, q.Sitting),
				Remedy: "add the row again as it was: the minutes count everybody who came",
			})
		}
	}
	return faults, nil
}

// bounds are the sittings and the people as far as they bound what a roster can change.
type bounds struct {
	journal  engine.Journal
	sittings map[string]*engine.Sitting // that were read, by EXAM.SITTING
	onward   map[string]bool            // at which people go on, or sit again, who came to another
}

// sitting is where a person of a roster is expected, as it stands.
func (b *bounds) sitting(ctx context.Context, q *Person) (*engine.Sitting, error) {
	id := q.SittingID()
	s, known := b.sittings[id]
	if known {
		return s, nil
	}
	s = engine.NewSitting(engine.SittingStream + id)
	if err := b.journal.Read(ctx, s.Stream, 0, s.Fold); err != nil {
		return nil, fmt.Errorf("sitting %s: %w", id, err)
	}
	b.sittings[id] = s
	return s, nil
}

// came says how far somebody has come. Only where anybody can have come it is asked of the
// attempt.
func (b *bounds) came(ctx context.Context, q *Person) (stage, error) {
	s, err := b.sitting(ctx, q)
	if err != nil || s.OpenedAt == 0 && s.StartedAt == 0 && s.Handed == 0 && !b.onward[q.SittingID()] {
		return untouched, err
	}
	return stageOf(ctx, b.journal, q)
}

// abroad names people of sittings that a site holds by itself: its list is the one that
// counts until the sitting has come home, so that nobody is added to it, taken from it or
// changed on it here.
func (b *bounds) abroad(ctx context.Context, c *RosterChange) (faults []Fault, err error) {
	home := func(p *Person) string {
		s, e := b.sitting(ctx, p)
		if err = cmp.Or(err, e); err != nil {
			return ""
		}
		return s.Home
	}
	fault := func(line int, number, sitting, site string) {
		faults = append(faults, Fault{
			Row: line, Column: "number", What: fmt.Sprintf("%s is of sitting %s, which was handed over to site %s", number, sitting, site),
			Remedy: "leave the row as it is until the sitting has come home, or take the sitting back first",
		})
	}
	for i := range c.Changed {
		q := &c.Changed[i]
		if at := home(q.was); at != "" {
			fault(q.line, q.Number, q.was.Sitting, at)
		} else if at := home(q.is); at != "" {
			fault(q.line, q.Number, q.is.Sitting, at)
		}
	}
	for _, gone := range [][]Person{c.Removed, c.Added} {
		for i := range gone {
			if at := home(&gone[i]); at != "" {
				fault(0, gone[i].Number, gone[i].Sitting, at)
			}
		}
	}
	return faults, err
}

// settledField says whether a person at this stage keeps what the field would change.
func settledField(q *PersonChange, f FieldChange, s stage) (Fault, bool) {
	fault := Fault{Row: q.line, Column: f.Field}
	switch {
	case s >= started && slices.Contains([]string{"site", "sitting", "seat"}, f.Field):
		fault.What = fmt.Sprintf("%s has begun, and goes on at sitting %s: the roster says %s %q instead of %q", q.Number, q.was.Sitting, f.Field, f.Is, f.Was)
		fault.Remedy = "leave it as it was: who has begun is sent elsewhere at the station"
	case s >= checkedIn && slices.Contains([]string{"site", "sitting", "seat"}, f.Field):
		fault.What = fmt.Sprintf("%s has checked in at sitting %s, and the roster says %s %q instead of %q", q.Number, q.was.Sitting, f.Field, f.Is, f.Was)
		fault.Remedy = "leave it as it was: who is here is moved at the station"
	case s >= checkedIn && f.Field == "extra_minutes": // a start may come before the roster is heard of
		fault.What = fmt.Sprintf("%s has come to sitting %s with %s extra minutes, and the roster says %s", q.Number, q.was.Sitting, f.Was, f.Is)
		fault.Remedy = "leave them as they were: until the start they are adjusted at the station, from then on time is given there"
	default:
		return Fault{}, false
	}
	return fault, true
}

var errEnough = errors.New("enough was read")

// wasOpened says whether anybody can have checked in at a sitting.
func wasOpened(ctx context.Context, j engine.Journal, sitting string) (bool, error) {
	opened := false
	err := j.Read(ctx, engine.SittingStream+sitting, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if opened = e.Kind == engine.CheckinOpened || e.Kind == engine.SittingStarted || e.Kind == engine.HandedOver; opened {
			return errEnough
		}
		return err
	})
	if err != nil && !errors.Is(err, errEnough) {
		return false, fmt.Errorf("has check-in been opened at %s: %w", sitting, err)
	}
	return opened, nil
}

func stageOf(ctx context.Context, j engine.Journal, q *Person) (s stage, err error) {
	err = j.Read(ctx, engine.AttemptStream+q.Attempt, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		switch e.Kind {
		case engine.TurnedAway:
			s = max(s, turnedAway)
		case engine.CheckedIn:
			s = max(s, checkedIn)
		case engine.Started, engine.Resat:
			s = started
			return errEnough
		}
		return err
	})
	if err != nil && !errors.Is(err, errEnough) {
		return s, fmt.Errorf("has %s come: %w", q.Number, err)
	}
	return s, nil
}
