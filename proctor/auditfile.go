package proctor

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"terang/engine"
)

// AuditTime reads a bound of the audit: RFC 3339, or a date or a time of the clock in
// Jakarta (WIB). "" is no bound.
func AuditTime(text string) (engine.Instant, error) {
	if text == "" {
		return 0, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return engine.InstantOf(t), nil
	}
	wib, err := time.LoadLocation("Asia/Jakarta")
	if err != nil {
		return 0, fmt.Errorf("the time of Jakarta is not known here: %w", err)
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, wib); err == nil {
			return engine.InstantOf(t), nil
		}
	}
	return 0, fmt.Errorf("%q is no time: write 2026-11-22, 2026-11-22T08:00 (WIB) or a time with its offset", text)
}

// AuditActs are the acts that rows may name, in order.
func AuditActs() []string {
	acts := map[string]bool{
		"proposed": false, "viewed": false, ReadRoom: true, ReadProposals: true, ReadRoster: true, ReadMinutes: true, ReadPhoto: true, ReadItem: true, ReadResult: true,
		ReadAudit: true, ReadExport: true, "add": true, "disable": true, "remove": true,
		"invite": true, "accept": true, "vouch": true, SignIn: true, SignInFailed: true, SignInLocked: true, SignOut: true,
	}
	for _, name := range actNames {
		acts[name] = true
	}
	for _, name := range engine.TwoPersonActs {
		acts[name] = true
	}
	for _, kind := range []engine.Kind{engine.Proposed, engine.Approved, engine.Refused, engine.Expired, engine.Denied, engine.Performed, engine.Viewed} {
		acts[string(kind)] = true
	}
	maps.DeleteFunc(acts, func(_ string, shown bool) bool { return !shown })
	return slices.Sorted(maps.Keys(acts))
}

var auditColumns = []string{"pos", "at", "by", "two", "kind", "act", "exam", "sitting", "number", "seat", "of", "why", "ms", "ref", "attempt", "stream", "n", "hash"}

func (r *AuditRow) columns() []string {
	count := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	return []string{
		strconv.FormatInt(int64(r.Pos), 10), r.At, r.By, r.Two, string(r.Kind), r.Act, r.Exam, r.Sitting, r.Number, r.Seat, r.Of, r.Why,
		count(r.MS), count(int64(r.Ref)), r.Attempt, r.Stream, strconv.Itoa(r.N), r.Hash,
	}
}

// Export writes all rows that the filter asks for, page by page: format is "csv" with a
// line of headings, or "jsonl" with one object a line. What is added while it is written
// may be in it or not.
func (u *Audit) Export(ctx context.Context, w io.Writer, actor Account, f AuditFilter, format string) error {
	table, lines := csv.NewWriter(w), json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	f.Limit = AuditMost
	if format == "csv" {
		if err := table.Write(auditColumns); err != nil {
			return fmt.Errorf("write the audit: %w", err)
		}
	}
	for {
		page, err := u.Page(ctx, actor, f)
		if err != nil {
			return err
		}
		for i := range page.Rows {
			if format == "csv" {
				err = table.Write(page.Rows[i].columns())
			} else {
				err = lines.Encode(&page.Rows[i])
			}
			if err != nil {
				return fmt.Errorf("write the audit: %w", err)
			}
		}
		table.Flush()
		if err := table.Error(); err != nil {
			return fmt.Errorf("write the audit: %w", err)
		}
		if f.After = page.Next; f.After == 0 {
			return nil
		}
	}
}
