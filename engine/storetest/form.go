package storetest

import (
	"iter"

	"terang/engine"
)

// Form is a form of places as they are, which no plan has drawn: its bank is their items.
func Form(etag string, sections []engine.Section, places ...engine.Place) *engine.Form {
	bank, picks := make([]*engine.Item, len(places)), make([]int32, len(places))
	for q := range places {
		bank[q], picks[q] = places[q].Item, int32(q)
	}
	return engine.NewForm(etag, sections, bank, picks, func(all iter.Seq2[int32, []uint8]) {
		for i, order := range all {
			copy(order, places[i].Order)
		}
	})
}
