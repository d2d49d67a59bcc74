package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"terang/engine"
	"terang/scoring"
)

// BoardPages serve the public boards of every exam on this node: snapshots, events and
// pages. They read what a tick has published and never touch an attempt.
type BoardPages struct {
	pages     *pages
	log       *slog.Logger
	examining func(*http.Request) bool                               // the request speaks for an unfinished attempt
	sees      func(r *http.Request, exam, site, sitting string) bool // staff who may look there
	behind    time.Duration                                          // for which a reader from another node is waited with
	patience  time.Duration                                          // that a write to a reader may take
	alive     time.Duration                                          // from one comment in a stream to the next
	holds     int                                                    // bytes that the system keeps for a reader
	cache     string                                                 // Cache-Control of what everybody may have
	frozen    frozenStore                                            // nil: none is kept
	kept      map[string]engine.Pos                                  // board -> epoch that is known to be kept
	criteria  bool                                                   // open pages stand beside, see openPages
	results   bool                                                   // pages of released results do
	known     func(folder, exam string) bool                         // which exams have open pages below kriteria or sanggahan; nil: all
	files     bool                                                   // pages are written as files: nobody answers questions
	rendered  *renderings                                            // nil: what is shown may differ from reader to reader

	mu     sync.RWMutex
	exams  map[string]*publicExam
	codes  []string // in the order in which exams were added
	closed chan struct{}
	once   sync.Once

	watchers atomic.Int64
	cut      atomic.Int64 // watchers that read too slowly
	most     int64        // watchers, beyond whom nobody is let in
	many     int64        // watchers, beyond whom they are told in turns
	smaller  squeezed     // what is rendered, for who takes it compressed

	turning sync.Mutex
	turns   map[string]*turns // board -> its readers
}

// Published are the boards of one exam as readers see them: the exam's own, or what a
// mirror was told of them.
type Published interface {
	List() []scoring.Summary
	Info(id string) (scoring.Info, bool)
	View(id string) (*scoring.View, bool)
	Page(id string, offset, limit int, query string) (*scoring.Page, bool)
	JSON(id string, offset, limit int, query string) ([]byte, *scoring.View, bool)
	Whole(id string) ([]byte, bool)
	Distribution(id string) []scoring.Bin
	Resume(id string, epoch, after engine.Pos) (scoring.Message, *scoring.View, bool)
	Changes(id string, epoch, after engine.Pos) ([]byte, *scoring.View, bool)
	Reached() engine.Pos
	Live() string
	Items() int
	Rehearsal() bool
	Encoded() int64
}

// publicExam is the boards of an exam until others take their place.
type publicExam struct {
	Published
	replaced chan struct{}
}

// newBoardPages returns pages without boards that everybody may see, until examining and
// sees say otherwise.
func newBoardPages(pages *pages, log *slog.Logger, registry *prometheus.Registry) *BoardPages {
	p := &BoardPages{
		pages: pages, log: log, behind: watchBehind, patience: watchPatience, alive: watchAlive, holds: watchHolds, cache: "max-age=1", most: maxWatchers, many: manyWatchers,
		examining: func(*http.Request) bool { return false }, sees: func(*http.Request, string, string, string) bool { return false },
		exams: make(map[string]*publicExam), kept: make(map[string]engine.Pos), closed: make(chan struct{}), turns: make(map[string]*turns),
	}
	factory := promauto.With(registry)
	factory.NewGaugeFunc(prometheus.GaugeOpts{Name: "terang_board_watchers", Help: "Open event streams of boards."},
		func() float64 { return float64(p.watchers.Load()) })
	factory.NewCounterFunc(prometheus.CounterOpts{Name: "terang_board_frames_encoded_total", Help: "Board frames encoded, however many watched."},
		func() float64 { return float64(p.encoded()) })
	factory.NewCounterFunc(prometheus.CounterOpts{Name: "terang_board_watchers_cut_total", Help: "Watchers cut because they read too slowly."},
		func() float64 { return float64(p.cut.Load()) })
	return p
}

// examining says whether the request comes from a site's candidate computers, or carries
// the session of an attempt that can still be answered: a score that moves would tell it which option is right.
func (s *Server) examining(r *http.Request) bool {
	if _, site := s.siteAt(s.client(r)); site != "" {
		return true
	}
	live, _, _, refused := s.session(r)
	if refused != "" {
		return false
	}
	over := false
	live.View(func(a *engine.Attempt, _ *engine.Terms) { over = a.State.Over() })
	return !over
}

// Add opens the boards of an exam while the node runs. Boards that were there before are
// replaced in one step, and their watchers told.
func (p *BoardPages) Add(code string, b Published) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if old := p.exams[code]; old != nil {
		close(old.replaced)
	} else {
		p.codes = append(p.codes, code)
	}
	p.exams[code] = &publicExam{Published: b, replaced: make(chan struct{})}
}

// Close ends every event stream, so that a server can shut down; readers come back to
// whoever answers then, and resume.
func (p *BoardPages) Close() { p.once.Do(func() { close(p.closed) }) }

// Routes adds the addresses of the boards.
func (p *BoardPages) Routes(rt *routes) {
	rt.public("GET /api/v1/boards", forStrangers(p.serveList))
	rt.public("GET /api/v1/boards/{id}", forStrangers(p.serveBoard))
	rt.public("GET /api/v1/boards/{id}/changes", forStrangers(p.serveChanges))
	rt.public("GET /api/v1/boards/{id}/events", forStrangers(p.serveEvents))
	rt.public("GET /api/v1/boards/{id}/frozen", forStrangers(p.serveFrozenList))
	rt.public("GET /api/v1/boards/{id}/frozen/{epoch}", forStrangers(p.serveFrozen))
	rt.public("GET /papan", p.serveListPage)
	rt.public("GET /papan/{id}", p.serveBoardPage)
	rt.public("GET /papan/{id}/beku/{epoch}", p.serveFrozenPage)
	rt.public("GET /papan/{id}/layar", p.serveScreen)
}

// forStrangers lets pages of other sites read an answer, so that anybody can check a board
// from a page of their own. Browsers send no cookie with such a request, and give it to no
// page if they did.
func forStrangers(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		h(w, r)
	}
}

// exam returns the exam whose code the board's id begins with.
func (p *BoardPages) exam(board string) *publicExam {
	code, _, _ := strings.Cut(board, ".")
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.exams[code]
}

func (p *BoardPages) all() []*publicExam {
	p.mu.RLock()
	defer p.mu.RUnlock()
	out := make([]*publicExam, len(p.codes))
	for i, code := range p.codes {
		out[i] = p.exams[code]
	}
	return out
}

func (p *BoardPages) encoded() int64 {
	n := int64(0)
	for _, x := range p.all() {
		n += x.Encoded()
	}
	return n
}

// refused says whether this reader may not see the exam's boards now.
func (p *BoardPages) refused(x *publicExam, r *http.Request) bool {
	return x.Live() != engine.LiveInstant && p.examining(r)
}

// hidden says whether a board is a rehearsal's, which for the public does not exist: a
// rehearsed result must not be taken for one. Staff see those of their scope.
func (p *BoardPages) hidden(x *publicExam, b *scoring.Info, r *http.Request) bool {
	return b.Rehearsal && !p.sees(r, b.Exam.Code, b.Site.Code, b.Sitting.Code)
}

// find returns the exam and the board of an id, as far as this reader may know of it.
func (p *BoardPages) find(id string, r *http.Request) (*publicExam, *scoring.Info) {
	x := p.exam(id)
	if x == nil {
		return nil, nil
	}
	info, ok := x.Info(id)
	if !ok || p.hidden(x, &info, r) {
		return nil, nil
	}
	return x, &info
}

// admit returns the exam and the board of the request's id, or answers that there is none,
// or not for this reader.
func (p *BoardPages) admit(w http.ResponseWriter, r *http.Request) (*publicExam, *scoring.Info) {
	x, info := p.find(r.PathValue("id"), r)
	switch {
	case x == nil:
		writeError(w, r, codeNotFound, "id")
	case p.refused(x, r):
		writeError(w, r, codeExamSession, "")
	default:
		return x, info
	}
	return nil, nil
}

// admitPage is admit for a person's browser.
func (p *BoardPages) admitPage(w http.ResponseWriter, r *http.Request) *publicExam {
	x, _ := p.find(r.PathValue("id"), r)
	switch {
	case x == nil:
		p.faultPage(w, r, codeNotFound)
	case p.refused(x, r):
		p.faultPage(w, r, codeExamSession)
	default:
		return x
	}
	return nil
}

type boardJSON struct {
	ID      string         `json:"id"`
	Title   string         `json:"title"`
	Kind    string         `json:"kind"`
	Exam    string         `json:"exam"`
	Site    string         `json:"site"`
	Sitting string         `json:"sitting"`
	Final   bool           `json:"final"`
	Counts  scoring.Counts `json:"counts"`

	Rehearsal bool `json:"rehearsal,omitempty"`
}

func (p *BoardPages) serveList(w http.ResponseWriter, r *http.Request) {
	list := []boardJSON{}
	for _, x := range p.all() {
		if p.refused(x, r) && !x.Rehearsal() { // of which the list says nothing
			writeError(w, r, codeExamSession, "")
			return
		}
		for _, b := range x.List() {
			if p.hidden(x, &b.Info, r) {
				continue
			}
			if b.Rehearsal {
				w.Header().Set("Cache-Control", private)
			}
			list = append(list, boardJSON{
				ID: b.ID, Title: b.Title(), Kind: b.Kind, Exam: b.Exam.Code, Site: b.Site.Code, Sitting: b.Sitting.Code,
				Final: b.Final, Counts: b.Counts, Rehearsal: b.Rehearsal,
			})
		}
	}
	body, err := json.Marshal(map[string]any{"boards": list})
	if err != nil {
		p.log.Error("the list of boards cannot be encoded", "error", err)
		writeError(w, r, codeUnavailable, "")
		return
	}
	p.write(w, r, etagOf(body), body, nil)
}

// etagOf is the entity tag of bytes that have no position.
func etagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

func (p *BoardPages) serveBoard(w http.ResponseWriter, r *http.Request) {
	id, query := r.PathValue("id"), r.URL.Query()
	x, info := p.admit(w, r)
	if x == nil {
		return
	}
	offset, ok := whole(query.Get("offset"), 0, 1<<30)
	if !ok {
		writeError(w, r, engine.BadFrame, "offset")
		return
	}
	limit, ok := whole(query.Get("limit"), pageSize, scoring.MaxPage)
	if !ok {
		writeError(w, r, engine.BadFrame, "limit")
		return
	}
	q := query.Get("q")
	if len(q) > maxQuery {
		writeError(w, r, engine.BadFrame, "q")
		return
	}
	body, view, ok := x.JSON(id, offset, limit, q)
	if !ok {
		writeError(w, r, codeNotFound, "id")
		return
	}
	if info.Rehearsal {
		w.Header().Set("Cache-Control", private)
	}
	var small func() []byte
	if q == "" && p.rendered != nil { // an answer to a question is one reader's, and short
		small = func() []byte { return p.smaller.get(fmt.Sprint(id, " ", offset, " ", limit), body) }
	}
	p.write(w, r, fmt.Sprintf(`"%d.%d.%x"`, view.Epoch, view.Seq, int64(view.At)), body, small)
}

// serveChanges answers who keeps a whole board with what changed since a position: one
// frame, of boards that are too large to be streamed whole as well.
func (p *BoardPages) serveChanges(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	x, info := p.admit(w, r)
	if x == nil {
		return
	}
	epoch, after := lastEvent(r)
	body, view, ok := x.Changes(id, epoch, after)
	if !ok {
		writeError(w, r, codeTooFar, "after")
		return
	}
	if info.Rehearsal {
		w.Header().Set("Cache-Control", private)
	}
	p.write(w, r, fmt.Sprintf(`"%d.%d.%x"`, view.Epoch, view.Seq, int64(view.At)), body, nil)
}

// maxQuery is longer than any participant number with its hyphens.
const maxQuery = 40

// whole reads a number of 0 to most, or what to take when there is none.
func whole(text string, none, most int) (int, bool) {
	if text == "" {
		return none, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n <= most
}

// turned reads ?offset= and ?limit=; it answers itself when they are none.
func turned(w http.ResponseWriter, r *http.Request) (offset, limit int, ok bool) {
	offset, from := whole(r.URL.Query().Get("offset"), 0, 1<<30)
	limit, most := whole(r.URL.Query().Get("limit"), pageSize, scoring.MaxPage)
	if !from || !most {
		writeError(w, r, engine.BadFrame, "offset")
		return 0, 0, false
	}
	return offset, limit, true
}

// private is how an answer is kept that only staff may have.
const private = "private, no-store"

// write answers with JSON that caches may keep for a second, or that the reader has it
// already; small as for writeSqueezed.
func (p *BoardPages) write(w http.ResponseWriter, r *http.Request, etag string, body []byte, small func() []byte) {
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", p.cache)
	}
	writeSqueezed(w, r, etag, "application/json; charset=utf-8", body, small)
}
