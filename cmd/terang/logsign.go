package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"terang/cmd/terang/node"
	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
)

type logSign struct {
	stores.Flags
	node.LogKeyFlag
}

// Run signs what a server would have signed some seconds later. Of two that sign, a server
// and this, the journal takes one.
func (c *logSign) Run(ctx context.Context) error {
	keys, err := stores.ReadKeys(c.KeyPath())
	if err != nil {
		return err
	}
	s, err := stores.Open(c.Journal, true)
	if err != nil {
		return err
	}
	if err := s.Fits(ctx, keys); err != nil { // leaves that are salted otherwise would never come out of the journal again
		return errors.Join(err, s.Close())
	}
	head, err := c.sign(ctx, s, keys)
	if err == nil {
		fmt.Printf("%d leaves under a checkpoint of %s\n", head.Size, head.At)
	}
	return errors.Join(err, s.Close())
}

func (c *logSign) sign(ctx context.Context, s *stores.DB, keys *stores.KeyFile) (keeper.Signed, error) {
	_, head, err := c.signed(ctx, s, keys)
	return head, err
}

// signed is a keeper that has signed everything.
func (c *logSign) signed(ctx context.Context, s *stores.DB, keys *stores.KeyFile) (*keeper.Keeper, keeper.Signed, error) {
	name, err := node.LogName(nil)
	if err != nil {
		return nil, keeper.Signed{}, err
	}
	signers, err := node.OpenLogKeys(c.Path(c.KeyPath()), name)
	if err != nil {
		return nil, keeper.Signed{}, err
	}
	self, err := node.Name()
	if err != nil {
		return nil, keeper.Signed{}, err
	}
	p := keeper.Parts{
		Register: s.Register, Writer: proctor.Direct(s.Journal), Salts: keys.LogSalts(), Marker: node.NewLogMarker(s, node.StoredExams(ctx, s, keys)),
		Signers: signers.Signers, Vkeys: signers.Vkeys, Node: self, Now: stores.Now, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}
	p.Version, p.Program = node.ProgramVersion()
	k := keeper.New(p)
	var pos engine.Pos
	for {
		records, err := s.Journal.Tail(ctx, pos, 8192)
		if err != nil {
			return nil, keeper.Signed{}, err
		}
		for _, r := range records {
			e, err := engine.Decode(r.Body)
			if err != nil {
				return nil, keeper.Signed{}, fmt.Errorf("%s version %d: %w", r.Stream, r.N, err)
			}
			k.Apply(r, &e)
			pos = r.Pos
		}
		if len(records) > 0 {
			continue
		}
		if err := k.Step(ctx); err != nil {
			return nil, keeper.Signed{}, err
		}
		if _, due := k.Size(); due == 0 {
			head, _, err := keeper.Head(ctx, s.Journal)
			return k, head, err
		}
		if err := process.Rest(ctx, keeper.SignEvery/10); err != nil {
			return nil, keeper.Signed{}, err
		}
	}
}
