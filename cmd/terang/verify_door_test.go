package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
)

// openLog begins the public log before the exam is made, as a server does.
func (h *heldSample) openLog(ctx context.Context, s *stores.DB) error {
	name, err := node.LogName(nil)
	if err != nil {
		return err
	}
	sign := logSign{Flags: h.flags()}
	signers, err := node.OpenLogKeys(sign.Path(sign.KeyPath()), name)
	if err != nil {
		return err
	}
	version, program := node.ProgramVersion()
	log := proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	err = log.Append(ctx, engine.LogStream,
		engine.Event{Kind: engine.LogKeyed, At: stores.Now(), By: "engine", Act: keeper.KeyAdded, Text: signers.Vkeys[0]},
		engine.Event{Kind: engine.LogWritten, At: stores.Now(), By: "engine", Act: version, Text: program.String(), MS: keeper.Table, Node: "n"})
	if err != nil {
		return err
	}
	made := func(act, user, grants string) engine.Event {
		return engine.Event{Kind: engine.StaffChanged, At: stores.Now(), By: "setup", Act: act, Text: user, Why: grants}
	}
	there := "supervisor (exam " + stores.SampleCode + ")"
	return log.Append(ctx, proctor.StaffAccounts,
		made("add", "rina", there), made("add", "budi", there), made("add", "joko", there), made("add", "sari", "verifier (exam "+stores.SampleCode+")"), made("grant", "sari", "operator (exam lain)"),
		made("invite", "komite", "committee"), made("add", "ketua", "committee"), made("add", "wakil", "committee"), made("add", "kepala", "admin"), made("add", "direktur", "admin"), made("add", "lain", "operator (exam lain)"))
}

// door opens check-in at every sitting and gives out seats as it does: of three people one
// draws, the others keep the roster's. It returns the seats by attempt.
func (h *heldSample) door(ctx context.Context, s *stores.DB, keys *stores.KeyFile, listed *proctor.Listed, at func(int) engine.Instant) (map[string]string, error) {
	log := proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	seat := make(map[string]string)
	for _, sitting := range listed.Def.Sittings {
		id := stores.SampleCode + "." + sitting.Code
		secret := proctor.Keys{Secret: keys.Derive("proctor")}.SeatSecret(id)
		events := []engine.Event{
			{Kind: engine.CheckinOpened, At: at(-3600), By: "rina"},
			{Kind: engine.SeatsSealed, At: at(-1800), By: "rina", Seed: engine.SHA256(string(secret))},
		}
		var free []string
		for n := range stores.RoomMost {
			free = append(free, fmt.Sprintf("%03d", n+1))
		}
		draws := 0
		for i, p := range listed.Placed() {
			e := engine.Event{Kind: engine.SeatGiven, At: at(-1800), By: "rina", Op: uuid.NewString(), Number: p.Number, Seat: p.Seat, Act: engine.SeatRoster}
			switch {
			case i == 3 && h.other == id && p.SittingID() != id: // begins here, and goes on at the own sitting
			case p.SittingID() != id:
				continue
			case i == 3 && h.other != "" && h.other != id:
				e.Act, e.Seat, e.Why = engine.SeatAsked, "09", "power"
			case i%3 == 0:
				draws++
				e.Act, e.Q, e.Form = engine.SeatDrawn, draws, packed(free)
				e.Seat = proctor.DrawSeat(secret, id, draws, free)
				free = slices.DeleteFunc(free, func(s string) bool { return s == e.Seat })
			}
			if e.Act != engine.SeatAsked {
				seat[p.Attempt] = e.Seat
			}
			events = append(events, e)
		}
		if err := log.Append(ctx, engine.SittingStream+id, events...); err != nil {
			return nil, err
		}
	}
	return seat, nil
}

// packed are the free seats of a room as a draw names them.
func packed(free []string) string {
	bits := make([]byte, (stores.RoomMost+7)/8)
	for _, s := range free {
		n, _ := strconv.Atoi(s)
		bits[(n-1)/8] |= 1 << ((n - 1) % 8)
	}
	return base64.RawURLEncoding.EncodeToString(bits)
}

// office is what is recorded of the exam beside its sittings: an objection and its answer,
// and a calendar that was published.
func (h *heldSample) office(ctx context.Context, s *stores.DB, listed *proctor.Listed) error {
	log := proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
	at, number := h.start.Add(170*time.Minute), listed.Placed()[0].Number
	words := engine.SHA256("words")
	err := log.Append(ctx, engine.ObjectionStream+stores.SampleCode,
		engine.Event{Kind: engine.ObjectionFiled, At: at, By: "candidate", Op: uuid.NewString(), Number: number, Act: "time", To: at.Add(1), Text: words},
		engine.Event{Kind: engine.ObjectionDecided, At: at, By: "komite", Op: uuid.NewString(), Number: number, Ref: 1, Why: "rejected", Text: words})
	if err != nil {
		return err
	}
	return log.Append(ctx, engine.ExamStream+stores.SampleCode,
		engine.Event{Kind: engine.CriteriaPublished, At: at, By: "komite", Two: "ketua", Op: uuid.NewString(), Act: "calendar", MS: 1, Text: words, Extra: 3, Why: "committee admin", Form: words})
}
