package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	signing "golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/evidence"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/engine/publiclog"
)

type verifyCmd struct {
	Path    string `arg:"" help:"Folder that terang export wrote, or a candidate's receipt." type:"path" placeholder:"DIR|FILE"`
	Vkey    string `help:"Key of the public log, as the authority has published it, or a file that holds it; without it the key that came with the export." placeholder:"KEY|FILE"`
	Partial bool   `help:"An export of an earlier program lacks what some checks take. Take it as enough that nothing differs in the others."`
	Answers string `help:"With a receipt: the record of the own answers, of which its fingerprint has to be made." type:"existingfile" placeholder:"FILE"`
	Log     string `help:"With a receipt: an export or a copy of the log, which must begin with the log of the receipt." type:"existingdir" placeholder:"DIR"`
}

// readOnce is the collector's percentage while an export is read once from end to end: what it
// would give back sooner costs as much time again as all the checks.
const readOnce = 400

// Run verifies an export or a receipt. It needs nothing else: no journal, no keys, no network.
func (c *verifyCmd) Run(ctx context.Context) error {
	keys, err := logVerifiers(c.Vkey)
	if err != nil {
		return err
	}
	info, err := os.Stat(c.Path)
	switch {
	case err != nil:
		return fmt.Errorf("%w; name a folder that terang export wrote, or a receipt", err)
	case !info.IsDir():
		return c.receipt(keys)
	case c.Answers != "":
		return usage.Errorf("--answers goes with a receipt: an export has everybody's events")
	case c.Log != "":
		return usage.Errorf("--log goes with a receipt: an export has its own log")
	}
	last := time.Now()
	defer debug.SetGCPercent(debug.SetGCPercent(readOnce))
	report, err := evidence.Verify(ctx, evidence.Case{Dir: c.Path, LogKeys: keys, Progress: func(check string, done, all int) {
		if now := time.Now(); now.Sub(last) > time.Second {
			last = now
			fmt.Fprintf(os.Stderr, "%s: %d of %d\n", check, done, all)
		}
	}})
	if err != nil {
		return err
	}
	fmt.Print(report)
	switch {
	case !report.Sound():
		return fmt.Errorf("%s is not sound", c.Path)
	case !report.Whole() && !c.Partial:
		return fmt.Errorf("%s is sound as far as it was checked, and not everything was: let it be made again by terang export, or say --partial if that is enough", c.Path)
	}
	return nil
}

// receipt checks what a candidate has kept.
func (c *verifyCmd) receipt(keys []signing.Verifier) error {
	body, err := os.ReadFile(c.Path)
	if err != nil {
		return err
	}
	r, err := publiclog.ParseReceipt(body)
	if err != nil {
		return fmt.Errorf("%s is no receipt that can be read; name a receipt, or the folder that terang export wrote of a journal: %w", c.Path, err)
	}
	if keys == nil && c.Log != "" {
		if keys, err = logVerifiers(c.Log + "/log.vkey"); err != nil {
			return err
		}
	}
	if keys == nil {
		return usage.Errorf("a receipt is checked under the key of the log: give --vkey KEY as the authority has published it, or --log DIR")
	}
	leaf, checkpoint, err := r.Check(keys...)
	if err != nil {
		return err
	}
	fmt.Printf("attempt %s of exam %s, sitting %s: %s\n", leaf.Attempt, leaf.Exam, leaf.Sitting, leaf.Status)
	for _, s := range leaf.Scores {
		fmt.Printf("  %s %d\n", s.Section, s.Points)
	}
	for field, o := range r.Opens {
		fmt.Printf("  %s: %s, as it was sealed\n", field, o.Value)
	}
	fmt.Printf("fingerprint %s\nleaf %d of the log %s of %d leaves, signed\n", leaf.Fingerprint, r.Index, checkpoint.Origin, checkpoint.N)
	if c.Answers != "" {
		if err := c.answers(leaf); err != nil {
			return err
		}
	}
	if c.Log == "" {
		fmt.Println("COCOK / SOUND: it stands in the log that was signed. --log DIR compares that log with a later one")
		return nil
	}
	later, err := evidence.Begins(c.Log, checkpoint, keys)
	if err != nil {
		return err
	}
	fmt.Printf("COCOK / SOUND: the log of %d leaves in %s begins with it\n", later.N, c.Log)
	return nil
}

// answers computes the receipt's fingerprint from the record of the own answers.
func (c *verifyCmd) answers(leaf *publiclog.Leaf) error {
	body, err := os.ReadFile(c.Answers)
	if err != nil {
		return err
	}
	file, err := engine.ParseOwnAnswers(body)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Answers, err)
	}
	if file.Attempt != leaf.Attempt {
		return fmt.Errorf("%s is of attempt %s, and the receipt of %s: take the two of one person", c.Answers, file.Attempt, leaf.Attempt)
	}
	fingerprint, chosen, err := file.Fold()
	if err != nil {
		return fmt.Errorf("%s: %w", c.Answers, err)
	}
	if fingerprint.String() != leaf.Fingerprint.String() {
		return fmt.Errorf("%s: its %d events have the fingerprint %s, and the receipt %s: an event was changed, or the attempt was reopened after one of the two files was made", c.Answers, len(file.Events), fingerprint, leaf.Fingerprint)
	}
	for _, one := range chosen {
		letter := one.C
		if letter == "" {
			letter = "-"
		}
		fmt.Printf("  %3d %s  %s\n", one.Q, letter, one.At)
	}
	fmt.Printf("the %d events in %s make the receipt's fingerprint\n", len(file.Events), c.Answers)
	return nil
}

// logVerifiers reads the log's keys as the authority has published them, a line each; nil for none.
func logVerifiers(text string) ([]signing.Verifier, error) {
	if text == "" {
		return nil, nil
	}
	if body, err := os.ReadFile(text); err == nil {
		text = string(body)
	}
	var keys []signing.Verifier
	for _, vkey := range strings.Fields(text) {
		v, err := signing.NewVerifier(vkey)
		if err != nil {
			return nil, usage.Errorf("--vkey: %v", err)
		}
		keys = append(keys, v)
	}
	if len(keys) == 0 {
		return nil, errors.New("--vkey: the file holds no key")
	}
	return keys, nil
}
