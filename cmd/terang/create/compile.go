package create

import (
	"fmt"
	"strings"

	"terang/cmd/terang/stores"
	"terang/questionbank"
	"terang/scoring"
)

// CompilePlan makes a plan whose forms a rule set can score.
func CompilePlan(rules *scoring.RuleSet, bank *questionbank.Bank, blueprint *questionbank.Blueprint, known questionbank.Knowledge) (*questionbank.Plan, error) {
	if faults := questionbank.Check(bank, SectionRules(rules)); len(faults) > 0 {
		return nil, stores.FaultList("bank", faults)
	}
	plan, err := questionbank.Compile(bank, blueprint, known)
	if err != nil {
		return nil, err
	}
	var wrong []string
	for _, s := range rules.Sections {
		if n := itemsOf(plan, s.Code); n != s.Items {
			wrong = append(wrong, fmt.Sprintf("section %s has %d items and not %d", s.Code, n, s.Items))
		}
	}
	if plan.Places() != rules.Items {
		wrong = append(wrong, fmt.Sprintf("the blueprint makes forms of %d items and not %d", plan.Places(), rules.Items))
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("blueprint: %s; correct the counts of its cells, or choose another rule set than %s", strings.Join(wrong, "; "), rules.ID)
	}
	return plan, nil
}

func itemsOf(plan *questionbank.Plan, section string) int {
	for _, s := range plan.Sections() {
		if s.ID == section {
			return s.To - s.From + 1
		}
	}
	return 0
}
