package placement

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var needs = [][]string{nil, nil, nil, {"wheelchair"}, {"separate"}, {"separate", "wheelchair"}}

// scene draws a small exam: up to four sittings at two sites, and people who partly have one.
func scene(t *rapid.T, most int) ([]Sitting, []Person) {
	var sittings []Sitting
	for i := range rapid.IntRange(1, 4).Draw(t, "sittings") {
		sittings = append(sittings, Sitting{
			Code: fmt.Sprintf("s%d", i), Site: rapid.SampledFrom([]string{"barat", "timur"}).Draw(t, "site"), Start: int64(rapid.IntRange(0, 2).Draw(t, "start")),
			Seats: rapid.IntRange(0, 4).Draw(t, "seats"), Fits: rapid.SampledFrom([][]string{nil, {"wheelchair"}, {"separate"}, {"wheelchair", "separate"}}).Draw(t, "fits"),
			Reserved: rapid.IntRange(0, 5).Draw(t, "reserved") == 0,
		})
	}
	var people []Person
	for i := range rapid.IntRange(1, most).Draw(t, "people") {
		people = append(people, Person{
			ID: fmt.Sprintf("p%d", i), Site: rapid.SampledFrom([]string{"barat", "timur"}).Draw(t, "of"), Formation: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "formation"),
			Asks: rapid.SampledFrom(needs).Draw(t, "asks"), At: rapid.SampledFrom([]string{"", "s0", "s1", "s2", "gone"}).Draw(t, "at"),
		})
	}
	return sittings, people
}

// fault says what is wrong with places, "" if nothing is.
func fault(sittings []Sitting, people []Person, at []string) string {
	taken := map[string]int{}
	for i, p := range people {
		j := slices.IndexFunc(sittings, func(s Sitting) bool { return s.Code == at[i] })
		if j < 0 || sittings[j].Site != p.Site || !sittings[j].fits(p.Asks) {
			return fmt.Sprintf("%s, who asks for %v at %s, sits at %q", p.ID, p.Asks, p.Site, at[i])
		}
		if taken[at[i]]++; taken[at[i]] > sittings[j].Seats {
			return fmt.Sprintf("%s has %d seats and more people", at[i], sittings[j].Seats)
		}
	}
	return ""
}

// fewest tries everything: the fewest people who lose a sitting that they have, -1 if not
// everybody finds a place.
func fewest(sittings []Sitting, people []Person) int {
	free := make([]int, len(sittings))
	for i, s := range sittings {
		free[i] = s.Seats
	}
	best := -1
	var try func(i, moves int)
	try = func(i, moves int) {
		if best >= 0 && moves >= best {
			return
		}
		if i == len(people) {
			best = moves
			return
		}
		p := people[i]
		for j, s := range sittings {
			if free[j] == 0 || s.Site != p.Site || !s.fits(p.Asks) {
				continue
			}
			step := 0
			if p.At != "" && p.At != s.Code {
				step = 1
			}
			free[j]--
			try(i+1, moves+step)
			free[j]++
		}
	}
	try(0, 0)
	return best
}

// Whoever can have a place has one that fits, nobody sits in two, and nobody is moved for
// whom there was another way: all ways are tried beside it.
func TestEverybodyHasAFittingPlaceWithTheFewestMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sittings, people := scene(t, 7)
		plan := Place(sittings, people, Rule{Seed: []byte("seed"), Kept: rapid.Bool().Draw(t, "kept")})
		want := fewest(sittings, people)
		if (plan.At == nil) != (want < 0) || (plan.At == nil) != (len(plan.Missing) > 0) {
			t.Fatalf("places %v, missing %v, and the fewest moves are %d", plan.At, plan.Missing, want)
		}
		if plan.At == nil {
			return
		}
		if f := fault(sittings, people, plan.At); f != "" {
			t.Fatal(f)
		}
		if plan.Moved != want {
			t.Fatalf("%d moved, %d suffice", plan.Moved, want)
		}
	})
}

// The same people in another order sit at the same places: only the draw decides.
func TestPlacesDoNotDependOnTheOrderOfTheFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sittings, people := scene(t, 12)
		rule := Rule{Seed: []byte("seed"), Kept: rapid.Bool().Draw(t, "kept")}
		at := func() map[string]string {
			plan, of := Place(sittings, people, rule), map[string]string{}
			for i, p := range people {
				if plan.At != nil {
					of[p.ID] = plan.At[i]
				}
			}
			return of
		}
		before := at()
		people, sittings = rapid.Permutation(people).Draw(t, "people"), rapid.Permutation(sittings).Draw(t, "order")
		if after := at(); !reflect.DeepEqual(before, after) {
			t.Fatalf("%v, then %v", before, after)
		}
	})
}

// hall is a site with three sittings of thirty in rooms of one kind.
func hall() []Sitting {
	var all []Sitting
	for i := range 3 {
		all = append(all, Sitting{Code: fmt.Sprintf("s%d", i), Site: "x", Start: int64(i), Seats: 30})
	}
	return all
}

func crowd(n, formations int) (people []Person) {
	for i := range n {
		people = append(people, Person{ID: fmt.Sprintf("26-%04d", i), Site: "x", Formation: fmt.Sprintf("f%d", i%formations)})
	}
	return people
}

// counts are the people of each formation at each sitting.
func counts(people []Person, at []string) map[string]map[string]int {
	of := map[string]map[string]int{}
	for i, p := range people {
		if of[p.Formation] == nil {
			of[p.Formation] = map[string]int{}
		}
		of[p.Formation][at[i]]++
	}
	return of
}

func TestCompetitorsAreSpreadOverTheSittings(t *testing.T) {
	people := crowd(72, 6) // twelve of each: four at each sitting
	plan := Place(hall(), people, Rule{Seed: []byte("seed")})
	for f, at := range counts(people, plan.At) {
		for s, n := range at {
			if n != 4 {
				t.Errorf("%d of formation %s sit at %s: %v", n, f, s, at)
			}
		}
	}
}

func TestFormationsAreKeptTogether(t *testing.T) {
	people := crowd(72, 6)
	plan := Place(hall(), people, Rule{Seed: []byte("seed"), Kept: true})
	split := 0
	for _, at := range counts(people, plan.At) {
		if len(at) > 2 || at["s0"] > 0 && at["s2"] > 0 {
			t.Errorf("a formation is torn apart: %v", at)
		}
		split += len(at) - 1
	}
	if split > 2 { // six twelves in thirties: one on each border
		t.Errorf("%d borders", split)
	}
}

func TestAnotherSeedIsAnotherDraw(t *testing.T) {
	people := crowd(60, 1)
	if a, b := Place(hall(), people, Rule{Seed: []byte("one")}), Place(hall(), people, Rule{Seed: []byte("two")}); slices.Equal(a.At, b.At) {
		t.Fatal("the seed decides nothing")
	}
}

// A room that is lost moves its own people and nobody else.
func TestAPlanThatIsMadeAgainMovesNobody(t *testing.T) {
	people := crowd(60, 5)
	for i := range people[:6] {
		people[i].Asks = []string{"wheelchair"}
	}
	sittings := hall()
	sittings[1].Fits, sittings[2].Fits = []string{"wheelchair"}, []string{"wheelchair"}
	rule := Rule{Seed: []byte("seed")}
	first := Place(sittings, people, rule)
	for i := range people {
		people[i].At = first.At[i]
	}
	if again := Place(sittings, people, rule); again.Moved != 0 || again.Placed != 0 || !slices.Equal(again.At, first.At) {
		t.Fatalf("%d moved", again.Moved)
	}
	sittings[0].Seats = 0
	lost := 0
	for _, at := range first.At {
		if at == "s0" {
			lost++
		}
	}
	plan := Place(sittings, people, rule)
	if plan.Moved != lost || lost == 0 {
		t.Fatalf("%d moved, %d had lost their room", plan.Moved, lost)
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	sittings := []Sitting{{Code: "s0", Site: "x", Seats: 5}, {Code: "s1", Site: "x", Seats: 1, Fits: []string{"wheelchair"}, Reserved: true}}
	people := crowd(8, 1)
	people[0].Asks, people[1].Asks = []string{"wheelchair"}, []string{"wheelchair"}
	plan := Place(sittings, people, Rule{})
	want := []Missing{{"x", []string{"wheelchair"}, 2, 1, 1}, {"x", nil, 6, 5, 1}}
	if plan.At != nil || !reflect.DeepEqual(plan.Missing, want) {
		t.Fatalf("%+v", plan)
	}
}

// A province at once: the time is written, not judged.
func TestAHundredThousandPeopleAreGivenTheirPlaces(t *testing.T) {
	if testing.Short() {
		t.Skip("a hundred thousand people")
	}
	var sittings []Sitting
	for s := range 5 {
		for i := range 112 {
			sittings = append(sittings, Sitting{Code: fmt.Sprintf("s%d-%d", s, i), Site: fmt.Sprint(s), Start: int64(i / 2), Seats: 190, Fits: []string{"ground_floor", "wheelchair"}[:i%3]})
		}
	}
	dice := rand.New(rand.NewPCG(1, 2))
	var people []Person
	for i := range 100_000 {
		p := Person{ID: fmt.Sprintf("26-%06d", i), Site: fmt.Sprint(i % 5), Formation: fmt.Sprint(dice.IntN(900))}
		if dice.IntN(50) == 0 {
			p.Asks = [][]string{{"ground_floor"}, {"ground_floor", "wheelchair"}}[dice.IntN(2)]
		}
		people = append(people, p)
	}
	for _, what := range []string{"placed", "placed again after 5 of 560 rooms were lost"} {
		begin := time.Now()
		plan := Place(sittings, people, Rule{Seed: []byte("seed")})
		t.Logf("%d people in %v %s, %d moved", len(people), time.Since(begin).Round(time.Millisecond), what, plan.Moved)
		if f := fault(sittings, people, plan.At); f != "" {
			t.Fatal(f)
		}
		for i := range people {
			people[i].At = plan.At[i]
		}
		for s := range 5 {
			sittings[s*112+7].Seats = 0
		}
	}
}
