package scoring

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"terang/engine"
)

// Mirror is the boards of one exam as somebody else publishes them: a fold over the
// resets and frames that watchers are told. It serves the same pages and events under the
// same positions, so that a reader may go from one to the other, and it knows nothing of an
// exam but what is public: every row is read field by field and written anew.
//
// Any number of goroutines may call it.
type Mirror struct {
	code    string
	encoded atomic.Int64

	mu      sync.RWMutex
	list    []*mirrored // in order of coming
	byID    map[string]*mirrored
	reached engine.Pos // the furthest position of any board
}

// mirrored is one board.
type mirrored struct {
	Info
	live       string
	keys       []string
	sections   []Section
	thresholds Threshold
	ranking    Ranking
	rescored   Rescored
	decided    Decided
	codes      []Meaning
	base       engine.Pos // every change after it is known
	lines      map[string]*line
	plain      map[string]*line // by number as compared
	order      []*line
	gone       map[string]engine.Pos
	view       *View
}

// line is a row. It never changes: a row that does is another line.
type line struct {
	number, plain, name string
	meets               [MaxSections]bool
	row
}

// NewMirror returns the boards of an exam before anything was told of them.
func NewMirror(code string) *Mirror {
	return &Mirror{code: code, byID: make(map[string]*mirrored)}
}

// Reset takes a whole board: the public snapshot with all its rows. Of the same rules as
// before it is taken as the changes that it makes, so that readers need not begin anew.
func (m *Mirror) Reset(body []byte) error {
	s, err := readSnapshot(body)
	if err != nil {
		return fmt.Errorf("snapshot of a board of %s: %w", m.code, err)
	}
	if code, _, _ := strings.Cut(s.info.ID, "."); code != m.code {
		return fmt.Errorf("snapshot of board %q: not of %s", s.info.ID, m.code)
	}
	if len(s.lines) != s.Total || s.Offset != 0 {
		return fmt.Errorf("snapshot of board %s: %d rows from row %d on, of %d: all are needed", s.info.ID, len(s.lines), s.Offset, s.Total)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.byID[s.info.ID]
	if d == nil {
		d = &mirrored{Info: s.info}
		m.byID[d.ID], m.list = d, append(m.list, d)
	}
	if d.view != nil && d.continues(s) {
		changed, gone := d.differences(s.lines)
		m.change(d, s.at, engine.Pos(s.Seq), changed, gone, s.Counts)
		return nil
	}
	d.begin(s)
	v := &View{
		Epoch: engine.Pos(s.Epoch), Seq: engine.Pos(s.Seq), At: s.at, Final: s.Final, Counts: s.Counts, Total: len(s.lines),
		Rescored: s.rescored, Decided: s.decided, next: make(chan struct{}),
	}
	m.show(d, v)
	return nil
}

// continues says whether the snapshot is a later state under the same rules.
func (d *mirrored) continues(s *snapshot) bool {
	v := d.view
	return v.Epoch == engine.Pos(s.Epoch) && v.Seq <= engine.Pos(s.Seq) && v.Final == s.Final && d.rescored == s.rescored && d.decided == s.decided && d.live == s.Live &&
		d.Info == s.info && slices.Equal(d.codes, s.codes) && slices.Equal(d.keys, s.keys) && slices.Equal(sectionNames(d.sections), sectionNames(s.sections))
}

func sectionNames(sections []Section) []string {
	out := make([]string, len(sections))
	for i, s := range sections {
		out[i] = fmt.Sprint(s.Code, " ", s.Name, " ", s.Items, " ", s.Max)
	}
	return out
}

// begin forgets what was known of the board.
func (d *mirrored) begin(s *snapshot) {
	d.Info, d.live, d.keys, d.sections, d.thresholds, d.ranking, d.rescored = s.info, s.Live, s.keys, s.sections, s.thresholds, s.ranking, s.rescored
	d.decided, d.codes = s.decided, s.codes
	d.base = engine.Pos(s.Seq)
	d.lines, d.plain, d.gone = make(map[string]*line, len(s.lines)), make(map[string]*line, len(s.lines)), make(map[string]engine.Pos)
	d.order = s.lines
	for _, l := range s.lines {
		l.changed = d.base
		d.lines[l.number], d.plain[l.plain] = l, l
	}
	slices.SortFunc(d.order, compareLines)
}

// compareLines is the order of a board.
func compareLines(x, y *line) int {
	return cmp.Or(cmp.Compare(y.order, x.order), cmp.Compare(x.plain, y.plain))
}

// differences are what leads from the rows that are known to these.
func (d *mirrored) differences(lines []*line) (changed []*line, gone []string) {
	here := make(map[string]bool, len(lines))
	for _, l := range lines {
		here[l.number] = true
		if was := d.lines[l.number]; was == nil || string(was.body) != string(l.body) {
			changed = append(changed, l)
		}
	}
	for number := range d.lines {
		if !here[number] {
			gone = append(gone, number)
		}
	}
	slices.Sort(gone)
	return changed, gone
}

// Frame takes what changed on a board, as watchers are told it under an epoch. One that
// begins after what is known here leaves a hole, and is refused: the board is read anew.
func (m *Mirror) Frame(id string, epoch engine.Pos, body []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.byID[id]
	if d == nil || d.view == nil {
		return fmt.Errorf("frame of board %s: there was no snapshot of it", id)
	}
	f, err := readFrame(body, d.sections, &d.ranking)
	switch {
	case err != nil:
		return fmt.Errorf("frame of board %s: %w", id, err)
	case epoch != d.view.Epoch || engine.Pos(f.From) > d.view.Seq:
		return fmt.Errorf("frame of board %s from %d.%d on: %d.%d is known", id, epoch, f.From, d.view.Epoch, d.view.Seq)
	}
	if engine.Pos(f.To) < d.view.Seq || engine.Pos(f.To) == d.view.Seq && f.at < d.view.At { // known already
		return nil
	}
	m.change(d, f.at, engine.Pos(f.To), f.lines, f.Gone, f.Counts)
	return nil
}

// change shows the board with these rows changed and those gone, and tells it as a frame.
func (m *Mirror) change(d *mirrored, at engine.Instant, to engine.Pos, lines []*line, gone []string, counts Counts) {
	was, before := d.view, d.order
	moved := make(map[string]bool, len(lines)+len(gone))
	for _, l := range lines {
		l.changed = to
		moved[l.number] = true
		d.lines[l.number], d.plain[l.plain] = l, l
		delete(d.gone, l.number)
	}
	left := make([]string, 0, len(gone))
	for _, number := range gone {
		if l := d.lines[number]; l != nil && !moved[number] {
			delete(d.lines, number)
			delete(d.plain, l.plain)
			d.gone[number] = to
			left = append(left, number)
		}
	}
	for _, number := range left {
		moved[number] = true
	}
	if len(moved) > 0 {
		come := slices.Clone(lines)
		slices.SortFunc(come, compareLines)
		d.order = merged(d.order, come, func(l *line) bool { return !moved[l.number] }, compareLines)
	}
	v := &View{
		Epoch: was.Epoch, Seq: to, At: at, Final: was.Final, Counts: counts, Total: len(d.order), Rescored: was.Rescored, Decided: was.Decided, next: make(chan struct{}),
	}
	v.after(was)
	tell := lines
	if len(before) > StreamRows || len(d.order) > StreamRows {
		var numbers []string
		numbers, left = headChanges(numbersOf(before), numbersOf(d.order), func(n string) bool { return moved[n] })
		tell = nil
		for _, n := range numbers {
			tell = append(tell, d.lines[n])
		}
	}
	v.lead(was, bodiesOf(tell), left)
	m.show(d, v)
}

func numbersOf(lines []*line) []string {
	out := make([]string, min(len(lines), StreamTop))
	for i := range out {
		out[i] = lines[i].number
	}
	return out
}

// bodiesOf are the rows as frames list them: in order of number.
func bodiesOf(lines []*line) [][]byte {
	lines = slices.Clone(lines)
	slices.SortFunc(lines, func(x, y *line) int { return cmp.Compare(x.plain, y.plain) })
	out := make([][]byte, len(lines))
	for i, l := range lines {
		out[i] = l.body
	}
	return out
}

// show publishes a view.
func (m *Mirror) show(d *mirrored, v *View) {
	m.reached = max(m.reached, v.Seq)
	m.encoded.Add(1)
	was := d.view
	if was != nil {
		v.serial = was.serial + 1
	}
	d.view = v
	if was != nil {
		close(was.next)
	}
}
