package web

import (
	"context"
	"errors"
	"fmt"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/scoring/aberrance"
	"terang/scoring/itemstats"
)

// watched is an exam as the watch knows it: what its finished forms say of its items, and
// who sat beside whom. It holds the key.
type watched struct {
	plan    formPlan
	design  *itemstats.Design
	cube    *itemstats.Cube
	norms   *itemstats.Norms
	normsOf int64 // candidates in norms
	normsAt time.Time
	counted map[string]bool            // attempts in the cube
	sat     map[string]map[string]*sat // by sitting and attempt: who has finished
	options int                        // letters of a position: the fewest, so that chance is not made smaller than it is
}

// sat is a finished form for the comparison of neighbours.
type sat struct {
	number, seat string
	session      aberrance.Session // letters only
}

const (
	normsEvery = time.Minute // at most
	// normsEnough is how many forms of closed sittings are read again after a restart.
	normsEnough = 20_000
)

func (w *Watch) exam(x *Exam) (*watched, error) {
	if e := w.exams[x.Def.Code]; e != nil && e.plan == x.Plan {
		return e, nil // otherwise a rehearsal was removed, and another made under its code
	}
	design, err := x.Plan.Design(x.bank, x.Rules, []string{"all"})
	if err != nil {
		return nil, fmt.Errorf("exam %s: %w", x.Def.Code, err)
	}
	e := &watched{plan: x.Plan, design: design, cube: itemstats.NewCube(design), counted: map[string]bool{}, sat: map[string]map[string]*sat{}}
	for _, it := range design.Items {
		if e.options == 0 || len(it.Options) < e.options {
			e.options = len(it.Options)
		}
	}
	w.exams[x.Def.Code] = e
	return e, nil
}

// now are the norms: what was read of the finished forms, from time to time.
func (e *watched) now(fresh bool) *itemstats.Norms {
	n := e.cube.Candidates()
	grown := n > e.normsOf && (fresh || n >= e.normsOf+e.normsOf/10 && time.Since(e.normsAt) >= normsEvery)
	if e.norms == nil || grown {
		e.norms, e.normsOf, e.normsAt = e.cube.Norms(), n, time.Now()
	}
	return e.norms
}

// record is an attempt's stream, folded for a look.
type record struct {
	sheet         *itemstats.Sheet
	sitting, seat string
}

func (w *Watch) read(ctx context.Context, d *itemstats.Design, id string) (*record, error) {
	r := &record{sheet: itemstats.NewSheet(d)}
	r.sheet.Trace = true
	err := w.journal.Read(ctx, engine.AttemptStream+id, 0, func(rec engine.Record) error {
		e, err := engine.Decode(rec.Body)
		if err != nil {
			return err
		}
		switch e.Kind {
		case engine.CheckedIn, engine.Transferred, engine.Continued, engine.Resat:
			r.sitting, r.seat = e.Sitting, e.Seat
		case engine.DeviceMoved:
			r.seat = e.Seat
		}
		r.sheet.Apply(&e)
		return nil
	})
	return r, err
}

// apart says that a candidate's times are compared with nobody's: extra time or another
// accommodation.
func apart(p *proctor.Person) bool { return p.Accommodation != "" || p.ExtraMinutes > 0 }

// examine looks at one candidate's record.
func (w *Watch) examine(ctx context.Context, id string) error {
	x, live := w.server.examOf(id), w.server.hall.Attempt(id)
	if x == nil || live == nil {
		return nil // of an exam that was removed
	}
	e, err := w.exam(x)
	if err != nil {
		return err
	}
	person := x.Person(id)
	if sitting := w.server.hall.Sitting(person.SittingID()); !sitting.Here() && sitting.State().Phase != engine.Sealed {
		return nil // the site that holds it looks at it, and its signals come with it
	}
	closed := w.server.hall.Sitting(person.SittingID()).State().Phase == engine.Sealed
	if closed && (e.cube.Candidates() >= normsEnough || e.counted[id]) {
		return nil // its minutes are signed, and what it says of the items is known
	}
	r, err := w.read(ctx, e.design, id)
	if err != nil || !r.sheet.Started {
		return err
	}
	taken, err := w.taken(x, e, live, &person, r.sheet)
	if err != nil || taken == nil {
		return err
	}
	session := aberrance.NewSession(e.design, r.sheet, taken, apart(&person))
	if r.sheet.Counts() && !session.Apart && !e.counted[id] {
		e.counted[id] = true
		if err := e.cube.Add(taken); err != nil {
			return err
		}
	}
	if closed {
		return nil
	}
	w.note(r.sitting, person.Number, !session.Apart)
	for _, f := range aberrance.Examine(session, e.now(false), e.design, w.rules) {
		err = errors.Join(err, w.flag(ctx, r.sitting, &person, r.seat, f))
	}
	if r.sheet.Counts() {
		err = errors.Join(err, w.neighbours(ctx, e, id, r, &sat{person.Number, r.seat, aberrance.Session{Letters: session.Letters}}))
	}
	return err
}

// taken joins a record with the form that the candidate was given; nil where they do not
// fit, which is somebody else's to find.
func (w *Watch) taken(x *Exam, e *watched, live *engine.Live, p *proctor.Person, sheet *itemstats.Sheet) (*itemstats.Taken, error) {
	var form *engine.Form
	live.View(func(_ *engine.Attempt, t *engine.Terms) { form = t.Form })
	if sheet.Form != form.ETag {
		return nil, nil //nolint:nilnil // no fault of the watch
	}
	items := make([]int32, form.Len())
	for q, place := range form.Places() {
		items[q-1] = e.design.Index(place.Item.ID)
	}
	slots, err := x.Plan.Slots(x.seed, x.Def.Code+"/"+p.Number, x.seen[p.Attempt])
	if err != nil {
		return nil, err
	}
	taken, ok := sheet.Taken(0, items, slots)
	if !ok {
		return nil, nil //nolint:nilnil // as above
	}
	return taken, nil
}

func (w *Watch) note(sitting, number string, examined bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[sitting] == nil {
		w.seen[sitting] = map[string]bool{}
	}
	w.seen[sitting][number] = examined
}

// flag records what an indicator says of one candidate.
func (w *Watch) flag(ctx context.Context, sitting string, p *proctor.Person, seat string, f aberrance.Finding) error {
	w.dirty[sitting] = true
	return w.server.desk.Flag(ctx, sitting, proctor.Found{
		Code: f.Code, Of: p.Number, Number: p.Number, Seat: seat, Rules: w.rules.Hash(), Finding: f,
	})
}
