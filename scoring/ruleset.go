package scoring

import (
	"slices"
	"time"

	"terang/engine"
)

// Kinds of Section.
const (
	Keyed  = "keyed"  // one option is right
	Graded = "graded" // every option is worth something
)

// Total names the sum of all sections among ranking keys and missed thresholds.
const Total = "TOTAL"

// RuleSet is the dated rules of one selection, with the decrees they come from. It is
// data: nothing of it is repeated in code. Scores are points, times minutes unless the
// name says milliseconds.
type RuleSet struct {
	ID            string               `json:"id"`
	Kind          string               `json:"kind"` // SKD or PPPK
	Year          int                  `json:"year"`
	Decree        map[string]string    `json:"decree"` // what it rules -> its name
	Sections      []Section            `json:"sections"`
	Items         int                  `json:"items"` // of all sections
	Max           int                  `json:"max"`   // of all sections
	Minutes       int                  `json:"minutes"`
	MinutesByPart map[string]int       `json:"minutes_by_part"` // parts with a clock of their own, sections joined by +
	BlindMinutes  int                  `json:"minutes_blind_on_disability_need"`
	GraceMS       int64                `json:"grace_ms"` // an answer read this late still counts
	GraceSource   string               `json:"grace_source"`
	RankingKeys   []string             `json:"ranking_keys"` // TOTAL, a section, or sections joined by +; the first decides first
	Shortlist     *Shortlist           `json:"shortlist"`    // nil: the selection has no second stage
	Final         Final                `json:"final"`
	Thresholds    map[string]Threshold `json:"thresholds"` // by need type
	Optimisation  Optimisation         `json:"optimisation"`
	Codes         Codes                `json:"codes"`
	Uncertain     []Doubt              `json:"uncertain"` // what nobody has compared with the decree
	Notes         []string             `json:"notes"`

	hash  engine.Hash // of bytes
	bytes []byte      // that were read
}

// Section is a part of the exam with a score of its own.
type Section struct {
	Code         string `json:"code"`
	Name         string `json:"name"`
	Items        int    `json:"items"`
	Kind         string `json:"kind"`
	Correct      int    `json:"correct"`       // keyed
	Wrong        int    `json:"wrong"`         // keyed
	Blank        int    `json:"blank"`         // an item without an answer
	OptionValues []int  `json:"option_values"` // graded
	Max          int    `json:"max"`
}

// Threshold is what a need has to reach; a section without an entry is free.
type Threshold struct {
	Sections map[string]int `json:"sections"`
	Groups   []Group        `json:"groups"`
	PerPost  []string       `json:"per_post"` // sections whose minimum each post sets for itself
	Total    int            `json:"total"`    // 0: none
	Status   string         `json:"status"`   // sourced or uncertain
	Covers   string         `json:"covers"`
	Basis    string         `json:"basis"`
	// Second is the least total with which who misses the others may still be in the second
	// group of the shortlist, 0: there is none. The rule set has it with its shortlist.
	Second int `json:"-"`
}

// Group is sections that are judged by their sum.
type Group struct {
	ID       string   `json:"id"`
	Sections []string `json:"sections"`
	Min      int      `json:"min"`
}

// Values are the option values that the section accepts, ascending.
func (s *Section) Values() []int {
	values := slices.Clone(s.OptionValues)
	if s.Kind == Keyed {
		values = []int{s.Wrong, s.Correct}
	}
	slices.Sort(values)
	return values
}

// Accepts says whether an option of the section may be worth points.
func (s *Section) Accepts(points int) bool { return slices.Contains(s.Values(), points) }

// Section returns the section with the code, or nil.
func (rs *RuleSet) Section(code string) *Section {
	if i := rs.index(code); i >= 0 {
		return &rs.Sections[i]
	}
	return nil
}

func (rs *RuleSet) index(code string) int {
	return slices.IndexFunc(rs.Sections, func(s Section) bool { return s.Code == code })
}

// Length is how long the exam lasts without extra time.
func (rs *RuleSet) Length() time.Duration { return time.Duration(rs.Minutes) * time.Minute }

// OfBlind is how many minutes the rules give a blind candidate on a need, 0 where they say
// nothing of the blind: more than others only on the need of disability (PermenPANRB 27/2021
// Pasal 39).
func (rs *RuleSet) OfBlind(need string) int {
	switch {
	case rs.BlindMinutes == 0:
		return 0
	case need == "disability":
		return rs.BlindMinutes
	}
	return rs.Minutes
}

// Hash is the SHA-256 of the bytes from which the rule set was read. An exam names it, so
// that a later correction of a file changes no earlier exam.
func (rs *RuleSet) Hash() string { return rs.hash.String() }

// Bytes are the bytes from which the rule set was read: whoever has them can read it again,
// and compute its hash.
func (rs *RuleSet) Bytes() []byte { return rs.bytes }
