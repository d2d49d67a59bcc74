package stores

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"terang/engine"
	"terang/proctor"
)

// The register's entry that says by its fingerprint with which key file a database goes. A server
// writes it at its start, since from then on what it derives from its keys is in the log.
const (
	KindKeys = "keys"
	keysOwn  = "fingerprint"
)

// ErrOtherKeys: what is sealed does not open with this key file.
var ErrOtherKeys = errors.New("the key file does not fit this database: give the one that was made with it, by --keys")

// ReadKeys reads the key file of this database: none is made, and another's is refused.
func (s *DB) ReadKeys(ctx context.Context, path string) (*KeyFile, error) {
	keys, err := ReadKeys(path)
	if err != nil {
		return nil, err
	}
	return keys, s.Fits(ctx, keys)
}

// OpenKeys is ReadKeys for whoever may be the first to seal something: while the database goes with
// no key file yet, one is made. Later a new one would open nothing, and what is sealed with it would be
// opened by nobody else.
func (s *DB) OpenKeys(ctx context.Context, path string) (*KeyFile, error) {
	fits, err := s.bound(ctx)
	if err != nil {
		return nil, err
	}
	if fits == nil {
		return OpenKeys(path)
	}
	keys, err := ReadKeys(path)
	if err != nil {
		return nil, err
	}
	return keys, fits(keys)
}

// Fits refuses keys that the database does not go with.
func (s *DB) Fits(ctx context.Context, keys *KeyFile) error {
	fits, err := s.bound(ctx)
	if err != nil || fits == nil {
		return err
	}
	return fits(keys)
}

// Bind lets the database go with these keys from now on, unless it goes with some already.
func (s *DB) Bind(ctx context.Context, keys *KeyFile) error {
	_, err := s.Register.Get(ctx, KindKeys, keysOwn)
	if errors.Is(err, engine.ErrAbsent) {
		err = s.Register.Put(ctx, engine.Entry{Kind: KindKeys, ID: keysOwn, Body: []byte(keys.Fingerprint())})
	}
	if err != nil {
		return fmt.Errorf("note the key file: %w", err)
	}
	return nil
}

// bound is how the database tells its key file from others, nil while it goes with any: by the
// fingerprint, or else by what was sealed first.
func (s *DB) bound(ctx context.Context) (func(*KeyFile) error, error) {
	own, err := s.Register.Get(ctx, KindKeys, keysOwn)
	if err == nil {
		return func(k *KeyFile) error {
			if is := k.Fingerprint(); is != string(own) {
				return fmt.Errorf("%s has the keys %s, and this database goes with %s: %w", k.path, is, own, ErrOtherKeys)
			}
			return nil
		}, nil
	}
	if !errors.Is(err, engine.ErrAbsent) {
		return nil, fmt.Errorf("with which key file this database goes: %w", err)
	}
	sealed, err := s.sealedFirst(ctx)
	if err != nil || len(sealed) == 0 {
		return nil, err
	}
	return func(k *KeyFile) error {
		opens := func(one sealedEntry) bool { _, err := k.Open(one.use, one.body); return err == nil }
		if !slices.ContainsFunc(sealed, opens) {
			return fmt.Errorf("%s: %w", k.path, ErrOtherKeys)
		}
		return nil
	}, nil
}

// sealedEntry is what only the right key file opens.
type sealedEntry struct {
	use  string
	body []byte
}

// sealedFirst is what tells the key file of a database that has no fingerprint of it: a site's secrets,
// the seed of its first exam, or whatever else is sealed, of which one that opens is enough.
func (s *DB) sealedFirst(ctx context.Context) (sealed []sealedEntry, err error) {
	if s.Site != nil {
		body, err := s.Register.Get(ctx, KindSite, SiteSecrets)
		if err == nil {
			return []sealedEntry{{siteUse, body}}, nil
		}
		if !errors.Is(err, engine.ErrAbsent) {
			return nil, err
		}
	}
	first := engine.Pos(0)
	err = s.Register.List(ctx, KindSeed, "", func(e engine.Entry) error {
		at, err := s.begun(ctx, engine.ExamStream+e.ID)
		if len(sealed) == 0 || at > 0 && (first == 0 || at < first) {
			first, sealed = at, []sealedEntry{{"seed/" + e.ID, slices.Clone(e.Body)}}
		}
		return err
	})
	if err != nil || len(sealed) > 0 {
		return sealed, err
	}
	return sealed, proctor.EachSealed(ctx, s.Register, func(use string, body []byte) {
		sealed = append(sealed, sealedEntry{use, body})
	})
}

// begun is where a stream begins, 0 if it does not.
func (s *DB) begun(ctx context.Context, stream string) (at engine.Pos, err error) {
	enough := errors.New("the first is enough")
	err = s.Journal.Read(ctx, stream, 0, func(r engine.Record) error {
		at = r.Pos
		return enough
	})
	if errors.Is(err, enough) {
		err = nil
	}
	return at, err
}

// Fingerprint tells key files apart, and nothing of what is in them.
func (k *KeyFile) Fingerprint() string { return hex.EncodeToString(k.Derive("fingerprint")[:8]) }
