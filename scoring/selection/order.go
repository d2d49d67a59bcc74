package selection

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"terang/scoring"
)

// ordering is the final's ranking keys, resolved against the rule set.
type ordering struct {
	keys     []orderKey
	academic int // index of KeyAcademic, len(keys) if it is none
}

type orderKey struct {
	name     string
	sections []int // whose sum it is, nil for the others
}

func newOrdering(rs *scoring.RuleSet) (*ordering, error) {
	o := new(ordering)
	if rs.Shortlist != nil && rs.Shortlist.Mode == scoring.TwoGroups {
		o.keys = append(o.keys, orderKey{name: scoring.KeyGroup}) // group 2 competes for what group 1 leaves
	}
	for _, name := range rs.Final.Keys {
		k := orderKey{name: name}
		switch name {
		case scoring.KeyFinal, scoring.KeyAcademic, scoring.KeyOlder:
		default:
			for i, s := range rs.Sections {
				if name == scoring.KeySKDTotal || slices.Contains(strings.Split(name, "+"), s.Code) {
					k.sections = append(k.sections, i)
				}
			}
			if len(k.sections) == 0 {
				return nil, fmt.Errorf("rule set %s: final key %q does not exist", rs.ID, name)
			}
		}
		o.keys = append(o.keys, k)
	}
	o.academic = slices.IndexFunc(o.keys, func(k orderKey) bool { return k.name == scoring.KeyAcademic })
	if o.academic < 0 {
		o.academic = len(o.keys)
	}
	return o, nil
}

// has says whether the order looks at a key.
func (o *ordering) has(name string) bool {
	return slices.ContainsFunc(o.keys, func(k orderKey) bool { return k.name == name })
}

// value is what a candidate has at a key; the greater stands first.
func (k *orderKey) value(c *Candidate) int64 {
	switch k.name {
	case scoring.KeyGroup:
		return -int64(c.Group)
	case scoring.KeyFinal:
		return int64(c.final)
	case scoring.KeyAcademic:
		return int64(c.Academic)
	case scoring.KeyOlder:
		return -int64(c.Born)
	}
	sum := int64(0)
	for _, i := range k.sections {
		sum += int64(c.Points[i])
	}
	return sum
}

// compare orders by the keys from..to; negative puts a first. key is the one that decided.
func (o *ordering) compare(a, b *Candidate, from, to int) (order, key int) {
	for i := from; i < to; i++ {
		k := &o.keys[i]
		if x, y := k.value(a), k.value(b); x != y {
			return cmp.Compare(y, x), i
		}
	}
	return 0, to
}

// list is people in order. Those of one tie stand together, and no rule says who is first.
type list struct {
	who     []int32
	tie     []int32  // by place: the place at which its tie begins
	minutes []string // of the committee's decisions in it
}

// sorted puts people in order as far as the rules go. Who shares everything before the
// certificates with somebody whose certificate has another scale is in one tie with them
// (F19); people listed by number in a tie are so for display.
func (l *Listing) sorted(who []int32, formation string) list {
	o := l.order
	person := func(i int32) *Candidate { return &l.People[i] }
	display := func(a, b int32) int { return cmp.Compare(person(a).Number, person(b).Number) }
	slices.SortFunc(who, func(a, b int32) int {
		if c, _ := o.compare(person(a), person(b), 0, o.academic); c != 0 {
			return c
		}
		return display(a, b)
	})
	out := list{who: who, tie: make([]int32, len(who))}
	for from, to := 0, 0; from < len(who); from = to {
		mixed := false
		for to = from + 1; to < len(who); to++ {
			if c, _ := o.compare(person(who[from]), person(who[to]), 0, o.academic); c != 0 {
				break
			}
			mixed = mixed || person(who[from]).academic != person(who[to]).academic
		}
		rest := func(a, b int32) int {
			if mixed && o.academic < len(o.keys) {
				return 0
			}
			c, _ := o.compare(person(a), person(b), o.academic, len(o.keys))
			return c
		}
		slices.SortFunc(who[from:to], func(a, b int32) int { return cmp.Or(rest(a, b), display(a, b)) })
		for n := from; n < to; n++ {
			out.tie[n] = int32(n)
			if n > from && rest(who[n-1], who[n]) == 0 {
				out.tie[n] = out.tie[n-1]
			}
		}
	}
	if len(l.decided) > 0 {
		l.applyDecisions(&out, formation)
	}
	return out
}

// parted is the key that stands between two people, or committee.
func (l *Listing) parted(first, second *Candidate) int8 {
	if _, key := l.order.compare(first, second, 0, len(l.order.keys)); key < len(l.order.keys) && !(key >= l.order.academic && first.academic != second.academic) {
		return int8(key)
	}
	return committee
}

// committee is the key of those whom no rule parted.
const committee int8 = 100

// keyName is what an output calls a key that decided.
func (l *Listing) keyName(key int8) string {
	switch {
	case key == committee:
		return "COMMITTEE"
	case key < 0:
		return ""
	}
	return l.order.keys[key].name
}
