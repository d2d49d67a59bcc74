package engine_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"terang/engine"
)

// sat is one attempt of a history, with what belongs to it at all nodes.
type sat struct {
	id      string
	history *history
	nodes   *nodes
	ops     atomic.Int64
	cookies atomic.Int64
}

// called is a call under way.
type called struct {
	*sat
	at   *node
	call int64
	done chan outcome
}

// outcome is how it was answered: what web takes of a reply.
type outcome struct {
	engine.Result
	call, back int64
	session    string
	seen       told
}

// errFell is the answer of a node that fell before it gave one.
var errFell = errors.New("the node fell")

// ask hands in a task at a node, now.
func (s *sat) ask(n *node, t engine.Task) *called {
	c := &called{sat: s, at: n, call: s.history.now(), done: make(chan outcome, 1)}
	t.Command.At = n.hall.Now()
	t.Reply = func(r engine.Result) {
		a := outcome{Result: r, call: c.call, back: s.history.now(), session: r.State.Session, seen: shown(r.State)}
		a.State, a.Terms = nil, nil
		c.done <- a
	}
	live := n.hall.Attempt(s.id)
	live.Touch(t.Command.At)
	live.Do(t)
	return c
}

// wait returns the answer, or that there will be none.
func (c *called) wait() outcome {
	select {
	case a := <-c.done:
		return a
	case <-c.at.fell:
		return outcome{Result: engine.Result{Err: errFell}, call: c.call, back: c.history.now()}
	}
}

// device is a browser with its cookie. Its tabs share both.
type device struct {
	*sat
	number int
	uuid   string

	mu      sync.Mutex
	session int
}

// cookie is what the journal has of a session.
func (d *device) cookie(session int) string { return d.id + "." + strconv.Itoa(session) }

// signin opens a session at the node, as the door does: what was busy is asked anew, with
// another secret.
func (d *device) signin(n *node) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	in := asked{act: engine.ActSignIn, device: d.number, session: int(d.cookies.Add(1)) + 1}
	in.id = d.cookie(in.session)
	a := d.ask(n, engine.Task{Command: engine.Command{
		Act: engine.ActSignIn, By: "candidate", Device: d.uuid, Session: in.id, Seat: d.uuid,
	}}).wait()
	code := codeOf(a.Err)
	if code != engine.InUse { // perhaps of a moment ago
		d.history.add(a.call, a.back, in, told{code: code, n: a.N})
	}
	if code == "" {
		d.session = in.session
	}
	return code == ""
}

// cookieNow is the session that the browser sends.
func (d *device) cookieNow() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.session
}

// tab is a page on a device, with an outbox of its own. It does what a page of ours does,
// and worse: it may go on for a while after it was told goodbye.
type tab struct {
	*device
	random *rand.Rand
	outbox []*kept
	line   *wire // nil while there is none
}

// kept is an operation in an outbox.
type kept struct {
	asked
	call    int64 // when it was sent first, 0 if it never was
	unsure  bool  // some answer was unknown or busy
	settled bool  // it has its answer, or was given up
	stored  bool  // it was acknowledged
}

// wire is a page's connection, as the engine sees it.
type wire struct {
	at   *node
	gen  int
	gone atomic.Bool
	uuid string
}

func (w *wire) Bye(engine.Code) { w.gone.Store(true) }

func (w *wire) Committed(_ *engine.Attempt, _ *engine.Terms, events []engine.Event) {
	for i := range events {
		switch e := &events[i]; e.Kind {
		case engine.DeviceMoved, engine.Released, engine.SignedOut:
			w.gone.Store(true)
		case engine.SignedIn:
			if e.Device != w.uuid {
				w.gone.Store(true)
			}
		}
	}
}

// codeOf is how the history has an answer.
func codeOf(err error) engine.Code {
	var refusal *engine.Refusal
	switch {
	case err == nil:
		return ""
	case errors.Is(err, engine.Busy) || !errors.As(err, &refusal):
		return unknown
	}
	return refusal.Code
}

// work takes so many turns: each begins with a hello if there is no line, and sends
// operations without waiting for the answers in between.
func (p *tab) work(turns int, until time.Time) {
	for turn := range turns {
		if time.Now().After(until) {
			break
		}
		p.pause()
		p.moveOn()
		if p.line == nil && !p.hello() {
			continue
		}
		if turn > turns*3/4 && p.random.IntN(8) == 0 {
			p.keep(asked{act: engine.ActSelfEnd})
		}
		for range p.random.IntN(4) {
			p.write()
		}
		p.send()
	}
	for _, k := range p.outbox {
		p.giveUp(k)
	}
}

// moveOn ends the line: always when its node has fallen, mostly when the page was told
// goodbye, and else now and then.
func (p *tab) moveOn() {
	if p.line == nil {
		return
	}
	goes := p.random.IntN(6) == 0
	if p.line.gone.Load() {
		goes = p.random.IntN(3) > 0
	}
	switch {
	case p.line.at.hasFallen():
	case !goes:
		return
	default:
		p.line.at.hall.Attempt(p.id).Hang(p.line)
	}
	p.line = nil
}

// pause gives way for up to two milliseconds, half of the times not at all.
func (p *tab) pause() {
	if p.random.IntN(2) == 0 {
		<-time.After(time.Duration(p.random.IntN(2000)) * time.Microsecond)
	}
}

// hello takes the attempt at any node, as the socket does.
func (p *tab) hello() bool {
	n := p.nodes.any(p.random)
	session := p.cookieNow()
	view := p.ask(n, engine.Task{Command: engine.Command{Act: engine.ActView}}).wait()
	switch {
	case view.Err != nil:
		return false
	case view.session != p.cookie(session):
		if !p.signin(n) {
			return false
		}
		session = p.cookieNow()
	}
	line := &wire{at: n, uuid: p.uuid}
	a := p.ask(n, engine.Task{Conn: line, Command: engine.Command{
		Act: engine.ActHello, By: "candidate", Device: p.uuid, Session: p.cookie(session), Node: n.hall.Node(),
	}}).wait()
	in := asked{act: engine.ActHello, device: p.number, session: session, id: p.uuid, node: n.hall.Node()}
	switch code := codeOf(a.Err); code {
	case "":
		p.history.add(a.call, a.back, in, told{n: a.N, gen: a.seen.gen})
		p.history.add(a.call, a.back, asked{act: show, device: p.number}, a.seen)
	case engine.SignedOutNow: // perhaps of a moment ago
		return false
	case engine.Superseded: // taken, and lost again before it was answered
		code = unknown
		fallthrough
	default:
		p.history.add(a.call, a.back, in, told{code: code})
		return false
	}
	line.gen = a.seen.gen
	p.line = line
	return true
}

// shown is what a welcome shows of the state.
func shown(a *engine.Attempt) told {
	t := told{n: a.N, gen: a.Gen}
	for i, r := range a.Responses {
		t.answers[i] = r.C
	}
	for q := range linearItems {
		t.marks[q] = a.Marks[q+1]
	}
	t.done = a.State == engine.Done
	return t
}

// write makes an answer, a cleared one or a mark.
func (p *tab) write() {
	q := 1 + p.random.IntN(linearItems)
	switch p.random.IntN(8) {
	case 0:
		p.keep(asked{act: engine.ActMark, q: q, on: p.random.IntN(2) == 0})
	case 1:
		p.keep(asked{act: engine.ActAnswer, q: q})
	default:
		p.keep(asked{act: engine.ActAnswer, q: q, c: string(rune('a' + p.random.IntN(linearLetters)))})
	}
}

func (p *tab) keep(in asked) {
	if in.op = int(p.ops.Add(1)); in.op < linearOps {
		in.id, in.device = uuid.NewString(), p.number
		p.outbox = append(p.outbox, &kept{asked: in})
	}
}

// send sends what has no answer yet, and now and then what has one, as a page does whose
// memory of it was lost.
func (p *tab) send() {
	sent := make(map[*kept]*called)
	var order []*kept
	for _, k := range p.outbox {
		switch {
		case k.settled && (!k.stored || p.random.IntN(16) > 0):
			continue
		case k.unsure && !k.settled && p.random.IntN(16) == 0:
			p.giveUp(k)
			continue
		case len(order) == linearBurst:
			continue
		}
		if !slices.Contains(k.gens, p.line.gen) {
			k.gens = append(slices.Clone(k.gens), p.line.gen) // the history has the older ones
		}
		sent[k] = p.ask(p.line.at, engine.Task{Command: engine.Command{
			Act: k.act, By: "candidate", Op: k.id, Q: k.q, C: k.c, On: k.on, Gen: p.line.gen,
		}})
		if order = append(order, k); k.call == 0 {
			k.call = sent[k].call
		}
	}
	for _, k := range order {
		p.heard(k, sent[k].wait())
	}
}

// heard notes an answer. An operation is one call from its first sending to its
// acknowledgement, however often it was sent. A refusal is one from that sending on: what
// was sent before it had no effect, and will have none.
func (p *tab) heard(k *kept, a outcome) {
	out := told{code: codeOf(a.Err), n: a.N}
	once := k.asked
	once.gens = []int{p.line.gen}
	switch {
	case out.code == unknown:
		k.unsure = true // unless it was acknowledged before
	case out.code != "":
		p.history.add(a.call, a.back, once, told{code: out.code})
		p.line.gone.Store(true)
		k.settled = k.settled || out.code != engine.Superseded
	case k.stored:
		p.history.add(a.call, a.back, once, out)
	default:
		k.settled, k.stored = true, true
		p.history.add(k.call, a.back, k.asked, out)
	}
}

// giveUp leaves an operation as it is: if it may have been stored, nobody will know.
func (p *tab) giveUp(k *kept) {
	if k.unsure && !k.settled {
		p.history.add(k.call, 0, k.asked, told{code: unknown})
	}
	k.settled = true
}
