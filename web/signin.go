package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// The session of a candidate is one cookie, "attempt.secret". The journal has the
// secret's SHA-256 in the newest SignedIn, so no store is asked whether it is valid.
const sessionLife = 12 * time.Hour // longer than any exam with its credits

func (s *Server) cookieName(name string) string {
	if s.https {
		return "__Host-" + name
	}
	return name
}

func (s *Server) setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	c := &http.Cookie{
		Name: s.cookieName(name), Value: value, Path: "/", HttpOnly: true, Secure: s.https, SameSite: http.SameSiteStrictMode,
		MaxAge: int(life.Seconds()),
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// credentials are what a cookie claims: an attempt, and the SHA-256 of its secret.
type credentials struct{ attempt, session string }

func (s *Server) credentials(r *http.Request) credentials {
	c, err := r.Cookie(s.cookieName("exam"))
	if err != nil {
		return credentials{}
	}
	id, secret, ok := strings.Cut(c.Value, ".")
	if !ok {
		return credentials{}
	}
	sum := sha256.Sum256([]byte(secret))
	return credentials{id, hex.EncodeToString(sum[:])}
}

// session finds whose attempt a request speaks for. What it returns as refused is the
// code for the page.
func (s *Server) session(r *http.Request) (live *engine.Live, exam *Exam, session string, refused engine.Code) {
	c := s.credentials(r)
	live = s.hall.Attempt(c.attempt)
	exam = s.examOf(c.attempt)
	if live == nil || exam == nil {
		if c.attempt != "" && s.opening.Load() > 0 {
			return nil, nil, "", engine.Busy // another node was faster to open the exam
		}
		return nil, nil, "", engine.SignedOutNow
	}
	stands, over := false, false
	look := func() engine.Result {
		return live.Ask(engine.Command{Act: engine.ActView}, func(r engine.Result) {
			stands, over = r.State.Session == c.session, r.State.State.Over()
		})
	}
	read := look()
	// It may have been given out by another node, a moment ago. Where there is none nobody reads the
	// journal for a cookie that was made up: of attempts that are over the public log has the names.
	if read.Err == nil && !stands && (!over || len(s.hall.Others()) > 0) && live.Reread() {
		read = look()
	}
	switch {
	case read.Err != nil:
		return nil, nil, "", engine.Busy // the journal cannot say: nobody is signed out for that
	case !stands:
		return nil, nil, "", engine.SignedOutNow
	}
	return live, exam, c.session, ""
}

type signinRequest struct {
	Number string `json:"number"`
	PIN    string `json:"pin"`
	Device string `json:"device"`
	Exam   string `json:"exam"`
}

type signinAnswer struct {
	Candidate candidateJSON `json:"candidate"`
	Exam      examJSON      `json:"exam"`
	Sitting   sittingJSON   `json:"sitting"`
	State     string        `json:"state"`
	Now       string        `json:"now"`
}

type sittingJSON struct {
	ID    string      `json:"id"`
	Title string      `json:"title"`
	Site  string      `json:"site"`
	State string      `json:"state"`
	Start instantJSON `json:"start"`
}

func (s *Server) serveSignin(w http.ResponseWriter, r *http.Request) {
	var req signinRequest
	if !readJSON(w, r, 8<<10, &req) {
		return
	}
	if !engine.ValidOp(req.Device) {
		writeError(w, r, engine.BadFrame, "device")
		return
	}
	place, err := s.place(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	place.Browser = s.browserFor(r)
	in, err := s.door.SignIn(r.Context(), req.Number, req.PIN, req.Device, req.Exam, place, s.hall.Now())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.setCookie(w, "exam", in.Attempt+"."+in.Secret, sessionLife)
	s.setProof(w, in.Exam, proctor.HashSecret(in.Secret))
	s.answerPerson(w, r, in.Attempt)
}

// place is where a request's computer stands: the site by its network, and the seat by the
// token that was set when the computer was made ready. Without a token the same address
// is taken for the same seat. A token that is not registered (any more) is no seat at all:
// who comes with it takes over from nobody.
func (s *Server) place(r *http.Request) (proctor.Place, error) {
	addr := s.client(r)
	_, site := s.siteAt(addr)
	c, err := r.Cookie(s.cookieName("seat"))
	if err != nil {
		return proctor.Place{Site: site, Seat: addr.String(), Address: addr}, nil
	}
	id, err := seatOfToken(r.Context(), s.register, c.Value)
	if err != nil || id == "" {
		return proctor.Place{Site: site, Address: addr}, err
	}
	// The journal gets the hash: who reads it cannot pass for the seat.
	return proctor.Place{Site: site, Seat: proctor.HashSecret(c.Value), Address: addr, Registered: id}, nil
}

// answerPerson tells the page whose exam this is and how far it has come.
func (s *Server) answerPerson(w http.ResponseWriter, r *http.Request, attempt string) {
	live, exam := s.hall.Attempt(attempt), s.examOf(attempt)
	var a signinAnswer
	if live == nil || exam == nil { // a rehearsal that was removed at this moment
		writeError(w, r, engine.SignedOutNow, "")
		return
	}
	live.View(func(st *engine.Attempt, t *engine.Terms) {
		a = signinAnswer{Candidate: exam.candidate(attempt, st.Seat), Exam: exam.forPage(st.Sitting), State: string(st.State), Now: s.hall.Now().String()}
		a.Candidate.Adjust = adjusted(st, t)
		if t.Sitting != nil {
			a.Sitting = exam.sitting(st.Sitting, t.Sitting)
		}
	})
	writeJSON(w, http.StatusOK, a)
}

// deviceOf is the form in which devices are recorded and compared: a UUID may be written in
// upper case as well.
func deviceOf(text string) string {
	if id, err := uuid.Parse(text); err == nil {
		return id.String()
	}
	return text
}

func (s *Server) serveConfirm(w http.ResponseWriter, r *http.Request) {
	var req struct {
		Device string `json:"device"`
	}
	if !readJSON(w, r, 8<<10, &req) {
		return
	}
	live, _, session, refused := s.admitted(r)
	if refused != "" {
		writeError(w, r, refused, "")
		return
	}
	if !engine.ValidOp(req.Device) {
		writeError(w, r, engine.BadFrame, "device")
		return
	}
	result := live.Ask(engine.Command{
		Act: engine.ActConfirm, By: "candidate", At: s.hall.Now(), Device: deviceOf(req.Device), Session: session,
	}, nil)
	if result.Err != nil {
		s.fail(w, r, result.Err)
		return
	}
	s.answerPerson(w, r, live.ID)
}

// serveSignout ends the session. Whatever the journal says of it, the browser lets go: who comes next
// to this computer finds nobody signed in.
func (s *Server) serveSignout(w http.ResponseWriter, r *http.Request) {
	s.setCookie(w, "exam", "", 0)
	if live, _, session, refused := s.session(r); refused == "" {
		result := live.Ask(engine.Command{Act: engine.ActSignOut, By: "candidate", At: s.hall.Now(), Session: session}, nil)
		// Where the attempt's home is another journal nobody here writes any more.
		if result.Err != nil && !errors.Is(result.Err, engine.NotHome) {
			s.fail(w, r, result.Err)
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// serveForm hands out the candidate's own form, sealed under the attempt's key.
func (s *Server) serveForm(w http.ResponseWriter, r *http.Request) {
	live, exam, _, refused := s.admitted(r)
	if refused == "" && live.ID != r.PathValue("attempt") {
		refused = engine.NotAllowed
	}
	if refused != "" {
		writeError(w, r, refused, "")
		return
	}
	var form *engine.Form
	var sitting string
	live.View(func(a *engine.Attempt, t *engine.Terms) {
		if a.State != engine.Assigned && a.State != engine.Present {
			form, sitting = t.Form, a.Sitting
		}
	})
	if form == nil {
		writeError(w, r, engine.NotAllowed, "")
		return
	}
	gcm, err := sealingOf(s.keys, sitting, live.ID)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("ETag", `"`+form.ETag+`"`)
	withRoom(func(b []byte) []byte {
		b = appendSealed(b, gcm, live.ID, func(b []byte) []byte { return exam.items.appendForm(b, form) })
		_, _ = w.Write(b)
		return b
	})
}
