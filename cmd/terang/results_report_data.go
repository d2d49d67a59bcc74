package main

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/scoring/evaluation"
	"terang/scoring/itemstats"
	"terang/web"
	"terang/web/document"
)

// data is the evaluation for programs, with what the journal has beside the answers.
func (c *resultsReport) data(ctx context.Context, s *stores.DB, p *printing, f *itemstats.Fairness, items *itemstats.Report) (*evaluation.Report, error) {
	x := p.exam
	var people []evaluation.Person
	var expected []evaluation.Attendee
	for _, one := range x.Boards.Results() {
		if c.Sitting == "" || one.Sitting == c.Sitting {
			people = append(people, evaluation.Person{Result: one, Need: cmp.Or(p.formations[one.Formation].Need, "general")})
			expected = append(expected, evaluation.Attendee{Attempt: one.Attempt, Sitting: one.Sitting, Site: one.Site})
		}
	}
	r := &evaluation.Report{Schema: evaluation.Schema, Objections: []evaluation.Objection{}, Annulments: []evaluation.Annulment{}, Sheets: []evaluation.Sheet{}, Source: evaluation.Source{
		Exam: c.Exam, Title: x.Def.Title, Sitting: c.Sitting, Rehearsal: x.Def.Rehearsal, Final: x.Boards.List()[0].Final,
		RuleSet: x.Rules.ID, RuleSetHash: x.Rules.Hash(), Decree: x.Rules.Decree["threshold"], Cell: evaluation.Cell,
	}}
	r.Course = evaluation.NewCourse(c.Exam, expected)
	if err := c.journal(ctx, s, r); err != nil {
		return nil, err
	}
	if err := c.objections(ctx, s, r, people, x); err != nil {
		return nil, err
	}
	reliability := f.Sections
	if c.Sitting != "" { // they are of the whole exam
		reliability = nil
	}
	r.Take(x.Rules, people, reliability)
	r.Judge(f, items, c.Sitting)
	if c.Sitting != "" { // those of single sittings, taken from the whole, would tell of few
		r.Pass = r.Pass[1:]
	}
	return r, nil
}

// journal folds the journal once for all that is no answer.
func (c *resultsReport) journal(ctx context.Context, s *stores.DB, r *evaluation.Report) error {
	exam := engine.ExamStream + c.Exam
	err := stores.EachEvent(ctx, s.Journal, func(record engine.Record, e *engine.Event) {
		r.Source.Position, r.Source.At = int64(record.Pos), e.At.String()
		r.Course.Apply(record.Stream, record.N, e)
		if record.Stream == exam && e.Kind == engine.ItemAnnulled {
			r.Annulments = append(r.Annulments, evaluation.Annulment{At: e.At.String(), Policy: e.Act, Why: e.Why, By: e.By, Two: e.Two, Text: e.Text})
		}
	})
	if err != nil {
		return err
	}
	r.Turnout = r.Course.Close()
	released, err := s.Released(ctx, c.Exam)
	for _, one := range released {
		r.Sheets = append(r.Sheets, evaluation.Sheet{
			At: one.At.String(), Component: one.Component, Version: one.Version, Rows: one.Rows, By: one.By, Two: one.Two, Text: one.Hash,
		})
	}
	return err
}

// recorded are chapters of what the journal has beside the answers.
func recorded(r *evaluation.Report) []document.Chapter {
	credits := document.Chapter{Name: "Tambahan waktu menurut alasan", English: "Time given, by reason", Columns: [][2]string{{"Sesi, jenis, alasan", "Sitting, kind, reason"}, {"Kali", "Times"}, {"Dibatalkan", "Reversed"}, {"Menit:detik", "In all"}}}
	for _, one := range r.Course.Credits {
		kind := map[string]string{"gap": "gangguan", "given": "diberikan"}[one.Kind]
		credits.Rows = append(credits.Rows, []string{one.Sitting + ", " + kind + ", " + one.Why, strconv.Itoa(one.Count), strconv.Itoa(one.Reversed), span(one.MS)})
	}
	incidents := document.Chapter{Name: "Kejadian menurut jenis", English: "Incidents by kind", Columns: [][2]string{{"Sesi, jenis", "Sitting, kind"}, {"Kali", "Times"}}}
	for _, one := range r.Course.Incidents {
		incidents.Rows = append(incidents.Rows, []string{one.Sitting + ", " + cmp.Or(one.Why, "lain"), strconv.Itoa(one.Count)})
	}
	pairs := document.Chapter{Name: "Tindakan dua orang", English: "Acts of two people", Columns: [][2]string{{"Tindakan", "Act"}, {"Diusulkan", "Proposed"}, {"Disetujui", "Approved"}, {"Ditolak", "Refused"}, {"Lewat waktu", "Expired"}, {"Tidak sah", "Denied"}, {"Berdua", "Signed"}}}
	for _, one := range r.Course.Pairs {
		row := []string{one.Act}
		for _, n := range []int{one.Proposed, one.Approved, one.Refused, one.Expired, one.Denied, one.Signed} {
			row = append(row, strconv.Itoa(n))
		}
		pairs.Rows = append(pairs.Rows, row)
	}
	annulled := document.Chapter{Name: "Butir yang dianulir", English: "Annulled items", Columns: [][2]string{{"Waktu, kebijakan, alasan, oleh", "At, policy, reason, by"}}}
	for _, one := range r.Annulments {
		annulled.Rows = append(annulled.Rows, []string{one.At + ", " + one.Policy + ", " + one.Why + ", " + one.By + " & " + one.Two})
	}
	if n := r.Rescored; len(r.Annulments) > 0 {
		annulled.Notes = []string{strconv.Itoa(n.Had) + " peserta mendapat butir itu: " + strconv.Itoa(n.Rise) + " naik, " + strconv.Itoa(n.Fall) + " turun; " +
			strconv.Itoa(n.Meet) + " menjadi memenuhi ambang batas, " + strconv.Itoa(n.Miss) + " menjadi tidak."}
	}
	sheets := document.Chapter{Name: "Lembar nilai tahap kedua", English: "Sheets of the second stage", Columns: [][2]string{{"Bagian, oleh, sidik", "Component, by, fingerprint"}, {"Versi", "Version"}, {"Baris", "Rows"}}}
	for _, one := range r.Sheets {
		sheets.Rows = append(sheets.Rows, []string{one.Component + ", " + one.By + " & " + one.Two + ", " + one.Text[:16] + "…", strconv.Itoa(one.Version), strconv.FormatInt(one.Rows, 10)})
	}
	var out []document.Chapter
	for _, c := range []document.Chapter{credits, incidents, pairs, objected(r), annulled, sheets} {
		if len(c.Rows) == 0 {
			c.Columns, c.Notes = nil, []string{"Tidak ada. / None."}
		}
		out = append(out, c)
	}
	return out
}

// span is a length of time in minutes and seconds.
func span(ms int64) string {
	d := time.Duration(ms) * time.Millisecond
	seconds := int(d.Abs().Seconds()) % 60
	return strconv.Itoa(int(d.Minutes())) + ":" + strconv.Itoa(seconds/10) + strconv.Itoa(seconds%10)
}

// evaluations makes the evaluations of the exams that a journal holds, for a node over it.
func evaluations(s *stores.DB, keys *stores.KeyFile) web.Evaluate {
	return func(ctx context.Context, exam string) (*web.Evaluation, error) {
		x, err := stores.FoldExam(ctx, s, keys, exam, stores.LatestVersion)
		if err != nil {
			return nil, err
		}
		listed, err := proctor.NewPeople(s.Register).Read(ctx, exam)
		if err != nil {
			return nil, err
		}
		c := &resultsReport{}
		c.Exam = exam
		page, data, err := c.report(ctx, s, keys, newPrinting(x, listed.Formations(), "", stores.Now()))
		if err != nil {
			return nil, err
		}
		return &web.Evaluation{Page: page, Data: data}, nil
	}
}
