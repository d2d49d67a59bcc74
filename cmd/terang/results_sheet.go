package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/scoring"
	"terang/scoring/selection"
	"terang/scoring/workbook"
)

type resultsSheet struct {
	officeFlags
	Exam      string `required:"" help:"Code of the exam." placeholder:"CODE"`
	Component string `required:"" help:"Code of the component in the exam's rule set (SKB if it has none), or ACADEMIC." placeholder:"CODE"`
	Carried   string `help:"Scores carried over from an earlier exam, as for results shortlist." type:"existingfile" placeholder:"FILE"`
	Reason    string `help:"Why: where the sheet comes from, or what it corrects." default:"other: lembar nilai"`
	Op        string `help:"Id of this operation (UUID); the same one again has no second effect. Default: a new one."`
	File      string `arg:"" help:"CSV or XLSX: number,mark or number,assessor_NAME,assessor_NAME…; number,result for an eliminating part; number,academic_kind,academic[,birth_date] for ACADEMIC; flag may be added." type:"existingfile"`
}

// Run takes a sheet whole and proposes it, or names every fault and takes nothing.
func (c *resultsSheet) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActResultRelease, c.Exam)
	if err != nil {
		return err
	}
	return errors.Join(c.propose(ctx, o), o.stores.Close())
}

func (c *resultsSheet) propose(ctx context.Context, o *office) error {
	rs, who, err := c.expected(ctx, o)
	if err != nil {
		return err
	}
	sheet, err := c.read(rs, who)
	if err != nil {
		return err
	}
	all, err := o.stores.Released(ctx, c.Exam)
	if err != nil {
		return err
	}
	missing, unlisted := sheet.Missing(who)
	payload := node.SheetPayload{Misses: len(missing), Missing: missing[:min(len(missing), node.LinesMost)], Extra: len(unlisted), Unlisted: unlisted[:min(len(unlisted), node.LinesMost)]}
	if was := stores.Standing(all, sheet.Component); was != nil {
		payload.Previous = was.Hash
	}
	for _, number := range unlisted {
		fmt.Fprintf(os.Stderr, "%s: %s is not shortlisted: the mark is kept, and enters no final\n", c.File, number)
	}
	if len(missing) > 0 {
		fmt.Fprintf(os.Stderr, "%s: %d of the shortlisted are not in it: %s\n", c.File, len(missing), strings.Join(payload.Missing, " "))
	}
	return c.keep(ctx, o, sheet, payload)
}

// expected are the exam's rules, and its people by plain number: true if shortlisted.
func (c *resultsSheet) expected(ctx context.Context, o *office) (*scoring.RuleSet, map[string]bool, error) {
	keys, err := o.stores.ReadKeys(ctx, c.KeyPath())
	if err != nil {
		return nil, nil, err
	}
	x, err := stores.FoldExam(ctx, o.stores, keys, c.Exam, stores.LatestVersion)
	if err != nil {
		return nil, nil, err
	}
	l, err := peopleOf(ctx, o.stores, x, c.Carried)
	if err != nil {
		return nil, nil, err
	}
	if err := l.Shortlist(); err != nil {
		return nil, nil, err
	}
	who := make(map[string]bool, len(l.People))
	for i := range l.People {
		who[scoring.PlainNumber(l.People[i].Number)] = l.People[i].Seat == selection.Shortlisted
	}
	return x.Rules, who, nil
}

func (c *resultsSheet) read(rs *scoring.RuleSet, who map[string]bool) (*selection.MarkSheet, error) {
	file, err := os.ReadFile(c.File)
	if err != nil {
		return nil, err
	}
	table, err := workbook.Open(c.File)
	if err != nil {
		return nil, err
	}
	sheet, faults := selection.ReadMarks(table, rs, strings.ToUpper(c.Component), who)
	if err := table.Close(); err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, tableFaults(c.File, faults)
	}
	sheet.File = engine.SHA256(string(file))
	return sheet, nil
}

// keep keeps the sheet until another person has decided about it.
func (c *resultsSheet) keep(ctx context.Context, o *office, sheet *selection.MarkSheet, payload node.SheetPayload) error {
	body, err := sheet.Encode()
	if err != nil {
		return err
	}
	payload.Marks = engine.SHA256(string(body))
	if err := o.stores.Register.Put(ctx, engine.Entry{Kind: proctor.KindPayload, ID: payload.Marks, Body: body}); err != nil {
		return fmt.Errorf("keep the sheet: %w", err)
	}
	text, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	pairs := proctor.NewPairs(o.stores.Register, o.accounts, o.people, nil, stores.Now)
	m := &node.MarkSheets{Stores: o.stores, Log: o.log}
	pairs.Register(m.Act())
	p := proctor.Proposal{Stream: engine.ExamStream + c.Exam, Act: engine.ActSheet, Op: strings.ToLower(orNew(c.Op)), Exam: c.Exam, Reason: c.Reason, Payload: text}
	if !engine.ValidOp(p.Op) {
		return usage.Errorf("--op %q is no UUID", c.Op)
	}
	id, err := pairs.Propose(ctx, o.by, p)
	if err != nil {
		return pairError("sheet of "+sheet.Component, err)
	}
	lines, err := m.Show(ctx, &p)
	if err != nil {
		return err
	}
	for _, l := range lines {
		fmt.Printf("    %s: %s\n", l.What, l.Text)
	}
	return printAnswer(proctor.Response{Proposal: id})
}
