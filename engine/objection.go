package engine

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Kinds of objections that a candidate may file in the masa sanggah.
const (
	ObjectItem  = "item"  // an item cannot be answered, or has several right answers
	ObjectKey   = "key"   // the key of an item is wrong
	ObjectTime  = "time"  // time was lost, or not given back
	ObjectStaff = "staff" // what a member of staff did
	ObjectData  = "data"  // own personal data are wrong
)

// ObjectionKinds lists them, in the order of pages.
var ObjectionKinds = []string{ObjectItem, ObjectKey, ObjectTime, ObjectStaff, ObjectData}

// OfItem says whether an objection of the kind names an item.
func OfItem(kind string) bool { return kind == ObjectItem || kind == ObjectKey }

// What the hours of a window, and those of an answer, may be counted from.
const (
	FromSittingEnd = "sitting_end" // the own sitting has ended
	FromRelease    = "release"     // the newest release of the exam's results
	FromFiled      = "filed"       // the objection was filed
	FromClose      = "close"       // the window closes in which it was filed
)

// ObjectionPolicy says which objections an exam takes, and how they are answered. Nothing
// in it has a default: a period that decides about rights is written by the authority.
type ObjectionPolicy struct {
	Windows     []ObjectionWindow `json:"windows"`
	AnswerHours int               `json:"answer_hours"` // until an answer is due, 1 to 8760
	AnswerFrom  string            `json:"answer_from"`  // what these are counted from: FromFiled or FromClose
	Most        int               `json:"most"`         // objections of one candidate, withdrawn ones included; 1 to 100
	Words       int               `json:"words"`        // characters of an objection at most, 100 to 10000
}

// ObjectionWindow is when objections of some kinds are taken, by the server's clock.
type ObjectionWindow struct {
	Kinds []string `json:"kinds"`           // of ObjectionKinds
	From  string   `json:"from"`            // FromSittingEnd, FromRelease, or an instant as RFC 3339 with its offset
	Hours int      `json:"hours,omitempty"` // how long, 1 to 8760
	Until string   `json:"until,omitempty"` // instead of hours: the instant at which it closes
}

const mostHours = 8760

func (p *ObjectionPolicy) faults() (faults []error) {
	if p == nil {
		return nil
	}
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	between := func(what string, n, least, most int) {
		if n < least || n > most {
			fault("%s is %d: use %d to %d", what, n, least, most)
		}
	}
	if len(p.Windows) == 0 {
		fault("no windows: say when which kinds are taken, or leave objections out")
	}
	for i := range p.Windows {
		for _, err := range p.Windows[i].faults() {
			fault("window %d: %w", i+1, err)
		}
	}
	between("answer_hours", p.AnswerHours, 1, mostHours)
	between("most", p.Most, 1, 100)
	between("words", p.Words, 100, 10_000)
	if p.AnswerFrom != FromFiled && p.AnswerFrom != FromClose {
		fault("answer_from is %q: use %s or %s", p.AnswerFrom, FromFiled, FromClose)
	}
	return faults
}

func (w *ObjectionWindow) faults() (faults []error) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if len(w.Kinds) == 0 {
		fault("no kinds: name some of %v", ObjectionKinds)
	}
	for i, k := range w.Kinds {
		if !slices.Contains(ObjectionKinds, k) {
			fault("kind %q: use some of %v", k, ObjectionKinds)
		} else if slices.Contains(w.Kinds[:i], k) {
			fault("kind %s stands twice", k)
		}
	}
	from, err := w.begins(ObjectionBases{})
	switch {
	case errors.Is(err, errNoBasis):
	case err != nil:
		fault("from %q: use %s, %s, or an instant with its offset such as 2026-12-01T08:00:00+07:00", w.From, FromSittingEnd, FromRelease)
	}
	switch {
	case w.Until == "" && (w.Hours < 1 || w.Hours > mostHours):
		fault("hours is %d: use 1 to %d, or say with until when it closes", w.Hours, mostHours)
	case w.Until != "" && w.Hours != 0:
		fault("hours and until: use one of the two")
	case w.Until != "":
		until, err := instantOf(w.Until)
		if err != nil {
			fault("until %q: write an instant with its offset such as 2026-12-03T16:00:00+07:00", w.Until)
		} else if from != 0 && until <= from {
			fault("until %s is not after from %s", w.Until, w.From)
		}
	}
	return faults
}

// ObjectionBases are the instants that windows are counted from; 0 has not come.
type ObjectionBases struct {
	SittingEnd Instant // of the candidate's own sitting
	Released   Instant
}

var errNoBasis = errors.New("has not come")

func (w *ObjectionWindow) begins(b ObjectionBases) (from Instant, err error) {
	switch w.From {
	case FromSittingEnd:
		from = b.SittingEnd
	case FromRelease:
		from = b.Released
	default:
		return instantOf(w.From)
	}
	if from == 0 {
		err = errNoBasis
	}
	return from, err
}

func instantOf(text string) (Instant, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, fmt.Errorf("read the instant %q: %w", text, err)
	}
	return InstantOf(t), nil
}

// ObjectionOpening is a window of one kind with its instants. Both are 0 while what it is
// counted from has not come.
type ObjectionOpening struct {
	Kind        string
	Basis       string  // FromSittingEnd, FromRelease, or "" for fixed instants
	Hours       int     // from the basis; 0: until an instant
	From, Until Instant // Until excluded
}

// At says whether objections are taken at an instant.
func (o *ObjectionOpening) At(now Instant) bool { return o.From != 0 && now >= o.From && now < o.Until }

// Openings are the windows kind by kind, in the order of ObjectionKinds.
func (p *ObjectionPolicy) Openings(b ObjectionBases) (all []ObjectionOpening) {
	if p == nil {
		return nil
	}
	for _, kind := range ObjectionKinds {
		for i := range p.Windows {
			w := &p.Windows[i]
			if !slices.Contains(w.Kinds, kind) {
				continue
			}
			o := ObjectionOpening{Kind: kind, Hours: w.Hours}
			if w.From == FromSittingEnd || w.From == FromRelease {
				o.Basis = w.From
			}
			until, _ := instantOf(w.Until) // checked when the exam was created
			if from, err := w.begins(b); err == nil {
				o.From = from
				if o.Until = until; w.Hours > 0 {
					o.Until = from.Add(time.Duration(w.Hours) * time.Hour)
				}
			}
			all = append(all, o)
		}
	}
	return all
}

// Due is when an objection has to be answered that is filed now, in a window that closes.
func (p *ObjectionPolicy) Due(now, closes Instant) Instant {
	from := now
	if p.AnswerFrom == FromClose {
		from = closes
	}
	return from.Add(time.Duration(p.AnswerHours) * time.Hour)
}
