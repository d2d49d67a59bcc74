package selection

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Explained to its own person, a row says all that it says to others but who stands beside
// it: nobody else's number.
func TestOwnExplanationNamesNobodyElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rs := drawRules(t, hasShortlist)
		formations := drawFormations(t)
		l := shortlisted(t, rs, formations, drawPeople(t, rs, len(formations)))
		for i := range l.People {
			own, all := l.ExplainOwn(i, "SAYA").English, l.Explain(i).English
			var without []string
			for _, line := range all[1:] {
				if !strings.HasPrefix(line, "Above: ") && !strings.HasPrefix(line, "Below: ") {
					without = append(without, line)
				}
			}
			if !strings.Contains(own[0], "SAYA") || strings.Join(own[1:], "\n") != strings.Join(without, "\n") {
				t.Fatalf("own: %q\nall: %q", own, all)
			}
			for n := range l.People {
				if other := l.People[n].Number; n != i && len(other) > 3 && strings.Contains(strings.Join(own, "\n"), other) {
					t.Fatalf("it names %s: %q", other, own)
				}
			}
		}
	})
}
