package witness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	signing "golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"terang/engine/publiclog"
)

// liar is a server of a log that its owner can change at will, and that signs all of it.
type liar struct {
	t      *testing.T
	signer signing.Signer
	vkey   string
	url    string

	mu     sync.Mutex
	leaves [][]byte
	stored []tlog.Hash
	posted []string
	broken bool // tiles are not handed out
}

func newLiar(t *testing.T, leaves ...string) *liar {
	t.Helper()
	skey, vkey, err := signing.GenerateKey(nil, "ujian.example.go.id/log")
	if err != nil {
		t.Fatal(err)
	}
	l := &liar{t: t, vkey: vkey}
	if l.signer, err = signing.NewSigner(skey); err != nil {
		t.Fatal(err)
	}
	l.become(leaves...)
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	l.url = server.URL
	return l
}

// become makes the log another one.
func (l *liar) become(leaves ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leaves, l.stored = nil, nil
	l.grow(leaves...)
}

func (l *liar) grow(leaves ...string) {
	for _, leaf := range leaves {
		more, err := tlog.StoredHashes(int64(len(l.leaves)), []byte(leaf), l)
		if err != nil {
			l.t.Fatal(err)
		}
		l.leaves, l.stored = append(l.leaves, []byte(leaf)), append(l.stored, more...)
	}
}

// ReadHashes implements tlog.HashReader.
func (l *liar) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, n := range at {
		out[i] = l.stored[n]
	}
	return out, nil
}

func (l *liar) checkpoint() []byte {
	size := int64(len(l.leaves))
	root, err := tlog.TreeHash(size, l)
	if err != nil {
		l.t.Fatal(err)
	}
	signed, err := signing.Sign(&signing.Note{Text: publiclog.Checkpoint{Origin: l.signer.Name(), Tree: tlog.Tree{N: size, Hash: root}}.Text()}, l.signer)
	if err != nil {
		l.t.Fatal(err)
	}
	return signed
}

// ServeHTTP implements http.Handler.
func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/api/v1/log/")
	tile, is := publiclog.ParsePath(path)
	switch {
	case path == "checkpoint":
		_, _ = w.Write(l.checkpoint())
	case path == "cosignatures":
		body, _ := io.ReadAll(r.Body)
		l.posted = append(l.posted, string(body))
	case !is || l.broken || !tile.In(int64(len(l.leaves))):
		http.NotFound(w, r)
	case tile.Level == publiclog.Entries:
		b, err := publiclog.Bundle(l.leaves[tile.N*publiclog.Width : tile.N*publiclog.Width+int64(tile.W)])
		if err != nil {
			l.t.Error(err)
		}
		_, _ = w.Write(b)
	default:
		b, err := tile.Hashes(l)
		if err != nil {
			l.t.Error(err)
		}
		_, _ = w.Write(b)
	}
}

func numberedLeaves(n int) (leaves []string) {
	for i := range n {
		leaves = append(leaves, fmt.Sprintf("leaf %d", i))
	}
	return leaves
}

// watched is a witness of the liar's log, with files of its own.
func watched(t *testing.T, l *liar) *Watch {
	t.Helper()
	dir := t.TempDir()
	key := filepath.Join(dir, "w.key")
	if err := (&Key{Name: "saksi.example.ac.id", File: key}).Run(); err != nil {
		t.Fatal(err)
	}
	return &Watch{Log: l.url, Vkey: []string{l.vkey}, Key: key, State: filepath.Join(dir, "state.json"), Mirror: filepath.Join(dir, "mirror"), Once: true, Patience: time.Minute}
}

func TestAWitnessCosignsALogThatOnlyGrows(t *testing.T) {
	t.Parallel()
	l := newLiar(t, numberedLeaves(300)...)
	c := watched(t, l)
	for _, more := range []int{0, 1, 0, 212, 700} { // each time a new process
		l.mu.Lock()
		l.grow(numberedLeaves(more)...)
		l.mu.Unlock()
		if err := c.Run(t.Context()); err != nil {
			t.Fatalf("after %d more: %v", more, err)
		}
	}
	signer, err := readCosigner(c.Key)
	if err != nil {
		t.Fatal(err)
	}
	witness, err := publiclog.NewWitness(signer.Vkey())
	if err != nil {
		t.Fatal(err)
	}
	logKey, err := signing.NewVerifier(l.vkey)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.posted) == 0 {
		t.Fatal("nothing was cosigned")
	}
	n, err := signing.Open([]byte(l.posted[len(l.posted)-1]), signing.VerifierList(logKey, witness))
	if err != nil || len(n.Sigs) != 2 || !strings.HasPrefix(n.Text, "ujian.example.go.id/log\n1213\n") {
		t.Errorf("it posted %q, %v", l.posted[len(l.posted)-1], err)
	}
	// What was mirrored is the log, as x/mod's reader takes it.
	source := publiclog.Source(func(tile publiclog.Tile) ([]byte, error) {
		return os.ReadFile(filepath.Join(c.Mirror, filepath.FromSlash(tile.Path())))
	})
	cp, _, err := publiclog.Open([]byte(l.posted[len(l.posted)-1]), logKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{0, 299, 1212} {
		if _, err := tlog.ProveRecord(cp.N, at, source.Read(cp.Tree)); err != nil {
			t.Errorf("leaf %d of the mirror: %v", at, err)
		}
	}
}

func TestAWitnessNoticesASplitViewAndARollback(t *testing.T) {
	t.Parallel()
	grown := numberedLeaves(600)
	forked := append(numberedLeaves(600), "more")
	forked[17] = "another leaf"
	for name, test := range map[string]struct {
		now  []string
		what string
	}{
		"one leaf is another":                      {forked[:600], publiclog.SplitView},
		"one leaf is another, and more have come":  {forked, publiclog.SplitView},
		"two leaves have changed places":           {swapped(grown, 100, 101), publiclog.SplitView},
		"a leaf was dropped, another put behind":   {append(append(append([]string{}, grown[:50]...), grown[51:]...), "more", "still more"), publiclog.SplitView},
		"the last leaves are gone":                 {grown[:590], publiclog.Rollback},
		"the last leaves are gone, one is another": {forked[:590], publiclog.Rollback},
		"all is gone but one":                      {grown[:1], publiclog.Rollback},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLiar(t, grown...)
			c := watched(t, l)
			if err := c.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			cosigned := len(l.posted)
			l.become(test.now...)
			c.Patience, c.Once, c.Every = 0, false, time.Millisecond
			err := c.Run(t.Context())
			var found *publiclog.Misconduct
			if !errors.As(err, &found) || found.What != test.what {
				t.Fatalf("it found %v, want a %s", err, test.what)
			}
			if len(l.posted) != cosigned {
				t.Error("it cosigned what it complains of")
			}
			files, err := filepath.Glob(strings.TrimSuffix(c.State, ".json") + ".evidence-*.json")
			if err != nil || len(files) != 1 {
				t.Fatalf("evidence: %v, %v", files, err)
			}
			body, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			var kept publiclog.Misconduct
			if err := json.Unmarshal(body, &kept); err != nil {
				t.Fatal(err)
			}
			// The evidence convinces somebody else: both are signed by the log's key.
			logKey, err := signing.NewVerifier(l.vkey)
			if err != nil {
				t.Fatal(err)
			}
			for _, signed := range []string{kept.Seen, kept.Offered} {
				if _, _, err := publiclog.Open([]byte(signed), logKey); err != nil {
					t.Error(err)
				}
			}
			// And it is not forgotten by starting again.
			c.Once, c.Patience = true, time.Minute
			if err := c.Run(t.Context()); err == nil {
				t.Error("started again, it takes what it complained of")
			}
		})
	}
}

func swapped(leaves []string, i, j int) []string {
	out := append([]string{}, leaves...)
	out[i], out[j] = out[j], out[i]
	return out
}

// A node that lags, a tile that cannot be had, a log of another key: nothing to accuse of,
// and nothing that is cosigned.
func TestAWitnessDoesNotCryWolf(t *testing.T) {
	t.Parallel()
	l := newLiar(t, numberedLeaves(300)...)
	c := watched(t, l)
	if err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	cosigned := len(l.posted)
	var found *publiclog.Misconduct
	l.become(numberedLeaves(280)...)
	if err := c.Run(t.Context()); err == nil || errors.As(err, &found) {
		t.Errorf("a node that lags: %v", err)
	}
	l.become(numberedLeaves(320)...)
	l.broken = true
	if err := c.Run(t.Context()); err == nil || errors.As(err, &found) {
		t.Errorf("tiles that cannot be had: %v", err)
	}
	l.broken = false
	other := newLiar(t, numberedLeaves(320)...)
	c.Log = other.url
	if err := c.Run(t.Context()); err == nil || errors.As(err, &found) {
		t.Errorf("a log that is signed by another key: %v", err)
	}
	if len(l.posted)+len(other.posted) != cosigned {
		t.Error("something of it was cosigned")
	}
	c.Log = l.url
	if err := c.Run(t.Context()); err != nil {
		t.Errorf("the log has grown, and all is well: %v", err)
	}
	if err := os.WriteFile(c.State, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Run(t.Context()); err == nil {
		t.Error("a state file without a state was taken for a first look")
	}
}
