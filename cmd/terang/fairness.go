package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"terang/cmd/terang/stores"
	"terang/scoring"
	"terang/scoring/itemstats"
)

// unbalanced is the SD of forms in points from which on equal raw scores no longer mean
// equal abilities.
const unbalanced = 2.0

type resultsFairness struct {
	sheetFlags
	Sitting string `help:"Only this sitting, beside all; default: every sitting."`
	JSON    string `help:"Write the report for programs to this file; - for the standard output." name:"json" placeholder:"FILE"`
}

// Run says whether it mattered in which sitting a candidate sat and which form they had.
func (c *resultsFairness) Run(ctx context.Context) error {
	s, x, err := c.open(ctx)
	if err != nil {
		return err
	}
	f, _, err := c.judge(ctx, s, x)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	if c.JSON != "" {
		if err := writeReport(c.JSON, f); err != nil || c.JSON == "-" {
			return err
		}
	}
	return c.print(os.Stdout, f)
}

// judge makes the report, and the analysis of the items that it rests on.
func (c *resultsFairness) judge(ctx context.Context, s *stores.DB, x *sheets) (*itemstats.Fairness, *itemstats.Report, error) {
	names, at := []string{""}, make(map[string]int)
	for _, sitting := range x.def.Sittings {
		at[sitting.Code] = len(names)
		names = append(names, sitting.Code)
	}
	if c.Sitting != "" && at[c.Sitting] == 0 {
		return nil, nil, fmt.Errorf("--sitting %s: exam %s has no such sitting; see terang exam status", c.Sitting, c.Exam)
	}
	for _, one := range x.sitters {
		one.sat.Sitting = at[one.Sitting]
	}
	sat := itemstats.NewSittings(x.design, names)
	tolerance := x.plan.Tolerances()
	r, cube, err := x.analyse(ctx, s, nil, func(one *sitter, t *itemstats.Taken, sign int64) error {
		if err := x.sat(one, t); err != nil {
			return err
		}
		return sat.Count(t, one.sat, tolerance, sign)
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
	r.Grouping = c.Group
	if c.GroupFile != "" {
		r.Grouping = "file"
	}
	f := itemstats.Judge(cube, sat, r, itemstats.PlanFacts{
		Limit: float64(x.blueprint.MaxExposure) / 1000, Expected: x.plan.ExpectedOverlap(),
	})
	if c.Sitting != "" {
		f.Sittings = keep(f.Sittings, func(row itemstats.SittingFairness) bool { return row.Sitting == c.Sitting })
		if len(f.Sittings) == 0 {
			return nil, nil, fmt.Errorf("sitting %s: nobody has finished there yet", c.Sitting)
		}
	}
	return f, r, nil
}

func keep[T any](all []T, want func(T) bool) (out []T) {
	for _, one := range all {
		if want(one) {
			out = append(out, one)
		}
	}
	return out
}

// sat fills in what the fairness report needs of a candidate.
func (x *sheets) sat(s *sitter, t *itemstats.Taken) error {
	var err error
	if s.sat.Deviation, err = x.plan.Deviations(x.seed, x.def.Code+"/"+s.Number, nil); err != nil {
		return err
	}
	bar, err := x.rules.Bar(s.need, nil)
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

func (c *resultsFairness) print(out io.Writer, f *itemstats.Fairness) error {
	printSource(out, &f.Source, &f.Population)
	fmt.Fprintf(out, "\n%s\n%s\n", f.Adjustment.ID, f.Adjustment.EN)

	fmt.Fprintln(out, "\nHow hard the forms were: deviation from the plan's target in points, by the difficulty that the plan knows (the judged band, where an item has no statistics)")
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "SITTING\tN\t")
	for _, s := range f.All.Form {
		fmt.Fprintf(w, "%s mean\tSD\t", cmp.Or(s.Section, "TOTAL"))
	}
	fmt.Fprintln(w, "BEYOND TOLERANCE\t")
	rows := append([]itemstats.SittingFairness{f.All}, f.Sittings...)
	for _, row := range rows {
		fmt.Fprintf(w, "%s\t%d\t", cmp.Or(row.Sitting, "all"), row.N)
		for _, s := range row.Form {
			fmt.Fprintf(w, "%s\t%s\t", figure(s.Mean, 2), figure(s.SD, 2))
		}
		fmt.Fprintf(w, "%d\t\n", row.Outside)
	}
	if err := w.Flush(); err != nil {
		return err
	}

	fmt.Fprintln(out, "\nHow hard the forms turned out: points they were worth by what their items gave on average; chance in those means adds to the SD")
	fmt.Fprint(w, "SITTING\tN\t")
	for _, e := range f.All.Expected {
		fmt.Fprintf(w, "%s: mean\tSD\tmin\tmax\t", e.Of)
	}
	fmt.Fprintln(w)
	for _, row := range rows {
		fmt.Fprintf(w, "%s\t%d\t", cmp.Or(row.Sitting, "all"), row.N)
		for _, e := range row.Expected {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t", figure(e.Mean, 1), figure(e.SD, 2), figure(e.Min, 1), figure(e.Max, 1))
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}

	if sd := f.All.Expected[0].SD; sd != nil && float64(*sd) > unbalanced {
		fmt.Fprintf(out, "The forms differ by more than %.0f points (SD): they were not balanced well enough for DIF below, which compares people with equal section scores.\n", unbalanced)
	}

	fmt.Fprintln(out, "\nScores, and what the difference of a sitting's mean is made of: its forms (by the items' observed means), and who sat there")
	fmt.Fprint(w, "SITTING\tN\t")
	for _, s := range f.All.Scores {
		fmt.Fprintf(w, "%s mean\tSD\t", cmp.Or(s.Section, "TOTAL"))
		if s.AtCut != nil {
			fmt.Fprint(w, "AT CUT\t")
		}
	}
	fmt.Fprintln(w, "PASSED\tDIFFERENCE\tFORMS\tGROUP\tSE\tOVERLAP\tNOT REACHED\t")
	for _, row := range rows {
		fmt.Fprintf(w, "%s\t%d\t", cmp.Or(row.Sitting, "all"), row.N)
		for i, s := range row.Scores {
			fmt.Fprintf(w, "%s\t%s\t", figure(s.Mean, 2), figure(s.SD, 2))
			if f.All.Scores[i].AtCut != nil {
				fmt.Fprintf(w, "%s\t", figure(s.AtCut, 3))
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", figure(row.PassRate, 3), figure(row.Difference, 2), figure(row.FormPart, 2), figure(row.GroupPart, 2),
			figure(row.SE, 2), figure(row.Overlap, 2), figure(row.NotReached, 2))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, v := range f.Variance {
		fmt.Fprintf(out, "between sittings, %s: F %s, df %d and %d, p %s, omega² %s\n", v.Of, figure(v.F, 2), v.DF1, v.DF2, figure(v.P, 4), figure(v.Omega2, 4))
	}
	fmt.Fprintln(out, "A significant difference of the group part is a difference between groups of people; it is not an unfairness of the test.")
	c.printDecisions(out, f)
	x := &f.Exposure
	fmt.Fprintf(out, "\nExposure: %d of %d items used, at most %s and on average %s of all forms", x.Used, x.Items, figure(x.Max, 3), figure(x.Mean, 3))
	if x.Limit != nil {
		fmt.Fprintf(out, ", limit %s, %d items above it", figure(x.Limit, 3), x.Above)
	}
	fmt.Fprintf(out, ". Two candidates share %s items, %s were expected.\n", figure(x.Overlap, 2), figure(x.Expected, 2))
	for _, p := range f.Positions {
		fmt.Fprintf(out, "Share of points by thirds of %s as seen: %s %s %s\n", p.Section, figure(p.Thirds[0], 3), figure(p.Thirds[1], 3), figure(p.Thirds[2], 3))
	}
	fmt.Fprintf(out, "\nDIF by %s: %d comparisons, %d not negligible (class B or C)\n", f.Grouping, f.Compared, len(f.DIF))
	for _, d := range f.DIF {
		fmt.Fprintf(out, "  %s %s: class %s for %s against %s, delta %s, mean difference %s SD, n %d and %d\n", d.Item, d.Section, d.Class, d.Group, d.Reference,
			figure(d.Delta, 2), figure(d.SMDSD, 2), d.N, d.NRef)
	}
	return nil
}

func (c *resultsFairness) printDecisions(out io.Writer, f *itemstats.Fairness) {
	for _, d := range f.Decisions {
		fmt.Fprintf(out, "\nDecision %s at %d: %d reached it. Reliability %s, SEM %s points; same decision with another form %s, right decision %s, kappa %s\n", d.Section, d.Cut, d.Passed,
			figure(d.Reliability, 3), figure(d.SEM, 1), figure(d.Consistency, 3), figure(d.Accuracy, 3), figure(d.Kappa, 3))
		if len(d.Near) == 0 {
			continue
		}
		w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(w, "  score\ttrue score reaches it\twould reach it again\tconditional SEM\t")
		for _, n := range d.Near {
			fmt.Fprintf(w, "  %d\t%s\t%s\t%s\t\n", n.Score, figure(n.TrueAbove, 2), figure(n.PassAgain, 2), figure(n.CSEM, 1))
		}
		_ = w.Flush() // to where the next line fails too
	}
}
