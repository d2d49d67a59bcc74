package web

import (
	"context"
	"encoding/json"
	"fmt"

	"terang/engine"
	"terang/engine/sqlitejournal"
	"terang/engine/storetest/founding"
	"terang/proctor"
)

// foundation is what a journal holds before anybody uses it.
type foundation struct {
	exam       []byte
	people     []proctor.Person
	formations []proctor.Formation
	logged     bool
}

var foundations founding.Files

// founded is the file of a journal with the exam and its people.
func (h *house) founded(b built) []byte {
	h.Helper()
	exam, err := json.Marshal(definition(b))
	h.must(err)
	f := foundation{exam, roster(), []proctor.Formation{{Code: "arsiparis", Post: "Arsiparis", Need: "general", Seats: 4}}, b.logged}
	if b.people != nil {
		f.people, f.formations = b.people(f.people, f.formations)
	}
	file, err := foundations.Of(fmt.Sprintf("%#v", f), f.write)
	h.must(err)
	return file
}

// write records the exam and its people in a journal that has none.
func (f *foundation) write(ctx context.Context, db *sqlitejournal.DB) error {
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
