package scoring

import (
	"cmp"
	"slices"
	"sync"

	"terang/engine"
)

const (
	// StreamRows is the largest board that is streamed whole.
	StreamRows = 2000
	// StreamTop is how many rows of a larger board are streamed; the rest is read by page.
	StreamTop = 200
	// keepFrames is how far a watcher may fall behind before it is cut: at one tick a
	// second, a minute.
	keepFrames = 60
	// restamp is after how many milliseconds a board that did not change says so, so
	// that its age is the age of the data and not of the last answer.
	restamp = 5000
)

// Frame is what one tick changed on a board, encoded once for all watchers.
type Frame struct {
	From, To engine.Pos
	Body     []byte // must not be written to

	once  sync.Once
	event []byte
}

// Event is the frame as a stream carries it, made of the body by the first who asks; it
// must not be written to either.
func (f *Frame) Event(of func(body []byte) []byte) []byte {
	f.once.Do(func() { f.event = of(f.Body) })
	return f.event
}

// View is a board as one tick published it. It never changes.
type View struct {
	Epoch, Seq engine.Pos
	At         engine.Instant
	Final      bool
	Counts     Counts
	Total      int // rows
	Rescored   Rescored
	Decided    Decided

	counted sync.Once
	bins    []Bin

	serial uint64 // counts the views of the board
	frames []*Frame
	pages  pageCache
	next   chan struct{} // closed when there is a newer view
}

// Newer is closed when the board has a newer view.
func (v *View) Newer() <-chan struct{} { return v.next }

// Old says whether there is a newer view.
func (v *View) Old() bool {
	select {
	case <-v.next:
		return true
	default:
		return false
	}
}

// Since returns the frames between the older view and this one. It is not ok when they
// are no longer kept, or when the epoch changed between: then only a reset helps.
func (v *View) Since(older *View) (frames []*Frame, ok bool) {
	n := int(v.serial - older.serial)
	if !v.alike(older) || n > len(v.frames) {
		return nil, false
	}
	return v.frames[len(v.frames)-n:], true
}

// after makes the view the one that follows was, and says whether a frame can lead to it.
func (v *View) after(was *View) bool {
	v.serial = was.serial + 1
	return v.alike(was)
}

// alike says whether both views are under the same rules.
func (v *View) alike(o *View) bool {
	return v.Epoch == o.Epoch && v.Rescored == o.Rescored && v.Decided == o.Decided
}

// lead encodes the frame by which readers of was come to this view.
func (v *View) lead(was *View, rows [][]byte, gone []string) {
	f := &Frame{From: was.Seq, To: v.Seq}
	f.Body = appendFrame(nil, f.From, f.To, v.At, rows, gone, v.Counts)
	kept := was.frames[max(0, len(was.frames)-keepFrames+1):]
	v.frames = append(slices.Clone(kept), f)
}

// Tick publishes what the records since the last one changed, as of now. A board
// without a change is left alone, and says every few seconds that it is still right.
func (b *Boards) Tick(now engine.Instant) {
	slices.Sort(b.dirty) // frames list rows in order of number
	rows := make([]row, len(b.dirty))
	stirred := make(map[*board][]int32)
	for n, i := range b.dirty {
		rows[n] = b.encode(&b.seats[i])
		b.seats[i].coming = &rows[n]
		for _, d := range b.seats[i].boards {
			stirred[d] = append(stirred[d], i)
		}
	}
	type update struct {
		d     *board
		order []int32
		view  *View
	}
	var updates []update
	for _, d := range b.list {
		if d.due(stirred[d], now) {
			order := d.reorder(b, stirred[d])
			updates = append(updates, update{d, order, b.publish(d, order, stirred[d], now)})
		}
	}
	var old []*View
	b.mu.Lock()
	b.reached = b.applied
	for _, i := range b.dirty {
		b.seats[i].shown = *b.seats[i].coming
	}
	for _, u := range updates {
		if u.d.view != nil {
			old = append(old, u.d.view)
		}
		u.d.order, u.d.view = u.order, u.view
		u.d.gone = append(u.d.gone, u.d.left...)
	}
	b.mu.Unlock()
	for _, i := range b.dirty {
		b.seats[i].coming, b.seats[i].dirty = nil, false
	}
	for _, u := range updates {
		u.d.left = nil
	}
	b.dirty = b.dirty[:0]
	for _, v := range old {
		close(v.next)
	}
}

func (d *board) due(stirred []int32, now engine.Instant) bool {
	v := d.view
	if v == nil || len(stirred) > 0 || d.changed != v.Seq || d.epoch != v.Epoch {
		return true
	}
	// What was recorded before the epoch moves no position: boards that are folded anew
	// may have lost people, or be frozen, at the position that they began with.
	if len(d.left) > 0 || d.counts != v.Counts || d.final != v.Final {
		return true
	}
	return !d.final && now >= v.At+restamp
}

// reorder takes out what changed or left and merges what changed where it belongs.
func (d *board) reorder(b *Boards, stirred []int32) []int32 {
	if len(stirred) == 0 && len(d.left) == 0 {
		return d.order
	}
	key := func(i int32) uint64 { return b.seats[i].latest().order }
	compare := func(x, y int32) int { return cmp.Or(cmp.Compare(key(y), key(x)), cmp.Compare(x, y)) }
	come := slices.Clone(stirred)
	slices.SortFunc(come, compare)
	stays := func(i int32) bool { return b.seats[i].coming == nil }
	return merged(d.order, come, stays, compare)
}

// publish makes the board's next view, with the frame that leads to it.
func (b *Boards) publish(d *board, order, stirred []int32, now engine.Instant) *View {
	v := &View{
		Epoch: d.epoch, Seq: d.changed, At: now, Final: d.final, Counts: d.counts, Total: len(order),
		Rescored: b.exam.Rescored, Decided: b.decided, next: make(chan struct{}),
	}
	if d.final {
		v.At = d.moment // a frozen board was settled when its record says, not when it was folded
	}
	was := d.view
	if was == nil {
		return v
	}
	if !v.after(was) {
		return v
	}
	tell, gone := stirred, d.departed(b)
	if len(order) > StreamRows || len(d.order) > StreamRows {
		tell, gone = headChanges(d.order, order, func(i int32) bool { return b.seats[i].coming != nil })
	}
	bodies := make([][]byte, len(tell))
	for n, i := range tell {
		bodies[n] = b.seats[i].latest().body
	}
	v.lead(was, bodies, b.numbers(gone))
	b.encoded.Add(1)
	return v
}

// departed are the rows that left since the last tick and did not come back.
func (d *board) departed(b *Boards) []int32 {
	var out []int32
	for _, g := range d.left {
		if !slices.Contains(b.seats[g.seat].boards, d) && !slices.Contains(out, g.seat) {
			out = append(out, g.seat)
		}
	}
	slices.Sort(out)
	return out
}

func (b *Boards) numbers(seats []int32) []string {
	out := make([]string, len(seats))
	for n, i := range seats {
		out[n] = b.seats[i].number
	}
	return out
}
