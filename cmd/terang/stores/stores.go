package stores

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

	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/engine/memstore"
	"terang/engine/pgjournal"
	"terang/engine/redisstore"
	"terang/engine/sqlitejournal"
	"terang/proctor"
	"terang/questionbank"
	"terang/questionbank/shelf"
	"terang/scoring"
	"terang/web"
)

// DB is the journal, the register and the archive of one database.
type DB struct {
	Journal  engine.Journal
	Register engine.Register
	Archive  engine.Archive
	Sqlite   *sqlitejournal.DB           // nil unless embedded
	Postgres *pgjournal.DB               // nil unless there
	Path     string                      // of the embedded file
	name     string                      // as --journal has it, without a password
	Site     *Site                       // whose journal it is; nil: the centre's
	Run      func(context.Context) error // upkeep while it is served
}

// Open opens --journal, to write or only to look: then a server may hold it meanwhile. A file
// that a server holds is otherwise said to be held (engine.ErrLocked), with what to do about it;
// a PostgreSQL database may be written by any number. Only who opens to write brings an
// earlier program's tables up to date.
func Open(journal string, write bool) (*DB, error) {
	if IsPostgres(journal) {
		open := pgjournal.OpenReader
		if write {
			open = pgjournal.Open
		}
		db, err := open(context.Background(), journal, pgjournal.Options{Name: filepath.Base(os.Args[0])})
		if err != nil {
			return nil, err
		}
		return &DB{Journal: db, Register: db, Archive: db, Postgres: db, name: unsaid(journal), Run: idle}, nil
	}
	scheme, path, ok := strings.Cut(journal, ":")
	if !ok || scheme != "sqlite" || path == "" {
		return nil, usage.Errorf("--journal %q: write sqlite:FILE or postgres://USER@HOST/DATABASE", journal)
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
		s := &DB{Journal: db, Register: db, Archive: db, Sqlite: db, Path: path, name: journal, Run: db.Run}
		if err := s.asSite(context.Background()); err != nil {
			return nil, errors.Join(err, db.Close())
		}
		return s, nil
	case errors.Is(err, fs.ErrNotExist) && !write:
		err = fmt.Errorf("%w; name a journal that exists with --journal", err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		err = fmt.Errorf("%w; with --journal name a file in a folder that exists and that this account may write", err)
	}
	return nil, err
}

// IsNew says of an error of Open that no journal is there yet.
func IsNew(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, pgjournal.ErrEmpty)
}

// IsPostgres says whether a journal is a PostgreSQL database, which many nodes share.
func IsPostgres(journal string) bool {
	return strings.HasPrefix(journal, "postgres://") || strings.HasPrefix(journal, "postgresql://")
}

// idle is the upkeep of a database that keeps itself.
func idle(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// OpenSession opens --store. Nothing in it decides, so a Redis that is away does not keep
// a node from starting.
func OpenSession(address string, clock *engine.Clock, registry prometheus.Registerer, log *slog.Logger) (engine.Store, error) {
	if address == "" || address == "memory" {
		return memstore.New(), nil
	}
	store, err := redisstore.Open(redisstore.Options{URL: address, Here: memstore.New(), Clock: clock, Log: log, Registry: registry})
	if err != nil {
		return nil, usage.Errorf("--store: %v", err)
	}
	return store, nil
}

// Close closes journal, register and archive, which are one database.
func (s *DB) Close() error { return s.Journal.Close() }

// KindSeed is the kind of the register's entries that hold seeds, which only this program reads.
const KindSeed = "seed"

// ErrUnplanned: somebody is making the exam, or did not come to the end of it.
var ErrUnplanned = errors.New("it has no plan or no seed yet: create it again under another code if nobody is at it")

// noExam is ErrUnplanned of an exam whose stream has nothing.
type noExam struct{}

func (noExam) Error() string        { return "this journal has none of that code: see terang exam status" }
func (noExam) Is(target error) bool { return target == ErrUnplanned }

// ExamRecord is what an exam's stream says.
type ExamRecord struct {
	Plan, Bank, Seed string // hashes
	Rules            string // hash of the rule set; "" in exams that were made before it was kept
	Annulled         []annulledItem
	Repeats          web.Repeats
	repeated         []repeated
	Releases         web.Releases
	N                int // of the newest record
	Listed           int // of the newest record that changes more than results
	First            engine.Pos
	Last             engine.Pos // of the newest record that changes boards: the epoch they begin with
}

// annulledItem is a decision about an item.
type annulledItem struct {
	event  engine.Event
	pos    engine.Pos
	before web.Releases // which list stood before it
}

// Passes says whether an event of an exam's stream changes neither what is served of it
// nor whom: steps towards an act, and what is decided before it is published.
func Passes(k engine.Kind) bool {
	switch k {
	case engine.RosterFrozen, engine.SheetReleased, engine.ResultsFrozen, engine.ResultsCodeIssued, engine.SeedRevealed:
		return true
	case engine.CriteriaPublished, engine.PhotosLoaded, engine.BoardFrozen:
		return true
	}
	return engine.IsStep(k)
}

// repeated is that somebody sits an exam again as a whole.
type repeated struct {
	number string
	pos    engine.Pos
}

// again counts somebody who sits an exam again as a whole.
func (x *ExamRecord) again(r engine.Record, e *engine.Event) {
	if e.Act != engine.ActRepeat || e.Number == "" {
		return
	}
	if x.Repeats == nil {
		x.Repeats = make(web.Repeats)
	}
	x.Repeats[e.Number]++
	x.repeated = append(x.repeated, repeated{e.Number, r.Pos})
}

// ExamRecord reads what an exam's stream says by now. ErrUnplanned: it has no plan or seed yet,
// and N tells how far the stream was read.
func (s *DB) ExamRecord(ctx context.Context, exam string) (x ExamRecord, err error) {
	err = s.Journal.Read(ctx, engine.ExamStream+exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		switch e.Kind {
		case engine.PlanMade:
			x.Plan, x.Bank = e.Plan, e.Text
		case engine.SeedCommitted:
			x.Seed = e.Seed
		case engine.RuleSetFixed:
			x.Rules = e.Text
		case engine.ItemAnnulled:
			x.Annulled = append(x.Annulled, annulledItem{event: e, pos: r.Pos, before: x.Releases})
		case engine.SittingChanged:
			x.again(r, &e)
		}
		released := x.Releases.Add(&e)
		switch {
		case released, e.Kind == engine.ItemAnnulled:
			x.Last = r.Pos
		case !Passes(e.Kind) && e.Kind != engine.ResultsUnfrozen:
			x.Last, x.Listed = r.Pos, r.N
		}
		if x.N == 0 {
			x.First = r.Pos
		}
		x.N = r.N
		return err
	})
	if err == nil && (x.Plan == "" || x.Seed == "") {
		err = ErrUnplanned
		if x.N == 0 {
			err = noExam{}
		}
	}
	return x, err
}

// ExamParts reads what an exam's stream names: bank, plan and seed.
func (s *DB) ExamParts(ctx context.Context, def *engine.Definition, recorded ExamRecord, keys *KeyFile) (*web.ExamParts, error) {
	p := &web.ExamParts{Def: def, Epoch: recorded.Last}
	err := s.sealed(ctx, def.Code)
	if err != nil {
		return nil, err
	}
	if p.Rules, err = s.ExamRules(ctx, def, recorded); err != nil {
		return nil, err
	}
	if p.Annulments, err = s.Annulments(ctx, recorded); err != nil {
		return nil, err
	}
	if p.Deciding, err = s.Deciding(ctx, recorded); err != nil {
		return nil, err
	}
	if p.Bank, p.Plan, err = s.PlanOf(ctx, recorded); err != nil {
		return nil, err
	}
	sealed, err := s.Register.Get(ctx, KindSeed, def.Code)
	if err != nil {
		return nil, fmt.Errorf("seed: %w", err)
	}
	if p.Seed, err = keys.Open("seed/"+def.Code, sealed); err != nil {
		return nil, fmt.Errorf("%w. If these are the right ones for its other exams, this one was made with others and opens nowhere: make it again under another code", err)
	}
	if engine.SHA256(string(p.Seed)) != recorded.Seed {
		return nil, errors.New("the seed is not the one that was committed: restore the register from its backup")
	}
	return p, nil
}

// ExamRules are the exam's rules: the bytes that its stream names, so that a later
// correction of a rule set changes no earlier exam. Exams that were made before these were
// kept name a rule set that the program knows.
func (s *DB) ExamRules(ctx context.Context, def *engine.Definition, recorded ExamRecord) (*scoring.RuleSet, error) {
	if recorded.Rules == "" {
		return scoring.ByName(def.RuleSet)
	}
	body, err := s.Fetch(ctx, recorded.Rules)
	if err != nil {
		return nil, fmt.Errorf("rule set: %w", err)
	}
	return scoring.Parse(body)
}

// Annulments are the decisions about items that the exam's stream names.
func (s *DB) Annulments(ctx context.Context, recorded ExamRecord) (a web.Annulments, err error) {
	for _, one := range recorded.Annulled {
		body, err := s.Fetch(ctx, one.event.Text)
		if err != nil {
			return a, fmt.Errorf("annulment: %w", err)
		}
		if err := a.Add(body, &one.event); err != nil {
			return a, err
		}
	}
	return a, nil
}

// Deciding is the list of results that was released last, nil if none was.
func (s *DB) Deciding(ctx context.Context, recorded ExamRecord) (*scoring.Deciding, error) {
	return recorded.Releases.Deciding(ctx, s.Fetch, recorded.Last)
}

// PlanOf reads the bank and the plan that an exam's stream names.
func (s *DB) PlanOf(ctx context.Context, recorded ExamRecord) (*questionbank.Bank, *questionbank.Plan, error) {
	body, err := s.Fetch(ctx, recorded.Bank)
	if err != nil {
		return nil, nil, fmt.Errorf("bank: %w", err)
	}
	bank, err := questionbank.DecodeBank(body)
	if err != nil {
		return nil, nil, fmt.Errorf("bank: %w", err)
	}
	if body, err = s.Fetch(ctx, recorded.Plan); err != nil {
		return nil, nil, fmt.Errorf("plan: %w", err)
	}
	plan, err := questionbank.DecodePlan(body, bank)
	if err != nil {
		return nil, nil, fmt.Errorf("plan: %w", err)
	}
	return bank, plan, nil
}

// Fetch reads the archive by a hash in hex.
func (s *DB) Fetch(ctx context.Context, hash string) ([]byte, error) {
	h, err := engine.ParseHash(hash)
	if err != nil {
		return nil, err
	}
	return s.Archive.Fetch(ctx, h)
}

// EachEvent visits the whole journal in its order, for commands that fold it without a hall.
func EachEvent(ctx context.Context, j engine.Journal, visit func(engine.Record, *engine.Event)) error {
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

// CriteriaRules are the rules of an exam as the stores have them.
func (s *DB) CriteriaRules(ctx context.Context, exam string) (*proctor.CriteriaRules, error) {
	recorded, err := s.ExamRecord(ctx, exam)
	if err != nil {
		return nil, fmt.Errorf("exam %s: %w; see terang exam status", exam, err)
	}
	listed, err := proctor.NewPeople(s.Register).Read(ctx, exam)
	if err != nil {
		return nil, err
	}
	if listed.Def == nil {
		return nil, fmt.Errorf("exam %s: its file is not in the register: restore the register from its backup", exam)
	}
	rules, err := s.ExamRules(ctx, listed.Def, recorded)
	if err != nil {
		return nil, fmt.Errorf("exam %s: %w", exam, err)
	}
	return web.CriteriaRules(rules, &listed.Def.Policy), nil
}

// Shelf is the bank of these stores, for commands that run without a hall.
func (s *DB) Shelf() *shelf.Shelf {
	return shelf.New(s.Journal, s.Archive, s.Register, proctor.Direct(s.Journal))
}
