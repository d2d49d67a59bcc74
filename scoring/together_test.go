package scoring

import (
	"slices"
	"testing"
)

// What sections have to reach together is told with what they reached: a group of PPPK, and
// the total that a need of the SKD asks for; and it says what the decision says.
func TestThresholdsOfSeveralSections(t *testing.T) {
	t.Parallel()
	pppk, err := ByName("pppk-technical-2023")
	if err != nil {
		t.Fatal(err)
	}
	bar, err := pppk.Bar("general", Scores{"TECH": 200})
	if err != nil {
		t.Fatal(err)
	}
	points := Points{300, 60, 56, 30}
	if got := bar.Together(&points); !slices.Equal(got, []Together{{ID: "MAN+SOC", Score: 116, Max: 180, Least: 117}}) || got[0].Meets() || bar.Passed(&points) {
		t.Errorf("%+v", got)
	}
	points[2]++
	if got := bar.Together(&points); !got[0].Meets() || !bar.Passed(&points) {
		t.Errorf("%+v", got)
	}
	skd, err := ByName("skd-2024")
	if err != nil {
		t.Fatal(err)
	}
	if bar, err = skd.Bar("cumlaude", nil); err != nil {
		t.Fatal(err)
	}
	points = Points{100, 85, 125}
	if got := bar.Together(&points); !slices.Equal(got, []Together{{ID: Total, Score: 310, Max: 550, Least: 311}}) || got[0].Meets() {
		t.Errorf("%+v", got)
	}
	if bar, err = skd.Bar("general", nil); err != nil || bar.Together(&points) != nil {
		t.Errorf("general: %v", err)
	}
}
