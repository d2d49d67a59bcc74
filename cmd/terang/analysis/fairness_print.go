package analysis

import (
	"cmp"
	"fmt"
	"io"
	"text/tabwriter"

	"terang/scoring/itemstats"
)

// unbalanced is the SD of forms in points from which on equal raw scores no longer mean
// equal abilities.
const unbalanced = 2.0

func printFairness(out io.Writer, f *itemstats.Fairness) error {
	printSource(out, &f.Source, &f.Population)
	fmt.Fprintf(out, "\n%s\n%s\n", f.Adjustment.ID, f.Adjustment.EN)
	rows := append([]itemstats.SittingFairness{f.All}, f.Sittings...)
	if err := printForms(out, f, rows); err != nil {
		return err
	}
	if err := printScores(out, f, rows); err != nil {
		return err
	}
	printDecisions(out, f)
	printUse(out, f)
	return nil
}

// printForms says how hard the forms of each sitting were: as planned, and as they turned out.
func printForms(out io.Writer, f *itemstats.Fairness, rows []itemstats.SittingFairness) error {
	fmt.Fprintln(out, "\nHow hard the forms were: deviation from the plan's target in points, by the difficulty that the plan knows (the judged band, where an item has no statistics)")
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "SITTING\tN\t")
	for _, s := range f.All.Form {
		fmt.Fprintf(w, "%s mean\tSD\t", cmp.Or(s.Section, "TOTAL"))
	}
	fmt.Fprintln(w, "BEYOND TOLERANCE\t")
	for _, row := range rows {
		fmt.Fprintf(w, "%s\t%d\t", cmp.Or(row.Sitting, "all"), row.N)
		for _, s := range row.Form {
			fmt.Fprintf(w, "%s\t%s\t", Figure(s.Mean, 2), Figure(s.SD, 2))
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
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t", Figure(e.Mean, 1), Figure(e.SD, 2), Figure(e.Min, 1), Figure(e.Max, 1))
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}

	if sd := f.All.Expected[0].SD; sd != nil && float64(*sd) > unbalanced {
		fmt.Fprintf(out, "The forms differ by more than %.0f points (SD): they were not balanced well enough for DIF below, which compares people with equal section scores.\n", unbalanced)
	}
	return nil
}

func printScores(out io.Writer, f *itemstats.Fairness, rows []itemstats.SittingFairness) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
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
			fmt.Fprintf(w, "%s\t%s\t", Figure(s.Mean, 2), Figure(s.SD, 2))
			if f.All.Scores[i].AtCut != nil {
				fmt.Fprintf(w, "%s\t", Figure(s.AtCut, 3))
			}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", Figure(row.PassRate, 3), Figure(row.Difference, 2), Figure(row.FormPart, 2), Figure(row.GroupPart, 2),
			Figure(row.SE, 2), Figure(row.Overlap, 2), Figure(row.NotReached, 2))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, v := range f.Variance {
		fmt.Fprintf(out, "between sittings, %s: F %s, df %d and %d, p %s, omega² %s\n", v.Of, Figure(v.F, 2), v.DF1, v.DF2, Figure(v.P, 4), Figure(v.Omega2, 4))
	}
	fmt.Fprintln(out, "A significant difference of the group part is a difference between groups of people; it is not an unfairness of the test.")
	return nil
}

// printUse says how often items were used, and which of them groups did not answer alike.
func printUse(out io.Writer, f *itemstats.Fairness) {
	x := &f.Exposure
	fmt.Fprintf(out, "\nExposure: %d of %d items used, at most %s and on average %s of all forms", x.Used, x.Items, Figure(x.Max, 3), Figure(x.Mean, 3))
	if x.Limit != nil {
		fmt.Fprintf(out, ", limit %s, %d items above it", Figure(x.Limit, 3), x.Above)
	}
	fmt.Fprintf(out, ". Two candidates share %s items, %s were expected.\n", Figure(x.Overlap, 2), Figure(x.Expected, 2))
	for _, p := range f.Positions {
		fmt.Fprintf(out, "Share of points by thirds of %s as seen: %s %s %s\n", p.Section, Figure(p.Thirds[0], 3), Figure(p.Thirds[1], 3), Figure(p.Thirds[2], 3))
	}
	fmt.Fprintf(out, "\nDIF by %s: %d comparisons, %d not negligible (class B or C)\n", f.Grouping, f.Compared, len(f.DIF))
	for _, d := range f.DIF {
		fmt.Fprintf(out, "  %s %s: class %s for %s against %s, delta %s, mean difference %s SD, n %d and %d\n", d.Item, d.Section, d.Class, d.Group, d.Reference,
			Figure(d.Delta, 2), Figure(d.SMDSD, 2), d.N, d.NRef)
	}
}

func printDecisions(out io.Writer, f *itemstats.Fairness) {
	for _, d := range f.Decisions {
		fmt.Fprintf(out, "\nDecision %s at %d: %d reached it. Reliability %s, SEM %s points; same decision with another form %s, right decision %s, kappa %s\n", d.Section, d.Cut, d.Passed,
			Figure(d.Reliability, 3), Figure(d.SEM, 1), Figure(d.Consistency, 3), Figure(d.Accuracy, 3), Figure(d.Kappa, 3))
		if len(d.Near) == 0 {
			continue
		}
		w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(w, "  score\ttrue score reaches it\twould reach it again\tconditional SEM\t")
		for _, n := range d.Near {
			fmt.Fprintf(w, "  %d\t%s\t%s\t%s\t\n", n.Score, Figure(n.TrueAbove, 2), Figure(n.PassAgain, 2), Figure(n.CSEM, 1))
		}
		_ = w.Flush() // to where the next line fails too
	}
}
