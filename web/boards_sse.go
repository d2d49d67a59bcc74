package web

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"terang/engine"
	"terang/scoring"
)

const (
	// maxWatchers is for how many a machine is made that has more descriptors than it needs.
	maxWatchers = 12_000
	// watchAlive is how often a stream has a comment, whatever else it tells: readers may count
	// on it.
	watchAlive = 15 * time.Second
	// watchPatience is how long one write to a watcher may take before it is cut.
	watchPatience = 10 * time.Second
	// watchBehind is how long a reader who comes from another node waits until this one
	// has come as far: a tick, the tail's delay, and what a busy machine adds.
	watchBehind = 3 * time.Second
)

// watchersWithin leaves descriptors for the exam, where a process may have so many: watchers are
// turned away before candidates are. 0 says that the system does not tell.
func watchersWithin(files uint64) int64 {
	if files == 0 || files/5*3 > maxWatchers {
		return maxWatchers
	}
	return int64(files / 5 * 3) //nolint:gosec // at most maxWatchers
}

// watch is one reader's event stream.
type watch struct {
	w     http.ResponseWriter
	flush *http.ResponseController
	id    string
	epoch engine.Pos
	at    engine.Pos // how far the reader has been told
	view  *scoring.View

	patience time.Duration
	until    time.Time // by which what is being written has to be taken
	shared   bool      // the connection has other streams too: HTTP/2
}

// serveEvents tells a reader what it lacks, then the frames that everybody gets. It
// holds no queue for a reader, and lets the system hold little: frames stand in the view, and
// who is further behind than the view reaches, or does not take a write in time, is cut and
// may come back.
func (p *BoardPages) serveEvents(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	x, _ := p.admit(w, r)
	if x == nil {
		return
	}
	if p.watchers.Add(1) > p.most {
		p.watchers.Add(-1)
		writeRefusal(w, r, &engine.Refusal{Code: engine.Busy, Retry: watchAlive})
		return
	}
	defer p.watchers.Add(-1)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no") // a proxy that gathers frames would make them old
	if r.Method == http.MethodHead {
		return // the answer's head is all there is; a stream behind it would hold the connection
	}
	if r.ProtoMajor == 1 {
		// A stream ends with its connection, so that it needs no chunks: a frame is one write,
		// and one packet or few. In chunks it would be two or three of each.
		h.Set("Transfer-Encoding", "identity")
	}
	if err := holdAtMost(r.Context(), p.holds); err != nil {
		p.log.Warn("what the system keeps for a reader of a board cannot be bounded", "error", err)
	}
	t := &watch{w: w, flush: http.NewResponseController(w), id: id, patience: p.patience, shared: r.ProtoMajor > 1}
	t.epoch, t.at = lastEvent(r)
	err := p.watch(r, t, x)
	if errors.Is(err, errSlow) || errors.Is(err, os.ErrDeadlineExceeded) {
		p.cut.Add(1)
	}
}

// errSlow: the reader is further behind than frames are kept.
var errSlow = errors.New("too slow")

// watch follows the board until the reader leaves, is too slow, or the node closes.
func (p *BoardPages) watch(r *http.Request, t *watch, x *publicExam) error {
	p.await(r, t, x)
	if err := t.resume(x); err != nil {
		return err
	}
	turns, part := p.join(t.id)
	defer p.leave(t.id, turns)
	alive := time.NewTicker(p.alive)
	defer alive.Stop()
	for {
		var err error
		switch turn := turns.at(part); {
		case turn.exam != x && isClosed(x.replaced):
			if x, _ = p.find(t.id, r); x == nil {
				return nil
			}
			err = t.resume(x)
		case turn.view != t.view && t.view.Old():
			err = p.tell(r, t, x)
		default:
			select {
			case <-r.Context().Done():
				return nil
			case <-p.closed:
				return nil
			case <-turn.next:
				continue
			case <-alive.C:
				err = t.write([]byte(": still here\n\n"))
			}
		}
		if errors.Is(err, errNotForThem) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// errNotForThem ends a stream whose reader may not see the board any more.
var errNotForThem = errors.New("the board is not for this reader")

// tell brings a reader to the newest view. A session may begin while its browser watches,
// and so may one of staff end: it is asked at every frame.
func (p *BoardPages) tell(r *http.Request, t *watch, x *publicExam) error {
	if p.refused(x, r) {
		return errNotForThem
	}
	if x.Rehearsal() {
		if known, _ := p.find(t.id, r); known == nil {
			return errNotForThem
		}
	}
	return t.follow(x)
}

// await lets this node come as far as the one at which the reader was: it ticks at
// another moment, and a reset from here would take the reader's board back. A position
// that does not come, of a journal that was set back or of no journal, is left to resume.
func (p *BoardPages) await(r *http.Request, t *watch, x *publicExam) {
	if x.Reached() >= t.at {
		return
	}
	tick := time.NewTicker(p.behind/100 + 1)
	defer tick.Stop()
	for until := time.Now().Add(p.behind); x.Reached() < t.at && time.Now().Before(until); {
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		case <-p.closed:
			return
		}
	}
}

// resume sends what the reader lacks, however it fell behind.
func (t *watch) resume(x *publicExam) error {
	m, view, ok := x.Resume(t.id, t.epoch, t.at)
	if !ok {
		return errors.New("the board is no longer there")
	}
	t.view, t.epoch, t.at = view, m.Epoch, m.Seq
	if m.Body == nil {
		return t.write([]byte(": nothing is missing\n\n"))
	}
	return t.event(m.Reset, m.Seq, m.Body)
}

// follow sends the shared frames up to the newest view.
func (t *watch) follow(x *publicExam) error {
	view, ok := x.View(t.id)
	if !ok {
		return errors.New("the board is no longer there")
	}
	frames, ok := view.Since(t.view)
	switch {
	case ok:
	case view.Epoch != t.epoch: // the rules of the board changed, or it was frozen
		return t.resume(x)
	default:
		return errSlow
	}
	for _, f := range frames {
		if err := t.frame(f); err != nil {
			return err
		}
	}
	t.view = view
	return nil
}

// frame writes a frame as an event, the same bytes for every reader who is not ahead of it.
func (t *watch) frame(f *scoring.Frame) error {
	if t.at > f.To {
		return t.event(false, t.at, f.Body)
	}
	t.at = f.To
	return t.write(f.Event(func(body []byte) []byte {
		return append(append(eventHead(t.epoch, f.To, "frame"), body...), "\n\n"...)
	}))
}

// event writes one event; body is the same bytes for every reader.
func (t *watch) event(reset bool, seq engine.Pos, body []byte) error {
	name := "frame"
	if reset {
		name = "reset"
	}
	return t.write(eventHead(t.epoch, seq, name), body, []byte("\n\n"))
}

func eventHead(epoch, seq engine.Pos, name string) []byte {
	return fmt.Appendf(nil, "id: %d.%d\nevent: %s\ndata: ", epoch, seq, name)
}

// write sends the parts. Whoever has not taken them after the patience, or twice that, is
// cut: to set a deadline costs a tenth of a write, so one is set for several.
func (t *watch) write(parts ...[]byte) error {
	if now := time.Now(); t.until.Sub(now) < t.patience {
		if err := t.deadline(now.Add(2 * t.patience)); err != nil {
			return err
		}
	}
	for _, part := range parts {
		if _, err := t.w.Write(part); err != nil {
			return err
		}
	}
	if err := t.flush.Flush(); err != nil || !t.shared {
		return err
	}
	// Of HTTP/2 a deadline ends the stream when it comes, whether anything is written or not.
	return t.deadline(time.Time{})
}

func (t *watch) deadline(at time.Time) error {
	t.until = at
	if err := t.flush.SetWriteDeadline(at); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// lastEvent reads how far the reader has come: the header that a browser sends when it
// comes back, or ?after= for a program's first request. An id that cannot be read is
// nobody's position, and is answered with a reset.
func lastEvent(r *http.Request) (epoch, seq engine.Pos) {
	id := r.Header.Get("Last-Event-ID")
	if id == "" {
		id = r.URL.Query().Get("after")
	}
	e, s, _ := strings.Cut(id, ".")
	en, err1 := strconv.ParseInt(e, 10, 64)
	sn, err2 := strconv.ParseInt(s, 10, 64)
	if err1 != nil || err2 != nil {
		return -1, -1
	}
	return engine.Pos(en), engine.Pos(sn)
}
