package selection

import (
	"bytes"
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

// Whoever never began has no score, whatever stands against them: nothing is written of it, and
// nothing is said of thresholds. A score that was reached stays.
func TestNoScoreIsNotZero(t *testing.T) {
	t.Parallel()
	head, rest := "number,formation,flag,twk,tiu,tkp", ""
	for _, flag := range []string{"TH", "TMS", "APS", "DIS"} {
		rest += "\n" + flag + "-1,f," + flag + ",,,"
		if flag != "TH" {
			rest += "\n" + flag + "-2,f," + flag + ",40,0,150"
		}
	}
	l := listing(t, rules(t, "skd-2024"), Formation{Code: "f", Need: "general", Seats: 1})
	if faults := l.Read(strings.NewReader(head+rest), BasicStage); len(faults) > 0 {
		t.Fatal(faults)
	}
	if err := l.Shortlist(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := l.Write(&out); err != nil {
		t.Fatal(err)
	}
	for i := range l.People {
		number, flag := l.People[i].Number, l.People[i].Flag.String()
		scores, said := ",,,,,", strings.Join(l.Explain(i).English, "\n")
		if strings.HasSuffix(number, "-2") {
			scores = "40,0,150,,190,"
		}
		if row := number + ",f," + flag + "," + scores + "," + flag + "\n"; !strings.Contains(out.String(), row) {
			t.Errorf("no row %q in\n%s", row, out.String())
		}
		if scored := strings.Contains(said, "TWK: 40 of 150, misses the threshold 65"); scored != strings.HasSuffix(number, "-2") || !scored && strings.Contains(said, "threshold") {
			t.Errorf("%s: %s", number, said)
		}
	}
}
