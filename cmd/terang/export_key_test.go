package main

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"terang/cmd/terang/export"
	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
)

// While a key of the log is replaced an export is signed by one that signs the log too: by
// the old one while the new one stands in the file alone, by the new one once the journal names it.
func TestAnExportIsSignedByAKeyOfTheLog(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, 4, 3)
	file := h.keyPath + ".log"
	if err := (&logKeysNew{File: file}).Run(); err != nil {
		t.Fatal(err)
	}
	keys, err := node.ReadLogKeys(file)
	if err != nil || len(keys.Vkeys) != 2 {
		t.Fatal(keys, err)
	}
	for step, vkey := range keys.Vkeys {
		if step == 1 {
			h.add(t, vkey)
		}
		dir := h.export(t)
		f := &forger{TB: t, dir: dir}
		if r := verified(t, dir); !r.Sound() || strings.TrimSpace(f.read("log.vkey")) != vkey {
			t.Errorf("step %d: signed with %s: %s", step, f.read("log.vkey"), r)
		}
		if said, sound := periksa(t, builtPeriksa(t), h.exported(t, true)); !sound {
			t.Errorf("step %d: %s", step, said)
		}
	}
	other := filepath.Join(t.TempDir(), "other.key")
	if _, err := node.OpenLogKeys(other, "other.example/log"); err != nil {
		t.Fatal(err)
	}
	c := export.Cmd{Flags: h.flags(), Exam: stores.SampleCode, Out: filepath.Join(t.TempDir(), "export")}
	c.LogKey = other
	if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "--log-key") {
		t.Errorf("with the key of another log: %v", err)
	}
}

// add records a key of the log, and signs it.
func (h *heldSample) add(t *testing.T, vkey string) {
	t.Helper()
	s, err := stores.Open(h.journal, true)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := stores.OpenKeys(h.keyPath)
	if err != nil {
		t.Fatal(err)
	}
	log := proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	added := log.Append(t.Context(), engine.LogStream, engine.Event{Kind: engine.LogKeyed, At: stores.Now(), By: "engine", Act: keeper.KeyAdded, Text: vkey})
	sign := logSign{Flags: h.flags()}
	_, err = sign.sign(t.Context(), s, keys)
	if err := errors.Join(added, err, s.Close()); err != nil {
		t.Fatal(err)
	}
}
