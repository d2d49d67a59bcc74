package proctor

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"terang/engine"
)

var auditor = Account{User: "audi", Grants: Everywhere(Auditor)}

func TestTheAuditHasEveryActOfStaffAndNoAnswer(t *testing.T) {
	w := newWorld(t, nil)
	w.working("2410-0001", "2410-0002")
	w.employ(sup, sup2)
	for range 3 {
		w.ask("2410-0001", engine.Command{Act: engine.ActView})
	}
	id := w.act(sup, disqualify()).Proposal
	if _, err := w.desk.Decide(w.ctx, sup2, id, "0f3c1f6e-0000-4000-8000-00000000000a", "approve", ""); err != nil {
		t.Fatal(err)
	}
	audit := NewAudit(w.db, w.people)
	all, err := audit.Page(w.ctx, auditor, AuditFilter{})
	if err != nil || all.Next != 0 {
		t.Fatal(all.Next, err)
	}
	var kinds []engine.Kind
	for _, r := range all.Rows {
		kinds = append(kinds, r.Kind)
		if r.By == "candidate" || r.Stream == "" || len(r.Hash) != 64 || r.Act == "" {
			t.Errorf("%+v", r)
		}
		if r.Kind == engine.Disqualified && (r.By != "ratna" || r.Two != "bagus" || r.Number != "2410-0001" || r.Act != engine.ActDisqualify || r.Why != "phone" || r.Sitting != s1) {
			t.Errorf("%+v", r)
		}
	}
	for _, want := range []engine.Kind{engine.RosterLoaded, engine.CheckinOpened, engine.CheckedIn, engine.SittingStarted, engine.Proposed, engine.Approved, engine.Disqualified, engine.Performed} {
		if !slices.Contains(kinds, want) {
			t.Errorf("%s is missing in %v", want, kinds)
		}
	}
	// Page by page it is the same, whatever the size of a page.
	for limit := 1; limit <= len(all.Rows); limit++ {
		var rows []AuditRow
		for f := (AuditFilter{Limit: limit}); ; {
			page, err := audit.Page(w.ctx, auditor, f)
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, page.Rows...)
			if f.After = page.Next; f.After == 0 {
				break
			}
		}
		if !slices.Equal(rows, all.Rows) {
			t.Fatalf("in pages of %d there are %d rows, not %d", limit, len(rows), len(all.Rows))
		}
	}
	// As a sink of a hall it remembers where they stand, up to wherever it has been told.
	records, err := w.db.Tail(w.ctx, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, told := range []int{1, len(records) / 2, len(records)} {
		indexed := NewAudit(w.db, w.people)
		for _, r := range records[:told] {
			e, err := engine.Decode(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // a tail that begins anew brings some twice
				indexed.Apply(r, &e)
			}
		}
		for _, limit := range []int{1, 7, AuditMost} {
			var rows []AuditRow
			for f := (AuditFilter{Limit: limit}); ; {
				page, err := indexed.Page(w.ctx, auditor, f)
				if err != nil {
					t.Fatal(err)
				}
				rows = append(rows, page.Rows...)
				if f.After = page.Next; f.After == 0 {
					break
				}
			}
			if !slices.Equal(rows, all.Rows) {
				t.Fatalf("with an index of %d records and pages of %d there are %d rows, not %d", told, limit, len(rows), len(all.Rows))
			}
		}
	}
	for name, c := range map[string]struct {
		f    AuditFilter
		want int
	}{
		"the second person":  {AuditFilter{User: "bagus"}, 2}, // Approved, Disqualified
		"an act":             {AuditFilter{Act: engine.ActDisqualify}, 4},
		"a kind":             {AuditFilter{Act: "approved"}, 1},
		"another exam":       {AuditFilter{Exam: "lain"}, 0},
		"before it all":      {AuditFilter{To: 1}, 0},
		"from tomorrow":      {AuditFilter{From: w.hall.Now().Add(24 * time.Hour)}, 0},
		"since an hour":      {AuditFilter{From: w.hall.Now().Add(-time.Hour), Act: "disqualified"}, 1},
		"a time in between":  {AuditFilter{From: 2, To: w.hall.Now().Add(-time.Hour)}, 0},
		"what the setup did": {AuditFilter{User: Setup}, 1},
	} {
		page, err := audit.Page(w.ctx, auditor, c.f)
		if err != nil || len(page.Rows) != c.want {
			t.Errorf("%s: %d rows, want %d, %v", name, len(page.Rows), c.want, err)
		}
	}
	engines, err := audit.Page(w.ctx, auditor, AuditFilter{User: "engine"})
	if err != nil || !slices.ContainsFunc(engines.Rows, func(r AuditRow) bool { return r.By == "engine" }) { // of two starts: who follows first is chance
		t.Errorf("asked for, what the engine did is not shown: %v", err)
	}
	_, err = audit.Page(w.ctx, sup, AuditFilter{})
	w.is(err, engine.NotAllowed, "audit")
	local := auditor
	local.Grants = []Grant{{Role: Auditor, Exam: w.def.Code, Site: "soe"}}
	if page, err := audit.Page(w.ctx, local, AuditFilter{}); err != nil || len(page.Rows) != 0 {
		t.Errorf("an auditor of another site sees %d rows, %v", len(page.Rows), err)
	}
	local.Grants[0].Site = "kupang-2"
	if page, err := audit.Page(w.ctx, local, AuditFilter{Act: "disqualified"}); err != nil || len(page.Rows) != 1 {
		t.Errorf("an auditor of the site sees %d rows, %v", len(page.Rows), err)
	}
	var table, lines bytes.Buffer
	if err := audit.Export(w.ctx, &table, auditor, AuditFilter{}, "csv"); err != nil {
		t.Fatal(err)
	}
	if err := audit.Export(w.ctx, &lines, auditor, AuditFilter{}, "jsonl"); err != nil {
		t.Fatal(err)
	}
	read, err := csv.NewReader(&table).ReadAll()
	if err != nil || len(read) != len(all.Rows)+1 {
		t.Errorf("%d lines of CSV, %v", len(read), err)
	}
	var first AuditRow
	if n := strings.Count(lines.String(), "\n"); n != len(all.Rows) || json.NewDecoder(&lines).Decode(&first) != nil || first != all.Rows[0] {
		t.Errorf("%d lines of JSON, the first %+v", n, first)
	}
}

func TestAReadingIsOneRecordForAsLongAsItGoesOn(t *testing.T) {
	w := newWorld(t, nil)
	r := NewReadings(w.db, w.log)
	now := engine.Instant(1_800_000_000_000)
	note := func(a Account, what Reading, at engine.Instant) {
		t.Helper()
		if err := r.Note(w.ctx, a, what, at); err != nil {
			t.Fatal(err)
		}
	}
	room := Reading{What: ReadRoom, Sitting: s1}
	for i := range 100 { // a page that asks every ten seconds
		note(sup, room, now.Add(time.Duration(i)*10*time.Second))
	}
	end := now.Add(990 * time.Second)
	note(sup, Reading{What: ReadRoom, Sitting: "skd-2026.s2"}, end)
	note(sup2, room, end)
	note(sup, room, end.Add(readingPause))
	for range 2 {
		note(sup, Reading{What: ReadExport, Filter: "act=start"}, end)
	}
	page, err := NewAudit(w.db, w.people).Page(w.ctx, auditor, AuditFilter{Act: string(engine.Viewed)})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, row := range page.Rows {
		count[row.By+" "+row.Act+" "+row.Sitting]++
	}
	want := map[string]int{"ratna room " + s1: 2, "ratna room skd-2026.s2": 1, "bagus room " + s1: 1, "ratna audit_export ": 2}
	for k, n := range want {
		if count[k] != n {
			t.Errorf("%s: %d, want %d in %v", k, count[k], n, count)
		}
	}
	if len(page.Rows) != 6 {
		t.Errorf("%d rows: %v", len(page.Rows), count)
	}
}
