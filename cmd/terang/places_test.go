package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/evidence"
	"terang/engine"
	"terang/proctor"
)

// A sitting is cancelled and another is added while the exam is served: every page knows it
// in a moment, and who was moved sits and finishes at the new one. What is exported of it
// afterwards is the exam as it was changed, and verifies.
func TestPlacesThatAreChangedWhileAnExamIsServedAreServed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "terang.db")
	s, err := openStores("sqlite:"+path, true)
	check(t, err)
	t.Cleanup(func() { check(t, s.close()) })
	keys, err := openKeys(path + ".keys")
	check(t, err)
	check(t, makeSample(t.Context(), s, keys, 3, time.Now().Add(3*time.Hour), false))
	n, err := openNode(t.Context(), nodeParts{stores: s, keys: keys, log: slog.New(slog.DiscardHandler)})
	check(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.run(ctx) }()
	server := httptest.NewServer(n.server.Handler())
	stop := func() {
		n.server.CloseStreams()
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
	plan, err := n.server.Places().Plan(t.Context(), head, sampleCode, edit)
	check(t, err)
	if len(plan.Faults) > 0 || plan.Told != 3 {
		t.Fatalf("%+v %v", plan, plan.Faults)
	}
	_, err = n.server.Places().Take(t.Context(), head, sampleCode, proctor.PlacesRequest{Op: uuid.NewString(), Edit: edit, Reason: "power: gedung padam", Change: plan.ID})
	check(t, err)
	waits(t, "the node serves the new places", func() bool {
		x := n.exams.find(sampleCode)
		return slices.ContainsFunc(x.Def.Sittings, func(d engine.SittingDef) bool { return d.Code == "sesi-9" }) && len(n.people.In(sampleCode+".sesi-9")) == 3
	})
	resp, err := http.Get(server.URL + "/api/v1/boards/" + sampleCode + ".sitting.sesi-9")
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
		answer, err := n.desk.Act(t.Context(), head, sampleCode+".sesi-9", r)
		if err != nil || len(answer.Failed) > 0 {
			t.Fatalf("%s: %v %+v", r.Action, err, answer.Failed)
		}
		return answer
	}
	act(proctor.Request{Action: engine.ActOpenCheckin})
	who := n.people.In(sampleCode + ".sesi-9")[0]
	act(proctor.Request{Action: engine.ActCheckin, Numbers: []string{who.Number}})
	act(proctor.Request{Action: engine.ActStart})
	act(proctor.Request{Action: engine.ActFinish, Reason: "evacuation"})
	if u, err := n.desk.Unsettled(t.Context(), sampleCode, ""); err != nil || u.Sittings != 0 {
		t.Errorf("a cancelled sitting keeps the results from being frozen: %+v %v", u, err)
	}
	stop()

	// A start later the same is served, and what is exported verifies.
	later, err := openNode(t.Context(), nodeParts{stores: s, keys: keys, log: slog.New(slog.DiscardHandler)})
	check(t, err)
	if x := later.exams.find(sampleCode); !x.Def.Sittings[0].Closed || later.hall.Sitting(sampleCode+".sesi-1").State().Phase != engine.Cancelled {
		t.Errorf("%+v", x.Def.Sittings)
	}
}

// waits gives a background loop its time, and fails if it does not use it.
func waits(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// What a stream says of its places, verify holds against the exam file before: nothing else
// of it may be another.
func TestAnExamFileThatChangesMoreThanPlacesIsFound(t *testing.T) {
	verify := func(change func(*engine.Definition)) string {
		t.Helper()
		h := heldSampleOf(t, 3, 5, true, func(_ context.Context, _ *heldSample, s *stores) error {
			file, err := s.register.Get(t.Context(), proctor.KindExam, sampleCode)
			check(t, err)
			def, err := engine.ParseDefinition(file)
			check(t, err)
			change(def)
			next, err := encodeDefinition(def)
			check(t, err)
			hash, err := s.archive.Keep(t.Context(), next)
			check(t, err)
			_, err = proctor.NewPeople(s.register).SaveExam(t.Context(), next)
			check(t, err)
			check(t, proctor.NewLog(s.journal, proctor.Direct(s.journal)).Append(t.Context(), engine.ExamStream+sampleCode, engine.Event{
				Kind: engine.PlacesChanged, At: now(), By: "kepala", Op: uuid.NewString(), Text: hash.String(),
			}))
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
