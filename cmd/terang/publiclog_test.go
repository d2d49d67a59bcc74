package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	signing "golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/crowd"
	"terang/cmd/terang/node"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/witness"
	"terang/engine"
	"terang/engine/publiclog"
	"terang/engine/publiclog/keeper"
	"terang/proctor"
)

// watcher is a witness that looks at a server whenever it can be reached, as long as the
// test runs.
type watcher struct {
	*witness.Witness
	sizes []int64
	last  time.Time // when grew looked
	told  int64     // the size that it told of
}

func (p *place) watcher(tb testing.TB, base, state string) *watcher {
	tb.Helper()
	keys, err := node.ReadLogKeys(p.keys + ".log")
	if err != nil {
		tb.Fatal(err)
	}
	w, err := (&witness.Watch{Log: base, Vkey: keys.Vkeys, State: filepath.Join(p.dir, state), Patience: time.Minute}).Open()
	if err != nil {
		tb.Fatal(err)
	}
	return &watcher{Witness: w}
}

// sees looks once, and fails the test if the log did anything but grow.
func (w *watcher) sees(tb testing.TB) int64 {
	tb.Helper()
	size, err := w.Look(tb.Context())
	var found *publiclog.Misconduct
	if errors.As(err, &found) {
		tb.Fatal(found)
	}
	if err == nil && (len(w.sizes) == 0 || size > w.sizes[len(w.sizes)-1]) {
		w.sizes = append(w.sizes, size)
	}
	return size
}

// grew looks now and then, and says whether there is something new.
func (w *watcher) grew(tb testing.TB) bool {
	tb.Helper()
	if time.Since(w.last) < 300*time.Millisecond {
		return false
	}
	w.last = time.Now()
	was := w.told
	w.told = w.sees(tb)
	return w.told > was
}

// quick lets candidates answer fast, and finish one after the other.
func quick(i int, c *crowd.Candidate) {
	c.Pace = func(r *rand.Rand) time.Duration { return time.Duration(5+16*i+r.IntN(10)) * time.Millisecond }
	c.Finish = true
}

// files is the whole log of a journal.
func (p *place) files(tb testing.TB) map[string]string {
	tb.Helper()
	st, err := stores.Open(p.journal, false)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	all := map[string]string{}
	if err := keeper.Copy(tb.Context(), st.Journal, st.Register, func(path string, body []byte) error {
		all[path] = string(body)
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
	return all
}

// attempts is how many attempts that are over are in the log.
func attemptsIn(files map[string]string) (n int) {
	for path, body := range files {
		if strings.HasPrefix(path, "tile/entries/") {
			n += strings.Count(body, `"kind":"attempt"`)
		}
	}
	return n
}

// The server is killed with -9 while the log grows. A witness sees it grow and nothing else;
// and made again from the journal it is the same, byte for byte.
func TestTheLogOfAKilledServerIsOneLog(t *testing.T) {
	t.Parallel()
	const candidates, kills = 6, 2
	s := newServed(t, candidates)
	s.serve(t)
	log := crowd.NewLog()
	run := s.crowd(t, log, s.direct, quick)
	w := s.watcher(t, s.Base(), "witness.json")
	waitFor(t, patience, "the first checkpoint", func() bool { return w.sees(t) > 0 })
	for range kills {
		work(t, time.Duration(2000+rand.IntN(1500))*time.Millisecond)
		s.Kill()
		s.serve(t)
	}
	waitFor(t, 90*time.Second, "all attempts to be in the log", func() bool { return w.grew(t) && attemptsIn(s.files(t)) == candidates })
	run.stop(t)
	s.Kill()
	if len(w.sizes) < 2 {
		t.Errorf("the witness saw the sizes %v only", w.sizes)
	}
	before := s.files(t)
	flags := stores.Flags{Journal: s.journal, Keys: s.keys}
	if err := (&logCheck{flags}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	st, err := stores.Open(s.journal, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Register.Erase(t.Context(), keeper.KindLeaf, keeper.LeafID(3)); err != nil {
		t.Fatal(err)
	}
	if err := st.Register.Put(t.Context(), engine.Entry{Kind: keeper.KindLeaf, ID: keeper.LeafID(5), Body: []byte(`{"v":1,"kind":"act"}`)}); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if err := (&logCheck{flags}).Run(t.Context()); !errors.Is(err, keeper.ErrNoLeaves) {
		t.Errorf("a row is gone and one was changed: %v", err)
	}
	if err := (&logRebuild{flags}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := s.files(t)
	for path, body := range before {
		if after[path] != body {
			t.Errorf("%s was made again as another", path)
		}
	}
	if err := (&logCheck{flags}).Run(t.Context()); err != nil {
		t.Error(err)
	}
	s.read(t)
}

// read reads the receipt of one candidate with nothing but the log's key.
func (s *served) read(t *testing.T) {
	t.Helper()
	s.serve(t)
	keys, err := node.ReadLogKeys(s.keys + ".log")
	if err != nil {
		t.Fatal(err)
	}
	key, err := signing.NewVerifier(keys.Vkeys[0])
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		res, err := http.Get(fmt.Sprintf("%s/api/v1/log/receipt/%d", s.Base(), i))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil {
			t.Fatal(err)
		}
		r, err := publiclog.ParseReceipt(body)
		if err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if _, _, err := r.Check(key); err != nil {
			t.Error(err)
		}
	}
}

// Two nodes keep one log; the one that signs is killed, and the other goes on.
func TestTwoNodesKeepOneLog(t *testing.T) {
	t.Parallel()
	const candidates = 4
	c := newCluster(t, builtBinary(t), 2)
	c.create(t, candidates)
	c.serve(t)
	run := c.crowd(t, crowd.NewLog(), c.fronts, quick)
	first, second := c.watcher(t, c.nodes[0].Base(), "first.json"), c.watcher(t, c.nodes[1].Base(), "second.json")
	was := second.sees(t)
	waitFor(t, 90*time.Second, "a checkpoint more at both", func() bool { first.sees(t); return second.sees(t) > was })
	st, err := stores.Open(c.journal, false)
	if err != nil {
		t.Fatal(err)
	}
	head, _, err := keeper.Head(t.Context(), st.Journal)
	if err = errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	c.nodes[0].Kill()
	c.nodes[1].Kill() // whichever has signed is gone; one comes back under another name
	c.nodes[1].serve(t)
	waitFor(t, 90*time.Second, "all attempts to be in the log", func() bool { return second.grew(t) && attemptsIn(c.files(t)) == candidates })
	run.stop(t)
	if size := second.sees(t); size <= head.Size {
		t.Errorf("the log had %d leaves and has %d", head.Size, size)
	}
	if err := (&logCheck{stores.Flags{Journal: c.journal, Keys: c.keys}}).Run(t.Context()); err != nil {
		t.Error(err)
	}
}

// Keys come from a file that is made once, or from the environment; a second key signs
// beside the first from the moment at which the journal names it, and the first is retired.
func TestALogKeyIsReplaced(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	journal := "sqlite:" + filepath.Join(dir, "terang.db")
	file := filepath.Join(dir, "log.key")
	if err := (&logKeysNew{File: file}).Run(); err == nil {
		t.Error("a key without a name was made")
	}
	if err := (&logKeysNew{File: file, Name: "ujian.example.go.id/log"}).Run(); err != nil {
		t.Fatal(err)
	}
	one, err := node.ReadLogKeys(file)
	if err != nil {
		t.Fatal(err)
	}
	again, err := node.OpenLogKeys(file, "another name")
	if err != nil || again.Vkeys[0] != one.Vkeys[0] {
		t.Errorf("a key that is there was made anew: %v", err)
	}
	at := time.Now()
	signs := func() (signers int) { // as a server does, an hour later each time
		at = at.Add(time.Hour)
		st, err := stores.Open(journal, true)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = st.Close() }()
		keys, err := node.ReadLogKeys(file)
		if err != nil {
			t.Fatal(err)
		}
		k := keeper.New(keeper.Parts{
			Register: st.Register, Writer: proctor.Direct(st.Journal), Salts: publiclog.NewSalts(make([]byte, 32)), Signers: keys.Signers, Vkeys: keys.Vkeys,
			Version: "test", Node: "n", Alone: true, Now: func() engine.Instant { return engine.InstantOf(at) },
		})
		pos := engine.Pos(0)
		for range 4 {
			records, err := st.Journal.Tail(ctx, pos, 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range records {
				e, err := engine.Decode(r.Body)
				if err != nil {
					t.Fatal(err)
				}
				k.Apply(r, &e)
				pos = r.Pos
			}
			at = at.Add(time.Minute)
			if err := k.Step(ctx); err != nil {
				t.Fatal(err)
			}
		}
		head, known, err := keeper.Head(ctx, st.Journal)
		if err != nil {
			t.Fatal(err)
		}
		if err := openedByItsKeys(head, known); err != nil {
			t.Error(err)
		}
		_, lines, err := publiclog.Lines(head.Note(keeper.Origin(known)))
		if err != nil {
			t.Fatal(err)
		}
		return len(lines)
	}
	if n := signs(); n != 1 {
		t.Fatalf("%d signatures", n)
	}
	if err := (&logKeysNew{File: file}).Run(); err != nil {
		t.Fatal(err)
	}
	two, err := node.ReadLogKeys(file)
	if err != nil || len(two.Vkeys) != 2 {
		t.Fatal(two, err)
	}
	office := officeFlags{Flags: stores.Flags{Journal: journal, Keys: filepath.Join(dir, "keys")}}
	if err := (&logKeysRetire{office, one.Vkeys[0]}).Run(ctx); err == nil {
		t.Error("the only key was retired")
	}
	if err := (&logKeysAdd{office, two.Vkeys[1]}).Run(ctx); err != nil {
		t.Fatal(err)
	}
	if n := signs(); n != 2 {
		t.Errorf("with two keys: %d signatures", n)
	}
	if err := (&logKeysRetire{office, one.Vkeys[0]}).Run(ctx); err != nil {
		t.Fatal(err)
	}
	if n := signs(); n != 1 {
		t.Errorf("after the first was retired: %d signatures", n)
	}
	other, err := node.OpenLogKeys(filepath.Join(dir, "other.key"), "other.example/log")
	if err != nil {
		t.Fatal(err)
	}
	if err := (&logKeysAdd{office, other.Vkeys[0]}).Run(ctx); err == nil || !strings.Contains(err.Error(), "another log") {
		t.Errorf("the key of another log: %v", err)
	}
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(node.LogSecret, string(bytes.TrimSpace(body)))
	if env, err := node.ReadLogKeys(filepath.Join(dir, "absent")); err != nil || len(env.Vkeys) != 2 {
		t.Errorf("from the environment: %+v, %v", env, err)
	}
}
