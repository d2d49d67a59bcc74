package rehearse

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/crowd"
	"terang/cmd/terang/process"
)

// performance is one rehearsal on a stage: the crowd, and what was seen of it.
type performance struct {
	*stage
	profile *profile
	log     *crowd.Log
	crowd   []*crowd.Candidate
	client  *http.Client
	dialer  *websocket.Dialer
	gauges  *gauges
	doing   atomic.Pointer[string] // for the progress

	mu     sync.Mutex
	failed []error // candidates that gave up

	variant     string
	spreads     []Spread
	p99Ratio    float64 // with readers over without, 0 where there are none
	shareRead   float64 // snapshots answered, of those due
	used        []used  // of the processors, with readers
	holes       int     // frames that readers of a board server missed
	notes       []Note
	readBack    int // candidates that are to be read back at the end
	unanswered  int // operations that nobody has answered
	otherErrors int
	others      []string
}

// How long is waited for what should take no time.
const (
	seatLeast  = 30 * time.Second // until a crowd sits, beside a part for each candidate
	landWithin = 10 * time.Second // until what was sent is answered
	backWithin = 15 * time.Second // until a crowd has been read back
	readMost   = 4000             // candidates that are read back
	readAtOnce = 200
)

// perform seats the crowd, lets the profile measure, and reads back what was acknowledged.
// It ends in bounded time whatever the server does, with what it has.
func (s *stage) perform(ctx context.Context) (*performance, error) {
	kind, _ := s.Cmd.profile()
	p := &performance{stage: s, profile: kind, log: crowd.NewLog()}
	p.client, p.dialer = crowd.Connections(s.Candidates)
	for i, person := range s.people[:s.Candidates] {
		one := p.cast(person, i)
		p.log.Follow(one)
		p.crowd = append(p.crowd, one)
	}
	if err := p.admitted(ctx); err != nil {
		return nil, err
	}
	p.gauges = newGauges(s.Target)
	p.gauges.idle(ctx)
	watched, stop := context.WithCancel(ctx)
	var aside errgroup.Group
	aside.Go(func() error { return p.progress(watched) })
	aside.Go(func() error { return p.gauges.run(watched) })
	err := p.play(ctx)
	stop()
	_ = aside.Wait() // they only look on
	return p, err
}

// admitted signs the first candidate in, and refuses a real exam before anybody answers.
func (p *performance) admitted(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, seatLeast)
	defer cancel()
	if err := p.crowd[0].SignIn(ctx); err != nil {
		if refusedAs(err, crowd.NotRehearsal) {
			return fmt.Errorf("%s: %w; simulated candidates have no place in it: make one with terang exam create --rehearsal, or leave --target out. Nothing was answered", p.Target, err)
		}
		p.fail(err) // the others may do better, and the verdict tells
	}
	return nil
}

func (p *performance) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = append(p.failed, err)
}

// play is the rehearsal itself.
func (p *performance) play(ctx context.Context) error {
	crowdCtx, cancel := context.WithCancel(ctx)
	var g errgroup.Group
	defer func() {
		cancel()
		_ = g.Wait() // errors are in failed
	}()
	p.say("taking seats")
	for i, one := range p.crowd {
		after := time.Duration(float64(p.Ramp) * float64(i) / float64(len(p.crowd)))
		g.Go(func() error {
			if process.Rest(crowdCtx, after) != nil {
				return nil //nolint:nilerr // the rehearsal is over
			}
			if err := one.Run(crowdCtx); err != nil && crowdCtx.Err() == nil {
				p.fail(err)
			}
			return nil
		})
	}
	point := func() int { return p.log.Figures().Seated }
	if p.profile.starts {
		point = func() int { return p.log.Reached(crowd.Waits) }
	}
	seated := p.until(ctx, p.Ramp+p.within(seatLeast), func() bool { return point()+p.gaveUp() >= p.Candidates })
	if !seated {
		p.notes = append(p.notes, Note{
			fmt.Sprintf("%d of %d candidates sat down in time", point(), p.Candidates),
			fmt.Sprintf("%d dari %d peserta menempati kursi pada waktunya.", point(), p.Candidates),
		})
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := p.weigh(ctx); err != nil && ctx.Err() == nil {
		p.otherErrors++
		p.others = append(p.others, err.Error())
	}
	if point() > 0 {
		if err := p.profile.perform(p, ctx); err != nil && ctx.Err() == nil {
			p.otherErrors++
			p.others = append(p.others, err.Error())
		}
		p.land(ctx)
		p.gauges.end()
		p.readItBack(ctx)
	}
	return ctx.Err()
}

func (p *performance) gaveUp() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.failed)
}

// begin starts to measure.
func (p *performance) begin(what string) {
	p.say(what)
	p.log.Begin()
	p.gauges.begin()
}

// land lets nobody do anything new, and waits until what was sent has its answer: what
// stays without one has waited as long as this at least.
func (p *performance) land(ctx context.Context) {
	p.say("waiting for what is under way")
	p.log.End()
	for _, one := range p.crowd {
		one.Rest()
	}
	waiting := func() (waits []time.Duration) {
		for _, one := range p.crowd {
			waits = append(waits, one.Waiting(time.Now())...)
		}
		return waits
	}
	p.until(ctx, landWithin, func() bool { return len(waiting()) == 0 })
	left := waiting()
	p.unanswered = len(left)
	p.log.Unanswered(left)
}

// readItBack lets candidates come again, so that their welcomes show what the server has
// stored: all of them, or as many of a large crowd as are enough.
func (p *performance) readItBack(ctx context.Context) {
	p.say("reading back")
	sample := p.crowd
	if len(sample) > readMost {
		sample = make([]*crowd.Candidate, readMost)
		for i, k := range rand.Perm(len(p.crowd))[:readMost] {
			sample[i] = p.crowd[k]
		}
	}
	p.log.ReadBack()
	deadline := time.Now().Add(p.within(backWithin))
	for len(sample) > 0 && time.Now().Before(deadline) && ctx.Err() == nil {
		batch := sample[:min(readAtOnce, len(sample))]
		sample = sample[len(batch):]
		for _, one := range batch {
			if one.Sits() {
				p.readBack++
				one.ReadBack()
			}
		}
		p.until(ctx, time.Until(deadline), func() bool { return p.log.Figures().Compared >= p.readBack })
	}
	p.readBack = max(p.readBack, min(readMost, p.log.Figures().Seated))
}

// until waits for a condition, and reports whether it came in time.
func (p *performance) until(ctx context.Context, within time.Duration, is func() bool) bool {
	for end := time.Now().Add(within); !is(); {
		if time.Now().After(end) || process.Rest(ctx, 20*time.Millisecond) != nil {
			return false
		}
	}
	return true
}

// rest lets the crowd go on for a while.
func (p *performance) rest(ctx context.Context, d time.Duration) error { return process.Rest(ctx, d) }
