package questionbank

import "testing"

func TestItemsAreSanitisedOnTheirWayOut(t *testing.T) {
	q := Question{ID: "Q", Stem: "<p>a<script>b</script></p>", Options: []Option{{ID: "a", HTML: `<b onclick="x">c</b>`}}}
	it := q.item()
	if it.HTML != "<p>a</p>" || it.Options[0].HTML != "<b>c</b>" {
		t.Errorf("stem %q, option %q", it.HTML, it.Options[0].HTML)
	}
}

func TestBandsStandForExpectedPoints(t *testing.T) {
	keyed := []Option{{Value: 0}, {Value: 5}}
	graded := []Option{{Value: 1}, {Value: 2}, {Value: 5}}
	for _, tt := range []struct {
		band    Band
		options []Option
		want    int
	}{{Easy, keyed, 3500}, {Medium, keyed, 2500}, {Hard, keyed, 1500}, {Easy, graded, 3700}, {Hard, graded, 3700}} {
		q := Question{Band: tt.band, Options: tt.options}
		if got := q.expected(); got != tt.want {
			t.Errorf("%s, %d options: %d, want %d", tt.band, len(tt.options), got, tt.want)
		}
	}
}
