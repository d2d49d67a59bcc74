package proctor

import (
	"cmp"
	"context"
	"slices"
	"time"

	"terang/engine"
)

// DaySitting is a line of the day sheet: a sitting, what became of its people so far, and
// what of it is open.
type DaySitting struct {
	Sitting      string       `json:"sitting"` // EXAM.SITTING
	Title        string       `json:"title"`
	Site         string       `json:"site"`
	SiteName     string       `json:"site_name"`
	Room         string       `json:"room"`
	Zone         string       `json:"zone"`
	Day          string       `json:"day"` // date of the start at the site, 2006-01-02
	Planned      string       `json:"planned"`
	Phase        engine.Phase `json:"phase"`
	Registered   int          `json:"registered"`
	Present      int          `json:"present"`
	Absent       int          `json:"absent"`
	Finished     int          `json:"finished"`
	Disqualified int          `json:"disqualified"` // at the door or inside
	Working      int          `json:"working"`      // began and not over
	Incidents    int          `json:"incidents"`
	Minutes      string       `json:"minutes"` // see Minutes.State
	Version      int          `json:"version"` // of the minutes, the newest; 0: none
	Doubts       int          `json:"doubts"`
	Credits      int          `json:"credits"`
	Held         int          `json:"held"`
	Proposals    int          `json:"proposals"`
	Open         int          `json:"open"` // how much of it waits for somebody, minutes included
}

// DaySheet is all sittings of an exam, or those of one day, and what is open in the exam.
type DaySheet struct {
	Exam      string       `json:"exam"`
	Title     string       `json:"title"`
	Rehearsal bool         `json:"rehearsal,omitempty"`
	At        string       `json:"at"`
	Day       string       `json:"day"`  // "" for all
	Days      []string     `json:"days"` // that the exam has
	Open      []OpenCount  `json:"open"` // of the whole exam; freezing waits for these
	Sum       DaySitting   `json:"sum"`
	Sittings  []DaySitting `json:"sittings"` // those with something open first
}

// Day makes the day sheet of an exam; day is a date at the sites, "" for all.
func (m *Minutes) Day(ctx context.Context, exam, day string) (*DaySheet, error) {
	d := m.desk
	def := m.people.Exam(exam)
	if def == nil {
		return nil, refusal(engine.BadFrame, "exam")
	}
	sheet := &DaySheet{Exam: exam, Title: def.Title, Rehearsal: def.Rehearsal, At: d.now().String(), Day: day, Days: []string{}, Open: []OpenCount{}, Sittings: []DaySitting{}}
	u, err := d.Unsettled(ctx, exam, "")
	if err != nil {
		return nil, err
	}
	for _, one := range u.Counts() {
		if one.Count > 0 {
			sheet.Open = append(sheet.Open, one)
		}
	}
	for _, s := range def.Sittings {
		row, err := m.daySitting(ctx, def, s)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(sheet.Days, row.Day) {
			sheet.Days = append(sheet.Days, row.Day)
		}
		if day == "" || day == row.Day {
			sheet.Sittings = append(sheet.Sittings, row)
			sheet.Sum.add(&row)
		}
	}
	slices.Sort(sheet.Days)
	slices.SortStableFunc(sheet.Sittings, func(a, b DaySitting) int {
		return cmp.Or(cmp.Compare(min(1, b.Open), min(1, a.Open)), cmp.Compare(a.Planned, b.Planned), cmp.Compare(a.Sitting, b.Sitting))
	})
	return sheet, nil
}

// Counts lists what is open by kind, in the order in which it is shown.
func (u *Unsettled) Counts() []OpenCount {
	return append([]OpenCount{
		{What: "sittings", Count: u.Sittings}, {What: "working", Count: u.Working}, {What: "doubts", Count: u.Doubts}, {What: "credits", Count: u.Credits},
		{What: "held", Count: u.Held}, {What: "proposals", Count: u.Proposals}, {What: "objections", Count: u.Objections},
	}, u.More...)
}

func (m *Minutes) daySitting(ctx context.Context, def *engine.Definition, s engine.SittingDef) (DaySitting, error) {
	d, id := m.desk, def.Code+"."+s.Code
	_, room, _ := sittingOf(def, s.Code)
	state := d.hall.Sitting(id).State()
	planned := state.Planned
	if planned == 0 {
		planned, _ = def.StartOf(s) // checked when the definition was read
	}
	zone := def.Zone(s.Code)
	row := DaySitting{
		Sitting: id, Title: s.Title, Site: s.Site, SiteName: def.SiteName(s.Site), Room: room.Name, Zone: zone.String(), Day: planned.Time().In(zone).Format(time.DateOnly),
		Planned: planned.String(), Phase: state.Phase, Minutes: m.State(id), Version: len(state.Minutes),
	}
	t, u := d.station.attendance(m.people.In(id), id)
	row.Registered, row.Present, row.Absent, row.Incidents = t.Registered, t.Present, t.Absent, u.incidents
	row.Finished = t.Of(FinishedSelf) + t.Of(FinishedDeadline) + t.Of(FinishedSupervisor)
	row.Disqualified, row.Working = t.Of(AwayDisqualified)+t.Of(OutDisqualified), t.Of(Unfinished)
	row.Doubts, row.Credits, row.Held = u.Doubts, u.Credits, u.Held
	waiting, err := d.pairs.In(ctx, state.Stream)
	row.Proposals = len(waiting)
	row.Open = row.Doubts + row.Credits + row.Held + row.Proposals
	if row.Minutes != MinutesOpen && row.Minutes != MinutesDone && !def.Rehearsal {
		row.Open++
	}
	return row, err
}

func (r *DaySitting) add(o *DaySitting) {
	r.Registered, r.Present, r.Absent, r.Finished = r.Registered+o.Registered, r.Present+o.Present, r.Absent+o.Absent, r.Finished+o.Finished
	r.Disqualified, r.Working, r.Incidents = r.Disqualified+o.Disqualified, r.Working+o.Working, r.Incidents+o.Incidents
	r.Doubts, r.Credits, r.Held, r.Proposals, r.Open = r.Doubts+o.Doubts, r.Credits+o.Credits, r.Held+o.Held, r.Proposals+o.Proposals, r.Open+o.Open
}

// attendance counts people as their attempts stand, what of them is open, and the
// sitting's incidents.
func (s *Station) attendance(people []*Person, sitting string) (Attendance, tallied) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := NewAttendance()
	var u Unsettled
	never := engine.NewAttempt("")
	for _, p := range people {
		fold := never
		if w := s.attempts[p.Attempt]; w != nil {
			fold = w.fold
		}
		t.Add(ClassOf(fold), p.Number)
		u.add(fold)
	}
	return t, tallied{u, len(s.incidents[sitting])}
}

type tallied struct {
	Unsettled
	incidents int
}
