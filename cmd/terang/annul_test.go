package main

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/scoring"
	"terang/web"
)

// twoAnnul annuls an item of the sample by ketua, with another who signs at the same desk.
func twoAnnul(t *testing.T, n *living, second, item string) error {
	t.Helper()
	const secret = "kata sandi yang panjang"
	for _, user := range []string{"ketua", "wakil"} {
		a := proctor.Account{User: user, Grants: proctor.Everywhere(proctor.Committee)}
		if err := n.Accounts.Add(t.Context(), proctor.Setup, a, secret, stores.Now()); err != nil && !errors.Is(err, proctor.UserExists) {
			t.Fatal(err)
		}
	}
	ketua, err := n.Accounts.Get(t.Context(), "ketua")
	if err != nil {
		t.Fatal(err)
	}
	_, err = n.Server.Results().Annul(t.Context(), ketua, stores.SampleCode, &web.AnnulRequest{
		Asking: web.Asking{Op: uuid.NewString(), Reason: "rusak", Second: &proctor.Second{User: second, Password: secret}},
		Items:  []string{item}, Policy: scoring.CreditAll, Why: "unusable", Minute: "BA-1",
	})
	return err
}

// Two nodes that run hear of an annulment made beside them: both take it over under the
// same epoch, and so does one that starts afterwards.
func TestAnAnnulmentReachesEveryNode(t *testing.T) {
	t.Parallel()
	s := newShared(t)
	st := s.command()
	s.must(create.Sample(t.Context(), st, s.keys, 3, time.Now(), true))
	one, two := s.open(true), s.open(true)
	_, _, err := one.OpenSample(t.Context())
	s.must(err)
	if err := twoAnnul(t, one, "ketua", "TWK-NAS-001"); !errors.Is(err, engine.SecondPerson) {
		t.Fatal("one person annulled an item:", err)
	}
	s.must(twoAnnul(t, one, "wakil", "TWK-NAS-001"))
	version := func(n *living) (v scoring.Rescored, epoch engine.Pos) {
		view, ok := n.Exams.Find(stores.SampleCode).Boards.View(stores.SampleCode)
		if !ok {
			return v, 0
		}
		return view.Rescored, view.Epoch
	}
	for _, n := range []*living{one, two} {
		waitFor(t, patience, "the annulment on the board", func() bool { v, _ := version(n); return v.Version == 1 })
	}
	late := s.open(true)
	first, epoch := version(one)
	for _, n := range []*living{two, late} {
		if v, e := version(n); v != first || e != epoch {
			t.Errorf("%+v under epoch %d, another node has %+v under %d", v, e, first, epoch)
		}
	}
	recorded, err := st.ExamRecord(t.Context(), stores.SampleCode)
	s.must(err)
	if len(recorded.Annulled) != 1 || recorded.Rules == "" {
		t.Errorf("recorded: %+v", recorded)
	}
}

// An exam that was made before rule sets were kept names one that the program knows.
func TestAnExamWithoutAKeptRuleSetIsStillRead(t *testing.T) {
	s := new(stores.DB)
	rs, err := s.ExamRules(t.Context(), &engine.Definition{RuleSet: "skd-2021"}, stores.ExamRecord{})
	if err != nil || rs.ID != "skd-2021" {
		t.Errorf("%v, %v", rs, err)
	}
}
