package web

import (
	"testing"

	"github.com/google/uuid"

	"terang/proctor"
)

// Whoever reads the room after the answer to an act finds the act in it.
func TestTheRoomShowsAnActOnceItIsAnswered(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	staff := h.officer("ratna", proctor.Supervisor)
	for n := range 5 {
		status, got := staff.post("/api/v1/sittings/"+room1+"/actions", body{
			"op": uuid.NewString(), "action": "credit", "numbers": []string{p.number}, "ms": 1000 * (n + 1), "reason": "power",
		})
		if status != 200 || len(got.list("done")) != 1 {
			t.Fatalf("%d %v", status, got)
		}
		_, room := staff.get("/api/v1/sittings/" + room1)
		shown := 0
		for _, raw := range room.list("seats") {
			if seat := body(raw.(map[string]any)); seat.text("number") == p.number {
				for _, part := range seat.list("parts") {
					if body(part.(map[string]any)).text("what") == "given" {
						shown++
					}
				}
			}
		}
		if shown != n+1 {
			t.Fatalf("after act %d the room shows %d", n+1, shown)
		}
	}
}

// What there is not is null: a seat always has the fields that a reader was promised.
func TestASeatAlwaysHasItsInstants(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	h.followed()
	_, room := h.officer("ratna", proctor.Supervisor).get("/api/v1/sittings/" + room1)
	seats := room.list("seats")
	for _, raw := range seats {
		seat := body(raw.(map[string]any))
		for _, field := range []string{"last", "ends", "offline_since"} {
			if at, there := seat[field]; !there || at == "" {
				t.Errorf("%s: %s is %v, there %v", seat.text("number"), field, at, there)
			}
		}
		if seat.text("number") == p.number && (seat["ends"] == nil || seat["last"] == nil || seat["offline_since"] != nil || seat["remaining"] != nil) {
			t.Errorf("%v", seat)
		}
	}
	if len(seats) == 0 {
		t.Error("nobody is shown")
	}
}
