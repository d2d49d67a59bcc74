package shelf_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"terang/engine"
	"terang/engine/pgjournal"
	"terang/engine/sqlitejournal"
	"terang/engine/storetest"
	"terang/questionbank"
	"terang/questionbank/shelf"
	"terang/testdata"
)

// stores is what a shelf stands on.
type stores interface {
	engine.Journal
	engine.Register
	engine.Archive
}

// appender commits as a command does that runs without a hall.
type appender struct{ engine.Journal }

func (a appender) Append(run engine.Run) (engine.Outcome, error) {
	out, err := a.Journal.Append(context.Background(), []engine.Run{run})
	if err != nil {
		return engine.Outcome{}, err
	}
	return out[0], nil
}

func embedded(t testing.TB) stores {
	t.Helper()
	db, err := sqlitejournal.Open(filepath.Join(t.TempDir(), "terang.db"), sqlitejournal.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func newShelf(db stores) *shelf.Shelf { return shelf.New(db, db, db, appender{db}) }

var (
	ratna = shelf.Person{User: "ratna", Name: "Ratna Wulandari"}
	bagus = shelf.Person{User: "bagus", Name: "Bagus Prakoso"}
	yusti = shelf.Person{User: "yusti", Name: "Yustina Kase"}
)

const draft = `== TIU-LOG-901 ==
version: 1
section: TIU
topic: silogisme
band: medium
author: Ratna Wulandari

Semua petugas arsip terampil mengetik. Sebagian petugas arsip adalah pegawai baru.

Simpulan yang benar adalah …

a) [0] Semua pegawai baru terampil mengetik.
b) [5] Sebagian pegawai baru terampil mengetik.
c) [0] Tidak ada pegawai baru yang terampil mengetik.
why: sebagian petugas arsip, yang terampil, adalah pegawai baru
`

func question(t testing.TB, text string) questionbank.Question {
	t.Helper()
	qs, faults := questionbank.Drafts(fstest.MapFS{"a.bank": {Data: []byte(text)}}, "a.bank")
	if len(faults) > 0 || len(qs) != 1 {
		t.Fatalf("%d questions, faults %v", len(qs), faults)
	}
	return qs[0]
}

// An item goes from its first draft to an exam and into retirement, on both databases.
func TestAnItemLivesItsLife(t *testing.T) {
	t.Run("embedded", func(t *testing.T) { life(t, embedded(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		if testing.Short() {
			t.Skip("starts a server")
		}
		db, err := pgjournal.Open(t.Context(), storetest.Postgres(t).DSN, pgjournal.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		life(t, db)
	})
}

func life(t *testing.T, db stores) {
	ctx, s := t.Context(), newShelf(db)
	at := engine.Instant(1000)
	q := question(t, draft)
	must := func(it *shelf.Item, err error) *shelf.Item {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		at++
		return it
	}
	refused := func(want error, act shelf.Command, words string) {
		t.Helper()
		if _, err := s.Do(ctx, q.ID, act, words); !errors.Is(err, want) {
			t.Fatalf("%s by %s: %v, want %v", act.Act, act.By.User, err, want)
		}
	}
	stage := func(it *shelf.Item, want shelf.Stage) {
		t.Helper()
		if it.Stage() != want {
			t.Fatalf("stage %s, want %s", it.Stage(), want)
		}
	}
	refused(shelf.NoItem, shelf.Command{Act: shelf.ActSubmit, By: ratna, At: at}, "")
	it, faults, err := s.Write(ctx, ratna, "op-1", 0, q, at)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	stage(must(it, err), shelf.Draft)
	refused(engine.WrongState, shelf.Command{Act: shelf.ActApprove, By: bagus, At: at, Version: 1}, "")
	stage(must(s.Do(ctx, q.ID, shelf.Command{Act: shelf.ActSubmit, By: ratna, At: at, Version: 1}, "")), shelf.InReview)
	refused(shelf.OwnWork, shelf.Command{Act: shelf.ActApprove, By: ratna, At: at, Version: 1}, "")
	refused(shelf.OwnWork, shelf.Command{Act: shelf.ActApprove, By: shelf.Person{User: "other", Name: "ratna wulandari "}, At: at, Version: 1}, "")
	refused(shelf.OwnWork, shelf.Command{Act: shelf.ActApprove, By: shelf.Person{User: "rw", Name: "R. W.", Also: []string{"ratna"}}, At: at, Version: 1}, "")
	refused(shelf.NeedsWords, shelf.Command{Act: shelf.ActReturn, By: bagus, At: at, Version: 1}, "  ")
	stage(must(s.Do(ctx, q.ID, shelf.Command{Act: shelf.ActReturn, By: bagus, At: at, Version: 1}, "“Benar” rancu.")), shelf.Draft)

	better := question(t, strings.Replace(draft, "yang benar adalah", "yang tepat adalah", 1))
	it, _, err = s.Write(ctx, ratna, "op-2", 1, better, at)
	if must(it, err); it.Newest().Number != 2 {
		t.Fatalf("version %d after the edit, want 2", it.Newest().Number)
	}
	if _, _, err := s.Write(ctx, yusti, "op-3", 1, q, at); !errors.Is(err, shelf.Changed) {
		t.Fatalf("an edit of a version that is no longer the newest: %v", err)
	}
	it, _, err = s.Write(ctx, ratna, "op-2", 1, better, at) // the same operation once more
	if must(it, err); len(it.Versions) != 2 {
		t.Fatalf("%d versions after an operation was sent twice", len(it.Versions))
	}
	must(s.Do(ctx, q.ID, shelf.Command{Act: shelf.ActSubmit, By: ratna, At: at, Version: 2}, ""))
	refused(shelf.Changed, shelf.Command{Act: shelf.ActApprove, By: bagus, At: at, Version: 1}, "")
	stage(must(s.Do(ctx, q.ID, shelf.Command{Act: shelf.ActApprove, By: bagus, At: at, Version: 2}, "")), shelf.Approved)

	// An exam takes exactly this version, also while the next one is being written.
	it, _, err = s.Write(ctx, yusti, "op-4", 2, question(t, strings.Replace(draft, "Simpulan", "Kesimpulan", 1)), at)
	stage(must(it, err), shelf.Draft)
	bank, faults, err := s.Bank(ctx, shelf.Filter{}, func(user string) string { return "name of " + user })
	if err != nil || len(faults) > 0 {
		t.Fatal(err, faults)
	}
	taken, _ := bank.Question(q.ID)
	if taken.Version != 2 || taken.Reviewer != "name of bagus" || !strings.Contains(taken.Stem, "tepat") {
		t.Fatalf("the exam took version %d, reviewer %q: %s", taken.Version, taken.Reviewer, taken.Stem)
	}
	for range 2 { // again has no second effect
		if err := s.Use(ctx, ratna, "skd-2026", bank, at); err != nil {
			t.Fatal(err)
		}
	}
	it = must(s.Item(ctx, q.ID))
	if len(it.Uses) != 1 || it.Uses[0] != (shelf.Use{Exam: "skd-2026", Version: 2, At: it.Uses[0].At}) {
		t.Fatalf("uses %v", it.Uses)
	}

	must(s.Do(ctx, q.ID, shelf.Command{Act: shelf.ActRetire, By: bagus, At: at}, "muncul di media sosial"))
	if bank, _, err := s.Bank(ctx, shelf.Filter{}, strings.ToUpper); bank != nil || !errors.Is(err, shelf.NoneApproved) {
		t.Fatalf("a retired item is still given to exams: %v", err)
	}
	// Another node reads the same.
	again := must(newShelf(db).Item(ctx, q.ID))
	stage(again, shelf.Retired)
	var told []string
	for i := range again.History {
		words, err := s.Words(ctx, &again.History[i])
		if err != nil {
			t.Fatal(err)
		}
		if words != "" {
			told = append(told, words)
		}
	}
	if want := []string{"“Benar” rancu.", "muncul di media sosial"}; !slices.Equal(told, want) {
		t.Fatalf("words %q, want %q", told, want)
	}
}

// A node hears from the journal's tail what another node did to an item.
func TestAShelfForgetsWhatOthersChanged(t *testing.T) {
	db := embedded(t)
	here, there := newShelf(db), newShelf(db)
	if _, _, err := here.Write(t.Context(), ratna, "", 0, question(t, draft), 1); err != nil {
		t.Fatal(err)
	}
	it, err := there.Item(t.Context(), "TIU-LOG-901")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := here.Do(t.Context(), it.ID, shelf.Command{Act: shelf.ActSubmit, By: ratna, At: 2}, ""); err != nil {
		t.Fatal(err)
	}
	there.Apply(engine.Record{Stream: engine.ItemStream + it.ID, N: 2}, nil)
	if it, err = there.Item(t.Context(), it.ID); err != nil || it.Stage() != shelf.InReview {
		t.Fatalf("stage %s, %v", it.Stage(), err)
	}
}

func sample(t testing.TB) []questionbank.Question {
	t.Helper()
	files, err := fs.Sub(testdata.Sample, "bank")
	if err != nil {
		t.Fatal(err)
	}
	qs, faults := questionbank.Drafts(files, testdata.BankFiles...)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return qs
}

// An import that was cut off is run again and goes on; one that changes an item makes a
// version; and what a bank gives to an exam after review is what was imported.
func TestAnImportCanBeRunAgain(t *testing.T) {
	ctx, s, qs := t.Context(), newShelf(embedded(t)), sample(t)
	half, faults, err := s.Take(ctx, ratna, qs[:40], 1)
	if err != nil || len(faults) > 0 || len(half.New) != 40 {
		t.Fatal(half, faults, err)
	}
	qs[3].Why = "another reason"
	rest, _, err := s.Take(ctx, ratna, qs, 2)
	if err != nil || len(rest.New) != len(qs)-40 || len(rest.Unchanged) != 39 || !slices.Equal(rest.Revised, []string{qs[3].ID}) {
		t.Fatalf("%d new, %d unchanged, revised %v, %v", len(rest.New), len(rest.Unchanged), rest.Revised, err)
	}
	for _, q := range qs {
		for _, act := range []shelf.Act{shelf.ActSubmit, shelf.ActApprove} {
			if _, err := s.Do(ctx, q.ID, shelf.Command{Act: act, By: yusti, At: 3}, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	bank, faults, err := s.Bank(ctx, shelf.Filter{}, func(string) string { return yusti.Name })
	if err != nil || len(faults) > 0 || bank.Len() != len(qs) {
		t.Fatal(bank, faults, err)
	}
	// A spare pack takes what the exam does not have.
	twk, _, err := s.Bank(ctx, shelf.Filter{Sections: []string{"TWK"}}, strings.ToUpper)
	if err != nil {
		t.Fatal(err)
	}
	others, faults, err := s.Bank(ctx, shelf.Filter{Without: twk}, strings.ToUpper)
	if err != nil || len(faults) > 0 || twk.Len()+others.Len() != bank.Len() || twk.Len() == 0 {
		t.Fatalf("%d items of one section and %d others, of %d; %v %v", twk.Len(), others.Len(), bank.Len(), faults, err)
	}
	for i, q := range bank.Questions() {
		want := qs[slices.IndexFunc(qs, func(p questionbank.Question) bool { return p.ID == q.ID })]
		if q.ID == qs[3].ID {
			want.Version++
		}
		if string(questionbank.EncodeQuestion(q)) != string(questionbank.EncodeQuestion(want)) {
			t.Errorf("question %d is not what was imported:\n%s\n%s", i, questionbank.Text([]questionbank.Question{q}), questionbank.Text([]questionbank.Question{want}))
		}
	}
}

// One fault, and nothing of the file is taken.
func TestAnImportWithAFaultTakesNothing(t *testing.T) {
	ctx, s := t.Context(), newShelf(embedded(t))
	bad := question(t, draft)
	bad.Stem = `<p onclick="x()">?</p>`
	_, faults, err := s.Take(ctx, ratna, []questionbank.Question{question(t, strings.Replace(draft, "901", "902", 1)), bad}, 1)
	if err != nil || len(faults) != 1 || !strings.Contains(faults[0].What, "TIU-LOG-901: ") {
		t.Fatal(faults, err)
	}
	if all, err := s.All(ctx); err != nil || len(all) != 0 {
		t.Fatalf("%d items after an import that was refused, %v", len(all), err)
	}
}

// Two questions that were given one code are no versions of each other.
func TestAnImportWithOneCodeTwiceTakesNothing(t *testing.T) {
	ctx, s := t.Context(), newShelf(embedded(t))
	other := question(t, strings.Replace(draft, "yang benar adalah", "yang keliru adalah", 1))
	_, faults, err := s.Take(ctx, ratna, []questionbank.Question{question(t, draft), other}, 1)
	if err != nil || len(faults) != 1 || !strings.Contains(faults[0].String(), "a.bank:1: TIU-LOG-901: the id stands twice, also at a.bank:1") {
		t.Fatal(faults, err)
	}
	if all, err := s.All(ctx); err != nil || len(all) != 0 {
		t.Fatalf("%d items after an import that was refused, %v", len(all), err)
	}
}

// A draft may be kept half done, but not be sent to review.
func TestOnlyAFinishedDraftIsReviewed(t *testing.T) {
	ctx, s := t.Context(), newShelf(embedded(t))
	half := question(t, draft)
	half.Topic, half.Options = "", half.Options[:1]
	if _, faults, err := s.Write(ctx, ratna, "", 0, half, 1); err != nil || len(faults) > 0 {
		t.Fatal(faults, err)
	}
	_, err := s.Do(ctx, half.ID, shelf.Command{Act: shelf.ActSubmit, By: ratna, At: 2}, "")
	var unfit *shelf.UnfitError
	if !errors.As(err, &unfit) || len(unfit.Faults) != 2 || !errors.Is(err, shelf.Unfit) {
		t.Fatal(err)
	}
}

// Two people who act at the same moment: one is first, the other is decided on what the
// first made of it.
func TestOfTwoReviewersOneDecides(t *testing.T) {
	ctx, db := t.Context(), embedded(t)
	s := newShelf(db)
	if _, _, err := s.Write(ctx, ratna, "", 0, question(t, draft), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Do(ctx, "TIU-LOG-901", shelf.Command{Act: shelf.ActSubmit, By: ratna, At: 2}, ""); err != nil {
		t.Fatal(err)
	}
	results := make(chan error, 8)
	for i := range cap(results) { // each has a shelf of their own, as nodes have
		go func() {
			by := shelf.Person{User: fmt.Sprint("reviewer-", i)}
			_, err := newShelf(db).Do(ctx, "TIU-LOG-901", shelf.Command{Act: shelf.ActApprove, By: by, At: 3}, "")
			results <- err
		}()
	}
	approved := 0
	for range cap(results) {
		switch err := <-results; {
		case err == nil:
			approved++
		case !errors.Is(err, engine.WrongState):
			t.Error(err)
		}
	}
	if approved != 1 {
		t.Fatalf("%d approvals took effect, want 1", approved)
	}
}
