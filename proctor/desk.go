package proctor

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"terang/engine"
)

// UnknownSitting answers a request about a sitting that no exam has.
const UnknownSitting engine.Code = "unknown_sitting"

// Desk is where staff act. Who may act is decided here; what an act does is decided by
// engine, on committed state.
type Desk struct {
	hall     *engine.Hall
	people   *People
	accounts *Accounts
	station  *Station
	register engine.Register
	keys     Keys
	now      func() engine.Instant
	pairs    *Pairs
	counters []Counter // of what else is open, see Unsettled

	seating sync.Mutex // one act at a time gives out seats
}

// NewDesk returns a desk over a hall; accounts are asked for the second person.
func NewDesk(h *engine.Hall, p *People, a *Accounts, s *Station, r engine.Register, k Keys) *Desk {
	d := &Desk{hall: h, people: p, accounts: a, station: s, register: r, keys: k, now: h.Now}
	d.pairs = NewPairs(r, a, p, h, func() engine.Instant { return d.now() })
	d.pairs.Register(d.roomActs()...)
	return d
}

// Pairs is the mechanism for acts that take two, with those of a sitting in it.
func (d *Desk) Pairs() *Pairs { return d.pairs }

// act is a request that is being done.
type act struct {
	Request
	room    *engine.Room
	def     *engine.Definition
	sitting engine.SittingDef
	place   engine.RoomDef
	by, two string
	why     string // code of the reason
	words   string // hash of its words
	now     engine.Instant
	asked   *engine.Instant // of what was proposed: when, see Station.stayed
}

// target is a candidate of whom something is asked.
type target struct {
	person *Person
	live   *engine.Live
	seat   string
	at     string // EXAM.SITTING where the attempt was seen
}

// open finds a sitting EXAM.CODE.
func (d *Desk) open(sitting string) (*act, error) {
	exam, code, _ := strings.Cut(sitting, ".")
	def := d.people.Exam(exam)
	if def == nil {
		return nil, refusal(UnknownSitting, "sitting")
	}
	s, r, ok := sittingOf(def, code)
	if !ok {
		return nil, refusal(UnknownSitting, "sitting")
	}
	return &act{room: d.hall.Sitting(sitting), def: def, sitting: s, place: r, now: d.now()}, nil
}

// Act does what staff ask of a sitting EXAM.CODE. Sent again with the same op, whatever else
// is in it, it has no second effect and is answered as the first time, except that what was
// refused is decided again.
func (d *Desk) Act(ctx context.Context, actor Account, sitting string, r Request) (Response, error) {
	a, err := d.open(sitting)
	if err != nil {
		return Response{}, err
	}
	if _, known := rules[r.Action]; !known { // a misspelt act is nobody's, whatever the account may do
		return Response{}, refusal(engine.BadFrame, "action")
	}
	if !actor.May(r.Action, a.def.Code, a.sitting.Site, a.sitting.Code) {
		return Response{}, refusal(engine.NotAllowed, "action")
	}
	r.Op = strings.ToLower(r.Op)
	if err := r.check(); err != nil {
		return Response{}, err
	}
	if err := d.hall.Holds(sitting); err != nil { // said of the whole, before what a copy says is looked at
		return Response{}, err
	}
	second := r.Second
	r.Second = nil // from here on the request may be stored
	a.Request, a.by = r, actor.User
	if err := d.asFirst(ctx, &actor, a); err != nil {
		return Response{}, err
	}
	answer, err := d.decide(ctx, actor, second, a)
	d.keepFirst(ctx, a, &answer, err)
	return answer, err
}

// decide does an act, or proposes it where it takes another person than second.
func (d *Desk) decide(ctx context.Context, actor Account, second *Second, a *act) (Response, error) {
	if err := d.separated(ctx, a); err != nil {
		return Response{}, err
	}
	if a.Action == engine.ActTransfer || a.Action == engine.ActContinue {
		if err := d.admitsMove(&actor, a); err != nil {
			return Response{}, err
		}
	}
	d.overWhat(a)
	two, err := d.takesTwo(ctx, a)
	if err != nil {
		return Response{}, err
	}
	if two {
		if actor.Token {
			return Response{}, refusal(engine.NotAllowed, "action") // people sign
		}
		if second == nil {
			return d.propose(ctx, actor, a)
		}
	}
	// Who signs with somebody the end of a pause makes it one of two people, see engine.StoppedBeyond.
	if two || second != nil && a.Action == engine.ActResume && a.named() {
		asked := a.proposal()
		if a.two, err = d.pairs.Second(ctx, actor, second, &asked); err != nil {
			return Response{}, err
		}
	}
	return d.do(ctx, a)
}

// do performs an act that everybody has agreed to.
func (d *Desk) do(ctx context.Context, a *act) (Response, error) {
	var err error
	var words string
	if a.why, words = splitReason(a.Reason); a.Action == engine.ActPause && a.why == "" {
		a.why = pauseReason(words)
	}
	if a.words, err = KeepText(ctx, d.register, words); err != nil {
		return Response{}, err
	}
	if err := d.separated(ctx, a); err != nil {
		return Response{}, err
	}
	if !a.named() && rules[a.Action].room {
		return d.whole(ctx, a)
	}
	if a.Action == engine.ActMarkSeat {
		return d.markSeats(a)
	}
	targets, failed := d.targets(a)
	var response Response
	switch a.Action {
	case engine.ActCheckin:
		response = d.checkin(a, targets)
	case engine.ActMove:
		response = d.move(a, targets)
	case engine.ActTransfer, engine.ActContinue:
		if response, err = d.elsewhere(ctx, a, targets); err != nil {
			return response, err
		}
	case engine.ActMessage:
		if a.words, err = KeepText(ctx, d.register, strings.TrimSpace(a.Text)); err != nil {
			return Response{}, err
		}
		response = d.each(a, targets, d.commands)
	default:
		response = d.each(a, targets, d.commands)
	}
	response.Failed = append(response.Failed, failed...)
	return response, nil
}

// command is an act on one attempt with what all have in common.
func (a *act) command(t *target) engine.Command {
	return engine.Command{
		Act: a.Action, At: a.now, By: a.by, Two: a.two, Op: derive(a.Op, t.person.Attempt), Sitting: a.room.ID, From: t.at,
		MS: a.MS, Why: a.why, Text: a.words, Ref: a.Ref,
	}
}

// commands turns an act into what is asked of one attempt.
func (d *Desk) commands(a *act, t *target) []engine.Command {
	c := a.command(t)
	switch a.Action {
	case engine.ActAdjust:
		c.Form, c.Was = a.Adjust, a.Was[t.person.Number]
	case engine.ActDecideDoubt:
		c.Why = engine.Upheld
		if yes, _ := a.granted(); yes {
			c.Why = "cleared"
		}
	case engine.ActDecideCredit:
		c.On, _ = a.granted()
		if a.Ref != 0 {
			return []engine.Command{c}
		}
		// Everything that is undecided, oldest first. The last one carries the operation by
		// which a repetition is known, when nothing is undecided any more.
		var refs []int
		t.live.View(func(s *engine.Attempt, _ *engine.Terms) {
			for ref := range s.Asked {
				refs = append(refs, ref)
			}
		})
		slices.Sort(refs)
		var all []engine.Command
		for i, ref := range refs {
			each := c
			each.Ref = ref
			if i < len(refs)-1 {
				each.Op = derive(a.Op, t.person.Attempt+"/"+strconv.Itoa(ref))
			}
			all = append(all, each)
		}
		if len(all) == 0 && a.named() {
			return []engine.Command{c}
		}
		return all
	}
	return []engine.Command{c}
}

// each asks every target at once, so that their events share a commit.
func (d *Desk) each(a *act, targets []target, commands func(*act, *target) []engine.Command) Response {
	errs, silent := make([]error, len(targets)), make([]bool, len(targets))
	var asked sync.WaitGroup
	var mu sync.Mutex
	for i := range targets {
		all := commands(a, &targets[i])
		silent[i] = len(all) == 0
		for _, c := range all {
			asked.Add(1)
			targets[i].live.Do(engine.Task{Command: c, Reply: func(r engine.Result) {
				mu.Lock()
				errs[i] = errors.Join(errs[i], r.Err)
				mu.Unlock()
				asked.Done()
			}})
		}
	}
	asked.Wait()
	var response Response
	for i, t := range targets {
		if silent[i] {
			continue // nothing to ask
		}
		if errs[i] == nil && a.Action == engine.ActUnlock {
			d.station.unlocked(t.person.Attempt, a.now)
		}
		response.add(t, errs[i])
	}
	return response
}

// add notes what became of a target.
func (r *Response) add(t target, err error) {
	if err == nil {
		r.Done = append(r.Done, Seat{t.seat, t.person.Number})
		return
	}
	r.Failed = append(r.Failed, failure(t.seat, t.person.Number, err))
}

func failure(seat, number string, err error) Failed {
	f := Failed{Seat: seat, Number: number, Code: engine.Busy}
	var no *engine.Refusal
	if errors.As(err, &no) {
		f.Code, f.Field = no.Code, no.Field
	}
	return f
}
