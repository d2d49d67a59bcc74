package itemstats

// Sum adds up the points of responses; a blank is a response of 0 points.
type Sum struct{ Responses, Points int64 }

func (s Sum) plus(o Sum) Sum { return Sum{s.Responses + o.Responses, s.Points + o.Points} }

// Thirds is what all who were given an item reached on it, and each third of them by
// their score in the rest of the section, the weakest first. Of normally spread abilities
// and a reliability near 0.8, as sections have it, the thirds lie at about -1, 0 and +1
// standard deviations: a third's mean score is 1.09 from the middle, and ability is drawn
// back from the score by the root of the reliability. The rest and not the whole score, so
// that an item does not choose its own judges.
func (c *Cube) Thirds(item int) (all Sum, at [3]Sum) {
	c.flush()
	it := &c.d.Items[item]
	s := &c.d.Sections[it.Section]
	byRest := make([]Sum, s.bins+(it.most-it.least)/s.step)
	for o := range len(it.Points) + 1 {
		points := it.points(uint8(o))
		for b := range s.bins {
			var n int64
			for g := range c.d.Groups {
				n += c.at(item, g, o, b)
			}
			rest := b + (it.most-points)/s.step
			byRest[rest] = byRest[rest].plus(Sum{n, n * int64(points)})
		}
	}
	for _, r := range byRest {
		all = all.plus(r)
	}
	below := int64(0)
	for _, r := range byRest {
		if r.Responses == 0 {
			continue
		}
		third := &at[min(2, (below+r.Responses/2)*3/all.Responses)] // a score belongs where its middle candidate does
		*third = third.plus(r)
		below += r.Responses
	}
	return all, at
}
