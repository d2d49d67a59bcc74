package web

import (
	"encoding/json"
	"hash/maphash"
	"net/http"

	"terang/engine"
)

type resultFrame struct {
	T        string        `json:"t"`
	Sections []sectionJSON `json:"sections"`
	Together []sectionJSON `json:"together,omitempty"`     // thresholds that several sections reach together: groups, then the total
	Second   int           `json:"second_group,omitempty"` // least total of the second group of the shortlist, of who missed a threshold
	Total    *int          `json:"total,omitempty"`        // nil where no score is shown
	Max      int           `json:"max,omitempty"`
	Status   string        `json:"status,omitempty"`
	Decision string        `json:"decision,omitempty"` // what a code of the list that stands is for: shortlisted, passed, missed, disqualified, ineligible, withdrew, absent; other where the rules do not say
	Rescored int           `json:"rescored,omitempty"` // how many annulments the score has in it
	Why      string        `json:"rescored_why,omitempty"`
	Answered int           `json:"answered"`       // positions with an answer that stands
	Held     *heldJSON     `json:"held,omitempty"` // answers that came while a credit was undecided; nil: none
	Receipt  string        `json:"receipt"`
	Code     string        `json:"results_code"` // with which the candidate comes back after the day
	Seal     string        `json:"fingerprint"`
	At       string        `json:"at"`
}

type sectionJSON struct {
	ID        string `json:"id"`
	Title     string `json:"title"`
	Score     int    `json:"score"`
	Max       int    `json:"max"`
	Threshold int    `json:"threshold,omitempty"`
	Meets     bool   `json:"meets"`
}

// heldJSON is how many held answers wait for the decision about their credit, and how many were
// decided not to count.
type heldJSON struct {
	Waits   int `json:"waits"`
	Dropped int `json:"dropped"`
}

// result sends the score after the finish; without the policy, only the receipt.
func (s *seat) result(a *engine.Attempt, t *engine.Terms) { s.tell(a, t, false) }

// tell sends the result as it stands now; news alone is left out if the page has the same.
func (s *seat) tell(a *engine.Attempt, t *engine.Terms, news bool) {
	frame := frameJSON(s.server.resultOf(s.served(), s.live.ID, a, t))
	sum := maphash.Bytes(resultSeed, frame)
	s.mu.Lock()
	known := news && s.given == sum
	s.given = sum
	s.mu.Unlock()
	if !known {
		s.line.send(frame)
	}
}

var resultSeed = maphash.MakeSeed()

// resultOf is the result of an attempt that is over as it may be shown to its candidate now.
func (s *Server) resultOf(x *Exam, attempt string, a *engine.Attempt, t *engine.Terms) resultFrame {
	r := resultFrame{
		T: "result", Sections: []sectionJSON{}, Answered: a.Answers,
		Receipt: a.Fingerprint.Receipt(), Seal: a.Fingerprint.String(), At: a.FinishAt.String(),
	}
	if waits := len(a.Holding); waits+a.Dropped > 0 {
		r.Held = &heldJSON{waits, a.Dropped}
	}
	if p := x.Person(attempt); p.Number != "" {
		r.Code = s.resultsCode(&p)
	}
	if x.Def.Policy.ShowScores {
		x.score(&r, a, t, attempt)
	}
	s.announced(&r, x, attempt)
	return r
}

// serveResult answers a page whose socket has said goodbye: its result as it stands now, or
// that it is as before. An attempt that goes on again has none: the page says hello.
func (s *Server) serveResult(w http.ResponseWriter, r *http.Request) {
	live, x, _, refused := s.admitted(r)
	if refused != "" {
		writeError(w, r, refused, "")
		return
	}
	var result *resultFrame
	state := engine.Assigned
	live.View(func(a *engine.Attempt, t *engine.Terms) {
		if state = a.State; state.Over() {
			one := s.resultOf(x, live.ID, a, t)
			result = &one
		}
	})
	if result == nil {
		writeError(w, r, engine.WrongState, string(state))
		return
	}
	body, err := json.Marshal(result)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	writeTagged(w, r, etagOf(body), "application/json; charset=utf-8", body)
}
