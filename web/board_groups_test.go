package web

import (
	"slices"
	"testing"

	"terang/scoring"
)

// A board says which sections and which groups of them a row misses; a section that counts
// only with others has no tick of its own.
func TestARowNamesTheGroupThatItMisses(t *testing.T) {
	t.Parallel()
	page := &scoring.Page{
		Sections: []scoring.Section{{Code: "TECH"}, {Code: "MAN"}, {Code: "SOC"}, {Code: "INT"}},
		Rows: []scoring.Row{
			{Face: scoring.Face{Visible: true, Status: scoring.Misses, Points: scoring.Points{200, 60, 56, 30}}, Meets: [scoring.MaxSections]bool{true, true, true, true}},
			{Face: scoring.Face{Visible: true, Status: scoring.Misses, Points: scoring.Points{100, 60, 57, 30}}, Meets: [scoring.MaxSections]bool{false, true, true, true}},
			{Face: scoring.Face{Status: ""}},
		},
	}
	for _, group := range []scoring.Group{{ID: "MAN+SOC", Min: 117}, {ID: "MAN+SOC", Sections: []string{"MAN", "SOC"}, Min: 117}} { // of a mirror, and of an exam
		page.Thresholds.Groups = []scoring.Group{group}
		shown := showBoard(page, 10, 145, "", false)
		for i, want := range [][]string{{"MAN+SOC"}, {"TECH"}, nil} {
			if got := shown.Rows[i].Missed; !slices.Equal(got, want) {
				t.Errorf("row %d misses %v, want %v", i, got, want)
			}
		}
		for i, x := range shown.Rows[0].Scores {
			if x.Shared != (i == 1 || i == 2) {
				t.Errorf("%+v", x)
			}
		}
		if shown.Groups != `[{"id":"MAN+SOC","of":["MAN","SOC"],"least":117}]` {
			t.Error(shown.Groups)
		}
	}
}
