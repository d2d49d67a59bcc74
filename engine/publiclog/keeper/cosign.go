package keeper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"terang/engine"
	"terang/engine/publiclog"
)

// Kinds of register entries of witnesses, by vkey: who may cosign, and what each has
// cosigned last.
const (
	KindWitness     = "log-witness"
	KindCosignature = "log-cosignature"
)

// Errors of Cosign.
var (
	// ErrNoCheckpoint says that the note is not a checkpoint of this log.
	ErrNoCheckpoint = errors.New("this is no checkpoint of this log")
	// ErrNoWitness says that none of the note's signatures is of a witness that the log knows.
	ErrNoWitness = errors.New("no signature is of a witness that this log knows: ask its keeper for terang log witness add VKEY")
)

// Cosigned is the newest checkpoint that a witness has signed.
type Cosigned struct {
	Vkey string         `json:"vkey"`
	Size int64          `json:"size"`
	Root publiclog.Hash `json:"root"`
	Line string         `json:"line"` // its signature line
	Note string         `json:"note"` // the checkpoint with the log's own signatures
	At   time.Time      `json:"at"`   // when the witness says that it signed
}

// AddWitness lets a witness cosign; Forget takes that back.
func AddWitness(ctx context.Context, r engine.Register, vkey string, at engine.Instant) error {
	w, err := publiclog.NewWitness(vkey)
	if err != nil {
		return err
	}
	body, err := json.Marshal(map[string]string{"name": w.Name(), "added": at.String()})
	if err == nil {
		err = r.Put(ctx, engine.Entry{Kind: KindWitness, ID: vkey, Body: body})
	}
	return err
}

// ForgetWitness takes no more cosignatures of a witness.
func ForgetWitness(ctx context.Context, r engine.Register, vkey string) error {
	return errors.Join(r.Erase(ctx, KindWitness, vkey), ignoreAbsent(r.Erase(ctx, KindCosignature, vkey)))
}

func ignoreAbsent(err error) error {
	if errors.Is(err, engine.ErrAbsent) {
		return nil
	}
	return err
}

// Witnesses are those that may cosign.
func Witnesses(ctx context.Context, r engine.Register) (all []*publiclog.Witness, vkeys []string, err error) {
	err = r.List(ctx, KindWitness, "", func(e engine.Entry) error {
		w, err := publiclog.NewWitness(e.ID)
		all, vkeys = append(all, w), append(vkeys, e.ID)
		return err
	})
	return all, vkeys, err
}

// Cosignatures are the newest of every witness.
func (k *Keeper) Cosignatures(ctx context.Context) (all []Cosigned, err error) {
	err = k.Register.List(ctx, KindCosignature, "", func(e engine.Entry) error {
		var c Cosigned
		err := json.Unmarshal(e.Body, &c)
		all = append(all, c)
		return err
	})
	return all, err
}

// cosigned adds the cosignatures that a checkpoint has.
func (k *Keeper) cosigned(ctx context.Context, signed []byte) ([]byte, error) {
	all, err := k.Cosignatures(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		if c.Note == string(signed) {
			signed = append(slices.Clone(signed), c.Line...)
		}
	}
	return signed, nil
}

// Witnessed is the newest checkpoint that at least so many witnesses have cosigned, with
// all their cosignatures.
func (k *Keeper) Witnessed(ctx context.Context, least int) ([]byte, error) {
	all, err := k.Cosignatures(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b Cosigned) int { return int(b.Size - a.Size) })
	for i, c := range all {
		same := all[i:]
		if n := slices.IndexFunc(same, func(o Cosigned) bool { return o.Note != c.Note }); n >= 0 {
			same = same[:n]
		}
		if len(same) < least {
			continue
		}
		out := []byte(c.Note)
		for _, o := range same {
			out = append(out, o.Line...)
		}
		return out, nil
	}
	return nil, fmt.Errorf("a checkpoint with %d cosignatures: %w", least, engine.ErrAbsent)
}

// Cosign takes a checkpoint that a witness has signed beside the log. Of each witness the
// newest is kept: one that is older than what it signed before has no effect.
func (k *Keeper) Cosign(ctx context.Context, signed []byte) ([]Cosigned, error) {
	var known []note.Verifier
	for _, key := range k.Keys() {
		v, err := note.NewVerifier(key.Vkey)
		if err != nil {
			return nil, fmt.Errorf("key of the log: %w", err)
		}
		known = append(known, v)
	}
	witnesses, vkeys, err := Witnesses(ctx, k.Register)
	if err != nil {
		return nil, err
	}
	c, n, err := publiclog.Open(signed, known...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoCheckpoint, err)
	}
	tree, err := k.tree.at(c.N)
	if err != nil || tree != c.Tree {
		return nil, fmt.Errorf("%w: of %d leaves it has another root", ErrNoCheckpoint, c.N)
	}
	own := publiclog.Join(n.Text, lines(n.Sigs)...)
	var taken []Cosigned
	for i, w := range witnesses {
		both, err := note.Open(signed, note.VerifierList(w))
		if err != nil {
			continue
		}
		at, ok := publiclog.CosignedAt(both.Sigs[0])
		if !ok || at.After(k.Now().Time().Add(time.Hour)) {
			continue
		}
		taken = append(taken, Cosigned{Vkey: vkeys[i], Size: c.N, Root: publiclog.Hash(c.Hash), Line: lines(both.Sigs)[0], Note: string(own), At: at})
	}
	if len(taken) == 0 {
		return nil, ErrNoWitness
	}
	for _, t := range taken {
		if err := k.keepCosigned(ctx, t); err != nil {
			return nil, err
		}
	}
	return taken, nil
}

func (k *Keeper) keepCosigned(ctx context.Context, c Cosigned) error {
	var had Cosigned
	body, err := k.Register.Get(ctx, KindCosignature, c.Vkey)
	if err == nil {
		err = json.Unmarshal(body, &had)
	}
	if err = ignoreAbsent(err); err != nil || had.Size > c.Size {
		return err
	}
	if body, err = json.Marshal(c); err == nil {
		err = k.Register.Put(ctx, engine.Entry{Kind: KindCosignature, ID: c.Vkey, Body: body})
	}
	return err
}

// lines are signatures as a note has them.
func lines(sigs []note.Signature) (all []string) {
	for _, s := range sigs {
		all = append(all, "— "+s.Name+" "+s.Base64+"\n")
	}
	return all
}
