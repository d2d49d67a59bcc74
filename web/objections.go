package web

import (
	"cmp"
	"net/http"
	"slices"

	"terang/engine"
	"terang/proctor"
)

func (s *Server) objectionRoutes(rt *routes) {
	rt.candidate("POST /hasil-saya/sanggahan", s.serveFile)
	rt.candidate("POST /hasil-saya/sanggahan/{seq}/cabut", s.serveWithdraw)
	rt.staffPage("GET /sanggahan-ujian/{exam}", proctor.ActResultRead, OfExam, s.serveObjections)
	rt.staffPage("GET /sanggahan-ujian/{exam}/{seq}", proctor.ActResultRead, OfExam, s.serveCase)
	rt.staffPage("POST /sanggahan-ujian/{exam}/{seq}", proctor.ActObjectionAnswer, OfExam, s.serveCaseAct)
	s.redressRoutes(rt)
	rt.staff("GET /api/v1/exams/{exam}/notices", proctor.ActResultRead, OfExam, s.serveNotices)
	rt.staff("GET /api/v1/exams/{exam}/objections", proctor.ActResultRead, OfExam, s.serveObjectionsJSON)
}

// openingJSON is a window in which objections of a kind are taken.
type openingJSON struct {
	Kind  string `json:"kind"`
	State string `json:"state"` // waiting (for its basis), later, open or over
	Basis string `json:"basis,omitempty"`
	Hours int    `json:"hours,omitempty"`
	From  string `json:"from,omitempty"`
	Until string `json:"until,omitempty"`
}

func openingsJSON(all []engine.ObjectionOpening, now engine.Instant) []openingJSON {
	out := []openingJSON{}
	for i := range all {
		o := &all[i]
		v := openingJSON{Kind: o.Kind, State: "waiting", Basis: o.Basis, Hours: o.Hours, From: o.From.String(), Until: o.Until.String()}
		switch {
		case o.At(now):
			v.State = "open"
		case o.From != 0 && now < o.From:
			v.State = "later"
		case o.From != 0:
			v.State = "over"
		}
		out = append(out, v)
	}
	return out
}

// shownWindow is a window as a page tells it, with all kinds that are taken in it.
type shownWindow struct {
	openingJSON
	Kinds []string
}

// windowsIn joins the windows of several kinds, with their instants in a time zone, in a language.
func windowsIn(all []openingJSON, zone, lang string) (out []shownWindow) {
	for _, w := range all {
		kind := w.Kind
		w.Kind, w.From, w.Until = "", localTime(w.From, zone, lang), localTime(w.Until, zone, lang)
		at := slices.IndexFunc(out, func(o shownWindow) bool { return o.openingJSON == w })
		if at < 0 {
			at, out = len(out), append(out, shownWindow{openingJSON: w})
		}
		out[at].Kinds = append(out[at].Kinds, kind)
	}
	return out
}

// ObjectionJSON is an objection without its words.
type ObjectionJSON struct {
	Seq       int    `json:"seq"`
	Number    string `json:"number"`
	Candidate string `json:"candidate"` // participant number
	Kind      string `json:"kind"`
	Q         int    `json:"q,omitempty"`
	Item      string `json:"item,omitempty"`
	State     string `json:"state"`
	Filed     string `json:"filed"`
	Due       string `json:"due"`
	Ended     string `json:"ended,omitempty"`
	Late      bool   `json:"late"`
	Assigned  string `json:"assigned,omitempty"`
	By        string `json:"by,omitempty"`

	Redressed string `json:"redressed,omitempty"`  // repeat or transfer, where what was upheld was carried out so
	RedressTo string `json:"redress_to,omitempty"` // EXAM.SITTING where it is sat
}

// ObjectionOf is an objection as of an instant.
func ObjectionOf(o *proctor.Objection, now engine.Instant) ObjectionJSON {
	return ObjectionJSON{
		Seq: o.Seq, Number: o.Number(), Candidate: o.Candidate, Kind: o.Kind, Q: o.Q, Item: o.Item, State: o.State,
		Filed: o.Filed.String(), Due: o.Due.String(), Ended: o.Ended.String(), Late: o.Late(now), Assigned: o.Assigned, By: o.By,
		Redressed: o.Redressed, RedressTo: o.RedressTo,
	}
}

// at shows the instants in a time zone, in a language.
func (o ObjectionJSON) at(zone, lang string) ObjectionJSON {
	o.Filed, o.Due, o.Ended = localTime(o.Filed, zone, lang), localTime(o.Due, zone, lang), localTime(o.Ended, zone, lang)
	return o
}

// listedObjections are an exam's, what is due first before the others, of one kind, state
// or assignee if the request asks for it.
func (s *Server) listedObjections(r *http.Request) ([]proctor.Objection, error) {
	all, err := s.office.Objections(r.Context(), r.PathValue("exam"))
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	list := slices.DeleteFunc(all.All(), func(o proctor.Objection) bool {
		return cmp.Or(q.Get("kind"), o.Kind) != o.Kind || cmp.Or(q.Get("state"), o.State) != o.State || cmp.Or(q.Get("assigned"), o.Assigned) != o.Assigned
	})
	proctor.ByDeadline(list)
	return list, nil
}

func (s *Server) serveObjectionsJSON(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	list, err := s.listedObjections(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadObjection, Sitting: r.PathValue("exam"), Filter: r.URL.Query().Encode()})
	now, out := s.hall.Now(), []ObjectionJSON{}
	for i := range list {
		out = append(out, ObjectionOf(&list[i], now))
	}
	writeJSON(w, http.StatusOK, map[string]any{"at": now.String(), "objections": out, "counts": proctor.CountObjections(list, now)})
}
