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
func (c *Candidate) sit(ctx context.Context) (least time.Duration, err error) {
	answered := false                   // the last word was the server's
	defer func() { c.goOn(answered) }() // a balancer without stickiness knows who lives
	base := c.base()
	header := http.Header{"Cookie": {c.cookie}, "Origin": {base}}
	began := time.Now() // a page gives a connection so long until it has brought a frame
	dialing, cancel := context.WithDeadline(ctx, began.Add(downAfter))
	defer cancel()
	c.failed++
	conn, resp, err := c.Dialer.DialContext(dialing, "ws"+strings.TrimPrefix(base, "http")+"/exam/ws", header)
	if err != nil {
		return 0, nil //nolint:nilerr // no connection is waited out, as a page does
	}
	_ = resp.Body.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	c.mu.Lock()
	c.conn, c.greeted, c.heard, c.beaten = conn, false, began, time.Time{}
	c.again()
	hello := `{"t":"hello","device":"` + c.device + `","have":` + strconv.Itoa(c.have) + `,"etag":"` + c.etag + `"`
	if c.Sealed {
		hello += `,"sealed":true`
	}
	c.write([]byte(hello + "}"))
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
		now := time.Now()
		if ok, is := readOK(buf); is {
			if c.hearOK(ok, now) {
				return 0, nil
			}
			continue
		}
		var f frame
		if c.Blind {
			buf, f.brought = withoutItems(buf)
		}
		if readFrame(buf, &f) != nil {
			c.notice("was sent a frame that it cannot read")
			return 0, nil
		}
		if f.T == "bye" {
			answered = true
			return c.bye(&f)
		}
		c.hear(&f, now)
		if f.Sealed != nil && c.Sealed && c.asksFor(&f) {
			url := f.Sealed.URL
			c.tasks.Go(func() { c.fetch(ctx, base, url) })
		}
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
		if c.Away != nil {
			c.Away(c.Number, f.Code)
		}
		return f.delay(), nil
	}
	return 0, &Refusal{Call: "socket of " + c.Number, Code: f.Code, Text: "the server ended the connection"}
}

// hearOK takes in an acknowledgement, and says whether the exam is over with it.
func (c *Candidate) hearOK(ok ok, now time.Time) (over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard, c.last = now, now
	c.acked(ok, now)
	c.goOnActing(now)
	return c.over
}

// hear takes in one of the other frames.
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
		c.setClock(f, now)
		c.flush(now)
	case "beat":
		c.beatBack(f, now)
	case "ok":
		c.acked(ok{f.op, f.N, f.at}, now)
	case "no":
		c.refused(f, now)
	case "result":
		c.setState("finished")
		c.came(Ended, now, c.ends.Add(c.grace), false)
	default:
		return
	}
	c.goOnActing(now)
}

// goOnActing does what follows from what was heard: the end, or in a closed loop the next act.
func (c *Candidate) goOnActing(now time.Time) {
	if c.state == "finished" && len(c.outbox.waiting) == 0 && !c.Defiant && !c.Linger {
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
	c.have = max(c.have, f.N)
	again := c.seated && !c.greeted // the second welcome of a connection is the start
	_ = json.Unmarshal(f.Retry, &c.retry)
	c.setClock(f, now)
	c.grace = time.Duration(f.Exam.GraceMS) * time.Millisecond
	c.begin(f, now)
	if again {
		c.compare(f)
	}
	c.seated, c.greeted = true, true
	c.setState(f.State)
	if c.Seated != nil {
		c.Seated(c.Number, again)
	}
	c.flush(now)
}

// begin takes the form, once it is given.
func (c *Candidate) begin(f *frame, now time.Time) {
	switch {
	case f.Key != "":
		c.open(f.Key)
	case !f.brought && len(f.Items) == 0:
		if f.State == "ready" && (f.Sealed == nil || !c.Sealed) {
			c.came(Waits, now, time.Time{}, false)
		}
		return
	}
	if c.Blind {
		c.guess(f)
	} else {
		c.learn(f)
	}
	if c.began {
		return
	}
	c.began = true
	// The start is the deadline less the sum of what the clock explains it with.
	due := c.ends
	for _, p := range f.Parts {
		due = due.Add(-time.Duration(p.MS) * time.Millisecond)
	}
	c.came(Begun, now, due, f.Key != "")
}

// asksFor says whether the sealed form that a welcome names is not here yet.
func (c *Candidate) asksFor(f *frame) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.form.etag == f.Sealed.ETag {
		return false
	}
	c.form = sealedForm{etag: f.Sealed.ETag, attempt: f.Sealed.Attempt}
	return true
}

func (c *Candidate) setClock(f *frame, now time.Time) {
	left := time.Duration(f.Remaining) * time.Millisecond
	c.until = now.Add(left)
	if !c.began {
		c.given = left
	}
	if ends := parseInstant(f.Ends); !ends.IsZero() {
		c.ends = ends
	}
}

// beatBack takes in the answer to a beat: half of its way lies behind the server's word.
func (c *Candidate) beatBack(f *frame, now time.Time) {
	if c.beaten.IsZero() || c.Beaten == nil {
		return
	}
	took := now.Sub(c.beaten)
	if at := parseInstant(f.Now); !at.IsZero() {
		c.Beaten(took, at.Sub(c.beaten.Add(took/2)))
	}
	c.beaten = time.Time{}
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
	working := c.state == "running" && now.Before(c.until) && (c.conn != nil && c.greeted || now.Sub(c.heard) < cover)
	if !working && !c.Defiant || c.resting || c.letters.len() == 0 {
		return
	}
	p := c.spare
	if c.spare = nil; p == nil {
		p = new(pending)
	}
	*p = pending{due: due}
	switch {
	case c.next < c.letters.len():
		c.next++
		p.q = c.next
	case c.Again:
		p.q = 1 + c.rand.IntN(c.letters.len())
	case c.Finish && len(c.outbox.waiting) == 0:
	default:
		return
	}
	if p.q > 0 {
		letters := c.letters.at(p.q)
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
		if c.Habits != nil {
			c.habit(p)
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
