package crowd

import (
	"math"
	"math/rand/v2"
	"time"
)

// Habits are what a candidate does beside answering, as shares of its acts.
type Habits struct {
	Look  float64 // turns to the item first
	Mark  float64 // marks it, or takes the mark away, instead of answering
	Clear float64 // takes the answer back, instead of giving one
}

// Believable habits: most acts turn to another item, some mark one for review, and now
// and then an answer is taken back.
var Believable = &Habits{Look: 0.8, Mark: 0.06, Clear: 0.03}

// thinkSpread is the standard deviation of the logarithm of think times: a third of them
// are shorter than half of the mean, and one in fifty is longer than four times that.
const thinkSpread = 0.9

// ThinkTimes draws from a lognormal distribution with so many acts a second on average,
// in which people are alike: many quick ones and few long ones (van der Linden, Journal
// of Educational and Behavioral Statistics 31, 2006, finds response times to be so).
func ThinkTimes(perSecond float64) func(*rand.Rand) time.Duration {
	mean := float64(time.Second) / perSecond
	return func(r *rand.Rand) time.Duration {
		return time.Duration(mean * math.Exp(thinkSpread*r.NormFloat64()-thinkSpread*thinkSpread/2))
	}
}

// habit is what is done at the question instead of answering it, if anything. Called
// with the lock held.
func (c *Candidate) habit(p *pending) {
	h := c.Habits
	if c.conn != nil && c.greeted && c.rand.Float64() < h.Look {
		c.buf = appendLook(c.buf[:0], p.q)
		c.write(c.buf)
	}
	switch draw := c.rand.Float64(); {
	case draw < h.Mark:
		p.mark, p.on, p.c = true, c.marks[p.q-1].c == 0, ""
	case draw < h.Mark+h.Clear && c.answers[p.q-1].c != 0:
		p.c = ""
	}
}
