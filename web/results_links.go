package web

import (
	"fmt"
	"net/url"
	"strconv"
)

// results is where the files of released results stand in a language.
func (l boardLinks) resultsRoot() string {
	if l.lang == "id" {
		return "/hasil/"
	}
	return "/" + l.lang + "/hasil/"
}

// Results is the page of all exams' results, "" where there is none.
func (l boardLinks) Results() string {
	switch {
	case !l.results:
		return ""
	case l.files:
		return l.resultsRoot() + "index.html"
	}
	return l.to("/hasil", url.Values{})
}

// Result is the page of an exam's results, with its formations.
func (l boardLinks) Result(exam string) string { return l.Formation(exam, "", 1) }

// ResultOf is the page of the results of a board's exam.
func (l boardLinks) ResultOf(board string) string { return l.Result(examOfBoard(board)) }

// Formation is a page of a formation's rows.
func (l boardLinks) Formation(exam, formation string, page int) string {
	if l.files {
		at := l.resultsRoot() + url.PathEscape(exam) + "/"
		if formation != "" {
			at += url.PathEscape(formation) + "/"
		}
		if page > 1 {
			return at + fmt.Sprintf("hal-%d.html", page)
		}
		return at + "index.html"
	}
	query := url.Values{}
	if formation != "" {
		query.Set("formasi", formation)
	}
	if page > 1 {
		query.Set("hal", strconv.Itoa(page))
	}
	return l.to("/hasil/"+url.PathEscape(exam), query)
}

// ResultJSON is the released list for programs.
func (l boardLinks) ResultJSON(exam string) string {
	if l.files {
		return "/hasil/" + url.PathEscape(exam) + ".json"
	}
	return "/api/v1/results/" + url.PathEscape(exam)
}

// OtherResult is the same page of results in the other language: of all exams without one.
func (l boardLinks) OtherResult(exam, formation string, page int) string {
	other := l.other()
	if exam == "" {
		return other.Results()
	}
	return other.Formation(exam, formation, page)
}
