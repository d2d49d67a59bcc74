package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// filings bound how often one candidate may send an objection, whatever becomes of it.
var filings = engine.Limit{Burst: 20, Every: 20 * time.Second}

const ownCookie = "own"

// enterOwn keeps somebody signed in who came back with number, birth date and code.
func (s *Server) enterOwn(w http.ResponseWriter, p *proctor.Person) {
	s.staysOwn(w, proctor.Own{Exam: p.Exam, Number: p.Number, Issue: s.results.folds.Issue(p.Exam, p.Number), Since: s.hall.Now()})
}

// staysOwn keeps them signed in from now on.
func (s *Server) staysOwn(w http.ResponseWriter, o proctor.Own) {
	now := s.hall.Now()
	o = o.Used(now)
	s.setCookie(w, ownCookie, s.desk.OwnSession(o), o.Until.Sub(now))
}

// cameBack is who signed in with a results code, nil if nobody did or the code was voided
// since. They stay signed in for as long as they come.
func (s *Server) cameBack(w http.ResponseWriter, r *http.Request) *proctor.Person {
	p, own := s.ownSession(r)
	if p != nil {
		s.staysOwn(w, own)
	}
	return p
}

// ownSession is cameBack, of who may not be there any more.
func (s *Server) ownSession(r *http.Request) (*proctor.Person, proctor.Own) {
	c, err := r.Cookie(s.cookieName(ownCookie))
	if err != nil {
		return nil, proctor.Own{}
	}
	own, ok := s.desk.OwnSessionOf(c.Value)
	if !ok || own.Issue != s.results.folds.Issue(own.Exam, own.Number) {
		return nil, proctor.Own{}
	}
	for _, p := range s.results.people.Find(own.Number, own.Exam) {
		if p.Number == own.Number {
			return p, own
		}
	}
	return nil, proctor.Own{}
}

// serveLeaveOwn ends it, and asks for the three parts again.
func (s *Server) serveLeaveOwn(w http.ResponseWriter, r *http.Request) {
	s.setCookie(w, ownCookie, "", 0)
	s.show(w, r, http.StatusOK, "own.html", ownPage{pageData: s.data(r, "results")})
}

// ownObjections are a candidate's objections, and what may still be filed.
type ownObjections struct {
	Windows []shownWindow
	Kinds   []string // that are taken now
	Filed   []ownObjection
	Left    int // how many more are taken
	Most    int
	Words   int // characters at most
	Items   int // positions of the own form, 0: it was never begun
	Op      string
	New     string // number of the one that was just filed

	Fault engine.Code // of what was sent, with what it was
	Text  string
	Kind  string
	Q     string
	Said  string
}

type ownObjection struct {
	ObjectionJSON
	Words, Answer string
	Op            string // of taking it back
}

// objectionsOfOwn fills what the candidate's page says of objections; nil where the exam
// takes none and none was filed.
func (s *Server) objectionsOfOwn(r *http.Request, x *Exam, p *proctor.Person) (*ownObjections, error) {
	policy := x.Def.Policy.Objections
	all, err := s.office.Objections(r.Context(), p.Exam)
	if err != nil {
		return nil, err
	}
	own := all.Of(p.Number)
	if policy == nil && len(own) == 0 {
		return nil, nil
	}
	bases, err := s.office.ObjectionBases(r.Context(), p.Exam, p)
	if err != nil {
		return nil, err
	}
	now, zone, lang := s.hall.Now(), s.zoneOf(p.SittingID()), language(r)
	openings := openingsJSON(policy.Openings(bases), now)
	v := &ownObjections{Windows: windowsIn(openings, zone, lang), Items: s.positions(p), Op: uuid.NewString()}
	for _, w := range openings {
		if w.State == "open" && (len(v.Kinds) == 0 || v.Kinds[len(v.Kinds)-1] != w.Kind) && (!engine.OfItem(w.Kind) || v.Items > 0) {
			v.Kinds = append(v.Kinds, w.Kind)
		}
	}
	if policy != nil {
		v.Most, v.Words, v.Left = policy.Most, policy.Words, max(0, policy.Most-len(own))
	}
	for i := range own {
		one := ownObjection{ObjectionJSON: ObjectionOf(&own[i], now).at(zone, lang), Op: uuid.NewString()}
		if one.Words, one.Answer, err = s.office.ObjectionWords(r.Context(), &own[i]); err != nil {
			return nil, err
		}
		v.Filed = append(v.Filed, one)
		if strconv.Itoa(one.Seq) == r.URL.Query().Get("sanggahan") {
			v.New = one.Number
		}
	}
	return v, nil
}

// positions is how many positions the form of a candidate has who has begun, else 0.
func (s *Server) positions(p *proctor.Person) (n int) {
	if live := s.hall.Attempt(p.Attempt); live != nil {
		live.View(func(a *engine.Attempt, t *engine.Terms) {
			if a.Ledger.From != 0 {
				n = t.Form.Len()
			}
		})
	}
	return n
}

// itemAt is what stands at a position of the candidate's own form, "" if nothing does.
func (s *Server) itemAt(p *proctor.Person, q int) (item string) {
	if q < 1 || q > s.positions(p) {
		return ""
	}
	s.hall.Attempt(p.Attempt).View(func(_ *engine.Attempt, t *engine.Terms) {
		if place, ok := t.Form.Place(q); ok {
			item = place.Item.ID
		}
	})
	return item
}

// ownDraft is an objection that was sent when the sign-in was over: it is sent once more together
// with number, birth date and code, so that nobody writes it again.
type ownDraft struct {
	Op, Kind, Q, Words string
	Kinds              []string // that there are; which are taken now is told to who is signed in
}

// filer is who files an objection: who gives the three parts with it, or else who is signed in.
func (s *Server) filer(w http.ResponseWriter, r *http.Request) (p *proctor.Person, anew bool, refused engine.Code) {
	if r.PostFormValue("code") != "" {
		p, refused = s.identified(r)
		return p, true, refused
	}
	if p = s.cameBack(w, r); p == nil {
		refused = codeOwnOver
	}
	return p, false, refused
}

// serveFile takes an objection of who came back, and shows the page again with its number.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	p, anew, refused := s.filer(w, r)
	if refused != "" {
		s.draftRefused(w, r, &engine.Refusal{Code: refused})
		return
	}
	f := proctor.Filing{Op: r.PostFormValue("op"), Kind: r.PostFormValue("kind"), Words: r.PostFormValue("words")}
	f.Q, _ = strconv.Atoi(strings.TrimSpace(r.PostFormValue("q")))
	f.Item = s.itemAt(p, f.Q)
	var one *proctor.Objection
	err := s.mayFile(r, p)
	if err == nil {
		one, err = s.office.FileObjection(r.Context(), p, f)
	}
	if err == nil {
		if anew {
			s.enterOwn(w, p)
		}
		http.Redirect(w, r, "/hasil-saya?sanggahan="+strconv.Itoa(one.Seq)+"#sanggahan", http.StatusSeeOther)
		return
	}
	// No answer to a code shows more than what was sent with it: see serveOwn.
	if no := (*engine.Refusal)(nil); anew && errors.As(err, &no) {
		s.draftRefused(w, r, no)
		return
	}
	s.ownRefused(w, r, p, err, func(v *ownObjections) {
		v.Op, v.Kind, v.Q, v.Said = f.Op, f.Kind, r.PostFormValue("q"), f.Words
		if !engine.ValidOp(f.Op) {
			v.Op = uuid.NewString()
		}
	})
}

func (s *Server) mayFile(r *http.Request, p *proctor.Person) error {
	if ok, retry := s.limits.Allow(r.Context(), "objection/"+p.Attempt, filings, s.hall.Now()); !ok {
		return &engine.Refusal{Code: engine.RateLimited, Field: "objection", Retry: retry}
	}
	return nil
}

// serveWithdraw takes an own objection back.
func (s *Server) serveWithdraw(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	p := s.cameBack(w, r)
	if p == nil {
		s.ownSignIn(w, r)
		return
	}
	seq, err := strconv.Atoi(r.PathValue("seq"))
	if err != nil {
		writeError(w, r, engine.BadFrame, "seq")
		return
	}
	if err = s.mayFile(r, p); err == nil {
		err = s.office.WithdrawObjection(r.Context(), p, r.PostFormValue("op"), seq)
	}
	if err == nil {
		http.Redirect(w, r, "/hasil-saya#sanggahan", http.StatusSeeOther)
		return
	}
	s.ownRefused(w, r, p, err, func(*ownObjections) {})
}

// ownSignIn asks somebody to come back with the results code who has not, or not lately.
func (s *Server) ownSignIn(w http.ResponseWriter, r *http.Request) {
	page := ownPage{pageData: s.data(r, "results"), Fault: codeOwnOver}
	page.Text = codeText(page.Fault, page.Lang)
	s.show(w, r, http.StatusForbidden, "own.html", page)
}

// draftRefused asks for the three parts together with the objection that was sent.
func (s *Server) draftRefused(w http.ResponseWriter, r *http.Request, no *engine.Refusal) {
	page := ownPage{pageData: s.data(r, "results"), Fault: no.Code, Number: strings.TrimSpace(r.PostFormValue("number"))}
	page.Text = refusalText(no, page.Lang)
	page.Draft = &ownDraft{r.PostFormValue("op"), r.PostFormValue("kind"), r.PostFormValue("q"), r.PostFormValue("words"), engine.ObjectionKinds}
	if !engine.ValidOp(page.Draft.Op) {
		page.Draft.Op = uuid.NewString()
	}
	s.show(w, r, codes[no.Code].status, "own.html", page)
}

// ownRefused shows the candidate's page with what was wrong with an objection, and all
// that was written of it.
func (s *Server) ownRefused(w http.ResponseWriter, r *http.Request, p *proctor.Person, err error, keep func(*ownObjections)) {
	var no *engine.Refusal
	if !errors.As(err, &no) {
		s.fail(w, r, err)
		return
	}
	page := ownPage{pageData: s.data(r, "results"), Number: p.Number}
	if err := s.fillOwn(r, &page, p); err != nil {
		s.fail(w, r, err)
		return
	}
	if page.Objections == nil {
		s.fail(w, r, no)
		return
	}
	page.Objections.Fault, page.Objections.Text = no.Code, refusalText(no, page.Lang)
	keep(page.Objections)
	s.show(w, r, codes[no.Code].status, "own.html", page)
}
