package main

import (
	"context"
	"errors"
	"fmt"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/scoring/workbook"
)

type examFormations struct {
	officeFlags
	Exam string `required:"" help:"Code of the exam."`
	File string `arg:"" help:"CSV or XLSX file with formations of the exam." type:"existingfile"`
	Take string `help:"The file has all formations: those go that it leaves out, by the id that they were shown with." placeholder:"ID"`
}

// Run loads formations whole, or names every fault and takes nothing.
func (c *examFormations) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActFormations, c.Exam)
	if err != nil {
		return err
	}
	return errors.Join(c.load(ctx, o), o.stores.Close())
}

func (c *examFormations) load(ctx context.Context, o *office) error {
	if err := o.people.LoadAll(ctx); err != nil {
		return err
	}
	if o.people.Exam(c.Exam) == nil {
		return fmt.Errorf("exam %q: there is none; see terang exam status", c.Exam)
	}
	f, err := workbook.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	formations, faults := proctor.ParseFormations(f)
	if len(faults) > 0 {
		return tableFaults(c.File, faults)
	}
	removed, err := c.removed(ctx, o, formations)
	if err == nil {
		err = o.people.ImportFormations(ctx, o.log, o.by.User, stores.Now(), c.Exam, formations, removed)
	}
	if errors.Is(err, engine.WrongState) {
		err = fmt.Errorf("the formations of %s are published: a change is a new version, see terang exam publish formations: %w", c.Exam, err)
	}
	if err != nil {
		return err
	}
	fmt.Printf("%d formations loaded into %s\n", len(formations), c.Exam)
	c.left(proctor.ChangeFormations(o.people.Formations(c.Exam), formations))
	return nil
}

// removed are the formations that go, because the file leaves them out and somebody has said so.
func (c *examFormations) removed(ctx context.Context, o *office, formations []proctor.Formation) ([]proctor.Formation, error) {
	if c.Take == "" {
		return nil, nil
	}
	change, faults, err := o.people.FormationsChange(ctx, o.log, stores.Now(), c.Exam, formations)
	switch {
	case err != nil:
		return nil, err
	case len(faults) > 0:
		return nil, tableFaults(c.File, faults)
	case c.Take != change.ID():
		return nil, fmt.Errorf("--take %s: formations or the file are others than when this was shown; load the file without it, and see what it leaves out now", c.Take)
	}
	return change.Removed, nil
}

// left shows which formations stand beside those of the file. They have their seats in every list
// that is decided, which nobody wants of one that was corrected away.
func (c *examFormations) left(change *proctor.FormationsChange) {
	if len(change.Removed) == 0 {
		return
	}
	fmt.Printf("%d formations of %s stand beside them, and are not in the file:\n", len(change.Removed), c.Exam)
	for i, f := range change.Removed {
		if i == changesShown {
			fmt.Printf("  - … and %d more\n", len(change.Removed)-i)
			break
		}
		fmt.Printf("  - %s %s, %s, %d seats\n", f.Code, f.Post, f.Need, f.Seats)
	}
	fmt.Printf("If they shall go, load the file again with --take %s\n", change.ID())
}
