package proctor

import (
	"strings"
	"testing"

	"terang/engine"
)

// 130 minutes are for the blind on the need of disability, 100 for the blind on any other: whose
// roster says otherwise is named, and nobody else.
func TestTheBlindAreHeldAgainstTheRule(t *testing.T) {
	rules := &CriteriaRules{Minutes: 100, Blind: func(need string) int {
		if need == "disability" {
			return 130
		}
		return 100
	}}
	def := &engine.Definition{Sittings: []engine.SittingDef{{Code: "s1"}, {Code: "pendek", Minutes: 90}, {Code: "panjang", Minutes: 140}}}
	formations := []Formation{{Code: "umum", Need: "general"}, {Code: "dis", Need: "disability"}}
	for _, c := range []struct {
		formation, sitting, accommodation string
		extra                             int
		says                              string // what is wrong, "" if nothing is
	}{
		{"dis", "s1", "blind", 30, ""},
		{"dis", "", "blind", 30, ""},
		{"umum", "s1", "blind", 0, ""},
		{"dis", "s1", "blind", 0, "1 is blind on the need disability and has 100 minutes, the rule set gives 130; write 30 extra"},
		{"dis", "", "blind", 40, "1 is blind on the need disability and has 140 minutes, the rule set gives 130; write 30 extra"},
		{"umum", "s1", "blind", 30, "1 is blind on the need general and has 130 minutes, the rule set gives 100; write 0 extra"},
		{"dis", "pendek", "blind", 40, ""},
		{"dis", "pendek", "blind", 30, "has 120 minutes, the rule set gives 130; write 40 extra"},
		{"dis", "panjang", "blind", 0, "has 140 minutes, the rule set gives 130; correct the minutes of the sitting"},
		{"dis", "s1", "low_vision", 15, ""},
		{"dis", "s1", "", 0, ""},
		{"lain", "s1", "blind", 0, ""}, // of which need is not known
	} {
		p := &Person{Number: "1", Formation: c.formation, Sitting: c.sitting, Accommodation: c.accommodation, ExtraMinutes: c.extra}
		faults := rules.BlindFaults(def, []*Person{p}, formations)
		switch {
		case c.says == "" && len(faults) == 0:
		case c.says == "" || len(faults) != 1 || faults[0].Column != "extra_minutes" || !strings.Contains(faults[0].String(), c.says):
			t.Errorf("%+v: %v", c, faults)
		}
	}
	p := &Person{Number: "1", Formation: "dis", Accommodation: "blind"}
	if faults := (&CriteriaRules{Minutes: 100, Blind: func(string) int { return 0 }}).BlindFaults(def, []*Person{p}, formations); len(faults) > 0 {
		t.Errorf("rules that say nothing of the blind: %v", faults)
	}
}
