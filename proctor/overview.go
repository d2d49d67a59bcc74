package proctor

import (
	"slices"
	"strings"

	"terang/engine"
)

// Overview is a sitting as the station's heading shows it.
type Overview struct {
	ID          string       `json:"id"`
	Exam        string       `json:"exam"`
	ExamTitle   string       `json:"exam_title"`
	Rehearsal   bool         `json:"rehearsal,omitempty"`
	Title       string       `json:"title"`
	Site        string       `json:"site"`
	SiteName    string       `json:"site_name"`
	Room        string       `json:"room"`
	Zone        string       `json:"zone"`
	Phase       engine.Phase `json:"phase"`
	Planned     string       `json:"planned"`
	Length      int64        `json:"length"`            // ms
	Started     string       `json:"started,omitempty"` // T, which may lie two seconds ahead
	Ends        string       `json:"ends,omitempty"`    // T + length, without anybody's extra time or credit
	Ended       string       `json:"ended,omitempty"`
	TwoPerson   []string     `json:"two_person"`
	CreditAlone int64        `json:"credit_alone_ms"` // beyond it a credit takes two
	May         []string     `json:"may"`             // acts that the reader's role may do here
	Home        string       `json:"home,omitempty"`  // which journal holds it, where this one has a copy: code of a site, or "centre"
	Now         string       `json:"now"`
}

// Overview describes a sitting to an account that may see it.
func (d *Desk) Overview(actor Account, sitting string) (Overview, error) {
	a, err := d.open(sitting)
	if err != nil {
		return Overview{}, err
	}
	if !actor.May(ActSee, a.def.Code, a.sitting.Site, a.sitting.Code) {
		return Overview{}, refusal(engine.NotAllowed, "sitting")
	}
	s := a.room.State()
	v := Overview{
		ID: sitting, Exam: a.def.Code, ExamTitle: a.def.Title, Rehearsal: a.def.Rehearsal, Title: a.sitting.Title, Site: a.sitting.Site, Room: a.place.Name,
		Zone: a.def.Zone(a.sitting.Code).String(), Phase: s.Phase, Planned: a.planned(s).String(), Length: s.Length.Milliseconds(),
		Started: s.StartedAt.String(), Ended: s.EndedAt.String(), TwoPerson: a.def.Policy.TwoPerson, CreditAlone: a.def.Policy.CreditAloneMS, May: []string{}, Now: a.now.String(),
	}
	if s.StartedAt != 0 && s.Length > 0 {
		v.Ends = s.StartedAt.Add(s.Length).String()
	}
	for _, site := range a.def.Sites {
		if site.Code == a.sitting.Site {
			v.SiteName = site.Name
		}
	}
	for action := range rules {
		if (action == engine.ActLiftPlace || action == engine.ActKeepPlace) && a.def.Policy.Place == (engine.PlacePolicy{}) {
			continue // there is nothing to lift
		}
		if actor.May(action, a.def.Code, a.sitting.Site, a.sitting.Code) {
			v.May = append(v.May, action)
		}
	}
	if actor.May(ActNote, a.def.Code, a.sitting.Site, a.sitting.Code) {
		v.May = append(v.May, ActNote)
	}
	if actor.May(ActFlags, a.def.Code, a.sitting.Site, a.sitting.Code) {
		v.May = append(v.May, ActFlags)
	}
	if v.Home = d.hall.HomeOf(sitting); v.Home != "" { // looking is all that is done here
		v.May = slices.DeleteFunc(v.May, func(act string) bool { return act != ActFlags })
	}
	slices.Sort(v.May)
	return v, nil
}

// planned is when the sitting is to start: as it was postponed to, or else as the exam file says.
func (a *act) planned(s *engine.Sitting) engine.Instant {
	if s.Planned != 0 {
		return s.Planned
	}
	at, _ := a.def.StartOf(a.sitting) // the definition was checked when it was read
	return at
}

// Start is when a sitting has started, or is to start.
func (d *Desk) Start(sitting string) (engine.Instant, error) {
	a, err := d.open(sitting)
	if err != nil {
		return 0, err
	}
	s := a.room.State()
	if s.StartedAt != 0 {
		return s.StartedAt, nil
	}
	return a.planned(s), nil
}

// Sittings lists the sittings that an account may see, in order of their planned start.
func (d *Desk) Sittings(actor Account) ([]Overview, error) {
	all := []Overview{}
	for _, def := range d.people.Exams() {
		for _, s := range def.Sittings {
			if s.Closed || !actor.May(ActSee, def.Code, s.Site, s.Code) {
				continue
			}
			v, err := d.Overview(actor, def.Code+"."+s.Code)
			if err != nil {
				return nil, err
			}
			all = append(all, v)
		}
	}
	slices.SortStableFunc(all, func(x, y Overview) int { return strings.Compare(x.Planned, y.Planned) })
	return all, nil
}
