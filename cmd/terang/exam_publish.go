package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"terang/cmd/terang/node"
	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/scoring/workbook"
)

type examCriteria struct {
	stores.Flags
	Exam  string `required:"" help:"Code of the exam." placeholder:"CODE"`
	Write string `help:"Write the table here instead of standard output." placeholder:"FILE.csv"`
}

// Run writes what the exam's rule set and policy come to, field by field.
func (c *examCriteria) Run(ctx context.Context) error {
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return err
	}
	rules, err := s.CriteriaRules(ctx, c.Exam)
	if err == nil {
		err = output.Public(c.Write, func(w io.Writer) error {
			table := csv.NewWriter(w)
			_ = table.Write([]string{"field", "value"}) // Flush says what went wrong
			for _, f := range rules.Fields {
				_ = table.Write([]string{f.Field, f.Value})
			}
			table.Flush()
			return table.Error()
		})
	}
	return errors.Join(err, s.Close())
}

type examPublish struct {
	officeFlags
	Part   string `arg:"" enum:"formations,criteria,calendar" help:"formations, criteria or calendar."`
	File   string `arg:"" help:"CSV, XLSX or JSON file." type:"existingfile"`
	Exam   string `required:"" help:"Code of the exam." placeholder:"CODE"`
	Reason string `help:"Why; published with the version."`
	Check  bool   `help:"Say what is wrong and what would change, and propose nothing."`
	Second string `help:"The second person here; the password is asked, or read from TERANG_SECOND_PASSWORD. Without one it is proposed." placeholder:"USER"`
	Op     string `help:"Id of this operation (UUID); the same one again has no second effect. Default: a new one."`
}

// Run proposes the table as the next version of its part, or names every fault of it.
func (c *examPublish) Run(ctx context.Context) error {
	if !c.Check && strings.TrimSpace(c.Reason) == "" {
		return usage.Errorf("say why with --reason: it is published with the version; --check shows what would change")
	}
	table, err := workbook.Open(c.File)
	if err != nil {
		return err
	}
	file, err := io.ReadAll(table)
	if err = errors.Join(err, table.Close()); err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	second, err := secondPerson(c.Second)
	if err != nil {
		return err
	}
	o, err := c.open(ctx, proctor.ActCriteria, c.Exam)
	if err != nil {
		return err
	}
	return errors.Join(c.atCounter(ctx, o, func(n *node.Node) error {
		answer, err := n.Server.Publisher().Publish(ctx, o.by, c.Exam, proctor.Part(c.Part), proctor.PublishRequest{
			Op: orNew(c.Op), File: string(file), Reason: c.Reason, DryRun: c.Check, Second: second,
		})
		switch {
		case errors.Is(err, engine.WrongState):
			return fmt.Errorf("%s of %s: it is the same as the version in force, or another was published meanwhile: %w", c.Part, c.Exam, err)
		case err != nil:
			return pairError(c.Part+" of "+c.Exam, err)
		case len(answer.Faults) > 0:
			return tableFaults(c.File, answer.Faults)
		}
		fmt.Printf("%s of %s, version %d: %d rows, sha256 %s\n", c.Part, c.Exam, answer.Version, answer.Rows, answer.Hash)
		printChanges(answer.Changes)
		if c.Check {
			return nil
		}
		return printAnswer(answer.Response)
	}), o.stores.Close())
}

func printChanges(changes []proctor.CriteriaChange) {
	for i, one := range changes {
		if i == mostChanges {
			fmt.Printf("  … and %d more\n", len(changes)-i)
			return
		}
		fmt.Println(" ", one)
	}
}

type examVersions struct {
	stores.Flags
	Exam  string `required:"" help:"Code of the exam." placeholder:"CODE"`
	At    string `help:"Which were in force then (RFC 3339). Default: now." placeholder:"TIME"`
	Part  string `help:"Only this part." enum:",formations,criteria,calendar" default:""`
	Check bool   `help:"Check the applicants of the roster against the formations in force then; faults make the command fail."`
}

// Run shows the versions of an exam; a server may hold its journal meanwhile.
func (c *examVersions) Run(ctx context.Context) error {
	at := stores.Now()
	if c.At != "" {
		t, err := time.Parse(time.RFC3339, c.At)
		if err != nil {
			return usage.Errorf("--at %q: write a time as 2026-11-22T08:00:00+07:00", c.At)
		}
		at = engine.InstantOf(t)
	}
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return err
	}
	p := proctor.ReadPublisher(s.Journal, s.Register, s.Archive, func(exam string) (*proctor.CriteriaRules, error) { return s.CriteriaRules(ctx, exam) })
	return errors.Join(c.show(ctx, p, at), s.Close())
}

func (c *examVersions) show(ctx context.Context, p *proctor.Publisher, at engine.Instant) error {
	versions, err := p.Versions(ctx, c.Exam)
	if err != nil {
		return err
	}
	for i := range versions {
		v := &versions[i]
		if c.Part != "" && string(v.Part) != c.Part {
			continue
		}
		state := ""
		if proctor.InForce(versions, v.Part, at) == v {
			state = "  in force"
		}
		reason, err := p.Reason(ctx, v)
		if err != nil {
			return err
		}
		changes, err := p.Changes(ctx, versions, v)
		if err != nil {
			return err
		}
		fmt.Printf("%s %d  %s  by %s and %s  %d rows  sha256 %s%s\n  reason: %s\n", v.Part, v.N, v.At, v.By, v.Two, v.Rows, v.Hash, state, reason)
		printChanges(changes)
	}
	if len(versions) == 0 {
		fmt.Fprintf(os.Stderr, "%s has published nothing yet: see terang exam publish\n", c.Exam)
	}
	if !c.Check {
		return nil
	}
	faults, published, err := p.Applicants(ctx, c.Exam, at)
	switch {
	case err != nil:
		return err
	case !published:
		return fmt.Errorf("no formations of %s were in force at %s: there is nothing to check against", c.Exam, at)
	case len(faults) == 0:
		fmt.Println("every applicant fits the formations in force")
		return nil
	}
	for _, f := range faults {
		fmt.Printf("  %s  %s: %s\n", f.Number, f.Formation, applicantFaults[f.Code])
	}
	return fmt.Errorf("%d applicants do not fit the formations in force: correct the roster, or publish another version", len(faults))
}

// applicantFaults say what is wrong with an application.
var applicantFaults = map[string]string{
	proctor.ApplicantUnknown: "no such formation",
	proctor.ApplicantNeed:    "its need is not open: the rule set has no thresholds for it",
	proctor.ApplicantClosed:  "it has no seats",
	proctor.ApplicantMinutes: "is blind, and has not the minutes that the rule set gives there: correct extra_minutes, unless another length was approved",
}
