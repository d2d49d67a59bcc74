package web

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"terang/engine"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
	"terang/questionbank/shelf"
)

// Server is all that a node answers over HTTP.
type Server struct {
	hall          *engine.Hall
	desk          *proctor.Desk
	door          *proctor.Door
	accounts      *proctor.Accounts
	office        *proctor.Office
	audit         *proctor.Audit
	readings      *proctor.Readings
	minutes       *proctor.Minutes
	survey        *proctor.Survey
	register      engine.Register
	shelf         *shelf.Shelf
	boards        *BoardPages
	open          *openPages
	results       *Results
	publicLog     *keeper.Keeper // nil: this node keeps none
	publisher     *proctor.Publisher
	places        *proctor.Places
	redress       *proctor.Redress
	hooks         *proctor.Hooks
	disclosures   disclosures
	limits        *proctor.Limits
	keys          []byte // secret of the key file: sitting secrets are derived from it
	log           *slog.Logger
	engineMetrics *engine.Metrics
	registry      *prometheus.Registry
	pages         *pages
	upgrader      *websocket.Upgrader
	url           *url.URL // what people use; nil: whatever they came by
	https         bool
	authority     string
	secondFactor  bool // administrators, committee and key-holders must have one

	mu       sync.RWMutex
	exams    map[string]*Exam // by code
	attempts map[string]*Exam // by attempt
	networks []siteNetwork
	proxies  []netip.Prefix

	metricsReaders MetricsReaders

	sockets registry
	pollers pollers
	rooms   roomFeeds
	reports reportLimit

	evaluations    evaluations
	watch          *Watch // nil: no advisory signals
	browserRefused *prometheus.CounterVec

	moving  atomic.Bool
	ready   atomic.Bool
	opening atomic.Int32 // exams that are recorded and not yet served
}

// ServerParts are what a Server is put together from.
type ServerParts struct {
	Hall      *engine.Hall
	Desk      *proctor.Desk
	Door      *proctor.Door
	Accounts  *proctor.Accounts
	Office    *proctor.Office
	Audit     *proctor.Audit
	Readings  *proctor.Readings
	Minutes   *proctor.Minutes
	Limits    *proctor.Limits
	Register  engine.Register
	Archive   engine.Archive
	People    *proctor.People
	Folds     *Folds
	Shelf     *shelf.Shelf // the question bank
	PublicLog *keeper.Keeper
	Evaluate  Evaluate // nil: this node makes no evaluations
	Watch     *Watch   // nil: this node looks for no advisory signals
	Hooks     *proctor.Hooks
	Keys      []byte
	Log       *slog.Logger
	Metrics   *engine.Metrics
	Registry  *prometheus.Registry
	URL       *url.URL       // nil: http on whatever address people came by
	Authority string         // who holds the exams, as pages show it
	Proxies   []netip.Prefix // whose word on a client's address counts

	MetricsReaders MetricsReaders // who reads /metrics

	SecondFactor bool // administrators, committee and key-holders set one up before anything else
}

// NewServer returns a server without exams; AddExam opens them.
func NewServer(p ServerParts) (*Server, error) {
	s := &Server{
		hall: p.Hall, desk: p.Desk, door: p.Door, accounts: p.Accounts, office: p.Office, audit: p.Audit, readings: p.Readings, minutes: p.Minutes, register: p.Register, shelf: p.Shelf, keys: p.Keys, log: p.Log, engineMetrics: p.Metrics, registry: p.Registry,
		url: p.URL, https: p.URL != nil && p.URL.Scheme == "https", authority: p.Authority, proxies: p.Proxies, secondFactor: p.SecondFactor, metricsReaders: p.MetricsReaders,
		exams: make(map[string]*Exam), attempts: make(map[string]*Exam),
		reports: reportLimit{p.Limits}, limits: p.Limits, evaluations: evaluations{make: p.Evaluate},
	}
	var err error
	if s.pages, err = newPages(); err != nil {
		return nil, err
	}
	s.upgrader = newUpgrader(s.ours)
	s.browserRefused = newBrowserRefused(p.Registry)
	s.boards = newBoardPages(s.pages, s.log, s.registry)
	s.boards.examining, s.boards.sees = s.examining, s.sees
	if p.Archive != nil {
		s.boards.frozen = &archivedFrames{register: p.Register, archive: p.Archive, office: p.Office, now: p.Hall.Now}
	}
	s.boards.criteria, s.boards.results = true, true
	s.open = &openPages{boards: s.boards, from: s, now: func() engine.Instant { return s.hall.Now() }, host: s.hostName, fail: s.fail}
	s.hooks = p.Hooks
	s.results = newResults(&p, s.exam)
	s.publicLog = p.PublicLog
	if p.Desk != nil { // else nobody acts on this server
		s.survey = proctor.NewSurvey(p.Register, p.Accounts, p.Hall.Now)
		s.publisher = proctor.NewPublisher(p.Office, p.Archive, s.criteriaRules)
		s.places = proctor.NewPlaces(p.Office, p.Archive, s.sittingLength)
		s.redress = proctor.NewRedress(p.Desk, p.Office, p.Archive, s.leaves)
	}
	s.door.Say = s.warnFirst
	if s.watch = p.Watch; s.watch != nil {
		s.watch.server = s
	}
	return s, nil
}

// AddExam opens an exam on this node, or puts it in the place of what it was. Pages that
// are open keep the exam that they were opened with: of their own candidate it says the same.
func (s *Server) AddExam(x *Exam) {
	s.mu.Lock()
	s.exams[x.Def.Code] = x
	for id := range x.people {
		s.attempts[id] = x
	}
	s.networks = slices.DeleteFunc(s.networks, func(n siteNetwork) bool { return n.exam == x.Def.Code })
	for _, site := range x.Def.Sites {
		for _, n := range site.Networks {
			if prefix, err := netip.ParsePrefix(n); err == nil { // checked when the exam was created
				s.networks = append(s.networks, siteNetwork{x.Def.Code, site.Code, prefix})
			}
		}
	}
	s.mu.Unlock()
	if x.Def.Policy.SEB.Required && s.url == nil {
		s.log.Error("the exam asks for Safe Exam Browser, and this server does not know its own address: nobody can sign in; start it with --url", "exam", x.Def.Code)
	}
	s.boards.Add(x.Def.Code, x.Boards)
}

func (s *Server) examOf(attempt string) *Exam {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.attempts[attempt]
}

func (s *Server) exam(code string) *Exam {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.exams[code]
}

// Opening tells how many exams have been recorded that this node does not serve yet.
// Meanwhile it says of no session that it has ended: it may be of one of these.
func (s *Server) Opening(exams int) { s.opening.Store(int32(exams)) }

// SetReady tells load balancers whether this node takes new sockets.
func (s *Server) SetReady(ready bool) { s.ready.Store(ready) }

// Publisher is where an exam's criteria become numbered versions.
func (s *Server) Publisher() *proctor.Publisher { return s.publisher }

// Handler is the whole of it, headers included.
func (s *Server) Handler() http.Handler { return s.secured(s.routes().mux) }

// routes are all that this server answers to.
func (s *Server) routes() *routes {
	rt := newRoutes(s)
	rt.public("POST /api/v1/exam/signin", s.serveSignin)
	rt.candidate("POST /api/v1/exam/confirm", s.serveConfirm)
	rt.candidate("POST /api/v1/exam/signout", s.serveSignout)
	rt.candidate("POST /api/v1/exam/frames", s.serveFrames)
	rt.candidate("GET /api/v1/exam/form/{attempt}", s.serveForm)
	rt.candidate("GET /exam/ws", s.serveSocket)
	rt.public("GET /ujian", s.serveCandidate)
	rt.public("GET /{$}", s.serveHome)
	rt.public("GET /static/{hash}/{file...}", s.pages.serveStatic)
	rt.public("GET /favicon.ico", s.pages.serveIcon)
	rt.public("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "up"})
	})
	rt.public("GET /readyz", s.serveReady)
	rt.public("GET /metrics", s.metricsReaders.guard(s.registry, s.proxies, s.notFound))
	s.staffRoutes(rt)
	s.readinessRoutes(rt)
	s.sebRoutes(rt)
	s.bankRoutes(rt)
	s.resultRoutes(rt)
	s.ownRoutes(rt)
	s.logRoutes(rt)
	s.receiptRoutes(rt)
	s.minutesRoutes(rt)
	s.surveyRoutes(rt)
	s.objectionRoutes(rt)
	s.criteriaRoutes(rt)
	s.open.routes(rt)
	s.hookRoutes(rt)
	s.personnelRoutes(rt)
	s.lookupRoutes(rt)
	s.photoRoutes(rt)
	s.rosterRoutes(rt)
	s.placesRoutes(rt)
	s.flagRoutes(rt)
	s.boards.Routes(rt)
	rt.public("/", rt.unmatched)
	return rt
}

// secured sets the headers that every answer carries, and refuses writes from other origins.
func (s *Server) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policyFor(r.URL.Path))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", permissions(r.URL.Path))
		if s.https || onLoopback(r.Host) {
			// Elsewhere on plain http browsers ignore it, and complain on every page.
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
		}
		if s.https {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if writes(r) && !s.sameOrigin(r) {
			writeError(w, r, codeForeign, "")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// onLoopback says whether a browser trusts the address that a request came by without TLS.
func onLoopback(hostport string) bool {
	host := (&url.URL{Host: hostport}).Hostname()
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// policyFor is the content security policy: items are shown on the candidate's page and on
// those of the bank only, under one named Trusted Types policy.
func policyFor(path string) string {
	const base = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
	if path == "/ujian" || strings.HasPrefix(path, "/bank/") {
		return base + "img-src 'self' blob:; trusted-types item"
	}
	return base + "img-src 'self'; trusted-types 'none'"
}

// sameOrigin judges a writing request: browsers say where it comes from; a program that
// says nothing has no cookie of somebody else's either.
func (s *Server) sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin" || site == "none"
	}
	return r.Header.Get("Origin") == "" || s.ours(r)
}

// ours compares the Origin with what people use. Without --url it is the Host they came by.
func (s *Server) ours(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true // not a browser
	}
	u, err := url.Parse(origin)
	if err != nil {
		return false
	}
	if s.url != nil {
		return u.Scheme == s.url.Scheme && strings.EqualFold(u.Host, s.url.Host)
	}
	return strings.EqualFold(u.Host, r.Host)
}

func (s *Server) serveReady(w http.ResponseWriter, r *http.Request) {
	switch {
	case s.moving.Load():
		writeJSON(w, http.StatusServiceUnavailable, map[string]any{"ready": false, "missing": []string{"this node is shutting down"}})
	case !s.ready.Load():
		writeJSON(w, http.StatusServiceUnavailable, map[string]any{"ready": false, "missing": []string{"recovery has not finished"}})
	default:
		if missing := s.hall.Missing(); len(missing) > 0 {
			writeJSON(w, http.StatusServiceUnavailable, map[string]any{"ready": false, "missing": missing})
			return
		}
		writeJSON(w, http.StatusOK, map[string]any{"ready": true})
	}
}

// Drain moves every candidate away: they come back by themselves, spread over a window,
// to whoever answers then. It returns when all sockets are gone or ctx ends.
func (s *Server) Drain(ctx context.Context) {
	s.moving.Store(true)
	s.hall.Leave()
	s.sockets.closeAll(s.retryAfter)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !s.sockets.empty() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// KeepFrozen keeps the boards that became final, each at an address of its own.
func (s *Server) KeepFrozen(ctx context.Context) error { return s.boards.KeepFrozen(ctx) }

// CloseStreams ends the event streams, which would otherwise outlive the server.
func (s *Server) CloseStreams() {
	s.boards.Close()
	s.rooms.close()
}

// retryAfter draws a delay from the window that spreads a stampede, in milliseconds.
func (s *Server) retryAfter() int64 {
	var b [4]byte
	_, _ = rand.Read(b[:])
	span := (engine.RetryTo - engine.RetryFrom).Milliseconds()
	return engine.RetryFrom.Milliseconds() + int64(binary.BigEndian.Uint32(b[:]))%span
}

// words fetches free text by the hash that an event carries.
func (s *Server) words(hash string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	body, err := s.register.Get(ctx, "text", hash)
	return string(body), err
}

// say sends a supervisor's message to a page.
func (s *Server) say(p *seat, hash string, at engine.Instant) {
	go func() {
		text, err := s.words(hash)
		if err != nil {
			s.log.Warn("a message's words are not in the register", "hash", hash, "error", err)
			return
		}
		p.send(frameJSON(map[string]string{"t": "say", "from": "pengawas", "text": text, "at": at.String()}))
	}()
}

// warnFirst tells the page that holds an attempt that somebody else tried its number.
func (s *Server) warnFirst(attempt string) {
	s.sockets.each(func(p *seat) {
		if p.live.ID == attempt {
			p.send(frameJSON(map[string]string{"t": "say", "from": "sistem", "text": codeText(codeOtherDevice, p.lang), "at": s.hall.Now().String()}))
		}
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// readJSON reads a request's body; unknown fields are ignored, as the protocol grows by
// adding. It answers itself when the body is not what it should be.
func readJSON(w http.ResponseWriter, r *http.Request, most int64, v any) bool {
	if ct := r.Header.Get("Content-Type"); ct != "" && !strings.HasPrefix(ct, "application/json") {
		writeError(w, r, engine.BadFrame, "content-type")
		return false
	}
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	err := body.Decode(v)
	if err == nil {
		if _, err = body.Token(); errors.Is(err, io.EOF) {
			return true
		}
	}
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		writeError(w, r, codeTooLarge, "body")
		return false
	}
	writeError(w, r, engine.BadFrame, "body")
	return false
}
