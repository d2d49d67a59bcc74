package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"terang/cmd/terang/create"
	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/scoring"
)

// certificateFlags say how a certificate is computed and where it goes.
type certificateFlags struct {
	Forms int    `default:"200000" help:"Forms to simulate, 1000 to 1000000."`
	JSON  string `help:"Write the certificate to this file too, for programs." placeholder:"FILE"`
}

func (f *certificateFlags) check() error {
	if f.Forms < 1000 || f.Forms > 1_000_000 {
		return usage.Errorf("--forms %d: between 1000 and 1000000", f.Forms)
	}
	return nil
}

// show prints the certificate of a plan; one that is not sound is a failure.
func (f *certificateFlags) show(plan *questionbank.Plan, bank *questionbank.Bank, candidates int) error {
	c := plan.Certify(bank, f.Forms)
	c.Candidates = candidates
	if err := c.Print(os.Stdout); err != nil {
		return err
	}
	if f.JSON != "" {
		if err := output.Public(f.JSON, output.JSON(c)); err != nil {
			return fmt.Errorf("--json: %w", err)
		}
	}
	if !c.Sound() {
		return errors.New("the plan is not sound: simulated forms could not be filled; write items for the cells with the smallest supply")
	}
	return nil
}

type bankPlan struct {
	officeFlags
	certificateFlags
	RuleSet    string   `name:"ruleset" help:"Rule set by name, or a file, instead of the one that the exam file names; of a blueprint alone skd-2024." placeholder:"NAME|FILE"`
	Bank       []string `help:"Bank files of one folder, in any format that terang bank check reads; default: the sample bank." type:"existingfile"`
	BankFrom   string   `default:"files" enum:"files,shelf" help:"Where the bank is taken from: files, or shelf, the approved items of this journal's bank, as exam create takes them."`
	Section    []string `help:"With --bank-from shelf: only these sections."`
	Leave      bool     `name:"leave-spare" help:"With --bank-from shelf: only the half of the items that exam create --leave-spare takes."`
	Stats      string   `help:"Responses to the items in a pilot or earlier sittings (CSV)." type:"existingfile"`
	Candidates int      `help:"For how many candidates the exam is: who will have seen an item."`
	Blueprint  string   `arg:"" help:"Blueprint or exam file (JSON)." type:"existingfile"`
}

// Run compiles the plan that an exam would be given, and writes nothing.
func (c *bankPlan) Run(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	switch shelf := c.BankFrom == "shelf"; {
	case shelf && len(c.Bank) > 0:
		return usage.Errorf("--bank names files: leave it out with --bank-from shelf")
	case !shelf && (c.Leave || len(c.Section) > 0):
		return usage.Errorf("--section and --leave-spare go with --bank-from shelf")
	}
	if c.Candidates < 0 || c.Candidates > 10_000_000 {
		return usage.Errorf("--candidates %d: between 0 and 10000000", c.Candidates)
	}
	rules, blueprint, def, err := c.read()
	if err != nil {
		return err
	}
	bank, err := c.bank(ctx, rules.Kind)
	if err != nil {
		return err
	}
	stats, err := readStatistics(c.Stats)
	if err != nil {
		return err
	}
	earlier, err := c.earlier(ctx, def)
	if err != nil {
		return err
	}
	plan, err := create.CompilePlan(rules, bank, blueprint, questionbank.Knowledge{Statistics: stats, Earlier: earlier})
	if err != nil {
		return err
	}
	if stats != nil {
		if n := stats.Stale(bank); n > 0 {
			fmt.Printf("%d items of %s are not in the bank in that version, and were left out\n", n, filepath.Base(c.Stats))
		}
	}
	return c.show(plan, bank, c.Candidates)
}

// bank reads the bank of files, or takes what an exam would take of this journal's.
func (c *bankPlan) bank(ctx context.Context, kind string) (*questionbank.Bank, error) {
	if c.BankFrom != "shelf" {
		return readBank(c.Bank, new(foreignFlags), kind)
	}
	l, err := c.library(ctx, proctor.ActPlan)
	if err != nil {
		return nil, err
	}
	bank, err := l.bank(ctx, c.Section, c.Leave)
	if err = l.close(err); err != nil {
		return nil, err
	}
	return bank, nil
}

// earlier are the exams of this journal that an exam file names, for whoever comes back from them.
func (c *bankPlan) earlier(ctx context.Context, def *engine.Definition) ([]questionbank.Sat, error) {
	if def == nil || len(def.Earlier) == 0 {
		return nil, nil
	}
	var sat []questionbank.Sat
	err := c.Reading(func(s *stores.DB, keys *stores.KeyFile) (err error) {
		sat, err = s.Earlier(keys).Sat(ctx, def, stores.Now())
		return err
	})
	return sat, err
}

// read takes a blueprint as it is, or the one of an exam file, which it returns as well, with its
// rule set.
func (c *bankPlan) read() (*scoring.RuleSet, *questionbank.Blueprint, *engine.Definition, error) {
	body, err := readText(c.Blueprint)
	if err != nil {
		return nil, nil, nil, err
	}
	var def *engine.Definition
	ruleset := cmp.Or(c.RuleSet, "skd-2024")
	var exam struct {
		Blueprint json.RawMessage `json:"blueprint"`
	}
	if json.Unmarshal(body, &exam) == nil && exam.Blueprint != nil {
		if def, err = engine.ParseDefinition(body); err != nil {
			return nil, nil, nil, err
		}
		body, ruleset = def.Blueprint, cmp.Or(c.RuleSet, besideExam(c.Blueprint, def.RuleSet))
	}
	rules, err := readRules(ruleset)
	switch {
	case err != nil && c.RuleSet == "":
		return nil, nil, nil, fmt.Errorf("exam file: ruleset: %w", err)
	case err != nil:
		return nil, nil, nil, usage.Errorf("--ruleset: %v", err)
	}
	blueprint, err := questionbank.ParseBlueprint(body)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", c.Blueprint, err)
	}
	return rules, blueprint, def, nil
}

// readStatistics reads what is known of the items; nil where no file is named.
func readStatistics(file string) (*questionbank.Statistics, error) {
	if file == "" {
		return nil, nil
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	stats, faults := questionbank.ParseStatistics(file, body)
	if len(faults) > 0 {
		return nil, stores.FaultList("statistics", faults)
	}
	return stats, nil
}

type examPlan struct {
	stores.Flags
	certificateFlags
	Exam string `arg:"" help:"Code of the exam."`
}

// Run shows what an exam's forms are drawn from; a server may hold the journal meanwhile.
func (c *examPlan) Run(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return err
	}
	return errors.Join(c.print(ctx, s), s.Close())
}

func (c *examPlan) print(ctx context.Context, s *stores.DB) error {
	listed, err := proctor.NewPeople(s.Register).Read(ctx, c.Exam)
	if err != nil {
		return err
	}
	if listed.Def == nil {
		return fmt.Errorf("exam %q: there is none; see terang exam status", c.Exam)
	}
	recorded, err := s.ExamRecord(ctx, c.Exam)
	if err != nil {
		return fmt.Errorf("exam %s: %w", c.Exam, err)
	}
	bank, plan, err := s.PlanOf(ctx, recorded)
	if err != nil {
		return fmt.Errorf("exam %s: %w", c.Exam, err)
	}
	fmt.Printf("%s  %s\n", c.Exam, listed.Def.Title)
	fmt.Printf("  plan             %s\n  bank             %s\n  seed (SHA-256)   %s\n", recorded.Plan, recorded.Bank, recorded.Seed)
	if len(listed.Def.Earlier) > 0 {
		fmt.Printf("  without items of %s, for whoever began them\n", strings.Join(listed.Def.Earlier, ", "))
	}
	fmt.Println()
	return c.show(plan, bank, len(listed.Placed()))
}
