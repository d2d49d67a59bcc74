package itemstats

import (
	"fmt"

	"terang/scoring"
)

// block are forms that are not yet in the cells of a cube, answers in columns by place of
// the plan. Counted form by form, every answer would go to another item's cells, which for
// a bank do not fit a processor's nearer caches, nor their pages its address cache. Items
// of one place are few: counted place by place, their cells stay near for thousands of
// answers, and the scores beside a column are the same for all places of the section.
type block struct {
	forms   int // complete in all columns
	room    int // forms
	columns []response
	filled  []int32    // by slot: responses in its column
	at      [][]uint32 // by section and form: how far from choice.cell its score is counted
	scores  [][]int32  // by section and form, in points

	cells []uint32 // of the answers of one column
	form  []answer // that is being laid, by position
	blank bool     // it has a position without an answer
}

// answer is what a form has at one position.
type answer struct {
	choice  uint32
	points  int16
	section uint8
}

// response is the answer to one place, and its time.
type response struct{ choice, ms uint32 }

// blockRoom is how many forms are counted together. A column is an odd number of cache
// lines long, so that those which a form is written to do not all fall into one set.
const blockRoom = 4104

func newBlock(d *Design, room int) *block {
	b := &block{room: room, columns: make([]response, d.slots*room), filled: make([]int32, d.slots), cells: make([]uint32, room), form: make([]answer, d.slots)}
	for range d.Sections {
		b.at, b.scores = append(b.at, make([]uint32, room)), append(b.scores, make([]int32, room))
	}
	return b
}

// lay lays a form beside those that the block has, which must not be full, and returns its
// scores in points and as bins. What is no form of the design is refused, and leaves nothing.
func (b *block) lay(d *Design, t *Taken) (score, bin [scoring.MaxSections]int, err error) {
	if score, bin, err = b.choices(d, t); err != nil {
		return score, bin, err
	}
	if err = b.place(d, t); err != nil {
		for slot := range b.filled {
			b.filled[slot] = int32(b.forms)
		}
		return score, bin, err
	}
	for s := range d.Sections {
		b.at[s][b.forms] = uint32(t.Group*d.cells + bin[s])
		b.scores[s][b.forms] = int32(score[s])
	}
	b.forms++
	return score, bin, nil
}

// choices looks up what a form's answers are, and adds up their points.
func (b *block) choices(d *Design, t *Taken) (score, bin [scoring.MaxSections]int, err error) {
	n := d.slots
	if len(t.Items) != n || len(t.Options) != n || len(t.Slots) != n || len(t.MS) != n || t.Shown != nil && len(t.Shown) != n || t.Group < 0 || t.Group >= len(d.Groups) {
		return score, bin, fmt.Errorf("%d positions of group %d, the design has %d in %d groups: not a form of it", len(t.Items), t.Group, d.slots, len(d.Groups))
	}
	items, options, form := t.Items[:n], t.Options[:n], b.form[:n]
	b.blank = false
	for q, i := range items {
		option := options[q]
		if uint(i) >= uint(len(d.lay)) || option >= d.lay[i].options {
			return score, bin, foreign(t, q)
		}
		l := &d.lay[i]
		choice := l.choice + uint32(option)
		points := d.worth[choice]
		form[q] = answer{choice, points, l.section}
		score[l.section%scoring.MaxSections] += int(points)
		if option == 0 {
			b.blank = true
		}
	}
	for s := range d.Sections {
		bin[s] = (score[s] - d.Sections[s].low) / d.Sections[s].step
		if bin[s] < 0 || bin[s] >= d.Sections[s].bins {
			return score, bin, fmt.Errorf("%d points in section %s, which has %d places: not a form of the design", score[s], d.Sections[s].Code, d.Sections[s].Places)
		}
	}
	return score, bin, nil
}

// place lays the answers that were looked up into the columns of their places.
func (b *block) place(d *Design, t *Taken) error {
	form, at := b.form[:len(t.Slots)], b.forms
	ms, places, filled := t.MS[:len(form)], d.places[:len(form)], b.filled[:len(form)]
	for q, slot := range t.Slots {
		if uint(slot) >= uint(len(form)) || int(filled[slot]) != at || places[slot] != form[q].section {
			return foreign(t, q)
		}
		filled[slot]++
		b.columns[int(slot)*b.room+at] = response{form[q].choice, ms[q]}
	}
	return nil
}

func foreign(t *Taken, q int) error {
	return fmt.Errorf("position %d: item %d, option %d, slot %d: not a form of the design", q+1, t.Items[q], t.Options[q], t.Slots[q])
}

// settle counts the block, place by place, and empties it.
func (c *Cube) settle(sign int64) {
	b := c.block
	for slot, s := range c.d.places {
		column := b.columns[slot*b.room:][:b.forms]
		c.countAnswers(column, b.at[s], b.scores[s], &c.slots[slot], sign)
		c.countTimes(column, sign)
	}
	clear(b.filled)
	b.forms = 0
}

// countAnswers counts the answers to one place of the plan, and their points.
func (c *Cube) countAnswers(column []response, at []uint32, scores []int32, slot *slotSum, sign int64) {
	found, choices := c.block.cells[:len(column)], c.d.choices
	at, scores = at[:len(column)], scores[:len(column)]
	var x, xx, xt int64
	for k, r := range column {
		o := &choices[r.choice]
		found[k] = o.cell + at[k]
		points := int64(o.points)
		x += points
		xx += points * points
		xt += points * int64(scores[k])
	}
	slot.x += sign * x
	slot.xx += sign * xx
	slot.xt += sign * xt
	c.cells.add(found, sign) // a loop of its own waits for many cells at once
}

// countTimes counts how long they took.
func (c *Cube) countTimes(column []response, sign int64) {
	times, choices, scale := c.times, c.d.choices, c.scale
	one := uint32(sign) // counts wrap around, so that taking out is exact
	for _, r := range column {
		if r.ms == 0 {
			continue
		}
		t, ln := &times[choices[r.choice].time], scale.lnSeconds(r.ms)
		t.bins[scale.bin(ln)] += one
		t.sum += sign * ln
		t.squares += sign * ln * ln
	}
}
