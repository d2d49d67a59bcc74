package web

import (
	"slices"
)

// listIndex is what pages of a released list need of it, so that a page costs no more than
// its rows: of 20,000 formations each has one.
type listIndex struct {
	formations []shownFormation
	at         map[string]int    // code -> place in formations
	rows       map[string][2]int // code -> where its rows begin and end
	statuses   []string          // codes on the list
}

// newListIndex reads a list, in which the rows of a formation stand together. on is the
// code of those who go on.
func newListIndex(formations []ListFormation, rows []ListRow, on string) *listIndex {
	x := &listIndex{formations: make([]shownFormation, len(formations)), at: make(map[string]int, len(formations)), rows: make(map[string][2]int, len(formations))}
	for i, f := range formations {
		x.formations[i].ListFormation = f
		x.at[f.Code] = i
	}
	statuses := make(map[string]bool)
	for i := range rows {
		r := &rows[i]
		if !statuses[r.Status] {
			statuses[r.Status] = true
			x.statuses = append(x.statuses, r.Status)
		}
		span, begun := x.rows[r.Formation]
		if !begun {
			span[0] = i
		}
		span[1] = i + 1
		x.rows[r.Formation] = span
		if at, ok := x.at[r.Formation]; ok {
			f := &x.formations[at]
			f.People++
			if r.Status == on {
				f.On++
			}
		}
	}
	slices.Sort(x.statuses)
	return x
}

// formation is the one with the code, nil if there is none.
func (x *listIndex) formation(code string) *shownFormation {
	if at, ok := x.at[code]; ok {
		return &x.formations[at]
	}
	return nil
}
