package web

import (
	"encoding/json"
	"net/http"

	"terang/engine"
)

// openPages answer what everybody may read of an exam beside its boards and its list: the
// criteria as they were published, and how many objections there are. The exam's server has
// them from its journal, a board server from what it was told; nothing in them is anybody's.
type openPages struct {
	boards *BoardPages // whose templates, caches and addresses they share
	from   openSource
	now    func() engine.Instant
	host   func(*http.Request) string // of the exam's server: entries of calendars are named after it
	fail   func(http.ResponseWriter, *http.Request, error)
}

// openSource is where open pages come from.
type openSource interface {
	// openBooks are the exams whose criteria are open, by code.
	openBooks(r *http.Request) ([]*book, error)
	// openBook is one of them, nil if there is none for whoever asks.
	openBook(r *http.Request, exam string) (*book, error)
	// openObjections are the figures of all exams that the public may know of, by code.
	openObjections(r *http.Request) ([]*publicObjections, error)
	// openObjectionsOf are those of one exam, nil if there is none for whoever asks.
	openObjectionsOf(r *http.Request, exam string) (*publicObjections, error)
}

// routes adds the addresses of open pages.
func (o *openPages) routes(rt *routes) {
	rt.public("GET /kriteria", o.serveCriteriaExams)
	rt.public("GET /kriteria/{exam}", o.serveCriteria)
	rt.public("GET /kriteria/{exam}/{file}", o.serveCriteriaFile)
	rt.public("GET /kriteria/{exam}/versi/{version}", o.serveCriteriaVersion)
	rt.public("GET /api/v1/criteria", o.serveCriteriaList)
	rt.public("GET /api/v1/criteria/{exam}", o.serveCriteriaJSON)
	rt.public("GET /api/v1/criteria/{exam}/{part}", o.serveCriteriaPart)
	rt.public("GET /sanggahan", o.serveObjectionExams)
	rt.public("GET /sanggahan/{exam}", o.servePublicObjections)
	rt.public("GET /api/v1/objections", o.servePublicObjectionsList)
	rt.public("GET /api/v1/objections/{exam}", o.servePublicObjectionsJSON)
}

// openAge is how long a browser or a proxy may keep what an exam's server says of itself, in seconds.
const openAge = "max-age=30"

// show answers with a page that changes with what was published; key is as for BoardPages.show.
func (o *openPages) show(w http.ResponseWriter, r *http.Request, name, key string, page any) {
	if o.boards.rendered == nil {
		w.Header().Set("Cache-Control", "private, "+openAge)
	}
	o.boards.show(w, r, name, key, func() any { return page })
}

// showFigures answers with a page that changes with every objection.
func (o *openPages) showFigures(w http.ResponseWriter, r *http.Request, key string, page any) {
	o.boards.show(w, r, "objections.html", key, func() any { return page })
}

// answerFigures is for programs; what a rehearsal comes to is shown to its staff, and kept by no cache.
func (o *openPages) answerFigures(w http.ResponseWriter, r *http.Request, v any, rehearsed bool) {
	if rehearsed {
		w.Header().Set("Cache-Control", private)
		writeJSON(w, http.StatusOK, v)
		return
	}
	o.answer(w, r, v)
}

// answer is for programs.
func (o *openPages) answer(w http.ResponseWriter, r *http.Request, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		o.fail(w, r, err)
		return
	}
	o.keep(w)
	o.boards.write(w, r, etagOf(body), body, nil)
}

// keep says how long a file may be kept by caches.
func (o *openPages) keep(w http.ResponseWriter) {
	if o.boards.rendered == nil {
		w.Header().Set("Cache-Control", "public, "+openAge)
		return
	}
	w.Header().Set("Cache-Control", o.boards.cache)
}

// missing answers a person or a program that there is no such thing.
func (o *openPages) missing(w http.ResponseWriter, r *http.Request) {
	if wantsPage(r) {
		o.boards.faultPage(w, r, codeNotFound)
		return
	}
	writeError(w, r, codeNotFound, "")
}
