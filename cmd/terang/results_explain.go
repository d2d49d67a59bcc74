package main

import (
	"context"
	"fmt"
	"os"

	"terang/scoring/selection"
)

type resultsExplain struct {
	listFlags
	examFlags
	Carried   string `help:"With --exam: scores carried over from an earlier exam." type:"existingfile" placeholder:"FILE.csv"`
	Stage     string `enum:"shortlist,final" default:"shortlist" help:"Of a sheet: which list it is for, shortlist or final."`
	Decisions string `help:"With --stage final: the committee's decisions." type:"existingfile" placeholder:"FILE.json"`
	Optimise  bool   `help:"With --stage final: seats that stay empty were filled."`
	JSON      bool   `help:"As JSON: {\"id\":[…],\"en\":[…]}."`
	Number    string `arg:"" help:"Participant number."`
}

// Run explains one row: which rule, which numbers, who stands above and by what key.
func (c *resultsExplain) Run(ctx context.Context) error {
	l, err := c.decided(ctx)
	if err != nil {
		return err
	}
	i := l.Find(c.Number)
	if i < 0 {
		return fmt.Errorf("%s is not in this list", c.Number)
	}
	e := l.Explain(i)
	if c.JSON {
		return writeJSON(os.Stdout, e)
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

func (c *resultsExplain) decided(ctx context.Context) (*selection.Listing, error) {
	if c.Stage == "final" {
		if c.Exam != "" {
			return nil, usage("a final joins what no exam's journal has: give --input")
		}
		f := resultsFinal{listFlags: c.listFlags, Decisions: c.Decisions, Optimise: c.Optimise}
		return f.final()
	}
	s := resultsShortlist{listFlags: c.listFlags, examFlags: c.examFlags, Carried: c.Carried}
	l, err := s.listing(ctx)
	if err != nil {
		return nil, err
	}
	if l.Rules.Shortlist == nil {
		return nil, usage("rule set %s has no shortlist: use --stage final", l.Rules.ID)
	}
	return l, l.Shortlist()
}
