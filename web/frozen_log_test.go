package web

import (
	"fmt"
	"testing"

	"terang/engine"
	"terang/engine/publiclog"
)

// Every board that became final is named in the public log by the hash of the bytes at its
// address: once, though two nodes freeze it, and one of them again after a restart.
func TestAFrozenBoardIsInThePublicLogOnce(t *testing.T) {
	t.Parallel()
	h := build(t, built{logged: true})
	h.over()
	for _, room := range []string{room1, room2, room3} {
		_, err := h.hall.Sitting(room).Append("", func(s *engine.Sitting) ([]engine.Event, error) {
			return []engine.Event{{Kind: engine.SittingClosed, At: s.At, By: "setup"}}, nil
		})
		h.must(err)
	}
	h.followed()
	h.folds.Tick(h.hall.Now())
	other := h.beside(built{node: "b"})
	other.folds.Tick(other.hall.Now())
	h.must(h.server.KeepFrozen(h.Context()))
	h.must(other.server.KeepFrozen(h.Context()))
	clear(h.server.boards.kept)
	h.must(h.server.KeepFrozen(h.Context()))
	h.followed()
	h.grows()

	leaves, _ := h.everyLeaf()
	named := make(map[string]publiclog.Leaf)
	for _, text := range leaves {
		l, err := publiclog.ParseLeaf([]byte(text))
		h.must(err)
		if l.Kind != publiclog.BoardLeaf {
			continue
		}
		if _, twice := named[l.Name]; twice {
			t.Errorf("board %s stands in the log twice", l.Name)
		}
		named[l.Name] = *l
	}
	boards := h.exam.Boards.List()
	if len(named) != len(boards) || len(boards) < 5 || count(h.stream(engine.ExamStream+examCode), engine.BoardFrozen) != len(boards) {
		t.Fatalf("%d boards, in the log are %v", len(boards), named)
	}
	for _, b := range boards {
		states := frames(t, h.http.URL, b.ID)
		if len(states) != 1 {
			t.Fatalf("board %s: %v", b.ID, states)
		}
		_, body := get(t, fmt.Sprintf("%s/api/v1/boards/%s/frozen/%d", h.http.URL, b.ID, states[0].Epoch))
		if l := named[b.ID]; l.Hash.String() != engine.SHA256(body) || l.Hash.String() != states[0].SHA256 || int(l.Count) != b.Counts.Registered || l.Exam != examCode || l.Act != "frozen" {
			t.Errorf("board %s is logged as %+v, at its address stands %s", b.ID, l, states[0].SHA256)
		}
	}
}
