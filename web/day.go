package web

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/web/document"
)

func (s *Server) dayRoutes(rt *routes) {
	rt.staffPage("GET /lembar-hari", proctor.ActReport, Anywhere, s.serveDays)
	rt.staffPage("GET /lembar-hari/{exam}", proctor.ActReport, OfExam, s.serveDay)
	rt.staff("GET /api/v1/exams/{exam}/day", proctor.ActReport, OfExam, s.serveDayJSON)
	rt.staff("GET /api/v1/exams/{exam}/day.csv", proctor.ActReport, OfExam, s.serveDayCSV)
	rt.staff("GET /api/v1/exams/{exam}/day.pdf", proctor.ActReport, OfExam, s.serveDayPDF)
	rt.staffPage("GET /lembar-hari/{exam}/petugas", proctor.ActReport, OfExam, s.serveStaffReport)
	rt.staff("GET /api/v1/exams/{exam}/staff-acts", proctor.ActReport, OfExam, s.serveStaffReportJSON)
	rt.staff("GET /api/v1/exams/{exam}/staff-acts.csv", proctor.ActReport, OfExam, s.serveStaffReportCSV)
}

// dayOf is the sheet that a request asks for: of its day, or of all.
func (s *Server) dayOf(r *http.Request) (*proctor.DaySheet, error) {
	day := r.URL.Query().Get("hari")
	if day != "" {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return nil, &engine.Refusal{Code: engine.BadFrame, Field: "hari"}
		}
	}
	if s.exam(r.PathValue("exam")) == nil {
		return nil, engine.ErrAbsent
	}
	return s.minutes.Day(r.Context(), r.PathValue("exam"), day)
}

// daysPage is what templates/days.html is made from.
type daysPage struct {
	officeData
	Exams []shownExam
}

func (s *Server) serveDays(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	s.show(w, r, http.StatusOK, "days.html", daysPage{s.officeData(r, "day", a), s.examsWhere(func(code string) bool { return a.May(proctor.ActReport, code, "", "") })})
}

// dayPage is what templates/day.html is made from.
type dayPage struct {
	officeData
	Sheet *proctor.DaySheet
	Rows  []dayRow
	When  string
	Query string // of the exports: "?hari=…" or ""
}

type dayRow struct {
	proctor.DaySitting
	When string
}

// WhenParts are the date and the hour: a narrow table breaks between them and nowhere else.
func (r dayRow) WhenParts() []string { return strings.SplitAfterN(r.When, ", ", 2) }

func (s *Server) serveDay(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	sheet, err := s.dayOf(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := dayPage{officeData: s.officeData(r, "day", a), Sheet: sheet, When: localTimeToSecond(sheet.At, s.zoneOf(""), language(r))}
	if sheet.Day != "" {
		page.Query = "?hari=" + sheet.Day
	}
	for _, one := range sheet.Sittings {
		page.Rows = append(page.Rows, dayRow{one, localTime(one.Planned, one.Zone, page.Lang)})
	}
	s.show(w, r, http.StatusOK, "day.html", page)
}

func (s *Server) serveDayJSON(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	sheet, err := s.dayOf(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, sheet)
}

// table answers with a CSV file of rows under their heads. A text that a spreadsheet would
// take for a formula gets an apostrophe.
func (s *Server) table(w http.ResponseWriter, name string, rows [][]string) {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	out := csv.NewWriter(w)
	for _, row := range rows {
		for i, cell := range row {
			if _, err := strconv.ParseFloat(cell, 64); err != nil && strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t") {
				row[i] = "'" + cell
			}
		}
		_ = out.Write(row) // an error stays until the flush
	}
	if out.Flush(); out.Error() != nil {
		s.log.Warn("a table could not be sent whole", "file", name, "error", out.Error())
	}
}

func (s *Server) serveDayCSV(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	sheet, err := s.dayOf(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	rows := [][]string{strings.Fields("sitting title site room day planned phase registered present absent finished disqualified working incidents minutes version doubts credits held proposals open")}
	for i := range sheet.Sittings {
		v := &sheet.Sittings[i]
		row := []string{v.Sitting, v.Title, v.SiteName, v.Room, v.Day, v.Planned, string(v.Phase)}
		for _, n := range []int{v.Registered, v.Present, v.Absent, v.Finished, v.Disqualified, v.Working, v.Incidents} {
			row = append(row, strconv.Itoa(n))
		}
		row = append(row, v.Minutes)
		for _, n := range []int{v.Version, v.Doubts, v.Credits, v.Held, v.Proposals, v.Open} {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	s.table(w, "lembar-hari-"+sheet.Exam+".csv", rows)
}

func (s *Server) serveDayPDF(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	sheet, err := s.dayOf(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	id, err := Texts("day", "id")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	results, err := Texts("results", "id")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	x := s.exam(sheet.Exam)
	zone, err := time.LoadLocation(s.zoneOf(""))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	at, err := time.Parse(time.RFC3339, sheet.At)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	report := &document.Report{
		Head: x.Head(sheet.Exam, s.authority, at.In(zone)), Title: "Lembar hari", English: "Day sheet",
		Facts: []document.Field{
			{Name: "Hari", English: "Day", Value: cmp.Or(sheet.Day, id["day.all"])},
			{Name: "Terdaftar = hadir + tidak hadir", English: "Registered = present + absent", Value: fmt.Sprintf("%d = %d + %d", sheet.Sum.Registered, sheet.Sum.Present, sheet.Sum.Absent)},
		},
	}
	open := document.Chapter{Name: "Yang masih terbuka", English: "Open", Columns: [][2]string{{"Apa", "What"}, {"Jumlah", "Count"}}}
	for _, o := range sheet.Open {
		open.Rows = append(open.Rows, []string{cmp.Or(results["results.open."+o.What], o.What), o.String()})
	}
	if len(open.Rows) == 0 {
		open.Columns, open.Notes = nil, []string{"Tidak ada. / None."}
	}
	sittings := document.Chapter{
		Name: "Sesi", English: "Sittings",
		Columns: [][2]string{{"Sesi", "Sitting"}, {"Terdaftar", "Registered"}, {"Hadir", "Present"}, {"Absen", "Absent"}, {"Selesai", "Finished"}, {"Diskual.", "Disqual."}, {"Terbuka", "Open"}, {"B. Acara", "Minutes"}},
		Notes:   []string{"B. Acara: versi terbaru, dan (t) bila ditandatangani dua orang dan masih sesuai dengan jurnal."},
	}
	for i := range sheet.Sittings {
		v := &sheet.Sittings[i]
		minutes := "–"
		if v.Version > 0 {
			minutes = strconv.Itoa(v.Version)
		}
		if v.Minutes == proctor.MinutesDone {
			minutes += " (t)"
		}
		row := []string{strings.Join([]string{v.SiteName, v.Room, v.Title, localTime(v.Planned, v.Zone, "id")}, ", ")}
		for _, n := range []int{v.Registered, v.Present, v.Absent, v.Finished, v.Disqualified, v.Open} {
			row = append(row, strconv.Itoa(n))
		}
		sittings.Rows = append(sittings.Rows, append(row, minutes))
	}
	report.Chapters = []document.Chapter{open, sittings}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="lembar-hari-`+sheet.Exam+`.pdf"`)
	if err := report.WritePDF(w); err != nil {
		s.log.Error("a day sheet could not be written", "exam", sheet.Exam, "error", err)
	}
}
