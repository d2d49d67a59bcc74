package scoring

import "fmt"

// Scores are points by section code.
type Scores map[string]int

// MaxSections is how many sections a rule set may have.
const MaxSections = 8

// Points are the scores of one result in the order of the rule set's sections; what is
// beyond the last section is 0. It is a value: comparing two is one instruction or two,
// and no board row needs an allocation for it.
type Points [MaxSections]int16

// Sum is the total.
func (p Points) Sum() int {
	sum := 0
	for _, n := range p {
		sum += int(n)
	}
	return sum
}

func (p *Points) sumOf(sections []int) int {
	sum := 0
	for _, i := range sections {
		sum += int(p[i])
	}
	return sum
}

// Verdict is what the thresholds of a need say of scores. Passing them is not passing
// the selection.
type Verdict struct {
	Total  int
	Passed bool
	Failed []string // what was missed: sections in order of the rule set, groups, TOTAL; never nil
}

// Bar is the thresholds of one need, resolved against a rule set so that deciding is
// comparing integers by index.
type Bar struct {
	rs     *RuleSet
	least  []int // by section, 0: free
	groups []barGroup
	total  int
	second int // least total of the second group, 0: none
}

type barGroup struct {
	id       string
	sections []int
	least    int
}

// Bar returns the thresholds of the need: of the formation applied for, not of the
// person. post has the minima that the post sets for itself where the need says so.
func (rs *RuleSet) Bar(need string, post Scores) (*Bar, error) {
	t, ok := rs.Thresholds[need]
	if !ok {
		return nil, fmt.Errorf("rule set %s has no need %q: see its thresholds", rs.ID, need)
	}
	b := &Bar{rs: rs, least: make([]int, len(rs.Sections)), total: t.Total}
	b.second, _ = rs.SecondGroup(need)
	for i, s := range rs.Sections {
		b.least[i] = t.Sections[s.Code]
	}
	for _, code := range t.PerPost {
		least, ok := post[code]
		if !ok {
			return nil, fmt.Errorf("rule set %s, need %s: the post must say its minimum for %s", rs.ID, need, code)
		}
		b.least[rs.index(code)] = least
	}
	for _, g := range t.Groups {
		group := barGroup{id: g.ID, least: g.Min}
		for _, code := range g.Sections {
			group.sections = append(group.sections, rs.index(code))
		}
		b.groups = append(b.groups, group)
	}
	return b, nil
}

// Meets says whether the section's own minimum is reached; a free section always is.
func (b *Bar) Meets(section, points int) bool { return points >= b.least[section] }

// Least is the section's own minimum, 0 if it is free.
func (b *Bar) Least(section int) int { return b.least[section] }

// Together is a threshold that several sections reach together.
type Together struct {
	ID         string // of a group of the rule set, or Total
	Score, Max int
	Least      int
}

// Meets says whether it is reached.
func (t *Together) Meets() bool { return t.Score >= t.Least }

// Together are the thresholds that sections reach together, with what points make of them:
// groups in the order of the rule set, then the total if it has one.
func (b *Bar) Together(points *Points) (all []Together) {
	for _, g := range b.groups {
		t := Together{ID: g.id, Score: points.sumOf(g.sections), Least: g.least}
		for _, i := range g.sections {
			t.Max += b.rs.Sections[i].Max
		}
		all = append(all, t)
	}
	if b.total > 0 {
		all = append(all, Together{ID: Total, Score: points.Sum(), Max: b.rs.Max, Least: b.total})
	}
	return all
}

// Second is the least total with which who misses a threshold may still be in the second
// group of the shortlist, 0: there is no such group.
func (b *Bar) Second() int { return b.second }

// Passed decides as Decide does, without naming what was missed.
func (b *Bar) Passed(points *Points) bool {
	for i, least := range b.least {
		if int(points[i]) < least {
			return false
		}
	}
	for _, g := range b.groups {
		if points.sumOf(g.sections) < g.least {
			return false
		}
	}
	return points.Sum() >= b.total
}

// Decide applies the thresholds. Equality passes.
func (b *Bar) Decide(points *Points) Verdict {
	v := Verdict{Total: points.Sum(), Failed: []string{}}
	for i, least := range b.least {
		if int(points[i]) < least {
			v.Failed = append(v.Failed, b.rs.Sections[i].Code)
		}
	}
	for _, g := range b.groups {
		if points.sumOf(g.sections) < g.least {
			v.Failed = append(v.Failed, g.id)
		}
	}
	if v.Total < b.total {
		v.Failed = append(v.Failed, Total)
	}
	v.Passed = len(v.Failed) == 0
	return v
}

// Points puts scores in the order of the sections, and refuses what no candidate can have.
func (rs *RuleSet) Points(scores Scores) (Points, error) {
	var points Points
	for i, s := range rs.Sections {
		p, ok := scores[s.Code]
		if !ok || p < 0 || p > s.Max {
			return points, fmt.Errorf("rule set %s: score of %s is missing or not in 0..%d", rs.ID, s.Code, s.Max)
		}
		points[i] = int16(p)
	}
	if len(scores) != len(rs.Sections) {
		return points, fmt.Errorf("rule set %s: %d scores for %d sections", rs.ID, len(scores), len(rs.Sections))
	}
	return points, nil
}
