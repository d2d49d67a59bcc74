package proctor

import (
	"cmp"
	"slices"
	"strings"

	"terang/engine"
)

// ComparedActs are what a report on staff compares between sites: acts on single people
// that somebody decides. TimeByStaff is not an act but the time that they gave.
var ComparedActs = []string{
	engine.ActCredit, engine.ActDecideCredit, TimeByStaff, engine.ActReverse, engine.ActReopen, engine.ActTurnAway, engine.ActDisqualify,
	engine.ActMove, engine.ActRelease, engine.ActUnlock, engine.ActPause,
}

// TimeByStaff is the time that staff gave or granted, in ComparedActs.
const TimeByStaff = "time"

// StaffReport is what staff did at the sites of an exam, and which sites lie far from the
// others. It says where to ask, never why: a site with a power cut gives more time.
type StaffReport struct {
	Exam  string     `json:"exam"`
	Title string     `json:"title"`
	At    string     `json:"at"`
	Sites []SiteActs `json:"sites"` // those that stand out first
}

// SiteActs are the acts at one site.
type SiteActs struct {
	Site    string    `json:"site"`
	Name    string    `json:"name"`
	Present int       `json:"present"` // people who took a seat
	Acts    []SiteAct `json:"acts"`    // of ComparedActs, in their order
	Users   []UserAct `json:"users"`   // who did how much of it
	Far     int       `json:"far"`     // how many of the acts lie far above the others'
}

// SiteAct is how often an act was done at a site.
type SiteAct struct {
	Act   string `json:"act"`
	Count int    `json:"count"`
	MS    int64  `json:"ms"`
	Standing
}

// UserAct is an account's part of it.
type UserAct struct {
	User  string `json:"user"`
	Act   string `json:"act"`
	Count int    `json:"count"`
	MS    int64  `json:"ms"`
}

// StaffReport makes the report from all that the journal has of the exam so far.
func (m *Minutes) StaffReport(exam string) (*StaffReport, error) {
	def := m.people.Exam(exam)
	if def == nil {
		return nil, refusal(engine.BadFrame, "exam")
	}
	r := &StaffReport{Exam: exam, Title: def.Title, At: m.desk.now().String(), Sites: []SiteActs{}}
	at := make(map[string]int) // site -> index
	for _, s := range def.Sites {
		at[s.Code] = len(r.Sites)
		r.Sites = append(r.Sites, SiteActs{Site: s.Code, Name: s.Name, Users: []UserAct{}})
	}
	for _, s := range def.Sittings {
		t, _ := m.desk.station.attendance(m.people.In(exam+"."+s.Code), exam+"."+s.Code)
		r.Sites[at[s.Site]].Present += t.Present
	}
	sums := make([]map[string]SiteAct, len(r.Sites))
	users := make([]map[doneBy]UserAct, len(r.Sites))
	for i := range sums {
		sums[i], users[i] = make(map[string]SiteAct), make(map[doneBy]UserAct)
	}
	add := func(i int, act string, s *ActSum, ms int64) {
		sum := sums[i][act]
		sum.Act, sum.Count, sum.MS = act, sum.Count+s.Count, sum.MS+ms
		sums[i][act] = sum
	}
	for _, s := range m.Acts(exam) {
		_, code, _ := strings.Cut(s.Sitting, ".")
		sitting, _, ok := sittingOf(def, code)
		if !ok || !slices.Contains(ComparedActs, s.Act) {
			continue
		}
		i := at[sitting.Site]
		add(i, s.Act, &s, 0)
		if s.MS != 0 {
			add(i, TimeByStaff, &s, s.MS)
		}
		k := doneBy{s.User, s.Act}
		u := users[i][k]
		users[i][k] = UserAct{s.User, s.Act, u.Count + s.Count, u.MS + s.MS}
	}
	r.compare(sums)
	for i := range r.Sites {
		for _, u := range users[i] {
			r.Sites[i].Users = append(r.Sites[i].Users, u)
		}
		slices.SortFunc(r.Sites[i].Users, func(a, b UserAct) int {
			return cmp.Or(cmp.Compare(a.Act, b.Act), cmp.Compare(b.Count, a.Count), cmp.Compare(a.User, b.User))
		})
	}
	slices.SortStableFunc(r.Sites, func(a, b SiteActs) int { return cmp.Or(cmp.Compare(b.Far, a.Far), cmp.Compare(a.Site, b.Site)) })
	return r, nil
}

// compare sets each act of each site against the other sites.
func (r *StaffReport) compare(sums []map[string]SiteAct) {
	for _, act := range ComparedActs {
		shares := make([]share, len(r.Sites))
		for i := range r.Sites {
			shares[i] = share{count: sums[i][act].Count, present: r.Sites[i].Present}
			if act == TimeByStaff {
				shares[i].amount = max(1, float64(sums[i][act].MS))
			}
		}
		for i, standing := range standings(shares) {
			one := sums[i][act]
			one.Act, one.Standing = act, standing
			if r.Sites[i].Acts = append(r.Sites[i].Acts, one); one.Far {
				r.Sites[i].Far++
			}
		}
	}
}
