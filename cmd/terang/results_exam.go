package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"terang/proctor"
	"terang/scoring"
	"terang/scoring/selection"
	"terang/web"
)

// examFlags name an exam of a journal, and a version of its results.
type examFlags struct {
	storeFlags
	Exam    string `help:"Code of the exam." placeholder:"CODE"`
	Version int    `default:"-1" help:"Results with the first N annulments only, 0 for those before any; -1 for all." placeholder:"N"`
}

// fold folds the exam from its journal, which a server may hold meanwhile, and hands it
// to use.
func (f *examFlags) fold(ctx context.Context, use func(*stores, *web.Exam) error) error {
	if f.Version < latestVersion {
		return usage("--version %d: use -1 for all annulments, or how many of them", f.Version)
	}
	return f.reading(func(s *stores, keys *keyFile) error {
		x, err := foldExam(ctx, s, keys, f.Exam, f.Version)
		if err != nil {
			return err
		}
		return use(s, x)
	})
}

// examListing is the people of an exam with the scores that the journal gives them, and
// those who bring a score from an earlier exam.
func examListing(ctx context.Context, f *examFlags, carried string) (*selection.Listing, *web.Exam, error) {
	var l *selection.Listing
	var exam *web.Exam
	err := f.fold(ctx, func(s *stores, x *web.Exam) error {
		exam = x
		var err error
		l, err = peopleOf(ctx, s, x, carried)
		return err
	})
	return l, exam, err
}

func peopleOf(ctx context.Context, s *stores, x *web.Exam, carried string) (*selection.Listing, error) {
	if !x.Boards.List()[0].Final {
		fmt.Fprintln(os.Stderr, "SEMENTARA / provisional: not every sitting is closed")
	}
	listed, err := proctor.NewPeople(s.register).Read(ctx, x.Def.Code)
	if err != nil {
		return nil, err
	}
	l, err := listingOf(x, listed.Formations())
	if err == nil && carried != "" {
		err = readSheet(l, carried, selection.BasicStage)
	}
	return l, err
}

// listingOf is the exam's people as their results stand.
func listingOf(x *web.Exam, formations []proctor.Formation) (*selection.Listing, error) {
	l, err := selection.NewListing(x.Rules, selectionOf(formations))
	if err != nil {
		return nil, err
	}
	at := func(code string) int {
		return slices.IndexFunc(formations, func(f proctor.Formation) bool { return f.Code == code })
	}
	for _, r := range x.Boards.Results() {
		i := at(r.Formation)
		if i < 0 {
			return nil, fmt.Errorf("%s applied for formation %q, which has no seats: load it with terang exam formations", x.Person(r.Attempt).Number, r.Formation)
		}
		person := x.Person(r.Attempt)
		born, _ := selection.ParseBorn(person.BirthDate) // the roster's was read when it was loaded
		l.People = append(l.People, selection.Candidate{
			Number: person.Number, Formation: int32(i), Points: r.Points, Flag: flagOf(&r.Face), Born: born,
		})
	}
	return l, nil
}

// flagOf is what stands against a result: a code, or that there is none.
func flagOf(f *scoring.Face) selection.Flag {
	switch f.Status {
	case scoring.StatusDIS:
		return selection.Disqualified
	case scoring.StatusTMS:
		return selection.Ineligible
	case scoring.StatusAPS:
		return selection.Withdrew
	case scoring.StatusTH:
		return selection.Absent
	}
	if !f.Visible { // nothing was begun: no score is not zero
		return selection.Absent
	}
	return selection.NoFlag
}
