package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// OpenAtTheHour waits for the hour of the pack that the node was started with, and makes
// its exam; the node then serves it as any that is made beside it. What fails is tried
// again: nobody stops a node in its hour because a disk was full for a second.
func (n *Node) OpenAtTheHour(ctx context.Context) error {
	if n.Sealed == nil {
		return nil
	}
	for said := ""; ; {
		wait := min(time.Minute, n.Sealed.Opens.Sub(stores.Now())) // the machine's clock may be set meanwhile, which the hall's does not follow
		if wait <= 0 {
			err := n.Unseal(ctx)
			if err == nil || ctx.Err() != nil {
				return nil
			}
			if text := err.Error(); text != said {
				n.Logger.Error("the exam of the sealed pack cannot be opened so far; this node tries again", "exam", n.Sealed.Exam, "error", err)
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

// Unseal makes the exam of the pack, unless it is there already: this node was started
// again, or another was faster.
func (n *Node) Unseal(ctx context.Context) error {
	if site := n.Stores.Site; site != nil && site.Sealed != "" {
		return n.unsealAtSite(ctx)
	}
	exists := n.Stores.Journal.Read(ctx, engine.ExamStream+n.Sealed.Exam, 0, func(engine.Record) error { return create.ErrExists })
	if errors.Is(exists, create.ErrExists) {
		return nil
	}
	// Read again: it may have been voided while the node waited.
	notices, err := PackNotices(ctx, n.Stores, n.Sealed.Exam)
	if err != nil {
		return err
	}
	n.Sealed.Notices = append(n.Sealed.Notices, notices...)
	log := proctor.NewLog(n.Stores.Journal, n.Hall.Writer())
	u, err := n.Sealed.Unlock(ctx, log, "engine", "", stores.Now())
	if err != nil {
		return err
	}
	source, err := u.Source(log)
	if err != nil {
		return err
	}
	if _, err := create.Exam(ctx, n.Stores, n.keys, "engine", source); err != nil && !errors.Is(err, create.ErrExists) {
		return fmt.Errorf("make the exam of the pack: %w", err)
	}
	n.Logger.Info("the sealed pack was opened", "exam", u.Exam, "kind", u.Kind, "sha256", u.Hash)
	return nil
}

// unsealAtSite opens the pack of an exam whose streams came with a sitting, and serves it. It is
// done when the exam is served: no record of the exam comes with the seed, so that nobody else
// would try again.
func (n *Node) unsealAtSite(ctx context.Context) error {
	exam := n.Stores.Site.Exam
	_, err := n.Stores.Register.Get(ctx, stores.KindSeed, exam)
	if errors.Is(err, engine.ErrAbsent) {
		err = n.openAtSite(ctx)
	}
	if err != nil || n.Exams.Find(exam) != nil {
		return err
	}
	if err := n.follow(ctx, exam); err != nil {
		return fmt.Errorf("the pack is opened, and its exam cannot be served: %w", err)
	}
	return nil
}

// openAtSite puts what the pack holds where it is served from. The opening stands in the site's
// own stream.
func (n *Node) openAtSite(ctx context.Context) error {
	site := n.Stores.Site
	n.Sealed.Stream = site.Stream()
	u, err := n.Sealed.Unlock(ctx, proctor.NewLog(n.Stores.Journal, n.Hall.Writer()), "engine", site.Exam, stores.Now())
	if err != nil {
		return err
	}
	if err := n.Stores.Unseal(ctx, n.keys, u.Contents.Bank, u.Contents.Plan, u.Contents.Seed); err != nil {
		return err
	}
	n.Logger.Info("the sealed pack was opened", "exam", u.Exam, "kind", u.Kind, "sha256", u.Hash)
	return nil
}
