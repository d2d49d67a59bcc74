package main

import (
	"os"
	"strings"
	"testing"
)

// What is not in an export cannot be checked: it is named, and the verdict is one in part.
func TestWhatAnExportLacksIsNamed(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, 4, 3)
	export := h.export(t)
	if r := verified(t, export); !r.Sound() || !r.Whole() {
		t.Fatal(r)
	}
	for name, check := range map[string]string{"accounts.jsonl": "authority", "boards": "boards", "boards/skd-contoh.json": "boards"} {
		t.Run(name, func(t *testing.T) {
			f := forge(t, h, export)
			f.must(os.RemoveAll(f.path(name)))
			f.sealed()
			r := verified(t, f.dir)
			if !r.Sound() || r.Whole() || len(r.Left) != 1 || r.Left[0].Name != check || !strings.Contains(r.String(), "SOUND AS FAR AS IT WAS CHECKED") {
				t.Error(r)
			}
		})
	}
}
