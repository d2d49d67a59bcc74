package web

import (
	"slices"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
)

// The seed is published by two people, once, when no sitting is open any more; and it is
// the one whose hash was committed.
func TestTheSeedIsPublishedByTwoWhenAllIsOver(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	ketua, wakil := h.committee()
	h.answered(2)
	ask := func() body { return body{"op": uuid.NewString(), "reason": "periode ujian selesai"} }
	if status, got := ketua.post(resultsPath+"/reveal", ask()); status != 409 || got.text("field") != "sitting_open" {
		t.Fatalf("while people write: %d %v", status, got)
	}
	h.over()
	id := ketua.proposes(resultsPath+"/reveal", ask())
	if status, got := ketua.approves(id); status != 403 {
		t.Errorf("one person alone: %d %v", status, got)
	}
	if status, got := wakil.approves(id); status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	events := h.stream(engine.ExamStream + examCode)
	last := events[slices.IndexFunc(events, func(e engine.Event) bool { return e.Kind == engine.SeedRevealed })]
	if last.Kind != engine.SeedRevealed || last.By != "ketua" || last.Two != "wakil" {
		t.Fatalf("%+v", last)
	}
	shown, _ := h.phase(ketua)["revealed"].(map[string]any)
	if shown["seed"] != last.Seed || last.Seed == "" {
		t.Errorf("the page shows %v, recorded is %s", shown, last.Seed)
	}
	if status, got := ketua.post(resultsPath+"/reveal", ask()); status != 409 || got.text("field") != "revealed" {
		t.Errorf("a second time: %d %v", status, got)
	}
}
