package evidence

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Report is what a verification found.
type Report struct {
	Exam   string
	Made   string // when the export was made
	Signer string // name of the key that signed it
	Own    bool   // that key came with the export: nobody else vouches for it
	Checks []Check

	Left []Check // what could not be checked, and why

	Noted []Difference // what differs from nothing, and somebody has to look at

	mu          sync.Mutex
	differences []Difference
	more        int
}

// Check is one part of a verification, in the order in which they are made.
type Check struct {
	Name string
	Done string // how much was checked, in words
}

// Difference is something that is not as it must be.
type Difference struct {
	Check string // in which part it was found
	Where string // stream, file or row
	What  string
}

func (d Difference) String() string { return d.Check + ": " + d.Where + ": " + d.What }

// differencesMost are kept; more are counted.
const differencesMost = 100

func (r *Report) add(check, where, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.differences) == differencesMost {
		r.more++
		return
	}
	r.differences = append(r.differences, Difference{check, where, fmt.Sprintf(format, args...)})
}

func (r *Report) did(name, format string, args ...any) {
	r.Checks = append(r.Checks, Check{name, fmt.Sprintf(format, args...)})
}

// left says that a part was not checked: an earlier program wrote the export without what it takes.
func (r *Report) left(name, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.ContainsFunc(r.Left, func(c Check) bool { return c.Name == name }) {
		r.Left = append(r.Left, Check{name, fmt.Sprintf(format, args...)})
	}
}

// note says of something that is as it was recorded that it asks for a reader.
func (r *Report) note(check, where, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Noted = append(r.Noted, Difference{check, where, fmt.Sprintf(format, args...)})
}

// Whole says whether nothing was left unchecked.
func (r *Report) Whole() bool { return len(r.Left) == 0 }

// Sound says whether nothing differs.
func (r *Report) Sound() bool { return len(r.differences) == 0 }

// First is the first difference. Asked of a sound report it is empty.
func (r *Report) First() Difference {
	if r.Sound() {
		return Difference{}
	}
	return r.differences[0]
}

// noted is what was noted, in the order of where it is.
func (r *Report) noted() []Difference {
	return slices.SortedStableFunc(slices.Values(r.Noted), func(a, b Difference) int { return cmp.Or(cmp.Compare(a.Check, b.Check), cmp.Compare(a.Where, b.Where)) })
}

// String is the report for people, the first difference first.
func (r *Report) String() string {
	var b strings.Builder
	if r.Exam == "" { // the manifest could not be opened
		b.WriteString("an export that nobody is known to have signed\n")
	} else {
		fmt.Fprintf(&b, "exam %s, export of %s, signed by %s\n", r.Exam, r.Made, r.Signer)
	}
	if r.Own && r.Exam != "" {
		b.WriteString("  the key that signed it came with it: give --vkey, as the authority published it, to know whose it is\n")
	}
	for _, c := range r.Checks {
		fmt.Fprintf(&b, "  %-10s %s\n", c.Name, c.Done)
	}
	for _, c := range r.Left {
		fmt.Fprintf(&b, "  %-10s TIDAK DIPERIKSA / NOT CHECKED: %s\n", c.Name, c.Done)
	}
	for _, n := range r.noted() {
		fmt.Fprintf(&b, "  %-10s PERHATIKAN / NOTE: %s: %s\n", n.Check, n.Where, n.What)
	}
	switch {
	case r.Sound() && !r.Whole():
		b.WriteString("COCOK SEJAUH DIPERIKSA / SOUND AS FAR AS IT WAS CHECKED: nothing differs, and not everything was there; an export that this program writes has it\n")
		return b.String()
	case r.Sound():
		b.WriteString("COCOK / SOUND: everything was computed again, and nothing differs\n")
		return b.String()
	}
	fmt.Fprintf(&b, "BERBEDA / DIFFERS: %d found, the first of them:\n  %s\n", len(r.differences)+r.more, r.differences[0])
	for _, d := range r.differences[1:min(len(r.differences), 20)] {
		fmt.Fprintf(&b, "  then %s\n", d)
	}
	return b.String()
}
