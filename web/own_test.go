package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// form sends a page's form as a browser without a script does.
func (b *browser) form(path string, fields map[string]string) (int, string) {
	b.h.Helper()
	values := url.Values{}
	for k, v := range fields {
		values.Set(k, v)
	}
	req, err := http.NewRequestWithContext(b.h.Context(), http.MethodPost, b.h.http.URL+path, strings.NewReader(values.Encode()))
	b.h.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := b.client.Do(req)
	b.h.must(err)
	var html strings.Builder
	b.h.must(res.Write(&html))
	b.h.must(res.Body.Close())
	_, body, _ := strings.Cut(html.String(), "\r\n\r\n")
	return res.StatusCode, body
}

func (h *house) own(number, birth, code string) (int, string) {
	h.Helper()
	return h.browser().sends("/hasil-saya", map[string]string{"number": number, "birth": birth, "code": code})
}

// With number, birth date and the code of the result page a candidate comes back. Any
// wrong part gets one and the same answer; a new code, given against papers, voids the old.
func TestACandidateComesBackWithTheResultsCode(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.ShowScores = true }})
	ketua, _ := h.committee()
	p := h.answered(5)
	h.over()
	code := p.later("result").text("results_code")
	if len(code) != 11 {
		t.Fatalf("the result page has code %q", code)
	}
	for _, e := range h.events(p.number) {
		if strings.Contains(fmt.Sprint(e), code) {
			t.Error("the code stands in the journal")
		}
	}
	const birth = "2000-01-01"
	status, html := h.own(p.number, birth, strings.ToLower(strings.ReplaceAll(code, "-", "")))
	if status != 200 || !strings.Contains(html, "Peserta "+p.number) || strings.Contains(html, "sha256") {
		t.Fatalf("%d %s", status, html)
	}
	neutral := func(html, number string) string { return strings.ReplaceAll(html, number, "") }
	_, first := h.own(p.number, birth, "AAAAA-AAAAA")
	for _, wrong := range [][3]string{{p.number, "2000-01-02", code}, {number(1, 2), birth, code}, {"99-9-9", birth, code}} {
		if status, html := h.own(wrong[0], wrong[1], wrong[2]); status != 403 || neutral(html, wrong[0]) != neutral(first, p.number) {
			t.Errorf("%v: %d, and another answer", wrong, status)
		}
	}
	for _, act := range []string{"freeze", "release"} {
		if status, got := ketua.post(resultsPath+"/"+act, body{"op": uuid.NewString(), "reason": "pleno", "second": body{"user": "wakil", "password": password}}); status != 200 {
			t.Fatalf("%s: %d %v", act, status, got)
		}
	}
	if status, html := h.own(p.number, birth, code); status != 200 || !strings.Contains(html, "skd-2024") || !strings.Contains(html, "Status: TL") {
		t.Errorf("after the release the row is not explained: %d %s", status, html)
	}

	// A verifier of the site gives a new one; one of another site does not find the number.
	h.must(h.staff.Add(h.Context(), "setup", proctor.Account{User: "vera", Grants: []proctor.Grant{{Role: proctor.Verifier, Exam: examCode, Site: "barat"}}}, password, h.hall.Now()))
	h.must(h.staff.Add(h.Context(), "setup", proctor.Account{User: "veri", Grants: []proctor.Grant{{Role: proctor.Verifier, Exam: examCode, Site: "timur"}}}, password, h.hall.Now()))
	b := h.browser()
	ask := map[string]string{"op": uuid.NewString(), "exam": examCode, "number": p.number, "papers": "e-KTP"}
	b.enters("veri")
	if status, html := b.form("/kode-hasil", ask); status != 422 || strings.Contains(html, "Peserta "+p.number) {
		t.Errorf("a verifier of another site: %d", status)
	}
	b.enters("vera")
	if status, _ := b.form("/kode-hasil", map[string]string{"op": uuid.NewString(), "exam": examCode, "number": p.number}); status != 422 {
		t.Errorf("without papers: %d", status)
	}
	status, html = b.form("/kode-hasil", ask)
	if _, again := b.form("/kode-hasil", ask); status != 200 || again != html {
		t.Errorf("%d, and sent again it is another", status)
	}
	h.followed()
	fresh := h.desk.ResultsCode(examCode, p.number, h.folds.Issue(examCode, p.number))
	if fresh == code || !strings.Contains(html, fresh) || h.folds.Issue(examCode, p.number) != 1 {
		t.Errorf("the page does not show the new code %s", fresh)
	}
	var issued engine.Event
	for _, e := range h.stream(engine.ExamStream + examCode) {
		if e.Kind == engine.ResultsCodeIssued {
			issued = e
		}
	}
	if issued.By != "vera" || issued.Number != p.number || issued.Text == "" {
		t.Errorf("%+v", issued)
	}
	if status, _ := h.own(p.number, birth, code); status != 403 {
		t.Errorf("the old code still opens: %d", status)
	}
}

// from is a form that comes from an address, behind the proxy of the test.
func (b *browser) from(address, number, birth, code string) (status int) {
	b.h.Helper()
	req, err := http.NewRequestWithContext(b.h.Context(), http.MethodPost, b.h.http.URL+"/hasil-saya",
		strings.NewReader(url.Values{"number": {number}, "birth": {birth}, "code": {code}}.Encode()))
	b.h.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Forwarded-For", address)
	status, _ = b.answer(req)
	return status
}

// Whoever gets a code wrong is told so, and then to wait; the candidate is let in meanwhile, from
// wherever they come, and is let in as often as they come. Who has the code and looks for the birth
// date to it is kept waiting by the number, whatever addresses they come from.
func TestNobodyIsKeptFromTheOwnResultByWhatOthersTry(t *testing.T) {
	t.Parallel()
	h := build(t, built{proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	p := h.answered(5)
	h.over()
	code := h.desk.ResultsCode(examCode, p.number, 0)
	const stranger, home = "203.0.113.9", "198.51.100.7"
	for i := range ownWrongFrom.Burst + 1 {
		want := http.StatusForbidden
		if i == ownWrongFrom.Burst {
			want = http.StatusTooManyRequests
		}
		if status := h.browser().from(stranger, p.number, ownBirth, "AAAAA-AAAAA"); status != want {
			t.Errorf("wrong code %d of a stranger: %d, want %d", i+1, status, want)
		}
	}
	for _, address := range []string{home, stranger} { // many people have one address
		if status := h.browser().from(address, p.number, ownBirth, code); status >= 400 {
			t.Errorf("the candidate, from %s: %d", address, status)
		}
	}
	for i := range ownByCode.Burst - 2 {
		if status := h.browser().from(fmt.Sprint("192.0.2.", i), p.number, "1970-01-01", code); status != http.StatusForbidden {
			t.Errorf("wrong birth date %d: %d", i+1, status)
		}
	}
	for _, birth := range []string{"1970-01-01", ownBirth} {
		if status := h.browser().from("192.0.2.99", p.number, birth, code); status != http.StatusTooManyRequests {
			t.Errorf("who has the code goes on guessing at the birth date: %d", status)
		}
	}
}

// At a computer that many use, a result that was closed stays closed: its page was no answer to the
// code, so going back to it or loading it again sends none, and none stands in it.
func TestAResultThatWasClosedDoesNotComeBack(t *testing.T) {
	t.Parallel()
	h := build(t, built{logged: true, policy: func(p *engine.Policy) { takesObjections(p); p.ShowScores = true }})
	p := h.answered(5)
	h.over()
	h.grows()
	code := h.desk.ResultsCode(examCode, p.number, 0)
	b := h.browser()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.http.URL+"/hasil-saya",
		strings.NewReader(url.Values{"number": {p.number}, "birth": {ownBirth}, "code": {code}}.Encode()))
	h.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := b.client.Do(req)
	h.must(err)
	h.must(res.Body.Close())
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/hasil-saya" {
		t.Errorf("%d, to %s", res.StatusCode, res.Header.Get("Location"))
	}
	status, html := b.opens("/hasil-saya")
	if status != http.StatusOK || !strings.Contains(html, "Peserta "+p.number) || !strings.Contains(html, `action="/hasil-saya/tanda-terima"`) {
		t.Fatalf("%d %s", status, html)
	}
	for what, part := range map[string]string{"code": code, "birth date": ownBirth} {
		if strings.Contains(html, part) {
			t.Errorf("the %s stands in the page", what)
		}
	}
	if status, file := b.form("/hasil-saya/tanda-terima", nil); status != http.StatusOK || !strings.Contains(file, `"leaf"`) {
		t.Errorf("the receipt: %d %s", status, file)
	}
	if status, html := b.sends("/hasil-saya/tutup", nil); status != http.StatusOK || strings.Contains(html, p.number) {
		t.Errorf("closed: %d %s", status, html)
	}
	if status, html := b.opens("/hasil-saya"); status != http.StatusOK || strings.Contains(html, "Peserta") || b.cookie("own") != "" {
		t.Errorf("loaded again it is back: %d %s", status, html)
	}
}

// publishedRow is what the list that was released last says of a number.
func (h *house) publishedRow(number string) ListRow {
	h.Helper()
	state, err := h.office.Results(h.Context(), examCode)
	h.must(err)
	l, err := h.server.results.published(h.Context(), state.Released.Text)
	h.must(err)
	row, _ := numbered(l.Rows, strings.ReplaceAll(number, "-", ""))
	if row == nil {
		h.Fatalf("%s is not on the list", number)
	}
	return *row
}

// finishes hands in, and returns the code with which the candidate comes back.
func (p *page) finishes() (code string) {
	p.h.Helper()
	p.say(body{"t": "finish", "op": uuid.NewString()})
	code = p.later("result").text("results_code")
	p.h.followed()
	return code
}

// While it is not decided who sat there, a result is nobody's: neither the own page nor a list
// that is released meanwhile tells a score of it, or what the score comes to.
func TestAResultThatIsHeldIsToldNobody(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.answered(5)
	h.act(proctor.Request{Action: engine.ActDoubt, Numbers: []string{p.number}, Reason: "identity"})
	code := p.finishes()
	held := func(when string) {
		t.Helper()
		status, html := h.own(p.number, ownBirth, code)
		if status != http.StatusOK || !strings.Contains(html, "ditahan sampai identitas diputuskan") {
			t.Errorf("%s: the own page does not say that the result is held: %d %s", when, status, html)
		}
		for _, never := range []string{"memenuhi", " / 150", "Peringkat"} {
			if strings.Contains(html, never) {
				t.Errorf("%s: the own page of a result that is held has %q", when, never)
			}
		}
	}
	held("before a list")
	h.releases()
	if row := h.publishedRow(p.number); row.Scores != nil || row.Total != nil || row.Rank != 0 || row.Status != "" {
		t.Errorf("the list says of a result that is held: %+v", row)
	}
	if _, html := h.browser().page("/hasil/" + examCode + "?cari=" + p.number); !strings.Contains(html, "<dd>–: belum ada</dd>") {
		t.Errorf("the public page of the list says %s", html)
	}
	held("after a list")
	h.officer("citra", proctor.Verifier).action(http.StatusOK, body{"action": "decide_doubt", "numbers": []string{p.number}, "decision": "cleared"})
	h.followed()
	if _, html := h.own(p.number, ownBirth, code); !strings.Contains(html, " / 150") {
		t.Errorf("the identity was cleared: %s", html)
	}
}

// Once a result is no longer what the released list was made of, its candidate hears what is
// true of it now; everybody else hears the list explained as before, at every node.
func TestTheOwnPageExplainsAListOnlyToWhomItIsStillTrue(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	pages := h.allWorking(number(1, 1), number(1, 2))
	p, other := pages[0], pages[1]
	p.answered(1, "a")
	codes := map[string]string{p.number: p.finishes(), other.number: other.finishes()}
	h.over()
	h.releases()
	explained := func(when, number string, want bool) (html string) {
		t.Helper()
		status, html := h.own(number, ownBirth, codes[number])
		if got := strings.Contains(html, "Status: TL</li>"); status != http.StatusOK || got != want {
			t.Errorf("%s, of %s: %d, the list is explained: %v\n%s", when, number, status, got, html)
		}
		return html
	}
	explained("released", p.number, true)
	h.must(h.live(p.number).Ask(engine.Command{Act: engine.ActDisqualify, By: "ratna", Two: "bagus", At: h.hall.Now(), Why: "phone"}, nil).Err)
	h.followed()
	for _, node := range []string{"this node", "a node that begins now"} {
		if html := explained(node, p.number, false); !strings.Contains(html, "DIS: didiskualifikasi") {
			t.Errorf("%s does not say that %s was disqualified", node, p.number)
		}
		explained(node, other.number, true)
		h.server.results.deciding.Lock()
		clear(h.server.results.listings)
		h.server.results.deciding.Unlock()
	}
}

// A list that is fixed while somebody writes has no word about them, and releases nothing of
// theirs: what they finish with afterwards waits for the next list, and so do their letters.
func TestWhatIsFinishedAfterAListWaitsForTheNext(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.ShowScores, p.OwnAnswers = false, true }})
	pages := h.allWorking(number(1, 1), number(1, 2))
	early, late := pages[0], pages[1]
	early.answered(1, "a")
	late.answered(1, "a")
	codes := map[string]string{early.number: early.finishes()}
	ketua, wakil := h.committee()
	h.releasesBy(ketua, wakil)
	if row := h.publishedRow(late.number); row.Scores != nil || row.Total != nil || row.Rank != 0 || row.Status != "" {
		t.Errorf("the list says of somebody who still writes: %+v", row)
	}
	codes[late.number] = late.finishes()
	told := func(when, number string, want bool) {
		t.Helper()
		b := h.browser()
		status, html := b.sends("/hasil-saya", map[string]string{"number": number, "birth": ownBirth, "code": codes[number]})
		if status != http.StatusOK {
			t.Fatalf("%s, of %s: %d %s", when, number, status, html)
		}
		for what, part := range map[string]string{"scores": " / 150", "the list as the final word": "Final", "letters": "answers.json"} {
			if got := strings.Contains(html, part); got != want {
				t.Errorf("%s, the own page of %s has %s: %v\n%s", when, number, what, got, html)
			}
		}
		if opened, err := h.server.released(h.Context(), examCode, h.live(number).ID); err != nil || opened != want {
			t.Errorf("%s, the receipt of %s opens the scores: %v, %v", when, number, opened, err)
		}
	}
	told("released", early.number, true)
	told("finished after the release", late.number, false)
	ask := body{"op": uuid.NewString(), "reason": "semua selesai", "second": body{"user": "wakil", "password": password}}
	if status, got := ketua.post(resultsPath+"/unfreeze", ask); status != http.StatusOK {
		t.Fatalf("%d %v", status, got)
	}
	told("while the list is made anew", late.number, false)
	h.releasesBy(ketua, wakil)
	if row := h.publishedRow(late.number); row.Total == nil || row.Status != "TL" {
		t.Errorf("the next list says %+v", row)
	}
	told("released again", late.number, true)
}
