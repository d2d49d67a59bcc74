package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"terang/scoring"
)

// serveResultsPage shows which exams' results are released, as the exam server does.
func (h *BoardHouse) serveResultsPage(w http.ResponseWriter, r *http.Request) {
	h.boards.show(w, r, "published-exams.html", "hasil", func() any { return releasedExams(r, h.boards, h.feed.results()) })
}

// serveResultPage shows a released list: its formations, a page of one, or one number.
func (h *BoardHouse) serveResultPage(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	number, search := pageAsked(r)
	formation := query.Get("formasi")
	key := fmt.Sprintf("hasil/%s/%s/%d", url.PathEscape(r.PathValue("exam")), url.PathEscape(formation), number)
	if search != "" {
		key = ""
	}
	h.boards.show(w, r, "published.html", key, func() any {
		l := h.feed.listOf(r.PathValue("exam"))
		if l == nil {
			return nil
		}
		return l.page(r, h.boards, formation, number, search)
	})
}

// listOf is what was heard of an exam's results, nil if nothing was.
func (f *Feed) listOf(exam string) *heardList {
	lists := f.results()
	at := slices.IndexFunc(lists, func(l *heardList) bool { return l.Exam == exam })
	if at < 0 {
		return nil
	}
	return lists[at]
}

// releasedExams is what published-exams.html is made from.
func releasedExams(r *http.Request, p *BoardPages, lists []*heardList) publishedExams {
	page := publishedExams{pageData: pageData{Lang: language(r)}, To: p.links(r)}
	for _, l := range lists {
		page.Exams = append(page.Exams, &l.announced)
	}
	return page
}

// page is what published.html is made from: without a formation the formations, else a
// page of its rows.
func (l *heardList) page(r *http.Request, p *BoardPages, formation string, number int, search string) *publishedPage {
	size := pageSize
	if p.files {
		size = filePage
	}
	page := &publishedPage{pageData: pageData{Lang: language(r)}, announced: &l.announced, To: p.links(r), Criteria: l.Criteria}
	if l.List == "" {
		return page
	}
	page.fill(l.Stage, l.Sections, l.index)
	if page.Query = search; search != "" {
		if page.Found, page.ByEnd = numbered(l.Rows, scoring.PlainNumber(strings.TrimSpace(search))); page.Found != nil {
			page.FoundIn = l.index.formation(page.Found.Formation)
		}
	}
	if page.Formation = l.index.formation(formation); page.Formation != nil {
		page.turn(l.of(page.Formation.Code), number, size)
	}
	return page
}
