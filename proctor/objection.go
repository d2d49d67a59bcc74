package proctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"terang/engine"
)

// States of an objection. From ObjectionOpen it goes to one of the others, and stays there.
const (
	ObjectionOpen      = "open"
	ObjectionWithdrawn = "withdrawn"
	ObjectionUpheld    = "upheld"
	ObjectionPartly    = "partly"
	ObjectionRejected  = "rejected"
)

// ObjectionDecisions are what an answer may be.
var ObjectionDecisions = []string{ObjectionUpheld, ObjectionPartly, ObjectionRejected}

// ObjectionStates lists all, in the order of pages.
var ObjectionStates = append([]string{ObjectionOpen}, append(slices.Clone(ObjectionDecisions), ObjectionWithdrawn)...)

// Objection is what a candidate objects to, as the stream of the exam's objections says.
// It has no words and no name: these are in the register.
type Objection struct {
	Exam      string
	Seq       int            // in the exam, from 1
	N         int            // version of its ObjectionFiled
	Candidate string         // participant number
	Kind      string         // of engine.ObjectionKinds
	Q         int            // position in the own form, 0: about no item
	Item      string         // what stands there
	Filed     engine.Instant //
	Due       engine.Instant // when an answer is to be there
	Words     string         // SHA-256 of what the register keeps
	Assigned  string         // account that is to answer, "" for whoever may
	State     string
	Ended     engine.Instant // answered or withdrawn
	By        string         // who answered
	Answer    string         // SHA-256 of what the register keeps of the reasons

	Redressed string         // repeat or transfer, where what was upheld was carried out so; "" if not
	RedressTo string         // EXAM.SITTING where it is sat
	RedressAt engine.Instant //
	RedressOp string
}

// Number is what everybody may know an objection by: YEAR/EXAM/SEQUENCE, the year in UTC.
func (o *Objection) Number() string {
	return fmt.Sprintf("%d/%s/%04d", o.Filed.Time().Year(), o.Exam, o.Seq)
}

// Decided says whether it was answered.
func (o *Objection) Decided() bool { return slices.Contains(ObjectionDecisions, o.State) }

// Late says whether the answer came, or still is to come, after its deadline.
func (o *Objection) Late(now engine.Instant) bool {
	switch {
	case o.State == ObjectionOpen:
		return now > o.Due
	case o.Decided():
		return o.Ended > o.Due
	}
	return false
}

// Objections are those of one exam, folded from their stream.
type Objections struct {
	all     []Objection
	version int // of the newest event that changed one
}

// Version grows with every change.
func (o *Objections) Version() int { return o.version }

// All are the objections in the order in which they were filed.
func (o *Objections) All() []Objection { return slices.Clone(o.all) }

// Find is the objection of a sequence number, nil if there is none.
func (o *Objections) Find(seq int) *Objection {
	if seq < 1 || seq > len(o.all) {
		return nil
	}
	return &o.all[seq-1]
}

// Of are those of one candidate.
func (o *Objections) Of(candidate string) (own []Objection) {
	for i := range o.all {
		if o.all[i].Candidate == candidate {
			own = append(own, o.all[i])
		}
	}
	return own
}

// Open is how many wait for an answer.
func (o *Objections) Open() (n int) {
	for i := range o.all {
		if o.all[i].State == ObjectionOpen {
			n++
		}
	}
	return n
}

// ByDeadline puts those that wait first, the one that is due first before the others, and
// then those that have ended, the newest first.
func ByDeadline(all []Objection) {
	slices.SortStableFunc(all, func(a, b Objection) int {
		if open := a.State == ObjectionOpen; open != (b.State == ObjectionOpen) {
			if open {
				return -1
			}
			return 1
		} else if open {
			return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Seq, b.Seq))
		}
		return cmp.Or(cmp.Compare(b.Ended, a.Ended), cmp.Compare(b.Seq, a.Seq))
	})
}

func (o *Objections) apply(exam string, e *engine.Event, n int) {
	o.version = n
	if e.Kind == engine.ObjectionFiled {
		o.all = append(o.all, Objection{
			Exam: exam, Seq: len(o.all) + 1, N: n, Candidate: e.Number, Kind: e.Act, Q: e.Q, Item: e.Item,
			Filed: e.At, Due: e.To, Words: e.Text, State: ObjectionOpen,
		})
		return
	}
	i, ok := slices.BinarySearchFunc(o.all, e.Ref, func(one Objection, n int) int { return cmp.Compare(one.N, n) })
	if !ok || o.all[i].State != ObjectionOpen && e.Kind != engine.ObjectionRedressed {
		return
	}
	one := &o.all[i]
	switch e.Kind {
	case engine.ObjectionRedressed:
		one.Redressed, one.RedressTo, one.RedressAt, one.RedressOp = e.Act, e.Sitting, e.At, e.Op
	case engine.ObjectionAssigned:
		one.Assigned = e.Text
	case engine.ObjectionWithdrawn:
		one.State, one.Ended = ObjectionWithdrawn, e.At
	case engine.ObjectionDecided:
		one.State, one.Ended, one.By, one.Answer = e.Why, e.At, e.By, e.Text
	}
}

// Refusals of what is filed or answered; the field says which.
const (
	fieldKind     = "objection_kind"     // the exam takes none of this kind
	fieldEarly    = "objection_early"    // not yet
	fieldLate     = "objection_late"     // not any more
	fieldAgain    = "objection_again"    // the same still waits, or was answered
	fieldMost     = "objection_most"     // so many are taken of one person
	fieldWords    = "objection_words"    // too long
	fieldItem     = "objection_item"     // no such item on the own form
	fieldState    = "objection_state"    // it does not wait any more
	fieldActed    = "objection_acted"    // who acted in the case does not answer
	fieldDecision = "objection_decision" // not one of ObjectionDecisions
	fieldAssigned = "objection_assigned" // to somebody who may not answer
)

// ObjectionApart refuses an answer to who acted in the case.
const ObjectionApart engine.Code = "objection_apart"

// taken finds the window in which an objection of the kind is taken now, or refuses.
func taken(openings []engine.ObjectionOpening, kind string, now engine.Instant) (engine.ObjectionOpening, error) {
	field := fieldKind
	for _, o := range openings {
		switch {
		case o.Kind != kind:
		case o.At(now):
			return o, nil
		case o.From == 0 || now < o.From:
			field = fieldEarly
		case field == fieldKind:
			field = fieldLate
		}
	}
	return engine.ObjectionOpening{}, refusal(engine.WrongState, field)
}

// resat is when a candidate was last let sit the exam again, as these own objections of
// theirs say; 0 if never.
func resat(own []Objection) (at engine.Instant) {
	for i := range own {
		if own[i].Redressed == engine.ActRepeat {
			at = max(at, own[i].RedressAt)
		}
	}
	return at
}

// same says whether e would be about the same once more: an item is objected to once, and
// all else again when the first was answered. Who sat again since has another form, where
// other items stand, and may have lost time anew.
func (o *Objection) same(e *engine.Event, resat engine.Instant) bool {
	switch {
	case o.State == ObjectionWithdrawn || o.Kind != e.Act:
		return false
	case engine.OfItem(o.Kind):
		return o.Item == e.Item
	}
	return o.State == ObjectionOpen && o.Filed >= resat
}

// file decides whether an objection is taken: e says what it is about, and by whom. The
// same candidate does not object to the same thing twice, unless the first was withdrawn.
func (o *Objections) file(p *engine.ObjectionPolicy, bases engine.ObjectionBases, e engine.Event, now engine.Instant) ([]engine.Event, error) {
	own := o.Of(e.Number)
	window, err := taken(p.Openings(bases), e.Act, now)
	if err != nil {
		return nil, err
	}
	again := resat(own)
	if slices.ContainsFunc(own, func(one Objection) bool { return one.same(&e, again) }) {
		return nil, refusal(engine.WrongState, fieldAgain)
	}
	if len(own) >= p.Most {
		return nil, refusal(engine.TooMuch, fieldMost)
	}
	e.Kind, e.At, e.By, e.To = engine.ObjectionFiled, now, "candidate", p.Due(now, window.Until)
	return []engine.Event{e}, nil
}

// step decides what becomes of an objection that waits; e says what, in whose name.
func (o *Objections) step(seq int, e engine.Event, now engine.Instant) ([]engine.Event, error) {
	one := o.Find(seq)
	switch {
	case one == nil || e.Kind == engine.ObjectionWithdrawn && one.Candidate != e.Number:
		return nil, engine.ErrAbsent
	case e.Kind == engine.ObjectionRedressed:
		if one.Redressed != "" {
			return nil, refusal(engine.WrongState, fieldRedressDone)
		}
		if one.State != ObjectionUpheld && one.State != ObjectionPartly {
			return nil, refusal(engine.WrongState, fieldRedressState)
		}
	case one.State != ObjectionOpen:
		return nil, refusal(engine.WrongState, fieldState)
	case e.Kind == engine.ObjectionDecided && !slices.Contains(ObjectionDecisions, e.Why):
		return nil, refusal(engine.BadFrame, fieldDecision)
	}
	e.At, e.Ref = now, one.N
	if e.Kind == engine.ObjectionDecided {
		e.Number = one.Candidate
	}
	return []engine.Event{e}, nil
}

// wordsFit refuses words that are none, or too many characters.
func wordsFit(words string, most int) error {
	switch n := len([]rune(strings.TrimSpace(words))); {
	case n == 0:
		return refusal(engine.NeedsReason, "words")
	case n > most:
		return refusal(engine.TooMuch, fieldWords)
	}
	return nil
}
