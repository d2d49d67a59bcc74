package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"terang/engine"
	"terang/proctor"
)

// openAtTheHour waits for the hour of the pack that the node was started with, and makes
// its exam; the node then serves it as any that is made beside it. What fails is tried
// again: nobody stops a node in its hour because a disk was full for a second.
func (n *node) openAtTheHour(ctx context.Context) error {
	if n.sealed == nil {
		return nil
	}
	for said := ""; ; {
		wait := min(time.Minute, n.sealed.Opens.Sub(n.hall.Now())) // the clock may be set meanwhile
		if wait <= 0 {
			err := n.unseal(ctx)
			if err == nil || ctx.Err() != nil {
				return nil
			}
			if text := err.Error(); text != said {
				n.log.Error("the sealed pack cannot be opened so far; this node tries again", "exam", n.sealed.Exam, "error", err)
				said = text
			}
			wait = 5 * time.Second
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}

// unseal makes the exam of the pack, unless it is there already: this node was started
// again, or another was faster.
func (n *node) unseal(ctx context.Context) error {
	exists := n.stores.journal.Read(ctx, engine.ExamStream+n.sealed.Exam, 0, func(engine.Record) error { return errExists })
	if errors.Is(exists, errExists) {
		return nil
	}
	// Read again: it may have been voided while the node waited.
	notices, err := packNotices(ctx, n.stores, n.sealed.Exam)
	if err != nil {
		return err
	}
	n.sealed.notices = append(n.sealed.notices, notices...)
	log := proctor.NewLog(n.stores.journal, n.hall.Writer())
	u, err := n.sealed.open(ctx, log, "engine", "", n.hall.Now())
	if err != nil {
		return err
	}
	source, err := u.source(log)
	if err != nil {
		return err
	}
	if _, err := createExam(ctx, n.stores, n.keys, "engine", source); err != nil && !errors.Is(err, errExists) {
		return fmt.Errorf("make the exam of the pack: %w", err)
	}
	n.log.Info("the sealed pack was opened", "exam", u.Exam, "kind", u.Kind, "sha256", u.Hash)
	return nil
}
