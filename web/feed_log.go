package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The public log is mirrored as it stands: a checkpoint, and the tiles that its size needs
// (C2SP tlog-tiles). Whoever reads it checks it; a mirror can hide nothing that a
// consistency proof does not show.

const (
	logEvery     = 2 * time.Second
	logPath      = "api/v1/log/"
	logTileWidth = 256
	logMost      = int64(1) << 40 // leaves; a size beyond is no log
)

var errNoLog = errors.New("the source has no public log")

// logTiles are the paths of the tiles that a log of this size has, entries first: a reader
// who finds a checkpoint finds all of them.
func logTiles(size int64) []string {
	var out []string
	add := func(level string, n int64) {
		for i := range n / logTileWidth {
			out = append(out, "tile/"+level+"/"+tileNumber(i))
		}
		if w := n % logTileWidth; w > 0 {
			out = append(out, fmt.Sprintf("tile/%s/%s.p/%d", level, tileNumber(n/logTileWidth), w))
		}
	}
	add("entries", size)
	for level := 0; size > 0; level++ {
		add(strconv.Itoa(level), size)
		size /= logTileWidth
	}
	return out
}

// tileNumber writes 1234067 as x001/x234/067.
func tileNumber(n int64) string {
	out := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		out = fmt.Sprintf("x%03d/%s", n%1000, out)
	}
	return out
}

// logFile is what may be asked for below the log's address.
var logFile = regexp.MustCompile(`^(checkpoint|tile/(entries|[0-9]{1,2})/(x[0-9]{3}/){0,4}[0-9]{3}(\.p/[0-9]{1,3})?)$`)

// checkpointSize reads the size of a checkpoint: its second line.
func checkpointSize(body []byte) (int64, error) {
	lines := bytes.SplitN(body, []byte("\n"), 4)
	if len(lines) < 4 {
		return 0, errors.New("checkpoint: it has no origin, size and root")
	}
	n, err := strconv.ParseInt(string(lines[1]), 10, 64)
	if err != nil || n < 0 || n > logMost {
		return 0, fmt.Errorf("checkpoint: size %q", lines[1])
	}
	return n, nil
}

// mirrorLog is readLog where there may be no log.
func (f *Feed) mirrorLog(ctx context.Context) error {
	if err := f.readLog(ctx); !errors.Is(err, errNoLog) {
		return err
	}
	return nil
}

// readLog fetches the newest checkpoint and the tiles that are not here yet.
func (f *Feed) readLog(ctx context.Context) error {
	checkpoint, err := f.get(ctx, logPath+"checkpoint", nil)
	var no *statusError
	if errors.As(err, &no) && no.status == http.StatusNotFound {
		return errNoLog
	}
	if err != nil {
		return err
	}
	if was, err := os.ReadFile(f.logFile("checkpoint")); err == nil && bytes.Equal(was, checkpoint) {
		return nil
	}
	size, err := checkpointSize(checkpoint)
	if err != nil {
		return err
	}
	for _, tile := range logTiles(size) {
		name := f.logFile(tile)
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		body, err := f.get(ctx, logPath+tile, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", tile, err)
		}
		if err := writeWhole(name, body); err != nil {
			return err
		}
	}
	return writeWhole(f.logFile("checkpoint"), checkpoint)
}

func (f *Feed) logFile(path string) string {
	return filepath.Join(f.folder.dir, "log", filepath.FromSlash(path))
}

// writeWhole puts a file in its place in one step.
func writeWhole(name string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // public
		return err
	}
	if err := os.WriteFile(name+".new", body, 0o644); err != nil { //nolint:gosec // public
		return err
	}
	return os.Rename(name+".new", name)
}

// serveLog answers with a file of the mirrored log.
func (f *Feed) serveLog(w http.ResponseWriter, r *http.Request) {
	path := r.PathValue("path")
	h := w.Header()
	if !logFile.MatchString(path) {
		writeError(w, r, codeNotFound, "path") // no-store: a tile that is not there yet may come
		return
	}
	body, err := os.ReadFile(f.logFile(path))
	if err != nil {
		writeError(w, r, codeNotFound, "path")
		return
	}
	kind := "application/octet-stream"
	switch {
	case path == "checkpoint":
		kind = "text/plain; charset=utf-8"
		h.Set("Cache-Control", "public, max-age=1, s-maxage=1")
	case strings.Contains(path, ".p/"):
		h.Set("Cache-Control", "public, max-age=3600")
	default:
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	writeTagged(w, r, etagOf(body), kind, body)
}

// eachOfLog hands out the log as it was mirrored, the checkpoint last: anybody may check it
// against the source.
func (f *Feed) eachOfLog(_ context.Context, write func(path string, body []byte) error) error {
	checkpoint, err := os.ReadFile(f.logFile("checkpoint"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	size, err := checkpointSize(checkpoint)
	if err != nil {
		return err
	}
	for _, tile := range logTiles(size) {
		body, err := os.ReadFile(f.logFile(tile))
		if err == nil {
			err = write(tile, body)
		}
		if err != nil {
			return err
		}
	}
	return write("checkpoint", checkpoint)
}
