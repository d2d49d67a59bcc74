package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// sits lets a candidate of room1 be present at a computer that never speaks by itself: its
// answers are given the instants that the test wants.
func (h *house) sits(n, seat string) {
	h.Helper()
	device := uuid.NewString()
	pin := h.act(proctor.Request{Action: engine.ActCheckin, Numbers: []string{n}, To: seat, Reason: "other"}).PINs[0].PIN
	in, err := h.server.door.SignIn(h.Context(), n, pin, device, "", proctor.Place{}, h.hall.Now())
	h.must(err)
	for _, act := range []string{engine.ActConfirm, engine.ActHello} {
		h.must(h.live(n).Ask(engine.Command{Act: act, By: "candidate", At: h.hall.Now(), Device: device, Session: proctor.HashSecret(in.Secret), Node: h.hall.Node()}, nil).Err)
	}
}

// answers gives count answers from position from on, one each pace after at, with the
// letter that choose gives.
func (h *house) answers(n string, from, count int, at engine.Instant, pace time.Duration, choose func(q int) string) engine.Instant {
	h.Helper()
	gen := h.state(n).Gen
	for q := from; q < from+count; q++ {
		at = at.Add(pace)
		h.must(h.live(n).Ask(engine.Command{Act: engine.ActAnswer, By: "candidate", At: at, Op: uuid.NewString(), Q: q, C: choose(q), MS: pace.Milliseconds(), Gen: gen}, nil).Err)
	}
	return at
}

// best is the letter with the most points at a position of a candidate's form.
func (h *house) best(n string) func(q int) string { return bestOf(h.exam, n) }

func bestOf(x *Exam, number string) func(q int) string {
	return func(q int) string {
		worth, best := x.Worth(number, q), 0
		for i := range worth {
			if worth[i] > worth[best] {
				best = i
			}
		}
		return string(rune('a' + best))
	}
}

func (h *house) flagged() map[string]int {
	h.Helper()
	flags, err := h.desk.Flags(h.Context(), ratna, room1)
	h.must(err)
	found := map[string]int{}
	for _, f := range flags {
		found[strings.TrimSuffix(f.Code+" "+f.Number, " ")]++
	}
	return found
}

func TestC20ABurstOfRightAnswersIsSeenWhileTheCandidateStillWorks(t *testing.T) {
	h := build(t, built{})
	h.act(proctor.Request{Action: engine.ActOpenCheckin})
	fast, fast2, slow, apart := number(1, 1), number(1, 2), number(1, 3), number(1, 8)
	for i, n := range []string{fast, fast2, slow, apart} {
		h.sits(n, fmt.Sprint(2*i+1)) // no neighbours
	}
	began := h.hall.Now().Add(-95 * time.Minute)
	h.start(room1, 95*time.Minute)
	for _, n := range []string{fast, fast2, apart} {
		h.answers(n, 1, 25, began, 8*time.Second, h.best(n))
	}
	h.answers(slow, 1, 25, began, 50*time.Second, h.best(slow))
	h.until("both bursts are recorded, and the room with two of them", func() bool {
		f := h.flagged()
		return f["B1 "+fast] == 1 && f["B1 "+fast2] == 1 && f["R1"] > 0
	})
	found := h.flagged()
	if found["B1 "+slow] != 0 || found["B1 "+apart] != 0 {
		t.Fatalf("who takes their time, or has an accommodation, is named: %v", found)
	}
	if a := h.state(fast); a.State != engine.Running {
		t.Fatalf("a signal changes nothing: %s", a.State)
	}

	// A node that starts again looks again, and records nothing twice.
	h.followed()
	h.kill()
	h = h.again(built{})
	h.until("the second node has looked", func() bool {
		examined, _ := h.watch.looked(room1)
		return examined >= 2
	})
	h.followed()
	for what, n := range h.flagged() {
		if n != 1 && !strings.HasPrefix(what, "R1") { // R1 is of the room, and of the site's day
			t.Errorf("%s is recorded %d times", what, n)
		}
	}
}

func TestTheSameLettersAsANeighbourAreSeenWhenBothHaveFinished(t *testing.T) {
	h := build(t, built{policy: func(p *engine.Policy) { p.Live = engine.LiveInstant }})
	h.act(proctor.Request{Action: engine.ActOpenCheckin})
	a, b, c := number(1, 1), number(1, 2), number(1, 3)
	for i, n := range []string{a, b, c} {
		h.sits(n, fmt.Sprint(i+1))
	}
	began := h.hall.Now().Add(-95 * time.Minute)
	h.start(room1, 95*time.Minute)
	letters := map[string]func(q int) string{
		a: func(q int) string { return string(rune('a' + q%5)) },
		b: func(q int) string { return string(rune('a' + q%5)) },
		c: func(q int) string { return string(rune('a' + (q+2)%5)) },
	}
	for n, choose := range letters {
		at := h.answers(n, 1, 80, began, 45*time.Second, choose)
		h.must(h.live(n).Ask(engine.Command{Act: engine.ActSelfEnd, By: "candidate", At: at, Op: uuid.NewString(), Gen: h.state(n).Gen}, nil).Err)
	}
	h.until("the two neighbours are recorded", func() bool { return h.flagged()["P1"] == 1 })
	flags, err := h.desk.Flags(h.Context(), ratna, room1)
	h.must(err)
	var finding struct {
		Numbers [2]string
		ID      string
	}
	h.must(json.Unmarshal(flags[0].Finding, &finding))
	if finding.Numbers != [2]string{a, b} || !strings.HasPrefix(finding.ID, "80 dari 80") {
		t.Fatalf("%s", flags[0].Finding)
	}
}

func TestTheSignalsOfASittingAreShownWithWhatHasToBeSaidAndEachReadingIsRecorded(t *testing.T) {
	h := build(t, built{})
	sup := h.officer("ratna", proctor.Supervisor)
	h.must(h.desk.Flag(h.Context(), room1, proctor.Found{Code: "B1", Of: number(1, 1), Number: number(1, 1), Seat: "01", Rules: "r", Finding: map[string]string{"id": "kata"}}))
	h.followed()
	status, got := sup.get("/api/v1/sittings/" + room1 + "/flags")
	if status != http.StatusOK || len(got["flags"].([]any)) != 1 || len(got["advice"].([]any)) != 2 || got["rules_sha256"] == "" {
		t.Fatalf("%d %+v", status, got)
	}
	if status, got := h.officer("kom", proctor.Committee).get("/api/v1/flags?exam=" + examCode); status != http.StatusOK || len(got["sittings"].([]any)) != 1 {
		t.Fatalf("the centre: %d %+v", status, got)
	}
	h.followed()
	if read := h.read(ratna.User, proctor.ReadFlags); read != 1 {
		t.Errorf("%d readings are recorded", read)
	}
}

// read counts how often somebody is recorded to have read something.
func (h *house) read(user, what string) (n int) {
	h.Helper()
	for _, e := range h.views(user) {
		if e.Act == what {
			n++
		}
	}
	return n
}
