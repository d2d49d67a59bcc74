package web

import (
	"net/http"
	"slices"

	"terang/proctor"
	"terang/scoring"
)

// personnelRoutes are what other programs ask and send, with a token (terang token add). All
// of them stand in openapi.json; a test holds the two against each other.
func (s *Server) personnelRoutes(rt *routes) {
	rt.staff("GET /api/v1/personnel/exams", proctor.ActSittings, Anywhere, s.servePersonnelExams)
	rt.staff("GET /api/v1/personnel/{exam}/sittings", proctor.ActSittings, OfExam, s.servePersonnelSittings)
	rt.staff("GET /api/v1/personnel/{exam}/roster", proctor.ActRosterRead, OfExam, s.servePersonnelRoster)
	rt.staff("POST /api/v1/personnel/{exam}/roster", proctor.ActRoster, OfExam, s.serveImportRoster)
	rt.staff("GET /api/v1/personnel/{exam}/results", proctor.ActResultRead, OfExam, s.serveProvisional)
	rt.public("GET /api/v1/openapi.json", s.serveOpenAPI)
	rt.public("GET /api", s.serveAPIPage)
}

// turnedIn reads which page of an exam's list is asked for; it answers itself when it is none.
func (s *Server) turnedIn(w http.ResponseWriter, r *http.Request) (x *Exam, offset, limit int, ok bool) {
	if offset, limit, ok = turned(w, r); !ok {
		return nil, 0, 0, false
	}
	if x = s.exam(r.PathValue("exam")); x == nil {
		writeError(w, r, codeNotFound, "exam")
	}
	return x, offset, limit, x != nil
}

// pageJSON is a page of a longer list. Next is the offset of the next one, absent at the end.
type pageJSON[T any] struct {
	Total  int `json:"total"`
	Offset int `json:"offset"`
	Next   int `json:"next,omitempty"`
	Items  []T `json:"items"`
}

func pageOf[T any](all []T, offset, limit int) pageJSON[T] {
	from, to := min(offset, len(all)), min(offset+limit, len(all))
	p := pageJSON[T]{Total: len(all), Offset: offset, Items: append([]T{}, all[from:to]...)}
	if to < len(all) {
		p.Next = to
	}
	return p
}

type personnelExam struct {
	Exam      string `json:"exam"`
	Title     string `json:"title"`
	Rehearsal bool   `json:"rehearsal"`
	RuleSet   string `json:"rule_set"`
	Results   string `json:"results"` // provisional, frozen or final
	Sittings  int    `json:"sittings"`
	People    int    `json:"people"`
}

func (s *Server) servePersonnelExams(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	offset, limit, ok := turned(w, r)
	if !ok {
		return
	}
	var all []personnelExam
	for _, one := range s.examsWhere(func(code string) bool { return a.May(proctor.ActSittings, code, "", "") }) {
		x := s.exam(one.Code)
		state, err := s.office.Results(r.Context(), one.Code)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		all = append(all, personnelExam{one.Code, one.Title, x.Def.Rehearsal, x.Rules.ID, state.Standing(), len(x.Def.Sittings), len(s.results.people.All(one.Code))})
	}
	writeJSON(w, http.StatusOK, pageOf(all, offset, limit))
}

type personnelSitting struct {
	Sitting string `json:"sitting"` // code within the exam
	Title   string `json:"title"`
	Site    string `json:"site"`
	Room    string `json:"room"`
	Seats   int    `json:"seats"`
	State   string `json:"state"`
	Planned string `json:"planned"`
	Started string `json:"started,omitempty"`
	People  int    `json:"people"` // expected
}

func (s *Server) servePersonnelSittings(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	x, offset, limit, ok := s.turnedIn(w, r)
	if !ok {
		return
	}
	var all []personnelSitting
	for _, one := range x.Def.Sittings {
		id := x.Def.Code + "." + one.Code
		state := s.hall.Sitting(id).State()
		shown := personnelSitting{Sitting: one.Code, Title: one.Title, Site: one.Site, Room: one.Room, State: string(state.Phase), Planned: textOf(state.Planned), Started: textOf(state.StartedAt), People: len(s.results.people.In(id))}
		for _, room := range x.Def.Rooms {
			if room.Code == one.Room && room.Site == one.Site {
				shown.Seats = room.Seats
			}
		}
		all = append(all, shown)
	}
	writeJSON(w, http.StatusOK, pageOf(all, offset, limit))
}

// personnelPerson is a row of the roster. Photos stay where they are.
type personnelPerson struct {
	Number        string `json:"number"`
	Name          string `json:"name"`
	BirthDate     string `json:"birth_date"`
	Formation     string `json:"formation"`
	Site          string `json:"site"`
	Sitting       string `json:"sitting,omitempty"`
	Seat          string `json:"seat,omitempty"`
	Accommodation string `json:"accommodation,omitempty"`
	ExtraMinutes  int    `json:"extra_minutes,omitempty"`
}

func (s *Server) servePersonnelRoster(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	x, offset, limit, ok := s.turnedIn(w, r)
	if !ok {
		return
	}
	exam := x.Def.Code
	page := pageOf(s.results.people.All(exam), offset, limit)
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadRoster, Sitting: exam})
	shown := pageJSON[personnelPerson]{Total: page.Total, Offset: page.Offset, Next: page.Next, Items: []personnelPerson{}}
	for _, p := range page.Items {
		shown.Items = append(shown.Items, personnelPerson{p.Number, p.Name, p.BirthDate, p.Formation, p.Site, p.Sitting, p.Seat, p.Accommodation, p.ExtraMinutes})
	}
	writeJSON(w, http.StatusOK, shown)
}

// rosterImport is a roster as another program sends it: a file, CSV or a JSON array.
type rosterImport struct {
	Op     string `json:"op"`
	File   string `json:"file"`
	Reason string `json:"reason"`
	DryRun bool   `json:"dry_run"` // say what would change, and change nothing
}

// rosterImported says what became of it, or would.
type rosterImported struct {
	DryRun   bool     `json:"dry_run"`
	Rows     int      `json:"rows"`
	New      []string `json:"new"`
	Changed  []string `json:"changed"`
	Proposal string   `json:"proposal,omitempty"` // nothing is changed before another person agrees
}

// importRoster is the one place where a program's roster is imported.
func (s *Server) importRoster(r *http.Request, a proctor.Account, exam string, q *rosterImport) (proctor.RosterCheck, error) {
	if q.DryRun {
		return s.office.CheckRoster(r.Context(), a, exam, []byte(q.File))
	}
	return s.office.ImportRoster(r.Context(), a, exam, proctor.RosterRequest{Op: q.Op, File: q.File, Reason: q.Reason})
}

func (s *Server) serveImportRoster(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var q rosterImport
	if !readJSON(w, r, rosterMost, &q) {
		return
	}
	exam := r.PathValue("exam")
	if s.exam(exam) == nil {
		writeError(w, r, codeNotFound, "exam")
		return
	}
	check, err := s.importRoster(r, a, exam, &q)
	done := rosterImported{q.DryRun, check.Rows, check.New, check.Changed, check.Proposal}
	switch {
	case err != nil:
		s.fail(w, r, err)
	case len(check.Faults) > 0:
		writeJSON(w, http.StatusUnprocessableEntity, map[string]any{
			"code": codeRoster, "text": codeText(codeRoster, language(r)), "faults": tableFaults(check.Faults),
		})
	case done.Proposal != "":
		writeJSON(w, http.StatusAccepted, done)
	default:
		writeJSON(w, http.StatusOK, done)
	}
}

// personnelResult is a result as it stands, for who may read it before it is released. What
// is released anybody reads at /api/v1/results.
type personnelResult struct {
	Number    string         `json:"number"`
	Formation string         `json:"formation"`
	Scores    map[string]int `json:"scores,omitempty"`
	Total     *int           `json:"total,omitempty"`
	Status    string         `json:"status"`         // by the thresholds of the own need; empty: nothing may be said yet
	Code      string         `json:"code,omitempty"` // of the released list that stands
	Finished  bool           `json:"finished"`
}

func (s *Server) serveProvisional(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	x, offset, limit, ok := s.turnedIn(w, r)
	if !ok {
		return
	}
	state, err := s.office.Results(r.Context(), x.Def.Code)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	results := s.results.folds.Results(x.Boards)
	slices.SortFunc(results, func(a, b scoring.Result) int {
		return naturally(x.Person(a.Attempt).Number, x.Person(b.Attempt).Number)
	})
	page := pageOf(results, offset, limit)
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadResult, Sitting: x.Def.Code, Filter: "provisional"})
	shown := pageJSON[personnelResult]{Total: page.Total, Offset: page.Offset, Next: page.Next, Items: []personnelResult{}}
	for i := range page.Items {
		one := &page.Items[i]
		row := x.listRow(one)
		j := personnelResult{Number: x.Person(one.Attempt).Number, Formation: one.Formation, Status: row.Status, Finished: one.Finished}
		if one.Announced != nil {
			j.Code = one.Announced.Code
		}
		if row.Total != nil {
			j.Total, j.Scores = row.Total, make(map[string]int)
			for k, section := range x.Rules.Sections {
				j.Scores[section.Code] = row.Scores[k]
			}
		}
		shown.Items = append(shown.Items, j)
	}
	writeJSON(w, http.StatusOK, struct {
		Phase   string `json:"phase"` // provisional, frozen or final
		Version int    `json:"version"`
		pageJSON[personnelResult]
	}{state.Standing(), x.Version(), shown})
}
