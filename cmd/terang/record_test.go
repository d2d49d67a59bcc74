package main

import (
	"testing"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// What is decided about results, and that boards were frozen, gives the boards of a node that
// starts again no other epoch: it would freeze them once more, and record that, at each start.
func TestAFrozenBoardChangesNoExam(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, 4, 2)
	s, err := stores.Open(h.journal, true)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	was, err := s.ExamRecord(t.Context(), stores.SampleCode)
	if err != nil {
		t.Fatal(err)
	}
	log := proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	if err := log.Append(t.Context(), engine.ExamStream+stores.SampleCode, engine.Event{Kind: engine.BoardFrozen, By: "engine", Act: stores.SampleCode, Text: engine.SHA256("board")}); err != nil {
		t.Fatal(err)
	}
	is, err := s.ExamRecord(t.Context(), stores.SampleCode)
	if err != nil || is.N != was.N+1 || is.Last != was.Last || is.Listed != was.Listed {
		t.Errorf("%+v, before it was %+v: %v", is, was, err)
	}
	loaded := was.Last
	if err := log.Append(t.Context(), engine.ExamStream+stores.SampleCode, engine.Event{Kind: engine.ItemAnnulled, Item: "x"}); err != nil {
		t.Fatal(err)
	}
	if is, err = s.ExamRecord(t.Context(), stores.SampleCode); err != nil || is.Last <= loaded || is.Listed != was.Listed {
		t.Errorf("after an annulment: %+v, %v", is, err)
	}
}
