package keeper

import (
	"fmt"
	"slices"
	"strings"

	"terang/engine"
)

// adjust notes an attempt's newest adjustment, also one that takes everything back.
func (f *Fold) adjust(a *attempt, r engine.Record) {
	if a.adjusted == "" {
		f.adjusted = append(f.adjusted, a)
	}
	a.adjusted = fmt.Sprintf("%s %d %s\n", a.id, r.N, r.Hash)
}

// adjustments are those that stand of who is checked in at a sitting.
func (f *Fold) adjustments(exam, sitting string) string {
	var lines []string
	for _, a := range f.adjusted {
		if a.exam == exam && a.sitting == sitting {
			lines = append(lines, a.adjusted)
		}
	}
	return Adjustments(lines)
}

// Adjustments is what a sitting's start has under seal: the SHA-256 in hex of one line for
// each attempt that is expected there and was given an adjustment, in the order of their
// bytes: its id, the version and the link of the newest Adjusted, and a line feed. Of none
// it is the SHA-256 of nothing.
func Adjustments(lines []string) string {
	lines = slices.Clone(lines)
	slices.Sort(lines)
	return engine.SHA256(strings.Join(lines, ""))
}
