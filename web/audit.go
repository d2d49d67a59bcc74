package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"terang/engine"
	"terang/proctor"
)

func (s *Server) auditRoutes(rt *routes) {
	rt.staff("GET /api/v1/audit", proctor.ActAudit, Anywhere, s.serveAudit)
	rt.staffPage("GET /audit", proctor.ActAudit, Anywhere, s.serveAuditPage)
	rt.staff("GET /api/v1/audit/accounts", proctor.ActAudit, Anywhere, s.serveHands)
	rt.staffPage("GET /audit/akun", proctor.ActAudit, Anywhere, s.serveHandsPage)
}

// auditRowsShown are the rows of one page, unless more or fewer are asked for.
const auditRowsShown = 100

// auditFilter reads what a request asks of the audit. A time without a zone is WIB.
func auditFilter(q url.Values) (f proctor.AuditFilter, err error) {
	for _, c := range []struct {
		name string
		into *engine.Instant
	}{{"from", &f.From}, {"to", &f.To}} {
		if *c.into, err = proctor.AuditTime(q.Get(c.name)); err != nil {
			return f, &engine.Refusal{Code: engine.BadFrame, Field: c.name}
		}
	}
	f.Exam, f.User, f.Act, f.Limit = q.Get("exam"), q.Get("user"), q.Get("act"), auditRowsShown
	for name, set := range map[string]func(int64){"after": func(n int64) { f.After = engine.Pos(n) }, "limit": func(n int64) { f.Limit = int(min(n, proctor.AuditMost)) }} {
		if text := q.Get(name); text != "" {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || n < 0 {
				return f, &engine.Refusal{Code: engine.BadFrame, Field: name}
			}
			set(n)
		}
	}
	return f, nil
}

// asked is a filter as the record of a reading keeps it.
func asked(f proctor.AuditFilter) string {
	q := url.Values{}
	for name, v := range map[string]string{"from": f.From.String(), "to": f.To.String(), "exam": f.Exam, "user": f.User, "act": f.Act} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return q.Encode()
}

// auditors refuses who may not read the audit, and records who does.
func (s *Server) auditors(ctx context.Context, a proctor.Account, f proctor.AuditFilter, what string) error {
	if !a.MaySomewhere(proctor.ActAudit) {
		return &engine.Refusal{Code: engine.NotAllowed, Field: "audit"}
	}
	read := proctor.Reading{What: what, Sitting: f.Exam, Filter: asked(f)}
	if what == proctor.ReadExport {
		// Nothing leaves the house without a record.
		return s.readings.Note(ctx, a, read, s.hall.Now())
	}
	s.reads(ctx, a, read)
	return nil
}

// serveAudit answers a page of rows, or with format=csv or jsonl all of them as a file.
func (s *Server) serveAudit(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	q := r.URL.Query()
	f, err := auditFilter(q)
	format := q.Get("format")
	if err == nil && format != "" && format != "csv" && format != "jsonl" {
		err = &engine.Refusal{Code: engine.BadFrame, Field: "format"}
	}
	what := proctor.ReadAudit
	if format != "" {
		what = proctor.ReadExport
	}
	if err == nil {
		err = s.auditors(r.Context(), a, f, what)
	}
	if err == nil && format != "" {
		s.exportAudit(w, r, a, f, format)
		return
	}
	var page proctor.AuditPage
	if err == nil {
		page, err = s.audit.Page(r.Context(), a, f)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, page)
}

func (s *Server) exportAudit(w http.ResponseWriter, r *http.Request, a proctor.Account, f proctor.AuditFilter, format string) {
	types := map[string]string{"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
	w.Header().Set("Content-Type", types[format])
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="audit-%s.%s"`, s.hall.Now().Time().Format("20060102-150405"), format))
	if err := s.audit.Export(r.Context(), w, a, f, format); err != nil {
		s.log.Error("an export of the audit was cut off", "user", a.User, "error", err)
		panic(http.ErrAbortHandler) // the reader must see that it is not whole
	}
}

type auditData struct {
	officeData
	Rows    []auditLine
	Filter  map[string]string
	Acts    []string
	Exams   []shownExam
	Reports []shownExam // exams whose evaluation the account may read
	Fault   string
	Next    string // address of the next page, "" at the end
	CSV     string
	JSONL   string
	Looked  bool // there is more journal than was looked through
}

type auditLine struct {
	proctor.AuditRow
	When   string
	ActKey string
	Whom   string
}

// serveAuditPage shows the audit, filtered by a plain form.
func (s *Server) serveAuditPage(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	q := r.URL.Query()
	data := auditData{officeData: s.officeData(r, "approvals", a), Filter: map[string]string{}, Acts: proctor.AuditActs()}
	data.Reports = s.examsWhere(func(code string) bool { return a.May(proctor.ActReport, code, "", "") })
	for _, name := range []string{"from", "to", "exam", "user", "act"} {
		data.Filter[name] = q.Get(name)
	}
	f, err := auditFilter(q)
	var page proctor.AuditPage
	if err == nil {
		if err = s.auditors(r.Context(), a, f, proctor.ReadAudit); err == nil {
			page, err = s.audit.Page(r.Context(), a, f)
		}
	}
	words, status, ok := s.refusedOn(w, r, data.Lang, err)
	if !ok {
		return
	}
	data.Fault = words
	for _, row := range page.Rows {
		data.Rows = append(data.Rows, s.shown(row, data.Lang))
	}
	link := func(path, name, value string) string {
		next := url.Values{}
		for k, v := range data.Filter {
			if v != "" {
				next.Set(k, v)
			}
		}
		if name != "" {
			next.Set(name, value)
		}
		return path + "?" + next.Encode()
	}
	if page.Next != 0 {
		data.Next = link("/audit", "after", strconv.FormatInt(int64(page.Next), 10))
		data.Looked = len(page.Rows) < auditRowsShown
	}
	data.CSV, data.JSONL = link("/api/v1/audit", "format", "csv"), link("/api/v1/audit", "format", "jsonl")
	data.Exams = s.examsWhere(func(string) bool { return true }) // codes are no secret; rows are scoped
	s.show(w, r, status, "audit.html", data)
}

func (s *Server) shown(row proctor.AuditRow, lang string) auditLine {
	v := auditLine{AuditRow: row, When: localTimeToSecond(row.At, s.zoneOf(row.Sitting), lang), Whom: row.Of}
	if row.Number != "" {
		v.Whom = row.Number
	}
	for _, key := range []string{"station.act." + row.Act, "approvals.act." + row.Act} {
		if s.pages.texts[lang][key] != "" {
			v.ActKey = key
		}
	}
	return v
}
