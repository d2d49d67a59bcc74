package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"terang/proctor"
	"terang/scoring"
)

// criteriaQuery is how long a search in formations may be, in bytes.
const criteriaQuery = 100

// criteriaExams is what templates/criteria-exams.html is made from.
type criteriaExams struct {
	pageData
	To    boardLinks
	Exams []criteriaExam
}

type criteriaExam struct {
	Exam, Title string
	Newest      string // date of the newest version, "" if none
	Versions    int
}

// Other is this page in the other language.
func (p criteriaExams) Other() string { return p.To.OtherCriteria("") }

// criteriaExams lists exams.
func (p *BoardPages) criteriaExams(r *http.Request, books []*book) criteriaExams {
	page := criteriaExams{pageData: pageData{Lang: language(r)}, To: p.links(r)}
	for _, b := range books {
		shown := criteriaExam{Exam: b.code, Title: b.title, Versions: len(b.versions)}
		if n := len(b.versions); n > 0 {
			shown.Newest = localDate(b.versions[n-1].At.String(), capital, page.Lang)
		}
		page.Exams = append(page.Exams, shown)
	}
	return page
}

func (o *openPages) serveCriteriaExams(w http.ResponseWriter, r *http.Request) {
	books, err := o.from.openBooks(r)
	if err != nil {
		o.fail(w, r, err)
		return
	}
	o.show(w, r, "criteria-exams.html", "kriteria", o.boards.criteriaExams(r, books))
}

// criteriaPage is what templates/criteria.html is made from.
type criteriaPage struct {
	pageData
	To          boardLinks
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

// Other is this page in the other language.
func (p *criteriaPage) Other() string { return p.To.OtherCriteria(p.Exam) }

// criteriaPage tells all that a book says, with a page of so many of the formations that
// hold the words.
func (p *BoardPages) criteriaPage(r *http.Request, b *book, words string, number, size int, now time.Time) (*criteriaPage, error) {
	page := &criteriaPage{
		pageData: pageData{Lang: language(r)}, To: p.links(r), Exam: b.code, Title: b.title, Rules: criteriaOf(b.rules),
		FinalKeys: b.rules.Final.Keys, Steps: b.rules.Final.Steps, Parts: b.rules.Final.Components, Query: words,
	}
	for _, f := range b.fields {
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
		d, err := b.disclose(r.Context(), &b.versions[i])
		if err != nil {
			return nil, err
		}
		page.take(d)
	}
	if page.Calendar != nil {
		page.CalendarSteps = p.pages.shownSteps(page.Calendar, page.Lang, now)
	}
	if page.Formations != nil {
		page.turn(number, size)
	}
	return page, nil
}

func (o *openPages) serveCriteria(w http.ResponseWriter, r *http.Request) {
	b, err := o.from.openBook(r, r.PathValue("exam"))
	if err != nil {
		o.fail(w, r, err)
		return
	}
	if b == nil {
		o.missing(w, r)
		return
	}
	words := strings.TrimSpace(r.URL.Query().Get("cari"))
	words = words[:min(len(words), criteriaQuery)]
	number, _ := pageAsked(r)
	page, err := o.boards.criteriaPage(r, b, words, number, pageSize, o.now().Time())
	if err != nil {
		o.fail(w, r, err)
		return
	}
	key := fmt.Sprintf("kriteria/%s/%d", b.code, page.Page)
	if words != "" {
		key = ""
	}
	o.show(w, r, "criteria.html", key, page)
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
func (p *criteriaPage) turn(number, size int) {
	rows := p.Formations.find(p.Query)
	p.Found, p.Pages = len(rows), max(1, (len(rows)+size-1)/size)
	p.Page = min(number, p.Pages)
	p.Rows = (&proctor.Criteria{Columns: p.Formations.Table.Columns, Rows: rows[(p.Page-1)*size : min(p.Page*size, len(rows))]}).Objects()
	p.Prev = p.Page - 1
	if p.Page < p.Pages {
		p.Nxt = p.Page + 1
	}
}

// versionPage is what templates/criteria-version.html is made from.
type versionPage struct {
	pageData
	To          boardLinks
	Exam, Title string
	*disclosed
	Objects []map[string]string
	InForce bool
	Until   string // when the next one took its place
	More    int    // rows that are not shown
}

// Other is this page in the other language.
func (p *versionPage) Other() string { return p.To.OtherVersion(p.Exam, string(p.Part), p.N) }

// versionRows is how many rows of a version a page shows; the file has all.
const versionRows = 500

// versionPage tells one version, with what it changed.
func (p *BoardPages) versionPage(r *http.Request, b *book, v *proctor.Version) (*versionPage, error) {
	d, err := b.disclose(r.Context(), v)
	if err != nil {
		return nil, err
	}
	page := &versionPage{pageData: pageData{Lang: language(r)}, To: p.links(r), Exam: b.code, Title: b.title, disclosed: d, InForce: true}
	if later := proctor.VersionOf(b.versions, d.Part, d.N+1); later != nil {
		page.InForce, page.Until = false, later.At.String()
	}
	rows := d.Table.Rows[:min(len(d.Table.Rows), versionRows)]
	page.More = len(d.Table.Rows) - len(rows)
	page.Objects = (&proctor.Criteria{Columns: d.Table.Columns, Rows: rows}).Objects()
	return page, nil
}

func (o *openPages) serveCriteriaVersion(w http.ResponseWriter, r *http.Request) {
	b, err := o.from.openBook(r, r.PathValue("exam"))
	if err != nil {
		o.fail(w, r, err)
		return
	}
	part, text, _ := strings.Cut(r.PathValue("version"), "-")
	n, _ := strconv.Atoi(text)
	if b == nil || proctor.VersionOf(b.versions, proctor.Part(part), n) == nil {
		o.missing(w, r)
		return
	}
	page, err := o.boards.versionPage(r, b, proctor.VersionOf(b.versions, proctor.Part(part), n))
	if err != nil {
		o.fail(w, r, err)
		return
	}
	o.show(w, r, "criteria-version.html", fmt.Sprintf("kriteria/%s/%s-%d", b.code, part, n), page)
}

// rulesFile is the name under which an exam's rule set is downloaded: the bytes whose hash is published.
const rulesFile = "rules.json"

// serveCriteriaFile answers with a part as the bytes whose hash is published, with the
// calendar for people's own calendars, or with the rule set. ?versi=N asks for another
// version of a part than the one in force.
func (o *openPages) serveCriteriaFile(w http.ResponseWriter, r *http.Request) {
	b, err := o.from.openBook(r, r.PathValue("exam"))
	if err != nil {
		o.fail(w, r, err)
		return
	}
	file := r.PathValue("file")
	name, kind, _ := strings.Cut(file, ".")
	part := proctor.Part(name)
	if b != nil && file == rulesFile {
		o.send(w, "application/json; charset=utf-8", b.code+"-"+rulesFile, b.rules.Bytes())
		return
	}
	if b == nil || kind != "csv" && (kind != "ics" || part != proctor.PartCalendar) {
		o.missing(w, r)
		return
	}
	v := proctor.InForce(b.versions, part, o.now())
	if asked := r.URL.Query().Get("versi"); asked != "" {
		n, _ := strconv.Atoi(asked)
		v = proctor.VersionOf(b.versions, part, n)
	}
	if v == nil {
		o.missing(w, r)
		return
	}
	d, err := b.disclose(r.Context(), v)
	if err != nil {
		o.fail(w, r, err)
		return
	}
	body, media := d.Table.Bytes(), "text/csv; charset=utf-8; header=present"
	if kind == "ics" {
		body, media = []byte(o.boards.pages.calendarFile(b, d, o.host(r), language(r))), "text/calendar; charset=utf-8"
	}
	o.send(w, media, b.code+"-"+name+"-"+strconv.Itoa(d.N)+"."+kind, body)
}

// send answers with a file to be downloaded.
func (o *openPages) send(w http.ResponseWriter, media, name string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	o.keep(w)
	_, _ = w.Write(body)
}
