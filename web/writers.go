package web

import (
	"sync/atomic"
	"time"
)

// writers are the goroutines that write frames. One that is done waits a moment for the
// next socket, with the stack that it has grown: at thousands of frames a second, making
// each goroutine anew costs more than the frames. A slow page holds its own only.
type writers struct {
	next    chan *socket
	waiting atomic.Int32
}

const (
	waitingMost = 64          // writers that wait for work
	waitingFor  = time.Second // so long, and then they end
)

func newWriters() *writers { return &writers{next: make(chan *socket)} }

// take lets a goroutine drain the socket. It does not block.
func (w *writers) take(k *socket) {
	select {
	case w.next <- k:
	default:
		go w.work(k)
	}
}

func (w *writers) work(k *socket) {
	timer := time.NewTimer(waitingFor)
	defer timer.Stop()
	for {
		k.drain()
		if w.waiting.Add(1) > waitingMost {
			w.waiting.Add(-1)
			return
		}
		timer.Reset(waitingFor)
		select {
		case k = <-w.next:
			w.waiting.Add(-1)
		case <-timer.C:
			w.waiting.Add(-1)
			return
		}
	}
}
