package web

import (
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"terang/engine"
	"terang/scoring"
)

// published builds an exam that has said all of itself: two versions of its formations, a
// calendar, a released list, and an objection.
func published(t *testing.T) *house {
	t.Helper()
	own, err := url.Parse("http://ujian.example.go.id")
	if err != nil {
		t.Fatal(err)
	}
	h := build(t, built{policy: takesObjections, url: own, logged: true})
	one, two := h.committee()
	h.publishes(one, two, "formations", formationsV1, "SK Wali Kota 12")
	h.publishes(one, two, "formations", strings.Replace(formationsV1, "Dinas Arsip,general,4", "Dinas Arsip,general,5", 1), "tambahan formasi")
	h.publishes(one, two, "calendar", calendarV1, "SK Wali Kota 13")
	p := h.answered(5)
	h.over()
	if status, _ := h.returned(p.number).files("data", "", "Nama saya salah eja."); status != http.StatusOK {
		t.Fatal("no objection was filed: ", status)
	}
	for _, act := range []string{"/freeze", "/release"} {
		ask := body{"op": "0197a3c4-5b6d-7e8f-9a0b-0000000000" + map[string]string{"/freeze": "01", "/release": "02"}[act], "reason": "pleno"}
		if act == "/freeze" {
			ask["despite"] = true
		}
		id := one.proposes(resultsPath+act, ask)
		if status, got := two.approves(id); status != http.StatusOK {
			t.Fatalf("%s: %d %v", act, status, got)
		}
	}
	return h
}

// timeless leaves out what only says when an answer was given.
func timeless(t *testing.T, text string) map[string]any {
	v := decoded(t, text)
	delete(v, "at")
	if exams, ok := v["exams"].([]any); ok {
		for _, one := range exams {
			delete(one.(map[string]any), "at")
		}
	}
	return v
}

// What an exam says of itself is at a board server as at the exam's own: the same answers for
// programs, the same bytes, pages in both languages that lead nowhere else, and all of it
// without the exam's server, and from another board server.
func TestABoardServerShowsWhatAnExamSaysOfItself(t *testing.T) {
	t.Parallel()
	h := published(t)
	dir := t.TempDir()
	complete := func(house *BoardHouse) func() bool {
		return func() bool {
			heard := house.feed.opened()
			l := house.feed.listOf(examCode)
			return house.feed.knows("kriteria", examCode) && house.feed.knows("sanggahan", examCode) && heard.figures.Own != "" && l != nil && l.List != ""
		}
	}
	house, base, stop := openHouse(t, h.http.URL, dir)
	eventually(t, "all of it is here", complete(house))
	second, further, stopSecond := openHouse(t, base, t.TempDir())
	eventually(t, "all of it is at a board server that follows this one", complete(second))
	answers := []string{
		"/api/v1/criteria", "/api/v1/criteria/" + examCode, "/api/v1/criteria/" + examCode + "/formations", "/api/v1/criteria/" + examCode + "/formations?version=1",
		"/api/v1/criteria/" + examCode + "/formations?q=arsip&limit=1", "/api/v1/criteria/" + examCode + "/calendar", "/api/v1/objections", "/api/v1/objections/" + examCode,
	}
	bytes := []string{"formations.csv", "formations.csv?versi=1", "calendar.csv", "calendar.ics", rulesFile}
	want := map[string]any{}
	same := func(where, at string) {
		t.Helper()
		for _, path := range answers {
			res, got := get(t, at+path)
			if res.StatusCode != http.StatusOK || !reflect.DeepEqual(timeless(t, got), want[path]) {
				t.Errorf("%s, %s: %d %s\nthe exam's server has %v", where, path, res.StatusCode, got, want[path])
			}
			if kept := res.Header.Get("Cache-Control"); kept != publicCache || res.Header.Get("ETag") == "" {
				t.Errorf("%s, %s: Cache-Control %q", where, path, kept)
			}
		}
		for _, file := range bytes {
			if res, got := get(t, at+"/kriteria/"+examCode+"/"+file); res.StatusCode != http.StatusOK || got != want[file] {
				t.Errorf("%s, %s: %d %s", where, file, res.StatusCode, got)
			}
		}
		for _, path := range []string{"/kriteria/lain", "/api/v1/criteria/lain", "/sanggahan/lain", "/api/v1/objections/lain", "/kriteria/" + examCode + "/criteria.csv", "/kriteria/" + examCode + "/versi/formations-3", "/kriteria/" + examCode + "/versi/x"} {
			if res, _ := get(t, at+path, "Accept", "text/html"); res.StatusCode != http.StatusNotFound {
				t.Errorf("%s, %s: %d", where, path, res.StatusCode)
			}
		}
	}
	for _, path := range answers {
		_, text := get(t, h.http.URL+path)
		want[path] = timeless(t, text)
	}
	for _, file := range bytes {
		_, text := get(t, h.http.URL+"/kriteria/"+examCode+"/"+file)
		want[file] = text
	}
	same("board server", base)
	same("board server of a board server", further)
	stopSecond()
	stop()
	from := h.http.URL
	h.stop()
	_, base, _ = openHouse(t, from, dir)
	same("without the exam's server", base)

	rules, err := scoring.ByName("skd-2024")
	h.must(err)
	for path, has := range map[string][]string{
		"/kriteria":                                             {`href="/kriteria/` + examCode + `"`, "/kriteria?lang=en"},
		"/kriteria/" + examCode:                                 {rules.Hash(), "Arsiparis Ahli Pertama", "tambahan formasi", "Masa sanggah nilai", `href="/kriteria/` + examCode + `/versi/formations-2"`, `href="/kriteria/` + examCode + `?lang=en"`},
		"/kriteria/" + examCode + "?lang=en":                    {`lang="en"`, `href="/kriteria/` + examCode + `/versi/formations-2?lang=en"`, `href="/hasil?lang=en"`},
		"/kriteria/" + examCode + "?cari=arsip":                 {"Arsiparis Ahli Pertama"},
		"/kriteria/" + examCode + "?cari=%3Cblink%3E":           {"&lt;blink&gt;"},
		"/kriteria/" + examCode + "/versi/formations-2":         {"SHA-256", "tambahan formasi", "<td>4</td><td>5</td>"},
		"/kriteria/" + examCode + "/versi/formations-1?lang=en": {`lang="en"`},
		"/sanggahan":                          {`href="/sanggahan/` + examCode + `"`, `href="/hasil-saya"`},
		"/sanggahan/" + examCode:              {"WIB", `href="/api/v1/objections/` + examCode + `"`},
		"/sanggahan/" + examCode + "?lang=en": {`lang="en"`, `href="/sanggahan/` + examCode + `?lang=id"`},
		"/hasil-saya":                         {`href="http://ujian.example.go.id/hasil-saya"`, "ujian.example.go.id</b>"},
		"/hasil-saya?lang=en":                 {`href="http://ujian.example.go.id/hasil-saya?lang=en"`},
		"/hasil/" + examCode:                  {`href="/kriteria/` + examCode + `"`, `href="/sanggahan/` + examCode + `"`},
		"/papan":                              {`href="/kriteria"`},
	} {
		res, html := get(t, base+path, "Accept", "text/html")
		if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != publicCache {
			t.Errorf("%s: %d %v", path, res.StatusCode, res.Header)
		}
		for _, text := range has {
			if !strings.Contains(html, text) {
				t.Errorf("%s lacks %q", path, text)
			}
		}
		for _, secret := range []string{"ketua", "wakil", "salah eja", "<blink>", "<form method=\"post\"", `name="birth"`} {
			if strings.Contains(html, secret) {
				t.Errorf("%s has %q", path, secret)
			}
		}
	}
	for _, path := range []string{"/kriteria", "/kriteria/" + examCode, "/kriteria/" + examCode + "/versi/formations-2", "/sanggahan", "/sanggahan/" + examCode, "/hasil-saya"} {
		for _, lang := range []string{"", "?lang=en"} {
			_, html := get(t, base+path+lang, "Accept", "text/html")
			for _, link := range hrefs.FindAllStringSubmatch(html, -1) {
				if strings.HasPrefix(link[1], "/") {
					if res, _ := get(t, base+strings.ReplaceAll(link[1], "&amp;", "&"), "Accept", "text/html"); res.StatusCode >= http.StatusBadRequest {
						t.Errorf("%s leads to %s: %d", path+lang, link[1], res.StatusCode)
					}
				}
			}
		}
	}
}

// Files that were written from a journal are those that a board server's are: lists, criteria,
// objections and the public log, of which every link leads to a file.
func TestFilesOfAJournalAreThoseOfItsServer(t *testing.T) {
	t.Parallel()
	h := published(t)
	h.grows()
	write := func(fill func(*BoardFiles)) string {
		out := t.TempDir()
		own, err := url.Parse("http://ujian.example.go.id")
		h.must(err)
		files, err := NewBoardFiles(out, own, slog.New(slog.DiscardHandler))
		h.must(err)
		fill(files)
		h.must(files.Write(h.Context()))
		return out
	}
	server := write(func(b *BoardFiles) {
		from, err := url.Parse(h.http.URL)
		h.must(err)
		h.must(b.From(h.Context(), from, http.DefaultClient, t.TempDir()))
	})
	journal := write(func(b *BoardFiles) {
		h.must(b.Recorded(h.Context(), Record{Journal: h.journal, Register: h.db, Archive: h.db, Exams: []*Exam{h.exam}, Now: h.hall.Now()}))
	})
	clock := regexp.MustCompile(`"(at|seq)":("[^"]*"|\d+)|\d{4}-\d\d-\d\d[ T]\d\d[.:]\d\d[0-9.:]*|data-seq="\d+"`)
	all := func(dir string) map[string]string {
		files := map[string]string{}
		h.must(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || d.Name() == sumsName {
				return err
			}
			body, err := os.ReadFile(path)
			name, _ := filepath.Rel(dir, path)
			files[filepath.ToSlash(name)] = clock.ReplaceAllString(string(body), "")
			return err
		}))
		return files
	}
	one, two := all(server), all(journal)
	for name, body := range one {
		if other, ok := two[name]; !ok {
			t.Errorf("%s is written from the server alone", name)
		} else if other != body {
			t.Errorf("%s differs:\n%.1500s\nfrom the journal:\n%.1500s", name, body, other)
		}
	}
	for name := range two {
		if _, ok := one[name]; !ok {
			t.Errorf("%s is written from the journal alone", name)
		}
	}
	for _, must := range []string{
		"hasil/" + examCode + ".json", "hasil/" + examCode + "/arsiparis/index.html", "en/hasil/index.html", "kriteria/" + examCode + ".json", "kriteria/" + examCode + "/formations-1.csv",
		"kriteria/" + examCode + "/" + rulesFile, "kriteria/" + examCode + "/versi/formations-2.html", "en/kriteria/" + examCode + "/index.html", "kriteria/" + examCode + "/calendar.ics",
		"sanggahan/" + examCode + ".json", "en/sanggahan/index.html", "hasil-saya/index.html", "api/v1/log/checkpoint", "api/v1/log/tile/0/000.p/" + logWidth(t, one),
	} {
		if _, ok := two[must]; !ok {
			t.Errorf("%s is not written", must)
		}
	}
	linksLead(t, journal)
}

// logWidth is how many leaves the mirrored log has, as paths have it.
func logWidth(t *testing.T, files map[string]string) string {
	t.Helper()
	lines := strings.SplitN(files["api/v1/log/checkpoint"], "\n", 3)
	if len(lines) < 3 {
		t.Fatal("no checkpoint was written")
	}
	return lines[1]
}

// linksLead reports every link of a written page that leads to no file.
func linksLead(t *testing.T, dir string) {
	t.Helper()
	looked := 0
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".html" {
			return err
		}
		body, err := os.ReadFile(name)
		for _, link := range hrefs.FindAllStringSubmatch(string(body), -1) {
			to, _, _ := strings.Cut(link[1], "#")
			if to == "" || strings.HasPrefix(to, "http://") {
				continue
			}
			looked++
			if _, err := os.Stat(filepath.Join(filepath.Dir(name), filepath.FromSlash(to))); err != nil {
				t.Errorf("%s leads to %s, which is not written", strings.TrimPrefix(name, dir), link[1])
			}
		}
		return err
	})
	if err != nil || looked < 50 {
		t.Errorf("%d links: %v", looked, err)
	}
}

// A source that says one hash and hands out other bytes is not shown; one that knows no open
// pages has none, and its boards go on.
func TestABoardServerShowsNoBytesThatArentThoseThatArePublished(t *testing.T) {
	t.Parallel()
	rules, err := scoring.ByName("skd-2024")
	if err != nil {
		t.Fatal(err)
	}
	table := "code,agency,post,education,placement,need,seats\na,b,c,d,e,general,1\n"
	told := func(ruleHash, hash, part string) string {
		return `{"exam":"uji","title":"Uji","rule_set_sha256":"` + ruleHash + `","criteria":[],"versions":[{"part":"` + part + `","version":1,"from":"2031-08-01T00:00:00.000Z","sha256":"` + hash + `"}]}`
	}
	for name, c := range map[string]struct {
		book, list string
		fault      string
	}{
		"as published":       {told(rules.Hash(), engine.SHA256(table), "formations"), `{"exams":[{"exam":"uji"}]}`, ""},
		"another table":      {told(rules.Hash(), engine.SHA256(table+"x"), "formations"), `{"exams":[{"exam":"uji"}]}`, "SHA-256"},
		"other rules":        {told(engine.SHA256("x"), engine.SHA256(table), "formations"), `{"exams":[{"exam":"uji"}]}`, "rule set"},
		"no such part":       {told(rules.Hash(), engine.SHA256(table), "../x"), `{"exams":[{"exam":"uji"}]}`, "no such part"},
		"a path for a code":  {told(rules.Hash(), engine.SHA256(table), "formations"), `{"exams":[{"exam":"../x"}]}`, "not a code"},
		"an earlier program": {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := map[string]string{
					"/api/v1/boards": `{"boards":[]}`, "/api/v1/results": `{"results":[],"own":"javascript:alert(1)"}`, "/api/v1/criteria": c.list, "/api/v1/criteria/uji": c.book,
					"/kriteria/uji/formations.csv": table, "/kriteria/uji/rules.json": string(rules.Bytes()),
				}[r.URL.Path]
				if answer == "" {
					w.WriteHeader(http.StatusNotFound)
				}
				_, _ = w.Write([]byte(answer))
			}))
			defer source.Close()
			files, err := takenFrom(t, source.URL)
			switch {
			case c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)):
				t.Errorf("taken, or refused for something else: %v", err)
			case c.fault == "" && err != nil:
				t.Error(err)
			}
			if files.own != "" {
				t.Errorf("people are sent to %s", files.own)
			}
			if got := len(files.books); c.fault == "" && c.list != "" && got != 1 {
				t.Errorf("%d exams are open", got)
			}
		})
	}
}
