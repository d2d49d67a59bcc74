package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

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

// addressed is a notice with whom it is for.
type addressed struct {
	number string
	web.Notice
}

// Run writes what people are to be told, for the authority's own mailing: a number, a kind,
// an instant and a text, no name and no score. Who made the file is recorded.
func (c *resultsNotices) Run(ctx context.Context) error {
	since := engine.Instant(0)
	if c.Since != "" {
		t, err := time.Parse(time.RFC3339, c.Since)
		if err != nil {
			return usage("--since %q: write it as 2026-12-03T08:00:00+07:00", c.Since)
		}
		since = engine.InstantOf(t)
	}
	o, err := c.open(ctx, proctor.ActResultRead, c.Exam)
	if err != nil {
		return err
	}
	return errors.Join(c.write(ctx, o, since), o.stores.close())
}

func (c *resultsNotices) write(ctx context.Context, o *office, since engine.Instant) error {
	keys, err := readKeys(c.keyPath())
	if err != nil {
		return err
	}
	x, err := foldExam(ctx, o.stores, keys, c.Exam, latestVersion)
	if err != nil {
		return err
	}
	list, err := c.notices(ctx, o, x)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(a addressed) bool { return a.At <= since })
	if err := o.reads(ctx, proctor.Reading{What: proctor.ReadNotices, Sitting: c.Exam, Filter: c.Since}); err != nil {
		return err
	}
	texts := map[string]map[string]string{}
	for _, lang := range []string{"id", "en"} {
		texts[lang] = map[string]string{}
		for _, area := range []string{"board", "station", "objections"} {
			some, err := web.Texts(area, lang)
			if err != nil {
				return err
			}
			maps.Copy(texts[lang], some)
		}
	}
	return writeWhole(c.Output, func(w io.Writer) error {
		out := csv.NewWriter(w)
		if err := out.Write([]string{"number", "kind", "at", "text", "text_en"}); err != nil {
			return fmt.Errorf("write notices: %w", err)
		}
		for _, n := range list {
			say := func(lang string) string { return n.Say(texts[lang]) + " " + texts[lang]["objections.notice_see"] }
			if err := out.Write([]string{n.number, n.Kind, n.At.String(), say("id"), say("en")}); err != nil {
				return fmt.Errorf("write notices: %w", err)
			}
		}
		out.Flush()
		return out.Error()
	})
}

// notices are all decisions that concern somebody, by number and then by instant. The
// journal is read once.
func (c *resultsNotices) notices(ctx context.Context, o *office, x *web.Exam) (list []addressed, err error) {
	var annulled []engine.Event
	err = eachEvent(ctx, o.stores.journal, func(r engine.Record, e *engine.Event) {
		if r.Stream == engine.ExamStream+c.Exam && e.Kind == engine.ItemAnnulled {
			annulled = append(annulled, *e)
		}
		attempt, ok := strings.CutPrefix(r.Stream, engine.AttemptStream)
		if !ok || x.Person(attempt).Number == "" {
			return
		}
		if n, ok := web.AttemptNotice(e); ok {
			list = append(list, addressed{x.Person(attempt).Number, n})
		}
	})
	if err != nil {
		return nil, err
	}
	for _, r := range x.Boards.Results() {
		for _, n := range x.RescoredNotices(r.Attempt, annulled) {
			list = append(list, addressed{x.Person(r.Attempt).Number, n})
		}
	}
	all, err := o.log.Objections(ctx, c.Exam)
	if err != nil {
		return nil, err
	}
	for _, one := range all.All() {
		if n, ok := web.ObjectionNotice(&one); ok {
			list = append(list, addressed{one.Candidate, n})
		}
	}
	slices.SortStableFunc(list, func(a, b addressed) int { return cmp.Or(strings.Compare(a.number, b.number), cmp.Compare(a.At, b.At)) })
	return list, nil
}
