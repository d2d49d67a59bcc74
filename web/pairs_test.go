package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// enters signs an account in at this browser, in the place of whoever was there.
func (b *browser) enters(user string) {
	b.h.Helper()
	if status, got := b.post("/api/v1/staff/signin", body{"user": user, "password": password}); status != 200 {
		b.h.Fatalf("sign-in of %s: %d %v", user, status, got)
	}
}

// page reads a page as a browser does.
func (b *browser) page(path string) (int, string) {
	b.h.Helper()
	status, got := b.get(path)
	return status, got.text("raw")
}

func (h *house) rosterFile() string {
	var file strings.Builder
	file.WriteString("number,name,birth_date,formation,site,sitting,accommodation,extra_minutes\n")
	for _, p := range roster() {
		extra := ""
		if p.ExtraMinutes > 0 {
			extra = "30"
		}
		file.WriteString(strings.Join([]string{p.Number, p.Name, p.BirthDate, p.Formation, p.Site, p.Sitting, p.Accommodation, extra}, ",") + "\n")
	}
	return file.String()
}

// Nothing that takes two is done by one person: not by approving it oneself, not as one's
// own second, not with a second account at the same desk. All of it is refused, and all
// of it stands in the journal.
func TestOnePersonIsNeverTwo(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) {
		p.TwoPerson = []string{engine.ActStart, engine.ActDisqualify, engine.ActReopen, engine.ActRoster}
	}})
	one := h.officer("ratna", proctor.Admin)
	h.must(h.staff.Add(h.Context(), "setup", proctor.Account{User: "ratna2", Name: "Ratna", Grants: proctor.Everywhere(proctor.Admin)}, password, h.hall.Now()))
	p := h.person(number(1, 1)).enter()
	sitting := func(b body) func(second body) (int, body) {
		return func(second body) (int, body) {
			b["op"] = uuid.NewString()
			delete(b, "second")
			if second != nil {
				b["second"] = second
			}
			return one.post("/api/v1/sittings/"+room1+"/actions", b)
		}
	}
	file := h.rosterFile()
	acts := []struct {
		act, stream string
		ask         func(second body) (int, body)
		done        engine.Kind // what the journal would hold
		of          string
	}{
		{"start", engine.SittingStream + room1, sitting(body{"action": "start"}), engine.SittingStarted, engine.SittingStream + room1},
		{"disqualify", engine.SittingStream + room1, sitting(body{"action": "disqualify", "numbers": []string{p.number}, "reason": "phone"}), engine.Disqualified, engine.AttemptStream + h.live(p.number).ID},
		{"reopen", engine.SittingStream + room1, sitting(body{"action": "reopen", "numbers": []string{p.number}, "reason": "mistake"}), engine.Reopened, engine.AttemptStream + h.live(p.number).ID},
		{"credit", engine.SittingStream + room1, sitting(body{"action": "credit", "numbers": []string{p.number}, "reason": "power", "ms": 3_600_000}), engine.TimeGiven, engine.AttemptStream + h.live(p.number).ID},
		{"roster", engine.ExamStream + examCode, func(second body) (int, body) {
			b := body{"op": uuid.NewString(), "file": file, "reason": "mistake"}
			if second != nil {
				b["second"] = second
			}
			return one.post("/api/v1/exams/"+examCode+"/roster", b)
		}, engine.RosterLoaded, engine.ExamStream + examCode},
	}
	for _, c := range acts {
		before := count(h.stream(c.of), c.done)
		denied := func() (whys string) {
			for _, e := range h.stream(c.stream) {
				if e.Kind == engine.Denied && e.Act == c.act {
					whys += e.Why + " "
				}
			}
			return whys
		}
		for _, second := range []body{{"user": "ratna", "password": password}, {"user": "ratna2", "password": "tebakan yang salah"}} {
			if status, got := c.ask(second); status != 403 || got.text("code") != "second_person" || got.text("text") == "" {
				t.Errorf("%s with %s as the second: %d %v", c.act, second["user"], status, got)
			}
		}
		status, got := c.ask(nil)
		id := got.text("proposal")
		if status != 202 || id == "" {
			t.Errorf("%s proposed: %d %v", c.act, status, got)
			continue
		}
		approve := func(b *browser) (int, body) {
			return b.post("/api/v1/proposals/"+id, body{"op": uuid.NewString(), "decision": "approve"})
		}
		if status, got := approve(one); status != 403 || got.text("code") != "second_person" {
			t.Errorf("%s approved by who proposed it: %d %v", c.act, status, got)
		}
		one.enters("ratna2") // the same browser, hence the same desk
		if status, got := approve(one); status != 403 || got.text("code") != "second_person" || got.text("field") != "desk" {
			t.Errorf("%s approved from the desk that proposed it: %d %v", c.act, status, got)
		}
		one.enters("ratna")
		if status, got := c.ask(body{"user": "ratna2", "password": password}); status != 403 || got.text("field") != "second_desk" {
			t.Errorf("%s signed by an account of the same desk: %d %v", c.act, status, got)
		}
		if whys := denied(); whys != "same_person wrong_password same_person same_desk same_desk " {
			t.Errorf("%s: the journal holds %s", c.act, whys)
		}
		if after := count(h.stream(c.of), c.done); after != before {
			t.Errorf("%s was done by one person", c.act)
		}
	}
	// Another person at another desk sees all of it, with what it would do, and approves.
	other := h.officer("bagus", proctor.Admin)
	status, list := other.get("/api/v1/proposals")
	if status != 200 || len(list.list("proposals")) != len(acts) {
		t.Fatalf("%d %v", status, list)
	}
	status, html := other.page("/persetujuan")
	if status != 200 || !strings.Contains(html, "Peserta "+p.number) || strings.Count(html, "data-id=") != len(acts) {
		t.Errorf("the page of approvals: %d %s", status, html)
	}
	for _, raw := range list.list("proposals") {
		w := body(raw.(map[string]any))
		if w.text("action") != "start" {
			continue
		}
		if status, got := other.post("/api/v1/proposals/"+w.text("id"), body{"op": uuid.NewString(), "decision": "approve"}); status != 200 {
			t.Errorf("%d %v", status, got)
		}
	}
	if s := h.hall.Sitting(room1).State().Phase; s != engine.InProgress {
		t.Errorf("two people started the sitting: %s", s)
	}
	if status, _ := h.browser().get("/api/v1/proposals"); status != 401 {
		t.Errorf("nobody is shown proposals: %d", status)
	}
}

// fatal is a journal that dies with its process right after an approval was stored.
type fatal struct {
	engine.Journal
	mu   sync.Mutex
	dead bool
}

var errDead = errors.New("the process is dead")

func (f *fatal) Append(ctx context.Context, runs []engine.Run) ([]engine.Outcome, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dead {
		return nil, errDead
	}
	o, err := f.Journal.Append(ctx, runs)
	for _, r := range runs {
		for _, record := range r.Records {
			if e, failed := engine.Decode(record.Body); failed == nil && e.Kind == engine.Approved {
				f.dead = true
			}
		}
	}
	return o, err
}

func TestAnApprovedActIsDoneByWhoeverComesAfterACrash(t *testing.T) {
	t.Parallel()
	h := build(t, built{wrap: func(j engine.Journal) engine.Journal { return &fatal{Journal: j} }})
	ratna, bagus := h.officer("ratna", proctor.Supervisor), h.officer("bagus", proctor.Supervisor)
	p := h.working(number(1, 1))
	id := ratna.action(202, body{"action": "disqualify", "numbers": []string{p.number}, "reason": "phone"}).text("proposal")
	op := uuid.NewString()
	if status, got := bagus.post("/api/v1/proposals/"+id, body{"op": op, "decision": "approve"}); status == 200 && len(got.list("failed")) == 0 {
		t.Errorf("it was answered as done: %d %v", status, got)
	}
	if n := count(h.events(p.number), engine.Disqualified); n != 0 {
		t.Fatalf("%d disqualifications before the crash", n)
	}
	h.kill()
	h = h.again(built{})
	if s := h.state(number(1, 1)).State; s == engine.DisqualifiedNow {
		t.Fatal(s)
	}
	agreed := h.hall.Sitting(room1).State().Pairs.Approved
	if len(agreed) != 1 {
		t.Fatalf("the journal holds %v as approved and not done", agreed)
	}
	// The second presses once more: the same operation is answered as if nothing had been.
	again := h.browser()
	again.enters("bagus")
	for range 2 {
		if status, got := again.post("/api/v1/proposals/"+id, body{"op": op, "decision": "approve"}); status != 200 || len(got.list("done")) != 1 {
			t.Errorf("%d %v", status, got)
		}
		h.must(h.desk.Pairs().Settle(h.Context()))
	}
	n := 0
	for _, e := range h.events(number(1, 1)) {
		if e.Kind == engine.Disqualified {
			if n++; e.By != "ratna" || e.Two != "bagus" {
				t.Errorf("by %s and %s", e.By, e.Two)
			}
		}
	}
	room := h.stream(engine.SittingStream + room1)
	if n != 1 || count(room, engine.Approved) != 1 || count(room, engine.Performed) != 1 {
		t.Errorf("%d disqualifications, %d approvals, %d performed", n, count(room, engine.Approved), count(room, engine.Performed))
	}
}

func TestTheAuditIsForAuditors(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	sup, audi := h.officer("ratna", proctor.Supervisor), h.officer("audi", proctor.Auditor)
	h.officer("bagus", proctor.Supervisor)
	p := h.working(number(1, 1))
	for range 5 { // a page that polls
		sup.get("/api/v1/sittings/" + room1)
	}
	sup.action(200, body{"action": "disqualify", "numbers": []string{p.number}, "reason": "phone", "second": body{"user": "bagus", "password": password}})
	if status, got := sup.get("/api/v1/audit"); status != 403 || got.text("text") == "" {
		t.Errorf("a supervisor: %d %v", status, got)
	}
	if status, html := sup.page("/audit"); status != 404 || strings.Contains(html, "<table") {
		t.Errorf("a supervisor's page: %d", status)
	}
	if status, _ := h.browser().get("/api/v1/audit"); status != 401 {
		t.Errorf("nobody: %d", status)
	}
	one := func(query string, n int) []any {
		t.Helper()
		status, got := audi.get("/api/v1/audit?" + query)
		if status != 200 || len(got.list("rows")) != n {
			t.Errorf("%s: %d, %d rows, want %d", query, status, len(got.list("rows")), n)
		}
		return got.list("rows")
	}
	for _, raw := range one("act=disqualify&user=bagus", 1) {
		row := body(raw.(map[string]any))
		if row.text("by") != "ratna" || row.text("two") != "bagus" || row.text("number") != p.number || row.text("why") != "phone" || len(row.text("hash")) != 64 {
			t.Errorf("%v", row)
		}
	}
	one("act=room&user=ratna", 1)
	one("exam=lain&act=room", 0)
	one("from=2100-01-01", 0)
	_, first := audi.get("/api/v1/audit?limit=1")
	if first.int("next") == 0 {
		t.Errorf("a first page without a next one: %v", first)
	}
	for _, bad := range []string{"from=gestern", "after=-1", "limit=x", "format=pdf"} {
		if status, _ := audi.get("/api/v1/audit?" + bad); status != 400 {
			t.Errorf("%s: %d", bad, status)
		}
	}
	for range 2 {
		status, text := audi.page("/api/v1/audit?format=csv&act=disqualify")
		if lines := strings.Count(text, "\n"); status != 200 || lines != 2 || !strings.Contains(text, ",ratna,bagus,Disqualified,disqualify,") {
			t.Errorf("CSV: %d\n%s", status, text)
		}
	}
	_, text := audi.page("/api/v1/audit?format=jsonl&act=disqualify")
	var row proctor.AuditRow
	if err := json.Unmarshal([]byte(text), &row); err != nil || row.Two != "bagus" {
		t.Errorf("JSON lines: %v %s", err, text)
	}
	if n := len(one("act=audit_export&user=audi", 3)); n == 3 {
		status, html := audi.page("/audit?act=disqualify&lang=en")
		if status != 200 || !strings.Contains(html, p.number) || !strings.Contains(html, "bagus") || strings.Contains(html, ">approvals.") || strings.Contains(html, ">station.") {
			t.Errorf("the page: %d %s", status, html)
		}
	}
}

func TestADeskIsABrowserWhoeverSignsIn(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	b := h.officer("ratna", proctor.Supervisor)
	h.must(h.staff.Add(h.Context(), "setup", proctor.Account{User: "bagus", Name: "bagus", Grants: proctor.Everywhere(proctor.Supervisor)}, password, h.hall.Now()))
	first := b.cookie("desk")
	_, _, res := b.call(http.MethodPost, "/api/v1/staff/signin", body{"user": "bagus", "password": password})
	for _, c := range res.Cookies() {
		if c.Name == "desk" && (!c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.MaxAge < 86400*300) {
			t.Errorf("%+v", c)
		}
	}
	if first == "" || b.cookie("desk") != first {
		t.Errorf("desk %q became %q", first, b.cookie("desk"))
	}
	if other := h.browser(); true {
		other.enters("ratna")
		if other.cookie("desk") == first {
			t.Error("two browsers are one desk")
		}
	}
	h.must(h.db.List(h.Context(), proctor.KindDesk, "", func(e engine.Entry) error {
		if strings.Contains(string(e.Body), first) {
			t.Error("the register holds the cookie itself")
		}
		return nil
	}))
}
