package aberrance

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"terang/engine"
)

func TestTailsEqualTheReference(t *testing.T) {
	var v struct {
		Poisson []struct {
			Q    []float64
			Tail []float64 `json:"tail_at_least"`
		} `json:"poisson_binomial"`
		Same []struct {
			Items, Options, Matches int
			P                       float64
		} `json:"same_position_binomial"`
		Room []struct {
			Seats int
			Rate  float64
			Flags int `json:"flags_at_least"`
			P     float64
		} `json:"room_level"`
	}
	body, err := os.ReadFile(filepath.Join("..", "..", "testdata", "vectors", "aberrance.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	is := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9*want {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	for _, w := range v.Poisson {
		for k, tail := range w.Tail {
			is("Poisson binomial", PoissonBinomialTail(w.Q, k), tail)
		}
	}
	for _, w := range v.Same {
		is("same letters", BinomialTail(w.Items, 1/float64(w.Options), w.Matches), w.P)
	}
	for _, w := range v.Room {
		is("room", BinomialTail(w.Seats, w.Rate, w.Flags), w.P)
	}
}

// The rates that the advice stands on, on fewer candidates than `results aberrance
// --simulate` takes.
func TestRatesOfTheSimulation(t *testing.T) {
	s, err := Simulate(20_000, 1, DefaultRules())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.Patterns {
		t.Logf("%-50s B1 %.5f F1 %.5f V1 %.5f either %.5f", p.Name, p.B1, p.F1, p.V1, p.Either)
	}
	honest, pattern2021 := s.Patterns[0], s.Patterns[3]
	if honest.Either*float64(honest.N) > 4 { // 1 is expected at most; 4 are less likely than 1 in 50
		t.Errorf("B1 or F1 name %.0f of %d honest candidates", honest.Either*float64(honest.N), honest.N)
	}
	if pattern2021.Either < .85 || pattern2021.V1 < .85 {
		t.Errorf("of the 2021 pattern %.3f are found by B1 or F1, %.3f by V1; want .85", pattern2021.Either, pattern2021.V1)
	}
	if s.RanOut < .3 || s.RanOut > .55 {
		t.Errorf("%.2f run out of time, want about .43", s.RanOut)
	}
}

// burst is a session of answers of so many milliseconds, right where not every n-th.
func burst(ms int64, answers, wrongEvery int) *Session {
	s := &Session{Letters: make([]byte, answers)}
	for q := range answers {
		s.Steps = append(s.Steps, Step{At: engine.Instant(int64(q) * ms), Q: q + 1, MS: ms, Chosen: true, last: true, Right: (q+1)%wrongEvery != 0})
	}
	return s
}

func TestBurst(t *testing.T) {
	for _, c := range []struct {
		name string
		s    *Session
		want bool
	}{
		{"fast and right", burst(12_000, 20, 4), true},
		{"a little slower", burst(12_001, 20, 4), false},
		{"fast and not right enough", burst(5_000, 20, 3), false},
		{"too few", burst(5_000, 19, 100), false},
	} {
		if _, ok := Burst(c.s, DefaultRules()); ok != c.want {
			t.Errorf("%s: %v, want %v", c.name, ok, c.want)
		}
	}
	apart := burst(5_000, 40, 100)
	apart.Apart = true
	if got := Examine(apart, nil, nil, DefaultRules()); got != nil {
		t.Errorf("somebody with an accommodation is compared by time: %v", got)
	}
}

func TestBrowseNeedsAPause(t *testing.T) {
	session := func(pause int64) *Session {
		s := &Session{}
		for q := range 25 {
			s.Steps = append(s.Steps, Step{Q: q + 1, MS: 7_000})
		}
		for q := range 25 {
			idle := int64(0)
			if q == 0 {
				idle = pause
			}
			s.Steps = append(s.Steps, Step{Q: q + 1, MS: 0, Idle: idle}, Step{Q: q + 1, MS: 8_000, Chosen: true, last: true})
		}
		return s
	}
	if _, ok := Browse(session(120_000), DefaultRules()); !ok {
		t.Error("25 items shown, and answered after a pause: not found")
	}
	if _, ok := Browse(session(60_000), DefaultRules()); ok {
		t.Error("without a pause this is how people look ahead")
	}
}

func TestRoomsAndNeighbours(t *testing.T) {
	r := DefaultRules()
	if _, ok := Room(100, 3, r); !ok {
		t.Error("3 of 100: not found")
	}
	if _, ok := Room(100, 2, r); ok {
		t.Error("2 of 100 happen in one of 5,000 rooms")
	}
	draw := rand.New(rand.NewPCG(1, 1))
	letters := func() *Session {
		s := &Session{Letters: make([]byte, 110)}
		for q := range s.Letters {
			s.Letters[q] = byte('a' + draw.IntN(5))
		}
		return s
	}
	a, b := letters(), letters()
	if _, ok := Neighbours(a, b, 5, r); ok {
		t.Error("two who know nothing of each other are found")
	}
	copy(b.Letters[20:80], a.Letters[20:80])
	if f, ok := Neighbours(a, b, 5, r); !ok || f.Chance > 1e-10 {
		t.Errorf("60 of 110 letters copied: %v %+v", ok, f)
	}
}

func TestJumps(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 1))
	var all []Return
	for range 400 {
		before := 300 + 77*draw.NormFloat64()
		all = append(all, Return{before, 40 + .9*before + 37*draw.NormFloat64()})
	}
	all[7].Now = 40 + .9*all[7].Before + 300
	found := Jumps(all, DefaultRules())
	if _, ok := found[7]; !ok || len(found) != 1 {
		t.Errorf("%v, want only 7", found)
	}
	if got := Jumps(all[:100], DefaultRules()); got != nil {
		t.Errorf("100 who came back are too few to judge: %v", got)
	}
}

// Where what is expected of people cannot be computed, nobody is far above it.
func TestNobodyJumpsWhereNothingCanBeExpected(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 1))
	nothing := map[string]func(*Return){
		"scores that are none":      func(r *Return) { r.Before = math.NaN() },
		"scores without end":        func(r *Return) { r.Before = math.Inf(1) },
		"totals that are none now":  func(r *Return) { r.Now = math.NaN() },
		"scores too large to add":   func(r *Return) { r.Before = 1e200 },
		"totals too large to add":   func(r *Return) { r.Now = -1e200 },
		"the same score everywhere": nil,
	}
	for name, spoil := range nothing {
		all := make([]Return, 400)
		for i := range all {
			if all[i] = (Return{300, 310}); spoil != nil {
				before := 300 + 77*draw.NormFloat64()
				all[i] = Return{before, 40 + .9*before + 37*draw.NormFloat64()}
			}
		}
		if spoil != nil {
			spoil(&all[3])
		}
		if found := Jumps(all, DefaultRules()); len(found) > 0 {
			t.Errorf("%s: %d people of 400 are named", name, len(found))
		}
	}
}

func TestRulesAreNamedByTheirContent(t *testing.T) {
	r := DefaultRules()
	was := r.Hash()
	if r.FastZ++; r.Hash() == was {
		t.Error("another threshold, the same hash")
	}
}

func TestAChanceIsReadAsAPersonReadsIt(t *testing.T) {
	for _, c := range []struct {
		p    float64
		want string
	}{{1, "1"}, {.25, "4"}, {1.0 / 42, "42"}, {1.0 / 123, "120"}, {1.64e-10, "6.000.000.000"}, {4.5e-7, "2.200.000"}, {0, "1.000.000.000.000.000.000"}} {
		if got := oneIn(c.p, '.'); got != c.want {
			t.Errorf("%g is one in %s, not in %s", c.p, got, c.want)
		}
	}
}
