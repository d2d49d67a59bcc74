package scoring

import (
	"cmp"
	"slices"
	"sort"
)

// merged puts come, which is in order, where it belongs among those of order that stay:
// linear in the rows, however large the board.
func merged[T any](order, come []T, stays func(T) bool, compare func(a, b T) int) []T {
	out := make([]T, 0, len(order)+len(come))
	for _, row := range order {
		if !stays(row) { // changed, moved or gone: who is still here is in come
			continue
		}
		for len(come) > 0 && compare(come[0], row) < 0 {
			out, come = append(out, come[0]), come[1:]
		}
		out = append(out, row)
	}
	return append(out, come...)
}

// headChanges compares the streamed heads of a large board: rows to tell because they
// changed or came into the head, and rows that fell out of it.
func headChanges[T cmp.Ordered](was, is []T, changed func(T) bool) (tell, gone []T) {
	was, is = was[:min(len(was), StreamTop)], is[:min(len(is), StreamTop)]
	old := make(map[T]bool, len(was))
	for _, i := range was {
		old[i] = true
	}
	for _, i := range is {
		if changed(i) || !old[i] {
			tell = append(tell, i)
		}
		delete(old, i)
	}
	for _, i := range was {
		if old[i] {
			gone = append(gone, i)
		}
	}
	slices.Sort(tell)
	slices.Sort(gone)
	return tell, gone
}

// rankAt is one more than how many stand before with a greater key: 1, 2, 2, 4. Key 0
// takes no place.
func rankAt(place int, key func(place int) uint64) int {
	own := key(place)
	if own == 0 {
		return 0
	}
	return 1 + sort.Search(place, func(n int) bool { return key(n) == own })
}
