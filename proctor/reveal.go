package proctor

import (
	"context"
	"encoding/hex"
	"fmt"

	"terang/engine"
)

// Who knows the seed, the plan and the bank knows every form beforehand, also that of somebody
// who sits the exam again. So once the seed is public nobody begins this exam any more: a
// redress and a new sitting are refused. For the same reason it is kept while somebody may
// still come to sit again: until then an objection would be upheld to no effect. Both are
// judged by the exam's stream, where each hears of the other, whichever node it comes at.

// Refusals; the field says which.
const (
	fieldRevealed      = "revealed"          // it is public
	fieldSittingOpen   = "sitting_open"      // a sitting is not over, or somebody still works
	fieldRevealAnswers = "reveal_objections" // an objection waits that may lead to a repetition
	fieldRevealWindow  = "reveal_window"     // or may still be filed
	fieldRevealAgreed  = "reveal_proposals"  // a repetition, or other places, are proposed or agreed to
	fieldSeedPublic    = "seed_public"       // so nobody sits the exam again
)

// Revealable says whether the seed of an exam may be published: once, when every sitting is
// over and nothing is left of which another could come. A proposal's own operation does not
// count.
func (d *Desk) Revealable(ctx context.Context, exam, but string) error {
	_, err := d.revealable(ctx, exam, but)
	return err
}

// revealable says it of the places as they stand, and how often they had been changed.
func (d *Desk) revealable(ctx context.Context, exam, but string) (places int, err error) {
	var state ResultsState
	var standing engine.Pairs
	err = d.pairs.log.look(ctx, engine.ExamStream+exam, func(t *tip) {
		places, state, standing = t.places, t.results, t.pairs.Clone()
	})
	switch {
	case err != nil:
		return 0, err
	case state.Revealed.Kind != "":
		return 0, refusal(engine.WrongState, fieldRevealed)
	case d.pairs.adding(standing):
		return 0, refusal(engine.WrongState, fieldRevealAgreed)
	}
	open, err := d.Unsettled(ctx, exam, but)
	if err != nil {
		return 0, err
	}
	if open.Sittings > 0 || open.Working > 0 {
		return 0, refusal(engine.WrongState, fieldSittingOpen)
	}
	bases := engine.ObjectionBases{Released: state.Released.At}
	if bases.SittingEnd, err = d.lastEnd(ctx, exam); err != nil {
		return 0, err
	}
	return places, d.objectable(ctx, exam, bases)
}

// lastEnd is when the last sitting ended, 0 if none was held. A sitting that another node has
// made, and of which this one has not heard, is open.
func (d *Desk) lastEnd(ctx context.Context, exam string) (end engine.Instant, err error) {
	file, err := d.register.Get(ctx, KindExam, exam)
	if err != nil {
		return 0, fmt.Errorf("read the places of %s: %w", exam, err)
	}
	def, err := engine.ParseDefinition(file)
	if err != nil {
		return 0, err
	}
	for _, s := range def.Sittings {
		if _, _, known := sittingOf(d.people.Exam(exam), s.Code); !known {
			return 0, refusal(engine.WrongState, fieldSittingOpen)
		}
		end = max(end, d.hall.Sitting(exam+"."+s.Code).State().EndedAt)
	}
	return end, nil
}

// adding says whether an act waits, or is agreed to and not done yet, by which somebody may
// come to sit the exam.
func (p *Pairs) adding(standing engine.Pairs) bool {
	adds := func(act string) bool { return act == engine.ActRepeat || act == engine.ActPlaces }
	for _, e := range standing.Open {
		if adds(e.Act) && !p.expired(e, p.now()) {
			return true
		}
	}
	for _, agreed := range standing.Approved {
		if adds(agreed.Proposed.Act) {
			return true
		}
	}
	return false
}

// objectable refuses while an objection that may lead to a repetition waits for an answer, or
// the time has not passed in which one is taken. Of an exam that nobody sat there is none.
func (d *Desk) objectable(ctx context.Context, exam string, bases engine.ObjectionBases) error {
	all, err := d.pairs.log.Objections(ctx, exam)
	if err != nil {
		return err
	}
	for _, one := range all.all {
		if one.State == ObjectionOpen && !engine.OfItem(one.Kind) {
			return refusal(engine.WrongState, fieldRevealAnswers)
		}
	}
	now := d.now()
	for _, o := range d.people.Exam(exam).Policy.Objections.Openings(bases) {
		ahead := o.From != 0 && now < o.Until || o.From == 0 && o.Basis == engine.FromRelease
		if bases.SittingEnd != 0 && ahead && !engine.OfItem(o.Kind) {
			return refusal(engine.WrongState, fieldRevealWindow)
		}
	}
	return nil
}

// Unredressed counts objections that were upheld and have had no effect by another sitting:
// after the seed is public they have none.
func (d *Desk) Unredressed(ctx context.Context, exam string) (n int, err error) {
	all, err := d.pairs.log.Objections(ctx, exam)
	if err != nil {
		return 0, err
	}
	for _, one := range all.all {
		if one.redressable() == nil {
			n++
		}
	}
	return n, nil
}

// Reveal publishes the seed as two people agreed, if it still may be.
func (d *Desk) Reveal(ctx context.Context, o *Office, q *Proposal, two string, seed []byte) error {
	places, err := d.revealable(ctx, q.Exam, q.Op)
	if err != nil {
		return err
	}
	return o.record(ctx, q, two, func(t *tip) ([]engine.Event, error) {
		switch {
		case t.results.Revealed.Kind != "":
			return nil, refusal(engine.WrongState, fieldRevealed)
		case d.pairs.adding(t.pairs):
			return nil, refusal(engine.WrongState, fieldRevealAgreed)
		case t.places != places: // another node was faster with what may be a new sitting
			return nil, &engine.Refusal{Code: engine.Busy}
		}
		return []engine.Event{{Kind: engine.SeedRevealed, Seed: hex.EncodeToString(seed)}}, nil
	})
}

// unrevealed refuses what nobody may come to once the seed is public.
func (o *Office) unrevealed(ctx context.Context, exam string) error {
	state, err := o.Results(ctx, exam)
	if err == nil && state.Revealed.Kind != "" {
		err = refusal(engine.WrongState, fieldSeedPublic)
	}
	return err
}
