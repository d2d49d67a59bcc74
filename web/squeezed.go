package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// squeezed are bodies as gzip, by what they show. A body that many ask for is compressed
// once, and not for each of them; it has to be the very bytes from before, which whoever
// made them keeps for as long as they are right. The zero value is ready.
type squeezed struct {
	mu     sync.Mutex
	bodies map[string]*squeezedBody
}

type squeezedBody struct {
	once  sync.Once
	plain []byte
	small []byte // nil where it saves nothing
}

// squeezeFrom is from how many bytes on it is worth the work: what fits into a packet is
// one already.
const squeezeFrom = 1400

// get returns the body as gzip, nil if it is to be sent as it is.
func (s *squeezed) get(key string, plain []byte) []byte {
	if len(plain) < squeezeFrom {
		return nil
	}
	s.mu.Lock()
	b := s.bodies[key]
	if b == nil || len(b.plain) != len(plain) || &b.plain[0] != &plain[0] {
		if s.bodies == nil || len(s.bodies) >= mostRendered {
			s.bodies = make(map[string]*squeezedBody)
		}
		b = &squeezedBody{plain: plain}
		s.bodies[key] = b
	}
	s.mu.Unlock()
	b.once.Do(func() { b.small = squeeze(plain, gzip.BestSpeed) })
	return b.small
}

// squeeze is the body as gzip, nil if that is not shorter.
func squeeze(plain []byte, level int) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		return nil
	}
	if _, err := z.Write(plain); err != nil || z.Close() != nil || out.Len() >= len(plain) {
		return nil
	}
	return out.Bytes()
}

func takesGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}

// ownTag is the entity tag of the compressed body: other bytes have another (RFC 9110, 8.8.3).
func ownTag(etag string) string { return strings.TrimSuffix(etag, `"`) + `-gz"` }

// writeTagged answers with the body, or that the reader has it already.
func writeTagged(w http.ResponseWriter, r *http.Request, etag, kind string, body []byte) {
	writeSqueezed(w, r, etag, kind, body, nil)
}

// writeSqueezed is writeTagged for who takes gzip too. small gives the body so, or nil; it
// is not called where nobody wants it.
func writeSqueezed(w http.ResponseWriter, r *http.Request, etag, kind string, body []byte, small func() []byte) {
	h := w.Header()
	var packed []byte
	if small != nil {
		h.Add("Vary", "Accept-Encoding")
		if takesGzip(r) {
			packed = small()
		}
	}
	plainTag := etag
	if packed != nil {
		etag = ownTag(etag)
	}
	h.Set("ETag", etag)
	if knows(r, plainTag) || small != nil && knows(r, ownTag(plainTag)) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", kind)
	if packed != nil {
		h.Set("Content-Encoding", "gzip")
		body = packed
	}
	h.Set("Content-Length", strconv.Itoa(len(body))) // otherwise it is sent in chunks
	_, _ = w.Write(body)
}

// knows says whether whoever asks has what the entity tag means.
func knows(r *http.Request, etag string) bool {
	for known := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if known = strings.TrimSpace(known); known == "*" || strings.TrimPrefix(known, "W/") == etag {
			return true
		}
	}
	return false
}
