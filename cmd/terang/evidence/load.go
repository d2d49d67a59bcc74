package evidence

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"terang/engine"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
	"terang/questionbank"
	"terang/scoring"
	"terang/web"
)

// Entry is a line of register.jsonl.
type Entry struct {
	Kind string          `json:"kind"`
	ID   string          `json:"id"`
	Body json.RawMessage `json:"body"`
}

// Seen is a line of seen.jsonl.
type Seen struct {
	Attempt string   `json:"attempt"`
	Items   []string `json:"items"`
}

// decided is an event of the exam's stream with its place.
type decided struct {
	engine.Event
	n   int
	pos engine.Pos
}

// evidence is an export that is being checked.
type evidence struct {
	dir      string
	manifest *Manifest
	report   *Report

	events   []decided // of the exam's stream
	parts    web.ExamParts
	exam     *web.Exam
	people   map[string]proctor.Person // by attempt
	roster   []proctor.Person          // all who are in the register, placed or not
	results  map[string]*result        // by attempt
	told     map[string]told           // by stream
	sittings []sittingStream
	near     map[string][]string // attempts that were expected at a sitting at some time
	lastSeen engine.Pos          // of the newest event of an attempt or a sitting
	key      scoring.Key
	untold   bool // boards do not say for now which list stands

	remaker  *keeper.Again // nil: the export has not what leaves are made of
	staff    []keeper.Told // the stream of accounts; nil: an earlier program wrote none
	acts     []done        // of staff, in attempts
	recorded []keeper.Told // of all streams but attempts and accounts
	looked   []keeper.Told // what was read of the exam
	browsed  []keeper.Told // what was read of none
	altered  []keeper.Told // of attempts that were adjusted, what a start's leaf depends on
	written  []int64       // tables that the log was written by, one after the other
	made     []remade
	logged   []entered // leaves of this exam, nil if they could not be read
	of       []entered // those of no exam
}

func (v *evidence) path(name string) string { return filepath.Join(v.dir, filepath.FromSlash(name)) }

// fetch reads bytes of the archive, which must be what their name says.
func (v *evidence) fetch(hash string) ([]byte, error) {
	if _, err := engine.ParseHash(hash); err != nil {
		return nil, err
	}
	body, err := os.ReadFile(v.path("archive/" + hash))
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	if engine.SHA256(string(body)) != hash {
		return nil, fmt.Errorf("archive/%s is not what its name says", hash)
	}
	return body, nil
}

// replaced takes in an exam file whose places are others. Nothing else of it may be: what an
// exam is decided by was fixed before anybody sat it.
func (v *evidence) replaced(hash string) error {
	body, err := v.fetch(hash)
	if err != nil {
		return fmt.Errorf("exam file with other places: %w", err)
	}
	next, err := engine.ParseDefinition(body)
	if err != nil {
		return err
	}
	if v.parts.Def == nil {
		return errors.New("the exam's stream changes places before it names an exam file")
	}
	was := *v.parts.Def
	was.Sites, was.Rooms, was.Sittings = next.Sites, next.Rooms, next.Sittings
	before, err := json.Marshal(was)
	if err != nil {
		return err
	}
	after, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if !bytes.Equal(before, after) {
		return fmt.Errorf("exam file %s is said to have other places, and more of it is another than before", hash)
	}
	v.parts.Def = next
	return nil
}

// load puts the exam together from what its stream names.
func (v *evidence) load(ctx context.Context) error {
	p := &v.parts
	var releases web.Releases
	for i := range v.events {
		e := &v.events[i]
		p.Epoch = e.pos
		releases.Add(&e.Event)
		switch e.Kind {
		case engine.ExamDefined:
			body, err := v.fetch(e.Text)
			if err != nil {
				return fmt.Errorf("exam file: %w", err)
			}
			if p.Def, err = engine.ParseDefinition(body); err != nil {
				return err
			}
		case engine.PlacesChanged:
			if err := v.replaced(e.Text); err != nil {
				return err
			}
		case engine.RuleSetFixed:
			body, err := v.fetch(e.Text)
			if err != nil {
				return fmt.Errorf("rule set: %w", err)
			}
			if p.Rules, err = scoring.Parse(body); err != nil {
				return fmt.Errorf("rule set: %w", err)
			}
		case engine.PlanMade:
			if err := v.loadPlan(e.Plan, e.Text); err != nil {
				return err
			}
		case engine.SeedCommitted:
			if err := v.loadSeed(e.Seed); err != nil {
				return err
			}
		case engine.SeedRevealed:
			if e.Seed != hex.EncodeToString(p.Seed) {
				return errors.New("the seed that was published is not the one of the export")
			}
		case engine.ItemAnnulled:
			body, err := v.fetch(e.Text)
			if err != nil {
				return fmt.Errorf("annulment: %w", err)
			}
			if err := p.Annulments.Add(body, &e.Event); err != nil {
				return err
			}
		}
	}
	listed := func(_ context.Context, hash string) ([]byte, error) { return v.fetch(hash) }
	var err error
	if p.Deciding, err = releases.Deciding(ctx, listed, p.Epoch); err != nil {
		return err
	}
	switch {
	case p.Def == nil:
		return errors.New("the exam's stream names no exam file")
	case p.Plan == nil || p.Seed == nil:
		return errors.New("the exam's stream names no plan or no seed")
	case p.Rules == nil:
		if p.Rules, err = scoring.ByName(p.Def.RuleSet); err != nil {
			return err
		}
	}
	if err := v.loadRegister(ctx); err != nil {
		return err
	}
	if err := v.loadSeen(); err != nil {
		return err
	}
	v.exam, err = web.NewExam(*p, 0)
	return err
}

func (v *evidence) loadPlan(plan, bank string) error {
	body, err := v.fetch(bank)
	if err != nil {
		return fmt.Errorf("bank: %w", err)
	}
	if v.parts.Bank, err = questionbank.DecodeBank(body); err != nil {
		return fmt.Errorf("bank: %w", err)
	}
	if body, err = v.fetch(plan); err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	v.parts.Plan, err = questionbank.DecodePlan(body, v.parts.Bank)
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	return nil
}

func (v *evidence) loadSeed(committed string) error {
	text, err := os.ReadFile(v.path("seed"))
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	seed, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if engine.SHA256(string(seed)) != committed {
		return errors.New("the seed is not the one whose hash was committed before the exam")
	}
	v.parts.Seed = seed
	return nil
}

// loadRegister reads roster and formations by way of the program that keeps them.
func (v *evidence) loadRegister(ctx context.Context) error {
	held := new(register)
	err := eachLine(v.path("register.jsonl"), func(line []byte) error {
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return err
		}
		held.entries = append(held.entries, engine.Entry{Kind: e.Kind, ID: e.ID, Body: e.Body})
		return nil
	})
	if err != nil {
		return err
	}
	listed, err := proctor.NewPeople(held).Read(ctx, v.parts.Def.Code)
	if err != nil {
		return err
	}
	v.parts.People, v.parts.Formations = listed.Placed(), listed.Formations()
	for _, p := range listed.People {
		v.roster = append(v.roster, *p)
	}
	v.people = make(map[string]proctor.Person, len(v.parts.People))
	for _, p := range v.parts.People {
		v.people[p.Attempt] = p
	}
	return nil
}

func (v *evidence) loadSeen() error {
	if !v.manifest.Has("seen.jsonl") {
		return nil
	}
	v.parts.Seen = make(map[string][]string)
	return eachLine(v.path("seen.jsonl"), func(line []byte) error {
		var s Seen
		if err := json.Unmarshal(line, &s); err != nil {
			return err
		}
		v.parts.Seen[s.Attempt] = s.Items
		return nil
	})
}

func eachLine(path string, take func([]byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		if err := take(lines.Bytes()); err != nil {
			return fmt.Errorf("%s line %d: %w", filepath.Base(path), n, err)
		}
	}
	return lines.Err()
}

// register is what of a register is in an export. It is only read.
type register struct{ entries []engine.Entry }

func (r *register) Get(_ context.Context, kind, id string) ([]byte, error) {
	i := slices.IndexFunc(r.entries, func(e engine.Entry) bool { return e.Kind == kind && e.ID == id })
	if i < 0 {
		return nil, engine.ErrAbsent
	}
	return r.entries[i].Body, nil
}

func (r *register) List(_ context.Context, kind, prefix string, visit func(engine.Entry) error) error {
	for _, e := range r.entries {
		if e.Kind == kind && strings.HasPrefix(e.ID, prefix) {
			if err := visit(e); err != nil {
				return err
			}
		}
	}
	return nil
}

var errReadOnly = errors.New("an export is only read")

func (r *register) Put(context.Context, ...engine.Entry) error { return errReadOnly }
func (r *register) Add(context.Context, engine.Entry, ...engine.Entry) error {
	return errReadOnly
}
func (r *register) Erase(context.Context, string, string) error { return errReadOnly }
