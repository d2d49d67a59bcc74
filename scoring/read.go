package scoring

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"sync"

	"terang/engine"
)

// MaxPage is how many rows one page may have.
const MaxPage = 2000

// minTail is how many last characters of a number are enough to search by: fewer would
// list people instead of finding one.
const minTail = 4

// Summary is a board in the list of boards.
type Summary struct {
	Info
	Final  bool
	Counts Counts
}

// Row is a row with its place.
type Row struct {
	Rank   int // 0: takes no place
	Place  int // on the board, from 0
	Number string
	Name   string
	Meets  [MaxSections]bool
	Face
	plain string
	body  []byte
}

// Named says whether a search for the query finds this row.
func (r *Row) Named(query string) bool {
	return isNamed(r.plain, PlainNumber(strings.TrimSpace(query)))
}

// isNamed says whether a search means the number. Of a masked one only the end is known.
func isNamed(plain, want string) bool {
	if end, masked := strings.CutPrefix(plain, maskMark); masked {
		plain = end
		if len(want) > len(end) {
			return strings.HasSuffix(want, end)
		}
	}
	return plain == want || len(want) >= minTail && strings.HasSuffix(plain, want)
}

// Page is a part of a board, or what a search found on it.
type Page struct {
	Summary
	Epoch, Seq engine.Pos
	At         engine.Instant
	Live       string
	Keys       []string // ranking keys, "total" or a section, the first decides first
	Sections   []Section
	Thresholds Threshold // the general need's, by which ticks and statuses are on every board
	Rescored   Rescored
	Decided    Decided
	Codes      []Meaning // that rows may have by the list that stands; nil: none does
	Total      int       // rows of the board
	Offset     int
	Rows       []Row
}

// Message is an event for a watcher of a board.
type Message struct {
	Reset      bool // Body is a page, else a frame
	Epoch, Seq engine.Pos
	Body       []byte // must not be written to
}

// List returns all boards: the exam's, then in the order in which sites, sittings and
// formations became known.
func (b *Boards) List() []Summary {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var out []Summary
	for _, d := range b.list {
		if d.view != nil {
			out = append(out, Summary{Info: d.Info, Final: d.view.Final, Counts: d.view.Counts})
		}
	}
	return out
}

// Info says which board an id means, once a tick has published it.
func (b *Boards) Info(id string) (Info, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	d := b.byID[id]
	if d == nil || d.view == nil {
		return Info{}, false
	}
	return d.Info, true
}

// View returns what the last tick published of the board.
func (b *Boards) View(id string) (*View, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	d := b.byID[id]
	if d == nil || d.view == nil {
		return nil, false
	}
	return d.view, true
}

// Reached is how far the journal stands behind what readers see, as of the last tick.
func (b *Boards) Reached() engine.Pos {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.reached
}

// Page returns at most limit rows from an offset in the ranking, or with a query the
// rows whose number is the query or ends with it (four characters or more).
func (b *Boards) Page(id string, offset, limit int, query string) (*Page, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	d := b.byID[id]
	if d == nil || d.view == nil {
		return nil, false
	}
	return b.page(d, offset, min(limit, MaxPage), query), true
}

// Whole is the board with all its rows, however many, as the public API has it.
func (b *Boards) Whole(id string) ([]byte, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	d := b.byID[id]
	if d == nil || d.view == nil {
		return nil, false
	}
	return b.page(d, 0, len(d.order), "").appendJSON(nil), true
}

// JSON returns the page as the public API answers it, and the view that it shows. Pages
// without a query are encoded once per view.
func (b *Boards) JSON(id string, offset, limit int, query string) ([]byte, *View, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	d := b.byID[id]
	if d == nil || d.view == nil {
		return nil, nil, false
	}
	return b.json(d, offset, limit, query), d.view, true
}

func (b *Boards) json(d *board, offset, limit int, query string) []byte {
	limit = min(limit, MaxPage)
	if query != "" {
		return b.page(d, offset, limit, query).appendJSON(nil)
	}
	return d.view.pages.get([2]int{offset, limit}, func() []byte { return b.page(d, offset, limit, "").appendJSON(nil) })
}

// Resume returns what a watcher lacks that has seen the board up to a position of an
// epoch, and the view from which it goes on with the shared frames. The message has no
// body when nothing is missing. Whatever cannot be filled in, a position of another
// epoch or one that is not reached here yet, is answered with a reset.
func (b *Boards) Resume(id string, epoch, after engine.Pos) (Message, *View, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	d := b.byID[id]
	if d == nil || d.view == nil {
		return Message{}, nil, false
	}
	whole := func() []byte { return b.json(d, 0, d.view.streamed(), "") }
	since := func() []byte { body, _ := b.catchUp(d, after); return body }
	return d.view.answer(epoch, after, d.view.Epoch, b.reached, whole, since), d.view, true
}

// Changes returns one frame of all rows that changed since a position of an epoch,
// however large the board: for who keeps all of it. It is not ok where the board has no
// such position, or where more than a page of rows changed: then it is read by page.
func (b *Boards) Changes(id string, epoch, after engine.Pos) (body []byte, v *View, ok bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	d := b.byID[id]
	if d == nil || d.view == nil {
		return nil, nil, false
	}
	if epoch != d.view.Epoch || after < epoch || after > b.reached {
		return nil, d.view, false
	}
	body, rows := b.catchUp(d, after)
	return body, d.view, rows <= MaxPage
}

// answer is what a reader lacks who has seen the board up to a position of an epoch:
// nothing, all changes since, or the whole of it. Every change after base is known here;
// reached is how far the journal stands behind what readers see.
func (v *View) answer(epoch, after, base, reached engine.Pos, whole, since func() []byte) Message {
	m := Message{Epoch: v.Epoch, Seq: v.Seq}
	switch {
	case epoch == v.Epoch && after == v.Seq:
	case epoch != v.Epoch, after < base, after > reached, v.Total > StreamRows:
		m.Reset, m.Body = true, whole()
	case after < v.Seq:
		m.Body = since()
	default: // another node ticked later than this one: its frames reach further, ours follow
		m.Seq = after
	}
	return m
}

func (v *View) streamed() int {
	if v.Total > StreamRows {
		return StreamTop
	}
	return StreamRows
}

// catchUp is one frame of all that changed after a position, and of how many rows.
func (b *Boards) catchUp(d *board, after engine.Pos) (body []byte, rows int) {
	var changed, gone []int32
	for _, i := range d.order {
		if b.seats[i].shown.changed > after {
			changed = append(changed, i)
		}
	}
	for _, g := range d.gone {
		if g.at > after && !slices.Contains(gone, g.seat) {
			if _, ok := b.place(d, g.seat); !ok {
				gone = append(gone, g.seat)
			}
		}
	}
	slices.Sort(changed)
	slices.Sort(gone)
	bodies := make([][]byte, len(changed))
	for n, i := range changed {
		bodies[n] = b.seats[i].shown.body
	}
	return appendFrame(nil, after, d.view.Seq, d.view.At, bodies, b.numbers(gone), d.view.Counts), len(changed)
}

func (b *Boards) page(d *board, offset, limit int, query string) *Page {
	v := d.view
	p := &Page{
		Summary: Summary{Info: d.Info, Final: v.Final, Counts: v.Counts},
		Epoch:   v.Epoch, Seq: v.Seq, At: v.At, Live: b.exam.Policy.Live, Sections: b.exam.Rules.Sections,
		Thresholds: b.exam.Rules.Thresholds[needGeneral], Rescored: v.Rescored, Total: v.Total, Offset: max(0, offset),
	}
	if p.Decided = v.Decided; b.decided.List != "" && !b.decided.Again {
		p.Codes = b.exam.Rules.Codes.Meanings(p.Decided.Stage)
	}
	p.Thresholds.Second, _ = b.exam.Rules.SecondGroup(needGeneral)
	for _, k := range b.marking.ranking.Keys {
		if k == Total {
			k = "total"
		}
		p.Keys = append(p.Keys, k)
	}
	limit = max(0, limit)
	var at []int
	if query == "" {
		for n := p.Offset; n < min(p.Offset+limit, len(d.order)); n++ {
			at = append(at, n)
		}
	} else {
		at = b.find(d, query, p.Offset+limit)
		at = at[min(p.Offset, len(at)):]
	}
	p.Rows = make([]Row, len(at))
	for n, place := range at {
		s := &b.seats[d.order[place]]
		r := Row{Rank: b.rank(d, place), Place: place, Number: s.number, Name: s.name, Face: s.shown.face, plain: s.plain, body: s.shown.body}
		for i := range p.Sections {
			r.Meets[i] = s.card.open.Meets(i, int(r.Points[i]))
		}
		p.Rows[n] = r
	}
	return p
}

// compare is the order of a board, on what is published.
func (b *Boards) compare(x, y int32) int {
	return cmp.Or(cmp.Compare(b.seats[y].shown.order, b.seats[x].shown.order), cmp.Compare(x, y))
}

// place is where the seat stands on the board.
func (b *Boards) place(d *board, seat int32) (int, bool) {
	return sort.Find(len(d.order), func(n int) int { return b.compare(seat, d.order[n]) })
}

func (b *Boards) rank(d *board, place int) int {
	return rankAt(place, func(n int) uint64 { return b.seats[d.order[n]].shown.order })
}

// find returns the places of at most limit rows that the query names, by rank.
func (b *Boards) find(d *board, query string, limit int) []int {
	var out []int
	want := PlainNumber(strings.TrimSpace(query))
	add := func(seat int32) {
		if n, ok := b.place(d, seat); ok {
			out = append(out, n)
		}
	}
	if i, ok := sort.Find(len(b.seats), func(n int) int { return cmp.Compare(want, b.seats[n].plain) }); ok {
		add(int32(i))
		return out[:min(len(out), limit)]
	}
	if len(want) < minTail {
		return nil
	}
	from := sort.Search(len(b.byTail), func(n int) bool { return compareTails(b.seats[b.byTail[n]].plain, want) >= 0 })
	for _, i := range b.byTail[from:] {
		if len(out) == limit || !strings.HasSuffix(b.seats[i].plain, want) {
			break
		}
		add(i)
	}
	slices.Sort(out)
	return out
}

// pageCache keeps the encoded pages of one view.
type pageCache struct {
	mu   sync.Mutex
	body map[[2]int][]byte
}

// keepPages bounds a cache that a reader fills by asking for odd pages.
const keepPages = 16

func (c *pageCache) get(key [2]int, encode func() []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if body, ok := c.body[key]; ok {
		return body
	}
	body := encode()
	if c.body == nil {
		c.body = make(map[[2]int][]byte)
	}
	if len(c.body) < keepPages {
		c.body[key] = body
	}
	return body
}
