package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	signing "golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/create"
	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/questionbank"
	"terang/questionbank/pack"
)

// A node that was started with a pack has no exam before the hour, and then the very exam
// that was sealed; started again, it leaves it alone.
func TestANodeOpensItsPackAtTheHour(t *testing.T) {
	t.Parallel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	def, err := create.SampleDefinition(1, time.Now().Add(time.Hour), false)
	must(err)
	x := newToSeal(t, def)

	s, err := stores.Open("sqlite:"+filepath.Join(t.TempDir(), "t.db"), true)
	must(err)
	t.Cleanup(func() { _ = s.Close() })
	keys, err := stores.OpenKeys(filepath.Join(t.TempDir(), "keys"))
	must(err)
	n, err := node.Open(ctx, node.Parts{Stores: s, Keys: keys, Log: slog.New(slog.DiscardHandler)})
	must(err)
	done := make(chan error, 1)
	go func() { done <- n.Hall.Run(ctx) }()
	t.Cleanup(func() { <-done })

	hour := stores.Now().Add(4 * time.Second) // a slow machine has to seal before it
	n.Sealed = x.opens(t, hour)

	if err := n.Unseal(ctx); !errors.Is(err, pack.Early) {
		t.Fatalf("before the hour: %v", err)
	}
	must(n.OpenAtTheHour(ctx))
	if at := n.Hall.Now(); at < hour {
		t.Fatalf("opened at %s, the hour is %s", at, hour)
	}
	recorded, err := s.ExamRecord(ctx, def.Code)
	must(err)
	if recorded.Plan != x.plan.Hash() || recorded.Bank != x.bank.Hash() || recorded.Seed != engine.SHA256(string(x.seed)) {
		t.Fatalf("the exam is not the one that was sealed: %+v", recorded)
	}
	must(n.OpenAtTheHour(ctx))
	if again, err := s.ExamRecord(ctx, def.Code); err != nil || again.N != recorded.N {
		t.Fatalf("the second start changed the exam: %+v, %v", again, err)
	}
}

// toSeal is what is sealed of an exam.
type toSeal struct {
	file []byte
	bank *questionbank.Bank
	plan *questionbank.Plan
	seed []byte
}

func newToSeal(t *testing.T, def *engine.Definition) *toSeal {
	t.Helper()
	file, err := def.File()
	check(t, err)
	bank, err := stores.SampleBank()
	check(t, err)
	blueprint, err := questionbank.ParseBlueprint(def.Blueprint)
	check(t, err)
	plan, err := questionbank.Compile(bank, blueprint, questionbank.Knowledge{})
	check(t, err)
	seed, err := create.NewSeed()
	check(t, err)
	return &toSeal{file, bank, plan, seed}
}

// opens seals the exam for an hour, and is what a node is started with to open it then.
func (x *toSeal) opens(t *testing.T, hour engine.Instant) *node.Found {
	t.Helper()
	skey, vkey, err := signing.GenerateKey(rand.Reader, "panitia")
	check(t, err)
	signer, err := signing.NewSigner(skey)
	check(t, err)
	verifier, err := signing.NewVerifier(vkey)
	check(t, err)
	var holders []pack.Holder
	for _, name := range []string{"a", "b", "c"} {
		k, err := age.GenerateX25519Identity()
		check(t, err)
		holders = append(holders, pack.Holder{Name: name, Recipient: k.Recipient().String()})
	}
	site, err := age.GenerateX25519Identity()
	check(t, err)
	sealed, err := pack.Seal(&pack.Contents{Definition: x.file, Bank: x.bank.Encode(), Plan: x.plan.Encode(), Seed: x.seed},
		pack.Order{Kind: pack.Main, Opens: hour, Holders: holders, Sites: []string{site.Recipient().String()}}, signer)
	check(t, err)
	read, err := pack.Read(sealed, verifier)
	check(t, err)
	return &node.Found{Pack: read, With: []age.Identity{site}}
}

// brokenArchive is a disk that reads nothing until it is mended.
type brokenArchive struct {
	engine.Archive
	mended bool
}

func (a *brokenArchive) Fetch(ctx context.Context, h engine.Hash) ([]byte, error) {
	if !a.mended {
		return nil, errors.New("the disk does not answer")
	}
	return a.Archive.Fetch(ctx, h)
}

// What fails once in the hour of a site's sealed exam does not keep the exam from being served
// when it has passed, although the pack has been opened by then.
func TestASiteServesItsSealedExamAlthoughTheFirstTryFailed(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, keys := newStores(t)
	def, err := create.SampleDefinition(1, time.Now().Add(time.Hour), false)
	check(t, err)
	x := newToSeal(t, def)
	_, err = create.Exam(ctx, s, keys, "setup", create.Source{File: x.file, Bank: x.bank, Plan: x.plan.Encode(), Seed: x.seed})
	check(t, err)
	// As a site has it before the hour: all but the seed is there, or comes with the pack.
	check(t, s.Register.Erase(ctx, stores.KindSeed, def.Code))
	secrets, err := (&stores.SiteKeys{}).Seal(keys)
	check(t, err)
	check(t, s.Register.Put(ctx, engine.Entry{Kind: stores.KindSite, ID: stores.SiteSecrets, Body: secrets}))
	s.Site = &stores.Site{Exam: def.Code, Sitting: def.Code + ".sesi-1", Sealed: "pack"}
	archive := &brokenArchive{Archive: s.Archive}
	s.Archive = archive

	n, err := node.Open(ctx, node.Parts{Stores: s, Keys: keys, Log: slog.New(slog.DiscardHandler)})
	check(t, err)
	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- n.Hall.Run(running) }()
	t.Cleanup(func() { stop(); check(t, <-done) })
	n.Sealed = x.opens(t, n.Hall.Now())
	if err := n.Unseal(ctx); err == nil || n.Exams.Find(def.Code) != nil {
		t.Errorf("with an archive that cannot be read: %v", err)
	}
	archive.mended = true
	for range 2 { // there is nothing left to do the second time
		if err := n.Unseal(ctx); err != nil || n.Exams.Find(def.Code) == nil {
			t.Errorf("with one that can be read: %v, and the exam is not served", err)
		}
	}
}
