package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"terang/cmd/terang/output"
	"terang/engine/publiclog"
)

func (w *Witness) cosign(ctx context.Context, note []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.log+"/cosignatures", bytes.NewReader(note))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	_, err = w.answer(r)
	return err
}

func (w *Witness) get(ctx context.Context, path string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.log+"/"+path, nil)
	if err != nil {
		return nil, err
	}
	return w.answer(r)
}

// answerMost bounds what is read of one answer: a bundle of the longest leaves.
const answerMost = 17 << 20

func (w *Witness) answer(r *http.Request) ([]byte, error) {
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
func (w *Witness) mirror(ctx context.Context, from, to int64) error {
	if _, err := os.Stat(filepath.Join(w.watch.Mirror, "tile")); errors.Is(err, fs.ErrNotExist) {
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
		if err := output.Mirrored(filepath.Join(w.watch.Mirror, filepath.FromSlash(t.Path())), body); err != nil {
			return fmt.Errorf("--mirror: %w", err)
		}
	}
	return nil
}
