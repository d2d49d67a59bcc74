package rehearse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"terang/cmd/terang/crowd"
	"terang/cmd/terang/process"
)

// Readers is the readers of a board in a process of their own, so that the crowd, which
// measures how soon an answer is acknowledged, waits for none of them. It does what a
// rehearsal tells it, a line of JSON each on its standard input, and answers with a line.
//
// It runs on what others leave of the processors: in truth readers are elsewhere in the
// world, and take none from the exam.
type Readers struct{}

// readersOrder is what is to be done.
type readersOrder struct {
	Do    string        `json:"do"`
	Ahead time.Duration `json:"ahead_ns"` // of the server's clock before this machine's

	// With readersCome.
	URL       string        `json:"url,omitempty"` // of the board
	Cookie    *http.Cookie  `json:"cookie,omitempty"`
	Readers   int           `json:"readers,omitempty"`
	Slow      int           `json:"slow,omitempty"` // of these, never read
	Ramp      time.Duration `json:"ramp_ns,omitempty"`
	Again     bool          `json:"again,omitempty"`     // who is cut comes back
	Snapshots int           `json:"snapshots,omitempty"` // a second, from readersBegin to readersEnd
}

// What readers are told.
const (
	readersCome  = "come"
	readersBegin = "begin" // what was seen before does not count
	readersEnd   = "end"   // of what is measured; they go on reading
	readersLook  = "look"
)

// readersReport is what they have seen so far.
type readersReport struct {
	Opened    int                   `json:"opened"` // streams that are open, or have failed
	Watch     crowd.WatchFigures    `json:"watch"`
	Snapshots crowd.SnapshotFigures `json:"snapshots"`
	Fault     string                `json:"fault,omitempty"` // why the order was not followed
}

// Run reads until nobody orders any more.
func (c *Readers) Run(ctx context.Context) error {
	process.CollectSeldom()
	if err := process.StandAside(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	g := &gallery{ctx: ctx}
	defer g.reading.Wait()
	defer cancel()
	orders, reports := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var o readersOrder
		switch err := orders.Decode(&o); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("an order of the rehearsal: %w", err)
		}
		if err := reports.Encode(g.follow(&o)); err != nil {
			return fmt.Errorf("answer the rehearsal: %w", err)
		}
	}
}

// gallery is where they read.
type gallery struct {
	ctx     context.Context //nolint:containedctx // it is the process's
	reading sync.WaitGroup
	stream  *crowd.Watchers
	asking  *crowd.Snapshots
	enough  context.CancelFunc // of the snapshots

	mu    sync.Mutex
	ahead time.Duration
}

func (g *gallery) follow(o *readersOrder) (r readersReport) {
	g.mu.Lock()
	g.ahead = o.Ahead
	g.mu.Unlock()
	if (g.stream == nil) != (o.Do == readersCome) {
		return readersReport{Fault: fmt.Sprintf("%q: readers come first, and once", o.Do)}
	}
	switch o.Do {
	case readersCome:
		g.stream = crowd.NewWatchers(o.URL+"/events", g.clock)
		g.stream.Cookie, g.stream.Again = o.Cookie, o.Again
		if o.Snapshots > 0 {
			g.asking = crowd.NewSnapshots(o.URL, o.Snapshots)
		}
		g.reading.Go(func() { g.stream.Run(g.ctx, o.Readers, o.Slow, o.Ramp) })
	case readersBegin:
		g.stream.Begin()
		if g.asking != nil {
			var ask context.Context
			ask, g.enough = context.WithCancel(g.ctx)
			g.reading.Go(func() { g.asking.Run(ask) })
		}
	case readersEnd:
		if g.enough != nil {
			g.enough()
		}
		g.stream.End(time.Now())
	case readersLook:
	default:
		r.Fault = fmt.Sprintf("%q is no order", o.Do)
	}
	r.Opened, r.Watch = g.stream.Opened(), g.stream.Figures()
	if g.asking != nil {
		r.Snapshots = g.asking.Figures()
	}
	return r
}

func (g *gallery) clock() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.ahead
}
