package proctor

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"terang/engine"
)

// cost is what a new hash of argon2id costs; a hash names its own.
type cost struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

// costOf is the cost as OWASP recommends it for 19 MiB. The programs that go test makes hash a
// thousand passwords, and guess none: theirs costs next to nothing. That a program is such a one
// is written by the linker; no flag, file or variable of a built program reaches it.
func costOf(tested bool) cost {
	if tested {
		return cost{memory: 64, time: 1, threads: 1}
	}
	return cost{memory: 19456, time: 2, threads: 1}
}

// phc begins a PHC string.
func (c cost) phc() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, c.memory, c.time, c.threads)
}

// PasswordLeast and PasswordMost bound a password's characters.
const (
	PasswordLeast = 8
	PasswordMost  = 200
)

// BadLength refuses a password that is too short or too long.
const BadLength engine.Code = "password_length"

// kiln runs as many hashes at once as there are pairs of processors: twenty people who sign in
// together must not take half a gigabyte from the exam, and who guesses not all of the machine.
type kiln chan struct{}

func newKiln() kiln { return make(kiln, max(1, runtime.NumCPU()/2)) }

func (k kiln) key(password string, salt []byte, memory, time uint32, threads uint8) []byte {
	k <- struct{}{}
	defer func() { <-k }()
	return argon2.IDKey([]byte(password), salt, time, memory, threads, 32)
}

// hash returns a PHC string.
func (k kiln) hash(password string) (string, error) {
	if n := utf8.RuneCountInString(password); n < PasswordLeast || n > PasswordMost {
		return "", fmt.Errorf("the password has %d characters: use %d to %d: %w", n, PasswordLeast, PasswordMost, BadLength)
	}
	salt := make([]byte, 16)
	rand.Read(salt) // never fails
	c := costOf(testing.Testing())
	key := k.key(password, salt, c.memory, c.time, c.threads)
	b64 := base64.RawStdEncoding.EncodeToString
	return c.phc() + b64(salt) + "$" + b64(key), nil
}

// check compares a password with a PHC string; an unreadable one never fits.
func (k kiln) check(phc, password string) bool {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || utf8.RuneCountInString(password) > PasswordMost {
		return false
	}
	var version int
	var memory, time uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil || time == 0 || threads == 0 || memory > 1<<20 {
		return false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false
	}
	return subtle.ConstantTimeCompare(want, k.key(password, salt, memory, time, threads)) == 1
}
