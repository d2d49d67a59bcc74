package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/web"
)

type resultsNotices struct {
	officeFlags
	Exam   string `required:"" help:"Code of the exam." placeholder:"CODE"`
	Format string `enum:"csv" default:"csv" help:"csv: number,kind,at,text,text_en."`
	Since  string `help:"Only decisions after this instant (RFC 3339): that of the last file." placeholder:"INSTANT"`
	Output string `help:"Write here instead of standard output." placeholder:"FILE"`
}

// Help says where the same is, while a server holds the journal.
func (c *resultsNotices) Help() string {
	return "Who made the file is recorded in the journal, so a server that serves an SQLite file makes it itself: " +
		"on the page /hasil-ujian/EXAM, or GET /api/v1/exams/EXAM/notices?since=INSTANT with an account or a token that may read results."
}

// Run writes what people are to be told, for the authority's own mailing: a number, a kind,
// an instant and a text, no name and no score. Who made the file is recorded.
func (c *resultsNotices) Run(ctx context.Context) error {
	since := engine.Instant(0)
	if c.Since != "" {
		t, err := time.Parse(time.RFC3339, c.Since)
		if err != nil {
			return usage.Errorf("--since %q: write it as 2026-12-03T08:00:00+07:00", c.Since)
		}
		since = engine.InstantOf(t)
	}
	o, err := c.open(ctx, proctor.ActResultRead, c.Exam)
	if errors.Is(err, engine.ErrLocked) {
		return sameOnPage(err, fmt.Sprintf("/hasil-ujian/%s, or GET /api/v1/exams/%[1]s/notices,", c.Exam))
	}
	if err != nil {
		return err
	}
	return errors.Join(c.write(ctx, o, since), o.stores.Close())
}

func (c *resultsNotices) write(ctx context.Context, o *office, since engine.Instant) error {
	keys, err := o.stores.ReadKeys(ctx, c.KeyPath())
	if err != nil {
		return err
	}
	x, err := stores.FoldExam(ctx, o.stores, keys, c.Exam, stores.LatestVersion)
	if err != nil {
		return err
	}
	fold := web.NewNoticeFold(x)
	if err := stores.EachEvent(ctx, o.stores.Journal, fold.Apply); err != nil {
		return err
	}
	all, err := o.log.Objections(ctx, c.Exam)
	if err != nil {
		return err
	}
	list, err := fold.All(all.All(), func(id string) string { return plannedAt(x.Def, id) }, since)
	if err != nil {
		return err
	}
	if err := o.reads(ctx, proctor.Reading{What: proctor.ReadNotices, Sitting: c.Exam, Filter: c.Since}); err != nil {
		return err
	}
	return output.Private(c.Output, func(w io.Writer) error { return web.WriteNotices(w, list) })
}

// plannedAt names a sitting in words, with the hour that the exam file has.
func plannedAt(def *engine.Definition, id string) string {
	code := strings.TrimPrefix(id, def.Code+".")
	for _, s := range def.Sittings {
		if start, err := def.StartOf(s); err == nil && s.Code == code {
			return web.SittingWords(def, code, start)
		}
	}
	return id
}
