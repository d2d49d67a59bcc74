package proctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"terang/engine"
)

// KindCheckinPhoto is a photo that was taken at check-in, EXAM/ATTEMPT/HASH: personal data, which
// the register keeps and can erase. The journal has its hash. Earlier versions kept one at
// EXAM/ATTEMPT.
const KindCheckinPhoto = "checkin_photo"

// PhotoMost bounds such a photo, in bytes.
const PhotoMost = 512 << 10

// CheckinPhotoID is the id of such a photo's entry.
func CheckinPhotoID(exam, attempt, hash string) string { return exam + "/" + attempt + "/" + hash }

func checkinPhotoID(p *Person, hash string) string { return CheckinPhotoID(p.Exam, p.Attempt, hash) }

// CheckinPhotoOf says of whom a photo of an exam is, by the id of its entry: the attempt.
func CheckinPhotoOf(exam, id string) (attempt string, ok bool) {
	rest, ok := strings.CutPrefix(id, exam+"/")
	attempt, _, _ = strings.Cut(rest, "/")
	return attempt, ok
}

// TakePhoto keeps a photo of somebody who has been checked in, where the exam allows it.
// A later one takes the place of the first, once it is accepted. What a process that dies leaves
// here without an event is no photo of anybody, and goes with the exam.
func (d *Desk) TakePhoto(ctx context.Context, actor Account, sitting, number, op string, picture []byte) error {
	a, p, err := d.comerOf(actor, sitting, number)
	op = strings.ToLower(op)
	switch {
	case err != nil:
		return err
	case !a.def.Policy.CheckinPhoto:
		return refusal(engine.NotAllowed, "photo")
	case !engine.ValidOp(op):
		return refusal(engine.BadFrame, "op")
	case len(picture) == 0:
		return refusal(engine.BadFrame, "photo")
	case len(picture) > PhotoMost:
		return refusal(engine.TooMuch, "photo")
	}
	live := d.hall.Attempt(p.Attempt)
	if live == nil {
		return refusal(engine.UnknownSeat, "number")
	}
	before, hash := photoOf(live), engine.SHA256(string(picture))
	if err := d.register.Put(ctx, engine.Entry{Kind: KindCheckinPhoto, ID: checkinPhotoID(p, hash), Body: picture}); err != nil {
		return fmt.Errorf("keep the photo of %s: %w", p.Number, err)
	}
	err = live.Ask(engine.Command{Act: engine.ActPhoto, At: a.now, By: actor.User, Op: op, Text: hash}, nil).Err
	var no *engine.Refusal
	switch stands := photoOf(live); {
	case err != nil && (!errors.As(err, &no) || no.Code == engine.Busy): // whether it was accepted is not known
		return err
	case stands != hash: // refused, or another one was accepted since
		return errors.Join(err, d.erasePhoto(ctx, checkinPhotoID(p, hash)))
	case err == nil && before != "" && before != hash:
		_ = d.erasePhoto(ctx, checkinPhotoID(p, before), p.Exam+"/"+p.Attempt) // the new one is kept in any case
	}
	return err
}

// photoOf is the hash of the photo that an attempt's stream names, "" if none was accepted.
func photoOf(live *engine.Live) (hash string) {
	live.View(func(s *engine.Attempt, _ *engine.Terms) { hash = s.Photo })
	return hash
}

func (d *Desk) erasePhoto(ctx context.Context, ids ...string) error {
	ctx = context.WithoutCancel(ctx)
	for _, id := range ids {
		if err := d.register.Erase(ctx, KindCheckinPhoto, id); err != nil && !errors.Is(err, engine.ErrAbsent) {
			return fmt.Errorf("erase the photo %s: %w", id, err)
		}
	}
	return nil
}

// Photo is the one that was taken at check-in and accepted; engine.ErrAbsent where there is none.
func (d *Desk) Photo(ctx context.Context, actor Account, sitting, number string) ([]byte, error) {
	_, p, err := d.comerOf(actor, sitting, number)
	if err != nil {
		return nil, err
	}
	live := d.hall.Attempt(p.Attempt)
	if live == nil {
		return nil, engine.ErrAbsent
	}
	hash := photoOf(live)
	if hash == "" {
		return nil, engine.ErrAbsent
	}
	picture, err := d.register.Get(ctx, KindCheckinPhoto, checkinPhotoID(p, hash))
	if !errors.Is(err, engine.ErrAbsent) {
		return picture, err
	}
	picture, err = d.register.Get(ctx, KindCheckinPhoto, p.Exam+"/"+p.Attempt)
	if err == nil && engine.SHA256(string(picture)) != hash {
		return nil, engine.ErrAbsent // one that was refused has taken its place
	}
	return picture, err
}
