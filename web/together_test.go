package web

import (
	"strings"
	"testing"

	"terang/engine"
	"terang/proctor"
)

// Whoever reaches every section's own threshold and misses that of the total is not told that
// all are met: the total stands among the thresholds, on the last screen and on the own page.
func TestTheResultNamesThresholdsOfSeveralSections(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.ShowScores = true }, people: func(all []proctor.Person, formations []proctor.Formation) ([]proctor.Person, []proctor.Formation) {
		formations[0].Need = "papua" // 286 in all, of them 60 of TIU
		return all, formations
	}})
	p := h.working(number(1, 1))
	right := 0
	for q := 1; right < 12; q++ {
		place, _ := h.form(p.number).Place(q)
		for i, worth := range h.exam.Worth(p.number, q) {
			if place.Item.Section == "TIU" && worth == 5 {
				p.answered(q, string(rune('a'+i)))
				right++
			}
		}
	}
	h.followed()
	h.over()
	result := p.later("result")
	for _, raw := range result.list("sections") {
		if s := body(raw.(map[string]any)); s["meets"] != true {
			t.Errorf("%v", s)
		}
	}
	together := result.list("together")
	if len(together) != 1 || result.text("status") != "misses" || result.int("total") != 60 || result["second_group"] != nil {
		t.Fatalf("%v", result)
	}
	total := body(together[0].(map[string]any))
	if total.text("id") != "TOTAL" || total.int("score") != 60 || total.int("threshold") != 286 || total.int("max") != 550 || total["meets"] != false {
		t.Errorf("%v", total)
	}
	if status, html := h.own(p.number, "2000-01-01", result.text("results_code")); status != 200 || !strings.Contains(html, "286 · ") {
		t.Errorf("the own page: %d %s", status, html)
	}
	status, got := h.browser().get("/api/v1/boards/" + examCode)
	if text := string(mustJSON(got)); status != 200 || strings.Contains(text, "286") || strings.Contains(text, "papua") {
		t.Errorf("the public board: %d %s", status, text)
	}
}
