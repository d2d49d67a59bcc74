package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"terang/engine"
	"terang/proctor"
	"terang/proctor/seb"
)

// An exam may ask for Safe Exam Browser (engine.BrowserPolicy). SEB says with each request,
// in a header, how it is configured; but not at the upgrade of a websocket, and its modern
// versions for macOS and iOS say it to the page's script alone. So whoever has shown it, by
// either way, is given a proof: a cookie that this server signs, bound to the session. A
// request of a candidate is let in with a header that is right, or with none and a proof; a
// header that is wrong is refused whatever else comes with it.

// Headers of SEB.
const (
	headerConfigKey = "X-SafeExamBrowser-ConfigKeyHash"
	headerExamKey   = "X-SafeExamBrowser-RequestHash"
)

// openProofLife is how long a browser that has no session yet need not show itself again:
// from the page to the sign-in. A proof of a session lives as long as the session, because
// nobody may be put out in the middle of an exam by a date.
const openProofLife = time.Hour

// Why a browser is refused: labels of the metric, and codes for pages.
const (
	browserAbsent = "absent"        // it shows nothing
	browserConfig = "configuration" // of another configuration
	browserKey    = "exam_key"      // no Browser Exam Key, or one that is not on the list
	browserNoURL  = "no_url"        // this server does not know its own address
)

// browserShows is what a browser has said of itself for an address.
type browserShows struct{ Config, Key, Address string }

func newBrowserRefused(reg prometheus.Registerer) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "terang_browser_refused_total", Help: "Requests refused because the exam asks for Safe Exam Browser, by reason."}, []string{"why"})
	reg.MustRegister(c)
	return c
}

// origin is the address that people use, as browsers write it.
func (s *Server) origin() string { return s.url.Scheme + "://" + seb.Host(s.url) }

// sebAsked is what an exam asks of the browser; nil without an address of our own.
func (s *Server) sebAsked(def *engine.Definition) *seb.Asked {
	if s.url == nil {
		return nil
	}
	return SEBFor(def, s.url)
}

// SEBFor is what an exam asks of the browser when it is served at an address.
func SEBFor(def *engine.Definition, base *url.URL) *seb.Asked {
	return &seb.Asked{Exam: def.Code, Base: base, QuitHash: def.Policy.SEB.QuitPassword}
}

// configKeys are the Config Keys that are let in: those of the policy, or that of the file
// that the server hands out.
func (s *Server) configKeys(def *engine.Definition) []string {
	if len(def.Policy.SEB.ConfigKeys) > 0 {
		return lowered(def.Policy.SEB.ConfigKeys)
	}
	return []string{seb.ConfigKey(s.sebAsked(def).Config())}
}

func lowered(keys []string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = strings.ToLower(k)
	}
	return out
}

// fits says why what a browser shows does not fit the exam, "" if it does.
func (s *Server) fits(def *engine.Definition, b browserShows) string {
	p := &def.Policy.SEB
	switch {
	case s.url == nil:
		return browserNoURL
	case b.Config == "":
		return browserAbsent
	case !seb.Fits(b.Config, b.Address, s.configKeys(def)):
		return browserConfig
	case len(p.BrowserExamKeys) > 0 && !seb.Fits(b.Key, b.Address, lowered(p.BrowserExamKeys)):
		return browserKey
	}
	return ""
}

// shows is what a request's headers say; the address is ours, whoever passed it on.
func (s *Server) shows(r *http.Request) browserShows {
	if s.url == nil {
		return browserShows{}
	}
	target := r.RequestURI
	if !strings.HasPrefix(target, "/") {
		target = r.URL.RequestURI()
	}
	return browserShows{r.Header.Get(headerConfigKey), r.Header.Get(headerExamKey), s.origin() + target}
}

// browser says why a request is not let in, "" if it is. Sessions are those whose proof
// counts, "" among them for who has none yet.
func (s *Server) browser(r *http.Request, def *engine.Definition, sessions ...string) string {
	if !def.Policy.SEB.Required {
		return ""
	}
	why := s.fits(def, s.shows(r))
	if why == browserAbsent && r.Header.Get(headerExamKey) == "" {
		for _, session := range sessions {
			if s.proved(r, def, session) {
				return ""
			}
		}
	}
	return why
}

// proof is the mark of a proof: of the exam with the keys that it asks for now, of the
// session, and until when.
func (s *Server) proof(def *engine.Definition, session, until string) string {
	p := &def.Policy.SEB
	mac := hmac.New(sha256.New, s.keys)
	for _, part := range append(append([]string{"terang/seb/proof/1", def.Code, session, until}, p.ConfigKeys...), p.BrowserExamKeys...) {
		mac.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return hex.EncodeToString(mac.Sum(nil))
}

func (s *Server) proved(r *http.Request, def *engine.Definition, session string) bool {
	c, err := r.Cookie(s.cookieName("seb"))
	if err != nil {
		return false
	}
	until, mark, _ := strings.Cut(c.Value, ".")
	ends, err := strconv.ParseInt(until, 10, 64)
	return err == nil && s.hall.Now() < engine.Instant(ends) && hmac.Equal([]byte(mark), []byte(s.proof(def, session, until)))
}

// setProof notes in the browser that it has shown itself.
func (s *Server) setProof(w http.ResponseWriter, def *engine.Definition, session string) {
	if !def.Policy.SEB.Required {
		return
	}
	life := openProofLife
	if session != "" {
		life = sessionLife
	}
	until := strconv.FormatInt(int64(s.hall.Now().Add(life)), 10)
	s.setCookie(w, "seb", until+"."+s.proof(def, session, until), life)
}

// admitted is session, for requests by which a candidate works: of an exam that asks for
// it, the browser has to fit as well.
func (s *Server) admitted(r *http.Request) (live *engine.Live, exam *Exam, session string, refused engine.Code) {
	live, exam, session, refused = s.session(r)
	if refused != "" {
		return live, exam, session, refused
	}
	if why := s.browser(r, exam.Def, session); why != "" {
		s.browserRefused.WithLabelValues(why).Inc()
		s.door.Tell(live.ID, proctor.AlertBrowser, s.hall.Now())
		return nil, nil, "", engine.OtherBrowser
	}
	return live, exam, session, ""
}

// browserFor judges a sign-in, once it is known whose it is.
func (s *Server) browserFor(r *http.Request) func(*engine.Definition) error {
	return func(def *engine.Definition) error {
		why := s.browser(r, def, "", s.credentials(r).session)
		if why == "" {
			return nil
		}
		s.browserRefused.WithLabelValues(why).Inc()
		return &engine.Refusal{Code: engine.OtherBrowser, Field: def.Code}
	}
}

// sebExam is the exam whose page is asked for, if it asks for SEB: the one that the address
// names, or that of the session.
func (s *Server) sebExam(r *http.Request) *Exam {
	x := s.exam(r.URL.Query().Get("ujian"))
	if x == nil {
		x = s.examOf(s.credentials(r).attempt)
	}
	if x == nil || !x.Def.Policy.SEB.Required {
		return nil
	}
	return x
}

// sessionAt is the session of a request in an exam, "" if it has none there.
func (s *Server) sessionAt(r *http.Request, code string) string {
	if _, x, session, refused := s.session(r); refused == "" && x.Def.Code == code {
		return session
	}
	return ""
}
