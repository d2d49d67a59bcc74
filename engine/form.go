package engine

import (
	"encoding/binary"
	"iter"
)

// Form is the candidate's own exam: indexes into a bank that all forms share. It does not
// change, and holds nothing that could lead to a key.
type Form struct {
	ETag     string // hex, names items, order and bank version
	Sections []Section

	bank   []*Item // shared
	places []uint8 // stride bytes a position: its place in bank, little endian, and the order of its options
	stride int
}

// pickBytes are those of a place in the bank, at the head of a position.
const pickBytes = 4

// Place is one position of a form: an item and the order of its options.
// Order[i] is the index in Item.Options of the option that is displayed as letter 'a'+i.
type Place struct {
	Item  *Item
	Order []uint8
}

// NewForm is the form of the bank's items that picks name, in this order. arrange is given
// each pick in turn with the order to fill in, which is as long as the item has options.
func NewForm(etag string, sections []Section, bank []*Item, picks []int32, arrange func(iter.Seq2[int32, []uint8])) *Form {
	f := &Form{ETag: etag, Sections: sections, bank: bank}
	for _, i := range picks {
		f.stride = max(f.stride, pickBytes+len(bank[i].Options))
	}
	f.places = make([]uint8, len(picks)*f.stride)
	arrange(func(yield func(int32, []uint8) bool) {
		for at, i := range picks {
			binary.LittleEndian.PutUint32(f.places[at*f.stride:], uint32(i))
			if !yield(i, f.at(at).Order) {
				return
			}
		}
	})
	return f
}

// Len is the number of positions.
func (f *Form) Len() int {
	if f.stride == 0 {
		return 0
	}
	return len(f.places) / f.stride
}

// Place returns the place at position q (from 1), false when the form has no such position.
func (f *Form) Place(q int) (Place, bool) {
	if q < 1 || q > f.Len() {
		return Place{}, false
	}
	return f.at(q - 1), true
}

// Places are the positions from 1 with what stands there.
func (f *Form) Places() iter.Seq2[int, Place] {
	return func(yield func(int, Place) bool) {
		for q := range f.Len() {
			if !yield(q+1, f.at(q)) {
				return
			}
		}
	}
}

// at is the place at position i + 1.
func (f *Form) at(i int) Place {
	place := f.places[i*f.stride:][:f.stride]
	item := f.bank[binary.LittleEndian.Uint32(place)]
	to := pickBytes + len(item.Options)
	return Place{item, place[pickBytes:to:to]}
}

// Option returns the canonical option that is displayed as letter c, "a" being the first.
func (p Place) Option(c string) (id string, ok bool) {
	if len(c) != 1 {
		return "", false
	}
	i := int(c[0] - 'a')
	if i < 0 || i >= len(p.Order) {
		return "", false
	}
	return p.Item.Options[p.Order[i]].ID, true
}
