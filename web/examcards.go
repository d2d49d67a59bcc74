package web

import (
	"cmp"
	"slices"
	"strings"

	"terang/engine"
	"terang/proctor"
	"terang/web/document"
)

// What candidates bring and keep to, where the exam file says nothing else: the papers of
// PerBKN 5/2024, and the house rules of BKN's announcements that quote it.
var (
	usualBring = []string{
		"KTP elektronik asli, atau surat keterangan perekaman yang masih berlaku; tanpa keduanya: kartu keluarga asli atau salinan yang dilegalisasi.",
		"Kartu peserta ini, dicetak.",
		"Pensil kayu. Kertas buram diberikan di ruang ujian.",
	}
	usualRules = []string{
		"Datang 90 menit sebelum ujian dimulai, paling lambat 60 menit sebelumnya, untuk pemeriksaan berkas.",
		"Pemberian PIN ditutup 5 menit sebelum ujian dimulai. Yang datang sesudahnya tidak dapat mengikuti ujian.",
		"Wajah dicocokkan dengan foto pendaftaran. PIN hanya untuk Anda; kursi diundi di tempat.",
		"Tas, telepon, jam, alat elektronik lain, buku, catatan, makanan dan minuman tidak dibawa ke ruang ujian.",
		"Dilarang bertanya atau membantu peserta lain, dan meninggalkan ruang tanpa izin pengawas.",
		"Pelanggaran dapat berakibat diskualifikasi.",
	}
)

// CardMaker makes exam cards of what is known of an exam.
type CardMaker struct {
	Def       *engine.Definition
	Authority string
	Lookup    string // address of the look-up, "" for none
	Version   int    // of the roster
	Issued    engine.Instant
	Start     func(sitting string) engine.Instant // planned, with what was postponed; by EXAM.SITTING
	Photo     func(*proctor.Person) ([]byte, error)
}

// Cards are the cards of people, by sitting and number.
func (m *CardMaker) Cards(people []*proctor.Person) (*document.ExamCards, error) {
	out := &document.ExamCards{
		Head:  document.Head{Authority: m.Authority, Exam: m.Def.Title, Code: m.Def.Code, Rehearsal: m.Def.Rehearsal, Issued: m.Issued.Time()},
		Bring: usualBring, Rules: usualRules, Version: m.Version, Lookup: m.Lookup,
	}
	if c := m.Def.Card; c != nil && len(c.Bring) > 0 {
		out.Bring = c.Bring
	}
	if c := m.Def.Card; c != nil && len(c.Rules) > 0 {
		out.Rules = c.Rules
	}
	people = slices.Clone(people)
	slices.SortFunc(people, func(a, b *proctor.Person) int {
		return cmp.Or(strings.Compare(a.Sitting, b.Sitting), strings.Compare(a.Number, b.Number))
	})
	for _, p := range people {
		card := document.ExamCard{Number: p.Number, Name: p.Name, QR: cardCode(p)}
		at := placeNamed(m.Def, p.Site, p.Sitting)
		card.Site, card.Address, card.Room, card.Sitting = at.Site, at.Address, at.Room, at.Title
		if id := p.SittingID(); id != "" {
			card.Start = m.Start(id).Time().In(m.Def.Zone(p.Sitting))
		}
		var err error
		if card.Photo, err = m.Photo(p); err != nil {
			return nil, err
		}
		out.Cards = append(out.Cards, card)
	}
	return out, nil
}

// cardCode is what the QR code of a card says: check-in finds the person by it. It is no
// secret, and opens nothing.
func cardCode(p *proctor.Person) string { return "TERANG:" + p.Exam + ":" + p.Number }

// namedPlace is a place in the words of the exam file.
type namedPlace struct{ Site, Address, Room, Title string }

// placeNamed is a sitting, or a site alone where there is no sitting, in words.
func placeNamed(def *engine.Definition, site, sitting string) (at namedPlace) {
	for _, s := range def.Sites {
		if s.Code == site {
			at.Site, at.Address = s.Name, s.Address
		}
	}
	for _, s := range def.Sittings {
		if s.Code != sitting {
			continue
		}
		at.Title = s.Title
		for _, r := range def.Rooms {
			if r.Code == s.Room {
				at.Room = r.Name
			}
		}
	}
	return at
}
