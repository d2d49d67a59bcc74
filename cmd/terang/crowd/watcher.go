package crowd

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Watchers are readers of a board's event stream. Each frame says of which instant it is;
// how long ago that was when a reader has it, is how far the reader is behind.
type Watchers struct {
	URL    string               // of the board's events
	Cookie *http.Cookie         // of a session, if the board is not for everybody
	Ahead  func() time.Duration // how far the server's clock is ahead of this machine's
	Again  bool                 // who is cut comes back, and says how far it had read

	mu     sync.Mutex
	behind *hdrhistogram.Histogram // microseconds, of fast readers
	frames int
	ticks  []time.Time           // instants that any reader was told of, in order
	seen   map[*watcher]bool     // open streams of fast readers
	cut    int                   // fast readers whose stream has ended
	slow   int                   // slow readers that were let in
	left   int                   // of these, whose stream was ended by the server
	why    error                 // of the newest stream that was not let in or ended
	first  map[*watcher]struct{} // fast readers that had a frame
	back   map[*watcher]struct{} // fast readers that were cut, came back and were told something
	resets int                   // of these, who were told everything anew
	holes  int                   // frames that begin after what their reader had read

	ending chan struct{}  // closed when slow readers are to look what became of their streams
	looks  sync.WaitGroup // slow readers that have not looked yet
}

type watcher struct {
	at   time.Time
	last string // id of the last event: EPOCH.SEQ
	cut  bool   // it had a stream before
}

// NewWatchers returns readers of the events at url; Run them.
func NewWatchers(url string, ahead func() time.Duration) *Watchers {
	return &Watchers{URL: url, Ahead: ahead, behind: newHistogram(), seen: make(map[*watcher]bool), first: make(map[*watcher]struct{}), back: make(map[*watcher]struct{}), ending: make(chan struct{})}
}

// WatchFigures are what readers have seen.
type WatchFigures struct {
	Open     int // fast readers whose stream is open
	Told     int // of these, had a frame at least
	Cut      int // fast readers whose stream has ended
	Slow     int // slow readers that were let in
	SlowCut  int // of these, whose stream the server had ended
	Back     int // fast readers that were cut, came back and were told something
	Resets   int // of these, who were told everything anew
	Holes    int // frames that begin after what their reader had read
	Frames   int
	P50, P99 time.Duration // behind
	Last     time.Duration
	Why      string // the newest stream that was not let in, or ended
}

// readers share one transport; slow ones have their own, with hardly any buffer.
func readers(buffer int) *http.Client {
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	if buffer > 0 { // before the connection is made: what was offered once cannot be taken back
		dialer.Control = func(_, _ string, c syscall.RawConn) error {
			return c.Control(func(fd uintptr) { setOption(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, buffer) })
		}
	}
	return &http.Client{Transport: &http.Transport{
		ReadBufferSize: 8 << 10, WriteBufferSize: 512, DisableCompression: true, DialContext: dialer.DialContext,
	}}
}

// slowBuffer is what the system keeps for a slow reader.
const slowBuffer = 4096

// Run opens the streams, spread over ramp, and reads them until ctx is done. slow of them
// open a stream and never read it.
func (w *Watchers) Run(ctx context.Context, n, slow int, ramp time.Duration) {
	var all sync.WaitGroup
	defer all.Wait()
	fast, idle := readers(0), readers(slowBuffer)
	defer fast.CloseIdleConnections()
	defer idle.CloseIdleConnections()
	began := time.Now()
	for i := range n {
		t := time.NewTimer(time.Until(began.Add(time.Duration(float64(ramp) * float64(i) / float64(n)))))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
		if i < slow {
			all.Go(func() { w.dawdle(ctx, idle) })
		} else {
			all.Go(func() { w.read(ctx, fast) })
		}
	}
	<-ctx.Done()
}

func (w *Watchers) open(ctx context.Context, client *http.Client, last string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL, nil)
	if err != nil {
		return nil, err
	}
	if w.Cookie != nil {
		req.AddCookie(w.Cookie)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, errors.New(resp.Status)
	}
	return resp, nil
}

// lookFor is how long a slow reader reads at the end: a stream that was cut ends when what
// was on its way has been read, one that was not goes on.
const lookFor = 2 * time.Second

// dawdle opens a stream and leaves it unread, until all are asked what became of it.
func (w *Watchers) dawdle(ctx context.Context, client *http.Client) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	resp, err := w.open(ctx, client, "")
	if err != nil {
		w.fault(ctx, nil, err)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	w.mu.Lock()
	w.slow++
	w.looks.Add(1)
	w.mu.Unlock()
	defer w.looks.Done()
	select {
	case <-ctx.Done():
		return
	case <-w.ending:
	}
	enough := time.AfterFunc(lookFor, cancel)
	defer enough.Stop()
	if _, _ = io.Copy(io.Discard, resp.Body); ctx.Err() == nil {
		w.mu.Lock()
		w.left++
		w.mu.Unlock()
	}
}

// comesAgain is how long readers who were cut wait at most before they come back.
const comesAgain = 2 * time.Second

// read follows a stream, and the next one if it ends and readers come again.
func (w *Watchers) read(ctx context.Context, client *http.Client) {
	me := new(watcher)
	for {
		err := w.listen(ctx, client, me)
		if !w.Again || ctx.Err() != nil {
			w.fault(ctx, me, err)
			return
		}
		w.mu.Lock()
		delete(w.seen, me)
		delete(w.back, me)
		me.cut, w.why = true, err
		w.mu.Unlock()
		t := time.NewTimer(rand.N(comesAgain))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return
		}
	}
}

func (w *Watchers) listen(ctx context.Context, client *http.Client, me *watcher) error {
	resp, err := w.open(ctx, client, me.last)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	w.mu.Lock()
	w.seen[me] = true
	w.mu.Unlock()
	in := bufio.NewReaderSize(resp.Body, 1024)
	var id, event string
	for {
		line, err := in.ReadSlice('\n')
		at, told := instantOf(line)
		switch {
		case told:
			w.follows(me, id, event, line)
			// The frame is here when all of it is.
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = in.ReadSlice('\n')
			}
			w.tell(me, at, time.Now())
		case bytes.HasPrefix(line, []byte("id: ")):
			id = string(bytes.TrimSpace(line[len("id: "):]))
		case bytes.HasPrefix(line, []byte("event: ")):
			event = string(bytes.TrimSpace(line[len("event: "):]))
		case bytes.HasPrefix(line, []byte(":")):
			w.returned(me)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// follows holds a frame against what its reader had read.
func (w *Watchers) follows(me *watcher, id, event string, line []byte) {
	_, seq, _ := strings.Cut(me.last, ".")
	had, err := strconv.ParseInt(seq, 10, 64)
	var from int64
	frame := event == "frame"
	if frame {
		_, rest, _ := bytes.Cut(line, []byte(`"from":`))
		text, _, _ := bytes.Cut(rest, []byte{','})
		from, _ = strconv.ParseInt(string(text), 10, 64)
	}
	me.last = id
	w.returned(me)
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case frame && (err != nil || from > had):
		w.holes++
	case !frame && me.cut:
		w.resets++
	}
	me.cut = false
}

// returned notes that a reader who was cut is told something again.
func (w *Watchers) returned(me *watcher) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if me.cut {
		w.back[me] = struct{}{}
	}
}

// instantOf finds of when the data of a frame are, near its beginning. A reset, with
// which a stream begins, counts as well.
func instantOf(line []byte) (time.Time, bool) {
	data, ok := bytes.CutPrefix(line, []byte("data: {"))
	if !ok {
		return time.Time{}, false
	}
	_, rest, ok := bytes.Cut(data, []byte(`"at":"`))
	if !ok {
		return time.Time{}, false
	}
	text, _, _ := bytes.Cut(rest, []byte{'"'})
	at := parseInstant(string(text))
	return at, !at.IsZero()
}

func (w *Watchers) tell(me *watcher, at, now time.Time) {
	behind := now.Sub(at.Add(-w.Ahead()))
	w.mu.Lock()
	defer w.mu.Unlock()
	begins := me.at.IsZero()
	me.at = at
	if begins {
		w.first[me] = struct{}{}
		return // what stood when the stream began may be older than a tick
	}
	w.frames++
	_ = w.behind.RecordValue(max(1, behind.Microseconds()))
	if n := len(w.ticks); n == 0 || at.After(w.ticks[n-1]) {
		w.ticks = append(w.ticks, at)
	}
}

func (w *Watchers) fault(ctx context.Context, me *watcher, err error) {
	if ctx.Err() != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("the stream of a reader ended: %w", err)
	}
	w.cut++
	w.why = err
	delete(w.seen, me)
}

// Begin starts a measurement.
func (w *Watchers) Begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.behind.Reset()
	w.frames = 0
}

// Opened is how many streams are open, or have failed.
func (w *Watchers) Opened() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.seen) + w.cut + w.slow
}

// End takes in the frames that a reader lacks although others have them: whoever waits in
// silence is behind as well. It lets slow readers look whether they were cut. Call it once.
func (w *Watchers) End(now time.Time) {
	close(w.ending)
	defer w.looks.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	for me := range w.seen {
		i, _ := slices.BinarySearchFunc(w.ticks, me.at.Add(1), time.Time.Compare)
		if i < len(w.ticks) && !me.at.IsZero() {
			_ = w.behind.RecordValue(max(1, now.Sub(w.ticks[i].Add(-w.Ahead())).Microseconds()))
		}
	}
}

func whyOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Figures as they stand.
func (w *Watchers) Figures() WatchFigures {
	w.mu.Lock()
	defer w.mu.Unlock()
	return WatchFigures{
		Open: len(w.seen), Told: len(w.first), Cut: w.cut, Slow: w.slow, SlowCut: w.left, Back: len(w.back), Resets: w.resets, Holes: w.holes, Frames: w.frames,
		P50: quantile(w.behind, 50), P99: quantile(w.behind, 99), Last: time.Duration(w.behind.Max()) * time.Microsecond, Why: whyOf(w.why),
	}
}
