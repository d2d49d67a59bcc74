package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"terang/cmd/terang/evidence"
	"terang/cmd/terang/stores"
	"terang/scoring"
)

// What boards say of a released list is recomputed like their scores: a code that the list
// does not have is found, on a board and in a frozen frame.
func TestVerifyRecomputesCodesOnBoards(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, 60, 110)
	export := h.export(t)
	if report := verified(t, export); !report.Sound() {
		t.Fatal(report)
	}
	board := "boards/" + stores.SampleCode + ".json"
	f := forge(t, h, export)
	f.edit(board, func(s string) string { return strings.Replace(s, `"status":"P/L"`, `"status":"P"`, 1) })
	f.found("boards", `"status":"P"`)

	// A program from before boards had codes exported what the thresholds say.
	keys, err := stores.ReadKeys(h.keyPath)
	if err != nil {
		t.Fatal(err)
	}
	s, err := stores.Open(h.journal, false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	x, err := stores.FoldExam(t.Context(), s, keys, stores.SampleCode, stores.LatestVersion)
	if err != nil {
		t.Fatal(err)
	}
	x.Boards.Decide(new(scoring.Deciding))
	x.Boards.Tick(h.start)
	old := forge(t, h, export)
	for _, b := range x.Boards.List() {
		body, _ := evidence.BoardJSON(x.Boards, b.ID)
		if bytes.Contains(body, []byte("P/L")) {
			t.Fatalf("%s still has codes", b.ID)
		}
		old.must(os.WriteFile(old.path("boards/"+b.ID+".json"), body, 0o600))
	}
	old.sealed()
	if report := verified(t, old.dir); !report.Sound() {
		t.Errorf("an export of an earlier program: %s", report)
	}
}
