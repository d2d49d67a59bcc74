package crowd

import (
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
)

// outbox holds what has no final answer: at most one operation an item, the newest, in
// the order in which they were made.
type outbox struct {
	waiting []*pending
	flight  []*pending // sent on this connection and not answered, replaced ones included
	until   time.Time  // nothing is sent before: a refusal asked to wait
	clock   bool       // nothing is sent until a clock runs again
}

type pending struct {
	op     uuid.UUID
	q      int // 0: the finish
	c      string
	mark   bool
	on     bool      // of a mark
	due    time.Time // when it was to be sent
	sent   time.Time
	flying bool
}

// put adds an operation. An older one for the same item is not sent again; what it has
// waited without being on its way, the new one has waited: no wait goes unmeasured.
func (o *outbox) put(p *pending) {
	o.waiting = slices.DeleteFunc(o.waiting, func(w *pending) bool {
		same := w.q == p.q && w.mark == p.mark
		if same && !w.flying && w.due.Before(p.due) {
			p.due = w.due
		}
		return same
	})
	o.waiting = append(o.waiting, p)
}

// landed removes an operation that was answered from what is in flight.
func (o *outbox) landed(op uuid.UUID) *pending {
	for i, p := range o.flight {
		if p.op == op {
			o.flight = slices.Delete(o.flight, i, i+1)
			p.flying = false
			return p
		}
	}
	return nil
}

func (o *outbox) drop(p *pending) {
	if i := slices.Index(o.waiting, p); i >= 0 {
		o.waiting = slices.Delete(o.waiting, i, i+1)
	}
}

// again forgets what was in flight on a connection that is gone. Of what was replaced
// meanwhile it is not known whether it was stored; the operation in its place takes over
// the wait.
func (c *Candidate) again() {
	o := &c.outbox
	for _, p := range o.flight {
		p.flying = false
		if slices.Contains(o.waiting, p) {
			continue
		}
		c.of(p).doubt = true
		for _, w := range o.waiting {
			if w.q == p.q && w.mark == p.mark && p.due.Before(w.due) {
				w.due = p.due
			}
		}
	}
	o.flight, o.until, o.clock = o.flight[:0], time.Time{}, false
}

// holds says whether an operation for the item has no final answer yet.
func (o *outbox) holds(q int, mark bool) bool {
	is := func(p *pending) bool { return p.q == q && p.mark == mark }
	return slices.ContainsFunc(o.waiting, is) || slices.ContainsFunc(o.flight, is)
}

// flush sends all that may be sent and is not in flight. Called with the lock held.
func (c *Candidate) flush(now time.Time) {
	o := &c.outbox
	if c.conn == nil || !c.greeted || o.clock || now.Before(o.until) {
		return
	}
	for _, p := range o.waiting {
		if p.flying {
			continue
		}
		c.buf = p.appendFrame(c.buf[:0])
		p.sent, p.flying = now, true
		o.flight = append(o.flight, p)
		c.write(c.buf)
	}
}

// write sends a frame; a connection that does not take it is given up.
func (c *Candidate) write(b []byte) {
	if err := c.conn.WriteMessage(websocket.TextMessage, b); err != nil {
		_ = c.conn.Close()
	}
}

// acked takes in that an operation is durable.
func (c *Candidate) acked(ok ok, now time.Time) {
	p := c.outbox.landed(ok.op)
	if p == nil {
		c.notice("was told of an operation that it did not send: " + ok.op.String())
		return
	}
	c.outbox.drop(p)
	c.have = max(c.have, ok.n)
	c.gap(p.due, now)
	c.stand(p, ok.n)
	if c.Acked != nil {
		c.Acked(Acked{
			Number: c.Number, Attempt: c.attempt, Op: p.op, Q: p.q, C: p.c, Mark: p.mark, On: p.on,
			N: ok.n, At: ok.at, Took: now.Sub(p.due),
		})
	}
	c.spare = p
}

// letter is what stands once the operation is acknowledged.
func (p *pending) letter() byte {
	switch {
	case p.mark && p.on:
		return 'm'
	case p.mark || p.c == "":
		return 0
	}
	return p.c[0]
}

// refused keeps an operation whose refusal is not final: it is sent again, and nothing
// later before it.
func (c *Candidate) refused(f *frame, now time.Time) {
	if c.Refused != nil {
		c.Refused(c.Number, f.Op, f.Code)
	}
	p := c.outbox.landed(f.op)
	switch f.Code {
	case "busy", "rate_limited":
		c.outbox.until = now.Add(max(100*time.Millisecond, f.delay()))
		c.stir()
	case "paused", "not_started":
		c.outbox.clock = true
	default:
		if p != nil {
			c.outbox.drop(p)
			c.gap(p.due, now)
			// Held counts if the credit is granted. Another refusal is final.
			s := c.of(p)
			s.doubt = s.doubt || f.Code == "held"
		}
	}
}
