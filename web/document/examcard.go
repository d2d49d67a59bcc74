package document

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// ExamCard is what a candidate brings to the exam: who, where and when. It says nothing of
// what somebody needs, or for which need they applied: it is seen by everybody in a queue.
type ExamCard struct {
	Number, Name string
	Photo        []byte // JPEG; nil: the place for one is left free
	Site         string
	Address      string
	Room         string
	Sitting      string
	Start        time.Time // in the zone of the site; zero: no sitting yet
	QR           string    // what check-in reads
}

// ExamCards are cards of one exam, a page each. Of the head, authority, exam and issue are
// set.
type ExamCards struct {
	Head
	Bring, Rules []string
	Version      int    // of the roster that the places are from
	Lookup       string // address at which places are looked up again; "" for none
	Cards        []ExamCard
}

// Measures of the card's parts, in millimetres: the photo is 3 by 4 centimetres, and a code
// of 34 is read by a cheap camera at arm's length.
const (
	photoWide, photoHigh = 30.0, 40.0
	codeSize             = 38.0
)

// WritePDF writes the cards in their order.
func (c *ExamCards) WritePDF(w io.Writer) error {
	if len(c.Cards) == 0 {
		return fmt.Errorf("no exam cards: nobody was asked for")
	}
	p, err := newPaper(false, "Kartu peserta ujian – "+c.Exam, c.Authority, fmt.Sprintf("%s · kartu peserta · daftar peserta versi %d", c.Code, c.Version), c.Issued)
	if err != nil {
		return err
	}
	for i := range c.Cards {
		if i > 0 {
			p.page()
		}
		if err := c.card(p, i); err != nil {
			return err
		}
	}
	return p.write(w)
}

func (c *ExamCards) card(p *paper, i int) error {
	card := &c.Cards[i]
	h := c.Head
	h.Final = true // a place is no result
	p.letterhead(&h, "KARTU PESERTA UJIAN", "Exam card")
	p.y += 1
	top := p.y
	if err := c.photo(p, i, margin, top); err != nil {
		return err
	}
	if err := p.code(margin+p.inside-codeSize+3, top-3, codeSize, card.QR); err != nil {
		return err
	}
	x, width := margin+photoWide+6, p.inside-photoWide-codeSize-10
	p.both(x, p.y, width, small.in(grey), "Nomor peserta", "Number")
	p.y += 4.2
	p.block(x, width, look{mono, plain, 13, black, 'L'}, card.Number)
	p.y += 1.6
	p.both(x, p.y, width, small.in(grey), "Nama", "Name")
	p.y += 4.2
	p.block(x, width, look{sans, bold, 12, black, 'L'}, card.Name)
	p.y = max(p.y, top+photoHigh) + 2

	p.heading("Tempat dan waktu", "Place and time")
	day, hour := "", "Belum ditempatkan / not placed yet"
	if !card.Start.IsZero() {
		day, hour = Day(card.Start), "Pukul "+card.Start.Format("15.04 ")+Zone(card.Start)
	}
	p.fields(44, []Field{
		{Name: "Hari, tanggal", English: "Date", Value: day}, {Name: "Mulai ujian", English: "Start", Value: hour}, {Name: "Sesi", English: "Sitting", Value: card.Sitting},
		{Name: "Lokasi ujian", English: "Site", Value: card.Site}, {Name: "Alamat", English: "Address", Value: card.Address}, {Name: "Ruang", English: "Room", Value: card.Room},
	})
	list(p, "Yang dibawa", "What to bring", c.Bring)
	list(p, "Tata tertib", "Rules", c.Rules)
	p.y += 2
	note := fmt.Sprintf("Tempat dan waktu menurut daftar peserta versi %d", c.Version)
	if c.Lookup != "" {
		note += ", dan dapat berubah: periksa lagi di " + c.Lookup + " sehari sebelum ujian."
	} else {
		note += ", dan dapat berubah: periksa pengumuman sehari sebelum ujian."
	}
	p.block(margin, p.inside, small, note)
	return nil
}

func (c *ExamCards) photo(p *paper, i int, x, y float64) error {
	file := c.Cards[i].Photo
	if file == nil {
		p.box(x, y, photoWide, photoHigh, rule)
		p.put(x, y+photoHigh/2-4, photoWide, small.in(grey).at('C'), "Foto 3 × 4")
		return nil
	}
	name := fmt.Sprintf("photo-%d", i)
	options := fpdf.ImageOptions{ImageType: "JPG"}
	info := p.pdf.RegisterImageOptionsReader(name, options, bytes.NewReader(file))
	if err := p.pdf.Error(); err != nil {
		return fmt.Errorf("photo of %s: %w", c.Cards[i].Number, err)
	}
	// Whole in its frame, whatever its shape.
	scale := min(photoWide/info.Width(), photoHigh/info.Height())
	wide, high := info.Width()*scale, info.Height()*scale
	p.pdf.ImageOptions(name, x+(photoWide-wide)/2, y+(photoHigh-high)/2, wide, high, false, options, 0, "")
	p.box(x, y, photoWide, photoHigh, rule)
	return p.pdf.Error()
}

// list sets lines of a card, numbered.
func list(p *paper, id, en string, lines []string) {
	if len(lines) == 0 {
		return
	}
	p.heading(id, en)
	for n, line := range lines {
		parts := p.lines(p.inside-6, body, strings.TrimSpace(line))
		p.room(float64(len(parts)) * body.height())
		p.put(margin, p.y, 6, body, fmt.Sprintf("%d.", n+1))
		for _, part := range parts {
			p.set(margin+6, p.y, p.inside-6, body, part)
			p.y += body.height()
		}
		p.y += 0.5
	}
}
