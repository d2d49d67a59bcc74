package questionbank

import (
	"slices"
	"strings"
	"testing"
)

func TestAdviceOnWordsThatAnOrderContradicts(t *testing.T) {
	for _, tt := range []struct {
		rule    Rule
		options []string
		want    string // "" for none
	}{
		{Free, []string{"satu", "dua", "semua benar"}, `option c: "semua benar" speaks of all options`},
		{Free, []string{"satu", "dua", "Semua jawaban benar."}, "speaks of all options"},
		{Free, []string{"satu", "dua", "Tidak ada jawaban yang benar"}, "speaks of all options"},
		{LastFixed, []string{"satu", "dua", "semua benar"}, ""},
		{LastFixed, []string{"semua benar", "satu", "dua"}, `option a: "semua benar" speaks of all options`},
		{Free, []string{"satu", "dua", "semua warga negara benar-benar hadir"}, ""},
		{LastFixed, []string{"satu", "dua", "A dan B"}, `"A dan B" names options by their place`},
		{LastFixed, []string{"satu", "dua", "semua di atas"}, ""},
		{Fixed, []string{"satu", "dua", "A dan B"}, ""},
		{Free, []string{"1", "20 %", "300"}, "all options are numbers"},
		{Ordered, []string{"1", "2", "3"}, ""},
	} {
		q := madeUp(t, 1, 1, nil).Questions()[0]
		q.Rule, q.Options = tt.rule, nil
		for i, text := range tt.options {
			q.Options = append(q.Options, Option{ID: string(rune('a' + i)), Value: 5 * (i % 2), HTML: text})
		}
		b, faults := NewBank([]Question{q})
		if len(faults) > 0 {
			t.Fatal(tt.options, faults)
		}
		advice := Advice(b)
		if tt.want == "" && len(advice) > 0 || tt.want != "" && !slices.ContainsFunc(advice, func(f Fault) bool {
			return strings.Contains(f.String(), tt.want) && f.Remedy != ""
		}) {
			t.Errorf("%s %q: %v, want %q", tt.rule, tt.options, advice, tt.want)
		}
	}
}
