package main

import (
	"context"
	"fmt"
	"os"

	"terang/cmd/terang/output"
	"terang/cmd/terang/usage"
	"terang/scoring/selection"
	"terang/web"
)

type resultsExplain struct {
	listFlags
	examFlags
	Carried   string `help:"With --exam: scores carried over from an earlier exam." type:"existingfile" placeholder:"FILE.csv"`
	Stage     string `enum:"shortlist,final" default:"shortlist" help:"Which list: shortlist or final."`
	Decisions string `help:"With --stage final: the committee's decisions." type:"existingfile" placeholder:"FILE.json"`
	Optimise  bool   `help:"With --stage final: seats that stay empty were filled."`
	JSON      bool   `help:"As JSON: {\"id\":[…],\"en\":[…]}."`
	Number    string `arg:"" help:"Participant number."`
}

// Run explains one row: which rule, which numbers, who stands above and by what key.
func (c *resultsExplain) Run(ctx context.Context) error {
	l, x, stage, err := c.decided(ctx)
	if err != nil {
		return err
	}
	i := l.Find(c.Number)
	if i < 0 && stage != nil {
		return fmt.Errorf("%s is not in the final list: only who was shortlisted is; --stage shortlist says why", c.Number)
	}
	if i < 0 {
		return fmt.Errorf("%s is not in this list: give a participant number whole, as the roster or the sheet has it", c.Number)
	}
	e := l.Explain(i)
	if x != nil {
		x.ExplainRescored(&e, l.People[i].Number)
	}
	if stage != nil {
		stage.explain(&e, l.People[i].Number)
	}
	if c.JSON {
		return output.JSON(e)(os.Stdout)
	}
	for _, line := range e.Indonesian {
		fmt.Println(line)
	}
	fmt.Println()
	for _, line := range e.English {
		fmt.Println(line)
	}
	return nil
}

// decided is the list; the exam is nil where it is of a sheet, the second stage where there
// is none.
func (c *resultsExplain) decided(ctx context.Context) (*selection.Listing, *web.Exam, *secondStage, error) {
	if c.Stage == "final" {
		f := resultsFinal{listFlags: c.listFlags, examFlags: c.examFlags, Carried: c.Carried, Decisions: c.Decisions, Optimise: c.Optimise}
		l, stage, err := f.final(ctx)
		if stage == nil {
			return l, nil, nil, err
		}
		return l, stage.exam, stage, err
	}
	s := resultsShortlist{listFlags: c.listFlags, examFlags: c.examFlags, Carried: c.Carried}
	l, x, err := s.listing(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	if l.Rules.Shortlist == nil {
		return nil, nil, nil, usage.Errorf("rule set %s has no shortlist: use --stage final", l.Rules.ID)
	}
	return l, x, nil, l.Shortlist()
}
