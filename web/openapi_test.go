package web

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// promised is the document as an independent reader takes it.
func promised(t *testing.T) (*openapi3.T, routers.Router) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(openAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return doc, router
}

// forPrograms are the routes that other programs may count on: none is added, changed or
// taken away without the document.
var forPrograms = regexp.MustCompile(`^\w+ /api/v1/(personnel|criteria|webhooks|openapi\.json)(/|$)`)

func TestTheDocumentAndTheRouterAreOne(t *testing.T) {
	t.Parallel()
	doc, _ := promised(t)
	h := build(t, built{})
	var there, told []string
	for _, r := range h.server.routes().table {
		there = append(there, r.Pattern)
	}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			told = append(told, method+" "+path)
		}
	}
	for _, one := range told {
		if !slices.Contains(there, one) {
			t.Errorf("openapi.json tells of %s, and there is none", one)
		}
	}
	for _, one := range there {
		if forPrograms.MatchString(one) && !slices.Contains(told, one) {
			t.Errorf("%s is for programs, and is not in openapi.json", one)
		}
	}
	hooks := slices.Sorted(slices.Values(append(slices.Clone(proctor.HookTypes), proctor.HookTest)))
	if told := slices.Sorted(maps.Keys(doc.Webhooks)); !slices.Equal(told, hooks) {
		t.Errorf("openapi.json tells of the webhooks %v, there are %v", told, hooks)
	}
	_, html := h.browser().page("/api")
	for _, one := range told {
		if !strings.Contains(html, one) {
			t.Errorf("the page lacks %s", one)
		}
	}
}

// program is another program with a token.
type program struct {
	h      *house
	router routers.Router
	token  string
}

func (h *house) program(router routers.Router, role proctor.Role, scopes ...string) *program {
	h.Helper()
	admin := proctor.Signers{By: proctor.SetupAccount()}
	token, err := h.staff.AddToken(h.Context(), admin, "simpeg-"+uuid.NewString()[:8], proctor.Grant{Role: role, Exam: examCode}, 24*time.Hour, h.hall.Now(), scopes...)
	h.must(err)
	return &program{h, router, token}
}

// asks calls a route, and holds the answer against what the document promises.
func (p *program) asks(method, path string, send any) (int, body) {
	p.h.Helper()
	var content io.Reader
	if send != nil {
		content = encode(p.h.T, send)
	}
	req, err := http.NewRequestWithContext(p.h.Context(), method, p.h.http.URL+path, content)
	p.h.must(err)
	if send != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	answer, err := http.DefaultClient.Do(req)
	p.h.must(err)
	defer answer.Body.Close() //nolint:errcheck // read to its end
	text, err := io.ReadAll(answer.Body)
	p.h.must(err)
	asked, err := http.NewRequestWithContext(p.h.Context(), method, path, nil)
	p.h.must(err)
	route, params, err := p.router.FindRoute(asked)
	if err != nil {
		p.h.Fatalf("%s %s: %v", method, path, err)
	}
	err = openapi3filter.ValidateResponse(p.h.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: asked, PathParams: params, Route: route},
		Status:                 answer.StatusCode, Header: answer.Header, Body: io.NopCloser(bytes.NewReader(text)), Options: &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		p.h.Errorf("%s %s answers other than the document promises: %v", method, path, err)
	}
	var got body
	p.h.must(json.Unmarshal(text, &got))
	return answer.StatusCode, got
}

func TestAPersonnelSystemReadsAndImportsWithAToken(t *testing.T) {
	t.Parallel()
	_, router := promised(t)
	h := build(t, built{})
	p := h.program(router, proctor.Personnel)
	of := "/api/v1/personnel/" + examCode
	if status, got := p.asks("GET", "/api/v1/personnel/exams", nil); status != 200 || got.int("total") != 1 {
		t.Errorf("%d %v", status, got)
	}
	if status, got := p.asks("GET", of+"/sittings?limit=2", nil); status != 200 || got.int("total") != 3 || got.int("next") != 2 || len(got.list("items")) != 2 {
		t.Errorf("%d %v", status, got)
	}
	numbers := map[string]bool{}
	for offset := "0"; offset != ""; {
		status, got := p.asks("GET", of+"/roster?limit=7&offset="+offset, nil)
		if status != 200 {
			t.Fatal(status, got)
		}
		for _, one := range got.list("items") {
			numbers[body(one.(map[string]any)).text("number")] = true
		}
		offset = ""
		if n := got.int("next"); n > 0 {
			text, err := json.Marshal(n)
			h.must(err)
			offset = string(text)
		}
	}
	if len(numbers) != 3*seats {
		t.Errorf("%d numbers over all pages", len(numbers))
	}
	// A dry run says what would change; the import does it, once for its operation.
	file := `[{"number":"26-1-1","name":"Nama Baru","birth_date":"2000-01-01","formation":"arsiparis","site":"barat","sitting":"s1"},{"number":"26-9-9","name":"Orang Baru","birth_date":"2000-02-02","formation":"arsiparis","site":"barat","sitting":"s1"}]`
	status, got := p.asks("POST", of+"/roster", body{"file": file, "dry_run": true})
	if changed := got.list("changed"); status != 200 || got.list("new")[0] != "26-9-9" || len(changed) != 1 || !strings.Contains(changed[0].(string), "name: Peserta 26-1-1 → Nama Baru") {
		t.Errorf("%d %v", status, got)
	}
	loaded := func() int { return count(h.stream(engine.ExamStream+examCode), engine.RosterLoaded) }
	before := loaded()
	op := uuid.NewString()
	status, first := p.asks("POST", of+"/roster", body{"op": op, "file": file})
	again := func(when string) {
		t.Helper()
		if status, got := p.asks("POST", of+"/roster", body{"op": strings.ToUpper(op), "file": file}); status != 200 || !reflect.DeepEqual(got, first) {
			t.Errorf("sent again %s: %d %v, was %v", when, status, got, first)
		}
	}
	if status != 200 || len(first.list("changed")) != 1 {
		t.Fatalf("%d %v", status, first)
	}
	again("at once")
	if n := loaded() - before; n != 1 {
		t.Errorf("one operation was imported %d times", n)
	}
	if status, got = p.asks("POST", of+"/roster", body{"op": uuid.NewString(), "file": strings.Replace(file, "Nama Baru", "Nama Lain", 1)}); status != 200 {
		t.Errorf("%d %v", status, got)
	}
	again("after another import")
	status, got = p.asks("POST", of+"/roster", body{"op": uuid.NewString(), "file": strings.Replace(file, "2000-02-02", "kemarin", 1)})
	if faults := got.list("faults"); status != 422 || len(faults) != 1 || body(faults[0].(map[string]any)).int("row") != 2 || body(faults[0].(map[string]any)).text("remedy") == "" {
		t.Errorf("%d %v", status, got)
	}
	// What it may not, and what there is not, is told in the same shape.
	for path, want := range map[string]int{of + "/results": 403, "/api/v1/personnel/lain/sittings": 403, of + "/sittings?limit=x": 400} {
		if status, got := p.asks("GET", path, nil); status != want || got.text("code") == "" || got.text("text") == "" {
			t.Errorf("%s: %d %v", path, status, got)
		}
	}
	if status, _ := (&program{h, router, "terang_falsch"}).asks("GET", of+"/roster", nil); status != 401 {
		t.Errorf("a wrong token: %d", status)
	}
	narrow := h.program(router, proctor.Personnel, proctor.ActSittings)
	if status, _ := narrow.asks("GET", of+"/roster", nil); status != 403 {
		t.Errorf("a token for sittings reads the roster: %d", status)
	}
	if status, _ := narrow.asks("GET", of+"/sittings", nil); status != 200 {
		t.Errorf("%d", status)
	}
	if _, err := h.staff.AddToken(h.Context(), proctor.Signers{By: proctor.SetupAccount()}, "zuviel", proctor.Grant{Role: proctor.Personnel}, time.Hour, h.hall.Now(), proctor.ActResultRead); err == nil {
		t.Error("a scope reaches further than its role")
	}
	reader := h.program(router, proctor.Auditor)
	if status, got := reader.asks("GET", of+"/results?limit=3", nil); status != 200 || got.text("phase") != "provisional" || got.int("total") != 3*seats {
		t.Errorf("%d %v", status, got)
	}
	// A frozen roster is two people's.
	h.must(h.office.FreezeRoster(h.Context(), proctor.SetupAccount(), examCode))
	again("after the freeze")
	stands := proctor.NewPeople(h.db)
	h.must(stands.Load(h.Context(), examCode))
	if got := stands.Find("26-1-1", examCode)[0].Name; got != "Nama Lain" {
		t.Errorf("what was sent again was imported over a later one: %s", got)
	}
	if status, got := p.asks("POST", of+"/roster", body{"op": uuid.NewString(), "file": file, "reason": "x"}); status != 403 || got.text("code") != "second_person" {
		t.Errorf("%d %v", status, got)
	}
	if status, got := p.asks("POST", of+"/roster", body{"file": file, "dry_run": true}); status != 200 {
		t.Errorf("a dry run changes nothing, and is refused: %d %v", status, got)
	}
}

func TestPublicAnswersAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	_, router := promised(t)
	h := build(t, built{})
	one, two := h.committee()
	h.publishes(one, two, "formations", formationsV1, "SK 12")
	h.publishes(one, two, "formations", strings.Replace(formationsV1, ",4\n", ",5\n", 1), "SK 13")
	anyone := &program{h: h, router: router}
	for _, path := range []string{"/api/v1/criteria", "/api/v1/criteria/" + examCode, "/api/v1/criteria/" + examCode + "/formations?q=arsip&limit=1", "/api/v1/results", "/api/v1/boards", "/api/v1/boards/" + examCode, "/api/v1/openapi.json"} {
		if status, got := anyone.asks("GET", path, nil); status != 200 {
			t.Errorf("%s: %d %v", path, status, got)
		}
	}
	for _, path := range []string{"/api/v1/criteria/lain", "/api/v1/criteria/" + examCode + "/calendar", "/api/v1/results/" + examCode} {
		if status, got := anyone.asks("GET", path, nil); status != 404 || got.text("code") != "not_found" {
			t.Errorf("%s: %d %v", path, status, got)
		}
	}
}
