package proctor

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"terang/engine"
)

// SignRequest asks for a version to be signed. Password and Code are the signer's own once
// more: a station that somebody left open signs nothing.
type SignRequest struct {
	Op       string     `json:"op"`
	Password string     `json:"password"`
	Code     string     `json:"code,omitempty"`
	Hand     *HandCount `json:"hand,omitempty"`
	Reason   string     `json:"reason,omitempty"` // of a hand count that differs
	Second   *Second    `json:"second,omitempty"` // who signs at the same desk; absent: it is proposed
}

// signPayload is what exactly two people sign.
type signPayload struct {
	Version    int        `json:"version"`
	Minutes    string     `json:"minutes"`
	Hand       *HandCount `json:"hand,omitempty"`
	Difference Difference `json:"difference"`
}

// signable checks that a version is there to be signed, and says all that is recorded by now:
// a signature that waited for the other person is asked again.
func (m *Minutes) signable(sitting string, s *engine.Sitting, version int, hash string) error {
	v := s.MinutesOf(version)
	switch {
	case v == nil, hash != "" && v.Closed.Text != hash:
		return refusal(engine.BadFrame, "version")
	case v.Signed.Kind != "":
		return refusal(engine.WrongState, "signed")
	case v != s.Newest():
		return refusal(engine.WrongState, "version") // a later one says more
	case v.Closed.Extra != m.Records(sitting):
		return refusal(engine.WrongState, "newer") // close the next version first
	}
	return nil
}

// Sign signs a version with two people: at once with one who is at the same desk, else it
// is proposed. A hand count that differs takes a reason, and nothing else.
func (m *Minutes) Sign(ctx context.Context, actor Account, sitting string, version int, q SignRequest) (Response, error) {
	a, err := m.desk.open(sitting)
	q.Op = strings.ToLower(q.Op)
	switch {
	case err != nil:
		return Response{}, err
	case actor.Token || !actor.May(ActMinutes, a.def.Code, a.sitting.Site, a.sitting.Code):
		return Response{}, refusal(engine.NotAllowed, "action")
	case !engine.ValidOp(q.Op):
		return Response{}, refusal(engine.BadFrame, "op")
	case len(q.Reason) > reasonMost:
		return Response{}, refusal(engine.TooMuch, "reason")
	case q.Hand != nil && !q.Hand.valid():
		return Response{}, refusal(engine.BadFrame, "hand")
	}
	if v := a.room.State().MinutesOf(version); v != nil && v.Signed.Op == q.Op {
		return Response{}, nil // the same operation once more
	}
	if err := m.signable(sitting, a.room.State(), version, ""); err != nil {
		return Response{}, err
	}
	if err := m.herself(ctx, actor, q.Password, q.Code, a.now); err != nil {
		return Response{}, err
	}
	d, _, err := m.Read(ctx, sitting, version)
	if err != nil {
		return Response{}, err
	}
	payload := signPayload{Version: version, Minutes: a.room.State().MinutesOf(version).Closed.Text, Hand: q.Hand, Difference: q.Hand.against(&d.Facts.Attendance)}
	if payload.Difference != (Difference{}) && strings.TrimSpace(q.Reason) == "" {
		return Response{}, refusal(engine.NeedsReason, "hand")
	}
	asked := Proposal{
		Stream: engine.SittingStream + sitting, Act: engine.ActSignMinutes, Op: q.Op, By: actor.User,
		Exam: a.def.Code, Site: a.sitting.Site, Sitting: a.sitting.Code, Reason: strings.TrimSpace(q.Reason),
	}
	if asked.Payload, err = json.Marshal(payload); err != nil {
		return Response{}, fmt.Errorf("sign the minutes of %s: %w", sitting, err)
	}
	if q.Second == nil || q.Second.User == "" {
		id, err := m.desk.pairs.Propose(ctx, actor, asked)
		return Response{Proposal: id}, err
	}
	two, err := m.desk.pairs.Second(ctx, actor, q.Second, &asked)
	if err != nil {
		return Response{}, err
	}
	return m.doSign(ctx, &asked, two)
}

// herself asks the account for its password once more.
func (m *Minutes) herself(ctx context.Context, actor Account, password, code string, now engine.Instant) error {
	_, err := m.desk.accounts.Verify(ctx, Second{User: actor.User, Password: password, Code: code}, "sign/"+actor.User, now)
	return err
}

func signing(p *Proposal) (q signPayload, err error) {
	if err = json.Unmarshal(p.Payload, &q); err != nil {
		err = fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	return q, err
}

// showSign says what whoever agrees would sign, or why it cannot be signed any more.
func (m *Minutes) showSign(ctx context.Context, p *Proposal) ([]Line, error) {
	q, err := signing(p)
	if err != nil {
		return nil, err
	}
	a, err := m.desk.open(p.SittingID())
	if err != nil {
		return nil, err
	}
	d, _, err := m.Read(ctx, p.SittingID(), q.Version)
	if err != nil {
		return nil, err
	}
	t := &d.Facts.Attendance
	lines := []Line{
		{"sitting", strings.Join([]string{a.def.Title, a.sitting.Title, a.place.Name}, " · ")}, {"version", fmt.Sprint(q.Version)},
		{"minutes", q.Minutes}, {"counted", fmt.Sprintf("%d = %d + %d", t.Registered, t.Present, t.Absent)},
	}
	for _, n := range []struct {
		what    string
		counted *int
		by      int
	}{{"hand_present", q.Hand.present(), q.Difference.Present}, {"hand_absent", q.Hand.absent(), q.Difference.Absent}} {
		if n.counted != nil {
			lines = append(lines, Line{n.what, fmt.Sprintf("%d (%+d)", *n.counted, n.by)})
		}
	}
	return lines, m.signable(p.SittingID(), a.room.State(), q.Version, q.Minutes)
}

// doSign writes both signatures. With those of the newest version the sitting is closed,
// if nothing waits for a decision any more.
func (m *Minutes) doSign(ctx context.Context, p *Proposal, two string) (Response, error) {
	q, err := signing(p)
	if err != nil {
		return Response{}, err
	}
	a, err := m.desk.open(p.SittingID())
	if err != nil {
		return Response{}, err
	}
	if two == "" || two == p.By {
		return Response{}, refusal(engine.SecondPerson, "second")
	}
	e := engine.Event{Kind: engine.MinutesSigned, By: p.By, Two: two, Op: p.Op, MS: int64(q.Version), Text: q.Minutes}
	if q.Hand != nil {
		if e.Form, err = m.keepCount(ctx, p, &q); err != nil {
			return Response{}, err
		}
	}
	if q.Difference != (Difference{}) {
		e.Why = differs
	}
	undecided := len(m.desk.undecided(a)) > 0
	_, err = a.room.Append(p.Op, func(s *engine.Sitting) ([]engine.Event, error) {
		if err := m.signable(p.SittingID(), s, q.Version, q.Minutes); err != nil {
			return nil, err
		}
		e.At = max(a.now, s.At)
		events := []engine.Event{e}
		if s.Phase == engine.Ended && !undecided {
			events = append(events, engine.Event{Kind: engine.SittingClosed, At: e.At, By: p.By, Two: two})
		}
		return events, nil
	})
	return Response{}, err
}

// Witness adds somebody who was there to a version: not one of the two who sign it.
func (m *Minutes) Witness(ctx context.Context, actor Account, sitting string, version int, q SignRequest) error {
	a, err := m.desk.open(sitting)
	q.Op = strings.ToLower(q.Op)
	switch {
	case err != nil:
		return err
	case actor.Token || !actor.May(ActSign, a.def.Code, a.sitting.Site, a.sitting.Code):
		return refusal(engine.NotAllowed, "action")
	case !engine.ValidOp(q.Op):
		return refusal(engine.BadFrame, "op")
	}
	if err := m.herself(ctx, actor, q.Password, q.Code, a.now); err != nil {
		return err
	}
	_, err = a.room.Append(q.Op, func(s *engine.Sitting) ([]engine.Event, error) {
		v := s.MinutesOf(version)
		if v == nil {
			return nil, refusal(engine.BadFrame, "version")
		}
		there := v.Signed.By == actor.User || v.Signed.Two == actor.User
		for _, w := range v.Witnessed {
			there = there || w.By == actor.User
		}
		if there {
			return nil, refusal(engine.WrongState, "signed")
		}
		return []engine.Event{{Kind: engine.MinutesWitnessed, At: max(a.now, s.At), By: actor.User, Op: q.Op, MS: int64(version), Text: v.Closed.Text}}, nil
	})
	return err
}
