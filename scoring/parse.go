package scoring

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"terang/engine"
)

// Parse reads a rule set and refuses what could be misunderstood: unknown keys, sums
// that do not add up, thresholds of sections that are not there, weights that are not 1.
// It names every fault that it finds, in one error.
func Parse(body []byte) (*RuleSet, error) {
	rs := &RuleSet{hash: sha256.Sum256(body), bytes: slices.Clone(body)}
	faults := readable(body, rs)
	if len(faults) == 0 || !errors.Is(faults[0], errNoJSON) {
		faults = append(faults, rs.faults()...)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("rule set %q: %w", rs.ID, err)
	}
	return rs, nil
}

var errNoJSON = errors.New("the file is no JSON object")

// readable fills the rule set as far as the bytes can be read, and says what cannot.
func readable(body []byte, rs *RuleSet) (faults []error) {
	if !utf8.Valid(body) {
		faults = append(faults, errors.New("the file is not UTF-8: save it as UTF-8"))
	}
	err := json.Unmarshal(body, rs) // reads on after a value of the wrong type
	var kind *json.UnmarshalTypeError
	if err != nil && !errors.As(err, &kind) && !json.Valid(body) {
		return []error{fmt.Errorf("%w, or something follows its closing brace: %w", errNoJSON, err)}
	}
	if err != nil {
		faults = append(faults, err)
	}
	faults = append(faults, engine.UnknownKeys(body, reflect.TypeFor[RuleSet](), true)...)
	if err := engine.RepeatedKey(body); err != nil {
		faults = append(faults, err)
	}
	return faults
}

func (rs *RuleSet) faults() []error {
	var out []error
	fault := func(format string, args ...any) { out = append(out, fmt.Errorf(format, args...)) }
	if rs.ID == "" || len(rs.Sections) == 0 || len(rs.Decree) == 0 || rs.Minutes <= 0 {
		fault("id, decree, sections and minutes are needed")
	}
	if len(rs.Sections) > MaxSections {
		fault("%d sections: at most %d", len(rs.Sections), MaxSections)
	}
	items, points := 0, 0
	for i, s := range rs.Sections {
		values := s.Values()
		if s.Code == "" || s.Code == Total || strings.Contains(s.Code, "+") || rs.index(s.Code) != i {
			fault("section %q: a code is one word, its own, and not %s", s.Code, Total)
		}
		if s.Kind != Keyed && s.Kind != Graded {
			fault("section %s: kind is %q, not keyed or graded", s.Code, s.Kind)
		}
		if len(values) == 0 || values[0] < 0 || s.Blank != 0 {
			fault("section %s: values are 0 or more, and a blank is worth 0", s.Code)
		} else if best := values[len(values)-1] * s.Items; s.Items <= 0 || best != s.Max || best > math.MaxInt16 {
			fault("section %s: max is %d, but %d items give %d", s.Code, s.Max, s.Items, best)
		}
		items += s.Items
		points += s.Max
	}
	if items != rs.Items || points != rs.Max {
		fault("items and max are %d and %d, the sections have %d and %d", rs.Items, rs.Max, items, points)
	}
	if rs.GraceMS < 0 || rs.GraceMS > 60_000 || rs.GraceSource == "" {
		fault("grace_ms is %d: 0 to 60000, and grace_source says where it comes from", rs.GraceMS)
	}
	if _, err := NewRanking(rs); err != nil {
		out = append(out, err)
	}
	if len(rs.Thresholds) == 0 {
		fault("no thresholds: name each need, with empty sections if it has none")
	}
	for _, need := range slices.Sorted(maps.Keys(rs.Thresholds)) {
		out = append(out, rs.thresholdFaults(need, rs.Thresholds[need])...)
	}
	return append(out, rs.stageFaults()...)
}

func (rs *RuleSet) thresholdFaults(need string, t Threshold) []error {
	var out []error
	least := func(what string, min, max int) {
		if min < 0 || min > max {
			out = append(out, fmt.Errorf("threshold %s: %s is %d, of %d", need, what, min, max))
		}
	}
	known := func(code string) int {
		if s := rs.Section(code); s != nil {
			return s.Max
		}
		out = append(out, fmt.Errorf("threshold %s: no section %q", need, code))
		return 0
	}
	for _, code := range slices.Sorted(maps.Keys(t.Sections)) {
		least(code, t.Sections[code], known(code))
	}
	for _, g := range t.Groups {
		sum := 0
		for _, code := range g.Sections {
			sum += known(code)
		}
		least(g.ID, g.Min, sum)
	}
	for _, code := range t.PerPost {
		known(code)
	}
	least(Total, t.Total, rs.Max)
	return out
}
