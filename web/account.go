package web

import (
	"image/color"
	"net/http"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/qr"

	"terang/proctor"
)

// accountRoutes are what an account does about itself: also one that has to set up its
// second factor before it may do anything else.
func (s *Server) accountRoutes(rt *routes) {
	rt.public("GET /undangan", s.serveInvitationPage)
	rt.public("POST /api/v1/staff/invitation", s.serveInvitation)
	rt.staffPage("GET /akun", "", OfOneself, s.serveAccountPage)
	rt.staff("POST /api/v1/staff/me/password", "", OfOneself, s.serveOwnPassword)
	rt.staff("POST /api/v1/staff/me/person", "", OfOneself, s.serveOwnPerson)
	rt.staff("POST /api/v1/staff/me/factor", "", OfOneself, s.serveNewFactor)
	rt.staff("GET /api/v1/staff/me/factor.svg", "", OfOneself, s.serveFactorQR)
	rt.staff("POST /api/v1/staff/me/factor/confirm", "", OfOneself, s.serveConfirmFactor)
	rt.staff("POST /api/v1/staff/me/recovery", "", OfOneself, s.serveRecovery)
	rt.staff("GET /api/v1/staff/me/sessions", "", OfOneself, s.serveOwnSessions)
	rt.staff("POST /api/v1/staff/me/sessions", "", OfOneself, s.serveEndOwnSessions)
}

func (s *Server) serveInvitationPage(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "invitation.html", s.data(r, "people"))
}

// serveInvitation tells whose invitation a code is, and with a password takes it. The code
// comes in the body, from the address's fragment: it stands in no log.
func (s *Server) serveInvitation(w http.ResponseWriter, r *http.Request) {
	var req struct {
		Code     string `json:"code"`
		Password string `json:"password"`
		Person   string `json:"person"` // identity number, where the invitation was made for one
	}
	if !readJSON(w, r, 8<<10, &req) {
		return
	}
	var a proctor.Account
	var err error
	if req.Password == "" {
		a, err = s.accounts.Invited(r.Context(), req.Code, s.hall.Now())
	} else {
		who := proctor.Acceptance{Password: req.Password, Person: req.Person}
		if c, none := r.Cookie(s.cookieName("desk")); none == nil {
			who.Desk = proctor.HashSecret(c.Value)
		}
		a, err = s.accounts.Accept(r.Context(), req.Code, who, s.hall.Now())
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"user": a.User, "name": a.Name, "person": a.Person != ""}) // the number itself is for the owner to give
}

// accountPage is what templates/account.html is made from.
type accountPage struct {
	pageData
	Staff    staffJSON
	Factor   string // since when sign-ins need a code, "" if they do not
	Recovery int    // codes that are left
	Sessions []proctor.OpenSession
	People   bool
	Person   string // identity number, "" where none is bound yet
}

func (s *Server) serveAccountPage(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	data := accountPage{pageData: s.data(r, "people"), Staff: s.shownAccount(a), Factor: a.Factor.String(), People: a.MaySomewhere(proctor.ActStaff), Person: a.Person}
	var err error
	if data.Recovery, err = s.accounts.RecoveryLeft(r.Context(), a.User); err == nil {
		data.Sessions, err = s.accounts.Sessions(r.Context(), a.User, s.staffToken(r), s.hall.Now())
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "account.html", data)
}

// serveOwnPerson binds the owner's identity number to an account that has none.
func (s *Server) serveOwnPerson(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var req struct {
		Person string `json:"person"`
	}
	if !readJSON(w, r, 8<<10, &req) {
		return
	}
	s.answered(w, r, s.accounts.Bind(r.Context(), a, strings.TrimSpace(req.Person), s.hall.Now()))
}

func (s *Server) serveOwnPassword(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var req struct {
		Old      string `json:"old"`
		Password string `json:"password"`
	}
	if !readJSON(w, r, 8<<10, &req) {
		return
	}
	now := s.hall.Now()
	if err := s.accounts.ChangePassword(r.Context(), a.User, req.Old, req.Password, s.client(r).String(), now); err != nil {
		s.fail(w, r, err)
		return
	}
	token, err := s.accounts.Continue(r.Context(), a, s.client(r).String(), r.UserAgent(), now)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.seat(w, r, token, a.User); err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// serveNewFactor draws a secret for whoever says the password again, and a code if there is
// a second factor already: a session left open is not enough to change who can sign in.
func (s *Server) serveNewFactor(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var req proctor.Second
	if !readJSON(w, r, 8<<10, &req) {
		return
	}
	req.User = a.User
	if _, err := s.accounts.Verify(r.Context(), req, s.client(r).String(), s.hall.Now()); err != nil {
		s.fail(w, r, err)
		return
	}
	address, err := s.accounts.NewFactor(r.Context(), a.User, s.authority)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"secret": proctor.FactorSecret(address), "address": address})
}

// serveFactorQR draws the secret that waits for its first code.
func (s *Server) serveFactorQR(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	address, err := s.accounts.PendingFactor(r.Context(), a.User)
	var picture string
	if err == nil {
		picture, err = qrPicture(address)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = w.Write([]byte(picture))
}

// qrQuiet is the empty border that a QR needs, in modules (ISO 18004).
const qrQuiet = 4

// qrPicture draws a text as a QR, a rectangle for each run of dark modules.
func qrPicture(text string) (string, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return "", err
	}
	size := code.Bounds().Dx()
	var out strings.Builder
	side := strconv.Itoa(size + 2*qrQuiet)
	out.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + side + " " + side + `"><path fill="#fff" d="M0 0h` + side + "v" + side + `H0z"/><path d="`)
	for y := range size {
		for x := 0; x < size; x++ {
			run := 0
			for x+run < size && code.At(x+run, y) == color.Black {
				run++
			}
			if run > 0 {
				n := strconv.Itoa(run)
				out.WriteString("M" + strconv.Itoa(x+qrQuiet) + " " + strconv.Itoa(y+qrQuiet) + "h" + n + "v1h-" + n + "z")
				x += run
			}
		}
	}
	out.WriteString(`"/></svg>`)
	return out.String(), nil
}

// readCode reads the body of what takes one code.
func readCode(w http.ResponseWriter, r *http.Request) (string, bool) {
	var req struct {
		Code string `json:"code"`
	}
	ok := readJSON(w, r, 8<<10, &req)
	return req.Code, ok
}

// serveConfirmFactor puts the new secret into use. Other sessions, opened without it, end.
func (s *Server) serveConfirmFactor(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	code, ok := readCode(w, r)
	if !ok {
		return
	}
	codes, err := s.accounts.ConfirmFactor(r.Context(), a.User, code, s.hall.Now())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if _, err := s.accounts.RevokeSessions(r.Context(), proctor.Signers{By: a}, a.User, "", s.staffToken(r), s.hall.Now()); err != nil {
		s.log.Warn("the other sessions of an account stand although it has a second factor now", "error", err)
	}
	writeJSON(w, http.StatusOK, map[string][]string{"recovery": codes})
}

func (s *Server) serveRecovery(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	code, ok := readCode(w, r)
	if !ok {
		return
	}
	codes, err := s.accounts.Renew(r.Context(), a.User, code, s.hall.Now())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string][]string{"recovery": codes})
}

func (s *Server) serveOwnSessions(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	all, err := s.accounts.Sessions(r.Context(), a.User, s.staffToken(r), s.hall.Now())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"sessions": all})
}

// serveEndOwnSessions ends the session of an id, or with none all but the one that asks.
func (s *Server) serveEndOwnSessions(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	s.endSessions(w, r, a, a.User, s.staffToken(r))
}

func (s *Server) endSessions(w http.ResponseWriter, r *http.Request, by proctor.Account, user, keep string) {
	var req struct {
		ID string `json:"id"`
	}
	if !readJSON(w, r, 8<<10, &req) {
		return
	}
	if req.ID != "" {
		keep = ""
	}
	n, err := s.accounts.RevokeSessions(r.Context(), proctor.Signers{By: by}, user, req.ID, keep, s.hall.Now())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]int{"ended": n})
}
