package web

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strings"

	"terang/proctor"
	"terang/scoring/workbook"
)

// serveRosterFile answers with a file of people; each is recorded.
func (s *Server) serveRosterFile(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	exam, kind := r.PathValue("exam"), r.URL.Query().Get("jenis")
	x := s.exam(exam)
	if x == nil {
		s.notFound(w, r)
		return
	}
	var out bytes.Buffer
	var err error
	name, mime := "peserta-"+exam+".csv", "text/csv; charset=utf-8"
	switch kind {
	case "", "csv":
		out.Write(s.results.people.Roster(exam))
	case "xlsx":
		name, mime = "peserta-"+exam+".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
		var rows [][]string
		if rows, err = csv.NewReader(bytes.NewReader(s.results.people.Roster(exam))).ReadAll(); err == nil {
			err = workbook.Write(&out, "Peserta", rows)
		}
	case "pindah":
		name = "pindah-" + exam + ".csv"
		err = csv.NewWriter(&out).WriteAll(proctor.MovedTable(x.Def, s.results.people.Told(exam, 0, s.sittingState), s.sittingState))
	default:
		writeError(w, r, codeBadData, "jenis")
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadRoster, Sitting: exam, Filter: kind})
	sendFile(w, mime, name, out.Bytes())
}

// serveSittingCards answers with the cards of a sitting.
func (s *Server) serveSittingCards(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	id := r.PathValue("exam") + "." + r.URL.Query().Get("sesi")
	people := s.results.people.In(id)
	if len(people) == 0 {
		writeError(w, r, codeBadData, "sesi")
		return
	}
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadRoster, Sitting: id, Filter: "cards"})
	s.sendCards(w, r, people, "kartu-"+strings.ReplaceAll(id, ".", "-")+".pdf")
}
