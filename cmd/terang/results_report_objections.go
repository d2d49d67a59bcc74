package main

import (
	"context"
	"slices"
	"strconv"

	"terang/cmd/terang/stores"
	"terang/proctor"
	"terang/scoring/evaluation"
	"terang/web"
	"terang/web/document"
)

// objections counts those of the people in the report, as of its newest event.
func (c *resultsReport) objections(ctx context.Context, s *stores.DB, r *evaluation.Report, people []evaluation.Person, x *web.Exam) error {
	all, err := proctor.NewLog(s.Journal, proctor.Direct(s.Journal)).Objections(ctx, c.Exam)
	if err != nil {
		return err
	}
	among := make(map[string]bool, len(people))
	for i := range people {
		among[x.Person(people[i].Attempt).Number] = true
	}
	list := slices.DeleteFunc(all.All(), func(o proctor.Objection) bool { return c.Sitting != "" && !among[o.Candidate] })
	for _, n := range proctor.CountObjections(list, stores.Now()) {
		if n.Kind == "" || n.Filed == 0 {
			continue
		}
		r.Objections = append(r.Objections, evaluation.Objection{
			Kind: n.Kind, Filed: n.Filed, Open: n.States[proctor.ObjectionOpen], Upheld: n.States[proctor.ObjectionUpheld], Partly: n.States[proctor.ObjectionPartly],
			Rejected: n.States[proctor.ObjectionRejected], Withdrawn: n.States[proctor.ObjectionWithdrawn], Late: n.Late,
		})
	}
	return nil
}

// kindsObjected are the kinds as a report names them.
var kindsObjected = map[string]string{"item": "butir soal", "key": "kunci jawaban", "time": "waktu ujian", "staff": "tindakan petugas", "data": "data diri"}

// objected is the chapter on objections: counts by kind, no words and no names.
func objected(r *evaluation.Report) document.Chapter {
	c := document.Chapter{Name: "Sanggahan menurut jenis", English: "Objections by kind", Columns: [][2]string{
		{"Jenis", "Kind"}, {"Diajukan", "Filed"}, {"Menunggu", "Open"}, {"Diterima, sebagian", "Upheld, partly"}, {"Ditolak", "Rejected"}, {"Lewat tenggat", "Past due"},
	}}
	for _, n := range r.Objections {
		row := []string{kindsObjected[n.Kind] + " (" + n.Kind + ")", strconv.Itoa(n.Filed), strconv.Itoa(n.Open), strconv.Itoa(n.Upheld) + ", " + strconv.Itoa(n.Partly), strconv.Itoa(n.Rejected), strconv.Itoa(n.Late)}
		c.Rows = append(c.Rows, row)
		if n.Withdrawn > 0 {
			c.Notes = append(c.Notes, kindsObjected[n.Kind]+": "+strconv.Itoa(n.Withdrawn)+" dicabut. / withdrawn.")
		}
	}
	return c
}
