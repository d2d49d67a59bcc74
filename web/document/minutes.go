package document

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Minutes are the data of a sitting's record (Berita Acara), to be signed by both sides.
// People are participant numbers; reasons are codes in words.
type Minutes struct {
	Head
	Facts      []Field // site, room, sitting, planned and real times
	Attendance []Tally
	Extra      [][4]string // number, minutes, reason, decided by: time on top of everybody's
	Stops      [][5]string // whom, from, to, minutes credited at most, reason: pauses and outages
	Moves      [][5]string // time, number, from seat, to seat, reason
	Incidents  [][4]string // time, seat, kind, words
	Machines   []Field
	Scores     []Field
	Results    string // SHA-256 of the list of results, in hex
	ResultsOf  string // how that list is written, for whoever computes it again
	Signatures []Field
}

// Tally is a number of people, with theirs where they are few enough to be named.
type Tally struct {
	Name, English string
	Count         int
	Numbers       []string
}

// WritePDF writes the data sheet with places for signatures and an addendum.
func (m *Minutes) WritePDF(w io.Writer) error {
	state := "FINAL"
	if !m.Final {
		state = "SEMENTARA"
	}
	p, err := newPaper(false, "Lembar data Berita Acara – "+m.Exam, m.Authority, strings.Join([]string{m.Code, state, "posisi jurnal " + strconv.FormatInt(m.Position, 10), "Lembar data Berita Acara"}, " · "), m.Issued)
	if err != nil {
		return err
	}
	p.letterhead(&m.Head, "LEMBAR DATA BERITA ACARA", "Data sheet for the minutes of a sitting")
	p.y += 1
	p.fields(55, m.Facts)
	m.attendance(p)
	grid(p, "Tambahan waktu", "Extra time", m.Extra, cols("Nomor peserta", "Number", 50.0, "Menit", "Minutes", 24.0, "Alasan", "Reason", 60.0, "Diputuskan oleh", "Decided by", 40.0))
	grid(p, "Jeda dan gangguan", "Pauses and outages", m.Stops, cols("Siapa", "Who", 50.0, "Mulai", "From", 30.0, "Selesai", "To", 30.0, "Menit diganti", "Credited", 26.0, "Alasan", "Reason", 38.0))
	grid(p, "Perpindahan komputer", "Devices moved", m.Moves, cols("Waktu", "Time", 32.0, "Nomor peserta", "Number", 46.0, "Dari", "From", 24.0, "Ke", "To", 24.0, "Alasan", "Reason", 48.0))
	grid(p, "Kejadian dan tindakan", "Incidents and measures", m.Incidents, cols("Waktu", "Time", 32.0, "Kursi", "Seat", 20.0, "Jenis", "Kind", 40.0, "Uraian", "Words", 82.0))
	p.heading("Komputer", "Machines")
	p.fields(72, m.Machines)
	p.heading("Hasil", "Results")
	p.fields(72, m.Scores)
	p.heading("Asal data", "Where this comes from")
	p.fields(55, append(m.source(), Field{Name: "SHA-256 daftar hasil", English: "of the results", Value: m.Results, Mono: true}))
	p.block(margin, p.inside, small, m.ResultsOf)
	m.sign(p)
	return p.write(w)
}

func (m *Minutes) attendance(p *paper) {
	p.heading("Kehadiran", "Attendance")
	t := table{columns: cols("Keadaan", "State", 58.0, "Jumlah", "Count", 20.0, "Nomor peserta", "Numbers", 96.0)}
	t.columns[1].align = 'R'
	t.begin(p)
	for _, a := range m.Attendance {
		t.row(p, small.of(8.5), strings.TrimSuffix(a.Name+" / "+a.English, " / "), fmt.Sprint(a.Count), strings.Join(a.Numbers, ", "))
	}
	t.end(p)
}

// cols are columns from triples of title, English and width.
func cols(all ...any) (out []column) {
	for i := 0; i+2 < len(all); i += 3 {
		out = append(out, column{title: all[i].(string), english: all[i+1].(string), width: all[i+2].(float64)})
	}
	return out
}

// grid sets a part of the minutes; where nothing was, it says so.
func grid[row [4]string | [5]string](p *paper, id, en string, rows []row, columns []column) {
	p.heading(id, en)
	if len(rows) == 0 {
		p.both(margin, p.y, p.inside, body, "Tidak ada.", "None.")
		p.y += body.height()
		return
	}
	t := table{columns: columns}
	t.begin(p)
	for _, r := range rows {
		switch cells := any(r).(type) {
		case [4]string:
			t.row(p, small.of(8.5), cells[:]...)
		case [5]string:
			t.row(p, small.of(8.5), cells[:]...)
		}
	}
	t.end(p)
}

// sign sets the places for signatures, and below them lines for an addendum.
func (m *Minutes) sign(p *paper) {
	const height = 34.0
	p.room(height + 44)
	p.heading("Tanda tangan", "Signatures")
	width := p.inside / float64(max(1, len(m.Signatures)))
	for i, s := range m.Signatures {
		x := margin + float64(i)*width
		p.both(x, p.y, width-6, strong, s.Name, "")
		p.put(x, p.y+4.6, width-6, english, s.English)
		p.line(x, p.y+height-8, width-6, 0.25, black)
		p.put(x, p.y+height-7, width-6, small, "Nama dan tanggal")
		p.put(x, p.y+height-3.2, width-6, english, "Name and date")
	}
	p.y += height + 1
	p.heading("Adendum", "Addendum")
	for range 4 {
		p.y += 7
		if p.y < p.low() {
			p.line(margin, p.y, p.inside, 0.15, rule)
		}
	}
}
