package engine

import (
	"errors"
	"testing"
	"time"
)

// A page is heard at the node that holds it. At the other nodes it gives way to nobody either, for as
// long as that node lives and has recorded no silence; then it does.
func TestAPageThatLivesGivesWayAtNoNode(t *testing.T) {
	inHouse(t, time.Hour, 1, func(h *house) {
		one, two := h.open("n1"), h.open("n2")
		wait(5 * time.Second)
		h.begin(one)
		wait(time.Minute)
		other := func(o *oneHall) error {
			return o.Attempt(h.id(0)).Ask(Command{Act: ActSignIn, At: o.Now(), By: "candidate", Device: "pc2", Session: "s2", Seat: "0"}, nil).Err
		}
		for _, o := range []*oneHall{one, two} {
			if err := other(o); !errors.Is(err, InUse) {
				t.Errorf("another device at %s: %v", o.Node(), err)
			}
		}
		one.kill()
		wait(SilentAfter - 3*time.Second)
		if err := other(two); !errors.Is(err, InUse) {
			t.Errorf("soon after the node died: %v", err)
		}
		wait(6 * time.Second)
		if err := other(two); err != nil {
			t.Errorf("when the page cannot have been heard for so long: %v", err)
		}
	})
}
