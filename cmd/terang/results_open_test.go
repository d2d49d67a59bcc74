package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// What keeps results from being frozen is said in words on the command line too: each kind that
// the page of results has words for.
func TestWhatIsOpenIsSaidInWords(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../../web/static/locales/results.en.json")
	check(t, err)
	var texts map[string]string
	check(t, json.Unmarshal(file, &texts))
	kinds := 0
	for key := range texts {
		kind, ok := strings.CutPrefix(key, "results.open.")
		if !ok {
			continue
		}
		if kinds++; openWords(kind) == kind {
			t.Errorf("%s has no words", kind)
		}
	}
	if kinds < 9 {
		t.Errorf("%d kinds", kinds)
	}
}
