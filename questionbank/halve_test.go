package questionbank

import "testing"

// Both halves of the sample bank fill a form of their own; together they are the bank, no
// group of enemies stands in both, and every kind of item is divided evenly but for what
// keeps enemies together.
func TestHalvesMakeTwoExams(t *testing.T) {
	b := sampleBank(t)
	first, second, faults := b.Halve()
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if first.Len()+second.Len() != b.Len() {
		t.Errorf("%d and %d of %d items", first.Len(), second.Len(), b.Len())
	}
	enemies, kinds := map[string]bool{}, map[judged]int{}
	for _, q := range first.Questions() {
		enemies[q.Enemies] = q.Enemies != ""
		kinds[q.judged()]++
	}
	for _, q := range second.Questions() {
		if first.Item(q.ID) != nil || enemies[q.Enemies] {
			t.Errorf("%s or an enemy of it (%s) is in both", q.ID, q.Enemies)
		}
		kinds[q.judged()]--
	}
	for kind, lead := range kinds {
		if lead < -2 || lead > 2 {
			t.Errorf("%v: one half has %d more", kind, lead)
		}
	}
	again, _, _ := b.Halve()
	if again.Hash() != first.Hash() {
		t.Error("divided otherwise the second time")
	}
	one, _ := NewBank(b.Questions()[:1])
	if _, _, faults := one.Halve(); len(faults) == 0 {
		t.Error("one item makes two banks")
	}
}
