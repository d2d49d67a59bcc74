package keeper

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"terang/engine"
	"terang/engine/publiclog"
)

// pageMost is how many records are read at once.
const pageMost = 8192

// Remake makes the whole log again from its journal, and compares every checkpoint that
// stands there with what comes out. visit is given the leaves of each checkpoint, and where
// they begin. It returns the newest checkpoint, and how many events wait for another.
//
// An error that is a *Difference says that the journal, or what it names, was changed after
// the checkpoint had been signed.
func Remake(ctx context.Context, j engine.Journal, salts Salter, m Marker, visit func(from int64, leaves [][]byte) error) (Signed, []Key, int, error) {
	f, t := NewFold(), newTree()
	for pos := engine.Pos(0); ; {
		records, err := j.Tail(ctx, pos, pageMost)
		if err != nil {
			return f.head, f.keys, 0, fmt.Errorf("read the journal after %d: %w", pos, err)
		}
		if len(records) == 0 {
			return f.head, f.keys, len(f.due), nil
		}
		for _, r := range records {
			e, err := engine.Decode(r.Body)
			if err != nil {
				return f.head, f.keys, 0, fmt.Errorf("%s version %d: %w", r.Stream, r.N, err)
			}
			if e.Kind == engine.LogSigned && r.Stream == engine.LogStream {
				if err := remade(f, t, &e, salts, m, visit); err != nil {
					return f.head, f.keys, 0, err
				}
			}
			f.Apply(r, &e)
			pos = r.Pos
		}
	}
}

// remade makes the leaves of one checkpoint.
func remade(f *Fold, t *tree, e *engine.Event, salts Salter, m Marker, visit func(int64, [][]byte) error) error {
	if f.Blind() {
		return fmt.Errorf("the log is written by table %d, this program knows %d: take a newer one", f.table, Table)
	}
	var leaves [][]byte
	for _, d := range f.due {
		if d.Pos > engine.Pos(e.Extra) {
			break
		}
		some, err := d.Leaves(salts, m)
		if err != nil {
			return err
		}
		leaves = append(leaves, some...)
	}
	g, err := t.with(leaves)
	if err != nil {
		return err
	}
	if g.size != e.MS || publiclog.Hash(g.root) != hash(e.Text) {
		return &Difference{From: t.size, Signed: e.MS, Made: g.size, At: e.At}
	}
	from := t.size
	t.take(g)
	return visit(from, leaves)
}

// Difference is a checkpoint that its journal no longer gives.
type Difference struct {
	From         int64 // leaves of the checkpoint before it, which is right
	Signed, Made int64 // leaves that were signed, and that come out now
	At           engine.Instant
}

// Error implements error.
func (d *Difference) Error() string {
	what := "the number is the same and a leaf is another"
	if d.Signed != d.Made {
		what = fmt.Sprintf("%d come out now", d.Made)
	}
	return fmt.Sprintf("the checkpoint of %d leaves that was signed at %s does not come out of the journal: %s, after leaf %d; "+
		"the journal, or a file that it names, was changed after that instant, or these keys are not the journal's", d.Signed, d.At, what, d.From)
}

// Rebuild is a visit for Remake that writes the leaves into the register.
func Rebuild(ctx context.Context, r engine.Register) func(int64, [][]byte) error {
	return func(from int64, leaves [][]byte) error { return keep(ctx, r, from, leaves) }
}

// Compare is a visit for Remake that compares the leaves with those in the register.
func Compare(ctx context.Context, r engine.Register) func(int64, [][]byte) error {
	return func(from int64, leaves [][]byte) error {
		return rows(ctx, r, from, from+int64(len(leaves)), func(kept [][]byte) error {
			for _, l := range kept {
				if !bytes.Equal(l, leaves[0]) {
					return fmt.Errorf("leaf %d is kept as %.120q and comes out as %.120q: %w", from, l, leaves[0], ErrNoLeaves)
				}
				from, leaves = from+1, leaves[1:]
			}
			return nil
		})
	}
}

// Copy hands out the log as files, at the paths at which a server has them: what a plain web
// host needs to serve it, and an auditor to check it.
func Copy(ctx context.Context, j engine.Journal, r engine.Register, write func(path string, body []byte) error) error {
	head, keys, err := Head(ctx, j)
	if err != nil {
		return err
	}
	if head.Size == 0 {
		return fmt.Errorf("the log has no checkpoint yet: %w", engine.ErrAbsent)
	}
	t := newTree()
	err = rows(ctx, r, 0, head.Size, func(leaves [][]byte) error {
		from := t.size
		g, err := t.with(leaves)
		if err != nil {
			return err
		}
		t.take(g)
		bundle, err := publiclog.Bundle(leaves)
		if err != nil {
			return err
		}
		return write(publiclog.Tile{Level: publiclog.Entries, N: from / publiclog.Width, W: len(leaves)}.Path(), bundle)
	})
	if err != nil {
		return err
	}
	if now, err := t.at(head.Size); err != nil || publiclog.Hash(now.Hash) != head.Root {
		return errors.Join(fmt.Errorf("checkpoint of %d leaves: %w", head.Size, ErrNoLeaves), err)
	}
	for _, tile := range publiclog.Tiles(0, head.Size) {
		if tile.Level == publiclog.Entries {
			continue
		}
		body, err := tile.Hashes(t)
		if err == nil {
			err = write(tile.Path(), body)
		}
		if err != nil {
			return err
		}
	}
	return write("checkpoint", head.Note(Origin(keys))) // last: who reads while it is written misses nothing
}
