package evidence

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"terang/engine"
	"terang/engine/publiclog"
	"terang/scoring"
)

// WriteLog writes a checkpoint and the leaves under it below dir/log, as C2SP tlog-tiles
// names their bundles.
func WriteLog(dir string, checkpoint []byte, leaves [][]byte) error {
	write := func(name string, body []byte) error {
		path := filepath.Join(dir, "log", filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		return os.WriteFile(path, body, 0o600)
	}
	for at := 0; at < len(leaves); at += publiclog.Width {
		some := leaves[at:min(at+publiclog.Width, len(leaves))]
		body, err := publiclog.Bundle(some)
		if err != nil {
			return err
		}
		if err := write(publiclog.Tile{Level: publiclog.Entries, N: int64(at / publiclog.Width), W: len(some)}.Path(), body); err != nil {
			return err
		}
	}
	return write("checkpoint", checkpoint)
}

// log holds the public log of the export against everything that was computed before.
func (v *evidence) log(_ context.Context, c *Case) error {
	leaves, err := v.leaves(c)
	if err != nil {
		v.report.add("log", "log/checkpoint", "%v", err)
		return nil
	}
	of := logged{last: make(map[string]*publiclog.Leaf), again: make(map[string]*publiclog.Leaf)}
	tables, mine := []int64{}, []entered{}
	for i, body := range leaves {
		l, err := publiclog.ParseLeaf(body)
		if err != nil {
			v.report.add("log", fmt.Sprintf("leaf %d", i), "%v", err)
			return nil
		}
		if l.Kind == publiclog.SoftwareLeaf {
			tables = append(tables, l.Count)
		}
		if l.Exam == "" && l.Kind == publiclog.ActLeaf {
			v.of = append(v.of, entered{int64(i), l.Kind, l.Act, l.At, tlog.RecordHash(body)})
		}
		if l.Exam == v.manifest.Exam {
			mine = append(mine, entered{int64(i), l.Kind, l.Act, l.At, tlog.RecordHash(body)})
			of.take(l)
		}
	}
	v.logged = mine
	v.committed(&of)
	v.attempted(&of)
	less := v.frozen(&of)
	v.tables(tables)
	v.report.did("log", "%d leaves under the signed root, %d of this exam: documents, lists, %d frozen boards, every attempt%s", len(leaves), len(v.logged), len(of.frozen), less)
	return nil
}

// leaves reads all leaves and makes their tree.
func (v *evidence) leaves(c *Case) ([][]byte, error) {
	keys := c.LogKeys
	if keys == nil {
		var err error
		if keys, err = v.ownKey(); err != nil {
			return nil, err
		}
	}
	_, leaves, _, err := readLog(filepath.Join(v.dir, "log"), keys)
	return leaves, err
}

// readLog reads a log whose leaves have the root that was signed.
func readLog(dir string, keys []note.Verifier) (c publiclog.Checkpoint, leaves [][]byte, tree tlog.HashReader, err error) {
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return c, nil, nil, err
	}
	if c, _, err = publiclog.Open(signed, keys...); err != nil {
		return c, nil, nil, err
	}
	for at := int64(0); at < c.N; at += publiclog.Width {
		w := int(min(publiclog.Width, c.N-at))
		body, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(publiclog.Tile{Level: publiclog.Entries, N: at / publiclog.Width, W: w}.Path())))
		if err != nil {
			return c, nil, nil, err
		}
		some, err := publiclog.ParseBundle(body, w)
		if err != nil {
			return c, nil, nil, err
		}
		leaves = append(leaves, some...)
	}
	if tree, err = hashesOf(leaves); err != nil {
		return c, nil, nil, err
	}
	root, err := tlog.TreeHash(c.N, tree)
	if err == nil && root != c.Hash {
		err = fmt.Errorf("its %d leaves have the root %v, and %v was signed", len(leaves), root, c.Hash)
	}
	return c, leaves, tree, err
}

// Begins says whether the log in a folder, an export's or a copy of it, begins with the tree
// of an earlier checkpoint, and returns its own. The error tells a rollback from a split view.
func Begins(dir string, earlier publiclog.Checkpoint, keys []note.Verifier) (publiclog.Checkpoint, error) {
	if _, err := os.Stat(filepath.Join(dir, "log", "checkpoint")); err == nil {
		dir = filepath.Join(dir, "log")
	}
	later, _, tree, err := readLog(dir, keys)
	switch {
	case err != nil:
		return later, fmt.Errorf("log in %s: %w", dir, err)
	case later.N < earlier.N:
		return later, fmt.Errorf("the log in %s has %d leaves, the receipt's had %d: it was rolled back, or is older than the receipt", dir, later.N, earlier.N)
	}
	root, err := tlog.TreeHash(earlier.N, tree)
	if err == nil && root != earlier.Hash {
		err = fmt.Errorf("the first %d leaves in %s have the root %v, the receipt's log had %v: a split view, two people were shown two logs", earlier.N, dir, root, earlier.Hash)
	}
	return later, err
}

// hashesOf are the hashes of the tree over leaves, from which the root of each smaller one
// follows too.
func hashesOf(leaves [][]byte) (tlog.HashReader, error) {
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(at))
		for i, n := range at {
			if n >= int64(len(stored)) {
				return nil, errors.New("a hash is asked for that was not made yet")
			}
			out[i] = stored[n]
		}
		return out, nil
	})
	for i, l := range leaves {
		more, err := tlog.StoredHashes(int64(i), l, read)
		if err != nil {
			return nil, err
		}
		stored = append(stored, more...)
	}
	return read, nil
}

// logged is what the log says of an exam.
type logged struct {
	last, again map[string]*publiclog.Leaf // newest result of an attempt; newest points after annulments
	documents   []publiclog.Hash           // in the order of their leaves
	kinds       []publiclog.Kind
	frozen      []*publiclog.Leaf // boards that became final
	places      []publiclog.Hash  // exam files with other places
}

func (o *logged) take(l *publiclog.Leaf) {
	document := func(h publiclog.Hash) {
		o.kinds, o.documents = append(o.kinds, l.Kind), append(o.documents, h)
	}
	switch l.Kind {
	case publiclog.AttemptLeaf:
		o.last[l.Attempt] = l
		delete(o.again, l.Attempt)
	case publiclog.BoardLeaf:
		o.frozen = append(o.frozen, l)
	case publiclog.RescoredLeaf:
		o.again[l.Attempt] = l
	case publiclog.PlacesLeaf:
		o.places = append(o.places, l.Hash)
	case publiclog.ExamLeaf, publiclog.RulesLeaf, publiclog.SeedLeaf, publiclog.FormationsLeaf, publiclog.ListLeaf:
		document(l.Hash)
	case publiclog.PlanLeaf:
		document(l.Plan)
		document(l.Bank)
	case publiclog.RevealLeaf:
		document(l.Seed)
	}
}

// committed compares the documents that the exam's stream names with those that the log
// does, one after another.
func (v *evidence) committed(o *logged) {
	var want logged
	defer func() {
		if !slices.Equal(want.places, o.places) {
			v.report.add("log", engine.ExamStream+v.manifest.Exam, "its places were changed %d times, the log tells of %d or of others", len(want.places), len(o.places))
		}
	}()
	document := func(k publiclog.Kind, text string) {
		h, _ := engine.ParseHash(text)
		want.kinds, want.documents = append(want.kinds, k), append(want.documents, publiclog.Hash(h))
	}
	for i := range v.events {
		switch e := &v.events[i]; e.Kind {
		case engine.ExamDefined:
			document(publiclog.ExamLeaf, e.Text)
		case engine.PlacesChanged:
			h, _ := engine.ParseHash(e.Text)
			want.places = append(want.places, publiclog.Hash(h))
		case engine.RuleSetFixed:
			document(publiclog.RulesLeaf, e.Text)
		case engine.PlanMade:
			document(publiclog.PlanLeaf, e.Plan)
			document(publiclog.PlanLeaf, e.Text)
		case engine.SeedCommitted:
			document(publiclog.SeedLeaf, e.Seed)
		case engine.FormationsLoaded:
			document(publiclog.FormationsLeaf, e.Text)
		case engine.ResultsFrozen, engine.ResultsReleased, engine.ResultsUnfrozen:
			document(publiclog.ListLeaf, e.Text)
		case engine.SeedRevealed:
			document(publiclog.RevealLeaf, e.Seed)
		}
	}
	for i := range max(len(want.kinds), len(o.kinds)) {
		switch {
		case i >= len(o.kinds):
			v.report.add("log", engine.ExamStream+v.manifest.Exam, "it names a document of kind %s with hash %s, the log ends before it", want.kinds[i], want.documents[i])
			return
		case i >= len(want.kinds) || want.kinds[i] != o.kinds[i] || want.documents[i] != o.documents[i]:
			v.report.add("log", engine.ExamStream+v.manifest.Exam, "document %d in the log is of kind %s with hash %s, the stream names another", i+1, o.kinds[i], o.documents[i])
			return
		}
	}
}

// attempted compares every attempt that is over with its leaf.
func (v *evidence) attempted(o *logged) {
	results := v.exam.Boards.Results()
	slices.SortFunc(results, func(a, b scoring.Result) int { return int(v.place(a.Attempt) - v.place(b.Attempt)) })
	for i := range results {
		r := &results[i]
		got, leaf := v.results[r.Attempt], o.last[r.Attempt]
		delete(o.last, r.Attempt)
		where := engine.AttemptStream + r.Attempt
		switch {
		case got == nil && leaf == nil, got != nil && leaf == nil && got.fingerprint == (engine.Hash{}):
			continue
		case leaf == nil:
			v.report.add("log", where, "it is over, and the log has no result of it")
			continue
		case got == nil:
			v.report.add("log", where, "the log has its result, the export has no events of it")
			continue
		case publiclog.Hash(got.fingerprint) != leaf.Fingerprint:
			v.report.add("log", where, "its events lead to the fingerprint %s, logged was %s", got.fingerprint, leaf.Fingerprint)
			continue
		}
		for _, s := range leaf.Scores {
			if by := got.logged()[s.Section]; by != s.Points {
				v.report.add("log", where, "%s is %d by its answers, logged was %d", s.Section, by, s.Points)
			}
		}
		if again := o.again[r.Attempt]; again != nil && got.before == nil && int(again.Version) == len(v.parts.Annulments.List) {
			for n, s := range again.Scores {
				if int(r.Points[n]) != s.Points {
					v.report.add("log", where, "%s is %d after %d annulments, logged was %d", s.Section, r.Points[n], again.Version, s.Points)
				}
			}
		}
	}
	for attempt := range o.last {
		v.report.add("log", engine.AttemptStream+attempt, "the log has its result, nobody in the roster has it")
	}
}

func (v *evidence) place(attempt string) engine.Pos {
	if got := v.results[attempt]; got != nil {
		return got.last
	}
	return 0
}

// ownKey is the key that came with the export.
func (v *evidence) ownKey() ([]note.Verifier, error) {
	text, err := os.ReadFile(v.path(vkeyName))
	if err != nil {
		return nil, err
	}
	key, err := note.NewVerifier(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", vkeyName, err)
	}
	return []note.Verifier{key}, nil
}
