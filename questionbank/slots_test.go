package questionbank

import (
	"fmt"
	"slices"
	"testing"
)

// The slot that Slots names for a position is one of the item's cell, and nearly always
// the item's own: a neighbouring one only where the own had nothing left.
func TestSlotsAreThoseOfTheForm(t *testing.T) {
	p, seed := manyItems(t), make([]byte, SeedBytes)
	moved, all := 0, 0
	for i := range 200 {
		name := fmt.Sprint("E/", i)
		slots, err := p.Slots(seed, name, nil)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := p.Assemble(seed, name, nil)
		for q, id := range ids(f) {
			own := slices.IndexFunc(p.pool.slots, func(s slot) bool { return slices.Contains(s.items, p.index[id]) })
			if p.pool.slots[own].cell != p.pool.slots[slots[q]].cell {
				t.Fatalf("%s position %d: item %s in slot %d of another cell", name, q+1, id, slots[q])
			}
			if all++; own != int(slots[q]) {
				moved++
			}
		}
		slices.Sort(slots)
		if len(slices.Compact(slots)) != p.Places() {
			t.Fatalf("%s: a slot is filled twice", name)
		}
	}
	if moved*1000 > all {
		t.Errorf("%d of %d items stand in a slot that is not theirs", moved, all)
	}
	if _, err := p.Slots(seed[1:], "E/1", nil); err == nil {
		t.Error("a short seed is taken")
	}
}
