package proctor

import (
	"context"
	"errors"
	"fmt"

	"terang/engine"
)

// replacing is an exam file with other places while it takes the place of the one that
// stands: who does it, why and when. First the sittings' own streams say what becomes of
// them: there it is certain that check-in was not opened meanwhile. Then comes the file, and
// last the event from which every node hears it. Each step has one effect however often it is
// asked for. Whoever replaces a file holds the people's rosters, so that no change is lost in
// another.
type replacing struct {
	hall      *engine.Hall
	archive   engine.Archive
	q         *Proposal
	two       string
	why, text string
	at        engine.Instant
}

// replacing begins a change of places in the name of whoever asked for it, and of two.
func (o *Office) replacing(ctx context.Context, a engine.Archive, q *Proposal, two string) (*replacing, error) {
	if o.pairs.hall == nil {
		return nil, errors.New("places are changed where the sittings are held: this process has no hall")
	}
	why, words := splitReason(q.Reason)
	text, err := KeepText(ctx, o.register, words)
	return &replacing{hall: o.pairs.hall, archive: a, q: q, two: two, why: why, text: text, at: o.now()}, err
}

// sitting records what becomes of a sitting whose check-in was never opened. Part names the
// step within the operation.
func (r *replacing) sitting(code, part string, e engine.Event) error {
	e.By, e.Two, e.Op, e.Why, e.Text = r.q.By, r.two, derive(r.q.Op, part), r.why, r.text
	_, err := r.hall.Sitting(r.q.Exam+"."+code).Append(e.Op, func(s *engine.Sitting) ([]engine.Event, error) {
		if s.Phase == engine.Cancelled && e.Kind == engine.SittingCancelled {
			return nil, nil // by an act before, which was cut short
		}
		if s.Phase != engine.Planned {
			return nil, refusal(engine.WrongState, "places")
		}
		e.At = max(r.at, s.At)
		return []engine.Event{e}, nil
	})
	return err
}

// file puts the exam file in its place, known to these people at once, and returns the event
// that says so, of the operation op; told is how many people are told another place or hour.
func (r *replacing) file(ctx context.Context, known *People, file []byte, op string, told int) (engine.Event, error) {
	hash, err := r.archive.Keep(ctx, file)
	if err != nil {
		return engine.Event{}, fmt.Errorf("keep the places of %s: %w", r.q.Exam, err)
	}
	_, err = known.SaveExam(ctx, file)
	return engine.Event{
		Kind: engine.PlacesChanged, At: r.at, By: r.q.By, Two: r.two, Op: op, Text: hash.String(), Why: r.why, Form: r.text, Extra: int64(told),
	}, err
}
