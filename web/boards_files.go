package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"terang/scoring"
)

// filePage is how many rows a page has that is written as a file: there is no server that
// finds a number, but there is the browser's own search.
const filePage = 500

// sumsName is the manifest: what sha256sum -c reads.
const sumsName = "SHA256SUMS"

// BoardFiles writes public boards as files that any web host can serve. The same boards
// give the same bytes, wherever and whenever they are written.
type BoardFiles struct {
	pages *BoardPages
	out   string
	sums  map[string]string // path -> SHA-256
	exam  *url.URL          // the exam's server, as people type it; nil: as the source says
	public
}

// public is what a source has beside its boards: a server, or a journal.
type public struct {
	lists      []*heardList
	books      []*book
	objections []*publicObjections
	own        string                                                                      // where people read their own results, "" if nobody has said it
	eachOfLog  func(ctx context.Context, write func(path string, body []byte) error) error // the public log, by the paths that a server has it at; nil: there is none
}

// NewBoardFiles returns a writer into the folder out, which must be empty or hold an
// earlier export. exam is as in HouseParts.
func NewBoardFiles(out string, exam *url.URL, log *slog.Logger) (*BoardFiles, error) {
	pages, err := newPages()
	if err != nil {
		return nil, err
	}
	pages.cookieless = true
	b := &BoardFiles{pages: newBoardPages(pages, log, prometheus.NewRegistry()), out: out, exam: exam, sums: make(map[string]string)}
	b.pages.files, b.pages.results, b.pages.criteria, b.pages.known = true, true, true, b.knows
	return b, b.vacant()
}

// vacant refuses a folder that holds something else.
func (b *BoardFiles) vacant() error {
	entries, err := os.ReadDir(b.out)
	if os.IsNotExist(err) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(b.out, sumsName)); err != nil {
		return fmt.Errorf("%s holds other files and no %s: choose an empty folder", b.out, sumsName)
	}
	return nil
}

// Add adds the boards of an exam; those of a rehearsal are not public, and left out.
func (b *BoardFiles) Add(code string, x Published) {
	if !x.Rehearsal() {
		b.pages.Add(code, x)
	}
}

// From reads all public boards of a server, what it has frozen, and its public log. dir
// keeps them meanwhile.
func (b *BoardFiles) From(ctx context.Context, source *url.URL, client *http.Client, dir string) error {
	feed, err := NewFeed(source, client, dir, b.pages.log, func(code string, m *scoring.Mirror) { b.Add(code, m) })
	if err != nil {
		return err
	}
	if err := feed.Load(ctx); err != nil {
		return err
	}
	b.pages.frozen = &filedFrames{dir: filepath.Join(dir, "frozen")}
	for _, x := range b.pages.all() {
		for _, board := range x.List() {
			if err := feed.readFrozen(ctx, board.ID, b.pages.frozen); err != nil {
				return err
			}
		}
	}
	if err := feed.readResults(ctx); err != nil {
		return err
	}
	if err := feed.readOpen(ctx); err != nil {
		return err
	}
	if err := feed.mirrorLog(ctx); err != nil {
		return err
	}
	heard := feed.opened()
	b.public = public{lists: feed.results(), objections: heard.figures.Objections, own: heard.figures.Own, eachOfLog: feed.eachOfLog}
	for _, one := range heard.books {
		b.books = append(b.books, one.book)
	}
	return feed.folder.close()
}

// Write writes everything, and takes away what an earlier export wrote and this does not.
func (b *BoardFiles) Write(ctx context.Context) error {
	before, err := b.earlier()
	if err != nil {
		return err
	}
	if err := b.assets(); err != nil {
		return err
	}
	for _, lang := range []string{"id", "en"} {
		if err := b.language(ctx, lang); err != nil {
			return err
		}
	}
	if b.eachOfLog != nil {
		if err := b.eachOfLog(ctx, func(path string, body []byte) error { return b.file(logPath+path, body) }); err != nil {
			return fmt.Errorf("public log: %w", err)
		}
	}
	if err := b.results(); err != nil {
		return err
	}
	if err := b.open(ctx); err != nil {
		return err
	}
	index := `<!doctype html><html lang="id"><head><meta charset="utf-8"><link rel="icon" href="static/` + b.pages.pages.hash + `/favicon.svg" type="image/svg+xml"><meta http-equiv="refresh" content="0; url=papan/index.html"><title>Terang</title></head><body><p><a href="papan/index.html">Papan nilai</a></p></body></html>` + "\n"
	if err := b.file("index.html", []byte(index)); err != nil {
		return err
	}
	for _, name := range before {
		if _, still := b.sums[name]; !still && filepath.IsLocal(filepath.FromSlash(name)) {
			if err := os.Remove(filepath.Join(b.out, filepath.FromSlash(name))); err != nil && !os.IsNotExist(err) {
				return err
			}
		}
	}
	var manifest bytes.Buffer
	names := make([]string, 0, len(b.sums))
	for name := range b.sums {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&manifest, "%s  %s\n", b.sums[name], name)
	}
	return writeWhole(filepath.Join(b.out, sumsName), manifest.Bytes())
}

// earlier is what an earlier export wrote.
func (b *BoardFiles) earlier() ([]string, error) {
	body, err := os.ReadFile(filepath.Join(b.out, sumsName))
	if os.IsNotExist(err) {
		return nil, nil
	}
	var names []string
	for line := range strings.Lines(string(body)) {
		if _, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  "); ok {
			names = append(names, name)
		}
	}
	return names, err
}

func (b *BoardFiles) file(name string, body []byte) error {
	sum := sha256.Sum256(body)
	b.sums[name] = hex.EncodeToString(sum[:])
	return writeWhole(filepath.Join(b.out, filepath.FromSlash(name)), body)
}

// assets writes the style sheets and scripts that the pages name.
func (b *BoardFiles) assets() error {
	for name, f := range b.pages.pages.files {
		ours := name == "favicon.svg" || name == "tokens.css" || name == "board.css" || name == "staff.css" || name == "results.css" || name == "criteria.css" || name == "public.css" || strings.HasPrefix(name, "board/")
		if !ours || strings.HasSuffix(name, ".test.js") {
			continue
		}
		if err := b.file("static/"+b.pages.pages.hash+"/"+name, f.plain); err != nil {
			return err
		}
	}
	return nil
}

// results writes the released lists, each whole.
func (b *BoardFiles) results() error {
	for _, l := range b.lists {
		if l.List == "" {
			continue
		}
		whole := *l
		whole.Total, whole.Heard = len(l.Rows), 0
		body, err := json.Marshal(&whole)
		if err != nil {
			return err
		}
		if err := b.file("hasil/"+l.Exam+".json", append(body, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// resultPages writes the released lists for people: formations, and the rows of each.
func (b *BoardFiles) resultPages(r *http.Request, lang string) error {
	exams := releasedExams(r, b.pages, b.lists)
	if err := b.page(lang, exams.To.Results(), "published-exams.html", exams); err != nil {
		return err
	}
	for _, l := range b.lists {
		if l.List == "" {
			continue
		}
		first := l.page(r, b.pages, "", 1, "")
		if err := b.page(lang, first.To.Result(l.Exam), "published.html", first); err != nil {
			return err
		}
		for _, f := range l.Formations {
			for number, pages := 1, 1; number <= pages; number++ {
				page := l.page(r, b.pages, f.Code, number, "")
				pages = page.Pages
				if err := b.page(lang, page.To.Formation(l.Exam, f.Code, number), "published.html", page); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (b *BoardFiles) language(ctx context.Context, lang string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/papan?lang="+lang, nil)
	if err != nil {
		return err
	}
	frame := b.pages.frame(r)
	if err := b.page(lang, frame.To.List(), "boards.html", frame); err != nil {
		return err
	}
	if lang == "id" {
		if err := b.list(frame.Boards); err != nil {
			return err
		}
	}
	if err := b.resultPages(r, lang); err != nil {
		return err
	}
	if err := b.openPages(r, lang); err != nil {
		return err
	}
	for _, x := range b.pages.all() {
		for _, board := range x.List() {
			if err := b.board(r, lang, x, board.ID, boardLinks{}); err != nil {
				return fmt.Errorf("board %s: %w", board.ID, err)
			}
			if err := b.frozen(r, lang, board.ID); err != nil {
				return fmt.Errorf("frozen board %s: %w", board.ID, err)
			}
		}
	}
	return nil
}

// list is for programs: which boards there are, and where.
func (b *BoardFiles) list(boards []listedBoard) error {
	type entry struct {
		ID    string         `json:"id"`
		Title string         `json:"title"`
		Kind  string         `json:"kind"`
		State string         `json:"state"`
		Final bool           `json:"final"`
		Count scoring.Counts `json:"counts"`
	}
	list := []entry{}
	for _, x := range boards {
		list = append(list, entry{x.ID, x.Title, x.Kind, "papan/" + x.ID + "/state.json", x.Final, x.Counts})
	}
	body, err := json.Marshal(map[string]any{"boards": list})
	if err != nil {
		return err
	}
	return b.file("boards.json", append(body, '\n'))
}

func (b *BoardFiles) board(r *http.Request, lang string, x Published, id string, frozen boardLinks) error {
	if lang == "id" {
		body, _ := x.Whole(id)
		if err := b.file("papan/"+id+frozen.frozen+"/state.json", body); err != nil {
			return err
		}
	}
	for number, pages := 1, 1; number <= pages; number++ {
		data, _ := b.pages.boardPage(r, x, id, number, "", frozen.frozen != "").(boardPage)
		data.Board.Behind = 0 // by the reader's own clock, not by that of the day it was written
		pages = data.Board.Pages
		if err := b.page(lang, data.To.Page(id, number), "board.html", data); err != nil {
			return err
		}
	}
	return nil
}

func (b *BoardFiles) frozen(r *http.Request, lang, id string) error {
	frames, err := b.pages.frozenOf(r, id)
	if err != nil {
		return err
	}
	for _, f := range frames {
		body, err := b.pages.frozen.body(r.Context(), id, f)
		if err != nil {
			return err
		}
		was := scoring.NewMirror(examOfBoard(id))
		if err := was.Reset(body); err != nil {
			return err
		}
		if err := b.board(r, lang, was, id, boardLinks{frozen: frozenPath(f)}); err != nil {
			return err
		}
	}
	return nil
}

// rooted is an address of a page from the root of the host.
var rooted = regexp.MustCompile(`( (?:href|src|data-state)=")/`)

// page writes a page whose addresses are relative, so that it may stand below any path.
func (b *BoardFiles) page(lang, at, name string, data any) error {
	body, err := b.pages.pages.execute(lang, name, data)
	if err != nil {
		return err
	}
	at = strings.TrimPrefix(at, "/")
	up := strings.Repeat("../", strings.Count(at, "/"))
	return b.file(path.Clean(at), rooted.ReplaceAll(body, []byte("${1}"+up)))
}
