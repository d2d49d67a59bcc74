package export

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"terang/cmd/terang/evidence"
	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
	"terang/scoring"
	"terang/web"
)

// Cmd is terang export.
type Cmd struct {
	stores.Flags
	node.LogKeyFlag
	Public bool   `help:"For everybody: results without names, needs and answers, read by periksa."`
	Exam   string `required:"" help:"Code of the exam." placeholder:"CODE"`
	Out    string `required:"" help:"Folder to make." placeholder:"DIR"`
}

// Run writes the auditor's export of an exam that is over.
func (c *Cmd) Run(ctx context.Context) error {
	if !missing(c.Out) {
		return fmt.Errorf("%s exists already: name a folder that does not", c.Out)
	}
	return c.Reading(func(s *stores.DB, keys *stores.KeyFile) error {
		x, err := stores.FoldExam(ctx, s, keys, c.Exam, stores.LatestVersion)
		if err != nil {
			return err
		}
		if open := openSittings(x.Boards); len(open) > 0 {
			return fmt.Errorf("exam %s is not over: sitting %s has not been closed; an export shows the seed, by which anybody can draw every form", c.Exam, strings.Join(open, ", "))
		}
		e := exporting{stores: s, keys: keys, exam: x, dir: c.Out}
		if e.log, err = node.ReadLogKeys(c.Path(c.KeyPath())); err != nil {
			return err
		}
		drop, err := makeFolder(c.Out)
		if err != nil {
			return err
		}
		write, done := e.auditor, "for auditors: it holds names, birth dates and keys of items. Check it with: terang verify"
		if c.Public {
			write, done = e.public, "for everybody. Check it with: periksa"
		}
		if err := write(ctx); err != nil {
			return errors.Join(fmt.Errorf("export to %s: %w", c.Out, err), drop())
		}
		fmt.Printf("%s written %s %s\n", c.Out, done, c.Out)
		return nil
	})
}

func openSittings(b *scoring.Boards) (open []string) {
	for _, s := range b.List() {
		if s.Kind == scoring.KindSitting && !s.Final {
			open = append(open, s.Sitting.Code)
		}
	}
	return open
}

// exporting writes one export.
type exporting struct {
	stores *stores.DB
	keys   *stores.KeyFile
	log    *node.LogSigners
	held   []keeper.Key // of the log, as the journal names them
	exam   *web.Exam
	dir    string
	over   map[string]int // by stream: version at which an attempt was over

	repeats map[string]bool // streams of whom what was sat counts no more, and was not sat again

	attempts map[string]bool    // streams of the exam's people
	written  []evidence.Written // by which tables the log was written
	acted    map[string]bool    // accounts
	reads    map[reading]bool   // that are in the export
}

func (e *exporting) path(name string) string { return filepath.Join(e.dir, filepath.FromSlash(name)) }

func (e *exporting) write(name string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(e.path(name)), 0o700); err != nil {
		return err
	}
	return os.WriteFile(e.path(name), body, 0o600)
}

func (e *exporting) auditor(ctx context.Context) error {
	code := e.exam.Def.Code
	recorded, err := e.stores.ExamRecord(ctx, code)
	if err != nil {
		return err
	}
	parts, err := e.stores.ExamParts(ctx, e.exam.Def, recorded, e.keys)
	if err != nil {
		return err
	}
	listed, err := proctor.NewPeople(e.stores.Register).Read(ctx, code)
	if err != nil {
		return err
	}
	if err := e.write("seed", []byte(hex.EncodeToString(parts.Seed)+"\n")); err != nil {
		return err
	}
	if err := e.register(ctx, code); err != nil {
		return err
	}
	seen, err := e.stores.Earlier(e.keys).Met(ctx, parts, recorded, listed.Placed())
	if err != nil {
		return err
	}
	if err := e.seen(seen); err != nil {
		return err
	}
	if err := e.streams(ctx, code, listed); err != nil {
		return err
	}
	for _, b := range e.exam.Boards.List() {
		if body, ok := evidence.BoardJSON(e.exam.Boards, b.ID); ok {
			if err := e.write("boards/"+b.ID+".json", body); err != nil {
				return err
			}
		}
	}
	book := &saltBook{Salts: e.keys.LogSalts(), mine: func(stream string, n int) bool {
		return e.reads[reading{stream, n}] || e.attempts[stream] || stream == proctor.StaffAccounts || ofExam(stream, code)
	}}
	if _, err := e.logged(ctx, book); err != nil {
		return err
	}
	if err := writeLines(e, evidence.SaltsName, book.lines); err != nil {
		return err
	}
	if err := writeLines(e, evidence.TablesName, e.written); err != nil {
		return err
	}
	if err := e.accounts(ctx); err != nil {
		return err
	}
	return e.seal(evidence.Auditor)
}

// logged writes the public log, which must cover everything that has happened.
func (e *exporting) logged(ctx context.Context, salts keeper.Salter) ([][]byte, error) {
	var all [][]byte
	head, keys, due, err := keeper.Remake(ctx, e.stores.Journal, salts, node.NewLogMarker(e.stores, node.StoredExams(ctx, e.stores, e.keys)), func(_ int64, leaves [][]byte) error {
		all = append(all, leaves...)
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case head.Size == 0 || due > 0:
		return nil, fmt.Errorf("%d events are not in a signed checkpoint of the public log yet: a server that runs signs them in seconds, terang log sign does where none does", due)
	}
	e.held = keys
	return all, evidence.WriteLog(e.dir, head.Note(keeper.Origin(keys)), all)
}

// register writes what the register holds of the exam and its people.
func (e *exporting) register(ctx context.Context, code string) error {
	var out []byte
	line := func(entry engine.Entry) error {
		b, err := json.Marshal(evidence.Entry{Kind: entry.Kind, ID: entry.ID, Body: entry.Body})
		out = append(append(out, b...), '\n')
		return err
	}
	for _, kind := range []string{proctor.KindFormation, proctor.KindPerson} {
		if err := e.stores.Register.List(ctx, kind, code+"/", line); err != nil {
			return err
		}
	}
	return e.write("register.jsonl", out)
}

// accounts writes whose the accounts are that acted in the exam: nothing by which anybody signs in.
func (e *exporting) accounts(ctx context.Context) error {
	var all []evidence.Actor
	err := e.stores.Register.List(ctx, proctor.KindAccount, "", func(entry engine.Entry) error {
		var a proctor.Account
		if !e.acted[entry.ID] {
			return nil
		}
		if err := json.Unmarshal(entry.Body, &a); err != nil {
			return fmt.Errorf("account %s in the register: %w", entry.ID, err)
		}
		all = append(all, evidence.Actor{Account: a.User, Name: a.Name, Person: a.Person, Unit: a.Unit})
		return nil
	})
	if err != nil {
		return err
	}
	return writeLines(e, evidence.ActorsName, all)
}

func (e *exporting) seen(seen map[string][]string) error {
	if len(seen) == 0 {
		return nil
	}
	var all []evidence.Seen
	for _, attempt := range slices.Sorted(maps.Keys(seen)) {
		all = append(all, evidence.Seen{Attempt: attempt, Items: seen[attempt]})
	}
	return writeLines(e, "seen.jsonl", all)
}

// archived writes the bytes that an exam's events name by their hash, as far as the archive
// has them: some hashes are of words that stay in the register.
func (e *exporting) archived(ctx context.Context, records []engine.Record) error {
	for _, r := range records {
		event, err := engine.Decode(r.Body)
		if err != nil {
			return err
		}
		names := []string{event.Text, event.Plan}
		if event.Kind == engine.MinutesSigned {
			names = append(names, event.Form) // the hand count
		}
		for _, name := range names {
			if _, err := engine.ParseHash(name); err != nil {
				continue
			}
			body, err := e.stores.Fetch(ctx, name)
			if errors.Is(err, engine.ErrAbsent) {
				continue
			}
			if err == nil {
				err = e.write("archive/"+name, body)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// seal signs what was written, with the newest of the log's keys that holds: the checkpoint is
// signed by it too, and not by one that so far stands in the key file alone.
func (e *exporting) seal(kind string) error {
	for _, key := range slices.Backward(e.held) {
		i := slices.Index(e.log.Vkeys, key.Vkey)
		if i < 0 || key.Retired {
			continue
		}
		if err := e.write("log.vkey", []byte(key.Vkey+"\n")); err != nil {
			return err
		}
		return evidence.Seal(e.dir, evidence.Manifest{Kind: kind, Exam: e.exam.Def.Code, At: time.Now().UTC().Format(time.RFC3339)}, e.log.Signers[i])
	}
	return errors.New("none of the keys here signs this public log: copy the key file of the server that does, or give it with --log-key")
}
