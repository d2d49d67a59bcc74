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

// A hello that waits for the journal at one node, while its page gives it up and is let in at another,
// is not decided any more: nobody would hear its welcome, and the page that works would be thrown out.
func TestAHelloThatItsPageHasGivenUpTakesNothing(t *testing.T) {
	inHouse(t, time.Hour, 2, func(h *house) {
		one, two := h.open("n1"), h.open("n2")
		wait(5 * time.Second)
		h.begin(one)
		for i, behind := range []bool{false, true} { // another command, whose append waits
			wait(time.Minute)
			release := two.way.stick()
			l := two.Attempt(h.id(i))
			if behind {
				l.Do(Task{Command: Command{Act: ActMessage, By: "s", At: two.Now(), Text: "text"}})
			}
			heard := make(chan Result, 1)
			l.Do(Task{
				Command: Command{Act: ActHello, By: "candidate", At: two.Now(), Device: "pc", Session: "s", Node: two.Node()},
				Conn:    page{}, Reply: func(r Result) { heard <- r },
			})
			wait(2 * time.Second)
			h.hello(one, i)
			wait(time.Second)
			release()
			wait(time.Second)
			if r := <-heard; !errors.Is(r.Err, Busy) {
				t.Errorf("behind another command %v: the hello that was given up: %v", behind, r.Err)
			}
			for _, o := range []*oneHall{one, two} {
				o.Attempt(h.id(i)).View(func(a *Attempt, _ *Terms) {
					if a.Node != one.Node() {
						t.Errorf("behind another command %v: at %s the attempt is held by %s", behind, o.Node(), a.Node)
					}
				})
			}
			// One that is still there comes again, and is let in.
			h.hello(two, i)
		}
		if n, want := len(h.journal.happened(t, DeviceBound)), 3*h.crowd; n != want {
			t.Errorf("%d hellos took an attempt, want %d", n, want)
		}
	})
}
