package scoring

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"terang/engine"
)

// shown returns a board that something is known of; the caller holds the lock.
func (m *Mirror) shown(id string) *mirrored {
	if d := m.byID[id]; d != nil && d.view != nil {
		return d
	}
	return nil
}

// Code is the exam's code.
func (m *Mirror) Code() string { return m.code }

// Rehearsal is false: a mirror takes no board of a rehearsal.
func (m *Mirror) Rehearsal() bool { return false }

// Encoded is how many frames were encoded so far, whoever watched.
func (m *Mirror) Encoded() int64 { return m.encoded.Load() }

// Live is the policy by which scores are shown.
func (m *Mirror) Live() string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if len(m.list) == 0 {
		return ""
	}
	return m.list[0].live
}

// Items is how many positions a form of the exam has.
func (m *Mirror) Items() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	n := 0
	if len(m.list) > 0 {
		for _, s := range m.list[0].sections {
			n += s.Items
		}
	}
	return n
}

// Reached is the furthest position of any board.
func (m *Mirror) Reached() engine.Pos {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.reached
}

// Arrange puts the boards into the order in which somebody lists them, others behind.
func (m *Mirror) Arrange(ids []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		at[id] = i + 1
	}
	place := func(d *mirrored) int { return cmp.Or(at[d.ID], len(ids)+1) }
	slices.SortStableFunc(m.list, func(a, b *mirrored) int { return cmp.Compare(place(a), place(b)) })
}

// List returns all boards in the order in which they became known or were arranged.
func (m *Mirror) List() []Summary {
	m.mu.RLock()
	defer m.mu.RUnlock()
	out := make([]Summary, 0, len(m.list))
	for _, d := range m.list {
		out = append(out, Summary{Info: d.Info, Final: d.view.Final, Counts: d.view.Counts})
	}
	return out
}

// Info says which board an id means.
func (m *Mirror) Info(id string) (Info, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if d := m.shown(id); d != nil {
		return d.Info, true
	}
	return Info{}, false
}

// View returns what was last told of the board.
func (m *Mirror) View(id string) (*View, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if d := m.shown(id); d != nil {
		return d.view, true
	}
	return nil, false
}

// Page as Boards has it.
func (m *Mirror) Page(id string, offset, limit int, query string) (*Page, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if d := m.shown(id); d != nil {
		return d.page(offset, min(limit, MaxPage), query), true
	}
	return nil, false
}

// JSON as Boards has it.
func (m *Mirror) JSON(id string, offset, limit int, query string) ([]byte, *View, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	d := m.shown(id)
	if d == nil {
		return nil, nil, false
	}
	return d.json(offset, limit, query), d.view, true
}

// Whole is the board with all its rows, however many: what Reset takes.
func (m *Mirror) Whole(id string) ([]byte, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	d := m.shown(id)
	if d == nil {
		return nil, false
	}
	return d.page(0, len(d.order), "").appendJSON(nil), true
}

// Resume as Boards has it.
func (m *Mirror) Resume(id string, epoch, after engine.Pos) (Message, *View, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	d := m.shown(id)
	if d == nil {
		return Message{}, nil, false
	}
	whole := func() []byte { return d.json(0, d.view.streamed(), "") }
	since := func() []byte { body, _ := d.catchUp(after); return body }
	return d.view.answer(epoch, after, max(d.base, d.view.Epoch), m.reached, whole, since), d.view, true
}

// Changes as Boards has it.
func (m *Mirror) Changes(id string, epoch, after engine.Pos) ([]byte, *View, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	d := m.shown(id)
	if d == nil {
		return nil, nil, false
	}
	if epoch != d.view.Epoch || after < max(d.base, epoch) || after > m.reached {
		return nil, d.view, false
	}
	body, rows := d.catchUp(after)
	return body, d.view, rows <= MaxPage
}

func (d *mirrored) catchUp(after engine.Pos) (body []byte, rows int) {
	var changed []*line
	for _, l := range d.order {
		if l.changed > after {
			changed = append(changed, l)
		}
	}
	var gone []string
	for number, at := range d.gone {
		if at > after {
			gone = append(gone, number)
		}
	}
	slices.Sort(gone)
	return appendFrame(nil, after, d.view.Seq, d.view.At, bodiesOf(changed), gone, d.view.Counts), len(changed)
}

func (d *mirrored) json(offset, limit int, query string) []byte {
	limit = min(limit, MaxPage)
	if query != "" {
		return d.page(offset, limit, query).appendJSON(nil)
	}
	return d.view.pages.get([2]int{offset, limit}, func() []byte { return d.page(offset, limit, "").appendJSON(nil) })
}

func (d *mirrored) page(offset, limit int, query string) *Page {
	v := d.view
	p := &Page{
		Summary: Summary{Info: d.Info, Final: v.Final, Counts: v.Counts},
		Epoch:   v.Epoch, Seq: v.Seq, At: v.At, Live: d.live, Keys: d.keys, Sections: d.sections, Thresholds: d.thresholds,
		Rescored: v.Rescored, Decided: v.Decided, Codes: d.codes, Total: v.Total, Offset: max(0, offset),
	}
	limit = max(0, limit)
	var places []int
	if query == "" {
		for n := p.Offset; n < min(p.Offset+limit, len(d.order)); n++ {
			places = append(places, n)
		}
	} else {
		places = d.find(query, p.Offset+limit)
		places = places[min(p.Offset, len(places)):]
	}
	p.Rows = make([]Row, len(places))
	for n, place := range places {
		l := d.order[place]
		p.Rows[n] = Row{
			Rank:  rankAt(place, func(n int) uint64 { return d.order[n].order }),
			Place: place, Number: l.number, Name: l.name, Meets: l.meets, Face: l.face, plain: l.plain, body: l.body,
		}
	}
	return p
}

// find returns the places of at most limit rows that the query names, by rank.
func (d *mirrored) find(query string, limit int) []int {
	want := PlainNumber(strings.TrimSpace(query))
	if l := d.plain[want]; l != nil {
		return d.places([]*line{l}, limit)
	}
	if len(want) < minTail {
		return nil
	}
	var found []*line
	for _, l := range d.order {
		if len(found) == limit {
			break
		}
		if isNamed(l.plain, want) {
			found = append(found, l)
		}
	}
	return d.places(found, limit)
}

func (d *mirrored) places(lines []*line, limit int) []int {
	var out []int
	for _, l := range lines[:min(len(lines), limit)] {
		if n, ok := sort.Find(len(d.order), func(n int) int { return compareLines(l, d.order[n]) }); ok {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}
