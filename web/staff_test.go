package web

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

const password = "kata sandi yang panjang 7"

// officer is a member of staff who has signed in.
func (h *house) officer(user string, role proctor.Role) *browser {
	h.Helper()
	h.must(h.staff.Add(h.Context(), "setup", proctor.Account{User: user, Name: user, Grants: proctor.Everywhere(role)}, password, h.hall.Now()))
	b := h.browser()
	if status, got := b.post("/api/v1/staff/signin", body{"user": user, "password": password}); status != 200 || got.text("role") != string(role) {
		h.Fatalf("sign-in of %s: %d %v", user, status, got)
	}
	return b
}

func (b *browser) action(want int, r body) body {
	b.h.Helper()
	if r["op"] == nil {
		r["op"] = uuid.NewString()
	}
	status, got := b.post("/api/v1/sittings/"+room1+"/actions", r)
	if status != want || len(got.list("failed")) > 0 {
		b.h.Fatalf("%s: %d %v, want %d", r["action"], status, got, want)
	}
	return got
}

// Every act of the staff API, once, in the order of a day.
func TestEveryActOfTheStaffAPI(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	sup := h.officer("ratna", proctor.Supervisor)
	h.officer("bagus", proctor.Supervisor)
	p1, p2, p3 := number(1, 1), number(1, 2), number(1, 3)
	one := func(n string) []string { return []string{n} }
	second := body{"user": "bagus", "password": password}

	sup.action(200, body{"action": "postpone", "to": "2031-11-22T09:30", "reason": "power"})
	if v := h.hall.Sitting(room1).State().Planned; v.String() != "2031-11-22T02:30:00.000Z" {
		t.Errorf("postponed to %s: 09.30 WIB is 02.30 UTC", v)
	}
	sup.action(200, body{"action": "open_checkin"})
	op := uuid.NewString()
	pins := sup.action(200, body{"op": op, "action": "checkin", "numbers": []string{p1, p2, p3}})
	if n := len(pins.list("pins")); n != 3 {
		t.Fatalf("%d PINs", n)
	}
	pin := map[string]string{}
	for _, raw := range pins.list("pins") {
		b := body(raw.(map[string]any))
		pin[b.text("number")] = b.text("pin")
		if len(b.text("pin")) != 6 || b.text("seat") == "" {
			t.Errorf("%v", b)
		}
	}
	sup.action(200, body{"action": "turn_away", "numbers": one(p3), "reason": "papers"})
	for range 5 {
		h.browser().post("/api/v1/exam/signin", body{"number": p1, "pin": "0", "device": uuid.NewString()})
	}
	sup.action(200, body{"action": "unlock", "numbers": one(p1)})
	page1 := &page{browser: h.browser(), number: p1, pin: pin[p1], device: uuid.NewString()}
	page1.enter().hello()
	page2 := &page{browser: h.browser(), number: p2, pin: pin[p2], device: uuid.NewString()}
	page2.enter().hello()
	sup.action(200, body{"action": "close_checkin"})
	sup.action(200, body{"action": "start"})
	page1.later("clock")
	page2.later("clock")
	sup.action(200, body{"action": "pause"})
	sup.action(200, body{"action": "resume"})
	sup.action(200, body{"action": "pause", "numbers": one(p1), "reason": "health"})
	sup.action(200, body{"action": "resume", "numbers": one(p1)})
	credit := body{"op": uuid.NewString(), "action": "credit", "seats": []string{h.state(p1).Seat}, "ms": 120_000, "reason": "power: lampu padam"}
	sup.action(200, credit)
	given := h.state(p1)
	sup.action(200, credit) // the op rule holds
	if h.state(p1).N != given.N {
		t.Error("a repeated operation had a second effect")
	}
	sup.action(200, body{"action": "reverse", "numbers": one(p1), "ref": given.N, "reason": "mistake"})
	sup.action(200, body{"action": "message", "text": "Lima menit lagi."})
	if f := page2.later("say"); f.text("text") != "Lima menit lagi." {
		t.Errorf("%v", f)
	}
	sup.action(200, body{"action": "leave", "numbers": one(p1), "reason": "toilet"})
	sup.action(200, body{"action": "return", "numbers": one(p1)})
	sup.action(200, body{"action": "doubt", "numbers": one(p1), "reason": "identity"})
	h.officer("citra", proctor.Verifier).action(200, body{"action": "decide_doubt", "numbers": one(p1), "decision": "cleared"})
	sup.action(200, body{"action": "decide_credit", "decision": "refuse"}) // nobody has one
	sup.action(200, body{"action": "move", "numbers": one(p1), "to": "30", "reason": "device"})
	page1.ends("superseded", 4003)
	sup.action(200, body{"action": "release", "numbers": one(p2), "reason": "device"})
	page2.ends("signed_out", 4007)
	sup.action(200, body{"action": "disqualify", "numbers": one(p1), "reason": "phone", "second": second})
	sup.action(200, body{"action": "reopen", "numbers": one(p1), "reason": "mistake", "second": second})
	sup.action(200, body{"action": "finish", "numbers": one(p2), "reason": "request"})
	sup.action(200, body{"action": "finish"})
	sup.action(200, body{"action": "close"})

	kinds := map[engine.Kind]int{}
	for _, n := range []string{p1, p2, p3} {
		for _, e := range h.events(n) {
			kinds[e.Kind]++
			if e.Kind == engine.Disqualified && (e.By != "ratna" || e.Two != "bagus") {
				t.Errorf("disqualified by %s and %s", e.By, e.Two)
			}
		}
	}
	for _, k := range []engine.Kind{
		engine.CheckedIn, engine.TurnedAway, engine.Unlocked, engine.Started, engine.Paused, engine.Resumed, engine.TimeGiven, engine.CreditReversed, engine.Messaged,
		engine.Left, engine.Returned, engine.DoubtRaised, engine.DoubtDecided, engine.DeviceMoved, engine.Released, engine.Disqualified, engine.Reopened, engine.Finished,
	} {
		if kinds[k] == 0 {
			t.Errorf("no %s is stored", k)
		}
	}
	if s := h.hall.Sitting(room1).State(); s.Phase != engine.Sealed {
		t.Errorf("the sitting is %s", s.Phase)
	}
	// Shown once: a later check-in list has no PIN, and none stands anywhere.
	_, room := sup.get("/api/v1/sittings/" + room1)
	raw, _ := json.Marshal(room)
	for _, v := range pin {
		if strings.Contains(string(raw), v) {
			t.Error("the room's view shows a PIN")
		}
	}
}

func TestTwoPeopleAgree(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	ratna, bagus, auditor := h.officer("ratna", proctor.Supervisor), h.officer("bagus", proctor.Supervisor), h.officer("awas", proctor.Auditor)
	p := h.working(number(1, 1))
	ask := func() body {
		return body{"action": "disqualify", "numbers": []string{p.number}, "reason": "phone"}
	}
	decide := func(b *browser, id, decision string) (int, body) {
		return b.post("/api/v1/proposals/"+id, body{"op": uuid.NewString(), "decision": decision, "reason": "rules"})
	}
	id := ratna.action(202, ask()).text("proposal")
	if id == "" || h.state(p.number).State != engine.Running {
		t.Fatalf("proposal %q, %s", id, h.state(p.number).State)
	}
	_, room := bagus.get("/api/v1/sittings/" + room1)
	if w := room.list("proposals"); len(w) != 1 || body(w[0].(map[string]any)).text("id") != id || body(w[0].(map[string]any)).text("by") != "ratna" {
		t.Errorf("the station shows %v", w)
	}
	if status, got := decide(ratna, id, "approve"); status != 403 || got.text("code") != "second_person" {
		t.Errorf("the same person: %d %v", status, got)
	}
	if status, got := decide(auditor, id, "approve"); status != 403 {
		t.Errorf("without the right: %d %v", status, got)
	}
	if status, got := decide(h.browser(), id, "approve"); status != 401 {
		t.Errorf("nobody: %d %v", status, got)
	}
	if status, got := decide(bagus, id, "refuse"); status != 200 {
		t.Errorf("refusing: %d %v", status, got)
	}
	_, room = bagus.get("/api/v1/sittings/" + room1)
	if w, said := room["proposals"]; !said || len(w.([]any)) != 0 { // else a page that was away would keep it
		t.Errorf("the station shows %v (said: %v) after the decision", w, said)
	}
	if status, got := decide(bagus, id, "approve"); status != 409 {
		t.Errorf("after it was refused: %d %v", status, got)
	}
	id = ratna.action(202, ask()).text("proposal")
	if status, got := decide(bagus, id, "approve"); status != 200 || len(got.list("done")) != 1 {
		t.Errorf("approving: %d %v", status, got)
	}
	p.later("result")
	p.ends("finished", 4002)
	r := ask()
	r["action"] = "reopen"
	r["op"] = uuid.NewString()
	for _, second := range []body{{"user": "ratna", "password": password}, {"user": "bagus", "password": "falsch"}, {"user": "nobody", "password": password}} {
		r["second"] = second
		if status, got := ratna.post("/api/v1/sittings/"+room1+"/actions", r); status != 403 || got.text("code") != "second_person" {
			t.Errorf("second %v: %d %v", second["user"], status, got)
		}
	}
	r["second"] = body{"user": "bagus", "password": password}
	ratna.action(200, r)
	if s := h.state(p.number); s.State != engine.OnPause {
		t.Errorf("reopened: %s", s.State)
	}
	kinds := map[engine.Kind]int{}
	for _, e := range h.stream(engine.SittingStream + room1) {
		kinds[e.Kind]++
	}
	if kinds[engine.Proposed] != 2 || kinds[engine.Approved] != 1 || kinds[engine.Refused] != 1 {
		t.Errorf("stored %v", kinds)
	}
}

func TestWhoMayWhat(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	verifier := h.officer("vera", proctor.Verifier)
	for _, test := range []struct {
		b      *browser
		path   string
		r      body
		status int
		code   string
	}{
		{h.browser(), room1, body{"action": "start"}, 401, "sign_in"},
		{verifier, room1, body{"action": "start"}, 403, "not_allowed"},
		{verifier, room1, body{"action": "checkin", "op": "17"}, 400, "bad_frame"},
		{verifier, room1, body{"action": "dance"}, 400, "bad_frame"},
		{verifier, room1, body{"action": "turn_away", "numbers": []string{number(1, 1)}}, 422, "needs_reason"},
		{verifier, examCode + ".s9", body{"action": "checkin"}, 404, "unknown_sitting"},
	} {
		if test.r["op"] == nil {
			test.r["op"] = uuid.NewString()
		}
		status, got := test.b.post("/api/v1/sittings/"+test.path+"/actions", test.r)
		if status != test.status || got.text("code") != test.code || got.text("text") == "" {
			t.Errorf("%v: %d %v, want %d %s", test.r["action"], status, got, test.status, test.code)
		}
	}
	b := h.browser()
	if status, got := b.post("/api/v1/staff/signin", body{"user": "vera", "password": "salah"}); status != 401 || got.text("code") != "wrong_password" {
		t.Errorf("a wrong password: %d %v", status, got)
	}
	if status, _ := verifier.post("/api/v1/staff/signout", nil); status != 204 {
		t.Errorf("signout: %d", status)
	}
	if status, _ := verifier.get("/api/v1/sittings/" + room1); status != 401 {
		t.Errorf("after signing out: %d", status)
	}
}

// The station hears of each seat that changes, with its age.
func TestC19TheRoomsEventsNameChangedSeats(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	sup := h.officer("ratna", proctor.Supervisor)
	pages := h.allWorking(number(1, 1), number(1, 2))
	h.followed()
	event := h.roomEvents(sup)
	whole := event("reset")
	if len(whole.list("seats")) != seats || whole.in("counts").int("working") != 2 || whole.text("state") != "running" || whole.time("at").IsZero() {
		t.Fatalf("%v", whole)
	}
	pages[0].answered(1, "a")
	h.act(proctor.Request{Action: engine.ActLeave, Numbers: []string{pages[0].number}, Reason: "toilet"})
	h.followed()
	h.server.TickRooms()
	got := event("seats")
	if len(got.list("seats")) == 0 || len(got.list("seats")) > 2 {
		t.Fatalf("%d seats", len(got.list("seats")))
	}
	seat := body(got.list("seats")[0].(map[string]any))
	if seat.text("number") != pages[0].number || seat.int("progress") != 1 || seat.text("last") == "" || seat.text("ends") == "" || seat.list("alerts")[0] != "left_room" {
		t.Errorf("%v", seat)
	}
	for _, key := range []string{"seat", "number", "name", "state", "progress", "last", "ends", "alerts"} {
		if seat[key] == nil {
			t.Errorf("a seat without %s: %v", key, seat)
		}
	}
}

// roomEvents follows a room as a station does: the next event of a name.
func (h *house) roomEvents(of *browser) func(name string) body {
	h.Helper()
	ctx, stop := context.WithTimeout(h.Context(), 20*time.Second)
	h.Cleanup(stop)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.http.URL+"/api/v1/sittings/"+room1+"/events", nil)
	h.must(err)
	res, err := of.client.Do(req)
	h.must(err)
	h.Cleanup(func() { _ = res.Body.Close() })
	if ct := res.Header.Get("Content-Type"); res.StatusCode != 200 || ct != "text/event-stream" {
		h.Fatalf("%d %s", res.StatusCode, ct)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	return func(want string) body {
		h.Helper()
		name := ""
		for lines.Scan() {
			switch line := lines.Text(); {
			case strings.HasPrefix(line, "event: "):
				name = line[7:]
			case strings.HasPrefix(line, "data: ") && name == want:
				got := body{}
				h.must(json.Unmarshal([]byte(line[6:]), &got))
				return got
			}
		}
		h.Fatalf("no %s came", want)
		return nil
	}
}

// A postponement reaches every station that is open: it counts down to the hour that holds now. An
// hour without an offset is the site's.
func TestTheRoomsEventsNameTheHourThatHoldsNow(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	event := h.roomEvents(h.officer("ratna", proctor.Supervisor))
	before := event("reset").text("start")
	h.act(proctor.Request{Action: engine.ActPostpone, To: "2040-01-02T10:00", Reason: "network"})
	h.followed()
	h.server.TickRooms()
	if got := event("seats").text("start"); got == before || got != "2040-01-02T03:00:00.000Z" {
		t.Fatalf("from %s to %s", before, got)
	}
}

// A running candidate may not read the board, unless scores move anyway.
func TestTheBoardIsRefusedToWhoIsStillAnswering(t *testing.T) {
	t.Parallel()
	for _, live := range []string{engine.LiveSettled, engine.LiveProgress, engine.LiveInstant} {
		h := build(t, built{policy: func(p *engine.Policy) { p.Live = live }})
		p := h.working(number(1, 1))
		for _, path := range []string{"/api/v1/boards", "/api/v1/boards/" + examCode, "/api/v1/boards/" + examCode + ".sitting.s1", "/api/v1/boards/" + examCode + "/events"} {
			if live == engine.LiveInstant && strings.HasSuffix(path, "/events") {
				continue // it would not end
			}
			status, got, res := p.call(http.MethodGet, path, nil)
			if live == engine.LiveInstant {
				if status != 200 {
					t.Errorf("%s, %s: %d %v", live, path, status, got)
				}
				continue
			}
			if status != 403 || got.text("code") != "exam_session" || strings.Contains(res.Header.Get("Cache-Control"), "max-age") {
				t.Errorf("%s, %s: %d %v %s", live, path, status, got, res.Header.Get("Cache-Control"))
			}
			if strings.HasSuffix(path, "/events") {
				continue
			}
			if status, _ := h.browser().get(path); status != 200 {
				t.Errorf("%s, %s without a session: %d", live, path, status)
			}
		}
		if live == engine.LiveInstant {
			continue
		}
		h.act(proctor.Request{Action: engine.ActFinish, Numbers: []string{p.number}, Reason: "request"})
		if status, _ := p.get("/api/v1/boards"); status != 200 {
			t.Errorf("after the finish: %d", status)
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	for range 3 {
		p.answered(1, "a")
	}
	b := h.browser()
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, _ := b.get(path); status != 200 {
			t.Errorf("%s: %d", path, status)
		}
	}
	for _, line := range []string{"terang_operations_acknowledged_total 3\n", "terang_candidates_connected 1\n"} {
		eventually(t, "/metrics has "+line, func() bool { // an acknowledgement is counted when it was sent
			_, metrics := b.get("/metrics")
			return strings.Contains(metrics.text("raw"), line)
		})
	}
	if d := time.Since(h.hall.Now().Time()); d.Abs() > time.Second {
		t.Errorf("the node's clock is off by %v", d)
	}
}
