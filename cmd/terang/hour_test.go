package main

import (
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
	skey, vkey, err := signing.GenerateKey(rand.Reader, "panitia")
	must(err)
	signer, err := signing.NewSigner(skey)
	must(err)
	verifier, err := signing.NewVerifier(vkey)
	must(err)
	var holders []pack.Holder
	for _, name := range []string{"a", "b", "c"} {
		k, err := age.GenerateX25519Identity()
		must(err)
		holders = append(holders, pack.Holder{Name: name, Recipient: k.Recipient().String()})
	}
	site, err := age.GenerateX25519Identity()
	must(err)

	def, err := create.SampleDefinition(1, time.Now().Add(time.Hour), false)
	must(err)
	file, err := def.File()
	must(err)
	bank, err := stores.SampleBank()
	must(err)
	blueprint, err := questionbank.ParseBlueprint(def.Blueprint)
	must(err)
	plan, err := questionbank.Compile(bank, blueprint, questionbank.Knowledge{})
	must(err)
	seed, err := create.NewSeed()
	must(err)

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
	sealed, err := pack.Seal(&pack.Contents{Definition: file, Bank: bank.Encode(), Plan: plan.Encode(), Seed: seed},
		pack.Order{Kind: pack.Main, Opens: hour, Holders: holders, Sites: []string{site.Recipient().String()}}, signer)
	must(err)
	read, err := pack.Read(sealed, verifier)
	must(err)
	n.Sealed = &node.Found{Pack: read, With: []age.Identity{site}}

	if err := n.Unseal(ctx); !errors.Is(err, pack.Early) {
		t.Fatalf("before the hour: %v", err)
	}
	must(n.OpenAtTheHour(ctx))
	if at := n.Hall.Now(); at < hour {
		t.Fatalf("opened at %s, the hour is %s", at, hour)
	}
	recorded, err := s.ExamRecord(ctx, def.Code)
	must(err)
	if recorded.Plan != plan.Hash() || recorded.Bank != bank.Hash() || recorded.Seed != engine.SHA256(string(seed)) {
		t.Fatalf("the exam is not the one that was sealed: %+v", recorded)
	}
	must(n.OpenAtTheHour(ctx))
	if again, err := s.ExamRecord(ctx, def.Code); err != nil || again.N != recorded.N {
		t.Fatalf("the second start changed the exam: %+v, %v", again, err)
	}
}
