package questionbank

import (
	"fmt"
	"strings"
	"testing"
)

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

// A draft may lack what a bank needs, and says so at its place; a line that cannot be read
// is a fault in a draft as well.
func TestDraftsAreReadUnfinished(t *testing.T) {
	text := strings.Replace(goodItem, "reviewer: Bagus Prakoso\n", "", 1)
	if b, _ := Parse(bankFS(text), "bank/a.bank"); b != nil {
		t.Error("a bank without a reviewer")
	}
	qs, faults := Drafts(bankFS(text), "bank/a.bank")
	if len(qs) != 1 || len(faults) > 0 {
		t.Fatalf("%d drafts, %v", len(qs), faults)
	}
	_, lacks := NewBank(qs)
	if len(lacks) != 1 || lacks[0].Line != 2 || !strings.Contains(lacks[0].What, "reviewer") {
		t.Errorf("it lacks %v", lacks)
	}
	if _, faults := Drafts(bankFS(strings.Replace(text, "b) [5]", "b) [five]", 1)), "bank/a.bank"); len(faults) != 1 {
		t.Errorf("a value that is none: %v", faults)
	}
}

func TestQuestionsOfASectionHaveTheSameNumberOfOptions(t *testing.T) {
	var qs []Question
	for i, n := range []int{3, 2, 3} {
		q := Question{ID: fmt.Sprint("A-", i), Version: 1, Section: "TWK", Topic: "t", Band: Easy, Rule: Free, Lang: "id", Author: "A", Reviewer: "B", Stem: "<p>Apa?</p>"}
		for j, text := range []string{"satu", "dua", "tiga"}[:n] {
			q.Options = append(q.Options, Option{ID: string(rune('a' + j)), Value: 5 * (1 - min(j, 1)), HTML: text})
		}
		q.ReadFrom("soal.gift", 10*i+1, []int{10*i + 2})
		qs = append(qs, q)
	}
	b, faults := NewBank(qs)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	found := Check(b, []SectionRule{{ID: "TWK", Values: []int{0, 5}, OneKey: true}})
	if len(found) != 1 || found[0].String() != "soal.gift:11: A-1: it has 2 options, the other questions of section TWK have 3; give it 3 options" {
		t.Errorf("%v", found)
	}
}
