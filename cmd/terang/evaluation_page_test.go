package main

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/proctor"
)

// An auditor reads the evaluation from the server that holds the exam, under a policy that
// lets its one style in and no script; while a sitting runs nobody makes one there.
func TestAnAuditorReadsTheEvaluation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := &shared{T: t, dsn: "sqlite:" + filepath.Join(dir, "t.db")}
	var err error
	s.keys, err = stores.OpenKeys(filepath.Join(dir, "keys"))
	s.must(err)
	st := s.command()
	s.must(create.Sample(t.Context(), st, s.keys, 12, time.Now(), true))
	s.must(st.Close())
	node := s.open(true)
	token, err := node.Accounts.AddToken(t.Context(), proctor.Signers{By: proctor.SetupAccount()}, "audi", proctor.Grant{Role: proctor.Auditor}, time.Hour, stores.Now())
	s.must(err)
	get := func(path string) (int, http.Header, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, node.http.URL+path, nil)
		s.must(err)
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		s.must(err)
		body, err := io.ReadAll(resp.Body)
		s.must(err)
		s.must(resp.Body.Close())
		return resp.StatusCode, resp.Header, string(body)
	}
	status, head, page := get("/laporan/" + stores.SampleCode)
	if status != http.StatusOK || !strings.Contains(page, "Laporan evaluasi") || !strings.Contains(page, ">12<") {
		t.Fatalf("%d: %.400s", status, page)
	}
	if policy := head.Get("Content-Security-Policy"); !strings.Contains(policy, "style-src 'sha256-") || strings.Contains(policy, "script-src") {
		t.Errorf("the policy is %q", policy)
	}
	status, _, body := get("/api/v1/exams/" + stores.SampleCode + "/report")
	var r struct {
		Schema  string
		Turnout []struct{ Registered int }
	}
	if err := json.Unmarshal([]byte(body), &r); status != http.StatusOK || err != nil || r.Schema != "terang/evaluation/1" || r.Turnout[0].Registered != 12 {
		t.Errorf("%d, %v: %.400s", status, err, body)
	}
	if _, _, audit := get("/audit"); !strings.Contains(audit, `href="/laporan/`+stores.SampleCode+`"`) {
		t.Error("the audit does not lead to the evaluation")
	}
	if status, _, _ := get("/laporan/lain"); status != http.StatusNotFound {
		t.Errorf("an exam that there is not: %d", status)
	}
	_, _, err = node.OpenSample(t.Context())
	s.must(err)
	waitFor(t, patience, "the boards to have seen it", func() bool {
		node.Folds.Tick(node.Hall.Now())
		status, _, body = get("/laporan/" + stores.SampleCode)
		return status != http.StatusOK
	})
	if status != http.StatusConflict || !strings.Contains(body, `"field":"report"`) {
		t.Errorf("while a sitting runs: %d %.200s", status, body)
	}
}
