package scoring

// binWidth is how many points a bar of the distribution spans.
const binWidth = 50

// Bin is how many who take a place have a total within a range, the ends included.
type Bin struct {
	From, To   int
	Meets, Not int // the thresholds
}

// distribution counts the faces of a board; most is the highest total.
func distribution(most int, faces func(yield func(*Face) bool)) []Bin {
	var bins []Bin
	for from := 0; from == 0 || from < most; from += binWidth {
		last := from+binWidth >= most
		b := Bin{From: from, To: from + binWidth - 1}
		if last {
			b.To = max(most, b.To)
		}
		if bins = append(bins, b); last {
			break
		}
	}
	for f := range faces {
		if !f.Ranked() {
			continue
		}
		b := &bins[min(len(bins)-1, f.Points.Sum()/binWidth)]
		if f.Passed() {
			b.Meets++
		} else {
			b.Not++
		}
	}
	return bins
}

func highest(sections []Section) int {
	sum := 0
	for _, s := range sections {
		sum += s.Max
	}
	return sum
}

// Distribution is that of the totals on the board, counted once for a view.
func (b *Boards) Distribution(id string) []Bin {
	b.mu.RLock()
	defer b.mu.RUnlock()
	d := b.byID[id]
	if d == nil || d.view == nil {
		return nil
	}
	d.view.counted.Do(func() {
		d.view.bins = distribution(highest(b.exam.Rules.Sections), func(yield func(*Face) bool) {
			for _, i := range d.order {
				if !yield(&b.seats[i].shown.face) {
					return
				}
			}
		})
	})
	return d.view.bins
}

// Distribution as Boards has it.
func (m *Mirror) Distribution(id string) []Bin {
	m.mu.RLock()
	defer m.mu.RUnlock()
	d := m.shown(id)
	if d == nil {
		return nil
	}
	d.view.counted.Do(func() {
		d.view.bins = distribution(highest(d.sections), func(yield func(*Face) bool) {
			for _, l := range d.order {
				if !yield(&l.face) {
					return
				}
			}
		})
	})
	return d.view.bins
}
