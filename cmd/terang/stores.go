package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"

	"terang/engine"
	"terang/engine/memstore"
	"terang/engine/pgjournal"
	"terang/engine/redisstore"
	"terang/engine/sqlitejournal"
	"terang/questionbank"
	"terang/scoring"
	"terang/web"
)

// stores are the journal, the register and the archive of one database.
type stores struct {
	journal  engine.Journal
	register engine.Register
	archive  engine.Archive
	sqlite   *sqlitejournal.DB           // nil unless embedded
	postgres *pgjournal.DB               // nil unless there
	path     string                      // of the embedded file
	run      func(context.Context) error // upkeep while it is served
}

// openStores opens --journal. A file that a server holds is said to be held, with what
// to do about it; a PostgreSQL database may be written by any number.
func openStores(journal string, write bool) (*stores, error) {
	if isPostgres(journal) {
		db, err := pgjournal.Open(context.Background(), journal, pgjournal.Options{Name: filepath.Base(os.Args[0])})
		if err != nil {
			return nil, err
		}
		return &stores{journal: db, register: db, archive: db, postgres: db, run: idle}, nil
	}
	scheme, path, ok := strings.Cut(journal, ":")
	if !ok || scheme != "sqlite" || path == "" {
		return nil, usage("--journal %q: write sqlite:FILE or postgres://USER@HOST/DATABASE", journal)
	}
	var db *sqlitejournal.DB
	var err error
	if write {
		db, err = sqlitejournal.Open(path, sqlitejournal.Options{})
	} else {
		db, err = sqlitejournal.OpenReader(path)
	}
	switch {
	case err == nil:
		return &stores{journal: db, register: db, archive: db, sqlite: db, path: path, run: db.Run}, nil
	case errors.Is(err, fs.ErrNotExist) && !write:
		err = fmt.Errorf("%w; name a journal that exists with --journal", err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		err = fmt.Errorf("%w; with --journal name a file in a folder that exists and that this account may write", err)
	}
	return nil, err
}

func isPostgres(journal string) bool {
	return strings.HasPrefix(journal, "postgres://") || strings.HasPrefix(journal, "postgresql://")
}

// idle is the upkeep of a database that keeps itself.
func idle(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// openSession opens --store. Nothing in it decides, so a Redis that is away does not keep
// a node from starting.
func openSession(address string, clock *engine.Clock, registry prometheus.Registerer, log *slog.Logger) (engine.Store, error) {
	if address == "" || address == "memory" {
		return memstore.New(), nil
	}
	store, err := redisstore.Open(redisstore.Options{URL: address, Here: memstore.New(), Clock: clock, Log: log, Registry: registry})
	if err != nil {
		return nil, usage("--store: %v", err)
	}
	return store, nil
}

func (s *stores) close() error { return s.journal.Close() }

// Kinds of register entries that only this command reads.
const kindSeed = "seed"

// errUnplanned: somebody is making the exam, or did not come to the end of it.
var errUnplanned = errors.New("it has no plan or no seed yet: create it again under another code if nobody is at it")

// noExam is errUnplanned of an exam whose stream has nothing.
type noExam struct{}

func (noExam) Error() string        { return "this journal has none of that code: see terang exam status" }
func (noExam) Is(target error) bool { return target == errUnplanned }

// examRecord is what an exam's stream says.
type examRecord struct {
	plan, bank, seed string // hashes
	rules            string // hash of the rule set; "" in exams that were made before it was kept
	annulled         []annulledItem
	repeats          web.Repeats
	n                int // of the newest record
	listed           int // of the newest record that changes more than results
	first            engine.Pos
	last             engine.Pos // of the newest record that changes boards: the epoch they begin with
}

// annulledItem is a decision about an item.
type annulledItem struct {
	event engine.Event
	pos   engine.Pos
}

// passes says whether an event of an exam's stream changes neither what is served of it
// nor whom: steps towards an act, and what is decided about results.
func passes(k engine.Kind) bool {
	switch k {
	case engine.RosterFrozen, engine.SheetReleased, engine.ResultsFrozen, engine.ResultsReleased, engine.ResultsUnfrozen, engine.ResultsCodeIssued, engine.SeedRevealed:
		return true
	case engine.CriteriaPublished, engine.PhotosLoaded, engine.BoardFrozen:
		return true
	}
	return engine.IsStep(k)
}

// repeated counts those who sit an exam again as a whole.
func repeated(r web.Repeats, e *engine.Event) web.Repeats {
	if e.Kind != engine.SittingChanged || e.Act != engine.ActRepeat || e.Number == "" {
		return r
	}
	if r == nil {
		r = make(web.Repeats)
	}
	r[e.Number]++
	return r
}

func (s *stores) examRecord(ctx context.Context, exam string) (x examRecord, err error) {
	err = s.journal.Read(ctx, engine.ExamStream+exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		switch e.Kind {
		case engine.PlanMade:
			x.plan, x.bank = e.Plan, e.Text
		case engine.SeedCommitted:
			x.seed = e.Seed
		case engine.RuleSetFixed:
			x.rules = e.Text
		case engine.ItemAnnulled:
			x.annulled = append(x.annulled, annulledItem{event: e, pos: r.Pos})
		case engine.SittingChanged:
			x.repeats = repeated(x.repeats, &e)
		}
		if !passes(e.Kind) {
			x.last = r.Pos
			if e.Kind != engine.ItemAnnulled {
				x.listed = r.N
			}
		}
		if x.n == 0 {
			x.first = r.Pos
		}
		x.n = r.N
		return err
	})
	if err == nil && (x.plan == "" || x.seed == "") {
		err = errUnplanned
		if x.n == 0 {
			err = noExam{}
		}
	}
	return x, err
}

// examParts reads what an exam's stream names: bank, plan and seed.
func (s *stores) examParts(ctx context.Context, def *engine.Definition, recorded examRecord, keys *keyFile) (*web.ExamParts, error) {
	p := &web.ExamParts{Def: def, Epoch: recorded.last}
	var err error
	if p.Rules, err = s.examRules(ctx, def, recorded); err != nil {
		return nil, err
	}
	if p.Annulments, err = s.annulments(ctx, recorded); err != nil {
		return nil, err
	}
	if p.Bank, p.Plan, err = s.planOf(ctx, recorded); err != nil {
		return nil, err
	}
	sealed, err := s.register.Get(ctx, kindSeed, def.Code)
	if err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	if p.Seed, err = keys.Open("seed/"+def.Code, sealed); err != nil {
		return nil, err
	}
	if engine.SHA256(string(p.Seed)) != recorded.seed {
		return nil, errors.New("the seed is not the one that was committed: restore the register from its backup")
	}
	return p, nil
}

// examRules are the exam's rules: the bytes that its stream names, so that a later
// correction of a rule set changes no earlier exam. Exams that were made before these were
// kept name a rule set that the program knows.
func (s *stores) examRules(ctx context.Context, def *engine.Definition, recorded examRecord) (*scoring.RuleSet, error) {
	if recorded.rules == "" {
		return scoring.ByName(def.RuleSet)
	}
	body, err := s.fetch(ctx, recorded.rules)
	if err != nil {
		return nil, fmt.Errorf("rule set: %w", err)
	}
	return scoring.Parse(body)
}

// annulments are the decisions about items that the exam's stream names.
func (s *stores) annulments(ctx context.Context, recorded examRecord) (a web.Annulments, err error) {
	for _, one := range recorded.annulled {
		body, err := s.fetch(ctx, one.event.Text)
		if err != nil {
			return a, fmt.Errorf("annulment: %w", err)
		}
		if err := a.Add(body, &one.event); err != nil {
			return a, err
		}
	}
	return a, nil
}

// planOf reads the bank and the plan that an exam's stream names.
func (s *stores) planOf(ctx context.Context, recorded examRecord) (*questionbank.Bank, *questionbank.Plan, error) {
	body, err := s.fetch(ctx, recorded.bank)
	if err != nil {
		return nil, nil, fmt.Errorf("bank: %w", err)
	}
	bank, err := questionbank.DecodeBank(body)
	if err != nil {
		return nil, nil, fmt.Errorf("bank: %w", err)
	}
	if body, err = s.fetch(ctx, recorded.plan); err != nil {
		return nil, nil, fmt.Errorf("plan: %w", err)
	}
	plan, err := questionbank.DecodePlan(body, bank)
	if err != nil {
		return nil, nil, fmt.Errorf("plan: %w", err)
	}
	return bank, plan, nil
}

func (s *stores) fetch(ctx context.Context, hash string) ([]byte, error) {
	h, err := engine.ParseHash(hash)
	if err != nil {
		return nil, err
	}
	return s.archive.Fetch(ctx, h)
}

// eachEvent visits the whole journal in its order, for commands that fold it without a hall.
func eachEvent(ctx context.Context, j engine.Journal, visit func(engine.Record, *engine.Event)) error {
	for pos := engine.Pos(0); ; {
		records, err := j.Tail(ctx, pos, 8192)
		if err != nil || len(records) == 0 {
			return err
		}
		for _, r := range records {
			e, err := engine.Decode(r.Body)
			if err != nil {
				return fmt.Errorf("%s version %d: %w", r.Stream, r.N, err)
			}
			visit(r, &e)
			pos = r.Pos
		}
	}
}
