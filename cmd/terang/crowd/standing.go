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

// stood is an acknowledgement that was not taken in yet.
type stood struct {
	n    int32
	q    int16
	c    byte
	mark bool
}

// freshMost is how many are taken in together: one by one each would wait for memory.
const freshMost = 16

// stand notes an acknowledgement.
func (c *Candidate) stand(p *pending, n int) {
	if p.q < 1 || p.q > len(c.answers) {
		return
	}
	if len(c.fresh) == freshMost {
		c.takeIn()
	}
	if c.fresh == nil {
		c.fresh = make([]stood, 0, freshMost)
	}
	c.fresh = append(c.fresh, stood{int32(n), int16(p.q), p.letter(), p.mark})
}

// takeIn brings what stands up to what was acknowledged: the newest version stands.
func (c *Candidate) takeIn() {
	for _, f := range c.fresh {
		s := &c.answers[f.q-1]
		if f.mark {
			s = &c.marks[f.q-1]
		}
		if f.n > s.n {
			s.c, s.n, s.doubt = f.c, f.n, false
		}
	}
	c.fresh = c.fresh[:0]
}

// of is where a pending operation will stand.
func (c *Candidate) of(p *pending) *standing {
	c.takeIn()
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
	c.takeIn()
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
