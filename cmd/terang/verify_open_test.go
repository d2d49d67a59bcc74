package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/evidence"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

// A list that was frozen while somebody wrote and somebody's identity was in doubt is made again
// to the byte. So is one of an earlier program, on which both stood with the points of that moment;
// but not as a list that was frozen when nothing was open.
func TestVerifyMakesAListAgainThatWasFrozenWhileSomethingWasOpen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, why string
		earlier   bool
		found     string
	}{
		{"of this program", "despite", false, ""},
		{"of an earlier program", "despite", true, ""},
		{"of a program that let nothing be open", "", true, "it is"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := heldSampleOf(t, 12, 20, false, func(ctx context.Context, h *heldSample, s *stores.DB) error {
				return h.freezes(ctx, s, c.why, c.earlier)
			})
			report := verified(t, h.export(t))
			said := listsOf(report)
			if sound := !strings.Contains(report.String(), "lists: "); sound != (c.found == "") || c.found == "" && !strings.Contains(said, "made again to the byte") {
				t.Errorf("%s\n%s", said, report)
			}
		})
	}
}

func listsOf(r *evidence.Report) (said string) {
	for _, c := range r.Checks {
		if c.Name == "lists" {
			said += c.Done
		}
	}
	return said
}

// freezes fixes a list while one candidate writes again and one is in doubt.
func (h *heldSample) freezes(ctx context.Context, s *stores.DB, why string, earlier bool) error {
	keys, err := stores.ReadKeys(h.keyPath)
	if err != nil {
		return err
	}
	listed, err := proctor.NewPeople(s.Register).Read(ctx, stores.SampleCode)
	if err != nil {
		return err
	}
	log, at := proctor.NewLog(s.Journal, proctor.Direct(s.Journal)), h.start.Add(3*time.Hour)
	for n, e := range map[int]engine.Event{
		0: {Kind: engine.DoubtRaised, At: at, By: "rina", Op: uuid.NewString(), Why: "identity"},
		1: {Kind: engine.Reopened, At: at, By: "rina", Two: "budi", Op: uuid.NewString(), Why: "mistake"},
	} {
		if err := log.Append(ctx, engine.AttemptStream+listed.Placed()[n].Attempt, e); err != nil {
			return err
		}
	}
	x, err := stores.FoldExam(ctx, s, keys, stores.SampleCode, stores.LatestVersion)
	if err != nil {
		return err
	}
	results := x.Boards.Results()
	if earlier {
		results = asEarlier(results)
	}
	_, body, err := x.List(results, listed.Formations())
	if err != nil {
		return err
	}
	list, err := s.Archive.Keep(ctx, body)
	if err != nil {
		return err
	}
	return log.Append(ctx, engine.ExamStream+stores.SampleCode,
		engine.Event{Kind: engine.ResultsFrozen, At: at, By: "ketua", Two: "wakil", Op: uuid.NewString(), Text: list.String(), MS: int64(len(listed.People)), Why: why})
}

func asEarlier(results []scoring.Result) []scoring.Result {
	for i := range results {
		results[i].Held, results[i].Working = false, false
	}
	return results
}
