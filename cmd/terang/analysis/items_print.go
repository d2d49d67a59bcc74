package analysis

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"terang/scoring/itemstats"
)

// Figure prints a figure with so many decimals, - where it is not given.
func Figure(n *itemstats.Number, decimals int) string {
	if n == nil {
		return "-"
	}
	return strconv.FormatFloat(float64(*n), 'f', decimals, 64)
}

func printSource(w io.Writer, src *itemstats.Source, p *itemstats.Population) {
	if src.Rehearsal {
		fmt.Fprintln(w, "GLADI (rehearsal): nothing here is anybody's result")
	}
	fmt.Fprintf(w, "%s  %s  rule set %s\n", src.Exam, src.Title, src.RuleSet)
	fmt.Fprintf(w, "bank %.12s  plan %.12s  seed %.12s  roster %.12s  journal to %d, %s\n", src.Bank, src.Plan, src.Seed, cmp.Or(src.Roster, "-"), src.Position, src.At)
	fmt.Fprintf(w, "counted: %d finished (%d interrupted, %d with extra time). Left out: %d running, %d disqualified, %d not started.\n",
		p.Finished, p.Interrupted, p.ExtraTime, p.Running, p.Disqualified, p.NotStarted)
	fmt.Fprintf(w, "forms recomputed from plan and seed: %d, that do not fit the record: %d\n", p.Forms, p.Strange)
	if p.Strange > 0 {
		fmt.Fprintln(w, "  BAD: a form that does not fit its record is in no figure; find out why before anything is decided")
	}
}

func (c *ItemsCmd) print(out io.Writer, r *itemstats.Report) error {
	if c.Item != "" {
		for i := range r.Items {
			if r.Items[i].ID == c.Item {
				printItem(out, &r.Items[i])
				return nil
			}
		}
		return fmt.Errorf("--item %s: no such item in the bank of %s", c.Item, r.Source.Exam)
	}
	printSource(out, &r.Source, &r.Population)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\nSECTION\tN\tPLACES\tMEAN\tSD\tALPHA\tSEM\tKR-21\t")
	for _, s := range r.Sections {
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t\n", s.Code, s.N, s.Places, Figure(s.Mean, 2), Figure(s.SD, 2), Figure(s.Alpha, 3), Figure(s.SEM, 2), Figure(s.KR21, 3))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, s := range r.Sections {
		if s.Rasch != nil {
			fmt.Fprintf(out, "Rasch %s: SD of abilities %s logits, log-likelihood %s, %d cycles, settled: %v\n", s.Code, Figure(s.Rasch.AbilitySD, 3), Figure(s.Rasch.LogL, 2), s.Rasch.Cycles, s.Rasch.Settled)
		}
	}
	fmt.Fprintf(out, "two candidates share %s items on average\n", Figure(r.Overlap, 2))
	printGroups(out, r)
	fmt.Fprintln(out)
	fmt.Fprintln(w, "ITEM\tSECTION\tN\tEXPOSURE\tFACILITY\tR REST\tUPPER\tLOWER\tRASCH b\tSE\tSLOPE\tOMITTED\tNOT REACHED\tMEDIAN s\tFLAGS\t")
	for _, it := range r.Items {
		var flags []string
		for _, f := range it.Flags {
			flags = append(flags, strings.TrimSuffix(f.Code+":"+f.Option, ":"))
		}
		b, se, slope := raschOf(&it)
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\t\n", it.ID, it.Section, it.N, Figure(it.Exposure, 3), Figure(it.Facility, 3), Figure(it.RRest, 2),
			Figure(it.Upper, 2), Figure(it.Lower, 2), Figure(b, 2), Figure(se, 2), Figure(slope, 2), it.Omitted, it.Unreached, Figure(it.Time.Median, 1), strings.Join(flags, " "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d items have a flag. A flag is a reason for two reviewers to look, and decides nothing.\n", r.Flagged)
	for i := range r.Items {
		if len(r.Items[i].Flags) > 0 {
			fmt.Fprintln(out)
			printItem(out, &r.Items[i])
		}
	}
	fmt.Fprintf(out, "\n- is not given: below %d candidates for a facility, %d for a correlation, %d in each group for DIF.\n", r.Limits.Facility, r.Limits.Correlation, r.Limits.DIF)
	return nil
}

func raschOf(it *itemstats.ItemReport) (b, se, slope *itemstats.Number) {
	if it.Rasch == nil {
		return nil, nil, nil
	}
	return it.Rasch.B, it.Rasch.SE, it.Rasch.A
}

func printGroups(out io.Writer, r *itemstats.Report) {
	if len(r.Groups) < 2 {
		return
	}
	fmt.Fprintf(out, "groups by %s:", r.Grouping)
	for _, g := range r.Groups {
		n := fmt.Sprintf("fewer than %d", r.Limits.Cell)
		if g.N != nil {
			n = strconv.FormatInt(*g.N, 10)
		}
		mark := ""
		if g.Reference {
			mark = " (reference)"
		}
		fmt.Fprintf(out, "  %s %s%s", cmp.Or(g.Name, "others"), n, mark)
	}
	fmt.Fprintln(out)
}

// printItem shows one item: its options as canonical letters, its comparisons, its flags.
func printItem(out io.Writer, it *itemstats.ItemReport) {
	fmt.Fprintf(out, "%s  %s  judged %s  n %d  facility %s (%s to %s)  r without the item %s  D %s\n", it.ID, it.Section, cmp.Or(it.Judged, "-"), it.N,
		Figure(it.Facility, 3), Figure(it.FacilityInterval[0], 3), Figure(it.FacilityInterval[1], 3), Figure(it.RRest, 3), Figure(it.D, 2))
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "  option\tpoints\tn\tshare\tmean rest\tr\tfifths, weakest first\t\t\t\t\t")
	for _, o := range it.Options {
		fmt.Fprintf(w, "  %s\t%d\t%d\t%s\t%s\t%s\t", cmp.Or(o.ID, "none"), o.Points, o.N, Figure(o.Share, 3), Figure(o.MeanRest, 1), Figure(o.R, 2))
		for _, f := range o.Fifths {
			fmt.Fprintf(w, "%s\t", Figure(f, 2))
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush() // to where the caller's next line fails too
	t := &it.Time
	fmt.Fprintf(out, "  time in view: n %d, median %s s, 10 %% below %s s, 90 %% below %s s\n", t.N, Figure(t.Median, 1), Figure(t.P10, 1), Figure(t.P90, 1))
	for _, d := range it.DIF {
		if d.Delta != nil {
			fmt.Fprintf(out, "  DIF %s against %s: class %s, delta %s (SE %s), p %s, n %d and %d\n", d.Group, d.Reference, d.Class, Figure(d.Delta, 2), Figure(d.SEDelta, 2), Figure(d.P, 4), d.N, d.NRef)
		} else {
			fmt.Fprintf(out, "  DIF %s against %s: class %s, mean difference %s SD, p %s, n %d and %d\n", d.Group, d.Reference, d.Class, Figure(d.SMDSD, 2), Figure(d.P, 4), d.N, d.NRef)
		}
	}
	for _, f := range it.Flags {
		fmt.Fprintf(out, "  ! %s: %s\n    %s\n", f.Code, f.ID, f.EN)
	}
}
