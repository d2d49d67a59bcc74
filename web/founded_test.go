package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"terang/engine"
	"terang/engine/sqlitejournal"
	"terang/proctor"
)

// founding is what a journal holds before anybody uses it.
type founding struct {
	exam       []byte
	people     []proctor.Person
	formations []proctor.Formation
	logged     bool
}

// foundings are journals as they were made, by what they were made of. Making one takes longer than
// most of the tests that begin with it, and most of them begin with the same.
var foundings sync.Map

// founded is the file of a journal with the exam and its people.
func (h *house) founded(b built) []byte {
	h.Helper()
	exam, err := json.Marshal(definition(b))
	h.must(err)
	f := founding{exam, roster(), []proctor.Formation{{Code: "arsiparis", Post: "Arsiparis", Need: "general", Seats: 4}}, b.logged}
	if b.people != nil {
		f.people, f.formations = b.people(f.people, f.formations)
	}
	once, _ := foundings.LoadOrStore(fmt.Sprintf("%#v", f), sync.OnceValues(f.file))
	file, err := once.(func() ([]byte, error))()
	h.must(err)
	return file
}

func (f *founding) file() (file []byte, err error) {
	dir, err := os.MkdirTemp("", "terang-founded-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "terang.db")
	db, err := sqlitejournal.Open(path, sqlitejournal.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.write(context.Background(), db), db.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// write records the exam and its people in a journal that has none.
func (f *founding) write(ctx context.Context, db *sqlitejournal.DB) error {
	people := proctor.NewPeople(db)
	def, err := people.SaveExam(ctx, f.exam)
	if err != nil {
		return err
	}
	log := proctor.NewLog(db, proctor.Direct(db))
	if f.logged {
		err := log.Append(ctx, engine.ExamStream+def.Code, engine.Event{Kind: engine.ExamDefined, At: 1, By: "setup", Text: engine.SHA256(string(f.exam)), On: def.Rehearsal})
		if err != nil {
			return err
		}
	}
	if err := people.Import(ctx, log, "setup", 1, def.Code, f.people, f.formations); err != nil {
		return err
	}
	for _, s := range def.Sittings {
		at, err := def.StartOf(s)
		if err != nil {
			return err
		}
		if err := log.Append(ctx, engine.SittingStream+def.Code+"."+s.Code, engine.Event{Kind: engine.SittingPlanned, At: 1, By: "setup", From: at, MS: 6_000_000}); err != nil {
			return err
		}
	}
	return nil
}
