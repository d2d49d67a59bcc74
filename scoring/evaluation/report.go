package evaluation

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"terang/scoring"
	"terang/scoring/itemstats"
)

// Schema names the form of the JSON.
const Schema = "terang/evaluation/1"

// Cell is the smallest group that is given a figure.
const Cell = 10

// Report is the evaluation of an exam, or of one of its sittings.
type Report struct {
	Schema     string      `json:"schema"`
	Source     Source      `json:"source"`
	Turnout    []Turnout   `json:"turnout"` // the first is of all
	Scores     []Scores    `json:"scores"`  // by section, last the total; of those who finished
	Pass       []Dimension `json:"pass"`
	Forms      []Form      `json:"forms"`         // the first is of all
	Strange    int64       `json:"forms_strange"` // records that do not fit the form that plan and seed give, of the whole exam; must be 0
	Flags      []Flag      `json:"item_flags"`
	Items      int         `json:"items_used"`
	Flagged    int         `json:"items_flagged"`
	Course     *Course     `json:"course"`
	Annulments []Annulment `json:"annulments"`
	Rescored   Rescored    `json:"rescored"`
	Sheets     []Sheet     `json:"sheets"`
	Objections []Objection `json:"objections"` // by kind
}

// Source says what the report was made from.
type Source struct {
	Exam        string `json:"exam"`
	Title       string `json:"title"`
	Sitting     string `json:"sitting,omitempty"` // of one only
	Rehearsal   bool   `json:"rehearsal,omitempty"`
	Final       bool   `json:"final"` // every sitting is closed
	RuleSet     string `json:"rule_set"`
	RuleSetHash string `json:"rule_set_sha256"`
	Decree      string `json:"decree"`
	Position    int64  `json:"journal_position"`
	At          string `json:"at"` // of the last event
	Cell        int    `json:"smallest_group"`
}

// Turnout is who came, of a sitting or of all.
type Turnout struct {
	Sitting      string `json:"sitting"` // "": all
	Site         string `json:"site,omitempty"`
	Registered   int    `json:"registered"`
	CheckedIn    int    `json:"checked_in"`
	Started      int    `json:"started"`
	Finished     int    `json:"finished"`
	Disqualified int    `json:"disqualified"`
	TurnedAway   int    `json:"turned_away"`
}

// Scores are the distribution of one section, or of the total ("").
type Scores struct {
	Section string            `json:"section"`
	Max     int               `json:"max"`
	N       int               `json:"n"`
	Mean    *Tenths           `json:"mean"` // nil: fewer than Cell
	Median  *int              `json:"median"`
	Least   *int              `json:"least"`
	Most    *int              `json:"most"`
	Cut     int               `json:"threshold_general"` // 0: none
	AtCut   *Tenths           `json:"percent_at_threshold"`
	Alpha   *itemstats.Number `json:"alpha"`
	Width   int               `json:"bin_width"`
	Bins    []int             `json:"bins"` // people from i*Width on; empty with fewer than Cell
}

// Dimension is a way to divide candidates: need, site or sitting.
type Dimension struct {
	By     string `json:"by"`
	Groups []Rate `json:"groups"`
}

// Rate is how many of a group's finished candidates meet every threshold of their own need.
type Rate struct {
	Name    string  `json:"name"`
	N       *int    `json:"n"` // nil: fewer than Cell, or they would be told by the rest
	Passed  *int    `json:"passed"`
	Percent *Tenths `json:"percent"`
}

// Form is how hard the forms of a sitting were.
type Form struct {
	Sitting   string            `json:"sitting"` // "": all
	N         int64             `json:"n"`
	Deviation *itemstats.Number `json:"deviation"` // of the total from the plan's target, in points
	SD        *itemstats.Number `json:"deviation_sd"`
	Outside   int64             `json:"forms_beyond_tolerance"`
	Expected  *itemstats.Number `json:"expected"` // points that the forms were worth by what their items gave
	Least     *itemstats.Number `json:"expected_least"`
	Most      *itemstats.Number `json:"expected_most"`
	Mean      *itemstats.Number `json:"mean_total"`
	FormPart  *itemstats.Number `json:"difference_by_forms"`
	GroupPart *itemstats.Number `json:"difference_by_people"`
}

// Flag is a reason to look at items again, with how many have it.
type Flag struct {
	Code  string `json:"code"`
	Items int    `json:"items"`
}

// Annulment is a decision about an item.
type Annulment struct {
	At     string `json:"at"`
	Policy string `json:"policy"`
	Why    string `json:"why"`
	By     string `json:"by"`
	Two    string `json:"two"`
	Text   string `json:"decision_sha256"`
}

// Rescored is what all annulments did.
type Rescored struct {
	Had  int `json:"had_an_item"`
	Rise int `json:"rise"`
	Fall int `json:"fall"`
	Meet int `json:"meet_after_not_before"`
	Miss int `json:"miss_after_not_before"`
}

// Sheet is a sheet of marks of the second stage that was released.
type Sheet struct {
	At        string `json:"at"`
	Component string `json:"component"`
	Version   int    `json:"version"`
	Rows      int64  `json:"rows"`
	By        string `json:"by"`
	Two       string `json:"two"`
	Text      string `json:"marks_sha256"`
}

// Objection is how many objections of a kind were filed, and what became of them.
type Objection struct {
	Kind      string `json:"kind"`
	Filed     int    `json:"filed"`
	Open      int    `json:"open"`
	Upheld    int    `json:"upheld"`
	Partly    int    `json:"partly"`
	Rejected  int    `json:"rejected"`
	Withdrawn int    `json:"withdrawn"`
	Late      int    `json:"late"` // not answered, or not in time
}

// Tenths is a figure in tenths, exact until it is rounded half up.
type Tenths int64

// MarshalJSON writes tenths as a number with one decimal.
func (t Tenths) MarshalJSON() ([]byte, error) {
	return json.Marshal(json.Number(fmt.Sprintf("%d.%d", t/10, t%10)))
}

// share is a*scale/b in tenths.
func share(a, b, scale int) *Tenths {
	t := Tenths((2*10*int64(a)*int64(scale) + int64(b)) / (2 * int64(b)))
	return &t
}

// Person is a result with what it is grouped by.
type Person struct {
	scoring.Result
	Need string
}

// counts says whether the result is one of a finished exam.
func (p *Person) counts() bool { return p.Visible && p.Finished && p.Status != scoring.StatusDIS }

// Take counts results into the report.
func (r *Report) Take(rs *scoring.RuleSet, people []Person, sections []itemstats.SectionReport) {
	people = slices.DeleteFunc(slices.Clone(people), func(p Person) bool { return !p.counts() })
	for i, s := range rs.Sections {
		d := distribution(s.Code, s.Max, rs.Thresholds["general"].Sections[s.Code], people, func(p *Person) int { return int(p.Points[i]) })
		for _, one := range sections {
			if one.Code == s.Code && d.Mean != nil {
				d.Alpha = one.Alpha
			}
		}
		r.Scores = append(r.Scores, d)
	}
	r.Scores = append(r.Scores, distribution("", rs.Max, rs.Thresholds["general"].Total, people, func(p *Person) int { return p.Points.Sum() }))
	for _, d := range []struct {
		by string
		of func(*Person) string
	}{
		{"need", func(p *Person) string { return p.Need }}, {"site", func(p *Person) string { return p.Site }}, {"sitting", func(p *Person) string { return p.Sitting }},
	} {
		r.Pass = append(r.Pass, Dimension{By: d.by, Groups: rates(people, d.of)})
	}
	for i := range people {
		r.Rescored.take(&people[i])
	}
}

func (r *Rescored) take(p *Person) {
	if !p.Had {
		return
	}
	r.Had++
	switch before, after := p.Raw.Sum(), p.Points.Sum(); {
	case after > before:
		r.Rise++
	case after < before:
		r.Fall++
	}
	switch before, after := p.Bar.Passed(&p.Raw), p.Verdict.Passed; {
	case after && !before:
		r.Meet++
	case before && !after:
		r.Miss++
	}
}

// mostBins is how many columns a distribution has at most.
const mostBins = 28

func distribution(section string, most, cut int, people []Person, of func(*Person) int) Scores {
	d := Scores{Section: section, Max: most, N: len(people), Cut: cut, Bins: []int{}, Width: 5}
	for most/d.Width+1 > mostBins {
		d.Width += 5
	}
	if len(people) < Cell {
		return d
	}
	all := make([]int, len(people))
	sum, reached := 0, 0
	d.Bins = make([]int, most/d.Width+1)
	for i := range people {
		points := of(&people[i])
		all[i], sum = points, sum+points
		d.Bins[min(max(points, 0)/d.Width, len(d.Bins)-1)]++
		if points >= cut {
			reached++
		}
	}
	slices.Sort(all)
	median, least, top := all[(len(all)-1)/2], all[0], all[len(all)-1]
	d.Mean, d.Median, d.Least, d.Most = share(sum, len(all), 1), &median, &least, &top
	if cut > 0 {
		d.AtCut = share(reached, len(all), 100)
	}
	return d
}

// rates divides people, and hides groups that are too small.
func rates(people []Person, of func(*Person) string) []Rate {
	size, passed := make(map[string]int), make(map[string]int)
	for i := range people {
		name := of(&people[i])
		size[name]++
		if people[i].Verdict.Passed {
			passed[name]++
		}
	}
	var names []string
	for name := range size {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(size[a], size[b]), cmp.Compare(a, b)) })
	hidden, within := 0, 0
	for hidden < len(names) && (size[names[hidden]] < Cell || hidden > 0 && within < Cell) {
		within += size[names[hidden]] // those hidden are together the total without the others
		hidden++
	}
	out := make([]Rate, len(names))
	for i, name := range names {
		out[i].Name = name
		if i >= hidden {
			n, k := size[name], passed[name]
			out[i].N, out[i].Passed, out[i].Percent = &n, &k, share(k, n, 100)
		}
	}
	slices.SortFunc(out, func(a, b Rate) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Judge takes in the item analysis and what it says of the sittings.
func (r *Report) Judge(f *itemstats.Fairness, items *itemstats.Report, sitting string) {
	rows := append([]itemstats.SittingFairness{f.All}, f.Sittings...)
	for i := range rows {
		row := &rows[i]
		if sitting != "" && row.Sitting != sitting && row.Sitting != "" {
			continue
		}
		one := Form{Sitting: row.Sitting, N: row.N, Outside: row.Outside, FormPart: row.FormPart, GroupPart: row.GroupPart}
		if n := len(row.Form); n > 0 {
			one.Deviation, one.SD = row.Form[n-1].Mean, row.Form[n-1].SD
		}
		if len(row.Expected) > 0 {
			one.Expected, one.Least, one.Most = row.Expected[0].Mean, row.Expected[0].Min, row.Expected[0].Max
		}
		if n := len(row.Scores); n > 0 {
			one.Mean = row.Scores[n-1].Mean
		}
		r.Forms = append(r.Forms, one)
	}
	count := make(map[string]int)
	for _, it := range items.Items {
		if it.N > 0 {
			r.Items++
		}
		codes := make(map[string]bool)
		for _, flag := range it.Flags {
			codes[flag.Code] = true
		}
		for code := range codes {
			count[code]++
		}
	}
	r.Strange = items.Population.Strange
	r.Flagged, r.Flags = items.Flagged, []Flag{}
	for code, n := range count {
		r.Flags = append(r.Flags, Flag{code, n})
	}
	slices.SortFunc(r.Flags, func(a, b Flag) int { return cmp.Or(b.Items-a.Items, cmp.Compare(a.Code, b.Code)) })
}
