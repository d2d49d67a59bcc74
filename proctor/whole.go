package proctor

import (
	"context"
	"errors"

	"terang/engine"
)

// whole does an act on a sitting. Its attempts follow by themselves, except that a finish
// is decided for each of them first: the end of a sitting says that nobody works.
func (d *Desk) whole(ctx context.Context, a *act) (Response, error) {
	c := engine.Command{Act: a.Action, At: a.now, By: a.by, Two: a.two, Op: a.Op, Why: a.why, Text: a.words}
	phase := a.room.State().Phase
	switch a.Action {
	case engine.ActDecideFlag, engine.ActPassFlag:
		return Response{}, d.decideFlag(a)
	case engine.ActPostpone:
		to := a.sitting
		to.Start = a.To
		at, err := a.def.StartOf(to)
		if err != nil || at <= a.now {
			return Response{}, refusal(engine.BadFrame, "to")
		}
		c.Since = at
	case engine.ActOpenCheckin:
		if s := a.room.State(); s.OpenedAt != 0 && s.Phase != engine.CheckingIn && a.now >= s.ClosesAt(&a.def.Policy) {
			return Response{}, refusal(engine.Closed, "hour") // the hour has to be moved first
		}
	case engine.ActFinish:
		if phase != engine.InProgress && phase != engine.Halted {
			break // the sitting refuses by itself, or has done it
		}
		if left, err := d.finishAll(a); err != nil {
			return left, err
		}
	case engine.ActClose:
		if phase != engine.Ended {
			break
		}
		if open := d.undecided(a); len(open) > 0 {
			return Response{Failed: open}, refusal(engine.WrongState, "undecided")
		}
	}
	_, err := a.room.Act(c)
	return Response{}, err
}

// finishAll finishes who still works, and reports who could not be.
func (d *Desk) finishAll(a *act) (Response, error) {
	var working []target
	for _, c := range d.chairs(a.room) {
		if c.state == engine.Running || c.state == engine.OnPause || c.suspended {
			working = append(working, c.target())
		}
	}
	done := d.each(a, working, d.commands)
	var left []Failed
	for _, f := range done.Failed {
		if f.Code != engine.WrongState { // finished by itself meanwhile
			left = append(left, f)
		}
	}
	if len(left) > 0 {
		return Response{Failed: left}, &engine.Refusal{Code: engine.Busy}
	}
	return Response{}, nil
}

// undecided names who keeps the minutes from being signed: after the close nothing more
// can be decided for them. That is also who goes on elsewhere while the roster has them here: an
// act that was cut short before it followed is gone on with at this sitting.
func (d *Desk) undecided(a *act) []Failed {
	var open []Failed
	for _, c := range d.listed(a.room) {
		if c.live == nil || c.gone && !c.suspended {
			continue
		}
		c.live.View(func(s *engine.Attempt, _ *engine.Terms) {
			var why []error
			if c.gone {
				why = append(why, refusal(engine.WrongState, "elsewhere"))
			} else if s.State == engine.Running || s.State == engine.OnPause || s.Suspended() {
				why = append(why, refusal(engine.WrongState, string(s.State)))
			}
			if s.Undecided() || len(s.Holding) > 0 {
				why = append(why, refusal(engine.WrongState, "credit"))
			}
			if s.Doubt {
				why = append(why, refusal(engine.WrongState, "doubt"))
			}
			if len(why) > 0 {
				open = append(open, failure(c.seat, c.person.Number, errors.Join(why...)))
			}
		})
	}
	return open
}
