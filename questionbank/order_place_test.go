package questionbank

import (
	"encoding/binary"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The digits of a word are those of the number that scale makes of it.
func TestDigitsAreThoseOfTheScaledNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, maxOptions).Draw(t, "options")
		word := rapid.Uint32().Draw(t, "word")
		number, _ := scale(word, uint32(factorial(n)))
		d := digits{word}
		for i := n; i > 1; i-- {
			rest := uint32(factorial(i - 1))
			if got := uint32(d.pick(i)); got != number/rest {
				t.Fatalf("digit below %d is %d, want %d", i, got, number/rest)
			}
			number %= rest
		}
	})
}

// A position's order comes from its own word, whatever was asked before.
func TestOrderOfAPlaceDependsOnNoOther(t *testing.T) {
	key := new(keyring).key([]byte("seed"), orderV2, "E/1")
	o := newPlaceOrders(key)
	for _, q := range []int{110, 1, 9, 8, 57, 2} {
		s := newStream(key)
		s.turn(uint32(q-1) / 8)
		word := binary.BigEndian.Uint32(s.block[(q-1)%8*4:])
		want := []uint8{0, 1, 2, 3, 4}
		shuffle(want, &digits{word})
		got := make([]uint8, 5)
		if o.order(got, Free, "any", q); !slices.Equal(got, want) {
			t.Errorf("position %d: %v, want %v", q, got, want)
		}
	}
}
