package web

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"terang/engine"
	"terang/scoring"
)

const (
	// feedListEvery is how often a source is asked which boards it has.
	feedListEvery = 5 * time.Second
	// feedSilence is after how long a stream that says nothing is given up: a source says
	// every watchAlive that it is there.
	feedSilence = 2*watchAlive + watchPatience
	// feedAnswer is how long one answer may take.
	feedAnswer = 30 * time.Second
	// feedRetry is the first delay after a fault; it doubles up to feedRetryMost.
	feedRetry, feedRetryMost = 250 * time.Millisecond, 8 * time.Second
	// feedBody bounds one answer of a source.
	feedBody = 64 << 20
	// feedOpening is how many streams are opened at the same time.
	feedOpening = 8
)

// Feed keeps mirrors of all public boards of a server, over its public interface and
// with no right that a watcher does not have. What it was told is on disk before it is
// shown, so that one who was killed goes on where readers are.
type Feed struct {
	source  *url.URL
	client  *http.Client
	log     *slog.Logger
	folder  *feedFolder
	add     func(code string, b *scoring.Mirror) // told of each exam, before anything of it is shown
	opening chan struct{}

	mu        sync.Mutex
	mirrors   map[string]*scoring.Mirror
	followed  map[string]bool
	heard     time.Time // when the source last spoke
	fault     error     // nil while it answers
	listed    bool      // it has said once which boards it has
	lists     []*heardList
	heardOpen heardOpen
}

// NewFeed returns a feed from the server at source. dir holds what was told, "" if it is
// to be forgotten at the end. add is called for each exam.
func NewFeed(source *url.URL, client *http.Client, dir string, log *slog.Logger, add func(code string, b *scoring.Mirror)) (*Feed, error) {
	f := &Feed{
		source: source, client: client, log: log, add: add, opening: make(chan struct{}, feedOpening),
		mirrors: make(map[string]*scoring.Mirror), followed: make(map[string]bool),
	}
	var err error
	if f.folder, err = openFeedFolder(dir, source.String()); err != nil {
		return nil, err
	}
	if err := f.recallResults(); err != nil {
		return nil, err
	}
	f.recallOpen()
	return f, f.folder.replay(func(e *sent) {
		if err := f.mirrorOf(e.board).take(e); err != nil {
			f.log.Warn("what was told of a board earlier cannot be used; it is read anew", "board", e.board, "error", err)
		}
	})
}

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

// Heard says when the source last spoke, and what is wrong with it, nil if nothing is.
func (f *Feed) Heard() (time.Time, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.heard, f.fault
}

// Listed says whether the source has told once which boards it has.
func (f *Feed) Listed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.listed
}

func (f *Feed) note(err error) {
	f.mu.Lock()
	was := f.fault
	if f.fault = err; err == nil {
		f.heard = time.Now()
	}
	f.mu.Unlock()
	switch {
	case err != nil && was == nil:
		f.log.Warn("the source does not answer; what is known is shown with its age", "source", f.source.String(), "error", err)
	case err == nil && was != nil:
		f.log.Info("the source answers again", "source", f.source.String())
	}
}

// Run follows the source until ctx is done.
func (f *Feed) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		for {
			ids, err := f.list(ctx)
			if ctx.Err() != nil {
				return nil
			}
			f.note(err)
			for _, id := range ids {
				if f.isNew(id) {
					g.Go(func() error { f.follow(ctx, id); return nil })
				}
			}
			if !pause(ctx, feedListEvery) {
				return nil
			}
		}
	})
	g.Go(func() error {
		f.again(ctx, logEvery, f.mirrorLog, "the public log cannot be mirrored; its last checkpoint stands")
		return nil
	})
	g.Go(func() error {
		f.again(ctx, resultsEvery, f.readResults, "the results cannot be mirrored; those that are known stand")
		return nil
	})
	g.Go(func() error {
		f.again(ctx, resultsEvery, f.readOpen, "criteria and objections cannot be mirrored; what is known of them stands")
		return nil
	})
	err := g.Wait()
	return errors.Join(err, f.folder.close())
}

// Load reads every board once.
func (f *Feed) Load(ctx context.Context) error {
	ids, err := f.list(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", f.source, err)
	}
	for _, id := range ids {
		if err := f.whole(ctx, id); err != nil {
			return fmt.Errorf("%s: board %s: %w", f.source, id, err)
		}
	}
	return nil
}

func (f *Feed) isNew(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.followed[id] {
		return false
	}
	f.followed[id] = true
	return true
}

func (f *Feed) forget(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.followed, id)
}

// list asks which boards there are.
func (f *Feed) list(ctx context.Context) ([]string, error) {
	body, err := f.get(ctx, "api/v1/boards", nil)
	if err != nil {
		return nil, err
	}
	var list struct {
		Boards []struct {
			ID        string `json:"id"`
			Rehearsal bool   `json:"rehearsal"`
		} `json:"boards"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fmt.Errorf("its list of boards: %w", err)
	}
	var ids []string
	for _, b := range list.Boards {
		if !b.Rehearsal && boardID.MatchString(b.ID) {
			ids = append(ids, b.ID)
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.listed = true
	for _, m := range f.mirrors {
		m.Arrange(ids)
	}
	return ids, nil
}

// statusError is an answer that is none.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string { return fmt.Sprintf("it answered %d %s", e.status, e.text) }

// get reads one public document.
func (f *Feed) get(ctx context.Context, path string, query url.Values) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, feedAnswer)
	defer cancel()
	res, err := f.open(ctx, path, query, "")
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, feedBody+1))
	if err == nil && len(body) > feedBody {
		err = fmt.Errorf("%s is longer than %d bytes", path, feedBody)
	}
	return body, err
}

func (f *Feed) open(ctx context.Context, path string, query url.Values, last string) (*http.Response, error) {
	at := f.source.JoinPath(path)
	at.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := f.client.Do(req)
	if untrusted := new(tls.CertificateVerificationError); errors.As(err, &untrusted) {
		return nil, fmt.Errorf("%w; if its certificate is of its own making, name that file with --from-ca", err)
	}
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 300))
		_ = res.Body.Close()
		return nil, &statusError{res.StatusCode, string(text)}
	}
	return res, nil
}

// again does something now and every so often, until ctx is done. What goes wrong is told
// once, and not for as long as it does.
func (f *Feed) again(ctx context.Context, every time.Duration, do func(context.Context) error, wrong string) {
	told := false
	for {
		err := do(ctx)
		if err != nil && !told && ctx.Err() == nil {
			f.log.Warn(wrong, "error", err)
		}
		told = err != nil
		if !pause(ctx, every) {
			return
		}
	}
}

// pause waits, and says whether to go on.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
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
