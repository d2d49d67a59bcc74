package web

import (
	"net/http"
	"slices"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

func (s *Server) rosterRoutes(rt *routes) {
	rt.staffPage("GET /daftar-peserta", proctor.ActRoster, Anywhere, s.serveRosterExams)
	rt.staffPage("GET /daftar-peserta/{exam}", proctor.ActRoster, OfExam, s.serveRosterPage)
	rt.staffPage("POST /daftar-peserta/{exam}", proctor.ActRoster, OfExam, s.serveRosterPreview)
	rt.staffPage("POST /daftar-peserta/{exam}/ambil", proctor.ActRoster, OfExam, s.serveRosterTake)
	rt.staffPage("POST /daftar-peserta/{exam}/beku", proctor.ActRoster, OfExam, s.serveRosterFreeze)
	rt.staffPage("POST /daftar-peserta/{exam}/foto", proctor.ActRoster, OfExam, s.servePhotoArchive)
	rt.staffPage("GET /daftar-peserta/{exam}/berkas", proctor.ActRoster, OfExam, s.serveRosterFile)
	rt.staffPage("GET /daftar-peserta/{exam}/kartu", proctor.ActRoster, OfExam, s.serveSittingCards)
	rt.staffPage("GET /daftar-peserta/{exam}/tempat", proctor.ActRoster, OfExam, s.serveSeatPlan)
	rt.staffPage("POST /daftar-peserta/{exam}/tempat", proctor.ActRoster, OfExam, s.serveSeatTake)
	rt.staff("POST /api/v1/exams/{exam}/roster/preview", proctor.ActRoster, OfExam, s.serveRosterChange)
}

// rosterPage is what templates/roster.html is made from.
type rosterPage struct {
	officeData
	Exam      shownExam
	Rehearsal bool
	Op        string
	Versions  []proctor.RosterVersion // newest first
	People    int
	Unplaced  int
	Photos    int
	Moved     int
	Frozen    bool
	Sittings  []shownSitting
	MayPlace  bool // may change sites, rooms and sittings
	Fresh     bool // a version was taken that is not served yet: only People counts it

	Wrong   string       // what a request was refused for
	Done    string       // key of what was done
	DoneN   int          // a number in it
	Faults  []shownFault // nothing was taken, unless Done says what was
	More    int          // faults beyond those shown
	Warned  []shownFault // people of the change, or else of the roster, who have not the time of the rules
	File    string       // name of the file that was sent
	Partial bool
	Change  *shownChange
	Reason  string // what was sent and could not be taken, for the field to keep

	PhotoReason, PhotoSecond string   // likewise of photos
	Missing                  []string // numbers without a photo
}

// shownSitting is a sitting with how many are expected.
type shownSitting struct {
	Code, Title, Site, Room, Start string
	People, Seats                  int
}

// shownFault is a fault of a file in the page's language.
type shownFault struct {
	Row    int    `json:"row,omitempty"`
	Column string `json:"column,omitempty"`
	Photo  string `json:"photo,omitempty"`
	What   string `json:"what"`
	Remedy string `json:"remedy"`
}

// shownChange is a change with as many people as a page bears.
type shownChange struct {
	*proctor.RosterChange
	ID                                  string
	Moved                               []proctor.PersonChange
	MoreAdded, MoreRemoved, MoreChanged int
	NeedsReason                         bool
}

// changesMost is how many people a page names of each kind of change; terang exam roster
// --changes writes them all.
const changesMost = 200

// faultsMost is how many faults a page names.
const faultsMost = 500

// changeShown is a change of people as a page shows it; that it was read is recorded first.
func (s *Server) changeShown(r *http.Request, a proctor.Account, c *proctor.RosterChange, two bool) *shownChange {
	s.readsChange(r, a, c)
	v := &shownChange{RosterChange: c, ID: c.ID(), Moved: c.Moved(), NeedsReason: two}
	cut := *c
	v.MoreAdded, cut.Added = max(0, len(c.Added)-changesMost), c.Added[:min(len(c.Added), changesMost)]
	v.MoreRemoved, cut.Removed = max(0, len(c.Removed)-changesMost), c.Removed[:min(len(c.Removed), changesMost)]
	v.MoreChanged, cut.Changed = max(0, len(c.Changed)-changesMost), c.Changed[:min(len(c.Changed), changesMost)]
	v.RosterChange = &cut
	return v
}

// Added and the like count all, beyond those that the page names.
func (v *shownChange) AddedN() int   { return len(v.Added) + v.MoreAdded }
func (v *shownChange) RemovedN() int { return len(v.Removed) + v.MoreRemoved }
func (v *shownChange) ChangedN() int { return len(v.Changed) + v.MoreChanged }
func (v *shownChange) MovedN() int   { return len(v.Moved) }

// tells puts faults on the page.
func (p *rosterPage) tells(faults []proctor.Fault) {
	p.More = max(0, len(faults)-faultsMost)
	for _, f := range faults[:min(len(faults), faultsMost)] {
		p.Faults = append(p.Faults, faultShown(f, p.Lang))
	}
}

// warns puts those on the page who are blind and have not the time that the rules give.
func (p *rosterPage) warns(x *Exam, people *proctor.People, who []*proctor.Person) {
	p.Warned = nil
	faults := CriteriaRules(x.Rules, &x.Def.Policy).BlindFaults(x.Def, who, people.Formations(x.Def.Code))
	for _, f := range faults[:min(len(faults), faultsMost)] {
		p.Warned = append(p.Warned, faultShown(f, p.Lang))
	}
}

func faultShown(f proctor.Fault, lang string) shownFault {
	v := shownFault{Row: f.Row, Column: f.Column, Photo: f.Photo, What: f.What, Remedy: f.Remedy}
	if lang != "en" {
		v.What, v.Remedy = inIndonesian(f.What), inIndonesian(f.Remedy)
	}
	v.What = TimesIn(v.What, capital, lang)
	return v
}

func (s *Server) rosterPage(r *http.Request, a proctor.Account) (*rosterPage, error) {
	x := s.exam(r.PathValue("exam"))
	if x == nil {
		return nil, engine.ErrAbsent
	}
	def := x.Def
	p := &rosterPage{officeData: s.officeData(r, "roster", a), Exam: shownExam{def.Code, def.Title}, Rehearsal: def.Rehearsal, Op: uuid.NewString(), MayPlace: a.May(proctor.ActExam, def.Code, "", "")}
	var err error
	if p.Versions, err = s.office.Rosters(r.Context(), def.Code); err != nil {
		return nil, err
	}
	slices.Reverse(p.Versions)
	if p.Frozen, err = s.office.RosterFrozen(r.Context(), def.Code); err != nil {
		return nil, err
	}
	photos, err := proctor.PhotoHashes(r.Context(), s.register, def.Code)
	if err != nil {
		return nil, err
	}
	people := s.results.people
	for _, q := range people.All(def.Code) {
		p.People++
		if q.Sitting == "" {
			p.Unplaced++
		}
		if photos[q.Attempt] != "" {
			p.Photos++
		}
	}
	p.warns(x, people, people.All(def.Code))
	p.Moved = len(people.Told(def.Code, 0, s.sittingState))
	for _, one := range def.Sittings {
		at := placeNamed(def, one.Site, one.Code)
		zone := def.Zone(one.Code)
		p.Sittings = append(p.Sittings, shownSitting{
			Code: one.Code, Title: one.Title, Site: at.Site, Room: at.Room, Start: localTime(s.plannedStart(def.Code+"."+one.Code).String(), zone.String(), p.Lang),
			People: len(people.In(def.Code + "." + one.Code)), Seats: seatsOf(def, one.Room),
		})
	}
	return p, nil
}

// seatsOf is how many a room takes: its spare computers are nobody's before the sitting.
func seatsOf(def *engine.Definition, room string) int {
	for _, r := range def.Rooms {
		if r.Code == room {
			return r.Seats - len(r.Spare)
		}
	}
	return 0
}

// rosterExams is what templates/roster-exams.html is made from.
type rosterExams struct {
	officeData
	Exams []rosterExam
}

type rosterExam struct {
	shownExam
	People, Unplaced int
}

func (s *Server) serveRosterExams(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	data := rosterExams{officeData: s.officeData(r, "roster", a)}
	for _, one := range s.examsWhere(func(code string) bool { return a.May(proctor.ActRoster, code, "", "") }) {
		e := rosterExam{shownExam: one}
		for _, p := range s.results.people.All(one.Code) {
			e.People++
			if p.Sitting == "" {
				e.Unplaced++
			}
		}
		data.Exams = append(data.Exams, e)
	}
	s.show(w, r, http.StatusOK, "roster-exams.html", data)
}

// onRoster makes the page of an exam's roster, lets something happen on it, and shows it. A
// refusal stands on the page.
func (s *Server) onRoster(w http.ResponseWriter, r *http.Request, a proctor.Account, do func(p *rosterPage) error) {
	page, err := s.rosterPage(r, a)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	words, status, ok := s.refusedOn(w, r, page.Lang, do(page))
	if !ok {
		return
	}
	page.Wrong = words
	if len(page.Faults) > 0 {
		status = http.StatusUnprocessableEntity
	}
	s.show(w, r, status, "roster.html", page)
}

func (s *Server) serveRosterPage(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	s.onRoster(w, r, a, func(*rosterPage) error { return nil })
}
