package proctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"terang/engine"
)

// How long an act waits for the other person: in a room somebody stands beside it, in an
// office it may take until tomorrow.
const (
	RoomLife   = 10 * time.Minute
	OfficeLife = 24 * time.Hour
)

// PairAct is an act that may take two people, as it registers itself.
type PairAct struct {
	Name  string        // as an exam's two_person names it
	Right string        // what both have to be allowed, see Account.May
	Life  time.Duration // from Proposed to Expired
	// Show says what exactly would happen, to whoever has to agree.
	Show func(ctx context.Context, p *Proposal) ([]Line, error)
	// Do does it, in the names of p.By and two. It may be asked more than once, also after
	// a crash: the operation p.Op has one effect.
	Do func(ctx context.Context, p *Proposal, two string) (Response, error)
}

// Line is one fact of a proposal; What is the key of its heading.
type Line struct {
	What string `json:"what"`
	Text string `json:"text"`
}

// Proposal is an act that waits for another person. The register keeps it, and the
// Proposed event names its bytes by hash: nobody approves another act than was proposed.
type Proposal struct {
	ID      string          `json:"id"`
	Stream  string          `json:"stream"` // sitting/EXAM.SITTING, exam/CODE or staff/accounts
	Act     string          `json:"act"`
	Op      string          `json:"op"`
	By      string          `json:"by"`
	Desk    string          `json:"desk,omitempty"` // hash of where it was proposed
	Exam    string          `json:"exam,omitempty"` // scope: whose right counts
	Site    string          `json:"site,omitempty"`
	Sitting string          `json:"sitting,omitempty"` // code within the exam
	Reason  string          `json:"reason,omitempty"`
	Payload json.RawMessage `json:"payload"`
}

// SittingID is EXAM.SITTING, "" if the act is of no single one.
func (p *Proposal) SittingID() string {
	id, ok := strings.CutPrefix(p.Stream, engine.SittingStream)
	if !ok {
		return ""
	}
	return id
}

// within says whether an account has a right where the act is.
func (p *Proposal) within(a *Account, right string) bool {
	return a.May(right, p.Exam, p.Site, p.Sitting)
}

// Pairs is the one mechanism for acts that take two people. Proposed, Approved or Refused,
// Expired, Performed, and what was Denied, all stand in the stream that the act is of.
type Pairs struct {
	register engine.Register
	accounts *Accounts
	people   *People
	log      *Log
	hall     *engine.Hall // nil in a command, which then decides nothing of a sitting
	now      func() engine.Instant
	acts     map[string]PairAct
	failed   map[string]bool // what could not be done and was told
}

// NewPairs returns the mechanism without acts; see Register. The people are asked which
// exams there are.
func NewPairs(r engine.Register, a *Accounts, p *People, h *engine.Hall, now func() engine.Instant) *Pairs {
	return &Pairs{register: r, accounts: a, people: p, log: a.log, hall: h, now: now, acts: map[string]PairAct{}, failed: map[string]bool{}}
}

// Register makes acts known, before the first is proposed.
func (p *Pairs) Register(acts ...PairAct) {
	for _, a := range acts {
		p.acts[a.Name] = a
	}
}

// standing is a stream's pairs as they are now.
func (p *Pairs) standing(ctx context.Context, stream string) (pairs engine.Pairs, err error) {
	if id, ok := strings.CutPrefix(stream, engine.SittingStream); ok && p.hall != nil {
		return p.hall.Sitting(id).State().Pairs, nil
	}
	err = p.log.look(ctx, stream, func(t *tip) { pairs = t.pairs.Clone() })
	return pairs, err
}

// book is what a step is decided on: the stream as it stands.
type book struct {
	engine.Pairs
	accepted func(op string) bool
}

// record appends what is decided to the stream, once for each operation.
func (p *Pairs) record(ctx context.Context, stream, op string, decide func(book) ([]engine.Event, error)) error {
	var err error
	if id, ok := strings.CutPrefix(stream, engine.SittingStream); ok && p.hall != nil {
		_, err = p.hall.Sitting(id).Append(op, func(s *engine.Sitting) ([]engine.Event, error) {
			events, err := decide(book{s.Pairs, func(op string) bool { return s.Accepted(op) != 0 }})
			for i := range events {
				events[i].At = max(events[i].At, s.At)
			}
			return events, err
		})
		return err
	}
	_, err = p.log.decide(ctx, stream, op, func(t *tip) ([]engine.Event, error) {
		return decide(book{t.pairs, func(op string) bool { return t.ops[op] != 0 }})
	})
	return err
}

// Propose stores an act until another person decides it, and returns its id. Sent again
// with the same operation it is the same proposal.
func (p *Pairs) Propose(ctx context.Context, actor Account, q Proposal) (string, error) {
	act, known := p.acts[q.Act]
	if !known {
		return "", refusal(engine.BadFrame, "action")
	}
	if p.vouched(q.Exam) && actor.PasswordKnown() { // whose proposal would it be?
		return "", refusal(engine.SecondPerson, ownPassword)
	}
	q.ID, q.By, q.Desk = derive(q.Op, "proposal/"+q.Stream), actor.User, actor.Desk
	body, err := json.Marshal(q)
	if err != nil {
		return "", fmt.Errorf("proposal %s: %w", q.ID, err)
	}
	kept, err := p.register.Get(ctx, KindProposal, q.ID)
	if err == nil && string(kept) != string(body) {
		return "", refusal(engine.BadFrame, "op") // the operation means something else already
	}
	if err != nil && !errors.Is(err, engine.ErrAbsent) {
		return "", fmt.Errorf("read proposal %s: %w", q.ID, err)
	}
	if err := p.register.Put(ctx, engine.Entry{Kind: KindProposal, ID: q.ID, Body: body}); err != nil {
		return "", fmt.Errorf("keep proposal %s: %w", q.ID, err)
	}
	why, _ := splitReason(q.Reason)
	now := p.now()
	err = p.record(ctx, q.Stream, "", func(b book) ([]engine.Event, error) {
		if b.Asked[q.Op] != 0 {
			return nil, nil
		}
		return append(p.overdue(b.Pairs, now), engine.Event{
			Kind: engine.Proposed, At: now, By: actor.User, Op: q.Op, Act: act.Name, Why: why, Text: engine.SHA256(string(body)),
		}), nil
	})
	return q.ID, err
}

// life is how long an act waits. One that this version does not know waits as in a room.
func (p *Pairs) life(act string) time.Duration {
	if a, ok := p.acts[act]; ok {
		return a.Life
	}
	return RoomLife
}

func (p *Pairs) expired(e engine.Event, now engine.Instant) bool {
	return now.Sub(e.At) > p.life(e.Act)
}

// overdue are the events that end what nobody decided in time, in order.
func (p *Pairs) overdue(open engine.Pairs, now engine.Instant) []engine.Event {
	var events []engine.Event
	for n, e := range open.Open {
		if p.expired(e, now) {
			events = append(events, engine.Event{Kind: engine.Expired, At: now, By: "engine", Act: e.Act, Ref: n})
		}
	}
	slices.SortFunc(events, func(x, y engine.Event) int { return x.Ref - y.Ref })
	return events
}

// Get returns a proposal, and the hash by which events name it.
func (p *Pairs) Get(ctx context.Context, id string) (*Proposal, string, error) {
	body, err := p.register.Get(ctx, KindProposal, strings.ToLower(id))
	if errors.Is(err, engine.ErrAbsent) {
		return nil, "", refusal(engine.WrongState, "proposal")
	}
	q := new(Proposal)
	if err == nil {
		err = json.Unmarshal(body, q)
	}
	if err != nil {
		return nil, "", fmt.Errorf("read proposal %s: %w", id, err)
	}
	return q, engine.SHA256(string(body)), nil
}
