package scoring

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"terang/engine"
)

// Boards are all public boards of one exam: a fold over committed records. Apply and
// Tick are called from one goroutine, everything else from any number.
//
// A row is folded, compared and numbered record by record, so what a board shows, and
// at which position it changed, does not depend on when somebody ticked. Ticking only
// decides when it is encoded and told.
type Boards struct {
	exam      Exam
	marking   *Marking
	seats     []seat // in order of number
	byAttempt map[string]int32
	byTail    []int32 // seats in order of the reversed number
	sittings  map[string]*sitting
	ending    []ending // boards that are not frozen yet, and have no open sitting
	list      []*board // in the order in which they came into being
	byID      map[string]*board
	applied   engine.Pos
	awaited   engine.Pos // of what was decided about results and is not taken over yet, see Rescore and Decide; 0: none
	released  bool       // a list stands, as far as the exam's stream was read
	decided   Decided
	settled   engine.Instant // of the record that decided
	dirty     []int32        // seats whose row changed since the last tick
	encoded   atomic.Int64

	// mu guards what readers see: rows as shown, orders, views, the list of boards.
	// The writer changes them only inside; what it folds meanwhile is its own.
	mu      sync.RWMutex
	reached engine.Pos // applied, as of the last tick
}

// NewBoards makes the boards before the first record, and publishes them as of at.
func NewBoards(exam Exam, at engine.Instant) (*Boards, error) {
	if err := exam.check(); err != nil {
		return nil, fmt.Errorf("boards of %s: %w", exam.Code, err)
	}
	marking, err := NewMarking(exam.Rules, exam.Key, exam.Policy, exam.FormSections)
	if err != nil {
		return nil, fmt.Errorf("boards of %s: %w", exam.Code, err)
	}
	b := &Boards{
		exam: exam, marking: marking, applied: exam.Epoch, byAttempt: make(map[string]int32),
		sittings: make(map[string]*sitting), byID: make(map[string]*board),
	}
	marking.annulled = exam.Annulled
	if d := exam.Deciding; d != nil {
		b.settled = d.At
	}
	var entrants []Entrant
	if b.seats, entrants, err = b.exam.seats(marking); err != nil {
		return nil, fmt.Errorf("boards of %s: %w", exam.Code, err)
	}
	b.exam.Entrants, b.exam.Deciding = nil, nil
	b.board(Info{Kind: KindExam})
	for _, s := range exam.Sites {
		b.board(Info{Kind: KindSite, Site: s})
	}
	for _, s := range exam.Sittings {
		b.openSitting(s)
	}
	for i, e := range entrants {
		b.byAttempt[e.Attempt] = int32(i)
		s := b.sittings[e.Sitting]
		if s == nil {
			s = b.openSitting(SittingName{Code: e.Sitting, Title: e.Sitting, Site: e.Site})
		}
		b.seat(int32(i), s, 0)
		b.byTail = append(b.byTail, int32(i))
	}
	slices.SortFunc(b.byTail, func(x, y int32) int { return compareTails(b.seats[x].plain, b.seats[y].plain) })
	if d := exam.Deciding; d != nil {
		b.announce(d)
		for i := range b.seats { // also of whom nothing is ever recorded
			b.refresh(int32(i), d.At)
		}
	}
	b.Tick(at)
	return b, nil
}

// openSitting makes a sitting known, with its board and its site's.
func (b *Boards) openSitting(name SittingName) *sitting {
	s := &sitting{SittingName: name}
	b.sittings[name.Code] = s
	for _, d := range b.boardsOf(s) {
		d.sittings[s] = 0
	}
	return s
}

// boardsOf are the boards of the whole exam, of the sitting's site and of the sitting.
func (b *Boards) boardsOf(s *sitting) []*board {
	site := Named{Code: s.Site, Title: named(b.exam.Sites, s.Site)}
	return []*board{
		b.list[0],
		b.board(Info{Kind: KindSite, Site: site}),
		b.board(Info{Kind: KindSitting, Site: site, Sitting: Named{Code: s.Code, Title: s.Title}}),
	}
}

// board returns the board that info describes, and makes it when there is none.
func (b *Boards) board(info Info) *board {
	info.Exam, info.Rehearsal = Named{Code: b.exam.Code, Title: b.exam.Title}, b.exam.Rehearsal
	info.ID = info.id()
	if d := b.byID[info.ID]; d != nil {
		return d
	}
	d := &board{Info: info, sittings: make(map[*sitting]int), epoch: b.exam.Epoch, changed: b.exam.Epoch, moment: max(b.exam.Rescored.At, b.settled)}
	b.mu.Lock()
	b.byID[info.ID] = d
	b.list = append(b.list, d)
	b.mu.Unlock()
	return d
}

// seat puts a row on its boards, or moves it there from where it stood.
func (b *Boards) seat(i int32, to *sitting, at engine.Instant) {
	s := &b.seats[i]
	if from := s.sitting; from != nil {
		from.seats = slices.DeleteFunc(from.seats, func(j int32) bool { return j == i })
	}
	to.seats = append(to.seats, i)
	boards := b.boardsOf(to)
	if s.formation != "" && !s.unlisted {
		boards = append(boards, b.board(Info{
			Kind: KindFormation, Formation: Named{Code: s.formation, Title: named(b.exam.Formations, s.formation)},
		}))
	}
	for _, d := range s.boards {
		d.count(&s.face, -1)
		d.unseat(s.sitting)
		if !slices.Contains(boards, d) {
			d.left = append(d.left, departure{seat: i, at: b.applied})
			b.touch(d, at)
		}
	}
	for _, d := range boards {
		d.count(&s.face, +1)
		d.sittings[to]++
		if !to.closed {
			b.reopen(d)
		}
		b.touch(d, at)
	}
	s.sitting, s.boards = to, boards
	b.stir(i)
}

// stir notes that the row changed at the position that is being applied.
func (b *Boards) stir(i int32) {
	b.seats[i].changed = b.applied
	if !b.seats[i].dirty {
		b.seats[i].dirty = true
		b.dirty = append(b.dirty, i)
	}
}

// Apply folds one committed record, in order of position. Of the exam's own stream it only
// heeds what is decided about results; records of other exams and other kinds of stream are none
// of its business.
func (b *Boards) Apply(rec engine.Record, e *engine.Event) {
	b.applied = max(b.applied, rec.Pos)
	kind, id, _ := strings.Cut(rec.Stream, "/")
	switch kind {
	case "attempt":
		if i, ok := b.byAttempt[id]; ok {
			b.applyAttempt(i, rec.N, e)
		}
	case "sitting":
		if code, ok := strings.CutPrefix(id, b.exam.Code+"."); ok {
			b.applySitting(code, e)
		}
	case "exam":
		if id == b.exam.Code && rec.Pos > b.exam.Epoch {
			b.await(rec.Pos, e.Kind)
		}
	}
}

// await notes that something was decided about results, which whoever follows the exam's
// stream reads aside and takes over.
func (b *Boards) await(pos engine.Pos, kind engine.Kind) {
	switch kind {
	case engine.ItemAnnulled:
		b.awaited, b.released = pos, false
	case engine.ResultsReleased:
		b.awaited, b.released = pos, true
	case engine.ResultsUnfrozen:
		if b.released {
			b.awaited, b.released = pos, false
		}
	}
}

func (b *Boards) applyAttempt(i int32, n int, e *engine.Event) {
	s := &b.seats[i]
	answered, came := s.card.answered, s.card.present
	s.card.Apply(n, e)
	if e.Kind.IsAct() && s.card.answered == answered && b.marking.Live != engine.LiveInstant {
		return // nothing else of these is shown before it has settled
	}
	if code := b.goesTo(s, came, e); code != "" {
		to := b.sittings[code]
		if to == nil { // a sitting that nobody announced stands at the old site until it is
			to = b.openSitting(SittingName{Code: code, Title: code, Site: s.sitting.Site})
		}
		b.seat(i, to, e.At)
	}
	b.refresh(i, e.At)
}

// goesTo is the sitting at which a record of an attempt puts its row, "" if it leaves the row
// where it stands. A fold that begins with the roster as it was afterwards ends where the
// attempt does, also for who was sent on and never came. Of who was transferred before they came
// anywhere the roster knows more: it may have gone on since.
func (b *Boards) goesTo(s *seat, came bool, e *engine.Event) string {
	switch e.Kind {
	case engine.CheckedIn, engine.Continued, engine.Resat:
	case engine.Transferred:
		if !came && e.Act != b.exam.Code+"."+s.sitting.Code {
			return ""
		}
	default:
		return ""
	}
	code, mine := strings.CutPrefix(e.Sitting, b.exam.Code+".")
	if !mine || code == s.sitting.Code {
		return ""
	}
	return code
}

func (b *Boards) applySitting(code string, e *engine.Event) {
	s := b.sittings[code]
	if s == nil {
		return
	}
	switch e.Kind {
	case engine.SettledTo:
		for _, i := range s.seats {
			b.seats[i].card.Settle(e.To)
			b.refresh(i, e.At)
		}
	case engine.SittingEnded, engine.SittingClosed:
		for _, i := range s.seats {
			b.seats[i].card.Over()
			b.refresh(i, e.At)
		}
		if e.Kind == engine.SittingClosed {
			b.close(s, e.At)
		}
	case engine.SittingCancelled:
		// Who was to sit there stands elsewhere from the roster on that cancelled it: boards that
		// do not know of that yet are not final by it.
		if s.Cancelled {
			b.close(s, e.At)
		}
	}
}

// close makes those boards final whose last sitting this was.
func (b *Boards) close(s *sitting, at engine.Instant) {
	s.closed = true
	for _, d := range b.list {
		if !b.ended(d) && d.completed(s) {
			b.end(d, at)
		}
	}
}

// touch notes that rows come to a board or leave it. One that is final is frozen anew by that:
// what was frozen before stays as it was.
func (b *Boards) touch(d *board, at engine.Instant) {
	d.touch(b.applied, at)
	if b.ended(d) {
		b.end(d, at)
	}
}

// reopen lets a board change until another sitting of its people has been closed.
func (b *Boards) reopen(d *board) {
	if b.ended(d) {
		b.ending = slices.DeleteFunc(b.ending, func(f ending) bool { return f.board == d })
		d.final, d.epoch = false, b.applied
	}
}

// ending is a board that a record made final.
type ending struct {
	board *board
	pos   engine.Pos
	at    engine.Instant
}

// ended says whether a board is final, or will be.
func (b *Boards) ended(d *board) bool {
	return d.final || slices.ContainsFunc(b.ending, func(f ending) bool { return f.board == d })
}

func (b *Boards) end(d *board, at engine.Instant) {
	b.ending = append(b.ending, ending{d, b.applied, at})
	b.freeze()
}

// freeze makes boards final whose end has come. While an annulment or a release
// waits to be taken over none is: what would be frozen is about to change, and a node that reads the
// journal afterwards would never show it. So every node freezes the same rows at the same
// positions, however late it took the decision over.
func (b *Boards) freeze() {
	if b.awaited != 0 {
		return
	}
	for _, e := range b.ending {
		e.board.freeze(e.pos, e.at)
	}
	b.ending = nil
}

// refresh compares what may be shown with what was, and counts the difference.
func (b *Boards) refresh(i int32, at engine.Instant) {
	s := &b.seats[i]
	face := s.card.Public()
	if s.listed != nil {
		face.Announced = b.announced(s)
	}
	if face == s.face {
		return
	}
	for _, d := range s.boards {
		d.count(&s.face, -1)
		d.count(&face, +1)
		d.touch(b.applied, at)
	}
	s.face = face
	b.stir(i)
}

// Items is how many positions a form of the exam has.
func (b *Boards) Items() int { return b.marking.Items() }

// Code is the exam's code.
func (b *Boards) Code() string { return b.exam.Code }

// Rehearsal says whether these are the boards of a rehearsal.
func (b *Boards) Rehearsal() bool { return b.exam.Rehearsal }

// Live is the policy by which scores are shown.
func (b *Boards) Live() string { return b.exam.Policy.Live }

// Encoded is how many frames were encoded so far, whoever watched.
func (b *Boards) Encoded() int64 { return b.encoded.Load() }

func compareTails(x, y string) int {
	for i := 1; i <= len(x) && i <= len(y); i++ {
		if d := int(x[len(x)-i]) - int(y[len(y)-i]); d != 0 {
			return d
		}
	}
	return len(x) - len(y)
}
