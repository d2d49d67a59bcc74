package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// peopleRoutes are what administrators do about accounts and tokens. The route asks
// whether the account may do the act somewhere; proctor, whether it may do it to these.
func (s *Server) peopleRoutes(rt *routes) {
	rt.staffPage("GET /staf", proctor.ActStaff, Anywhere, s.servePeoplePage)
	rt.staff("GET /api/v1/staff/accounts", proctor.ActStaff, Anywhere, s.servePeople)
	rt.staff("POST /api/v1/staff/accounts", proctor.ActGrant, Anywhere, s.serveInvite)
	rt.staff("POST /api/v1/staff/accounts/{user}/grants", proctor.ActGrant, Anywhere, s.serveGrants)
	rt.staff("POST /api/v1/staff/accounts/{user}/access", proctor.ActStaff, Anywhere, s.serveAccess)
	rt.staff("POST /api/v1/staff/vouch", proctor.ActGrant, Anywhere, s.serveVouch)
	rt.staff("POST /api/v1/staff/import", proctor.ActGrant, Anywhere, s.serveStaffImport)
	rt.staff("GET /api/v1/staff/accounts/{user}/sessions", proctor.ActStaff, Anywhere, s.servePersonsSessions)
	rt.staff("POST /api/v1/staff/accounts/{user}/sessions", proctor.ActStaff, Anywhere, s.serveEndSessions)
	rt.staff("GET /api/v1/staff/tokens", proctor.ActTokens, Anywhere, s.serveTokens)
	rt.staff("POST /api/v1/staff/tokens", proctor.ActTokens, Anywhere, s.serveNewToken)
	rt.staff("POST /api/v1/staff/tokens/{name}/revoke", proctor.ActTokens, Anywhere, s.serveRevokeToken)
}

// people are the accounts of which one grant is in the reach of whoever asks.
func (s *Server) people(r *http.Request, by proctor.Account) ([]proctor.Hand, error) {
	return s.accounts.Hands(r.Context(), by, proctor.ActStaff)
}

func (s *Server) servePeople(w http.ResponseWriter, r *http.Request, by proctor.Account) {
	people, err := s.people(r, by)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"accounts": people})
}

// peoplePage is what templates/people.html is made from.
type peoplePage struct {
	pageData
	Staff    staffJSON
	People   []proctor.Hand
	Waiting  int  // accounts that wait for somebody's word, and have been taken by their owners
	MayVouch bool // whoever looks may give it for some
	Roles    []proctor.Role
	Programs []proctor.Role // that a token may have
	Exams    []examChoice
	Tokens   []tokenJSON
	MayToken bool
	Policy   []string // acts that take two people
}

type examChoice struct {
	Code, Title     string
	Sites, Sittings []string
}

// grantChoices are what a form offers from which a grant is put together.
type grantChoices struct {
	ID    string // begins the ids of the fields
	Roles []proctor.Role
	Exams []examChoice
}

type tokenJSON struct {
	Name    string        `json:"name"`
	Grant   proctor.Grant `json:"grant"`
	State   string        `json:"state"` // open, expired or revoked
	Expires string        `json:"expires"`
	Used    string        `json:"used,omitempty"`
	By      string        `json:"by"`
}

func (s *Server) servePeoplePage(w http.ResponseWriter, r *http.Request, by proctor.Account) {
	data := peoplePage{pageData: s.data(r, "people"), Staff: s.shownAccount(by), Roles: proctor.Roles, MayToken: by.MaySomewhere(proctor.ActTokens)}
	for _, role := range proctor.Roles {
		if !slices.Contains(proctor.Privileged, role) {
			data.Programs = append(data.Programs, role)
		}
	}
	s.mu.RLock()
	for _, x := range s.exams {
		if !by.May(proctor.ActStaff, x.Def.Code, "", "") {
			continue
		}
		c := examChoice{Code: x.Def.Code, Title: x.Def.Title}
		for _, site := range x.Def.Sites {
			c.Sites = append(c.Sites, site.Code)
		}
		for _, sitting := range x.Def.Sittings {
			c.Sittings = append(c.Sittings, sitting.Code)
		}
		data.Exams = append(data.Exams, c)
	}
	s.mu.RUnlock()
	slices.SortFunc(data.Exams, func(a, b examChoice) int { return naturally(a.Code, b.Code) })
	var err error
	if data.People, err = s.people(r, by); err == nil {
		data.Tokens, err = s.tokens(r, by)
	}
	var policy proctor.StaffPolicy
	if err == nil {
		policy, err = s.accounts.Policy(r.Context())
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	data.Policy = policy.TwoPerson
	for _, p := range data.People {
		if p.Waits && p.State == "open" {
			data.Waiting++
		}
		data.MayVouch = data.MayVouch || p.Vouch
	}
	s.show(w, r, http.StatusOK, "people.html", data)
}

// accountRequest is the part that all requests about accounts have.
type accountRequest struct {
	Op      string          `json:"op"`      // UUID; a repetition has no second effect. Absent: a new one
	Reason  string          `json:"reason"`  // shown to whoever has to agree
	Second  *proctor.Second `json:"second"`  // the other person, who signs at the same desk
	Propose *bool           `json:"propose"` // absent: true
	Probe   bool            `json:"probe"`   // with propose false: only ask whether it takes two; nothing is recorded
}

// carryOut does an act on accounts. One that takes two is proposed, unless the other
// person signs here or propose is false: then it is refused, and nothing waits.
func (s *Server) carryOut(w http.ResponseWriter, r *http.Request, by proctor.Account, req *accountRequest, act proctor.AccountAct) {
	if req.Op == "" {
		req.Op = uuid.NewString()
	}
	propose := req.Propose == nil || *req.Propose
	answer, err := s.office.Account(r.Context(), by, act, proctor.Signing{Op: req.Op, Reason: req.Reason, Second: req.Second, Propose: propose, Probe: req.Probe && !propose})
	switch {
	case err != nil:
		s.fail(w, r, err)
	case answer.Proposal != "":
		writeJSON(w, http.StatusAccepted, answer)
	case answer.Code != "" && act.Deed == proctor.DeedInvite:
		writeJSON(w, http.StatusCreated, invitation(act.Account.User, answer.Code, answer.Until))
	case answer.Code != "":
		writeJSON(w, http.StatusOK, invitation(act.User, answer.Code, answer.Until))
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

type invitationJSON struct {
	User    string `json:"user"`
	Name    string `json:"name,omitempty"`
	Code    string `json:"code"`
	Path    string `json:"path"` // what its owner opens
	Expires string `json:"expires"`
}

func invitation(user, code string, until engine.Instant) map[string]invitationJSON {
	return map[string]invitationJSON{"invitation": shownInvitation(user, code, until)}
}

func shownInvitation(user, code string, until engine.Instant) invitationJSON {
	return invitationJSON{User: user, Code: code, Path: "/undangan#" + code, Expires: until.String()}
}

// serveInvite makes an account and an invitation, which is shown once.
func (s *Server) serveInvite(w http.ResponseWriter, r *http.Request, by proctor.Account) {
	var req struct {
		accountRequest
		User   string          `json:"user"`
		Name   string          `json:"name"`
		Person string          `json:"person"`
		Grants []proctor.Grant `json:"grants"`
	}
	if !readJSON(w, r, 16<<10, &req) {
		return
	}
	a := proctor.Account{User: req.User, Name: req.Name, Person: req.Person, Grants: req.Grants}
	s.carryOut(w, r, by, &req.accountRequest, proctor.AccountAct{Deed: proctor.DeedInvite, Account: &a})
}

func (s *Server) serveGrants(w http.ResponseWriter, r *http.Request, by proctor.Account) {
	var req struct {
		accountRequest
		Action string        `json:"action"` // give or take
		Grant  proctor.Grant `json:"grant"`
	}
	if !readJSON(w, r, 16<<10, &req) {
		return
	}
	user := r.PathValue("user")
	switch req.Action {
	case "give":
		s.carryOut(w, r, by, &req.accountRequest, proctor.AccountAct{Deed: proctor.DeedGrant, User: user, Grant: &req.Grant})
	case "take":
		s.answered(w, r, s.accounts.Revoke(r.Context(), proctor.Signers{By: by}, user, req.Grant, s.hall.Now()))
	default:
		writeError(w, r, engine.BadFrame, "action")
	}
}

func (s *Server) answered(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// serveAccess disables an account, takes that back, invites its owner anew, or clears its second factor.
func (s *Server) serveAccess(w http.ResponseWriter, r *http.Request, by proctor.Account) {
	var req struct {
		accountRequest
		Action string `json:"action"` // disable, enable, invite or clear_factor
	}
	if !readJSON(w, r, 16<<10, &req) {
		return
	}
	user := r.PathValue("user")
	switch req.Action {
	case "disable":
		s.answered(w, r, s.accounts.Disable(r.Context(), proctor.Signers{By: by}, user, s.hall.Now()))
	case "enable":
		s.answered(w, r, s.accounts.Enable(r.Context(), proctor.Signers{By: by}, user, s.hall.Now()))
	case "clear_factor":
		s.carryOut(w, r, by, &req.accountRequest, proctor.AccountAct{Deed: proctor.DeedFactor, User: user})
	case "invite":
		s.carryOut(w, r, by, &req.accountRequest, proctor.AccountAct{Deed: proctor.DeedReinvite, User: user})
	default:
		writeError(w, r, engine.BadFrame, "action")
	}
}

func (s *Server) servePersonsSessions(w http.ResponseWriter, r *http.Request, by proctor.Account) {
	all, err := s.accounts.SessionsFor(r.Context(), proctor.Signers{By: by}, r.PathValue("user"), s.staffToken(r), s.hall.Now())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"sessions": all})
}

func (s *Server) serveEndSessions(w http.ResponseWriter, r *http.Request, by proctor.Account) {
	s.endSessions(w, r, by, r.PathValue("user"), "")
}

// tokens are those in the reach of whoever asks.
func (s *Server) tokens(r *http.Request, by proctor.Account) ([]tokenJSON, error) {
	all, err := s.accounts.Tokens(r.Context())
	if err != nil {
		return nil, err
	}
	now, shown := s.hall.Now(), []tokenJSON{}
	for _, t := range all {
		if !by.May(proctor.ActTokens, t.Grant.Exam, t.Grant.Site, t.Grant.Sitting) {
			continue
		}
		j := tokenJSON{Name: t.Name, Grant: t.Grant, State: "open", Expires: t.Expires.String(), Used: t.Used.String(), By: t.By}
		switch {
		case t.Revoked != 0:
			j.State = "revoked"
		case !t.Open(now):
			j.State = "expired"
		}
		shown = append(shown, j)
	}
	return shown, nil
}

func (s *Server) serveTokens(w http.ResponseWriter, r *http.Request, by proctor.Account) {
	tokens, err := s.tokens(r, by)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"tokens": tokens})
}

// serveNewToken makes a token, which is shown once.
func (s *Server) serveNewToken(w http.ResponseWriter, r *http.Request, by proctor.Account) {
	var req struct {
		Name  string        `json:"name"`
		Grant proctor.Grant `json:"grant"`
		Days  int           `json:"days"`
	}
	if !readJSON(w, r, 8<<10, &req) {
		return
	}
	token, err := s.accounts.AddToken(r.Context(), proctor.Signers{By: by}, req.Name, req.Grant, time.Duration(req.Days)*24*time.Hour, s.hall.Now())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]string{"token": token})
}

func (s *Server) serveRevokeToken(w http.ResponseWriter, r *http.Request, by proctor.Account) {
	s.answered(w, r, s.accounts.RevokeToken(r.Context(), proctor.Signers{By: by}, r.PathValue("name"), s.hall.Now()))
}
