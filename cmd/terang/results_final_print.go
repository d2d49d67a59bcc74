package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/scoring"
	"terang/scoring/selection"
	"terang/web/document"
)

// print writes a decided final as PDF. Numbers and names are as the exam's policy shows
// them; birth dates and certificates only decide.
func (c *resultsFinal) print(ctx context.Context, l *selection.Listing, stage *secondStage) error {
	f := printFlags{examFlags: c.examFlags, Authority: c.Authority, Issued: c.Issued}
	return f.open(ctx, func(_ *stores.DB, p *printing) error {
		d := p.finalList(l, stage)
		for _, g := range d.Groups {
			for _, r := range g.Rows {
				warnLetters(r.Number, r.Name)
			}
		}
		return output.Public(c.PDF, d.WritePDF)
	})
}

// finalList is a decided final as a document.
func (p *printing) finalList(l *selection.Listing, stage *secondStage) *document.FinalList {
	zone := p.zone()
	d := &document.FinalList{
		Head: p.head(p.exam.Def.Code, "", zone), Title: "Daftar peringkat akhir", English: "Final ranking", Keys: keyWords(l.Rules),
		Criteria: []string{"Yang sama dalam semua penentu mendapat peringkat sama; urutan baris di antara mereka menurut nomor peserta dan tidak menentukan apa pun."},
	}
	if d.Authority == "" && len(l.Formations) > 0 {
		d.Authority = l.Formations[0].Agency
	}
	if len(l.Rules.Final.Steps) > 0 {
		d.Criteria = append(d.Criteria, "Cara menghitung: "+strings.Join(l.Rules.Final.Steps, "; ")+".")
	}
	if stage != nil {
		for i := range stage.released {
			r := &stage.released[i]
			d.Sources = append(d.Sources, document.Field{
				Name: "Lembar " + r.Component, English: "Sheet", Value: fmt.Sprintf("versi %d, disahkan %s oleh %s dan %s, %.16s…", r.Version, document.Moment(r.At.Time().In(zone)), r.By, r.Two, r.Hash),
			})
		}
	}
	d.Columns = finalColumns(l.Rules)
	shown := p.shown()
	at := make(map[int32]int)
	for _, i := range l.Order() {
		person := &l.People[i]
		n, ok := at[person.Formation]
		if !ok {
			n = len(d.Groups)
			at[person.Formation] = n
			d.Groups = append(d.Groups, document.FinalGroup{About: p.competedFor(l, person.Formation)})
		}
		row := document.FinalRow{Rank: int(person.Rank), Figures: figures(l, person), Status: l.Status(person), By: finalKey(l.DecidedBy(person))}
		row.Number, row.Name = shown(person.Number)
		d.Groups[n].Rows = append(d.Groups[n].Rows, row)
	}
	d.Legend = finalLegend(l.Rules, d.Groups)
	return d
}

// shown says how a number and a name are printed: as the exam's policy lets boards show
// them. Who brings a score from an earlier exam is on no board, and has no name here.
func (p *printing) shown() func(number string) (string, string) {
	on := make(map[string]scoring.Result)
	for _, r := range p.exam.Boards.Results() {
		on[scoring.PlainNumber(p.exam.Person(r.Attempt).Number)] = r
	}
	return func(number string) (string, string) {
		if r, ok := on[scoring.PlainNumber(number)]; ok {
			return r.Number, r.Name
		}
		if p.exam.Def.Policy.Names == scoring.NamesMaskedNumber {
			return scoring.MaskNumber(number), ""
		}
		return number, ""
	}
}

func (p *printing) competedFor(l *selection.Listing, formation int32) []document.Field {
	f := p.formations[l.FormationCode(formation)]
	f.Code = l.FormationCode(formation)
	return append(about(&f), document.Field{Name: "Jumlah kebutuhan", English: "Seats", Value: strconv.Itoa(f.Seats)})
}

// keyWords are the keys of a final, in their order.
func keyWords(rs *scoring.RuleSet) (words []string) {
	for _, k := range rs.Final.Keys {
		words = append(words, finalKey(k))
	}
	return words
}

// finalKeys are keys that only a final has, as people read them.
var finalKeys = map[string]string{
	scoring.KeyFinal: "nilai akhir", scoring.KeySKDTotal: "nilai SKD", scoring.KeyAcademic: "IPK atau nilai ijazah", scoring.KeyOlder: "usia tertua", scoring.KeyGroup: "kelompok",
}

func finalKey(key string) string {
	if word, ok := finalKeys[key]; ok {
		return word
	}
	return keyWord(key)
}

// finalColumns are the steps of a joined final, or the sections where there is one stage only.
func finalColumns(rs *scoring.RuleSet) (columns []document.FinalColumn) {
	if !rs.Final.Joined() {
		for _, s := range rs.Sections {
			columns = append(columns, document.FinalColumn{Title: s.Code})
		}
		return append(columns, document.FinalColumn{Title: "Total", English: "Total"})
	}
	return []document.FinalColumn{
		{Title: "SKD", English: "First stage"}, {Title: "Bobot SKD", English: "Its part"}, {Title: "SKB", English: "Second stage"},
		{Title: "Bobot SKB", English: "Its part"}, {Title: "Nilai akhir", English: "Final"},
	}
}

// figures are a person's, under finalColumns.
func figures(l *selection.Listing, c *selection.Candidate) []string {
	rs := l.Rules
	none := make([]string, len(finalColumns(rs)))
	if c.Flag != selection.NoFlag {
		return none
	}
	total := strconv.Itoa(c.Points.Sum())
	if !rs.Final.Joined() {
		var out []string
		for i := range rs.Sections {
			out = append(out, strconv.Itoa(int(c.Points[i])))
		}
		return append(out, total)
	}
	none[0] = total
	if !l.HasFinal(c) {
		return none
	}
	s := l.Steps(c)
	return []string{total, s.SKDPart.Fixed(rs.Final.Decimals), s.SKB.Fixed(rs.Final.Decimals), s.SKBPart.Fixed(rs.Final.Decimals), l.Score(c)}
}

// flagLegend is what the codes mean that stand before any score.
func flagLegend(codes *scoring.Codes) []document.Field {
	return []document.Field{
		{Name: codes.Absent, English: "absent", Value: "tidak hadir"},
		{Name: codes.Withdrew, English: "withdrew", Value: "mengundurkan diri"},
		{Name: codes.Ineligible, English: "ineligible", Value: "tidak memenuhi syarat"},
		{Name: codes.Disqualified, English: "disqualified", Value: "diskualifikasi"},
	}
}

// finalLegend says what the codes mean that stand in the list.
func finalLegend(rs *scoring.RuleSet, groups []document.FinalGroup) (out []document.Field) {
	codes := &rs.Codes
	for _, f := range append([]document.Field{
		{Name: codes.Seated, English: "seated", Value: "mendapat kebutuhan (kursi) formasinya"},
		{Name: codes.OtherNeed, English: "seated, other need", Value: "mendapat kursi setelah perubahan jenis kebutuhan"},
		{Name: codes.OtherPlace, English: "seated, other placement", Value: "mendapat kursi setelah perubahan penempatan"},
		{Name: codes.Unseated, English: "not seated", Value: "tidak mendapat kursi"},
		{Name: codes.Eliminated, English: "eliminated", Value: "tidak memenuhi bagian yang menggugurkan"},
		{Name: codes.Missed, English: "misses a threshold", Value: "tidak memenuhi nilai ambang batas"},
	}, flagLegend(codes)...) {
		stands := func(g document.FinalGroup) bool {
			return slices.ContainsFunc(g.Rows, func(r document.FinalRow) bool { return r.Status == f.Name })
		}
		if f.Name == "" || !slices.ContainsFunc(groups, stands) {
			continue
		}
		if same := slices.IndexFunc(out, func(o document.Field) bool { return o.Name == f.Name }); same >= 0 { // some rules have one code for two things
			out[same].English += " or " + f.English
			out[same].Value += " atau " + f.Value
			continue
		}
		out = append(out, f)
	}
	return out
}
