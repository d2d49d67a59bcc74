package web

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"

	"terang/proctor"
	"terang/questionbank"
)

// drafted is a sound item as the editor sends it.
func drafted() body {
	option := func(value int, text string) body { return body{"value": value, "text": text, "figure": nil} }
	return body{
		"section": "TWK", "topic": "nasionalisme", "band": "easy", "options_rule": "free", "enemies": "", "lang": "id", "author": "",
		"why": "mufakat", "stem": "Nilai dalam <b>musyawarah</b> adalah …", "figure": nil, "options": []body{option(5, "kerakyatan"), option(0, "ketuhanan")},
	}
}

// The routes of the bank, each tried by each role: who may not is told so, and nothing is
// shown to who is not signed in.
func TestWhoMayDoWhatInTheBank(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	writer, reviewer := h.officer("wulan", proctor.Writer), h.officer("rudi", proctor.Reviewer)
	auditor := h.officer("audi", proctor.Auditor)
	supervisor, nobody := h.officer("ratna", proctor.Supervisor), h.browser()
	const item = "/api/v1/bank/items/TWK-UJI-001"
	status := func(b *browser, method, path string, send any) int {
		code, _, _ := b.call(method, path, send)
		return code
	}
	version := body{"op": "1", "base": 0, "question": drafted()}
	for _, who := range []struct {
		b    *browser
		want int
	}{{nobody, 401}, {supervisor, 403}, {reviewer, 403}, {writer, 200}} {
		if got := status(who.b, "POST", item+"/versions", version); got != who.want {
			t.Fatalf("an item was stored with status %d, want %d", got, who.want)
		}
	}
	for path, want := range map[string][3]int{ // reviewer, supervisor, nobody
		"/api/v1/bank/items": {200, 403, 401}, item: {200, 403, 401}, item + "/diff": {404, 403, 401},
		"/bank": {200, 404, 303}, "/bank/soal/TWK-UJI-001": {200, 404, 303}, "/bank/tulis": {404, 404, 303}, "/bank/impor": {404, 404, 303},
	} {
		got := [3]int{status(reviewer, "GET", path, nil), status(supervisor, "GET", path, nil), status(nobody, "GET", path, nil)}
		if got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
	for _, path := range []string{"/api/v1/bank/preview", "/api/v1/bank/import"} {
		for b, want := range map[*browser]int{nobody: 401, supervisor: 403, reviewer: 403} {
			if got := status(b, "POST", path, body{}); got != want {
				t.Errorf("%s: %d, want %d", path, got, want)
			}
		}
	}
	act := func(b *browser, action, words string) (int, body) {
		return b.post(item+"/actions", body{"op": action + words, "action": action, "version": 1, "words": words})
	}
	for _, step := range []struct {
		b             *browser
		action, words string
		want          int
		code          string
	}{
		{nobody, "submit", "", 401, "sign_in"}, {reviewer, "submit", "", 403, "forbidden"}, {writer, "submit", "", 200, ""},
		{writer, "approve", "", 403, "forbidden"}, {reviewer, "retire", "x", 403, "forbidden"}, {reviewer, "revise", "", 400, "bad_frame"},
		{reviewer, "return", " ", 422, "needs_words"}, {supervisor, "approve", "", 403, "not_allowed"}, {auditor, "comment", "x", 403, "not_allowed"}, {reviewer, "approve", "", 200, ""},
		{reviewer, "approve", "again", 409, "wrong_state"},
	} {
		if got, said := act(step.b, step.action, step.words); got != step.want || said.text("code") != step.code {
			t.Errorf("%s: %d %v, want %d %s", step.action, got, said, step.want, step.code)
		}
	}
	read := map[string]int{}
	for _, user := range []string{"wulan", "rudi", "ratna", "audi"} {
		for _, e := range h.views(user) {
			if e.Item == "TWK-UJI-001" && e.Act == proctor.ReadItem {
				read[user]++
			}
		}
	}
	if read["rudi"] != 1 || read["ratna"]+read["audi"] != 0 {
		t.Errorf("readings %v: the reviewer has read the item, the supervisor and the auditor were never shown it", read)
	}
	if _, got := writer.get(item); got.text("stage") != "approved" || got.int("standing") != 1 || !slices.Equal(got.list("may"), []any{"revise", "comment", "retire"}) {
		t.Errorf("after it all: %v", got)
	}
}

// One person with both roles still needs another: what decides is who wrote it.
func TestWhoWroteAnItemDoesNotApproveItInAnotherRole(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	h.must(h.staff.Add(h.Context(), "setup", proctor.Account{
		User: "kepala", Name: "Kepala", Grants: []proctor.Grant{{Role: proctor.Writer}, {Role: proctor.Reviewer}},
	}, password, h.hall.Now()))
	both := h.browser()
	both.post("/api/v1/staff/signin", body{"user": "kepala", "password": password})
	const item = "/api/v1/bank/items/TWK-UJI-001"
	both.post(item+"/versions", body{"op": "1", "base": 0, "question": drafted()})
	both.post(item+"/actions", body{"op": "2", "action": "submit", "version": 1})
	if status, got := both.post(item+"/actions", body{"op": "3", "action": "approve", "version": 1}); status != 403 || got.text("code") != "own_item" {
		t.Fatalf("%d %v", status, got)
	}
}

// The preview is, byte for byte, what a candidate's form has of the item.
func TestThePreviewIsWhatACandidateGets(t *testing.T) {
	t.Parallel()
	plan, err := samplePlan()
	if err != nil {
		t.Fatal(err)
	}
	bank, err := sampleBank()
	if err != nil {
		t.Fatal(err)
	}
	form, err := plan.Assemble(make([]byte, questionbank.SeedBytes), "x/1", nil)
	if err != nil {
		t.Fatal(err)
	}
	var sent []json.RawMessage
	if err := json.Unmarshal(newItemCache(bank.Items()).appendForm(nil, form), &sent); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for q, place := range form.Places() {
		asWritten := slices.IsSorted(place.Order)
		if !asWritten {
			continue
		}
		question, _ := bank.Question(place.Item.ID)
		alone := bytes.Replace(previewed(question.Seen()), []byte(`{"q":1,`), []byte(`{"q":`+engineInt(q)+`,`), 1)
		if !bytes.Equal(alone, sent[q-1]) {
			t.Errorf("%s:\n%.300s\n%.300s", place.Item.ID, alone, sent[q-1])
		}
		seen++
	}
	if seen < 3 {
		t.Fatalf("only %d items of the form stand as written", seen)
	}
}

func engineInt(n int) string { b, _ := json.Marshal(n); return string(b) }

// Pages show what was analysed, and nothing where nothing was.
func TestStatisticsOfAnItem(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	writer := h.officer("wulan", proctor.Writer)
	const item = "/api/v1/bank/items/TWK-UJI-001"
	writer.post(item+"/versions", body{"op": "1", "base": 0, "question": drafted()})
	list := func(query string) string {
		res, err := writer.client.Get(h.http.URL + "/bank" + query)
		h.must(err)
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(res.Body)
		h.must(err)
		return string(text)
	}
	page := func() string { return list("") }
	if _, got := writer.get(item); len(got.list("statistics")) != 0 || strings.Contains(page(), "Daya beda") {
		t.Fatal("there are statistics of an item that nobody has sat")
	}
	report := func(exam, at, rest string) string {
		return `{"schema":"terang/itemstats/1","source":{"exam":"` + exam + `","at":"` + at + `"},"items":[{"id":"TWK-UJI-001","n":4212,"facility":0.58,"r_rest":` + rest +
			`,"options":[{"id":"a","points":5,"share":0.58,"mean_rest":112.4}],"flags":[{"code":"weak-discrimination","id":"Lemah.","en":"Weak."},{"code":"drift","id":"Bergeser.","en":"Drifted."},{"code":"unheard-of","id":"?","en":"?"}]}]}`
	}
	for _, r := range []string{report("skd-2024", "2024-11-22T03:00:00Z", "0.41"), report("skd-2025", "2025-11-22T03:00:00Z", "-0.03")} {
		_, err := h.server.shelf.KeepStatistics(h.Context(), []byte(r))
		h.must(err)
	}
	_, got := writer.get(item)
	if len(got.list("statistics")) != 2 {
		t.Fatalf("%v", got["statistics"])
	}
	second, _ := got.list("statistics")[1].(map[string]any)
	if s := body(second); s.text("exam") != "skd-2025" || s.text("facility") != "0,58" || s.text("r_rest") != "−0,03" || s.list("flags")[0] != "Lemah." {
		t.Errorf("%v", s)
	}
	if text := page(); !strings.Contains(text, "−0,03&nbsp;▽") || strings.Contains(text, "0,41") {
		t.Error("the list does not show the newest figure")
	}
	const row, flag = "/bank/soal/TWK-UJI-001", `<span class="tag tag-warn">bergeser</span>`
	for query, want := range map[string]bool{"": true, "?flag=any": true, "?flag=drift": true, "?flag=dif": false} {
		text := list(query)
		if strings.Contains(text, row) != want || strings.Contains(text, flag) != want {
			t.Errorf("/bank%s: shown %v, want %v, with its flags", query, !want, want)
		}
	}
	if _, err := h.server.shelf.KeepStatistics(h.Context(), []byte(`{"schema":"x"}`)); err == nil {
		t.Error("a report of another schema was kept")
	}
}

// Items leave the bank as a table; what a format cannot carry is said before, and each
// item that goes is recorded.
func TestItemsAreDownloadedAndEachIsRecorded(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	writer, committee, auditor := h.officer("penulis", proctor.Writer), h.officer("panitia", proctor.Committee), h.officer("audi", proctor.Auditor)
	file := "id,section,topic,band,question,a,b,c,d,e,key,author,reviewer\nTWK-UJI-1,TWK,bela-negara,easy,=1+1 Apa?,satu,dua,tiga,empat,lima,B,Penulis,Penelaah\n"
	if status, got := writer.post("/api/v1/bank/import", body{"files": []body{{"name": "soal.csv", "data": []byte(file)}}}); status != 200 || got["stored"] != true {
		t.Fatalf("%d %v", status, got)
	}
	if status, _ := writer.get("/api/v1/bank/export?format=csv"); status != 403 {
		t.Errorf("a writer takes the keys out: %d", status)
	}
	if status, page := committee.get("/bank/unduh?format=csv&version="); status != 200 || !strings.Contains(page.text("raw"), "1 soal akan diunduh") {
		t.Errorf("the page: %d", status)
	}
	seen := func() int {
		_, got := auditor.get("/api/v1/audit?act=item&user=panitia")
		return len(got.list("rows"))
	}
	if n := seen(); n != 0 {
		t.Errorf("%d readings before anything went", n)
	}
	status, got := committee.get("/api/v1/bank/export?format=csv")
	if raw := got.text("raw"); status != 200 || !strings.Contains(raw, "TWK-UJI-1,TWK,bela-negara,easy,html:<p>=1+1 Apa?</p>") || !strings.Contains(raw, ",B,,free,") {
		t.Errorf("%d %s", status, raw)
	}
	if n := seen(); n != 1 {
		t.Errorf("%d readings", n)
	}
	if status, got := committee.get("/api/v1/bank/export?format=aiken"); status != 400 {
		t.Errorf("a format that is only read: %d %v", status, got)
	}
	if status, got := writer.get("/api/v1/bank/template/csv"); status != 200 || !strings.HasPrefix(got.text("raw"), "id,bagian,topik") {
		t.Errorf("the template: %d", status)
	}
}
