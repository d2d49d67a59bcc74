package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"terang/cmd/terang/evidence"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// receipt is what somebody who finished was given, as a file.
func (h *heldSample) receipt(tb testing.TB) string {
	tb.Helper()
	s, err := stores.Open(h.journal, true)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	keys, err := stores.OpenKeys(h.keyPath)
	if err != nil {
		tb.Fatal(err)
	}
	k, _, err := (&logSign{Flags: h.flags()}).signed(tb.Context(), s, keys)
	if err != nil {
		tb.Fatal(err)
	}
	listed, err := proctor.NewPeople(s.Register).Read(tb.Context(), stores.SampleCode)
	if err != nil {
		tb.Fatal(err)
	}
	r, err := k.Own(tb.Context(), listed.Placed()[0].Attempt)
	if err != nil {
		tb.Fatal(err)
	}
	body, err := json.Marshal(r)
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "receipt.json")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// A receipt is checked without a network: under the log's key, and against a later log,
// where a changed result, a rollback and a second log show.
func TestAReceiptIsCheckedOffline(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, 30, 5)
	export, path := h.exported(t, true), h.receipt(t)
	check := func(c verifyCmd) error { return c.Run(t.Context()) }
	if err := check(verifyCmd{Path: path, Log: export}); err != nil {
		t.Fatal(err)
	}
	if err := check(verifyCmd{Path: path}); err == nil || !strings.Contains(err.Error(), "--vkey") {
		t.Errorf("without any key: %v", err)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	forged := filepath.Join(t.TempDir(), "forged.json")
	text := strings.Replace(string(body), `points\\\":`, `points\\\":1`, 1)
	if text == string(body) {
		text = strings.Replace(string(body), `\"points\":`, `\"points\":1`, 1)
	}
	if text == string(body) {
		t.Fatal("no points in the receipt")
	}
	if err := os.WriteFile(forged, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := check(verifyCmd{Path: forged, Log: export}); err == nil || !strings.Contains(err.Error(), "is not in the log") {
		t.Errorf("another score: %v", err)
	}

	f := forge(t, h, export)
	f.rollBack(3)
	if err := check(verifyCmd{Path: path, Log: f.dir}); err == nil || !strings.Contains(err.Error(), "rolled back") {
		t.Errorf("a log that was rolled back: %v", err)
	}
	other := newHeldSample(t, 60, 5)
	g := forge(t, h, other.exported(t, true))
	g.rollBack(0) // the other exam's leaves, under this log's key
	key, err := os.ReadFile(filepath.Join(export, "log.vkey"))
	if err != nil {
		t.Fatal(err)
	}
	if err := check(verifyCmd{Path: path, Log: g.dir, Vkey: string(key)}); err == nil || !strings.Contains(err.Error(), "split view") {
		t.Errorf("two logs under one key: %v", err)
	}
	if _, err := evidence.Verify(t.Context(), evidence.Case{Dir: filepath.Dir(path)}); err == nil {
		t.Error("a folder without a manifest is taken for an export")
	}
}

// answers is the record of the own answers of the n-th on the roster, as a file.
func (h *heldSample) answers(tb testing.TB, n int) string {
	tb.Helper()
	s, err := stores.Open(h.journal, true)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	listed, err := proctor.NewPeople(s.Register).Read(tb.Context(), stores.SampleCode)
	if err != nil {
		tb.Fatal(err)
	}
	own, err := engine.ReadOwnAnswers(tb.Context(), s.Journal, listed.Placed()[n].Attempt)
	if err != nil {
		tb.Fatal(err)
	}
	body, err := json.Marshal(own)
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "answers.json")
	if err := os.WriteFile(path, body, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func TestTheOwnAnswersMakeTheReceiptsFingerprint(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, 6, 5)
	export, path := h.exported(t, true), h.receipt(t)
	own := h.answers(t, 0)
	check := func(answers string) error {
		return (&verifyCmd{Path: path, Log: export, Answers: answers}).Run(t.Context())
	}
	if err := check(own); err != nil {
		t.Fatal(err)
	}
	if err := check(h.answers(t, 1)); err == nil || !strings.Contains(err.Error(), "of one person") {
		t.Errorf("somebody else's answers: %v", err)
	}
	body, err := os.ReadFile(own)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"fingerprint": {`\"c\":\"a\"`, `\"c\":\"b\"`},
		"format":      {engine.AnswersFormat, "terang/answers/9"},
	} {
		text := strings.Replace(string(body), change[0], change[1], 1)
		if text == string(body) {
			t.Fatalf("%s is not in the file", change[0])
		}
		changed := filepath.Join(t.TempDir(), "changed.json")
		if err := os.WriteFile(changed, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := check(changed); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s changed: %v", name, err)
		}
	}
	if err := (&verifyCmd{Path: export, Answers: own}).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "receipt") {
		t.Errorf("with an export: %v", err)
	}
}
