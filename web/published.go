package web

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

// searches bound how often one address may look for a number, at all nodes together: a
// list of people is published by formation, and not handed out by guessing.
var searches = engine.Limit{Burst: 30, Every: 2 * time.Second}

// announced is what the public may know of an exam's results: the list that was released
// last, and whether another will take its place.
type announced struct {
	Exam     string `json:"exam"`
	Title    string `json:"title"`
	State    string `json:"state"` // provisional: nothing is released; final; revised: a released list is being made anew
	Version  int    `json:"version"`
	List     string `json:"list,omitempty"` // SHA-256
	Released string `json:"released,omitempty"`
	Why      string `json:"rescored_why,omitempty"` // of the newest annulment since the release
	Unsure   bool   `json:"despite,omitempty"`      // matters were open when it was fixed

	list  *List
	state proctor.ResultsState
	rules *scoring.RuleSet

	rehearsal bool
}

// States of announced that are no phase of the results.
const stateRevised = "revised"

// announcedOf is nil for an exam that does not exist for whoever asks.
func (s *Server) announcedOf(r *http.Request, code string) (*announced, error) {
	x := s.exam(code)
	if x == nil || x.Def.Rehearsal && !s.seesResults(r, code) {
		return nil, nil
	}
	state, err := s.office.Results(r.Context(), code)
	if err != nil {
		return nil, err
	}
	var list *List
	if state.Released.Kind != "" {
		if list, err = s.results.published(r.Context(), state.Released.Text); err != nil {
			return nil, err
		}
	}
	return newAnnounced(x, state, list), nil
}

// newAnnounced says what may be known of an exam; list is the one that was released last, nil
// if none was.
func newAnnounced(x *Exam, state proctor.ResultsState, list *List) *announced {
	a := &announced{Exam: x.Def.Code, Title: x.Def.Title, State: proctor.ResultsProvisional, list: list, state: state, rules: x.Rules, rehearsal: x.Def.Rehearsal}
	if list == nil {
		return a
	}
	a.State, a.List, a.Released = proctor.ResultsFinal, state.Released.Text, state.Released.At.String()
	a.Version, a.Unsure = list.Version, state.Released.Why == despite
	if state.Standing() != proctor.ResultsFinal {
		a.State = stateRevised
		if n := len(state.Annulled); n > a.Version {
			a.Why = state.Annulled[n-1].Why
		}
	}
	return a
}

// seesResults says whether whoever asks is staff who may see a rehearsal's results.
func (s *Server) seesResults(r *http.Request, exam string) bool {
	a, err := s.account(r)
	return err == nil && !s.mustEnrol(a) && (a.May(proctor.ActResultRead, exam, "", "") || a.May(proctor.ActSee, exam, "", ""))
}

// everyAnnounced are the exams of which the public may know, by code.
func (s *Server) everyAnnounced(r *http.Request) ([]*announced, error) {
	all := []*announced{}
	for _, one := range s.examsWhere(func(string) bool { return true }) {
		a, err := s.announcedOf(r, one.Code)
		if err != nil {
			return nil, err
		}
		if a != nil {
			all = append(all, a)
		}
	}
	return all, nil
}

func (s *Server) servePublishedList(w http.ResponseWriter, r *http.Request) {
	all, err := s.everyAnnounced(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	own := ""
	if s.url != nil {
		own = s.url.JoinPath(ownPath).String()
	}
	writeJSON(w, http.StatusOK, resultsList(all, own))
}

// ownPath is where candidates read their own results.
const ownPath = "/hasil-saya"

// resultsList is what is announced, and the address at which people read their own, which
// board servers send them to; "" where this server does not know by what address people come.
func resultsList(all any, own string) map[string]any {
	answer := map[string]any{"results": all}
	if own != "" {
		answer["own"] = own
	}
	return answer
}

// searched is the row of a number, nil if the list has none. It takes one of the tries of
// the address; the error says when the next one comes.
func (s *Server) searched(r *http.Request, a *announced, number string) (*ListRow, error) {
	ok, retry := s.limits.Allow(r.Context(), "results/"+s.neighbourhood(r), searches, s.hall.Now())
	if !ok {
		return nil, &engine.Refusal{Code: engine.RateLimited, Field: "number", Retry: retry}
	}
	plain, ok := proctor.NormalNumber(number)
	if !ok || plain == "" {
		return nil, nil
	}
	row, byEnd := numbered(a.list.Rows, plain)
	if byEnd && len(s.results.people.Find(plain, a.Exam)) == 0 {
		return nil, nil // somebody else's number ends so
	}
	return row, nil
}

// numbered is the row of a whole number, nil if there is none. byEnd says that it has the
// end of the number alone, by which it stands apart from the other rows.
func numbered(rows []ListRow, plain string) (row *ListRow, byEnd bool) {
	for i := range rows {
		end, masked := strings.CutPrefix(rows[i].Number, "…")
		if !masked && scoring.PlainNumber(rows[i].Number) == plain || masked && strings.HasSuffix(plain, end) {
			return &rows[i], masked
		}
	}
	return nil, false
}

// servePublishedJSON answers with the list of a formation, or of one number. Without
// either it names the formations.
func (s *Server) servePublishedJSON(w http.ResponseWriter, r *http.Request) {
	a, err := s.announcedOf(r, r.PathValue("exam"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if a == nil || a.list == nil {
		writeError(w, r, codeNotFound, "exam")
		return
	}
	query := r.URL.Query()
	offset, limit, ok := turned(w, r)
	if !ok {
		return
	}
	answer := struct {
		*announced
		RuleSet    string          `json:"rule_set"`
		Rules      string          `json:"rule_set_sha256"`
		Stage      string          `json:"stage"`
		Sections   []string        `json:"sections"`
		Formations []ListFormation `json:"formations"`
		Total      int             `json:"total"`
		Offset     int             `json:"offset"`
		Rows       []ListRow       `json:"rows"`
		Criteria   criteria        `json:"criteria"`
	}{a, a.list.RuleSet, a.list.Rules, a.list.Stage, a.list.Sections, a.list.Formations, 0, offset, []ListRow{}, criteriaOf(a.rules)}
	switch number, formation := query.Get("number"), query.Get("formation"); {
	case number != "":
		row, err := s.searched(r, a, number)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if row != nil {
			answer.Total, answer.Rows = 1, []ListRow{*row}
		}
	case formation != "":
		rows := a.list.of(formation)
		answer.Total = len(rows)
		answer.Rows = rows[min(offset, len(rows)):min(offset+limit, len(rows))]
	}
	writeJSON(w, http.StatusOK, answer)
}

// publishedExams is what templates/published-exams.html is made from.
type publishedExams struct {
	pageData
	To    boardLinks
	Exams []*announced
}

// Other is this page in the other language.
func (p publishedExams) Other() string { return p.To.OtherResult("", "", 1) }

func (s *Server) servePublishedExams(w http.ResponseWriter, r *http.Request) {
	all, err := s.everyAnnounced(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "published-exams.html", publishedExams{s.data(r, "results"), s.boards.links(r), all})
}

// publishedPage is what templates/published.html is made from.
type publishedPage struct {
	pageData
	*announced
	To                      boardLinks
	Rehearsal               bool
	Stage                   string
	Sections                []string
	Formations              []shownFormation
	Formation               *shownFormation // that is asked for
	Rows                    []ListRow
	Page, Pages, Prev, Next int
	Query                   string
	Found                   *ListRow
	FoundIn                 *shownFormation
	ByEnd                   bool      // it was found by the end of its number, and may be somebody else's
	Criteria                *criteria // nil: the server that this was read from does not tell
	Statuses                []string  // codes on the list, which the page explains
}

type shownFormation struct {
	ListFormation
	People, On int // on the list; who go on
}

// criteria are what the list was decided by, beside the results.
type criteria struct {
	RuleSet    string           `json:"rule_set"`
	Hash       string           `json:"rule_set_sha256"`
	Decrees    []string         `json:"decrees"`
	Sections   []ruledSection   `json:"sections"`
	Thresholds []shownThreshold `json:"thresholds"`
	Keys       []string         `json:"order"`              // of ranking, the first wins
	Doubts     []scoring.Doubt  `json:"doubts"`             // about the rules themselves
	Second     bool             `json:"second,omitempty"`   // some need has a second group
	Multiple   int              `json:"multiple,omitempty"` // times the posts go on; 0: no such stage
	On         string           `json:"on,omitempty"`       // code of those who go on

	Codes []scoring.Meaning `json:"codes,omitempty"` // that the list may have
}

type ruledSection struct {
	Code string `json:"id"`
	Name string `json:"title"`
	Max  int    `json:"max"`
}

type shownThreshold struct {
	Need   string   `json:"need"`
	Scores []int    `json:"scores"` // of the sections; 0: none, -1: each post says
	Groups []string `json:"groups,omitempty"`
	Total  int      `json:"total,omitempty"`        // 0: none
	Second int      `json:"second_group,omitempty"` // its least total, 0: none
	Unsure string   `json:"unsure,omitempty"`
}

// perPost stands for a minimum that each post sets for itself.
const perPost = -1

func criteriaOf(rs *scoring.RuleSet) criteria {
	c := criteria{RuleSet: rs.ID, Hash: rs.Hash(), Decrees: []string{}, Keys: rs.RankingKeys, Doubts: append([]scoring.Doubt{}, rs.Uncertain...)}
	for _, s := range rs.Sections {
		c.Sections = append(c.Sections, ruledSection{s.Code, s.Name, s.Max})
	}
	for _, what := range slices.Sorted(maps.Keys(rs.Decree)) {
		if d := rs.Decree[what]; !slices.Contains(c.Decrees, d) {
			c.Decrees = append(c.Decrees, d)
		}
	}
	for _, need := range needsOf(rs) {
		t := rs.Thresholds[need]
		one := shownThreshold{Need: need, Total: t.Total}
		for _, s := range rs.Sections {
			least := t.Sections[s.Code]
			if slices.Contains(t.PerPost, s.Code) {
				least = perPost
			}
			one.Scores = append(one.Scores, least)
		}
		for _, g := range t.Groups {
			one.Groups = append(one.Groups, fmt.Sprintf("%s ≥ %d", strings.Join(g.Sections, " + "), g.Min))
		}
		if t.Status == "uncertain" {
			one.Unsure = cmp.Or(t.Basis, t.Status)
		}
		if one.Second, _ = rs.SecondGroup(need); one.Second > 0 {
			c.Second = true
		}
		c.Thresholds = append(c.Thresholds, one)
	}
	if rs.Shortlist != nil {
		c.Multiple, c.On, c.Codes = rs.Shortlist.Multiple, rs.Codes.Shortlisted, rs.Codes.Meanings(scoring.StageShortlist)
	}
	return c
}

func (s *Server) servePublished(w http.ResponseWriter, r *http.Request) {
	a, err := s.announcedOf(r, r.PathValue("exam"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if a == nil {
		s.boards.faultPage(w, r, codeNotFound)
		return
	}
	page := publishedPage{pageData: s.data(r, "results"), announced: a, To: s.boards.links(r), Rehearsal: a.rehearsal, Criteria: new(criteriaOf(a.rules))}
	if a.list == nil {
		s.show(w, r, http.StatusOK, "published.html", &page)
		return
	}
	index := newListIndex(a.list.Formations, a.list.Rows, page.Criteria.On)
	page.fill(a.list.Stage, a.list.Sections, index)
	query := r.URL.Query()
	if page.Query = strings.TrimSpace(query.Get("cari")); page.Query != "" {
		page.Query = page.Query[:min(len(page.Query), maxQuery)]
		if page.Found, err = s.searched(r, a, page.Query); err != nil {
			s.boards.faultPage(w, r, engine.RateLimited)
			return
		}
		if page.Found != nil {
			page.FoundIn = index.formation(page.Found.Formation)
		}
	}
	if page.Formation = index.formation(query.Get("formasi")); page.Formation != nil {
		number, ok := whole(query.Get("hal"), 1, 1<<20)
		if !ok {
			number = 1
		}
		page.turn(a.list.of(page.Formation.Code), max(1, number), pageSize)
	}
	s.show(w, r, http.StatusOK, "published.html", &page)
}

// fill takes over what the list says of formations and codes.
func (p *publishedPage) fill(stage string, sections []string, x *listIndex) {
	p.Stage, p.Sections, p.Formations, p.Statuses = stage, sections, x.formations, x.statuses
}

// Is says what a code of the list stands for, as texts name it.
func (p *publishedPage) Is(code string) string {
	if p.Criteria == nil {
		return meaningOf(nil, code)
	}
	return meaningOf(p.Criteria.Codes, code)
}

// Heading is what the page is about: a formation of the exam, or all of them.
func (p *publishedPage) Heading() string {
	if p.Formation != nil {
		return p.Formation.Post + " - " + p.Title
	}
	return p.Title
}

// Other is this page in the other language.
func (p *publishedPage) Other() string {
	if p.Formation != nil {
		return p.To.OtherResult(p.Exam, p.Formation.Code, p.Page)
	}
	return p.To.OtherResult(p.Exam, "", 1)
}

// turn shows a page of so many rows.
func (p *publishedPage) turn(rows []ListRow, page, size int) {
	p.Pages = max(1, (len(rows)+size-1)/size)
	p.Page = min(page, p.Pages)
	p.Rows = rows[(p.Page-1)*size : min(p.Page*size, len(rows))]
	p.Prev = p.Page - 1
	if p.Page < p.Pages {
		p.Next = p.Page + 1
	}
}
