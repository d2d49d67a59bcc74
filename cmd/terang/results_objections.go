package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"terang/cmd/terang/node"
	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/web"
)

type resultsObjections struct {
	List   objectionsList   `cmd:"" default:"withargs" help:"List an exam's objections, what is due first before the others."`
	Show   objectionsShow   `cmd:"" help:"Show one with its words, who may answer it, and what the journal has of the case. The reading is recorded."`
	Decide objectionsDecide `cmd:"" help:"Answer one, with reasons that the candidate reads. Who acted in the case is refused."`

	Redress objectionsRedress `cmd:"" help:"Carry out one that was upheld after the sitting was over: the candidate sits at another sitting, on other items. Takes two people."`
}

type objectionsList struct {
	stores.Flags
	Exam  string `required:"" help:"Code of the exam." placeholder:"CODE"`
	State string `help:"Only those that are open, upheld, partly, rejected or withdrawn."`
	Kind  string `help:"Only those of a kind: item, key, time, staff or data."`
	JSON  bool   `help:"As JSON."`
}

// Run lists objections without their words; a server may hold the journal meanwhile.
func (c *objectionsList) Run(ctx context.Context) error {
	return c.Reading(func(s *stores.DB, _ *stores.KeyFile) error {
		all, err := proctor.NewLog(s.Journal, proctor.Direct(s.Journal)).Objections(ctx, c.Exam)
		if err != nil {
			return err
		}
		list, at := all.All(), stores.Now()
		proctor.ByDeadline(list)
		out := []web.ObjectionJSON{}
		for i := range list {
			o := &list[i]
			if c.State != "" && c.State != o.State || c.Kind != "" && c.Kind != o.Kind {
				continue
			}
			out = append(out, web.ObjectionOf(o, at))
		}
		if c.JSON {
			return output.JSON(out)(os.Stdout)
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "NUMBER\tCANDIDATE\tKIND\tITEM\tSTATE\tDUE\tASSIGNED")
		for _, o := range out {
			due := o.Due
			if o.Late {
				due += " (late)"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", o.Number, o.Candidate, o.Kind, o.Item, o.State, due, o.Assigned)
		}
		return w.Flush()
	})
}

// caseFlags name an objection for an act of an officer.
type caseFlags struct {
	officeFlags
	Exam   string `required:"" help:"Code of the exam." placeholder:"CODE"`
	Number string `arg:"" help:"Number of the objection, as 2026/skd-2026/0007, or the last part of it."`
}

func (c *caseFlags) seq() (int, error) {
	number := c.Number
	if parts := strings.Split(number, "/"); len(parts) == 3 {
		if parts[1] != c.Exam {
			return 0, usage.Errorf("%s is of exam %s, not of %s", number, parts[1], c.Exam)
		}
		number = parts[2]
	}
	seq, err := strconv.Atoi(number)
	if err != nil || seq < 1 {
		return 0, usage.Errorf("number %q: write it as 2026/%s/0007, or 7", c.Number, c.Exam)
	}
	return seq, nil
}

// on opens the journal for an officer who may do the act, and hands over the case.
func (c *caseFlags) on(ctx context.Context, act string, do func(*office, *node.Node, proctor.Case, *proctor.Objection) error) error {
	seq, err := c.seq()
	if err != nil {
		return err
	}
	o, err := c.open(ctx, act, c.Exam)
	if err != nil {
		return sameOnPage(err, "/sanggahan-ujian/"+c.Exam)
	}
	return errors.Join(c.atCounter(ctx, o, func(n *node.Node) error {
		of, one, err := n.Server.Case(ctx, c.Exam, seq)
		if errors.Is(err, engine.ErrAbsent) {
			return fmt.Errorf("exam %s has no objection %d: see terang results objections list", c.Exam, seq)
		}
		if err != nil {
			return err
		}
		return do(o, n, of, one)
	}), o.stores.Close())
}

type objectionsShow struct{ caseFlags }

// Run shows one case, and records who read it.
func (c *objectionsShow) Run(ctx context.Context) error {
	return c.on(ctx, proctor.ActResultRead, func(o *office, n *node.Node, of proctor.Case, one *proctor.Objection) error {
		if err := o.reads(ctx, proctor.Reading{What: proctor.ReadObjection, Sitting: c.Exam, Number: one.Candidate, Item: one.Item}); err != nil {
			return err
		}
		words, answer, err := n.Office.ObjectionWords(ctx, one)
		if err != nil {
			return err
		}
		fmt.Printf("%s  %s  %s\ncandidate %s\n", one.Number(), one.Kind, one.State, one.Candidate)
		if one.Q > 0 {
			fmt.Printf("item      %d on the own form, %s in the bank\n", one.Q, one.Item)
		}
		fmt.Printf("filed     %s, answer due %s\n\n%s\n\n", one.Filed, one.Due, words)
		if one.Decided() {
			fmt.Printf("%s by %s at %s\n\n%s\n\n", one.State, one.By, one.Ended, answer)
		}
		judges, err := n.Office.Judges(ctx, of)
		if err != nil {
			return err
		}
		printJudges(judges)
		people := n.People.Find(one.Candidate, c.Exam)
		if len(people) == 0 {
			return nil
		}
		events, err := n.Office.CaseEvents(ctx, one, people[0])
		for i := range events {
			e := &events[i]
			fmt.Printf("%s  %s  %s %s %s %s\n", e.At, e.Kind, e.By, e.Two, e.Act, e.Why)
		}
		return err
	})
}

func printJudges(j *proctor.Judges) {
	name := func(list []proctor.Account) string {
		var users []string
		for _, a := range list {
			users = append(users, a.User)
		}
		return strings.Join(users, ", ")
	}
	if len(j.May) > 0 {
		fmt.Println("may answer:", name(j.May))
	} else {
		fmt.Println("nobody who has the right is left: let one of these give the committee's role to somebody who did not act in the case:", name(j.Granted))
	}
	for user, did := range j.Apart() {
		fmt.Printf("not %s: %s\n", user, strings.ReplaceAll(did, "_", " "))
	}
}

type objectionsDecide struct {
	caseFlags
	Decision string `required:"" enum:"upheld,partly,rejected" help:"upheld, partly or rejected."`
	Reason   string `required:"" help:"Why, in words that the candidate reads; they stay out of the journal, which has their hash."`
	Op       string `help:"Id of this operation (UUID); the same one again has no second effect. Default: a new one."`
}

// Run answers an objection.
func (c *objectionsDecide) Run(ctx context.Context) error {
	return c.on(ctx, proctor.ActObjectionAnswer, func(o *office, n *node.Node, of proctor.Case, one *proctor.Objection) error {
		err := n.Office.DecideObjection(ctx, o.by, of, orNew(c.Op), c.Decision, c.Reason)
		if errors.Is(err, proctor.ObjectionApart) {
			judges, failed := n.Office.Judges(ctx, of)
			if failed == nil {
				printJudges(judges)
			}
			return fmt.Errorf("%s: %s acted in the case, and does not answer; that was recorded: %w", one.Number(), o.by.User, err)
		}
		if errors.Is(err, engine.WrongState) {
			return fmt.Errorf("%s has ended, as %s: an answer stays: %w", one.Number(), one.State, err)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", one.Number(), err)
		}
		fmt.Printf("%s: %s; the candidate reads it on /hasil-saya\n", one.Number(), c.Decision)
		if engine.OfItem(one.Kind) && c.Decision != proctor.ObjectionRejected {
			fmt.Printf("next: terang results annul --exam %s --item %s --preview …\n", c.Exam, one.Item)
		}
		if !engine.OfItem(one.Kind) && c.Decision != proctor.ObjectionRejected {
			fmt.Printf("next, if it had its effect on what was sat: terang results objections redress --exam %s %s --to …\n", c.Exam, c.Number)
		}
		return nil
	})
}
