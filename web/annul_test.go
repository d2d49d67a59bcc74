package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
	"terang/engine/publiclog"
	"terang/proctor"
	"terang/questionbank"
	"terang/scoring"
	"terang/testdata"
)

// inPairs is the sample with the easy items of one topic in units: two by two they share a text.
func inPairs(t testing.TB) (*questionbank.Bank, *questionbank.Plan) {
	t.Helper()
	sample, err := sampleBank()
	if err != nil {
		t.Fatal(err)
	}
	qs := slices.Clone(sample.Questions())
	var units []questionbank.Unit
	var before *questionbank.Question
	for i := range qs {
		q := &qs[i]
		if q.Topic != "analogi" || q.Band != questionbank.Easy {
			continue
		}
		if before == nil {
			before = q
			continue
		}
		u := questionbank.Unit{ID: fmt.Sprintf("BACAAN-%d", len(units)), Version: 1, Lang: "id", Author: "A", Reviewer: "B", Stem: "<p>Kapal berangkat.</p>"}
		units = append(units, u)
		before.Unit, q.Unit, before.Enemies, q.Enemies = u.ID, u.ID, "", ""
		before = nil
	}
	bank, faults := questionbank.NewBank(qs, units...)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	text, err := testdata.Sample.ReadFile("exam/blueprint-skd.json")
	if err != nil {
		t.Fatal(err)
	}
	const cell = `"topic": "analogi", "band": "easy", "count": 2`
	blueprint, err := questionbank.ParseBlueprint([]byte(strings.Replace(string(text), cell, cell+`, "unit": 2`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := questionbank.Compile(bank, blueprint, questionbank.Knowledge{})
	if err != nil {
		t.Fatal(err)
	}
	return bank, plan
}

// Of an item of a unit that was annulled its own answer counts, and not that of its neighbour:
// on the boards, in the public log and on the own page, whatever was decided.
func TestAnItemOfAUnitIsRescoredByItsOwnAnswer(t *testing.T) {
	t.Parallel()
	h := build(t, built{paper: inPairs, logged: true, policy: func(p *engine.Policy) { p.ShowScores = true }})
	p := h.working(number(1, 1))
	form := h.form(p.number)
	at := 1
	for place, ok := form.Place(at); ok && place.Item.Stimulus == nil; place, ok = form.Place(at) {
		at++
	}
	first, _ := form.Place(at)
	second, ok := form.Place(at + 1)
	if !ok || first.Item.Stimulus != second.Item.Stimulus {
		t.Fatal("no unit stands whole on the form")
	}
	// What is right of the second is chosen of the first, and the second left blank.
	turned, chosen := make(map[string]int), 0
	for option, points := range h.exam.key[second.Item.ID] {
		turned[option] = 5 - points
		if points > 0 {
			chosen = slices.IndexFunc(first.Order, func(o uint8) bool { return first.Item.Options[o].ID == option })
		}
	}
	p.answered(at, string(rune('a'+chosen)))
	for q := at + 2; q < at+5; q++ { // some points to scale
		p.answered(q, string(rune('a'+slices.Index(h.exam.Worth(p.number, q), 5))))
	}
	p.say(body{"t": "finish", "op": uuid.NewString()})
	p.later("result")
	h.followed()
	h.grows()
	attempt := h.live(p.number).ID
	board := func() scoring.Points {
		r, ok := h.folds.Result(h.exam.Boards, attempt)
		if !ok || !r.Had && len(h.annuls) > 0 {
			t.Fatalf("%+v", r)
		}
		return r.Points
	}
	bare := board()
	tiu := slices.IndexFunc(h.exam.Rules.Sections, func(s scoring.Section) bool { return s.Code == second.Item.Section })
	for i, a := range []scoring.Annulment{
		{Policy: scoring.CreditAll}, {Policy: scoring.KeyFix, Values: turned}, {Policy: scoring.CreditBestOf, Values: turned}, {Policy: scoring.DropScale},
	} {
		a.Item, a.Section = second.Item.ID, second.Item.Section
		h.must(proctor.NewLog(h.journal, h.hall.Writer()).Append(t.Context(), engine.ExamStream+examCode, engine.Event{
			Kind: engine.ItemAnnulled, At: h.hall.Now(), By: "ketua", Two: "wakil", Item: a.Item, Act: a.Policy, Text: engine.SHA256(a.Policy),
		}))
		h.followed()
		h.annuls = append(h.annuls, a)
		h.grows()
		r, err := h.exam.Rescoring(Annulments{List: h.annuls, Rescored: scoring.Rescored{Version: i + 1}}, h.hall.Pos(), nil)
		h.must(err)
		h.exam.Rescored(r)
		h.folds.Again(h.exam.Boards, r, nil)

		want := int(bare[tiu])
		switch a.Policy {
		case scoring.CreditAll:
			want += 5
		case scoring.DropScale: // of one item less, half a point up
			most := h.exam.Rules.Sections[tiu].Max
			want = (2*want*most + most - 5) / (2 * (most - 5))
		}
		points := board()
		if int(points[tiu]) != want {
			t.Errorf("%s: the board has %d, want %d", a.Policy, points[tiu], want)
		}
		status, page := p.get("/api/v1/exam/result")
		var own struct{ Sections []struct{ Score int } }
		h.must(json.Unmarshal(mustJSON(page), &own))
		logged := h.scoresLogged(attempt)
		if status != http.StatusOK || len(logged) != len(own.Sections) {
			t.Fatalf("%s: %d %v; the log has %v", a.Policy, status, page, logged)
		}
		for n, s := range logged {
			if s.Points != int(points[n]) || own.Sections[n].Score != int(points[n]) {
				t.Errorf("%s: %s: the log says %d, the own page %d, the board %d", a.Policy, s.Section, s.Points, own.Sections[n].Score, points[n])
			}
		}
	}
}

// scoresLogged are the points of an attempt that the public log has last.
func (h *house) scoresLogged(attempt string) (scores []publiclog.Score) {
	h.Helper()
	leaves, _ := h.everyLeaf()
	for _, l := range leaves {
		leaf, err := publiclog.ParseLeaf([]byte(l))
		h.must(err)
		if leaf.Attempt == attempt && len(leaf.Scores) > 0 {
			scores = leaf.Scores
		}
	}
	return scores
}
