package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Kind names what happened. The names are part of the stored bytes: they never change.
type Kind string

// Events of an attempt's stream.
const (
	CheckedIn      Kind = "CheckedIn"      // Sitting, Seat, Pin (HMAC), Act: the paper that the identity was confirmed against; a later one voids the earlier PIN
	TurnedAway     Kind = "TurnedAway"     // Why: late, papers, identity, withdrew, disqualified
	Photographed   Kind = "Photographed"   // Text: SHA-256 of the picture that was taken at check-in; the register has the picture
	Adjusted       Kind = "Adjusted"       // before the start. Form: the whole Adjustment, none if empty; Why, Text; By and Two. A later one stands in its place
	Unlocked       Kind = "Unlocked"       // PIN limits lifted by a supervisor
	SignedIn       Kind = "SignedIn"       // Device, Session (SHA-256 of the cookie's secret), Seat (token or address of the computer)
	SignedOut      Kind = "SignedOut"      // by the candidate
	DeviceBound    Kind = "DeviceBound"    // Device, Gen, Node, Since (last contact known before it, 0 = never; the same as in the one before it where the page has not seen the welcome of that)
	Confirmed      Kind = "Confirmed"      // "this is me"
	Silent         Kind = "Silent"         // Since: last contact of a running attempt
	DoubtRaised    Kind = "DoubtRaised"    // Why, Text
	DoubtDecided   Kind = "DoubtDecided"   // Why: cleared or upheld; after upheld comes Disqualified
	Started        Kind = "Started"        // From, MS (length), Extra, Plan, Seed, Seen, Number, Form; Ref: the sitting's turn
	Answered       Kind = "Answered"       // Op, Q, C, Item, Option, MS; From: when its frame was read, if At is later
	Cleared        Kind = "Cleared"        // Op, Q, Item, MS
	Marked         Kind = "Marked"         // Op, Q, On
	Looked         Kind = "Looked"         // Q; MS = how many before it were dropped
	Paused         Kind = "Paused"         // From, Why; Ref: the sitting's turn, 0 if this attempt's alone; Extra: turns of the sitting up to this version are over for the attempt
	Resumed        Kind = "Resumed"        // To; Ref, Extra: as in Paused
	TimeGiven      Kind = "TimeGiven"      // MS (may be negative), Why, Text
	GapCredited    Kind = "GapCredited"    // From, To, Why: network, server, journal, late_ready; Ref: the CreditAsked it grants
	CreditAsked    Kind = "CreditAsked"    // From, To, Why
	CreditRefused  Kind = "CreditRefused"  // Ref
	CreditReversed Kind = "CreditReversed" // Ref: the TimeGiven or GapCredited it takes back
	DeviceMoved    Kind = "DeviceMoved"    // Seat
	Released       Kind = "Released"       // the device that holds the attempt no longer does
	Transferred    Kind = "Transferred"    // to another sitting before its start. Sitting: where it goes on, Act: where it was expected, both EXAM.SITTING; Why, Text
	Continued      Kind = "Continued"      // started, and goes on at another sitting: time left and answers stand. Sitting, Act, Why, Text: as in Transferred
	Resat          Kind = "Resat"          // what was sat does not count any more, and is sat again as a whole. Sitting, Act: as in Transferred; Seen: SHA-256 of the list of items that the next form leaves out, "" if no form was begun; Extra: sequence number of the objection that was upheld; Ref: the finish that no longer stands; Why, Text. By and Two
	Messaged       Kind = "Messaged"       // Text (SHA-256; the words are in the register)
	Held           Kind = "Held"           // Op, Q, C, Item, Option: came while a credit was open, not yet counted; without C and Option it takes an answer back. From: as in Answered
	HeldDecided    Kind = "HeldDecided"    // Ref: the Held, On: it counts; Why: newer, where a later answer to the same place counts already. Q, C, Item, Option: of the Held
	LateRefused    Kind = "LateRefused"    // Op, Q, C, Item, Option, From: as in Held; recorded, does not count
	Left           Kind = "Left"           // left the room with leave. Why, Text
	Returned       Kind = "Returned"       // MS: how long the candidate was out, On: longer than the policy allows. Why, Text
	Finished       Kind = "Finished"       // Why: self, deadline, supervisor; To: the deadline it enforces; Act: the supervisor's reason; Ref: the Finished it replaces
	Disqualified   Kind = "Disqualified"   // Why, Text
	Reopened       Kind = "Reopened"       // Why, Text; Extra: as in Paused
)

// Events of a sitting's stream.
const (
	SittingPlanned   Kind = "SittingPlanned"   // From (planned start), MS (length)
	CheckinOpened    Kind = "CheckinOpened"    //
	CheckinClosed    Kind = "CheckinClosed"    // Why: hour, where the clock closed it
	SeatsSealed      Kind = "SeatsSealed"      // Seed: SHA-256 of the secret that seats of this sitting are drawn by
	SeatGiven        Kind = "SeatGiven"        // Number, Seat, Act: drawn, roster or asked. Drawn: Q: which draw of the sitting it is, from 1, Form: the seats it was drawn from. Asked: Why, Text; On: who sat here already is moved
	SittingStarted   Kind = "SittingStarted"   // From
	SittingPaused    Kind = "SittingPaused"    // From, Why
	SittingResumed   Kind = "SittingResumed"   // To
	SittingPostponed Kind = "SittingPostponed" // From (new planned start), Why
	HandedOver       Kind = "HandedOver"       // from here on a site's own journal is the home of this stream and of its attempts', until SittingClosed or TakenBack. Op, Act: code of the site, Why, Text; By and Two
	TakenBack        Kind = "TakenBack"        // the centre's journal is their home again. Op, On: although a part was collected, which is all that counts; Why, Text; By and Two
	SittingCancelled Kind = "SittingCancelled" // it will not be held; nobody has been checked in. Why, Text
	PlaceLifted      Kind = "PlaceLifted"      // from here on candidates may sign in at any computer. Why, Text
	PlaceKept        Kind = "PlaceKept"        // from here on only where the exam's policy says again. Why, Text
	SettledTo        Kind = "SettledTo"        // To
	IncidentNoted    Kind = "IncidentNoted"    // Why, Text, Seat
	SeatMarked       Kind = "SeatMarked"       // Seat, On: it can be used; Why, Text. It holds for the room, in later sittings too
	Flagged          Kind = "Flagged"          // Act: the indicator (B1, F1, V1, R1, P1, J1); Number, Seat: of whom, if of one; Text: SHA-256 of the finding; Form: of the rules. By: engine
	FlagDecided      Kind = "FlagDecided"      // Ref: the Flagged; Act: seen, noted, no_matter or passed; Why, Text; passed has Two
	SittingEnded     Kind = "SittingEnded"     //
	SittingClosed    Kind = "SittingClosed"    // minutes signed
	MinutesClosed    Kind = "MinutesClosed"    // MS: version, Text: archive hash of its data, Extra: how many records it was made from, Why and Form (SHA-256 of the words): of a supplement
	MinutesSigned    Kind = "MinutesSigned"    // MS and Text: as in the MinutesClosed; Form: archive hash of the hand count, if there is one; Why: differs. By and Two
	MinutesWitnessed Kind = "MinutesWitnessed" // MS and Text: as in the MinutesClosed. By a witness
)

// Events of an exam's stream, of acts that need two people in any stream, and of staff. Of
// Approved, Refused, Expired and Performed, Act is that of the Proposed.
const (
	ExamDefined       Kind = "ExamDefined"       // Text: archive hash of the definition, On: it is a rehearsal
	PlanMade          Kind = "PlanMade"          // Plan: archive hash, Text: bank hash
	SeedCommitted     Kind = "SeedCommitted"     // Seed: SHA-256 of the seed
	RosterLoaded      Kind = "RosterLoaded"      // Text: SHA-256 of the canonical roster as it stands from here on, MS: how many are on it; Act: seats, if sittings were given by draw, with Seed and Plan: SHA-256 of what the draw was made from. The n-th is version n of the roster
	PhotosLoaded      Kind = "PhotosLoaded"      // Text: SHA-256 of the list of numbers with their photos' hashes, MS: how many; Two, if some took another's place after the freeze
	SittingChanged    Kind = "SittingChanged"    // people were given another sitting. Act: transfer, continue or repeat, and Number: of whom, of a repeat; Sitting: EXAM.SITTING that they go to; Text: SHA-256 of their canonical rows, MS: how many; Form: SHA-256 of the canonical roster as it stands from here on; Why. By and Two
	PlacesChanged     Kind = "PlacesChanged"     // sites, rooms or sittings. Op, Text: archive hash of the definition from here on, Why, Form: SHA-256 of the reason's words, Extra: how many people are told another place or hour; By, and Two where it takes two
	FormationsLoaded  Kind = "FormationsLoaded"  // Text: SHA-256 of the canonical formations, or archive hash of the table that published them, MS: how many; Form: SHA-256 of all canonical formations as they stand from here on
	CriteriaPublished Kind = "CriteriaPublished" // Op, Act: formations, criteria or calendar; MS: which version of it, from 1; Text: archive hash of its table, Extra: how many rows; Why: the roles of the two; Form: SHA-256 of the reason; By and Two
	RuleSetFixed      Kind = "RuleSetFixed"      // Act: its id, Text: archive hash of its bytes
	ItemAnnulled      Kind = "ItemAnnulled"      // Item, Act: policy, Why, Text: archive hash of the decision; By and Two
	SheetReleased     Kind = "SheetReleased"     // Act: code of the component, Text: archive hash of the marks, MS: how many rows; By and Two. A later one of the same component stands in its place
	ResultsFrozen     Kind = "ResultsFrozen"     // Op, Text: archive hash of the list, MS: people on it, Why: despite (matters were open), By and Two
	ResultsReleased   Kind = "ResultsReleased"   // Op, Text and Why: as in the ResultsFrozen that stands; By and Two
	ResultsUnfrozen   Kind = "ResultsUnfrozen"   // Op, Text and Why: as in the ResultsFrozen that stood; what was released stays published. By and Two
	BoardFrozen       Kind = "BoardFrozen"       // a board has become final, or was made anew after that. Op, Act: its id, Extra: its epoch, Text: SHA-256 of its frame's bytes, MS: rows. By: engine
	SeedRevealed      Kind = "SeedRevealed"      // Op, Seed: the seed itself in hex, whose SHA-256 was committed; Text: SHA-256 of the reason. By and Two
	ResultsCodeIssued Kind = "ResultsCodeIssued" // Op, Number, MS: which issue holds from here on, Text: SHA-256 of the reason
	Proposed          Kind = "Proposed"          // Op, Act, Why, Text
	Approved          Kind = "Approved"          // Ref
	Refused           Kind = "Refused"           // Ref, Why
	Expired           Kind = "Expired"           // Ref
	Performed         Kind = "Performed"         // Ref: the Proposed whose act was done; Why: the code that refused it
	Denied            Kind = "Denied"            // Act, Why: same_person, one_hand, same_desk, password_known, not_allowed, proposer, wrong_password, alone; Two: who was to be the second; Ref: the Proposed that still waits, 0 at the desk
	RosterFrozen      Kind = "RosterFrozen"      // Text: as in the RosterLoaded that stands; from here on a change takes two
	StaffChanged      Kind = "StaffChanged"      // Act: add, invite, accept, vouch, identity, grant, revoke, reset, disable, enable, password, factor, recovery, sessions, policy, code, token; Why: its detail, of add, invite, grant and revoke the grants in words; Text: the account; Form: the state that it left the account in
	StaffSigned       Kind = "StaffSigned"       // Act: signin, signin_failed, signin_locked or signout; Text: the account, none where nobody has the name; Why: the code that refused it; Seat: the address it came from; MS: how many like it were not recorded since the one before
	Viewed            Kind = "Viewed"            // Act: what was read; Sitting (EXAM.SITTING, or EXAM), Number or Item: of whom or what
	WebhookChanged    Kind = "WebhookChanged"    // Act: add, remove, enable, disable, resend or test; Text: id of the subscription; Form: SHA-256 of its address; Sitting: its exam, "" for all; Why: asked, failed or gone; MS: position that is sent again
	WebhookTaken      Kind = "WebhookTaken"      // Node: who delivers from here on
	JournalRestored   Kind = "JournalRestored"   // a backup stands in the journal's place. Extra and Form: position and first 16 digits of the hash of a record that a node had seen, and that it lacks; Text: SHA-256 of the reason
	ExamRemoved       Kind = "ExamRemoved"       // a rehearsal. Act: its code; MS: how many streams; Text: SHA-256 over their heads
)

// Events of an item's stream. MS is the version of the item that the event is about.
const (
	ItemDrafted   Kind = "ItemDrafted"   // the first version. Text: archive hash of the version
	ItemRevised   Kind = "ItemRevised"   // a later version. Text: archive hash of the version
	ItemCommented Kind = "ItemCommented" // Text: SHA-256 of the words
	ItemSubmitted Kind = "ItemSubmitted" // it is to be reviewed
	ItemApproved  Kind = "ItemApproved"  // Text: SHA-256 of the words, if any
	ItemReturned  Kind = "ItemReturned"  // to its author. Text: SHA-256 of the words
	ItemUsed      Kind = "ItemUsed"      // Act: the exam that names it
	ItemRetired   Kind = "ItemRetired"   // Text: SHA-256 of the words
)

// Events of the stream of an exam's sealed packs. Text is the SHA-256 of a pack.
const (
	PackSealed Kind = "PackSealed" // Act: main or spare; Plan, From: the hour before which it does not open; Seed: as in SeedCommitted
	PackVoided Kind = "PackVoided" // By and Two; Why: lost or leaked; Act: the pack that is used instead
	PackOpened Kind = "PackOpened" // By; Two: the second key-holder, where two opened it by hand; Node: whose identity
)

// SiteStream begins the stream of a site's journal itself, site/EXAM.SITTING.N: N is the
// version of the HandedOver by which the sitting is held there.
const SiteStream = "site/"

// SiteOpened is the first event of such a stream. Act: code of the site, Sitting:
// EXAM.SITTING, Text: SHA-256 of the file that the journal was made from, MS: how long the
// stream of accounts was in it.
const SiteOpened Kind = "SiteOpened"

// Events of an exam's stream about what came from a site. Sitting is EXAM.SITTING, Text the
// SHA-256 of the file.
const (
	SiteCollected Kind = "SiteCollected" // Act: code of the site, MS: how many records were new, On: the sitting was closed in it. By
	SiteRefused   Kind = "SiteRefused"   // nothing of it was taken. Why: differs, signature, taken_back or chain; of the first Act: the stream, MS: the version, Plan and Form: the hashes here and there. By
)

// LogStream is the public log's own: what it was written with, and how far it was signed.
const LogStream = "log/public"

// Events of LogStream.
const (
	LogKeyed   Kind = "LogKeyed"   // Act: added or retired, Text: the vkey. By
	LogWritten Kind = "LogWritten" // by another program than before. Act: its version, Text: SHA-256 of its file, MS: its table of leaves; Node
	LogSigned  Kind = "LogSigned"  // a checkpoint. MS: leaves, Text: root, Extra: the position to which the leaves reach, Form: signatures, each as NAME and base64; Node
)

// SurveyTaken stands in the stream of an exam's survey: an attempt has taken part. Op is
// derived from the attempt, Text is the SHA-256 of what was signed, which nobody can join
// with an answer. Its instant is just before that of the answer, which is kept without one.
const SurveyTaken Kind = "SurveyTaken"

// Events of the stream of an exam's objections. Ref is the version of the ObjectionFiled
// that they are about.
const (
	ObjectionFiled     Kind = "ObjectionFiled"     // By the candidate. Op, Number, Act: kind, Q and Item of one about an item, To: when it is to be answered, Text: SHA-256 of what the register keeps of the words
	ObjectionWithdrawn Kind = "ObjectionWithdrawn" // By the candidate. Op, Number, Ref
	ObjectionAssigned  Kind = "ObjectionAssigned"  // Op, Ref, Text: the account that is to answer
	ObjectionDecided   Kind = "ObjectionDecided"   // Op, Number, Ref, Why: upheld, partly or rejected, Text: SHA-256 of what the register keeps of the reasons
	ObjectionRedressed Kind = "ObjectionRedressed" // what was upheld is carried out. Op, Number, Ref, Act: repeat, or transfer of who had not begun; Sitting: EXAM.SITTING where it is sat; Why, Text. By and Two
)

// Event is something that happened, as it is stored. It is the union of the fields of
// all kinds; which kind uses which stands beside its name above. The zero value of a
// field is not stored.
type Event struct {
	Kind Kind
	At   Instant // server time; in a stream never earlier than the event before
	By   string  // "candidate", "engine", or the staff account
	Two  string  // the second person of an act that needs two
	Op   string  // id made by the client; unique in the attempt

	Q      int    // position in the candidate's own form, from 1
	C      string // letter as displayed
	Item   string // bank id of the item at Q
	Option string // canonical option shown as C
	On     bool
	MS     int64 // milliseconds, or a count where the kind says so
	Extra  int64 // milliseconds on top of MS, or what the kind says

	From, To, Since Instant

	Device  string
	Gen     int // generation of the device binding, from 1
	Node    string
	Session string
	Pin     string
	Sitting string
	Seat    string
	Number  string
	Plan    string
	Seed    string
	Seen    string
	Form    string
	Act     string
	Why     string // a code, never free text
	Text    string // hash of free text that the register keeps, or another hash
	Ref     int    // n of an earlier event in the same stream
}

// ReadAt is when the frame was read that a candidate's event records: it decides whether
// there was time.
func (e *Event) ReadAt() Instant {
	if e.From != 0 {
		return min(e.At, e.From)
	}
	return e.At
}

// Hash is a link of a stream's chain.
type Hash [sha256.Size]byte

// Chain returns the link of bytes after the link before it. A stream's first link
// follows FirstHash, so that no event can be carried to another stream.
func (h Hash) Chain(bytes []byte) Hash {
	d := sha256.New()
	d.Write(h[:])
	d.Write(bytes)
	var next Hash
	d.Sum(next[:0])
	return next
}

// FirstHash is the link before the first event of a stream.
func FirstHash(stream string) Hash { return sha256.Sum256([]byte("terang/stream/1\x00" + stream)) }

// String is lower-case hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// Receipt is what a candidate can copy by hand: the first eight bytes in groups of four digits.
func (h Hash) Receipt() string {
	s := hex.EncodeToString(h[:8])
	return fmt.Sprintf("%s %s %s %s", s[:4], s[4:8], s[8:12], s[12:])
}

// SHA256 returns the hash of free text as events carry it.
func SHA256(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

// ParseHash reads the hex form of a hash.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if n, err := hex.Decode(h[:], []byte(s)); err != nil || n != len(h) || len(s) != 2*len(h) {
		return Hash{}, fmt.Errorf("%q is not a SHA-256 in hex", s)
	}
	return h, nil
}
