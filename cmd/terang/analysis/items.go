package analysis

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

	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/scoring/itemstats"
)

// Flags choose what is analysed.
type Flags struct {
	stores.Flags
	Exam      string `required:"" help:"Code of the exam."`
	Group     string `default:"none" enum:"none,site,sitting,need,formation,accommodation" help:"Compare groups of candidates (DIF): ${enum}."`
	GroupFile string `help:"Compare the groups of a CSV file with the columns number and group, as sex, that the roster has not." type:"existingfile" placeholder:"FILE"`
}

// open reads what is needed for the analysis; a server may hold the journal meanwhile.
func (f *Flags) open(ctx context.Context) (*stores.DB, *Sheets, error) {
	by := Grouping{by: f.Group}
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
	x, err := Open(ctx, s, keys, f.Exam, by)
	if err != nil {
		return nil, nil, errors.Join(err, s.Close())
	}
	return s, x, nil
}

// analyse makes the item analysis. also is told of every form that the cube has taken or
// given back, and may be nil.
func (x *Sheets) analyse(ctx context.Context, j engine.Journal, earlier *itemstats.Report, also visitSheet) (*itemstats.Report, *itemstats.Cube, error) {
	cube := itemstats.NewCube(x.design)
	err := x.read(ctx, j, func(one *sitter, t *itemstats.Taken, sign int64) error {
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
	r.Source, r.Population, r.Grouping = x.source, x.counted, cmp.Or(x.by.by, "none")
	return r, cube, nil
}

// ItemsCmd is bank stats.
type ItemsCmd struct {
	Flags
	Against string `help:"The --json of an earlier administration: items that drifted are flagged." type:"existingfile" placeholder:"FILE"`
	Rasch   bool   `help:"Fit the Rasch model to the keyed sections: item difficulties in logits, for linking only. Takes minutes and a quarter of a kilobyte a candidate on a large exam."`
	Item    string `help:"Show one item with its options." placeholder:"ID"`
	JSON    string `help:"Write the report for programs to this file; - for the standard output." name:"json" placeholder:"FILE"`
	CSV     string `help:"Write one row an item to this file." name:"csv" placeholder:"FILE"`
	PlanCSV string `help:"Write what candidates did on each item to this file: what bank plan and exam create read with --stats." name:"plan-csv" placeholder:"FILE"`
}

// Run analyses the items of an exam from its journal; a server may hold it meanwhile.
func (c *ItemsCmd) Run(ctx context.Context) error {
	earlier, err := c.earlier()
	if err != nil {
		return err
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
	r, cube, err := x.analyse(ctx, s.Journal, earlier, also)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	if patterns != nil {
		patterns.Fit(r)
	}
	return c.write(x, r, cube)
}

// earlier is the report of an earlier administration, nil if none was given.
func (c *ItemsCmd) earlier() (*itemstats.Report, error) {
	if c.Against == "" {
		return nil, nil
	}
	body, err := os.ReadFile(c.Against)
	if err != nil {
		return nil, fmt.Errorf("--against: %w", err)
	}
	r := new(itemstats.Report)
	if err := json.Unmarshal(body, r); err != nil {
		return nil, fmt.Errorf("--against %s: %w; give what bank stats --json wrote", c.Against, err)
	}
	if r.Schema != itemstats.Schema {
		return nil, fmt.Errorf("--against %s: schema %q, want %s; give what bank stats --json wrote", c.Against, r.Schema, itemstats.Schema)
	}
	return r, nil
}

// write leaves the report in each form that was asked for, and prints it.
func (c *ItemsCmd) write(x *Sheets, r *itemstats.Report, cube *itemstats.Cube) error {
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
		if err := output.Private(c.JSON, output.JSON(r)); err != nil || c.JSON == "-" {
			return err
		}
	}
	return c.print(os.Stdout, r)
}

// writeItems writes one row an item.
func writeItems(path string, r *itemstats.Report) error {
	return output.Private(path, func(out io.Writer) error {
		w := csv.NewWriter(out)
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
		return w.Error()
	})
}

// cell is a figure in a table for programs, empty where it is not given.
func cell(n *itemstats.Number) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(float64(*n), 'g', 10, 64)
}
