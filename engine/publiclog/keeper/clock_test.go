package keeper

import (
	"context"
	"testing"
	"time"
)

// A clock that ran fast and was set right leaves a checkpoint that lies ahead: neither the node
// that signed it waits until the hour has come, nor another that takes over.
func TestALogThatWasSignedAheadOfTimeGrows(t *testing.T) {
	for _, name := range []string{"a", "b"} {
		t.Run(name, func(t *testing.T) {
			h := newHall(t)
			fast := h.node("a")
			right := h.now
			h.now = h.now.Add(time.Hour)
			h.define("skd", false)
			fast.settle()
			h.now = right
			h.sits("skd", one, "1", 2)
			n := fast
			if name != "a" {
				n = h.node(name)
			}
			n.hear()
			if err := n.Step(context.Background()); err != nil {
				t.Fatal(err)
			}
			n.hear()
			if _, due := n.Size(); due != 0 {
				t.Errorf("%d leaves wait for a clock that was set right", due)
			}
		})
	}
}
