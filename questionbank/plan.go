package questionbank

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"terang/engine"
)

// Plan is a blueprint made definite on one bank: ordered slots, the items that may fill
// each, and integer targets. It is immutable and safe for concurrent use.
//
// Its encoding has everything that the draw uses, so that somebody without the bank can
// draw the ids and orders of any form again: items with their expected points, enemies,
// thinning, number of options and option rule; never a text or a key. The items of a unit
// follow one another; slots name its first, and the first bears what belongs to the unit.
type Plan struct {
	file  planFile
	hash  string
	bytes []byte

	pool     pool
	span     []int32          // by item: length of the entry that begins with it, 0 inside a unit
	items    []*engine.Item   // by index of the pool
	index    map[string]int32 // item id -> its own index, inside a unit too
	sections []engine.Section // shared by all forms
	scratch  sync.Pool        // of *draw, which forms have no way to
}

type planFile struct {
	Assembly    string        `json:"assembly"`
	Bank        string        `json:"bank"`                 // hash of the bank
	Statistics  string        `json:"statistics,omitempty"` // hash of what is known of the items
	Previous    int           `json:"previous,omitempty"`
	MaxExposure int           `json:"max_exposure,omitempty"`
	Items       []planItem    `json:"items"`
	Sections    []planSection `json:"sections"`
}

// Fields that loft/v1 did not have are left out where they are nought, so that its plans
// keep their bytes.

type planItem struct {
	ID        string `json:"id"`
	Unit      string `json:"unit,omitempty"`
	Expected  int32  `json:"expected"`
	At        curve  `json:"at,omitzero"`
	Error     int32  `json:"error,omitempty"` // standard error of Expected
	Responses int64  `json:"responses,omitempty"`
	Thin      uint32 `json:"thin,omitempty"` // a draw counts if a word is below it; 0: always
	Enemies   string `json:"enemies,omitempty"`
	Options   int    `json:"options"`
	Rule      Rule   `json:"rule"`
}

type planSection struct {
	ID        string     `json:"id"`
	Title     string     `json:"title"`
	Target    int        `json:"target"`
	Targets   curve      `json:"targets,omitzero"` // at three abilities, where forms are balanced on them
	Tolerance int        `json:"tolerance"`
	Cells     []planCell `json:"cells"`
}

type planCell struct {
	Topic string    `json:"topic"`
	Band  Band      `json:"band"`
	Unit  int       `json:"unit,omitempty"`
	Slots [][]int32 `json:"slots"` // indexes into items
}

// Hash is the SHA-256 of Encode, in hex; it is published with the seed's commitment.
func (p *Plan) Hash() string { return p.hash }

// StatisticsHash names what was known of the items by their responses, "" for nothing.
func (p *Plan) StatisticsHash() string { return p.file.Statistics }

// Sections are the sections of every form, in order.
func (p *Plan) Sections() []engine.Section { return p.sections }

// Places is the number of items of a form.
func (p *Plan) Places() int { return p.sections[len(p.sections)-1].To }

// Assembly is the version of the draw.
func (p *Plan) Assembly() string { return p.file.Assembly }

// Encode returns the canonical bytes of the plan, for the archive and for publication.
func (p *Plan) Encode() []byte { return bytes.Clone(p.bytes) }

// DecodePlan reads what Encode wrote and joins it with its bank.
func DecodePlan(data []byte, b *Bank) (*Plan, error) {
	var file planFile
	if err := strictJSON(data, &file); err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	p, err := newPlan(file, b)
	if err != nil {
		return nil, fmt.Errorf("read plan: %w", err)
	}
	if !bytes.Equal(p.bytes, data) {
		return nil, fmt.Errorf("read plan: the bytes are not the canonical encoding of plan %s; take the original from the archive", p.hash)
	}
	return p, nil
}

// newPlan checks a plan file against its bank and lays it out for the draw.
func newPlan(file planFile, b *Bank) (*Plan, error) {
	tries, ok := balanceTries[file.Assembly]
	if !ok {
		return nil, fmt.Errorf("assembly version %q, this program draws %q and %q; use the program version that made the plan", file.Assembly, loftV1, AssemblyVersion)
	}
	if file.Bank != b.Hash() {
		return nil, fmt.Errorf("the plan is for bank %s, this is bank %s; load the bank that the plan names", file.Bank, b.Hash())
	}
	p := &Plan{file: file, bytes: canonicalJSON(file), index: make(map[string]int32, len(file.Items))}
	p.pool.tries = tries
	sum := sha256.Sum256(p.bytes)
	p.hash = hex.EncodeToString(sum[:])
	if err := p.layItems(b); err != nil {
		return nil, err
	}
	return p, p.laySlots()
}

func (p *Plan) layItems(b *Bank) error {
	groups := map[string]int32{"": -1}
	curves := p.balancedOnCurves()
	first := int32(0)
	p.span = make([]int32, len(p.file.Items))
	for i, it := range p.file.Items {
		q, ok := b.Question(it.ID)
		if _, twice := p.index[it.ID]; !ok || twice {
			return fmt.Errorf("item %s is not in the bank, or stands twice", it.ID)
		}
		if !p.agrees(&it, &q) {
			return fmt.Errorf("item %s differs from the bank", it.ID)
		}
		if it.Unit == "" || i == 0 || it.Unit != p.file.Items[i-1].Unit {
			first = int32(i)
		}
		if _, ok := groups[it.Enemies]; !ok {
			groups[it.Enemies] = int32(len(groups) - 1)
		}
		points := curve{it.Expected}
		if curves {
			points = it.At.weighed()
		}
		p.span[first]++
		p.index[it.ID] = int32(i)
		p.items = append(p.items, b.Item(it.ID))
		p.pool.points = append(p.pool.points, curve{})
		p.pool.points[first] = p.pool.points[first].plus(points)
		p.pool.enemy = append(p.pool.enemy, groups[it.Enemies])
		p.pool.thin = append(p.pool.thin, it.Thin)
	}
	p.pool.groups = len(groups) - 1
	return nil
}

// agrees compares what the plan says of an item with the bank. What the item is worth is
// the bank's own judgement in loft/v1, and since then the plan's; a unit's enemies stand at
// its first item.
func (p *Plan) agrees(it *planItem, q *Question) bool {
	want := q.planned()
	if p.file.Assembly != loftV1 {
		want.Expected, want.At, want.Error, want.Responses, want.Thin = it.Expected, it.At, it.Error, it.Responses, it.Thin
		if it.Unit != "" {
			want.Enemies = it.Enemies
		}
	}
	return *it == want
}

// balancedOnCurves says whether forms are made equal at three abilities, or on the mean.
func (p *Plan) balancedOnCurves() bool {
	return len(p.file.Sections) > 0 && p.file.Sections[0].Targets != curve{}
}

func (p *Plan) laySlots() error {
	cell, places := 0, 0
	for _, s := range p.file.Sections {
		from, first := len(p.pool.slots), places
		for _, c := range s.Cells {
			for _, items := range c.Slots {
				if len(items) == 0 {
					return fmt.Errorf("section %s: a slot is empty", s.ID)
				}
				for _, i := range items {
					if i < 0 || int(i) >= len(p.items) {
						return fmt.Errorf("section %s: there is no item with index %d", s.ID, i)
					}
					if p.items[i].Section != s.ID {
						return fmt.Errorf("section %s: item %s belongs to another section", s.ID, p.items[i].ID)
					}
					if int(p.span[i]) != c.cell().size() {
						return fmt.Errorf("section %s: item %s does not begin a unit of the cell's size", s.ID, p.items[i].ID)
					}
				}
				p.pool.slots = append(p.pool.slots, slot{cell: cell, items: items})
				places += c.cell().size()
			}
			cell++
		}
		if len(p.pool.slots) == from {
			return fmt.Errorf("section %s has no slot", s.ID)
		}
		target, tolerance := curve{int32(s.Target)}, int32(s.Tolerance)
		if p.balancedOnCurves() {
			target, tolerance = s.Targets.weighed(), outerWeight*tolerance
		}
		p.pool.sections = append(p.pool.sections, span{from, len(p.pool.slots), target, tolerance})
		p.sections = append(p.sections, engine.Section{ID: s.ID, Title: s.Title, From: first + 1, To: places})
	}
	if len(p.sections) == 0 {
		return errors.New("the plan has no section")
	}
	p.pool.lay()
	return nil
}

// planned is what the plan publishes of a question before anything else is known.
func (q *Question) planned() planItem {
	return planItem{ID: q.ID, Unit: q.Unit, Expected: int32(q.expected()), Enemies: q.Enemies, Options: len(q.Options), Rule: q.Rule}
}

// cell is what the blueprint said.
func (c *planCell) cell() Cell {
	n := Cell{Topic: c.Topic, Band: c.Band, Unit: c.Unit}
	n.Count = len(c.Slots) * n.size()
	return n
}

// cellOf finds the cell of a slot, for errors.
func (p *Plan) cellOf(j int) (section string, c Cell) {
	for _, s := range p.file.Sections {
		for _, c := range s.Cells {
			if j < len(c.Slots) {
				return s.ID, c.cell()
			}
			j -= len(c.Slots)
		}
	}
	return "", Cell{}
}
