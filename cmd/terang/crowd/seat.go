package crowd

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// sit holds one connection. It returns how long at least to stay away, or a refusal that
// ends the exam for this candidate.
func (c *Candidate) sit(ctx context.Context) (time.Duration, error) {
	base := c.base()
	header := http.Header{"Cookie": {c.cookie}, "Origin": {base}}
	began := time.Now() // a page gives a connection so long until it has brought a frame
	dialing, cancel := context.WithDeadline(ctx, began.Add(downAfter))
	defer cancel()
	c.failed++
	c.node++ // the next one may go elsewhere: a balancer without stickiness knows who lives
	conn, resp, err := c.Dialer.DialContext(dialing, "ws"+strings.TrimPrefix(base, "http")+"/exam/ws", header)
	if err != nil {
		return 0, nil //nolint:nilerr // no connection is waited out, as a page does
	}
	_ = resp.Body.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	c.mu.Lock()
	c.conn, c.greeted, c.heard = conn, false, began
	c.outbox.again()
	c.write([]byte(`{"t":"hello","device":"` + c.device + `","have":0,"etag":"` + c.etag + `"}`))
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.conn = nil
		c.mu.Unlock()
		_ = conn.Close()
	}()
	var buf []byte
	for {
		if buf, err = nextFrame(conn, buf); err != nil {
			return 0, nil //nolint:nilerr // a broken connection is waited out
		}
		var f frame
		if readFrame(buf, &f) != nil {
			c.notice("was sent a frame that it cannot read")
			return 0, nil
		}
		if f.T == "bye" {
			return c.bye(&f)
		}
		c.hear(&f, time.Now())
		if c.isOver() {
			return 0, nil
		}
		if cap(buf) > 4096 {
			buf = nil // a welcome; what follows is small
		}
	}
}

// delay reads retry as a number of milliseconds.
func (f *frame) delay() time.Duration {
	var ms int64
	_ = json.Unmarshal(f.Retry, &ms)
	return time.Duration(ms) * time.Millisecond
}

func (c *Candidate) bye(f *frame) (time.Duration, error) {
	switch f.Code {
	case "finished":
		c.mu.Lock()
		c.over = true
		c.mu.Unlock()
		return 0, nil
	case "server_moving", "busy", "rate_limited":
		return f.delay(), nil
	}
	return 0, &Refusal{Call: "socket of " + c.Number, Code: f.Code, Text: "the server ended the connection"}
}

// hear takes in one frame.
func (c *Candidate) hear(f *frame, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.last
	c.heard, c.last = now, now
	switch f.T {
	case "welcome":
		if !last.IsZero() {
			c.gap(last, now)
		}
		c.welcome(f, now)
	case "clock":
		c.setState(f.State)
		if c.Clocked != nil {
			c.Clocked(c.Number, f.State)
		}
		c.flush(now)
	case "ok":
		c.acked(f, now)
	case "no":
		c.refused(f, now)
	case "result":
		c.setState("finished")
	default:
		return
	}
	if c.state == "finished" && len(c.outbox.waiting) == 0 && !c.Defiant {
		c.over = true
	}
	if c.Closed && len(c.outbox.waiting) == 0 {
		c.act(now, now)
	}
}

// welcome begins a connection's work: what was acknowledged must stand there, and what
// was not is sent again.
func (c *Candidate) welcome(f *frame, now time.Time) {
	c.failed = 0
	again := c.etag != ""
	_ = json.Unmarshal(f.Retry, &c.retry)
	c.learn(f)
	for i, letter := range c.stands {
		if shown := f.Answers[strconv.Itoa(i+1)]; letter != 0 && shown != string(letter) && !c.outbox.holds(i+1) && f.State != "finished" {
			c.notice("finds " + strconv.Quote(shown) + " at question " + strconv.Itoa(i+1) + " where " + strconv.Quote(string(letter)) + " was acknowledged")
		}
	}
	c.greeted = true
	c.setState(f.State)
	if c.Seated != nil {
		c.Seated(c.Number, again)
	}
	c.flush(now)
}

func (c *Candidate) setState(state string) {
	c.state = state
	if state == "running" || state == "held" || state == "finished" {
		c.outbox.clock = false
	}
}

// act does what a candidate does next: answers, changes an answer, or finishes. due is
// when it was to be done. Called with the lock held.
func (c *Candidate) act(now, due time.Time) {
	working := c.state == "running" && (c.conn != nil && c.greeted || now.Sub(c.heard) < cover)
	if !working && !c.Defiant || len(c.letters) == 0 {
		return
	}
	p := &pending{due: due}
	switch {
	case c.next < len(c.letters):
		c.next++
		p.q = c.next
	case c.Again:
		p.q = 1 + c.rand.IntN(len(c.letters))
	case c.Finish && len(c.outbox.waiting) == 0:
	default:
		return
	}
	if p.q > 0 {
		letters := c.letters[p.q-1]
		if len(letters) == 0 {
			return
		}
		p.c = letters[c.rand.IntN(len(letters))]
		if c.Choose != nil {
			p.c = c.Choose(c.Number, p.q, letters)
		}
		if p.c == "" {
			return
		}
	}
	p.op = c.newOp()
	c.outbox.put(p)
	c.flush(now)
}

// newOp is a random UUID from the candidate's own stream, which is seeded from the
// system's: a hundred thousand of them must not cost the machine under test anything.
func (c *Candidate) newOp() uuid.UUID {
	var op uuid.UUID
	for i, word := range [2]uint64{c.rand.Uint64(), c.rand.Uint64()} {
		for j := range 8 {
			op[8*i+j] = byte(word >> (8 * j))
		}
	}
	op[6], op[8] = op[6]&0x0f|0x40, op[8]&0x3f|0x80
	return op
}
