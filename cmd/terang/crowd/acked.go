package crowd

import "iter"

// ackedChunk is how many acknowledgements are kept together: a list of hundreds of
// thousands that grew in one piece would be copied again and again, at the cost of the
// machine that is measured.
const ackedChunk = 4096

// ackedList holds acknowledgements in the order in which they came.
type ackedList struct {
	chunks [][]Acked
	n      int
}

func (l *ackedList) add(a Acked) {
	if l.n%ackedChunk == 0 {
		l.chunks = append(l.chunks, make([]Acked, 0, ackedChunk))
	}
	last := &l.chunks[len(l.chunks)-1]
	*last = append(*last, a)
	l.n++
}

func (l *ackedList) all() iter.Seq[*Acked] {
	return func(yield func(*Acked) bool) {
		for _, chunk := range l.chunks {
			for i := range chunk {
				if !yield(&chunk[i]) {
					return
				}
			}
		}
	}
}
