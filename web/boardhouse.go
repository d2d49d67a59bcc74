package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"terang/engine"
	"terang/scoring"
)

// BoardHouse is a server of boards alone: a process of its own, fed by the public
// interface of an exam server, for as many watchers as may come. It knows no candidate,
// no account and no journal, sets no cookie and heeds none.
type BoardHouse struct {
	boards  *BoardPages
	open    *openPages
	feed    *Feed
	exam    *url.URL // where people sit and read their own results; nil: as the source says
	pages   *pages
	closed  []netip.Prefix
	proxies []netip.Prefix
	metrics MetricsReaders
}

// HouseParts are what a BoardHouse is put together from.
type HouseParts struct {
	Source   *url.URL
	Client   *http.Client // that asks the source
	Exam     *url.URL     // the exam's server as people type it; nil: as the source says
	Dir      string       // where what was told is kept
	Refuse   []netip.Prefix
	Proxies  []netip.Prefix // whose word on a client's address counts
	Log      *slog.Logger
	Registry *prometheus.Registry
	Metrics  MetricsReaders // who reads /metrics
	Files    uint64         // descriptors that the process may have, 0: the system does not tell
}

// publicCache is how everybody's caches keep a board: a second, and the last state for ten
// minutes if this server does not answer either.
const publicCache = "public, max-age=1, s-maxage=1, stale-while-revalidate=10, stale-if-error=600"

// NewBoardHouse returns a server of the boards that were kept; Run keeps them new.
func NewBoardHouse(p HouseParts) (*BoardHouse, error) {
	h := &BoardHouse{exam: p.Exam, closed: p.Refuse, proxies: p.Proxies, metrics: p.Metrics}
	var err error
	if h.pages, err = newPages(); err != nil {
		return nil, err
	}
	h.pages.cookieless = true
	h.boards = newBoardPages(h.pages, p.Log, p.Registry)
	h.boards.most = watchersWithin(p.Files)
	h.boards.cache, h.boards.rendered, h.boards.results = publicCache, newRenderings(), true
	h.boards.criteria = true
	h.boards.examining = h.refuses
	h.boards.frozen = &filedFrames{dir: filepath.Join(p.Dir, "frozen")}
	h.feed, err = NewFeed(p.Source, p.Client, p.Dir, p.Log, func(code string, b *scoring.Mirror) { h.boards.Add(code, b) })
	if err != nil {
		return nil, err
	}
	h.boards.known = h.feed.knows
	h.open = &openPages{boards: h.boards, from: h.feed, now: func() engine.Instant { return engine.InstantOf(time.Now()) }, host: h.hostName, fail: h.fail}
	return h, nil
}

// own is the address at which candidates read their own results, "" if nobody has said it.
func (h *BoardHouse) own() string {
	if h.exam != nil {
		return h.exam.JoinPath(ownPath).String()
	}
	return h.feed.opened().figures.Own
}

// hostName is what the exam's server is called: a calendar's entries are the same wherever
// they were downloaded.
func (h *BoardHouse) hostName(r *http.Request) string {
	if own, err := url.Parse(h.own()); err == nil && own.Host != "" {
		return own.Hostname()
	}
	return (&url.URL{Host: r.Host}).Hostname()
}

func (h *BoardHouse) fail(w http.ResponseWriter, r *http.Request, err error) {
	h.boards.log.Error("a page cannot be made", "path", r.URL.Path, "error", err)
	writeError(w, r, codeUnavailable, "")
}

// refuses says whether the request comes from a network of candidates: their exam's board
// could tell them which of their answers count. Whose session it is cannot be seen here.
func (h *BoardHouse) refuses(r *http.Request) bool {
	return inAny(h.closed, clientOf(r, h.proxies))
}

// Run follows the source until ctx is done.
func (h *BoardHouse) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return h.feed.Run(ctx) })
	g.Go(func() error { return engine.Ticking(ctx, time.Second, func() { h.keepFrozen(ctx) }) })
	return g.Wait()
}

// keepFrozen keeps what the source has kept of a board that became final, also from before
// this server was, and what it shows itself.
func (h *BoardHouse) keepFrozen(ctx context.Context) {
	for _, x := range h.boards.all() {
		for _, b := range x.List() {
			if v, ok := x.View(b.ID); !ok || !b.Final || h.boards.isKept(b.ID, v.Epoch) {
				continue
			}
			err := h.feed.readFrozen(ctx, b.ID, h.boards.frozen)
			if err == nil {
				err = h.boards.freeze(ctx, x, b.ID)
			}
			if err != nil && ctx.Err() == nil {
				h.boards.log.Warn("a frozen board is not kept yet; it is tried again", "board", b.ID, "error", err)
			}
		}
	}
}

// Close ends the event streams.
func (h *BoardHouse) Close() { h.boards.Close() }

// Handler is all that the house answers.
func (h *BoardHouse) Handler(registry *prometheus.Registry) http.Handler {
	return h.secured(h.routes(registry).mux)
}

func (h *BoardHouse) routes(registry *prometheus.Registry) *routes {
	rt := newRoutes(nil)
	h.boards.Routes(rt)
	rt.public("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/papan", http.StatusSeeOther)
	})
	rt.public("GET /api/v1/log/{path...}", h.feed.serveLog)
	rt.public("GET /api/v1/results", h.serveResults)
	rt.public("GET /api/v1/results/{exam}", h.serveResult)
	rt.public("GET /hasil", h.serveResultsPage)
	rt.public("GET /hasil/{exam}", h.serveResultPage)
	rt.public("GET "+ownPath, h.serveOwnElsewhere)
	h.open.routes(rt)
	rt.public("GET /static/{hash}/{file...}", h.pages.serveStatic)
	rt.public("GET /favicon.ico", h.pages.serveIcon)
	rt.public("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "up"})
	})
	rt.public("GET /readyz", h.serveReady)
	rt.public("GET /metrics", h.metrics.guard(registry, h.proxies, h.notFound))
	rt.public("GET /", h.notFound)
	return rt
}

func (h *BoardHouse) notFound(w http.ResponseWriter, r *http.Request) {
	if wantsPage(r) {
		h.boards.faultPage(w, r, codeNotFound)
		return
	}
	writeError(w, r, codeNotFound, "")
}

// serveReady says whether there is anything to show, and how old what the source said is.
func (h *BoardHouse) serveReady(w http.ResponseWriter, _ *http.Request) {
	heard, fault := h.feed.Heard()
	answer := map[string]any{"ready": true, "source": h.feed.source.String()}
	if !heard.IsZero() {
		answer["heard"] = engine.InstantOf(heard).String()
		answer["age_ms"] = time.Since(heard).Milliseconds()
	}
	if fault != nil {
		answer["fault"] = fault.Error()
	}
	status := http.StatusOK
	if !h.feed.Listed() && len(h.boards.all()) == 0 {
		answer["ready"], status = false, http.StatusServiceUnavailable
	}
	writeJSON(w, status, answer)
}

// secured guards every answer. Cookies and languages of browsers are not looked at, so that
// an address has one answer for everybody. All of it is public, and strangers check it from
// pages of their own.
func (h *BoardHouse) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		timed(w, r)
		head := w.Header()
		guard(head, r, r.TLS != nil)
		head.Set("Cross-Origin-Resource-Policy", "cross-origin")
		head.Set("Access-Control-Allow-Origin", "*")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			head.Set("Allow", "GET, HEAD")
			writeError(w, r, codeReadOnly, "")
			return
		}
		r.Header.Del("Cookie")
		r.Header.Del("Authorization")
		next.ServeHTTP(w, r)
	})
}
