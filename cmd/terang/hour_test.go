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

	"terang/engine"
	"terang/questionbank"
	"terang/questionbank/pack"
)

// A node that was started with a pack has no exam before the hour, and then the very exam
// that was sealed; started again, it leaves it alone.
func TestANodeOpensItsPackAtTheHour(t *testing.T) {
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

	def, err := sampleDefinition(1, time.Now().Add(time.Hour), false)
	must(err)
	file, err := encodeDefinition(def)
	must(err)
	bank, err := sampleBank()
	must(err)
	blueprint, err := questionbank.ParseBlueprint(def.Blueprint)
	must(err)
	plan, err := questionbank.Compile(bank, blueprint)
	must(err)
	seed, err := newSeed()
	must(err)

	s, err := openStores("sqlite:"+filepath.Join(t.TempDir(), "t.db"), true)
	must(err)
	t.Cleanup(func() { _ = s.close() })
	keys, err := openKeys(filepath.Join(t.TempDir(), "keys"))
	must(err)
	n, err := openNode(ctx, nodeParts{stores: s, keys: keys, log: slog.New(slog.DiscardHandler)})
	must(err)
	done := make(chan error, 1)
	go func() { done <- n.hall.Run(ctx) }()
	t.Cleanup(func() { <-done })

	hour := now().Add(time.Second)
	sealed, err := pack.Seal(&pack.Contents{Definition: file, Bank: bank.Encode(), Plan: plan.Encode(), Seed: seed},
		pack.Order{Kind: pack.Main, Opens: hour, Holders: holders, Sites: []string{site.Recipient().String()}}, signer)
	must(err)
	read, err := pack.Read(sealed, verifier)
	must(err)
	n.sealed = &found{Pack: read, with: []age.Identity{site}}

	if err := n.unseal(ctx); !errors.Is(err, pack.Early) {
		t.Fatalf("before the hour: %v", err)
	}
	must(n.openAtTheHour(ctx))
	if at := n.hall.Now(); at < hour {
		t.Fatalf("opened at %s, the hour is %s", at, hour)
	}
	recorded, err := s.examRecord(ctx, def.Code)
	must(err)
	if recorded.plan != plan.Hash() || recorded.bank != bank.Hash() || recorded.seed != engine.SHA256(string(seed)) {
		t.Fatalf("the exam is not the one that was sealed: %+v", recorded)
	}
	must(n.openAtTheHour(ctx))
	if again, err := s.examRecord(ctx, def.Code); err != nil || again.n != recorded.n {
		t.Fatalf("the second start changed the exam: %+v, %v", again, err)
	}
}
