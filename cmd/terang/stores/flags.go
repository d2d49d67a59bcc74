package stores

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"unicode"
)

// Flags name the database; they go with every command that needs one.
type Flags struct {
	Journal string `default:"sqlite:terang.db" help:"Where the journal is: sqlite:FILE or postgres://USER@HOST/DATABASE." placeholder:"sqlite:FILE|postgres://…"`
	Keys    string `help:"Key file; made once. Default: FILE.keys beside SQLite." type:"path"`
}

// KeyPath is the key file: the one that is named, or else FILE.keys beside an SQLite journal and
// terang.keys here for another.
func (f *Flags) KeyPath() string {
	if f.Keys != "" {
		return f.Keys
	}
	if _, path, ok := strings.Cut(f.Journal, "sqlite:"); ok {
		return path + ".keys"
	}
	return filepath.Join(".", "terang.keys")
}

// NamedFlags are --journal and --keys as they go into a command that somebody copies, without the
// password that an address may have.
func (s *DB) NamedFlags(keys *KeyFile) string {
	words := "--journal " + quoted(s.name)
	if keys != nil {
		words += " --keys " + quoted(keys.path)
	}
	return words
}

// unsaid is the name of a journal without what is secret in it.
func unsaid(journal string) string {
	u, err := url.Parse(journal)
	if err != nil || !IsPostgres(journal) {
		return journal
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	for _, secret := range []string{"password", "sslpassword"} {
		q.Del(secret)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// quoted is a word as a shell takes it for one.
func quoted(word string) string {
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("'\"\\$&;|<>()*?!`#~[]{}", r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Reading opens a journal that a server may hold meanwhile, and hands it to use.
func (f *Flags) Reading(use func(*DB, *KeyFile) error) error {
	keys, err := ReadKeys(f.KeyPath())
	if err != nil {
		return err
	}
	s, err := Open(f.Journal, false)
	if err != nil {
		return err
	}
	if err := s.Fits(context.Background(), keys); err != nil {
		return errors.Join(err, s.Close())
	}
	return errors.Join(use(s, keys), s.Close())
}
