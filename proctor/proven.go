package proctor

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"sync"
	"time"

	"terang/engine"
)

// proven knows which passwords were right a while ago. Whoever gives such a one again does
// not guess, and takes none of the tries that guessing has: a second person signs for forty
// sittings in a minute, and one whose account somebody guesses at from the same room
// goes on working. It is this node's memory; no password is in it.
type proven struct {
	mu    sync.Mutex
	key   []byte // of this run of the process
	until map[[sha256.Size]byte]engine.Instant
}

// provenFor is how long a right password is known for one.
const provenFor = 15 * time.Minute

// mark is what is remembered of an account's password; with another hash it is another.
// Called with the lock held.
func (p *proven) mark(a *Account, password string) (m [sha256.Size]byte) {
	if p.key == nil {
		p.key = make([]byte, sha256.Size)
		_, _ = rand.Read(p.key) // never fails
		p.until = make(map[[sha256.Size]byte]engine.Instant)
	}
	h := hmac.New(sha256.New, p.key)
	for _, part := range []string{a.User, a.Hash, password} {
		_, _ = io.WriteString(h, part+"\x00")
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func (p *proven) was(a *Account, password string, now engine.Instant) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return a.Hash != "" && p.until[p.mark(a, password)] > now
}

func (p *proven) note(a *Account, password string, now engine.Instant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.mark(a, password)
	for old, until := range p.until {
		if until <= now {
			delete(p.until, old)
		}
	}
	p.until[m] = now.Add(provenFor)
}
