package aberrance

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"terang/engine"
	"terang/scoring/itemstats"
)

// Simulation says how often the indicators of time speak of simulated candidates.
type Simulation struct {
	Rules      Rules     `json:"rules"`
	Hash       string    `json:"rules_sha256"`
	Candidates int       `json:"honest_candidates"`
	RanOut     float64   `json:"ran_out_of_time"` // share of the honest
	Patterns   []Pattern `json:"patterns"`
}

// Pattern is one kind of candidate, and the share that each indicator names.
type Pattern struct {
	Name   string  `json:"name"`
	N      int     `json:"n"`
	B1     float64 `json:"b1"`
	F1     float64 `json:"f1"`
	V1     float64 `json:"v1"`
	Either float64 `json:"b1_or_f1"`
}

// kind is how simulated candidates behave.
type kind struct {
	name    string
	ability float64 // added
	pace    float64 // factor of times
	share   float64 // of the items answered by somebody else, in one stretch
	seconds float64 // that such an answer takes on average
	browse  bool    // all of them are shown shortly first
	alike   bool    // they have one pace, persons do not differ
}

func kinds() []kind {
	return []kind{
		{name: "honest", pace: 1},
		{name: "experts: ability +2, all at 0.45 of the usual time", ability: 2, pace: .45, alike: true},
		{name: "experts: the same, each at a pace of their own", ability: 2, pace: .45},
		{name: "2021: 30 items shown 7 s, then answered in 8 s", pace: 1, share: .27, seconds: 8, browse: true},
		{name: "27 % of the items answered in 8 s", pace: 1, share: .27, seconds: 8},
		{name: "50 %, 8 s", pace: 1, share: .5, seconds: 8},
		{name: "80 %, 8 s", pace: 1, share: .8, seconds: 8},
		{name: "50 %, 15 s", pace: 1, share: .5, seconds: 15},
		{name: "50 %, 25 s", pace: 1, share: .5, seconds: 25},
	}
}

// simulatedForm is a form of 110 items with three items to each place, as the SKD's.
func simulatedForm() []itemstats.Section {
	return []itemstats.Section{{Code: "TWK", Keyed: true, Places: 30}, {Code: "TIU", Keyed: true, Places: 35}, {Code: "TKP", Places: 45}}
}

const (
	eachPlace   = 3
	calibration = 20_000    // honest candidates that the norms are made of
	fraudulent  = 10        // as many of each other kind as a tenth of the honest
	available   = 6_000_000 // ms
	gettingIt   = .92       // of the answers from elsewhere are right
	hurried     = .6        // of those who run out of time guess the rest
)

type simulator struct {
	d     *itemstats.Design
	rand  *rand.Rand
	hard  []float64 // by item: difficulty, discrimination, ln of the median time
	sharp []float64
	slow  []float64
	key   []uint8
	out   bool // the last candidate ran out of time
}

// Simulate lets so many honest candidates, and a tenth of it of each other kind, sit an
// exam of 110 items in 100 minutes, and examines them. Times are lognormal with a median of
// 42 s (SD of ln: .35 by item, .28 by person, .42 to .62 else); who runs out of time
// guesses the rest in 2 to 6 s, or leaves it. Answers follow a two-parameter model, those of
// graded items ordered. The same seed gives the same figures.
func Simulate(candidates int, seed uint64, r Rules) (*Simulation, error) {
	s := &simulator{rand: rand.New(rand.NewPCG(seed, 2021))}
	if err := s.bank(); err != nil {
		return nil, err
	}
	all := kinds()
	cube := itemstats.NewCube(s.d)
	for range calibration {
		_, t := s.sit(&all[0])
		if err := cube.Add(t); err != nil {
			return nil, err
		}
	}
	norms := cube.Norms()
	out := &Simulation{Rules: r, Hash: r.Hash(), Candidates: candidates}
	for i := range all {
		p := Pattern{Name: all[i].name, N: candidates}
		if i > 0 {
			p.N = max(1, candidates/fraudulent)
		}
		ranOut := 0
		for range p.N {
			session, _ := s.sit(&all[i])
			if s.out {
				ranOut++
			}
			var b, f bool
			for _, found := range Examine(session, norms, s.d, r) {
				switch found.Code {
				case "B1":
					b = true
					p.B1++
				case "F1":
					f = true
					p.F1++
				case "V1":
					p.V1++
				}
			}
			if b || f {
				p.Either++
			}
		}
		for _, share := range []*float64{&p.B1, &p.F1, &p.V1, &p.Either} {
			*share /= float64(p.N)
		}
		if i == 0 {
			out.RanOut = float64(ranOut) / float64(p.N)
		}
		out.Patterns = append(out.Patterns, p)
	}
	return out, nil
}

func (s *simulator) bank() error {
	var items []itemstats.Item
	for i, section := range simulatedForm() {
		for range section.Places * eachPlace {
			n := len(items)
			it := itemstats.Item{ID: strconv.Itoa(10_000 + n), Section: i, Options: []string{"a", "b", "c", "d", "e"}, Points: []int{1, 2, 3, 4, 5}}
			key := uint8(5)
			if section.Keyed {
				key = uint8(1 + s.rand.IntN(5))
				it.Points = []int{0, 0, 0, 0, 0}
				it.Points[key-1] = 5
			}
			items = append(items, it)
			s.key = append(s.key, key)
			s.hard = append(s.hard, -.1+.95*s.rand.NormFloat64())
			s.sharp = append(s.sharp, math.Exp(.25*s.rand.NormFloat64()))
			s.slow = append(s.slow, math.Log(42_000)+.35*s.rand.NormFloat64())
		}
	}
	var err error
	s.d, err = itemstats.NewDesign(simulatedForm(), items, []string{""})
	return err
}

// sit lets one candidate sit.
func (s *simulator) sit(k *kind) (*Session, *itemstats.Taken) {
	n := s.d.Places()
	t := &itemstats.Taken{Items: make([]int32, n), Slots: make([]int32, n), Options: make([]uint8, n), MS: make([]uint32, n)}
	session := &Session{Letters: make([]byte, n)}
	ability, person, noise := s.rand.NormFloat64()+k.ability, .28*s.rand.NormFloat64(), .42+.2*s.rand.Float64()
	if k.alike {
		person = 0
	}
	from, to := 0, 0
	if k.share > 0 {
		to = int(math.Round(k.share * float64(n)))
		from = s.rand.IntN(n - to + 1)
		to += from
	}
	helper := math.Exp(.3 * s.rand.NormFloat64()) // some are told faster than others
	s.out = false
	guesses, clock := s.rand.Float64() < hurried, int64(0)
	if k.browse {
		for q := from; q < to; q++ {
			ms := s.lognormal(math.Log(7_000), .2)
			clock += ms
			session.Steps = append(session.Steps, Step{At: engine.Instant(clock), Q: q + 1, MS: ms})
		}
	}
	for q := range n {
		i := int32(q*eachPlace + s.rand.IntN(eachPlace))
		t.Items[q], t.Slots[q] = i, int32(q)
		helped := q >= from && q < to
		ms := s.lognormal(s.slow[i]+person+math.Log(k.pace), noise)
		idle := int64(0)
		if helped {
			ms = s.lognormal(math.Log(k.seconds*1000*helper)-.045, .3)
			if k.browse && q == from {
				idle = 240_000
			}
		}
		var option uint8
		switch {
		case !helped && clock+ms > available:
			if s.out = true; !guesses {
				continue
			}
			ms, option = 2_000+int64(s.rand.IntN(4_000)), uint8(1+s.rand.IntN(5))
		case helped && s.rand.Float64() < gettingIt:
			option = s.key[i]
		default:
			option = s.choose(i, ability)
		}
		clock += ms + idle
		t.Options[q], t.MS[q] = option, uint32(ms)
		points, most := s.d.Worth(i, option)
		session.Letters[q] = byte('a' + s.rand.IntN(5))
		session.Steps = append(session.Steps, Step{
			At: engine.Instant(clock), Q: q + 1, Item: i, MS: ms, Idle: idle, Chosen: true, last: true, Right: points == most, Share: float64(points) / float64(most),
		})
	}
	session.Steps = slices.Clip(session.Steps)
	return session, t
}

func (s *simulator) lognormal(mean, sd float64) int64 {
	return int64(math.Exp(mean + sd*s.rand.NormFloat64()))
}

// choose answers as somebody of the ability does.
func (s *simulator) choose(i int32, ability float64) uint8 {
	z := s.sharp[i] * (ability - s.hard[i])
	if !s.d.Sections[s.d.Items[i].Section].Keyed {
		return uint8(min(5, max(1, 4+int(math.Round(.5*z+.8*s.rand.NormFloat64())))))
	}
	if s.rand.Float64() < 1/(1+math.Exp(-1.2*z)) {
		return s.key[i]
	}
	return 1 + (s.key[i]+uint8(s.rand.IntN(4)))%5
}
