package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"terang/engine"
)

// openHouse serves the boards of a source until stop, as terang board does.
func openHouse(t *testing.T, source, dir string, refuse ...netip.Prefix) (h *BoardHouse, base string, stop func()) {
	t.Helper()
	at, err := url.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	h, err = NewBoardHouse(HouseParts{Source: at, Client: &http.Client{}, Dir: dir, Refuse: refuse, Log: slog.New(slog.DiscardHandler), Registry: registry})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	server := httptest.NewUnstartedServer(h.Handler(registry))
	server.Config.ConnContext = WithConn
	server.Start()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the house ended with %v", err)
		}
		h.Close()
		server.Close()
	}
	t.Cleanup(stop)
	return h, server.URL, stop
}

// patience is how long a test waits for what must come: no machine is so busy. Nothing waits for
// it to pass but a test that fails.
const patience = time.Minute

// eventually asks until it is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	// More and more seldom: what looks for it needs the processor that it waits for, and on a
	// busy machine nothing else would run.
	pause := 2 * time.Millisecond
	for until := time.Now().Add(patience); !so(); pause = min(2*pause, 100*time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%s: not so after %v", what, patience)
		}
		again := time.NewTimer(pause)
		<-again.C
	}
}

func follows(t *testing.T, house *BoardHouse, h *hallOfBoards, id string) {
	t.Helper()
	eventually(t, "the house shows "+id, func() bool {
		x := house.boards.exam(id)
		want, _ := h.View(id)
		if x == nil {
			return false
		}
		got, ok := x.View(id)
		return ok && got.Seq == want.Seq && got.At == want.At
	})
}

// The promise of the board server: it shows the exam's own bytes under the same positions,
// and when it was killed its watchers go on where they were.
func TestWatchersOfAKilledBoardServerResumeWithoutAHole(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 5, 1)
	_, source := boardPages(t, h)
	dir := t.TempDir()
	house, base, kill := openHouse(t, source.URL, dir)
	follows(t, house, h, "uji")
	follows(t, house, h, "uji.sitting.s1")
	for _, path := range []string{"/api/v1/boards/uji?limit=2000", "/api/v1/boards/uji.sitting.s1?offset=2&limit=2", "/api/v1/boards/uji?q=000002"} {
		_, want := get(t, source.URL+path)
		if res, got := get(t, base+path); got != want || res.StatusCode != 200 {
			t.Errorf("%s: %s, the source has %s", path, got, want)
		}
	}
	s := openStream(t, base+"/api/v1/boards/uji/events", "")
	rows := readerRows(t, nil, s.next())
	h.answer(1, 1, "a")
	h.tick()
	last := s.next()
	rows = readerRows(t, rows, last)
	kill()
	for q := range 30 {
		h.answer(q%5, 1+q, "a")
		h.tick()
	}
	house, base, _ = openHouse(t, source.URL, dir)
	follows(t, house, h, "uji")
	s = openStream(t, base+"/api/v1/boards/uji/events", last.id)
	missed := s.next()
	if missed.name != "frame" || !strings.Contains(missed.data, fmt.Sprintf(`"from":%s,`, strings.TrimPrefix(last.id, "1."))) {
		t.Fatalf("what was missed: %+v", missed)
	}
	if rows = readerRows(t, rows, missed); !maps.Equal(rows, totals(t, source.URL+"/api/v1/boards/uji")) {
		t.Errorf("the reader has %v, the exam %v", rows, totals(t, source.URL+"/api/v1/boards/uji"))
	}
	// A reader of the one may go on at the other.
	if e := openStream(t, source.URL+"/api/v1/boards/uji/events", missed.id).next(); e.name != "" {
		t.Errorf("at the exam server nothing is missing, got %+v", e)
	}
}

// Without the exam server the last state stays, also after a restart, and a file that was
// being written when the machine stopped is read as far as it is whole.
func TestWithoutItsSourceABoardServerShowsTheLastState(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 3, 1)
	_, source := boardPages(t, h)
	dir := t.TempDir()
	house, _, kill := openHouse(t, source.URL, dir)
	follows(t, house, h, "uji")
	want := totals(t, source.URL+"/api/v1/boards/uji")
	kill()
	source.Close()
	f, err := os.OpenFile(filepath.Join(dir, "uji.events"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("id: 1.99\nevent: frame\ndata: {\"from\":"); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	house, base, stop := openHouse(t, source.URL, dir)
	if got := totals(t, base+"/api/v1/boards/uji"); !maps.Equal(got, want) {
		t.Errorf("it shows %v, the last state was %v", got, want)
	}
	eventually(t, "the fault is told", func() bool { _, err := house.feed.Heard(); return err != nil })
	res, body := get(t, base+"/readyz")
	if res.StatusCode != 200 || !strings.Contains(body, `"fault"`) {
		t.Errorf("readyz: %d %s", res.StatusCode, body)
	}
	stop()
	if _, err := NewBoardHouse(HouseParts{Source: &url.URL{Scheme: "http", Host: "lain.test"}, Dir: dir, Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry()}); err == nil {
		t.Error("the boards of one server were taken for another's")
	}
}

// Two board servers of one folder would write into each other's events: the second is told
// who has it.
func TestAFolderIsOfOneBoardServer(t *testing.T) {
	_, source := boardPages(t, newHallOfBoards(t, engine.LiveInstant, 1, 1))
	dir := t.TempDir()
	_, _, stop := openHouse(t, source.URL, dir)
	at, err := url.Parse(source.URL)
	if err != nil {
		t.Fatal(err)
	}
	parts := func() HouseParts {
		return HouseParts{Source: at, Client: &http.Client{}, Dir: dir, Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry()}
	}
	if _, err := NewBoardHouse(parts()); err == nil || !strings.Contains(err.Error(), fmt.Sprint("process ", os.Getpid())) {
		t.Errorf("a second one in the same folder: %v", err)
	}
	stop()
	if _, err := NewBoardHouse(parts()); err != nil {
		t.Errorf("after the first has ended: %v", err)
	}
}

func TestALargeBoardIsShownWholeByABoardServer(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 2300, 1)
	_, source := boardPages(t, h)
	house, base, _ := openHouse(t, source.URL, t.TempDir())
	follows(t, house, h, "uji")
	h.answer(2222, 1, "a")
	h.answer(77, 1, "a")
	h.tick()
	follows(t, house, h, "uji")
	for _, path := range []string{"/api/v1/boards/uji?limit=2000", "/api/v1/boards/uji?offset=2000&limit=2000", "/api/v1/boards/uji?q=002222"} {
		_, want := get(t, source.URL+path)
		if _, got := get(t, base+path); got != want {
			t.Errorf("%s: %.200s, the source has %.200s", path, got, want)
		}
	}
}

func TestABoardServerIsForCachesAndStrangers(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveSettled, 3, 1)
	_, source := boardPages(t, h)
	house, base, _ := openHouse(t, source.URL, t.TempDir())
	follows(t, house, h, "uji")
	for _, path := range []string{"/papan", "/papan/uji", "/papan/uji?lang=en", "/papan/uji?cari=000001", "/api/v1/boards", "/api/v1/boards/uji"} {
		res, body := get(t, base+path, "Cookie", "lang=en; exam=a.b", "Accept", "text/html")
		head := res.Header
		if res.StatusCode != 200 || head.Get("Cache-Control") != publicCache || head.Get("Access-Control-Allow-Origin") != "*" || len(head.Values("Set-Cookie")) > 0 {
			t.Errorf("%s: %d %v", path, res.StatusCode, head)
		}
		if english := strings.Contains(body, `<html lang="en"`); english != strings.Contains(path, "lang=en") {
			t.Errorf("%s: its language does not follow the address", path)
		}
		eventually(t, path+" is known again, unless it has just changed", func() bool {
			now, _ := get(t, base+path)
			again, _ := get(t, base+path, "If-None-Match", now.Header.Get("ETag"))
			return again.StatusCode == 304
		})
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		req, err := http.NewRequestWithContext(t.Context(), method, base+"/api/v1/boards", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d %v", method, res.StatusCode, res.Header)
		}
	}
	_, refusing, _ := openHouse(t, source.URL, t.TempDir(), netip.MustParsePrefix("127.0.0.0/8"))
	eventually(t, "candidates' computers are refused", func() bool {
		res, _ := get(t, refusing+"/api/v1/boards/uji")
		return res.StatusCode == 403
	})
}

// The public log is mirrored when the source has one: no checkpoint is shown before all its
// tiles are here.
func TestAPublicLogIsMirrored(t *testing.T) {
	h := newHallOfBoards(t, engine.LiveInstant, 1, 1)
	pages, boards := boardPages(t, h)
	_ = pages
	const size = 256*256 + 300
	asked := make(map[string]int)
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path, ok := strings.CutPrefix(r.URL.Path, "/api/v1/log/"); {
		case !ok:
			http.Redirect(w, r, boards.URL+r.URL.Path, http.StatusTemporaryRedirect)
		case path == "checkpoint":
			fmt.Fprintf(w, "ujian.test/log\n%d\nroot\n\n— ujian.test sig\n", size)
		default:
			asked[path]++
			fmt.Fprint(w, "tile ", path)
		}
	}))
	defer source.Close()
	_, base, _ := openHouse(t, source.URL, t.TempDir())
	eventually(t, "a checkpoint is shown", func() bool {
		res, _ := get(t, base+"/api/v1/log/checkpoint")
		return res.StatusCode == 200
	})
	immutable := "public, max-age=31536000, immutable"
	for path, cache := range map[string]string{
		"tile/0/000": immutable, "tile/0/256": immutable, "tile/entries/255": immutable, "tile/1/000": immutable, "tile/2/000.p/1": "public, max-age=3600",
		"tile/0/257.p/44": "public, max-age=3600", "tile/entries/257.p/44": "public, max-age=3600", "tile/1/001.p/1": "public, max-age=3600", "checkpoint": "public, max-age=1, s-maxage=1",
	} {
		res, body := get(t, base+"/api/v1/log/"+path)
		if res.StatusCode != 200 || res.Header.Get("Cache-Control") != cache || path != "checkpoint" && body != "tile "+path || asked[path] > 1 {
			t.Errorf("%s: %d %v %.40q, asked for %d times", path, res.StatusCode, res.Header, body, asked[path])
		}
	}
	for _, path := range []string{"tile/0/258", "tile/0/..%2fcheckpoint", "tile/9/000", "source", "tile/entries/../../checkpoint"} {
		if res, _ := get(t, base+"/api/v1/log/"+path); res.StatusCode == 200 || res.StatusCode == 404 && res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", path, res.StatusCode, res.Header)
		}
	}
}

// A source that is away for hours is told of once for each thing that is read from it, and
// once more when it goes away again.
func TestASourceThatIsAwayFillsNoLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		f := &Feed{log: slog.New(slog.NewTextHandler(&said, nil))}
		ctx, cancel := context.WithCancel(t.Context())
		asked := 0
		f.again(ctx, time.Second, func(context.Context) error {
			if asked++; asked == 100 {
				cancel()
			}
			if asked == 50 {
				return nil
			}
			return io.ErrUnexpectedEOF
		}, "it cannot be read")
		if n := strings.Count(said.String(), "it cannot be read"); n != 2 || asked != 100 {
			t.Errorf("asked %d times, it was said %d times", asked, n)
		}
	})
}

func TestTileNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "000", 999: "999", 1000: "x001/000", 1234067: "x001/x234/067"} {
		if got := tileNumber(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
