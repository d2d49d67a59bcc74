package analysis

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/scoring"
	"terang/scoring/itemstats"
)

// FairnessCmd is results fairness.
type FairnessCmd struct {
	Flags
	Sitting string `help:"Only this sitting, beside all; default: every sitting."`
	JSON    string `help:"Write the report for programs to this file; - for the standard output." name:"json" placeholder:"FILE"`
}

// Run says whether it mattered in which sitting a candidate sat and which form they had.
func (c *FairnessCmd) Run(ctx context.Context) error {
	s, x, err := c.open(ctx)
	if err != nil {
		return err
	}
	f, err := c.judge(ctx, s, x)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	if c.JSON != "" {
		if err := output.Private(c.JSON, output.JSON(f)); err != nil || c.JSON == "-" {
			return err
		}
	}
	return printFairness(os.Stdout, f)
}

// judge makes the report, of the sitting alone that was asked for.
func (c *FairnessCmd) judge(ctx context.Context, s *stores.DB, x *Sheets) (*itemstats.Fairness, error) {
	if c.Sitting != "" && !slices.ContainsFunc(x.def.Sittings, func(d engine.SittingDef) bool { return d.Code == c.Sitting }) {
		return nil, fmt.Errorf("--sitting %s: exam %s has no such sitting; see terang exam status", c.Sitting, c.Exam)
	}
	f, _, err := x.Judge(ctx, s.Journal)
	if err != nil || c.Sitting == "" {
		return f, err
	}
	f.Sittings = slices.DeleteFunc(f.Sittings, func(row itemstats.SittingFairness) bool { return row.Sitting != c.Sitting })
	if len(f.Sittings) == 0 {
		return nil, fmt.Errorf("sitting %s: nobody has finished there yet", c.Sitting)
	}
	return f, nil
}

// Judge reads the journal once and says how the sittings and their forms compare, and what
// that rests on: the analysis of the items. Each Sheets is read once only.
func (x *Sheets) Judge(ctx context.Context, j engine.Journal) (*itemstats.Fairness, *itemstats.Report, error) {
	names, at := []string{""}, make(map[string]int)
	for _, sitting := range x.def.Sittings {
		at[sitting.Code] = len(names)
		names = append(names, sitting.Code)
	}
	for _, one := range x.sitters {
		one.sat.Sitting = at[one.Sitting]
	}
	sat := itemstats.NewSittings(x.design, names)
	r, cube, err := x.analyse(ctx, j, nil, func(one *sitter, t *itemstats.Taken, sign int64) error {
		if err := x.sat(one, t); err != nil {
			return err
		}
		return sat.Count(t, one.sat, sign)
	})
	if err != nil {
		return nil, nil, err
	}
	for _, one := range x.sitters {
		if one.state != counts {
			continue
		}
		_, items, err := x.form(one) // drawn again: to keep them takes half a kilobyte a candidate
		if err != nil {
			return nil, nil, err
		}
		sat.Observe(one.sat.Sitting, items, r)
	}
	return itemstats.Judge(cube, sat, r, itemstats.PlanFacts{
		Limit: float64(x.blueprint.MaxExposure) / 1000, Expected: x.plan.ExpectedOverlap(),
	}), r, nil
}

// sat fills in what the fairness report needs of a candidate.
func (x *Sheets) sat(s *sitter, t *itemstats.Taken) error {
	var err error
	if s.sat.Deviation, s.sat.Outside, err = x.plan.Deviations(x.seed, x.def.Code+"/"+s.Number, x.seen[s.Attempt]); err != nil {
		return err
	}
	bar, err := x.rules.Bar(s.need, s.post)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Number, err)
	}
	scores := make(scoring.Scores)
	for i, points := range x.design.Scores(t) {
		scores[x.design.Sections[i].Code] = points
	}
	points, err := x.rules.Points(scores)
	s.sat.Passed = err == nil && bar.Passed(&points)
	return err
}
