package selection

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"terang/scoring"
)

// Order is the people as a list prints them: formation by formation, by rank, those
// without a rank last; equals by number, for display.
func (l *Listing) Order() []int32 {
	order := make([]int32, len(l.People))
	for i := range order {
		order[i] = int32(i)
	}
	rank := func(c *Candidate) int32 { return cmp.Or(c.Rank, 1<<30) }
	place := l.places()
	slices.SortFunc(order, func(x, y int32) int {
		a, b := &l.People[x], &l.People[y]
		if c := cmp.Or(cmp.Compare(place[a.Formation], place[b.Formation]), cmp.Compare(a.Group/2, b.Group/2), cmp.Compare(rank(a), rank(b))); c != 0 {
			return c
		}
		return cmp.Compare(a.Number, b.Number)
	})
	return order
}

// places are the formations' places in a list: those of the list of formations, or by
// code where the sheet alone names them, so that the order of its rows tells nothing.
func (l *Listing) places() []int32 {
	place, order := make([]int32, len(l.codes)), make([]int32, len(l.codes))
	for i := range order {
		order[i] = int32(i)
	}
	if len(l.Formations) == 0 {
		slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(l.codes[a], l.codes[b]) })
	}
	for n, i := range order {
		place[i] = int32(n)
	}
	return place
}

// Header names the columns of Write: the sheet's own, then what was decided.
func (l *Listing) Header() []string {
	h := []string{"number", "formation", "flag"}
	for _, s := range l.Rules.Sections {
		h = append(h, strings.ToLower(s.Code))
	}
	if l.Stage == BasicStage {
		h = append(h, "source", "total", "rank", "status")
		if l.Rules.Shortlist.Mode == scoring.TwoGroups {
			h = append(h, "group")
		}
		return h
	}
	h = append(append(h, parts(l.Rules)...), "academic_kind", "academic", "birth_date", "rank")
	if l.Rules.Final.Joined() {
		h = append(h, "skd_norm", "skd_part")
		for _, p := range l.Rules.Final.Components {
			if !p.Eliminating {
				code := strings.ToLower(p.Code)
				h = append(h, code+"_norm", code+"_part")
			}
		}
		if len(l.Rules.Final.Components) > 0 {
			h = append(h, "skb")
		}
		h = append(h, "skb_part")
	}
	return append(h, "final", "status", "decided_by", "seat")
}

// Write writes the decided list as CSV. What it only carries on keeps the decimals that the
// sheet had: a mean of 3.50 stays 3.50.
func (l *Listing) Write(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(l.Header()); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	var cells []string
	for _, i := range l.Order() {
		cells = l.cells(cells[:0], &l.People[i])
		if err := out.Write(cells); err != nil {
			return fmt.Errorf("write the list: %w", err)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	return nil
}

func (l *Listing) cells(out []string, c *Candidate) []string {
	out = append(out, c.Number, l.codes[c.Formation], c.Flag.String())
	for i := range l.Rules.Sections {
		if !c.scored() {
			out = append(out, "")
		} else {
			out = append(out, strconv.Itoa(int(c.Points[i])))
		}
	}
	rank := ""
	if c.Rank > 0 {
		rank = strconv.Itoa(int(c.Rank))
	}
	if l.Stage == BasicStage {
		total := ""
		if c.scored() {
			total = strconv.Itoa(c.Points.Sum())
		}
		out = append(out, l.sources[c.source], total, rank, l.Status(c))
		if l.Rules.Shortlist.Mode == scoring.TwoGroups {
			out = append(out, []string{"", "1", "2"}[c.Group])
		}
		return out
	}
	out = l.marks(out, c)
	academic, born := "", ""
	if c.academic != noAcademic {
		academic = scoring.Written{Decimal: c.Academic, Decimals: c.academicDecimals}.String()
	}
	if c.Born > 0 {
		born = fmt.Sprintf("%04d-%02d-%02d", c.Born/10000, c.Born/100%100, c.Born%100)
	}
	out = append(out, academicKinds[c.academic], academic, born, rank)
	out = l.steps(out, c)
	seat := ""
	if c.At >= 0 && len(l.Formations) > 0 {
		seat = l.codes[c.At]
	}
	return append(out, l.Score(c), l.Status(c), l.DecidedBy(c), seat)
}

// marks are those of the second stage as they came in, with the decimals that they had.
func (l *Listing) marks(out []string, c *Candidate) []string {
	for i := range parts(l.Rules) {
		switch {
		case c.absentSKB || c.Flag != NoFlag && c.Marks[i] == 0 && c.given>>i&1 == 0:
			out = append(out, "")
		case len(l.Rules.Final.Components) > 0 && l.Rules.Final.Components[i].Eliminating:
			out = append(out, [...]string{"MS", "TMS"}[c.failed>>i&1])
		default:
			out = append(out, scoring.Written{Decimal: c.Marks[i], Decimals: c.decimals[i]}.String())
		}
	}
	return out
}

// steps are every rounding step of the final; who has no final score has none.
func (l *Listing) steps(out []string, c *Candidate) []string {
	f := &l.Rules.Final
	if !f.Joined() {
		return out
	}
	s, shown := l.Steps(c), l.HasFinal(c)
	add := func(d scoring.Decimal) {
		if !shown {
			out = append(out, "")
			return
		}
		out = append(out, d.Fixed(f.Decimals))
	}
	add(s.Norm)
	add(s.SKDPart)
	for i, p := range f.Components {
		if !p.Eliminating {
			add(s.Parts[i].Norm)
			add(s.Parts[i].Part)
		}
	}
	if len(f.Components) > 0 {
		add(s.SKB)
	}
	add(s.SKBPart)
	return out
}
