package document

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// FinalList is an exam's final ranking, formation by formation, with the steps that lead to
// each score.
type FinalList struct {
	Head
	Title, English string
	Columns        []FinalColumn // between the name and the status
	Keys           []string      // what ranks, the first decides first
	Criteria       []string      // further rules in words, Indonesian
	Sources        []Field       // sheets that were joined
	Legend         []Field       // what the codes mean
	Groups         []FinalGroup
}

// FinalColumn is a figure of the ranking.
type FinalColumn struct{ Title, English string }

// FinalGroup is a formation with its ranking.
type FinalGroup struct {
	About []Field
	Rows  []FinalRow
}

// FinalRow is a person in it.
type FinalRow struct {
	Rank         int // 0: takes no place
	Number, Name string
	Figures      []string // as many as there are columns; "" where there is none
	Status       string
	By           string // what decided about the seat
}

// uprightFigures is how many figures leave room for a name on an upright page.
const uprightFigures = 4

// WritePDF writes the list, as many pages as it needs.
func (l *FinalList) WritePDF(w io.Writer) error {
	state := "final"
	if !l.Final {
		state = "SEMENTARA"
	}
	if l.Rehearsal {
		state = "GLADI"
	}
	running := strings.Join([]string{l.Code, state, "posisi jurnal " + strconv.FormatInt(l.Position, 10), l.Title}, " · ")
	p, err := newPaper(len(l.Columns) > uprightFigures, l.Title+" – "+l.Exam, l.Authority, running, l.Issued)
	if err != nil {
		return err
	}
	p.letterhead(&l.Head, l.Title, l.English)
	p.heading("Kriteria", "Criteria")
	p.fields(50, []Field{{Name: "Urutan penentu", English: "Order of keys", Value: strings.Join(l.Keys, ", lalu ")}})
	for _, c := range l.Criteria {
		p.block(margin, p.inside, small, c)
	}
	p.heading("Asal data", "Where this comes from")
	p.fields(50, append(l.source(), l.Sources...))
	if len(l.Legend) > 0 {
		p.heading("Arti kode", "What the codes mean")
		p.fields(50, l.Legend)
	}
	for i := range l.Groups {
		l.Groups[i].set(p, l.Columns)
	}
	return p.write(w)
}

func (g *FinalGroup) set(p *paper, figures []FinalColumn) {
	p.room(60)
	p.heading("Peringkat", "Ranking")
	p.fields(50, g.About)
	t := table{columns: []column{
		{title: "Pkt", english: "Rank", width: 12, align: 'R'}, {title: "Nomor peserta", english: "Number", width: 33}, {title: "Nama", english: "Name"},
	}}
	for _, f := range figures {
		t.columns = append(t.columns, column{title: f.Title, english: f.English, width: 19, align: 'R'})
	}
	t.columns = append(t.columns, column{title: "Kode", english: "Status", width: 17}, column{title: "Penentu", english: "Decided by", width: 22})
	t.columns[2].width = p.inside - t.width()
	t.begin(p)
	for i := range g.Rows {
		r := &g.Rows[i]
		cells := []string{"–", r.Number, r.Name}
		if r.Rank > 0 {
			cells[0] = strconv.Itoa(r.Rank)
		}
		for _, figure := range r.Figures {
			if figure == "" {
				figure = "–"
			}
			cells = append(cells, figure)
		}
		t.row(p, small.of(8.5), append(cells, r.Status, r.By)...)
	}
	if len(g.Rows) == 0 {
		t.row(p, small.of(8.5), "", "", "Tidak ada peserta / nobody")
	}
	t.end(p)
	p.block(margin, p.inside, english, fmt.Sprintf("%d baris / rows", len(g.Rows)))
}
