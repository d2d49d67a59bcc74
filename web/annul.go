package web

import (
	"fmt"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

// Annulments are what was decided of an exam's items, in the order of the decisions.
type Annulments struct {
	List     []scoring.Annulment
	Rescored scoring.Rescored
}

func byAttempt(people []proctor.Person) map[string]proctor.Person {
	out := make(map[string]proctor.Person, len(people))
	for _, p := range people {
		out[p.Attempt] = p
	}
	return out
}

// Rescoring makes annulments ready for the exam's boards: it draws everybody's form again
// to see who had the items. It takes seconds for a hundred thousand people, and changes
// nothing; progress, if not nil, is told now and then how many are done.
func (x *Exam) Rescoring(a Annulments, epoch engine.Pos, progress func(done, all int)) (*scoring.Rescoring, error) {
	annulled, err := scoring.NewAnnulled(x.Rules, x.key, a.List)
	if err != nil {
		return nil, fmt.Errorf("exam %s: %w", x.Def.Code, err)
	}
	r := &scoring.Rescoring{Annulled: annulled, Rescored: a.Rescored, Epoch: epoch}
	r.Given, err = x.given(annulled.Items(), x.people, progress)
	return r, err
}

// progressEvery is after how many people progress is told.
const progressEvery = 10_000

func (x *Exam) given(items []string, people map[string]proctor.Person, progress func(done, all int)) (map[string][]scoring.Place, error) {
	out := make(map[string][]scoring.Place)
	done := 0
	for attempt, p := range people {
		if done%progressEvery == 0 && progress != nil {
			progress(done, len(people))
		}
		done++
		positions, err := x.Plan.Positions(x.seed, x.Def.Code+"/"+p.Number, x.seen[attempt], items)
		if err != nil {
			return nil, fmt.Errorf("form of %s: %w", p.Number, err)
		}
		for i, q := range positions {
			if q > 0 {
				out[attempt] = append(out[attempt], scoring.Place{Item: i, Q: q})
			}
		}
	}
	return out, nil
}

// rescored is what pages of candidates have to know of annulments. Whose forms have the items
// is not kept with it: that is asked of each Exam anew, for people and their forms change.
type rescored struct {
	Annulled *scoring.Annulled
	Rescored scoring.Rescored
}

// Rescored takes annulments over for the pages of candidates; the boards take them over
// by Folds.Again.
func (x *Exam) Rescored(r *scoring.Rescoring) { x.rescored.Store(&rescored{r.Annulled, r.Rescored}) }

// annulledOn gives new boards the annulments that there are, and says where on the forms
// of people the items stand.
func (x *Exam) annulledOn(boards *scoring.Exam, people []proctor.Person) (map[string][]scoring.Place, error) {
	r := x.rescored.Load()
	if r == nil {
		return nil, nil
	}
	boards.Annulled, boards.Rescored = r.Annulled, r.Rescored
	return x.given(r.Annulled.Items(), byAttempt(people), nil) // some may be new in the roster
}

// annulled makes of a candidate's points by the key those after the annulments, and says
// how many of these there are, and why the newest was made.
func (x *Exam) annulled(points scoring.Points, a *engine.Attempt, t *engine.Terms) (scoring.Points, int, string) {
	r := x.rescored.Load()
	if r == nil {
		return points, 0, ""
	}
	return r.Annulled.Apply(points, givenOf(r.Annulled, a, t)), r.Rescored.Version, r.Rescored.Why
}

// givenOf is what a candidate answered to the annulled items that were on their form.
func givenOf(annulled *scoring.Annulled, a *engine.Attempt, t *engine.Terms) []scoring.Given {
	var given []scoring.Given
	for q, place := range t.Form.Places() {
		i := annulled.Index(place.Item.ID)
		if i < 0 {
			continue
		}
		g := scoring.Given{Item: i}
		if q <= len(a.Responses) {
			if option, ok := place.Option(a.Responses[q-1].C); ok {
				g.Option = option[0]
			}
		}
		given = append(given, g)
	}
	return given
}

// Annulment completes what people say of an item: its section, and from a new right
// option the points of all. It is for commands and staff; no candidate's page has it.
func (x *Exam) Annulment(a scoring.Annulment, right string) (scoring.Annulment, error) {
	item := x.bank.Item(a.Item)
	if item == nil {
		return a, fmt.Errorf("exam %s has no item %q in its bank", x.Def.Code, a.Item)
	}
	a.Section = item.Section
	section := x.Rules.Section(a.Section)
	if right != "" {
		if section.Kind != scoring.Keyed {
			return a, fmt.Errorf("item %s is of %s, whose options are all worth something: give the points of each", a.Item, a.Section)
		}
		a.Values = make(map[string]int)
		for _, o := range item.Options {
			a.Values[o.ID] = section.Wrong
		}
		if _, ok := a.Values[right]; !ok {
			return a, fmt.Errorf("item %s has no option %q", a.Item, right)
		}
		a.Values[right] = section.Correct
	}
	_, err := scoring.NewAnnulled(x.Rules, x.key, []scoring.Annulment{a})
	return a, err
}

// Person is who has the attempt.
func (x *Exam) Person(attempt string) proctor.Person { return x.people[attempt] }

// Version is how many annulments the exam's results have in them.
func (x *Exam) Version() int {
	if r := x.rescored.Load(); r != nil {
		return r.Rescored.Version
	}
	return 0
}
