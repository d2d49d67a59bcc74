package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"terang/cmd/terang/usage"
	"terang/proctor"
)

type auditCmd struct {
	officeFlags
	From  string `help:"Not before: 2026-11-22, 2026-11-22T08:00 (WIB), or a time with its offset."`
	To    string `help:"Before this time."`
	Exam  string `help:"Only of this exam."`
	User  string `help:"Only by this account, as first or second person; engine: what is done automatically."`
	Act   string `help:"Only this act, as disqualify, or a kind of record, as Denied."`
	CSV   bool   `name:"csv" help:"All rows as CSV." xor:"format"`
	JSONL bool   `name:"jsonl" help:"All rows as JSON, one a line." xor:"format"`
}

// Run shows who did what, and who read what. That it was read is recorded.
func (c *auditCmd) Run(ctx context.Context) error {
	f := proctor.AuditFilter{Exam: c.Exam, User: c.User, Act: c.Act}
	var err error
	if f.From, err = proctor.AuditTime(c.From); err != nil {
		return usage.Errorf("--from %v", err)
	}
	if f.To, err = proctor.AuditTime(c.To); err != nil {
		return usage.Errorf("--to %v", err)
	}
	o, err := c.enter(ctx)
	if err != nil {
		return sameOnPage(err, "/audit")
	}
	return errors.Join(c.show(ctx, o, f), o.stores.Close())
}

func (c *auditCmd) show(ctx context.Context, o *office, f proctor.AuditFilter) error {
	if !o.by.MaySomewhere(proctor.ActAudit) {
		return fmt.Errorf("--as %s: the account may not read the audit; it is %v", o.by.User, o.by.Grants)
	}
	if err := o.people.LoadAll(ctx); err != nil {
		return err
	}
	what := proctor.Reading{What: proctor.ReadAudit, Sitting: f.Exam, Filter: fmt.Sprintf("from=%s&to=%s&user=%s&act=%s", f.From, f.To, f.User, f.Act)}
	if c.CSV || c.JSONL {
		what.What = proctor.ReadExport
	}
	if err := o.reads(ctx, what); err != nil {
		return err
	}
	audit := proctor.NewAudit(o.stores.Journal, o.people)
	switch {
	case c.CSV:
		return audit.Export(ctx, os.Stdout, o.by, f, "csv")
	case c.JSONL:
		return audit.Export(ctx, os.Stdout, o.by, f, "jsonl")
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "AT\tBY\tSECOND\tACT\tKIND\tOF\tSITTING\tWHY\tRECORD")
	for {
		page, err := audit.Page(ctx, o.by, f)
		if err != nil {
			return err
		}
		for _, r := range page.Rows {
			of := r.Of
			if r.Number != "" {
				of = r.Number
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s/%d %.16s\n", r.At, r.By, r.Two, r.Act, r.Kind, of, r.Sitting, r.Why, r.Stream, r.N, r.Hash)
		}
		if f.After = page.Next; f.After == 0 {
			return w.Flush()
		}
	}
}
