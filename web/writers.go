package web

import (
	"sync"
	"sync/atomic"
)

// writers are the goroutines that write frames. Some that are done wait for the next
// socket, with the stack that they have grown: at thousands of frames a second, making
// each goroutine anew costs more than the frames. A slow page holds its own only.
type writers struct {
	next    chan *socket
	quit    chan struct{}
	rest    func() // ends those that wait; whoever writes ends when it is done
	waiting atomic.Int32
}

// waitingMost is how many writers wait for work.
const waitingMost = 64

func newWriters() *writers {
	w := &writers{next: make(chan *socket), quit: make(chan struct{})}
	w.rest = sync.OnceFunc(func() { close(w.quit) })
	return w
}

// take lets a goroutine drain the socket. It does not block.
func (w *writers) take(k *socket) {
	select {
	case w.next <- k:
	default:
		go w.work(k)
	}
}

func (w *writers) work(k *socket) {
	for {
		k.drain()
		if w.waiting.Add(1) > waitingMost {
			w.waiting.Add(-1)
			return
		}
		select {
		case k = <-w.next:
			w.waiting.Add(-1)
		case <-w.quit:
			w.waiting.Add(-1)
			return
		}
	}
}
