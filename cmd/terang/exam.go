package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/web"
)

type examCmd struct {
	Create     examCreate     `cmd:"" help:"Create an exam from its file, or the sample exam."`
	Formations examFormations `cmd:"" help:"Load the formations of an exam, and show which of those that stand a file leaves out."`
	Roster     examRoster     `cmd:"" help:"Load the roster of an exam, show what a correction changes and take it, or write it to a file."`
	Seats      examSeats      `cmd:"" help:"Give everybody on the roster a sitting, by draw."`
	Places     examPlaces     `cmd:"" help:"Change the sites, rooms and sittings of an exam: add, close, seats of a room, hour of a sitting."`
	Cards      examCards      `cmd:"" help:"Print exam cards (PDF)."`
	Freeze     examFreeze     `cmd:"" name:"freeze-roster" help:"Freeze the roster of an exam: every later change takes two people."`
	Criteria   examCriteria   `cmd:"" help:"Write the criteria that an exam decides by as a table, to be published with words of your own."`
	Publish    examPublish    `cmd:"" help:"Publish formations, criteria or the calendar of an exam as the next version: two people."`
	Versions   examVersions   `cmd:"" help:"Show what an exam has published, what each version changed, and which was in force when."`
	Plan       examPlan       `cmd:"" help:"Show the plan of an exam and its certificate, computed anew from the archive."`
	Remove     examRemove     `cmd:"" help:"Remove a rehearsal whole: its streams, its people, its texts."`
	Draws      examDraws      `cmd:"" help:"Draw the seats of a sitting again from the journal, and name what differs."`
	SEB        examSEB        `cmd:"" name:"seb" help:"Write the Safe Exam Browser configuration of an exam, and show its Config Key."`
	Status     examStatus     `cmd:"" help:"Show the exams of a journal and how far their sittings are."`
}

type examFreeze struct {
	officeFlags
	Exam string `arg:"" help:"Code of the exam."`
}

// Run freezes a roster, once.
func (c *examFreeze) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActExam, c.Exam)
	if err != nil {
		return err
	}
	if err = o.people.LoadAll(ctx); err == nil {
		err = o.counter().FreezeRoster(ctx, o.by, c.Exam)
	}
	if errors.Is(err, engine.WrongState) {
		err = fmt.Errorf("exam %s: its roster is frozen already, or none is loaded: %w", c.Exam, err)
	}
	if err == nil {
		fmt.Printf("the roster of %s is frozen: every later change takes two people\n", c.Exam)
	}
	return errors.Join(err, o.stores.Close())
}

type examStatus struct {
	stores.Flags
}

// Run shows the exams of a journal; a server may hold it meanwhile.
func (c *examStatus) Run(ctx context.Context) error {
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return err
	}
	people := proctor.NewPeople(s.Register)
	err = people.LoadAll(ctx)
	for _, def := range people.Exams() {
		mark := ""
		if def.Rehearsal {
			mark = "GLADI (rehearsal)  "
		}
		fmt.Printf("%s  %s%s  rule set %s  %d candidates\n", def.Code, mark, def.Title, def.RuleSet, len(people.All(def.Code)))
		for _, sitting := range def.Sittings {
			id := def.Code + "." + sitting.Code
			st := engine.NewSitting(engine.SittingStream + id)
			if again := s.Journal.Read(ctx, st.Stream, 0, st.Fold); again != nil {
				err = errors.Join(err, again)
			}
			planned := st.Planned // it may have been moved
			if planned == 0 {
				planned, _ = def.StartOf(sitting) // checked when the definition was read
			}
			fmt.Printf("  %-30s %-9s %s  %d candidates%s\n", id, st.Phase, hourOf(def, sitting.Code, planned), len(people.In(id)), heldAt(s.Site, def, st))
		}
		err = errors.Join(err, printReadiness(ctx, s.Register, def, people.All(def.Code)))
	}
	return errors.Join(err, s.Close())
}

// heldAt says where a sitting is held whose home is another journal.
func heldAt(here *stores.Site, def *engine.Definition, st *engine.Sitting) string {
	switch {
	case here == nil && st.Home != "":
		return "; held by site " + st.Home + " (" + def.SiteName(st.Home) + "), here is a copy"
	case here != nil && (here.Sitting != strings.TrimPrefix(st.Stream, engine.SittingStream) || st.Home == ""):
		return "; held by the centre"
	}
	return ""
}

// printReadiness tells for each site how its computers are, in the counts of the station.
func printReadiness(ctx context.Context, r engine.Register, def *engine.Definition, all []*proctor.Person) error {
	people := make([]proctor.Person, len(all))
	for i, p := range all {
		people[i] = *p
	}
	rooms, err := web.Readiness(ctx, r, def, people, stores.Now())
	for _, site := range def.Sites {
		here := slices.DeleteFunc(slices.Clone(rooms), func(room web.RoomReadiness) bool { return room.Site != site.Code })
		if err == nil && len(here) > 0 {
			fmt.Printf("  computers of %s: %s\n", site.Code, web.Verdict(here))
		}
	}
	return err
}
