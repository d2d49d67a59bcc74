package engine

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Reasons that the engine itself acts on, or writes.
const (
	WhyBreak         = "break"         // of a pause: a break that the candidate was granted
	WhyImpersonation = "impersonation" // of a disqualification: another person sat
	WhyNotSaid       = "not_said"      // of a pause or a move that somebody asked for without a reason
	Upheld           = "upheld"        // of a decision about a doubt: it is not the same person
)

// Bounds of an adjustment. Text sizes are the steps of the candidate's page: 0 small, 1 as
// usual, 4 twice as large.
const (
	AdjustMost = 10 * time.Hour
	SizeMost   = 4
)

// NothingGiven is the word for an adjustment that gives nothing, where an empty one would say
// nothing.
const NothingGiven = "none"

// Adjustment is all that a candidate is given and the others are not, for a reason that
// two people have accepted. It says nothing about why: reasons stay in the register.
type Adjustment struct {
	Extra     time.Duration // on top of the length; whole minutes
	Breaks    time.Duration // that the clock may stand in all, for breaks; whole minutes
	Size      int           // of the text, 0: not said
	Dark      bool          // high contrast
	Reader    bool          // version for screen readers: figures are described in words
	Assistant bool          // somebody sits beside the candidate
}

// String is the canonical form, as events carry it: words in alphabetical order. It is
// empty when nothing is given.
func (a Adjustment) String() string {
	var words []string
	add := func(on bool, word string) {
		if on {
			words = append(words, word)
		}
	}
	add(a.Assistant, "assistant")
	add(a.Breaks != 0, "breaks="+strconv.Itoa(int(a.Breaks/time.Minute)))
	add(a.Dark, "contrast=dark")
	add(a.Extra != 0, "extra="+strconv.Itoa(int(a.Extra/time.Minute)))
	add(a.Reader, "reader")
	add(a.Size != 0, "size="+strconv.Itoa(a.Size))
	return strings.Join(words, " ")
}

// Words is String, and NothingGiven where it is empty.
func (a Adjustment) Words() string { return cmp.Or(a.String(), NothingGiven) }

// ParseAdjustment reads words as String writes them, in any order. All that is wrong is
// in one error.
func ParseAdjustment(text string) (a Adjustment, err error) {
	var faults []error
	seen := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		key, value, _ := strings.Cut(word, "=")
		n, bad := strconv.Atoi(value)
		number := func(most int) bool { return bad == nil && n >= 1 && n <= most && value == strconv.Itoa(n) }
		ok := !seen[key]
		switch seen[key] = true; key {
		case "assistant", "reader":
			ok = ok && word == key
			a.Assistant, a.Reader = a.Assistant || key == "assistant", a.Reader || key == "reader"
		case "contrast":
			ok, a.Dark = ok && value == "dark", true
		case "extra":
			ok, a.Extra = ok && number(int(AdjustMost/time.Minute)), time.Duration(n)*time.Minute
		case "breaks":
			ok, a.Breaks = ok && number(int(AdjustMost/time.Minute)), time.Duration(n)*time.Minute
		case "size":
			ok, a.Size = ok && number(SizeMost), n
		default:
			ok = false
		}
		if !ok {
			faults = append(faults, fmt.Errorf("adjustment %.40q: use each once of extra=MINUTES breaks=MINUTES (1 to 600) size=1..4 contrast=dark reader assistant", word))
		}
	}
	if len(faults) > 0 {
		return Adjustment{}, errors.Join(faults...)
	}
	return a, nil
}

// Given is all that a candidate is given: by an act, or else as the roster says.
func (a *Attempt) Given(t *Terms) Adjustment {
	if a.Adjust != nil {
		return *a.Adjust
	}
	return Adjustment{Extra: t.Extra}
}

// Extra is the time on top of the length that a start gives.
func (a *Attempt) Extra(t *Terms) time.Duration { return a.Given(t).Extra }

// adjust records what a candidate is given, before the start, by two people. It takes the place
// of all that was given: what they have not seen they take from nobody.
func (d *decision) adjust(wrong error) error {
	a, c := d.a, d.c
	given, err := ParseAdjustment(c.Form)
	switch {
	case err != nil:
		return refuseField(BadFrame, "adjust")
	case c.Two == "" || c.Two == c.By:
		return refuseField(SecondPerson, "adjust")
	case a.Ledger.From != 0 || a.State.Over():
		return wrong // what is owed from here on is time: a credit
	case c.Was != "" && c.Was != a.Given(d.t).Words():
		return refuseField(WrongState, "adjust")
	}
	d.add(Event{Kind: Adjusted, Form: given.String(), Why: c.Why, Text: c.Text})
	return nil
}
