package crowd

import (
	"net"
	"time"
)

// What whoever leads a rehearsal does to a candidate from outside.

// Rest lets the candidate do nothing new; what waits is still sent.
func (c *Candidate) Rest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resting = true
}

// Unplug ends the connection as a switch that loses its power does: without a goodbye.
// It reports whether there was one.
func (c *Candidate) Unplug() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil {
		return false
	}
	if tcp, ok := c.conn.NetConn().(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.conn.Close()
	return true
}

// ReadBack comes again at once, so that a welcome shows what the server has stored.
func (c *Candidate) ReadBack() {
	c.mu.Lock()
	c.hurry = c.conn != nil
	c.mu.Unlock()
	c.Unplug()
}

// Given is the time that the newest clock before the start showed, 0 if none has come.
func (c *Candidate) Given() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.given
}

// Sits says whether the candidate has a connection that was welcomed.
func (c *Candidate) Sits() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn != nil && c.greeted
}

// Waiting are the waits, up to now, of the operations that have no final answer yet.
func (c *Candidate) Waiting(now time.Time) []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	var waits []time.Duration
	for _, p := range c.outbox.waiting {
		waits = append(waits, now.Sub(p.due))
	}
	return waits
}
