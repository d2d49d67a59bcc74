package proctor

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"terang/engine"
)

// Happening is what somebody notes of a sitting: a reason of the list (Why), words, or both.
type Happening struct {
	Op   string `json:"op"`   // UUID; the same one again is noted once
	Seat string `json:"seat"` // "": of the whole room
	Why  string `json:"why"`
	Text string `json:"text"`
}

// Note records an incident of a sitting. Refusals name the field: op, seat or text.
func (d *Desk) Note(ctx context.Context, actor Account, sitting string, what Happening) error {
	a, err := d.open(sitting)
	if err != nil {
		return err
	}
	op, seat := strings.ToLower(what.Op), what.Seat
	code, rest := splitReason(what.Why)
	text := strings.TrimSpace(strings.Join([]string{rest, what.Text}, " "))
	switch {
	case !actor.May(ActNote, a.def.Code, a.sitting.Site, a.sitting.Code):
		return refusal(engine.NotAllowed, "action")
	case !engine.ValidOp(op):
		return refusal(engine.BadFrame, "op")
	case code == "" && text == "":
		return refusal(engine.NeedsReason, "text")
	case utf8.RuneCountInString(text) > reasonMost:
		return refusal(engine.TooMuch, "text")
	}
	if seat != "" {
		label, ok := seatLabel(seat, a.place.Seats)
		if !ok {
			return refusal(engine.UnknownSeat, "seat")
		}
		seat = label
	}
	hash, err := KeepText(ctx, d.register, text)
	if err != nil {
		return err
	}
	_, err = a.room.Append(op, func(s *engine.Sitting) ([]engine.Event, error) {
		if s.Phase == engine.Sealed {
			return nil, refusal(engine.WrongState, string(s.Phase))
		}
		return []engine.Event{{
			Kind: engine.IncidentNoted, At: max(a.now, s.At), By: actor.User, Op: op, Why: code, Seat: seat, Text: hash,
		}}, nil
	})
	return err
}

// Incidents lists a sitting's incidents with their words.
func (d *Desk) Incidents(ctx context.Context, sitting string) ([]Incident, error) {
	all := d.station.Incidents(sitting)
	for i := range all {
		words, err := Text(ctx, d.register, all[i].Text)
		if err != nil {
			return nil, err
		}
		all[i].Text = words
	}
	return all, nil
}

// NoteInsecure records once that a sitting is served without TLS, so that its minutes say
// so. A sitting that has not opened or is over is left alone.
func (d *Desk) NoteInsecure(sitting string) error {
	room := d.hall.Sitting(sitting)
	switch room.State().Phase {
	case engine.CheckingIn, engine.Waiting, engine.InProgress, engine.Halted:
	default:
		return nil
	}
	op := uuid.NewSHA1(uuid.NameSpaceURL, []byte("terang/"+AlertInsecure+"/"+sitting)).String() // the same on every node
	_, err := room.Append(op, func(s *engine.Sitting) ([]engine.Event, error) {
		return []engine.Event{{Kind: engine.IncidentNoted, At: max(d.now(), s.At), By: "engine", Op: op, Why: AlertInsecure}}, nil
	})
	return err
}
