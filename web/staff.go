package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
)

// staffLife is as long as proctor keeps a session.
const staffLife = 16 * time.Hour

func (s *Server) staffRoutes(rt *routes) {
	rt.public("POST /api/v1/staff/signin", s.serveStaffSignin)
	rt.public("POST /api/v1/staff/signout", s.serveStaffSignout)
	rt.staff("GET /api/v1/sittings", proctor.ActSee, Anywhere, s.serveSittings)
	rt.staff("GET /api/v1/sittings/{id}", proctor.ActSee, OfSitting, s.serveSitting)
	rt.staff("GET /api/v1/flags", proctor.ActFlags, Anywhere, s.serveAllFlags)
	rt.staff("GET /api/v1/sittings/{id}/flags", proctor.ActFlags, OfSitting, s.serveFlags)
	rt.staff("GET /api/v1/sittings/{id}/events", proctor.ActSee, OfSitting, s.serveRoomEvents)
	// Whoever works in the room comes this far. Which act it is stands in the body, and the
	// desk decides about that.
	rt.staff("POST /api/v1/sittings/{id}/actions", proctor.ActNote, OfSitting, s.serveAction)
	rt.staff("POST /api/v1/sittings/{id}/incidents", proctor.ActNote, OfSitting, s.serveIncident)
	s.approvalRoutes(rt)
	s.auditRoutes(rt)
	s.evaluationRoutes(rt)
	rt.public("GET /meja", s.serveDesk)
	rt.staffPage("GET /meja/{id}", proctor.ActSee, OfSitting, s.serveRoom)
	s.doorRoutes(rt)
	s.accountRoutes(rt)
	s.peopleRoutes(rt)
}

// deskLife is as long as browsers keep a cookie.
const deskLife = 400 * 24 * time.Hour

// seat gives a browser its session, and notes at which desk it was opened. A desk is a
// browser: it is known by a cookie that stays whoever signs in and out.
func (s *Server) seat(w http.ResponseWriter, r *http.Request, token, user string) error {
	desk := proctor.NewSecret()
	if c, err := r.Cookie(s.cookieName("desk")); err == nil && len(c.Value) == len(desk) {
		desk = c.Value
	}
	if err := s.accounts.SeatAt(r.Context(), token, user, proctor.HashSecret(desk), s.hall.Now()); err != nil {
		return err
	}
	s.setCookie(w, "staff", token, staffLife)
	s.setCookie(w, "desk", desk, deskLife)
	return nil
}

type staffJSON struct {
	User   string          `json:"user"`
	Name   string          `json:"name"`
	Role   proctor.Role    `json:"role"` // the first
	Grants []proctor.Grant `json:"grants"`
	Enrol  bool            `json:"enrol,omitempty"`  // a second factor has to be set up before anything else
	Choose bool            `json:"choose,omitempty"` // somebody else knows the password: pages ask for another first, and it signs nothing that takes two
}

func (s *Server) shownAccount(a proctor.Account) staffJSON {
	return staffJSON{a.User, a.Name, a.Role(), a.Grants, s.mustEnrol(a), a.PasswordKnown()}
}

func (s *Server) serveStaffSignin(w http.ResponseWriter, r *http.Request) {
	var req proctor.Second
	if !readJSON(w, r, 8<<10, &req) {
		return
	}
	token, a, err := s.accounts.SignIn(r.Context(), req, s.client(r).String(), r.UserAgent(), s.hall.Now())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.seat(w, r, token, a.User); err != nil {
		s.fail(w, r, err)
		return
	}
	if old := s.staffToken(r); old != "" { // whoever signs in again leaves no session behind
		if err := s.accounts.SignOut(r.Context(), old, s.client(r).String(), s.hall.Now()); err != nil {
			s.log.Warn("the session before a sign-in could not be ended", "error", err)
		}
	}
	writeJSON(w, http.StatusOK, s.shownAccount(a))
}

func (s *Server) serveStaffSignout(w http.ResponseWriter, r *http.Request) {
	s.setCookie(w, "staff", "", 0) // also where the session cannot be ended: see serveSignout
	if c, err := r.Cookie(s.cookieName("staff")); err == nil {
		if err := s.accounts.SignOut(r.Context(), c.Value, s.client(r).String(), s.hall.Now()); err != nil {
			s.fail(w, r, err)
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) serveSittings(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	list, err := s.desk.Sittings(a)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"sittings": list})
}

func (s *Server) serveSitting(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	snapshot, err := s.rooms.snapshot(r.Context(), s, a, r.PathValue("id"), language(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, snapshot)
}

// heardWithin is how long the answer to an act may wait for the room to show it.
const heardWithin = 300 * time.Millisecond

// serveAction does what staff ask of a sitting. 202 says that another person has to agree.
func (s *Server) serveAction(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var req proctor.Request
	if !readJSON(w, r, 256<<10, &req) {
		return
	}
	answer, err := s.desk.Act(r.Context(), a, r.PathValue("id"), req)
	s.desk.Heard(r.Context(), r.PathValue("id"), answer.Done, heardWithin)
	s.answerAct(w, r, answer, err)
}

func (s *Server) answerAct(w http.ResponseWriter, r *http.Request, answer proctor.Response, err error) {
	lang := language(r)
	for i := range answer.Failed {
		answer.Failed[i].Text = refusalText(&engine.Refusal{Code: answer.Failed[i].Code, Field: answer.Failed[i].Field}, lang)
	}
	var refusal *engine.Refusal
	if errors.As(err, &refusal) {
		writeRefusal(w, r, refusal, answer.Failed...)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	status := http.StatusOK
	if answer.Proposal != "" {
		status = http.StatusAccepted
	}
	writeJSON(w, status, answer)
}

func (s *Server) serveProposal(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var req struct {
		Op       string `json:"op"`
		Decision string `json:"decision"`
		Reason   string `json:"reason"`
	}
	if !readJSON(w, r, 8<<10, &req) {
		return
	}
	answer, err := s.desk.Pairs().Decide(r.Context(), a, r.PathValue("id"), req.Op, req.Decision, req.Reason)
	if q, _, absent := s.desk.Pairs().Get(r.Context(), r.PathValue("id")); absent == nil {
		s.desk.Heard(r.Context(), q.SittingID(), answer.Done, heardWithin)
	}
	s.answerAct(w, r, answer, err)
}

func (s *Server) serveIncident(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var req proctor.Happening
	if !readJSON(w, r, 8<<10, &req) {
		return
	}
	if err := s.desk.Note(r.Context(), a, r.PathValue("id"), req); err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]bool{"noted": true})
}

type deskData struct {
	pageData
	officeRights
	Staff    *staffJSON
	Codes    bool // the account may give new results codes
	People   bool // the account has charge of others
	Bank     bool // the account may read items
	Export   bool // the account may take items out of the bank
	Sittings []deskSitting
	Back     bool // signing in leads on to the page that was asked for
}

type deskSitting struct {
	ID, Title, Site, Room, State, Start, Zone string
	Rehearsal                                 bool
	Door                                      bool // the account may check in there

	Home string // which journal holds it, where this one has a copy: code of a site, or engine.Centre
}

// serveDesk is the sign-in for staff, or the sittings of the account.
func (s *Server) serveDesk(w http.ResponseWriter, r *http.Request) {
	data := deskData{pageData: s.data(r, "station")}
	a, err := s.account(r)
	if err == nil && (s.mustEnrol(a) || a.PasswordKnown()) {
		http.Redirect(w, r, "/akun", http.StatusSeeOther)
		return
	}
	if back := askedFor(r); err == nil && back != "" {
		http.Redirect(w, r, back, http.StatusSeeOther)
		return
	} else if back != "" {
		data.Back = true
	}
	if err == nil {
		shown := s.shownAccount(a)
		data.Staff, data.officeRights, data.People = &shown, officeRightsOf(a), a.MaySomewhere(proctor.ActStaff)
		data.Bank = bankAct(a, proctor.ActItemRead)
		data.Export = bankAct(a, proctor.ActBankExport)
		data.Codes = a.MaySomewhere(proctor.ActResultCode)
		list, err := s.desk.Sittings(a)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		for _, v := range list {
			data.Sittings = append(data.Sittings, deskSitting{v.ID, v.Title, v.SiteName, v.Room, string(v.Phase), localTime(v.Planned, v.Zone, data.Lang), v.Zone, v.Rehearsal, slices.Contains(v.May, engine.ActCheckin), v.Home})
		}
	}
	s.show(w, r, http.StatusOK, "station-signin.html", data)
}

func (s *Server) serveRoom(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	v, err := s.desk.Overview(a, r.PathValue("id"))
	if err != nil {
		s.notFound(w, r)
		return
	}
	s.show(w, r, http.StatusOK, "station.html", struct {
		pageData
		Staff   staffJSON
		Sitting deskSitting
	}{s.data(r, "station"), s.shownAccount(a), deskSitting{v.ID, v.Title, v.SiteName, v.Room, string(v.Phase), v.Planned, v.Zone, v.Rehearsal, slices.Contains(v.May, engine.ActCheckin), v.Home}})
}

// cutSitting takes EXAM.SITTING apart.
func cutSitting(id string) (exam, sitting string, ok bool) { return strings.Cut(id, ".") }

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

func (x *Exam) sitting(id string, st *engine.Sitting) sittingJSON {
	_, code, _ := cutSitting(id)
	j := sittingJSON{ID: id, State: string(st.Phase), Start: instantJSON(st.Planned)}
	for _, s := range x.Def.Sittings {
		if s.Code == code {
			j.Title = s.Title
			for _, site := range x.Def.Sites {
				if site.Code == s.Site {
					j.Site = site.Name
				}
			}
		}
	}
	if st.StartedAt != 0 {
		j.Start = instantJSON(st.StartedAt)
	}
	return j
}
