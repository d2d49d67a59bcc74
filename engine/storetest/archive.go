package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"testing"

	"terang/engine"
)

// OpenArchive opens a fresh, empty archive; reopen as for OpenJournal.
type OpenArchive func(t *testing.T) (a engine.Archive, reopen func() engine.Archive)

// Archive tests an archive.
func Archive(t *testing.T, open OpenArchive) {
	t.Run("what is kept is fetched by its SHA-256", func(t *testing.T) { archiveKeeps(t, open) })
	t.Run("the same bytes kept at once by many", func(t *testing.T) { archiveTogether(t, open) })
}

func archiveKeeps(t *testing.T, open OpenArchive) {
	ctx := context.Background()
	a, reopen := open(t)
	if got, err := a.Fetch(ctx, engine.Hash{1}); !errors.Is(err, engine.ErrAbsent) {
		t.Errorf("fetched %q, %v; want engine.ErrAbsent", got, err)
	}
	kept := map[engine.Hash][]byte{}
	for i, size := range []int{0, 1, 5000, 256 << 10, 256<<10 + 1, 2_000_000} {
		body := randomBytes(uint64(i), size)
		for range 2 { // keeping twice is keeping once
			h, err := a.Keep(ctx, body)
			if err != nil || h != sha256.Sum256(body) {
				t.Fatalf("keep %d bytes: %s, %v", size, h, err)
			}
			kept[h] = bytes.Clone(body)
		}
		clear(body) // the archive must not share the caller's memory
	}
	check := func() {
		t.Helper()
		for h, body := range kept {
			if got, err := a.Fetch(ctx, h); err != nil || !bytes.Equal(got, body) {
				t.Errorf("fetch %d bytes: %d bytes, %v", len(body), len(got), err)
			}
		}
	}
	check()
	if reopen != nil {
		a = reopen()
		check()
	}
}

func archiveTogether(t *testing.T, open OpenArchive) {
	ctx := context.Background()
	a, _ := open(t)
	body := randomBytes(7, 700_000)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			h, err := a.Keep(ctx, body)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := a.Fetch(ctx, h); err != nil || !bytes.Equal(got, body) {
				t.Errorf("fetch: %d bytes, %v", len(got), err)
			}
		})
	}
	all.Wait()
}
