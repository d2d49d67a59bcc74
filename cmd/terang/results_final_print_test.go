package main

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"terang/scoring"
	"terang/scoring/selection"
	"terang/web/document"
)

// A final of whatever rule set has as many figures as columns: SKD and SKB are joined, PPPK
// ranks its own sections, and says nothing of a second stage.
func TestFinalsOfEveryRuleSetArePrinted(t *testing.T) {
	t.Parallel()
	for _, name := range scoring.Names() {
		rs, err := scoring.ByName(name)
		check(t, err)
		post := selection.Formation{Code: "a", Need: "general", Seats: 1}
		for _, section := range rs.Thresholds["general"].PerPost {
			post.Minima = map[string]int{section: 1}
		}
		l, err := selection.NewListing(rs, []selection.Formation{post})
		check(t, err)
		for i := range 3 {
			l.People = append(l.People, selection.Candidate{Number: string(rune('1' + i)), Points: scoring.Points{int16(10 * i), 1, 2}})
		}
		l.People[2].Flag = selection.Absent
		l.Final()
		columns := finalColumns(rs)
		d := document.FinalList{Head: document.Head{Exam: name, Issued: time.Unix(0, 0)}, Title: "Daftar peringkat akhir", Columns: columns, Keys: keyWords(rs)}
		group := document.FinalGroup{}
		for i := range l.People {
			c := &l.People[i]
			row := document.FinalRow{Rank: int(c.Rank), Number: c.Number, Figures: figures(l, c), Status: l.Status(c)}
			if len(row.Figures) != len(columns) {
				t.Errorf("%s: %d figures under %d columns", name, len(row.Figures), len(columns))
			}
			group.Rows = append(group.Rows, row)
		}
		d.Groups = append(d.Groups, group)
		d.Legend = finalLegend(rs, d.Groups)
		for i, f := range d.Legend {
			if slices.ContainsFunc(d.Legend[:i], func(o document.Field) bool { return o.Name == f.Name }) {
				t.Errorf("%s: code %s is explained twice", name, f.Name)
			}
		}
		if joined := slices.ContainsFunc(columns, func(c document.FinalColumn) bool { return c.Title == "SKB" }); joined != (rs.Kind != "PPPK") {
			t.Errorf("%s: columns %+v", name, columns)
		}
		var out bytes.Buffer
		check(t, d.WritePDF(&out))
		if !bytes.HasPrefix(out.Bytes(), []byte("%PDF")) {
			t.Errorf("%s is no PDF", name)
		}
	}
}
