package crowd

import "time"

// route is which of several nodes a candidate goes to: each in turn, but none that was
// silent a moment ago while another may answer. A node that is stopped takes connections
// and says nothing, and whoever comes back to it every second time waits twice as long as
// behind a balancer that looks who lives.
type route struct {
	at     int
	silent []time.Time // by node: when it last did not answer; zero: it did
}

// avoid is for how long a node is left alone that did not answer.
const avoid = 30 * time.Second

// goOn moves to another node. answered says whether the one before had the last word.
func (r *route) goOn(nodes int, answered bool, now time.Time) {
	if len(r.silent) != nodes {
		r.silent = make([]time.Time, nodes)
	}
	r.silent[r.at] = time.Time{}
	if !answered {
		r.silent[r.at] = now
	}
	best := r.at
	for i := 1; i <= nodes; i++ {
		next := (r.at + i) % nodes
		if now.Sub(r.silent[next]) >= avoid {
			best = next
			break
		}
		if i == 1 || r.silent[next].Before(r.silent[best]) {
			best = next // all were silent: the one whose silence is longest ago
		}
	}
	r.at = best
}

func (c *Candidate) goOn(answered bool) { c.route.goOn(1+len(c.Elsewhere), answered, time.Now()) }

// base is the node to go to next.
func (c *Candidate) base() string {
	if c.route.at > 0 {
		return c.Elsewhere[c.route.at-1]
	}
	return c.Base
}
