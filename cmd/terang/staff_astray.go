package main

import (
	"context"
	"fmt"
	"slices"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/engine/memstore"
	"terang/proctor"
)

// examsOf are the exams of a journal.
func examsOf(ctx context.Context, s *stores.DB) ([]*engine.Definition, error) {
	people := proctor.NewPeople(s.Register)
	err := people.LoadAll(ctx)
	return people.Exams(), err
}

// astray are the grants that lead nowhere, in words: accounts may be made before their exam,
// but who was given a misspelt site sees an empty station on the day.
func astray(ctx context.Context, s *stores.DB, exams []*engine.Definition) ([]string, error) {
	all, err := proctor.NewAccounts(s.Register, memstore.New(), nil, nil).Hands(ctx, proctor.SetupAccount(), proctor.ActStaff)
	if err != nil {
		return nil, err
	}
	var lost []string
	for _, a := range all {
		for _, g := range a.Grants {
			if what := nowhere(exams, g); what != "" && a.State != "disabled" {
				lost = append(lost, fmt.Sprintf("%s is %s of %s, which no exam of this journal has", a.User, g.Role, what))
			}
		}
	}
	return lost, nil
}

// nowhere is what of a grant's place is in none of the exams, "" if it is in one.
func nowhere(exams []*engine.Definition, g proctor.Grant) string {
	in := slices.DeleteFunc(slices.Clone(exams), func(d *engine.Definition) bool { return g.Exam != "" && d.Code != g.Exam })
	site := func(d *engine.Definition) bool {
		return slices.ContainsFunc(d.Sites, func(s engine.SiteDef) bool { return s.Code == g.Site })
	}
	sitting := func(d *engine.Definition) bool {
		return slices.ContainsFunc(d.Sittings, func(s engine.SittingDef) bool { return s.Code == g.Sitting })
	}
	switch {
	case g.Exam != "" && len(in) == 0:
		return "exam " + g.Exam
	case g.Site != "" && !slices.ContainsFunc(in, site):
		return "site " + g.Site
	case g.Sitting != "" && !slices.ContainsFunc(in, sitting):
		return "sitting " + g.Sitting
	}
	return ""
}

// sayAstray tells who has made accounts which of them lead nowhere.
func (o *office) sayAstray(ctx context.Context) error {
	exams, err := examsOf(ctx, o.stores)
	if err != nil {
		return err
	}
	lost, err := astray(ctx, o.stores, exams)
	for _, l := range lost {
		fmt.Println("note:", l+": a slip, or an exam that is still to be made")
	}
	return err
}
