package main

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/crowd"
	"terang/cmd/terang/judge"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/scoring"
	"terang/web"
)

// Boards are judged by what was decided of items, not by the key alone: of each way to decide one
// item, and of one that was decided about twice.
func TestBoardsAreJudgedByWhatWasDecidedOfItems(t *testing.T) {
	t.Parallel()
	h := heldSampleOf(t, 20, 110, true, func(ctx context.Context, h *heldSample, s *stores.DB) error {
		bank, err := stores.SampleBank()
		if err != nil {
			return err
		}
		answered, err := answersByItem(ctx, s.Journal)
		if err != nil {
			return err
		}
		of := func(section string) []questionbank.Question { // those that most people had first
			var all []questionbank.Question
			for _, q := range bank.Questions() {
				if q.Section == section {
					all = append(all, q)
				}
			}
			slices.SortFunc(all, func(a, b questionbank.Question) int { return answered[b.ID] - answered[a.ID] })
			return all
		}
		turned := func(q questionbank.Question) map[string]int { // as if each option were worth what the next one was
			values := make(map[string]int)
			for i, o := range q.Options {
				values[o.ID] = q.Options[(i+1)%len(q.Options)].Value
			}
			return values
		}
		twk, tiu, tkp := of("TWK"), of("TIU"), of("TKP")
		at := h.start.Add(175 * time.Minute)
		for i, a := range []scoring.Annulment{
			{Item: twk[0].ID, Section: "TWK", Policy: scoring.CreditAll},
			{Item: twk[1].ID, Section: "TWK", Policy: scoring.KeyFix, Values: turned(twk[1])},
			{Item: tiu[0].ID, Section: "TIU", Policy: scoring.DropScale},
			{Item: tiu[1].ID, Section: "TIU", Policy: scoring.DropScale},
			{Item: tkp[0].ID, Section: "TKP", Policy: scoring.CreditAll},
			{Item: tkp[0].ID, Section: "TKP", Policy: scoring.CreditBestOf, Values: turned(tkp[0])},
		} {
			body, err := json.Marshal(web.AnnulDecision{Annulment: a, Why: "unusable"})
			if err != nil {
				return err
			}
			hash, err := s.Archive.Keep(ctx, body)
			if err != nil {
				return err
			}
			err = proctor.NewLog(s.Journal, proctor.Direct(s.Journal)).Append(ctx, engine.ExamStream+stores.SampleCode, engine.Event{
				Kind: engine.ItemAnnulled, At: at.Add(time.Duration(i)), By: "ketua", Two: "wakil", Op: uuid.NewString(), Item: a.Item, Act: a.Policy, Why: "unusable", Text: hash.String(),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	report, err := (&judge.Trial{Journal: h.journal, Keys: h.keyPath, Log: crowd.NewLog()}).Judge(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if report.Rows < 15 || report.Boards.N > 0 {
		t.Errorf("of %d rows %d are said to show other points:\n%s", report.Rows, report.Boards.N, report)
	}
}
