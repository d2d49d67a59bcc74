package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

// frozenFrame is a board as it was when it became final: the record that closed its last
// sitting froze it, and every annulment and release after that freezes it anew. Each stays at an
// address of its own, whatever comes later.
type frozenFrame struct {
	Epoch    engine.Pos `json:"epoch"`          // of the record that froze it
	At       string     `json:"at"`             // of the same
	Rescored int        `json:"rescored"`       // how many annulments are in it
	SHA256   string     `json:"sha256"`         // of the bytes
	List     string     `json:"list,omitempty"` // SHA-256 of the released list whose codes are in it
}

// frozenStore keeps frozen boards. A board that never was has none.
type frozenStore interface {
	list(ctx context.Context, board string) ([]frozenFrame, error) // in order of epoch
	body(ctx context.Context, board string, f frozenFrame) ([]byte, error)
	keep(ctx context.Context, board string, f frozenFrame, body []byte) error
	// record tells the journal of a frame that is kept; a second time it has no effect.
	record(ctx context.Context, board string, f frozenFrame, rows int) error
}

// frozenKind is the kind of the register's entries that name the archive's bytes.
const frozenKind = "board"

// archivedFrames are frozen boards in the exams' own database.
type archivedFrames struct {
	register engine.Register
	archive  engine.Archive
	office   *proctor.Office // nil: only read
	now      func() engine.Instant
}

func frozenID(board string, epoch engine.Pos) string {
	return fmt.Sprintf("%s/%020d", board, epoch)
}

func (a *archivedFrames) list(ctx context.Context, board string) ([]frozenFrame, error) {
	var out []frozenFrame
	err := a.register.List(ctx, frozenKind, board+"/", func(e engine.Entry) error {
		var f frozenFrame
		if err := json.Unmarshal(e.Body, &f); err != nil {
			return fmt.Errorf("frozen board %s: %w", e.ID, err)
		}
		out = append(out, f)
		return nil
	})
	return out, err
}

func (a *archivedFrames) body(ctx context.Context, _ string, f frozenFrame) ([]byte, error) {
	var h engine.Hash
	if n, err := hex.Decode(h[:], []byte(f.SHA256)); err != nil || n != len(h) {
		return nil, fmt.Errorf("frozen board of %d: hash %q", f.Epoch, f.SHA256)
	}
	return a.archive.Fetch(ctx, h)
}

func (a *archivedFrames) keep(ctx context.Context, board string, f frozenFrame, body []byte) error {
	if _, err := a.archive.Keep(ctx, body); err != nil {
		return err
	}
	entry, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return a.register.Put(ctx, engine.Entry{Kind: frozenKind, ID: frozenID(board, f.Epoch), Body: entry})
}

// record makes the event from which the public log names the frame. Its operation is the
// board's at that epoch: of two nodes, and of a node that starts again, one makes it.
func (a *archivedFrames) record(ctx context.Context, board string, f frozenFrame, rows int) error {
	if a.office == nil {
		return nil
	}
	return a.office.BoardFrozen(ctx, examOfBoard(board), engine.Event{
		At: a.now(), Act: board, Extra: int64(f.Epoch), Text: f.SHA256, MS: int64(rows),
	})
}

// filedFrames are frozen boards in a folder: BOARD/EPOCH.json beside frames.json.
type filedFrames struct {
	dir string
	mu  sync.Mutex
}

func (d *filedFrames) list(_ context.Context, board string) ([]frozenFrame, error) {
	body, err := os.ReadFile(filepath.Join(d.dir, board, "frames.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []frozenFrame
	return out, json.Unmarshal(body, &out)
}

func (d *filedFrames) file(board string, epoch engine.Pos) string {
	return filepath.Join(d.dir, board, fmt.Sprintf("%d.json", epoch))
}

func (d *filedFrames) body(_ context.Context, board string, f frozenFrame) ([]byte, error) {
	return os.ReadFile(d.file(board, f.Epoch))
}

// record does nothing: whoever keeps frames in a folder has no journal.
func (d *filedFrames) record(context.Context, string, frozenFrame, int) error { return nil }

func (d *filedFrames) keep(ctx context.Context, board string, f frozenFrame, body []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	all, err := d.list(ctx, board)
	if err != nil {
		return err
	}
	if err := writeWhole(d.file(board, f.Epoch), body); err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(o frozenFrame) bool { return o.Epoch == f.Epoch })
	all = append(all, f)
	slices.SortFunc(all, func(a, b frozenFrame) int { return int(a.Epoch - b.Epoch) })
	list, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return writeWhole(filepath.Join(d.dir, board, "frames.json"), list)
}

// KeepFrozen keeps the boards that became final since it was called last. What it keeps is
// decided by records alone: every node keeps the same bytes.
func (p *BoardPages) KeepFrozen(ctx context.Context) error {
	if p.frozen == nil {
		return nil
	}
	for _, x := range p.all() {
		if x.Rehearsal() {
			continue
		}
		for _, b := range x.List() {
			if !b.Final {
				continue
			}
			if err := p.freeze(ctx, x, b.ID); err != nil {
				return fmt.Errorf("frozen board %s: %w", b.ID, err)
			}
		}
	}
	return nil
}

func (p *BoardPages) freeze(ctx context.Context, x Published, id string) error {
	view, ok := x.View(id)
	if !ok || p.isKept(id, view.Epoch) {
		return nil
	}
	known, err := p.frozen.list(ctx, id)
	if err != nil {
		return err
	}
	f := frozenFrame{Epoch: view.Epoch, At: view.At.String(), Rescored: view.Rescored.Version}
	if !view.Decided.Again {
		f.List = view.Decided.List
	}
	if i := slices.IndexFunc(known, func(f frozenFrame) bool { return f.Epoch == view.Epoch }); i >= 0 {
		f = known[i]
	} else {
		body, _ := x.Whole(id)
		if now, ok := x.View(id); !ok || now != view {
			return nil // it changed meanwhile: the next time
		}
		sum := sha256.Sum256(body)
		f.SHA256 = hex.EncodeToString(sum[:])
		if err := p.frozen.keep(ctx, id, f, body); err != nil {
			return err
		}
	}
	if err := p.frozen.record(ctx, id, f, view.Total); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept[id] = view.Epoch
	return nil
}

func (p *BoardPages) isKept(id string, epoch engine.Pos) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	kept, ok := p.kept[id]
	return ok && kept == epoch
}

// serveFrozenList names the frozen states of a board.
func (p *BoardPages) serveFrozenList(w http.ResponseWriter, r *http.Request) {
	x, _ := p.admit(w, r)
	if x == nil {
		return
	}
	frames, err := p.frozenOf(r, r.PathValue("id"))
	if err != nil {
		p.log.Error("frozen boards cannot be read", "board", r.PathValue("id"), "error", err)
		writeError(w, r, codeUnavailable, "")
		return
	}
	body, err := json.Marshal(map[string]any{"frozen": frames})
	if err != nil {
		writeError(w, r, codeUnavailable, "")
		return
	}
	p.write(w, r, etagOf(body), body, nil)
}

func (p *BoardPages) frozenOf(r *http.Request, id string) ([]frozenFrame, error) {
	if p.frozen == nil {
		return []frozenFrame{}, nil
	}
	frames, err := p.frozen.list(r.Context(), id)
	if frames == nil {
		frames = []frozenFrame{}
	}
	return frames, err
}

// frozenBody is the frozen board that an address names, nil if there is none.
func (p *BoardPages) frozenBody(r *http.Request) ([]byte, error) {
	id := r.PathValue("id")
	epoch, err := strconv.ParseInt(r.PathValue("epoch"), 10, 64)
	if err != nil {
		return nil, nil
	}
	frames, err := p.frozenOf(r, id)
	if err != nil {
		return nil, err
	}
	for _, f := range frames {
		if f.Epoch == engine.Pos(epoch) {
			return p.frozen.body(r.Context(), id, f)
		}
	}
	return nil, nil
}

const immutable = "public, max-age=31536000, immutable"

// serveFrozen answers with the bytes that were frozen; they never change.
func (p *BoardPages) serveFrozen(w http.ResponseWriter, r *http.Request) {
	if x, _ := p.admit(w, r); x == nil {
		return
	}
	body, err := p.frozenBody(r)
	switch {
	case err != nil:
		p.log.Error("a frozen board cannot be read", "path", r.URL.Path, "error", err)
		writeError(w, r, codeUnavailable, "")
	case body == nil:
		writeError(w, r, codeNotFound, "epoch")
	default:
		w.Header().Set("Cache-Control", immutable)
		p.write(w, r, etagOf(body), body, nil)
	}
}

// serveFrozenPage shows a frozen board as it was.
func (p *BoardPages) serveFrozenPage(w http.ResponseWriter, r *http.Request) {
	if p.admitPage(w, r) == nil {
		return
	}
	body, err := p.frozenBody(r)
	if err != nil {
		p.log.Error("a frozen board cannot be read", "path", r.URL.Path, "error", err)
		p.faultPage(w, r, codeUnavailable)
		return
	}
	id := r.PathValue("id")
	was := scoring.NewMirror(examOfBoard(id))
	if body == nil || was.Reset(body) != nil {
		p.faultPage(w, r, codeNotFound)
		return
	}
	number, search := pageAsked(r)
	key := fmt.Sprintf("%s/%d", strings.TrimPrefix(r.URL.Path, "/"), number)
	if search != "" {
		key = ""
	}
	p.show(w, r, "board.html", key, func() any { return p.boardPage(r, was, id, number, search, true) })
}

// readFrozen keeps the frozen states of a board that the source has and the store lacks.
// Bytes that are not those that are named are refused.
func (f *Feed) readFrozen(ctx context.Context, board string, store frozenStore) error {
	path := "api/v1/boards/" + board + "/frozen"
	body, err := f.get(ctx, path, nil)
	if err != nil {
		return err
	}
	var list struct{ Frozen []frozenFrame }
	if err := json.Unmarshal(body, &list); err != nil {
		return fmt.Errorf("frozen states of %s: %w", board, err)
	}
	known, err := store.list(ctx, board)
	if err != nil {
		return err
	}
	for _, frame := range list.Frozen {
		if slices.Contains(known, frame) {
			continue
		}
		body, err := f.get(ctx, path+"/"+strconv.FormatInt(int64(frame.Epoch), 10), nil)
		if err != nil {
			return err
		}
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != frame.SHA256 {
			return fmt.Errorf("frozen state %d of %s is not the one that is named: its hash is %x, not %s", frame.Epoch, board, sum, frame.SHA256)
		}
		if err := store.keep(ctx, board, frame, body); err != nil {
			return err
		}
	}
	return nil
}
