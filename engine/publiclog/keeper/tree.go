package keeper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"terang/engine"
	"terang/engine/publiclog"
)

// KindLeaf is a leaf of the public log in the register, by its index as LeafID writes it.
const KindLeaf = "log-leaf"

// LeafID is the id of a leaf's row: twelve hex digits. Those of one entry bundle begin with
// the same ten.
func LeafID(index int64) string { return fmt.Sprintf("%012x", index) }

// tree is the hashes of all leaves that a checkpoint covers, in memory: 64 bytes a leaf. It
// only grows, by what has been checked against a signed root.
type tree struct {
	mu      sync.RWMutex
	size    int64
	hashes  []tlog.Hash      // by tlog.StoredHashIndex
	newest  map[string]int64 // the newest leaf of an attempt that is over, by its id
	bundles map[int64][]byte // full ones that were asked for lately
}

func newTree() *tree {
	return &tree{newest: make(map[string]int64), bundles: make(map[int64][]byte)}
}

// grown are the hashes that leaves add to a tree.
type grown struct {
	from   *tree
	size   int64
	added  []tlog.Hash
	newest map[string]int64
	root   tlog.Hash
}

// ReadHashes implements tlog.HashReader over both.
func (g *grown) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	base := int64(len(g.from.hashes))
	for i, at := range indexes {
		switch {
		case at < base:
			out[i] = g.from.hashes[at]
		case at-base < int64(len(g.added)):
			out[i] = g.added[at-base]
		default:
			return nil, fmt.Errorf("hash %d is not in a log of %d leaves", at, g.size)
		}
	}
	return out, nil
}

// with returns what the tree is with more leaves; it stays as it is until it takes them.
func (t *tree) with(leaves [][]byte) (*grown, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	g := &grown{from: t, size: t.size, newest: make(map[string]int64)}
	for _, l := range leaves {
		more, err := tlog.StoredHashes(g.size, l, g)
		if err != nil {
			return nil, fmt.Errorf("hash leaf %d: %w", g.size, err)
		}
		g.added = append(g.added, more...)
		if id := attemptOf(l); id != "" {
			g.newest[id] = g.size
		}
		g.size++
	}
	var err error
	g.root, err = tlog.TreeHash(g.size, g)
	return g, err
}

// take makes the tree what it has grown to.
func (t *tree) take(g *grown) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hashes = append(t.hashes, g.added...)
	for id, at := range g.newest {
		t.newest[id] = at
	}
	t.size = g.size
}

var attemptLeaf, attemptField = []byte(`{"v":1,"kind":"attempt",`), []byte(`,"attempt":"`)

// attemptOf is the attempt of a leaf that says that one is over, "" of any other. It is
// read without parsing: a start looks at every leaf.
func attemptOf(leaf []byte) string {
	if !bytes.HasPrefix(leaf, attemptLeaf) {
		return ""
	}
	_, rest, ok := bytes.Cut(leaf, attemptField)
	id, _, closed := bytes.Cut(rest, []byte(`"`))
	if !ok || !closed {
		return ""
	}
	return string(id)
}

// ReadHashes implements tlog.HashReader. The caller holds the lock.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	return (&grown{from: t, size: t.size}).ReadHashes(indexes)
}

// at is the tree as it was at a size.
func (t *tree) at(size int64) (tlog.Tree, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if size < 0 || size > t.size {
		return tlog.Tree{}, fmt.Errorf("the log has %d leaves, not %d", t.size, size)
	}
	h, err := tlog.TreeHash(size, t)
	return tlog.Tree{N: size, Hash: h}, err
}

// ErrNoLeaves says that rows of the log are missing from the register.
var ErrNoLeaves = errors.New("leaves of the public log are missing from the register, or are not those that were signed: make them again from the journal, with terang log rebuild")

// rows reads the leaves from one index to another, bundle after bundle.
func rows(ctx context.Context, r engine.Register, from, to int64, visit func(leaves [][]byte) error) error {
	for n := from / publiclog.Width; n*publiclog.Width < to; n++ {
		var leaves [][]byte
		next := n * publiclog.Width
		err := r.List(ctx, KindLeaf, fmt.Sprintf("%010x", n), func(e engine.Entry) error {
			if next < to {
				if e.ID != LeafID(next) {
					return fmt.Errorf("leaf %d: %w", next, ErrNoLeaves)
				}
				if next >= from {
					leaves = append(leaves, e.Body)
				}
				next++
			}
			return nil
		})
		if err == nil && next < min(to, (n+1)*publiclog.Width) {
			err = fmt.Errorf("leaf %d: %w", next, ErrNoLeaves)
		}
		if err != nil {
			return fmt.Errorf("read the log's leaves: %w", err)
		}
		if err := visit(leaves); err != nil {
			return err
		}
	}
	return nil
}

// keep writes leaves from an index on.
func keep(ctx context.Context, r engine.Register, from int64, leaves [][]byte) error {
	for len(leaves) > 0 {
		some := leaves[:min(len(leaves), publiclog.Width)]
		entries := make([]engine.Entry, len(some))
		for i, l := range some {
			entries[i] = engine.Entry{Kind: KindLeaf, ID: LeafID(from + int64(i)), Body: l}
		}
		if err := r.Put(ctx, entries...); err != nil {
			return fmt.Errorf("keep leaves of the log: %w", err)
		}
		from, leaves = from+int64(len(some)), leaves[len(some):]
	}
	return nil
}
