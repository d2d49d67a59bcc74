package main

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/questionbank/shelf"
)

// An exam of the shelf has exactly the approved versions, every item knows that it was
// used, and what is edited afterwards does not reach it.
func TestAnExamTakesTheApprovedVersions(t *testing.T) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	s, err := openStores("sqlite:"+filepath.Join(t.TempDir(), "t.db"), true)
	must(err)
	t.Cleanup(func() { _ = s.close() })
	keys, err := openKeys(filepath.Join(t.TempDir(), "keys"))
	must(err)
	o := &office{stores: s, log: proctor.NewLog(s.journal, proctor.Direct(s.journal)), by: proctor.SetupAccount()}
	o.accounts = proctor.NewAccounts(s.register, nil, o.log, nil)
	l := o.library()
	sample, err := sampleBank()
	must(err)
	writer, reviewer := shelf.Person{User: "ratna"}, shelf.Person{User: "bagus"}
	_, _, err = l.shelf.Take(ctx, writer, sample.Questions(), 1)
	must(err)
	for _, q := range sample.Questions() {
		for _, c := range []shelf.Command{{Act: shelf.ActSubmit, By: writer, At: 2}, {Act: shelf.ActApprove, By: reviewer, At: 3}} {
			_, err := l.shelf.Do(ctx, q.ID, c, "")
			must(err)
		}
	}
	edited := sample.Questions()[0]
	edited.Why = "another reason"
	_, _, err = l.shelf.Write(ctx, writer, "", edited.Version, edited, 4)
	must(err)

	bank, err := l.bank(ctx, nil)
	must(err)
	def, err := sampleDefinition(1, time.Now().Add(time.Hour), false)
	must(err)
	file, err := encodeDefinition(def)
	must(err)
	_, err = createExam(ctx, s, keys, "setup", examSource{file: file, bank: bank, use: func(ctx context.Context, exam string, at engine.Instant) error {
		return l.shelf.Use(ctx, shelf.Person{User: "setup"}, exam, bank, at)
	}})
	must(err)
	recorded, err := s.examRecord(ctx, def.Code)
	must(err)
	parts, err := s.examParts(ctx, def, recorded, keys)
	must(err)
	for _, q := range parts.Bank.Questions() {
		it, err := l.shelf.Item(ctx, q.ID)
		must(err)
		if it.Standing != q.Version || q.Reviewer != "bagus" || !slices.ContainsFunc(it.Uses, func(u shelf.Use) bool { return u.Exam == def.Code && u.Version == q.Version }) {
			t.Errorf("%s: the exam has version %d, reviewed by %s; the shelf approved %d and knows of %v", q.ID, q.Version, q.Reviewer, it.Standing, it.Uses)
		}
	}
	if q, _ := parts.Bank.Question(edited.ID); q.Why == edited.Why {
		t.Error("a draft reached the exam")
	}
}
