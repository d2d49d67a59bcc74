package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/questionbank/pack"
)

// packPairs are the acts on sealed packs of two people who are not at one terminal: one
// proposes on their machine, the other decides on theirs or at /persetujuan.
type packPairs struct {
	stores *stores.DB
	log    *proctor.Log
	now    func() engine.Instant
}

func (x *packPairs) acts() []proctor.PairAct {
	return []proctor.PairAct{
		{Name: engine.ActPackVoid, Right: proctor.ActPackVoid, Life: proctor.OfficeLife, Show: showPackVoid, Do: x.void},
		{Name: engine.ActPackOpen, Right: proctor.ActPackOpen, Life: proctor.OfficeLife, Show: showPackOpen, Do: x.opened},
	}
}

// PackVoiding is what a proposal to void a pack holds.
type PackVoiding struct {
	Pack  string   `json:"pack"`
	Spare string   `json:"spare"`
	Why   pack.Why `json:"why"`
}

// PackOpening is what a proposal to open a pack by hand holds. A part can be read by the
// key-holder alone whom it is for.
type PackOpening struct {
	Pack  string         `json:"pack"`
	Kind  pack.Kind      `json:"kind"`
	Opens engine.Instant `json:"opens"`
	Parts []pack.Share   `json:"parts"`
}

// PayloadOf reads what a proposal holds.
func PayloadOf[T any](p *proctor.Proposal) (held T, err error) {
	if err = json.Unmarshal(p.Payload, &held); err != nil {
		err = fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	return held, err
}

func showPackVoid(_ context.Context, p *proctor.Proposal) ([]proctor.Line, error) {
	v, err := PayloadOf[PackVoiding](p)
	return []proctor.Line{{What: "exam", Text: p.Exam}, {What: "pack", Text: v.Pack}, {What: "cause", Text: string(v.Why)}, {What: "spare", Text: v.Spare}}, err
}

func showPackOpen(_ context.Context, p *proctor.Proposal) ([]proctor.Line, error) {
	o, err := PayloadOf[PackOpening](p)
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
	v, err := PayloadOf[PackVoiding](p)
	if err != nil {
		return proctor.Response{}, err
	}
	if _, done, err := PackEvent(ctx, x.stores, p.Exam, func(e *engine.Event) bool { return e.Op == p.Op }); err != nil || done {
		return proctor.Response{}, err
	}
	stands, spare, err := StandingPacks(ctx, x.stores, p.Exam)
	if err != nil {
		return proctor.Response{}, errors.Join(err, &engine.Refusal{Code: engine.WrongState, Field: "pack"})
	}
	if stands != v.Pack || spare != v.Spare {
		return proctor.Response{}, &engine.Refusal{Code: engine.WrongState, Field: "pack"}
	}
	n := v.Notice(p.Exam, p.By, two, x.now())
	if err := n.Check(); err != nil {
		return proctor.Response{}, err
	}
	return proctor.Response{}, x.log.Once(ctx, engine.PackStream+p.Exam, Voided(&n, p.Op))
}

// Notice is the notice that two people, by and and, give of the pack.
func (v *PackVoiding) Notice(exam, by, and string, at engine.Instant) pack.Notice {
	return pack.Notice{Exam: exam, Pack: v.Pack, Spare: v.Spare, Why: v.Why, By: by, And: and, At: at}
}

// Voided is the event that records a notice. The same op is recorded once.
func Voided(n *pack.Notice, op string) engine.Event {
	return engine.Event{Kind: engine.PackVoided, At: n.At, By: n.By, Two: n.And, Op: op, Why: string(n.Why), Text: n.Pack, Act: n.Spare}
}

// opened records that two key-holders agreed to open the pack. The contents are then with
// whoever approved it and has the identity that the part is for.
func (x *packPairs) opened(ctx context.Context, p *proctor.Proposal, two string) (proctor.Response, error) {
	o, err := PayloadOf[PackOpening](p)
	if err != nil {
		return proctor.Response{}, err
	}
	return proctor.Response{}, x.log.Once(ctx, engine.PackStream+p.Exam,
		engine.Event{Kind: engine.PackOpened, At: x.now(), By: p.By, Two: two, Op: p.Op, Text: o.Pack})
}

// PackEvent finds the newest event about an exam's packs that fits.
func PackEvent(ctx context.Context, s *stores.DB, exam string, fits func(*engine.Event) bool) (found engine.Event, ok bool, err error) {
	err = s.Journal.Read(ctx, engine.PackStream+exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if err == nil && fits(&e) {
			found, ok = e, true
		}
		return err
	})
	return found, ok, err
}
