package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/questionbank/shelf"
)

// library is the bank of a journal, opened by somebody who may do something with it.
type library struct {
	*office
	shelf    *shelf.Shelf
	readings *proctor.Readings
}

// library opens the bank for an act. What is done reads or changes items, so that somebody
// has to say who they are as soon as the journal has an administrator.
func (f *officeFlags) library(ctx context.Context, act string) (*library, error) {
	o, err := f.open(ctx, act, "")
	if err != nil {
		return nil, err
	}
	return o.library(), nil
}

func (o *office) library() *library {
	return &library{o, o.stores.Shelf(), proctor.NewReadings(o.stores.Register, o.log)}
}

func (l *library) close(err error) error { return errors.Join(err, l.stores.Close()) }

// me is who acts on items.
func (l *library) me(ctx context.Context) (shelf.Person, error) {
	also, err := l.accounts.Others(ctx, l.by)
	return shelf.Person{User: l.by.User, Name: l.by.Name, Also: also}, err
}

// names gives the name of an account, the account where it has none.
func (l *library) names(ctx context.Context) func(user string) string {
	return func(user string) string {
		if a, err := l.accounts.Get(ctx, user); err == nil && a.Name != "" {
			return a.Name
		}
		return user
	}
}

// filterFlags narrow the items that a command is about.
type filterFlags struct {
	Section string   `help:"Only this section."`
	Topic   string   `help:"Only this topic."`
	Band    string   `help:"Only this difficulty: easy, medium or hard."`
	Stage   []string `help:"Only at these stages: draft, review, approved, used, retired." enum:"draft,review,approved,used,retired"`
	Author  string   `help:"Only what this account wrote."`
	Text    string   `help:"Only items with this in their code or text."`
}

func (f *filterFlags) filter() shelf.Filter {
	out := shelf.Filter{Section: f.Section, Topic: f.Topic, Band: questionbank.Band(f.Band), Author: f.Author, Text: f.Text}
	for _, s := range f.Stage {
		out.Stages = append(out.Stages, shelf.Stage(s))
	}
	return out
}

type bankList struct {
	officeFlags
	filterFlags
}

// Run lists items.
func (c *bankList) Run(ctx context.Context) error {
	l, err := c.library(ctx, proctor.ActItemRead)
	if err != nil {
		return err
	}
	rows, err := l.shelf.List(ctx, c.filter())
	if err != nil {
		return l.close(err)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "CODE\tVERSION\tSTAGE\tSECTION\tTOPIC\tBAND\tEXAMS\tBEGINS")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%d\t%s\n", r.ID, r.Newest().Number, r.Stage(), r.Section, r.Topic, r.Band, len(r.Uses), r.Opening)
	}
	fmt.Fprintf(w, "%d items\n", len(rows))
	return l.close(w.Flush())
}

type bankShow struct {
	officeFlags
	ID      string `arg:"" help:"Code of the item."`
	Version int    `help:"An earlier version; default: the newest."`
}

// Run shows an item.
func (c *bankShow) Run(ctx context.Context) error {
	l, err := c.library(ctx, proctor.ActItemRead)
	if err != nil {
		return err
	}
	return l.close(c.show(ctx, l))
}

func (c *bankShow) show(ctx context.Context, l *library) error {
	it, v, q, err := l.version(ctx, c.ID, c.Version)
	if err != nil {
		return err
	}
	fmt.Printf("%s\n# %s, version %d of %d\n", questionbank.Text([]questionbank.Question{q}), it.Stage(), v.Number, it.Newest().Number)
	for _, u := range it.Uses {
		fmt.Printf("# used by exam %s: version %d\n", u.Exam, u.Version)
	}
	for i := range it.History {
		e := &it.History[i]
		words, err := l.shelf.Words(ctx, e)
		if err != nil {
			return err
		}
		fmt.Printf("# %s  %-13s version %d  %s  %s\n", e.At, e.Kind, e.MS, e.By, strings.ReplaceAll(words, "\n", " "))
	}
	return nil
}

// version reads one version of an item, 0 for the newest; the reading is recorded.
func (l *library) version(ctx context.Context, id string, number int) (*shelf.Item, *shelf.Version, questionbank.Question, error) {
	it, err := l.shelf.Item(ctx, id)
	if err != nil {
		return nil, nil, questionbank.Question{}, fmt.Errorf("%w; see terang bank list", err)
	}
	v, ok := it.Version(number)
	if !ok {
		return nil, nil, questionbank.Question{}, fmt.Errorf("item %s has no version %d; see terang bank show %s", id, number, id)
	}
	if err := l.readings.Note(ctx, l.by, proctor.Reading{What: proctor.ReadItem, Item: id}, stores.Now()); err != nil {
		return nil, nil, questionbank.Question{}, err
	}
	q, err := l.shelf.Question(ctx, v)
	return it, v, q, err
}

type bankDiff struct {
	officeFlags
	ID   string `arg:"" help:"Code of the item."`
	From int    `help:"The earlier version; default: the one before."`
	To   int    `help:"The later version; default: the newest."`
}

// Run shows what differs between two versions.
func (c *bankDiff) Run(ctx context.Context) error {
	l, err := c.library(ctx, proctor.ActItemRead)
	if err != nil {
		return err
	}
	return l.close(c.diff(ctx, l))
}

func (c *bankDiff) diff(ctx context.Context, l *library) error {
	it, to, is, err := l.version(ctx, c.ID, c.To)
	if err != nil {
		return err
	}
	if c.From == 0 {
		before, ok := it.Before(to.Number)
		if !ok {
			return fmt.Errorf("item %s: version %d is the first", c.ID, to.Number)
		}
		c.From = before.Number
	}
	_, _, was, err := l.version(ctx, c.ID, c.From)
	if err != nil {
		return err
	}
	fmt.Printf("%s: version %d to %d\n", c.ID, c.From, to.Number)
	for _, change := range shelf.Compare(&was, &is) {
		fmt.Printf("%s: ", change.Part)
		for _, s := range change.Spans {
			switch s.Op {
			case shelf.Removed:
				fmt.Printf("[-%s-]", s.Text)
			case shelf.Added:
				fmt.Printf("{+%s+}", s.Text)
			default:
				fmt.Print(s.Text)
			}
		}
		fmt.Println()
	}
	return nil
}

type bankDuplicates struct {
	officeFlags
	Least int `default:"60" help:"Show pairs from this likeness on, 1 to 100: 100 is the same text but for case, marks and the order of options; below it, the share of runs of three words that both have."`
}

// Run finds items that are too much alike.
func (c *bankDuplicates) Run(ctx context.Context) error {
	if c.Least < 1 || c.Least > 100 {
		return usage.Errorf("--least %d: between 1 and 100", c.Least)
	}
	l, err := c.library(ctx, proctor.ActItemRead)
	if err != nil {
		return err
	}
	pairs, err := l.shelf.Alike(ctx, c.Least)
	printTwins(pairs)
	fmt.Printf("%d pairs\n", len(pairs))
	return l.close(err)
}

func printTwins(pairs []shelf.Twins) {
	for _, p := range pairs {
		fmt.Printf("%3d%%  %s  %s\n", p.Likeness, p.A, p.B)
	}
}

// refusedItem says in words why an item cannot be acted on so.
func refusedItem(err error) error {
	return withRemedy(err, map[engine.Code]string{
		shelf.OwnWork:     "whoever wrote an item, or is named as its author, cannot review it, nor whose account counts as one person with theirs (staff list): ask a second person",
		shelf.Changed:     "somebody stored another version meanwhile: look at it first, with terang bank show",
		shelf.ItemExists:  "there is an item of this code already: use terang bank edit",
		shelf.NeedsWords:  "say why, with --comment or --reason",
		shelf.NoItem:      "there is no such item or version; see terang bank list",
		engine.WrongState: "the item is not at the stage for it; see terang bank show",
	})
}

type bankKeep struct {
	officeFlags
	File string `arg:"" help:"What terang bank stats --json wrote." type:"existingfile"`
}

// Run keeps an item analysis where authors and reviewers see it.
func (c *bankKeep) Run(ctx context.Context) error {
	body, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	l, err := c.library(ctx, proctor.ActReport)
	if err != nil {
		return err
	}
	exam, err := l.shelf.KeepStatistics(ctx, body)
	if err == nil {
		fmt.Printf("the item analysis of exam %s is kept\n", exam)
	}
	return l.close(err)
}

// bank is what exams take of this journal's bank: all of it, or half where the other half is
// to be left to a spare.
func (l *library) bank(ctx context.Context, sections []string, leave bool) (*questionbank.Bank, error) {
	bank, faults, err := l.shelf.Bank(ctx, shelf.Filter{Sections: sections}, l.names(ctx))
	if leave && bank != nil {
		bank, _, faults = bank.Halve()
	}
	if len(faults) > 0 {
		return nil, stores.FaultList("approved items of the bank", faults)
	}
	return bank, err
}
