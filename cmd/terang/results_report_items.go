package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"terang/cmd/terang/analysis"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/scoring/itemstats"
	"terang/web/document"
)

// judged is what the exam's answer sheets say of its sittings, and of its items.
func (c *resultsReport) judged(ctx context.Context, s *stores.DB, keys *stores.KeyFile) (*itemstats.Fairness, *itemstats.Report, error) {
	x, err := analysis.Open(ctx, s, keys, c.Exam, analysis.Grouping{})
	if err != nil {
		return nil, nil, err
	}
	return x.Judge(ctx, s.Journal)
}

// items says how hard the forms of the sittings were, and how many items somebody should
// look at again. No item is named: the report may be read by everybody.
func (c *resultsReport) items(def *engine.Definition, f *itemstats.Fairness, items *itemstats.Report) []document.Chapter {
	if f.Population.Finished == 0 {
		return nil
	}
	titles := make(map[string]string)
	for _, d := range def.Sittings {
		titles[d.Code] = d.Title + " (" + d.Code + ")"
	}
	rows := f.Sittings
	if c.Sitting != "" {
		rows = slices.DeleteFunc(slices.Clone(rows), func(row itemstats.SittingFairness) bool { return row.Sitting != c.Sitting })
	}
	return []document.Chapter{difficulty(f, rows, titles), flagged(items)}
}

// difficulty is that of forms, in points: as planned, and as it turned out.
func difficulty(f *itemstats.Fairness, rows []itemstats.SittingFairness, titles map[string]string) document.Chapter {
	c := document.Chapter{
		Name: "Kesulitan lembar menurut sesi", English: "Difficulty of forms by sitting",
		Columns: [][2]string{{"Sesi", "Sitting"}, {"Lembar", "Forms"}, {"Rencana", "Planned"}, {"Ternyata", "Turned out"}, {"Selisih", "Difference"}, {"oleh lembar", "by forms"}, {"oleh peserta", "by people"}},
		Notes: []string{
			"Rencana: rata-rata simpangan jumlah nilai lembar dari sasaran penyusunan, dalam poin. Ternyata: nilai yang diharapkan dari lembar itu, menurut rata-rata nilai tiap butirnya pada ujian ini. Selisih: rata-rata nilai sesi dikurangi rata-rata semua, dan berapa yang berasal dari lembarnya dan dari pesertanya.",
			f.Adjustment.ID,
			fmt.Sprintf("Lembar yang tidak cocok dengan rencana dan benih, dan karena itu tidak dihitung: %d.", f.Population.Strange),
		},
	}
	for _, row := range append(rows, f.All) {
		var planned, outcome *itemstats.Number
		if n := len(row.Form); n > 0 {
			planned = row.Form[n-1].Mean
		}
		if len(row.Expected) > 0 {
			outcome = row.Expected[0].Mean
		}
		c.Rows = append(c.Rows, []string{
			cmp.Or(titles[row.Sitting], "Semua"), strconv.FormatInt(row.N, 10), comma(planned, 2), comma(outcome, 1), comma(row.Difference, 1), comma(row.FormPart, 2), comma(row.GroupPart, 2),
		})
	}
	return c
}

// comma is a figure as Indonesian writes it.
func comma(n *itemstats.Number, decimals int) string {
	text := analysis.Figure(n, decimals)
	if strings.Trim(text, "-0.") == "" && text != "-" { // no minus before nothing
		text = strings.TrimPrefix(text, "-")
	}
	return strings.ReplaceAll(text, ".", ",")
}

// flagWords are the reasons to look at an item again.
var flagWords = []struct{ code, word string }{
	{itemstats.FlagNegative, "peserta lemah lebih baik daripada yang kuat: periksa kunci"},
	{itemstats.FlagDistractor, "yang kuat memilih opsi lain daripada kunci"},
	{itemstats.FlagReversal, "opsi bernilai lebih tinggi menarik yang lebih lemah"},
	{itemstats.FlagWeak, "hampir tidak membedakan peserta"},
	{itemstats.FlagEasy, "terlalu mudah"},
	{itemstats.FlagHard, "terlalu sulit"},
	{itemstats.FlagIdle, "ada opsi yang tidak dipilih"},
	{itemstats.FlagDIF, "berbeda bagi kelompok dengan kemampuan sama"},
	{itemstats.FlagDrift, "bergeser dari ujian sebelumnya"},
}

// flagged counts the items with each flag.
func flagged(r *itemstats.Report) document.Chapter {
	c := document.Chapter{
		Name: "Tanda pada butir soal", English: "Item flags",
		Columns: [][2]string{{"Tanda", "Flag"}, {"Butir", "Items"}},
		Notes:   []string{fmt.Sprintf("%d dari %d butir bertanda. Tanda adalah alasan untuk memeriksa, bukan keputusan; butir tidak disebut di sini demi kerahasiaannya (terang bank stats menunjukkannya kepada penelaah).", r.Flagged, len(r.Items))},
	}
	count := make(map[string]int)
	for i := range r.Items {
		seen := make(map[string]bool)
		for _, flag := range r.Items[i].Flags {
			if !seen[flag.Code] {
				count[flag.Code]++
			}
			seen[flag.Code] = true
		}
	}
	for _, w := range flagWords {
		if n := count[w.code]; n > 0 {
			c.Rows = append(c.Rows, []string{w.word, strconv.Itoa(n)})
		}
	}
	if len(c.Rows) == 0 {
		c.Columns = nil
	}
	return c
}
