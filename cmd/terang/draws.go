package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

type examDraws struct {
	stores.Flags
	Exam    string `required:"" help:"Code of the exam." placeholder:"CODE"`
	Sitting string `required:"" help:"Code of the sitting." placeholder:"CODE"`
	Reveal  bool   `help:"Print the secret too, so that others can draw again. Only of a sitting that has ended."`
}

// errDraws is what the command ends with when a seat is not as it was drawn.
var errDraws = errors.New("seats are not as the secret draws them")

// Run draws the seats of a sitting again, from the journal and the key file.
func (c *examDraws) Run(ctx context.Context) error {
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return err
	}
	return errors.Join(c.check(ctx, s), s.Close())
}

func (c *examDraws) check(ctx context.Context, s *stores.DB) error {
	keys, err := s.ReadKeys(ctx, c.KeyPath())
	if err != nil {
		return err
	}
	people := proctor.NewPeople(s.Register)
	if err := people.Load(ctx, c.Exam); err != nil {
		return err
	}
	def := people.Exam(c.Exam)
	if def == nil {
		return fmt.Errorf("no exam %q: see terang exam status", c.Exam)
	}
	at := slices.IndexFunc(def.Sittings, func(d engine.SittingDef) bool { return d.Code == c.Sitting })
	if at < 0 {
		return fmt.Errorf("exam %s has no sitting %q: see terang exam status", c.Exam, c.Sitting)
	}
	room := slices.IndexFunc(def.Rooms, func(r engine.RoomDef) bool { return r.Code == def.Sittings[at].Room })
	id := c.Exam + "." + c.Sitting
	sitting := engine.NewSitting(engine.SittingStream + id)
	var events []engine.Event
	err = s.Journal.Read(ctx, sitting.Stream, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		events = append(events, e)
		return errors.Join(err, sitting.Fold(r))
	})
	if err != nil {
		return err
	}
	secrets, err := s.Proctor(ctx, keys)
	if err != nil {
		return err
	}
	secret := secrets.SeatSecret(id)
	report := proctor.CheckDraws(secret, id, def.Rooms[room].Seats, events)
	fmt.Printf("%s: %d seats drawn, %d kept as in the roster, %d given as an exception\n", id, report.Drawn, report.Kept, report.Asked)
	if sitting.Seats.Seal != "" {
		fmt.Printf("committed to beforehand: sha256 %s\n", sitting.Seats.Seal)
	}
	for _, f := range report.Faults {
		fmt.Println("  " + f)
	}
	if c.Reveal {
		if sitting.Phase != engine.Ended && sitting.Phase != engine.Sealed {
			return fmt.Errorf("sitting %s has not ended: whoever has the secret now knows who would sit where", id)
		}
		fmt.Printf("secret: %s\n", hex.EncodeToString(secret))
	}
	if len(report.Faults) > 0 {
		return fmt.Errorf("%s: %d %w", id, len(report.Faults), errDraws)
	}
	return nil
}
