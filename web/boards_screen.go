package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"terang/scoring"
)

// A large display: two columns of screenRows, a page for screenTurn, number instead of name.
const (
	screenRows = 15
	screenTurn = 12 * time.Second
)

// screenPage is what templates/board-screen.html is made from.
type screenPage struct {
	boardPage
	Columns [2]screenColumn
	Turn    int // seconds
	After   int // page
	Marks   []bool
}

type screenColumn struct {
	From, To int
	Rows     []shownRow
}

// serveScreen shows a board to a room: it pages through by itself, with a script or
// without, and nobody has to touch anything.
func (p *BoardPages) serveScreen(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	x := p.admitPage(w, r)
	if x == nil {
		return
	}
	number, _ := pageAsked(r)
	p.show(w, r, "board-screen.html", fmt.Sprintf("papan/%s/layar/%d", id, number), func() any {
		const size = 2 * screenRows
		page, _, ok := look(x, id, number, size, "")
		if !ok {
			return nil
		}
		data := &screenPage{Turn: int(screenTurn / time.Second)}
		data.boardsPage = boardsPage{Lang: language(r), To: p.links(r), Texts: p.pages.textsFor(r, "board")}
		data.Board = showBoard(page, size, x.Items(), "", false)
		if !page.Final {
			data.Board.Behind = behind(page.At, time.Now())
		}
		data.turn()
		return data
	})
}

// turn puts the rows into two columns and says which page comes next.
func (s *screenPage) turn() {
	rows := s.Board.Rows
	for i := range s.Columns {
		part := rows[min(i*screenRows, len(rows)):min((i+1)*screenRows, len(rows))]
		from := (s.Board.Page-1)*2*screenRows + i*screenRows + 1
		s.Columns[i] = screenColumn{From: from, To: from + max(0, len(part)-1), Rows: part}
	}
	s.After = s.Board.Page%s.Board.Pages + 1
	for n := range min(s.Board.Pages, screenMarks) {
		s.Marks = append(s.Marks, n+1 == s.Board.Page)
	}
	if s.Board.Pages > screenMarks {
		s.Marks = nil
	}
}

// screenMarks is how many pages are marked one by one; of more the figures alone are told.
const screenMarks = 20

// Codes are those of the list that stands which are on this page.
func (s *screenPage) Codes() (out []scoring.Meaning) {
	for _, m := range s.Board.Codes {
		if slices.ContainsFunc(s.Board.Rows, func(r shownRow) bool { return r.Status == m.Code }) {
			out = append(out, m)
		}
	}
	return out
}

// Thresholds are those of the sections, as the head says them.
func (s *screenPage) Thresholds() string {
	out := ""
	for _, x := range s.Board.Sections {
		if x.Threshold > 0 {
			out += " " + x.ID + " " + strconv.Itoa(x.Threshold) + ","
		}
	}
	for _, x := range s.Board.Together {
		out += " " + x.ID + " " + strconv.Itoa(x.Least) + ","
	}
	return out[:max(0, len(out)-1)]
}
