package main

import (
	"testing"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

// Two nodes that run hear of an annulment made beside them: both take it over under the
// same epoch, and so does one that starts afterwards.
func TestAnAnnulmentReachesEveryNode(t *testing.T) {
	s := newShared(t)
	st := s.command()
	s.must(makeSample(t.Context(), st, s.keys, 3, time.Now(), true))
	one, two := s.open(true), s.open(true)
	_, _, err := one.openSample(t.Context())
	s.must(err)
	decided, err := one.exams.find(sampleCode).Annulment(scoring.Annulment{Item: "TWK-NAS-001", Policy: scoring.CreditAll}, "")
	s.must(err)
	log := proctor.NewLog(st.journal, proctor.Direct(st.journal))
	decision := []annulDecision{{Annulment: decided, Why: "unusable", Minute: "BA-1"}}
	if err := annul(t.Context(), st, log, sampleCode, "ketua", "ketua", "rusak", decision); err == nil {
		t.Fatal("one person annulled an item")
	}
	s.must(annul(t.Context(), st, log, sampleCode, "ketua", "wakil", "rusak", decision))
	version := func(n *living) (v scoring.Rescored, epoch engine.Pos) {
		view, ok := n.exams.find(sampleCode).Boards.View(sampleCode)
		if !ok {
			return v, 0
		}
		return view.Rescored, view.Epoch
	}
	for _, n := range []*living{one, two} {
		waitFor(t, 10*time.Second, "the annulment on the board", func() bool { v, _ := version(n); return v.Version == 1 })
	}
	late := s.open(true)
	first, epoch := version(one)
	for _, n := range []*living{two, late} {
		if v, e := version(n); v != first || e != epoch {
			t.Errorf("%+v under epoch %d, another node has %+v under %d", v, e, first, epoch)
		}
	}
	recorded, err := st.examRecord(t.Context(), sampleCode)
	s.must(err)
	if len(recorded.annulled) != 1 || recorded.rules == "" {
		t.Errorf("recorded: %+v", recorded)
	}
}

// An exam that was made before rule sets were kept names one that the program knows.
func TestAnExamWithoutAKeptRuleSetIsStillRead(t *testing.T) {
	s := new(stores)
	rs, err := s.examRules(t.Context(), &engine.Definition{RuleSet: "skd-2021"}, examRecord{})
	if err != nil || rs.ID != "skd-2021" {
		t.Errorf("%v, %v", rs, err)
	}
}
