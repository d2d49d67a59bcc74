package web

import (
	"net/http"
	"slices"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// seatPage is what templates/seats.html is made from.
type seatPage struct {
	officeData
	Exam      shownExam
	Rehearsal bool
	Op        string
	Plan      *proctor.SeatPlan
	Sites     []seatSite
	Change    *shownChange
	Faults    []shownFault
	Without   []string
	Reason    string // that was typed
	Wrong     string
	Done      string
	DoneN     int
}

// seatSite is a site with its sittings.
type seatSite struct {
	Name     string
	Sittings []seatSitting
	Free     int
}

type seatSitting struct {
	proctor.SittingLoad
	Title, Start, RoomName string
	Unused                 bool // asked not to be used
}

// serveSeatPlan shows who would sit where, per site and sitting.
func (s *Server) serveSeatPlan(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	s.onSeats(w, r, a, r.URL.Query()["tanpa"], func(*seatPage, proctor.SeatsRequest) error { return nil })
}

func (s *Server) serveSeatTake(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	_ = r.ParseForm() // what cannot be read is missing, and refused as that
	s.onSeats(w, r, a, r.PostForm["tanpa"], func(p *seatPage, ask proctor.SeatsRequest) error {
		p.Reason = r.PostFormValue("reason")
		ask.Op, ask.Change, ask.Reason = r.PostFormValue("op"), r.PostFormValue("change"), p.Reason
		answer, err := s.office.TakeSeats(r.Context(), a, p.Exam.Code, ask)
		switch {
		case err != nil:
			return err
		case answer.Proposal != "":
			p.Done = "roster.proposed"
		case len(answer.Faults) == 0:
			p.Done, p.DoneN = "roster.taken", answer.Version
		}
		for _, f := range answer.Faults {
			p.Faults = append(p.Faults, faultShown(f, p.Lang))
		}
		return nil
	})
}

func (s *Server) onSeats(w http.ResponseWriter, r *http.Request, a proctor.Account, without []string, do func(*seatPage, proctor.SeatsRequest) error) {
	x := s.exam(r.PathValue("exam"))
	if x == nil {
		s.notFound(w, r)
		return
	}
	def := x.Def
	page := &seatPage{officeData: s.officeData(r, "roster", a), Exam: shownExam{def.Code, def.Title}, Rehearsal: def.Rehearsal, Op: uuid.NewString(), Without: without}
	ask := proctor.SeatsRequest{Without: without}
	words, status, ok := s.refusedOn(w, r, page.Lang, do(page, ask))
	if !ok {
		return
	}
	page.Wrong = words
	plan, err := s.office.PlanSeats(r.Context(), a, def.Code, ask)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	frozen, err := s.office.RosterFrozen(r.Context(), def.Code)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page.Plan = plan
	page.group(def)
	if page.Done == "" {
		for _, f := range plan.Faults {
			page.Faults = append(page.Faults, faultShown(f, page.Lang))
		}
		if len(plan.Faults) == 0 && !plan.Change.Nothing() {
			page.Change = s.changeShown(r, a, plan.Change, frozen || def.Policy.NeedsTwo(engine.ActRoster))
		}
	}
	if len(page.Faults) > 0 && page.Wrong == "" && r.Method == http.MethodPost {
		status = http.StatusUnprocessableEntity
	}
	s.show(w, r, status, "seats.html", page)
}

// group sorts the sittings by site, as the exam file has them.
func (p *seatPage) group(def *engine.Definition) {
	for _, site := range def.Sites {
		one := seatSite{Name: site.Name}
		for _, l := range p.Plan.Sittings {
			if l.Site != site.Code {
				continue
			}
			at := placeNamed(def, l.Site, l.Sitting)
			one.Sittings = append(one.Sittings, seatSitting{
				SittingLoad: l, Title: at.Title, RoomName: at.Room, Start: localTime(l.Start.String(), def.Zone(l.Sitting).String(), p.Lang), Unused: slices.Contains(p.Without, l.Sitting),
			})
			if !l.Begun {
				one.Free += l.Free
			}
		}
		if len(one.Sittings) > 0 {
			p.Sites = append(p.Sites, one)
		}
	}
}
