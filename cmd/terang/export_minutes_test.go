package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// special is what few people go through: one has more time by the word of two, with the
// roster's left aside; another began at another sitting and goes on here, and was doubted.
func (h *heldSample) special(adjusted bool, events []engine.Event, at func(int) engine.Instant) []engine.Event {
	start := slices.IndexFunc(events, func(e engine.Event) bool { return e.Kind == engine.Started })
	if adjusted {
		events[start].Extra = 30 * 60_000
		return slices.Insert(events, start, engine.Event{Kind: engine.Adjusted, At: at(-400), By: "rina", Two: "budi", Form: "extra=30", Why: "accommodation"})
	}
	here := events[0].Sitting
	events = slices.Insert(events, 1,
		engine.Event{Kind: engine.DoubtRaised, At: at(-1700), By: "rina", Why: "face"},
		engine.Event{Kind: engine.DoubtDecided, At: at(-1600), By: "budi", Why: "cleared"})
	if h.other == "" || h.other == here {
		return events
	}
	events[0].Sitting = h.other
	half := start + 3 // behind the first answer
	t := events[half].At
	after := func(seconds int) engine.Instant { return t.Add(time.Duration(seconds) * time.Second) }
	return slices.Insert(events, half+1,
		engine.Event{Kind: engine.Continued, At: after(2), By: "ketua", Two: "wakil", Sitting: here, Act: h.other, Why: "power"},
		engine.Event{Kind: engine.CheckedIn, At: after(4), By: "rina", Sitting: here, Seat: "09", Number: events[0].Number},
		engine.Event{Kind: engine.SignedIn, At: after(5), By: "candidate", Device: "other"},
		engine.Event{Kind: engine.DeviceBound, At: after(6), By: "candidate", Device: "other", Gen: 2, Node: "n"},
		engine.Event{Kind: engine.Resumed, At: after(8), By: "rina", To: after(8)})
}

// minutes closes and signs the minutes of every sitting as the program does, and after one
// more note those of the first again.
func (h *heldSample) minutes(ctx context.Context, s *stores.DB, def *engine.Definition) error {
	people := proctor.NewPeople(s.Register)
	if err := people.Load(ctx, def.Code); err != nil {
		return err
	}
	log := proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	at := h.start.Add(150 * time.Minute)
	before := ""
	var m *proctor.Minutes
	for i, sitting := range append(slices.Clone(def.Sittings), def.Sittings[0]) {
		id := def.Code + "." + sitting.Code
		d := proctor.MinutesData{Format: proctor.MinutesFormat, Version: 1, Title: def.Title, Zone: def.Zone(sitting.Code).String(), Rehearsal: def.Rehearsal}
		closed := engine.Event{Kind: engine.MinutesClosed, At: at, By: "rina", Op: uuid.NewString()}
		if i == len(def.Sittings) {
			d.Version, d.Supplement, d.Why = 2, before, "supplement"
			closed.Why = d.Why
			if err := log.Append(ctx, engine.SittingStream+id, engine.Event{Kind: engine.IncidentNoted, At: at, By: "rina", Why: "other"}); err != nil {
				return err
			}
		}
		if i == 0 || i == len(def.Sittings) { // what is appended meanwhile is of other sittings
			m = proctor.NewMinutes(s.Journal, people)
			if err := stores.EachEvent(ctx, s.Journal, func(r engine.Record, e *engine.Event) { m.Apply(r, e) }); err != nil {
				return err
			}
		}
		facts, err := m.Facts(ctx, id)
		if err != nil {
			return err
		}
		d.Facts = *facts
		body, err := json.Marshal(&d)
		if err != nil {
			return err
		}
		hash, err := s.Archive.Keep(ctx, body)
		if err != nil {
			return err
		}
		if i == 0 {
			before = hash.String()
		}
		closed.MS, closed.Text, closed.Extra = int64(d.Version), hash.String(), facts.Records
		signed := engine.Event{Kind: engine.MinutesSigned, At: at, By: "rina", Two: "budi", Op: uuid.NewString(), MS: closed.MS, Text: closed.Text}
		if err := log.Append(ctx, engine.SittingStream+id, closed, signed); err != nil {
			return fmt.Errorf("minutes of %s: %w", id, err)
		}
	}
	return nil
}
