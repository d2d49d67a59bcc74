package proctor

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// Keys hold the secret that stands outside the database: whoever copies the database
// alone can try no PIN.
type Keys struct {
	Secret []byte // at least 32 bytes
	// Given are single secrets of another key file, as Part makes them: with a sitting that a
	// site holds come the few of the centre's that have to be the same in both places.
	Given map[string][]byte
}

// pinSpace is how many PINs of six digits there are.
const pinSpace = 1_000_000

// derive returns a key for one use, so that no two uses can be played against each other.
func (k Keys) derive(use string) []byte {
	key, err := hkdf.Key(sha256.New, k.Secret, nil, "terang/"+use+"/1", sha256.Size)
	if err != nil {
		return nil // only for lengths that SHA-256 cannot give
	}
	return key
}

func (k Keys) mac(use, text string) []byte {
	if given, ok := k.Given[use+"/"+text]; ok {
		return given
	}
	m := hmac.New(sha256.New, k.derive(use))
	m.Write([]byte(text))
	return m.Sum(nil)
}

// IssuePIN is the PIN that a check-in with this operation gives to the attempt: as hard
// to guess as a drawn one without the key, and the same when the answer was lost and the
// operation is sent again, though nothing that could be read has been stored.
func (k Keys) IssuePIN(op, attempt string) string {
	sum := k.mac("pin-issue", op+"/"+attempt)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(sum)%pinSpace)
}

// HashPIN is what the journal keeps of a PIN; sitting is EXAM.SITTING.
func (k Keys) HashPIN(sitting, attempt, pin string) string {
	return hex.EncodeToString(k.mac("pin", sitting+"/"+attempt+"/"+pin))
}

// CheckPIN compares in constant time. Spaces do not count: six digits are read aloud, and typed, in two groups.
func (k Keys) CheckPIN(hash, sitting, attempt, pin string) bool {
	return hmac.Equal([]byte(hash), []byte(k.HashPIN(sitting, attempt, strings.Join(strings.Fields(pin), ""))))
}

// NewSecret draws 32 bytes for a cookie or an invitation, in base64url. It begins with no
// hyphen: a command line would take that for a flag.
func NewSecret() string {
	for {
		var b [32]byte
		rand.Read(b[:]) // never fails: the runtime ends the process instead
		if text := base64.RawURLEncoding.EncodeToString(b[:]); text[0] != '-' {
			return text
		}
	}
}

// HashSecret is how a cookie's secret stands in the journal and the register.
func HashSecret(secret string) string {
	h := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(h[:])
}

// Part are the secrets that a site needs beside its own key file, to hold one sitting: by
// which its seats are drawn, and the results codes of its people, whose issue says which of
// their codes holds.
func (k Keys) Part(sitting string, people []*Person, issue func(*Person) int) map[string][]byte {
	part := map[string][]byte{seatUse + "/" + sitting: k.SeatSecret(sitting)}
	for _, p := range people {
		text := resultsCodeText(p.Exam, p.Number, issue(p))
		part[resultsCodeUse+"/"+text] = k.mac(resultsCodeUse, text)
	}
	return part
}
