package document

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Words for what thresholds say. A list that has been decided has codes instead.
const (
	Meets  = "Memenuhi"
	Misses = "Tidak memenuhi"
)

// List is a ranking: of a formation, a sitting, a site or a whole exam.
type List struct {
	Head
	Title, English string
	About          []Field  // of a formation: post, agency, seats; never a need on a site's or a sitting's
	Parts          []Part   // sections: code, name, maximum, threshold; their scores are in the rows
	Total          Part     // maximum, threshold
	Keys           []string // what ranks, the first decides first
	Criteria       []string // further rules in words, Indonesian
	Counts         []Field
	Legend         []Field // what the codes in Status mean
	Rows           []Row
}

// Row is a person in a list.
type Row struct {
	Rank         int // equal keys have equal ranks: 1, 2, 2, 4; 0: takes no place
	Number, Name string
	Scores       []int // by section; nil: there are none, which is not zero
	Total        int
	Status       string
}

// cells are the row in the order of the columns.
func (r *Row) cells(sections int) []string {
	out := []string{"–", r.Number, r.Name}
	if r.Rank > 0 {
		out[0] = strconv.Itoa(r.Rank)
	}
	for i := range sections {
		if r.Scores == nil {
			out = append(out, "–")
		} else {
			out = append(out, strconv.Itoa(r.Scores[i]))
		}
	}
	if r.Scores == nil {
		return append(out, "–", r.Status)
	}
	return append(out, strconv.Itoa(r.Total), r.Status)
}

// uprightSections is how many sections leave room for a name on an upright page.
const uprightSections = 4

// WritePDF writes the list, as many pages as it needs.
func (l *List) WritePDF(w io.Writer) error {
	p, err := newPaper(len(l.Parts) > uprightSections, l.Title+" – "+l.Exam, l.Authority, l.running(), l.Issued)
	if err != nil {
		return err
	}
	p.letterhead(&l.Head, l.Title, l.English)
	p.y += 1
	p.fields(50, l.About)
	l.criteria(p)
	p.heading("Asal data", "Where this comes from")
	p.fields(50, l.source())
	if len(l.Legend) > 0 {
		p.heading("Arti kode", "What the codes mean")
		p.fields(50, l.Legend)
	}
	l.rows(p)
	return p.write(w)
}

// running names the list at the foot of each page, where a page may be alone.
func (l *List) running() string {
	state := "final"
	if !l.Final {
		state = "SEMENTARA"
	}
	if l.Rehearsal {
		state = "GLADI"
	}
	return strings.Join([]string{l.Code, state, "posisi jurnal " + strconv.FormatInt(l.Position, 10), l.Title}, " · ")
}

func (l *List) criteria(p *paper) {
	p.heading("Kriteria", "Criteria")
	t := table{columns: []column{
		{title: "Bagian", english: "Section", width: p.inside - 2*30},
		{title: "Paling tinggi", english: "Maximum", width: 30, align: 'R'},
		{title: "Ambang batas", english: "Threshold", width: 30, align: 'R'},
	}}
	t.begin(p)
	for i := range l.Parts {
		part := &l.Parts[i]
		t.row(p, small.of(8.5), part.title(), strconv.Itoa(part.Max), dash(part.Least))
	}
	t.row(p, small.of(8.5), "Nilai total", strconv.Itoa(l.Total.Max), dash(l.Total.Least))
	t.end(p)
	p.y += 1.5
	p.fields(50, append([]Field{{Name: "Urutan penentu", English: "Order of keys", Value: strings.Join(l.Keys, ", lalu ")}}, l.Counts...))
	for _, c := range append([]string{"Yang sama dalam semua penentu mendapat peringkat sama; urutan baris di antara mereka menurut nomor peserta dan tidak menentukan apa pun."}, l.Criteria...) {
		p.block(margin, p.inside, small, c)
	}
}

func (l *List) rows(p *paper) {
	p.heading("Peringkat", "Ranking")
	score := 13.0
	t := table{columns: []column{
		{title: "Pkt", english: "Rank", width: 12, align: 'R'},
		{title: "Nomor peserta", english: "Number", width: 33},
		{title: "Nama", english: "Name"},
	}}
	for _, part := range l.Parts {
		t.columns = append(t.columns, column{title: part.Code, width: score, align: 'R'})
	}
	t.columns = append(t.columns, column{title: "Total", english: "Total", width: 15, align: 'R'}, column{title: "Keadaan", english: "Status", width: 27})
	t.columns[2].width = p.inside - t.width()
	t.begin(p)
	for i := range l.Rows {
		t.row(p, small.of(8.5), l.Rows[i].cells(len(l.Parts))...)
	}
	if len(l.Rows) == 0 {
		t.row(p, small.of(8.5), "", "", "Tidak ada peserta / nobody")
	}
	t.end(p)
	p.block(margin, p.inside, english, fmt.Sprintf("%d baris / rows", len(l.Rows)))
}

// title is a section as documents call it.
func (p *Part) title() string { return strings.Trim(p.Code+" · "+p.Name, " ·") }

func dash(n int) string {
	if n == 0 {
		return "–"
	}
	return strconv.Itoa(n)
}
