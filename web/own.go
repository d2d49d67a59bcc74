package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
	"terang/scoring/selection"
)

func (s *Server) ownRoutes(rt *routes) {
	rt.public("GET /hasil-saya", s.serveOwnForm)
	rt.public("POST /hasil-saya", s.serveOwn)
	rt.public("GET /hasil-saya/answers.json", s.serveOwnAnswers)
	rt.public("GET /hasil-saya/versi", s.serveOwnVersion)
	rt.public("POST /hasil-saya/tutup", s.serveLeaveOwn)
	rt.staffPage("GET /kode-hasil", proctor.ActResultCode, Anywhere, s.serveCodeForm)
	rt.staffPage("POST /kode-hasil", proctor.ActResultCode, Anywhere, s.serveIssueCode)
}

// A code has fifty bits: nobody finds one by trying, at whatever rate. So what is wrong is counted
// only where it comes from, and what is right is never kept waiting by what others sent. A birth
// date is one of some fifteen thousand: who has a code, their own or one that was found, is counted
// by the number. Nobody else can use that up.
var (
	ownWrongFrom = engine.Limit{Burst: 20, Every: 10 * time.Second}
	ownByCode    = engine.Limit{Burst: 6, Every: time.Minute}
)

// resultsCode is the code of a person that holds now.
func (s *Server) resultsCode(p *proctor.Person) string {
	return s.desk.ResultsCode(p.Exam, p.Number, s.results.folds.Issue(p.Exam, p.Number))
}

// ownPage is what templates/own.html is made from. Fault is a code; Person is nil until
// all three parts are right.
type ownPage struct {
	pageData
	Fault     engine.Code
	Text      string
	Number    string
	Person    *proctor.Person
	Title     string
	State     string // provisional, final or revised
	Over      bool   // the attempt is
	Hidden    bool   // the exam shows no scores before the release of a list that has them
	Sections  []sectionJSON
	Together  []scoring.Together // thresholds that sections reach together
	Second    int                // least total of the second group of the shortlist, for who missed a threshold
	Total     int
	Max       int
	Status    string // meets, misses or a code; of the released list if there is one
	Is        string // what it stands for, as texts name it
	Rank      int    // on the released list, 0: none
	Receipt   string
	Log       *logReceipt // nil while the attempt is not over
	Explained []string    // in the page's language
	Rehearsal bool
	Answers   []ownAnswer // nil: they are not shown
	Version   string      // of what is shown, see ownVersion
	Now       string      // when it was, at the candidate's site

	Objections *ownObjections // nil: the exam takes none
	Draft      *ownDraft      // sent by who was not signed in any more
	Notices    []ownNotice    // newest first
}

// serveOwnForm asks for the three parts, or shows the result again to who gave them lately.
func (s *Server) serveOwnForm(w http.ResponseWriter, r *http.Request) {
	page := ownPage{pageData: s.data(r, "results")}
	if p := s.cameBack(w, r); p != nil {
		page.Number = p.Number
		if err := s.fillOwn(r, &page, p); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	s.show(w, r, http.StatusOK, "own.html", page)
}

// serveOwn signs somebody in to their own result. Whichever part is wrong, the answer is one and
// the same, and as slow. The result has an address of its own: whoever goes back to it, or loads it
// again, sends no code once more.
func (s *Server) serveOwn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	page := ownPage{pageData: s.data(r, "results"), Number: strings.TrimSpace(r.PostFormValue("number"))}
	deny := func(status int, code engine.Code) {
		page.Fault, page.Text = code, codeText(code, page.Lang)
		s.show(w, r, status, "own.html", page)
	}
	p, code := s.identified(r)
	switch code {
	case "":
	case engine.RateLimited:
		deny(http.StatusTooManyRequests, code)
		return
	default:
		deny(http.StatusForbidden, code)
		return
	}
	s.enterOwn(w, p)
	http.Redirect(w, r, ownPath, http.StatusSeeOther)
}

// identified is the person whose number, birth date and code a form has, or what is wrong:
// one and the same whichever part is.
func (s *Server) identified(r *http.Request) (*proctor.Person, engine.Code) {
	number, _ := proctor.NormalNumber(strings.TrimSpace(r.PostFormValue("number")))
	if p := s.coded(number, r.PostFormValue("code")); p != nil {
		if ok, _ := s.limits.Allow(r.Context(), "own-code/"+p.Attempt, ownByCode, s.hall.Now()); !ok {
			return nil, engine.RateLimited
		}
		if p.BirthDate != "" && p.BirthDate == strings.TrimSpace(r.PostFormValue("birth")) {
			return p, ""
		}
	}
	if ok, _ := s.limits.Allow(r.Context(), "own-wrong/"+s.neighbourhood(r), ownWrongFrom, s.hall.Now()); !ok {
		return nil, engine.RateLimited
	}
	return nil, codeOwnWrong
}

// coded is the person of a number whose results code that is, nil if it is nobody's.
func (s *Server) coded(number, code string) (found *proctor.Person) {
	people := s.results.people.Find(number, "")
	if len(people) == 0 {
		s.desk.CheckResultsCode(code, "", number, 0) // nobody is told apart by how long it takes
	}
	for _, p := range people {
		if s.desk.CheckResultsCode(code, p.Exam, p.Number, s.results.folds.Issue(p.Exam, p.Number)) {
			found = p
		}
	}
	return found
}

func (s *Server) fillOwn(r *http.Request, page *ownPage, p *proctor.Person) error {
	x := s.exam(p.Exam)
	if x == nil {
		return engine.ErrAbsent
	}
	var err error
	// First the version: what changes while the page is made is new to its reader, not lost.
	if page.Version, err = s.ownVersion(r.Context(), x, p); err != nil {
		return err
	}
	page.Now = localTime(s.hall.Now().String(), s.zoneOf(p.SittingID()), page.Lang)
	result, _ := s.results.folds.Result(x.Boards, p.Attempt)
	state, err := s.office.Results(r.Context(), p.Exam)
	if err != nil {
		return err
	}
	page.Person, page.Title, page.Rehearsal, page.State, page.Over = p, x.Def.Title, x.Def.Rehearsal, proctor.ResultsProvisional, result.Finished
	if live := s.hall.Attempt(p.Attempt); live != nil {
		live.View(func(a *engine.Attempt, _ *engine.Terms) {
			if page.Over = page.Over || a.State.Over(); a.Fingerprint != (engine.Hash{}) {
				page.Receipt = a.Fingerprint.Receipt()
			}
		})
	}
	if page.Objections, err = s.objectionsOfOwn(r, x, p); err != nil {
		return err
	}
	if page.Over {
		if page.Log, err = s.shownReceipt(r, x, p.Attempt, p.Number); err != nil {
			s.log.Error("a result is shown without its receipt", "attempt", p.Attempt, "error", err)
		}
	}
	row, err := s.results.rowOf(r.Context(), x, &state, &result)
	if err != nil {
		return err
	}
	if page.Answers, err = s.ownAnswers(r, p); err != nil {
		s.log.Error("a result is shown without its answers", "attempt", p.Attempt, "error", err)
	}
	page.Hidden = x.hides(&result, row != nil)
	switch {
	case state.Released.Kind == "":
	case state.Standing() != proctor.ResultsFinal:
		page.State = stateRevised
	case row != nil:
		page.State = proctor.ResultsFinal
	}
	if page.Over && !page.Hidden {
		page.tell(x, &result)
		if page.State == proctor.ResultsFinal {
			if err := s.explainOwn(r.Context(), page, x, row, &result, state.Released.Text); err != nil {
				return err
			}
		}
	}
	var codes []scoring.Meaning
	if stage := x.standing(); stage != "" {
		codes = x.Rules.Codes.Meanings(stage)
	}
	page.Is = meaningOf(codes, page.Status)
	return s.noticesOfOwn(r.Context(), page, x, p, &state)
}

// tell says what stands of a result that is over: a code, or scores, or that it waits until it is
// decided whose it is.
func (p *ownPage) tell(x *Exam, r *scoring.Result) {
	p.Status, p.Max = r.Shown(), x.Rules.Max
	switch flagOf(r) {
	case selection.NoFlag:
		p.scores(x, r)
	case selection.Pending:
		if p.Status = ""; r.Held {
			p.Status = statusHeld
		}
	}
}

func (p *ownPage) scores(x *Exam, r *scoring.Result) {
	p.Total, p.Together = r.Points.Sum(), r.Bar.Together(&r.Points)
	if !r.Bar.Passed(&r.Points) {
		p.Second = r.Bar.Second()
	}
	for i, section := range x.Rules.Sections {
		score := int(r.Points[i])
		p.Sections = append(p.Sections, sectionJSON{ID: section.Code, Title: section.Name, Score: score, Max: section.Max, Threshold: r.Bar.Least(i), Meets: r.Bar.Meets(i, score)})
	}
}

// explainOwn says which rule, which numbers, who stands above and by what key: of the
// released list only, so that nothing is explained that is not public. Where numbers are
// masked it says the own row alone, and names nobody beside it.
func (s *Server) explainOwn(ctx context.Context, page *ownPage, x *Exam, row *ListRow, result *scoring.Result, hash string) error {
	l, err := s.results.decided(ctx, x, hash)
	if err != nil || l == nil {
		return err
	}
	i := l.Find(row.Number)
	if i < 0 {
		return nil
	}
	page.Rank, page.Status = row.Rank, row.Status
	e := l.Explain(i)
	if x.Def.Policy.Names == scoring.NamesMaskedNumber {
		e = l.ExplainOwn(i, page.Person.Number)
	}
	x.explainRescored(&e, result)
	if page.Explained = e.Indonesian; page.Lang == "en" {
		page.Explained = e.English
	}
	return nil
}

// codePage is what templates/result-code.html is made from.
type codePage struct {
	officeData
	Op     string
	Exams  []shownExam // in which the account may
	Exam   string
	Number string
	Text   string // of what is wrong
	Person *proctor.Person
	Code   string // shown this once
}

func (s *Server) codePage(r *http.Request, a proctor.Account) codePage {
	exams := s.examsWhere(func(code string) bool {
		return slices.ContainsFunc(a.Grants, func(g proctor.Grant) bool {
			return proctor.May(g.Role, proctor.ActResultCode) && (g.Exam == "" || g.Exam == code)
		})
	})
	return codePage{officeData: s.officeData(r, "results", a), Op: uuid.NewString(), Exams: exams}
}

func (s *Server) serveCodeForm(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	s.show(w, r, http.StatusOK, "result-code.html", s.codePage(r, a))
}

// serveIssueCode gives a new code to somebody whose papers a verifier has seen.
func (s *Server) serveIssueCode(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	page := s.codePage(r, a)
	page.Op, page.Exam, page.Number = r.PostFormValue("op"), r.PostFormValue("exam"), strings.TrimSpace(r.PostFormValue("number"))
	people := slices.DeleteFunc(slices.Clone(s.results.people.Find(page.Number, page.Exam)), func(p *proctor.Person) bool {
		return !a.May(proctor.ActResultCode, p.Exam, p.Site, p.Sitting)
	})
	status := http.StatusUnprocessableEntity
	switch {
	case len(people) != 1: // also of another site: no account learns of people outside its grant
		page.Text = s.pages.texts[page.Lang]["results.code_nobody"]
	case r.PostFormValue("papers") == "":
		page.Text = s.pages.texts[page.Lang]["results.code_papers_need"]
	default:
		issue, err := s.office.IssueCode(r.Context(), a, page.Op, people[0], "papers: "+r.PostFormValue("papers"))
		if err != nil {
			s.fail(w, r, err)
			return
		}
		status, page.Person, page.Code = http.StatusOK, people[0], s.desk.ResultsCode(people[0].Exam, people[0].Number, issue)
	}
	s.show(w, r, status, "result-code.html", page)
}
