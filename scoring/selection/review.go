package selection

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"terang/scoring"
)

// Review is what somebody looks at before a sheet of marks is released.
type Review struct {
	Rows             int
	Flagged          int // who has no mark: absent, withdrawn, disqualified, ineligible
	Failed           int // of an eliminating part
	Mean, Least, Top scoring.Decimal
	Outliers         []string // beyond Tukey's fences
	Spread           []string // assessors who differ by more than the rule set's limit
	Changed          []string // against the sheet that stands
}

// Review looks at a sheet; was is the one that stands, nil if there is none.
func (s *MarkSheet) Review(rs *scoring.RuleSet, was *MarkSheet) Review {
	r := Review{Rows: len(s.Rows)}
	part, _ := partOf(rs, s.Component)
	var marked []*MarkRow
	for i := range s.Rows {
		row := &s.Rows[i]
		if row.Result == "TMS" {
			r.Failed++
		}
		if row.Flag != "" {
			r.Flagged++
			continue
		}
		marked = append(marked, row)
		if spread := row.spread(); part.Spread > 0 && spread > part.Spread {
			r.Spread = append(r.Spread, fmt.Sprintf("%s: %s (%s > %s)", row.Number, strings.Join(row.Marks, " "), spread, part.Spread))
		}
	}
	r.Changed = s.changes(was)
	// A grade-point mean and a mean on a certificate have no common scale.
	if part.Eliminating || s.Component == AcademicSheet || len(marked) == 0 {
		return r
	}
	slices.SortStableFunc(marked, func(a, b *MarkRow) int { return cmp.Compare(a.Mark.Decimal, b.Mark.Decimal) })
	r.Least, r.Top, r.Mean = marked[0].Mark.Decimal, marked[len(marked)-1].Mark.Decimal, mean(rs, marked)
	low, high := fences(marked[len(marked)/4].Mark.Decimal, marked[len(marked)*3/4].Mark.Decimal)
	for _, row := range marked {
		if row.Mark.Decimal < low || row.Mark.Decimal > high {
			r.Outliers = append(r.Outliers, fmt.Sprintf("%s: %s", row.Number, row.Mark))
		}
	}
	return r
}

// fences are Tukey's: one and a half times the middle half's width beyond it.
func fences(lower, upper scoring.Decimal) (low, high scoring.Decimal) {
	half := (upper - lower) / 2
	return lower - 3*half, upper + 3*half
}

// mean is of all marks; their sum may be longer than a mark.
func mean(rs *scoring.RuleSet, rows []*MarkRow) scoring.Decimal {
	sum := new(big.Int)
	for _, row := range rows {
		sum.Add(sum, big.NewInt(int64(row.Mark.Decimal)))
	}
	whole := scoring.Decimal(sum.Div(sum, big.NewInt(int64(len(rows)))).Int64())
	return rs.Final.Round().Times(whole, scoring.Whole(1))
}

// spread is how far apart a person's assessors are.
func (r *MarkRow) spread() scoring.Decimal {
	var all []scoring.Decimal
	for _, text := range r.Marks {
		if mark, err := scoring.ParseDecimal(text); err == nil { // "": gave none
			all = append(all, mark)
		}
	}
	if len(all) == 0 {
		return 0
	}
	return slices.Max(all) - slices.Min(all)
}

// Said is a row in words: the flag, or the marks of the assessors and their mean.
func (r *MarkRow) Said() string {
	parts := notEmpty(r.Flag, r.Result, strings.TrimSpace(r.AcademicKind+" "+ifSet(r.Academic)))
	if r.Born != 0 {
		parts = append(parts, fmt.Sprintf("%08d", r.Born))
	}
	if len(r.Marks) > 0 {
		parts = append(parts, strings.Join(r.Marks, " ")+" =")
	}
	if r.Flag == "" && r.Result == "" && r.AcademicKind == "" {
		parts = append(parts, r.Mark.String())
	}
	return strings.Join(parts, " ")
}

func ifSet(d scoring.Written) string {
	if d.Decimal == 0 {
		return ""
	}
	return d.String()
}

// changes are the rows in which a sheet differs from the one that stands.
func (s *MarkSheet) changes(was *MarkSheet) (out []string) {
	if was == nil {
		return nil
	}
	before := make(map[string]string, len(was.Rows))
	for i := range was.Rows {
		before[scoring.PlainNumber(was.Rows[i].Number)] = was.Rows[i].Said()
	}
	for i := range s.Rows {
		row := &s.Rows[i]
		plain := scoring.PlainNumber(row.Number)
		old, ok := before[plain]
		delete(before, plain)
		switch now := row.Said(); {
		case !ok:
			out = append(out, fmt.Sprintf("%s: — → %s", row.Number, now))
		case old != now:
			out = append(out, fmt.Sprintf("%s: %s → %s", row.Number, old, now))
		}
	}
	for i := range was.Rows {
		if old, gone := before[scoring.PlainNumber(was.Rows[i].Number)]; gone {
			out = append(out, fmt.Sprintf("%s: %s → —", was.Rows[i].Number, old))
		}
	}
	return out
}

// Missing are the shortlisted whom the sheet does not name; Unlisted are those whom it
// names and who are not shortlisted.
func (s *MarkSheet) Missing(who map[string]bool) (missing, unlisted []string) {
	named := make(map[string]bool, len(s.Rows))
	for _, row := range s.Rows {
		plain := scoring.PlainNumber(row.Number)
		if named[plain] = true; !who[plain] {
			unlisted = append(unlisted, row.Number)
		}
	}
	for plain, shortlisted := range who {
		if shortlisted && !named[plain] {
			missing = append(missing, plain)
		}
	}
	slices.Sort(missing)
	return missing, unlisted
}
