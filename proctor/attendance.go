package proctor

import "terang/engine"

// Class is what became of somebody who was expected at a sitting. Everybody is in exactly
// one; see ClassOf.
type Class string

// The classes. The names are part of closed minutes: they never change.
const (
	NoShow           Class = "no_show"              // never came to check-in
	AwayLate         Class = "late"                 // turned away, as are the next
	AwayPapers       Class = "papers"               //
	AwayIdentity     Class = "identity"             //
	AwayDisqualified Class = "disqualified_at_door" //
	AwayWithdrew     Class = "withdrew"             //
	AwayOther        Class = "turned_away"          // for a reason that this version does not know

	NeverStarted       Class = "never_started"       // checked in, and the clock never ran
	FinishedSelf       Class = "finished_self"       //
	FinishedDeadline   Class = "finished_deadline"   //
	FinishedSupervisor Class = "finished_supervisor" //
	OutDisqualified    Class = "disqualified"        // after check-in
	Unfinished         Class = "continued"           // began and is not over: where the sitting has ended, continued another day
)

// AbsentClasses and PresentClasses are all classes, in the order in which minutes list
// them: who did not take a seat, and who did.
var (
	AbsentClasses  = []Class{NoShow, AwayLate, AwayPapers, AwayIdentity, AwayDisqualified, AwayWithdrew, AwayOther}
	PresentClasses = []Class{NeverStarted, FinishedSelf, FinishedDeadline, FinishedSupervisor, OutDisqualified, Unfinished}
)

// awayClasses are the classes by the code with which somebody was turned away.
var awayClasses = map[string]Class{
	"late": AwayLate, "papers": AwayPapers, "identity": AwayIdentity, "disqualified": AwayDisqualified, "withdrew": AwayWithdrew,
}

// Absent says whether the class is one of those who took no seat.
func (c Class) Absent() bool {
	for _, a := range AbsentClasses {
		if a == c {
			return true
		}
	}
	return false
}

// ClassOf says what became of an attempt. It is a function of what stands now: somebody
// who was turned away and came back counts as present, a reopened attempt as unfinished.
func ClassOf(a *engine.Attempt) Class {
	switch {
	case a.State == engine.DisqualifiedNow && (a.PresentAt == 0 || a.Away != ""):
		return AwayDisqualified
	case a.State == engine.DisqualifiedNow:
		return OutDisqualified
	case a.State == engine.Assigned && a.Away != "":
		if c, known := awayClasses[a.Away]; known {
			return c
		}
		return AwayOther
	case (a.State == engine.Assigned || a.State == engine.Done) && a.PresentAt == 0:
		return NoShow // also to go on with what was begun at another sitting
	case a.State == engine.Assigned:
		return AwayOther // sent back from a seat, and nobody said why
	case a.State == engine.Done && a.FinishWhy == "self":
		return FinishedSelf
	case a.State == engine.Done && a.FinishWhy == "deadline":
		return FinishedDeadline
	case a.State == engine.Done:
		return FinishedSupervisor
	case a.Ledger.From == 0:
		return NeverStarted
	}
	return Unfinished
}

// ClassCount is how many are in a class, and who.
type ClassCount struct {
	Class   Class    `json:"class"`
	Count   int      `json:"count"`
	Numbers []string `json:"numbers"`
}

// Attendance is who was expected, by class. Registered = Absent + Present, and each is the
// sum of its classes, because every person is added to one class only.
type Attendance struct {
	Registered int          `json:"registered"`
	Absent     int          `json:"absent"`
	Present    int          `json:"present"`
	Classes    []ClassCount `json:"classes"` // all of them, in order
}

// NewAttendance has every class, empty.
func NewAttendance() Attendance {
	var t Attendance
	for _, list := range [][]Class{AbsentClasses, PresentClasses} {
		for _, c := range list {
			t.Classes = append(t.Classes, ClassCount{Class: c, Numbers: []string{}})
		}
	}
	return t
}

// Add counts a person.
func (t *Attendance) Add(c Class, number string) {
	for i := range t.Classes {
		if t.Classes[i].Class != c {
			continue
		}
		t.Classes[i].Count++
		t.Classes[i].Numbers = append(t.Classes[i].Numbers, number)
		if t.Registered++; c.Absent() {
			t.Absent++
		} else {
			t.Present++
		}
	}
}

// Of is how many are in a class.
func (t *Attendance) Of(c Class) int {
	for i := range t.Classes {
		if t.Classes[i].Class == c {
			return t.Classes[i].Count
		}
	}
	return 0
}
