package questionbank

import (
	"fmt"

	"terang/scoring"
	"terang/scoring/itemstats"
)

// Design is what analysis has to know of the forms that a plan makes: sections, items and
// what each option is worth. It holds the key. Candidates are of one of the groups, of which there is one at least.
func (p *Plan) Design(bank *Bank, rules *scoring.RuleSet, groups []string) (*itemstats.Design, error) {
	var sections []itemstats.Section
	at := make(map[string]int)
	general := rules.Thresholds["general"]
	for i, s := range p.Sections() {
		rule := rules.Section(s.ID)
		if rule == nil {
			return nil, fmt.Errorf("section %s of the plan is none of rule set %s", s.ID, rules.ID)
		}
		at[s.ID] = i
		sections = append(sections, itemstats.Section{Code: s.ID, Keyed: rule.Kind == scoring.Keyed, Places: s.To - s.From + 1, Cut: general.Sections[s.ID]})
	}
	key := bank.Key()
	var items []itemstats.Item
	for _, q := range bank.Questions() {
		section, ok := at[q.Section]
		if !ok {
			continue
		}
		it := itemstats.Item{ID: q.ID, Section: section, Judged: string(q.Band)}
		for _, o := range q.Options {
			it.Options, it.Points = append(it.Options, o.ID), append(it.Points, key[q.ID][o.ID])
		}
		items = append(items, it)
	}
	return itemstats.NewDesign(sections, items, groups)
}
