package analysis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/scoring/aberrance"
	"terang/scoring/itemstats"
)

// AberranceCmd is results aberrance.
type AberranceCmd struct {
	stores.Flags
	Exam       string `help:"Code of the exam."`
	Earlier    string `help:"CSV file with the columns number and score: totals of those who sat an earlier administration." type:"existingfile" placeholder:"FILE"`
	JSON       string `help:"Write the list, or the simulation, for programs to this file; - for the standard output." name:"json" placeholder:"FILE"`
	Simulate   bool   `help:"Read no exam: print how often the rules speak of simulated honest candidates and of known fraud."`
	Candidates int    `default:"200000" help:"Honest candidates of --simulate."`
	Seed       uint64 `default:"1" help:"Of --simulate: the same gives the same figures."`
}

// Run prints the advisory list of an exam; a server may hold the journal meanwhile.
func (c *AberranceCmd) Run(ctx context.Context) error {
	if c.Simulate == (c.Exam != "") {
		return usage.Errorf("give either --exam CODE or --simulate")
	}
	if c.Simulate {
		if c.Candidates < 1 || c.Candidates > 10_000_000 {
			return usage.Errorf("--candidates %d: between 1 and 10000000", c.Candidates)
		}
		s, err := aberrance.Simulate(c.Candidates, c.Seed, aberrance.DefaultRules())
		if err != nil {
			return err
		}
		return c.write(s, func() error { return printSimulation(os.Stdout, s) })
	}
	r, err := c.list(ctx)
	if err != nil {
		return err
	}
	return c.write(r, func() error { return printList(os.Stdout, r) })
}

func (c *AberranceCmd) write(report any, print func() error) error {
	if c.JSON != "" {
		if err := output.Private(c.JSON, output.JSON(report)); err != nil || c.JSON == "-" {
			return err
		}
	}
	return print()
}

// looked is a candidate as the list needs them.
type looked struct {
	sitter   *sitter
	session  aberrance.Session // letters only, once it is examined
	findings []aberrance.Finding
	total    int
}

// list reads the journal twice: for how people do with each item, then for each candidate.
func (c *AberranceCmd) list(ctx context.Context) (*aberrance.Report, error) {
	before, err := readEarlier(c.Earlier)
	if err != nil {
		return nil, err
	}
	var r *aberrance.Report
	err = c.Reading(func(s *stores.DB, keys *stores.KeyFile) (err error) {
		r, err = examine(ctx, s, keys, c.Exam, before)
		return err
	})
	return r, err
}

// apart says that a candidate's times are not compared with anybody's.
func (s *sitter) apart() bool { return s.Accommodation != "" || s.ExtraMinutes > 0 || s.sat.ExtraTime }

func examine(ctx context.Context, s *stores.DB, keys *stores.KeyFile, exam string, before map[string]float64) (*aberrance.Report, error) {
	x, err := Open(ctx, s, keys, exam, Grouping{})
	if err != nil {
		return nil, err
	}
	cube := itemstats.NewCube(x.design)
	err = x.read(ctx, s.Journal, func(one *sitter, t *itemstats.Taken, sign int64) error {
		switch {
		case one.apart():
			return nil
		case sign < 0:
			return cube.Remove(t)
		}
		return cube.Add(t)
	})
	if err != nil {
		return nil, err
	}
	norms, rules := cube.Norms(), aberrance.DefaultRules()
	if x, err = Open(ctx, s, keys, exam, Grouping{}); err != nil {
		return nil, err
	}
	x.trace = true
	all := make(map[*sitter]*looked)
	err = x.read(ctx, s.Journal, func(one *sitter, t *itemstats.Taken, sign int64) error {
		if sign < 0 {
			delete(all, one)
			return nil
		}
		session := aberrance.NewSession(x.design, one.sheet, t, one.apart())
		l := &looked{sitter: one, findings: aberrance.Examine(session, norms, x.design, rules)}
		for _, points := range x.design.Scores(t) {
			l.total += points
		}
		l.session.Letters, l.session.Apart = session.Letters, session.Apart
		all[one] = l
		return nil
	})
	if err != nil {
		return nil, err
	}
	r := &aberrance.Report{Schema: aberrance.Schema, Source: x.source, Population: x.counted, Rules: rules, Hash: rules.Hash(), Advice: aberrance.Advice()}
	x.jumps(all, before, r)
	x.rooms(all, r)
	x.neighbours(all, r)
	for one, l := range all {
		if l.session.Apart {
			r.Apart++
		} else {
			r.Examined++
		}
		if len(l.findings) > 0 {
			r.Candidates = append(r.Candidates, aberrance.Named{Number: one.Number, Sitting: one.Sitting, Seat: one.seatNow(), Findings: l.findings})
		}
	}
	r.Expected = aberrance.ExpectedAlarms(r.Examined)
	r.Sort()
	return r, nil
}

func (s *sitter) seatNow() string { return cmp.Or(s.seat, s.Seat) }

// jumps looks at who came back.
func (x *Sheets) jumps(all map[*sitter]*looked, before map[string]float64, r *aberrance.Report) {
	var who []*looked
	var back []aberrance.Return
	for one, l := range all {
		n, _ := proctor.NormalNumber(one.Number)
		if score, ok := before[n]; ok {
			who, back = append(who, l), append(back, aberrance.Return{Before: score, Now: float64(l.total)})
		}
	}
	for i, f := range aberrance.Jumps(back, r.Rules) {
		who[i].findings = append(who[i].findings, f)
	}
}

// rooms looks at each room in each sitting, and at each site by day.
func (x *Sheets) rooms(all map[*sitter]*looked, r *aberrance.Report) {
	type tally struct{ seats, flagged int }
	places := make(map[string]*tally)
	sittings := make(map[string]engine.SittingDef)
	for _, s := range x.def.Sittings {
		sittings[s.Code] = s
	}
	for one, l := range all {
		if l.session.Apart {
			continue
		}
		flagged := false
		for _, f := range l.findings {
			flagged = flagged || f.Code != "J1"
		}
		s := sittings[one.Sitting]
		names := []string{"sitting " + s.Code + ", room " + s.Room}
		if at, err := x.def.StartOf(s); err == nil {
			names = append(names, "site "+s.Site+" on "+at.Time().In(x.def.Zone(s.Code)).Format(time.DateOnly))
		}
		for _, name := range names {
			if places[name] == nil {
				places[name] = new(tally)
			}
			places[name].seats++
			if flagged {
				places[name].flagged++
			}
		}
	}
	for name, p := range places {
		if f, ok := aberrance.Room(p.seats, p.flagged, r.Rules); ok {
			r.Rooms = append(r.Rooms, aberrance.Place{Name: name, Seats: p.seats, Flagged: p.flagged, Finding: f})
		}
	}
}

// neighbours compares everybody with the seats beside them.
func (x *Sheets) neighbours(all map[*sitter]*looked, r *aberrance.Report) {
	options := 0
	for _, it := range x.design.Items {
		if options == 0 || len(it.Options) < options {
			options = len(it.Options) // the fewest: chance is then not made smaller than it is
		}
	}
	rooms := make(map[string][]*looked)
	for one, l := range all {
		rooms[one.Sitting] = append(rooms[one.Sitting], l)
	}
	for sitting, room := range rooms {
		for i, a := range room {
			for _, b := range room[i+1:] {
				if !aberrance.Beside(a.sitter.seatNow(), b.sitter.seatNow()) {
					continue
				}
				r.Pairs++
				if f, ok := aberrance.Neighbours(&a.session, &b.session, options, r.Rules); ok {
					first, second := a.sitter, b.sitter
					if second.Number < first.Number {
						first, second = second, first
					}
					r.Neighbours = append(r.Neighbours, aberrance.Pair{
						Numbers: [2]string{first.Number, second.Number}, Seats: [2]string{first.seatNow(), second.seatNow()}, Sitting: sitting, Finding: f,
					})
				}
			}
		}
	}
}

// mostEarlier is beyond what any test's total is, and within what regressions can add up.
const mostEarlier = 1_000_000

// readEarlier reads totals by normal number, whole or not at all.
func readEarlier(path string) (map[string]float64, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	rows, faults := numbered(file, "--earlier "+path, "score")
	scores := make(map[string]float64, len(rows))
	for _, row := range rows {
		score, err := strconv.ParseFloat(strings.TrimSpace(row.value), 64)
		if err != nil || !(math.Abs(score) <= mostEarlier) { // NaN is not either
			faults = append(faults, fmt.Errorf("%s row %d, column score: %q is no total: write a number up to %d, with a decimal point", path, row.line, row.value, mostEarlier))
		}
		scores[row.number] = score
	}
	if len(faults) > 0 {
		return nil, errors.Join(append(faults, fmt.Errorf("%d faults, nothing was taken", len(faults)))...)
	}
	return scores, nil
}
