package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"

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
	homes         *proctor.Homes
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

	allowances sync.Map // by attempt: *allowance

	renewal renewal
	rooms   roomFeeds
	reports reportLimit

	evaluations    evaluations
	watch          *Watch // nil: no advisory signals
	browserRefused *prometheus.CounterVec

	moving  atomic.Bool
	stopped atomic.Pointer[string] // why nobody is served any more
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

	Files uint64 // descriptors that the process may have, 0: the system does not tell

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
	s.countReady()
	s.boards = newBoardPages(s.pages, s.log, s.registry)
	s.boards.examining, s.boards.sees = s.examining, s.sees
	s.boards.most = watchersWithin(p.Files)
	if p.Archive != nil {
		s.boards.frozen = &archivedFrames{register: p.Register, archive: p.Archive, office: p.Office, now: p.Hall.Now}
	}
	s.boards.criteria, s.boards.results = true, true
	s.open = &openPages{boards: s.boards, from: s, now: func() engine.Instant { return s.hall.Now() }, host: s.hostName, fail: s.fail}
	s.hooks = p.Hooks
	s.results = newResults(&p, s.exam)
	s.publicLog = p.PublicLog
	if p.Desk != nil { // else nobody acts on this server
		p.Accounts.Unready = s.mustEnrol
		s.door.Warns(s.warnFirst)
		s.survey = proctor.NewSurvey(p.Register, p.Accounts, p.Hall.Now)
		s.publisher = proctor.NewPublisher(p.Office, p.Archive, s.criteriaRules)
		s.places = proctor.NewPlaces(p.Office, p.Archive, s.sittingLength)
		s.redress = proctor.NewRedress(p.Desk, p.Office, p.Archive, s.leaves, s.sittingLength)
		s.homes = proctor.NewHomes(p.Desk, p.Office)
	}
	if s.watch = p.Watch; s.watch != nil {
		s.watch.server = s
	}
	return s, nil
}

// AddExam opens an exam on this node, or puts it in the place of what it was. Pages that
// are open look their candidate up in the newest, see seat.served.
func (s *Server) AddExam(x *Exam) {
	s.mu.Lock()
	s.exams[x.Def.Code] = x
	for id := range x.people {
		s.attempts[id] = x
	}
	s.networks = slices.DeleteFunc(s.networks, func(n siteNetwork) bool { return n.exam == x.Def.Code })
	for _, site := range x.Def.Sites {
		for _, prefix := range networksOf(site) {
			s.networks = append(s.networks, siteNetwork{x.Def.Code, site.Code, prefix})
		}
	}
	s.mu.Unlock()
	if x.Def.Policy.SEB.Required && s.url == nil {
		s.log.Error("the exam asks for Safe Exam Browser, and this server does not know its own address: nobody can sign in; start it with --url", "exam", x.Def.Code)
	}
	if err := ProxiesApart(x.Def, s.proxies); err != nil {
		s.log.Error("candidates of the exam could say that they sit anywhere: start this server with another --trust-proxy", "exam", x.Def.Code, "why", err)
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

// Publisher is where an exam's criteria become numbered versions.
func (s *Server) Publisher() *proctor.Publisher { return s.publisher }

// Handler is the whole of it, headers included.
func (s *Server) Handler() http.Handler { return s.secured(s.standing(s.routes().mux)) }

// routes are all that this server answers to.
func (s *Server) routes() *routes {
	rt := newRoutes(s)
	rt.public("POST /api/v1/exam/signin", s.serveSignin)
	rt.candidate("POST /api/v1/exam/confirm", s.serveConfirm)
	rt.candidate("POST /api/v1/exam/signout", s.serveSignout)
	rt.candidate("POST /api/v1/exam/frames", s.serveFrames)
	rt.candidate("GET /api/v1/exam/form/{attempt}", s.serveForm)
	rt.candidate("GET /api/v1/exam/result", s.serveResult)
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

// KeepFrozen keeps the boards that became final, each at an address of its own.
func (s *Server) KeepFrozen(ctx context.Context) error { return s.boards.KeepFrozen(ctx) }
