package web

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// hungRegister does not say a text before it is let go.
type hungRegister struct {
	engine.Register
	asked atomic.Bool
	free  chan struct{}
}

func (r *hungRegister) Get(ctx context.Context, kind, id string) ([]byte, error) {
	if kind == "text" {
		r.asked.Store(true)
		<-r.free
	}
	return r.Register.Get(ctx, kind, id)
}

// Whoever ends exams with words of their own lets nobody wait for the register that keeps
// them: neither those attempts nor, as many as they are, anybody's acknowledgement. The pages
// have their result at once, and the words with the goodbye.
func TestNobodyWaitsForTheWordsOfAnEnd(t *testing.T) {
	t.Parallel()
	register := &hungRegister{free: make(chan struct{})}
	h := build(t, built{policy: func(p *engine.Policy) { p.TwoPerson = nil }, before: func(h *house) {
		register.Register = h.server.register
		h.server.register = register
	}})
	free := sync.OnceFunc(func() { close(register.free) })
	t.Cleanup(free)
	var numbers []string
	for i := range seats {
		numbers = append(numbers, number(1, i+1))
	}
	pages := h.allWorking(numbers...)
	out, stays := pages[:seats-1], pages[seats-1]
	const words = "Memakai jam pintar"
	acted := make(chan error, 1)
	go func() {
		_, err := h.desk.Act(h.Context(), ratna, room1, proctor.Request{
			Op: uuid.NewString(), Action: engine.ActDisqualify, Numbers: numbers[:seats-1], Reason: "phone: " + words,
		})
		acted <- err
	}()
	h.until("the act returns", func() bool { return len(acted) == 1 })
	h.must(<-acted)
	h.until("the words are asked for", register.asked.Load)
	stays.answered(1, "a")
	for _, p := range out {
		p.next("clock")
		p.next("result")
	}
	free()
	for _, p := range out {
		if bye := p.ends("finished", 4002); bye.text("why") != words {
			t.Errorf("%s was told %q, want %q", p.number, bye.text("why"), words)
		}
	}
}
