package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// boardLinks are the addresses that pages of boards name: of a server, or of files that
// were written for a plain host.
type boardLinks struct {
	lang    string
	keep    bool // the language is said in every address: nothing else remembers it
	files   bool
	rules   bool   // open pages stand beside: rules, objections, and the way to one's own result
	results bool   // pages of released results do
	frozen  string // part of a path: this page shows a frozen board

	known func(folder, exam string) bool // which exams have open pages; nil: all
}

func (p *BoardPages) links(r *http.Request) boardLinks {
	return boardLinks{lang: language(r), keep: r.URL.Query().Get("lang") == "en", files: p.files, rules: p.criteria, results: p.results, known: p.known}
}

func (l boardLinks) to(path string, query url.Values) string {
	if l.keep {
		query.Set("lang", l.lang)
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// root is where the files of a language stand.
func (l boardLinks) root() string {
	if l.lang == "id" {
		return "/papan/"
	}
	return "/" + l.lang + "/papan/"
}

// Home is the first address of all.
func (l boardLinks) Home() string {
	if l.files {
		return "/index.html"
	}
	return "/"
}

// List is the list of boards.
func (l boardLinks) List() string {
	if l.files {
		return l.root() + "index.html"
	}
	return l.to("/papan", url.Values{})
}

// Board is the first page of a board.
func (l boardLinks) Board(id string) string { return boardLinks.Page(l.live(), id, 1) }

// live leads away from a frozen board to the one that it was.
func (l boardLinks) live() boardLinks {
	l.frozen = ""
	return l
}

// Page is a page of this board.
func (l boardLinks) Page(id string, page int) string {
	if l.files {
		name := "index.html"
		if page > 1 {
			name = fmt.Sprintf("hal-%d.html", page)
		}
		return l.root() + url.PathEscape(id) + l.frozen + "/" + name
	}
	query := url.Values{}
	if page > 1 {
		query.Set("hal", strconv.Itoa(page))
	}
	return l.to("/papan/"+url.PathEscape(id)+l.frozen, query)
}

// Find is where the search form of a board leads.
func (l boardLinks) Find(id string) string { return "/papan/" + url.PathEscape(id) + l.frozen }

// Frozen is the page of a board as it was frozen.
func (l boardLinks) Frozen(id string, f frozenFrame) string {
	l.frozen = frozenPath(f)
	return l.Page(id, 1)
}

func frozenPath(f frozenFrame) string { return fmt.Sprintf("/beku/%d", f.Epoch) }

// Screen is the board for a large display.
func (l boardLinks) Screen(id string) string {
	return l.to("/papan/"+url.PathEscape(id)+"/layar", url.Values{})
}

// Other is the same page of a board in the other language.
func (l boardLinks) Other(id string, page int) string {
	other := "en"
	if l.lang == "en" {
		other = "id"
	}
	if l.files {
		l.lang = other
		return l.Page(id, page)
	}
	query := url.Values{"lang": {other}}
	if page > 1 {
		query.Set("hal", strconv.Itoa(page))
	}
	if id == "" {
		return "?" + query.Encode()
	}
	return "/papan/" + url.PathEscape(id) + l.frozen + "?" + query.Encode()
}

// OtherList is the list of boards in the other language.
func (l boardLinks) OtherList() string {
	if l.files {
		if l.lang == "en" {
			return "/papan/index.html"
		}
		return "/en/papan/index.html"
	}
	return l.Other("", 1)
}

// State is the board for programs: the page's script reads it again and again where there
// is no stream of events.
func (l boardLinks) State(id string) string {
	if l.files {
		return "/papan/" + url.PathEscape(id) + l.frozen + "/state.json"
	}
	return ""
}

// Files says that no server answers questions here.
func (l boardLinks) Files() bool { return l.files }
