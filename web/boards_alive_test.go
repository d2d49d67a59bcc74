package web

import (
	"testing"
	"time"

	"terang/engine"
)

// Comments come as often as readers were promised, also while there is news all the time.
func TestAStreamHasItsCommentsBesideTheNews(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 3, 1)
	p, server := boardPages(t, h)
	p.alive = time.Millisecond
	s := openStream(t, server.URL+"/api/v1/boards/uji/events", "")
	defer s.stop()
	s.next() // the reset
	comments, frames := 0, 0
	until := time.Now().Add(patience)
	for q := 0; comments < 2 || frames == 0; q++ {
		if time.Now().After(until) {
			t.Fatalf("%d frames and %d comments", frames, comments)
		}
		h.answer(q/110%3, 1+q%110, "ab"[q/330%2:][:1]) // as nobody has answered it yet, or not any more: news
		h.tick()
		if s.next().name == "" {
			comments++
		} else {
			frames++
		}
	}
}
