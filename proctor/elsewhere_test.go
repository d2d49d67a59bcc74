package proctor

import (
	"testing"
	"time"

	"terang/engine"
)

// A note is shown while it is fresh and of the node that holds the page.
func TestANoteGrowsOldAndChangesHands(t *testing.T) {
	s := NewStation(NewPeople(nil))
	const noted = engine.Instant(1_000_000)
	s.hear([]engine.Presence{{Attempt: "a", Node: "n1", Last: noted - 500, Noted: noted}})
	for _, c := range []struct {
		holder string
		after  time.Duration
		want   bool
	}{
		{"n1", 0, true},
		{"n1", engine.NoteEvery + time.Second, true},
		{"n1", noteAge, false},
		{"n2", 0, false},
		{"", 0, false},
	} {
		if _, got := s.note("a", c.holder, noted.Add(c.after)); got != c.want {
			t.Errorf("held by %q, %v later: shown %v", c.holder, c.after, got)
		}
	}
	if !s.ask("s", noted) || s.ask("s", noted.Add(askEvery/2)) || !s.ask("s", noted.Add(askEvery)) {
		t.Error("a room is asked for too often, or not again")
	}
}
