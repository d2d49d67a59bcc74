package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/create"
	"terang/cmd/terang/evidence"
	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// A sitting is cancelled and another is added while the exam is served: every page knows it
// in a moment, and who was moved sits and finishes at the new one. What is exported of it
// afterwards is the exam as it was changed, and verifies.
func TestPlacesThatAreChangedWhileAnExamIsServedAreServed(t *testing.T) {
	t.Parallel()
	s, keys := newStores(t)
	check(t, create.Sample(t.Context(), s, keys, 3, time.Now().Add(3*time.Hour), false))
	n, err := node.Open(t.Context(), node.Parts{Stores: s, Keys: keys, Log: slog.New(slog.DiscardHandler)})
	check(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	server := httptest.NewServer(n.Server.Handler())
	stop := func() {
		n.Server.CloseStreams()
		server.Close()
		cancel()
		check(t, <-done)
	}

	head := proctor.Account{User: "kepala", Grants: proctor.Everywhere(proctor.Admin)}
	hour := time.Now().Add(20 * time.Hour).UTC().Format(time.RFC3339)
	edit := proctor.PlacesEdit{
		Rooms:         []engine.RoomDef{{Code: "aula", Site: "kota-lama", Name: "Aula", Seats: 10}},
		Sittings:      []engine.SittingDef{{Code: "sesi-9", Room: "aula", Title: "Sesi 9", Start: hour}},
		CloseSittings: []string{"sesi-1"},
	}
	plan, err := n.Server.Places().Plan(t.Context(), head, stores.SampleCode, edit)
	check(t, err)
	if len(plan.Faults) > 0 || plan.Told != 3 {
		t.Fatalf("%+v %v", plan, plan.Faults)
	}
	_, err = n.Server.Places().Take(t.Context(), head, stores.SampleCode, proctor.PlacesRequest{Op: uuid.NewString(), Edit: edit, Reason: "power: gedung padam", Change: plan.ID})
	check(t, err)
	waitFor(t, patience, "the node serves the new places", func() bool {
		x := n.Exams.Find(stores.SampleCode)
		return slices.ContainsFunc(x.Def.Sittings, func(d engine.SittingDef) bool { return d.Code == "sesi-9" }) && len(n.People.In(stores.SampleCode+".sesi-9")) == 3
	})
	resp, err := http.Get(server.URL + "/api/v1/boards/" + stores.SampleCode + ".sitting.sesi-9")
	check(t, err)
	var board struct{ Counts struct{ Registered int } }
	check(t, json.NewDecoder(resp.Body).Decode(&board))
	check(t, resp.Body.Close())
	if board.Counts.Registered != 3 {
		t.Fatalf("the new sitting's board has %+v", board)
	}
	act := func(r proctor.Request) proctor.Response {
		t.Helper()
		r.Op = uuid.NewString()
		answer, err := n.Desk.Act(t.Context(), head, stores.SampleCode+".sesi-9", r)
		if err != nil || len(answer.Failed) > 0 {
			t.Fatalf("%s: %v %+v", r.Action, err, answer.Failed)
		}
		return answer
	}
	act(proctor.Request{Action: engine.ActOpenCheckin})
	who := n.People.In(stores.SampleCode + ".sesi-9")[0]
	act(proctor.Request{Action: engine.ActCheckin, Numbers: []string{who.Number}})
	act(proctor.Request{Action: engine.ActStart})
	act(proctor.Request{Action: engine.ActFinish, Reason: "evacuation"})
	if u, err := n.Desk.Unsettled(t.Context(), stores.SampleCode, ""); err != nil || u.Sittings != 0 {
		t.Errorf("a cancelled sitting keeps the results from being frozen: %+v %v", u, err)
	}
	stop()

	// A start later the same is served.
	later, err := node.Open(t.Context(), node.Parts{Stores: s, Keys: keys, Log: slog.New(slog.DiscardHandler)})
	check(t, err)
	if x := later.Exams.Find(stores.SampleCode); !x.Def.Sittings[0].Closed || later.Hall.Sitting(stores.SampleCode+".sesi-1").State().Phase != engine.Cancelled {
		t.Errorf("%+v", x.Def.Sittings)
	}
}

// altered is the sample's exam file as it is after a change of places that two people made.
func altered(t *testing.T, s *stores.DB, change func(*engine.Definition)) {
	t.Helper()
	file, err := s.Register.Get(t.Context(), proctor.KindExam, stores.SampleCode)
	check(t, err)
	def, err := engine.ParseDefinition(file)
	check(t, err)
	change(def)
	next, err := def.File()
	check(t, err)
	hash, err := s.Archive.Keep(t.Context(), next)
	check(t, err)
	_, err = proctor.NewPeople(s.Register).SaveExam(t.Context(), next)
	check(t, err)
	check(t, proctor.NewLog(s.Journal, proctor.Direct(s.Journal)).Append(t.Context(), engine.ExamStream+stores.SampleCode, engine.Event{
		Kind: engine.PlacesChanged, At: stores.Now(), By: "kepala", Two: "direktur", Op: uuid.NewString(), Text: hash.String(),
	}))
}

// What a stream says of its places, verify holds against the exam file before: nothing else
// of it may be another.
func TestAnExamFileThatChangesMoreThanPlacesIsFound(t *testing.T) {
	t.Parallel()
	verify := func(change func(*engine.Definition)) string {
		t.Helper()
		h := heldSampleOf(t, 3, 5, true, func(_ context.Context, _ *heldSample, s *stores.DB) error {
			altered(t, s, change)
			return nil
		})
		report, err := evidence.Verify(t.Context(), evidence.Case{Dir: h.export(t)})
		if err != nil {
			return err.Error()
		}
		return report.First().What
	}
	found := verify(func(d *engine.Definition) {
		d.Rooms = append(d.Rooms, engine.RoomDef{Code: "aula", Site: "kota-lama", Name: "Aula", Seats: 10})
	})
	if found != "" {
		t.Errorf("another room is no fault: %s", found)
	}
	found = verify(func(d *engine.Definition) { d.Policy.LateEntry = engine.LateFull })
	if !strings.Contains(found, "more of it is another than before") {
		t.Errorf("another policy under the name of places: %s", found)
	}
}

// A sitting that is cancelled has nothing to close: the exam is over with the others, its boards
// are final, and both exports are made and hold.
func TestAnExamWithACancelledSittingIsExported(t *testing.T) {
	t.Parallel()
	h := heldSampleOf(t, 3, 5, true, func(ctx context.Context, h *heldSample, s *stores.DB) error {
		altered(t, s, func(d *engine.Definition) {
			d.Sittings = append(d.Sittings, engine.SittingDef{Code: "sesi-9", Site: "kota-lama", Room: "ruang-1", Title: "Sesi 9", Start: h.start.Add(20 * time.Hour).Time().Format(time.RFC3339)})
		})
		altered(t, s, func(d *engine.Definition) { d.Sittings[len(d.Sittings)-1].Closed = true })
		by := engine.Event{At: stores.Now(), By: "kepala", Two: "direktur"}
		planned, cancelled := by, by
		planned.Kind, planned.From, planned.MS = engine.SittingPlanned, h.start.Add(20*time.Hour), time.Hour.Milliseconds()
		cancelled.Kind, cancelled.Why, cancelled.Text = engine.SittingCancelled, "power", "gedung padam"
		return proctor.NewLog(s.Journal, proctor.Direct(s.Journal)).Append(ctx, engine.SittingStream+stores.SampleCode+".sesi-9", planned, cancelled)
	})
	if report := verified(t, h.export(t)); !report.Sound() {
		t.Errorf("%+v", report.First())
	}
	if said, sound := periksa(t, builtPeriksa(t), h.exported(t, true)); !sound {
		t.Error(said)
	}
}
