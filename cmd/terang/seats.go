package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"terang/engine"
	"terang/proctor"
)

type examSeats struct {
	officeFlags
	Exam    string         `arg:"" help:"Code of the exam."`
	Without []string       `help:"Sittings that are not to be used: a room was lost." placeholder:"SITTING"`
	Room    map[string]int `help:"Seats of a room that can be used, where they are fewer than the exam says." placeholder:"ROOM=SEATS"`
	Take    string         `help:"Take the plan that was shown, by the id that it was shown with." placeholder:"ID"`
	JSON    bool           `name:"json" help:"Print the plan as data."`
	Reason  string         `help:"Why; needed where the change takes two people."`
	Second  string         `help:"Account of the second person here; the password is asked, or read from TERANG_SECOND_PASSWORD." placeholder:"USER"`
	Op      string         `help:"Id of this operation (UUID); the same one again has no second effect. Default: a new one."`
}

// Help says what decides.
func (c *examSeats) Help() string {
	return `Everybody on the roster who has no sitting is given one of their own site, in a room that fits
their accommodation ("fits" of a room, "seating" of the exam file); who has one keeps it wherever that
can be, and as few people as possible are moved. What is free after that is drawn with a seed that comes
from the one that the exam committed to when it was made: nobody chooses who sits where, and the same
roster gives the same places. The plan is shown first; with --take it becomes the next version of the
roster. Where seats are missing it says how many, and for whom, and nothing is taken.`
}

// Run shows who would sit where, or takes it.
func (c *examSeats) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActRoster, c.Exam)
	if err != nil {
		return err
	}
	return errors.Join(c.run(ctx, o), o.stores.Close())
}

func (c *examSeats) run(ctx context.Context, o *office) error {
	if err := o.people.LoadAll(ctx); err != nil {
		return err
	}
	def := o.people.Exam(c.Exam)
	if def == nil {
		return fmt.Errorf("exam %q: there is none; see terang exam status", c.Exam)
	}
	desk := o.counter()
	ask := proctor.SeatsRequest{Op: orNew(c.Op), Reason: c.Reason, Without: c.Without, Seats: c.Room, Change: c.Take}
	plan, err := desk.PlanSeats(ctx, o.by, c.Exam, ask)
	if err != nil {
		return pairError("seats of "+c.Exam, err)
	}
	if c.JSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		if err := out.Encode(plan); err != nil {
			return err
		}
	} else if err := printSeats(def, plan); err != nil {
		return err
	}
	switch {
	case len(plan.Faults) > 0:
		return tableFaults("seats of "+c.Exam, plan.Faults)
	case plan.Change.Nothing():
		fmt.Fprintln(os.Stderr, "everybody has a place that fits: nothing to take")
		return nil
	case c.Take == "":
		fmt.Fprintf(os.Stderr, "nothing was taken. To take exactly this: add --take %s\n", plan.Change.ID())
		return nil
	case c.Take != plan.Change.ID():
		return fmt.Errorf("--take %s: the plan is another now (%s): the roster has changed since you looked; look again, and nothing was taken", c.Take, plan.Change.ID())
	}
	if ask.Second, err = secondPerson(c.Second); err != nil {
		return err
	}
	answer, err := desk.TakeSeats(ctx, o.by, c.Exam, ask)
	return printRoster(c.Exam, "seats of "+c.Exam, plan.Change.People, answer, err)
}

func printSeats(def *engine.Definition, plan *proctor.SeatPlan) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "SITE\tSITTING\tSTART\tROOM\tSEATS\tUSABLE\tBEFORE\tAFTER\tFREE\tFITS")
	free := map[string]int{}
	for _, l := range plan.Sittings {
		mark := ""
		if l.Begun {
			mark = " (begun)"
		}
		fmt.Fprintf(w, "%s\t%s%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\n", l.Site, l.Sitting, mark, hourOf(def, l.Sitting, l.Start), l.Room, l.Seats, l.Usable, l.Before, l.After, l.Free, strings.Join(l.Fits, " "))
		if !l.Begun {
			free[l.Site] += l.Free
		}
	}
	if err := w.Flush(); err != nil || len(plan.Faults) > 0 {
		return err
	}
	fmt.Printf("%d people are given a sitting, %d get another; free seats:", plan.Placed, plan.Moved)
	for _, site := range slices.Sorted(maps.Keys(free)) {
		fmt.Printf(" %s %d", site, free[site])
	}
	fmt.Printf("\nseed of the draw: %s\n", plan.Seed)
	for _, a := range slices.Sorted(maps.Keys(plan.Unheeded)) {
		fmt.Printf("accommodation %s asks for nothing of a room (%d people): name it in a room's fits or in seating.rooms_for of the exam file if it should\n", a, plan.Unheeded[a])
	}
	return nil
}
