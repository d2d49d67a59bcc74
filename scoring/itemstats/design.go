package itemstats

import (
	"errors"
	"fmt"
	"slices"

	"terang/scoring"
)

// Design is what the forms of an exam are made of: sections, items with the worth of
// their options, and the places of the plan that they fill.
type Design struct {
	Sections []Section
	Items    []Item // in order of id
	Groups   []string

	index   map[string]int32
	lay     []layout // by item
	worth   []int16  // by choice, in points
	choices []choice
	places  []uint8 // by slot: its section
	cells   int     // of one group in the cube
	slots   int
}

// layout is what counting needs of an item, in few bytes: a bank of thousands stays in the
// processor's cache.
type layout struct {
	choice  uint32 // its first; no answer is the first choice of every item
	options uint8  // with none
	section uint8
}

// choice is one option of one item, and where the cube counts those who chose it.
type choice struct {
	cell   uint32 // of the lowest score
	time   uint32 // its times: twice the item, and one more when all points were got
	points int32
}

// Section is a part of the form with a score of its own.
type Section struct {
	Code   string
	Keyed  bool // one option is right
	Places int
	Cut    int // threshold of the general need, 0: none

	first int // slot of its first place
	low   int // least score
	step  int // of its scores: every score is low + a multiple of step
	bins  int
}

// Item is an item as it is scored.
type Item struct {
	ID      string
	Section int      // index of Design.Sections
	Options []string // canonical ids, single letters
	Points  []int    // of each option

	Judged string // the band that author and reviewer judged; for print only

	most, least int
}

// maxOptions bounds what a form can show.
const maxOptions = 26

// NewDesign lays out the analysis of forms whose sections stand in this order. Groups are
// the values of one grouping variable; the first is where a candidate of none belongs.
func NewDesign(sections []Section, items []Item, groups []string) (*Design, error) {
	d := &Design{Sections: slices.Clone(sections), Items: slices.Clone(items), Groups: groups, index: make(map[string]int32, len(items))}
	if len(sections) == 0 || len(sections) > scoring.MaxSections || len(groups) == 0 {
		return nil, fmt.Errorf("%d sections, %d groups: give 1 to %d sections and at least one group", len(sections), len(groups), scoring.MaxSections)
	}
	slices.SortFunc(d.Items, func(a, b Item) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	var faults []error
	for i := range d.Items {
		it := &d.Items[i]
		if _, twice := d.index[it.ID]; twice || it.Section < 0 || it.Section >= len(sections) {
			faults = append(faults, fmt.Errorf("item %s stands twice, or is of no section", it.ID))
			continue
		}
		if len(it.Points) == 0 || len(it.Points) != len(it.Options) || len(it.Points) > maxOptions {
			faults = append(faults, fmt.Errorf("item %s has %d options and %d values", it.ID, len(it.Options), len(it.Points)))
			continue
		}
		d.index[it.ID] = int32(i)
		it.most, it.least = max(0, slices.Max(it.Points)), min(0, slices.Min(it.Points))
		s := &d.Sections[it.Section]
		for _, p := range it.Points {
			s.step = gcd(s.step, p)
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	d.layOut()
	return d, nil
}

func (d *Design) layOut() {
	for i := range d.Sections {
		s := &d.Sections[i]
		s.first = d.slots
		d.slots += s.Places
		s.step = max(1, s.step)
		most := 0
		s.low = 0
		for _, it := range d.Items {
			if it.Section == i {
				most, s.low = max(most, it.most*s.Places), min(s.low, it.least*s.Places)
			}
		}
		s.bins = (most-s.low)/s.step + 1
		for range s.Places {
			d.places = append(d.places, uint8(i))
		}
	}
	for i := range d.Items {
		it := &d.Items[i]
		d.lay = append(d.lay, layout{uint32(len(d.choices)), uint8(len(it.Points) + 1), uint8(it.Section)})
		for o := range len(it.Points) + 1 {
			points, time := it.points(uint8(o)), uint32(2*i)
			if points == it.most {
				time++
			}
			d.worth, d.choices = append(d.worth, int16(points)), append(d.choices, choice{uint32(d.cells), time, int32(points)})
			d.cells += d.Sections[it.Section].bins
		}
	}
}

// Index is where an item stands in Items, -1 if it is none of them.
func (d *Design) Index(id string) int32 {
	if i, ok := d.index[id]; ok {
		return i
	}
	return -1
}

// Option is the number of an item's option as Taken has it: 1 for the first canonical
// one, 0 for none.
func (d *Design) Option(item int32, id string) uint8 {
	if item < 0 {
		return 0
	}
	return uint8(slices.Index(d.Items[item].Options, id) + 1)
}

// Places is how many positions a form has.
func (d *Design) Places() int { return d.slots }

// Worth is how many points an option of an item gives, and how many are possible.
func (d *Design) Worth(item int32, option uint8) (points, most int) {
	return d.Items[item].points(option), d.Items[item].most
}

// Scores are the section scores of a form, in points.
func (d *Design) Scores(t *Taken) []int {
	scores := make([]int, len(d.Sections))
	for q, i := range t.Items {
		it := &d.Items[i]
		scores[it.Section] += it.points(t.Options[q])
	}
	return scores
}

func (it *Item) points(option uint8) int {
	if option == 0 {
		return 0
	}
	return it.Points[option-1]
}

// lowest is the least worth of an answer, where a facility begins for who answered.
func (it *Item) lowest() int { return slices.Min(it.Points) }

func gcd(a, b int) int {
	if b < 0 {
		b = -b
	}
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
