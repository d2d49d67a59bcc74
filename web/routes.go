package web

import (
	"errors"
	"net/http"
	"strings"

	"terang/engine"
	"terang/proctor"
)

// Audience is who a route is for.
type Audience string

// The audiences.
const (
	ForAll        Audience = "public"    // whoever comes
	ForCandidates Audience = "candidate" // judged by the candidate's own session, in the handler
	ForStaff      Audience = "staff"     // an account, or a program's token
)

// Scope is the place that a staff route's act is asked for.
type Scope string

// The scopes.
const (
	Anywhere  Scope = "anywhere" // the act at any place; the handler keeps to those of the account
	OfSitting Scope = "sitting"  // {id} is EXAM.SITTING
	OfExam    Scope = "exam"     // {exam} is the exam's code
	OfServer  Scope = "server"   // the act for everything
	OfOneself Scope = "self"     // the account's own matters: any that has signed in, and no token
)

// Route is a pattern of the router with the decision who may come. There is no other way
// to add a route than one that makes this decision.
type Route struct {
	Pattern string
	For     Audience
	Act     string // of ForStaff; "" with OfOneself
	Scope   Scope  // of ForStaff
	Page    bool   // for a person's browser: who has not signed in is sent to do so
}

// routes are the router and its table of decisions.
type routes struct {
	server *Server
	mux    *http.ServeMux
	table  []Route
}

func newRoutes(s *Server) *routes { return &routes{server: s, mux: http.NewServeMux()} }

func (rt *routes) add(r Route, h http.HandlerFunc) {
	rt.table = append(rt.table, r)
	rt.mux.HandleFunc(r.Pattern, h)
}

// public adds a route for whoever comes.
func (rt *routes) public(pattern string, h http.HandlerFunc) {
	rt.add(Route{Pattern: pattern, For: ForAll}, inTime(h))
}

// candidate adds a route that the handler opens to the session of a candidate.
func (rt *routes) candidate(pattern string, h http.HandlerFunc) {
	rt.add(Route{Pattern: pattern, For: ForCandidates}, inTime(h))
}

// staffHandler answers an account that may come.
type staffHandler func(http.ResponseWriter, *http.Request, proctor.Account)

// staff adds a route for accounts that may do the act at the scope's place.
func (rt *routes) staff(pattern, act string, scope Scope, h staffHandler) {
	r := Route{Pattern: pattern, For: ForStaff, Act: act, Scope: scope}
	rt.add(r, atLeisure(rt.guard(r, h)))
}

// staffPage is staff for a page: who has not signed in is sent to the desk, and what an
// account may not see is not there.
func (rt *routes) staffPage(pattern, act string, scope Scope, h staffHandler) {
	r := Route{Pattern: pattern, For: ForStaff, Act: act, Scope: scope, Page: true}
	rt.add(r, atLeisure(rt.guard(r, h)))
}

func (rt *routes) guard(route Route, h staffHandler) http.HandlerFunc {
	s := rt.server
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store") // nobody sees it by going back, once the account has signed out
		a, err := s.account(r)
		if err == nil {
			err = s.admits(route, r, a)
		}
		switch {
		case err == nil:
			h(w, r, a)
		case !route.Page:
			s.fail(w, r, err)
		case errors.Is(err, codeSignIn):
			http.Redirect(w, r, signInFor(r), http.StatusSeeOther)
		case errors.Is(err, proctor.EnrolFirst), errors.Is(err, codeOwnFirst):
			http.Redirect(w, r, "/akun", http.StatusSeeOther)
		default:
			s.notFound(w, r)
		}
	}
}

// admits decides whether an account may come to a route.
func (s *Server) admits(route Route, r *http.Request, a proctor.Account) error {
	if route.Scope == OfOneself {
		if a.Token {
			return &engine.Refusal{Code: engine.NotAllowed, Field: "token"}
		}
		return nil
	}
	if s.mustEnrol(a) {
		return proctor.EnrolFirst
	}
	if route.Page && a.PasswordKnown() {
		return codeOwnFirst
	}
	no := &engine.Refusal{Code: engine.NotAllowed, Field: string(route.Scope)}
	switch route.Scope {
	case OfSitting:
		def, sitting, _, ok := s.placeOf(r.PathValue("id"))
		if !ok {
			return proctor.UnknownSitting
		}
		if !a.May(route.Act, def.Code, sitting.Site, sitting.Code) {
			return no
		}
	case OfExam:
		if !a.May(route.Act, r.PathValue("exam"), "", "") {
			return no
		}
	case OfServer:
		if !a.May(route.Act, "", "", "") {
			return no
		}
	case Anywhere:
		if !a.MaySomewhere(route.Act) {
			return no
		}
	default:
		return no
	}
	return nil
}

// account is who a staff request comes from: the session of the cookie, or the token that
// a program sends.
func (s *Server) account(r *http.Request) (proctor.Account, error) {
	var a proctor.Account
	var err error
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		a, err = s.accounts.Bearer(r.Context(), token, s.hall.Now())
	} else if token := s.staffToken(r); token != "" {
		if a, err = s.accounts.Session(r.Context(), token, s.hall.Now()); err == nil {
			a.Desk, err = s.accounts.DeskOf(r.Context(), token)
		}
	} else {
		return a, codeSignIn
	}
	var over *engine.Refusal
	if errors.As(err, &over) || errors.Is(err, engine.ErrAbsent) {
		return proctor.Account{}, codeSignIn
	}
	return a, err
}

// staffToken is the secret of the session that a request claims, "" if none.
func (s *Server) staffToken(r *http.Request) string {
	c, err := r.Cookie(s.cookieName("staff"))
	if err != nil {
		return ""
	}
	return c.Value
}

// mustEnrol says whether an account has to set up its second factor before anything else:
// one that decides about many people, where the server or an exam of its own asks for it.
func (s *Server) mustEnrol(a proctor.Account) bool {
	if a.Token || a.Factor != 0 || !a.Has(proctor.Privileged...) {
		return false
	}
	if s.secondFactor {
		return true
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for code, x := range s.exams {
		if x.Def.Policy.SecondFactor != engine.FactorRequired {
			continue
		}
		for _, g := range a.Grants {
			if g.Of(proctor.Privileged...) && (g.Exam == "" || g.Exam == code) {
				return true
			}
		}
	}
	return false
}
