package scoring

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"terang/engine"
)

// Exam is what the boards of one exam are made from: plain data that the caller has
// read from definition, roster and archive.
type Exam struct {
	Code         string
	Title        string
	Rehearsal    bool       // nothing on these boards is anybody's result, and they say so
	Epoch        engine.Pos // position of the event that last changed the rules of the boards
	Rules        *RuleSet
	Key          Key
	Policy       engine.Policy
	FormSections []engine.Section // of every form; nil: the rule set's, in its order
	Sites        []Named
	Sittings     []SittingName
	Formations   []Named
	Entrants     []Entrant
	Annulled     *Annulled // nil: no item is
	Rescored     Rescored  // what the boards say of it
	Deciding     *Deciding // the list that was released; nil: none was
}

// Rescored says that results were made anew after items were annulled. The zero value
// says that they never were. Which items they were is nobody's business before they are
// out of use.
type Rescored struct {
	Version int // how many annulments there are
	Why     string
	At      engine.Instant
}

// Named is a code and what people call it.
type Named struct{ Code, Title string }

// SittingName is a sitting's code (without the exam), its title and its site's code.
type SittingName struct {
	Code, Title, Site string

	Cancelled bool // nobody sits there: boards are final without it
}

// Entrant is who may appear on the boards. Need and Post decide thresholds, and go no
// further.
type Entrant struct {
	Attempt   string // id of the stream, without "attempt/"
	Number    string // participant number, unique in the exam
	Name      string
	Site      string
	Sitting   string // code without the exam
	Formation string // may be empty: no formation board
	Need      string
	Post      Scores  // minima that the post sets for itself, nil for most
	Given     []Place // annulled items on the form
}

// Place is where an annulled item stands on a form.
type Place struct {
	Item int // index in Annulled
	Q    int // position from 1
}

// Kinds of board.
const (
	KindExam      = "exam"
	KindSite      = "site"
	KindSitting   = "sitting"
	KindFormation = "formation"
)

// seat is one entrant on the boards.
type seat struct {
	number    string // as shown
	plain     string // as compared
	name      string // as shown
	sitting   *sitting
	formation string
	unlisted  bool // the formation has no board
	card      Card
	bar       *Bar
	face      Face       // folded
	changed   engine.Pos // of the last event that changed the face or the place of the row
	dirty     bool       // changed since the last tick
	boards    []*board
	listed    *listed // on the list that stands, nil if it is not on one

	shown  row  // as the last tick published it
	coming *row // during a tick: what it will publish
}

// latest is the row during a tick, before it is published.
func (s *seat) latest() *row {
	if s.coming != nil {
		return s.coming
	}
	return &s.shown
}

// sitting is what boards need of a sitting's stream.
type sitting struct {
	SittingName
	closed bool
	seats  []int32
}

func named(list []Named, code string) string {
	for _, n := range list {
		if n.Code == code {
			return n.Title
		}
	}
	return code
}

// check refuses an exam whose boards would be wrong in silence.
func (x *Exam) check() error {
	var faults []error
	numbers, attempts := make(map[string]bool), make(map[string]bool)
	for _, e := range x.Entrants {
		plain := PlainNumber(e.Number)
		if plain == "" || numbers[plain] || e.Attempt == "" || attempts[e.Attempt] {
			faults = append(faults, fmt.Errorf("entrant %q, attempt %q: number or attempt is empty or stands twice", e.Number, e.Attempt))
		}
		if e.Sitting == "" || e.Site == "" {
			faults = append(faults, fmt.Errorf("entrant %q: site and sitting are needed", e.Number))
		}
		numbers[plain], attempts[e.Attempt] = true, true
	}
	if x.Code == "" || strings.Contains(x.Code, ".") {
		faults = append(faults, fmt.Errorf("exam code %q: use a-z 0-9 -", x.Code))
	}
	return errors.Join(faults...)
}

// bars resolves the thresholds of each entrant; entrants of one need share one bar.
func (x *Exam) bars() ([]*Bar, error) {
	shared := make(map[string]*Bar)
	out := make([]*Bar, len(x.Entrants))
	for i, e := range x.Entrants {
		if b := shared[e.Need]; b != nil && e.Post == nil {
			out[i] = b
			continue
		}
		b, err := x.Rules.Bar(e.Need, e.Post)
		if err != nil {
			return nil, fmt.Errorf("entrant %q: %w", e.Number, err)
		}
		out[i] = b
		if e.Post == nil {
			shared[e.Need] = b
		}
	}
	return out, nil
}

// open is the bar by which everybody is told of an entrant: the general need's, whatever
// was applied for, with the minima that the post sets for itself. Rules that know no general
// need have one for all, or tell needs apart.
func (x *Exam) open(e *Entrant, own *Bar) *Bar {
	for _, post := range []Scores{nil, e.Post} {
		if b, err := x.Rules.Bar(needGeneral, post); err == nil {
			return b
		}
	}
	return own
}

// Needs that decide which formations have boards.
const (
	needGeneral    = "general"
	needDisability = "disability"
)

// unlisted says of which needs formations have no board before the results are
// announced. One of the need disability would say of everybody on it what is health data.
// So would their absence, if everybody else stood on some formation's board: where anybody
// has that need, only those of the general need have boards, and who is on none may have
// any of the others.
func (x *Exam) unlisted() func(need string) bool {
	if !slices.ContainsFunc(x.Entrants, func(e Entrant) bool { return e.Need == needDisability }) {
		return func(string) bool { return false }
	}
	return func(need string) bool { return need != needGeneral }
}

// seats makes the seats in order of number, which is the display order of equals.
func (x *Exam) seats(m *Marking) ([]seat, []Entrant, error) {
	x.Entrants = slices.Clone(x.Entrants)
	slices.SortFunc(x.Entrants, func(a, b Entrant) int { return cmp.Compare(PlainNumber(a.Number), PlainNumber(b.Number)) })
	bars, err := x.bars()
	if err != nil {
		return nil, nil, err
	}
	plain := make([]string, len(x.Entrants))
	for i, e := range x.Entrants {
		plain[i] = PlainNumber(e.Number)
	}
	length := tailLength(plain)
	unlisted := x.unlisted()
	seats := make([]seat, len(x.Entrants))
	for i, e := range x.Entrants {
		s := seat{
			number: e.Number, plain: plain[i], bar: bars[i], card: NewCard(m, bars[i]), formation: e.Formation,
			unlisted: unlisted(e.Need), changed: x.Epoch,
		}
		s.card.open = x.open(&e, bars[i])
		s.card.give(e.Given)
		switch x.Policy.Names {
		case NamesFull:
			s.name = e.Name
		case NamesMasked:
			s.name = MaskName(e.Name)
		case NamesMaskedNumber:
			s.number = maskMark + tail(plain[i], length)
		}
		seats[i] = s
	}
	return seats, x.Entrants, nil
}
