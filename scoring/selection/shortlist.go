package selection

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"terang/scoring"
)

// Listing is a selection under way: its rules, its formations, its people.
type Listing struct {
	Rules      *scoring.RuleSet
	Formations []Formation // none: nothing is known of seats, so people are ranked and nothing more
	People     []Candidate
	Stage      Stage
	Questions  []Question // ties that no rule decides
	Moves      []Move

	sources []string // of scores; the first is the exam itself
	sites   []string // placements of formations, folded
	codes   []string // of formations, where no formations are known
	bars    []*scoring.Bar
	common  *scoring.Bar // the general need's, nil if there is none
	ranking scoring.Ranking
	order   *ordering
	minutes map[int32][]string   // of decisions, by formation
	decided map[string]*Decision // by formation and first number of the tie
}

// NewListing prepares decisions under a rule set.
func NewListing(rs *scoring.RuleSet, formations []Formation) (*Listing, error) {
	ranking, err := scoring.NewRanking(rs)
	if err != nil {
		return nil, err
	}
	l := &Listing{Rules: rs, Formations: formations, ranking: ranking, sources: []string{""}}
	var faults []error
	for _, f := range formations {
		bar, err := rs.Bar(f.Need, f.Minima)
		if err != nil {
			faults = append(faults, fmt.Errorf("formation %s: %w", f.Code, err))
		}
		for section := range f.Minima {
			if !slices.Contains(rs.Thresholds[f.Need].PerPost, section) {
				faults = append(faults, fmt.Errorf("formation %s: rule set %s leaves no minimum of %s to the posts of need %s", f.Code, rs.ID, section, f.Need))
			}
		}
		l.bars = append(l.bars, bar)
		l.codes = append(l.codes, f.Code)
		l.sites = append(l.sites, folded(f.Placement))
	}
	if bar, err := rs.Bar("general", nil); err == nil {
		l.common = bar
	}
	l.order, err = newOrdering(rs)
	return l, errors.Join(append(faults, err)...)
}

// Expect makes room for so many more people at once.
func (l *Listing) Expect(people int) { l.People = slices.Grow(l.People, people) }

// sourceOf is the index of a source of scores, and whether there is room for it.
func (l *Listing) sourceOf(name string) (uint8, bool) {
	if i := slices.Index(l.sources, name); i >= 0 {
		return uint8(i), true
	}
	if len(l.sources) > 255 {
		return 0, false
	}
	l.sources = append(l.sources, strings.Clone(name))
	return uint8(len(l.sources) - 1), true
}

// FormationCode is the code of a candidate's own formation.
func (l *Listing) FormationCode(i int32) string { return l.codes[i] }

// Status is the candidate's code in the list that is being decided, "" where nothing is
// known of seats and no flag stands.
func (l *Listing) Status(c *Candidate) string {
	flag := c.Flag
	if l.Stage == FinalStage && c.absentSKB {
		flag = Flags(flag, Absent)
	}
	if len(l.Formations) == 0 && flag == NoFlag && !c.eliminated {
		return ""
	}
	return Status(&l.Rules.Codes, l.Stage, Standing{Flag: flag, Eliminated: c.eliminated, Missed: c.missed, Seat: c.Seat})
}

// judge applies the thresholds of the formation that was applied for.
func (l *Listing) judge() {
	for i := range l.People {
		c := &l.People[i]
		c.missed, c.general = false, l.common != nil && l.common.Passed(&c.Points)
		if len(l.bars) > 0 {
			c.missed = !l.bars[c.Formation].Passed(&c.Points)
		}
		c.Seat, c.At, c.Rank, c.Step, c.by, c.Group = Unseated, -1, 0, -1, -1, 0
	}
}

// eachFormation visits the people of each formation together, in whatever order.
func (l *Listing) eachFormation(visit func(formation int32, members []int32)) {
	from := make([]int32, len(l.codes)+1) // where each formation begins
	for i := range l.People {
		from[l.People[i].Formation+1]++
	}
	for f := range l.codes {
		from[f+1] += from[f]
	}
	all, next := make([]int32, len(l.People)), slices.Clone(from)
	for i := range l.People {
		f := l.People[i].Formation
		all[next[f]] = int32(i)
		next[f]++
	}
	for f := range l.codes {
		if members := all[from[f]:from[f+1]]; len(members) > 0 {
			visit(int32(f), members)
		}
	}
}

// Shortlist decides who goes on to the second stage: formation by formation, over all
// sites and sittings and with carried scores, the best within the multiple of the seats,
// and with the one at the cut everybody whose whole key equals hers. Nobody is added
// below a threshold, but for the second group of 2018 (PermenPANRB 61/2018). Sources:
// KepmenPANRB 320/2024, PermenPANRB 27/2021.
func (l *Listing) Shortlist() error {
	switch {
	case l.Rules.Shortlist == nil && l.Rules.Final.Joined():
		return errors.New("rule set " + l.Rules.ID + " joins a second stage and has no shortlist, so nothing says who goes on to it: give a sheet with all marks to results final --input")
	case l.Rules.Shortlist == nil:
		return errors.New("rule set " + l.Rules.ID + " has no shortlist: see results final")
	}
	if len(l.Formations) == 0 {
		return errors.New("a shortlist needs the formations with their seats")
	}
	l.Stage = BasicStage
	l.judge()
	l.eachFormation(l.shortlist)
	return nil
}

func (l *Listing) shortlist(formation int32, members []int32) {
	rule, seats := l.Rules.Shortlist, l.Formations[formation].Seats
	var first, second []int32
	for _, i := range members {
		c := &l.People[i]
		switch {
		case c.Flag != NoFlag:
		case !c.missed:
			c.Group = 1
			first = append(first, i)
		case rule.Mode == scoring.TwoGroups && c.Points.Sum() >= l.floor(formation):
			second = append(second, i)
		}
	}
	l.admit(first, rule.Multiple*seats)
	if missing := seats - len(first); rule.Mode == scoring.TwoGroups && missing > 0 {
		for _, i := range second {
			l.People[i].Group = 2
		}
		l.admit(second, rule.Multiple*missing)
	}
}

// admit ranks the group and lets the first go on, with all that equal the last of them.
func (l *Listing) admit(group []int32, places int) {
	key := func(i int32) uint64 { return l.ranking.Pack(&l.People[i].Points) }
	slices.SortFunc(group, func(a, b int32) int {
		return cmp.Or(cmp.Compare(key(b), key(a)), cmp.Compare(l.People[a].Number, l.People[b].Number)) // equals by number: a display order
	})
	for n, i := range group {
		c := &l.People[i]
		c.Rank = int32(n) + 1
		if n > 0 && key(i) == key(group[n-1]) {
			c.Rank = l.People[group[n-1]].Rank
		}
		if int(c.Rank) <= places {
			c.Seat, c.At = Shortlisted, c.Formation
		}
	}
}

// floor is the least total of the second group; a need that the rules give none to has no
// second group.
func (l *Listing) floor(formation int32) int {
	if floor, ok := l.Rules.SecondGroup(l.Formations[formation].Need); ok {
		return floor
	}
	return l.Rules.Max + 1
}
