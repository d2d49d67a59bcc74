package web

import (
	"errors"
	"net/http"
	"strings"

	"terang/engine"
	"terang/proctor"
)

// refusedOn says what stands on a page where something was tried: nothing where it was done,
// else the refusal in the page's language, with the status of the answer. What is no refusal
// is answered in the page's place, and ok is false.
func (s *Server) refusedOn(w http.ResponseWriter, r *http.Request, lang string, err error) (words string, status int, ok bool) {
	var no *engine.Refusal
	switch {
	case err == nil:
		return "", http.StatusOK, true
	case errors.As(err, &no):
		return refusalText(no, lang), statusOf(no.Code), true
	}
	s.fail(w, r, err)
	return "", 0, false
}

// statusOf is the HTTP status of a code.
func statusOf(c engine.Code) int {
	if e, ok := codes[c]; ok {
		return e.status
	}
	return http.StatusServiceUnavailable
}

// wantsPage says whether a person's browser asks, rather than a program.
func wantsPage(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// fail answers with whatever refusal an error wraps: a person with a page, a program with
// data. What wraps none is logged, because only an operator can mend it.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	no, help := &engine.Refusal{Code: codeUnavailable}, ""
	var code engine.Code
	var invalid proctor.Invalid
	switch {
	case errors.As(err, &no):
	case errors.As(err, &code):
		no = &engine.Refusal{Code: code}
	case errors.As(err, &invalid):
		help = invalid.Error()
		no = &engine.Refusal{Code: codeBadData, Field: help}
	case errors.Is(err, engine.ErrAbsent):
		no = &engine.Refusal{Code: codeNotFound}
	default:
		s.log.Error("a request failed", "path", r.URL.Path, "error", err)
	}
	if !wantsPage(r) || strings.HasPrefix(r.URL.Path, "/api/") {
		writeRefusal(w, r, no)
		return
	}
	page := errorData{pageData: s.data(r, "common"), Status: statusOf(no.Code), Code: string(no.Code), Help: help, Desk: s.staffToken(r) != ""}
	page.Text = refusalText(no, page.Lang)
	s.show(w, r, page.Status, "error.html", page)
}

// notFound is fail for what is not there, or is not to be known.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) { s.fail(w, r, engine.ErrAbsent) }
