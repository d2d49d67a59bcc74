package evidence

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/sync/errgroup"

	"terang/engine"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
	"terang/scoring"
)

// Case is an export to be verified.
type Case struct {
	Dir      string
	LogKeys  []note.Verifier                   // of the log, as the authority published them; none: the one in the export
	Progress func(check string, done, all int) // may be nil
}

// vkeyName is the file that names the key an export was signed with.
const vkeyName = "log.vkey"

// Verify computes an exam again from its export and says what differs. An error means that
// there is no export to check; what is wrong with it is in the report, in the order in which
// it was found.
func Verify(ctx context.Context, c Case) (*Report, error) {
	v := &evidence{dir: c.Dir, report: new(Report), results: make(map[string]*result), told: make(map[string]told)}
	if c.Progress == nil {
		c.Progress = func(string, int, int) {}
	}
	signed, err := os.ReadFile(v.path(Name))
	if err != nil {
		return nil, fmt.Errorf("%w; give the folder that terang export wrote", err)
	}
	if err := v.open(signed, &c); err != nil {
		v.report.add("signature", Name, "%s", strings.TrimPrefix(err.Error(), Name+": "))
		return v.report, nil
	}
	for _, check := range []func(context.Context, *Case) error{v.files, v.office, v.registered, v.streams, v.read, v.agreed, v.draws, v.boards, v.lists, v.log, v.minutes, v.entries, v.authority} {
		if err := check(ctx, &c); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if !errors.Is(err, errFound) {
				v.report.add("export", c.Dir, "%v", err)
			}
			break // what follows rests on this
		}
	}
	return v.report, nil
}

// errFound ends a verification whose ground has given way; what was found is in the report.
var errFound = errors.New("see the report")

// open reads the manifest with the keys given, or with the one beside it.
func (v *evidence) open(signed []byte, c *Case) error {
	all := c.LogKeys
	if all == nil {
		var err error
		if all, err = v.ownKey(); err != nil {
			return err
		}
		v.report.Own = true
	}
	keys := note.VerifierList(all...)
	var err error
	if v.manifest, err = ReadManifest(signed, keys); err != nil {
		return err
	}
	v.report.Exam, v.report.Made, v.report.Signer = v.manifest.Exam, v.manifest.At, v.manifest.signer
	if v.manifest.Kind != Auditor {
		return fmt.Errorf("this is the %s export: read it with periksa", v.manifest.Kind)
	}
	return nil
}

// files holds every file against the manifest.
func (v *evidence) files(_ context.Context, c *Case) error {
	found := make(map[string]bool)
	size := int64(0)
	for i, f := range v.manifest.Files {
		c.Progress("files", i, len(v.manifest.Files))
		sum, n, err := hashFile(v.path(f.Path))
		switch {
		case err != nil:
			v.report.add("files", f.Path, "%v", err)
		case sum != f.Hash || n != f.Size:
			v.report.add("files", f.Path, "it is not the file that was signed: %d bytes with SHA-256 %s", n, sum)
		}
		found[f.Path] = true
		size += n
	}
	err := filepath.WalkDir(v.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(v.dir, path)
		if name = filepath.ToSlash(name); err == nil && name != Name && !found[name] {
			v.report.add("files", name, "it is not in the manifest")
		}
		return err
	})
	if err != nil {
		return err
	}
	v.report.did("files", "%d, %.1f MB, as signed", len(found), float64(size)/1e6)
	if !v.report.Sound() {
		return errFound
	}
	return nil
}

// office reads the exam's own stream and puts the exam together.
func (v *evidence) office(ctx context.Context, _ *Case) error {
	stream := engine.ExamStream + v.manifest.Exam
	var own []keeper.Told
	err := v.eachPart(func(path string) error {
		return ReadPart(path, func(s *Stream) error {
			switch {
			case s.Name == stream && own == nil:
				events := v.chain(s)
				for i, r := range events {
					v.events = append(v.events, decided{r, i + 1, s.Events[i].Pos})
				}
				own = s.told(events)
				return nil
			case s.Name == proctor.StaffAccounts && own != nil:
				v.staff = s.told(v.chain(s))
			case own == nil:
				return errAttempts
			}
			return errDone
		})
	})
	if err != nil && !errors.Is(err, errDone) {
		return err
	}
	if len(v.events) == 0 {
		return fmt.Errorf("stream %s is not where it belongs, at the head of the first part", stream)
	}
	if err := v.load(ctx); err != nil {
		return err
	}
	if err := v.prepare(own); err != nil {
		return err
	}
	v.report.did("documents", "exam file, rule set %s, bank, plan, %d decisions about items, seed as committed", v.parts.Rules.ID, len(v.parts.Annulments.List))
	return nil
}

var (
	errDone     = errors.New("done")
	errAttempts = errors.New("the exam's own stream does not come first")
)

func (v *evidence) eachPart(visit func(path string) error) error {
	for _, name := range v.manifest.Under("streams") {
		if err := visit(v.path(name)); err != nil {
			return err
		}
	}
	return nil
}

// chain decodes a stream whose links and order it checks.
func (v *evidence) chain(s *Stream) []engine.Event {
	events := make([]engine.Event, 0, len(s.Events))
	hash := engine.FirstHash(s.Name)
	var at engine.Instant
	var pos engine.Pos
	for i, stored := range s.Events {
		e, err := engine.Decode(stored.Body)
		switch {
		case err != nil:
			v.report.add("streams", s.Name, "version %d cannot be read: %v", i+1, err)
			return events
		case e.At < at || stored.Pos <= pos:
			v.report.add("streams", s.Name, "version %d stands before the one that it follows", i+1)
		}
		hash, at, pos = hash.Chain(stored.Body), e.At, stored.Pos
		events = append(events, e)
	}
	if s.N != len(s.Events) || hash != s.Head {
		v.report.add("streams", s.Name, "its %d events do not lead to the hash that was stored with the last of %d", len(s.Events), s.N)
	}
	return events
}

// streams reads every stream, parts side by side, and feeds the boards.
func (v *evidence) streams(ctx context.Context, c *Case) error {
	v.key = v.parts.Bank.Key()
	parts := v.manifest.Under("streams")
	var (
		mu            sync.Mutex
		done          int
		count, events int
		newest        engine.Instant
		places        []engine.Pos
		between       []keeper.Told // of whom it matters between which records of a sitting they stand
	)
	fold := func(s *Stream, all []engine.Event) {
		mu.Lock()
		defer mu.Unlock()
		count++
		events += len(all)
		for i := range all {
			places = append(places, s.Events[i].Pos)
			newest = max(newest, all[i].At)
		}
		v.tell(s, all)
		switch {
		case s.Name == proctor.StaffAccounts:
		case !strings.HasPrefix(s.Name, engine.AttemptStream):
			v.recorded = append(v.recorded, s.told(all)...)
		case satWhereExpected(all):
			for i := range all {
				v.exam.Boards.Apply(engine.Record{Stream: s.Name, N: i + 1, Pos: s.Events[i].Pos}, &all[i])
			}
		default:
			between = append(between, s.told(all)...)
		}
	}
	seen := make(map[string]bool)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, name := range parts {
		g.Go(func() error {
			err := ReadPart(v.path(name), func(s *Stream) error {
				mu.Lock()
				twice := seen[s.Name]
				seen[s.Name] = true
				mu.Unlock()
				if twice {
					v.report.add("streams", s.Name, "it stands twice in the export")
					return nil
				}
				if strings.HasPrefix(s.Name, engine.AttemptStream) {
					fold(s, v.attempt(s))
				} else {
					fold(s, v.chain(s))
				}
				return ctx.Err()
			})
			mu.Lock()
			done++
			c.Progress("streams", done, len(parts))
			mu.Unlock()
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	slices.Sort(places)
	for i := range places {
		if i > 0 && places[i] == places[i-1] {
			v.report.add("streams", fmt.Sprintf("position %d", places[i]), "more than one event stands at it")
		}
	}
	between = append(between, v.recorded...)
	slices.SortFunc(between, func(a, b keeper.Told) int { return cmp.Compare(a.Record.Pos, b.Record.Pos) })
	for i := range between {
		v.exam.Boards.Apply(between[i].Record, between[i].Event)
	}
	v.exam.Boards.Tick(newest)
	v.report.did("streams", "%d with %d events: chains, order, operations, clocks", count, events)
	v.report.did("attempts", "%d: forms drawn again from the seed, answers placed on them", len(v.results))
	results := v.exam.Boards.Results()
	for i := range results {
		v.compare(&results[i])
	}
	v.report.did("scores", "%d results computed twice, by different ways", len(results))
	return nil
}

// satWhereExpected says whether an attempt stayed at its sitting and ended with a finish. Its row
// is then the same whatever its sitting recorded before, between and after: a finish shows all that
// was answered, and who has finished is not absent. Of nearly everybody it is so, and they
// go through the boards as they are read; the others are kept until all is, and follow the
// journal's order between what the sittings record.
func satWhereExpected(all []engine.Event) (finished bool) {
	for i := range all {
		switch e := &all[i]; {
		case moves(e):
			return false
		case e.Kind == engine.Finished:
			finished = true
		case e.Kind == engine.Answered, e.Kind == engine.Cleared, e.Kind == engine.HeldDecided, e.Kind == engine.Disqualified, e.Kind == engine.Reopened:
			finished = false
		}
	}
	return finished
}

// boards holds published boards against those folded anew.
func (v *evidence) boards(_ context.Context, _ *Case) error {
	names := v.manifest.Under("boards")
	rows := 0
	for _, name := range names {
		published, err := os.ReadFile(v.path(name))
		if err != nil {
			return err
		}
		id := strings.TrimSuffix(strings.TrimPrefix(name, "boards/"), ".json")
		n, err := v.board(id, published)
		if err != nil {
			v.report.add("boards", id, "%v", err)
		}
		rows += n
	}
	v.report.did("boards", "%d with %d rows", len(names), rows)
	absent := slices.DeleteFunc(v.exam.Boards.List(), func(b scoring.Summary) bool { return v.manifest.Has("boards/" + b.ID + ".json") })
	if len(absent) > 0 {
		v.report.left("boards", "%d of the exam are not in it, among them %s", len(absent), absent[0].ID)
	}
	return nil
}

// BoardJSON is a whole board as an export holds it: an array of its pages.
func BoardJSON(b *scoring.Boards, id string) ([]byte, bool) {
	out := []byte{'['}
	for offset := 0; ; offset += scoring.MaxPage {
		page, view, ok := b.JSON(id, offset, scoring.MaxPage, "")
		if !ok {
			return nil, false
		}
		if offset > 0 {
			out = append(out, ',')
		}
		out = append(append(out, '\n'), page...)
		if offset+scoring.MaxPage >= view.Counts.Registered {
			return append(out, "\n]\n"...), true
		}
	}
}

// board compares page by page and row by row, without what only says when it was published.
func (v *evidence) board(id string, published []byte) (rows int, err error) {
	v.codesAs(published)
	again, ok := BoardJSON(v.exam.Boards, id)
	if !ok {
		return 0, errors.New("the exam has no such board")
	}
	var was, is []map[string]any
	if err := json.Unmarshal(published, &was); err != nil {
		return 0, err
	}
	if err := json.Unmarshal(again, &is); err != nil {
		return 0, err
	}
	if len(was) != len(is) {
		return 0, fmt.Errorf("%d pages were published, there are %d", len(was), len(is))
	}
	for i := range was {
		for _, clock := range []string{"epoch", "seq", "at"} {
			delete(was[i], clock)
			delete(is[i], clock)
		}
		old, _ := was[i]["rows"].([]any)
		now, _ := is[i]["rows"].([]any)
		if len(old) != len(now) {
			return rows, fmt.Errorf("page %d had %d rows, it has %d", i+1, len(old), len(now))
		}
		for n := range old {
			rows++
			if !reflect.DeepEqual(old[n], now[n]) {
				return rows, fmt.Errorf("published was %s, computed is %s", compact(old[n]), compact(now[n]))
			}
		}
		if !reflect.DeepEqual(was[i], is[i]) {
			return rows, fmt.Errorf("page %d differs beside its rows", i+1)
		}
	}
	return rows, nil
}

func compact(v any) []byte {
	b, _ := json.Marshal(v)
	return b
}

// lists makes the list that two people froze last once more. Earlier ones were made of
// earlier records, and are only held against their hashes.
func (v *evidence) lists(context.Context, *Case) error {
	var last *decided
	count := 0
	for i := range v.events {
		e := &v.events[i]
		if e.Kind != engine.ResultsFrozen {
			continue
		}
		if _, err := v.fetch(e.Text); err != nil {
			v.report.add("lists", e.Text, "%v", err)
			return nil
		}
		count++
		last = e
	}
	if last == nil {
		v.report.did("lists", "none was frozen")
		return nil
	}
	frozen, err := v.fetch(last.Text)
	if err != nil {
		return err
	}
	results := v.exam.Boards.Results()
	l, body, err := v.exam.List(results, v.parts.Formations)
	if err == nil && !bytes.Equal(body, frozen) && last.Why != "" {
		l, body, err = v.exam.List(ranksAll(results), v.parts.Formations)
	}
	if err != nil {
		return err
	}
	switch {
	case bytes.Equal(body, frozen):
		v.report.did("lists", "%d frozen; the last, of %d people, made again to the byte", count, len(l.Rows))
	case v.lastSeen > last.pos || v.changed(last.pos, engine.ItemAnnulled):
		v.report.did("lists", "%d frozen; attempts or keys have changed since the last, which is not compared", count)
	case v.changed(last.pos, rosterKinds...):
		if err := samePoints(frozen, body, "scores", "total"); err != nil {
			v.report.add("lists", last.Text, "%v", err)
		}
		v.report.did("lists", "%d frozen; people or formations were corrected since the last, of which only points are compared, and neither names nor places", count)
	default:
		v.report.add("lists", last.Text, "%s", firstLine(frozen, body))
	}
	return nil
}

// ranksAll are results as earlier programs took them for a list that was frozen while something was
// open: whoever still wrote, or was held until it was decided whose result it is, stood on it with
// the points of that moment.
func ranksAll(results []scoring.Result) []scoring.Result {
	for i := range results {
		results[i].Held, results[i].Working = false, false
	}
	return results
}

// firstLine tells where two lists begin to differ, by their rows.
func firstLine(frozen, made []byte) string {
	type list struct{ Rows []json.RawMessage }
	var a, b list
	if json.Unmarshal(frozen, &a) != nil || json.Unmarshal(made, &b) != nil {
		return "the frozen list cannot be read"
	}
	for i := range min(len(a.Rows), len(b.Rows)) {
		if !bytes.Equal(a.Rows[i], b.Rows[i]) {
			return fmt.Sprintf("row %d was frozen as %s, it is %s", i+1, a.Rows[i], b.Rows[i])
		}
	}
	return fmt.Sprintf("%d rows were frozen, there are %d; or the head differs", len(a.Rows), len(b.Rows))
}
