package web

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

// neverPublic are what no public page, board, list or log has a field for (UU 27/2022 Pasal
// 4, UU 14/2008 Pasal 17, UU 23/2006 Pasal 84). A test greps for them.
var neverPublic = []string{
	"nik", "birth_date", "birthplace", "address", "phone", "email", "disability", "accommodation", "academic", "photo", "answers", "items", "reasons",
}

// criteriaRules are what a table of an exam has to agree with.
func (s *Server) criteriaRules(exam string) (*proctor.CriteriaRules, error) {
	x := s.exam(exam)
	if x == nil {
		return nil, &engine.Refusal{Code: engine.BadFrame, Field: "exam"}
	}
	return CriteriaRules(x.Rules, &x.Def.Policy), nil
}

// CriteriaRules tell the rules and the policy of an exam field by field, and judge
// formations by them.
func CriteriaRules(rs *scoring.RuleSet, policy *engine.Policy) *proctor.CriteriaRules {
	return &proctor.CriteriaRules{
		Fields:  criteriaFields(rs, policy),
		Minutes: rs.Minutes, Blind: rs.OfBlind,
		Formation: func(f proctor.Formation) error {
			_, err := rs.Bar(f.Need, f.Minima)
			return err
		},
	}
}

// fields gathers what is there: a rule that a rule set does not have has no row.
type fields []proctor.Criterion

func (f *fields) add(name string, value any) {
	if text := fmt.Sprint(value); text != "" {
		*f = append(*f, proctor.Criterion{Field: name, Value: text})
	}
}

func (f *fields) list(name string, values []string) {
	for i, v := range values {
		f.add(fmt.Sprintf("%s.%d", name, i+1), v)
	}
}

func criteriaFields(rs *scoring.RuleSet, policy *engine.Policy) []proctor.Criterion {
	var f fields
	f.add("rule_set.id", rs.ID)
	f.add("rule_set.sha256", rs.Hash())
	for _, what := range slices.Sorted(maps.Keys(rs.Decree)) {
		f.add("decree."+what, rs.Decree[what])
	}
	f.add("minutes", rs.Minutes)
	if rs.BlindMinutes > 0 {
		f.add("minutes.blind_on_disability_need", rs.BlindMinutes)
	}
	f.sections(rs)
	f.thresholds(rs)
	f.list("order", rs.RankingKeys)
	f.stages(rs)
	f.privacy(policy)
	for i, d := range rs.Uncertain {
		f.add(fmt.Sprintf("uncertain.%d", i+1), strings.Join(slices.DeleteFunc([]string{d.Where, d.What, d.Basis}, func(s string) bool { return s == "" }), ": "))
	}
	return f
}

func (f *fields) sections(rs *scoring.RuleSet) {
	for i := range rs.Sections {
		s := &rs.Sections[i]
		at := "section." + s.Code
		f.add(at+".name", s.Name)
		f.add(at+".items", s.Items)
		f.add(at+".max", s.Max)
		values := make([]string, 0, len(s.OptionValues)+2)
		for _, v := range s.Values() {
			values = append(values, strconv.Itoa(v))
		}
		f.add(at+".values", strings.Join(values, " "))
		f.add(at+".blank", s.Blank)
	}
}

// needsOf are the needs of a rule set in the order in which people know them.
func needsOf(rs *scoring.RuleSet) []string {
	return slices.SortedFunc(maps.Keys(rs.Thresholds), func(a, b string) int {
		if d := slices.Index(proctor.Needs, a) - slices.Index(proctor.Needs, b); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
}

func (f *fields) thresholds(rs *scoring.RuleSet) {
	for _, need := range needsOf(rs) {
		t := rs.Thresholds[need]
		at := "threshold." + need + "."
		for _, s := range rs.Sections {
			if least := t.Sections[s.Code]; least > 0 {
				f.add(at+s.Code, least)
			}
			if slices.Contains(t.PerPost, s.Code) {
				f.add(at+s.Code, "per_post")
			}
		}
		for _, g := range t.Groups {
			f.add(at+strings.Join(g.Sections, "+"), g.Min)
		}
		if t.Total > 0 {
			f.add(at+scoring.Total, t.Total)
		}
		f.add(at+"status", t.Status)
		f.add(at+"basis", t.Basis)
	}
}

func (f *fields) stages(rs *scoring.RuleSet) {
	if l := rs.Shortlist; l != nil {
		f.add("shortlist.mode", l.Mode)
		f.add("shortlist.multiple", l.Multiple)
		f.add("shortlist.tie", l.Tie)
	}
	if rs.Final.Joined() {
		f.add("final.weight.skd", rs.Final.SKDWeight)
		f.add("final.weight.skb", rs.Final.SKBWeight)
		f.add("final.decimals", rs.Final.Decimals)
		f.add("final.rounding", rs.Final.Rounding)
		f.list("final.step", rs.Final.Steps)
	}
	for _, p := range rs.Final.Components {
		at := "final.component." + p.Code
		f.add(at+".name", p.Name)
		if p.Eliminating {
			f.add(at+".eliminating", true)
			continue
		}
		f.add(at+".weight", p.Weight)
		f.add(at+".max", p.Max)
		f.add(at+".min", p.Min)
	}
	f.list("final.order", rs.Final.Keys)
	for i, step := range rs.Optimisation.Steps {
		f.add(fmt.Sprintf("optimisation.%d", i+1), strings.Join([]string{step.Code, step.Vacancy, step.Source, step.Place, step.Threshold}, " "))
	}
}

// privacy tells what an exam's policy shows, and what nothing shows.
func (f *fields) privacy(p *engine.Policy) {
	f.add("privacy.names", p.Names)
	f.add("privacy.live", p.Live)
	f.add("privacy.scores", map[bool]string{true: "at_finish", false: "after_release"}[p.ShowScores])
	f.add("privacy.need", map[bool]string{true: "full", false: "general_or_special"}[p.ShowNeeds])
	for _, what := range neverPublic {
		if what != "disability" || !p.ShowNeeds {
			f.add("privacy.never."+what, "never")
		}
	}
}
