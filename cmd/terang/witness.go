package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	signing "golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/node"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/engine/publiclog"
)

type witnessCmd struct {
	Watch witnessWatch `cmd:"" default:"withargs" help:"Watch a log: that it only grows, and shows everybody the same. With a key, cosign what was checked."`
	Key   witnessKey   `cmd:"" help:"Make a witness's key."`
}

type witnessKey struct {
	Name string `arg:"" help:"Who witnesses, as readers know it: an address without https://, as saksi.example.ac.id."`
	File string `arg:"" help:"File to write; must not exist."`
}

// Run makes a key, and prints the public half for the log's keeper and for readers.
func (c *witnessKey) Run() error {
	skey, _, err := signing.GenerateKey(nil, c.Name)
	if err != nil {
		return usage.Errorf("%q: a name has no spaces and no +: %v", c.Name, err)
	}
	k, err := publiclog.NewCosigner(skey)
	if err != nil {
		return err
	}
	if err := writeNew(c.File, []byte("# Terang: secret key of a witness.\n"+skey+"\n")); err != nil {
		return err
	}
	fmt.Printf("%s: secret, keep it to yourself\n%s\n", c.File, k.Vkey())
	return nil
}

type witnessWatch struct {
	Log      string        `required:"" help:"The server whose log is watched, or the log's own address." placeholder:"https://HOST"`
	Vkey     []string      `required:"" help:"Public key of the log, from somebody you trust; while a key is replaced, both." sep:"none" placeholder:"NAME+ID+KEY"`
	Key      string        `help:"Key file of the witness, as terang witness key makes it; without it nothing is cosigned." type:"path" placeholder:"FILE"`
	State    string        `default:"witness.json" help:"File that remembers what was seen. Losing it is losing what was witnessed." type:"path"`
	Mirror   string        `help:"Folder to copy the log's tiles into, at the paths at which the log has them." type:"path" placeholder:"DIR"`
	Every    time.Duration `default:"5s" help:"How often to look."`
	Patience time.Duration `default:"1m" help:"For how long the log may show less than was seen, as a node or a cache that lags does."`
	Once     bool          `help:"Look once."`
}

// witness is a watch that goes on.
type witness struct {
	*witnessWatch
	log    string // address of the log, without a slash at its end
	client *http.Client
	keys   []signing.Verifier
	signer *publiclog.Cosigner
	seen   []byte    // the newest checkpoint that was checked, nil before the first
	behind time.Time // since when the log shows less than that
}

// Run watches until it is interrupted, or finds what nobody may do with a log.
func (c *witnessWatch) Run(ctx context.Context) error {
	w, err := c.open()
	if err != nil {
		return err
	}
	told := ""
	for {
		size, err := w.look(ctx)
		var found *publiclog.Misconduct
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &found):
			return w.accuse(found)
		case c.Once:
			if err == nil {
				fmt.Printf("%d leaves: the log has only grown\n", size)
			}
			return err
		case err != nil && err.Error() != told:
			fmt.Fprintln(os.Stderr, "terang witness:", err)
		case err == nil && told != "":
			fmt.Fprintln(os.Stderr, "terang witness: the log answers again")
		}
		if told = ""; err != nil {
			told = err.Error()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(c.Every):
		}
	}
}

func (c *witnessWatch) open() (*witness, error) {
	u, err := url.Parse(c.Log)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usage.Errorf("--log %q: write an address as https://ujian.example.go.id", c.Log)
	}
	w := &witness{witnessWatch: c, log: strings.TrimSuffix(c.Log, "/"), client: &http.Client{Timeout: 30 * time.Second}}
	if u.Path == "" || u.Path == "/" {
		w.log += "/api/v1/log"
	}
	for _, vkey := range c.Vkey {
		v, err := signing.NewVerifier(vkey)
		if err != nil {
			return nil, usage.Errorf("--vkey %q is no public key of a log: %v", vkey, err)
		}
		w.keys = append(w.keys, v)
	}
	if c.Key != "" {
		if w.signer, err = readCosigner(c.Key); err != nil {
			return nil, err
		}
	}
	body, err := os.ReadFile(c.State)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return w, nil
	case err != nil:
		return nil, fmt.Errorf("--state: %w", err)
	}
	var state witnessState
	if err := json.Unmarshal(body, &state); err != nil || state.Note == "" {
		return nil, fmt.Errorf("--state %s holds nothing that was seen (%v): restore it; starting anew forgets what was witnessed", c.State, err)
	}
	w.seen = []byte(state.Note)
	return w, nil
}

func readCosigner(path string) (*publiclog.Cosigner, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--key: %w", err)
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return publiclog.NewCosigner(line)
		}
	}
	return nil, fmt.Errorf("--key %s: it holds no key; make one with terang witness key", path)
}

// witnessState is the state file.
type witnessState struct {
	Log  string    `json:"log"`
	Size int64     `json:"size"`
	At   time.Time `json:"at"`
	Note string    `json:"note"` // the signed checkpoint that was checked last
}

// look checks the checkpoint that the log shows now, remembers it, and then cosigns it: a
// witness that dies in between has signed nothing that it does not remember.
func (w *witness) look(ctx context.Context) (int64, error) {
	offered, err := w.get(ctx, "checkpoint")
	if err != nil {
		return 0, err
	}
	text, lines, err := publiclog.Lines(offered)
	if err != nil {
		return 0, err
	}
	size := int64(0)
	if w.seen != nil {
		if c, _, err := publiclog.Open(w.seen, w.keys...); err == nil {
			size = c.N
		}
	}
	now, err := publiclog.Follow(w.seen, offered, func(t publiclog.Tile) ([]byte, error) { return w.get(ctx, t.Path()) }, w.keys...)
	if errors.Is(err, publiclog.ErrBehind) {
		return 0, w.wait(offered, err)
	}
	if err != nil {
		return 0, err
	}
	w.behind = time.Time{}
	if w.Mirror != "" {
		if err := w.mirror(ctx, size, now.N); err != nil {
			return 0, err
		}
	}
	if now.N > size || w.seen == nil {
		if err := w.remember(now.N, offered); err != nil {
			return 0, err
		}
	}
	if w.signer == nil || signedBy(lines, w.signer.Vkey()) {
		return now.N, nil
	}
	return now.N, w.cosign(ctx, publiclog.Join(text, append(lines, w.signer.Line(text, time.Now()))...))
}

// signedBy says whether a signature line of a note is of that witness.
func signedBy(lines []string, vkey string) bool {
	v, err := publiclog.NewWitness(vkey)
	if err != nil {
		return false
	}
	for _, l := range lines {
		if strings.HasPrefix(l, "— "+v.Name()+" ") {
			return true
		}
	}
	return false
}

// wait bears with a log that shows less than was seen, and after some time does not.
func (w *witness) wait(offered []byte, why error) error {
	if w.behind.IsZero() {
		w.behind = time.Now()
	}
	if time.Since(w.behind) < w.Patience {
		return why
	}
	return &publiclog.Misconduct{
		What: publiclog.Rollback, Why: fmt.Sprintf("%v, for %v by now", why, time.Since(w.behind).Round(time.Second)), Seen: string(w.seen), Offered: string(offered),
	}
}

func (w *witness) remember(size int64, note []byte) error {
	body, err := json.MarshalIndent(witnessState{Log: w.log, Size: size, At: time.Now().UTC(), Note: string(note)}, "", "  ")
	if err == nil {
		err = node.WriteSecret(w.State, append(body, '\n'))
	}
	if err != nil {
		return fmt.Errorf("--state: %w", err)
	}
	w.seen = note
	return nil
}

func (w *witness) cosign(ctx context.Context, note []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.log+"/cosignatures", bytes.NewReader(note))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	_, err = w.answer(r)
	return err
}

func (w *witness) get(ctx context.Context, path string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.log+"/"+path, nil)
	if err != nil {
		return nil, err
	}
	return w.answer(r)
}

// answerMost bounds what is read of one answer: a bundle of the longest leaves.
const answerMost = 17 << 20

func (w *witness) answer(r *http.Request) ([]byte, error) {
	answer, err := w.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, answerMost))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s %.200s", r.Method, r.URL, answer.Status, bytes.TrimSpace(body))
	}
	return body, err
}

// mirror copies what the log has got since. Tiles of hashes are checked by their tree when
// they are used; bundles are checked against them here.
func (w *witness) mirror(ctx context.Context, from, to int64) error {
	if _, err := os.Stat(filepath.Join(w.Mirror, "tile")); errors.Is(err, fs.ErrNotExist) {
		from = 0
	}
	for _, t := range publiclog.Tiles(from, to) {
		body, err := w.get(ctx, t.Path())
		if err != nil {
			return err
		}
		if t.Level == publiclog.Entries {
			hashes, err := w.get(ctx, publiclog.Tile{N: t.N, W: t.W}.Path())
			if err != nil {
				return err
			}
			if err := publiclog.CheckBundle(body, hashes, t.W); err != nil {
				return fmt.Errorf("%s: %w", t.Path(), err)
			}
		}
		if err := writePublic(filepath.Join(w.Mirror, filepath.FromSlash(t.Path())), body); err != nil {
			return fmt.Errorf("--mirror: %w", err)
		}
	}
	return nil
}

// accuse writes down what was found, for others to see.
func (w *witness) accuse(found *publiclog.Misconduct) error {
	body, err := json.MarshalIndent(found, "", "  ")
	if err != nil {
		return err
	}
	path := fmt.Sprintf("%s.evidence-%s.json", strings.TrimSuffix(w.State, ".json"), engine.InstantOf(time.Now()).Time().Format("20060102T150405.000"))
	if err := writeNew(path, append(body, '\n')); err != nil {
		return errors.Join(found, err)
	}
	return fmt.Errorf("%w\nboth signed checkpoints are in %s: show them to the log's keeper, other witnesses and the press", found, path)
}
