package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// What everybody may have tells nothing that is nobody's business: no name in full, no birth
// date, no accommodation, no need of the disabled before a list says which formation took
// whom, no item, no answer and no account of staff, in no file of it.
func TestThePublicExportTellsNothingPrivate(t *testing.T) {
	t.Parallel()
	for name, published := range map[string]bool{"before the results are published": false, "when they are": true} {
		t.Run(name, func(t *testing.T) {
			h := heldSampleOf(t, 40, 6, published)
			out := h.exported(t, true)
			s, err := stores.Open(h.journal, false)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			secrets := map[string]string{"rina": "an account", "blind": "an accommodation", "phone": "a reason", "extra=30": "an adjustment", `"extra"`: "extra time"}
			listed, err := proctor.NewPeople(s.Register).Read(t.Context(), stores.SampleCode)
			if err != nil {
				t.Fatal(err)
			}
			special := 0
			for _, p := range listed.People {
				secrets[p.Name], secrets[p.BirthDate] = "a name", "a birth date"
				if p.Accommodation == "" {
					continue
				}
				if special++; !published {
					secrets[p.Formation+","] = "a formation of the disabled beside a number"
				}
			}
			recorded, err := s.ExamRecord(t.Context(), stores.SampleCode)
			if err != nil {
				t.Fatal(err)
			}
			keys, err := stores.ReadKeys(h.keyPath)
			if err != nil {
				t.Fatal(err)
			}
			parts, err := s.ExamParts(t.Context(), listed.Def, recorded, keys)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range parts.Bank.Questions() {
				secrets[q.ID] = "an item"
			}
			secrets[string(parts.Seed)] = "the seed"
			answers := 0
			if err := stores.EachEvent(t.Context(), s.Journal, func(_ engine.Record, e *engine.Event) {
				if e.Kind == engine.Answered {
					answers++
					secrets[e.Op] = "an answer"
				}
			}); err != nil {
				t.Fatal(err)
			}
			files, numbers := 0, 0
			if err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				body, err := os.ReadFile(path)
				files++
				numbers += bytes.Count(body, []byte(listed.People[0].Number))
				for secret, what := range secrets {
					if what == "an accommodation" && filepath.Base(path) == "ruleset.json" {
						continue // which rules there are is public, and not whom they are for
					}
					if at := bytes.Index(body, []byte(secret)); at >= 0 {
						t.Errorf("%s tells %s, %q: …%s…", strings.TrimPrefix(path, out), what, secret, body[max(0, at-60):min(len(body), at+60)])
					}
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if files < 6 || numbers == 0 || special == 0 || answers < 100 || len(secrets) < 200 {
				t.Errorf("%d files with the first number %d times, %d with an accommodation, %d answers, %d values are looked for: this shows nothing", files, numbers, special, answers, len(secrets))
			}
		})
	}
}
