package web

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"terang/engine"
	"terang/engine/publiclog"
	"terang/proctor"
)

// What nobody may read of an exam (UU 27/2022 and 14/2008; names by the exam's policy), as
// it stands in the marked exam. A need is marked by its formation.
const (
	markedName   = "Zzmarkana"
	markedBirth  = "1987-06-05"
	markedNIK    = "3578120506870001"
	markedNeed   = "zzkhusus"
	markedReason = "Zzalasannya"
	markedAid    = "low_vision"
)

// markedExam has a value that is found nowhere else wherever something is nobody's business.
func markedExam(t *testing.T) *house {
	t.Helper()
	h := build(t, built{
		logged: true,
		policy: func(p *engine.Policy) { p.Names, p.Live = "number", engine.LiveInstant },
		people: func(people []proctor.Person, formations []proctor.Formation) ([]proctor.Person, []proctor.Formation) {
			for i := range people {
				people[i].Name = fmt.Sprint(markedName, i)
				people[i].BirthDate, people[i].Photo = markedBirth, markedNIK+".jpg"
			}
			people[1].Formation, people[1].Accommodation, people[1].ExtraMinutes = "pos-"+markedNeed, markedAid, 37
			return people, append(formations, proctor.Formation{Code: "pos-" + markedNeed, Post: "Analis " + markedNeed, Need: "disability", Seats: 1})
		},
	})
	pages := h.allWorking(number(1, 1), number(1, 2))
	for _, p := range pages {
		for q := range 5 {
			p.answered(q+1, "a")
		}
	}
	h.act(proctor.Request{Action: engine.ActMessage, Numbers: []string{number(1, 2)}, Text: markedReason})
	h.followed()
	h.folds.Tick(h.hall.Now())
	return h
}

// secrets are what is looked for: the marks, all item ids, and the words of all items.
func (h *house) secrets() []string {
	h.Helper()
	out := []string{markedName, markedBirth, markedNIK, markedNeed, markedReason, markedAid}
	bank, err := sampleBank()
	h.must(err)
	for _, q := range bank.Questions() {
		out = append(out, q.ID)
	}
	for _, p := range h.people.All(examCode) {
		out = append(out, p.Attempt)
	}
	return out
}

// everywhere calls a public route with all that its address may name, and gives what was
// answered. A part of an address that nobody has thought of here fails the test: say what
// it may be, and a new route is searched too.
func everywhere(t *testing.T, handler http.Handler, route Route, values map[string][]string, found func(path, body string)) {
	t.Helper()
	method, pattern, ok := strings.Cut(route.Pattern, " ")
	if !ok {
		method, pattern = http.MethodGet, route.Pattern
	}
	paths := []string{strings.ReplaceAll(pattern, "{$}", "")}
	for _, hole := range hole.FindAllString(paths[0], -1) {
		name := strings.Trim(hole, "{}.")
		if len(values[name]) == 0 {
			t.Fatalf("%s: what may %s be? Add it to this test's values", route.Pattern, hole)
		}
		var next []string
		for _, p := range paths {
			for _, v := range values[name] {
				next = append(next, strings.Replace(p, hole, v, 1))
			}
		}
		paths = next
	}
	queries := []string{"", "?lang=en", "?q=" + number(1, 2), "?cari=" + number(1, 2), "?cari=" + markedName + "1", "?q=" + markedName + "1", "?number=" + number(1, 2),
		"?formasi=arsiparis", "?formation=arsiparis", "?hal=2", "?offset=1&limit=2", "?after=1.1", "?ujian=" + examCode, "?papan=" + examCode}
	for _, path := range paths {
		for _, query := range queries {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			var content *strings.Reader
			if content = strings.NewReader(""); method == http.MethodPost {
				content = strings.NewReader(`{"number":"` + number(1, 2) + `"}`)
			}
			req := httptest.NewRequest(method, path+query, content).WithContext(ctx)
			req.Header.Set("Accept", "text/html, application/json")
			w := &hasty{httptest.NewRecorder(), cancel}
			handler.ServeHTTP(w, req)
			found(method+" "+path+query, fmt.Sprint(w.Header(), w.Body.String()))
			cancel()
		}
	}
}

// The privacy of everything public: whatever the routes for everybody answer, here and at a
// board server, and whatever is written as files.
func TestNothingPublicTellsWhatIsNobodysBusiness(t *testing.T) {
	t.Parallel()
	h := markedExam(t)
	h.over()
	for _, room := range []string{room1, room2, room3} { // the boards are frozen
		h.must(proctor.NewLog(h.db, h.hall.Writer()).Append(h.Context(), engine.SittingStream+room, engine.Event{Kind: engine.SittingClosed, At: h.hall.Now(), By: "setup"}))
	}
	h.followed()
	h.folds.Tick(h.hall.Now())
	h.must(h.server.KeepFrozen(h.Context()))
	h.releases()
	h.followed()
	h.grows()
	leaves, logBytes := h.everyLeaf()
	for _, kind := range []string{"attempt", "board", "minutes", "roster"} {
		if !strings.Contains(string(logBytes), `"kind":"`+kind+`"`) {
			t.Errorf("the log has no leaf of kind %s: it was not looked at", kind)
		}
	}
	inLog := []string{"checkpoint", "tile/0/000", "tile/entries/000"}
	for _, tile := range publiclog.Tiles(0, int64(len(leaves))) {
		inLog = append(inLog, strings.TrimPrefix(tile.Path(), "tile/"), tile.Path())
	}
	indexes := make([]string, len(leaves))
	for i := range indexes {
		indexes[i] = fmt.Sprint(i)
	}

	secrets, numbers, reads := h.secrets(), 0, 0
	tiles, receipts := map[string]bool{}, map[string]bool{} // from where they were really read
	lists := map[string]int{}                               // pages of the released list that show the number
	attempts := make(map[string]bool)
	for _, p := range h.people.All(examCode) {
		attempts[p.Attempt] = true
	}
	look := func(where string) func(path, body string) {
		return func(path, body string) {
			reads++
			if strings.Contains(body, number(1, 2)) {
				numbers++
			}
			if at := strings.Index(path, "/hasil/"); at >= 0 && strings.Contains(path[at:], "arsiparis") && strings.Contains(body, number(1, 1)) {
				lists[where]++
			}
			// The log names attempts, and nobody's number beside them.
			ofLog := strings.Contains(path, "/log/") || strings.HasSuffix(path, "/keys")
			if ofLog && strings.Contains(body, number(1, 2)) {
				t.Errorf("%s, %s tells a number", where, path)
			}
			tiles[where] = tiles[where] || ofLog && strings.Contains(body, `"kind":"attempt"`)
			receipts[where] = receipts[where] || ofLog && strings.Contains(body, "terang/receipt/1")
			// What somebody typed a page gives back to them; that is how a search that found nothing says so.
			if u, err := url.Parse(path[strings.Index(path, "/"):]); err == nil && !strings.HasPrefix(u.Path, "/api/") {
				for _, typed := range u.Query() {
					body = strings.ReplaceAll(body, typed[0], "")
				}
			}
			// Of whom a list says how they fared, it names the formation that they applied for:
			// what a committee calls it, is what it announces.
			announces := strings.Contains(path, "/hasil") || strings.Contains(path, "/api/v1/results") || strings.HasSuffix(path, sumsName)
			for _, s := range secrets {
				if ofLog && attempts[s] || announces && s == markedNeed {
					continue
				}
				if at := strings.Index(body, s); at >= 0 {
					t.Errorf("%s, %s tells %q: …%s…", where, path, s, body[max(0, at-60):min(len(body), at+60)])
					return
				}
			}
		}
	}
	boards := []string{}
	epochs := []string{}
	for _, b := range h.exam.Boards.List() {
		boards = append(boards, b.ID)
		v, _ := h.exam.Boards.View(b.ID)
		if e := fmt.Sprint(v.Epoch); !slices.Contains(epochs, e) {
			epochs = append(epochs, e)
		}
	}
	attempt := h.people.Find(number(1, 2), examCode)[0].Attempt
	// A formation that tells the need has no board, also for whoever knows its name.
	values := map[string][]string{
		"id": append([]string{room1, attempt, examCode + ".formation.pos-" + markedNeed}, boards...), "exam": {examCode}, "epoch": epochs, "attempt": {attempt},
		"hash": {h.server.pages.hash}, "file": {"board.css", "formations.csv", "calendar.ics", rulesFile}, "number": {number(1, 2)}, "sitting": {room1, "s1"}, "site": {"barat"}, "formation": {"arsiparis"},
		"path": inLog, "part": {"formations", "criteria", "calendar", "formations-1", "calendar.ics", "formations.csv"}, "index": indexes, "n": {"0", "1"}, "version": {"0", "1"},
	}
	for _, route := range h.server.routes().table {
		if route.For == ForAll {
			everywhere(t, h.server.Handler(), route, values, func(path, body string) {
				// whoever asks for a formation by name has said it themselves
				look("exam server")(path, strings.ReplaceAll(body, examCode+".formation.pos-"+markedNeed, ""))
			})
		}
	}
	house, base, _ := openHouse(t, h.http.URL, t.TempDir())
	eventually(t, "the board server has the released list", func() bool { l := house.feed.listOf(examCode); return l != nil && l.List != "" })
	eventually(t, "the board server has what the exam says of itself", func() bool { return house.feed.knows("kriteria", examCode) && house.feed.knows("sanggahan", examCode) })
	eventually(t, "the board server has every board, frozen", func() bool {
		for _, id := range boards {
			x := house.boards.exam(id)
			if x == nil {
				return false
			}
			if v, ok := x.View(id); !ok || !v.Final || !house.boards.isKept(id, v.Epoch) {
				return false
			}
		}
		return true
	})
	for _, route := range house.routes(h.server.registry).table {
		everywhere(t, house.secured(house.routes(h.server.registry).mux), route, values, look("board server"))
	}
	out := t.TempDir()
	files, err := NewBoardFiles(out, nil, slog.New(slog.DiscardHandler))
	h.must(err)
	from, err := url.Parse(base)
	h.must(err)
	h.must(files.From(h.Context(), from, http.DefaultClient, t.TempDir()))
	h.must(files.Write(h.Context()))
	h.must(filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		look("files")("GET "+strings.TrimPrefix(path, out), string(body))
		return err
	}))
	for _, where := range []string{"exam server", "board server", "files"} {
		if lists[where] == 0 {
			t.Errorf("%s: no page of the released list was read", where)
		}
		if !tiles[where] || where == "exam server" && !receipts[where] {
			t.Errorf("%s: no tile of the public log was read, or no receipt", where)
		}
	}
	if numbers < 10 || reads < 200 {
		t.Errorf("only %d of %d answers show the number that everybody may see: the boards were not looked at", numbers, reads)
	}
}
