package placement

import (
	"cmp"
	"slices"
	"strings"
)

// site is one place with its sittings and its people. Nobody leaves it: where to sit the
// exam is the candidate's choice, when is not.
type site struct {
	code     string
	rule     Rule
	sittings []Sitting
	people   []*guest
	kinds    []*kind
	used     []int // people at each sitting
}

// kind are the people of a site who ask for the same.
type kind struct {
	asks   []string
	groups map[int][]*guest // by index of the sitting that they have, -1 for none
	goes   []int            // how many are given each sitting who did not have it
	moving []*guest
	short  int
}

// group is people of one kind who have the same sitting, or none.
type group struct {
	kind *kind
	at   int
	all  []*guest
}

func (s *site) place() []Missing {
	slices.SortFunc(s.sittings, func(a, b Sitting) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), strings.Compare(a.Code, b.Code))
	})
	s.sort()
	if missing := s.flow(); len(missing) > 0 {
		return missing
	}
	order := s.order()
	for _, k := range s.kinds {
		slots := s.slots(k)
		slices.SortFunc(k.moving, func(a, b *guest) int {
			return cmp.Or(cmp.Compare(order[a.Formation], order[b.Formation]), compareDraws(a.draw, b.draw))
		})
		for i, g := range k.moving {
			g.to = slots[i]
		}
	}
	return nil
}

// sort makes the kinds, those who ask for most first.
func (s *site) sort() {
	index := make(map[string]int, len(s.sittings))
	for i := range s.sittings {
		index[s.sittings[i].Code] = i
	}
	kinds := map[string]*kind{}
	for _, g := range s.people {
		key := strings.Join(g.Asks, "\n")
		k := kinds[key]
		if k == nil {
			k = &kind{asks: g.Asks, groups: map[int][]*guest{}, goes: make([]int, len(s.sittings))}
			kinds[key] = k
			s.kinds = append(s.kinds, k)
		}
		at, has := index[g.At]
		if !has || !s.sittings[at].fits(g.Asks) {
			at = -1
		}
		k.groups[at] = append(k.groups[at], g)
	}
	slices.SortFunc(s.kinds, func(a, b *kind) int {
		return cmp.Or(cmp.Compare(len(b.asks), len(a.asks)), slices.Compare(a.asks, b.asks))
	})
}

// order is the place of each formation in the draw.
func (s *site) order() map[string]int {
	draws := map[string][16]byte{}
	for _, g := range s.people {
		if _, known := draws[g.Formation]; !known {
			draws[g.Formation] = draw(s.rule.Seed, "formation/"+g.Formation)
		}
	}
	codes := sorted(draws)
	slices.SortStableFunc(codes, func(a, b string) int { return compareDraws(draws[a], draws[b]) })
	order := make(map[string]int, len(codes))
	for i, c := range codes {
		order[c] = i
	}
	return order
}

// flow decides how many of each kind stay, and how many go where, with the fewest moves.
func (s *site) flow() []Missing {
	var groups []group
	for _, k := range s.kinds {
		for at := -1; at < len(s.sittings); at++ {
			if all := k.groups[at]; len(all) > 0 {
				groups = append(groups, group{k, at, all})
			}
		}
	}
	// Nodes: source, sink, groups, kinds, sittings.
	const source, sink = 0, 1
	ofGroup, ofKind := 2, 2+len(groups)
	ofSitting := ofKind + len(s.kinds)
	net := newNetwork(ofSitting + len(s.sittings))
	kindAt := make(map[*kind]int, len(s.kinds))
	goes := make([][]int, len(s.kinds)) // edges
	for i, k := range s.kinds {
		kindAt[k] = i
		goes[i] = make([]int, len(s.sittings))
		for t := range s.sittings {
			goes[i][t] = -1
			if s.sittings[t].fits(k.asks) {
				goes[i][t] = net.edge(ofKind+i, ofSitting+t, len(s.people), 0)
			}
		}
	}
	enters, stays := make([]int, len(groups)), make([]int, len(groups))
	for i, g := range groups {
		enters[i] = net.edge(source, ofGroup+i, len(g.all), 0)
		stays[i] = -1
		if g.at >= 0 {
			stays[i] = net.edge(ofGroup+i, ofSitting+g.at, len(g.all), 0)
		}
		net.edge(ofGroup+i, ofKind+kindAt[g.kind], len(g.all), 1)
	}
	for t := range s.sittings {
		net.edge(ofSitting+t, sink, max(0, s.sittings[t].Seats), 0)
	}
	net.fill(source, sink)

	s.used = make([]int, len(s.sittings))
	for i, g := range groups {
		g.kind.short += len(g.all) - net.flow(enters[i])
		if stays[i] < 0 {
			g.kind.moving = append(g.kind.moving, g.all...)
			continue
		}
		// The draw says who stays, where not all can.
		slices.SortFunc(g.all, func(a, b *guest) int { return compareDraws(a.draw, b.draw) })
		n := net.flow(stays[i])
		for _, stay := range g.all[:n] {
			stay.to = g.at
		}
		s.used[g.at] += n
		g.kind.moving = append(g.kind.moving, g.all[n:]...)
	}
	for i, k := range s.kinds {
		for t := range s.sittings {
			if goes[i][t] >= 0 {
				k.goes[t] = net.flow(goes[i][t])
			}
		}
	}
	return s.missing()
}

// missing says where people are left without a place.
func (s *site) missing() (all []Missing) {
	for _, k := range s.kinds {
		if k.short == 0 {
			continue
		}
		m := Missing{Site: s.code, Asks: k.asks, Short: k.short}
		for _, of := range k.groups {
			m.People += len(of)
		}
		for t := range s.sittings {
			if s.sittings[t].fits(k.asks) {
				m.Seats += max(0, s.sittings[t].Seats)
			}
		}
		all = append(all, m)
	}
	return all
}

// slots are the sittings that those of a kind who move are given, one for each, in the order
// in which formations are dealt over them.
func (s *site) slots(k *kind) []int {
	free := make([]int, len(s.sittings))
	if len(k.asks) == 0 {
		// Every room that is not reserved is as good: fill what the others leave evenly, or
		// from the first, rather than as the flow happened to.
		for t := range s.sittings {
			if s.sittings[t].fits(nil) {
				free[t] = s.sittings[t].Seats - s.used[t]
			}
		}
	} else {
		copy(free, k.goes)
	}
	slots := make([]int, 0, len(k.moving))
	for range k.moving {
		best := -1
		for t := range free {
			if free[t] > 0 && (best < 0 || !s.rule.Kept && s.emptier(t, best)) {
				best = t
			}
		}
		free[best]--
		s.used[best]++
		slots = append(slots, best)
	}
	return slots
}

// emptier says whether a smaller share of one sitting's seats is taken than of another's.
func (s *site) emptier(a, b int) bool {
	return s.used[a]*s.sittings[b].Seats < s.used[b]*s.sittings[a].Seats
}
