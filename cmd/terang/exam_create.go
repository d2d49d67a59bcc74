package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/create"
	"terang/cmd/terang/node"
	"terang/cmd/terang/output"
	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/questionbank/shelf"
	"terang/scoring"
)

type examCreate struct {
	officeFlags
	File     string   `help:"Exam file (JSON)." type:"existingfile"`
	RuleSet  string   `name:"ruleset" help:"Rule set by name, or a file, instead of the one that the exam file names." placeholder:"NAME|FILE"`
	Bank     []string `help:"Bank files of the exam, in any format that terang bank check reads; default: the sample bank." type:"existingfile"`
	Format   string   `help:"Format of the bank files; default: as their names and contents tell." placeholder:"NAME"`
	BankFrom string   `default:"files" enum:"files,shelf" help:"Where the bank is taken from: files, or shelf, the approved items of this journal's bank."`
	Stats    string   `help:"Responses to the items in a pilot or earlier sittings (CSV)." type:"existingfile"`
	Section  []string `help:"With --bank-from shelf: only these sections."`
	Leave    bool     `name:"leave-spare" help:"With --bank-from shelf: take half of the items of every topic and band, and leave the others to bank seal --spare items."`
	Pack     string   `help:"Sealed pack of the exam, instead of --file and --bank; opened not before its hour." type:"existingfile"`
	packFlags
	Sample      bool   `help:"Make the sample exam."`
	Kind        string `default:"skd" enum:"skd,pppk" help:"Of the sample exam: skd, or pppk for the competences of one technical post."`
	Candidates  int    `default:"60" help:"Of the sample exam."`
	Start       string `default:"" help:"Of the sample exam: now, or a time (RFC 3339; without an offset it is each site's own)." placeholder:"now|TIME"`
	Code        string `env:"TERANG_EXAM_CODE" help:"Of the sample exam; default: skd-contoh or pppk-contoh."` // TERANG_CODE is the acting account's
	Rehearsal   bool   `help:"The exam is a rehearsal (gladi): marked everywhere, on no public board, removable."`
	Credentials string `help:"Write the sample's people and staff accounts to this file, PINs (with --start now) and passwords the only time that they are readable." placeholder:"FILE"`
	Write       string `help:"Write the sample's exam file here, and make nothing." placeholder:"FILE"`
}

// Run creates an exam. Nothing is written when anything is wrong.
func (c *examCreate) Run(ctx context.Context) error {
	start := time.Now().Add(24 * time.Hour).Truncate(time.Hour)
	switch {
	case c.Start == "now":
		start = time.Now()
	case c.Start != "" && !localTime(c.Start):
		var err error
		if start, err = time.Parse(time.RFC3339, c.Start); err != nil {
			return usage.Errorf("--start %q: write now, or a time as 2026-11-22T08:00:00+07:00, or 2026-11-22T08:00 in the time of each site", c.Start)
		}
	}
	switch {
	case c.RuleSet != "" && c.File == "":
		return usage.Errorf("--ruleset goes with --file; the sample exam and a pack have their own")
	case c.kinds() != 1:
		return usage.Errorf("give one of --file exam.json, --pack FILE and --sample")
	case len(c.Bank) > 0 && (c.BankFrom == "shelf" || c.Pack != ""):
		return usage.Errorf("--bank names files: leave it out with --bank-from shelf or --pack")
	case c.Leave && c.BankFrom != "shelf":
		return usage.Errorf("--leave-spare goes with --bank-from shelf: a spare is made of the items that stay there")
	case c.Sample && (c.Candidates < 1 || c.Candidates > 100_000):
		return usage.Errorf("--candidates %d: between 1 and 100000", c.Candidates)
	case c.Write != "" && c.Sample:
		// A file that has nothing yet was made for it, and what is no file keeps nothing.
		if info, err := os.Stat(c.Write); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
			return fmt.Errorf("--write: %s exists already: name a file that does not, or remove it first", c.Write)
		}
		d, err := c.sampled(start)
		if err != nil {
			return err
		}
		file, err := d.File()
		if err != nil {
			return err
		}
		if err := output.Public(c.Write, output.Bytes(file)); err != nil {
			return fmt.Errorf("--write: %w; name a file that can be written", err)
		}
		return nil
	}
	o, err := c.open(ctx, proctor.ActExam, "")
	if err != nil {
		return err
	}
	keys, err := o.stores.OpenKeys(ctx, c.KeyPath())
	if err != nil {
		return errors.Join(err, o.stores.Close())
	}
	switch {
	case c.Sample:
		return c.sample(ctx, o, keys, start)
	case c.Pack != "":
		return errors.Join(c.fromPack(ctx, o, keys), o.stores.Close())
	}
	return errors.Join(c.fromFile(ctx, o, keys), o.stores.Close())
}

func (c *examCreate) fromFile(ctx context.Context, o *office, keys *stores.KeyFile) error {
	file, err := readText(c.File)
	if err == nil {
		err = examFileFaults(file)
	}
	if err != nil {
		return err
	}
	if c.Rehearsal {
		if file, err = create.AsRehearsal(file); err != nil {
			return err
		}
	}
	source := create.Source{File: file}
	if source.Ruleset, err = c.ruleSet(file); err != nil {
		return err
	}
	if source.Stats, err = readStatistics(c.Stats); err != nil {
		return err
	}
	if c.BankFrom == "shelf" {
		l := o.library()
		if source.Bank, err = l.bank(ctx, c.Section, c.Leave); err != nil {
			return err
		}
		source.Use = func(ctx context.Context, exam string, at engine.Instant) error {
			return l.shelf.Use(ctx, shelf.Person{User: o.by.User, Name: o.by.Name}, exam, source.Bank, at)
		}
	} else {
		rules, err := scoring.Parse(source.Ruleset)
		if err != nil {
			return fmt.Errorf("exam file: ruleset: %w", err)
		}
		if source.Bank, err = readBank(c.Bank, &foreignFlags{Format: c.Format}, rules.Kind); err != nil {
			return err
		}
	}
	d, err := create.Exam(ctx, o.stores, keys, o.by.User, source)
	if err != nil {
		return err
	}
	bank := source.Bank
	fmt.Printf("%s %s created: bank of %d items, %d sittings. Next: terang exam formations, terang exam roster\n", create.KindOf(d), d.Code, bank.Len(), len(d.Sittings))
	return nil
}

// examFileFaults names all that is wrong with a file that is to become an exam, each fault once:
// what it says, how its keys are written, and what its forms are made of.
func examFileFaults(file []byte) error {
	d, err := engine.ParseDefinition(file)
	if d == nil {
		return err // no JSON
	}
	all := []error{err, engine.CheckKeys(file)}
	if _, err := questionbank.ParseBlueprint(d.Blueprint); err != nil {
		all = append(all, fmt.Errorf("exam file: blueprint: %w", err))
	}
	if err = errors.Join(all...); err == nil {
		return nil
	}
	var once []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if !slices.Contains(once, line) {
			once = append(once, line)
		}
	}
	return errors.New(strings.Join(once, "\n"))
}

// ruleSet reads the rule set of --ruleset, or of the exam file, which names one of the
// published or a file beside itself.
func (c *examCreate) ruleSet(file []byte) ([]byte, error) {
	if c.RuleSet != "" {
		return rulesBytes(c.RuleSet)
	}
	d, err := engine.ParseDefinition(file)
	if err != nil {
		return nil, err
	}
	body, err := rulesBytes(besideExam(c.File, d.RuleSet))
	if err != nil {
		return nil, fmt.Errorf("exam file: ruleset: %w", err)
	}
	return body, nil
}

// besideExam is a rule set as an exam file names it: one of the published, or a file beside itself.
func besideExam(file, name string) string {
	if slices.Contains(scoring.Names(), name) || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(file), name)
}

// kinds counts the sources that the flags name.
func (c *examCreate) kinds() (n int) {
	for _, named := range []bool{c.Sample, c.File != "", c.Pack != ""} {
		if named {
			n++
		}
	}
	return n
}

// fromPack makes the exam of a sealed pack: the forms are those of whoever sealed it.
func (c *examCreate) fromPack(ctx context.Context, o *office, keys *stores.KeyFile) error {
	u, err := c.unseal(ctx, o, c.Pack, "")
	if err != nil {
		return err
	}
	fmt.Println(u)
	source, err := u.Source(nil)
	if err != nil {
		return err
	}
	d, err := create.Exam(ctx, o.stores, keys, o.by.User, source)
	if err != nil {
		return err
	}
	fmt.Printf("exam %s created of the pack: bank of %d items, %d sittings. Next: terang exam formations, terang exam roster\n", d.Code, source.Bank.Len(), len(d.Sittings))
	return nil
}

// localTime says whether a time has no offset: then it is that of the site, as in an exam file.
func localTime(text string) bool {
	_, err := time.Parse("2006-01-02T15:04", text)
	_, exact := time.Parse("2006-01-02T15:04:05", text)
	return err == nil || exact == nil
}

// sampled is the definition of the sample exam as the flags want it.
func (c *examCreate) sampled(start time.Time) (*engine.Definition, error) {
	d, err := stores.SampleOf(c.Kind).Definition(c.Candidates, start, c.Start == "now")
	if err != nil {
		return nil, err
	}
	d.Code, d.Rehearsal = cmp.Or(c.Code, d.Code), c.Rehearsal
	if localTime(c.Start) {
		for i := range d.Sittings {
			d.Sittings[i].Start = c.Start
		}
	}
	if d.Rehearsal {
		d.Title = "Gladi " + d.Title
	}
	return d, nil
}

// sample makes the sample exam; with --start now everybody is checked in and the sitting
// runs.
func (c *examCreate) sample(ctx context.Context, o *office, keys *stores.KeyFile, start time.Time) error {
	d, err := c.sampled(start)
	if err == nil && !d.Rehearsal && o.by.User != proctor.Setup {
		// Accounts of every role, everywhere, whose passwords one person would hold.
		err = usage.Errorf("--sample beside an administrator: add --rehearsal, or --write FILE for a real exam to begin from")
	}
	if err == nil {
		err = create.SampleOf(ctx, o.stores, keys, o.by.User, d, c.Candidates)
	}
	if err != nil {
		return errors.Join(err, o.stores.Close())
	}
	n, err := node.Open(ctx, node.Parts{Stores: o.stores, Keys: keys, Log: process.NewLog(slog.LevelError)})
	if err != nil {
		return errors.Join(err, o.stores.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var hall errgroup.Group
	hall.Go(func() error { return n.Hall.Run(ctx) })
	var people []create.Credential
	var staff []create.StaffCredential
	if c.Start == "now" {
		people, staff, err = n.OpenSampleOf(ctx, d.Code)
	} else {
		people = n.Expected(d)
		staff, err = n.SampleStaffOf(ctx, d)
	}
	cancel()
	err = errors.Join(err, hall.Wait(), o.stores.Close())
	if err != nil {
		return err
	}
	fmt.Printf("%s %s created for %d candidates\n", create.KindOf(d), d.Code, c.Candidates)
	if c.Credentials == "" {
		return nil
	}
	return writeCredentials(c.Credentials, people, staff)
}

func writeCredentials(path string, people []create.Credential, staff []create.StaffCredential) error {
	var out bytes.Buffer
	for _, s := range staff {
		fmt.Fprintf(&out, create.StaffLine, s.Role, s.User, s.Password)
	}
	w := csv.NewWriter(&out)
	_ = w.Write([]string{"number", "pin", "name", "site", "seat"})
	for _, p := range people {
		_ = w.Write([]string{p.Number, p.PIN, p.Name, p.Site, p.Seat})
	}
	w.Flush()
	if err := output.Private(path, output.Bytes(out.Bytes())); err != nil {
		return fmt.Errorf("--credentials: %w", err)
	}
	return nil
}
