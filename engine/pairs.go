package engine

import "maps"

// Pairs fold the acts of one stream that take two people: Proposed, then Approved or
// Refused by another person or Expired, then Performed. Between Approved and Performed a
// process may have died: what stands there is done by whoever looks next.
type Pairs struct {
	Open     map[int]Event  // what waits for another person, by the version of its Proposed
	Approved map[int]Agreed // what is approved and not yet known to be done, by the same
	Asked    map[string]int // every operation that was ever proposed, and where
}

// Agreed is an act that two people have agreed to.
type Agreed struct {
	Proposed, Approved Event
}

// Apply moves the fold by the event that is version n of the stream.
func (p *Pairs) Apply(e *Event, n int) {
	switch e.Kind {
	case Proposed:
		if p.Open == nil {
			p.Open = make(map[int]Event)
		}
		if p.Asked == nil {
			p.Asked = make(map[string]int)
		}
		p.Open[n], p.Asked[e.Op] = *e, n
	case Approved:
		if asked, ok := p.Open[e.Ref]; ok {
			if p.Approved == nil {
				p.Approved = make(map[int]Agreed)
			}
			p.Approved[e.Ref] = Agreed{Proposed: asked, Approved: *e}
		}
		delete(p.Open, e.Ref)
	case Refused, Expired:
		delete(p.Open, e.Ref)
	case Performed:
		delete(p.Approved, e.Ref)
	}
}

// IsStep says whether an event is a step towards an act of two people, and not yet the act.
func IsStep(k Kind) bool {
	switch k {
	case Proposed, Approved, Refused, Expired, Denied, Performed:
		return true
	}
	return false
}

// Clone is a copy that is not changed any more.
func (p Pairs) Clone() Pairs {
	return Pairs{Open: maps.Clone(p.Open), Approved: maps.Clone(p.Approved), Asked: maps.Clone(p.Asked)}
}

// Acts that concern no single sitting, and may take two people all the same.
const (
	ActPackOpen = "pack_open"       // open a sealed pack of items
	ActPackVoid = "pack_void"       // void a pack and put its spare in its place: always two
	ActAnnul    = "annul"           // annul an item, or a result
	ActFreeze   = "freeze"          // fix the results
	ActPublish  = "release_results" // publish the results; ActRelease lets a device go
	ActUnfreeze = "unfreeze"        // let results change again
	ActReveal   = "reveal_seed"     // publish the seed that forms were drawn by; always two
	ActRoster   = "roster"          // change who is expected
	ActGrant    = "grant"           // give an account a right
	ActReset    = "reset"           // give an account a new password
	ActSheet    = "sheet"           // release a sheet of marks of the second stage; always two
	ActCriteria = "criteria"        // publish formations, criteria or the calendar of an exam; always two
	ActPlaces   = "places"          // change sites, rooms and sittings of an exam
	ActHandOver = "hand_over"       // give a sitting to a site that holds it by itself: always two
	ActTakeBack = "take_back"       // and take it back: always two
)

// TwoPersonActs are the names that an exam's two_person may hold: every act of the staff
// API, and those of an office.
var TwoPersonActs = []string{
	ActOpenCheckin, ActCloseCheckin, ActCheckin, ActTurnAway, ActUnlock, ActStart, ActPause, ActResume, ActCredit, ActReverse,
	ActDecideCredit, ActMove, ActRelease, ActMessage, ActLeave, ActReturn, ActDoubt, ActDecideDoubt, ActPostpone, ActLiftPlace, ActKeepPlace, ActFinish,
	ActDisqualify, ActReopen, ActClose, ActAdjust, ActPackOpen, ActAnnul, ActFreeze, ActPublish, ActUnfreeze, ActRoster, ActGrant, ActReset,
	ActTransfer, ActContinue, ActMarkSeat, ActDecideFlag, ActPassFlag, ActPlaces,
}
