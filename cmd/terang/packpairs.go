package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"terang/engine"
	"terang/proctor"
	"terang/questionbank/pack"
)

// packPairs are the acts on sealed packs of two people who are not at one terminal: one
// proposes on their machine, the other decides on theirs or at /persetujuan.
type packPairs struct {
	stores *stores
	log    *proctor.Log
	now    func() engine.Instant
}

func (x *packPairs) acts() []proctor.PairAct {
	return []proctor.PairAct{
		{Name: engine.ActPackVoid, Right: proctor.ActPackVoid, Life: proctor.OfficeLife, Show: showPackVoid, Do: x.void},
		{Name: engine.ActPackOpen, Right: proctor.ActPackOpen, Life: proctor.OfficeLife, Show: showPackOpen, Do: x.opened},
	}
}

// packVoiding is what a proposal to void a pack holds.
type packVoiding struct {
	Pack  string   `json:"pack"`
	Spare string   `json:"spare"`
	Why   pack.Why `json:"why"`
}

// packOpening is what a proposal to open a pack by hand holds. A part can be read by the
// key-holder alone whom it is for.
type packOpening struct {
	Pack  string         `json:"pack"`
	Kind  pack.Kind      `json:"kind"`
	Opens engine.Instant `json:"opens"`
	Parts []pack.Share   `json:"parts"`
}

// payloadOf reads what a proposal holds.
func payloadOf[T any](p *proctor.Proposal) (held T, err error) {
	if err = json.Unmarshal(p.Payload, &held); err != nil {
		err = fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	return held, err
}

func showPackVoid(_ context.Context, p *proctor.Proposal) ([]proctor.Line, error) {
	v, err := payloadOf[packVoiding](p)
	return []proctor.Line{{What: "exam", Text: p.Exam}, {What: "pack", Text: v.Pack}, {What: "cause", Text: string(v.Why)}, {What: "spare", Text: v.Spare}}, err
}

func showPackOpen(_ context.Context, p *proctor.Proposal) ([]proctor.Line, error) {
	o, err := payloadOf[packOpening](p)
	lines := []proctor.Line{
		{What: "exam", Text: p.Exam}, {What: "pack", Text: o.Pack}, {What: "kind", Text: string(o.Kind)}, {What: "opens", Text: o.Opens.String()},
	}
	for _, part := range o.Parts {
		lines = append(lines, proctor.Line{What: "holder", Text: part.From + " → " + part.To})
	}
	return lines, err
}

// void records that the pack is void. It is refused where the packs that stand are no
// longer those of the proposal.
func (x *packPairs) void(ctx context.Context, p *proctor.Proposal, two string) (proctor.Response, error) {
	v, err := payloadOf[packVoiding](p)
	if err != nil {
		return proctor.Response{}, err
	}
	if _, done, err := packEvent(ctx, x.stores, p.Exam, func(e *engine.Event) bool { return e.Op == p.Op }); err != nil || done {
		return proctor.Response{}, err
	}
	stands, spare, err := standingPacks(ctx, x.stores, p.Exam)
	if err != nil {
		return proctor.Response{}, errors.Join(err, &engine.Refusal{Code: engine.WrongState, Field: "pack"})
	}
	if stands != v.Pack || spare != v.Spare {
		return proctor.Response{}, &engine.Refusal{Code: engine.WrongState, Field: "pack"}
	}
	n := v.notice(p.Exam, p.By, two, x.now())
	if err := n.Check(); err != nil {
		return proctor.Response{}, err
	}
	return proctor.Response{}, x.log.Once(ctx, engine.PackStream+p.Exam, voided(&n, p.Op))
}

func (v *packVoiding) notice(exam, by, and string, at engine.Instant) pack.Notice {
	return pack.Notice{Exam: exam, Pack: v.Pack, Spare: v.Spare, Why: v.Why, By: by, And: and, At: at}
}

func voided(n *pack.Notice, op string) engine.Event {
	return engine.Event{Kind: engine.PackVoided, At: n.At, By: n.By, Two: n.And, Op: op, Why: string(n.Why), Text: n.Pack, Act: n.Spare}
}

// opened records that two key-holders agreed to open the pack. The contents are then with
// whoever approved it and has the identity that the part is for.
func (x *packPairs) opened(ctx context.Context, p *proctor.Proposal, two string) (proctor.Response, error) {
	o, err := payloadOf[packOpening](p)
	if err != nil {
		return proctor.Response{}, err
	}
	return proctor.Response{}, x.log.Once(ctx, engine.PackStream+p.Exam,
		engine.Event{Kind: engine.PackOpened, At: x.now(), By: p.By, Two: two, Op: p.Op, Text: o.Pack})
}

// packEvent finds the newest event about an exam's packs that fits.
func packEvent(ctx context.Context, s *stores, exam string, fits func(*engine.Event) bool) (found engine.Event, ok bool, err error) {
	err = s.journal.Read(ctx, engine.PackStream+exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if err == nil && fits(&e) {
			found, ok = e, true
		}
		return err
	})
	return found, ok, err
}

// proposePack stores an act on a pack of an exam until another person decides it.
func (f *officeFlags) proposePack(ctx context.Context, o *office, exam, act, reason string, held any) error {
	payload, err := json.Marshal(held)
	if err != nil {
		return err
	}
	return f.atCounter(ctx, o, func(n *node) error {
		if n.people.Exam(exam) == nil {
			return fmt.Errorf("exam %s is not in this journal, so that nobody would see the proposal: do it with the second person at this terminal", exam)
		}
		id, err := n.desk.Pairs().Propose(ctx, o.by, proctor.Proposal{
			Stream: engine.ExamStream + exam, Act: act, Op: orNew(""), Exam: exam, Reason: reason, Payload: payload,
		})
		if err != nil {
			return err
		}
		return printAnswer(proctor.Response{Proposal: id})
	})
}

// completes opens a pack with the part that a proposal holds, as the second person: the
// approval is recorded before anything is written down.
func (c *bankOpen) completes(ctx context.Context, o *office) (*unsealed, error) {
	p, err := c.find(ctx, o.stores, c.Pack, c.Exam)
	if err != nil {
		return nil, err
	}
	var u *unsealed
	return u, c.atCounter(ctx, o, func(n *node) error {
		pairs := n.desk.Pairs()
		q, _, err := pairs.Get(ctx, c.Proposal)
		if err != nil {
			return pairError("--proposal "+c.Proposal, err)
		}
		held, err := payloadOf[packOpening](q)
		if err != nil {
			return err
		}
		if q.Act != engine.ActPackOpen || held.Pack != p.Hash {
			return fmt.Errorf("proposal %s is about another pack or act than %s: see terang proposals", c.Proposal, c.Pack)
		}
		contents, who, err := p.Complete(p.on(c.Exam, now()), held.Parts, p.with...)
		if err != nil {
			return err
		}
		_, err = pairs.Decide(ctx, o.by, c.Proposal, orNew(""), "approve", "")
		if errors.Is(err, engine.WrongState) { // approved before, at the page
			_, mine, readErr := packEvent(ctx, o.stores, q.Exam, func(e *engine.Event) bool {
				return e.Kind == engine.PackOpened && e.Op == q.Op && slices.Contains([]string{e.By, e.Two}, o.by.User)
			})
			if err = errors.Join(pairError("--proposal "+c.Proposal, err), readErr); mine && readErr == nil {
				err = nil
			}
		} else if err != nil {
			err = pairError("--proposal "+c.Proposal, err)
		}
		u = &unsealed{p.Pack, contents, who}
		return err
	})
}
