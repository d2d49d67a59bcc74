package engine

import "time"

// Acts of a candidate's device and of the node itself.
const (
	ActSignIn   = "signin"
	ActSignOut  = "signout"
	ActConfirm  = "confirm"
	ActHello    = "hello"
	ActAnswer   = "answer"
	ActMark     = "mark"
	ActLook     = "look"
	ActSelfEnd  = "self_finish"
	ActDeadline = "deadline" // the deadline's timer
	ActSilent   = "silent"   // no contact for a while
	ActFollow   = "follow"   // take over what the sitting's stream says
	ActGapLimit = "gap_limit"
	ActView     = "view"      // decides nothing: reads committed state
	ActBlocked  = "blocked"   // the journal could not store for a while
	ActBreakEnd = "break_end" // a granted break has used up its time
)

// Acts of staff, as named in the staff API.
const (
	ActOpenCheckin  = "open_checkin"
	ActCloseCheckin = "close_checkin"
	ActCheckin      = "checkin"
	ActTurnAway     = "turn_away"
	ActUnlock       = "unlock"
	ActStart        = "start"
	ActPause        = "pause"
	ActResume       = "resume"
	ActCredit       = "credit"
	ActReverse      = "reverse"
	ActDecideCredit = "decide_credit"
	ActMove         = "move"
	ActRelease      = "release"
	ActMessage      = "message"
	ActLeave        = "leave"
	ActReturn       = "return"
	ActDoubt        = "doubt"
	ActDecideDoubt  = "decide_doubt"
	ActPostpone     = "postpone"
	ActCancel       = "cancel"     // how an audit calls it that a sitting is not held; a part of ActPlaces
	ActLiftPlace    = "lift_place" // a sitting's candidates may sign in at any computer: the room has moved
	ActKeepPlace    = "keep_place" // and no longer
	ActFinish       = "finish"
	ActDisqualify   = "disqualify"
	ActReopen       = "reopen"
	ActClose        = "close"
	ActTransfer     = "transfer"    // to another sitting, before its start
	ActContinue     = "continue"    // to another sitting, after the start
	ActRepeat       = "repeat"      // after an objection that was upheld: all of it again at another sitting. Always two
	ActMarkSeat     = "mark_seat"   // a computer that cannot be used, or can again
	ActDecideFlag   = "decide_flag" // what staff make of an advisory signal
	ActPassFlag     = "pass_flag"   // an advisory signal to the committee: always two
	ActAdjust       = "adjust"      // accommodations of a candidate, before the start
	ActPhoto        = "photo"       // a picture was taken at check-in
)

// Command is what somebody wants of an attempt. At is the instant at which its frame
// was read, or its request came in: that instant decides, not the one of the commit.
type Command struct {
	Act string
	At  Instant
	By  string // "candidate", "engine" or a staff account
	Two string
	Op  string // UUID, lower case; may be empty for acts of the node itself

	Q  int
	C  string
	On bool
	MS int64

	Device  string
	Gen     int // generation of the connection that speaks; 0 where none does
	Have    int // of a hello: newest version that the page has seen in a welcome or an acknowledgement, by its own word
	Node    string
	Session string
	Since   Instant // last contact that the node knows of, 0 if none
	Limit   Instant // of a server's own gap: when it ends at the latest

	Sitting string // EXAM.SITTING whose desk asks, "" for none; of a move and a repeat: where the attempt goes
	From    string // where the desk saw the attempt; of a move and a repeat: what it leaves
	Seat    string
	Seen    string // of a repeat: hash of the items that the next form leaves out
	Number  string
	Pin     string
	Paper   string // of a check-in: what the identity was confirmed against
	Form    string // of an adjustment: Adjustment.String
	Was     string // of an adjustment: Adjustment.Words of what it was decided over, "" if nobody says
	Why     string
	Text    string
	Ref     int
}

// Terms are the conditions under which an attempt is decided: what its exam, its
// sitting and its candidate have been given. They are data, read by whoever decides.
type Terms struct {
	Policy  Policy
	Length  time.Duration
	Extra   time.Duration
	Number  string
	Plan    string // archive hash
	Seed    string // SHA-256 of the seed
	Seen    string // SHA-256 of the list of items seen earlier, "" if none
	Form    *Form
	Sitting *Sitting
	// Expected is EXAM.SITTING by the roster: where an attempt belongs before its first
	// check-in. "" decides nothing.
	Expected string
}

// Times that are the same in every exam, because pages and nodes rely on them.
const (
	BeatEvery     = 2 * time.Second        // a page's beat, a node's liveness
	DownAfter     = 5 * time.Second        // without a frame a page calls itself offline
	SilentAfter   = 15 * time.Second       // and the journal calls it silent
	GapLimitAfter = 30 * time.Second       // after the retry delay that was given, a server's gap ends
	StartAhead    = 2 * time.Second        // how far ahead a sitting's start is set
	StepMost      = 250 * time.Millisecond // a clock that was set by more is an incident
	RetryFrom     = 200 * time.Millisecond
	RetryTo       = 4 * time.Second
)
