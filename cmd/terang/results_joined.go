package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"terang/cmd/terang/stores"
	"terang/scoring"
	"terang/scoring/selection"
	"terang/web"
)

// secondStage is what an exam's journal has of the second stage.
type secondStage struct {
	exam     *web.Exam
	released []stores.ReleasedSheet // those that stand, in the order of the rule set
	sheets   []*selection.MarkSheet
}

// joinedExam is the list of those who were shortlisted, with what the released sheets say
// of them, ready for the final.
func joinedExam(ctx context.Context, f *examFlags, carried string) (*selection.Listing, *secondStage, error) {
	stage := new(secondStage)
	var l *selection.Listing
	err := f.fold(ctx, func(s *stores.DB, x *web.Exam) error {
		stage.exam = x
		var err error
		if l, err = peopleOf(ctx, s, x, carried); err != nil {
			return err
		}
		if !x.Rules.Final.Joined() { // there is no second stage: everybody is in the final
			return nil
		}
		if err := l.Shortlist(); err != nil {
			return err
		}
		return stage.join(ctx, s, l)
	})
	return l, stage, err
}

func (t *secondStage) join(ctx context.Context, s *stores.DB, l *selection.Listing) error {
	all, err := s.Released(ctx, t.exam.Def.Code)
	if err != nil {
		return err
	}
	codes := selection.SheetCodes(l.Rules)
	if stores.Standing(all, selection.AcademicSheet) != nil && codes[len(codes)-1] != selection.AcademicSheet {
		codes = append(codes, selection.AcademicSheet) // birth dates of those who are not on the roster
	}
	for _, code := range codes {
		last := stores.Standing(all, code)
		if last == nil {
			continue // Join says so
		}
		sheet, err := s.Kept(ctx, last)
		if err != nil {
			return err
		}
		t.released, t.sheets = append(t.released, *last), append(t.sheets, sheet)
		fmt.Fprintln(os.Stderr, "sheet", last)
	}
	left, faults := l.Join(t.sheets)
	for _, who := range left {
		fmt.Fprintf(os.Stderr, "%s: not shortlisted, and in no final\n", who)
	}
	if len(faults) > 0 {
		lines := make([]string, len(faults))
		for i, f := range faults {
			lines[i] = f.String()
		}
		return fmt.Errorf("%s\n%d faults, no final was made", strings.Join(lines, "\n"), len(lines))
	}
	return nil
}

// explain tells what each sheet says of a person, and who released it.
func (t *secondStage) explain(e *selection.Explanation, number string) {
	plain := scoring.PlainNumber(number)
	for i, sheet := range t.sheets {
		for _, row := range sheet.Rows {
			if scoring.PlainNumber(row.Number) != plain {
				continue
			}
			r := &t.released[i]
			e.Say("Lembar %s versi %d, disahkan %s dan %s, sha256 %.12s: %s", "Sheet %s version %d, released by %s and %s, sha256 %.12s: %s",
				r.Component, r.Version, r.By, r.Two, r.Hash, row.Said())
		}
	}
}
