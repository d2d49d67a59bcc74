package stores

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/web"
)

// Earlier reads exams that were held before, so that nobody meets an item twice: whoever
// began one of them under the same number is given a form without its items. Only what was
// begun, or let be sat again, before the later exam was made counts, so that its forms stay
// the same for ever.
type Earlier struct {
	stores *DB
	keys   *KeyFile
	exams  map[string]*heldExam
}

// heldExam is an exam that another names as earlier.
type heldExam struct {
	*web.ExamParts
	recorded ExamRecord
	byNumber map[string]proctor.Person
}

// Earlier reads the exams that stand before another, each once.
func (s *DB) Earlier(keys *KeyFile) *Earlier {
	return &Earlier{s, keys, make(map[string]*heldExam)}
}

func (e *Earlier) exam(ctx context.Context, code string) (*heldExam, error) {
	if x := e.exams[code]; x != nil {
		return x, nil
	}
	listed, err := proctor.NewPeople(e.stores.Register).Read(ctx, code)
	if err != nil {
		return nil, err
	}
	if listed.Def == nil {
		return nil, fmt.Errorf("earlier exam %q: there is none in this journal; see terang exam status", code)
	}
	x := &heldExam{byNumber: make(map[string]proctor.Person, len(listed.People))}
	if x.recorded, err = e.stores.ExamRecord(ctx, code); err == nil {
		x.ExamParts, err = e.stores.ExamParts(ctx, listed.Def, x.recorded, e.keys)
	}
	if err != nil {
		return nil, fmt.Errorf("earlier exam %s: %w", code, err)
	}
	for _, p := range listed.People {
		if number, ok := proctor.NormalNumber(p.Number); ok {
			x.byNumber[number] = *p
		}
	}
	e.exams[code] = x
	return x, nil
}

// Sat are the exams that def names, for the supply that its own plan needs. An exam that is
// not over is refused: who begins it later would not be known.
func (e *Earlier) Sat(ctx context.Context, def *engine.Definition, now engine.Instant) ([]questionbank.Sat, error) {
	var sat []questionbank.Sat
	for _, code := range def.Earlier {
		x, err := e.exam(ctx, code)
		if err != nil {
			return nil, err
		}
		if x.Def.Rehearsal {
			return nil, fmt.Errorf("earlier exam %s: it is a rehearsal, which can be removed with its forms; name real exams only", code)
		}
		for _, sitting := range x.Def.Sittings {
			st := engine.NewSitting(engine.SittingStream + code + "." + sitting.Code)
			if err := e.stores.Journal.Read(ctx, st.Stream, 0, st.Fold); err != nil {
				return nil, err
			}
			start, err := x.Def.StartOf(sitting)
			if err != nil {
				return nil, err
			}
			if st.Phase != engine.Cancelled && st.Phase != engine.Ended && st.Phase != engine.Sealed && (st.Phase != engine.Planned || start > now) {
				return nil, fmt.Errorf("earlier exam %s: sitting %s is %s; make this exam when it is over", code, sitting.Code, st.Phase)
			}
		}
		forms := 1
		for _, again := range x.recorded.Repeats {
			forms = max(forms, 1+again)
		}
		sat = append(sat, questionbank.Sat{Plan: x.Plan, Forms: forms})
	}
	return sat, nil
}

// Seen lists, by attempt, the items that people of an exam met before it was recorded first.
func (e *Earlier) Seen(ctx context.Context, def *engine.Definition, first engine.Pos, people []proctor.Person) (map[string][]string, error) {
	if e.stores.Site != nil && len(def.Earlier) > 0 {
		return e.stores.met(ctx)
	}
	seen := make(map[string][]string)
	for _, code := range def.Earlier {
		x, err := e.exam(ctx, code)
		if err != nil {
			return nil, err
		}
		then := make(map[string]proctor.Person) // by attempt of now: the person as they were listed
		for _, p := range people {
			number, ok := proctor.NormalNumber(p.Number)
			was, listed := x.byNumber[number]
			if !ok || !listed {
				continue
			}
			began, err := e.began(ctx, was.Attempt, first)
			if err != nil {
				return nil, err
			}
			if began {
				then[p.Attempt] = was
			}
		}
		// What they were given then left out what they had met before that.
		before, err := e.Seen(ctx, x.Def, x.recorded.First, placed(then))
		if err != nil {
			return nil, err
		}
		repeats := x.recorded.repeatsBefore(first)
		for attempt, was := range then {
			left, err := x.Plan.Avoidable(x.Seed, code+"/"+was.Number, before[was.Attempt])
			if err != nil {
				return nil, fmt.Errorf("earlier exam %s: %w", code, err)
			}
			met, err := x.Plan.Before(x.Seed, code+"/"+was.Number, left, repeats[was.Number])
			if err != nil {
				return nil, fmt.Errorf("earlier exam %s: %w", code, err)
			}
			form, err := x.Plan.Assemble(x.Seed, code+"/"+was.Number, met)
			if err != nil {
				return nil, fmt.Errorf("earlier exam %s: %w", code, err)
			}
			seen[attempt] = append(seen[attempt], met[len(left):]...)
			for _, place := range form.Places() {
				seen[attempt] = append(seen[attempt], place.Item.ID)
			}
		}
	}
	return seen, nil
}

// Met lists, by attempt, the items that the forms of people that count now leave out: those of
// earlier exams, as far as the bank reaches, and those of forms of this exam that they sat and that
// count no more.
func (e *Earlier) Met(ctx context.Context, parts *web.ExamParts, recorded ExamRecord, people []proctor.Person) (map[string][]string, error) {
	seen, err := e.Seen(ctx, parts.Def, recorded.First, people)
	if err == nil {
		parts.Spent, err = recorded.Repeats.Before(parts.Plan, parts.Seed, parts.Def.Code, people, seen)
	}
	return seen, err
}

func placed(by map[string]proctor.Person) []proctor.Person {
	people := make([]proctor.Person, 0, len(by))
	for p := range maps.Values(by) {
		people = append(people, p)
	}
	return people
}

// repeatsBefore is how often people were let sit the exam again before a position.
func (x *ExamRecord) repeatsBefore(pos engine.Pos) web.Repeats {
	r := make(web.Repeats)
	for _, one := range x.repeated {
		if one.pos < pos {
			r[one.number]++
		}
	}
	return r
}

// began says whether an attempt was started, and so its form shown, before a position.
func (e *Earlier) began(ctx context.Context, attempt string, before engine.Pos) (bool, error) {
	stop, began := errors.New("read far enough"), false
	err := e.stores.Journal.Read(ctx, engine.AttemptStream+attempt, 0, func(r engine.Record) error {
		if r.Pos >= before {
			return stop
		}
		event, err := engine.Decode(r.Body)
		if err == nil && event.Kind == engine.Started {
			began, err = true, stop
		}
		return err
	})
	if errors.Is(err, stop) {
		err = nil
	}
	return began, err
}
