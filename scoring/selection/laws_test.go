package selection

import (
	"flag"
	"fmt"
	"maps"
	"math/big"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"terang/scoring"
)

// The laws are tried ten thousand times each, on lists small enough that this takes
// seconds; -short, or a number of one's own, makes it fewer.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given && !testing.Short() {
		_ = flag.Set("rapid.checks", "10000") // it is one of rapid's
	}
	os.Exit(m.Run())
}

// all are the published rule sets, read once.
var all = func() map[string]*scoring.RuleSet {
	out := make(map[string]*scoring.RuleSet)
	for _, name := range scoring.Names() {
		out[name], _ = scoring.ByName(name)
	}
	return out
}()

func drawRules(t *rapid.T, keep func(*scoring.RuleSet) bool) *scoring.RuleSet {
	names := slices.DeleteFunc(scoring.Names(), func(name string) bool { return !keep(all[name]) })
	return all[rapid.SampledFrom(names).Draw(t, "rules")]
}

func hasShortlist(rs *scoring.RuleSet) bool { return rs.Shortlist != nil }
func isJoined(rs *scoring.RuleSet) bool     { return rs.Final.Joined() }

// drawPeople makes people close together, where ties and cuts are.
func drawPeople(t *rapid.T, rs *scoring.RuleSet, formations int) []Candidate {
	people := make([]Candidate, rapid.IntRange(0, 12).Draw(t, "people"))
	for i := range people {
		people[i] = drawCandidate(t, rs, formations)
		people[i].Number = fmt.Sprintf("n%02d", i)
	}
	return people
}

func drawCandidate(t *rapid.T, rs *scoring.RuleSet, formations int) Candidate {
	c := Candidate{Formation: int32(rapid.IntRange(0, formations-1).Draw(t, "formation"))}
	for i, s := range rs.Sections {
		least := rs.Thresholds["general"].Sections[s.Code]
		if s.Kind == scoring.Keyed {
			c.Points[i] = int16(min(s.Max, s.Correct*rapid.IntRange(max(0, least/5-1), least/5+3).Draw(t, s.Code)))
		} else {
			c.Points[i] = int16(rapid.IntRange(max(0, least-1), min(s.Max, least+20)).Draw(t, s.Code))
		}
	}
	if rapid.IntRange(0, 9).Draw(t, "flagged") == 0 {
		c.Flag = rapid.SampledFrom([]Flag{Absent, Withdrew, Ineligible, Disqualified}).Draw(t, "flag")
	}
	c.Marks[0] = scoring.Whole(rapid.SampledFrom([]int{70, 70, 71}).Draw(t, "skb"))
	c.academic = rapid.SampledFrom([]academicKind{gradePoint, gradePoint, schoolMean}).Draw(t, "kind")
	c.Academic = scoring.Whole(rapid.IntRange(2, 4).Draw(t, "academic"))
	c.Born = int32(19980101 + rapid.IntRange(0, 2).Draw(t, "born"))
	return c
}

var needs = []string{"general", "disability", "cumlaude", "papua"}

func drawFormations(t *rapid.T) []Formation {
	out := make([]Formation, rapid.IntRange(1, 4).Draw(t, "formations"))
	for i := range out {
		out[i] = Formation{
			Code: fmt.Sprint("f", i), Post: "p", Education: rapid.SampledFrom([]string{"S1", "S1", "D3"}).Draw(t, "education"),
			Placement: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "place"), Need: rapid.SampledFrom(needs).Draw(t, "need"), Seats: rapid.IntRange(0, 3).Draw(t, "seats"),
		}
	}
	return out
}

func made(t *rapid.T, rs *scoring.RuleSet, formations []Formation, people []Candidate) *Listing {
	l, err := NewListing(rs, formations)
	if err != nil {
		t.Fatal(err)
	}
	l.People = slices.Clone(people)
	return l
}

// outcome is all that was decided of each person.
func outcome(l *Listing) map[string]string {
	out := make(map[string]string)
	for i := range l.People {
		c := &l.People[i]
		out[c.Number] = fmt.Sprintf("%s rank %d group %d seat %d at %d step %d by %s", l.Status(c), c.Rank, c.Group, c.Seat, c.At, c.Step, l.DecidedBy(c))
	}
	return out
}

func shortlisted(t *rapid.T, rs *scoring.RuleSet, formations []Formation, people []Candidate) *Listing {
	l := made(t, rs, formations, people)
	if err := l.Shortlist(); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestShortlistLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rs := drawRules(t, hasShortlist)
		formations := drawFormations(t)
		people := drawPeople(t, rs, len(formations))
		l := shortlisted(t, rs, formations, people)
		if again := shortlisted(t, rs, formations, rapid.Permutation(people).Draw(t, "shuffled")); !maps.Equal(outcome(l), outcome(again)) {
			t.Fatalf("7: %v and %v", outcome(l), outcome(again))
		}
		key := func(c *Candidate) uint64 { return l.ranking.Pack(&c.Points) }
		for f := range formations {
			admitted, passers, cut := 0, 0, ^uint64(0)
			for i := range l.People {
				if c := &l.People[i]; int(c.Formation) == f && c.Group == 1 {
					passers++
					if c.Seat == Shortlisted {
						admitted, cut = admitted+1, min(cut, key(c))
					}
				}
			}
			places := rs.Shortlist.Multiple * formations[f].Seats
			if admitted < min(places, passers) {
				t.Fatalf("8: %d go on for %d places of %d who passed", admitted, places, passers)
			}
			above := 0
			for i := range l.People {
				c := &l.People[i]
				if int(c.Formation) != f || c.Group != 1 {
					if c.Seat == Shortlisted && c.missed && rs.Shortlist.Mode == scoring.Multiple {
						t.Fatalf("8: %s goes on below a threshold", c.Number)
					}
					continue
				}
				if c.Seat != Shortlisted && admitted > 0 && key(c) >= cut {
					t.Fatalf("8: %s stays out with a key that others go on with", c.Number)
				}
				if c.Seat == Shortlisted && key(c) > cut {
					above++
				}
			}
			if admitted > places && above >= places {
				t.Fatalf("8: %d go on for %d places, and they are not equal at the cut", admitted, places)
			}
		}
	})
}

func TestWhoTakesNoPlaceChangesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rs := drawRules(t, func(rs *scoring.RuleSet) bool { return rs.Shortlist != nil && rs.Shortlist.Mode == scoring.Multiple })
		formations := drawFormations(t)
		people := drawPeople(t, rs, len(formations))
		before := outcome(shortlisted(t, rs, formations, people))
		without := slices.DeleteFunc(slices.Clone(people), func(c Candidate) bool { return c.Number == "n00" })
		after := outcome(shortlisted(t, rs, formations, without))
		status := ""
		for i, c := range people {
			if c.Number == "n00" {
				l := shortlisted(t, rs, formations, people)
				if status = l.Status(&l.People[i]); l.People[i].Rank > 0 && status != rs.Codes.Passed {
					return // she takes a place
				}
				if status == rs.Codes.Passed {
					return // ranks of those after her may move; their statuses below
				}
			}
		}
		delete(before, "n00")
		if status != "" && !maps.Equal(before, after) {
			t.Fatalf("9: without %s: %v and %v", status, before, after)
		}
	})
}

func TestAFlagDecidesAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rs := drawRules(t, hasShortlist)
		formations := drawFormations(t)
		people := append(drawPeople(t, rs, len(formations)), drawCandidate(t, rs, len(formations)))
		n := len(people) - 1
		people[n].Number, people[n].Flag = "x", Disqualified
		l := shortlisted(t, rs, formations, people)
		if got := l.Status(&l.People[n]); got != rs.Codes.Disqualified || l.People[n].Rank != 0 {
			t.Fatalf("11: %s, rank %d", got, l.People[n].Rank)
		}
	})
}

// exact is the final without any rounding.
func exact(f *scoring.Final, skd, max int, skb *big.Rat) *big.Rat {
	weight := func(d scoring.Decimal) *big.Rat { r, _ := new(big.Rat).SetString(d.String()); return r }
	norm := big.NewRat(int64(skd)*100, int64(max))
	return norm.Mul(norm, weight(f.SKDWeight)).Add(norm, new(big.Rat).Mul(skb, weight(f.SKBWeight)))
}

func TestFinalScoreLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rs := drawRules(t, isJoined)
		f := &rs.Final
		skd, skb := rapid.IntRange(0, rs.Max).Draw(t, "skd"), rapid.IntRange(0, 100_000).Draw(t, "skb in thousandths")
		mark := func(thousandths int) []scoring.Decimal { return []scoring.Decimal{scoring.Whole(thousandths) / 1000} }
		s := Compute(f, skd, rs.Max, mark(skb))
		if s.Final < 0 || s.Final > hundred {
			t.Fatalf("12: %s", s.Final)
		}
		got, _ := new(big.Rat).SetString(s.Final.String())
		off := got.Sub(got, exact(f, skd, rs.Max, big.NewRat(int64(skb), 1000)))
		if off.Abs(off).Cmp(big.NewRat(12, 10_000)) > 0 {
			t.Fatalf("12: %s is %s off", s.Final, off.FloatString(6))
		}
		moreSKD := Compute(f, rapid.IntRange(skd, rs.Max).Draw(t, "more skd"), rs.Max, mark(skb))
		moreSKB := Compute(f, skd, rs.Max, mark(rapid.IntRange(skb, 100_000).Draw(t, "more skb")))
		if moreSKD.Final < s.Final || moreSKB.Final < s.Final {
			t.Fatalf("12: more points made less: %s, %s, %s", s.Final, moreSKD.Final, moreSKB.Final)
		}
		even := *f
		even.Rounding = scoring.HalfEven
		if other := Compute(&even, skd, rs.Max, mark(skb)); other != s {
			t.Fatalf("13: half-even makes %s of what half-up makes %s", other.Final, s.Final)
		}
	})
}

func TestFinalLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rs := drawRules(t, isJoined)
		formations := drawFormations(t)
		people := drawPeople(t, rs, len(formations))
		decide := func(people []Candidate) *Listing {
			l := made(t, rs, formations, people)
			l.Final()
			if len(l.Questions) == 0 {
				l.Optimise()
			}
			return l
		}
		l := decide(people)
		again := decide(rapid.Permutation(people).Draw(t, "shuffled"))
		if !maps.Equal(outcome(l), outcome(again)) || fmt.Sprint(l.Questions, l.Moves) != fmt.Sprint(again.Questions, again.Moves) {
			t.Fatalf("7: %v %v and %v %v", outcome(l), l.Questions, outcome(again), again.Questions)
		}
		given := make([]int, len(formations))
		for i := range l.People {
			c := &l.People[i]
			if c.At < 0 {
				continue
			}
			given[c.At]++
			if c.Flag != NoFlag || c.Rank == 0 {
				t.Fatalf("15: %s sits without a rank", c.Number)
			}
			from, to := &formations[c.Formation], &formations[c.At]
			if from.Post != to.Post || from.Education != to.Education || (c.Step >= 0) != (from.Code != to.Code) {
				t.Fatalf("15: %s moved from %+v to %+v", c.Number, from, to)
			}
		}
		for f, n := range given {
			if n > formations[f].Seats {
				t.Fatalf("15: %d seats given of %d", n, formations[f].Seats)
			}
			for i := range l.People {
				c := &l.People[i]
				for step := range rs.Optimisation.Steps {
					if n < formations[f].Seats && len(l.Questions) == 0 && c.At < 0 && c.Rank > 0 &&
						formations[c.Formation].kindred() == formations[f].kindred() && l.vacancy(step, f) && l.fits(step, f, c) {
						t.Fatalf("15: %s is empty, and step %s would place %s", formations[f].Code, rs.Optimisation.Steps[step].Code, c.Number)
					}
				}
			}
		}
		for _, q := range l.Questions { // symmetric: nobody of a tie has what another has not
			for _, number := range q.Numbers {
				if l.People[l.Find(number)].At >= 0 {
					t.Fatalf("F18: %s sits although the committee is asked", number)
				}
			}
		}
	})
}

// A better answer never lowers a rank: neither of a section nor of the second stage.
func TestMoreNeverRanksLower(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rs := drawRules(t, isJoined)
		formations := []Formation{{Code: "f", Need: rapid.SampledFrom(needs).Draw(t, "need"), Seats: rapid.IntRange(0, 3).Draw(t, "seats")}}
		people := append(drawPeople(t, rs, 1), drawCandidate(t, rs, 1))
		n := len(people) - 1
		people[n].Number = "x"
		rank := func(stage func(*Listing)) (int32, Seat) {
			l := made(t, rs, formations, people)
			stage(l)
			return l.People[n].Rank, l.People[n].Seat
		}
		stages := []func(*Listing){(*Listing).Final, func(l *Listing) { _ = l.Shortlist() }}
		stage := stages[rapid.IntRange(0, 1).Draw(t, "stage")]
		before, seat := rank(stage)
		if i := rapid.IntRange(0, len(rs.Sections)).Draw(t, "raised"); i < len(rs.Sections) {
			s := rs.Sections[i]
			people[n].Points[i] = int16(min(s.Max, int(people[n].Points[i])+5*rapid.IntRange(0, 4).Draw(t, "more")))
		} else {
			people[n].Marks[0] += scoring.Whole(1)
		}
		after, then := rank(stage)
		if rs.Shortlist.Mode == scoring.TwoGroups && rank2(rs, formations, people, n) {
			return // in the first group another rank begins
		}
		if before > 0 && (after == 0 || after > before) || then < seat {
			t.Fatalf("rank %d became %d, seat %d became %d", before, after, seat, then)
		}
	})
}

// rank2 says whether the candidate has come into the first of two groups.
func rank2(rs *scoring.RuleSet, formations []Formation, people []Candidate, n int) bool {
	bar, _ := rs.Bar(formations[0].Need, nil)
	return bar.Passed(&people[n].Points)
}

// The order of the final is a strict weak order on people with one kind of certificate.
func TestTheOrderIsAnOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rs := drawRules(t, isJoined)
		l := made(t, rs, nil, []Candidate{drawCandidate(t, rs, 1), drawCandidate(t, rs, 1), drawCandidate(t, rs, 1)})
		for i := range l.People {
			c := &l.People[i]
			c.academic, c.Flag = gradePoint, NoFlag
			c.final = l.Steps(c).Final
		}
		compare := func(a, b int) int {
			c, _ := l.order.compare(&l.People[a], &l.People[b], 0, len(l.order.keys))
			return c
		}
		ab, bc, ac := compare(0, 1), compare(1, 2), compare(0, 2)
		if ab != -compare(1, 0) || ab < 0 && bc < 0 && ac >= 0 || ab == 0 && bc == 0 && ac != 0 {
			t.Fatalf("14: %d %d %d", ab, bc, ac)
		}
	})
}

// What the committee decided is what happens, and only for whom it was asked.
func TestTheCommitteesOrderIsTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rs := drawRules(t, isJoined)
		formations := drawFormations(t)
		people := drawPeople(t, rs, len(formations))
		l := made(t, rs, formations, people)
		l.Final()
		var decisions []Decision
		for _, q := range l.Questions {
			order := rapid.Permutation(q.Numbers).Draw(t, "decided")
			plain := make([]string, len(order))
			for i, n := range order {
				plain[i] = scoring.PlainNumber(n)
			}
			decisions = append(decisions, Decision{Formation: q.Formation, Order: plain, Minute: "BA", By: []string{"ketua"}})
		}
		two := made(t, rs, formations, people)
		two.Decide(decisions)
		two.Final()
		if len(two.Questions) > 0 || len(two.Unused()) > 0 {
			t.Fatalf("asked again %v, not used %v", two.Questions, two.Unused())
		}
		for n, q := range l.Questions {
			for place, number := range decisions[n].Order {
				c := &two.People[two.Find(number)]
				if (c.Seat == OwnSeat) != (place < q.Seats) {
					t.Fatalf("%s is at place %d of %d seats and has seat %d", number, place, q.Seats, c.Seat)
				}
			}
		}
	})
}
