package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"terang/engine"
)

// KindAct is EXAM.SITTING/OP: the request that an operation of staff was accepted with.
const KindAct = "act"

// An attempt and a sitting know the operations that they have accepted. That is not all of
// the op rule: an act is asked of several at once, and an operation that was accepted for one
// seat must not reach another when it is sent again with other seats, another time or another
// act in it. So the first request that was accepted is kept, and whatever comes under its
// operation afterwards is answered as that one.

func actID(sitting, op string) string { return sitting + "/" + op }

// asFirst puts the request in the place of a's that its operation was first accepted with, if
// it was.
func (d *Desk) asFirst(ctx context.Context, actor *Account, a *act) error {
	body, err := d.register.Get(ctx, KindAct, actID(a.room.ID, a.Op))
	if errors.Is(err, engine.ErrAbsent) {
		return nil
	}
	var first Request
	if err == nil {
		err = json.Unmarshal(body, &first)
	}
	if err != nil {
		return fmt.Errorf("read what operation %s was accepted with: %w", a.Op, err)
	}
	if !actor.May(first.Action, a.def.Code, a.sitting.Site, a.sitting.Code) {
		return refusal(engine.NotAllowed, "action")
	}
	a.Request = first
	return nil
}

// keepFirst notes what an operation was accepted with. What came to nothing is not: it may be
// asked again as it should have been.
func (d *Desk) keepFirst(ctx context.Context, a *act, answer *Response, err error) {
	whole := err == nil && !a.named() && rules[a.Action].room
	if len(answer.Done) == 0 && answer.Proposal == "" && !whole {
		return
	}
	if body, err := json.Marshal(a.meant(answer)); err == nil {
		// The act is done, and is answered so. Where this cannot be noted it is still done once
		// at each seat.
		_ = d.register.Put(ctx, engine.Entry{Kind: KindAct, ID: actID(a.room.ID, a.Op), Body: body})
	}
}

// meant is the request with the people in it whom it reached, by number: a seat has somebody
// else, or nobody, after a move, and who comes later was not meant by everybody.
func (a *act) meant(answer *Response) Request {
	r := a.Request
	if len(answer.Done) == 0 {
		return r
	}
	r.Seats, r.Numbers = nil, nil
	name := func(seat, number string) {
		if number != "" {
			r.Numbers = append(r.Numbers, number)
		} else {
			r.Seats = append(r.Seats, seat)
		}
	}
	for _, s := range answer.Done {
		name(s.Seat, s.Number)
	}
	for _, f := range answer.Failed {
		name(f.Seat, f.Number)
	}
	return r
}
