package qti

import (
	"math/big"
	"path"
	"slices"
	"strconv"
	"strings"

	"terang/questionbank/format/draft"
)

// score gives the options their weights by the response's declaration and processing.
func (it *item) score(root, declared *draft.Node) bool {
	if declared == nil {
		it.Fault(it.Place, "export it again", "%q: no response declaration %q", it.ID, attr(it.interaction, "responseidentifier"))
		return false
	}
	var names []string
	for _, k := range it.interaction.Kids {
		if local(k.Name) == "simplechoice" {
			names = append(names, attr(k, "identifier"))
		}
	}
	switch cardinality := attr(declared, "cardinality"); cardinality {
	case "single":
	case "multiple":
		it.Multiple = true
	default:
		it.Fault(it.at(declared), "use single or multiple", "%q: a response of cardinality %q cannot be in the bank", it.ID, cardinality)
		return false
	}
	rule := it.rule(root)
	if rule == "map_response" {
		return it.mapped(declared, names)
	}
	return it.correct(declared, names, rule == "")
}

// rule is the template by its last name: match_correct, map_response, or "" for none that
// is known.
func (it *item) rule(root *draft.Node) string {
	n := child(root, "responseprocessing")
	if n == nil {
		return ""
	}
	t := attr(n, "template")
	if t == "" {
		t = attr(n, "templatelocation")
	}
	t = strings.TrimPrefix(strings.TrimSuffix(path.Base(strings.TrimRight(t, "/")), ".xml"), "CC2_")
	if strings.HasPrefix(t, "match") {
		return "match_correct"
	}
	if t == "map_response" {
		return t
	}
	return ""
}

func (it *item) correct(declared *draft.Node, names []string, guessed bool) bool {
	var right []string
	if c := child(declared, "correctresponse"); c != nil {
		for _, v := range c.Kids {
			if local(v.Name) == "value" {
				right = append(right, strings.TrimSpace(v.Content()))
			}
		}
	}
	if len(right) == 0 {
		it.Fault(it.at(declared), "give it a correct response and the template match_correct", "%q: nothing says which option is right", it.ID)
		return false
	}
	if guessed {
		it.Warn(it.Place, "check the key", "%q: its own response processing is not run; the correct response alone is the key", it.ID)
	}
	for _, r := range right {
		i := slices.Index(names, r)
		if i < 0 {
			it.Fault(it.at(declared), "name an option", "%q: the correct response %q is no option", it.ID, r)
			return false
		}
		it.Choices[i].Weight = big.NewRat(1, int64(len(right)))
	}
	if !it.Multiple && len(right) > 1 {
		it.Warn(it.at(declared), "keep one", "%q: a single response has %d correct values", it.ID, len(right))
	}
	return true
}

// mapped reads mapping: each option's value, or the default; of a single response within
// the bounds.
func (it *item) mapped(declared *draft.Node, names []string) bool {
	m := child(declared, "mapping")
	if m == nil {
		it.Fault(it.at(declared), "export it again", "%q: map_response without a mapping", it.ID)
		return false
	}
	ok := true
	number := func(n *draft.Node, name string) *big.Rat {
		s := attr(n, name)
		if s == "" {
			return nil
		}
		r, err := draft.Decimal(s)
		if err != nil {
			it.Fault(it.at(n), "write a plain decimal number", "%q: %s: %v", it.ID, name, err)
			ok = false
		}
		return r
	}
	low, high, rest := number(m, "lowerbound"), number(m, "upperbound"), number(m, "defaultvalue")
	if rest == nil {
		rest = new(big.Rat)
	}
	values := make([]*big.Rat, len(names))
	for i := range values {
		values[i] = rest
	}
	for _, e := range m.Kids {
		if local(e.Name) != "mapentry" {
			continue
		}
		v := number(e, "mappedvalue")
		i := slices.Index(names, attr(e, "mapkey"))
		switch {
		case i < 0:
			it.Warn(it.at(e), "delete it", "%q: the mapping names %q, which is no option", it.ID, attr(e, "mapkey"))
		case v == nil:
			ok = false
			it.Fault(it.at(e), "write its mappedValue", "%q: the mapping of %q has no value", it.ID, attr(e, "mapkey"))
		default:
			values[i] = v
		}
	}
	if !ok {
		return false
	}
	points := it.points()
	for i, v := range values {
		if !it.Multiple && low != nil && v.Cmp(low) < 0 {
			v = low
		}
		if !it.Multiple && high != nil && v.Cmp(high) > 0 {
			v = high
		}
		it.Choices[i].Weight = new(big.Rat).Quo(v, points)
	}
	return true
}

// points is what the value 1 stands for in files of ours, where the mapping has points.
func (it *item) points() *big.Rat {
	for _, t := range it.Tags {
		if s, ok := strings.CutPrefix(t, "terang:points="); ok {
			if n, err := strconv.ParseInt(s, 10, 32); err == nil && n > 0 {
				return big.NewRat(n, 1)
			}
		}
	}
	return big.NewRat(1, 1)
}
