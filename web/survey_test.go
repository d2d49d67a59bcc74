package web

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"github.com/cloudflare/circl/blindsign/blindrsa"
	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// asker is a candidate's page that gives feedback.
type asker struct {
	*browser
	client blindrsa.Client
}

func (h *house) asker(b *browser) asker {
	h.Helper()
	_, got := b.get("/api/v1/surveys/" + examCode)
	n, ok := new(big.Int).SetString(got.in("key").text("n"), 16)
	if !ok {
		h.Fatalf("%v", got)
	}
	client, err := blindrsa.NewClient(blindrsa.SHA384PSSDeterministic, &rsa.PublicKey{N: n, E: int(got.in("key").int("e"))})
	h.must(err)
	return asker{b, client}
}

// token asks for a signature; send is what was sent for it.
func (a asker) token(session *browser) (token, signature, send string, status int) {
	a.h.Helper()
	message := make([]byte, 32)
	_, _ = rand.Read(message)
	blinded, state, err := a.client.Blind(rand.Reader, message)
	a.h.must(err)
	send = hex.EncodeToString(blinded)
	status, got := session.post("/api/v1/exam/survey-token", body{"blinded": send})
	if status != 200 {
		return "", "", send, status
	}
	signed, err := hex.DecodeString(got.text("signed"))
	a.h.must(err)
	final, err := a.client.Finalize(state, signed)
	a.h.must(err)
	return hex.EncodeToString(message), hex.EncodeToString(final), send, status
}

// Feedback has no name by what is kept: an attempt takes part once, its token cannot be
// recognised, answers are sums, and a count is shown, and moves, only with enough of them.
func TestFeedbackIsAnonymousAndCountedOnce(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	anyone := h.browser()
	a := h.asker(anyone)
	if _, _, _, status := a.token(p.browser); status != 409 {
		t.Errorf("feedback before the finish: %d", status)
	}
	if _, _, _, status := a.token(anyone); status != 401 && status != 403 {
		t.Errorf("feedback without a session: %d", status)
	}
	h.act(proctor.Request{Action: engine.ActFinish})
	h.followed()
	token, signature, send, status := a.token(p.browser)
	if status != 200 {
		t.Fatal(status)
	}
	if status, _ := p.post("/api/v1/exam/survey-token", body{"blinded": send}); status != 200 {
		t.Errorf("the same blinded token again: %d", status)
	}
	if _, _, _, status := a.token(p.browser); status != 409 {
		t.Errorf("a second token: %d", status)
	}
	path := "/api/v1/surveys/" + examCode + "/answers"
	answer := func(token, signature, choice string) (int, body) {
		return anyone.post(path, body{"token": token, "signature": signature, "answers": body{"staff": choice}, "text": "Kursi saya goyah"})
	}
	forged := strings.Repeat("ab", 32)
	for name, c := range map[string][3]string{"a made-up token": {forged, signature, "4"}, "no answer of the question": {token, signature, "9"}} {
		if status, got := answer(c[0], c[1], c[2]); status < 400 {
			t.Errorf("%s: %d %v", name, status, got)
		}
	}
	if status, got := answer(token, signature, "4"); status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	if status, _ := answer(token, signature, "4"); status != 409 {
		t.Errorf("the same token twice: %d", status)
	}
	events := h.stream(engine.SurveyStream + examCode)
	attempt := h.live(number(1, 1)).ID
	if len(events) != 1 || events[0].Kind != engine.SurveyTaken || strings.Contains(events[0].Text, token) {
		t.Errorf("%+v", events)
	}
	h.keepsNoLink(token, attempt, &events[0])

	auditor := h.officer("audi", proctor.Auditor)
	summary := func() body { _, got := anyone.get("/api/v1/surveys/" + examCode); return got }
	texts := func() []any {
		_, got := auditor.get("/api/v1/exams/" + examCode + "/survey-texts")
		return got.list("texts")
	}
	if got := summary(); got.int("answers") != 0 || strings.Contains(string(mustJSON(got)), `"counts"`) || len(texts()) != 0 {
		t.Errorf("one answer is shown: %v", got)
	}
	another := func() { // as another attempt would
		message := make([]byte, 32)
		_, _ = rand.Read(message)
		blinded, state, err := a.client.Blind(rand.Reader, message)
		h.must(err)
		signed, err := h.server.survey.Sign(h.Context(), examCode, uuid.NewString(), blinded)
		h.must(err)
		final, err := a.client.Finalize(state, signed)
		h.must(err)
		if status, got := answer(hex.EncodeToString(message), hex.EncodeToString(final), "5"); status != 200 {
			t.Fatalf("%d %v", status, got)
		}
	}
	for range proctor.SurveyLeast - 1 {
		another()
	}
	got := summary()
	for _, q := range got.list("questions") {
		one := body(q.(map[string]any))
		if counts := one.in("counts"); one.text("code") == "staff" && (counts.int("5") != 9 || counts.int("4") != 1) || one.text("code") != "staff" && one["counts"] != nil {
			t.Errorf("%v", one)
		}
	}
	if got.int("answers") != proctor.SurveyLeast || len(texts()) != proctor.SurveyLeast {
		t.Errorf("%v, %d texts", got, len(texts()))
	}
	another()
	if next := summary(); string(mustJSON(next)) != string(mustJSON(got)) || len(texts()) != proctor.SurveyLeast {
		t.Errorf("one answer more is shown alone: %v, before %v", next, got)
	}
	if status, html := anyone.page("/umpan-balik/" + examCode); status != 200 || !strings.Contains(html, "90 %") || strings.Contains(html, "goyah") {
		t.Errorf("the public page: %d", status)
	}
	if status, html := auditor.page("/hasil-ujian/" + examCode + "/umpan-balik"); status != 200 || strings.Count(html, "Kursi saya goyah") != proctor.SurveyLeast {
		t.Errorf("the page of what was written: %d", status)
	}
	h.followed()
	if n := h.read("audi", proctor.ReadSurvey); n != 1 {
		t.Errorf("%d readings of what was written are recorded", n)
	}
}

// keepsNoLink looks at all that is kept of a survey for what would join an answer with an
// attempt.
func (h *house) keepsNoLink(token, attempt string, taken *engine.Event) {
	h.Helper()
	for _, kind := range []string{proctor.KindSurveySpent, proctor.KindSurveySums, proctor.KindSurveyWaits} {
		n := 0
		h.must(h.db.List(h.Context(), kind, "", func(e engine.Entry) error {
			n++
			for _, link := range []string{attempt, taken.Text, taken.Op, number(1, 1), token} {
				if strings.Contains(e.ID+string(e.Body), link) {
					h.Errorf("%s %s holds %s", kind, e.ID, link)
				}
			}
			return nil
		}))
		if n != 1 {
			h.Errorf("%d entries of %s", n, kind)
		}
	}
}
