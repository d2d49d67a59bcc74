package web

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"terang/engine"
	"terang/engine/publiclog"
	"terang/engine/publiclog/keeper"
)

// logRoutes are the public log: everything that a stranger needs to check it, and the place
// where witnesses leave their cosignatures. None of it asks who comes.
func (s *Server) logRoutes(rt *routes) {
	rt.public("GET /api/v1/log/checkpoint", s.logged(s.serveCheckpoint))
	rt.public("GET /api/v1/log/checkpoint/cosigned", s.logged(s.serveCosigned))
	rt.public("GET /api/v1/log/tile/{path...}", s.logged(s.serveTile))
	rt.public("GET /api/v1/log/keys", s.logged(s.serveLogKeys))
	rt.public("GET /api/v1/log/receipt/{index}", s.logged(s.serveLogReceipt))
	rt.public("POST /api/v1/log/cosignatures", s.logged(s.serveCosign))
}

// How long caches may keep what: a tile never changes, a partial one is replaced by a wider
// one, and what does not exist yet will soon.
const (
	cacheCheckpoint = "public, max-age=1, s-maxage=1"
	cacheTile       = "public, max-age=31536000, immutable"
	cachePartial    = "public, max-age=3600"
)

// logged answers for a node that keeps the log. Pages of anybody may read it.
func (s *Server) logged(h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return forStrangers(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		err := error(engine.ErrAbsent)
		if s.publicLog != nil {
			err = h(w, r)
		}
		switch {
		case err == nil:
		case errors.Is(err, engine.ErrAbsent):
			writeError(w, r, codeNotFound, "")
		case errors.Is(err, keeper.ErrNoCheckpoint):
			writeError(w, r, codeBadData, "checkpoint")
		case errors.Is(err, keeper.ErrNoWitness):
			writeError(w, r, codeForbidden, "witness")
		default:
			s.fail(w, r, err)
		}
	})
}

func writeBytes(w http.ResponseWriter, kind, cache string, body []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", cache)
	_, _ = w.Write(body)
	return nil
}

func (s *Server) serveCheckpoint(w http.ResponseWriter, r *http.Request) error {
	signed, err := s.publicLog.Checkpoint(r.Context())
	if err != nil {
		return err
	}
	return writeBytes(w, "text/plain; charset=utf-8", cacheCheckpoint, signed)
}

// serveCosigned answers with the newest checkpoint that enough witnesses have cosigned.
func (s *Server) serveCosigned(w http.ResponseWriter, r *http.Request) error {
	least, ok := whole(r.URL.Query().Get("witnesses"), 1, 1000)
	if !ok {
		writeError(w, r, engine.BadFrame, "witnesses")
		return nil
	}
	signed, err := s.publicLog.Witnessed(r.Context(), max(1, least))
	if err != nil {
		return err
	}
	return writeBytes(w, "text/plain; charset=utf-8", cacheCheckpoint, signed)
}

func (s *Server) serveTile(w http.ResponseWriter, r *http.Request) error {
	t, ok := publiclog.ParsePath("tile/" + r.PathValue("path"))
	if !ok {
		return engine.ErrAbsent
	}
	body, err := s.publicLog.Tile(r.Context(), t)
	if err != nil {
		return err
	}
	cache := cacheTile
	if t.W < publiclog.Width {
		cache = cachePartial
	}
	return writeBytes(w, "application/octet-stream", cache, body)
}

// logKeysJSON is what a reader has to trust, or to compare with what was printed elsewhere.
type logKeysJSON struct {
	Keys      []logKeyJSON  `json:"keys"`
	Witnesses []witnessJSON `json:"witnesses"`
}

type logKeyJSON struct {
	Vkey    string `json:"vkey"`
	Retired bool   `json:"retired,omitempty"`
}

type witnessJSON struct {
	Vkey string `json:"vkey"`
	Size int64  `json:"size,omitempty"` // of the newest checkpoint that it has cosigned
	At   string `json:"at,omitempty"`
}

func (s *Server) serveLogKeys(w http.ResponseWriter, r *http.Request) error {
	out := logKeysJSON{Keys: []logKeyJSON{}, Witnesses: []witnessJSON{}}
	for _, k := range s.publicLog.Keys() {
		out.Keys = append(out.Keys, logKeyJSON(k))
	}
	_, vkeys, err := keeper.Witnesses(r.Context(), s.register)
	if err != nil {
		return err
	}
	signed, err := s.publicLog.Cosignatures(r.Context())
	if err != nil {
		return err
	}
	for _, v := range vkeys {
		one := witnessJSON{Vkey: v}
		for _, c := range signed {
			if c.Vkey == v {
				one.Size, one.At = c.Size, engine.InstantOf(c.At).String()
			}
		}
		out.Witnesses = append(out.Witnesses, one)
	}
	w.Header().Set("Cache-Control", cacheCheckpoint)
	writeJSON(w, http.StatusOK, out)
	return nil
}

// serveLogReceipt answers with a leaf, its inclusion proof and a checkpoint.
func (s *Server) serveLogReceipt(w http.ResponseWriter, r *http.Request) error {
	index, err := strconv.ParseInt(r.PathValue("index"), 10, 64)
	if err != nil {
		writeError(w, r, engine.BadFrame, "index")
		return nil //nolint:nilerr // it is answered
	}
	receipt, err := s.publicLog.Receipt(r.Context(), index)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", cacheCheckpoint)
	writeJSON(w, http.StatusOK, receipt)
	return nil
}

// serveCosign takes a checkpoint that a witness has signed: the body is the whole note. It
// answers with the signature lines that were taken, as C2SP tlog-witness does.
func (s *Server) serveCosign(w http.ResponseWriter, r *http.Request) error {
	if ok, _ := s.limits.Allow(r.Context(), "cosign/"+s.neighbourhood(r), cosigns, s.hall.Now()); !ok {
		writeError(w, r, engine.RateLimited, "")
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16<<10))
	if err != nil {
		writeError(w, r, codeTooLarge, "body")
		return nil //nolint:nilerr // it is answered
	}
	taken, err := s.publicLog.Cosign(r.Context(), body)
	if err != nil {
		return err
	}
	var lines []byte
	for _, c := range taken {
		lines = append(lines, c.Line...)
	}
	return writeBytes(w, "text/plain; charset=utf-8", "no-store", lines)
}

// cosigns bound how often an address may leave cosignatures: a witness comes every few seconds.
var cosigns = engine.Limit{Burst: 60, Every: time.Second}
