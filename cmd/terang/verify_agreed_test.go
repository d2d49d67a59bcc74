package main

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// What takes two people was done by two: an export in which one person alone has changed the
// places of an exam whose check-in was open, or has fixed its results, is refused with all its
// chains made to fit; and so is one that names somebody else than who approved it.
func TestActsOnAWholeExamAreCheckedToBeOfTwo(t *testing.T) {
	t.Parallel()
	h := heldSampleOf(t, 3, 4, true, func(ctx context.Context, h *heldSample, s *stores.DB) error {
		stream := engine.ExamStream + stores.SampleCode
		log := proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
		file, err := s.Register.Get(ctx, proctor.KindExam, stores.SampleCode)
		check(t, err)
		def, err := engine.ParseDefinition(file)
		check(t, err)
		def.Rooms = append(def.Rooms, engine.RoomDef{Code: "aula", Site: def.Sites[0].Code, Name: "Aula", Seats: 10})
		next, err := def.File()
		check(t, err)
		hash, err := s.Archive.Keep(ctx, next)
		check(t, err)
		_, err = proctor.NewPeople(s.Register).SaveExam(ctx, next)
		check(t, err)
		n := 0
		check(t, s.Journal.Read(ctx, stream, 0, func(r engine.Record) error { n = r.N; return nil }))
		at, op, proposal := h.start.Add(180*time.Minute), uuid.NewString(), n+1
		return log.Append(ctx, stream,
			engine.Event{Kind: engine.Proposed, At: at, By: "kepala", Op: op, Act: engine.ActPlaces, Text: engine.SHA256("proposal")},
			engine.Event{Kind: engine.Approved, At: at, By: "direktur", Op: uuid.NewString(), Act: engine.ActPlaces, Ref: proposal},
			engine.Event{Kind: engine.PlacesChanged, At: at, By: "kepala", Two: "direktur", Op: op, Text: hash.String()},
			engine.Event{Kind: engine.Performed, At: at, By: "engine", Act: engine.ActPlaces, Ref: proposal})
	})
	export := h.export(t)
	if r := verified(t, export); !r.Sound() || !strings.Contains(r.String(), "4 acts on the whole exam that take two people") {
		t.Fatal(r)
	}
	for _, c := range []struct{ name, words, was, is string }{
		{"places by one", `is PlacesChanged by the word of "kepala" alone, after the first check-in was opened`, `("k":"PlacesChanged"[^\n]*)"two":"direktur"`, `$1"two":"kepala"`},
		{"places by nobody beside", `is PlacesChanged by the word of "kepala" alone`, `("k":"PlacesChanged"[^\n]*)"two":"direktur",`, `$1`},
		{"places by others than agreed", `was proposed by "kepala" and approved by "direktur"`, `("k":"PlacesChanged"[^\n]*)"two":"direktur"`, `$1"two":"ketua"`},
		{"an approval by somebody else", `was proposed by "kepala" and approved by "komite"`, `("k":"Approved"[^\n]*)"by":"direktur"`, `$1"by":"komite"`},
		{"results fixed by one", `is ResultsFrozen by the word of "ketua" alone, and it always takes two people`, `("k":"ResultsFrozen"[^\n]*)"two":"wakil"`, `$1"two":"ketua"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, re := forge(t, h, export), regexp.MustCompile(c.was)
			f.edit("streams/00001.gz", func(s string) string { return linked(re.ReplaceAllString(s, c.is)) })
			f.found("agreed", c.words)
		})
	}
}
