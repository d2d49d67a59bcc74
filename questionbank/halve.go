package questionbank

import (
	"cmp"
	"maps"
	"slices"
)

// Halve divides a bank in two for an exam and a spare of other items: each half has half of
// every section, topic and band, as far as the numbers allow. Enemies stay together, and so
// do the items of a unit, so that what is known of one half gives nothing of the other away.
// The same bank is divided the same way everywhere. There are faults where a half would be
// no bank, because it had no item.
func (b *Bank) Halve() (first, second *Bank, faults []Fault) {
	groups := map[string][]Question{}
	for _, q := range b.questions {
		key := "item " + q.ID
		if q.Enemies != "" {
			key = "enemies " + q.Enemies
		}
		if q.Unit != "" {
			key = "unit " + q.Unit
			if u := b.unit(q.Unit); u.Enemies != "" {
				key = "enemies " + u.Enemies
			}
		}
		groups[key] = append(groups[key], q)
	}
	// The largest first, so that the small ones can even out; then in order of id.
	order := slices.Collect(maps.Keys(groups))
	slices.SortFunc(order, func(x, y string) int {
		return cmp.Or(cmp.Compare(len(groups[y]), len(groups[x])), cmp.Compare(groups[x][0].ID, groups[y][0].ID))
	})
	var halves [2][]Question
	ahead := map[judged]int{} // how many more of its kind the first half has
	for _, key := range order {
		lead := 0
		for i := range groups[key] {
			lead += ahead[groups[key][i].judged()]
		}
		half, step := 0, 1
		if lead > 0 || lead == 0 && len(halves[0]) > len(halves[1]) {
			half, step = 1, -1
		}
		for i := range groups[key] {
			ahead[groups[key][i].judged()] += step
		}
		halves[half] = append(halves[half], groups[key]...)
	}
	var banks [2]*Bank
	for i, qs := range halves {
		var more []Fault
		banks[i], more = NewBank(qs, b.unitsOf(qs)...)
		faults = append(faults, more...)
	}
	return banks[0], banks[1], faults
}

// unit finds one unit by its id, which the bank has.
func (b *Bank) unit(id string) *Unit {
	i, _ := slices.BinarySearchFunc(b.units, id, func(u Unit, id string) int { return cmp.Compare(u.ID, id) })
	return &b.units[i]
}

// unitsOf are the units that questions of the bank name.
func (b *Bank) unitsOf(qs []Question) []Unit {
	return slices.DeleteFunc(slices.Clone(b.units), func(u Unit) bool {
		return !slices.ContainsFunc(qs, func(q Question) bool { return q.Unit == u.ID })
	})
}
