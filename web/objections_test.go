package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

const casesPath = "/sanggahan-ujian/" + examCode

// takesObjections opens the masa sanggah of all kinds when a sitting has ended, and takes
// two of one candidate.
func takesObjections(p *engine.Policy) {
	p.Objections = &engine.ObjectionPolicy{
		Windows:     []engine.ObjectionWindow{{Kinds: engine.ObjectionKinds, From: engine.FromSittingEnd, Hours: 72}},
		AnswerHours: 168, AnswerFrom: engine.FromClose, Most: 2, Words: 500,
	}
}

// returned is the browser of a candidate who came back with the results code.
func (h *house) returned(number string) *browser {
	h.Helper()
	b := h.browser()
	code := h.desk.ResultsCode(examCode, number, h.folds.Issue(examCode, number))
	if status, html := b.sends("/hasil-saya", map[string]string{"number": number, "birth": "2000-01-01", "code": code}); status != 200 || !strings.Contains(html, "Peserta "+number) {
		h.Fatalf("%d %s", status, html)
	}
	return b
}

// sends is form, and goes where the answer leads.
func (b *browser) sends(path string, fields map[string]string) (int, string) {
	b.h.Helper()
	return (&browser{h: b.h, client: &http.Client{Jar: b.client.Jar}}).form(path, fields)
}

func (b *browser) files(kind, q, words string) (int, string) {
	b.h.Helper()
	return b.sends("/hasil-saya/sanggahan", map[string]string{"op": uuid.NewString(), "kind": kind, "q": q, "words": words})
}

// carries asks with an own session instead of what the browser has.
func (b *browser) carries(own proctor.Own, method, path string, fields url.Values) (int, string, string) {
	b.h.Helper()
	req, err := http.NewRequestWithContext(b.h.Context(), method, b.h.http.URL+path, strings.NewReader(fields.Encode()))
	b.h.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.AddCookie(&http.Cookie{Name: ownCookie, Value: testKeys.OwnSession(own)})
	status, html := b.answer(req)
	return status, html, b.cookie(ownCookie)
}

// Who goes on reading or writing stays signed in, up to a bound; a page that was left open does not
// keep them so by asking whether there is something new.
func TestAnOwnPageStaysOpenWhileItIsUsed(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: takesObjections})
	p := h.answered(5)
	h.over()
	now := h.hall.Now()
	session := func(ago, left time.Duration) proctor.Own {
		return proctor.Own{Exam: examCode, Number: p.number, Since: now.Add(-ago), Until: now.Add(left)}
	}
	for _, c := range []struct {
		what, path string
		own        proctor.Own
		least      time.Duration // that it goes on for, 0: nothing was said of it
	}{
		{"the page", "/hasil-saya", session(29*time.Minute, time.Minute), proctor.OwnLife},
		{"a page that was used", "/hasil-saya/versi?dipakai", session(29*time.Minute, time.Minute), proctor.OwnLife},
		{"a page that was left open", "/hasil-saya/versi", session(29*time.Minute, time.Minute), 0},
		{"the page, hours later", "/hasil-saya", session(proctor.OwnMost-5*time.Minute, time.Minute), 5 * time.Minute},
	} {
		status, html, cookie := h.browser().carries(c.own, http.MethodGet, c.path, nil)
		if status != http.StatusOK {
			t.Fatalf("%s: %d %s", c.what, status, html)
		}
		own, ok := testKeys.OwnSessionOf(cookie, now)
		if left := own.Until.Sub(now); ok != (c.least > 0) || ok && (left < c.least || left > c.least+time.Minute || own.Since != c.own.Since) {
			t.Errorf("%s goes on for %v: %+v", c.what, left, own)
		}
	}
}

// What was written when the sign-in was over is not lost: it stands in the page that asks for the three
// parts, and is filed with them. Nothing of the result is shown as an answer to the code.
func TestAnObjectionThatTookTooLongIsNotLost(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: takesObjections})
	p := h.answered(5)
	h.over()
	b := h.browser()
	now := h.hall.Now()
	const words = "Jam pada layar berhenti <selama> tiga menit."
	op := uuid.NewString()
	ask := url.Values{"op": {op}, "kind": {"time"}, "words": {words}}
	status, html, _ := b.carries(proctor.Own{Exam: examCode, Number: p.number, Since: now.Add(-time.Hour), Until: now.Add(-time.Second)}, http.MethodPost, "/hasil-saya/sanggahan", ask)
	kept := func(want int) {
		t.Helper()
		for _, part := range []string{"Jam pada layar berhenti &lt;selama&gt; tiga menit.", `action="/hasil-saya/sanggahan"`, `value="` + op + `"`, `<option value="time" selected>`, `name="code"`} {
			if status != want || !strings.Contains(html, part) {
				t.Errorf("%d, the page lacks %q: %s", status, part, html)
			}
		}
		if b.cookie(ownCookie) != "" || strings.Contains(html, "Peserta "+p.number) {
			t.Error("it shows the result, or opens it")
		}
	}
	kept(http.StatusForbidden)
	with := map[string]string{"op": op, "kind": "time", "words": words, "number": p.number, "birth": ownBirth, "code": "AAAAA-AAAAA"}
	status, html = b.sends("/hasil-saya/sanggahan", with)
	kept(http.StatusForbidden)
	with["code"] = h.desk.ResultsCode(examCode, p.number, 0)
	with["words"] = words + strings.Repeat(" Sungguh.", 100)
	status, html = b.sends("/hasil-saya/sanggahan", with)
	with["words"] = words
	if status < 400 || !strings.Contains(html, "Sungguh. Sungguh.") || b.cookie(ownCookie) != "" || strings.Contains(html, "Peserta "+p.number) {
		t.Errorf("too long: %d %s", status, html)
	}
	if status, html = b.sends("/hasil-saya/sanggahan", with); status != http.StatusOK || !strings.Contains(html, "/"+examCode+"/0001") || !strings.Contains(html, "Peserta "+p.number) {
		t.Errorf("with the three parts: %d %s", status, html)
	}
	all, err := h.office.Objections(t.Context(), examCode)
	h.must(err)
	if own := all.Of(p.number); len(own) != 1 {
		t.Errorf("%d objections", len(own))
	}
}

// The whole way of an objection: a candidate files it, who acted in the sitting does not
// answer it, another member of the committee does, the candidate reads the answer, the
// public its count, a freeze waits for it, and the report has it.
func TestObjectionFromFilingToReport(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: takesObjections})
	ketua := h.officer("ketua", proctor.Committee)
	h.must(h.staff.Grant(h.Context(), proctor.Signers{By: proctor.SetupAccount()}, "ketua", proctor.Grant{Role: proctor.Supervisor}, h.hall.Now()))
	wakil := h.officer("wakil", proctor.Committee)
	p := h.answered(5)

	before := h.returned(p.number)
	if _, html := before.page("/hasil-saya"); strings.Contains(html, `name="words"`) {
		t.Error("the form is open before the sitting has ended")
	}
	if status, html := before.files("time", "", "Jam saya berhenti."); status != 409 || !strings.Contains(html, "belum dibuka") {
		t.Errorf("filed too early: %d", status)
	}
	acted, err := h.staff.Get(h.Context(), "ketua")
	h.must(err)
	if _, err := h.desk.Act(h.Context(), acted, room1, proctor.Request{Op: uuid.NewString(), Action: engine.ActPause, Reason: "mistake"}); err != nil {
		t.Fatal(err)
	}
	h.over()

	// Without the code nobody files; with it, within the policy's bounds.
	if status, _ := h.browser().files("time", "", "x"); status != http.StatusForbidden {
		t.Errorf("a stranger filed: %d", status)
	}
	item := h.form(p.number)
	place, _ := item.Place(3)
	for _, c := range []struct {
		kind, q, words string
		status         int
	}{{"key", "0", "x", 422}, {"key", "9999", "x", 422}, {"key", "3", " ", 422}, {"mood", "", "x", 409}, {"time", "", strings.Repeat("x", 501), 422}} {
		if status, html := before.files(c.kind, c.q, c.words); status != c.status || !strings.Contains(html, `role="alert"`) {
			t.Errorf("%v: %d", c, status)
		}
	}
	const words = "Kunci <b>soal</b> nomor tiga keliru."
	status, html := before.files("key", "3", words)
	if status != 200 || !strings.Contains(html, "/"+examCode+"/0001") || !strings.Contains(html, "Kunci &lt;b&gt;soal&lt;/b&gt; nomor tiga keliru.") {
		t.Fatalf("%d %s", status, html)
	}
	if strings.Contains(html, place.Item.ID) {
		t.Error("the candidate's page names the item of the bank")
	}
	if status, html := before.files("key", "3", "lagi"); status != 409 || !strings.Contains(html, "sudah menyanggah") {
		t.Errorf("the same twice: %d", status)
	}
	if status, _ := before.files("data", "", "Nama saya salah eja."); status != 200 {
		t.Errorf("a second: %d", status)
	}
	if status, _ := before.files("staff", "", "x"); status != 422 {
		t.Errorf("more than the exam takes: %d", status)
	}

	// A freeze waits for the answers.
	if status, got := wakil.post(resultsPath+"/freeze", body{"op": uuid.NewString(), "reason": "x"}); status != 409 || got.text("field") != "open" {
		t.Errorf("frozen while objections wait: %d %v", status, got)
	}
	if open := h.phase(wakil)["open"].(map[string]any); open["objections"] != 2.0 {
		t.Errorf("open: %v", open)
	}

	// Who paused the sitting is told so, refused, and recorded; the words are read on record.
	status, html = ketua.page(casesPath + "/1")
	if status != 200 || !strings.Contains(html, "bertindak pada") || strings.Contains(html, `name="decision"`) || !strings.Contains(html, "Kunci &lt;b&gt;soal") || !strings.Contains(html, place.Item.ID) {
		t.Errorf("%d %s", status, html)
	}
	if strings.Contains(html, "2000-01-01") || strings.Contains(html, "barat") {
		t.Error("an objection to a key shows who the candidate is, or where they sat")
	}
	answer := map[string]string{"op": uuid.NewString(), "decision": "rejected", "words": "Tidak."}
	if status, html := ketua.sends(casesPath+"/1", answer); status != 403 || !strings.Contains(html, "orang lain yang menjawabnya") || !strings.Contains(html, "wakil") {
		t.Errorf("who acted answered: %d", status)
	}
	events := h.stream(engine.ObjectionStream + examCode)
	if last := events[len(events)-1]; last.Kind != engine.Denied || last.By != "ketua" || last.Why == "" {
		t.Errorf("%+v", last)
	}
	if read := h.views("ketua"); !slices.ContainsFunc(read, func(e engine.Event) bool { return e.Act == proctor.ReadObjection && e.Number == p.number }) {
		t.Errorf("it is not recorded who read it: %+v", read)
	}
	auditor := h.officer("auditor", proctor.Auditor)
	if status, _ := auditor.sends(casesPath+"/1", answer); status != 404 {
		t.Errorf("an auditor answered: %d", status)
	}

	answer = map[string]string{"op": uuid.NewString(), "decision": "upheld", "words": "Kunci memang keliru."}
	status, html = wakil.sends(casesPath+"/1", answer)
	if status != 200 || !strings.Contains(html, "/hasil-ujian/"+examCode+"?butir="+place.Item.ID) {
		t.Fatalf("%d %s", status, html)
	}
	if again, _ := wakil.sends(casesPath+"/1", answer); again != 200 {
		t.Errorf("the same answer again: %d", again)
	}
	if status, html := wakil.page("/hasil-ujian/" + examCode + "?butir=" + place.Item.ID + "&sanggahan=2031/x/0001"); status != 200 || !strings.Contains(html, `value="`+place.Item.ID+`"`) {
		t.Errorf("the way to the annulment: %d", status)
	}
	if status, _ := wakil.sends(casesPath+"/2", map[string]string{"op": uuid.NewString(), "assign": "wakil"}); status != 200 {
		t.Errorf("assigned: %d", status)
	}
	_, html = wakil.page(casesPath + "/2")
	if !strings.Contains(html, "2000-01-01") || !strings.Contains(html, "barat") {
		t.Error("an objection to personal data does not show them")
	}
	if _, html := wakil.page(casesPath + "?state=open"); strings.Contains(html, "/0001<") || !strings.Contains(html, "/0002<") {
		t.Error("the list is not filtered")
	}

	_, html = before.page("/hasil-saya")
	if !strings.Contains(html, "Kunci memang keliru.") || !strings.Contains(html, "Diterima") || strings.Contains(html, "wakil") {
		t.Errorf("the candidate's page: %s", html)
	}
	withdraw := regexp.MustCompile(`/hasil-saya/sanggahan/2/cabut"><input type="hidden" name="op" value="([^"]+)"`).FindStringSubmatch(html)
	if len(withdraw) != 2 {
		t.Fatal("there is no way to withdraw")
	}
	if status, _ := h.returned(number(1, 2)).sends("/hasil-saya/sanggahan/2/cabut", map[string]string{"op": uuid.NewString()}); status != 404 {
		t.Errorf("somebody withdrew another's: %d", status)
	}
	if status, _ := before.sends("/hasil-saya/sanggahan/2/cabut", map[string]string{"op": withdraw[1]}); status != 200 {
		t.Errorf("withdrawn: %d", status)
	}

	anyone := h.browser()
	status, got := anyone.get("/api/v1/objections/" + examCode)
	counts := got.list("counts")
	if all := counts[len(counts)-1].(map[string]any); status != 200 || all["filed"] != 2.0 || all["states"].(map[string]any)["upheld"] != 1.0 || all["states"].(map[string]any)["withdrawn"] != 1.0 {
		t.Errorf("%d %v", status, got)
	}
	_, html = anyone.page("/sanggahan/" + examCode)
	for _, never := range []string{"keliru", p.number, "wakil", "Peserta", place.Item.ID} {
		if strings.Contains(html, never) || strings.Contains(string(mustJSON(got)), never) {
			t.Errorf("%s is public", never)
		}
	}
	if open := h.phase(wakil)["open"].(map[string]any); open["objections"] != 0.0 {
		t.Errorf("open: %v", open)
	}

	// A new code ends what the old one opened, and so does leaving.
	if status, _ := before.sends("/hasil-saya/tutup", nil); status != 200 {
		t.Error(status)
	}
	if _, html := before.page("/hasil-saya"); strings.Contains(html, p.number) {
		t.Error("the page is still open")
	}
	b := h.returned(p.number)
	h.must(h.staff.Add(h.Context(), "setup", proctor.Account{User: "vera", Grants: []proctor.Grant{{Role: proctor.Verifier}}}, password, h.hall.Now()))
	vera, err := h.staff.Get(h.Context(), "vera")
	h.must(err)
	_, err = h.office.IssueCode(h.Context(), vera, uuid.NewString(), h.people.Find(p.number, examCode)[0], "papers: KTP")
	h.must(err)
	h.followed()
	if _, html := b.page("/hasil-saya"); strings.Contains(html, p.number) {
		t.Error("a code that was replaced still opens the page")
	}
}
