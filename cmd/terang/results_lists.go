package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"terang/cmd/terang/output"
	"terang/cmd/terang/usage"
	"terang/proctor"
	"terang/scoring/selection"
	"terang/scoring/workbook"
	"terang/web"
)

// listFlags say what a list is made from.
type listFlags struct {
	RuleSet    string `name:"ruleset" default:"skd-2024" help:"Rule set by name, or a file (see results rules)." placeholder:"NAME|FILE"`
	Input      string `help:"Sheet of people: CSV or XLSX with a header." type:"existingfile" placeholder:"FILE"`
	Formations string `help:"Formations with their seats: code,agency,post,education,placement,need,seats[,minima]; CSV or XLSX." type:"existingfile" placeholder:"FILE"`
	Output     string `help:"Write the list here instead of standard output; nothing is written if anything is wrong." placeholder:"FILE.csv"`
}

type resultsShortlist struct {
	listFlags
	examFlags
	Carried string `help:"With --exam: scores carried over from an earlier exam, a sheet with number,formation,sections,source." type:"existingfile" placeholder:"FILE.csv"`
}

// Run decides who goes on to the second stage: of a sheet, or of an exam in a journal.
func (c *resultsShortlist) Run(ctx context.Context) error {
	l, _, err := c.listing(ctx)
	if err != nil {
		return err
	}
	doubts(l.Rules)
	if err := l.Shortlist(); err != nil {
		return err
	}
	return output.Public(c.Output, l.Write)
}

// listing is the people; the exam is nil where they are of a sheet.
func (c *resultsShortlist) listing(ctx context.Context) (*selection.Listing, *web.Exam, error) {
	switch {
	case c.Exam != "" && (c.Input != "" || c.Formations != ""):
		return nil, nil, usage.Errorf("give either --exam, which has its own formations and rules, or --input with --formations")
	case c.Exam != "":
		return examListing(ctx, &c.examFlags, c.Carried)
	}
	l, err := c.read(selection.BasicStage)
	return l, nil, err
}

// read joins rules, formations and a sheet, or names all their faults.
func (f *listFlags) read(stage selection.Stage) (*selection.Listing, error) {
	if f.Input == "" {
		return nil, usage.Errorf("say of whom: --exam CODE for an exam of a journal, or --input FILE.csv with --formations for a sheet")
	}
	rs, err := readRules(f.RuleSet)
	if err != nil {
		return nil, err
	}
	formations, err := readFormations(f.Formations)
	if err != nil {
		return nil, err
	}
	l, err := selection.NewListing(rs, formations)
	if err != nil {
		return nil, err
	}
	return l, readSheet(l, f.Input, stage)
}

func readSheet(l *selection.Listing, path string, stage selection.Stage) error {
	table, err := workbook.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = table.Close() }()
	if file, ok := table.(*os.File); ok {
		rows, err := countLines(file)
		if err != nil {
			return err
		}
		l.Expect(rows)
	}
	if faults := l.Read(table, stage); len(faults) > 0 {
		return tableFaults(path, faults)
	}
	return nil
}

// countLines counts a file's lines and goes back to its beginning: people are many, and
// a list that grows by itself takes twice its size.
func countLines(file *os.File) (lines int, err error) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := file.Read(buffer)
		lines += bytes.Count(buffer[:n], []byte("\n"))
		if errors.Is(err, io.EOF) {
			_, err = file.Seek(0, io.SeekStart)
			return lines, err
		}
		if err != nil {
			return 0, fmt.Errorf("read %s: %w", file.Name(), err)
		}
	}
}

func readFormations(path string) ([]selection.Formation, error) {
	if path == "" {
		return nil, nil
	}
	table, err := workbook.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = table.Close() }()
	formations, faults := proctor.ParseFormations(table)
	if len(faults) > 0 {
		return nil, tableFaults(path, faults)
	}
	return selectionOf(formations), nil
}

// selectionOf is the formations as decisions need them.
func selectionOf(formations []proctor.Formation) []selection.Formation {
	out := make([]selection.Formation, len(formations))
	for i, f := range formations {
		out[i] = web.SelectionOf(f)
	}
	return out
}

type resultsFinal struct {
	listFlags
	examFlags
	Carried   string `help:"With --exam: scores carried over from an earlier exam, as for results shortlist; under rules without a second stage with birth_date too." type:"existingfile" placeholder:"FILE"`
	Decisions string `help:"The committee's answers to ties that no rule decides (JSON)." type:"existingfile" placeholder:"FILE.json"`
	Ask       string `help:"Write the ties that no rule decides here, to be answered as --decisions." placeholder:"FILE.json"`
	Optimise  bool   `help:"Fill seats that stay empty by the rule set's steps."`
	Moves     string `help:"With --optimise: write every move with those considered here (JSON)." placeholder:"FILE.json"`
	PDF       string `name:"pdf" help:"With --exam: write the list as PDF too." placeholder:"FILE.pdf"`
	Authority string `help:"With --pdf: who issues it, for its head." placeholder:"NAME"`
	Issued    string `help:"With --pdf: when it is issued (RFC 3339); default: now." placeholder:"TIME"`
}

// Run joins the stages, ranks, and gives the seats. Without formations nothing is known
// of seats, and people are ranked only.
func (c *resultsFinal) Run(ctx context.Context) error {
	began := time.Now()
	defer debug.SetGCPercent(debug.SetGCPercent(25)) // rows come and go; what stays is small
	if c.PDF != "" && c.Exam == "" {
		return usage.Errorf("--pdf goes with --exam: a document names the journal that it was made from")
	}
	l, stage, err := c.final(ctx)
	if err != nil {
		return err
	}
	if c.PDF != "" {
		if err := c.print(ctx, l, stage); err != nil {
			return err
		}
	}
	if err := output.Public(c.Output, l.Write); err != nil {
		return err
	}
	if c.Moves != "" {
		if err := output.Public(c.Moves, output.JSON(append([]selection.Move{}, l.Moves...))); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "%d people, %d formations, %d moves; %.1f s\n", len(l.People), l.Groups(), len(l.Moves), time.Since(began).Seconds())
	if len(l.Formations) == 0 {
		fmt.Fprintln(os.Stderr, "ranked only: give --formations for thresholds, seats and status")
	}
	return nil
}

// final reads and decides; of a sheet there is no second stage to tell of. A tie that no
// rule decides is an error that names it.
func (c *resultsFinal) final(ctx context.Context) (*selection.Listing, *secondStage, error) {
	var l *selection.Listing
	var stage *secondStage
	var err error
	switch {
	case c.Exam != "" && (c.Input != "" || c.Formations != ""):
		return nil, nil, usage.Errorf("give either --exam, which has its own formations, rules and released sheets, or --input with --formations")
	case c.Exam != "":
		l, stage, err = joinedExam(ctx, &c.examFlags, c.Carried)
	default:
		l, err = c.read(selection.FinalStage)
	}
	if err != nil {
		return nil, nil, err
	}
	return l, stage, c.decide(l)
}

func (c *resultsFinal) decide(l *selection.Listing) error {
	if c.Optimise && len(l.Formations) == 0 {
		return usage.Errorf("--optimise needs --formations")
	}
	if c.Decisions != "" {
		file, err := readText(c.Decisions)
		if err != nil {
			return err
		}
		decisions, err := selection.ParseDecisions(strings.NewReader(string(file)))
		if err != nil {
			return fmt.Errorf("%s: %w", c.Decisions, err)
		}
		l.Decide(decisions)
	}
	doubts(l.Rules)
	l.Final()
	if c.Optimise && len(l.Questions) == 0 {
		l.Optimise()
	}
	if len(l.Questions) > 0 {
		return c.asked(l)
	}
	if unused := l.Unused(); len(unused) > 0 {
		lines := make([]string, len(unused))
		for i, d := range unused {
			lines[i] = fmt.Sprintf("decision %s of formation %s is about %s, who are in no tie over a seat there", d.Minute, d.Formation, strings.Join(d.Order, ", "))
		}
		return fmt.Errorf("%s\nremove or correct them; nothing was written", strings.Join(lines, "\n"))
	}
	return nil
}

// asked stops at ties that no rule decides, and tells the committee what it has to say.
func (c *resultsFinal) asked(l *selection.Listing) error {
	lines := make([]string, len(l.Questions))
	form := struct {
		Decisions []selection.Decision `json:"decisions"`
	}{}
	for i, q := range l.Questions {
		lines[i] = "PANITIA / committee: " + q.String()
		form.Decisions = append(form.Decisions, selection.Decision{Formation: q.Formation, Order: q.Numbers, By: []string{}, Reason: q.Why})
	}
	if c.Ask != "" {
		if err := output.Public(c.Ask, output.JSON(form)); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s\nno rule decides these %d ties, nothing was written: let the committee decide, and give its order, its minutes and its members with --decisions FILE (--ask FILE writes the form)",
		strings.Join(lines, "\n"), len(lines))
}
