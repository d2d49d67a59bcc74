package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/proctor"
	"terang/scoring"
)

// A printed shortlist shows numbers and names as the exam's policy lets boards show them, and
// whole numbers only to who asks for them.
func TestAPrintedShortlistKeepsTheExamsPrivacy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	flags := stores.Flags{Journal: "sqlite:" + filepath.Join(dir, "t.db"), Keys: filepath.Join(dir, "keys")}
	keys, err := stores.OpenKeys(flags.Keys)
	check(t, err)
	s, err := stores.Open(flags.Journal, true)
	check(t, err)
	d, err := create.SampleDefinition(12, time.Now().Add(time.Hour), false)
	check(t, err)
	d.Policy.Names = scoring.NamesMaskedNumber
	check(t, create.SampleOf(t.Context(), s, keys, proctor.Setup, d, 12))
	check(t, s.Close())
	numbers := func(whole bool) (all []string) {
		c := resultsList{printFlags: printFlags{examFlags: examFlags{Flags: flags, Exam: d.Code}}, Formation: "penyuluh", Shortlist: true, Whole: whole}
		check(t, c.open(t.Context(), func(_ *stores.DB, p *printing) error {
			l, err := c.list(p)
			if err != nil {
				return err
			}
			for _, r := range l.Rows {
				if r.Name != "" {
					t.Errorf("%s has the name %q", r.Number, r.Name)
				}
				all = append(all, r.Number)
			}
			return nil
		}))
		return all
	}
	masked, whole := numbers(false), numbers(true)
	if len(masked) == 0 || len(masked) != len(whole) {
		t.Fatalf("%v, %v", masked, whole)
	}
	for i, n := range masked {
		end, ok := strings.CutPrefix(n, "…")
		if plain := scoring.PlainNumber(whole[i]); !ok || !strings.HasSuffix(plain, end) || end == plain || !strings.HasPrefix(whole[i], "26401-110-") {
			t.Errorf("%s is printed for %s", n, whole[i])
		}
	}
	// A formation whose board would tell a need has its list all the same, for who decides.
	for formation, want := range map[string]string{"auditor-cumlaude": "", "analis": "use one of arsiparis, "} {
		c := resultsList{printFlags: printFlags{examFlags: examFlags{Flags: flags, Exam: d.Code}}, Formation: formation, Shortlist: true}
		err := c.open(t.Context(), func(_ *stores.DB, p *printing) error {
			l, err := c.list(p)
			if err == nil && !strings.HasPrefix(l.Counts[0].Value, fmt.Sprintf("%d terdaftar", len(l.Rows))) {
				t.Errorf("%+v of %d rows", l.Counts, len(l.Rows))
			}
			return err
		})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", formation, err)
		}
	}
	for number, want := range map[string]string{"2640-123456789": "…456789", "A-17": "…7", "7": "…"} {
		if got := scoring.MaskNumber(number); got != want {
			t.Errorf("%s is masked as %s, want %s", number, got, want)
		}
	}
}
