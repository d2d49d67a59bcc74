package witness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	signing "golang.org/x/mod/sumdb/note"

	"terang/cmd/terang/output"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/engine/publiclog"
)

// Watch is one witness's watch over one log. It ends with an error that wraps
// *publiclog.Misconduct when it has found what nobody may do with a log, and has written down
// the evidence.
type Watch struct {
	Log      string        `required:"" help:"The server whose log is watched, or the log's own address." placeholder:"https://HOST"`
	Vkey     []string      `required:"" help:"Public key of the log, from somebody you trust; while a key is replaced, both." sep:"none" placeholder:"NAME+ID+KEY"`
	Key      string        `help:"Key file of the witness, as terang witness key makes it; without it nothing is cosigned." type:"path" placeholder:"FILE"`
	State    string        `default:"witness.json" help:"File that remembers what was seen. Losing it is losing what was witnessed." type:"path"`
	Mirror   string        `help:"Folder to copy the log's tiles into, at the paths at which the log has them." type:"path" placeholder:"DIR"`
	Every    time.Duration `default:"5s" help:"How often to look."`
	Patience time.Duration `default:"1m" help:"For how long the log may show less than was seen, as a node or a cache that lags does."`
	Once     bool          `help:"Look once."`
}

// Witness is a watch that goes on: what it has seen, and by which keys.
type Witness struct {
	watch  *Watch
	log    string // address of the log, without a slash at its end
	client *http.Client
	keys   []signing.Verifier
	signer *publiclog.Cosigner
	seen   []byte    // the newest checkpoint that was checked, nil before the first
	behind time.Time // since when the log shows less than that
}

// Run watches until it is interrupted, or finds what nobody may do with a log.
func (c *Watch) Run(ctx context.Context) error {
	w, err := c.Open()
	if err != nil {
		return err
	}
	told := ""
	for {
		size, err := w.Look(ctx)
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

// Open reads the keys and what was seen before; nothing is asked of the log yet.
func (c *Watch) Open() (*Witness, error) {
	u, err := url.Parse(c.Log)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usage.Errorf("--log %q: write an address as https://ujian.example.go.id", c.Log)
	}
	w := &Witness{watch: c, log: strings.TrimSuffix(c.Log, "/"), client: &http.Client{Timeout: 30 * time.Second}}
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
	var was state
	if err := json.Unmarshal(body, &was); err != nil || was.Note == "" {
		return nil, fmt.Errorf("--state %s holds nothing that was seen (%v): restore it; starting anew forgets what was witnessed", c.State, err)
	}
	w.seen = []byte(was.Note)
	return w, nil
}

// state is the state file.
type state struct {
	Log  string    `json:"log"`
	Size int64     `json:"size"`
	At   time.Time `json:"at"`
	Note string    `json:"note"` // the signed checkpoint that was checked last
}

// Look checks the checkpoint that the log shows now, remembers it, and then cosigns it: a
// witness that dies in between has signed nothing that it does not remember.
func (w *Witness) Look(ctx context.Context) (int64, error) {
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
	if w.watch.Mirror != "" {
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
func (w *Witness) wait(offered []byte, why error) error {
	if w.behind.IsZero() {
		w.behind = time.Now()
	}
	if time.Since(w.behind) < w.watch.Patience {
		return why
	}
	return &publiclog.Misconduct{
		What: publiclog.Rollback, Why: fmt.Sprintf("%v, for %v by now", why, time.Since(w.behind).Round(time.Second)), Seen: string(w.seen), Offered: string(offered),
	}
}

func (w *Witness) remember(size int64, note []byte) error {
	body, err := json.MarshalIndent(state{Log: w.log, Size: size, At: time.Now().UTC(), Note: string(note)}, "", "  ")
	if err == nil {
		err = output.Private(w.watch.State, output.Bytes(append(body, '\n')))
	}
	if err != nil {
		return fmt.Errorf("--state: %w", err)
	}
	w.seen = note
	return nil
}

// accuse writes down what was found, for others to see.
func (w *Witness) accuse(found *publiclog.Misconduct) error {
	body, err := json.MarshalIndent(found, "", "  ")
	if err != nil {
		return err
	}
	path := fmt.Sprintf("%s.evidence-%s.json", strings.TrimSuffix(w.watch.State, ".json"), engine.InstantOf(time.Now()).Time().Format("20060102T150405.000"))
	if err := output.New(path, append(body, '\n')); err != nil {
		return errors.Join(found, err)
	}
	return fmt.Errorf("%w\nboth signed checkpoints are in %s: show them to the log's keeper, other witnesses and the press", found, path)
}
