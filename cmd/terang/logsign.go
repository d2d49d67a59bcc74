package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"terang/engine"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
)

type logSign struct {
	storeFlags
	logKeyFlag
}

// Run signs what a server would have signed some seconds later. Of two that sign, a server
// and this, the journal takes one.
func (c *logSign) Run(ctx context.Context) error {
	keys, err := readKeys(c.keyPath())
	if err != nil {
		return err
	}
	s, err := openStores(c.Journal, true)
	if err != nil {
		return err
	}
	head, err := c.sign(ctx, s, keys)
	if err == nil {
		fmt.Printf("%d leaves under a checkpoint of %s\n", head.Size, head.At)
	}
	return errors.Join(err, s.close())
}

func (c *logSign) sign(ctx context.Context, s *stores, keys *keyFile) (keeper.Signed, error) {
	_, head, err := c.signed(ctx, s, keys)
	return head, err
}

// signed is a keeper that has signed everything.
func (c *logSign) signed(ctx context.Context, s *stores, keys *keyFile) (*keeper.Keeper, keeper.Signed, error) {
	name, err := logName(nil)
	if err != nil {
		return nil, keeper.Signed{}, err
	}
	signers, err := openLogKeys(c.path(c.keyPath()), name)
	if err != nil {
		return nil, keeper.Signed{}, err
	}
	node, err := nodeName()
	if err != nil {
		return nil, keeper.Signed{}, err
	}
	p := keeper.Parts{
		Register: s.register, Writer: proctor.Direct(s.journal), Salts: keys.logSalts(), Marker: newLogMarker(s, storedExams(ctx, s, keys)),
		Signers: signers.signers, Vkeys: signers.vkeys, Node: node, Now: now, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}
	p.Version, p.Program = programVersion()
	k := keeper.New(p)
	var pos engine.Pos
	for {
		records, err := s.journal.Tail(ctx, pos, 8192)
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
			head, _, err := keeper.Head(ctx, s.journal)
			return k, head, err
		}
		if err := rest(ctx, keeper.SignEvery/10); err != nil {
			return nil, keeper.Signed{}, err
		}
	}
}
