package document

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Certificate is one person's result: sertifikat hasil. It is for that person, who may show
// it to others; nothing in it is secret, but the name stands in full.
type Certificate struct {
	Head
	Stage        string // what was written, e.g. SKD; may be empty
	Number, Name string
	Formation    []Field // what was applied for; by its need the thresholds go
	Site         string
	Sitting      string
	Began, Ended time.Time // in the zone of the site
	Parts        []Part    // sections, in order
	Sums         []Part    // sections that are judged by their sum
	Total        Part
	Meets        bool // every threshold of the own need

	Fingerprint string // SHA-256 of the attempt's chain of records at its finish, in hex
	Receipt     string // what the candidate was shown of it
	Verify      string // address that leads to the public row; empty: there is none
}

// Part is a score with what it is measured by, in points.
type Part struct {
	Code, Name string
	Score, Max int
	Least      int // threshold, 0: none
}

// Met says whether the threshold is reached; without one it always is.
func (p *Part) Met() bool { return p.Score >= p.Least }

// Missed are the codes of the thresholds that were missed.
func (c *Certificate) Missed() (out []string) {
	for _, p := range append(append(append([]Part{}, c.Parts...), c.Sums...), c.Total) {
		if !p.Met() {
			out = append(out, p.Code)
		}
	}
	return out
}

// WritePDF writes the certificate.
func (c *Certificate) WritePDF(w io.Writer) error {
	title := strings.TrimSpace("SERTIFIKAT HASIL " + c.Stage)
	p, err := newPaper(false, fmt.Sprintf("%s – %s", title, c.Number), c.Authority, fmt.Sprintf("%s · %s · tanda terima %s", c.Code, c.Number, c.Receipt), c.Issued)
	if err != nil {
		return err
	}
	p.letterhead(&c.Head, title, "Score certificate")
	p.y += 1
	p.fields(50, append([]Field{
		{Name: "Nomor peserta", English: "Number", Value: c.Number},
		{Name: "Nama", English: "Name", Value: c.Name},
	}, append(c.Formation,
		Field{Name: "Lokasi ujian", English: "Site", Value: c.Site},
		Field{Name: "Sesi", English: "Sitting", Value: c.Sitting},
		Field{Name: "Waktu ujian", English: "Time", Value: period(c.Began, c.Ended)})...))
	c.scores(p)
	c.verdict(p)
	if err := c.verification(p); err != nil {
		return err
	}
	return p.write(w)
}

func (c *Certificate) scores(p *paper) {
	p.heading("Nilai", "Scores")
	t := table{columns: []column{
		{title: "Bagian", english: "Section", width: 70},
		{title: "Nilai", english: "Score", width: 20, align: 'R'},
		{title: "Paling tinggi", english: "Maximum", width: 26, align: 'R'},
		{title: "Ambang batas", english: "Threshold", width: 26, align: 'R'},
		{title: "Keadaan", english: "Result", width: 32},
	}}
	t.begin(p)
	row := func(part *Part, l look, of string) {
		least, state := "–", "–"
		if part.Least > 0 {
			least, state = fmt.Sprint(part.Least), Meets
			if !part.Met() {
				state = Misses
			}
		}
		t.row(p, l, of, fmt.Sprint(part.Score), fmt.Sprint(part.Max), least, state)
	}
	for i := range c.Parts {
		row(&c.Parts[i], body, c.Parts[i].title())
	}
	for i := range c.Sums {
		row(&c.Sums[i], body, "Jumlah "+c.Sums[i].Name)
	}
	row(&c.Total, strong, "Nilai total")
	t.end(p)
}

// verdict says what was reached, and that it is not yet a decision.
func (c *Certificate) verdict(p *paper) {
	id, en, colour := "MEMENUHI NILAI AMBANG BATAS", "Meets the thresholds", blue
	if !c.Meets {
		missed := strings.Join(c.Missed(), ", ")
		id, en, colour = "TIDAK MEMENUHI NILAI AMBANG BATAS: "+missed, "Misses the thresholds: "+missed, red
	}
	note := "Memenuhi nilai ambang batas bukan keputusan akhir. Yang ikut tahap berikutnya dan hasil akhir seleksi ditetapkan panitia dari peringkat tiap formasi, sesudah semua sesi selesai."
	lines := p.lines(p.inside-8, small, note)
	height := 11.2 + float64(len(lines))*small.height()
	p.room(height + 5)
	p.y += 3
	p.box(margin, p.y, p.inside, height, colour)
	top := p.y
	p.y += 2.2
	p.y += p.both(margin+4, p.y, p.inside-8, look{sans, bold, 11, colour, 'L'}, id, en) + 0.8
	for _, line := range lines {
		p.set(margin+4, p.y, p.inside-8, small, line)
		p.y += small.height()
	}
	p.y = top + height + 2
}

// verification sets what a stranger needs to check the certificate.
func (c *Certificate) verification(p *paper) error {
	const size = 38.0
	p.room(size + 40) // all of it on one page
	p.heading("Keaslian", "How to verify")
	x, width := margin, p.inside
	top := p.y
	if c.Verify != "" {
		if err := p.code(margin-2, p.y-1, size, c.Verify); err != nil {
			return err
		}
		p.pdf.LinkString(margin-2, p.y-1, size, size, c.Verify)
		x, width = margin+size+1, p.inside-size-1
		p.block(x, width, small, "1. Pindai kode QR atau buka alamat di bawah: nilai peserta ini pada papan nilai publik harus sama dengan lembar ini.")
		p.block(x, width, look{mono, plain, 8, blue, 'L'}, c.Verify)
		p.block(x, width, small, "2. Sidik hasil di bawah harus sama dengan yang tampil pada halaman hasil peserta; empat kelompok pertamanya adalah tanda terima.")
	} else {
		p.block(x, width, small, "Sidik hasil di bawah harus sama dengan yang tampil pada halaman hasil peserta; empat kelompok pertamanya adalah tanda terima.")
	}
	p.block(x, width, english, "Scan the code: the public board must show the same scores. The fingerprint must be the one on the candidate's own result page; its first four groups are the receipt.")
	p.y += 1.2
	p.both(x, p.y, width, strong.of(8.5), "Sidik hasil", "Fingerprint of the result (SHA-256)")
	p.y += 4.6
	for _, line := range groups(c.Fingerprint) {
		p.put(x, p.y, width, look{mono, plain, 9, black, 'L'}, line)
		p.y += 4.6
	}
	if c.Verify != "" {
		p.y = max(p.y, top+size)
	}
	p.y += 1.5
	p.fields(50, c.source())
	return nil
}
