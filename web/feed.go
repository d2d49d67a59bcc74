package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"terang/scoring"
)

// feedListEvery is how often a source is asked which boards it has.
const feedListEvery = 5 * time.Second

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
