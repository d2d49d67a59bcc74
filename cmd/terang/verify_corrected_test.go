package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/web"
)

// A name that is corrected after a list and a board were frozen makes no forgery of them: what
// cannot be compared then is said. What no roster decides still is, and where nothing was
// corrected all of it.
func TestACorrectionAfterTheFreezeIsNoForgery(t *testing.T) {
	t.Parallel()
	another := func(l *web.List) { l.Rows[0].Name = "Seseorang" }
	better := func(l *web.List) { l.Rows[0].Scores[0]++ }
	for _, c := range []struct {
		name      string
		list      func(*web.List) // as it was frozen
		board     [2]string       // of its frame what was another then
		corrected bool
		found     string // "" if it is sound
	}{
		{"a list and a board with the old name", another, [2]string{`"name":"`, `"name":"Se`}, true, ""},
		{"a list with another's points", better, [2]string{}, true, "lists: "},
		{"a board with another's points", another, [2]string{`"progress":`, `"progress":1`}, true, "log: board"},
		{"a list with a name that nobody corrected", another, [2]string{}, false, "lists: "},
		{"a board with a name that nobody corrected", nil, [2]string{`"name":"`, `"name":"Se`}, false, "log: board"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := heldSampleOf(t, 6, 8, false, func(ctx context.Context, h *heldSample, s *stores.DB) error {
				return h.freeze(ctx, s, c.list, c.board, c.corrected)
			})
			r := verified(t, h.export(t))
			switch said := r.String(); {
			case c.found != "" && (r.Sound() || !strings.HasPrefix(r.First().String(), c.found)):
				t.Errorf("want it found in %q, got\n%s", c.found, said)
			case c.found == "" && !r.Sound():
				t.Error(said)
			case c.corrected != strings.Contains(said, "of which only points are compared") || c.corrected != strings.Contains(said, "of 1 boards only points are compared"):
				t.Errorf("what is compared is not said:\n%s", said)
			}
		})
	}
}

// freeze freezes a board and the list of results, each changed first; then two people correct
// the roster.
func (h *heldSample) freeze(ctx context.Context, s *stores.DB, change func(*web.List), board [2]string, corrected bool) error {
	keys, err := stores.OpenKeys(h.keyPath)
	if err != nil {
		return err
	}
	x, err := stores.FoldExam(ctx, s, keys, stores.SampleCode, stores.LatestVersion)
	if err != nil {
		return err
	}
	listed, err := proctor.NewPeople(s.Register).Read(ctx, stores.SampleCode)
	if err != nil {
		return err
	}
	l, body, err := x.List(x.Boards.Results(), listed.Formations())
	if err == nil && change != nil {
		change(l)
		body, err = json.Marshal(l)
	}
	if err != nil {
		return err
	}
	list, err := s.Archive.Keep(ctx, body)
	if err != nil {
		return err
	}
	frame, _ := x.Boards.Whole(stores.SampleCode)
	if board[0] != "" {
		frame = bytes.ReplaceAll(frame, []byte(board[0]), []byte(board[1]))
	}
	frozen, err := s.Archive.Keep(ctx, frame)
	if err != nil {
		return err
	}
	at := h.start.Add(3 * time.Hour)
	events := []engine.Event{
		{Kind: engine.BoardFrozen, At: at, By: "engine", Op: uuid.NewString(), Act: stores.SampleCode, Extra: 9, Text: frozen.String(), MS: int64(len(listed.People))},
		{Kind: engine.ResultsFrozen, At: at, By: "ketua", Two: "wakil", Op: uuid.NewString(), Text: list.String(), MS: int64(len(listed.People))},
	}
	if corrected {
		people := make([]proctor.Person, 0, len(listed.People))
		for _, p := range listed.People {
			people = append(people, *p)
		}
		events = append(events, engine.Event{Kind: engine.RosterLoaded, At: at, By: "kepala", Two: "direktur", Text: engine.SHA256(string(proctor.Canonical(people))), MS: int64(len(people))})
	}
	return proctor.NewLog(s.Journal, proctor.Direct(s.Journal)).Append(ctx, engine.ExamStream+stores.SampleCode, events...)
}
