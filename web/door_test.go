package web

import (
	"bytes"
	"image"
	"image/jpeg"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// Two desks at one door, over HTTP: one admits, the other is told by whom; who belongs
// elsewhere is told where; a PIN is shown once and opens the exam; what was given is what
// the candidate's page begins with.
func TestTwoDesksAtOneDoor(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	sup, bagus := h.officer("ratna", proctor.Supervisor), h.officer("bagus", proctor.Supervisor)
	one, two := h.officer("citra", proctor.Verifier), h.officer("dewi", proctor.Verifier)
	door := func(b *browser, path string) body {
		h.Helper()
		status, got := b.get("/api/v1/sittings/" + room1 + path)
		if status != 200 {
			h.Fatalf("%s: %d %v", path, status, got)
		}
		return got
	}
	sup.action(200, body{"action": "open_checkin"})
	p1, p2 := number(1, 1), number(1, 2)

	found := door(one, "/find?q=TERANG:"+examCode+":"+p1).list("here")
	if len(found) != 1 || body(found[0].(map[string]any)).text("state") != string(engine.Assigned) {
		t.Fatalf("%v", found)
	}
	other := door(one, "/find?q="+number(2, 1)).list("elsewhere")
	if len(other) != 1 || body(other[0].(map[string]any)).text("site") != "Tilok Tengah" || body(other[0].(map[string]any)).text("sitting") != "Sesi 2" {
		t.Fatalf("whoever stands at the wrong door is told where they belong: %v", other)
	}

	given := sup.action(202, body{"action": "adjust", "numbers": []string{p1}, "adjust": "size=3 contrast=dark extra=20 reader", "reason": "accommodation: surat dokter"})
	if status, got := bagus.post("/api/v1/proposals/"+given.text("proposal"), body{"op": uuid.NewString(), "decision": "approve"}); status != 200 {
		t.Fatalf("%d %v", status, got)
	}

	in := one.action(200, body{"action": "checkin", "first": true, "paper": "ktp", "numbers": []string{p1}})
	pin := body(in.list("pins")[0].(map[string]any))
	status, late := two.post("/api/v1/sittings/"+room1+"/actions", body{"op": uuid.NewString(), "action": "checkin", "first": true, "paper": "sim", "numbers": []string{p1}})
	failed := late.list("failed")
	if status != 200 || len(failed) != 1 || len(late.list("pins")) != 0 {
		t.Fatalf("%d %v", status, late)
	}
	if f := body(failed[0].(map[string]any)); f.text("code") != "already_here" || f.text("field") != "citra" || f.text("text") == "" {
		t.Errorf("%v", f)
	}

	// The desk is told what an identity is compared with, and what was done about it.
	comer := body(door(one, "/find?q="+p1).list("here")[0].(map[string]any))
	if comer.text("number") != p1 || comer.text("birth_date") != "2000-01-01" || comer.text("formation") == "" || comer.text("paper") != "ktp" ||
		comer["has_photo"] != false || comer["taken"] != false || comer["doubt"] != false {
		t.Errorf("who stands at the door: %v", comer)
	}
	if ends, promised := comer["ends"]; !promised || ends != nil {
		t.Error("a field without an instant is missing, not null")
	}

	page := &page{browser: h.browser(), number: p1, pin: pin.text("pin"), device: uuid.NewString()}
	_, signed := page.signin()
	adjust, _ := body(signed["candidate"].(map[string]any))["adjust"].(map[string]any)
	if adjust["size"] != 3.0 || adjust["dark"] != true || adjust["reader"] != true || adjust["extra_ms"] != 1_200_000.0 {
		t.Fatalf("the page is told %v", signed)
	}
	differ := door(one, "/differences")
	var numbers []string
	for _, raw := range differ.list("differing") {
		numbers = append(numbers, body(raw.(map[string]any)).text("number"))
	}
	if !slices.Equal(numbers, []string{p1, number(1, seats)}) || differ["alike"] != float64(seats-2) {
		t.Errorf("by act and by roster: %v", differ)
	}

	// Nobody without the right comes to the door; its page alone may ask for the camera.
	for path, want := range map[string]string{"/meja/" + room1 + "/masuk": "camera=(self)", "/meja/" + room1: "camera=()"} {
		status, _, res := one.call(http.MethodGet, path, nil)
		if got := res.Header.Get("Permissions-Policy"); status != 200 || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %d %s", path, status, got)
		}
	}
	if status, _ := one.page("/meja/" + room1 + "/penyesuaian"); status != 200 {
		t.Errorf("the comparison: %d", status)
	}
	if status, _ := h.officer("oki", proctor.Operator).get("/meja/" + room1 + "/masuk"); status != 404 {
		t.Errorf("an operator at the door: %d", status)
	}
	if status, got := one.post("/api/v1/sittings/"+room1+"/actions", body{"op": uuid.NewString(), "action": "turn_away", "numbers": []string{p2}, "reason": "tidak bawa KTP"}); status != 422 || got.text("code") != "needs_reason" || !strings.Contains(got.text("text"), "late, papers, identity") {
		t.Errorf("turned away for a reason that is none: %d %v", status, got)
	}
	one.action(200, body{"action": "turn_away", "numbers": []string{p2}, "reason": "withdrew"})
	if status, got := two.post("/api/v1/sittings/"+room1+"/actions", body{"op": uuid.NewString(), "action": "checkin", "first": true, "numbers": []string{p2}}); status != 200 || body(got.list("failed")[0].(map[string]any)).text("code") != "needs_reason" {
		t.Errorf("who was turned away comes back without a word: %d %v", status, got)
	}
}

// Whose identity is in doubt at the end is shown no result, and the public none either; once
// it is decided the page is told by itself.
func TestADoubtHoldsTheResult(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.Live = engine.LiveInstant }})
	one := h.officer("citra", proctor.Verifier)
	p := h.person(number(1, 1))
	p.enter().hello()
	h.start(room1, 0)
	p.later("clock")
	one.action(200, body{"action": "doubt", "numbers": []string{p.number}, "reason": "identity"})
	p.say(body{"t": "finish", "op": uuid.NewString()})
	if r := p.later("result"); r.text("status") != "held" || len(r.list("sections")) != 0 || r["total"] != nil {
		t.Fatalf("%v", r)
	}
	row := func() (total any) {
		h.followed()
		h.folds.Tick(h.hall.Now())
		_, board := h.browser().get("/api/v1/boards/" + examCode + ".sitting.s1?limit=50")
		for _, raw := range board.list("rows") {
			if r := body(raw.(map[string]any)); r.text("number") == p.number {
				total = r["total"]
			}
		}
		return total
	}
	if got := row(); got != nil {
		t.Errorf("the board shows %v of a result that is held", got)
	}
	h.officer("ratna", proctor.Supervisor).action(200, body{"action": "decide_doubt", "numbers": []string{p.number}, "decision": "cleared"})
	if got := row(); got == nil {
		t.Error("the board shows no result of somebody who was cleared")
	}
}

func TestAPhotoAtTheDoorIsAPictureAndKeptInTheRegister(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.CheckinPhoto = true }})
	h.officer("ratna", proctor.Supervisor).action(200, body{"action": "open_checkin"})
	one := h.officer("citra", proctor.Verifier)
	p1 := number(1, 1)
	one.action(200, body{"action": "checkin", "numbers": []string{p1}})
	var picture bytes.Buffer
	h.must(jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 16, 16)), nil))
	send := func(content []byte) int {
		req, err := http.NewRequestWithContext(h.Context(), http.MethodPost, h.http.URL+"/api/v1/sittings/"+room1+"/checkin-photos/"+p1+"?op="+uuid.NewString(), bytes.NewReader(content))
		h.must(err)
		res, err := one.client.Do(req)
		h.must(err)
		h.must(res.Body.Close())
		return res.StatusCode
	}
	if got := send([]byte("GIF89a no picture")); got != 400 {
		t.Errorf("what is no picture: %d", got)
	}
	if got := send(make([]byte, proctor.PhotoMost+1)); got != 413 {
		t.Errorf("what is too large: %d", got)
	}
	if got := send(picture.Bytes()); got != 200 || h.state(p1).Photo != engine.SHA256(picture.String()) {
		t.Errorf("%d %s", got, h.state(p1).Photo)
	}
	_, _, res := one.call(http.MethodGet, "/api/v1/sittings/"+room1+"/checkin-photos/"+p1, nil)
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "image/jpeg" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	for _, e := range h.events(p1) {
		if bytes.Contains([]byte(e.Text), picture.Bytes()) {
			t.Error("the picture is in the journal")
		}
	}
}

// Desks at two nodes give out the seats of one room at the same time: no seat twice, the
// same person once, and the draw is right all the same.
func TestDesksAtTwoNodesGiveNoSeatTwice(t *testing.T) {
	t.Parallel()
	drawn := func(p *engine.Policy) { p.Seating = engine.SeatingDrawn }
	a := build(t, built{node: "a", policy: drawn})
	b := a.beside(built{node: "b", policy: drawn})
	a.act(proctor.Request{Action: engine.ActOpenCheckin})
	b.followed()
	var both sync.WaitGroup
	for i, h := range []*house{a, b} {
		both.Go(func() {
			for k := range seats {
				n := (k + i*seats/2) % seats // from two ends of the queue, and then each other's
				_, err := h.desk.Act(h.Context(), ratna, room1, proctor.Request{Op: uuid.NewString(), Action: engine.ActCheckin, First: true, Numbers: []string{number(1, n+1)}})
				if err != nil {
					t.Errorf("%d: %v", n, err)
				}
			}
		})
	}
	both.Wait()
	a.followed()
	taken := map[string]string{}
	for n := range seats {
		s := a.state(number(1, n+1))
		if other := taken[s.Seat]; s.Seat == "" || other != "" {
			t.Errorf("%s and %s sit at %q", s.Number, other, s.Seat)
		}
		taken[s.Seat] = s.Number
		if got := count(a.events(number(1, n+1)), engine.CheckedIn); got != 1 {
			t.Errorf("%s was checked in %d times", s.Number, got)
		}
	}
	if r := proctor.CheckDraws(testKeys.SeatSecret(room1), room1, 40, a.stream(engine.SittingStream+room1)); len(r.Faults) > 0 || r.Drawn < seats {
		t.Errorf("%+v", r)
	}
}
