package analysis

import (
	"fmt"
	"io"
	"text/tabwriter"

	"terang/scoring/aberrance"
)

func printList(out io.Writer, r *aberrance.Report) error {
	printSource(out, &r.Source, &r.Population)
	fmt.Fprintf(out, "rules %s, SHA-256 %s\n\n%s\n%s\n\n", r.Rules.Version, r.Hash, r.Advice[0], r.Advice[1])
	fmt.Fprintf(out, "Examined by their times: %d. Left out, because of extra time or another accommodation: %d. Pairs of neighbours: %d.\n", r.Examined, r.Apart, r.Pairs)
	fmt.Fprintf(out, "Of %d honest candidates %.2g are named by B1 or F1 by chance; of 4,000,000 in the country %.0f.\n", r.Examined, r.Expected, aberrance.ExpectedAlarms(4_000_000))
	fmt.Fprintln(out, "Answer similarity on common items (GBT) is not computed: forms from a large bank share some four items, and below forty it finds nothing.")
	say := func(f *aberrance.Finding) {
		fmt.Fprintf(out, "  %s  %s\n      %s\n      %s\n", f.Code, f.ID, f.EN, f.Expected)
		if f.From != 0 {
			fmt.Fprintf(out, "      from %s to %s\n", f.From, f.To)
		}
	}
	for i := range r.Rooms {
		p := &r.Rooms[i]
		fmt.Fprintf(out, "\n%s\n", p.Name)
		say(&p.Finding)
	}
	for i := range r.Neighbours {
		p := &r.Neighbours[i]
		fmt.Fprintf(out, "\n%s (seat %s) and %s (seat %s), sitting %s\n", p.Numbers[0], p.Seats[0], p.Numbers[1], p.Seats[1], p.Sitting)
		say(&p.Finding)
	}
	for i := range r.Candidates {
		n := &r.Candidates[i]
		fmt.Fprintf(out, "\n%s  sitting %s  seat %s\n", n.Number, n.Sitting, n.Seat)
		for j := range n.Findings {
			say(&n.Findings[j])
		}
	}
	if len(r.Rooms)+len(r.Neighbours)+len(r.Candidates) == 0 {
		fmt.Fprintln(out, "\nNothing to look into.")
	}
	return nil
}

func printSimulation(out io.Writer, s *aberrance.Simulation) error {
	fmt.Fprintf(out, "rules %s, SHA-256 %s\n%d honest candidates, 110 items in 100 minutes; %.0f %% ran out of time\n\n", s.Rules.Version, s.Hash, s.Candidates, 100*s.RanOut)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "OF 100,000\tN\tB1\tF1\tB1 OR F1\tV1\t")
	for _, p := range s.Patterns {
		fmt.Fprintf(w, "%s\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t\n", p.Name, p.N, 1e5*p.B1, 1e5*p.F1, 1e5*p.Either, 1e5*p.V1)
	}
	return w.Flush()
}
