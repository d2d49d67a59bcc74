package crowd

import (
	"strconv"
)

// standing is what was acknowledged last for an item.
type standing struct {
	c byte // letter, or 'm' for a mark; 0: nothing
	n int32
	// doubt: an operation was sent for the item, and neither answered nor kept to be sent
	// again. It may have been stored or not.
	doubt bool
}

// stand takes in an acknowledgement: the newest version stands.
func (s *standing) stand(letter byte, n int32) {
	if n > s.n {
		s.c, s.n, s.doubt = letter, n, false
	}
}

// of is where a pending operation will stand.
func (c *Candidate) of(p *pending) *standing {
	if p.q < 1 || p.q > len(c.answers) {
		return new(standing)
	}
	if p.mark {
		return &c.marks[p.q-1]
	}
	return &c.answers[p.q-1]
}

// compare holds a welcome against what was acknowledged. What has no final answer yet,
// or may have been stored unheard, is left out.
func (c *Candidate) compare(f *frame) {
	answers, differ := 0, 0
	for i := range c.answers {
		s := &c.answers[i]
		if s.n == 0 || s.doubt || c.outbox.holds(i+1, false) {
			continue
		}
		answers++
		stood := ""
		if s.c != 0 {
			stood = string(rune(s.c))
		}
		if shown := f.Answers[strconv.Itoa(i+1)]; shown != stood {
			differ++
			c.notice("finds " + strconv.Quote(shown) + " at question " + strconv.Itoa(i+1) + " where " + strconv.Quote(stood) + " was acknowledged")
		}
	}
	marked := make(map[int]bool, len(f.Marks))
	for _, q := range f.Marks {
		marked[q] = true
	}
	for i := range c.marks {
		s := &c.marks[i]
		if s.n == 0 || s.doubt || c.outbox.holds(i+1, true) {
			continue
		}
		answers++
		if marked[i+1] != (s.c != 0) {
			differ++
			c.notice("finds question " + strconv.Itoa(i+1) + " marked otherwise than was acknowledged")
		}
	}
	if c.Compared != nil {
		c.Compared(c.Number, answers, differ)
	}
}
