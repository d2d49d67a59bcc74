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

// lacks refuses what the journal has: nobody agrees beforehand to what may be lost one day.
func (c *restoredCmd) lacks(ctx context.Context, loss node.Loss) error {
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return err
	}
	missing, err := loss.Missing(ctx, s.Journal)
	if err == nil && missing == "" {
		err = fmt.Errorf("restored %s: the journal has that record, and nothing is to be agreed to: start the server", loss)
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
