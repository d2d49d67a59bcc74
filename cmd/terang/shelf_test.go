package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/questionbank/shelf"
)

// filledShelf is a journal whose bank has the approved items of the sample.
func filledShelf(t *testing.T) (l *library, keys *stores.KeyFile, keysFile string) {
	t.Helper()
	s, err := stores.Open("sqlite:"+filepath.Join(t.TempDir(), "t.db"), true)
	check(t, err)
	t.Cleanup(func() { _ = s.Close() })
	path := filepath.Join(t.TempDir(), "keys")
	keys, err = stores.OpenKeys(path)
	check(t, err)
	o := &office{stores: s, log: proctor.NewLog(s.Journal, proctor.Direct(s.Journal)), by: proctor.SetupAccount()}
	o.people = proctor.NewPeople(s.Register)
	o.accounts = proctor.NewAccounts(s.Register, nil, o.log, nil)
	l = o.library()
	sample, err := stores.SampleBank()
	check(t, err)
	l.approved(t, sample.Questions())
	return l, keys, path
}

// approved puts items on the shelf, and has them approved.
func (l *library) approved(t *testing.T, qs []questionbank.Question) {
	t.Helper()
	_, _, err := l.shelf.Take(t.Context(), theWriter, qs, 1)
	check(t, err)
	for _, q := range qs {
		for _, c := range []shelf.Command{{Act: shelf.ActSubmit, By: theWriter, At: 2}, {Act: shelf.ActApprove, By: shelf.Person{User: "bagus"}, At: 3}} {
			_, err := l.shelf.Do(t.Context(), q.ID, c, "")
			check(t, err)
		}
	}
}

var theWriter = shelf.Person{User: "ratna"}

// An exam of the shelf has exactly the approved versions, every item knows that it was
// used, and what is edited afterwards does not reach it.
func TestAnExamTakesTheApprovedVersions(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	l, keys, _ := filledShelf(t)
	s := l.stores
	sample, err := stores.SampleBank()
	check(t, err)
	edited := sample.Questions()[0]
	edited.Why = "another reason"
	_, _, err = l.shelf.Write(ctx, theWriter, "", edited.Version, edited, 4)
	check(t, err)

	bank, err := l.bank(ctx, nil, false)
	check(t, err)
	def, err := create.SampleDefinition(1, time.Now().Add(time.Hour), false)
	check(t, err)
	file, err := def.File()
	check(t, err)
	_, err = create.Exam(ctx, s, keys, "setup", create.Source{File: file, Bank: bank, Use: func(ctx context.Context, exam string, at engine.Instant) error {
		return l.shelf.Use(ctx, shelf.Person{User: "setup"}, exam, bank, at)
	}})
	check(t, err)
	recorded, err := s.ExamRecord(ctx, def.Code)
	check(t, err)
	parts, err := s.ExamParts(ctx, def, recorded, keys)
	check(t, err)
	for _, q := range parts.Bank.Questions() {
		it, err := l.shelf.Item(ctx, q.ID)
		check(t, err)
		if it.Standing != q.Version || q.Reviewer != "bagus" || !slices.ContainsFunc(it.Uses, func(u shelf.Use) bool { return u.Exam == def.Code && u.Version == q.Version }) {
			t.Errorf("%s: the exam has version %d, reviewed by %s; the shelf approved %d and knows of %v", q.ID, q.Version, q.Reviewer, it.Standing, it.Uses)
		}
	}
	if q, _ := parts.Bank.Question(edited.ID); q.Why == edited.Why {
		t.Error("a draft reached the exam")
	}
}

// A reviewer whose account an older program kept under a name with two spaces keeps nobody from
// the bank, and whoever has an author's name does not review what that author wrote.
func TestANameTypedWithTwoSpacesIsTheSameName(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	l, _, _ := filledShelf(t)
	account := func(user, name string) engine.Entry {
		return engine.Entry{Kind: proctor.KindAccount, ID: user, Body: []byte(`{"user":"` + user + `","name":"` + name + `","grants":[{"role":"reviewer"}],"hash":"","changed":1}`)}
	}
	sample, err := stores.SampleBank()
	check(t, err)
	q := sample.Questions()[0]
	check(t, l.stores.Register.Put(ctx, account("bagus", "Oktavianus  Nenohai"), account("other", strings.ReplaceAll(q.Author, " ", "  "))))
	bank, err := l.bank(ctx, nil, false)
	check(t, err)
	for _, q := range bank.Questions() {
		if q.Reviewer != "Oktavianus Nenohai" {
			t.Errorf("%s was reviewed by %q", q.ID, q.Reviewer)
		}
	}
	q.Why = "another reason"
	_, _, err = l.shelf.Write(ctx, theWriter, "", q.Version, q, 4)
	check(t, err)
	_, err = l.shelf.Do(ctx, q.ID, shelf.Command{Act: shelf.ActSubmit, By: theWriter, At: 5}, "")
	check(t, err)
	l.by, err = l.accounts.Get(ctx, "other")
	check(t, err)
	me, err := l.me(ctx)
	check(t, err)
	if _, err := l.shelf.Do(ctx, q.ID, shelf.Command{Act: shelf.ActApprove, By: me, At: 6}, ""); !errors.Is(err, shelf.OwnWork) {
		t.Errorf("%q approves what %q wrote: %v", me.Name, q.Author, err)
	}
}
