package scoring

// Shortlist says who goes on to the second stage.
type Shortlist struct {
	Mode     string         `json:"mode"` // Multiple or TwoGroups
	Multiple int            `json:"multiple"`
	Keys     []string       `json:"keys"` // those of the ranking
	Tie      string         `json:"full_tie_at_cut"`
	Floor    map[string]int `json:"group2_floor"` // least total of the second group, by need
}

// SecondGroup is the least total with which people of a need who miss a threshold may still
// be in the second group of a shortlist, where too few met theirs; false: there is no such
// group for the need.
func (rs *RuleSet) SecondGroup(need string) (least int, ok bool) {
	if rs.Shortlist == nil || rs.Shortlist.Mode != TwoGroups {
		return 0, false
	}
	least, ok = rs.Shortlist.Floor[need]
	return least, ok
}

// Modes of Shortlist, and the one rule for equals at its cut that is known.
const (
	Multiple  = "multiple"
	TwoGroups = "two_group_2018" // PermenPANRB 61/2018: a second group where too few pass
	AdmitAll  = "admit_all"
)

// Final says how the stages are joined. Without weights the total of the sections is the
// final score, and there is no second stage.
type Final struct {
	SKDWeight  Decimal `json:"skd_weight"`
	SKBWeight  Decimal `json:"skb_weight"`
	Decimals   int     `json:"decimals"`
	Rounding   string  `json:"rounding"`
	Components []Part  `json:"components"` // of the SKB; none: one score of 0 to 100
	// Steps spell the computation out for people. They have to be what the program
	// computes (Formula); a file that says otherwise is refused.
	Steps      []string `json:"steps"`
	Keys       []string `json:"keys"`
	Rule       string   `json:"rule"`
	KeysSource string   `json:"keys_source"`
}

// Part is one component of the second stage: a test by computer, an interview, a
// practical test.
type Part struct {
	Code        string  `json:"code"` // as the column of a sheet, in upper case
	Name        string  `json:"name"`
	Max         Decimal `json:"max"`
	Weight      Decimal `json:"weight"`      // within the SKB; all together 1
	Min         Decimal `json:"min"`         // who has less is eliminated
	Eliminating bool    `json:"eliminating"` // without marks: the sheet says MS or TMS
	Assessors   int     `json:"assessors"`   // marks that each candidate has at least, where several people mark; 0: one of each of them
	Spread      Decimal `json:"spread"`      // assessors who differ by more are listed; 0: no limit
}

// Keys of the final ranking beside sections and sums of sections.
const (
	KeyGroup    = "GROUP"     // TwoGroups: who met the thresholds stands before who did not
	KeyFinal    = "FINAL"     //
	KeySKDTotal = "SKD_TOTAL" //
	KeyAcademic = "ACADEMIC"  // grade-point mean or mean on the school certificate
	KeyOlder    = "OLDER"     // the earlier date of birth
)

// Joined says whether there is a second stage to join.
func (f *Final) Joined() bool { return f.SKDWeight+f.SKBWeight > 0 }

// Round is how each step ends.
func (f *Final) Round() Rounding { return Rounding{Decimals: f.Decimals, Mode: f.Rounding} }

// Optimisation says how seats that stay empty are filled, step after step.
type Optimisation struct {
	Steps  []Step `json:"steps"`
	Status string `json:"status"` // sourced or uncertain
	Basis  string `json:"basis"`
}

// Step says which empty seats it fills, and from whom.
type Step struct {
	Code      string `json:"code"`
	Vacancy   string `json:"vacancy"`   // general, special, any
	Source    string `json:"source"`    // general, special, same_need, other_need, any: need of the candidate's own formation
	Place     string `json:"place"`     // same, other
	Threshold string `json:"threshold"` // general, vacancy: which one the candidate has to meet
}

// Codes are what an announcement prints for each decision. They differ by agency and year.
type Codes struct {
	Disqualified string `json:"disqualified"`
	Ineligible   string `json:"ineligible"`
	Eliminated   string `json:"eliminated"` // failed an eliminating part
	Withdrew     string `json:"withdrew"`
	Absent       string `json:"absent"`
	Missed       string `json:"missed"`      // a threshold
	Passed       string `json:"passed"`      // the thresholds, and is not within the places
	Shortlisted  string `json:"shortlisted"` // goes on
	Seated       string `json:"seated"`
	OtherNeed    string `json:"seated_other_need"`
	OtherPlace   string `json:"seated_other_place"`
	Unseated     string `json:"unseated"`
}

// Doubt is something in the rule set that is not certain, and has to be compared with the
// text of the decree by a person before a real exam.
type Doubt struct {
	Where string `json:"where"` // path in the file
	What  string `json:"what"`
	Basis string `json:"basis"` // on what it rests
}
