package memstore

import (
	"container/heap"

	"terang/engine"
)

// entry is an attempt in the schedule.
type entry struct {
	attempt string
	at      engine.Instant
	index   int // in the heap
}

// schedule is a heap of attempts by instant, with a way to find each.
type schedule struct {
	entries map[string]*entry
	heap    queue
}

func (s *schedule) set(attempt string, at engine.Instant) {
	e := s.entries[attempt]
	switch {
	case e == nil && at < engine.Never:
		e = &entry{attempt: attempt, at: at}
		s.entries[attempt] = e
		heap.Push(&s.heap, e)
	case e != nil && at < engine.Never:
		e.at = at
		heap.Fix(&s.heap, e.index)
	case e != nil:
		heap.Remove(&s.heap, e.index)
		delete(s.entries, attempt)
	}
}

// upTo takes the earliest from the heap and puts them back: they stay until somebody
// schedules them anew.
func (s *schedule) upTo(now engine.Instant, limit int) []string {
	var due []*entry
	for len(due) < limit && len(s.heap) > 0 && s.heap[0].at <= now {
		due = append(due, heap.Pop(&s.heap).(*entry))
	}
	var attempts []string
	for _, e := range due {
		heap.Push(&s.heap, e)
		attempts = append(attempts, e.attempt)
	}
	return attempts
}

// queue implements heap.Interface.
type queue []*entry

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if q[i].at != q[j].at {
		return q[i].at < q[j].at
	}
	return q[i].attempt < q[j].attempt
}

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *queue) Push(x any) {
	e := x.(*entry)
	e.index = len(*q)
	*q = append(*q, e)
}

func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return e
}
