package web

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
)

const ownBirth = "2000-01-01"

// Where the exam's policy says so, a candidate sees their own letters after the release, and
// takes home the bytes that the receipt's fingerprint was made of. Before, and without the
// policy, there is nothing to see.
func TestACandidateSeesTheOwnAnswersAfterTheRelease(t *testing.T) {
	t.Parallel()
	for _, allowed := range []bool{false, true} {
		h := build(t, built{policy: func(p *engine.Policy) { p.ShowScores, p.OwnAnswers = true, allowed }})
		ketua, _ := h.committee()
		p := h.answered(5)
		p.answered(2, "b")
		h.over()
		code := p.later("result").text("results_code")
		b := h.browser()
		look := func() string {
			t.Helper()
			status, html := b.sends("/hasil-saya", map[string]string{"number": p.number, "birth": ownBirth, "code": code})
			if status != http.StatusOK {
				t.Fatalf("%d %s", status, html)
			}
			return html
		}
		if html := look(); strings.Contains(html, "answers.json") {
			t.Error("before the release the answers are shown")
		}
		if status, _ := b.get("/hasil-saya/answers.json"); status != http.StatusNotFound {
			t.Errorf("the file before the release: %d", status)
		}
		for _, act := range []string{"freeze", "release"} {
			if status, got := ketua.post(resultsPath+"/"+act, body{"op": uuid.NewString(), "reason": "pleno", "second": body{"user": "wakil", "password": password}}); status != 200 {
				t.Fatalf("%s: %d %v", act, status, got)
			}
		}
		html := look()
		status, _, res := b.call(http.MethodGet, "/hasil-saya/answers.json", nil)
		if !allowed {
			if strings.Contains(html, "answers.json") || status != http.StatusNotFound {
				t.Errorf("without the policy: %d", status)
			}
			continue
		}
		if strings.Count(html, "<b>a</b>") != 4 || strings.Count(html, "<b>b</b>") != 1 || res.Header.Get("Cache-Control") != private {
			t.Errorf("the page shows other letters: %s", html)
		}
		_, raw := b.get("/hasil-saya/answers.json")
		text, err := json.Marshal(raw)
		h.must(err)
		file, err := engine.ParseOwnAnswers(text)
		h.must(err)
		fingerprint, chosen, err := file.Fold()
		if err != nil || fingerprint != h.state(p.number).Fingerprint || len(chosen) != 5 || chosen[1].C != "b" {
			t.Errorf("the file has the fingerprint %s: %v, %v", fingerprint, chosen, err)
		}
		if place, _ := h.form(p.number).Place(1); strings.Contains(string(text), place.Item.HTML) {
			t.Error("the file holds the text of an item")
		}
		if status, answer := h.browser().get("/hasil-saya/answers.json"); status != http.StatusForbidden {
			t.Errorf("for a stranger: %d %v", status, answer)
		}
		file.Events[len(file.Events)-3] = strings.Replace(file.Events[len(file.Events)-3], `"c":"`, `"c":"x`, 1)
		if other, _, err := file.Fold(); err == nil && other == fingerprint {
			t.Error("a changed event has the same fingerprint")
		}
		file.Events = file.Events[:len(file.Events)-1]
		if _, _, err := file.Fold(); err == nil {
			t.Error("a file that was cut is taken for whole")
		}
	}
}
