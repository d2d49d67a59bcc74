package web

import (
	"net/http"
	"slices"

	"terang/engine"
	"terang/proctor"
	"terang/web/document"
)

// minutesPage is what templates/minutes.html is made from.
type minutesPage struct {
	officeData
	Sitting    deskSitting
	State      string // proctor.MinutesState
	Sheet      *document.Minutes
	Attendance *proctor.Attendance
	Parts      []minutesPart
	Versions   []shownVersion // newest first
	Newest     int
	Waiting    []proctor.Waiting // signatures that wait for the second person
	MayClose   bool
	MayWitness bool
	Rehearsal  bool
}

// minutesPart is one kind of what happened; its heading and columns are keys of texts.
type minutesPart struct {
	Key     string
	Columns []string
	Rows    [][]string
}

type shownVersion struct {
	minutesVersionJSON
	When, SignedWhen string
	Differs          bool
}

func (s *Server) serveMinutesPage(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	id := r.PathValue("id")
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadMinutes, Sitting: id})
	x, sheet, _, err := s.minutesSheet(r, id, 0)
	if errMinutes(err) {
		s.notFound(w, r)
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := minutesPage{officeData: s.officeData(r, "minutes", a), State: s.minutes.State(id), Rehearsal: x.Def.Rehearsal}
	sheet.Lang = page.Lang
	if page.Sheet, err = sheet.Print(x); err != nil {
		s.fail(w, r, err)
		return
	}
	page.Attendance = &sheet.Data.Facts.Attendance
	page.Parts = partsOf(page.Sheet)
	v, err := s.minutesOf(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	zone := s.zoneOf(id)
	for i := len(v.Versions) - 1; i >= 0; i-- {
		one := shownVersion{minutesVersionJSON: v.Versions[i], When: localTimeToSecond(v.Versions[i].At, zone, page.Lang)}
		if one.Signed != nil {
			one.SignedWhen = localTimeToSecond(one.Signed.At, zone, page.Lang)
		}
		one.Differs = one.Counted != nil && one.Counted.Difference != (proctor.Difference{})
		page.Versions = append(page.Versions, one)
	}
	page.Newest = len(v.Versions)
	waiting, err := s.desk.Proposals(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, p := range waiting {
		if p.Action == engine.ActSignMinutes {
			page.Waiting = append(page.Waiting, p)
		}
	}
	def, sitting, place, _ := s.placeOf(id)
	page.Sitting = deskSitting{ID: id, Title: sitting.Title, Site: def.SiteName(sitting.Site), Room: place.Name, State: string(v.Phase), Zone: zone, Home: s.hall.HomeOf(id)}
	may := func(act string) bool {
		return page.Sitting.Home == "" && a.May(act, def.Code, sitting.Site, sitting.Code)
	}
	page.MayClose, page.MayWitness = may(proctor.ActMinutes), may(proctor.ActSign) && !signedBy(v, a.User)
	s.show(w, r, http.StatusOK, "minutes.html", page)
}

// signedBy says whether an account has signed the newest version, or witnessed it: it is
// nobody's witness then.
func signedBy(v *minutesJSON, user string) bool {
	if len(v.Versions) == 0 {
		return false
	}
	newest := v.Versions[len(v.Versions)-1]
	return newest.Signed != nil && (newest.Signed.By == user || newest.Signed.Two == user) ||
		slices.ContainsFunc(newest.Witnesses, func(w signatureJSON) bool { return w.By == user })
}

// partsOf are the tables of the sheet that have rows.
func partsOf(m *document.Minutes) (parts []minutesPart) {
	for _, p := range []minutesPart{
		{"away", []string{"number", "at", "why", "by", "back"}, m.Away},
		{"disqualified", []string{"number", "at", "why", "two"}, m.Disqualified},
		{"extra", []string{"number", "minutes", "why", "by"}, m.Extra},
		{"stops", []string{"who", "from", "to", "minutes", "why"}, m.Stops},
		{"outages", []string{"from", "to", "people", "minutes", "why"}, m.Outages},
		{"credits", []string{"number", "outage", "minutes", "decision", "evidence"}, m.Credits},
		{"moves", []string{"at", "number", "seat_from", "seat_to", "why"}, m.Moves},
		{"incidents", []string{"at", "seat", "kind", "words"}, m.Incidents},
		{"staff", []string{"account", "acts"}, m.Staff},
	} {
		if len(p.Rows) > 0 {
			parts = append(parts, p)
		}
	}
	return parts
}
