package main

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/create"
	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// An exam that was made with another key file, as an earlier program let it be, opens nowhere;
// the others of its journal are served all the same. Keys that open none are refused.
func TestAnExamOfOtherKeysKeepsNoOtherFromBeingServed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := stores.Open("sqlite:"+filepath.Join(dir, "terang.db"), true)
	check(t, err)
	defer func() { check(t, s.Close()) }()
	keys, err := s.OpenKeys(t.Context(), filepath.Join(dir, "own"))
	check(t, err)
	other, err := stores.OpenKeys(filepath.Join(dir, "other"))
	check(t, err)
	for _, code := range []string{"skd-satu", "skd-dua"} {
		d, err := create.SampleDefinition(2, time.Now().Add(time.Hour), false)
		check(t, err)
		d.Code = code
		check(t, create.SampleOf(t.Context(), s, keys, proctor.Setup, d, 2))
	}
	check(t, s.Register.Put(t.Context(), engine.Entry{Kind: stores.KindSeed, ID: "skd-dua", Body: other.Seal("seed/skd-dua", make([]byte, 32))}))
	check(t, s.Fits(t.Context(), keys))
	if err := s.Fits(t.Context(), other); err == nil || !strings.Contains(err.Error(), "does not fit") {
		t.Errorf("other keys, which open the later exam: %v", err)
	}
	n, err := node.Open(t.Context(), node.Parts{Stores: s, Keys: keys, Log: slog.New(slog.DiscardHandler)})
	check(t, err)
	if n.Exams.Find("skd-satu") == nil || n.Exams.Find("skd-dua") != nil {
		t.Errorf("served: %v", n.Exams.All())
	}
	third, err := stores.OpenKeys(filepath.Join(dir, "third"))
	check(t, err)
	if _, err := node.Open(t.Context(), node.Parts{Stores: s, Keys: third, Log: slog.New(slog.DiscardHandler)}); err == nil || !strings.Contains(err.Error(), "make it again under another code") {
		t.Errorf("keys that open none: %v", err)
	}
}
