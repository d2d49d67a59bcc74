package engine

import "iter"

// Form is the candidate's own exam: indexes into a bank that all forms share. It does not
// change, and holds nothing that could lead to a key.
type Form struct {
	ETag     string // hex, names items, order and bank version
	Sections []Section

	bank   []*Item // shared
	picks  []int32 // position q is bank[picks[q-1]]
	stride int     // most options of a place
	orders []uint8 // stride numbers a place
}

// Place is one position of a form: an item and the order of its options.
// Order[i] is the index in Item.Options of the option that is displayed as letter 'a'+i.
type Place struct {
	Item  *Item
	Order []uint8
}

// NewForm is the form of the bank's items that picks name, in this order. arrange is given
// each pick in turn with the order to fill in, which is as long as the item has options.
func NewForm(etag string, sections []Section, bank []*Item, picks []int32, arrange func(iter.Seq2[int32, []uint8])) *Form {
	f := &Form{ETag: etag, Sections: sections, bank: bank, picks: picks}
	for _, i := range picks {
		f.stride = max(f.stride, len(bank[i].Options))
	}
	f.orders = make([]uint8, len(picks)*f.stride)
	arrange(func(yield func(int32, []uint8) bool) {
		for q, i := range picks {
			if !yield(i, f.order(q, bank[i])) {
				return
			}
		}
	})
	return f
}

// Len is the number of positions.
func (f *Form) Len() int { return len(f.picks) }

// Place returns the place at position q (from 1), false when the form has no such position.
func (f *Form) Place(q int) (Place, bool) {
	if q < 1 || q > len(f.picks) {
		return Place{}, false
	}
	item := f.bank[f.picks[q-1]]
	return Place{item, f.order(q-1, item)}, true
}

// Places are the positions from 1 with what stands there.
func (f *Form) Places() iter.Seq2[int, Place] {
	return func(yield func(int, Place) bool) {
		for q := 1; q <= len(f.picks); q++ {
			if p, _ := f.Place(q); !yield(q, p) {
				return
			}
		}
	}
}

func (f *Form) order(i int, item *Item) []uint8 {
	from := i * f.stride
	to := from + len(item.Options)
	return f.orders[from:to:to]
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
