package main

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

	"terang/engine"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
	"terang/questionbank/shelf"
	"terang/web"
	"terang/web/webhook"
)

// node is one process that holds exams: the stores, the hall, the desk and the server
// over one journal.
type node struct {
	stores   *stores
	keys     *keyFile
	hall     *engine.Hall
	people   *proctor.People
	accounts *proctor.Accounts
	office   *proctor.Office
	desk     *proctor.Desk
	server   *web.Server
	folds    *web.Folds
	watch    *web.Watch
	shelf    *shelf.Shelf
	log      *slog.Logger
	exams    *openings
	found    engine.Recovery
	tidier   *tidier
	webhooks *webhook.Sender
	sealed   *found // pack that is opened at its hour; nil: none
	public   *keeper.Keeper
	registry *prometheus.Registry
	insecure bool // people come without TLS, and not from this machine alone
}

// nodeParts are what a node is opened with.
type nodeParts struct {
	stores     *stores
	keys       *keyFile
	session    string         // memory, or the address of a Redis; "" is memory
	address    *url.URL       // what people use; nil: whatever they come by
	proxies    []netip.Prefix // ours, whose word on a client's address counts
	processors int            // that it may use; 0: not told
	private    []netip.Prefix // private networks that webhooks may go to
	factor     bool           // a second factor is required of who decides about many
	logKeys    *logSigners    // of the public log; nil: this node signs none
	insecure   bool           // served without TLS beyond this machine
	evaluate   web.Evaluate   // makes the evaluation of an exam; nil: this node shows none
	metrics    web.MetricsReaders
	log        *slog.Logger
}

// openNode opens every exam that the journal holds, and recovers what was running.
func openNode(ctx context.Context, parts nodeParts) (*node, error) {
	s, keys, log := parts.stores, parts.keys, parts.log
	registry := prometheus.NewRegistry()
	ours(registry).MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if parts.processors > 0 {
		promauto.With(registry).NewGauge(prometheus.GaugeOpts{
			Name: "terang_processors", Help: "Processors that this node may use; Go's own count has one more, for the writer.",
		}).Set(float64(parts.processors))
	}
	metrics := engine.NewMetrics(registry)
	n := &node{stores: s, keys: keys, folds: new(web.Folds), exams: newOpenings(), log: log, tidier: newTidier(registry), registry: registry, insecure: parts.insecure}
	name, err := nodeName()
	if err != nil {
		return nil, err
	}
	clock := engine.NewClock()
	store, err := openSession(parts.session, clock, registry, log)
	if err != nil {
		return nil, err
	}
	secrets := proctor.Keys{Secret: keys.derive("proctor")}
	n.people = proctor.NewPeople(s.register)
	station, audit, minutes := proctor.NewStation(n.people), proctor.NewAudit(s.journal, n.people), proctor.NewMinutes(s.journal, n.people)
	n.public = n.newPublicLog(parts, name, clock)
	n.watch = web.NewWatch(s.journal, n.folds)
	n.hall = engine.NewHall(name, s.journal, store, clock, metrics, log, station, n.folds, n.exams, audit, minutes, heard{n}, n.public, n.watch)
	n.public.Writer = n.hall.Writer()
	n.shelf = shelf.New(s.journal, s.archive, s.register, n.hall.Writer())
	streams := proctor.NewLog(s.journal, n.hall.Writer())
	n.accounts = proctor.NewAccounts(s.register, store, streams, keys)
	n.accounts.Lost = func(act string, err error) { log.Error("a sign-in could not be recorded", "act", act, "error", err) }
	n.desk = proctor.NewDesk(n.hall, n.people, n.accounts, station, s.register, secrets)
	minutes.Serve(n.desk, s.archive)
	n.office = proctor.NewOffice(s.register, n.accounts, n.desk.Pairs())
	n.desk.Pairs().Register((&packPairs{s, streams, n.hall.Now}).acts()...)
	n.desk.Pairs().Register((&markSheets{stores: s, log: streams}).act())
	hooks := proctor.NewHooks(s.register, streams, keys)
	n.webhooks = webhook.New(hooks, s.journal, s.register, n.hall, webhook.Options{Allow: parts.private, Log: log, Registry: registry})
	n.server, err = web.NewServer(web.ServerParts{
		Hall: n.hall, Desk: n.desk, Accounts: n.accounts, Office: n.office, Audit: audit, Minutes: minutes, Readings: proctor.NewReadings(s.register, streams), Door: proctor.NewDoor(n.hall, n.people, station, store, secrets),
		Limits: proctor.NewLimits(store), Register: s.register, Archive: s.archive, People: n.people, Folds: n.folds, Shelf: n.shelf, PublicLog: n.public, Keys: keys.derive("sittings"), Log: log, Metrics: metrics, Registry: registry, URL: parts.address, Proxies: parts.proxies, Authority: "Terang",
		SecondFactor: parts.factor, MetricsReaders: parts.metrics,
		Evaluate: parts.evaluate,
		Watch:    n.watch,
		Hooks:    hooks,
	})
	if err != nil {
		return nil, err
	}
	n.folds.Removed = func(exam string) {
		n.exams.drop(exam)
		n.server.Forget(exam)
	}
	codes, err := n.people.Codes(ctx)
	if err != nil {
		return nil, err
	}
	for _, code := range codes {
		err := n.openExam(ctx, code)
		if errors.Is(err, errUnplanned) {
			log.Warn("an exam is not served", "exam", code, "error", err)
		} else if err != nil {
			return nil, fmt.Errorf("open exam %s: %w", code, err)
		}
	}
	if n.found, err = n.hall.Recover(ctx); err != nil {
		return nil, err
	}
	n.folds.Tick(n.hall.Now())
	n.public.Open(ctx)
	return n, nil
}

// heard passes on to the question bank what other nodes write to it. The bank writes
// through the hall, and so comes after it.
type heard struct{ *node }

// Apply implements engine.Sink.
func (h heard) Apply(r engine.Record, e *engine.Event) { h.shelf.Apply(r, e) }

// nodeName is unique to this run of the process: what an earlier run held is not ours.
func nodeName() (string, error) {
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

// openExam opens an exam before the hall recovers.
func (n *node) openExam(ctx context.Context, code string) error {
	// The stream first: what is recorded after it is a reason to load again.
	recorded, err := n.stores.examRecord(ctx, code)
	if err != nil {
		return err
	}
	listed, err := n.people.Read(ctx, code)
	if err != nil {
		return err
	}
	x, err := n.loadExam(ctx, nil, listed, recorded)
	if err != nil {
		return err
	}
	if err := x.Admit(n.hall); err != nil {
		return err
	}
	n.people.Take(listed)
	n.folds.Add(x.Boards)
	n.server.AddExam(x.Exam)
	n.exams.put(x)
	return nil
}

// foldOnly folds the journal into the boards of its exams, without a hall.
func foldOnly(ctx context.Context, s *stores, keys *keyFile) ([]*web.Exam, error) {
	people := proctor.NewPeople(s.register)
	codes, err := people.Codes(ctx)
	if err != nil {
		return nil, err
	}
	var exams []*web.Exam
	for _, code := range codes {
		x, err := storedExam(ctx, s, keys, people, code, latestVersion)
		if errors.Is(err, errUnplanned) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("open exam %s: %w", code, err)
		}
		exams = append(exams, x)
	}
	return exams, foldInto(ctx, s, exams...)
}

// foldInto folds the journal into the boards of exams that have just been opened.
func foldInto(ctx context.Context, s *stores, exams ...*web.Exam) error {
	var folds web.Folds
	for _, x := range exams {
		folds.Add(x.Boards)
	}
	var last engine.Instant
	err := eachEvent(ctx, s.journal, func(r engine.Record, e *engine.Event) {
		folds.Apply(r, e)
		last = max(last, e.At)
	})
	folds.Tick(last)
	return err
}

// latestVersion is the version of results with all annulments.
const latestVersion = -1

// foldExam folds the journal into the boards of one exam. version is how many of its
// annulments hold, 0 being none: the result as it was before any.
func foldExam(ctx context.Context, s *stores, keys *keyFile, code string, version int) (*web.Exam, error) {
	x, err := storedExam(ctx, s, keys, proctor.NewPeople(s.register), code, version)
	if err != nil {
		return nil, fmt.Errorf("exam %s: %w", code, err)
	}
	return x, foldInto(ctx, s, x)
}

// storedExam is an exam as the stores hold it, with its boards still empty.
func storedExam(ctx context.Context, s *stores, keys *keyFile, people *proctor.People, code string, version int) (*web.Exam, error) {
	recorded, err := s.examRecord(ctx, code)
	if err != nil {
		return nil, err
	}
	if version != latestVersion {
		if version > len(recorded.annulled) {
			return nil, fmt.Errorf("version %d: its results have versions 0 to %d", version, len(recorded.annulled))
		}
		recorded.annulled = recorded.annulled[:version]
	}
	listed, err := people.Read(ctx, code)
	if err != nil {
		return nil, err
	}
	return joinExam(ctx, s, keys, listed, recorded, 0)
}

// run keeps the node going until ctx is done. The hall ends last, so that what was
// decided is committed.
func (n *node) run(ctx context.Context) error {
	if err := n.afterOutage(); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return n.hall.Run(ctx) })
	g.Go(func() error { return n.stores.run(ctx) })
	g.Go(func() error { return n.tidier.run(ctx) })
	g.Go(func() error { return n.followExams(ctx) })
	g.Go(func() error { return n.webhooks.Run(ctx) })
	g.Go(func() error { return n.openAtTheHour(ctx) })
	g.Go(func() error { return n.public.Run(ctx) })
	g.Go(func() error { return n.watch.Run(ctx) })
	g.Go(func() error { return engine.Ticking(ctx, time.Second, func() { n.folds.Tick(n.hall.Now()) }) })
	g.Go(func() error { return engine.Ticking(ctx, time.Second, n.server.TickRooms) })
	g.Go(func() error { return engine.Ticking(ctx, time.Second/4, n.server.StirRooms) })
	g.Go(func() error { return engine.Ticking(ctx, time.Second, func() { n.keepFrozen(ctx) }) })
	g.Go(func() error { return engine.Ticking(ctx, engine.SettleEvery/2, n.settle) })
	g.Go(func() error {
		n.settlePairs(ctx) // what was agreed on before this node died
		return engine.Ticking(ctx, pairsEvery, func() { n.settlePairs(ctx) })
	})
	n.server.SetReady(true)
	if err := g.Wait(); err != nil {
		n.log.Error("this node stops and sends its candidates away", "error", err)
		return explained(err)
	}
	return nil
}

// keepFrozen keeps boards as they were when they became final.
func (n *node) keepFrozen(ctx context.Context) {
	if err := n.server.KeepFrozen(ctx); err != nil && ctx.Err() == nil {
		n.log.Warn("a frozen board is not kept yet; it is tried again", "error", err)
	}
}

// setBack is for whoever finds that the server has ended by itself.
const setBack = `this node has stopped, because its database lacks what this node has seen in it.
What happened: an old backup was restored, or a replica that lagged has taken the database's place.
  Answers that candidates were told are stored may not be in it.
What to do: 1. Stop all nodes, and whatever starts them again by itself. A node that starts takes the database as it is.
  2. Find out which backup was restored, by whom, and what it lacks; keep a copy of it.
  3. Bring back the newest database. If there is none, whoever answers for the exam decides how it goes on.
  4. Only then start the nodes again.
Found: %w`

// explained says of an end what a person has to do.
func explained(err error) error {
	if errors.Is(err, engine.ErrSetBack) {
		return fmt.Errorf(setBack, err)
	}
	return fmt.Errorf("this node has stopped: %w", err)
}

// pairsEvery is how often a node looks for acts of two people that somebody left half done.
const pairsEvery = 5 * time.Second

func (n *node) settlePairs(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, pairsEvery)
	defer cancel()
	if err := n.desk.Pairs().Settle(ctx); err != nil && ctx.Err() == nil {
		n.log.Error("what two people agreed to could not be done, or their acts could not be read; this node tries again", "error", err)
	}
}

func (n *node) settle() {
	for _, x := range n.exams.all() {
		for _, s := range x.Def.Sittings {
			room := n.hall.Sitting(x.Def.Code + "." + s.Code)
			if err := room.CloseCheckin(&x.Def.Policy); err != nil {
				n.log.Warn("check-in could not be closed by the clock; nobody is admitted all the same, and the next try follows", "sitting", room.ID, "error", err)
			}
			if err := room.Settle(x.Def.Policy.Live == engine.LiveSettled); err != nil {
				n.log.Warn("time could not enter the boards; the next try follows", "sitting", room.ID, "error", err)
			}
			if n.insecure {
				if err := n.desk.NoteInsecure(room.ID); err != nil {
					n.log.Warn("that people come without TLS could not be recorded; the next try follows", "sitting", room.ID, "error", err)
				}
			}
		}
	}
}

// afterOutage tells what a start found. A clock behind the journal, or an outage longer
// than the policy's limit, waits for a supervisor's word: the sitting stands paused.
func (n *node) afterOutage() error {
	f := n.found
	if f.Events > 0 {
		n.log.Info("recovered", "events", f.Events, "running", f.Running, "outage_s", int(f.Outage.Seconds()), "took_ms", f.Took.Milliseconds())
	}
	if f.Running == 0 {
		return nil
	}
	for _, x := range n.exams.all() {
		why := ""
		if limit := time.Duration(x.Def.Policy.OutageWaitMS) * time.Millisecond; f.Outage > limit {
			why = "outage"
		}
		if f.Behind {
			why = "clock"
		}
		if why == "" {
			continue
		}
		for _, s := range x.Def.Sittings {
			room := n.hall.Sitting(x.Def.Code + "." + s.Code)
			if room.State().Phase != engine.InProgress {
				continue
			}
			n.log.Warn("the sitting waits for a supervisor's word: check the clock and the room, then resume it", "sitting", room.ID, "why", why)
			go func() {
				_, err := room.Act(engine.Command{Act: engine.ActPause, By: "engine", At: n.hall.Now(), Why: why})
				if err != nil && !errors.Is(err, engine.WrongState) {
					n.log.Error("the sitting could not be paused", "sitting", room.ID, "error", err)
				}
			}()
		}
	}
	return nil
}
