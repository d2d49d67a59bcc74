package web

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"

	"terang/engine"
)

// What a board server is asked for by many it sends compressed to who takes that, and the
// entity tags of the two do not mean each other's bytes.
func TestABoardServerSendsLittle(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 200, 1)
	_, source := boardPages(t, h)
	house, base, _ := openHouse(t, source.URL, t.TempDir())
	follows(t, house, h, "uji")
	for _, path := range []string{"/api/v1/boards/uji", "/papan/uji", "/papan"} {
		plain, body := get(t, base+path, "Accept-Encoding", "identity")
		packed, small := get(t, base+path, "Accept-Encoding", "br, gzip")
		z, err := gzip.NewReader(bytes.NewReader([]byte(small)))
		if err != nil {
			t.Errorf("%s: %v %v", path, packed.Header, err)
			continue
		}
		whole, err := io.ReadAll(z)
		if err != nil || string(whole) != body || 2*len(small) > len(body) {
			t.Errorf("%s: %d bytes are %d when packed, %v", path, len(body), len(small), err)
		}
		for _, res := range []*http.Response{plain, packed} {
			if res.Header.Get("Vary") != "Accept-Encoding" || len(res.TransferEncoding) > 0 || res.Header.Get("Content-Length") == "" {
				t.Errorf("%s: %v", path, res.Header)
			}
		}
		if plain.Header.Get("ETag") == packed.Header.Get("ETag") {
			t.Errorf("%s: two bodies are %s", path, plain.Header.Get("ETag"))
		}
		for _, tag := range []string{plain.Header.Get("ETag"), packed.Header.Get("ETag")} {
			if res, _ := get(t, base+path, "Accept-Encoding", "gzip", "If-None-Match", tag); res.StatusCode != 304 {
				t.Errorf("%s, of which %s is known: %d", path, tag, res.StatusCode)
			}
		}
	}
	if res, _ := get(t, base+"/api/v1/boards/uji?q=000001", "Accept-Encoding", "gzip"); res.Header.Get("Content-Encoding") != "" {
		t.Error("an answer to one reader was compressed")
	}
	if res, _ := get(t, source.URL+"/api/v1/boards/uji", "Accept-Encoding", "gzip"); res.Header.Get("Content-Encoding") != "" {
		t.Error("the exam server compressed what a proxy can")
	}
}

// The same bytes are compressed once, others under the same key anew, and what is kept is bounded.
func TestABodyIsCompressedOnce(t *testing.T) {
	var s squeezed
	body := bytes.Repeat([]byte("papan nilai "), 1000)
	first := s.get("a", body)
	if again := s.get("a", body); &again[0] != &first[0] {
		t.Error("it was compressed twice")
	}
	if next := s.get("a", bytes.Clone(body)); &next[0] == &first[0] {
		t.Error("other bytes were taken for those from before")
	}
	if s.get("short", []byte("{}")) != nil {
		t.Error("a body of one packet was compressed")
	}
	for i := range 3 * mostRendered {
		s.get(strconv.Itoa(i), fmt.Append(bytes.Clone(body), i))
	}
	if len(s.bodies) > mostRendered {
		t.Errorf("%d bodies are kept", len(s.bodies))
	}
}
