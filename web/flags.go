package web

import (
	"errors"
	"net/http"

	"terang/engine"
	"terang/proctor"
	"terang/scoring/aberrance"
)

// flagsJSON are a sitting's advisory signals, with what has to be said beside them.
type flagsJSON struct {
	Advice   [2]string      `json:"advice"` // Indonesian, English
	Rules    string         `json:"rules_sha256"`
	Examined int            `json:"examined"` // candidates whose times were looked at
	Apart    int            `json:"apart"`    // with an accommodation: their times are compared with nobody's
	Expected float64        `json:"expected"` // honest candidates that B1 or F1 name by chance among the examined
	Flags    []proctor.Flag `json:"flags"`
}

// serveFlags shows the advisory signals of a sitting. Who looked is recorded first.
func (s *Server) serveFlags(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	id := r.PathValue("id")
	flags, err := s.desk.Flags(r.Context(), a, id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if len(flags) > 0 {
		s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadFlags, Sitting: id})
	}
	answer := flagsJSON{Advice: aberrance.Advice(), Rules: aberrance.DefaultRules().Hash(), Flags: flags}
	if s.watch != nil {
		answer.Examined, answer.Apart = s.watch.looked(id)
		answer.Expected = aberrance.ExpectedAlarms(answer.Examined)
	}
	writeJSON(w, http.StatusOK, answer)
}

// serveAllFlags shows the advisory signals of every sitting that the account may read: for
// a centre, which sees what no room does. ?exam= asks for one exam's.
func (s *Server) serveAllFlags(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	type sittingFlags struct {
		Sitting string         `json:"sitting"`
		Flags   []proctor.Flag `json:"flags"`
	}
	all, exam := []sittingFlags{}, r.URL.Query().Get("exam")
	for _, id := range s.desk.WithFlags() {
		if code, _, _ := cutSitting(id); exam != "" && code != exam {
			continue
		}
		flags, err := s.desk.Flags(r.Context(), a, id)
		if errors.Is(err, engine.NotAllowed) {
			continue // of another's
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadFlags, Sitting: id})
		all = append(all, sittingFlags{id, flags})
	}
	writeJSON(w, http.StatusOK, map[string]any{"advice": aberrance.Advice(), "rules_sha256": aberrance.DefaultRules().Hash(), "sittings": all})
}

// openSitting is a sitting that candidates may be sent to.
type openSitting struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	Site  string `json:"site"`
	Room  string `json:"room"`
	Start string `json:"start"`
}

// elsewhere lists the exam's sittings that have not begun, beside one, as far as the account
// may send people there.
func (s *Server) elsewhere(a proctor.Account, exam, besides, lang string) []openSitting {
	var out []openSitting
	list, err := s.desk.Sittings(a)
	if err != nil {
		return nil
	}
	for _, v := range list {
		if v.Exam != exam || v.ID == besides || v.Phase != engine.Planned && v.Phase != engine.CheckingIn {
			continue
		}
		_, code, _ := cutSitting(v.ID)
		out = append(out, openSitting{code, v.Title, v.SiteName, v.Room, localTime(v.Planned, v.Zone, lang)})
	}
	return out
}
