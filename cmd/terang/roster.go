package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"terang/cmd/terang/output"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/scoring/workbook"
	"terang/web"
)

type examRoster struct {
	officeFlags
	Exam    string `required:"" help:"Code of the exam."`
	File    string `arg:"" optional:"" help:"CSV or XLSX file with everybody who is expected. Without one, and without another thing to do, the versions of the roster are listed." type:"existingfile"`
	Partial bool   `help:"The file (or the ZIP of photos) holds corrections only: whom it does not name stays as they are."`
	Take    string `help:"Take the change that was shown, by the id that it was shown with." placeholder:"ID"`
	Changes string `help:"Write every change to this file (CSV), beside the summary." placeholder:"FILE"`
	Export  string `help:"Write the roster to this file, as XLSX if its name ends so, else as CSV with the bytes that the journal has the SHA-256 of; - for stdout." placeholder:"FILE"`
	Moved   string `help:"Write to this file (CSV) whose site or sitting has changed, and from what; - for stdout." placeholder:"FILE"`
	Since   int    `help:"With --moved: since this version of the roster. Default: since they first had a sitting."`
	Photos  string `help:"Load photos from a ZIP; a file's name is the participant number." type:"existingfile" placeholder:"ZIP"`
	Reason  string `help:"Why; needed where the change takes two people."`
	Second  string `help:"Account of the second person here; the password is asked, or read from TERANG_SECOND_PASSWORD." placeholder:"USER"`
	Op      string `help:"Id of this operation (UUID); the same one again has no second effect. Default: a new one."`
}

// Run does one thing with a roster: loads it whole or names every fault and takes nothing,
// writes it, or lists its versions.
func (c *examRoster) Run(ctx context.Context) error {
	n := 0
	for _, named := range []string{c.File, c.Export, c.Moved, c.Photos} {
		if named != "" {
			n++
		}
	}
	switch {
	case n > 1:
		return usage.Errorf("give one of FILE, --export, --moved and --photos")
	case c.File == "" && (c.Take != "" || c.Changes != ""):
		return usage.Errorf("--take and --changes go with the roster's file")
	}
	o, err := c.open(ctx, proctor.ActRoster, c.Exam)
	if err != nil {
		return sameOnPage(err, "/daftar-peserta/"+c.Exam)
	}
	return errors.Join(c.run(ctx, o), o.stores.Close())
}

func (c *examRoster) run(ctx context.Context, o *office) error {
	if err := o.people.LoadAll(ctx); err != nil {
		return err
	}
	if o.people.Exam(c.Exam) == nil {
		return fmt.Errorf("exam %q: there is none; see terang exam status", c.Exam)
	}
	switch {
	case c.File != "":
		return c.load(ctx, o)
	case c.Export != "":
		return c.export(ctx, o)
	case c.Moved != "":
		return c.moved(ctx, o)
	case c.Photos != "":
		return c.photos(ctx, o)
	}
	return c.versions(ctx, o)
}

// load takes the first roster at once. A later one is a correction: what it changes is
// shown, and it is taken when it is called again with the id of that.
func (c *examRoster) load(ctx context.Context, o *office) error {
	table, err := workbook.Open(c.File)
	if err != nil {
		return err
	}
	file, err := io.ReadAll(table)
	if err = errors.Join(err, table.Close()); err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	desk := o.counter()
	change, faults, err := desk.PreviewRoster(ctx, o.by, c.Exam, proctor.RosterRequest{File: string(file), Partial: c.Partial})
	switch {
	case err != nil:
		return pairError("roster of "+c.Exam, err)
	case len(faults) > 0:
		return tableFaults(c.File, faults)
	}
	first := change.Base == ""
	if !first {
		printChange(change)
	}
	c.warn(ctx, o, change.Given())
	if c.Changes != "" {
		if err := writeTable(c.Changes, "Perubahan", changeTable(change)); err != nil {
			return err
		}
	}
	switch {
	case change.Nothing():
		fmt.Printf("the roster of %s is the same already: nothing to take\n", c.Exam)
		return nil
	case !first && c.Take == "":
		fmt.Printf("nothing was taken. To take exactly this: add --take %s\n", change.ID())
		return nil
	case c.Take != "" && c.Take != change.ID():
		return fmt.Errorf("--take %s: this file changes something else now (%s): the roster or the file is another than when you looked; look again, and nothing was taken", c.Take, change.ID())
	}
	second, err := secondPerson(c.Second)
	if err != nil {
		return err
	}
	answer, err := desk.Roster(ctx, o.by, c.Exam, proctor.RosterRequest{
		Op: orNew(c.Op), Shown: true, Partial: c.Partial, Change: change.ID(), Reason: c.Reason, Second: second,
	})
	return printRoster(c.Exam, c.File, change.People, answer, err)
}

// warn names the blind who have not the time that the exam's rules give them.
func (c *examRoster) warn(ctx context.Context, o *office, people []*proctor.Person) {
	rules, err := o.stores.CriteriaRules(ctx, c.Exam)
	if err != nil {
		fmt.Fprintln(os.Stderr, "warning: nobody's minutes were held against the rules:", err)
		return
	}
	for i, f := range rules.BlindFaults(o.people.Exam(c.Exam), people, o.people.Formations(c.Exam)) {
		if i == changesShown {
			fmt.Fprintln(os.Stderr, "warning: … and more; terang exam versions --check names all")
			return
		}
		fmt.Fprintln(os.Stderr, "warning:", f)
	}
}

// printRoster says what became of a roster.
func printRoster(exam, file string, people int, answer proctor.RosterAnswer, err error) error {
	switch {
	case err != nil:
		return pairError("roster of "+exam, err)
	case len(answer.Faults) > 0:
		return tableFaults(file, answer.Faults)
	case answer.Proposal != "":
		fmt.Printf("the roster of %s is frozen: a change takes two people\n", exam)
		return printAnswer(proctor.Response{Proposal: answer.Proposal})
	case answer.Loaded == 0:
		fmt.Printf("it was taken already: version %d of the roster of %s\n", answer.Version, exam)
		return nil
	}
	fmt.Printf("%d candidates loaded into %s: version %d of its roster has %d\n", answer.Loaded, exam, answer.Version, people)
	return nil
}

// changesShown is how many people a command names of each kind of change.
const changesShown = 20

func printChange(c *proctor.RosterChange) {
	moved := c.Moved()
	fmt.Printf("%d added, %d removed, %d changed (%d of them to another site or sitting), %d the same; %d people then, version %d\n",
		len(c.Added), len(c.Removed), len(c.Changed), len(moved), c.Same, c.People, c.Version)
	show := func(sign string, n int, line func(int) string) {
		for i := range min(n, changesShown) {
			fmt.Printf("  %s %s\n", sign, line(i))
		}
		if n > changesShown {
			fmt.Printf("  %s … and %d more: --changes FILE writes them all\n", sign, n-changesShown)
		}
	}
	show("-", len(c.Removed), func(i int) string { return c.Removed[i].Number + " " + c.Removed[i].Name })
	show("~", len(c.Changed), func(i int) string { return c.Changed[i].String() })
	show("+", len(c.Added), func(i int) string { return c.Added[i].Number + " " + c.Added[i].Name })
}

// changeTable is every change, a row for each field.
func changeTable(c *proctor.RosterChange) [][]string {
	rows := [][]string{{"what", "number", "name", "field", "was", "is"}}
	for _, p := range c.Removed {
		rows = append(rows, []string{"removed", p.Number, p.Name, "", "", ""})
	}
	for _, p := range c.Changed {
		for _, f := range p.Fields {
			rows = append(rows, []string{"changed", p.Number, p.Name, f.Field, f.Was, f.Is})
		}
	}
	for _, p := range c.Added {
		rows = append(rows, []string{"added", p.Number, p.Name, "", "", ""})
	}
	return rows
}

func (c *examRoster) export(ctx context.Context, o *office) error {
	err := o.reads(ctx, proctor.Reading{What: proctor.ReadRoster, Sitting: c.Exam})
	if err != nil {
		return err
	}
	file := o.people.Roster(c.Exam)
	if !strings.HasSuffix(strings.ToLower(c.Export), ".xlsx") {
		return output.Private(c.Export, output.Bytes(file))
	}
	rows, err := csv.NewReader(strings.NewReader(string(file))).ReadAll()
	if err != nil {
		return err
	}
	return writeTable(c.Export, "Peserta", rows)
}

func (c *examRoster) moved(ctx context.Context, o *office) error {
	err := o.reads(ctx, proctor.Reading{What: proctor.ReadRoster, Sitting: c.Exam, Filter: "moved"})
	if err != nil {
		return err
	}
	states, counter := map[string]*engine.Sitting{}, o.counter()
	def := o.people.Exam(c.Exam)
	for _, s := range def.Sittings {
		id := c.Exam + "." + s.Code
		if states[id], err = counter.Sitting(ctx, id); err != nil {
			return err
		}
	}
	state := func(id string) *engine.Sitting {
		if states[id] == nil { // of somebody without a sitting
			states[id] = engine.NewSitting(engine.SittingStream + id)
		}
		return states[id]
	}
	return writeTable(c.Moved, "Pindah", proctor.MovedTable(def, o.people.Told(c.Exam, c.Since, state), state))
}

func (c *examRoster) versions(ctx context.Context, o *office) error {
	all, err := o.counter().Rosters(ctx, c.Exam)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Printf("no roster was loaded into %s\n", c.Exam)
		return nil
	}
	c.warn(ctx, o, o.people.All(c.Exam))
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "VERSION\tAT\tBY\tPEOPLE\tHOW\tSHA-256")
	for _, v := range all {
		how := "file"
		if v.Draw != "" {
			how = "draw " + v.Draw[:16]
		}
		by := v.By
		if v.Two != "" {
			by += ", " + v.Two
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%s\t%s\n", v.Version, v.At, by, v.People, how, v.Hash)
	}
	return w.Flush()
}

// writeTable writes rows, which hold personal data, as XLSX, if the name says so, or as CSV.
func writeTable(path, sheet string, rows [][]string) error {
	return output.Private(path, func(w io.Writer) error {
		if strings.HasSuffix(strings.ToLower(path), ".xlsx") {
			return workbook.Write(w, sheet, rows)
		}
		return csv.NewWriter(w).WriteAll(rows)
	})
}

// hoursIn shows the instants in a text as pages do; one that names no place is in UTC.
func hoursIn(text string) string { return web.TimesIn(text, "UTC", "en") }

// hourOf is an instant in the time of a sitting's site, as pages say it.
func hourOf(def *engine.Definition, sitting string, at engine.Instant) string {
	return web.TimesIn(at.String(), def.Zone(sitting).String(), "en")
}
