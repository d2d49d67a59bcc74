package crowd

import (
	"context"
	"time"
)

// keepPace beats, acts when it is time, and gives up a connection that has gone silent.
// Acts have a timetable of their own: one that comes late is measured from when it was due.
func (c *Candidate) keepPace(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	beat := time.Now().Add(beatEvery)
	c.mu.Lock()
	if !c.Closed {
		c.due = time.Now().Add(c.firstPace())
	}
	c.mu.Unlock()
	for {
		select {
		case <-timer.C:
		case <-c.wake:
		case <-ctx.Done():
			return
		}
		now := time.Now()
		c.mu.Lock()
		if !now.Before(beat) {
			beat = now.Add(beatEvery)
			c.beat(now)
		}
		if !c.Closed && !now.Before(c.due) {
			if c.Due != nil && c.state == "running" && !c.resting {
				c.Due()
			}
			c.act(now, c.due)
			c.due = c.due.Add(c.pace())
		}
		next := beat
		if !c.Closed && c.due.Before(next) {
			next = c.due
		}
		if until := c.outbox.until; !until.IsZero() {
			if !now.Before(until) {
				c.outbox.until = time.Time{}
				c.flush(now)
			} else if until.Before(next) {
				next = until
			}
		}
		c.mu.Unlock()
		timer.Reset(max(0, next.Sub(now)))
	}
}

// firstPace is the time to the first act, as if the acts had been going on for long: a crowd
// that was started at once does not act in step, nor faster at first than later.
func (c *Candidate) firstPace() time.Duration {
	var paces [16]time.Duration
	all := time.Duration(0)
	for i := range paces {
		paces[i] = c.pace()
		all += paces[i]
	}
	at := time.Duration(c.rand.Float64() * float64(all))
	for _, p := range paces {
		if at < p {
			return p - at
		}
		at -= p
	}
	return 0
}

func (c *Candidate) pace() time.Duration {
	if c.Pace == nil {
		return time.Second
	}
	return max(time.Millisecond, c.Pace(c.rand))
}

func (c *Candidate) beat(now time.Time) {
	switch {
	case c.conn == nil:
	case now.Sub(c.heard) > downAfter:
		_ = c.conn.Close()
	default:
		_ = c.conn.SetWriteDeadline(now.Add(downAfter + beatEvery))
		if c.beaten.IsZero() {
			c.beaten = now
		}
		c.write([]byte(`{"t":"beat"}`))
	}
	for _, p := range c.outbox.flight {
		if c.greeted && c.conn != nil && now.Sub(p.sent) > unanswered {
			c.notice("got no answer to an operation on a connection that lives: " + p.op.String())
			p.sent = now
		}
	}
}

// unanswered is how long an operation may wait while beats come back.
const unanswered = 15 * time.Second

// stir lets the pacer look at what has changed.
func (c *Candidate) stir() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
