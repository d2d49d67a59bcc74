package web

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"terang/engine"
	"terang/scoring"
)

var regexpLinks = regexp.MustCompile(` (href|src|data-state)="([^"#?][^"]*)"`)

func frames(t *testing.T, base, board string) []frozenFrame {
	t.Helper()
	res, body := get(t, base+"/api/v1/boards/"+board+"/frozen")
	var list struct{ Frozen []frozenFrame }
	if err := json.Unmarshal([]byte(body), &list); err != nil || res.StatusCode != 200 {
		t.Fatalf("%d %s: %v", res.StatusCode, body, err)
	}
	return list.Frozen
}

// A board that was frozen stays readable as it was, whatever is decided later: closing its
// last sitting freezes it, an annulment changes what stands, and neither state is lost.
func TestAFrozenBoardStaysAtItsAddress(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 3, 1)
	p, server := boardPages(t, h)
	p.frozen = &filedFrames{dir: t.TempDir()}
	keep := func(at *BoardPages) {
		t.Helper()
		if err := at.KeepFrozen(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	keep(p)
	if got := frames(t, server.URL, "uji"); len(got) != 0 {
		t.Fatalf("before the sitting is closed: %v", got)
	}
	h.answer(0, 1, "a")
	h.event(engine.SittingStream+"uji.s1", engine.Event{Kind: engine.SittingClosed})
	h.tick()
	keep(p)
	keep(p) // again has no effect
	first := frames(t, server.URL, "uji")
	if len(first) != 1 || first[0].Rescored != 0 {
		t.Fatalf("frozen states: %v", first)
	}
	address := fmt.Sprintf("/api/v1/boards/uji/frozen/%d", first[0].Epoch)
	res, was := get(t, server.URL+address)
	if res.StatusCode != 200 || res.Header.Get("Cache-Control") != immutable || !strings.Contains(was, `"final":true`) || !strings.Contains(was, `"total":5`) {
		t.Fatalf("%d %v %s", res.StatusCode, res.Header, was)
	}
	h.pos += 5
	h.Rescore(&scoring.Rescoring{Epoch: h.pos, Rescored: scoring.Rescored{Version: 1, Why: "wrong_key", At: h.now}})
	h.tick()
	keep(p)
	house, base, _ := openHouse(t, server.URL, t.TempDir())
	follows(t, house, h, "uji")
	eventually(t, "a board server has both states", func() bool { return len(frames(t, base, "uji")) == 2 })
	for name, at := range map[string]string{"exam server": server.URL, "board server": base} {
		both := frames(t, at, "uji")
		if len(both) != 2 || both[0] != first[0] || both[1].Rescored != 1 {
			t.Errorf("%s: %v", name, both)
		}
		if _, now := get(t, at+address); now != was {
			t.Errorf("%s: the first state is not what it was:\n%s\n%s", name, now, was)
		}
		page := fmt.Sprintf("/papan/uji/beku/%d", first[0].Epoch)
		if res, body := get(t, at+page); res.StatusCode != 200 || !strings.Contains(body, `data-was="true"`) || !strings.Contains(body, `href="/papan/uji"`) {
			t.Errorf("%s, %s: %d", name, page, res.StatusCode)
		}
		if _, body := get(t, at+"/papan/uji"); !strings.Contains(body, page) {
			t.Errorf("%s: the board does not lead to its earlier state", name)
		}
		for _, path := range []string{"/api/v1/boards/uji/frozen/99", "/api/v1/boards/uji/frozen/x", "/api/v1/boards/nobody/frozen", "/papan/uji/beku/99"} {
			if res, _ := get(t, at+path); res.StatusCode != 404 {
				t.Errorf("%s, %s: %d", name, path, res.StatusCode)
			}
		}
	}
}

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		out[strings.TrimPrefix(path, dir+"/")] = string(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The same boards give the same files, from a journal's fold and over the wire; every file
// is in the manifest, every link of every page leads to a file, and what is there no longer
// is taken away.
func TestBoardsAreWrittenAsTheSameFilesByEverybody(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 700, 1)
	_, server := boardPages(t, h)
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	write := func(out string, from bool) map[string]string {
		t.Helper()
		files, err := NewBoardFiles(out, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if from {
			err = files.From(t.Context(), at, http.DefaultClient, t.TempDir())
		} else {
			files.Add("uji", h.Boards)
		}
		if err == nil {
			err = files.Write(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		return tree(t, out)
	}
	one, two := t.TempDir(), t.TempDir()
	a, b := write(one, true), write(two, false)
	for name := range a {
		if a[name] != b[name] {
			t.Errorf("%s differs", name)
		}
		if name != sumsName && !strings.Contains(a[sumsName], "  "+name+"\n") {
			t.Errorf("%s is not in the manifest", name)
		}
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		for _, link := range regexpLinks.FindAllStringSubmatch(a[name], -1) {
			to := filepath.Join(filepath.Dir(name), filepath.FromSlash(link[2]))
			if _, there := a[to]; !there && !strings.HasPrefix(link[2], "#") {
				t.Errorf("%s: %s leads nowhere", name, link[2])
			}
		}
	}
	if len(a) != len(b) || a["papan/uji/hal-2.html"] == "" || a["en/papan/uji.sitting.s1/index.html"] == "" || a["papan/uji/state.json"] == "" {
		t.Errorf("%d and %d files: %v", len(a), len(b), slices.Collect(func(yield func(string) bool) {
			for name := range a {
				if !yield(name) {
					return
				}
			}
		}))
	}
	stale := filepath.Join(one, "papan", "uji", "hal-9.html")
	if err := os.WriteFile(stale, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sums, err := os.OpenFile(filepath.Join(one, sumsName), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(sums, "%064x  papan/uji/hal-9.html\n", 0)
	_ = sums.Close()
	if c := write(one, true); len(c) != len(a) || c[sumsName] != a[sumsName] {
		t.Error("a second export is not the same as the first")
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "surat.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewBoardFiles(other, nil, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a folder that holds something else was taken")
	}
}
