package keeper

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"terang/engine"
	"terang/engine/publiclog"
)

// ErrWaits says that something is recorded, and not yet covered by a checkpoint: ask again
// in some seconds.
var ErrWaits = errors.New("it is recorded, and enters the public log with the next checkpoint")

// Checkpoint is the newest signed checkpoint, with the cosignatures that it has by now.
// engine.ErrAbsent is returned while there is none.
func (k *Keeper) Checkpoint(ctx context.Context) ([]byte, error) {
	k.mu.Lock()
	shown, origin := k.shown, k.fold.origin()
	k.mu.Unlock()
	if shown.Size == 0 {
		return nil, fmt.Errorf("checkpoint: %w", engine.ErrAbsent)
	}
	return k.cosigned(ctx, shown.Note(origin))
}

func (f *Fold) origin() string { return Origin(f.keys) }

// Origin is the log's name, "" before it has a key.
func Origin(keys []Key) string {
	if len(keys) == 0 {
		return ""
	}
	name, _, _ := strings.Cut(keys[0].Vkey, "+")
	return name
}

// Head reads the newest checkpoint and the keys of a journal's log.
func Head(ctx context.Context, j engine.Journal) (Signed, []Key, error) {
	f := NewFold()
	err := j.Read(ctx, engine.LogStream, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if err == nil {
			f.Apply(r, &e)
		}
		return err
	})
	if err != nil {
		return Signed{}, nil, fmt.Errorf("read %s: %w", engine.LogStream, err)
	}
	return f.head, f.keys, nil
}

// Keys are those of the log, in the order in which they were added.
func (k *Keeper) Keys() []Key {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]Key(nil), k.fold.keys...)
}

// Size is how many leaves the newest checkpoint covers, and how many events wait for the next.
func (k *Keeper) Size() (leaves int64, due int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.shown.Size, len(k.fold.due)
}

// bundlesMost is how many full bundles are kept at hand: each is some hundred kilobytes.
const bundlesMost = 32

// Tile returns the bytes of a tile or bundle, engine.ErrAbsent if the log has none there yet.
func (k *Keeper) Tile(ctx context.Context, t publiclog.Tile) ([]byte, error) {
	k.tree.mu.RLock()
	size := k.tree.size
	bundle := k.tree.bundles[t.N]
	k.tree.mu.RUnlock()
	switch {
	case !t.In(size):
		return nil, fmt.Errorf("%s: %w", t.Path(), engine.ErrAbsent)
	case t.Level != publiclog.Entries:
		k.tree.mu.RLock()
		defer k.tree.mu.RUnlock()
		return t.Hashes(k.tree)
	case t.W == publiclog.Width && bundle != nil:
		return bundle, nil
	}
	leaves, err := k.leaves(ctx, t.N*publiclog.Width, t.N*publiclog.Width+int64(t.W))
	if err != nil {
		return nil, err
	}
	if bundle, err = publiclog.Bundle(leaves); err == nil && t.W == publiclog.Width {
		k.tree.mu.Lock()
		if len(k.tree.bundles) >= bundlesMost {
			clear(k.tree.bundles)
		}
		k.tree.bundles[t.N] = bundle
		k.tree.mu.Unlock()
	}
	return bundle, err
}

// leaves reads leaves that are in the tree; a row that was changed since is not handed out.
func (k *Keeper) leaves(ctx context.Context, from, to int64) (all [][]byte, err error) {
	err = rows(ctx, k.Register, from, to, func(some [][]byte) error {
		all = append(all, some...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	k.tree.mu.RLock()
	defer k.tree.mu.RUnlock()
	for i, l := range all {
		if k.tree.hashes[tlog.StoredHashIndex(0, from+int64(i))] != tlog.RecordHash(l) {
			return nil, fmt.Errorf("leaf %d: %w", from+int64(i), ErrNoLeaves)
		}
	}
	return all, nil
}

// Receipt is a leaf with all that shows that it is in the log, as anybody may have it.
func (k *Keeper) Receipt(ctx context.Context, index int64) (*publiclog.Receipt, error) {
	signed, err := k.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	text, _, err := publiclog.Lines(signed)
	if err != nil {
		return nil, err
	}
	c, err := publiclog.ParseCheckpoint(text)
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= c.N {
		return nil, fmt.Errorf("leaf %d of %d: %w", index, c.N, engine.ErrAbsent)
	}
	leaves, err := k.leaves(ctx, index, index+1)
	if err != nil {
		return nil, err
	}
	k.tree.mu.RLock()
	defer k.tree.mu.RUnlock()
	proof, err := tlog.ProveRecord(c.N, index, k.tree)
	return &publiclog.Receipt{
		Format: publiclog.ReceiptFormat, Index: index, Leaf: string(leaves[0]), Proof: proof, Checkpoint: string(signed),
	}, err
}

// Own is the receipt of the newest leaf of an attempt that is over, with what opens its
// number and its points: for the candidate alone. ErrWaits is returned while no checkpoint
// covers that leaf, engine.ErrAbsent while the attempt is not over.
func (k *Keeper) Own(ctx context.Context, attempt string) (*publiclog.Receipt, error) {
	k.mu.Lock()
	a := k.fold.attempts[attempt]
	known := a != nil && a.listed
	var n int
	var number string
	var points Sheet
	var waits bool
	if known {
		n, number, waits = a.overAt, a.number, k.fold.waits(attempt)
		points = a.taken(k.fold.exams[a.exam])
	}
	k.mu.Unlock()
	switch {
	case !known:
		return nil, fmt.Errorf("receipt of %s: %w", attempt, engine.ErrAbsent)
	case waits:
		return nil, ErrWaits
	}
	k.tree.mu.RLock()
	index, logged := k.tree.newest[attempt]
	k.tree.mu.RUnlock()
	if !logged {
		return nil, ErrWaits // it is signed, and this node has not read it yet
	}
	r, err := k.Receipt(ctx, index)
	if err != nil {
		return nil, err
	}
	leaf, err := publiclog.ParseLeaf([]byte(r.Leaf))
	if err != nil {
		return nil, err
	}
	stream := engine.AttemptStream + attempt
	r.Opens = make(map[string]publiclog.Opening)
	open := func(c publiclog.Commitment, field, value string) {
		if salt := k.Salts.Of(stream, n, field); c.Opens(salt, value) {
			r.Opens[field] = publiclog.Opening{Value: value, Salt: salt}
		}
	}
	open(leaf.Number, publiclog.FieldNumber, number)
	if !leaf.Sealed.IsZero() {
		marks, _, err := k.Marker.Mark(&points, 0)
		if err != nil {
			return nil, err
		}
		open(leaf.Sealed, publiclog.FieldSealed, publiclog.ScoreText(marks))
	}
	return r, nil
}

// waits says whether a leaf of the attempt is due.
func (f *Fold) waits(attempt string) bool {
	for _, d := range f.due {
		if d.leaf.Kind == publiclog.AttemptLeaf && d.leaf.Attempt == attempt {
			return true
		}
	}
	return false
}
