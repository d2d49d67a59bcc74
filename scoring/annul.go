package scoring

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Policies of an Annulment. No decree on annulling an item was found, so it
// is a decision of named people, and its effect is public.
const (
	KeyFix       = "KEY_FIX"        // rescored with the new values; may go down
	CreditAll    = "CREDIT_ALL"     // full points for everybody who had the item, blank included
	CreditBestOf = "CREDIT_BEST_OF" // the better of old and new values
	DropScale    = "DROP_SCALE"     // the item is out, the section is scaled up to its maximum
)

// Policies are all of them.
var Policies = []string{KeyFix, CreditAll, CreditBestOf, DropScale}

// Annulment is what was decided of one item. It touches only those who had it.
type Annulment struct {
	Item    string         `json:"item"`
	Section string         `json:"section"`
	Policy  string         `json:"policy"`
	Values  map[string]int `json:"values,omitempty"` // canonical option -> points; of KeyFix and CreditBestOf
}

// Annulled are the annulments of an exam, resolved against its rules and its key. nil is
// none of them.
type Annulled struct {
	items []annulled
	most  []int // points of each section
}

type annulled struct {
	item     string
	section  int
	policy   string
	old, new [27]int16 // points by option, 0 for blank
	full     int16     // most points of the item
}

// Given is an annulled item on a candidate's form, with the answer that stands.
type Given struct {
	Item   int  // index in Annulled
	Option byte // canonical, 0: blank
}

// NewAnnulled checks annulments against rules and key; of an item that was annulled
// twice the later decision holds.
func NewAnnulled(rs *RuleSet, key Key, list []Annulment) (*Annulled, error) {
	if len(list) == 0 {
		return nil, nil
	}
	x := new(Annulled)
	for _, s := range rs.Sections {
		x.most = append(x.most, s.Max)
	}
	var faults []error
	for _, a := range list {
		one, err := resolve(rs, key, &a)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if i := x.Index(a.Item); i >= 0 {
			x.items[i] = one
		} else {
			x.items = append(x.items, one)
		}
	}
	dropped := make([]int, len(rs.Sections))
	for _, a := range x.items {
		if a.policy == DropScale {
			if dropped[a.section]++; dropped[a.section] >= rs.Sections[a.section].Items {
				faults = append(faults, fmt.Errorf("annulment: all items of %s would be dropped, and nothing would be left to scale", rs.Sections[a.section].Code))
			}
		}
	}
	return x, errors.Join(faults...)
}

func resolve(rs *RuleSet, key Key, a *Annulment) (annulled, error) {
	out := annulled{item: a.Item, section: rs.index(a.Section), policy: a.Policy}
	fault := func(format string, args ...any) (annulled, error) {
		return out, fmt.Errorf("annulment of %s: "+format, append([]any{a.Item}, args...)...)
	}
	old, ok := key[a.Item]
	switch {
	case out.section < 0:
		return fault("rule set %s has no section %q", rs.ID, a.Section)
	case !ok:
		return fault("the bank has no such item")
	case !slices.Contains(Policies, a.Policy):
		return fault("no policy %q: use %v", a.Policy, Policies)
	}
	values := rs.Sections[out.section].Values()
	out.full = int16(values[len(values)-1])
	needs := a.Policy == KeyFix || a.Policy == CreditBestOf
	if needs != (len(a.Values) > 0) {
		if needs {
			return fault("%s needs the points of every option", a.Policy)
		}
		return fault("%s takes no new values", a.Policy)
	}
	for option, points := range old {
		out.old[place(option)] = int16(points)
	}
	for _, option := range slices.Sorted(maps.Keys(a.Values)) {
		points := a.Values[option]
		if _, ok := old[option]; !ok {
			return fault("it has no option %q", option)
		}
		if !rs.Sections[out.section].Accepts(points) {
			return fault("option %s is worth %d, and %s knows %v", option, points, a.Section, values)
		}
		out.new[place(option)] = int16(points)
	}
	if needs && len(a.Values) != len(old) {
		return fault("%d of its %d options have new points: name all", len(a.Values), len(old))
	}
	return out, nil
}

// place is where an option's points stand; canonical ids are single letters, and what is
// none is worth what a blank is.
func place(option string) int {
	if option == "" || option[0] < 'a' || option[0] > 'z' {
		return 0
	}
	return int(option[0]-'a') + 1
}

// Index is the annulled item's, -1 if it is none.
func (x *Annulled) Index(item string) int {
	if x == nil {
		return -1
	}
	return slices.IndexFunc(x.items, func(a annulled) bool { return a.item == item })
}

// Items are the annulled items' ids. They are for those who may see the bank, never for a
// public page.
func (x *Annulled) Items() (ids []string) {
	if x != nil {
		for _, a := range x.items {
			ids = append(ids, a.item)
		}
	}
	return ids
}

// Apply makes of points by the old key the points after all annulments. Who had none of
// the items keeps them.
func (x *Annulled) Apply(raw Points, given []Given) Points {
	if x == nil || len(given) == 0 {
		return raw
	}
	var earned, out [MaxSections]int // of the dropped items: points by the old key, and most points
	for _, g := range given {
		a := &x.items[g.Item]
		at := 0
		if g.Option != 0 {
			at = place(string(g.Option))
		}
		switch old := a.old[at]; a.policy {
		case KeyFix:
			raw[a.section] += a.new[at] - old
		case CreditAll:
			raw[a.section] += a.full - old
		case CreditBestOf:
			raw[a.section] += max(old, a.new[at]) - old
		case DropScale:
			earned[a.section] += int(old)
			out[a.section] += int(a.full)
		}
	}
	// All dropped items of a section in one step: two roundings would give another score.
	for i, most := range out {
		if most > 0 {
			whole := x.most[i]
			raw[i] = int16(halfUp((int(raw[i])-earned[i])*whole, whole-most))
		}
	}
	return raw
}

// halfUp is a/b to the nearest integer, a half going up. Neither is negative, b is not 0.
func halfUp(a, b int) int { return (2*a + b) / (2 * b) }
