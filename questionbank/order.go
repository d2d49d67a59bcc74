package questionbank

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// orders arranges the options of a form. Which it is depends on the assembly version; both
// are uniform over the orders that a rule allows.
type orders interface {
	// order writes the displayed order of n = len(out) options at position q (from 1): out[i]
	// is the canonical index of the option shown as letter 'a'+i.
	order(out []uint8, rule Rule, id string, q int)
}

// placeOrders are the orders of loft/v2: position q takes word (q-1) mod 8 of block
// (q-1)/8 of the stream under HMAC-SHA256(seed, "opt/v2" 0x00 candidate). Scaled to the
// number of orders that the rule allows, it is a number whose digits, the most significant
// first, are the choices of the shuffle. A word that would favour some orders is passed
// over for the word at the same place 2^16, 2·2^16, … blocks further on. So a position's
// order depends on no other, and a whole form takes 14 blocks instead of 330.
type placeOrders struct {
	stream
	at     uint32 // block that is computed
	digits digits
}

func newPlaceOrders(key [sha256.Size]byte) *placeOrders {
	o := new(placeOrders)
	o.start(key)
	return o
}

func (o *placeOrders) start(key [sha256.Size]byte) { o.stream, o.at = newStream(key), noBlock }

const (
	noBlock     = 1<<32 - 1
	furtherOn   = 1 << 16 // blocks from a word to the one that replaces it
	wordsABlock = sha256.Size / 4
)

// wordFor is the word of position q for a choice among so many ways.
func (o *placeOrders) wordFor(q, ways int) uint32 {
	for c := uint32(q-1) / wordsABlock; ; c += furtherOn {
		if c != o.at {
			o.turn(c)
			o.at = c
		}
		word := binary.BigEndian.Uint32(o.block[(q-1)%wordsABlock*4:])
		if _, ok := scale(word, uint32(ways)); ok {
			return word
		}
	}
}

func (o *placeOrders) order(out []uint8, rule Rule, _ string, q int) {
	straight(out)
	ways := rule.ways(len(out))
	if ways == 1 {
		return
	}
	word := o.wordFor(q, ways)
	if rule == Free {
		permute(out, word)
		return
	}
	o.digits.word = word
	arrange(out, rule, &o.digits)
}

// permute is shuffle with the digits of a word, without a call for each: nearly all items
// of a form come this way.
func permute(out []uint8, word uint32) {
	for i := len(out) - 1; i > 0; i-- {
		m := uint64(word) * uint64(i+1)
		j := m >> 32
		word = uint32(m)
		out[i], out[j] = out[j], out[i]
	}
}

// digits divides a number into one from 0 to n-1 for each n that is asked, the most
// significant first. The word is that number as a fraction of 2^32, so that each digit is
// what a product has above the point; every row of digits is equally likely if the word
// does not favour any number below the product of the n.
type digits struct{ word uint32 }

func (d *digits) pick(n int) int {
	m := uint64(d.word) * uint64(n)
	d.word = uint32(m)
	return int(m >> 32)
}

// ways is how many orders of n options the rule allows.
func (r Rule) ways(n int) int {
	switch r {
	case Free:
		return factorial(n)
	case LastFixed:
		return factorial(n - 1)
	case OrderedReversible:
		return 2
	case Pairs:
		return factorial(n / 2)
	default:
		return 1
	}
}

// picker gives a number from 0 to n-1.
type picker interface{ pick(n int) int }

// arrange applies a rule that allows more than one order to options in canonical order.
func arrange[P picker](out []uint8, rule Rule, by P) {
	n := len(out)
	switch rule {
	case Free:
		shuffle(out, by)
	case LastFixed:
		shuffle(out[:n-1], by)
	case OrderedReversible:
		if by.pick(2) == 1 {
			slices.Reverse(out)
		}
	case Pairs:
		pairs := out[:n/2] // each pair's number, until there is room for both of its options
		shuffle(pairs, by)
		for i := n/2 - 1; i >= 0; i-- {
			out[2*i], out[2*i+1] = 2*pairs[i], 2*pairs[i]+1
		}
	}
}

func straight(out []uint8) {
	for i := range out {
		out[i] = uint8(i)
	}
}

// shuffle is Fisher-Yates from the end: for i = n-1 down to 1, swap i with pick(i+1).
func shuffle[T any, P picker](list []T, by P) {
	for i := len(list) - 1; i > 0; i-- {
		j := by.pick(i + 1)
		list[i], list[j] = list[j], list[i]
	}
}

// factorial is n! for n up to 12, the largest that a word holds; options are at most 10.
func factorial(n int) int {
	f := 1
	for i := 2; i <= n; i++ {
		f *= i
	}
	return f
}
