package web

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
	"terang/scoring"
)

// A released list is at a board server what it is at the exam server: the whole of a
// formation, one number, and what stands when the source is gone.
func TestReleasedListsAreMirrored(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	ketua, wakil := h.committee()
	h.answered(5)
	h.over()
	dir := t.TempDir()
	_, base, stop := openHouse(t, h.http.URL, dir)
	eventually(t, "it is known that nothing is released", func() bool {
		_, body := get(t, base+"/api/v1/results")
		return len(decoded(t, body)["results"].([]any)) == 1
	})
	if res, _ := get(t, base+"/api/v1/results/"+examCode); res.StatusCode != 404 {
		t.Errorf("a list before the release: %d", res.StatusCode)
	}
	stop()
	for _, act := range []string{"/freeze", "/release"} {
		id := ketua.proposes(resultsPath+act, body{"op": uuid.NewString(), "reason": "pleno"})
		if status, got := wakil.approves(id); status != 200 {
			t.Fatalf("%s: %d %v", act, status, got)
		}
	}
	_, base, stop = openHouse(t, h.http.URL, dir)
	eventually(t, "the list is here", func() bool {
		res, _ := get(t, base+"/api/v1/results/"+examCode)
		return res.StatusCode == 200
	})
	paths := []string{"", "/" + examCode, "/" + examCode + "?formation=arsiparis", "/" + examCode + "?formation=arsiparis&offset=3&limit=2",
		"/" + examCode + "?number=" + number(1, 1), "/" + examCode + "?number=99"}
	was := make(map[string]any)
	for _, path := range paths {
		_, want := get(t, h.http.URL+"/api/v1/results"+path)
		_, got := get(t, base+"/api/v1/results"+path)
		if was[path] = decoded(t, want); !reflect.DeepEqual(decoded(t, got), was[path]) {
			t.Errorf("%s: %s\nthe exam server has %s", path, got, want)
		}
	}
	stop()
	gone, err := url.Parse(h.http.URL)
	h.must(err)
	h.stop()
	_, base, _ = openHouse(t, gone.String(), dir)
	for _, path := range paths {
		if _, got := get(t, base+"/api/v1/results"+path); !reflect.DeepEqual(decoded(t, got), was[path]) {
			t.Errorf("without the exam server, %s: %s", path, got)
		}
	}
	files, err := NewBoardFiles(t.TempDir(), nil, slog.New(slog.DiscardHandler))
	h.must(err)
	if err := files.From(t.Context(), gone, http.DefaultClient, t.TempDir()); err == nil {
		t.Error("files were read from a server that is gone")
	}
}

// released builds an exam whose list is released, as the policy shows people.
func released(t *testing.T, names string) *house {
	t.Helper()
	h := build(t, built{policy: func(p *engine.Policy) { p.Names = names }})
	h.answered(5)
	h.over()
	h.releases()
	return h
}

// releases lets the committee fix the list and publish it, whatever is open.
func (h *house) releases() {
	h.Helper()
	h.releasesBy(h.committee())
}

func (h *house) releasesBy(ketua, wakil *browser) {
	h.Helper()
	for _, act := range []string{"/freeze", "/release"} {
		ask := body{"op": uuid.NewString(), "reason": "pleno"}
		if act == "/freeze" {
			ask["despite"] = true
		}
		id := ketua.proposes(resultsPath+act, ask)
		if status, got := wakil.approves(id); status != 200 {
			h.Fatalf("%s: %d %v", act, status, got)
		}
	}
}

// A released list is read by people at a board server, as at the exam server: exams,
// formations, rows and criteria, and by number; without the exam server too, and as files.
func TestReleasedListsAreReadAtABoardServerAndAsFiles(t *testing.T) {
	t.Parallel()
	h := released(t, "masked")
	dir := t.TempDir()
	house, _, stop := openHouse(t, h.http.URL, dir)
	eventually(t, "the list is here", func() bool { l := house.feed.listOf(examCode); return l != nil && l.List != "" })
	eventually(t, "open pages are here", func() bool { return house.feed.knows("kriteria", examCode) && house.feed.knows("sanggahan", examCode) })
	stop()
	files, err := NewBoardFiles(t.TempDir(), nil, slog.New(slog.DiscardHandler))
	h.must(err)
	from, err := url.Parse(h.http.URL)
	h.must(err)
	h.must(files.From(t.Context(), from, http.DefaultClient, t.TempDir()))
	h.must(files.Write(t.Context()))
	rules, err := scoring.ByName("skd-2024")
	h.must(err)
	h.stop()
	_, base, _ := openHouse(t, h.http.URL, dir)
	for _, c := range []struct {
		path, file string
		has        []string
		lack       []string
	}{
		{"/papan", "papan/index.html", []string{"Hasil seleksi"}, nil},
		{"/hasil", "hasil/index.html", []string{"Final", `<html lang="id"`, "/hasil?lang=en", `href="/hasil-saya"`, `href="/kriteria"`}, nil},
		{"/hasil?lang=en", "en/hasil/index.html", []string{`<html lang="en"`, "Final"}, nil},
		{"/hasil/" + examCode, "hasil/" + examCode + "/index.html", []string{"formasi=arsiparis", rules.Hash(), "/api/v1/results/" + examCode, `href="/sanggahan/` + examCode, `href="/kriteria/` + examCode}, []string{number(1, 1)}},
		{"/hasil/" + examCode + "?formasi=arsiparis", "hasil/" + examCode + "/arsiparis/index.html", []string{number(1, 1), number(1, 2), `<th scope="row">`, "formasi=arsiparis&amp;lang=en"}, nil},
		{"/hasil/" + examCode + "?formasi=arsiparis&lang=en", "en/hasil/" + examCode + "/arsiparis/index.html", []string{number(1, 1), `lang="en"`}, nil},
		{"/hasil/" + examCode + "?cari=" + number(1, 2), "", []string{`<h2 id="own-h">` + number(1, 2)}, nil},
		{"/hasil/" + examCode + "?cari=%3Cblink%3E", "", []string{"&lt;blink&gt;"}, []string{"<blink>"}},
	} {
		res, html := get(t, base+c.path, "Accept", "text/html")
		if res.StatusCode != 200 || res.Header.Get("Cache-Control") != publicCache {
			t.Errorf("%s: %d %v", c.path, res.StatusCode, res.Header)
		}
		for _, want := range c.has {
			if !strings.Contains(html, want) {
				t.Errorf("%s lacks %q", c.path, want)
			}
		}
		for _, no := range c.lack {
			if strings.Contains(html, no) {
				t.Errorf("%s has %q", c.path, no)
			}
		}
		if c.file == "" {
			continue
		}
		written, err := os.ReadFile(filepath.Join(files.out, filepath.FromSlash(c.file)))
		if err != nil {
			t.Error(err)
			continue
		}
		if strings.Contains(c.path, "formasi") && !strings.Contains(string(written), number(1, 2)) {
			t.Errorf("%s lacks %s", c.file, number(1, 2))
		}
		for _, link := range hrefs.FindAllStringSubmatch(string(written), -1) {
			at := path.Join(path.Dir(c.file), link[1])
			if strings.HasPrefix(link[1], "#") {
				continue
			}
			if _, err := os.Stat(filepath.Join(files.out, filepath.FromSlash(at))); err != nil {
				t.Errorf("%s leads to %s, which is not written", c.file, link[1])
			}
		}
	}
	for path, want := range map[string]int{"/hasil/nobody": 404, "/hasil/" + examCode + "?formasi=nobody": 200, "/hasil/..%2f..": 404} {
		if res, html := get(t, base+path, "Accept", "text/html"); res.StatusCode != want || !strings.Contains(html, "<h1") {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

var hrefs = regexp.MustCompile(` (?:href|src)="([^"]*)"`)

// Where only the ends of numbers are public, a board server cannot know whose a whole number
// is, and says by what it found a row.
func TestARowFoundByTheEndOfItsNumberSaysSo(t *testing.T) {
	t.Parallel()
	h := released(t, "masked_number")
	house, base, _ := openHouse(t, h.http.URL, t.TempDir())
	eventually(t, "the list is here", func() bool { l := house.feed.listOf(examCode); return l != nil && l.List != "" })
	if _, html := get(t, base+"/hasil/"+examCode+"?cari="+number(1, 2)); !strings.Contains(html, `<h2 id="own-h">…`) || !strings.Contains(html, "akhir nomor") {
		t.Errorf("%s is not found by its end", number(1, 2))
	}
	if _, html := get(t, base+"/hasil/"+examCode+"?cari=7"); strings.Contains(html, `<h2 id="own-h">…`) {
		t.Error("a digit found somebody")
	}
}

// What a source calls an exam or a formation becomes the name of a file: anything but a
// code is refused.
func TestASourceCannotNameFilesElsewhere(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{`{"results":[{"exam":"../../x","list":"1"}]}`, `{"results":[{"exam":"a","list":"1"}]}`} {
		source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/api/v1/boards":
				_, _ = io.WriteString(w, `{"boards":[]}`)
			case "/api/v1/results":
				_, _ = io.WriteString(w, bad)
			default:
				_, _ = io.WriteString(w, `{"exam":"a","list":"1","formations":[{"code":"../../y"}]}`)
			}
		}))
		defer source.Close()
		if _, err := takenFrom(t, source.URL); err == nil || !strings.Contains(err.Error(), "not a code") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func decoded(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// takenFrom reads what a source says of itself, for files of boards.
func takenFrom(t *testing.T, source string) (*BoardFiles, error) {
	t.Helper()
	at, err := url.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	files, err := NewBoardFiles(t.TempDir(), nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return files, files.From(t.Context(), at, http.DefaultClient, t.TempDir())
}
