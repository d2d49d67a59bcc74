package publiclog

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strconv"
)

// Hash is a SHA-256, in JSON in lower-case hex.
type Hash [sha256.Size]byte

// String is lower-case hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(text []byte) error {
	n, err := hex.Decode(h[:], text)
	if err != nil || n != len(h) {
		return fmt.Errorf("%q is not a SHA-256 in hex", text)
	}
	return nil
}

// IsZero says whether there is none.
func (h Hash) IsZero() bool { return h == Hash{} }

// Commitment fixes a value without telling it: SHA-256 over a salt of 32 bytes and the
// value. Who is given the salt can show what was committed to, and nothing else.
type Commitment struct{ Hash }

// Commit fixes a value under a salt.
func Commit(salt Salt, value string) Commitment {
	d := sha256.New()
	d.Write(salt.Hash[:])
	d.Write([]byte(value))
	var c Commitment
	d.Sum(c.Hash[:0])
	return c
}

// Opens says whether this is what was committed to.
func (c Commitment) Opens(salt Salt, value string) bool {
	again := Commit(salt, value)
	return subtle.ConstantTimeCompare(again.Hash[:], c.Hash[:]) == 1
}

// Salt is what a commitment is opened with, in JSON in lower-case hex. One is never used
// for two commitments, so that opening one says nothing of another.
type Salt struct{ Hash }

// Salts derives every salt of a log from one key, so that a log that is made again from its
// journal has the same bytes.
type Salts struct{ key []byte }

// NewSalts takes a key of at least 32 bytes, which is never published.
func NewSalts(key []byte) Salts { return Salts{key} }

// Fields of a leaf that hold a commitment.
const (
	FieldActor  = "actor"
	FieldSecond = "second"
	FieldAbout  = "about"
	FieldEvent  = "event"
	FieldNumber = "number"
	FieldSealed = "sealed"
)

// Of is the salt of one field of the leaf that comes from version n of a stream of the
// journal: HMAC-SHA256 under the key of "terang/salt/1", the stream, n in decimal and the
// field, each followed by a zero byte.
func (s Salts) Of(stream string, n int, field string) Salt {
	m := hmac.New(sha256.New, s.key)
	for _, part := range []string{"terang/salt/1", stream, strconv.Itoa(n), field} {
		m.Write([]byte(part))
		m.Write([]byte{0})
	}
	var out Salt
	m.Sum(out.Hash[:0])
	return out
}
