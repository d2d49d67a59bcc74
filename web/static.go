package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"path"
	"strings"
	"sync"
)

// staticFile is a file of web/static as it is sent: without what only people read, and
// compressed when it is asked for first. Many commands open a node and show no page.
type staticFile struct {
	kind  string
	plain []byte
	small func() []byte // gzip; nil where it saves nothing
}

var contentTypes = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json",
}

func newStaticFile(name string, body []byte) *staticFile {
	f := &staticFile{kind: contentTypes[path.Ext(name)], plain: body}
	if ext := path.Ext(name); (ext == ".js" || ext == ".css") && !strings.HasPrefix(name, "vendor/") {
		f.plain = lean(body)
	}
	f.small = sync.OnceValue(func() []byte { return squeeze(f.plain, gzip.BestCompression) })
	return f
}

// lean drops indentation, empty lines and comments that have lines of their own. Our
// scripts hold no text that runs over several lines, which this would change.
func lean(body []byte) []byte {
	out := make([]byte, 0, len(body))
	comment := false
	for line := range bytes.Lines(body) {
		line = bytes.TrimSpace(line)
		switch {
		case comment:
			comment = !bytes.HasSuffix(line, []byte("*/"))
		case len(line) == 0 || bytes.HasPrefix(line, []byte("//")):
		case bytes.HasPrefix(line, []byte("/*")) && !bytes.Contains(line, []byte("*/")):
			comment = true
		case bytes.HasPrefix(line, []byte("/*")) && bytes.HasSuffix(line, []byte("*/")) && bytes.Count(line, []byte("*/")) == 1:
		default:
			out = append(append(out, line...), '\n')
		}
	}
	return out
}

func (p *pages) serveStatic(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	f, ok := p.files[name]
	if !ok || strings.HasSuffix(name, ".test.js") {
		writeError(w, r, codeNotFound, "")
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Vary", "Accept-Encoding")
	if r.PathValue("hash") == p.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body := f.plain
	if takesGzip(r) {
		if small := f.small(); small != nil {
			h.Set("Content-Encoding", "gzip")
			body = small
		}
	}
	_, _ = w.Write(body)
}
