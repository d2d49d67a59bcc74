package shelf_test

import (
	"strings"
	"testing"

	"terang/questionbank"
	"terang/questionbank/shelf"
)

const other = `== TIU-DER-902 ==
version: 1
section: TIU
topic: deret
band: easy
author: Marten Bani

Bilangan berikutnya dari deret 3, 7, 15, 31 adalah …

a) [0] 47
b) [0] 61
c) [5] 63
why: dua kali lipat tambah satu
`

func TestTwins(t *testing.T) {
	for name, c := range map[string]struct {
		text       string
		from, till int
	}{
		"the same words, other marks, case and order of options": {strings.NewReplacer("Semua petugas", "SEMUA  petugas", "…", "?",
			"b) [5] Sebagian pegawai baru terampil mengetik.", "b) [0] Tidak ada pegawai baru yang terampil mengetik.",
			"c) [0] Tidak ada pegawai baru yang terampil mengetik.", "c) [5] Sebagian pegawai baru terampil mengetik.").Replace(draft), 100, 100},
		"a word exchanged":   {strings.Replace(draft, "benar", "tepat", 1), 75, 99},
		"a sentence dropped": {strings.Replace(draft, "Sebagian petugas arsip adalah pegawai baru.", "", 1), shelf.Near, 99},
		"another question":   {other, -1, -1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShelf(embedded(t))
			a, b := question(t, draft), question(t, c.text)
			b.ID = "TIU-LOG-999"
			if _, _, err := s.Take(t.Context(), ratna, []questionbank.Question{a, b}, 1); err != nil {
				t.Fatal(err)
			}
			pairs, err := s.Alike(t.Context(), shelf.Near)
			if err != nil {
				t.Fatal(err)
			}
			this, err := s.LikeThis(t.Context(), &a, shelf.Near)
			if err != nil || len(this) != len(pairs) {
				t.Fatalf("seen from one item %v, among all %v, %v", this, pairs, err)
			}
			switch {
			case c.from < 0 && len(pairs) > 0, c.from >= 0 && len(pairs) != 1:
				t.Fatalf("pairs %v", pairs)
			case c.from >= 0 && (pairs[0].Likeness < c.from || pairs[0].Likeness > c.till || pairs[0].Likeness != this[0].Likeness):
				t.Fatalf("likeness %d (from one item %d), want %d to %d", pairs[0].Likeness, this[0].Likeness, c.from, c.till)
			}
		})
	}
}

// Figural items say the same words; what differs is drawn. They are no twins.
func TestFiguresTellItemsApart(t *testing.T) {
	s := newShelf(embedded(t))
	var figural []questionbank.Question
	for _, q := range sample(t) {
		if strings.HasPrefix(q.ID, "TIU-FIG") {
			figural = append(figural, q)
		}
	}
	copied := figural[0]
	copied.ID = "TIU-FIG-999"
	taken, _, err := s.Take(t.Context(), ratna, append(figural, copied), 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(taken.Alike) != 1 || taken.Alike[0].B != copied.ID || taken.Alike[0].Likeness != 100 {
		t.Fatalf("alike %v, want only %s and its copy", taken.Alike, figural[0].ID)
	}
}

func TestCompareShowsWordsAndKey(t *testing.T) {
	a := question(t, draft)
	b := question(t, strings.NewReplacer("yang benar", "yang tepat", "a) [0]", "a) [5]", "b) [5]", "b) [0]").Replace(draft))
	var lines []string
	for _, c := range shelf.Compare(&a, &b) {
		line := c.Part + ":"
		for _, s := range c.Spans {
			if s.Op != shelf.Kept {
				line += " " + string(s.Op) + " " + s.Text
			}
		}
		lines = append(lines, line)
	}
	want := "stem: removed benar added tepat\noption a, points: removed 0 added 5\noption b, points: removed 5 added 0"
	if got := strings.Join(lines, "\n"); got != want {
		t.Fatalf("got\n%s\nwant\n%s", got, want)
	}
}
