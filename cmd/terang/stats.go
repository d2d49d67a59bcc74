package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/scoring/itemstats"
)

// sheetFlags choose what is analysed.
type sheetFlags struct {
	stores.Flags
	Exam      string `required:"" help:"Code of the exam."`
	Group     string `default:"none" enum:"none,site,sitting,need,formation,accommodation" help:"Compare groups of candidates (DIF): ${enum}."`
	GroupFile string `help:"Compare the groups of a CSV file with the columns number and group, as sex, that the roster has not." type:"existingfile" placeholder:"FILE"`
}

// open reads what is needed for the analysis; a server may hold the journal meanwhile.
func (f *sheetFlags) open(ctx context.Context) (*stores.DB, *sheets, error) {
	by := grouping{by: f.Group}
	if f.GroupFile != "" {
		if f.Group != "none" {
			return nil, nil, usage.Errorf("give either --group or --group-file")
		}
		var err error
		if by, err = readGroups(f.GroupFile); err != nil {
			return nil, nil, err
		}
	}
	keys, err := stores.ReadKeys(f.KeyPath())
	if err != nil {
		return nil, nil, err
	}
	s, err := stores.Open(f.Journal, false)
	if err != nil {
		return nil, nil, err
	}
	x, err := openSheets(ctx, s, keys, f.Exam, by)
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return s, x, nil
}

// readGroups reads a file of numbers and groups whole, or names every fault.
func readGroups(path string) (grouping, error) {
	g := grouping{by: "file", file: make(map[string]string)}
	file, err := os.Open(path)
	if err != nil {
		return g, err
	}
	defer func() { _ = file.Close() }()
	rows, faults := numbered(file, "--group-file "+path, "group")
	for _, row := range rows {
		g.file[row.number] = row.value
	}
	if len(faults) > 0 {
		return g, errors.Join(append(faults, fmt.Errorf("%d faults, nothing was taken", len(faults)))...)
	}
	return g, nil
}

// analyse makes the item analysis. also is told of every form that the cube has taken or
// given back, and may be nil.
func (x *sheets) analyse(ctx context.Context, s *stores.DB, earlier *itemstats.Report, also visitSheet) (*itemstats.Report, *itemstats.Cube, error) {
	cube := itemstats.NewCube(x.design)
	err := x.read(ctx, s.Journal, func(one *sitter, t *itemstats.Taken, sign int64) error {
		count := cube.Add
		if sign < 0 {
			count = cube.Remove
		}
		if err := count(t); err != nil || also == nil {
			return err
		}
		return also(one, t, sign)
	})
	if err != nil {
		return nil, nil, err
	}
	r := itemstats.Analyse(cube, itemstats.DefaultLimits(), earlier)
	r.Source, r.Population = x.source, x.counted
	return r, cube, nil
}

type bankStats struct {
	sheetFlags
	Against string `help:"The --json of an earlier administration: items that drifted are flagged." type:"existingfile" placeholder:"FILE"`
	Rasch   bool   `help:"Fit the Rasch model to the keyed sections: item difficulties in logits, for linking only. Takes minutes and a quarter of a kilobyte a candidate on a large exam."`
	Item    string `help:"Show one item with its options." placeholder:"ID"`
	JSON    string `help:"Write the report for programs to this file; - for the standard output." name:"json" placeholder:"FILE"`
	CSV     string `help:"Write one row an item to this file." name:"csv" placeholder:"FILE"`
	PlanCSV string `help:"Write what candidates did on each item to this file: what bank plan and exam create read with --stats." name:"plan-csv" placeholder:"FILE"`
}

// Run analyses the items of an exam from its journal; a server may hold it meanwhile.
func (c *bankStats) Run(ctx context.Context) error {
	var earlier *itemstats.Report
	if c.Against != "" {
		body, err := os.ReadFile(c.Against)
		if err != nil {
			return err
		}
		earlier = new(itemstats.Report)
		if err := json.Unmarshal(body, earlier); err != nil || earlier.Schema != itemstats.Schema {
			return fmt.Errorf("--against %s: schema %q, want %s: give what bank stats --json wrote (%v)", c.Against, earlier.Schema, itemstats.Schema, err)
		}
	}
	s, x, err := c.open(ctx)
	if err != nil {
		return err
	}
	var patterns *itemstats.Patterns
	var also visitSheet
	if c.Rasch {
		patterns = itemstats.NewPatterns(x.design)
		also = func(_ *sitter, t *itemstats.Taken, sign int64) error {
			if sign < 0 {
				patterns.Remove(t)
			} else {
				patterns.Add(t)
			}
			return nil
		}
	}
	r, cube, err := x.analyse(ctx, s, earlier, also)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	if patterns != nil {
		patterns.Fit(r)
	}
	r.Grouping = c.Group
	if c.GroupFile != "" {
		r.Grouping = "file"
	}
	if c.CSV != "" {
		if err := writeItems(c.CSV, r); err != nil {
			return err
		}
	}
	if c.PlanCSV != "" {
		if err := x.writePlanStatistics(c.PlanCSV, cube); err != nil {
			return err
		}
	}
	if c.JSON != "" {
		if err := writeReport(c.JSON, r); err != nil {
			return err
		}
		if c.JSON == "-" {
			return nil
		}
	}
	return c.print(os.Stdout, r)
}

// writeReport writes a report for programs. It tells the key, so nobody else may read it.
func writeReport(path string, report any) error {
	body, err := json.MarshalIndent(report, "", " ")
	if err != nil {
		return err
	}
	body = append(body, '\n')
	if path == "-" {
		_, err = os.Stdout.Write(body)
		return err
	}
	return os.WriteFile(path, body, 0o600)
}

// figure prints a figure with so many decimals, - where it is not given.
func figure(n *itemstats.Number, decimals int) string {
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

func (c *bankStats) print(out io.Writer, r *itemstats.Report) error {
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
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t\n", s.Code, s.N, s.Places, figure(s.Mean, 2), figure(s.SD, 2), figure(s.Alpha, 3), figure(s.SEM, 2), figure(s.KR21, 3))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, s := range r.Sections {
		if s.Rasch != nil {
			fmt.Fprintf(out, "Rasch %s: SD of abilities %s logits, log-likelihood %s, %d cycles, settled: %v\n", s.Code, figure(s.Rasch.AbilitySD, 3), figure(s.Rasch.LogL, 2), s.Rasch.Cycles, s.Rasch.Settled)
		}
	}
	fmt.Fprintf(out, "two candidates share %s items on average\n", figure(r.Overlap, 2))
	printGroups(out, r)
	fmt.Fprintln(out)
	fmt.Fprintln(w, "ITEM\tSECTION\tN\tEXPOSURE\tFACILITY\tR REST\tUPPER\tLOWER\tRASCH b\tSE\tSLOPE\tOMITTED\tNOT REACHED\tMEDIAN s\tFLAGS\t")
	for _, it := range r.Items {
		var flags []string
		for _, f := range it.Flags {
			flags = append(flags, strings.TrimSuffix(f.Code+":"+f.Option, ":"))
		}
		b, se, slope := raschOf(&it)
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\t\n", it.ID, it.Section, it.N, figure(it.Exposure, 3), figure(it.Facility, 3), figure(it.RRest, 2),
			figure(it.Upper, 2), figure(it.Lower, 2), figure(b, 2), figure(se, 2), figure(slope, 2), it.Omitted, it.Unreached, figure(it.Time.Median, 1), strings.Join(flags, " "))
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
		figure(it.Facility, 3), figure(it.FacilityInterval[0], 3), figure(it.FacilityInterval[1], 3), figure(it.RRest, 3), figure(it.D, 2))
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "  option\tpoints\tn\tshare\tmean rest\tr\tfifths, weakest first\t\t\t\t\t")
	for _, o := range it.Options {
		fmt.Fprintf(w, "  %s\t%d\t%d\t%s\t%s\t%s\t", cmp.Or(o.ID, "none"), o.Points, o.N, figure(o.Share, 3), figure(o.MeanRest, 1), figure(o.R, 2))
		for _, f := range o.Fifths {
			fmt.Fprintf(w, "%s\t", figure(f, 2))
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush() // to where the caller's next line fails too
	t := &it.Time
	fmt.Fprintf(out, "  time in view: n %d, median %s s, 10 %% below %s s, 90 %% below %s s\n", t.N, figure(t.Median, 1), figure(t.P10, 1), figure(t.P90, 1))
	for _, d := range it.DIF {
		if d.Delta != nil {
			fmt.Fprintf(out, "  DIF %s against %s: class %s, delta %s (SE %s), p %s, n %d and %d\n", d.Group, d.Reference, d.Class, figure(d.Delta, 2), figure(d.SEDelta, 2), figure(d.P, 4), d.N, d.NRef)
		} else {
			fmt.Fprintf(out, "  DIF %s against %s: class %s, mean difference %s SD, p %s, n %d and %d\n", d.Group, d.Reference, d.Class, figure(d.SMDSD, 2), figure(d.P, 4), d.N, d.NRef)
		}
	}
	for _, f := range it.Flags {
		fmt.Fprintf(out, "  ! %s: %s\n    %s\n", f.Code, f.ID, f.EN)
	}
}

// writeItems writes one row an item.
func writeItems(path string, r *itemstats.Report) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	w := csv.NewWriter(file)
	_ = w.Write(strings.Split("item,section,judged,n,exposure,omitted,not_reached,mean,sd,facility,facility_low,facility_high,facility_answered,r_total,r_rest,p_upper,p_lower,d,median_s,mean_ln_s,sd_ln_s,rasch_b,rasch_se,slope,flags", ","))
	for _, it := range r.Items {
		var flags []string
		for _, f := range it.Flags {
			flags = append(flags, f.Code)
		}
		row := []string{it.ID, it.Section, it.Judged, strconv.FormatInt(it.N, 10), cell(it.Exposure), strconv.FormatInt(it.Omitted, 10), strconv.FormatInt(it.Unreached, 10)}
		b, se, slope := raschOf(&it)
		for _, n := range []*itemstats.Number{
			it.Mean, it.SD, it.Facility, it.FacilityInterval[0], it.FacilityInterval[1], it.FacilityAnswered, it.RTotal, it.RRest,
			it.Upper, it.Lower, it.D, it.Time.Median, it.Time.MeanLn, it.Time.SDLn, b, se, slope,
		} {
			row = append(row, cell(n))
		}
		_ = w.Write(append(row, strings.Join(flags, " ")))
	}
	w.Flush()
	return errors.Join(w.Error(), file.Close())
}

// cell is a figure in a table for programs, empty where it is not given.
func cell(n *itemstats.Number) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(float64(*n), 'g', 10, 64)
}
