package proctor

import (
	"slices"
	"strings"

	"terang/engine"
)

// Requirement is what whoever is recorded to have acted had to be allowed, as far as the
// event says it: the rights of which any was enough, where, and whether it took two people.
type Requirement struct {
	Rights []string
	Second []string // that the second person needed, where it is not the same
	Where  ActPlace
	Name   string // of the act, as an exam's two_person has it; "" for what no exam lets two people do
	Two    bool   // it takes two people whatever the exam says
}

// ActPlace is how much of an exam a right has to cover for an act.
type ActPlace int

// The places.
const (
	AtSitting ActPlace = iota // where it was done
	WholeExam                 // all of the exam
	Somewhere                 // any place of the exam: the event does not say which
)

// officePairs are the rights of acts of two people that are of no single sitting, by the
// names under which they are proposed.
var officePairs = map[string][]string{
	engine.ActRoster: {ActRoster}, engine.ActAnnul: {ActResultAnnul}, engine.ActFreeze: {ActResultFreeze}, engine.ActUnfreeze: {ActResultFreeze},
	engine.ActPublish: {ActResultRelease}, engine.ActReveal: {ActResultRelease}, engine.ActSheet: {ActResultRelease}, engine.ActCriteria: {ActCriteria},
	engine.ActPlaces: {ActExam}, engine.ActHandOver: {ActExam}, engine.ActTakeBack: {ActExam}, engine.ActRepeat: {ActObjectionRedress}, engine.ActPackOpen: {ActPackOpen}, engine.ActPackVoid: {ActPackVoid},
	engine.ActSignMinutes: {ActSign, ActMinutes},
}

// roomKinds are events that an act of the room comes to, under the act's own right, beside
// those that actNames give the same name.
var roomKinds = []engine.Kind{
	engine.CheckinOpened, engine.CheckinClosed, engine.SittingStarted, engine.SittingPaused, engine.SittingResumed, engine.SittingPostponed, engine.PlaceLifted,
	engine.PlaceKept, engine.SittingEnded, engine.SeatMarked, engine.CheckedIn, engine.TurnedAway, engine.Unlocked, engine.Paused, engine.Resumed, engine.TimeGiven,
	engine.GapCredited, engine.CreditRefused, engine.HeldDecided, engine.CreditReversed, engine.DeviceMoved, engine.Released, engine.Messaged, engine.Left,
	engine.Returned, engine.DoubtRaised, engine.DoubtDecided, engine.Finished, engine.Reopened, engine.Adjusted,
}

// required are the others.
var required = map[engine.Kind]Requirement{
	engine.SeatGiven:    {Rights: []string{engine.ActCheckin}, Name: engine.ActCheckin},
	engine.SeatsSealed:  {Rights: []string{engine.ActCheckin}, Name: engine.ActCheckin},
	engine.Photographed: {Rights: []string{engine.ActCheckin}},
	// An identity that was doubted and is upheld disqualifies, by two.
	engine.Disqualified:     {Rights: []string{engine.ActDisqualify, engine.ActDecideDoubt}, Name: engine.ActDisqualify},
	engine.FlagDecided:      {Rights: []string{engine.ActDecideFlag, engine.ActPassFlag}},
	engine.IncidentNoted:    {Rights: []string{ActNote}},
	engine.MinutesClosed:    {Rights: []string{ActMinutes}},
	engine.MinutesSigned:    {Rights: []string{ActMinutes}, Second: []string{ActSign}, Two: true},
	engine.MinutesWitnessed: {Rights: []string{ActSign}},
	engine.SittingClosed:    {Rights: []string{ActMinutes, ActSign, engine.ActClose}},
	// Who sends somebody elsewhere may be of either room, or of the office.
	engine.Transferred:      {Rights: []string{engine.ActTransfer, ActObjectionRedress, ActRoster, ActExam}, Where: Somewhere},
	engine.Continued:        {Rights: []string{engine.ActContinue, ActObjectionRedress}, Where: Somewhere},
	engine.Resat:            {Rights: []string{ActObjectionRedress}, Where: WholeExam, Two: true},
	engine.SittingChanged:   {Rights: []string{engine.ActTransfer, engine.ActContinue, ActRoster, ActExam, ActObjectionRedress}, Where: Somewhere},
	engine.SittingPlanned:   {Rights: []string{ActExam, ActObjectionRedress}, Where: WholeExam},
	engine.SittingCancelled: {Rights: []string{ActExam}, Where: WholeExam},
	engine.HandedOver:       {Rights: []string{ActExam}, Where: WholeExam, Two: true},
	engine.TakenBack:        {Rights: []string{ActExam}, Where: WholeExam, Two: true},
	engine.SiteCollected:    {Rights: []string{ActExam}, Where: WholeExam},
	engine.SiteRefused:      {Rights: []string{ActExam}, Where: WholeExam},
	engine.PlacesChanged:    {Rights: []string{ActExam, ActObjectionRedress}, Where: WholeExam, Name: engine.ActPlaces},

	engine.ExamDefined:      {Rights: []string{ActExam}, Where: WholeExam},
	engine.RuleSetFixed:     {Rights: []string{ActExam}, Where: WholeExam},
	engine.PlanMade:         {Rights: []string{ActExam, ActPlan}, Where: WholeExam},
	engine.SeedCommitted:    {Rights: []string{ActExam, ActPlan}, Where: WholeExam},
	engine.RosterLoaded:     {Rights: []string{ActRoster, ActExam}, Where: WholeExam, Name: engine.ActRoster},
	engine.RosterFrozen:     {Rights: []string{ActRoster}, Where: WholeExam},
	engine.PhotosLoaded:     {Rights: []string{ActRoster}, Where: WholeExam},
	engine.FormationsLoaded: {Rights: []string{ActFormations, ActCriteria, ActRoster}, Where: WholeExam},

	engine.CriteriaPublished: {Rights: []string{ActCriteria}, Where: WholeExam, Two: true},
	engine.ItemAnnulled:      {Rights: []string{ActResultAnnul}, Where: WholeExam, Two: true},
	engine.ResultsFrozen:     {Rights: []string{ActResultFreeze}, Where: WholeExam, Two: true},
	engine.ResultsUnfrozen:   {Rights: []string{ActResultFreeze}, Where: WholeExam, Two: true},
	engine.ResultsReleased:   {Rights: []string{ActResultRelease}, Where: WholeExam, Two: true},
	engine.SeedRevealed:      {Rights: []string{ActResultRelease}, Where: WholeExam, Two: true},
	engine.SheetReleased:     {Rights: []string{ActResultRelease}, Where: WholeExam, Two: true},
	engine.ResultsCodeIssued: {Rights: []string{ActResultCode}, Where: Somewhere},

	engine.ObjectionAssigned:  {Rights: []string{ActObjectionAnswer}, Where: WholeExam},
	engine.ObjectionDecided:   {Rights: []string{ActObjectionAnswer}, Where: WholeExam},
	engine.ObjectionRedressed: {Rights: []string{ActObjectionRedress}, Where: WholeExam, Two: true},
}

// AlwaysTwo says whether a kind of event is of an act that no policy leaves to one person,
// whoever did it. Of acts of the room the event says more: see RequiredBy.
func AlwaysTwo(k engine.Kind) bool { return required[k].Two }

// RequiredBy says what an event of an exam's streams took of who acted; ok is false of what
// is nobody's privileged act, or was refused. A stream is named because an attempt only
// follows what was done to its sitting.
func RequiredBy(stream string, e *engine.Event) (r Requirement, ok bool) {
	attempt := strings.HasPrefix(stream, engine.AttemptStream)
	if !staffActed(e, attempt) {
		return r, false
	}
	switch e.Kind {
	case engine.Proposed, engine.Approved, engine.Refused:
		return requiredStep(stream, e.Act)
	case engine.SeatGiven:
		if e.On {
			return Requirement{Rights: []string{engine.ActMove}, Name: engine.ActMove}, true
		}
	}
	if slices.Contains(roomKinds, e.Kind) {
		act := actNames[e.Kind]
		return Requirement{Rights: []string{act}, Name: act, Two: e.Kind == engine.Adjusted || e.Kind == engine.DoubtDecided && e.Why == engine.Upheld}, true
	}
	r, ok = required[e.Kind]
	return r, ok
}

// requiredStep is what a step of an act of two people took.
func requiredStep(stream, act string) (Requirement, bool) {
	if rights := officePairs[act]; rights != nil {
		where := WholeExam
		if strings.HasPrefix(stream, engine.SittingStream) {
			where = AtSitting
		}
		return Requirement{Rights: rights, Where: where}, true
	}
	if _, known := rules[act]; known {
		return Requirement{Rights: []string{act}}, true
	}
	return Requirement{}, false
}
