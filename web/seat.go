package web

import (
	"errors"
	"sync"
	"time"

	"terang/engine"
)

// seat is a candidate's page as the engine sees it, whatever carries its frames. It
// turns frames into commands and committed events into frames.
type seat struct {
	server    *Server
	exam      *Exam // as it was when the page came: the code and the items stay; for people and thresholds see served
	live      *engine.Live
	line      line
	allowance *allowance // of the attempt, whatever page speaks for it

	mu      sync.Mutex
	gone    bool // it has been told goodbye
	greeted bool
	waits   bool   // for the start, as the newest welcome showed
	sealed  bool   // the page can open a sealed form
	offered string // ETag of the sealed form that the newest welcome named, if one did
	gen     int
	clockAt engine.Instant // of the newest clock frame
	told    int            // version that the newest welcome showed
	bound   int            // version at which the page took the attempt
	device  string
	etag    string // of the form that the page holds opened
	given   uint64 // hash of the newest result, 0 if none: it hears when that becomes another
	bad     int
	dropped int64 // looks that found the queue full, or came too fast

	lang   string // of the page
	cookie string // SHA-256 of the session's secret
}

// line carries a page's frames.
type line interface {
	send(frame []byte)      // queues a frame, which may be written over at once; never blocks
	close(code engine.Code) // after the last frame
}

type byeFrame struct {
	T     string `json:"t"`
	Code  string `json:"code"`
	Why   string `json:"why,omitempty"`
	Seat  string `json:"seat,omitempty"`
	Retry int64  `json:"retry,omitempty"`
}

type noFrame struct {
	T     string `json:"t"`
	Op    string `json:"op"` // "" if the frame had none that could be read
	Code  string `json:"code"`
	Text  string `json:"text"`
	Retry int64  `json:"retry,omitempty"`
}

// served is the exam as this node serves it now: names, formations and places may have been
// corrected since the page came. Of one that was removed it is what the page came with.
func (s *seat) served() *Exam {
	if x := s.server.examOf(s.live.ID); x != nil {
		return x
	}
	return s.exam
}

// known says whether the page has been welcomed.
func (s *seat) known() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.greeted
}

// frame handles one frame that was read at the instant. What of it would wait, for a commit or
// for the journal, is later: it is to be done before the page's next frame.
func (s *seat) frame(b []byte, at engine.Instant) (later func()) {
	f, ok := readFrame(b)
	s.mu.Lock()
	gone, greeted, gen, due := s.gone, s.greeted, s.gen, at.Sub(s.clockAt) >= clockEvery
	s.mu.Unlock()
	switch {
	case gone:
		return nil
	case ok && f.T == "hello":
		if wait := s.limit(at); wait > 0 { // each is recorded
			s.bye(byeFrame{Code: string(engine.RateLimited), Retry: wait.Milliseconds()})
			return nil
		}
		said := f // or every frame would be on the heap
		return func() { s.hello(said, at) }
	case greeted && s.lapsed(at):
		s.bye(byeFrame{Code: string(engine.ServerMoving), Retry: s.server.retryAfter()})
		return nil
	case greeted:
		// Only who holds the attempt is a contact: before a hello is admitted, the gap that
		// it ends is still open.
		s.live.Touch(at)
		if due && f.T != "beat" { // which is answered first
			later = s.remind(at)
		}
	}
	switch {
	case !ok || !f.known():
		s.badFrame(f.Op, engine.BadFrame)
		return later
	case !greeted:
		s.badFrame(f.Op, engine.NotAllowed)
		return later
	case !f.whole():
		s.badFrame(f.Op, engine.BadFrame)
		return later
	}
	switch f.T {
	case "beat":
		s.live.Shows(f.Have)
		return s.beat(at)
	case "answer", "mark", "finish":
		if !engine.ValidOp(f.Op) {
			s.badFrame(f.Op, engine.BadFrame)
			return later
		}
		if wait := s.limit(at); wait > 0 {
			s.no(f.Op, &engine.Refusal{Code: engine.RateLimited, Retry: wait})
			return later
		}
		return inTurn(later, s.do(s.operation(f, gen, at)))
	case "look":
		if s.limit(at) > 0 {
			s.mu.Lock()
			s.dropped++
			s.mu.Unlock()
			return later
		}
		s.mu.Lock()
		dropped := s.dropped
		s.dropped = 0
		s.mu.Unlock()
		return inTurn(later, s.do(engine.Task{
			Command: engine.Command{Act: engine.ActLook, By: "candidate", At: at, Q: f.Q, Gen: gen, MS: dropped},
			Reply:   func(r engine.Result) { s.looked(r, dropped) },
		}))
	}
	return later
}

// lapsed says whether the page has not been heard for so long that the gap is on record, or about
// to be: it has to say hello anew, which ends the gap. A page of ours has long gone to do so. What
// comes after all is what a machine that stood still found when it went on, or a network kept: taken
// as a contact, it would cost the candidate the time that is owed for the gap, and an answer of it
// would be refused as late before that time is given.
func (s *seat) lapsed(at engine.Instant) bool { return at.Sub(s.live.Last()) >= engine.SilentAfter }

// do hands in a task, now or later.
func (s *seat) do(t engine.Task) (later func()) {
	if s.live.TryDo(t) {
		return nil
	}
	waits := t // or every task would be on the heap
	return func() { s.live.Do(waits) }
}

// inTurn is what is to be done of two.
func inTurn(first, second func()) func() {
	switch {
	case first == nil:
		return second
	case second == nil:
		return first
	}
	return func() { first(); second() }
}

// looked keeps the count of drops that no event has taken with it.
func (s *seat) looked(r engine.Result, told int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(r.Err, engine.Busy) {
		s.dropped += told + 1
	} else if r.N == 0 {
		s.dropped += told
	}
}

// operation is the task of a frame, whose page hears what became of it.
func (s *seat) operation(f clientFrame, gen int, at engine.Instant) engine.Task {
	act := engine.ActAnswer
	switch f.T {
	case "mark":
		act = engine.ActMark
	case "finish":
		act = engine.ActSelfEnd
	}
	return engine.Task{
		Command: engine.Command{Act: act, By: "candidate", Op: f.Op, At: at, Q: f.Q, C: f.C, On: f.On, MS: max(0, min(f.MS, viewMost)), Gen: gen},
		To:      s,
	}
}

// Heard implements engine.Hearer: the page hears what became of an operation that was read at
// the instant.
func (s *seat) Heard(op string, at engine.Instant, r engine.Result) {
	if r.Err != nil {
		s.no(op, r.Err)
		return
	}
	room := texts.Get().(*[]byte)
	*room = appendOK((*room)[:0], op, r.N, r.At)
	s.line.send(*room)
	texts.Put(room)
	s.server.engineMetrics.Acked.Inc()
	s.server.engineMetrics.Ack.Observe(r.Now.Sub(at).Seconds())
}

// limit takes one from the candidate's bucket, or says how long to wait.
func (s *seat) limit(at engine.Instant) time.Duration {
	return s.allowance.take(&s.exam.Def.Policy, at)
}

// no refuses an operation. A device that goes on against refusals is sent away.
func (s *seat) no(op string, err error) {
	refusal := &engine.Refusal{Code: engine.Busy, Retry: time.Second}
	errors.As(err, &refusal)
	s.server.engineMetrics.Refused.WithLabelValues(string(refusal.Code)).Inc()
	if refusal.Code == engine.Superseded {
		s.Bye(engine.Superseded)
		return
	}
	s.line.send(frameJSON(noFrame{T: "no", Op: op, Code: string(refusal.Code), Text: codeText(refusal.Code, s.lang), Retry: refusal.Retry.Milliseconds()}))
	if s.allowance.refuse(s.server.hall.Now()) {
		s.bye(byeFrame{Code: string(engine.RateLimited), Retry: time.Minute.Milliseconds()})
	}
}

// badMost is how many frames that cannot be read end a line.
const badMost = 10

// badFrame refuses what no page of ours sends; the tenth ends the connection.
func (s *seat) badFrame(op string, code engine.Code) {
	s.mu.Lock()
	s.bad++
	tooMany := s.bad >= badMost
	s.mu.Unlock()
	s.no(op, &engine.Refusal{Code: code})
	if tooMany {
		s.bye(byeFrame{Code: string(engine.BadFrame)})
	}
}

func (s *seat) beat(at engine.Instant) (later func()) {
	s.line.send(beatFrame(s.server.hall.Now()))
	return s.remind(at)
}

// polled notes a contact over plain HTTP, with or without frames.
func (s *seat) polled(at engine.Instant) {
	s.mu.Lock()
	holds := s.greeted && !s.gone
	s.mu.Unlock()
	if holds {
		s.live.Touch(at)
		if later := s.remind(at); later != nil {
			later()
		}
	}
}

// clockEvery is how often a page hears the clock, whatever it sends.
const clockEvery = 30 * time.Second

// remind sends the clock every 30 s, and ends a page whose time to hand in is over.
func (s *seat) remind(at engine.Instant) (later func()) {
	s.mu.Lock()
	due := at.Sub(s.clockAt) >= clockEvery
	if due {
		s.clockAt = at
	}
	s.mu.Unlock()
	if !due {
		return nil
	}
	return s.do(engine.Task{
		Command: engine.Command{Act: engine.ActView},
		Reply: func(r engine.Result) {
			s.mu.Lock()
			gone := s.gone
			s.mu.Unlock()
			switch a, t := r.State, r.Terms; {
			case gone:
			case !a.State.Over():
				s.line.send(frameJSON(clockOf(a, t, at)))
			case !a.HandsIn(at, t.Policy):
				s.bye(byeFrame{Code: string(engine.AlreadyOver), Why: a.FinishWhy})
			}
		},
	})
}

// Bye ends the page's hold on the attempt.
func (s *seat) Bye(code engine.Code) {
	f := byeFrame{Code: string(code)}
	if code == engine.ServerMoving {
		f.Retry = s.server.retryAfter()
	}
	s.bye(f)
}

func (s *seat) bye(f byeFrame) {
	f.T = "bye"
	s.mu.Lock()
	s.gone = true
	s.mu.Unlock()
	s.line.send(frameJSON(f))
	s.line.close(engine.Code(f.Code))
}

// hello takes the attempt for this page; welcome follows the commit. What the page has
// sent behind it is read after the welcome, when it is known whether the page may speak.
func (s *seat) hello(f clientFrame, at engine.Instant) {
	decided := make(chan struct{})
	defer func() { <-decided }()
	s.mu.Lock()
	f.Device = deviceOf(f.Device)
	s.device, s.etag, s.sealed = f.Device, f.ETag, f.Sealed
	s.mu.Unlock()
	s.live.Do(engine.Task{
		Command: engine.Command{
			Act: engine.ActHello, By: "candidate", At: at, Device: f.Device, Have: f.Have, Node: s.server.hall.Node(), Session: s.cookie,
		},
		Conn: s,
		Reply: func(r engine.Result) {
			defer close(decided)
			refusal := &engine.Refusal{}
			switch {
			case r.Err == nil:
				s.welcome(r.State, r.Terms, at, false)
			case errors.As(r.Err, &refusal) && refusal.Code != engine.Busy:
				s.Bye(refusal.Code)
			default:
				s.Bye(engine.ServerMoving)
			}
		},
	})
}

// Committed sends what has happened to the page; see engine.Conn.
func (s *seat) Committed(a *engine.Attempt, t *engine.Terms, events []engine.Event) {
	s.mu.Lock()
	greeted, device, told, waited := s.greeted, s.device, s.told, s.waits
	s.mu.Unlock()
	if !greeted {
		return // the welcome that follows says it all
	}
	clock := len(events) == 0
	for i := range events {
		shown := a.N-len(events)+1+i <= told // by the welcome that this run brought
		switch e := &events[i]; e.Kind {
		case engine.Started:
			if !shown {
				s.welcome(a, t, s.server.hall.Now(), true)
				clock = true
			}
		case engine.Resumed:
			if waited && !shown { // begun at another sitting, and goes on here
				s.welcome(a, t, s.server.hall.Now(), true)
			}
			clock = clock || !shown
		case engine.Paused, engine.TimeGiven, engine.GapCredited, engine.CreditAsked,
			engine.CreditRefused, engine.CreditReversed, engine.Reopened:
			clock = clock || !shown
		case engine.Adjusted:
			if !shown {
				s.welcome(a, t, s.server.hall.Now(), false)
			}
		case engine.DoubtRaised, engine.DoubtDecided:
			if !shown && a.State == engine.Done {
				s.result(a, t) // it is held, or was
			}
		case engine.Messaged:
			s.server.say(s, e.Text, e.At)
		case engine.DeviceMoved:
			s.bye(byeFrame{Code: string(engine.Superseded), Why: "moved", Seat: e.Seat})
		case engine.Released, engine.SignedOut, engine.Transferred, engine.Continued, engine.Resat:
			s.bye(byeFrame{Code: string(engine.SignedOutNow), Why: string(e.Kind)})
		case engine.SignedIn:
			if e.Device != device {
				s.bye(byeFrame{Code: string(engine.Superseded), Why: "elsewhere"})
			}
		case engine.Finished, engine.Disqualified:
			if !shown {
				s.over(a, t, e)
			}
		}
	}
	if clock && !a.State.Over() {
		s.clock(a, t)
	}
}

func (s *seat) clock(a *engine.Attempt, t *engine.Terms) {
	now := s.server.hall.Now()
	s.mu.Lock()
	s.clockAt = now
	s.mu.Unlock()
	s.line.send(frameJSON(clockOf(a, t, now)))
}

// over tells the end. After a finish by the deadline the socket stays for the hand-in.
func (s *seat) over(a *engine.Attempt, t *engine.Terms, e *engine.Event) {
	s.clock(a, t)
	s.result(a, t)
	if e.Why == "deadline" && e.Kind == engine.Finished {
		return
	}
	f := byeFrame{Code: string(engine.AlreadyOver), Why: e.Why}
	if e.Act != "" {
		f.Why = e.Act // the supervisor's reason
	}
	if e.Text == "" {
		s.bye(f)
		return
	}
	hash := e.Text
	go func() { // the attempt does not wait for the register
		if words, err := s.server.words(hash); err == nil {
			f.Why = words
		}
		s.bye(f)
	}()
}
