package selection

import (
	"fmt"
	"slices"
	"strings"

	"terang/scoring"
)

// Explanation is a row of a list in words: which rule, which numbers, who stands above and
// by what key. It names others by participant number only.
type Explanation struct {
	Indonesian []string `json:"id"`
	English    []string `json:"en"`
}

// Say adds a line, with the same arguments in both languages.
func (e *Explanation) Say(indonesian, english string, args ...any) {
	e.Indonesian = append(e.Indonesian, fmt.Sprintf(indonesian, args...))
	e.English = append(e.English, fmt.Sprintf(english, args...))
}

// Find is the person with the number, however it is written; -1 if there is none.
func (l *Listing) Find(number string) int {
	plain := scoring.PlainNumber(strings.TrimSpace(number))
	return slices.IndexFunc(l.People, func(c Candidate) bool { return scoring.PlainNumber(c.Number) == plain })
}

// Explain explains the row of a decided list.
func (l *Listing) Explain(i int) Explanation { return l.explain(i, l.People[i].Number, true) }

// ExplainOwn explains a row to the person whose it is, where nobody's number is shown to
// others: it says whose rank it is and by which rule, and names who stands beside it by
// nothing.
func (l *Listing) ExplainOwn(i int, number string) Explanation { return l.explain(i, number, false) }

func (l *Listing) explain(i int, number string, others bool) Explanation {
	var e Explanation
	c := &l.People[i]
	e.Say("Peserta %s, formasi %s", "Candidate %s, formation %s", number, l.codes[c.Formation])
	if len(l.Formations) > 0 {
		f := &l.Formations[c.Formation]
		e.Say("Jenis kebutuhan %s, %d kursi: %s", "Need %s, %d seat(s): %s", f.Need, f.Seats, strings.Join(notEmpty(f.Agency, f.Post, f.Education, f.Placement), ", "))
	}
	e.Say("Aturan: %s (%s), sha256 %s", "Rules: %s (%s), sha256 %s", l.Rules.ID, l.Rules.Decree["threshold"], l.Rules.Hash())
	if source := l.sources[c.source]; source != "" {
		e.Say("Nilai dibawa dari seleksi sebelumnya: %s", "The score was carried over from an earlier exam: %s", source)
	}
	switch c.Flag {
	case NoFlag:
	case Pending:
		e.Say("Belum ada hasil yang dapat dinyatakan: ada yang belum selesai atau belum diputuskan", "No result can be told yet: something is not over, or not decided")
	default:
		e.Say("Kode %s berlaku sebelum nilai apa pun (urutan DIS, TMS, APS, TH)", "Code %s stands before any score (order DIS, TMS, APS, TH)", c.Flag)
	}
	if c.scored() {
		l.explainScores(&e, c)
	}
	if c.Flag == NoFlag {
		if l.Stage == FinalStage {
			l.explainFinal(&e, c)
		}
		l.explainPlace(&e, i, others)
	}
	if status := l.Status(c); status != "" {
		e.Say("Status: %s", "Status: %s", status)
	}
	return e
}

func notEmpty(all ...string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

func (l *Listing) explainScores(e *Explanation, c *Candidate) {
	var bar *scoring.Bar
	if len(l.bars) > 0 {
		bar = l.bars[c.Formation]
	}
	for i, s := range l.Rules.Sections {
		p := int(c.Points[i])
		switch {
		case bar == nil || bar.Least(i) == 0:
			e.Say("%s: %d dari %d", "%s: %d of %d", s.Code, p, s.Max)
		case bar.Meets(i, p):
			e.Say("%s: %d dari %d, memenuhi ambang batas %d", "%s: %d of %d, meets the threshold %d", s.Code, p, s.Max, bar.Least(i))
		default:
			e.Say("%s: %d dari %d, tidak memenuhi ambang batas %d", "%s: %d of %d, misses the threshold %d", s.Code, p, s.Max, bar.Least(i))
		}
	}
	e.Say("Jumlah: %d dari %d", "Total: %d of %d", c.Points.Sum(), l.Rules.Max)
	if bar == nil {
		return
	}
	if v := bar.Decide(&c.Points); v.Passed {
		e.Say("Memenuhi nilai ambang batas", "Meets the thresholds")
	} else {
		e.Say("Tidak memenuhi nilai ambang batas: %s", "Misses the thresholds: %s", strings.Join(v.Failed, ", "))
	}
}

func (l *Listing) explainFinal(e *Explanation, c *Candidate) {
	switch {
	case c.absentSKB:
		e.Say("Tidak hadir pada tahap kedua", "Absent at the second stage")
	case c.eliminated:
		for i, p := range l.Rules.Final.Components {
			switch {
			case p.Eliminating && c.failed&(1<<i) != 0:
				e.Say("%s: bagian yang menggugurkan tidak dipenuhi", "%s: an eliminating part was failed", p.Code)
			case !p.Eliminating && c.Marks[i] < p.Min:
				e.Say("%s: %s, kurang dari nilai paling rendah %s", "%s: %s, less than the minimum %s", p.Code, c.Marks[i], p.Min)
			}
		}
	default:
		steps := l.Steps(c)
		for _, line := range steps.Lines(l.Rules, c) {
			e.Say("%s", "%s", line)
		}
	}
}

// explainPlace tells the place among those of the same formation and group, and who stands
// beside it if others may be named.
func (l *Listing) explainPlace(e *Explanation, i int, others bool) {
	c := &l.People[i]
	if c.Rank == 0 {
		return
	}
	var peers []int32
	for n := range l.People {
		if p := &l.People[n]; p.Formation == c.Formation && p.Rank > 0 && (l.Stage == FinalStage || p.Group == c.Group) {
			peers = append(peers, int32(n))
		}
	}
	place := l.placesOf(peers)
	at := slices.Index(place, int32(i))
	e.Say("Peringkat %d dari %d", "Rank %d of %d", c.Rank, len(place))
	if at > 0 && others {
		l.explainPair(e, place[at-1], int32(i), "Di atasnya: %s", "Above: %s")
	}
	if at+1 < len(place) && others {
		l.explainPair(e, int32(i), place[at+1], "Di bawahnya: %s", "Below: %s")
	}
	if len(l.Formations) == 0 {
		return
	}
	if l.Stage == BasicStage {
		l.explainCut(e, c)
		return
	}
	switch {
	case c.Step >= 0:
		s := l.Rules.Optimisation.Steps[c.Step]
		e.Say("Kursi kosong di %s diisi menurut langkah %s", "An empty seat of %s was filled by step %s", l.codes[c.At], s.Code)
	case c.Seat == OwnSeat:
		e.Say("Mendapat kursi formasi sendiri", "Seated in the own formation")
	default:
		e.Say("Tidak mendapat kursi", "Not seated")
	}
	if by := l.DecidedBy(c); by != "" && c.Step < 0 {
		e.Say("Yang menentukan kursi: %s", "What decided about the seat: %s", by)
	}
}

func (l *Listing) explainCut(e *Explanation, c *Candidate) {
	rule, seats := l.Rules.Shortlist, l.Formations[c.Formation].Seats
	if c.Group == 2 {
		e.Say("Kelompok 2: tidak memenuhi ambang batas, tetapi jumlahnya paling rendah %d", "Group 2: missed the thresholds, but has at least %d in total", l.floor(c.Formation))
	} else {
		e.Say("Tempat: %d kali %d kursi = %d; yang sama dengan batas ikut semua", "Places: %d times %d seat(s) = %d; equals at the cut all go on", rule.Multiple, seats, rule.Multiple*seats)
	}
	if c.Seat == Shortlisted {
		e.Say("Ikut tahap berikutnya", "Goes on to the next stage")
	} else {
		e.Say("Tidak ikut tahap berikutnya", "Does not go on to the next stage")
	}
}

// placesOf puts ranked people in the order of their ranks.
func (l *Listing) placesOf(peers []int32) []int32 {
	slices.SortFunc(peers, func(a, b int32) int {
		if d := l.People[a].Rank - l.People[b].Rank; d != 0 {
			return int(d)
		}
		return strings.Compare(l.People[a].Number, l.People[b].Number)
	})
	return peers
}

// explainPair says by what key one stands before another, with both values.
func (l *Listing) explainPair(e *Explanation, first, second int32, indonesian, english string) {
	a, b := &l.People[first], &l.People[second]
	other := a.Number
	if strings.HasPrefix(english, "Below") {
		other = b.Number
	}
	if a.Rank == b.Rank {
		e.Say(indonesian+", sama dalam semua kunci", english+", equal in every key", other)
		return
	}
	key, x, y := l.pair(a, b)
	if key == "COMMITTEE" {
		e.Say(indonesian+", menurut keputusan panitia", english+", by the committee's decision", other)
		return
	}
	if x == "" { // a birth date or a certificate is nobody else's business
		e.Say(indonesian+", menurut %s", english+", by %s", other, key)
		return
	}
	e.Say(indonesian+", menurut %s: %s dan %s", english+", by %s: %s and %s", other, key, x, y)
}

// pair is the key that parts two people, with what each has.
func (l *Listing) pair(a, b *Candidate) (key, x, y string) {
	if l.Stage == BasicStage {
		for n, name := range l.Rules.RankingKeys {
			if p, q := l.ranking.Sum(n, &a.Points), l.ranking.Sum(n, &b.Points); p != q {
				return name, fmt.Sprint(p), fmt.Sprint(q)
			}
		}
		return "", "", ""
	}
	by := l.parted(a, b)
	if by == committee {
		return l.keyName(by), "", ""
	}
	return l.keyName(by), l.shown(by, a), l.shown(by, b)
}

// shown is what a candidate has at a key, in words that may be public: of a birth date and
// of a certificate only that it decided.
func (l *Listing) shown(key int8, c *Candidate) string {
	switch k := &l.order.keys[key]; k.name {
	case scoring.KeyFinal:
		return l.Score(c)
	case scoring.KeyAcademic, scoring.KeyOlder:
		return ""
	case scoring.KeyGroup:
		return fmt.Sprint(c.Group)
	default:
		return fmt.Sprint(k.value(c))
	}
}
