package questionbank

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"terang/engine"
)

// Plan is a blueprint made definite on one bank: ordered slots, the items that may fill
// each, and integer targets. It is immutable and safe for concurrent use.
//
// Its encoding has everything that the draw uses, so that somebody without the bank can
// draw the ids and orders of any form again: items with their expected points, enemies,
// number of options and option rule; never a text or a key.
type Plan struct {
	file  planFile
	hash  string
	bytes []byte

	pool     pool
	items    []*engine.Item   // by index of the pool
	index    map[string]int32 // item id -> index of the pool
	sections []engine.Section // shared by all forms
}

type planFile struct {
	Assembly string        `json:"assembly"`
	Bank     string        `json:"bank"` // hash of the bank
	Items    []planItem    `json:"items"`
	Sections []planSection `json:"sections"`
}

type planItem struct {
	ID       string `json:"id"`
	Expected int32  `json:"expected"`
	Enemies  string `json:"enemies,omitempty"`
	Options  int    `json:"options"`
	Rule     Rule   `json:"rule"`
}

type planSection struct {
	ID        string     `json:"id"`
	Title     string     `json:"title"`
	Target    int        `json:"target"`
	Tolerance int        `json:"tolerance"`
	Cells     []planCell `json:"cells"`
}

type planCell struct {
	Topic string    `json:"topic"`
	Band  Band      `json:"band"`
	Slots [][]int32 `json:"slots"` // indexes into items
}

// Hash is the SHA-256 of Encode, in hex; it is published with the seed's commitment.
func (p *Plan) Hash() string { return p.hash }

// BankHash names the bank that the plan was compiled from.
func (p *Plan) BankHash() string { return p.file.Bank }

// Sections are the sections of every form, in order.
func (p *Plan) Sections() []engine.Section { return p.sections }

// Places is the number of items of a form.
func (p *Plan) Places() int { return len(p.pool.slots) }

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
	if file.Assembly != AssemblyVersion {
		return nil, fmt.Errorf("assembly version %q, this program draws %q; use the program version that made the plan", file.Assembly, AssemblyVersion)
	}
	if file.Bank != b.Hash() {
		return nil, fmt.Errorf("the plan is for bank %s, this is bank %s; load the bank that the plan names", file.Bank, b.Hash())
	}
	p := &Plan{file: file, bytes: canonicalJSON(file), index: make(map[string]int32, len(file.Items))}
	sum := sha256.Sum256(p.bytes)
	p.hash = hex.EncodeToString(sum[:])
	if err := p.layItems(b); err != nil {
		return nil, err
	}
	return p, p.laySlots()
}

func (p *Plan) layItems(b *Bank) error {
	groups := map[string]int32{"": -1}
	for i, it := range p.file.Items {
		q, ok := b.Question(it.ID)
		if _, twice := p.index[it.ID]; !ok || twice {
			return fmt.Errorf("item %s is not in the bank, or stands twice", it.ID)
		}
		if it != q.planned() {
			return fmt.Errorf("item %s differs from the bank", it.ID)
		}
		if _, ok := groups[it.Enemies]; !ok {
			groups[it.Enemies] = int32(len(groups) - 1)
		}
		p.index[it.ID] = int32(i)
		p.items = append(p.items, b.Item(it.ID))
		p.pool.expected = append(p.pool.expected, it.Expected)
		p.pool.enemy = append(p.pool.enemy, groups[it.Enemies])
	}
	p.pool.groups = len(groups) - 1
	return nil
}

func (p *Plan) laySlots() error {
	cell := 0
	for _, s := range p.file.Sections {
		from := len(p.pool.slots)
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
				}
				p.pool.slots = append(p.pool.slots, slot{cell: cell, items: items})
			}
			cell++
		}
		if len(p.pool.slots) == from {
			return fmt.Errorf("section %s has no slot", s.ID)
		}
		p.pool.sections = append(p.pool.sections, span{from, len(p.pool.slots), s.Target, s.Tolerance})
		p.sections = append(p.sections, engine.Section{ID: s.ID, Title: s.Title, From: from + 1, To: len(p.pool.slots)})
	}
	if len(p.sections) == 0 {
		return errors.New("the plan has no section")
	}
	return nil
}

// planned is what the plan publishes of a question.
func (q *Question) planned() planItem {
	return planItem{ID: q.ID, Expected: int32(q.expected()), Enemies: q.Enemies, Options: len(q.Options), Rule: q.Rule}
}

// cellOf finds the cell of a slot, for errors.
func (p *Plan) cellOf(j int) (section string, c Cell) {
	for _, s := range p.file.Sections {
		for _, c := range s.Cells {
			if j < len(c.Slots) {
				return s.ID, Cell{Topic: c.Topic, Band: c.Band, Count: len(c.Slots)}
			}
			j -= len(c.Slots)
		}
	}
	return "", Cell{}
}
