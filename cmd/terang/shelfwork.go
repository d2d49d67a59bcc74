package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/proctor"
	"terang/questionbank"
	"terang/questionbank/format"
	"terang/questionbank/shelf"
)

type bankImport struct {
	officeFlags
	foreignFlags
	Files []string `arg:"" help:"Files of one folder, figures beside them." type:"existingfile"`
}

// Run takes items from files as drafts, or names every fault and takes nothing.
func (c *bankImport) Run(ctx context.Context) error {
	l, err := c.library(ctx, proctor.ActBankImport)
	if err != nil {
		return err
	}
	return l.close(c.take(ctx, l))
}

func (c *bankImport) take(ctx context.Context, l *library) error {
	if c.Author == "" {
		c.Author = l.by.Name
	}
	read, err := c.read(c.Files)
	if err != nil {
		return err
	}
	for i := range read.Questions {
		for _, f := range read.Questions[i].Unfit() {
			fmt.Println("not ready for review:", f)
		}
	}
	me, err := l.me(ctx)
	if err != nil {
		return err
	}
	taken, faults, err := l.shelf.Take(ctx, me, read.Questions, stores.Now())
	if len(faults) > 0 {
		return stores.FaultList("import", faults)
	}
	if err != nil {
		return err
	}
	if len(taken.Alike) > 0 {
		fmt.Println("alike, look at them before they are approved:")
		printTwins(taken.Alike)
	}
	fmt.Printf("%d drafts taken, %d items with another version, %d unchanged, %d left out\n",
		len(taken.New), len(taken.Revised), len(taken.Unchanged), len(read.Faults))
	return nil
}

type bankExport struct {
	officeFlags
	filterFlags
	Format   string   `default:"terang" help:"Format to write: terang, gift, moodlexml, qti, csv or xlsx."`
	Approved bool     `help:"The version that exams take, of items that have one; default: the newest."`
	Out      string   `short:"o" help:"File to write; default: the standard output." placeholder:"FILE"`
	IDs      []string `arg:"" name:"id" optional:"" help:"Only these items."`
}

// Run writes items to a file; the reading is recorded.
func (c *bankExport) Run(ctx context.Context) error {
	l, err := c.library(ctx, proctor.ActBankExport)
	if err != nil {
		return err
	}
	return l.close(c.write(ctx, l))
}

func (c *bankExport) write(ctx context.Context, l *library) error {
	rows, err := l.shelf.List(ctx, c.filter())
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, id := range c.IDs {
		wanted[id] = true
	}
	var qs []questionbank.Question
	for _, r := range rows {
		if len(c.IDs) > 0 && !wanted[r.ID] || c.Approved && r.Standing == 0 {
			continue
		}
		delete(wanted, r.ID)
		number := 0
		if c.Approved {
			number = r.Standing
		}
		_, v, q, err := l.version(ctx, r.ID, number)
		if err != nil {
			return err
		}
		if v.Reviewer != "" {
			q.Reviewer = l.names(ctx)(v.Reviewer)
		}
		qs = append(qs, q)
	}
	for id := range wanted {
		return fmt.Errorf("item %s is not among them; see terang bank list", id)
	}
	out := os.Stdout
	if c.Out != "" {
		if out, err = os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return fmt.Errorf("--out: %w", err)
		}
	}
	report, err := format.Write(c.Format, out, qs)
	if c.Out != "" {
		err = errors.Join(err, out.Close())
	}
	if err != nil {
		return err
	}
	for _, lost := range report.Losses {
		fmt.Fprintln(os.Stderr, "not carried:", lost)
	}
	fmt.Fprintf(os.Stderr, "%d items written\n", len(qs))
	return nil
}

type bankEdit struct {
	officeFlags
	ID   string `arg:"" help:"Code of the item."`
	File string `arg:"" help:"Bank file with this one item, its version: the one that was changed." type:"existingfile"`
}

// Run stores the next version of an item.
func (c *bankEdit) Run(ctx context.Context) error {
	l, err := c.library(ctx, proctor.ActItemWrite)
	if err != nil {
		return err
	}
	return l.close(c.edit(ctx, l))
}

func (c *bankEdit) edit(ctx context.Context, l *library) error {
	read, err := (&foreignFlags{Format: "terang", Author: l.by.Name}).read([]string{c.File})
	if err != nil {
		return err
	}
	if len(read.Questions) != 1 || read.Questions[0].ID != c.ID {
		return fmt.Errorf("%s: it holds %d items: write exactly item %s into it", c.File, len(read.Questions), c.ID)
	}
	q := read.Questions[0]
	me, err := l.me(ctx)
	if err != nil {
		return err
	}
	it, faults, err := l.shelf.Write(ctx, me, "", q.Version, q, stores.Now())
	if len(faults) > 0 {
		return stores.FaultList(c.File, faults)
	}
	if err != nil {
		return refusedItem(err)
	}
	if it.Newest().Number == q.Version {
		fmt.Printf("%s: nothing differs from version %d\n", c.ID, q.Version)
		return nil
	}
	fmt.Printf("%s: version %d stored as a draft\n", c.ID, it.Newest().Number)
	return nil
}

// acts does the same to several items: all that can be, and every refusal is told.
func (l *library) acts(ctx context.Context, ids []string, c shelf.Command, words, done string) error {
	var failed error
	me, err := l.me(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		c.By, c.At = me, stores.Now()
		it, err := l.shelf.Do(ctx, id, c, words)
		if err != nil {
			failed = errors.Join(failed, refusedItem(err))
			continue
		}
		fmt.Printf("%s version %d: %s\n", id, it.Newest().Number, done)
	}
	return failed
}

type bankComment struct {
	officeFlags
	ID      string `arg:"" help:"Code of the item."`
	Comment string `arg:"" help:"The words."`
}

// Run writes a comment.
func (c *bankComment) Run(ctx context.Context) error {
	l, err := c.library(ctx, proctor.ActItemRead)
	if err != nil {
		return err
	}
	if !l.by.May(proctor.ActItemWrite, "", "", "") && !l.by.May(proctor.ActItemReview, "", "", "") {
		return l.close(fmt.Errorf("--as %s: who only reads items does not comment on them; it is %v", l.by.User, l.by.Grants))
	}
	return l.close(l.acts(ctx, []string{c.ID}, shelf.Command{Act: shelf.ActComment}, c.Comment, "comment kept"))
}

type bankSubmit struct {
	officeFlags
	IDs []string `arg:"" name:"id" help:"Codes of the items."`
}

// Run sends drafts to review.
func (c *bankSubmit) Run(ctx context.Context) error {
	l, err := c.library(ctx, proctor.ActItemWrite)
	if err != nil {
		return err
	}
	return l.close(l.acts(ctx, c.IDs, shelf.Command{Act: shelf.ActSubmit}, "", "sent to review"))
}

type bankReview struct {
	officeFlags
	Approve bool     `help:"They are right: exams may take them." xor:"verdict" required:""`
	Return  bool     `help:"Give them back to their author." xor:"verdict" required:""`
	Comment string   `help:"What the author shall read; to return an item it is needed."`
	Version int      `help:"The version that was read; default: the newest."`
	IDs     []string `arg:"" name:"id" help:"Codes of the items."`
}

// Run gives the verdict of a second person.
func (c *bankReview) Run(ctx context.Context) error {
	act, right, done := shelf.ActReturn, proctor.ActItemReview, "returned to its author"
	if c.Approve {
		act, right, done = shelf.ActApprove, proctor.ActItemApprove, "approved"
	}
	if c.Return && strings.TrimSpace(c.Comment) == "" {
		return usage.Errorf("--return: tell the author why, with --comment")
	}
	l, err := c.library(ctx, right)
	if err != nil {
		return err
	}
	return l.close(l.acts(ctx, c.IDs, shelf.Command{Act: act, Version: c.Version}, c.Comment, done))
}

type bankRetire struct {
	officeFlags
	Reason string   `required:"" help:"Why, for whoever asks later."`
	IDs    []string `arg:"" name:"id" help:"Codes of the items."`
}

// Run takes items out of use.
func (c *bankRetire) Run(ctx context.Context) error {
	l, err := c.library(ctx, proctor.ActItemWrite)
	if err != nil {
		return err
	}
	return l.close(l.acts(ctx, c.IDs, shelf.Command{Act: shelf.ActRetire}, c.Reason, "retired"))
}
