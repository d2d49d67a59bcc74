package node

import (
	"container/list"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"terang/cmd/terang/process"
)

// porchShare is the part of the process's descriptors that connections may take which wait for
// nothing: the others are for candidates, and for the journal to open its file or database again.
const porchShare = 4

// porch knows the connections of a server that say nothing: just opened, or between two requests.
// They cost whoever opens them next to nothing, and there are as many descriptors as candidates. If
// there are more than most, the one that has said nothing for longest is closed: somebody who has
// something to say has said it by then, and a browser opens another by itself.
type porch struct {
	most int // 0: without limit

	mu    sync.Mutex
	quiet list.List // of net.Conn, the longest first
	at    map[net.Conn]*list.Element
	told  time.Time // when an operator was last told that it is full
	log   *slog.Logger
}

func newPorch(most int) *porch {
	return &porch{most: most, at: make(map[net.Conn]*list.Element), log: process.NewLog(slog.LevelWarn)}
}

// note is http.Server.ConnState.
func (p *porch) note(c net.Conn, state http.ConnState) {
	if p.most == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.at[c]; e != nil {
		p.quiet.Remove(e)
		delete(p.at, c)
	}
	if state != http.StateNew && state != http.StateIdle {
		return
	}
	p.at[c] = p.quiet.PushBack(c)
	if p.quiet.Len() <= p.most {
		return
	}
	longest := p.quiet.Remove(p.quiet.Front()).(net.Conn)
	delete(p.at, longest)
	go func() { _ = longest.Close() }() // of TLS it says goodbye first, and may wait for that
	if now := time.Now(); now.Sub(p.told) > time.Minute {
		p.told = now
		p.log.Warn("so many connections say nothing that the oldest of them are closed; if they are no candidates' browsers, keep their addresses out with a firewall", "most", p.most, "newest", c.RemoteAddr().String())
	}
}
