package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

func (s *Server) redressRoutes(rt *routes) {
	rt.staffPage("POST /sanggahan-ujian/{exam}/{seq}/ulang", proctor.ActObjectionRedress, OfExam, s.serveRedressForm)
	rt.staff("POST /api/v1/exams/{exam}/objections/{seq}/repeat", proctor.ActObjectionRedress, OfExam, s.serveRedress)
}

// redressPart is what the page of a case says of carrying out what was upheld, and asks for.
type redressPart struct {
	Done  string // repeat or transfer; "" while nothing was done
	Where string // title and hour of the sitting where it is sat
	At    string

	May    bool // the account may ask for it
	Begun  bool // the candidate had begun: all is sat again, and what was sat does not count
	Others []sittingChoice
	Rooms  []roomChoice
	Op     string
	Public string // why nobody sits this exam any more: its seed is public; "" if it is not

	Fault, Text string // of what was refused, with what was sent
	Waits       bool   // it was proposed, and waits for another person
	Sent        redressForm
}

type sittingChoice struct{ Code, Title, Start string }

type roomChoice struct{ Site, Code, Name string }

// redressForm is the form of the page, as it was sent.
type redressForm struct {
	To, Code, Room, Title, Start, Minutes, Reason, User string
}

// redressOf says what can be done about an objection that was upheld; nil where a repeated
// sitting is no answer to it.
func (s *Server) redressOf(ctx context.Context, a proctor.Account, x *Exam, one *proctor.Objection, p *proctor.Person, lang string) (*redressPart, error) {
	if engine.OfItem(one.Kind) || one.State != proctor.ObjectionUpheld && one.State != proctor.ObjectionPartly {
		return nil, nil
	}
	v := &redressPart{Done: one.Redressed, Op: uuid.NewString(), May: a.May(proctor.ActObjectionRedress, x.Def.Code, "", "")}
	if v.Done != "" {
		v.Where, v.At = TimesIn(s.sittingWords(one.RedressTo), capital, lang), localTime(one.RedressAt.String(), s.zoneOf(one.RedressTo), lang)
		return v, nil
	}
	results, err := s.office.Results(ctx, x.Def.Code)
	if err != nil {
		return nil, err
	}
	if results.Revealed.Kind != "" {
		v.Public = refusalText(&engine.Refusal{Code: engine.WrongState, Field: "seed_public"}, lang)
		return v, nil
	}
	if live := s.hall.Attempt(p.Attempt); live != nil {
		live.View(func(a *engine.Attempt, _ *engine.Terms) { v.Begun = a.State.Over() || a.Ledger.From != 0 })
	}
	def := s.results.people.Exam(x.Def.Code)
	for _, sit := range def.Sittings {
		id := def.Code + "." + sit.Code
		if phase := s.hall.Sitting(id).State().Phase; phase == engine.Planned || phase == engine.CheckingIn {
			v.Others = append(v.Others, sittingChoice{sit.Code, sit.Title, s.startOf(id, lang)})
		}
	}
	for _, r := range def.Rooms {
		v.Rooms = append(v.Rooms, roomChoice{r.Site, r.Code, r.Name})
	}
	v.Waits, err = s.redress.Waits(ctx, def.Code, one.Seq)
	return v, err
}

// startOf is when a sitting is to start, in the time of its site.
func (s *Server) startOf(id, lang string) string {
	_, sitting, _ := strings.Cut(id, ".")
	def, start := s.starts(id)
	return localTime(start.String(), def.Zone(sitting).String(), lang)
}

// starts is when a sitting is to start, with its exam; nil if there is none.
func (s *Server) starts(id string) (def *engine.Definition, start engine.Instant) {
	code, sitting, _ := strings.Cut(id, ".")
	if def = s.results.people.Exam(code); def == nil {
		return nil, 0
	}
	start = s.hall.Sitting(id).State().Planned
	for _, sit := range def.Sittings {
		if planned, err := def.StartOf(sit); err == nil && sit.Code == sitting && start == 0 {
			start = planned
		}
	}
	return def, start
}

// sittingWords names a sitting with its place and hour, as SittingWords does.
func (s *Server) sittingWords(id string) string {
	_, sitting, _ := strings.Cut(id, ".")
	def, start := s.starts(id)
	if def == nil {
		return id
	}
	return SittingWords(def, sitting, start)
}

// SittingWords names a sitting of an exam: what it is called, site, room and, as programs
// write it, its hour: TimesIn says that in a language.
func SittingWords(def *engine.Definition, sitting string, start engine.Instant) string {
	words := sitting
	for _, sit := range def.Sittings {
		if sit.Code != sitting {
			continue
		}
		words = sit.Title
		for _, site := range def.Sites {
			if site.Code == sit.Site {
				words += " · " + site.Name
			}
		}
		for _, room := range def.Rooms {
			if room.Code == sit.Room {
				words += " · " + room.Name
			}
		}
	}
	return words + " · " + start.Time().In(def.Zone(sitting)).Format(time.RFC3339)
}

// serveRedress lets a candidate sit again, for programs; 202 says that it waits for another
// person.
func (s *Server) serveRedress(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var req proctor.RedressRequest
	seq, err := strconv.Atoi(r.PathValue("seq"))
	if err != nil {
		writeError(w, r, engine.BadFrame, "seq")
		return
	}
	if !readJSON(w, r, 64<<10, &req) {
		return
	}
	answer, err := s.redress.Ask(r.Context(), a, r.PathValue("exam"), seq, req)
	switch {
	case err != nil:
		s.fail(w, r, err)
	case answer.Proposal != "":
		writeJSON(w, http.StatusAccepted, answer)
	default:
		writeJSON(w, http.StatusOK, answer)
	}
}

// RedressObjection asks for a candidate to sit again, for the command line; a refusal has
// the words of the page with it.
func (s *Server) RedressObjection(ctx context.Context, a proctor.Account, exam string, seq int, q proctor.RedressRequest) (proctor.Response, error) {
	answer, err := s.redress.Ask(ctx, a, exam, seq, q)
	var no *engine.Refusal
	if errors.As(err, &no) {
		err = fmt.Errorf("%s: %w", refusalText(no, "en"), err)
	}
	return answer, err
}

// serveRedressForm is the same from the page of the case.
func (s *Server) serveRedressForm(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	exam := r.PathValue("exam")
	seq, err := strconv.Atoi(r.PathValue("seq"))
	if err != nil {
		writeError(w, r, engine.BadFrame, "seq")
		return
	}
	f := redressForm{
		To: r.PostFormValue("to"), Code: strings.TrimSpace(r.PostFormValue("code")), Room: r.PostFormValue("room"), Title: strings.TrimSpace(r.PostFormValue("title")),
		Start: r.PostFormValue("start"), Minutes: r.PostFormValue("minutes"), Reason: r.PostFormValue("reason"), User: strings.TrimSpace(r.PostFormValue("user")),
	}
	q := proctor.RedressRequest{Op: r.PostFormValue("op"), To: f.To, Reason: f.Reason}
	if f.User != "" {
		q.Second = &proctor.Second{User: f.User, Password: r.PostFormValue("password"), Code: r.PostFormValue("factor")}
	}
	if f.To == "" {
		site, room, _ := strings.Cut(f.Room, "/")
		length, _ := strconv.Atoi(f.Minutes) // 0: as the rule set says
		q.New = &engine.SittingDef{Code: f.Code, Site: site, Room: room, Title: f.Title, Start: f.Start, Minutes: length}
	}
	_, err = s.redress.Ask(r.Context(), a, exam, seq, q)
	var no *engine.Refusal
	switch {
	case err == nil:
		http.Redirect(w, r, "/sanggahan-ujian/"+exam+"/"+strconv.Itoa(seq)+"#ulang", http.StatusSeeOther)
	case errors.As(err, &no):
		s.showCase(w, r, a, codes[no.Code].status, func(p *casePage) {
			if p.Redress == nil {
				p.Fault, p.Text = no.Code, refusalText(no, p.Lang)
				return
			}
			p.Redress.Fault, p.Redress.Text, p.Redress.Sent = string(no.Code), refusalText(no, p.Lang), f
			if engine.ValidOp(q.Op) {
				p.Redress.Op = q.Op
			}
		})
	default:
		s.fail(w, r, err)
	}
}
