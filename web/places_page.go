package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

func (s *Server) placesRoutes(rt *routes) {
	rt.staffPage("GET /daftar-peserta/{exam}/lokasi", proctor.ActExam, OfExam, s.servePlaces)
	rt.staffPage("POST /daftar-peserta/{exam}/lokasi", proctor.ActExam, OfExam, s.servePlacesLook)
	rt.staffPage("POST /daftar-peserta/{exam}/lokasi/ambil", proctor.ActExam, OfExam, s.servePlacesTake)
	rt.staff("GET /api/v1/exams/{exam}/places", proctor.ActExam, OfExam, s.servePlacesJSON)
	rt.staff("POST /api/v1/exams/{exam}/places", proctor.ActExam, OfExam, s.servePlacesAct)
}

// sittingLength is how long a sitting of an exam is that says nothing of it.
func (s *Server) sittingLength(exam string) (time.Duration, error) {
	x := s.exam(exam)
	if x == nil {
		return 0, engine.ErrAbsent
	}
	return x.Rules.Length(), nil
}

// Places is where an exam's sites, rooms and sittings are changed.
func (s *Server) Places() *proctor.Places { return s.places }

// Homes is where sittings are handed over to sites, for commands.
func (s *Server) Homes() *proctor.Homes { return s.homes }

// placesPage is what templates/places.html is made from.
type placesPage struct {
	officeData
	Exam      shownExam
	Rehearsal bool
	Op        string
	Sites     []placedSite
	OpenSites []engine.SiteDef // to add a room to, with those that the draft adds
	OpenRooms []openRoom       // to add a sitting to, likewise
	Draft     string           // the changes so far that were looked at and not taken, as JSON
	Plan      *proctor.PlacesPlan
	Change    *shownChange // of the roster
	Faults    []shownFault
	Wrong     string
	Done      string
	DoneN     int
	Reason    string
	Typed     placesForm // what was sent and could not be taken, for the fields to keep
}

// placesForm is one change as a form has it.
type placesForm struct {
	What                                                                string
	Code, Name, Site, Room, Zone, Address, Networks, Seats, Fits, Start string
	Reserved                                                            bool
}

// openRoom is a room that can be given a sitting.
type openRoom struct {
	engine.RoomDef
	SiteName string
}

// offer names what can be added to: in the exam as the draft makes it, so that a site, its
// room and a sitting there are one change.
func (p *placesPage) offer(def *engine.Definition) {
	for _, site := range def.Sites {
		if site.Closed {
			continue
		}
		p.OpenSites = append(p.OpenSites, site)
		for _, room := range def.Rooms {
			if room.Site == site.Code && !room.Closed {
				p.OpenRooms = append(p.OpenRooms, openRoom{room, site.Name})
			}
		}
	}
}

type placedSite struct {
	engine.SiteDef
	Rooms []placedRoom
}

type placedRoom struct {
	engine.RoomDef
	Free     bool // its seats can be changed: nothing was held here so far
	Sittings []placedSitting
}

type placedSitting struct {
	engine.SittingDef
	When, Local string // in words, and as a form's field has it
	Phase       engine.Phase
	People      int
	Home        string // code of the site whose journal holds it
	Moved       bool   // its hour is another than at first
}

// placedSites are an exam's places as they stand.
func (s *Server) placedSites(x *Exam, lang string) []placedSite {
	def := x.Def
	all := make([]placedSite, 0, len(def.Sites))
	for _, site := range def.Sites {
		one := placedSite{SiteDef: site}
		for _, room := range def.Rooms {
			if room.Site != site.Code {
				continue
			}
			r := placedRoom{RoomDef: room, Free: !room.Closed}
			for _, sitting := range def.Sittings {
				if sitting.Room != room.Code {
					continue
				}
				id := def.Code + "." + sitting.Code
				state, start := s.sittingState(id), s.plannedStart(id).Time().In(def.Zone(sitting.Code))
				r.Sittings = append(r.Sittings, placedSitting{
					SittingDef: sitting, When: momentIn(lang, "15.04", start), Local: start.Format("2006-01-02T15:04"),
					Phase: state.Phase, People: len(s.results.people.In(id)), Moved: state.MovedAt != 0, Home: state.Home,
				})
				r.Free = r.Free && state.Home == "" && (state.Phase == engine.Planned || state.Phase == engine.Cancelled)
			}
			slices.SortStableFunc(r.Sittings, func(a, b placedSitting) int { return strings.Compare(a.Local, b.Local) })
			one.Rooms = append(one.Rooms, r)
		}
		all = append(all, one)
	}
	return all
}

// onPlaces makes the page of an exam's places, lets something happen on it, and shows it.
func (s *Server) onPlaces(w http.ResponseWriter, r *http.Request, a proctor.Account, do func(*placesPage) error) {
	x := s.exam(r.PathValue("exam"))
	if x == nil {
		s.notFound(w, r)
		return
	}
	page := &placesPage{officeData: s.officeData(r, "roster", a), Exam: shownExam{x.Def.Code, x.Def.Title}, Rehearsal: x.Def.Rehearsal, Op: uuid.NewString()}
	words, status, ok := s.refusedOn(w, r, page.Lang, do(page))
	if !ok {
		return
	}
	page.Wrong = words
	page.Sites = s.placedSites(s.exam(x.Def.Code), page.Lang)
	if page.Draft != "" && page.Plan != nil {
		page.offer(page.Plan.Def)
	} else {
		page.offer(s.exam(x.Def.Code).Def)
	}
	if page.Plan != nil {
		for i := range page.Plan.Changes {
			c := &page.Plan.Changes[i]
			c.Was, c.Is = TimesIn(c.Was, capital, page.Lang), TimesIn(c.Is, capital, page.Lang)
		}
		for _, f := range page.Plan.Faults {
			page.Faults = append(page.Faults, faultShown(f, page.Lang))
		}
		if seats := page.Plan.Seats; seats != nil && seats.Change != nil {
			page.Change = s.changeShown(r, a, seats.Change, page.Plan.Two)
		}
	}
	if len(page.Faults) > 0 && r.Method == http.MethodPost {
		status = http.StatusUnprocessableEntity
	}
	s.show(w, r, status, "places.html", page)
}

func (s *Server) servePlaces(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	s.onPlaces(w, r, a, func(*placesPage) error { return nil })
}

// servePlacesLook adds a change to those that were looked at, and shows what all of them
// together would do. One that cannot be done is not added.
func (s *Server) servePlacesLook(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	r.Body = http.MaxBytesReader(w, r.Body, 256<<10)
	_ = r.ParseForm() // what cannot be read is missing, and refused as that
	s.onPlaces(w, r, a, func(p *placesPage) error {
		draft, err := readDraft(r)
		if err != nil {
			return err
		}
		kept := draft
		if err := p.keep(kept); err != nil {
			return err
		}
		p.Reason = r.PostFormValue("reason")
		p.Typed = placesFormOf(r)
		more, err := p.Typed.edit()
		if err != nil {
			return err
		}
		var edit proctor.PlacesEdit
		edit.Merge(draft)
		edit.Merge(more)
		if p.Plan, err = s.places.Plan(r.Context(), a, p.Exam.Code, edit); err != nil {
			return err
		}
		if len(p.Plan.Faults) == 0 {
			kept, p.Typed = edit, placesForm{}
		} else if !kept.Empty() { // the changes before still can be taken
			faults := p.Plan.Faults
			if p.Plan, err = s.places.Plan(r.Context(), a, p.Exam.Code, kept); err != nil {
				return err
			}
			p.Plan.Faults = append(faults, p.Plan.Faults...)
		}
		return p.keep(kept)
	})
}

func (s *Server) servePlacesTake(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	r.Body = http.MaxBytesReader(w, r.Body, 256<<10)
	_ = r.ParseForm()
	s.onPlaces(w, r, a, func(p *placesPage) error {
		draft, err := readDraft(r)
		if err != nil {
			return err
		}
		p.Reason = r.PostFormValue("reason")
		if err := p.keep(draft); err != nil {
			return err
		}
		answer, err := s.places.Take(r.Context(), a, p.Exam.Code, proctor.PlacesRequest{
			Op: r.PostFormValue("op"), Edit: draft, Reason: p.Reason, Change: r.PostFormValue("change"),
		})
		if err != nil || len(answer.Plan.Faults) > 0 {
			if p.Plan = answer.Plan; p.Plan == nil || p.Plan.ID != "" {
				fresh, again := s.places.Plan(r.Context(), a, p.Exam.Code, draft)
				if again != nil {
					return errors.Join(err, again)
				}
				p.Plan = fresh
			}
			return err
		}
		p.Done, p.DoneN, p.Reason, p.Draft = "roster.places_done", answer.Plan.Told, "", ""
		if answer.Proposal != "" {
			p.Done = "roster.proposed"
		}
		return nil
	})
}

func (p *placesPage) keep(e proctor.PlacesEdit) error {
	if e.Empty() {
		return nil
	}
	body, err := json.Marshal(e)
	p.Draft = string(body)
	return err
}

func readDraft(r *http.Request) (e proctor.PlacesEdit, err error) {
	if text := r.PostFormValue("draft"); text != "" && json.Unmarshal([]byte(text), &e) != nil {
		err = &engine.Refusal{Code: codeBadData, Field: "draft"}
	}
	return e, err
}

func placesFormOf(r *http.Request) placesForm {
	v := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	return placesForm{
		What: v("what"), Code: strings.ToLower(v("code")), Name: v("name"), Site: v("site"), Room: v("room"), Zone: v("zone"), Address: v("address"),
		Networks: v("networks"), Seats: v("seats"), Fits: v("fits"), Start: v("start"), Reserved: v("reserved") != "",
	}
}

// edit is the change that a form asks for.
func (f *placesForm) edit() (e proctor.PlacesEdit, err error) {
	words := func(text string) []string {
		return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == ';' || r == '\n' })
	}
	seats, _ := strconv.Atoi(f.Seats) // 0 is no number of seats
	kind, code, _ := strings.Cut(f.Code, "/")
	switch f.What {
	case proctor.PlaceSite:
		e.Sites = []engine.SiteDef{{Code: f.Code, Name: f.Name, Zone: f.Zone, Address: f.Address, Networks: words(f.Networks)}}
	case proctor.PlaceRoom:
		e.Rooms = []engine.RoomDef{{Code: f.Code, Site: f.Site, Name: f.Name, Seats: seats, Fits: words(f.Fits), Reserved: f.Reserved}}
	case proctor.PlaceSitting:
		e.Sittings = []engine.SittingDef{{Code: f.Code, Room: f.Room, Title: f.Name, Start: f.Start}}
	case "seats":
		e.Seats = map[string]int{f.Room: seats}
	case "hour":
		e.Hours = map[string]string{f.Code: f.Start}
	case "close":
		switch kind {
		case proctor.PlaceSite:
			e.CloseSites = []string{code}
		case proctor.PlaceRoom:
			e.CloseRooms = []string{code}
		case proctor.PlaceSitting:
			e.CloseSittings = []string{code}
		}
	}
	if e.Empty() {
		err = &engine.Refusal{Code: codeBadData, Field: "what"}
	}
	return e, err
}

// placeJSON is a sitting as a program reads it.
type placeJSON struct {
	Code   string       `json:"code"`
	Site   string       `json:"site"`
	Room   string       `json:"room"`
	Title  string       `json:"title"`
	Start  string       `json:"start"` // as it stands
	Phase  engine.Phase `json:"phase"`
	People int          `json:"people"`
}

func (s *Server) servePlacesJSON(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	x := s.exam(r.PathValue("exam"))
	if x == nil {
		s.fail(w, r, engine.ErrAbsent)
		return
	}
	sittings := []placeJSON{}
	for _, one := range x.Def.Sittings {
		id := x.Def.Code + "." + one.Code
		sittings = append(sittings, placeJSON{one.Code, one.Site, one.Room, one.Title, s.plannedStart(id).String(), s.sittingState(id).Phase, len(s.results.people.In(id))})
	}
	writeJSON(w, http.StatusOK, map[string]any{"sites": x.Def.Sites, "rooms": x.Def.Rooms, "sittings": sittings})
}

// servePlacesAct takes an edit whose plan was shown; with dry_run it shows it.
func (s *Server) servePlacesAct(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var q struct {
		proctor.PlacesRequest
		DryRun bool `json:"dry_run"`
	}
	if !readJSON(w, r, 1<<20, &q) {
		return
	}
	exam := r.PathValue("exam")
	var answer proctor.PlacesAnswer
	var err error
	if q.DryRun {
		answer.Plan, err = s.places.Plan(r.Context(), a, exam, q.Edit)
	} else {
		answer, err = s.places.Take(r.Context(), a, exam, q.PlacesRequest)
	}
	switch {
	case err != nil:
		s.fail(w, r, err)
	case len(answer.Plan.Faults) > 0:
		writeJSON(w, http.StatusUnprocessableEntity, map[string]any{
			"code": codeBadData, "text": codeText(codeBadData, language(r)), "faults": tableFaults(answer.Plan.Faults),
		})
	case answer.Proposal != "":
		writeJSON(w, http.StatusAccepted, answer)
	default:
		writeJSON(w, http.StatusOK, answer)
	}
}
