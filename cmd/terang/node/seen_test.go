package node

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"terang/engine"
	"terang/engine/sqlitejournal"
	"terang/proctor"
)

// book is a journal of a test, and what a node keeps of it.
type book struct {
	*testing.T
	db   *sqlitejournal.DB
	path string
	ends map[string]engine.Record
}

func newBook(t *testing.T, path string) *book {
	t.Helper()
	db, err := sqlitejournal.Open(filepath.Join(t.TempDir(), "terang.db"), sqlitejournal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &book{t, db, path, make(map[string]engine.Record)}
}

func (b *book) link(stream string, e engine.Event) engine.Run {
	end, ok := b.ends[stream]
	if !ok {
		end.Hash = engine.FirstHash(stream)
	}
	return engine.Run{Stream: stream, Records: engine.Link(stream, end.N, end.Hash, []engine.Event{e})}
}

func (b *book) append(stream string, e engine.Event) {
	b.Helper()
	run := b.link(stream, e)
	out, err := b.db.Append(b.Context(), []engine.Run{run})
	if err != nil || out[0].Conflict {
		b.Fatal(out, err)
	}
	b.ends[stream] = run.Records[0]
}

// sees folds the journal as a node does, and keeps how far.
func (b *book) sees(now engine.Instant) {
	b.Helper()
	s := &seen{path: b.path, log: slog.New(slog.DiscardHandler)}
	records, err := b.db.Tail(b.Context(), 0, 1000)
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range records {
		s.Apply(r, nil)
	}
	if s.write(now); s.told {
		b.Fatal("it could not be kept")
	}
}

func (b *book) check() error {
	s := &seen{path: b.path, log: slog.New(slog.DiscardHandler)}
	return s.check(context.Background(), b.db)
}

func (b *book) starts(what string, want bool) {
	b.Helper()
	if err := b.check(); (err == nil) != want || err != nil && !errors.Is(err, engine.ErrSetBack) {
		b.Errorf("%s: %v", what, err)
	}
}

var (
	someone  = engine.Event{Kind: engine.StaffChanged, At: 1000, By: proctor.Setup, Act: "add", Text: "kepala"}
	answered = engine.Event{Kind: engine.Answered, At: 2000, By: "candidate", Q: 1, C: "a"}
)

func TestAJournalIsComparedWithWhatWasSeenOfIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.seen")
	full, shorter, other, fresh, foreign := newBook(t, path), newBook(t, path), newBook(t, path), newBook(t, path), newBook(t, path)
	fresh.starts("before anything was kept", true)
	for _, b := range []*book{full, shorter, other} {
		b.append("exam/skd", engine.Event{Kind: engine.ExamDefined, At: 500, By: proctor.Setup}) // which may go, and so names no journal
		b.append(proctor.StaffAccounts, someone)
		b.append("attempt/a", answered)
	}
	full.append("attempt/a", answered)
	full.sees(3000)
	elsewhere := answered
	elsewhere.C = "b"
	other.append("attempt/a", elsewhere)
	later := someone
	later.At++
	foreign.append(proctor.StaffAccounts, later)

	full.starts("the journal itself", true)
	full.append("attempt/a", answered)
	full.starts("the journal, longer", true)
	shorter.starts("an older copy", false)
	other.starts("a copy that went on by itself", false)
	fresh.starts("an empty journal", true)
	foreign.starts("another journal with the same keys", true)
	foreign.sees(4000)
	foreign.append("attempt/z", answered)
	foreign.sees(5000)
	full.sees(6000)
	foreign.starts("another journal with the same keys, seen too", true)
	shorter.starts("an older copy, while another journal was served too", false)

	err := shorter.check()
	m, _, _ := marked(read(t, path), nameOf(&[]engine.Record{full.ends[proctor.StaffAccounts]}[0]))
	loss := Loss{m.pos, m.hash.String()[:16]}
	for _, want := range []string{path, "terang restored " + loss.String(), m.at.String(), "ends before"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
	if again, err := ParseLoss(loss.String()); err != nil || again != loss {
		t.Errorf("%v came back as %v: %v", loss, again, err)
	}
}

// Two nodes that keep how far they saw the same journal on one disk may differ by what came in
// a second: whoever agrees to what one lacks agrees to the other's.
func TestAnAgreementHoldsForOneRestoration(t *testing.T) {
	t.Parallel()
	b := newBook(t, filepath.Join(t.TempDir(), "keys.seen"))
	b.append(proctor.StaffAccounts, someone)
	short := newBook(t, b.path)
	short.append(proctor.StaffAccounts, someone)
	b.append("attempt/a", answered)
	b.sees(3000)
	short.starts("before anybody agreed", false)
	agreed := engine.Event{Kind: engine.JournalRestored, At: 2500, By: "kepala", Extra: 1, Form: "0123456789abcdef"}
	short.append(proctor.StaffAccounts, agreed)
	b.append("attempt/a", answered)
	b.append("attempt/a", answered)
	b.sees(3000)
	short.starts("what was agreed to before it was seen", false)
	agreed.At = 3001
	short.append(proctor.StaffAccounts, agreed)
	short.starts("what had been seen before it was agreed to", true)
	short.append("attempt/b", answered)
	short.append("attempt/b", answered)
	short.append("attempt/b", answered)
	short.sees(4000)
	short.starts("the journal that went on", true)
	b.ends = map[string]engine.Record{}
	b.starts("the older journal afterwards", false)
}

// A rehearsal that was taken out of a journal while no node ran is no loss.
func TestARehearsalThatWasRemovedIsNoLoss(t *testing.T) {
	t.Parallel()
	b := newBook(t, filepath.Join(t.TempDir(), "keys.seen"))
	b.append(proctor.StaffAccounts, someone)
	b.append("exam/gladi", engine.Event{Kind: engine.ExamDefined, At: 1500, By: proctor.Setup, On: true})
	b.sees(2000)
	record := b.link(engine.RemovalStream, engine.Event{Kind: engine.ExamRemoved, At: 2500, By: "kepala", Act: "gladi"})
	if _, err := b.db.Remove(t.Context(), engine.Removal{Streams: []string{"exam/gladi"}, Record: record}); err != nil {
		t.Fatal(err)
	}
	b.starts("after the removal", true)
}

// A machine that falls may leave half a line. It keeps no server from starting.
func TestATornLineIsNone(t *testing.T) {
	t.Parallel()
	b := newBook(t, filepath.Join(t.TempDir(), "keys.seen"))
	b.append(proctor.StaffAccounts, someone)
	b.sees(2000)
	text := read(t, b.path)
	if err := os.WriteFile(b.path, []byte(text[:len(text)-30]), 0o600); err != nil {
		t.Fatal(err)
	}
	short := newBook(t, b.path)
	short.append(proctor.StaffAccounts, someone)
	short.starts("with half a line", true)
	b.append("attempt/a", answered)
	b.sees(3000)
	short.starts("when a whole line stands behind it", false)
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
