package itemstats

import "math"

// Norms are what candidates of some ability did with each item, and how long they took,
// as the cube has them. They are what a single candidate may be compared with.
type Norms struct {
	d       *Design
	curves  [][]float64 // by item and score of its section: share that got all its points
	seconds []float64   // by item: mean time, 0 if not known
	mean    []float64   // by section: mean score as a share of its range
	sd      []float64   // and its standard deviation
}

// enoughAround is how many candidates a share of right answers is made from: scores nearby
// are joined until there are so many.
const enoughAround = 60

// Norms reads the norms of a cube.
func (c *Cube) Norms() *Norms {
	c.flush()
	d := c.d
	n := &Norms{d: d}
	for i := range d.Sections {
		s := &d.Sections[i]
		var m moments
		for b, k := range c.scores[i] {
			m.add(k, 0, int64(b))
		}
		n.mean = append(n.mean, float64(m.t)/float64(max(1, m.n))/float64(s.bins-1))
		n.sd = append(n.sd, deviation(max(2, m.n), m.t, m.tt)/float64(s.bins-1))
	}
	for i := range d.Items {
		it := &d.Items[i]
		bins := d.Sections[it.Section].bins
		at, right := make([]int64, bins), make([]int64, bins)
		for b := range bins {
			for o := range len(it.Points) + 1 {
				for g := range d.Groups {
					k := c.at(i, g, o, b)
					at[b] += k
					if it.points(uint8(o)) == it.most {
						right[b] += k
					}
				}
			}
		}
		n.curves = append(n.curves, smooth(at, right))
		t := c.timesOf(i)
		seconds := 0.0
		if k := t.n(); k >= enoughAround {
			sd := deviation(k, t.sum, t.squares) / lnUnit
			seconds = math.Exp(float64(t.sum)/float64(k)/lnUnit + sd*sd/2) // the mean of a lognormal time
		}
		n.seconds = append(n.seconds, seconds)
	}
	return n
}

// smooth is the share of right answers at each score, from it and the scores around it.
// It never says that something is certain.
func smooth(at, right []int64) []float64 {
	out := make([]float64, len(at))
	for b := range at {
		n, k := at[b], right[b]
		for away := 1; n < enoughAround && away < len(at); away++ {
			if b-away >= 0 {
				n, k = n+at[b-away], k+right[b-away]
			}
			if b+away < len(at) {
				n, k = n+at[b+away], k+right[b+away]
			}
		}
		out[b] = min(.98, max(.02, (float64(k)+.5)/(float64(n)+1)))
	}
	return out
}

// Chance is the share of those candidates who get all points of an item whose score stands
// at a share, 0 to 1, of the range of the item's section.
func (n *Norms) Chance(item int32, ability float64) float64 {
	p := n.curves[item]
	return p[min(len(p)-1, max(0, int(math.Round(ability*float64(len(p)-1)))))]
}

// Scores are the mean and the standard deviation of a section's scores, as shares of its
// range.
func (n *Norms) Scores(section int) (mean, sd float64) { return n.mean[section], n.sd[section] }

// Seconds is the mean time of an item, false when too few have been timed.
func (n *Norms) Seconds(item int32) (float64, bool) { return n.seconds[item], n.seconds[item] > 0 }
