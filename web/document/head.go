package document

import (
	"fmt"
	"time"
)

// Head is what every document says of where it comes from.
type Head struct {
	Authority  string // who issues it: a committee, an agency
	Exam       string // title
	Code       string // of the exam
	Rehearsal  bool   // nothing here is anybody's result
	Final      bool   // every sitting concerned is closed; else provisional
	Rescored   int    // how many annulments of items are in the scores, 0: none
	RescoredAt time.Time
	Decided    string // how far two people have fixed the results, in words; "" where it says nothing

	RuleSet  string // name, and in brackets its decree
	Rules    string // SHA-256 of the rule set
	Position int64  // of the journal, up to which it was made
	Issued   time.Time
}

// letterhead sets who issues the document, what it is, and how far it can be relied upon.
func (p *paper) letterhead(h *Head, title, english string) {
	p.block(margin, p.inside, look{sans, bold, 13, black, 'C'}, h.Authority)
	p.block(margin, p.inside, look{sans, plain, 10.5, black, 'C'}, h.Exam)
	p.y += 1.8
	p.line(margin, p.y, p.inside, 0.9, black)
	p.line(margin, p.y+1.1, p.inside, 0.25, black)
	p.y += 5.5
	p.block(margin, p.inside, look{sans, bold, 14, blue, 'C'}, title)
	p.block(margin, p.inside, look{sans, italic, 9, grey, 'C'}, english)
	p.y += 2
	p.standing(h)
}

// standing sets the warnings that a reader must not miss.
func (p *paper) standing(h *Head) {
	warn := func(id, en string) {
		p.fill(margin, p.y, p.inside, 6.6, tint)
		p.fill(margin, p.y, 1.2, 6.6, red)
		p.both(margin+3.5, p.y+1, p.inside-5, strong.in(red), id, en)
		p.y += 7.8
	}
	if h.Rehearsal {
		warn("GLADI: bukan hasil siapa pun.", "Rehearsal: nothing here is anybody's result.")
	}
	if !h.Final {
		warn("SEMENTARA: belum semua sesi ditutup; isi masih dapat berubah.", "Provisional: not every sitting is closed.")
	}
	if h.Rescored > 0 {
		when := ""
		if !h.RescoredAt.IsZero() {
			when = ", " + Moment(h.RescoredAt)
		}
		warn(fmt.Sprintf("DINILAI ULANG, versi %d%s.", h.Rescored, when), "Scored again after items were annulled.")
	}
}

// source sets from what the document was made, for whoever wants to make it again.
func (h *Head) source() []Field {
	position := ""
	if h.Position > 0 {
		position = fmt.Sprint(h.Position)
	}
	return []Field{
		{Name: "Aturan penilaian", English: "Rule set", Value: h.RuleSet},
		{Name: "SHA-256 aturan", English: "of the rule set", Value: h.Rules, Mono: true},
		{Name: "Keadaan hasil", English: "State of the results", Value: h.Decided},
		{Name: "Posisi jurnal", English: "Journal position", Value: position},
		{Name: "Diterbitkan", English: "Issued", Value: Moment(h.Issued)},
	}
}
