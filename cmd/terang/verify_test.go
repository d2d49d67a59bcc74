package main

import (
	"testing"

	"terang/cmd/terang/evidence"
)

// An export of an exam that nobody touched is sound.
func TestAnExportIsSound(t *testing.T) {
	h := newHeldSample(t, 90, 40)
	report, err := evidence.Verify(t.Context(), evidence.Case{Dir: h.export(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(report)
	if !report.Sound() {
		t.Error("it differs")
	}
}
