package engine

import (
	"container/heap"
	"sync"
)

// timers is one heap for all attempts of a node: who wants to be looked at when. An
// attempt has at most one entry.
type timers struct {
	mu   sync.Mutex
	heap timerHeap
	by   map[string]*timer
}

type timer struct {
	id    string
	due   Instant
	index int
}

func newTimers() *timers { return &timers{by: make(map[string]*timer)} }

// set moves the attempt's entry, or removes it with Never.
func (t *timers) set(id string, due Instant) {
	t.mu.Lock()
	defer t.mu.Unlock()
	entry, ok := t.by[id]
	switch {
	case !ok && due < Never:
		entry = &timer{id: id, due: due}
		t.by[id] = entry
		heap.Push(&t.heap, entry)
	case ok && due >= Never:
		heap.Remove(&t.heap, entry.index)
		delete(t.by, id)
	case ok:
		entry.due = due
		heap.Fix(&t.heap, entry.index)
	}
}

// pop removes and returns whose instant has come, earliest first.
func (t *timers) pop(now Instant) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var ids []string
	for len(t.heap) > 0 && t.heap[0].due <= now {
		entry := heap.Pop(&t.heap).(*timer)
		delete(t.by, entry.id)
		ids = append(ids, entry.id)
	}
	return ids
}

type timerHeap []*timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].due < h[j].due }
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *timerHeap) Push(x any) {
	entry := x.(*timer)
	entry.index = len(*h)
	*h = append(*h, entry)
}

func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	entry := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return entry
}
