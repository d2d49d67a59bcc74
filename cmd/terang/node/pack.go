package node

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"filippo.io/age"

	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/questionbank/pack"
)

// Source is the exam that the pack holds.
func (u *Unsealed) Source(log *proctor.Log) (create.Source, error) {
	bank, err := questionbank.DecodeBank(u.Contents.Bank)
	return create.Source{File: u.Definition, Ruleset: u.Contents.RuleSet, Bank: bank, Plan: u.Contents.Plan, Seed: u.Contents.Seed, Log: log}, err
}

// Unsealed is a pack that was opened.
type Unsealed struct {
	*pack.Pack
	*pack.Contents
	By pack.Opening
}

// Found is a pack that was read and checked, with what it takes to open it.
type Found struct {
	*pack.Pack
	Notices []pack.Notice
	With    []age.Identity
	Stream  string // that the opening is recorded in; "" is the exam's of packs
}

// On is the occasion at which the pack is opened: for whose exam, at what hour, and what is void.
func (p *Found) On(exam string, at engine.Instant) pack.Occasion {
	return pack.Occasion{Exam: exam, Now: at, Notices: p.Notices}
}

// Unlock decrypts the pack, and records by whom.
func (p *Found) Unlock(ctx context.Context, log *proctor.Log, by, exam string, at engine.Instant) (*Unsealed, error) {
	c, who, err := p.Open(p.On(exam, at), p.With...)
	if err != nil {
		return nil, err
	}
	e := engine.Event{Kind: engine.PackOpened, At: at, By: by, Text: p.Hash, Node: who.Site}
	if who.Holders != nil {
		e.Act, e.Two = who.Holders[0], who.Holders[1]
	}
	if err := log.Append(ctx, cmp.Or(p.Stream, engine.PackStream+p.Exam), e); err != nil {
		return nil, err
	}
	return &Unsealed{p.Pack, c, who}, nil
}

// String says which pack was opened, by whom, and its hash.
func (u *Unsealed) String() string {
	by := "the identity of a site"
	if u.By.Holders != nil {
		by = strings.Join(u.By.Holders, " and ")
	}
	return fmt.Sprintf("%s pack of exam %s opened by %s: sha256 %s", u.Kind, u.Exam, by, u.Hash)
}

// PackNotices are the packs of an exam that this journal knows to be void.
func PackNotices(ctx context.Context, s *stores.DB, exam string) (notices []pack.Notice, err error) {
	err = s.Journal.Read(ctx, engine.PackStream+exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if e.Kind == engine.PackVoided {
			notices = append(notices, pack.Notice{Exam: exam, Pack: e.Text, Spare: e.Act, Why: pack.Why(e.Why), By: e.By, And: e.Two, At: e.At})
		}
		return err
	})
	return notices, err
}

// StandingPacks are the pack that an exam uses now, and a spare that nothing speaks against.
func StandingPacks(ctx context.Context, s *stores.DB, exam string) (stands, spare string, err error) {
	void := map[string]bool{}
	var spares []string
	err = s.Journal.Read(ctx, engine.PackStream+exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		switch {
		case e.Kind == engine.PackSealed && e.Act == string(pack.Main):
			stands = e.Text
		case e.Kind == engine.PackSealed:
			spares = append(spares, e.Text)
		case e.Kind == engine.PackVoided:
			void[e.Text] = true
			stands = e.Act
		}
		return err
	})
	for _, p := range spares {
		if p != stands && !void[p] {
			spare = p
		}
	}
	switch {
	case err != nil:
		return "", "", err
	case stands == "":
		return "", "", fmt.Errorf("exam %s: no pack was sealed in this journal; see terang bank seal", exam)
	case spare == "":
		return "", "", fmt.Errorf("exam %s: no spare is left; seal anew, with terang bank seal", exam)
	}
	return stands, spare, nil
}
