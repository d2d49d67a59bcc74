package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"terang/cmd/terang/export"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// An export that comes to no end leaves nothing of its own behind and everything of others, so
// that the next one finds the same place free.
func TestARefusedExportLeavesNoFolder(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, 4, 2)
	s, err := stores.Open(h.journal, true)
	if err != nil {
		t.Fatal(err)
	}
	log := proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	just := engine.Event{Kind: engine.IncidentNoted, At: engine.InstantOf(h.start.Time().AddDate(0, 0, 1)), By: "rina", Text: engine.SHA256("words")}
	if err := errors.Join(log.Append(t.Context(), engine.SittingStream+stores.SampleCode+".sesi-1", just), s.Close()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	kept := filepath.Join(dir, "hasil", "notes.txt")
	if err := errors.Join(os.Mkdir(filepath.Dir(kept), 0o700), os.WriteFile(kept, []byte("of somebody"), 0o600)); err != nil {
		t.Fatal(err)
	}
	there := func(path string) bool {
		_, err := os.Stat(path)
		return !errors.Is(err, fs.ErrNotExist)
	}
	c := export.Cmd{Flags: h.flags(), Exam: stores.SampleCode, Out: filepath.Join(dir, "hasil", "skd", "ekspor")}
	for range 2 {
		if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "terang log sign") {
			t.Fatalf("with an act that no checkpoint covers: %v", err)
		}
		if there(filepath.Dir(c.Out)) || !there(kept) {
			t.Errorf("a refused export leaves %v of its own, and %v of others'", there(filepath.Dir(c.Out)), there(kept))
		}
	}
	c.Out = filepath.Dir(kept)
	if err := c.Run(t.Context()); err == nil || !there(kept) {
		t.Errorf("to a folder of somebody: %v", err)
	}
}
