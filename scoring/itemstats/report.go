package itemstats

// Schema names the JSON of Report.
const Schema = "terang/itemstats/1"

// Report is the item analysis of an exam.
type Report struct {
	Schema     string          `json:"schema"`
	Source     Source          `json:"source"`
	Population Population      `json:"population"`
	Grouping   string          `json:"grouping"` // what Groups are of: none, site, sitting, ...
	Groups     []GroupReport   `json:"groups"`
	Limits     Limits          `json:"limits"`
	Sections   []SectionReport `json:"sections"`
	Items      []ItemReport    `json:"items"`
	Overlap    *Number         `json:"overlap"` // items that two candidates have in common, on average
	Flagged    int             `json:"flagged"` // items with a flag
}

// Source names what a report was made from.
type Source struct {
	Exam      string `json:"exam"`
	Title     string `json:"title"`
	Rehearsal bool   `json:"rehearsal,omitempty"`
	RuleSet   string `json:"ruleset"`
	Bank      string `json:"bank"` // hashes
	Plan      string `json:"plan"`
	Seed      string `json:"seed"`   // of the commitment
	Roster    string `json:"roster"` // as last loaded
	Position  int64  `json:"position"`
	At        string `json:"at"` // server time of the last event, RFC 3339
}

// Population says who is counted, and who is not.
type Population struct {
	Rule         string `json:"rule"`
	Finished     int64  `json:"finished"` // counted
	Running      int64  `json:"running"`  // started, not finished, or reopened
	Disqualified int64  `json:"disqualified"`
	NotStarted   int64  `json:"not_started"`
	Forms        int64  `json:"forms_recomputed"`
	Strange      int64  `json:"forms_strange"` // left out: the record does not fit the form that plan and seed give; must be 0
	Interrupted  int64  `json:"interrupted"`   // of the finished: paused, moved, silent or credited
	ExtraTime    int64  `json:"extra_time"`
}

// Rule is the population rule in words.
const Rule = "finished attempts (by themselves, the deadline or a supervisor) at the position read; disqualified, unfinished and reopened ones are left out"

// GroupReport is a group by its size; a small one is shown without.
type GroupReport struct {
	Name      string `json:"name"`
	N         *int64 `json:"n"` // nil: fewer than Limits.Cell
	Reference bool   `json:"reference,omitempty"`
}

// analysis is a cube being read.
type analysis struct {
	c            *Cube
	d            *Design
	limits       Limits
	reference    int       // the largest group
	fifth        [][]uint8 // by section and score
	upper, lower [][]float64
}

// Analyse computes every figure of a cube. Groups other than Groups[0] named "" are
// compared with the largest. earlier is the report of an earlier administration, or nil.
func Analyse(c *Cube, l Limits, earlier *Report) *Report {
	c.flush()
	a := &analysis{c: c, d: c.d, limits: l}
	for g, n := range c.groups {
		if c.d.Groups[g] != "" && (c.d.Groups[a.reference] == "" || n > c.groups[a.reference]) {
			a.reference = g
		}
	}
	for i := range c.d.Sections {
		a.cut(c.scores[i])
	}
	r := &Report{Schema: Schema, Limits: l}
	for g, name := range c.d.Groups {
		if name == "" && c.groups[g] == 0 && len(c.d.Groups) > 1 {
			continue // nobody is of no group
		}
		gr := GroupReport{Name: name, Reference: g == a.reference && len(c.d.Groups) > 1}
		if n := c.groups[g]; n >= l.Cell || len(c.d.Groups) == 1 {
			gr.N = &n
		}
		r.Groups = append(r.Groups, gr)
	}
	for i := range c.d.Sections {
		r.Sections = append(r.Sections, a.section(i))
	}
	a.correlate(r.Sections)
	pairs := 0.0
	for i := range c.d.Items {
		it := a.item(i)
		a.dif(&it)
		r.Items = append(r.Items, it)
		pairs += float64(it.N) * float64(it.N-1)
	}
	n := float64(c.candidates)
	r.Overlap = given(c.candidates > 1, pairs/(n*(n-1)))
	drift := drifts(r, earlier, l)
	for i := range r.Items {
		it := &r.Items[i]
		it.Flags = append(a.flags(it), drift[it.ID]...)
		if len(it.Flags) > 0 {
			r.Flagged++
		}
	}
	return r
}

// cut divides the candidates of a section by score: into fifths, and into the upper and
// the lower 27 % (Kelley 1939) with a weight for each score.
func (a *analysis) cut(scores []int64) {
	n := total(scores)
	fifth := make([]uint8, len(scores))
	below := int64(0)
	for b, k := range scores {
		if k > 0 {
			fifth[b] = uint8(min(4, (below+k/2)*5/n)) // a score belongs where its middle candidate does
		}
		below += k
	}
	a.fifth = append(a.fifth, fifth)
	group := (n*27 + 50) / 100
	upper, lower := make([]float64, len(scores)), make([]float64, len(scores))
	weigh := func(weight []float64, bin func(int) int) {
		left := group
		for i := range scores {
			b := bin(i)
			if take := min(left, scores[b]); take > 0 {
				weight[b] = float64(take) / float64(scores[b])
				left -= take
			}
		}
	}
	weigh(lower, func(i int) int { return i })
	weigh(upper, func(i int) int { return len(scores) - 1 - i })
	a.upper, a.lower = append(a.upper, upper), append(a.lower, lower)
}
