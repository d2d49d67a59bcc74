package proctor

import "terang/engine"

// Facts are what the journal says of one sitting: the data of its minutes. They are a
// function of the records alone, so that whoever has them gets the same; instants are
// RFC 3339 in UTC with milliseconds, "" where nothing happened, and lengths are
// milliseconds. People are participant numbers, staff are accounts. minutes.md describes
// every field.
type Facts struct {
	Exam         string        `json:"exam"`
	Sitting      string        `json:"sitting"`
	Site         string        `json:"site"`
	Room         string        `json:"room"`
	Seats        int           `json:"seats"`
	Times        Times         `json:"times"`
	Attendance   Attendance    `json:"attendance"`
	Began        int           `json:"began"` // how many clocks ran
	Late         []string      `json:"late"`  // began after the start
	Away         []Turned      `json:"turned_away"`
	Disqualified []Sentence    `json:"disqualified"`
	Reopened     []Sentence    `json:"reopened"`
	Doubts       []DoubtRecord `json:"doubts"`
	Extra        []Addition    `json:"extra"`
	Credits      []Credit      `json:"credits"`
	Stops        []Stop        `json:"stops"`
	Outages      []Outage      `json:"outages"`
	Moves        []Move        `json:"moves"`
	Elsewhere    []Elsewhere   `json:"elsewhere"` // who was given another sitting
	Incidents    []Incident    `json:"incidents"`
	InsecureLAN  bool          `json:"insecure_lan"` // served without TLS on a closed network
	Devices      int           `json:"devices"`      // computers that candidates worked at
	Leaves       int           `json:"leaves"`       // of the room, with leave
	Held         HeldCount     `json:"held"`
	LateAnswers  int           `json:"late_answers"` // recorded, not counted
	Staff        []StaffActs   `json:"staff"`
	Records      int64         `json:"records"` // how many the facts were made from
	Log          string        `json:"log"`     // SHA-256 of the streams' ends, see Conduct
}

// Times of a sitting.
type Times struct {
	Planned       string `json:"planned"`
	CheckinOpened string `json:"checkin_opened"`
	CheckinClosed string `json:"checkin_closed"`
	Started       string `json:"started"`
	LastFinish    string `json:"last_finish"`
	Ended         string `json:"ended"`
}

// Turned is somebody who was turned away at check-in, and whether they came in later.
type Turned struct {
	Number string `json:"number"`
	At     string `json:"at"`
	By     string `json:"by"`
	Why    string `json:"why"`
	Back   string `json:"back"` // when they were checked in after all
}

// Sentence is an act on one person that took two people.
type Sentence struct {
	Number string `json:"number"`
	At     string `json:"at"`
	By     string `json:"by"`
	Two    string `json:"two"`
	Why    string `json:"why"`
}

// DoubtRecord is a doubt about somebody's identity.
type DoubtRecord struct {
	Number    string `json:"number"`
	Raised    string `json:"raised"`
	By        string `json:"by"`
	Decided   string `json:"decided"`
	DecidedBy string `json:"decided_by"`
	Verdict   string `json:"verdict"` // cleared or upheld
}

// Addition is time on top of everybody's: by an accommodation, or by a decision.
type Addition struct {
	Number   string `json:"number"`
	MS       int64  `json:"ms"`
	What     string `json:"what"` // accommodation or given
	Why      string `json:"why"`
	At       string `json:"at"`
	By       string `json:"by"`
	Two      string `json:"two"`
	Reversed bool   `json:"reversed"`
}

// States of a Credit.
const (
	CreditAutomatic = "automatic"
	CreditGranted   = "granted"
	CreditRefused   = "refused"
	CreditUndecided = "undecided"
	CreditReversed  = "reversed"
)

// Credit is a time in which somebody could not work, with its evidence: what the journal
// has of the candidate's computer before it and after.
type Credit struct {
	Number string `json:"number"`
	From   string `json:"from"`
	To     string `json:"to"`
	MS     int64  `json:"ms"`
	Why    string `json:"why"`
	State  string `json:"state"`
	By     string `json:"by"` // who decided; engine if nobody had to
	Two    string `json:"two"`
	Record int    `json:"record"` // of the attempt's stream
	Last   string `json:"last"`   // last contact
	Back   string `json:"back"`   // when the computer was heard again
	Device int    `json:"device"` // generation of the binding that ended it
	Node   string `json:"node"`   // that heard it
}

// Stop is a time in which clocks stood by somebody's word.
type Stop struct {
	Number string `json:"number"` // "" for the whole room
	What   string `json:"what"`   // pause, move or reopened
	From   string `json:"from"`
	To     string `json:"to"` // "" while it goes on
	MS     int64  `json:"ms"` // from From to To
	Why    string `json:"why"`
	By     string `json:"by"`
	// Beyond says of a pause or a move that it gave one candidate more than one person may give, with
	// what the same person gave before, and that no other has had a part in it.
	Beyond bool `json:"beyond,omitempty"`
	n      int  // version of the event that began it
	from   engine.Instant
	to     engine.Instant // 0 while it goes on
}

// Outage is a time in which at least one candidate could not work, and no word of anybody
// had stopped the clocks: the credits that touch each other, taken together.
type Outage struct {
	From   string   `json:"from"`
	To     string   `json:"to"`
	MS     int64    `json:"ms"` // of all together
	People int      `json:"people"`
	Why    []string `json:"why"`
}

// Move is a change of somebody's computer.
type Move struct {
	Number string `json:"number"`
	At     string `json:"at"`
	From   string `json:"from"`
	To     string `json:"to"`
	Why    string `json:"why"`
	By     string `json:"by"`
}

// Elsewhere is somebody who was given another sitting: transferred before the start, and
// then not registered here any more, or continued or repeated there, and then present here.
type Elsewhere struct {
	Number string `json:"number"`
	At     string `json:"at"`
	What   string `json:"what"` // transferred, continued or repeated
	To     string `json:"to"`   // EXAM.SITTING
	Why    string `json:"why"`
	By     string `json:"by"`
}

// HeldCount is what became of answers that waited for a decision.
type HeldCount struct {
	Counted int `json:"counted"`
	Dropped int `json:"dropped"`
	Waiting int `json:"waiting"`
}

// StaffActs are what an account did at the sitting, by act, alone or as the first of two.
type StaffActs struct {
	User   string         `json:"user"`
	Acts   map[string]int `json:"acts"`
	Second int            `json:"second"` // how often as the second person
}
