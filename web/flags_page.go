package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"terang/engine"
	"terang/proctor"
	"terang/scoring/aberrance"
)

func (s *Server) flagRoutes(rt *routes) {
	rt.staffPage("GET /petunjuk", proctor.ActFlags, Anywhere, s.serveFlagExams)
	rt.staffPage("GET /petunjuk/{exam}", proctor.ActFlags, Anywhere, s.serveFlagPage) // of the sittings that the account reaches
}

// flagExams is what templates/flag-exams.html is made from.
type flagExams struct {
	officeData
	Exams []flagExam
}

type flagExam struct {
	shownExam
	All, Open, Passed int
}

// flagPage is what templates/flags.html is made from. It has numbers and no names, and no
// score: nobody is ranked by a signal.
type flagPage struct {
	officeData
	Exam             shownExam
	Rehearsal        bool
	Advice           string
	Rules            string // SHA-256
	Examined, Apart  int
	Expected         string // how many honest candidates are named by chance among the examined
	Open, Passed     int
	Groups           []flagGroup
	Only             string // a sitting, "" for all
	Sittings         []flagSitting
	MayOpen, Nothing bool
}

// flagGroup are the signals that are in one state, those for the committee first.
type flagGroup struct {
	State string
	Flags []shownFlag
}

type flagSitting struct {
	ID, Title string
	Count     int
}

type shownFlag struct {
	proctor.Flag
	Sitting, Title, When, Words, Usual, Span string
	Numbers, Seats                           []string // of neighbours
	Place                                    string   // of a room
	Said                                     []shownDecision
}

type shownDecision struct {
	When, By, Two, What, Reason, Words string
}

// flagStates are the groups of the page, in its order.
var flagStates = []string{proctor.FlagPassed, proctor.FlagOpen, proctor.FlagSeen, proctor.FlagNoted, proctor.FlagNoMatter}

func (s *Server) serveFlagExams(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	page := flagExams{officeData: s.officeData(r, "flags", a)}
	for _, one := range s.examsWhere(func(code string) bool { return a.MayOf(proctor.ActFlags, code) }) {
		e := flagExam{shownExam: one}
		e.All, e.Open, e.Passed = s.desk.CountFlags(a, one.Code)
		page.Exams = append(page.Exams, e)
	}
	s.show(w, r, http.StatusOK, "flag-exams.html", page)
}

// serveFlagPage shows an exam's advisory signals to whoever has to make something of them.
// That they were read is recorded, sitting by sitting, before they are shown.
func (s *Server) serveFlagPage(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	x := s.exam(r.PathValue("exam"))
	if x == nil {
		s.notFound(w, r)
		return
	}
	page := flagPage{
		officeData: s.officeData(r, "flags", a), Exam: shownExam{x.Def.Code, x.Def.Title}, Rehearsal: x.Def.Rehearsal, Only: r.URL.Query().Get("sesi"),
		Rules: aberrance.DefaultRules().Hash(), MayOpen: a.MaySomewhere(proctor.ActSee),
	}
	page.Advice = aberrance.Advice()[0]
	if page.Lang == "en" {
		page.Advice = aberrance.Advice()[1]
	}
	by := map[string][]shownFlag{}
	for _, one := range x.Def.Sittings {
		id := x.Def.Code + "." + one.Code
		flags, err := s.desk.Flags(r.Context(), a, id)
		if errors.Is(err, engine.NotAllowed) {
			continue
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		if s.watch != nil {
			examined, apart := s.watch.looked(id)
			page.Examined, page.Apart = page.Examined+examined, page.Apart+apart
		}
		if len(flags) == 0 {
			continue
		}
		page.Sittings = append(page.Sittings, flagSitting{id, one.Title, len(flags)})
		if page.Only != "" && page.Only != id {
			continue
		}
		s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadFlags, Sitting: id})
		zone := x.Def.Zone(one.Code).String()
		for i := range flags {
			by[flags[i].State] = append(by[flags[i].State], s.flagShown(&flags[i], id, one.Title, zone, page.Lang))
		}
	}
	page.Open, page.Passed, page.Nothing = len(by[proctor.FlagOpen]), len(by[proctor.FlagPassed]), len(page.Sittings) == 0
	page.Expected = expectedIn(page.Lang, aberrance.ExpectedAlarms(page.Examined))
	for _, state := range flagStates {
		if len(by[state]) > 0 {
			page.Groups = append(page.Groups, flagGroup{state, by[state]})
		}
	}
	s.show(w, r, http.StatusOK, "flags.html", page)
}

// flagShown is a signal in the page's language.
func (s *Server) flagShown(f *proctor.Flag, sitting, title, zone, lang string) shownFlag {
	v := shownFlag{Flag: *f, Sitting: sitting, Title: title, When: localTime(f.At, zone, lang)}
	var said struct {
		aberrance.Finding
		Numbers []string `json:"numbers"`
		Seats   []string `json:"seats"`
		Place   string   `json:"place"`
	}
	if json.Unmarshal(f.Finding, &said) == nil { // else its words were erased
		v.Words, v.Usual, v.Numbers, v.Seats, v.Place = said.ID, said.Usual, said.Numbers, said.Seats, said.Place
		if lang == "en" {
			v.Words, v.Usual = said.EN, said.Expected
		}
		if said.From > 0 {
			v.Span = localTimeToSecond(said.From.String(), zone, lang) + " – " + localClock(max(said.From, said.To).String(), zone, lang)
		}
	}
	for _, d := range slices.Backward(f.Decisions) {
		reason := d.Why
		if words := s.pages.texts[lang]["station.reason."+d.Why]; words != "" {
			reason = words
		}
		v.Said = append(v.Said, shownDecision{localTime(d.At, zone, lang), d.By, d.Two, d.What, reason, d.Words})
	}
	return v
}

// expectedIn is how many honest candidates are named by chance, in a page's language.
func expectedIn(lang string, n float64) string {
	less, text := "", strconv.FormatFloat(max(n, .1), 'f', 1, 64)
	if n < .1 {
		if less = "less than "; lang != "en" {
			less = "kurang dari "
		}
	}
	if lang != "en" {
		text = strings.ReplaceAll(text, ".", ",")
	}
	return less + text
}
