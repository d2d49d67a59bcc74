package itemstats

// counts are many counters of which most stay small: 16 bits each, so that twice as many
// share a cache line, and of the few that outgrow them the rest beside.
type counts struct {
	low  []uint16
	high map[uint32]int64 // in units of 65,536; those that are 0 are left out
}

func newCounts(n int) *counts { return &counts{make([]uint16, n), make(map[uint32]int64)} }

// add adds sign, 1 or -1, to each of the counters that are named, as often as they are.
func (c *counts) add(all []uint32, sign int64) {
	low, one, over := c.low, uint16(sign), uint16(min(sign, 0)) // 65,535 + 1 is 0, 0 - 1 is 65,535
	for _, i := range all {
		n := low[i] + one
		low[i] = n
		if n == over {
			c.carry(i, sign)
		}
	}
}

func (c *counts) carry(i uint32, n int64) {
	if c.high[i] += n; c.high[i] == 0 {
		delete(c.high, i)
	}
}

// join adds what other counters have.
func (c *counts) join(o *counts) {
	for i, n := range o.low {
		both := uint32(c.low[i]) + uint32(n)
		c.low[i] = uint16(both)
		if both > 0xffff {
			c.carry(uint32(i), 1)
		}
	}
	for i, n := range o.high {
		c.carry(i, n)
	}
}

func (c *counts) of(i uint32) int64 { return c.high[i]<<16 + int64(c.low[i]) }
