package main

import (
	"context"
	"fmt"
	"os"

	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/proctor"
	"terang/scoring"
	"terang/scoring/selection"
	"terang/web"
)

// examFlags name an exam of a journal, and a version of its results.
type examFlags struct {
	stores.Flags
	Exam    string `help:"Code of the exam." placeholder:"CODE"`
	Version int    `default:"-1" help:"Results with the first N annulments only, 0 for those before any; -1 for all." placeholder:"N"`
}

// fold folds the exam from its journal, which a server may hold meanwhile, and hands it
// to use.
func (f *examFlags) fold(ctx context.Context, use func(*stores.DB, *web.Exam) error) error {
	if f.Version < stores.LatestVersion {
		return usage.Errorf("--version %d: use -1 for all annulments, or how many of them", f.Version)
	}
	return f.Reading(func(s *stores.DB, keys *stores.KeyFile) error {
		x, err := stores.FoldExam(ctx, s, keys, f.Exam, f.Version)
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
	err := f.fold(ctx, func(s *stores.DB, x *web.Exam) error {
		exam = x
		var err error
		l, err = peopleOf(ctx, s, x, carried)
		return err
	})
	return l, exam, err
}

func peopleOf(ctx context.Context, s *stores.DB, x *web.Exam, carried string) (*selection.Listing, error) {
	if !x.Boards.List()[0].Final {
		fmt.Fprintln(os.Stderr, "SEMENTARA / provisional: not every sitting is closed")
	}
	listed, err := proctor.NewPeople(s.Register).Read(ctx, x.Def.Code)
	if err != nil {
		return nil, err
	}
	l, err := x.Listing(x.Boards.Results(), listed.Formations())
	if err == nil && carried != "" {
		err = readSheet(l, carried, carriedTo(x.Rules))
	}
	return l, err
}

// carriedTo is the stage for which a sheet of carried scores has to say all. What the final
// asks beside them comes with the sheets of the second stage; where there is none, only this
// sheet can bring the birth date of somebody who is not on the roster.
func carriedTo(rules *scoring.RuleSet) selection.Stage {
	if rules.Final.Joined() {
		return selection.BasicStage
	}
	return selection.FinalStage
}
