package scoring

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// MaxParts is how many components the second stage may have.
const MaxParts = 4

// MaxAssessors is how many people may mark one component.
const MaxAssessors = 20

// stageFaults are those of what comes after the exam: shortlist, final, optimisation, codes.
func (rs *RuleSet) stageFaults() []error {
	out := append(rs.shortlistFaults(), rs.finalFaults()...)
	fault := func(format string, args ...any) { out = append(out, fmt.Errorf(format, args...)) }
	oneOf := func(step, what, value string, known ...string) {
		if !slices.Contains(known, value) {
			fault("optimisation step %q: %s is %q: use one of %s", step, what, value, strings.Join(known, ", "))
		}
	}
	seen := make(map[string]bool)
	for _, s := range rs.Optimisation.Steps {
		if s.Code == "" || seen[s.Code] {
			fault("optimisation step %q: each needs a code of its own", s.Code)
		}
		seen[s.Code] = true
		oneOf(s.Code, "vacancy", s.Vacancy, "general", "special", "any")
		oneOf(s.Code, "source", s.Source, "general", "special", "same_need", "other_need", "any")
		oneOf(s.Code, "place", s.Place, "same", "other")
		oneOf(s.Code, "threshold", s.Threshold, "general", "vacancy")
		if _, ok := rs.Thresholds["general"]; !ok && s.Threshold == "general" {
			fault("optimisation step %q: threshold is general, but thresholds has no general", s.Code)
		}
	}
	if o := rs.Optimisation; len(o.Steps) > 0 && (o.Basis == "" || o.Status != "sourced" && o.Status != "uncertain") {
		fault("optimisation: basis says where the steps come from, and status is sourced or uncertain")
	}
	c := rs.Codes
	var bare []string
	for _, code := range []struct{ name, text string }{
		{"disqualified", c.Disqualified}, {"ineligible", c.Ineligible}, {"eliminated", c.Eliminated}, {"withdrew", c.Withdrew},
		{"absent", c.Absent}, {"missed", c.Missed}, {"seated", c.Seated}, {"seated_other_need", c.OtherNeed},
		{"seated_other_place", c.OtherPlace}, {"unseated", c.Unseated}, {"passed", c.Passed}, {"shortlisted", c.Shortlisted},
	} {
		if code.text == "" && (rs.Shortlist != nil || code.name != "passed" && code.name != "shortlisted") {
			bare = append(bare, code.name)
		}
	}
	if len(bare) > 0 {
		fault("codes: %s: write what the announcement prints for each", strings.Join(bare, ", "))
	}
	for _, d := range rs.Uncertain {
		if d.Where == "" || d.What == "" {
			fault("uncertain: each entry says where and what")
		}
	}
	return out
}

func (rs *RuleSet) shortlistFaults() (out []error) {
	s := rs.Shortlist
	if s == nil {
		return nil
	}
	fault := func(format string, args ...any) { out = append(out, fmt.Errorf("shortlist: "+format, args...)) }
	if s.Mode != Multiple && s.Mode != TwoGroups {
		fault("mode is %q: use %s or %s", s.Mode, Multiple, TwoGroups)
	}
	if s.Multiple < 1 || s.Multiple > 100 {
		fault("multiple is %d: use 1 to 100", s.Multiple)
	}
	if s.Tie != AdmitAll {
		fault("full_tie_at_cut is %q: only %s is known", s.Tie, AdmitAll)
	}
	if !slices.Equal(s.Keys, rs.RankingKeys) {
		fault("keys are %s, ranking_keys are %s: boards and shortlist rank alike", strings.Join(s.Keys, " "), strings.Join(rs.RankingKeys, " "))
	}
	for _, need := range slices.Sorted(maps.Keys(s.Floor)) {
		if floor := s.Floor[need]; floor < 0 || floor > rs.Max {
			fault("group2_floor of %s is %d, of %d", need, floor, rs.Max)
		}
		if _, ok := rs.Thresholds[need]; !ok {
			fault("group2_floor: no need %q among the thresholds", need)
		}
	}
	if s.Mode == Multiple && len(s.Floor) > 0 {
		fault("group2_floor has no effect with mode %s: remove it", Multiple)
	}
	return out
}

func (rs *RuleSet) finalFaults() (out []error) {
	f := &rs.Final
	fault := func(format string, args ...any) { out = append(out, fmt.Errorf("final: "+format, args...)) }
	known := []string{KeyFinal, KeySKDTotal, KeyAcademic, KeyOlder}
	for i, key := range f.Keys {
		if !slices.Contains(known, key) && !rs.sums(key) {
			fault("key %q does not exist: use %s, a section, or sections joined by +", key, strings.Join(known, ", "))
		}
		if slices.Contains(f.Keys[:i], key) {
			fault("key %s stands twice", key)
		}
		if key == KeyAcademic && slices.Contains(f.Keys[:i], KeyOlder) {
			fault("key %s stands before %s: nobody knows an order by age among those whose certificates cannot be compared", KeyOlder, KeyAcademic)
		}
	}
	if len(f.Keys) == 0 || f.Keys[0] != KeyFinal {
		fault("keys begin with %s", KeyFinal)
	}
	if !f.Joined() {
		if len(f.Components) > 0 || len(f.Steps) > 0 {
			fault("components and steps need skd_weight and skb_weight")
		}
		if rs.Shortlist != nil {
			fault("there is a shortlist, so skd_weight and skb_weight are needed")
		}
		return out
	}
	if f.SKDWeight+f.SKBWeight != one {
		fault("skd_weight %s and skb_weight %s are together %s, not 1", f.SKDWeight, f.SKBWeight, f.SKDWeight+f.SKBWeight)
	}
	if f.Decimals < 0 || f.Decimals > 6 {
		fault("decimals is %d: use 0 to 6", f.Decimals)
	}
	if !slices.Contains([]string{HalfUp, HalfEven, Down}, f.Rounding) {
		fault("rounding is %q: use %s, %s or %s", f.Rounding, HalfUp, HalfEven, Down)
	}
	out = append(out, rs.partFaults()...)
	if want := f.Formula(); len(f.Steps) > 0 && len(out) == 0 && !slices.Equal(f.Steps, want) {
		fault("steps say %q, the program computes %q: correct them, or leave steps out", strings.Join(f.Steps, "; "), strings.Join(want, "; "))
	}
	return out
}

// sums says whether the key is a section or sections joined by +.
func (rs *RuleSet) sums(key string) bool {
	for code := range strings.SplitSeq(key, "+") {
		if rs.index(code) < 0 {
			return false
		}
	}
	return true
}

// sheetColumns are taken by the columns that a sheet of results has anyway.
var sheetColumns = []string{"NUMBER", "FORMATION", "FLAG", "SOURCE", "SKB", "MARK", "RESULT", "ACADEMIC_KIND", "ACADEMIC", "BIRTH_DATE", "RANK", "FINAL", "STATUS", "DECIDED_BY"}

func (rs *RuleSet) partFaults() (out []error) {
	f := &rs.Final
	fault := func(format string, args ...any) { out = append(out, fmt.Errorf("final: "+format, args...)) }
	weights := Decimal(0)
	for i, p := range f.Components {
		name := strings.Trim(p.Code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
		if p.Code == "" || name != "" || slices.Contains(sheetColumns, p.Code) || rs.index(p.Code) >= 0 ||
			slices.ContainsFunc(f.Components[:i], func(o Part) bool { return o.Code == p.Code }) {
			fault("component %q: a code is one word of A-Z 0-9 _ of its own, and no other column of a sheet", p.Code)
		}
		weights += p.Weight
		switch {
		case p.Eliminating && (p.Max != 0 || p.Weight != 0 || p.Min != 0 || p.Assessors != 0 || p.Spread != 0):
			fault("component %s: an eliminating part has no marks: leave max, weight, min, assessors and spread out, or eliminating", p.Code)
		case p.Eliminating:
		case p.Max <= 0:
			fault("component %s: max is needed", p.Code)
		case p.Min > p.Max:
			fault("component %s: min is %s, of %s", p.Code, p.Min, p.Max)
		case p.Spread > p.Max:
			fault("component %s: spread is %s, of %s", p.Code, p.Spread, p.Max)
		case p.Assessors < 0 || p.Assessors > MaxAssessors:
			fault("component %s: assessors is %d: use 0 to %d", p.Code, p.Assessors, MaxAssessors)
		case p.Weight <= 0:
			fault("component %s: weight is 0; a part that only has to be passed is eliminating", p.Code)
		}
	}
	if len(f.Components) > MaxParts {
		fault("%d components: at most %d", len(f.Components), MaxParts)
	}
	if len(f.Components) > 0 && weights != one {
		fault("the components' weights are together %s, not 1", weights)
	}
	return out
}

// Formula spells out what the program computes, step by step; rN rounds to N decimals.
func (f *Final) Formula() []string {
	if !f.Joined() {
		return []string{"final=total of all sections"}
	}
	round := func(text string) string { return fmt.Sprintf("r%d(%s)", f.Decimals, text) }
	steps := []string{"skd_norm=" + round("skd*100/max"), "skd_part=" + round("skd_norm*skd_weight")}
	var parts []string
	for _, p := range f.Components {
		if p.Eliminating {
			continue
		}
		code := strings.ToLower(p.Code)
		steps = append(steps, code+"_norm="+round(code+"*100/"+p.Max.String()), code+"_part="+round(code+"_norm*"+p.Weight.String()))
		parts = append(parts, code+"_part")
	}
	if len(parts) > 0 {
		steps = append(steps, "skb="+strings.Join(parts, "+"))
	}
	return append(steps, "skb_part="+round("skb*skb_weight"), "final=skd_part+skb_part")
}
