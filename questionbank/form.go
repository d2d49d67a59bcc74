package questionbank

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"terang/engine"
)

// SeedBytes is the length of a seed: SHA-256 of the parts of its custodians.
const SeedBytes = sha256.Size

// CellError says that no item of a cell was left for a candidate. Compile refuses plans
// where this could happen, so the list of items seen is longer than the blueprint
// provided for.
type CellError struct {
	Section string
	Cell    Cell
}

func (e *CellError) Error() string {
	return fmt.Sprintf("no item is left in cell %s %s; shorten the list of items seen earlier, or compile a plan from a larger bank",
		e.Section, e.Cell)
}

// Assemble draws the form of one candidate. The same plan, seed, candidate and set of
// seen items give the same form on every machine and for ever.
//
// seed is the exam's secret seed of SeedBytes bytes; candidate names the candidate within
// the exam, "EXAM/NUMBER", as the published roster does; seen are the ids of items that
// the candidate met in earlier sittings, in any order, unknown ids being of no effect.
// The error is a *CellError if a cell has no item left: a blueprint is never broken.
func (p *Plan) Assemble(seed []byte, candidate string, seen []string) (*engine.Form, error) {
	d, by, err := p.draw(seed, candidate, seen)
	if err != nil {
		return nil, fmt.Errorf("assemble form of %q: %w", candidate, err)
	}
	defer p.scratch.Put(d)
	d.mix()
	return p.form(d, by), nil
}

// Positions returns where the items stand on a candidate's form, from 1, and 0 for those
// that are not on it. It costs less than Assemble, which also orders the options.
func (p *Plan) Positions(seed []byte, candidate string, seen, items []string) ([]int, error) {
	d, _, err := p.draw(seed, candidate, seen)
	if err != nil {
		return nil, fmt.Errorf("positions on the form of %q: %w", candidate, err)
	}
	defer p.scratch.Put(d)
	d.mix()
	picks := p.expand(make([]int32, 0, p.Places()), d.picks)
	out := make([]int, len(items))
	for n, id := range items {
		if i, ok := p.index[id]; ok {
			out[n] = slices.Index(picks, i) + 1
		}
	}
	return out, nil
}

// mix shuffles each section, since entries of a cell stand in neighbouring slots: so a
// position tells nothing about topic or difficulty.
func (d *draw) mix() {
	for _, s := range d.sections {
		shuffle(d.picks[s.from:s.to], &d.rand)
	}
}

// Deviations returns the expected points of a candidate's form minus the target, in
// thousandths of a point, section by section: evidence that forms are equally hard. Expected
// points are those of the reference population, also where forms are balanced at three
// abilities. outside says whether a section missed its target by more than the tolerance, there
// at the worst of the three.
func (p *Plan) Deviations(seed []byte, candidate string, seen []string) (missed []int, outside bool, err error) {
	d, _, err := p.draw(seed, candidate, seen)
	if err != nil {
		return nil, false, fmt.Errorf("deviations of the form of %q: %w", candidate, err)
	}
	defer p.scratch.Put(d)
	missed = make([]int, len(d.sections))
	for s, span := range d.sections {
		missed[s] = -p.file.Sections[s].Target
		for _, i := range p.expand(nil, d.picks[span.from:span.to]) {
			missed[s] += int(p.file.Items[i].Expected)
		}
		outside = outside || d.deviation[s].most() > span.tolerance
	}
	return missed, outside, nil
}

// Avoidable is as much of seen as the candidate's form can leave out: all of it, as a rule. Where a
// cell would have nothing left, what stands first in seen of that cell is given back, an entry at a
// time, until the form can be drawn: who comes back more often than the plan provides for meets an
// item again, and is not left without a form.
func (p *Plan) Avoidable(seed []byte, candidate string, seen []string) ([]string, error) {
	for {
		d, _, err := p.draw(seed, candidate, seen)
		if err == nil {
			p.scratch.Put(d)
			return seen, nil
		}
		var used *CellError
		if !errors.As(err, &used) {
			return nil, fmt.Errorf("items that %q can be spared: %w", candidate, err)
		}
		cell := p.entriesOf(used)
		first := slices.IndexFunc(seen, func(id string) bool { i, ok := p.index[id]; return ok && cell[p.entryOf(i)] })
		if first < 0 {
			return nil, fmt.Errorf("items that %q can be spared: %w", candidate, err)
		}
		back := p.entryOf(p.index[seen[first]])
		seen = slices.DeleteFunc(slices.Clone(seen), func(id string) bool { i, ok := p.index[id]; return ok && p.entryOf(i) == back })
	}
}

// entriesOf are the entries of the cell that an error names.
func (p *Plan) entriesOf(e *CellError) map[int32]bool {
	in := make(map[int32]bool)
	for _, s := range p.file.Sections {
		for _, c := range s.Cells {
			if s.ID != e.Section || c.cell() != e.Cell {
				continue
			}
			for _, slot := range c.Slots {
				for _, i := range slot {
					in[i] = true
				}
			}
		}
	}
	return in
}

// Before are the items that a candidate has met when the form was given so many times, each
// time without all that was met before, and now is given once more: seen, and the items of
// those forms in their order. It is a CellError where the bank has too few.
func (p *Plan) Before(seed []byte, candidate string, seen []string, times int) ([]string, error) {
	met := slices.Clone(seen)
	for range times {
		form, err := p.Assemble(seed, candidate, met)
		if err != nil {
			return nil, err
		}
		for _, place := range form.Places() {
			met = append(met, place.Item.ID)
		}
	}
	return met, nil
}

// SeenHash names a list of items seen earlier, in whatever order and with whatever
// repetitions: it is kept with the form, because the list is an input of the draw.
func SeenHash(seen []string) string {
	ids := slices.Compact(slices.Sorted(slices.Values(seen)))
	sum := sha256.Sum256([]byte("terang/seen/v1\n" + strings.Join(ids, "\n")))
	return hex.EncodeToString(sum[:])
}

// draw picks the entries of a form, and says by what their options are ordered.
func (p *Plan) draw(seed []byte, candidate string, seen []string) (*draw, orders, error) {
	if len(seed) != SeedBytes {
		return nil, nil, fmt.Errorf("the seed has %d bytes; give the %d bytes of the exam's seed", len(seed), SeedBytes)
	}
	if candidate == "" || strings.ContainsRune(candidate, 0) {
		return nil, nil, fmt.Errorf("the candidate's name is empty or holds a zero byte; give EXAM/NUMBER")
	}
	var met []int32
	for _, id := range seen {
		if i, ok := p.index[id]; ok {
			met = append(met, p.entryOf(i))
		}
	}
	d, ok := p.scratch.Get().(*draw)
	if !ok {
		d = newDraw(&p.pool)
	}
	d.start(newStream(d.keys.key(seed, p.file.Assembly, candidate)), met)
	if j, ok := d.run(); !ok {
		section, cell := p.cellOf(j)
		return nil, nil, &CellError{section, cell}
	}
	if p.file.Assembly == loftV1 {
		return d, newItemOrders(seed, candidate), nil
	}
	d.byPlace.start(d.keys.key(seed, orderV2, candidate))
	return d, &d.byPlace, nil
}

// form puts the picked items on their places. The ETag names all that the form comes from:
// bank, plan, items, and the candidate's own key, of which it tells nothing.
func (p *Plan) form(d *draw, by orders) *engine.Form {
	picks := p.expand(make([]int32, 0, p.Places()), d.picks)
	tag := make([]byte, 0, len(p.file.Bank)+len(p.hash)+sha256.Size+4*len(picks))
	tag = append(append(tag, p.file.Bank...), p.hash...)
	tag = append(tag, d.rand.input[:sha256.Size]...)
	for _, i := range picks {
		tag = binary.BigEndian.AppendUint32(tag, uint32(i))
	}
	sum := sha256.Sum256(tag)
	return engine.NewForm(hex.EncodeToString(sum[:16]), p.sections, p.items, picks, func(places iter.Seq2[int32, []uint8]) {
		q := 0
		for i, order := range places {
			q++
			by.order(order, p.file.Items[i].Rule, p.items[i].ID, q)
		}
	})
}

// entryOf is the entry that an item belongs to: itself, or the first item of its unit.
func (p *Plan) entryOf(i int32) int32 {
	for p.span[i] == 0 {
		i--
	}
	return i
}

// expand appends the items of the entries.
func (p *Plan) expand(items, entries []int32) []int32 {
	for _, i := range entries {
		for k := range p.span[i] {
			items = append(items, i+k)
		}
	}
	return items
}
