package web

import (
	"bufio"
	"net/http"
	"strings"
	"testing"

	"terang/engine"
	"terang/proctor"
)

// gladi is a house whose exam is a rehearsal.
func gladi(t *testing.T) *house {
	return build(t, built{more: func(d *engine.Definition) { d.Rehearsal = true }, policy: func(p *engine.Policy) { p.Live = engine.LiveInstant }})
}

var boardsOfTest = []string{examCode, examCode + ".site.barat", examCode + ".sitting.s1", examCode + ".formation.arsiparis"}

func TestTheBoardsOfARehearsalDoNotExistForThePublic(t *testing.T) {
	t.Parallel()
	h := gladi(t)
	p := h.working(number(1, 1))
	public := h.browser()
	if status, got := public.get("/api/v1/boards"); status != 200 || len(got.list("boards")) != 0 {
		t.Errorf("the list: %d %v", status, got)
	}
	for _, reader := range []*browser{public, p.browser} {
		for _, id := range boardsOfTest {
			for _, path := range []string{"/api/v1/boards/" + id, "/api/v1/boards/" + id + "?q=26-1-1"} {
				if status, got := reader.get(path); status != 404 || got.text("code") != "not_found" || got["rows"] != nil {
					t.Errorf("%s: %d %v", path, status, got)
				}
			}
			res, err := reader.client.Get(h.http.URL + "/api/v1/boards/" + id + "/events")
			h.must(err)
			_ = res.Body.Close() // not read: a stream that opened by mistake has no end
			if res.StatusCode != 404 {
				t.Errorf("the events of %s: %s", id, res.Status)
			}
			if res, page := get(t, h.http.URL+"/papan/"+id); res.StatusCode != 404 || strings.Contains(page, "Peserta 26") {
				t.Errorf("the page of %s: %d", id, res.StatusCode)
			}
		}
	}
	if _, page := get(t, h.http.URL+"/papan"); strings.Contains(page, "SKD Uji") {
		t.Error("the page lists the rehearsal")
	}
}

func TestStaffSeeTheBoardsOfARehearsalOfTheirScopeMarked(t *testing.T) {
	t.Parallel()
	h := gladi(t)
	sup := h.officer("ratna", proctor.Supervisor)
	status, got, res := sup.call(http.MethodGet, "/api/v1/boards", nil)
	if status != 200 || len(got.list("boards")) == 0 || res.Header.Get("Cache-Control") != private {
		t.Fatalf("the list: %d %v %v", status, res.Header, got)
	}
	for _, raw := range got.list("boards") {
		if b := body(raw.(map[string]any)); b["rehearsal"] != true {
			t.Errorf("%s is not marked", b.text("id"))
		}
	}
	for _, id := range boardsOfTest {
		status, got, res := sup.call(http.MethodGet, "/api/v1/boards/"+id, nil)
		if status != 200 || got["rehearsal"] != true || res.Header.Get("Cache-Control") != private {
			t.Errorf("%s: %d %v rehearsal %v", id, status, res.Header, got["rehearsal"])
		}
		_, page := get(t, h.http.URL+"/papan/"+id, "Cookie", "staff="+sup.cookie("staff"))
		if !strings.Contains(page, " data-gladi") || !strings.Contains(page, "<title>GLADI - ") || !strings.Contains(page, `<b>GLADI</b>`) {
			t.Errorf("the page of %s is not marked", id)
		}
	}
	// The first event is the whole, and says what it is.
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.http.URL+"/api/v1/boards/"+examCode+"/events", nil)
	h.must(err)
	res, err = sup.client.Do(req)
	h.must(err)
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			if !strings.Contains(data, `"rehearsal":true`) {
				t.Errorf("the first event is not marked: %.120s", data)
			}
			break
		}
	}

	h.must(h.staff.Add(t.Context(), "setup", proctor.Account{User: "jauh", Grants: []proctor.Grant{{Role: proctor.Supervisor, Site: "timur"}}}, password, h.hall.Now()))
	far := h.browser()
	if status, _ := far.post("/api/v1/staff/signin", body{"user": "jauh", "password": password}); status != 200 {
		t.Fatal(status)
	}
	for id, want := range map[string]int{examCode: 404, examCode + ".site.barat": 404, examCode + ".sitting.s1": 404, examCode + ".site.timur": 200, examCode + ".sitting.s3": 200} {
		if status, _ := far.get("/api/v1/boards/" + id); status != want {
			t.Errorf("%s for another site's supervisor: %d, want %d", id, status, want)
		}
	}
}

func TestEveryFrameThatNamesARehearsalSaysSo(t *testing.T) {
	t.Parallel()
	h := gladi(t)
	sup := h.officer("ratna", proctor.Supervisor)
	p := h.person(number(1, 1))
	if status, got := p.signin(); status != 200 || got.in("exam")["rehearsal"] != true {
		t.Errorf("sign-in: %d %v", status, got.in("exam"))
	}
	if status, got := p.post("/api/v1/exam/confirm", body{"device": p.device}); status != 200 || got.in("exam")["rehearsal"] != true {
		t.Errorf("confirm: %d %v", status, got.in("exam"))
	}
	if w := p.hello(); w.in("exam")["rehearsal"] != true {
		t.Errorf("welcome in the waiting room: %v", w.in("exam"))
	}
	h.start(room1, 0)
	if w := p.next("welcome"); w.in("exam")["rehearsal"] != true {
		t.Errorf("welcome at the start: %v", w.in("exam"))
	}
	if _, got := sup.get("/api/v1/sittings/" + room1); got["rehearsal"] != true {
		t.Error("the station's state is not marked")
	}
	_, got := sup.get("/api/v1/sittings")
	for _, raw := range got.list("sittings") {
		if s := body(raw.(map[string]any)); s["rehearsal"] != true {
			t.Errorf("%s is not marked", s.text("id"))
		}
	}
	for path, cookie := range map[string]string{"/ujian": "", "/meja/" + room1: "staff=" + sup.cookie("staff")} {
		if _, page := get(t, h.http.URL+path, "Cookie", cookie); !strings.Contains(page, " data-gladi") || !strings.Contains(page, `<b>GLADI</b>`) {
			t.Errorf("%s is not marked", path)
		}
	}
	if _, page := get(t, h.http.URL+"/meja", "Cookie", "staff="+sup.cookie("staff")); strings.Count(page, ">GLADI<") != 3 {
		t.Error("the list of sittings is not marked")
	}
}

// What a real exam says of itself has not changed: the mark is absent, nowhere false.
func TestARealExamIsNotMarked(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	sup := h.officer("ratna", proctor.Supervisor)
	p := h.person(number(1, 1))
	if _, got := p.signin(); got.in("exam")["rehearsal"] != nil {
		t.Errorf("sign-in: %v", got.in("exam"))
	}
	if _, got := h.browser().get("/api/v1/boards/" + examCode); got["id"] != examCode || got["rehearsal"] != nil {
		t.Errorf("board: %v", got["rehearsal"])
	}
	if _, got := sup.get("/api/v1/sittings/" + room1); got["rehearsal"] != nil {
		t.Error("station")
	}
	for path, cookie := range map[string]string{"/ujian": "", "/papan/" + examCode: "", "/meja/" + room1: "staff=" + sup.cookie("staff")} {
		if _, page := get(t, h.http.URL+path, "Cookie", cookie); strings.Contains(page, "<html") && strings.Contains(page, " data-gladi>") {
			t.Errorf("%s is marked", path)
		}
	}
}

// A node that runs hears of the removal by the tail, as of everything that others write.
func TestANodeLetsARemovedRehearsalGo(t *testing.T) {
	t.Parallel()
	h := gladi(t)
	sup := h.officer("ratna", proctor.Supervisor)
	p := h.working(number(1, 1))
	p.answered(1, "a")
	r := engine.Removal{Streams: []string{engine.ExamStream + examCode}}
	for _, s := range h.def.Sittings {
		r.Streams = append(r.Streams, engine.SittingStream+examCode+"."+s.Code)
	}
	for _, q := range h.people.All(examCode) {
		r.Streams = append(r.Streams, engine.AttemptStream+q.Attempt)
		r.Entries = append(r.Entries, engine.Entry{Kind: proctor.KindPerson, ID: examCode + "/" + q.Attempt})
	}
	r.Record = engine.Run{Stream: engine.RemovalStream, Records: engine.Link(engine.RemovalStream, 0, engine.FirstHash(engine.RemovalStream), []engine.Event{
		{Kind: engine.ExamRemoved, At: h.hall.Now(), By: "kepala", Act: examCode},
	})}
	if out, err := h.db.Remove(t.Context(), r); err != nil || out.Conflict {
		t.Fatalf("%+v, %v", out, err)
	}
	p.ends("signed_out", 4007)
	p.open().ends("signed_out", 4007)
	if status, got := p.signin(); status != 401 || got.text("code") != "wrong_pin" {
		t.Errorf("sign-in: %d %v", status, got)
	}
	for path, want := range map[string]int{
		"/api/v1/boards/" + examCode: 404, "/api/v1/sittings/" + room1: 404, "/api/v1/sittings/" + room1 + "/readiness": 404,
	} {
		if status, got := sup.get(path); status != want {
			t.Errorf("%s: %d %v", path, status, got)
		}
	}
	if _, got := sup.get("/api/v1/sittings"); len(got.list("sittings")) != 0 {
		t.Errorf("the desk still has %v", got)
	}
	if h.hall.Attempt(r.Entries[0].ID[len(examCode)+1:]) != nil {
		t.Error("the hall still holds an attempt")
	}
}
