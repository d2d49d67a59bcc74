package web

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"terang/engine"
)

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// mediaType is what a Content-Type names, whatever its case and parameters; "" if it is none.
func mediaType(contentType string) string {
	t, _, _ := mime.ParseMediaType(contentType)
	return t
}

// readJSON reads a request's body; unknown fields are ignored, as the protocol grows by
// adding. It answers itself when the body is not what it should be.
func readJSON(w http.ResponseWriter, r *http.Request, most int64, v any) bool {
	if ct := r.Header.Get("Content-Type"); ct != "" && mediaType(ct) != "application/json" {
		writeError(w, r, engine.BadFrame, "content-type")
		return false
	}
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	err := body.Decode(v)
	if err == nil {
		if _, err = body.Token(); errors.Is(err, io.EOF) {
			return true
		}
	}
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		writeError(w, r, codeTooLarge, "body")
		return false
	}
	writeError(w, r, engine.BadFrame, "body")
	return false
}
