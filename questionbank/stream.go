package questionbank

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// AssemblyVersion names the draw: the stream, the order of its uses and the plan format.
// A change to any of them is a new version beside this one.
const AssemblyVersion = "loft/v1"

// orderVersion separates the order of options from the draw of items, so that an item
// that is replaced does not disturb the options of the others.
const orderVersion = "opt/v1"

// stream is a deterministic source of numbers (FAIRNESS.md, 1.3): block c is
// SHA-256(key || uint32be(c)) and gives eight big-endian words.
type stream struct {
	input [sha256.Size + 4]byte // key || counter of the next block
	block [sha256.Size]byte
	next  int // offset of the next word in block
	count uint32
}

// newStream starts the stream of one candidate.
func newStream(seed []byte, candidate string) stream {
	mac := hmac.New(sha256.New, seed)
	mac.Write([]byte(AssemblyVersion))
	mac.Write([]byte{0})
	mac.Write([]byte(candidate))
	var key [sha256.Size]byte
	mac.Sum(key[:0])
	return streamOf(&key)
}

func streamOf(key *[sha256.Size]byte) stream {
	s := stream{next: sha256.Size}
	copy(s.input[:], key[:])
	return s
}

func (s *stream) word() uint32 {
	if s.next == sha256.Size {
		binary.BigEndian.PutUint32(s.input[sha256.Size:], s.count)
		s.block = sha256.Sum256(s.input[:])
		s.count++
		s.next = 0
	}
	w := binary.BigEndian.Uint32(s.block[s.next:])
	s.next += 4
	return w
}

// below returns a number from 0 to n-1, every one equally likely; n is from 1 to 2^32-1.
// Words that would favour small numbers are thrown away, so the number of words used
// depends on the words.
func (s *stream) below(n uint32) uint32 {
	floor := -n % n // (2^32 - n) mod n
	for {
		m := uint64(s.word()) * uint64(n)
		if uint32(m) >= floor {
			return uint32(m >> 32)
		}
	}
}

// pick is below for lengths of slices.
func (s *stream) pick(n int) int { return int(s.below(uint32(n))) }
