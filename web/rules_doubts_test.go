package web

import (
	"strings"
	"testing"

	"terang/scoring"
)

// What is not certain in the rules is said in Indonesian to whoever reads Indonesian.
func TestWhatIsNotCertainInTheRulesIsSaidInIndonesian(t *testing.T) {
	t.Parallel()
	said := func(en string) {
		if strings.ContainsAny(en, "abcdefghijklmnopqrstuvwxyz") && !strings.HasPrefix(en, "PermenPANRB 27") && inIndonesian(en) == en {
			t.Errorf("no Indonesian for %q: add it to rules_doubts.json", en)
		}
	}
	for _, name := range scoring.Names() {
		rules, err := scoring.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range rules.Uncertain {
			said(d.What)
			said(d.Basis)
		}
		for _, th := range rules.Thresholds {
			if th.Status == "uncertain" {
				said(th.Basis)
			}
		}
	}
}
