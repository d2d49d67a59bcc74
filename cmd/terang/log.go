package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	signing "golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/node"
	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/engine/publiclog"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
)

type logCmd struct {
	Show    logShow      `cmd:"" help:"Show the log's keys, its witnesses and its newest checkpoint."`
	Check   logCheck     `cmd:"" help:"Make the log again from the journal, and compare every leaf and checkpoint; changes nothing."`
	Rebuild logRebuild   `cmd:"" help:"Write the log's leaves again from the journal."`
	Copy    logCopy      `cmd:"" help:"Write the log as files, which any web host can serve."`
	Sign    logSign      `cmd:"" help:"Sign what no checkpoint covers yet, of a journal that no server runs on."`
	Keys    logKeysCmd   `cmd:"" help:"The keys that the log is signed with."`
	Witness logWitnesses `cmd:"" help:"Who may cosign the log's checkpoints."`
}

type logShow struct{ stores.Flags }

// Run shows what there is. A server may be running.
func (c *logShow) Run(ctx context.Context) error {
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return err
	}
	return errors.Join(c.show(ctx, s), s.Close())
}

func (c *logShow) show(ctx context.Context, s *stores.DB) error {
	head, keys, err := keeper.Head(ctx, s.Journal)
	if err != nil {
		return err
	}
	for _, k := range keys {
		fmt.Println("key:", k.Vkey, retired(k))
	}
	_, witnesses, err := keeper.Witnesses(ctx, s.Register)
	if err != nil {
		return err
	}
	for _, w := range witnesses {
		fmt.Println("witness:", w)
	}
	if head.Size == 0 {
		fmt.Println("no checkpoint yet: a server signs the first one some seconds after it has started")
		return nil
	}
	fmt.Printf("signed %s by node %s, up to position %d of the journal\n\n%s", head.At, head.Node, head.Reach, head.Note(keeper.Origin(keys)))
	return nil
}

func retired(k keeper.Key) string {
	if k.Retired {
		return "retired"
	}
	return ""
}

type logCheck struct{ stores.Flags }

// Run makes the log again and compares it with what was signed and what is kept.
func (c *logCheck) Run(ctx context.Context) error {
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return err
	}
	return errors.Join(remakeLog(ctx, s, c.KeyPath(), keeper.Compare(ctx, s.Register), "comes out of the journal as it was signed"), s.Close())
}

type logRebuild struct{ stores.Flags }

// Run writes the leaves again, as far as they give the roots that were signed.
func (c *logRebuild) Run(ctx context.Context) error {
	s, err := stores.Open(c.Journal, true)
	if err != nil {
		return err
	}
	return errors.Join(remakeLog(ctx, s, c.KeyPath(), keeper.Rebuild(ctx, s.Register), "is written again from the journal"), s.Close())
}

func remakeLog(ctx context.Context, s *stores.DB, keyPath string, visit func(int64, [][]byte) error, done string) error {
	keys, err := s.ReadKeys(ctx, keyPath)
	if err != nil {
		return err
	}
	checkpoints := 0
	head, logKeys, due, err := keeper.Remake(ctx, s.Journal, keys.LogSalts(), node.NewLogMarker(s, node.StoredExams(ctx, s, keys)), func(from int64, leaves [][]byte) error {
		checkpoints++
		return visit(from, leaves)
	})
	if err != nil {
		return err
	}
	if err := openedByItsKeys(head, logKeys); err != nil {
		return err
	}
	fmt.Printf("%s: %d leaves under %d checkpoints; the log %s\n", keeper.Origin(logKeys), head.Size, checkpoints, done)
	if due > 0 {
		fmt.Printf("%d events wait for the next checkpoint, which a server signs\n", due)
	}
	return nil
}

// openedByItsKeys says whether the newest checkpoint is signed by a key of the log.
func openedByItsKeys(head keeper.Signed, keys []keeper.Key) error {
	if head.Size == 0 {
		return nil
	}
	var known []signing.Verifier
	for _, k := range keys {
		v, err := signing.NewVerifier(k.Vkey)
		if err != nil {
			return fmt.Errorf("key %s in the journal: %w", k.Vkey, err)
		}
		known = append(known, v)
	}
	_, _, err := publiclog.Open(head.Note(keeper.Origin(keys)), known...)
	return err
}

type logCopy struct {
	stores.Flags
	Out string `arg:"" help:"Folder; what it has of the log already is written over." type:"path" placeholder:"DIR"`
}

// Run writes the log as files. A server may be running.
func (c *logCopy) Run(ctx context.Context) error {
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return err
	}
	files := 0
	err = keeper.Copy(ctx, s.Journal, s.Register, func(path string, body []byte) error {
		files++
		return output.Mirrored(filepath.Join(c.Out, filepath.FromSlash(path)), body)
	})
	if err == nil {
		fmt.Printf("%s: %d files of the public log\n", c.Out, files)
	}
	return errors.Join(err, s.Close())
}

type logKeysCmd struct {
	New    logKeysNew    `cmd:"" help:"Make a key, in a new file or behind the key that a file has."`
	Add    logKeysAdd    `cmd:"" help:"Record that the log is signed with another key too, from its next checkpoint on."`
	Retire logKeysRetire `cmd:"" help:"Record that the log is no longer signed with a key."`
}

type logKeysNew struct {
	File string `arg:"" help:"Key file; a second key is added to one that is there."`
	Name string `help:"Name of the log, as readers know it: an address without https://, which stays for good. Needed for a first key."`
}

// Run makes a key. Nobody signs with it before the journal names it.
func (c *logKeysNew) Run() error {
	had, err := node.ReadLogKeys(c.File)
	switch {
	case err == nil && os.Getenv(node.LogSecret) != "":
		return usage.Errorf("%s is set: unset it to work with a file", node.LogSecret)
	case err == nil && c.Name != "" && c.Name != had.Signers[0].Name():
		return usage.Errorf("--name %s: the file has the key of %s, and a log keeps its name", c.Name, had.Signers[0].Name())
	case err == nil:
		c.Name = had.Signers[0].Name()
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case c.Name == "" || strings.ContainsAny(c.Name, " +\t\n"):
		return usage.Errorf("--name %q: give the log a name without spaces and +, as ujian.example.go.id/log", c.Name)
	}
	skey, vkey, err := signing.GenerateKey(rand.Reader, c.Name)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	if _, err := node.AddLogKey(c.File, skey); err != nil {
		return err
	}
	fmt.Printf("%s: secret, mode 0600; every node that signs needs a copy\n%s\n", c.File, vkey)
	return nil
}

type logKeysAdd struct {
	officeFlags
	Vkey string `arg:"" help:"The public key, as log keys new printed it. All nodes that sign must have its secret already."`
}

// Run records a key. A log's first key is recorded by the server that signs first.
func (c *logKeysAdd) Run(ctx context.Context) error {
	return changeLogKeys(ctx, &c.officeFlags, c.Vkey, keeper.KeyAdded)
}

type logKeysRetire struct {
	officeFlags
	Vkey string `arg:"" help:"The public key that is no longer used."`
}

// Run records that a key has had its time. What it has signed stays good.
func (c *logKeysRetire) Run(ctx context.Context) error {
	return changeLogKeys(ctx, &c.officeFlags, c.Vkey, keeper.KeyRetired)
}

func changeLogKeys(ctx context.Context, f *officeFlags, vkey, act string) error {
	v, err := signing.NewVerifier(vkey)
	if err != nil {
		return usage.Errorf("%q is no public key of a log: %v", vkey, err)
	}
	o, err := f.open(ctx, proctor.ActExam, "")
	if err != nil {
		return err
	}
	return errors.Join(recordLogKey(ctx, o, v.Name(), vkey, act), o.stores.Close())
}

func recordLogKey(ctx context.Context, o *office, name, vkey, act string) error {
	_, keys, err := keeper.Head(ctx, o.stores.Journal)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(keys, func(k keeper.Key) bool { return k.Vkey == vkey })
	others := slices.ContainsFunc(keys, func(k keeper.Key) bool { return k.Vkey != vkey && !k.Retired })
	switch {
	case len(keys) > 0 && name != keeper.Origin(keys):
		return fmt.Errorf("%s is the key of another log: this one is %s", vkey, keeper.Origin(keys))
	case act == keeper.KeyAdded && i >= 0:
		return fmt.Errorf("the log has had this key since it was added: a key is added once")
	case act == keeper.KeyRetired && (i < 0 || keys[i].Retired):
		return fmt.Errorf("the log has no such key that is still used; see terang log show")
	case act == keeper.KeyRetired && !others:
		return fmt.Errorf("it is the log's only key: make another with terang log keys new, and add it first")
	}
	e := engine.Event{Kind: engine.LogKeyed, At: stores.Now(), By: o.by.User, Act: act, Text: vkey}
	if err := o.log.Append(ctx, engine.LogStream, e); err != nil {
		return err
	}
	fmt.Printf("%s: %s\n", act, vkey)
	return nil
}

type logWitnesses struct {
	Add    logWitnessAdd    `cmd:"" help:"Let a witness cosign."`
	Forget logWitnessForget `cmd:"" help:"Take no more cosignatures of a witness."`
}

type logWitnessAdd struct {
	officeFlags
	Vkey string `arg:"" help:"The witness's public key, as terang witness key prints it."`
}

// Run lets a witness cosign; servers that run know it at once.
func (c *logWitnessAdd) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActExam, "")
	if err != nil {
		return err
	}
	err = keeper.AddWitness(ctx, o.stores.Register, c.Vkey, stores.Now())
	if err == nil {
		fmt.Println("witness added:", c.Vkey)
	}
	return errors.Join(err, o.stores.Close())
}

type logWitnessForget struct {
	officeFlags
	Vkey string `arg:"" help:"The witness's public key."`
}

// Run takes no more cosignatures of a witness.
func (c *logWitnessForget) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActExam, "")
	if err != nil {
		return err
	}
	err = keeper.ForgetWitness(ctx, o.stores.Register, c.Vkey)
	if err == nil {
		fmt.Println("witness forgotten:", c.Vkey)
	}
	return errors.Join(err, o.stores.Close())
}
