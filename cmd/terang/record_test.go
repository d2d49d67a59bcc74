package main

import (
	"testing"

	"terang/engine"
	"terang/proctor"
)

// What is decided about results, and that boards were frozen, gives the boards of a node that
// starts again no other epoch: it would freeze them once more, and record that, at each start.
func TestAFrozenBoardChangesNoExam(t *testing.T) {
	h := newHeldSample(t, 4, 2)
	s, err := openStores(h.journal, true)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.close() }()
	was, err := s.examRecord(t.Context(), sampleCode)
	if err != nil {
		t.Fatal(err)
	}
	log := proctor.NewLog(s.journal, proctor.Direct(s.journal))
	if err := log.Append(t.Context(), engine.ExamStream+sampleCode, engine.Event{Kind: engine.BoardFrozen, By: "engine", Act: sampleCode, Text: engine.SHA256("board")}); err != nil {
		t.Fatal(err)
	}
	is, err := s.examRecord(t.Context(), sampleCode)
	if err != nil || is.n != was.n+1 || is.last != was.last || is.listed != was.listed {
		t.Errorf("%+v, before it was %+v: %v", is, was, err)
	}
	loaded := was.last
	if err := log.Append(t.Context(), engine.ExamStream+sampleCode, engine.Event{Kind: engine.ItemAnnulled, Item: "x"}); err != nil {
		t.Fatal(err)
	}
	if is, err = s.examRecord(t.Context(), sampleCode); err != nil || is.last <= loaded || is.listed != was.listed {
		t.Errorf("after an annulment: %+v, %v", is, err)
	}
}
