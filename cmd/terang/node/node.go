package node

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
	"terang/questionbank/shelf"
	"terang/web"
	"terang/web/webhook"
)

// Node is one process that holds exams: the stores, the hall, the desk and the server
// over one journal.
type Node struct {
	Stores   *stores.DB
	keys     *stores.KeyFile
	Hall     *engine.Hall
	People   *proctor.People
	Accounts *proctor.Accounts
	Office   *proctor.Office
	Desk     *proctor.Desk
	Server   *web.Server
	Folds    *web.Folds
	watch    *web.Watch
	shelf    *shelf.Shelf
	Logger   *slog.Logger
	Exams    *openings
	found    engine.Recovery
	tidier   *process.Tidier
	webhooks *webhook.Sender
	Sealed   *Found // pack that is opened at its hour; nil: none
	public   *keeper.Keeper
	seen     *seen
	Registry *prometheus.Registry
	insecure bool // people come without TLS, and not from this machine alone
}

// Parts are what a node is opened with.
type Parts struct {
	Stores     *stores.DB
	Keys       *stores.KeyFile
	Seen       string             // file outside of the journal that says how far it was seen; "": none
	Session    string             // memory, or the address of a Redis; "" is memory
	Address    *url.URL           // what people use; nil: whatever they come by
	Proxies    []netip.Prefix     // ours, whose word on a client's address counts
	Processors int                // that it may use; 0: not told
	Private    []netip.Prefix     // private networks that webhooks may go to
	Factor     bool               // a second factor is required of who decides about many
	LogKeys    *LogSigners        // of the public log; nil: this node signs none
	Insecure   bool               // served without TLS beyond this machine
	Evaluate   web.Evaluate       // makes the evaluation of an exam; nil: this node shows none
	Metrics    web.MetricsReaders // who reads /metrics beside this machine
	Log        *slog.Logger
}

// Open opens every exam that the journal holds, and recovers what was running.
func Open(ctx context.Context, parts Parts) (*Node, error) {
	s, keys, log := parts.Stores, parts.Keys, parts.Log
	registry := prometheus.NewRegistry()
	process.Ours(registry).MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if parts.Processors > 0 {
		promauto.With(registry).NewGauge(prometheus.GaugeOpts{
			Name: "terang_processors", Help: "Processors that this node may use; Go's own count has one more, for the writer.",
		}).Set(float64(parts.Processors))
	}
	metrics := engine.NewMetrics(registry)
	n := &Node{Stores: s, keys: keys, Folds: new(web.Folds), Exams: newOpenings(), Logger: log, tidier: process.NewTidier(registry), Registry: registry, insecure: parts.Insecure}
	n.seen = &seen{path: parts.Seen, of: s.NamedFlags(keys), log: log}
	if err := n.seen.check(ctx, s.Journal); err != nil {
		return nil, err
	}
	name, err := Name()
	if err != nil {
		return nil, err
	}
	clock := engine.NewClock()
	store, err := stores.OpenSession(parts.Session, clock, registry, log)
	if err != nil {
		return nil, err
	}
	secrets, err := s.Proctor(ctx, keys)
	if err != nil {
		return nil, err
	}
	n.People = proctor.NewPeople(s.Register)
	station, audit, minutes := proctor.NewStation(n.People), proctor.NewAudit(s.Journal, n.People), proctor.NewMinutes(s.Journal, n.People)
	n.public = n.newPublicLog(parts, name, clock)
	n.watch = web.NewWatch(s.Journal, n.Folds)
	n.Hall = engine.NewHall(name, s.Journal, store, clock, metrics, log, station, n.Folds, n.Exams, audit, minutes, heard{n}, n.public, n.watch, n.seen)
	n.public.Writer = n.Hall.Writer()
	public := n.public // the log is the centre's: what happens at a site enters it when it is collected
	if s.Site != nil {
		n.Hall.At(s.Site.Sitting)
		public = nil
	}
	n.shelf = shelf.New(s.Journal, s.Archive, s.Register, n.Hall.Writer())
	streams := proctor.NewLog(s.Journal, n.Hall.Writer())
	if s.Site != nil {
		streams.At(s.Site.Sitting)
	}
	n.Accounts = proctor.NewAccounts(s.Register, store, streams, keys)
	n.Accounts.Lost = func(act string, err error) { log.Error("a sign-in could not be recorded", "act", act, "error", err) }
	n.Desk = proctor.NewDesk(n.Hall, n.People, n.Accounts, station, s.Register, secrets)
	minutes.Serve(n.Desk, s.Archive)
	n.Office = proctor.NewOffice(s.Register, n.Accounts, n.Desk.Pairs())
	n.Desk.Pairs().Register((&packPairs{s, streams, n.Hall.Now}).acts()...)
	n.Desk.Pairs().Register((&MarkSheets{Stores: s, Log: streams}).Act())
	hooks := proctor.NewHooks(s.Register, streams, keys)
	n.webhooks = webhook.New(hooks, s.Journal, s.Register, n.Hall, webhook.Options{Allow: parts.Private, Log: log, Registry: registry})
	n.Server, err = web.NewServer(web.ServerParts{
		Hall: n.Hall, Desk: n.Desk, Accounts: n.Accounts, Office: n.Office, Audit: audit, Minutes: minutes, Readings: proctor.NewReadings(s.Register, streams), Door: proctor.NewDoor(n.Hall, n.People, station, store, secrets),
		Limits: proctor.NewLimits(store), Register: s.Register, Archive: s.Archive, People: n.People, Folds: n.Folds, Shelf: n.shelf, PublicLog: public, Keys: keys.Derive("sittings"), Log: log, Metrics: metrics, Registry: registry, URL: parts.Address, Proxies: parts.Proxies, Authority: "Terang",
		SecondFactor: parts.Factor, MetricsReaders: parts.Metrics, Files: process.FilesAllowed(),
		Evaluate: parts.Evaluate,
		Watch:    n.watch,
		Hooks:    hooks,
	})
	if err != nil {
		return nil, err
	}
	n.Folds.Removed = func(exam string) {
		n.Exams.drop(exam)
		n.Server.Forget(exam)
	}
	codes, err := n.People.Codes(ctx)
	if err != nil {
		return nil, err
	}
	var closed error // to these keys
	for _, code := range codes {
		err := n.openExam(ctx, code)
		switch {
		case errors.Is(err, stores.ErrUnplanned):
			log.Warn("an exam is not served", "exam", code, "error", err)
		case errors.Is(err, stores.ErrOtherKeys):
			log.Error("an exam is not served, the others are", "exam", code, "error", err)
			closed = errors.Join(closed, fmt.Errorf("open exam %s: %w", code, err))
		case err != nil:
			return nil, fmt.Errorf("open exam %s: %w", code, err)
		}
	}
	if closed != nil && len(n.Exams.All()) == 0 { // it is the keys that are wrong
		return nil, closed
	}
	if n.found, err = n.Hall.Recover(ctx); err != nil {
		return nil, err
	}
	n.Folds.Tick(n.Hall.Now())
	if s.Site == nil {
		n.public.Open(ctx)
	}
	return n, nil
}

// heard passes on to the question bank what other nodes write to it. The bank writes
// through the hall, and so comes after it.
type heard struct{ *Node }

// Apply implements engine.Sink.
func (h heard) Apply(r engine.Record, e *engine.Event) { h.shelf.Apply(r, e) }

// Name is unique to this run of the process: what an earlier run held is not ours.
func Name() (string, error) {
	host, err := os.Hostname()
	if err != nil {
		host = "node"
	}
	var b [4]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("name this node: %w", err)
	}
	return host + "-" + hex.EncodeToString(b[:]), nil
}

// OpenExam opens an exam before the hall recovers.
func (n *Node) openExam(ctx context.Context, code string) error {
	// The stream first: what is recorded after it is a reason to load again.
	recorded, err := n.Stores.ExamRecord(ctx, code)
	if err != nil {
		return err
	}
	listed, err := n.People.Read(ctx, code)
	if err != nil {
		return err
	}
	x, err := n.loadExam(ctx, nil, listed, recorded)
	if err != nil {
		return err
	}
	if err := x.Admit(n.Hall); err != nil {
		return err
	}
	n.People.Take(listed)
	n.Folds.Add(x.Boards)
	n.Server.AddExam(x.Exam)
	n.Exams.put(x)
	n.tellSpent(nil, x)
	return nil
}

// Run keeps the node going until ctx is done. The hall ends last, so that what was
// decided is committed.
func (n *Node) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	n.afterOutage(ctx)
	g.Go(func() error { return n.Hall.Run(ctx) })
	g.Go(func() error { return n.Stores.Run(ctx) })
	g.Go(func() error { return n.tidier.Run(ctx) })
	g.Go(func() error { return n.followExams(ctx) })
	g.Go(func() error { return n.OpenAtTheHour(ctx) })
	if n.Stores.Site == nil { // what is the exam's as a whole is the centre's
		g.Go(func() error { return n.webhooks.Run(ctx) })
		g.Go(func() error { return n.public.Run(ctx) })
		g.Go(func() error { return engine.Ticking(ctx, time.Second, func() { n.KeepFrozen(ctx) }) })
	}
	g.Go(func() error { return n.watch.Run(ctx) })
	g.Go(func() error { return engine.Ticking(ctx, time.Second, func() { n.Folds.Tick(n.Hall.Now()) }) })
	g.Go(func() error { return engine.Ticking(ctx, time.Second, n.Server.TickRooms) })
	g.Go(func() error { return engine.Ticking(ctx, time.Second/4, n.Server.StirRooms) })
	g.Go(func() error { return engine.Ticking(ctx, web.RenewEvery, n.Server.RenewResults) })
	g.Go(func() error { return engine.Ticking(ctx, engine.SettleEvery/2, n.settle) })
	g.Go(func() error { return engine.Ticking(ctx, seenEvery, func() { n.seen.write(n.Hall.Now()) }) })
	g.Go(func() error {
		n.settlePairs(ctx) // what was agreed on before this node died
		return engine.Ticking(ctx, pairsEvery, func() { n.settlePairs(ctx) })
	})
	n.Server.SetReady(true)
	if err := g.Wait(); err != nil {
		n.Logger.Error("this node stops and sends its candidates away", "error", err)
		return explained(err)
	}
	return nil
}

// KeepFrozen keeps boards as they were when they became final.
func (n *Node) KeepFrozen(ctx context.Context) {
	if err := n.Server.KeepFrozen(ctx); err != nil && ctx.Err() == nil {
		n.Logger.Warn("a frozen board is not kept yet; it is tried again", "error", err)
	}
}

// pairsEvery is how often a node looks for acts of two people that somebody left half done.
const pairsEvery = 5 * time.Second

func (n *Node) settlePairs(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, pairsEvery)
	defer cancel()
	if err := n.Desk.Pairs().Settle(ctx); err != nil && ctx.Err() == nil {
		n.Logger.Error("what two people agreed to could not be done, or their acts could not be read; this node tries again", "error", err)
	}
}

func (n *Node) settle() {
	for _, x := range n.Exams.All() {
		for _, s := range x.Def.Sittings {
			room := n.Hall.Sitting(x.Def.Code + "." + s.Code)
			if !room.Here() {
				continue
			}
			if err := room.CloseCheckin(&x.Def.Policy); err != nil {
				n.Logger.Warn("check-in could not be closed by the clock; nobody is admitted all the same, and the next try follows", "sitting", room.ID, "error", err)
			}
			if err := room.Settle(x.Def.Policy.Live == engine.LiveSettled); err != nil {
				n.Logger.Warn("time could not enter the boards; the next try follows", "sitting", room.ID, "error", err)
			}
			if n.insecure {
				if err := n.Desk.NoteInsecure(room.ID); err != nil {
					n.Logger.Warn("that people come without TLS could not be recorded; the next try follows", "sitting", room.ID, "error", err)
				}
			}
		}
	}
}

// afterOutage tells what a start found. A clock behind the journal, or an outage longer
// than the policy's limit, waits for a supervisor's word: the sitting stands paused.
func (n *Node) afterOutage(ctx context.Context) {
	f := n.found
	if f.Events > 0 {
		n.Logger.Info("recovered", "events", f.Events, "running", f.Running, "outage_s", int(f.Outage.Seconds()), "took_ms", f.Took.Milliseconds())
	}
	if f.Behind {
		n.Logger.Warn("this machine's clock stands before the journal's newest record: sittings that have such records neither start nor go on until it has passed them; wait, or end the server, set the clock, and start again",
			"newest", f.Last, "now", n.Hall.Now())
	}
	for _, x := range n.Exams.All() {
		limit := time.Duration(x.Def.Policy.OutageWaitMS) * time.Millisecond
		for _, s := range x.Def.Sittings {
			room := n.Hall.Sitting(x.Def.Code + "." + s.Code)
			switch {
			case room.State().Phase != engine.InProgress || !room.Here():
			case f.Behind:
				go n.waitsForTheClock(ctx, room)
			case f.Outage > limit:
				go n.waits(room, "outage")
			}
		}
	}
}

// waitsForTheClock pauses a sitting if no other node lives: who has held it all the while knows what
// time it is, and which of two clocks is wrong is nothing that a candidate's exam can wait for.
func (n *Node) waitsForTheClock(ctx context.Context, room *engine.Room) {
	if !n.Hall.Accompanied(ctx, n.found.Lately) {
		n.waits(room, "clock")
		return
	}
	n.Logger.Warn("the sitting goes on: another node holds it, whose records are ahead of this machine's clock; set the clocks of all machines by one time service", "sitting", room.ID)
}

func (n *Node) waits(room *engine.Room, why string) {
	n.Logger.Warn("the sitting waits for a supervisor's word: check the clock and the room, then resume it", "sitting", room.ID, "why", why)
	_, err := room.Act(engine.Command{Act: engine.ActPause, By: "engine", At: n.Hall.Now(), Why: why})
	if err != nil && !errors.Is(err, engine.WrongState) {
		n.Logger.Error("the sitting could not be paused", "sitting", room.ID, "error", err)
	}
}

// KnowsProxies refuses to serve exams whose candidates' computers would pass for proxies.
func (n *Node) KnowsProxies(proxies []netip.Prefix) error {
	for _, def := range n.People.Exams() {
		if err := web.ProxiesApart(def, proxies); err != nil {
			return usage.Errorf("--trust-proxy: %w", err)
		}
	}
	return nil
}

// KnowsItself refuses to serve exams whose candidates could not be let in.
func (n *Node) KnowsItself(address *url.URL) error {
	for _, def := range n.People.Exams() {
		if def.Policy.SEB.Required && address == nil {
			return usage.Errorf("exam %s asks for Safe Exam Browser, whose keys are made of the address that people type: give --url", def.Code)
		}
	}
	return nil
}
