package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"terang/proctor"
	"terang/scoring"
)

func (s *Server) criteriaRoutes(rt *routes) {
	rt.public("GET /kriteria", s.serveCriteriaExams)
	rt.public("GET /kriteria/{exam}", s.serveCriteria)
	rt.public("GET /kriteria/{exam}/{file}", s.serveCriteriaFile)
	rt.public("GET /kriteria/{exam}/versi/{version}", s.serveCriteriaVersion)
	s.criteriaAPI(rt)
}

// criteriaAge is how long a browser or a proxy may keep what the public reads of criteria, in seconds.
const criteriaAge = "max-age=30"

// criteriaQuery is how long a search in formations may be, in bytes.
const criteriaQuery = 100

// criteriaExams is what templates/criteria-exams.html is made from.
type criteriaExams struct {
	pageData
	Exams []criteriaExam
}

type criteriaExam struct {
	Exam, Title string
	Newest      string // date of the newest version, "" if none
	Versions    int
}

func (s *Server) serveCriteriaExams(w http.ResponseWriter, r *http.Request) {
	data := criteriaExams{pageData: s.data(r, "criteria")}
	for _, one := range s.examsWhere(func(string) bool { return true }) {
		b, err := s.bookOf(r.Context(), one.Code)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if b == nil {
			continue
		}
		shown := criteriaExam{Exam: one.Code, Title: one.Title, Versions: len(b.versions)}
		if n := len(b.versions); n > 0 {
			shown.Newest = b.versions[n-1].At.String()[:10]
		}
		data.Exams = append(data.Exams, shown)
	}
	s.show(w, r, http.StatusOK, "criteria-exams.html", data)
}

// criteriaPage is what templates/criteria.html is made from.
type criteriaPage struct {
	pageData
	Exam, Title string
	Rules       criteria
	FinalKeys   []string
	Steps       []string // of the final score
	Parts       []scoring.Part
	Policy      shownPolicy
	Never       []string
	Free        []proctor.Criterion // the authority's own words

	Formations, Criteria, Calendar *disclosed
	CalendarSteps                  []shownStep

	Rows                          []map[string]string
	Query                         string
	Found, Page, Pages, Prev, Nxt int
	Versions                      []*disclosed // the newest first
}

type shownPolicy struct{ Names, Live, Scores, Need string }

func (s *Server) serveCriteria(w http.ResponseWriter, r *http.Request) {
	b, err := s.bookOf(r.Context(), r.PathValue("exam"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if b == nil {
		s.notFound(w, r)
		return
	}
	x, query := b.exam, r.URL.Query()
	page := &criteriaPage{
		pageData: s.data(r, "criteria"), Exam: x.Def.Code, Title: x.Def.Title, Rules: criteriaOf(x.Rules),
		FinalKeys: x.Rules.Final.Keys, Steps: x.Rules.Final.Steps, Parts: x.Rules.Final.Components, Query: strings.TrimSpace(query.Get("cari")),
	}
	page.Query = page.Query[:min(len(page.Query), criteriaQuery)]
	for _, f := range criteriaFields(x.Rules, &x.Def.Policy) {
		switch name, never := strings.CutPrefix(f.Field, "privacy.never."); {
		case never:
			page.Never = append(page.Never, name)
		case f.Field == "privacy.names":
			page.Policy.Names = f.Value
		case f.Field == "privacy.live":
			page.Policy.Live = f.Value
		case f.Field == "privacy.scores":
			page.Policy.Scores = f.Value
		case f.Field == "privacy.need":
			page.Policy.Need = f.Value
		}
	}
	for i := range b.versions {
		d, err := s.disclose(r.Context(), x, b.versions, &b.versions[i])
		if err != nil {
			s.fail(w, r, err)
			return
		}
		page.take(d)
	}
	if page.Calendar != nil {
		page.CalendarSteps = s.pages.shownSteps(page.Calendar, page.Lang, s.hall.Now().Time())
	}
	if page.Formations != nil {
		number, ok := whole(query.Get("hal"), 1, 1<<20)
		if !ok {
			number = 1
		}
		page.turn(max(1, number))
	}
	w.Header().Set("Cache-Control", "private, "+criteriaAge)
	s.show(w, r, http.StatusOK, "criteria.html", page)
}

// take puts a version in its place; a later one takes it over.
func (p *criteriaPage) take(d *disclosed) {
	p.Versions = slices.Insert(p.Versions, 0, d)
	switch d.Part {
	case proctor.PartFormations:
		p.Formations = d
	case proctor.PartCalendar:
		p.Calendar = d
	case proctor.PartCriteria:
		p.Criteria, p.Free = d, nil
		for _, row := range d.Table.Rows {
			if proctor.Free(row[0]) {
				p.Free = append(p.Free, proctor.Criterion{Field: row[0], Value: row[1]})
			}
		}
	}
}

// turn shows a page of the formations that were searched.
func (p *criteriaPage) turn(number int) {
	rows := p.Formations.find(p.Query)
	p.Found, p.Pages = len(rows), max(1, (len(rows)+pageSize-1)/pageSize)
	p.Page = min(number, p.Pages)
	p.Rows = (&proctor.Criteria{Columns: p.Formations.Table.Columns, Rows: rows[(p.Page-1)*pageSize : min(p.Page*pageSize, len(rows))]}).Objects()
	p.Prev = p.Page - 1
	if p.Page < p.Pages {
		p.Nxt = p.Page + 1
	}
}

// versionPage is what templates/criteria-version.html is made from.
type versionPage struct {
	pageData
	Exam, Title string
	*disclosed
	Objects []map[string]string
	InForce bool
	Until   string // when the next one took its place
	More    int    // rows that are not shown
}

// versionRows is how many rows of a version a page shows; the file has all.
const versionRows = 500

func (s *Server) serveCriteriaVersion(w http.ResponseWriter, r *http.Request) {
	b, err := s.bookOf(r.Context(), r.PathValue("exam"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	part, text, _ := strings.Cut(r.PathValue("version"), "-")
	n, _ := strconv.Atoi(text)
	if b == nil || proctor.VersionOf(b.versions, proctor.Part(part), n) == nil {
		s.notFound(w, r)
		return
	}
	d, err := s.disclose(r.Context(), b.exam, b.versions, proctor.VersionOf(b.versions, proctor.Part(part), n))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := versionPage{pageData: s.data(r, "criteria"), Exam: b.exam.Def.Code, Title: b.exam.Def.Title, disclosed: d, InForce: true}
	if later := proctor.VersionOf(b.versions, d.Part, n+1); later != nil {
		page.InForce, page.Until = false, later.At.String()
	}
	rows := d.Table.Rows[:min(len(d.Table.Rows), versionRows)]
	page.More = len(d.Table.Rows) - len(rows)
	page.Objects = (&proctor.Criteria{Columns: d.Table.Columns, Rows: rows}).Objects()
	w.Header().Set("Cache-Control", "private, "+criteriaAge)
	s.show(w, r, http.StatusOK, "criteria-version.html", page)
}

// serveCriteriaFile answers with a part as the bytes whose hash is published, or with the
// calendar for people's own calendars. ?versi=N asks for another version than the one in force.
func (s *Server) serveCriteriaFile(w http.ResponseWriter, r *http.Request) {
	b, err := s.bookOf(r.Context(), r.PathValue("exam"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	name, kind, _ := strings.Cut(r.PathValue("file"), ".")
	part := proctor.Part(name)
	if b == nil || kind != "csv" && (kind != "ics" || part != proctor.PartCalendar) {
		s.notFound(w, r)
		return
	}
	v := proctor.InForce(b.versions, part, s.hall.Now())
	if asked := r.URL.Query().Get("versi"); asked != "" {
		n, _ := strconv.Atoi(asked)
		v = proctor.VersionOf(b.versions, part, n)
	}
	if v == nil {
		s.notFound(w, r)
		return
	}
	d, err := s.disclose(r.Context(), b.exam, b.versions, v)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body, media := d.Table.Bytes(), "text/csv; charset=utf-8; header=present"
	if kind == "ics" {
		host := (&url.URL{Host: r.Host}).Hostname()
		if s.url != nil {
			host = s.url.Hostname()
		}
		body, media = []byte(s.pages.calendarFile(b.exam, d, host, language(r))), "text/calendar; charset=utf-8"
	}
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", `attachment; filename="`+b.exam.Def.Code+"-"+name+"-"+strconv.Itoa(d.N)+"."+kind+`"`)
	h.Set("Cache-Control", "public, "+criteriaAge)
	_, _ = w.Write(body)
}
