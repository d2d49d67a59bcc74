package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"terang/engine"
	"terang/scoring"
)

// pageSize is how many rows a page of a board has, when nothing else is asked for.
const pageSize = 100

// What templates/boards.html and board.html are made from.
type (
	boardsPage struct {
		Lang   string
		To     boardLinks
		Texts  map[string]string
		Boards []listedBoard
	}
	listedBoard struct {
		ID, Title, Kind, Exam, Site, Sitting string
		Final, Rehearsal                     bool
		Counts                               scoring.Counts
	}
	boardPage struct {
		boardsPage
		Board shownBoard
	}
	shownBoard struct {
		listedBoard
		Live, At                             string
		Epoch, Seq                           engine.Pos
		Keys                                 []string
		Items                                int
		Rescored                             shownRescored
		Decided                              shownDecided
		Codes                                []scoring.Meaning // that rows may have by the list that stands
		Sections                             []shownSection
		Together                             []shownTogether // thresholds of several sections, of the general need
		Groups                               string          // Together as JSON, for the page's script
		Least, Second                        int             // of the total, and of the second group's; 0: none
		Rows                                 []shownRow
		Page, Pages, Prev, Next, Size, Total int
		Query                                string
		Behind                               int // seconds; 0: young enough, or final
		Bars                                 []shownBar
		Frozen                               []frozenFrame // earlier states of this board, or this one if it is final
		Was                                  bool          // this page is a frozen state
	}
	shownRescored struct {
		Version int
		Why, At string
	}
	shownDecided struct {
		List, At string // List is a hash, "": none was released
		Again    bool   // another list will stand in its place
	}
	shownSection struct {
		ID, Title      string
		Max, Threshold int
	}
	shownTogether struct {
		ID    string   `json:"id"`
		Of    []string `json:"of"` // sections
		Least int      `json:"least"`
	}
	shownRow struct {
		Rank            int
		Number, Name    string
		Scores          []shownScore
		Total           int
		Status          string
		Is              string   // what a code stands for
		Missed          []string // sections, and groups of them, below the thresholds that the head tells
		Progress        int
		Finished, Found bool
	}
	shownScore struct {
		ID     string
		Score  int
		Meets  bool
		Shared bool // it counts with others: alone it meets nothing
	}
)

// serveListPage lists the boards; the selectors of the pages come here to be sent on.
func (p *BoardPages) serveListPage(w http.ResponseWriter, r *http.Request) {
	if id := chosen(r.URL.Query()); id != "" {
		http.Redirect(w, r, p.links(r).Board(id), http.StatusSeeOther)
		return
	}
	for _, x := range p.all() {
		if p.refused(x, r) && !x.Rehearsal() {
			p.faultPage(w, r, codeExamSession)
			return
		}
	}
	p.show(w, r, "boards.html", "papan", func() any { return p.frame(r) })
}

// chosen is the board that a form asks for: by its id, or by the codes of exam, site
// and sitting, the narrowest of which decides.
func chosen(q url.Values) string {
	exam, site, sitting := q.Get("ujian"), q.Get("tilok"), q.Get("sesi")
	switch {
	case q.Get("papan") != "":
		return q.Get("papan")
	case exam != "" && sitting != "":
		return exam + "." + scoring.KindSitting + "." + sitting
	case exam != "" && site != "":
		return exam + "." + scoring.KindSite + "." + site
	}
	return exam
}

func (p *BoardPages) serveBoardPage(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	x := p.admitPage(w, r)
	if x == nil {
		return
	}
	number, search := pageAsked(r)
	key := fmt.Sprintf("papan/%s/%d", id, number)
	if search != "" {
		key = ""
	}
	p.show(w, r, "board.html", key, func() any { return p.boardPage(r, x, id, number, search, false) })
}

// pageAsked is the page and the number that an address asks for.
func pageAsked(r *http.Request) (page int, search string) {
	query := r.URL.Query()
	page, ok := whole(query.Get("hal"), 1, 1<<20)
	if !ok {
		page = 1
	}
	search = strings.TrimSpace(query.Get("cari"))
	return max(1, page), search[:min(len(search), maxQuery)]
}

// boardPage is what a page of a board shows, nil if there is no such board. was: it is a
// frozen state of what the id means.
func (p *BoardPages) boardPage(r *http.Request, x Published, id string, number int, search string, was bool) any {
	size := pageSize
	if p.files {
		size = filePage
	}
	page, found, ok := look(x, id, number, size, search)
	if !ok {
		return nil
	}
	data := boardPage{boardsPage: p.frame(r), Board: showBoard(page, size, x.Items(), search, found)}
	data.Board.Was, data.Board.Bars = was, bars(x.Distribution(id))
	if was {
		data.To.frozen = frozenPath(frozenFrame{Epoch: page.Epoch})
	}
	frozen, err := p.frozenOf(r, id)
	if err != nil {
		p.log.Error("frozen boards cannot be read", "board", id, "error", err)
	}
	data.Board.Frozen = frozen
	if !page.Final {
		data.Board.Behind = behind(page.At, time.Now())
	}
	return data
}

// boardStale is after how long a board that is not final is said to be late: it says every
// few seconds that it is still right.
const boardStale = 15 * time.Second

// behind is how many seconds old a board's state is, 0 if that is young enough.
func behind(at engine.Instant, now time.Time) int {
	if age := now.Sub(at.Time()); age > boardStale {
		return int(age / time.Second)
	}
	return 0
}

// look reads the page with that number, or the one on which the searched number stands.
// When several numbers end so, they alone are the page: nobody is taken for another.
func look(b Published, id string, number, size int, search string) (page *scoring.Page, found bool, ok bool) {
	if search != "" {
		hits, ok := b.Page(id, 0, size, search)
		if !ok {
			return nil, false, false
		}
		if len(hits.Rows) > 1 {
			return hits, true, true
		}
		if len(hits.Rows) == 1 {
			page, ok = b.Page(id, hits.Rows[0].Place/size*size, size, "")
			return page, true, ok
		}
	}
	page, ok = b.Page(id, (number-1)*size, size, "")
	if ok && len(page.Rows) == 0 && number > 1 {
		page, ok = b.Page(id, max(0, page.Total-1)/size*size, size, "")
	}
	return page, false, ok
}

func showBoard(page *scoring.Page, size, items int, search string, found bool) shownBoard {
	s := shownBoard{
		listedBoard: listed(page.Summary), Live: page.Live, At: page.At.String(), Epoch: page.Epoch, Seq: page.Seq, Keys: page.Keys,
		Items: items, Page: page.Offset/size + 1, Pages: max(1, (page.Total+size-1)/size), Size: size, Total: page.Total,
		Query: search,
	}
	if r := page.Rescored; r.Version > 0 {
		s.Rescored = shownRescored{Version: r.Version, Why: r.Why, At: r.At.String()}
	}
	s.Codes = page.Codes
	if d := page.Decided; d.List != "" {
		s.Decided = shownDecided{List: d.List, At: d.At.String(), Again: d.Again}
	}
	s.Title = page.Exam.Title
	if page.Formation.Title != "" {
		s.Title += " · " + page.Formation.Title
	}
	s.Prev = s.Page - 1
	if s.Page < s.Pages {
		s.Next = s.Page + 1
	}
	for _, section := range page.Sections {
		s.Sections = append(s.Sections, shownSection{
			ID: section.Code, Title: section.Name, Max: section.Max, Threshold: page.Thresholds.Sections[section.Code],
		})
	}
	for _, g := range page.Thresholds.Groups {
		of := g.Sections
		if len(of) == 0 { // a mirror knows a group by its name
			of = strings.Split(g.ID, "+")
		}
		s.Together = append(s.Together, shownTogether{ID: g.ID, Of: of, Least: g.Min})
	}
	if len(s.Together) > 0 {
		groups, _ := json.Marshal(s.Together) // strings and numbers: never fails
		s.Groups = string(groups)
	}
	s.Least, s.Second = page.Thresholds.Total, page.Thresholds.Second
	for _, row := range page.Rows {
		shown := shownRow{
			Rank: row.Rank, Number: row.Number, Name: row.Name, Total: row.Points.Sum(), Status: row.Shown(), Is: meaningOf(page.Codes, row.Shown()),
			Progress: row.Answered, Finished: row.Finished, Found: found && row.Named(search),
		}
		if row.Visible {
			for i, section := range page.Sections {
				shown.Scores = append(shown.Scores, shownScore{ID: section.Code, Score: int(row.Points[i]), Meets: row.Meets[i]})
			}
			shown.together(s.Together)
		}
		s.Rows = append(s.Rows, shown)
	}
	return s
}

// together says which thresholds a row misses, those of several sections included, and
// which sections count only with others.
func (r *shownRow) together(groups []shownTogether) {
	for _, x := range r.Scores {
		if !x.Meets {
			r.Missed = append(r.Missed, x.ID)
		}
	}
	for _, g := range groups {
		sum := 0
		for i := range r.Scores {
			if x := &r.Scores[i]; slices.Contains(g.Of, x.ID) {
				sum += x.Score
				x.Shared = true
			}
		}
		if sum < g.Least {
			r.Missed = append(r.Missed, g.ID)
		}
	}
}

func listed(b scoring.Summary) listedBoard {
	l := listedBoard{
		ID: b.ID, Title: b.Exam.Title, Kind: b.Kind, Exam: b.Exam.Title, Site: b.Site.Title, Sitting: b.Sitting.Title,
		Final: b.Final, Counts: b.Counts, Rehearsal: b.Rehearsal,
	}
	for _, part := range []string{b.Formation.Title, b.Site.Title} { // the sitting is set beside it
		if part != "" {
			l.Title += " · " + part
		}
	}
	return l
}

func (p *BoardPages) frame(r *http.Request) boardsPage {
	f := boardsPage{Lang: language(r), To: p.links(r), Texts: p.pages.textsFor(r, "board")}
	for _, x := range p.all() {
		for _, b := range x.List() {
			if !p.hidden(x, &b.Info, r) {
				f.Boards = append(f.Boards, listed(b))
			}
		}
	}
	return f
}

// show answers with a page. What is kept under a key is the same for everybody; data is
// nil when there is nothing to show.
func (p *BoardPages) show(w http.ResponseWriter, r *http.Request, name, key string, data func() any) {
	lang := language(r)
	if p.rendered == nil {
		if w.Header().Get("Cache-Control") == "" {
			w.Header().Set("Cache-Control", "private, max-age=1")
		}
		d := data()
		if d == nil {
			w.Header().Del("Cache-Control")
			p.faultPage(w, r, codeNotFound)
			return
		}
		if err := p.pages.render(w, r, http.StatusOK, name, d); err != nil {
			p.log.Error("a page cannot be shown", "path", r.URL.Path, "error", err)
			writeError(w, r, codeUnavailable, "")
		}
		return
	}
	render := func() ([]byte, error) {
		d := data()
		if d == nil {
			return nil, codeNotFound
		}
		return p.pages.execute(lang, name, d)
	}
	var body []byte
	var etag string
	var err error
	var small func() []byte
	if key == "" {
		body, err = render()
		etag = etagOf(body)
	} else {
		key = lang + "/" + key
		body, etag, err = p.rendered.get(key, time.Now(), render)
		small = func() []byte { return p.smaller.get(key, body) }
	}
	switch {
	case errors.Is(err, codeNotFound):
		p.faultPage(w, r, codeNotFound)
	case err != nil:
		p.log.Error("a page cannot be shown", "path", r.URL.Path, "error", err)
		writeError(w, r, codeUnavailable, "")
	default:
		w.Header().Set("Cache-Control", p.cache)
		writeSqueezed(w, r, etag, htmlType, body, small)
	}
}

func (p *BoardPages) faultPage(w http.ResponseWriter, r *http.Request, code engine.Code) {
	lang, status := language(r), codes[code].status
	err := p.pages.render(w, r, status, "error.html", errorData{
		pageData: pageData{Lang: lang, Texts: p.pages.textsFor(r, "common"), here: r.URL}, Status: status, Code: string(code), Text: codeText(code, lang),
	})
	if err != nil {
		p.log.Error("a page cannot be shown", "path", r.URL.Path, "error", err)
		writeError(w, r, code, "")
	}
}
