package questionbank

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// AssemblyVersion names the draw of the plans that Compile makes: the stream, the order of
// its uses and the plan format. A change to any of them is a new version beside this one.
//
// loft/v1 balances 64 times on the mean, and takes the order of options from a stream of
// each item. loft/v2 balances 48 times, at three abilities where they are known, thins,
// draws units, and takes the order of options from a word of each place.
const AssemblyVersion = "loft/v2"

// loftV1 is the version of plans that were made before; they are drawn as ever.
const loftV1 = "loft/v1"

// balanceTries is how many swaps each version tries to bring a section to its target. More
// than 48 find hardly anything: what is still outside then has no swap that helps.
var balanceTries = map[string]int{loftV1: 64, AssemblyVersion: 48}

// Labels that separate the order of options from the draw of items, so that an item that
// is replaced does not disturb the options of the others.
const (
	orderV1 = "opt/v1"
	orderV2 = "opt/v2"
)

// stream is a deterministic source of numbers, which anybody can make again: block c is
// SHA-256(key || uint32be(c)) and gives eight big-endian words.
type stream struct {
	input [sha256.Size + 4]byte // key || counter of the next block
	block [sha256.Size]byte
	next  int // offset of the next word in block
	count uint32
}

// keyring makes the keys of streams: HMAC-SHA256(seed, label 0x00 candidate). It keeps the
// state after the seed, so that more candidates of one seed cost half.
type keyring struct {
	seed    []byte
	mac     hash.Hash
	message []byte
}

func (k *keyring) key(seed []byte, label, candidate string) (key [sha256.Size]byte) {
	if k.mac == nil || !bytes.Equal(k.seed, seed) {
		k.seed, k.mac = bytes.Clone(seed), hmac.New(sha256.New, seed)
	}
	k.mac.Reset()
	k.message = append(append(append(k.message[:0], label...), 0), candidate...)
	k.mac.Write(k.message)
	k.message = k.mac.Sum(k.message[:0])
	return [sha256.Size]byte(k.message)
}

func newStream(key [sha256.Size]byte) stream {
	s := stream{next: sha256.Size}
	copy(s.input[:], key[:])
	return s
}

// turn computes block c.
func (s *stream) turn(c uint32) {
	binary.BigEndian.PutUint32(s.input[sha256.Size:], c)
	s.block = sha256.Sum256(s.input[:])
}

func (s *stream) word() uint32 {
	if s.next == sha256.Size {
		s.turn(s.count)
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
	for {
		if r, ok := scale(s.word(), n); ok {
			return r
		}
	}
}

// scale maps a word to 0 to n-1, or says that it would favour small numbers.
func scale(word, n uint32) (uint32, bool) {
	m := uint64(word) * uint64(n)
	low := uint32(m)
	return uint32(m >> 32), low >= n || low >= -n%n // (2^32 - n) mod n, which is below n
}

// pick is below for lengths of slices.
func (s *stream) pick(n int) int { return int(s.below(uint32(n))) }
