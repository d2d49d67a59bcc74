// Package crowd simulates candidates: each signs in, takes a seat and answers through the
// same calls and frames as a browser, with an outbox, beats and reconnections of its own.
// It knows of the server only what the protocol says, and notes what the server told it,
// so that a journal can be held against it afterwards.
//
// Start reading at Candidate.Run; Log is what a crowd has heard.
package crowd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
)

// Times of a page that do not depend on the server.
const (
	beatEvery = 2 * time.Second
	downAfter = 5 * time.Second  // without a frame the connection is given up
	cover     = 30 * time.Second // so long a page goes on without the server
	retryMost = 8 * time.Second  // to which the window of a reconnection doubles
)

// Candidate is one simulated person. Set the exported fields before Run.
type Candidate struct {
	Base      string   // http://host:port
	Elsewhere []string // other nodes of the same exam, tried in turn when one does not answer
	Number    string
	PIN       string
	Exam      string

	// Choose answers a question: letters are those on display. Nil picks at random.
	Choose func(number string, q int, letters []string) string
	// Pace is the time from one act to the next, whatever the server does. Nil is one second.
	Pace func(r *rand.Rand) time.Duration
	// Closed acts as soon as the last act was answered; Pace is not asked.
	Closed bool
	// Finish lets the candidate finish when all is answered.
	Finish bool
	// Again lets a candidate who has answered everything go on changing answers.
	Again bool
	// Defiant goes on answering when the exam stands or is over, as a changed page would.
	Defiant bool
	// Habits are what is done beside answering; nil: nothing.
	Habits *Habits
	// Sealed says in hello that it can open a sealed form, and fetches it while it waits.
	Sealed bool
	// Blind takes no form apart: of each question it knows that there are letters a and b.
	// A crowd on one machine would otherwise spend that on what in truth as many computers do.
	Blind bool
	// Linger stays connected after a finish by the deadline, as a page does for its hand-in.
	Linger bool
	// Rehearsal sits in no exam that does not say of itself that it is a rehearsal.
	Rehearsal bool

	// Seated hears of each welcome. Acked hears every acknowledged operation, Refused
	// every refusal, Noticed what no page should ever see. They are called one at a time;
	// each may be nil.
	Seated  func(number string, again bool)
	Acked   func(Acked)
	Refused func(number, op, code string)
	Noticed func(number, what string)
	Gap     func(Gap)                  // hears of each time in which nothing could be stored
	Clocked func(number, state string) // hears of each clock that the server shows
	Left    func(number string)        // hears that Run has ended
	// Came hears of the points of the exam that the candidate comes to, Away of each
	// goodbye that asks to come back, Beaten of the beats: how long one took, and how far
	// the server's clock is ahead of this machine's. Compared hears, for each welcome
	// after the first, how many acknowledged answers it was held against and how many it
	// showed otherwise.
	// Due hears of each act for which the time has come, whether it can be done or not.
	Came     func(Came)
	Due      func()
	Away     func(number, code string)
	Beaten   func(took, ahead time.Duration)
	Compared func(number string, answers, differ int)

	Client *http.Client
	Dialer *websocket.Dialer

	device    string
	cookie    string
	confirmed bool
	attempt   string
	route     route          // over Base and Elsewhere
	failed    int            // connections in a row that brought no welcome
	tasks     sync.WaitGroup // what Run has started and waits for

	mu      sync.Mutex // guards what follows: the reader and the pacer take turns
	rand    *rand.Rand
	conn    *websocket.Conn // nil while there is none
	greeted bool            // conn has brought its welcome
	heard   time.Time       // last frame, or when conn was made
	last    time.Time       // last frame after a welcome, on whichever connection
	beaten  time.Time       // when the beat was sent that is not answered yet
	state   string
	until   time.Time     // when the time is up that the newest clock left
	given   time.Duration // that the newest clock before the start showed
	ends    time.Time     // deadline, of the server's clock
	grace   time.Duration
	seated  bool // has been welcomed before
	began   bool // has been given the form's items
	resting bool
	hurry   bool // the next connection is not waited for
	form    sealedForm
	retry   window
	etag    string
	have    int // newest version that a welcome or an acknowledgement has told
	letters letters
	answers []standing // by position - 1
	marks   []standing // by position - 1; 'm' is a mark
	fresh   []stood    // what is not in them yet
	next    int        // position to be answered next, from 0
	due     time.Time
	outbox  outbox
	spare   *pending // room for the next one
	over    bool
	buf     []byte // of the frame being written
	wake    chan struct{}
}

// Acked is an operation that the server has acknowledged as durable.
type Acked struct {
	Number  string
	Attempt string
	Op      uuid.UUID
	Q       int    // 0: the finish
	C       string // "" clears
	Mark    bool   // a mark, set if On
	On      bool
	N       int
	At      time.Time     // of the server's record
	Took    time.Duration // since the moment at which it was to be sent
}

// Refusal is a code that the server answered with.
type Refusal struct {
	Call string
	Code string
	Text string
}

func (r *Refusal) Error() string { return r.Call + ": " + r.Code + ": " + r.Text }

type window struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Run sits the exam until it is over or ctx ends. Faults of the network are waited out as
// a page does; a refusal that a page could not mend is returned.
func (c *Candidate) Run(ctx context.Context) error {
	c.prepare()
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		c.tasks.Wait()
		if c.Left != nil {
			c.Left(c.Number)
		}
	}()
	for first := true; !c.isOver() && ctx.Err() == nil; first = false {
		if c.cookie == "" || !c.confirmed {
			if err := c.enter(ctx); err != nil || ctx.Err() != nil {
				return err
			}
		}
		if first {
			c.tasks.Go(func() { c.keepPace(ctx) })
		}
		least, err := c.sit(ctx)
		var refused *Refusal
		if errors.As(err, &refused) && (refused.Code == "signed_out" || refused.Code == "not_allowed") {
			c.notice("has to sign in again: " + refused.Code)
			c.cookie, c.confirmed, err = "", false, nil
		}
		if err != nil {
			return err
		}
		if !c.isOver() {
			c.wait(ctx, least)
		}
	}
	return nil
}

// prepare makes what lasts for the whole exam, once.
func (c *Candidate) prepare() {
	if c.wake != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	c.device = uuid.NewString()
	c.retry = window{200, 2000}
	c.wake = make(chan struct{}, 1)
}

// enter signs in and confirms, however long nobody answers.
func (c *Candidate) enter(ctx context.Context) error {
	for ctx.Err() == nil {
		var err error
		if c.cookie == "" {
			err = c.signIn(ctx)
		}
		if err == nil {
			err = c.confirm(ctx)
		}
		var refused *Refusal
		if err == nil || errors.As(err, &refused) && refused.Code != "busy" && refused.Code != "unavailable" {
			return err
		}
		c.goOn(errors.As(err, &refused))
		c.failed++
		c.wait(ctx, 0)
	}
	return nil
}

func (c *Candidate) isOver() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

// wait draws the time until the next connection from the server's window, which doubles
// while nobody answers; least is what a goodbye asked for.
func (c *Candidate) wait(ctx context.Context, least time.Duration) {
	c.mu.Lock()
	to := min(c.retry.To<<min(max(0, c.failed-1), 6), max(c.retry.To, retryMost.Milliseconds()))
	d := time.Duration(c.retry.From+c.rand.Int64N(max(1, to-c.retry.From))) * time.Millisecond
	if least > 0 {
		d = least
	}
	if c.hurry {
		d, c.hurry = 0, false
	}
	c.mu.Unlock()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// gapLeast is what a candidate would notice.
const gapLeast = 500 * time.Millisecond

func (c *Candidate) gap(from, to time.Time) {
	if c.Gap != nil && to.Sub(from) > gapLeast {
		c.Gap(Gap{c.attempt, from, to})
	}
}

func (c *Candidate) notice(what string) {
	if c.Noticed != nil {
		c.Noticed(c.Number, what)
	}
}

// String names the candidate in an operator's log by number only.
func (c *Candidate) String() string { return fmt.Sprintf("candidate %s", c.Number) }
