package web

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
)

// LookupPath is where candidates look up their own place.
const LookupPath = "/lokasi-saya"

func (s *Server) lookupRoutes(rt *routes) {
	rt.public("GET "+LookupPath, s.serveLookupForm)
	rt.public("POST "+LookupPath, s.serveLookup)
	rt.public("POST "+LookupPath+"/kartu", s.serveOwnCard)
}

// How often an address, and anybody for one number, may look up a place. A birth date is
// one of some twenty thousand: at this rate a number is not found out within a month, and
// what would be found out is where somebody sits an exam. What is right counts like what is wrong:
// otherwise a guess would cost nothing. So whoever knows a number and keeps asking for it keeps its
// candidate from this page; the place stands on the card and at the committee's desk as well.
var (
	lookupByAddress = engine.Limit{Burst: 20, Every: 10 * time.Second}
	lookupByNumber  = engine.Limit{Burst: 12, Every: 2 * time.Minute}
)

// lookupPage is what templates/lookup.html is made from.
type lookupPage struct {
	pageData
	Fault  engine.Code
	Text   string
	Number string
	Birth  string
	Places []ownPlace // nil until number and birth date are right
}

// ownPlace is where a candidate is expected.
type ownPlace struct {
	namedPlace
	Exam, Exams string // code and title
	Rehearsal   bool
	Number      string
	Name        string
	Day, Hour   string // "" while there is no sitting
	Changes     []placeChange
}

// placeChange is where or when the candidate was expected before.
type placeChange struct {
	namedPlace
	Day, Hour string
	At        string // when it was changed; "" for an hour that was moved
}

func (s *Server) serveLookupForm(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, http.StatusOK, "lookup.html", lookupPage{pageData: s.data(r, "roster")})
}

// serveLookup shows somebody their own place. Whether there is such a number is not said:
// whatever is wrong, the answer is one and the same.
func (s *Server) serveLookup(w http.ResponseWriter, r *http.Request) {
	page := lookupPage{pageData: s.data(r, "roster")}
	people, code := s.claimedPlace(w, r, &page)
	if code != "" {
		page.Fault, page.Text = code, codeText(code, page.Lang)
		s.show(w, r, codes[code].status, "lookup.html", page)
		return
	}
	for _, p := range people {
		page.Places = append(page.Places, s.ownPlace(p, page.Lang))
	}
	s.show(w, r, http.StatusOK, "lookup.html", page)
}

// claimedPlace are the people, one in each exam, whose number and birth date were given; or
// why there is no answer.
func (s *Server) claimedPlace(w http.ResponseWriter, r *http.Request, page *lookupPage) ([]*proctor.Person, engine.Code) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	page.Number, page.Birth = strings.TrimSpace(r.PostFormValue("number")), strings.TrimSpace(r.PostFormValue("birth"))
	if !s.mayLookUp(r, page.Number) {
		return nil, engine.RateLimited
	}
	birth, ok := proctor.BirthDate(page.Birth)
	people := slices.DeleteFunc(slices.Clone(s.results.people.Find(page.Number, "")), func(p *proctor.Person) bool {
		return !ok || p.BirthDate != birth || s.exam(p.Exam) == nil
	})
	if len(people) == 0 {
		return nil, codePlaceWrong
	}
	return people, ""
}

// mayLookUp says whether this address, and anybody for this number, may ask once more.
func (s *Server) mayLookUp(r *http.Request, number string) bool {
	now := s.hall.Now()
	if ok, _ := s.limits.Allow(r.Context(), "place/"+s.neighbourhood(r), lookupByAddress, now); !ok {
		return false
	}
	plain, valid := proctor.NormalNumber(number)
	if !valid {
		return true
	}
	ok, _ := s.limits.Allow(r.Context(), "place-number/"+plain, lookupByNumber, now)
	return ok
}

func (s *Server) ownPlace(p *proctor.Person, lang string) ownPlace {
	def := s.exam(p.Exam).Def
	out := ownPlace{namedPlace: placeNamed(def, p.Site, p.Sitting), Exam: def.Code, Exams: def.Title, Rehearsal: def.Rehearsal, Number: p.Number, Name: p.Name}
	for _, w := range p.Was {
		if w.Sitting == p.Sitting && w.Site == p.Site {
			continue // and back again
		}
		c := placeChange{namedPlace: placeNamed(def, w.Site, w.Sitting), At: dayIn(lang, w.At.Time().In(zoneOfSite(def, w.Site)))}
		if at, ok := startAsPlanned(def, w.Sitting); ok {
			c.Day, c.Hour = dayIn(lang, at), hourIn(lang, at)
		}
		out.Changes = append(out.Changes, c)
	}
	planned, ok := startAsPlanned(def, p.Sitting)
	if !ok {
		return out
	}
	start := s.plannedStart(p.SittingID()).Time().In(planned.Location())
	out.Day, out.Hour = dayIn(lang, start), hourIn(lang, start)
	if !start.Equal(planned) {
		out.Changes = append(out.Changes, placeChange{namedPlace: out.namedPlace, Day: dayIn(lang, planned), Hour: hourIn(lang, planned)})
	}
	return out
}

// sittingState is a sitting EXAM.CODE as it stands.
func (s *Server) sittingState(id string) *engine.Sitting { return s.hall.Sitting(id).State() }

// plannedStart is when a sitting is to start, with what was postponed.
func (s *Server) plannedStart(id string) engine.Instant {
	if at := s.hall.Sitting(id).State().Planned; at != 0 {
		return at
	}
	def, sitting, _, ok := s.placeOf(id)
	if !ok {
		return 0
	}
	at, _ := def.StartOf(sitting) // checked when the exam was created
	return at
}

// startAsPlanned is the hour of a sitting in the exam file, in the time of its site.
func startAsPlanned(def *engine.Definition, code string) (time.Time, bool) {
	for _, sitting := range def.Sittings {
		if sitting.Code == code {
			at, err := def.StartOf(sitting)
			return at.Time().In(def.Zone(code)), err == nil
		}
	}
	return time.Time{}, false
}

func zoneOfSite(def *engine.Definition, site string) *time.Location {
	for _, s := range def.Sites {
		if z, err := time.LoadLocation(s.Zone); s.Code == site && err == nil {
			return z
		}
	}
	return time.UTC
}

// serveOwnCard is a candidate's own card, for number and birth date.
func (s *Server) serveOwnCard(w http.ResponseWriter, r *http.Request) {
	page := lookupPage{pageData: s.data(r, "roster")}
	people, code := s.claimedPlace(w, r, &page)
	exam := r.PostFormValue("exam")
	people = slices.DeleteFunc(people, func(p *proctor.Person) bool { return p.Exam != exam })
	if code == "" && len(people) == 0 {
		code = codePlaceWrong
	}
	if code != "" {
		page.Fault, page.Text = code, codeText(code, page.Lang)
		s.show(w, r, codes[code].status, "lookup.html", page)
		return
	}
	s.sendCards(w, r, people, fmt.Sprintf("kartu-%s-%s.pdf", exam, people[0].Number))
}

// cardMaker reads what cards of an exam say beside its roster.
func (s *Server) cardMaker(r *http.Request, exam string) (*CardMaker, error) {
	x := s.exam(exam)
	if x == nil {
		return nil, engine.ErrAbsent
	}
	versions, err := s.office.Rosters(r.Context(), exam)
	if err != nil {
		return nil, err
	}
	m := &CardMaker{
		Def: x.Def, Authority: s.authority, Version: len(versions), Issued: s.hall.Now(), Start: s.plannedStart,
		Photo: func(p *proctor.Person) ([]byte, error) { return proctor.Photo(r.Context(), s.register, p) },
	}
	if s.url != nil {
		m.Lookup = strings.TrimSuffix(s.url.String(), "/") + LookupPath
	}
	return m, nil
}

// sendCards answers with the cards of people of one exam.
func (s *Server) sendCards(w http.ResponseWriter, r *http.Request, people []*proctor.Person, name string) {
	m, err := s.cardMaker(r, people[0].Exam)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	cards, err := m.Cards(people)
	var out bytes.Buffer
	if err == nil {
		err = cards.WritePDF(&out)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	sendFile(w, "application/pdf", name, out.Bytes())
}

// sendFile answers with a file to keep, that no cache keeps.
func sendFile(w http.ResponseWriter, kind, name string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body)
}
