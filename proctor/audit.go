package proctor

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"terang/engine"
)

// AuditRow is one privileged act, refusal or reading. It names where it stands in the
// journal, so that whoever has a copy can look it up.
type AuditRow struct {
	Pos     engine.Pos  `json:"pos"`
	At      string      `json:"at"`
	By      string      `json:"by"`
	Two     string      `json:"two,omitempty"` // the second person
	Kind    engine.Kind `json:"kind"`
	Act     string      `json:"act"`
	Exam    string      `json:"exam,omitempty"`
	Sitting string      `json:"sitting,omitempty"` // EXAM.SITTING
	Attempt string      `json:"attempt,omitempty"`
	Number  string      `json:"number,omitempty"`
	Seat    string      `json:"seat,omitempty"`
	Of      string      `json:"of,omitempty"`  // account or item
	Why     string      `json:"why,omitempty"` // a code
	MS      int64       `json:"ms,omitempty"`
	Ref     int         `json:"ref,omitempty"`
	Stream  string      `json:"stream"`
	N       int         `json:"n"`
	Hash    string      `json:"hash"`
}

// AuditFilter says which rows are wanted; what is zero does not matter.
type AuditFilter struct {
	From, To engine.Instant // To excluded
	Exam     string
	User     string // who acted, as first or second, or whose sign-in it was; "engine" asks for what the engine did by itself
	Act      string // as in AuditRow.Act, or a kind
	After    engine.Pos
	Limit    int // rows; AuditMost at most
}

// Bounds of one page of the audit.
const (
	AuditMost   = 1000
	auditPage   = 4096    // records read at once
	auditBudget = 400_000 // records looked at for one page; then it says how far it came
	// auditSlack is by how much instants of neighbours in the journal may differ: nodes'
	// clocks, and events that say of themselves when they were read.
	auditSlack = 15 * time.Minute
)

// AuditPage is a page of rows in the journal's order. Next is the After of the next page,
// 0 at the end.
type AuditPage struct {
	Rows []AuditRow `json:"rows"`
	Next engine.Pos `json:"next,omitempty"`
}

// actNames give an event the name of the act that it came from, where the two differ.
var actNames = map[engine.Kind]string{
	engine.JournalRestored: "restored",
	engine.CheckedIn:       engine.ActCheckin, engine.TurnedAway: engine.ActTurnAway, engine.Unlocked: engine.ActUnlock,
	engine.DoubtRaised: engine.ActDoubt, engine.DoubtDecided: engine.ActDecideDoubt, engine.Paused: engine.ActPause,
	engine.Resumed: engine.ActResume, engine.TimeGiven: engine.ActCredit, engine.GapCredited: engine.ActDecideCredit,
	engine.CreditRefused: engine.ActDecideCredit, engine.HeldDecided: engine.ActDecideCredit, engine.CreditReversed: engine.ActReverse,
	engine.Adjusted: engine.ActAdjust, engine.Photographed: engine.ActPhoto, engine.SeatGiven: "give_seat", engine.SeatsSealed: "seal_seats",
	engine.DeviceMoved: engine.ActMove, engine.Released: engine.ActRelease, engine.Messaged: engine.ActMessage,
	engine.Left: engine.ActLeave, engine.Returned: engine.ActReturn, engine.Finished: engine.ActFinish,
	engine.Disqualified: engine.ActDisqualify, engine.Reopened: engine.ActReopen,
	engine.CheckinOpened: engine.ActOpenCheckin, engine.CheckinClosed: engine.ActCloseCheckin, engine.SittingStarted: engine.ActStart,
	engine.SittingPaused: engine.ActPause, engine.SittingResumed: engine.ActResume, engine.SittingPostponed: engine.ActPostpone,
	engine.PlaceLifted: engine.ActLiftPlace, engine.PlaceKept: engine.ActKeepPlace,
	engine.SittingEnded: engine.ActFinish, engine.SittingClosed: engine.ActClose, engine.IncidentNoted: ActNote,
	engine.Transferred: engine.ActTransfer, engine.Continued: engine.ActContinue, engine.Resat: engine.ActRepeat, engine.ObjectionRedressed: engine.ActRepeat, engine.SittingChanged: engine.ActTransfer,
	engine.SeatMarked: engine.ActMarkSeat, engine.FlagDecided: engine.ActDecideFlag,
	engine.RosterLoaded: engine.ActRoster, engine.RosterFrozen: "freeze_roster", engine.FormationsLoaded: "formations",
	engine.ExamDefined: "create_exam", engine.PlanMade: "make_plan", engine.SeedCommitted: "commit_seed", engine.SittingPlanned: "plan_sitting",
	engine.ItemAnnulled: engine.ActAnnul, engine.ResultsFrozen: engine.ActFreeze, engine.ResultsReleased: engine.ActPublish, engine.ResultsUnfrozen: engine.ActUnfreeze, engine.SeedRevealed: engine.ActReveal, engine.ResultsCodeIssued: ActResultCode,
	engine.MinutesClosed: ActMinutes, engine.MinutesSigned: engine.ActSignMinutes, engine.MinutesWitnessed: ActSign,
	engine.SheetReleased:     engine.ActSheet,
	engine.ObjectionAssigned: "assign_objection", engine.ObjectionDecided: ActObjectionAnswer,
	engine.CriteriaPublished: engine.ActCriteria,
	engine.PhotosLoaded:      "photos",
	engine.PlacesChanged:     engine.ActPlaces, engine.SittingCancelled: engine.ActCancel,
	engine.HandedOver: engine.ActHandOver, engine.TakenBack: engine.ActTakeBack, engine.SiteCollected: "site_collect", engine.SiteRefused: "site_refuse",
}

// Audit reads the journal's tail for privileged acts: those of staff, of accounts, and
// readings; what candidates do is no part of it.
type Audit struct {
	journal engine.Journal
	people  *People // to say whose attempt it is
	index   auditIndex
}

// NewAudit returns an audit of a journal. As a sink of a hall it remembers where the acts
// stand, and reads nothing else; without a hall it reads everything.
func NewAudit(j engine.Journal, p *People) *Audit { return &Audit{journal: j, people: p} }

// Page returns what an account may see of what the filter asks for. An account of one exam
// or site sees no more than that.
func (u *Audit) Page(ctx context.Context, actor Account, f AuditFilter) (AuditPage, error) {
	if !actor.MaySomewhere(ActAudit) {
		return AuditPage{}, refusal(engine.NotAllowed, "audit")
	}
	if f.Limit <= 0 || f.Limit > AuditMost {
		f.Limit = AuditMost
	}
	after := f.After
	if after == 0 && f.From > 0 {
		var err error
		if after, err = u.firstBefore(ctx, f.From.Add(-auditSlack)); err != nil {
			return AuditPage{}, err
		}
	}
	page := AuditPage{Rows: []AuditRow{}}
	for looked := 0; looked < auditBudget; {
		records, skipped, err := u.next(ctx, after)
		if err != nil {
			return AuditPage{}, fmt.Errorf("read the journal after %d: %w", after, err)
		}
		if len(records) == 0 && skipped <= after {
			return page, nil
		}
		looked += len(records)
		for _, r := range records {
			after = r.Pos
			if ofCandidate(r.Body) {
				continue
			}
			e, err := engine.Decode(r.Body)
			if err != nil {
				return AuditPage{}, fmt.Errorf("%s version %d: %w", r.Stream, r.N, err)
			}
			if f.To > 0 && e.At >= f.To.Add(auditSlack) {
				return page, nil
			}
			row := u.row(r, &e)
			if !privileged(&e, f.User) || !f.fits(&e, &row) || !u.sees(&actor, &row) {
				continue
			}
			if page.Rows = append(page.Rows, row); len(page.Rows) == f.Limit {
				page.Next = after
				return page, nil
			}
		}
		after = max(after, skipped)
	}
	page.Next = after
	return page, nil
}

// frequent are the kinds that candidates' pages cause by the thousand. They are passed
// over unread.
var frequent = [][]byte{
	[]byte(`"k":"Answered"`), []byte(`"k":"Looked"`), []byte(`"k":"Marked"`), []byte(`"k":"Cleared"`), []byte(`"k":"DeviceBound"`), []byte(`"k":"SettledTo"`),
}

func ofCandidate(body []byte) bool {
	head := body[:min(len(body), 40)]
	for _, kind := range frequent {
		if bytes.Contains(head, kind) {
			return true
		}
	}
	return false
}

// privileged says whether an event is an act of staff, or one of the engine's own where
// these are asked for. The engine's part in acts of two people always is.
func privileged(e *engine.Event, user string) bool {
	switch e.By {
	case "candidate", "":
		return false
	case "engine":
		return user == "engine" || e.Kind == engine.Expired || e.Kind == engine.Performed
	}
	return true
}

func (u *Audit) row(r engine.Record, e *engine.Event) AuditRow {
	row := AuditRow{
		Pos: r.Pos, At: e.At.String(), By: e.By, Two: e.Two, Kind: e.Kind, Act: e.Act, Sitting: e.Sitting, Number: e.Number, Seat: e.Seat,
		Of: e.Item, Why: e.Why, MS: e.MS, Ref: e.Ref, Stream: r.Stream, N: r.N, Hash: r.Hash.String(),
	}
	if name, ok := actNames[e.Kind]; ok {
		row.Act = name
	}
	switch {
	case e.Kind == engine.StaffChanged, e.Kind == engine.ObjectionAssigned, e.Kind == engine.StaffSigned:
		row.Of = e.Text
	case e.Kind == engine.WebhookChanged:
		row.Of, row.Exam, row.Act = e.Text, e.Sitting, "webhook."+e.Act
	case e.Kind == engine.SheetReleased, e.Kind == engine.FlagDecided, e.Kind == engine.HandedOver, e.Kind == engine.SiteCollected, e.Kind == engine.SiteRefused:
		row.Of = e.Act
	case e.Kind == engine.ExamRemoved:
		row.Exam, row.Act = e.Act, "remove"
	}
	if row.Act == "" {
		row.Act = strings.ToLower(string(e.Kind))
	}
	if id, ok := strings.CutPrefix(r.Stream, engine.AttemptStream); ok {
		row.Attempt = id
		if p := u.people.Person(id); p != nil {
			row.Number, row.Exam = p.Number, p.Exam
			if row.Sitting == "" {
				row.Sitting = p.SittingID()
			}
		}
	} else if id, ok := strings.CutPrefix(r.Stream, engine.SittingStream); ok {
		row.Sitting = id
	} else if code, ok := strings.CutPrefix(r.Stream, engine.ExamStream); ok {
		row.Exam = code
	} else if code, ok := strings.CutPrefix(r.Stream, engine.ObjectionStream); ok {
		row.Exam = code
	}
	if row.Exam == "" {
		row.Exam, _, _ = strings.Cut(row.Sitting, ".")
	}
	if !strings.Contains(row.Sitting, ".") {
		row.Sitting = ""
	}
	return row
}

func (f *AuditFilter) fits(e *engine.Event, row *AuditRow) bool {
	switch {
	case e.At < f.From, f.To > 0 && e.At >= f.To:
	case f.Exam != "" && f.Exam != row.Exam:
	case f.User != "" && f.User != row.By && f.User != row.Two && (e.Kind != engine.StaffSigned || f.User != row.Of):
	case f.Act != "" && !strings.EqualFold(f.Act, row.Act) && !strings.EqualFold(f.Act, string(row.Kind)):
	default:
		return true
	}
	return false
}

// sees says whether a row lies in the account's scope. What is of no exam is seen by
// those who see all.
func (u *Audit) sees(a *Account, row *AuditRow) bool {
	site, sitting := "", strings.TrimPrefix(row.Sitting, row.Exam+".")
	if def := u.people.Exam(row.Exam); def != nil {
		if s, _, ok := sittingOf(def, sitting); ok {
			site = s.Site
		}
	}
	return a.May(ActAudit, row.Exam, site, sitting)
}

// firstBefore is a position before everything that happened at the instant or later, found
// by halving: positions are in the order of commit, hence nearly in that of time.
func (u *Audit) firstBefore(ctx context.Context, from engine.Instant) (engine.Pos, error) {
	early := func(after engine.Pos) (before, there bool, err error) {
		records, err := u.journal.Tail(ctx, after, 1)
		if err != nil || len(records) == 0 {
			return false, false, err
		}
		e, err := engine.Decode(records[0].Body)
		return e.At < from, true, err
	}
	low, high := engine.Pos(0), engine.Pos(1)
	for {
		before, there, err := early(high)
		if err != nil {
			return 0, fmt.Errorf("look for %s in the journal: %w", from, err)
		}
		if !there || !before {
			break
		}
		low, high = high, high*2
	}
	for high-low > 1 {
		middle := low + (high-low)/2
		before, there, err := early(middle)
		if err != nil {
			return 0, fmt.Errorf("look for %s in the journal: %w", from, err)
		}
		if there && before {
			low = middle
		} else {
			high = middle
		}
	}
	return low, nil
}
