package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"terang/cmd/terang/node"
	"terang/cmd/terang/site"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/proctor"
)

// siteCmd is what a sitting goes through that a site holds by itself, in this order.
type siteCmd struct {
	HandOver siteHandOver `cmd:"" help:"At the centre: hand a sitting over to its site. Two people do it."`
	Pack     sitePack     `cmd:"" help:"At the centre: write the file from which the site holds it."`
	Open     siteOpen     `cmd:"" help:"At the site: make the journal of that file. terang serve then needs no network."`
	Deliver  siteDeliver  `cmd:"" help:"At the site: write what happened into a file for the centre."`
	Collect  siteCollect  `cmd:"" help:"At the centre: take that file into the journal."`
	TakeBack siteTakeBack `cmd:"" help:"At the centre: take a sitting back of which nothing has come. Two people do it."`
}

// homeFlags are those of both acts on the home of a sitting.
type homeFlags struct {
	officeFlags
	Sitting string `arg:"" help:"EXAM.SITTING."`
	Reason  string `help:"Why; recorded." required:""`
	Second  string `help:"Account of the second person here; the password is asked, or read from TERANG_SECOND_PASSWORD. Without one it is proposed." placeholder:"USER"`
	Op      string `help:"Id of this operation (UUID); the same one again has no second effect. Default: a new one."`
}

func (c *homeFlags) take(ctx context.Context, q proctor.HomeRequest) error {
	exam, _, ok := strings.Cut(c.Sitting, ".")
	if !ok {
		return usage.Errorf("%q: write EXAM.SITTING, as terang exam status shows them", c.Sitting)
	}
	second, err := secondPerson(c.Second)
	if err != nil {
		return err
	}
	o, err := c.open(ctx, proctor.ActExam, exam)
	if err != nil {
		return err
	}
	q.Op, q.Sitting, q.Reason, q.Second = orNew(c.Op), c.Sitting, c.Reason, second
	return errors.Join(c.atCounter(ctx, o, func(n *node.Node) error {
		answer, err := n.Server.Homes().Take(ctx, o.by, q)
		if err != nil {
			return homeError(c.Sitting, err)
		}
		return printAnswer(answer)
	}), o.stores.Close())
}

// homeError says of a refusal what to do.
func homeError(sitting string, err error) error {
	for field, remedy := range map[string]string{
		"begun":     "somebody of it has checked in or started: it cannot be handed over any more",
		"proposals": "something is proposed at it: approve or refuse that first, see terang proposals",
		"results":   "results of the exam were frozen: the centre holds what is still to come",
		"home":      "the centre holds it already",
		"collected": "a part has come from the site: with --lost what has not come is given up",
	} {
		if strings.Contains(err.Error(), "("+field+")") {
			return fmt.Errorf("%s: %s: %w", sitting, remedy, err)
		}
	}
	return pairError(sitting, err)
}

type siteHandOver struct{ homeFlags }

// Help says what follows from it.
func (c *siteHandOver) Help() string {
	return `Before anybody has checked in. From then on this journal refuses whatever would be written to the
sitting or its candidates, until the sitting has come home closed (terang site collect), or two people
take it back. Only the journal that terang site open makes of the pack writes there.`
}

// Run hands a sitting over, or proposes it.
func (c *siteHandOver) Run(ctx context.Context) error {
	return c.take(ctx, proctor.HomeRequest{})
}

type siteTakeBack struct {
	homeFlags
	Lost bool `help:"Although a part has come: what has not is given up. What comes later is an alarm."`
}

// Run takes a sitting back, or proposes it.
func (c *siteTakeBack) Run(ctx context.Context) error {
	return c.take(ctx, proctor.HomeRequest{Back: true, Lost: c.Lost})
}

type sitePack struct {
	stores.Flags
	node.LogKeyFlag
	Sitting string `arg:"" help:"EXAM.SITTING."`
	Out     string `required:"" help:"File to write; must not exist." placeholder:"FILE"`
}

// Run writes the pack; a server may hold the journal meanwhile.
func (c *sitePack) Run(ctx context.Context) error {
	return c.Reading(func(s *stores.DB, keys *stores.KeyFile) error {
		if s.Site != nil {
			return errors.New("this journal is a site's: pack at the centre")
		}
		log, err := node.ReadLogKeys(c.Path(c.KeyPath()))
		if err != nil {
			return err
		}
		p, err := site.Pack(ctx, s, keys, log, c.Sitting, c.Out)
		if err != nil {
			return err
		}
		if len(p.Left) > 0 {
			fmt.Fprintf(os.Stderr, "left out, as they have no password of their own yet: %s. They take one at the centre, at /akun; then pack again\n", strings.Join(p.Left, ", "))
		}
		items, seal := "items with their keys, the seed of the forms", fmt.Sprintf(`
To have items and seed sealed to the site: terang bank seal --exam %s --recipients FILE (with the key
of the site: terang bank keys new) --release FILE --sign KEY --opens HOUR --out FOLDER, then pack again.`, strings.Split(c.Sitting, ".")[0])
		if p.Sealed != "" {
			items, seal = "(items, plan and seed stay in the sealed pack "+p.Sealed+")", ""
		}
		fmt.Printf(`%s written for site %s: sitting %s, %d people, accounts %s
sha256 %s
IT HOLDS SECRETS: %s, names and photos, password hashes.
Carry it on an encrypted medium, or encrypted (gpg --symmetric %s, the passphrase by another way), and
erase it where it was opened.%s
Tell the site its sha256 by another way, and the key of the public log, by which it checks the file with --vkey:
%s
`, c.Out, p.Site, c.Sitting, p.People, strings.Join(p.Accounts, ", "), p.ID, items, c.Out, seal, log.Vkeys[len(log.Vkeys)-1])
		return nil
	})
}

type siteOpen struct {
	stores.Flags
	File string `arg:"" help:"The pack." type:"existingfile"`
	Vkey string `help:"Key of the public log, as the authority has published it, or a file that holds it; without it the key that came with the pack, which proves only that it is whole." placeholder:"KEY|FILE"`
}

// Run makes a site's journal.
func (c *siteOpen) Run(ctx context.Context) error {
	verifiers, err := logVerifiers(c.Vkey)
	if err != nil {
		return err
	}
	o, err := site.Open(ctx, &c.Flags, c.File, verifiers)
	if err != nil {
		return err
	}
	if o.Own {
		fmt.Fprintf(os.Stderr, "checked with the key that came with it, %s: compare it with the one that the authority has published\n", o.Signer)
	}
	fmt.Printf("%s made for site %s: sitting %s, %d people; pack sha256 %s\nKeep %s with it: nothing opens without it. Erase the pack, and start terang serve.\n",
		c.Journal, o.Site.Site, o.Sitting, o.People, o.Site.Pack, c.KeyPath())
	if o.Pack != "" {
		fmt.Printf("Its items are sealed: terang serve --pack %s --publisher FILE --identity FILE opens them at their hour.\n", o.Pack)
	}
	return nil
}

type siteDeliver struct {
	stores.Flags
	Out string `required:"" help:"File to write; must not exist." placeholder:"FILE"`
}

// Run writes the delivery; a server may hold the journal meanwhile.
func (c *siteDeliver) Run(ctx context.Context) error {
	return c.Reading(func(s *stores.DB, keys *stores.KeyFile) error {
		d, err := site.Deliver(ctx, s, keys, c.Out)
		if err != nil {
			return err
		}
		what := "a part: the sitting is not closed, deliver again when its minutes are signed"
		if d.Whole {
			what = "whole: the sitting is closed"
		}
		fmt.Printf("%s written: sitting %s, %d records, %s\nsha256 %s\nIt holds names and answers of people. At the centre: terang site collect FILE\n", c.Out, d.Sitting, d.Records, what, d.ID)
		return nil
	})
}

type siteCollect struct {
	officeFlags
	File string `arg:"" help:"The delivery." type:"existingfile"`
}

// Run takes a delivery, once. Beside servers on PostgreSQL it can run at any time; they follow
// what it writes.
func (c *siteCollect) Run(ctx context.Context) error {
	sitting, err := site.SittingOf(c.File)
	if err != nil {
		return err
	}
	exam, _, _ := strings.Cut(sitting, ".")
	keys, err := stores.ReadKeys(c.KeyPath())
	if err != nil {
		return err
	}
	o, err := c.open(ctx, proctor.ActExam, exam)
	if err != nil {
		return err
	}
	return errors.Join(c.collect(ctx, o, keys), o.stores.Close())
}

func (c *siteCollect) collect(ctx context.Context, o *office, keys *stores.KeyFile) error {
	if err := o.stores.Fits(ctx, keys); err != nil {
		return err
	}
	done, err := site.Collect(ctx, o.stores, keys, o.log, o.by.User, c.File)
	var alarm *site.Alarm
	switch {
	case errors.As(err, &alarm):
		return fmt.Errorf("%w\nNothing of it was taken, and it is recorded for the auditors. Keep the file and the site's machine as they are", err)
	case err != nil:
		return err
	case done.Records == 0:
		home := ""
		if done.Whole {
			home = "; it has come home, closed"
		}
		fmt.Printf("nothing new: all of %s is here already%s\n", done.Sitting, home)
		return nil
	}
	state := "a part: it has not come home yet"
	if done.Whole {
		state = "it has come home, closed"
	}
	fmt.Printf("%s from site %s: %d new records; %s\n", done.Sitting, done.Site.Site, done.Records, state)
	if done.Ahead > time.Minute {
		fmt.Printf("The site's clock was ahead of this machine's: its newest record is from %s later than now. Times in its minutes are the site's.\n", done.Ahead.Round(time.Second))
	}
	return nil
}
