package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"terang/engine"
	"terang/engine/publiclog"
)

const (
	// SignEvery is the least time between two checkpoints.
	SignEvery = 3 * time.Second
	// TakeOver is how long a leaf waits for the node that signed last before another signs it.
	TakeOver = 10 * time.Second
)

// ErrNotOpen says that a node cannot count points of an exam yet.
var ErrNotOpen = errors.New("the exam is not open on this node yet")

// Appender commits one run, as engine.Writer does.
type Appender interface {
	Append(engine.Run) (engine.Outcome, error)
}

// Parts are what a Keeper is put together from.
type Parts struct {
	Register engine.Register
	Writer   Appender
	Salts    publiclog.Salts
	Marker   Marker
	Signers  []note.Signer  // of the log's keys; without those that hold, this node signs nothing
	Vkeys    []string       // of the signers, in their order
	Version  string         // of this program
	Program  publiclog.Hash // of its file
	Node     string
	Alone    bool // no other process can write to this journal: nobody is waited for
	Now      func() engine.Instant
	Log      *slog.Logger
}

// Keeper keeps the public log on one node. As a sink of the hall it learns what is due; Run
// signs it. Everything that it hands out is covered by a checkpoint.
type Keeper struct {
	Parts
	tree *tree

	mu    sync.Mutex
	fold  *Fold
	shown Signed // the newest checkpoint whose leaves this node has
	made  *grown // of the checkpoint that this node wrote, until the tail brings it
	sick  string // what is wrong, as it was told last
}

// New returns a keeper of a journal whose records are still to come: Apply, then Run.
func New(p Parts) *Keeper { return &Keeper{Parts: p, tree: newTree(), fold: NewFold()} }

// Apply folds one committed record; see engine.Sink.
func (k *Keeper) Apply(r engine.Record, e *engine.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fold.Apply(r, e)
}

// ApplyActs folds several; see engine.ActSink.
func (k *Keeper) ApplyActs(records []engine.Record, events []engine.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := range records {
		k.fold.Apply(records[i], &events[i])
	}
}

// Open takes over the newest checkpoint that Apply has brought, so that the log is served
// from the first moment on. What fails here is tried again, and told, by Run.
func (k *Keeper) Open(ctx context.Context) { _ = k.follow(ctx) }

// Run keeps the log until ctx is done. Nothing that is wrong with it ends the exam: it is
// told, once, and tried again.
func (k *Keeper) Run(ctx context.Context) error {
	return engine.Ticking(ctx, time.Second, func() {
		err := k.Step(ctx)
		if ctx.Err() != nil {
			return
		}
		said := ""
		if err != nil {
			said = err.Error()
		}
		k.mu.Lock()
		was := k.sick
		k.sick = said
		k.mu.Unlock()
		switch {
		case errors.Is(err, ErrNotOpen) && was != said:
			k.Log.Info("the public log waits for an exam that this node is opening", "why", err)
		case err != nil && was != said:
			k.Log.Error("the public log does not grow on this node; it tries again", "error", err)
		case err == nil && was != "":
			k.Log.Info("the public log grows again")
		}
	})
}

// Step follows the checkpoints that stand in the journal, and signs what is due if it is
// this node's turn.
func (k *Keeper) Step(ctx context.Context) error {
	if err := k.follow(ctx); err != nil {
		return err
	}
	k.mu.Lock()
	due, tip, head, blind := slices.Clone(k.fold.due), k.fold.tip, k.fold.head, k.fold.Blind()
	events, err := k.preparing()
	reach := k.fold.pos
	k.mu.Unlock()
	if blind {
		return errors.New("the public log is written by a later version of this program: update this node")
	}
	now := k.Now()
	if len(k.Signers) == 0 || len(due)+len(events) == 0 || head.At > 0 && apart(now, head.At) < SignEvery {
		return err
	}
	if !k.Alone && head.Node != "" && head.Node != k.Node && apart(now, max(head.At, engine.Instant(first(due)))) < TakeOver {
		return err // it is another node's turn
	}
	if err != nil {
		return err
	}
	if len(events) > 0 {
		return k.append(tip, events) // they make leaves of their own, which the next step signs
	}
	return k.sign(ctx, due, tip, reach)
}

// apart is how far two instants are from each other. What was recorded while a clock ran fast
// lies ahead of one that is right, and must not be waited for.
func apart(a, b engine.Instant) time.Duration { return a.Sub(b).Abs() }

// first is when the oldest leaf that is due happened.
func first(due []*Due) publiclog.Time {
	if len(due) == 0 {
		return 0
	}
	return due[0].leaf.At
}

// follow takes over the newest checkpoint of the journal.
func (k *Keeper) follow(ctx context.Context) error {
	k.mu.Lock()
	head, made := k.fold.head, k.made
	k.made = nil
	k.mu.Unlock()
	if head.Size == k.tree.size {
		if made != nil && made.size > head.Size {
			k.mu.Lock()
			k.made = made // the tail has not brought it yet
			k.mu.Unlock()
		}
		return nil
	}
	if made != nil && made.size == head.Size && publiclog.Hash(made.root) == head.Root {
		k.take(made, head)
		return nil
	}
	var leaves [][]byte
	err := rows(ctx, k.Register, k.tree.size, head.Size, func(more [][]byte) error {
		leaves = append(leaves, more...)
		return nil
	})
	if err != nil {
		return err
	}
	g, err := k.tree.with(leaves)
	if err != nil {
		return err
	}
	if publiclog.Hash(g.root) != head.Root {
		return fmt.Errorf("checkpoint of %d leaves: %w", head.Size, ErrNoLeaves)
	}
	k.take(g, head)
	return nil
}

func (k *Keeper) take(g *grown, head Signed) {
	k.tree.take(g)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.shown = head
}

// preparing are the events that have to stand in the journal before this node signs: the
// log's key, and that another program writes. It is called with the lock held.
func (k *Keeper) preparing() ([]engine.Event, error) {
	var events []engine.Event
	if len(k.fold.keys) == 0 {
		for _, v := range k.Vkeys {
			events = append(events, engine.Event{Kind: engine.LogKeyed, By: "engine", Act: KeyAdded, Text: v})
		}
	}
	for _, key := range k.fold.keys {
		if !key.Retired && !slices.Contains(k.Vkeys, key.Vkey) {
			return nil, fmt.Errorf("this node has not the log's key %s: copy the key file of the node that has it, or give it with --log-key", keyName(key.Vkey))
		}
	}
	if k.fold.wrote != (program{k.Version, k.Program}) || k.fold.table < Table {
		events = append(events, engine.Event{Kind: engine.LogWritten, By: "engine", Act: k.Version, Text: k.Program.String(), MS: Table, Node: k.Node})
	}
	for i := range events {
		events[i].At = max(k.Now(), k.fold.tip.at)
	}
	return events, nil
}

// keyName is a vkey without the key itself.
func keyName(vkey string) string {
	name, rest, _ := strings.Cut(vkey, "+")
	id, _, _ := strings.Cut(rest, "+")
	return name + "+" + id
}

// append stores events of the log's stream, if nobody else has written to it meanwhile.
func (k *Keeper) append(t tip, events []engine.Event) error {
	o, err := k.Writer.Append(engine.Run{Stream: engine.LogStream, Records: engine.Link(engine.LogStream, t.n, t.hash, events)})
	if err != nil {
		return fmt.Errorf("append to %s: %w", engine.LogStream, err)
	}
	if o.Conflict {
		return nil // another node was first: the tail brings what it wrote
	}
	return nil
}

// sign makes the leaves that are due, keeps them, and records the checkpoint that covers them.
func (k *Keeper) sign(ctx context.Context, due []*Due, t tip, reach engine.Pos) error {
	var leaves [][]byte
	for _, d := range due {
		some, err := d.Leaves(k.Salts, k.Marker)
		if err != nil {
			return err
		}
		leaves = append(leaves, some...)
	}
	g, err := k.tree.with(leaves)
	if err != nil {
		return err
	}
	if err := keep(ctx, k.Register, g.size-int64(len(leaves)), leaves); err != nil {
		return err
	}
	sigs, err := k.signatures(publiclog.Checkpoint{Origin: k.Signers[0].Name(), Tree: tlog.Tree{N: g.size, Hash: g.root}})
	if err != nil {
		return err
	}
	k.mu.Lock()
	k.made = g
	k.mu.Unlock()
	return k.append(t, []engine.Event{{
		Kind: engine.LogSigned, At: max(k.Now(), t.at), By: "engine", MS: g.size, Text: publiclog.Hash(g.root).String(), Extra: int64(reach), Form: sigs, Node: k.Node,
	}})
}

// signatures sign a checkpoint with every key that holds.
func (k *Keeper) signatures(c publiclog.Checkpoint) (string, error) {
	k.mu.Lock()
	var signers []note.Signer
	for _, key := range k.fold.keys {
		if i := slices.Index(k.Vkeys, key.Vkey); i >= 0 && !key.Retired {
			signers = append(signers, k.Signers[i])
		}
	}
	k.mu.Unlock()
	n := &note.Note{Text: c.Text()}
	signed, err := note.Sign(n, signers...)
	if err != nil {
		return "", fmt.Errorf("sign a checkpoint: %w", err)
	}
	_, lines, err := publiclog.Lines(signed)
	var all []string
	for _, l := range lines {
		all = append(all, strings.TrimSpace(strings.TrimPrefix(l, "— ")))
	}
	return strings.Join(all, " "), err
}

// Note is the checkpoint as a signed note of a log of that name.
func (s Signed) Note(origin string) []byte {
	text := publiclog.Checkpoint{Origin: origin, Tree: tlog.Tree{N: s.Size, Hash: tlog.Hash(s.Root)}}.Text()
	var lines []string
	for i := 0; i+1 < len(s.Sigs); i += 2 {
		lines = append(lines, "— "+s.Sigs[i]+" "+s.Sigs[i+1]+"\n")
	}
	return publiclog.Join(text, lines...)
}
