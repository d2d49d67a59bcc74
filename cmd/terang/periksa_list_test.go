package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"terang/cmd/terang/evidence"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/scoring"
)

// A list that the authority has made so from the beginning is logged as it is. Whom it leaves out,
// or calls somebody who missed the thresholds, is found by the results beside it.
func TestAListThatWasLoggedWrongIsFound(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, 60, 110)
	export, binary := h.exported(t, true), builtPeriksa(t)
	found, err := filepath.Glob(filepath.Join(export, "lists", "*.json"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	for _, c := range []struct {
		name, words, code string
		change            func(rows []any, at int) []any
	}{
		{"somebody left out", "has a result, and is not on it", "", func(rows []any, at int) []any { return append(rows[:at:at], rows[at+1:]...) }},
		{"somebody called too weak", "meets the thresholds of every need", "TL", func(rows []any, at int) []any {
			row := rows[at].(map[string]any)
			row["status"], row["rank"] = "TL", 0
			return rows
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := forge(t, h, export)
			was := filepath.Base(found[0])
			var list map[string]any
			f.must(json.Unmarshal([]byte(f.read("lists/"+was)), &list))
			rules, err := scoring.Parse([]byte(f.read("ruleset.json")))
			f.must(err)
			rows, at := list["rows"].([]any), -1
			for i, r := range rows {
				if row := r.(map[string]any); row["status"] == "P/L" && reaches(rules, row["scores"].([]any)) {
					at = i
				}
			}
			if at < 0 {
				t.Fatal("of those who go on nobody meets the thresholds of every need")
			}
			number := rows[at].(map[string]any)["number"].(string)
			list["rows"] = c.change(rows, at)
			body, err := json.Marshal(list)
			f.must(err)
			is := engine.SHA256(string(body))
			f.must(os.Remove(f.path("lists/" + was)))
			f.must(os.WriteFile(f.path("lists/"+is+".json"), body, 0o600))
			f.edit("results.csv", func(s string) string {
				return regexp.MustCompile(`(?m)^(`+regexp.QuoteMeta(number)+`,.*,)[^,]*$`).ReplaceAllString(s, "${1}"+c.code)
			})
			f.relog(func(all [][]byte) [][]byte {
				for i := range all {
					all[i] = bytes.ReplaceAll(all[i], []byte(strings.TrimSuffix(was, ".json")), []byte(is))
				}
				return all
			})
			f.must(evidence.Seal(f.dir, evidence.Manifest{Kind: evidence.Public, Exam: stores.SampleCode, At: "2026-11-26T00:00:00Z"}, f.pen))
			if said, sound := periksa(t, binary, f.dir); sound || !strings.Contains(said, c.words) {
				t.Errorf("want %q, it says\n%s", c.words, said)
			}
		})
	}
}

// reaches says whether scores meet the thresholds of every need: those who go on with the lower
// ones of theirs are in the right place with less.
func reaches(rules *scoring.RuleSet, scores []any) bool {
	var points scoring.Points
	for i, s := range scores {
		points[i] = int16(s.(float64))
	}
	for need := range rules.Thresholds {
		if bar, err := rules.Bar(need, nil); err != nil || !bar.Passed(&points) {
			return false
		}
	}
	return true
}
