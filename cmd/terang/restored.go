package main

import (
	"context"
	"errors"
	"fmt"

	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
)

type restoredCmd struct {
	officeFlags
	Lacks  string `arg:"" help:"What the journal lacks, as terang serve named it." placeholder:"POSITION-HASH"`
	Reason string `required:"" help:"Why it goes on without that; recorded."`
}

// Run records that a journal goes on from a backup. Servers that do not start because of what
// it lacks do from then on; what is taken from it later they notice again.
func (c *restoredCmd) Run(ctx context.Context) error {
	loss, err := node.ParseLoss(c.Lacks)
	if err != nil {
		return usage.Errorf("%v", err)
	}
	if err := c.lacks(ctx, loss); err != nil {
		return err
	}
	o, err := c.open(ctx, proctor.ActExam, "")
	if err != nil {
		return err
	}
	return errors.Join(c.record(ctx, o, loss), o.stores.Close())
}

// restoredAtSite is for a site, whose journal is not the home of the stream in which this is
// agreed to: what it held since may have come home already, and would be another truth there.
const restoredAtSite = `restored %s: this journal is a site's, and cannot go on without what is missing.
What to do: 1. Bring back the newest journal of this machine, and start again.
  2. If there is none, call the centre. It takes the sitting back (terang site take-back %s, with --lost if a part has
     come), and holds it itself, or hands it over anew: then open that pack here as a journal of its own.
  Keep this one and its key files as they are: they are for whoever decides about the answers that it has`

// lacks refuses what the journal has: nobody agrees beforehand to what may be lost one day.
func (c *restoredCmd) lacks(ctx context.Context, loss node.Loss) error {
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return err
	}
	missing, err := loss.Missing(ctx, s.Journal)
	switch {
	case err != nil:
	case missing != "" && s.Site != nil:
		err = fmt.Errorf(restoredAtSite, loss, s.Site.Sitting)
	case missing == "":
		err = fmt.Errorf("restored %s: the journal %s has that record, and nothing is to be agreed to. Start the server, or name the journal that it did not start with: its message has --journal and --keys", loss, s.NamedFlags(nil))
	}
	return errors.Join(err, s.Close())
}

func (c *restoredCmd) record(ctx context.Context, o *office, loss node.Loss) error {
	text, err := proctor.KeepText(ctx, o.stores.Register, c.Reason)
	if err == nil {
		err = o.log.Append(ctx, proctor.StaffAccounts, engine.Event{
			Kind: engine.JournalRestored, At: stores.Now(), By: o.by.User, Extra: int64(loss.Pos), Form: loss.Hash, Text: text,
		})
	}
	if err != nil {
		return fmt.Errorf("restored %s: %w", loss, err)
	}
	fmt.Printf("recorded: this journal goes on without what came up to %s. Start the servers.\n", loss)
	return nil
}
