package web

import (
	"net/http"
	"slices"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/web/webhook"
)

// hookRoutes are what administrators do about webhooks. The route asks whether the account
// may somewhere; proctor, whether it may in that exam.
func (s *Server) hookRoutes(rt *routes) {
	rt.staff("GET /api/v1/webhooks", proctor.ActHooks, Anywhere, s.serveHooks)
	rt.staff("POST /api/v1/webhooks", proctor.ActHooks, Anywhere, s.serveNewHook)
	rt.staff("POST /api/v1/webhooks/{id}/actions", proctor.ActHooks, Anywhere, s.serveHookAct)
	rt.staffPage("GET /webhook", proctor.ActHooks, Anywhere, s.serveHooksPage)
}

// HookReport is a subscription with what became of its deliveries. Its secret is shown
// once, when it is made.
type HookReport struct {
	ID         string         `json:"id"`
	URL        string         `json:"url"`
	Exam       string         `json:"exam,omitempty"`
	Types      []string       `json:"types"`
	GiveUp     int            `json:"give_up_hours"`
	By         string         `json:"by"`
	Made       string         `json:"made"`
	State      string         `json:"state"` // ok, waits (a delivery failed and is tried again), or off
	Off        string         `json:"off,omitempty"`
	OffAt      string         `json:"off_at,omitempty"`
	Since      string         `json:"failing_since,omitempty"`
	Next       string         `json:"next,omitempty"`
	LastOK     string         `json:"last_ok,omitempty"`
	Position   engine.Pos     `json:"position"`
	Deliveries []deliveryJSON `json:"deliveries"` // the newest first
}

type deliveryJSON struct {
	At       string     `json:"at"`
	ID       string     `json:"id"`
	Type     string     `json:"type"`
	Position engine.Pos `json:"position"`
	Status   int        `json:"status,omitempty"`
	MS       int64      `json:"ms"`
	Error    string     `json:"error,omitempty"`
}

func textOf(at engine.Instant) string {
	if at == 0 {
		return ""
	}
	return at.String()
}

// ReportHook tells how a subscription is.
func ReportHook(h *proctor.Hook, state *webhook.State) HookReport {
	j := HookReport{
		ID: h.ID, URL: h.URL, Exam: h.Exam, Types: h.Types, GiveUp: int(h.GiveUp.Hours()), By: h.By, Made: h.Made.String(), State: "ok", Off: h.Off, OffAt: textOf(h.OffAt),
		Since: textOf(state.Since), Next: textOf(state.Next), LastOK: textOf(state.LastOK), Position: state.Done, Deliveries: []deliveryJSON{},
	}
	switch {
	case h.Off != "":
		j.State = "off"
	case state.Tries > 0:
		j.State = "waits"
	}
	for _, d := range slices.Backward(state.History) {
		j.Deliveries = append(j.Deliveries, deliveryJSON{d.At.String(), d.ID, d.Type, d.Position, d.Status, d.MS, d.Error})
	}
	return j
}

func (s *Server) hooksOf(r *http.Request, a proctor.Account) ([]HookReport, error) {
	list, err := s.hooks.Seen(r.Context(), a)
	if err != nil {
		return nil, err
	}
	all := []HookReport{}
	for i := range list {
		h := &list[i]
		state, err := webhook.StateOf(r.Context(), s.register, h)
		if err != nil {
			return nil, err
		}
		all = append(all, ReportHook(h, &state))
	}
	return all, nil
}

func (s *Server) serveHooks(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	all, err := s.hooksOf(r, a)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	who, err := s.hooks.Deliverer(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"webhooks": all, "types": proctor.HookTypes, "node": who})
}

// serveNewHook makes a subscription to what is recorded from now on.
func (s *Server) serveNewHook(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var q struct {
		Op     string   `json:"op"`
		URL    string   `json:"url"`
		Exam   string   `json:"exam"`
		Types  []string `json:"types"`
		GiveUp int      `json:"give_up_hours"`
	}
	if !readJSON(w, r, 16<<10, &q) {
		return
	}
	if q.Exam != "" && s.exam(q.Exam) == nil {
		writeError(w, r, engine.BadFrame, "exam")
		return
	}
	h, secret, err := s.hooks.Add(r.Context(), a, q.Op, proctor.Hook{
		URL: q.URL, Exam: q.Exam, Types: q.Types, GiveUp: time.Duration(q.GiveUp) * time.Hour, From: s.hall.Pos(),
	}, s.hall.Now())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]any{"id": h.ID, "secret": secret})
}

func (s *Server) serveHookAct(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var q proctor.HookRequest
	if !readJSON(w, r, 8<<10, &q) {
		return
	}
	q.ID = r.PathValue("id")
	if err := s.hooks.Act(r.Context(), a, q, s.hall.Now()); err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]bool{"done": true})
}

// hooksPage is what templates/webhooks.html is made from.
type hooksPage struct {
	officeData
	Hooks []HookReport
	Types []string
	Exams []shownExam
	All   bool // the account may subscribe to every exam
}

func (s *Server) serveHooksPage(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	data := hooksPage{officeData: s.officeData(r, "webhooks", a), Types: proctor.HookTypes, All: a.May(proctor.ActHooks, "", "", "")}
	var err error
	if data.Hooks, err = s.hooksOf(r, a); err != nil {
		s.fail(w, r, err)
		return
	}
	data.Exams = s.examsWhere(func(code string) bool { return a.May(proctor.ActHooks, code, "", "") })
	s.show(w, r, http.StatusOK, "webhooks.html", data)
}
