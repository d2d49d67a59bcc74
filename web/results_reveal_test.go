package web

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
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

// While objections are taken that may lead to a repetition the seed stays secret, and the page
// says until when. Once it is public nobody sits that exam again: whoever would ask, and
// whoever would agree, reads what to do instead.
func TestTheSeedAndAnotherSittingExcludeEachOther(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: takesObjections})
	ketua, wakil := h.committee()
	h.answered(2)
	h.over()
	if status, html := h.returned(number(1, 1)).files("time", "", "Jam saya berhenti."); status != 200 {
		t.Fatalf("%d %s", status, html)
	}
	reveal := func() body { return body{"op": uuid.NewString(), "reason": "periode ujian selesai"} }
	if status, got := ketua.post(resultsPath+"/reveal", reveal()); status != 409 || got.text("field") != "reveal_objections" {
		t.Errorf("while an objection waits: %d %v", status, got)
	}
	if status, html := wakil.sends(casesPath+"/1", map[string]string{"op": uuid.NewString(), "decision": "upheld", "words": "Benar."}); status != 200 || !strings.Contains(html, "/1/ulang") {
		t.Fatalf("%d %s", status, html)
	}
	if status, got := ketua.post(resultsPath+"/reveal", reveal()); status != 409 || got.text("field") != "reveal_window" || !strings.Contains(got.text("text"), "masa sanggah lewat") {
		t.Errorf("while objections are taken: %d %v", status, got)
	}
	room := h.people.Exam(examCode).Rooms[0]
	again := body{"op": uuid.NewString(), "reason": "BA-12", "new": body{"code": "susulan", "site": room.Site, "room": room.Code, "title": "Susulan", "start": "2099-01-01T08:00"}}
	path := "/api/v1/exams/" + examCode + "/objections/1/repeat"
	ketua.proposes(path, again)

	x := h.server.exam(examCode)
	h.must(h.office.Record(h.Context(), &proctor.Proposal{Stream: engine.ExamStream + examCode, Act: engine.ActReveal, Op: uuid.NewString(), Exam: examCode, By: "ketua", Reason: "x"}, "wakil",
		func(*proctor.ResultsState) ([]engine.Event, error) { // by a program that did not ask
			return []engine.Event{{Kind: engine.SeedRevealed, Seed: hex.EncodeToString(x.seed)}}, nil
		}))
	again["op"] = uuid.NewString()
	if status, got := ketua.post(path, again); status != 409 || got.text("field") != "seed_public" || !strings.Contains(got.text("text"), "ujian tersendiri") {
		t.Errorf("sat again although every form is known: %d %v", status, got)
	}
	for _, page := range []string{casesPath + "/1", "/persetujuan"} {
		if _, html := wakil.page(page); !strings.Contains(html, "ujian tersendiri dengan benih baru") || strings.Contains(html, "/1/ulang") {
			t.Errorf("%s does not say what to do: %s", page, html)
		}
	}
}
