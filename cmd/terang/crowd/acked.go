package crowd

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/uuid"
)

// ear is what a part of a crowd hears acknowledged. One for all would be waited for by each, at
// the cost of the machine that is measured.
type ear struct {
	mu      sync.Mutex
	acked   ackedList
	took    *hdrhistogram.Histogram // microseconds, since Begin
	longest time.Duration
	read    int // how many of acked the course has
}

// earsMost bounds the ears of a crowd, each with a histogram.
const earsMost = 16

// meet notes a candidate, and returns the place.
func (e *ear) meet(is who) int32 {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.acked.people = append(e.acked.people, is)
	return int32(len(e.acked.people) - 1)
}

func (e *ear) heard(who int32, a *Acked) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.acked.add(who, a)
	e.longest = max(e.longest, a.Took)
	_ = e.took.RecordValue(max(1, a.Took.Microseconds())) // beyond ten minutes the longest tells
}

// begin forgets what was measured.
func (e *ear) begin() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.took.Reset()
	e.read = e.acked.n
}

// seconds hands on what has come since it was last asked, up to a time since the list was made.
func (e *ear) seconds(until time.Duration, add func(took time.Duration)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for ; e.read < e.acked.n; e.read++ {
		a := e.acked.at(e.read)
		if time.Duration(a.when)*time.Millisecond >= until {
			return
		}
		add(a.took)
	}
}

// who is a candidate in a list, in one attempt.
type who struct{ number, attempt string }

// ackedList holds acknowledgements in the order in which they came, in few bytes each and without
// pointers: there are hundreds of thousands, and nothing but the end has to do with them.
type ackedList struct {
	people []who
	began  time.Time
	chunks [][]ackedOp
	n      int
}

// ackedChunk is how many are kept together: a list that grew in one piece would be copied again
// and again.
const ackedChunk = 4096

type ackedOp struct {
	op   uuid.UUID
	at   int64         // Acked.At in milliseconds
	took time.Duration //
	who  int32         // in people
	n    int32
	when uint32 // when it came: milliseconds since began
	q    int16
	c    byte // 0: none
	mark mark
}

// mark is that of an operation.
type mark uint8

const (
	noMark mark = iota
	markOff
	markOn
)

func (l *ackedList) add(who int32, a *Acked) {
	if l.n%ackedChunk == 0 {
		l.chunks = append(l.chunks, make([]ackedOp, 0, ackedChunk))
	}
	op := ackedOp{
		op: a.Op, at: a.At.UnixMilli(), took: a.Took, who: who, n: int32(a.N), when: uint32(time.Since(l.began).Milliseconds()), q: int16(a.Q),
	}
	if a.C != "" {
		op.c = a.C[0]
	}
	switch {
	case a.Mark && a.On:
		op.mark = markOn
	case a.Mark:
		op.mark = markOff
	}
	last := &l.chunks[len(l.chunks)-1]
	*last = append(*last, op)
	l.n++
}

func (l *ackedList) at(i int) *ackedOp { return &l.chunks[i/ackedChunk][i%ackedChunk] }

// acked is the i-th as it was heard.
func (l *ackedList) acked(i int) Acked {
	op := l.at(i)
	is := l.people[op.who]
	a := Acked{
		Number: is.number, Attempt: is.attempt, Op: op.op, Q: int(op.q), Mark: op.mark != noMark, On: op.mark == markOn,
		N: int(op.n), At: time.UnixMilli(op.at).UTC(), Took: op.took,
	}
	if op.c != 0 {
		a.C = string(rune(op.c))
	}
	return a
}
