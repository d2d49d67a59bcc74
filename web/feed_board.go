package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"terang/engine"
	"terang/scoring"
)

const (
	// feedSilence is after how long a stream that says nothing is given up: a source says
	// every watchAlive that it is there.
	feedSilence = 2*watchAlive + watchPatience
	// feedRetry is the first delay after a fault; it doubles up to feedRetryMost.
	feedRetry, feedRetryMost = 250 * time.Millisecond, 8 * time.Second
	// feedOpening is how many streams are opened at the same time.
	feedOpening = 8
)

// fedMirror takes what a stream says into a mirror.
type fedMirror struct{ *scoring.Mirror }

func (m fedMirror) take(e *sent) error {
	if e.name == "reset" {
		return m.Reset(e.data)
	}
	return m.Frame(e.board, e.epoch, e.data)
}

func (f *Feed) mirrorOf(board string) fedMirror {
	code := examOfBoard(board)
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.mirrors[code]
	if m == nil {
		m = scoring.NewMirror(code)
		f.mirrors[code] = m
		f.add(code, m)
	}
	return fedMirror{m}
}

// position is how far a board is known, as a stream names it; "" if nothing is.
func (f *Feed) position(id string) (string, *scoring.View) {
	v, ok := f.mirrorOf(id).View(id)
	if !ok {
		return "", nil
	}
	return fmt.Sprintf("%d.%d", v.Epoch, v.Seq), v
}

// follow keeps one board, whatever becomes of its stream.
func (f *Feed) follow(ctx context.Context, id string) {
	delay := feedRetry
	for {
		began := time.Now()
		err := f.stream(ctx, id)
		if ctx.Err() != nil {
			return
		}
		var no *statusError
		if errors.As(err, &no) && no.status == http.StatusNotFound { // until the source lists it again
			f.forget(id)
			return
		}
		if time.Since(began) > feedRetryMost {
			delay = feedRetry
		}
		f.note(fmt.Errorf("board %s: %w", id, err))
		if !pause(ctx, delay/2+rand.N(delay)) {
			return
		}
		delay = min(2*delay, feedRetryMost)
	}
}

// stream reads the events of a board until they end.
func (f *Feed) stream(ctx context.Context, id string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	silence := time.AfterFunc(feedSilence, cancel)
	defer silence.Stop()
	select {
	case f.opening <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	last, _ := f.position(id)
	res, err := f.open(ctx, "api/v1/boards/"+id+"/events", nil, last)
	<-f.opening
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	return readEvents(res.Body, id, func(e *sent) error {
		silence.Reset(feedSilence)
		f.note(nil)
		if e == nil { // it is there
			return nil
		}
		return f.told(ctx, e)
	})
}

// told takes an event of a stream, or what it says is to be fetched: of a large board the
// stream carries the head only.
func (f *Feed) told(ctx context.Context, e *sent) error {
	_, v := f.position(e.board)
	large := v != nil && v.Total > scoring.StreamRows
	if e.name == "reset" {
		var size struct{ Total int }
		if err := json.Unmarshal(e.data, &size); err != nil {
			return err
		}
		large = size.Total > scoring.StreamRows
	}
	if large {
		return f.catchUp(ctx, e.board)
	}
	if err := f.keep(e); err != nil {
		f.log.Warn("an event of a board does not follow on what is known; the board is read anew", "board", e.board, "error", err)
		return f.whole(ctx, e.board)
	}
	return nil
}

// keep writes down what was told, and then shows it.
func (f *Feed) keep(e *sent) error {
	m := f.mirrorOf(e.board)
	if err := f.folder.write(e); err != nil {
		return err
	}
	if err := m.take(e); err != nil {
		return err
	}
	return f.folder.shorten(e.board, func() *sent {
		body, _ := m.Whole(e.board)
		v, _ := m.View(e.board)
		return &sent{board: e.board, name: "reset", epoch: v.Epoch, seq: v.Seq, data: body}
	})
}

// catchUp fetches what changed since what is known, or everything.
func (f *Feed) catchUp(ctx context.Context, id string) error {
	last, v := f.position(id)
	if v == nil {
		return f.whole(ctx, id)
	}
	body, err := f.get(ctx, "api/v1/boards/"+id+"/changes", url.Values{"after": {last}})
	var no *statusError
	if errors.As(err, &no) && (no.status == http.StatusGone || no.status == http.StatusNotFound) {
		return f.whole(ctx, id)
	}
	if err != nil {
		return err
	}
	return f.keep(&sent{board: id, name: "frame", epoch: v.Epoch, seq: v.Seq, data: body})
}

// whole reads a board by page. What changes meanwhile may be missed by one page and the
// next, so that what changed since the first is read at the end.
func (f *Feed) whole(ctx context.Context, id string) error {
	for range 3 {
		body, epoch, seq, pages, err := f.pages(ctx, id)
		if err != nil {
			return err
		}
		if err := f.keep(&sent{board: id, name: "reset", epoch: epoch, seq: seq, data: body}); err != nil {
			return err
		}
		if pages == 1 {
			return nil
		}
		after := url.Values{"after": {fmt.Sprintf("%d.%d", epoch, seq)}}
		body, err = f.get(ctx, "api/v1/boards/"+id+"/changes", after)
		var no *statusError
		if errors.As(err, &no) && no.status == http.StatusGone {
			continue // under other rules by now
		}
		if err != nil {
			return err
		}
		return f.keep(&sent{board: id, name: "frame", epoch: epoch, seq: seq, data: body})
	}
	return errors.New("its rules change faster than it can be read")
}

// pages joins the pages of a board to one snapshot, as of the first.
func (f *Feed) pages(ctx context.Context, id string) (body []byte, epoch, seq engine.Pos, pages int, err error) {
	whole := make(map[string]json.RawMessage)
	var rows []json.RawMessage
	place := make(map[string]int)
	for total := 1; pages == 0 || pages*scoring.MaxPage < total; pages++ {
		query := url.Values{"offset": {fmt.Sprint(pages * scoring.MaxPage)}, "limit": {fmt.Sprint(scoring.MaxPage)}}
		page, err := f.get(ctx, "api/v1/boards/"+id, query)
		if err != nil {
			return nil, 0, 0, 0, err
		}
		var part struct {
			Epoch, Seq int64
			Total      int
			Rows       []json.RawMessage
		}
		if err := json.Unmarshal(page, &part); err != nil {
			return nil, 0, 0, 0, err
		}
		if pages == 0 {
			if err := json.Unmarshal(page, &whole); err != nil {
				return nil, 0, 0, 0, err
			}
			epoch, seq = engine.Pos(part.Epoch), engine.Pos(part.Seq)
		}
		total = part.Total
		for _, row := range part.Rows {
			var who struct{ Number string }
			if err := json.Unmarshal(row, &who); err != nil {
				return nil, 0, 0, 0, err
			}
			if n, twice := place[who.Number]; twice {
				rows[n] = row
				continue
			}
			place[who.Number] = len(rows)
			rows = append(rows, row)
		}
	}
	if whole["rows"], err = json.Marshal(rows); err != nil {
		return nil, 0, 0, 0, err
	}
	whole["total"] = fmt.Append(nil, len(rows))
	whole["offset"] = []byte("0")
	body, err = json.Marshal(whole)
	return body, epoch, seq, pages, err
}
