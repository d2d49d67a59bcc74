package itemstats

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// world generates responses: abilities, keyed items under a Rasch model with guessing, and
// graded items of a partial credit model. Plans have three items a place.
type world struct {
	d        *Design
	easiness []float64 // by item
	right    []int     // option that the able tend to, by item; 1-based
	lure     []int     // option that the able tend to instead, 0 for none
	dif      []float64 // logits by which the second group finds the item harder
	spoilt   []bool    // graded: the options stand in the wrong order
	ability  float64   // of the last candidate
	rand     *rand.Rand
}

var sample = []Section{
	{Code: "TWK", Keyed: true, Places: 30, Cut: 65},
	{Code: "TIU", Keyed: true, Places: 35, Cut: 80},
	{Code: "TKP", Places: 45, Cut: 166},
}

// newWorld has each times as many items as places.
func newWorld(t testing.TB, seed uint64, each int, groups ...string) *world {
	t.Helper()
	w := &world{rand: rand.New(rand.NewPCG(seed, 1))}
	var items []Item
	for i, s := range sample {
		for n := range s.Places * each {
			it := Item{ID: fmt.Sprintf("%d-%04d", i, n), Section: i, Options: strings.Split("abcde", ""), Points: []int{1, 2, 3, 4, 5}}
			if s.Keyed {
				it.Points = []int{0, 0, 0, 0, 0}
				it.Points[w.rand.IntN(5)] = 5
			}
			items = append(items, it)
			right := slices.Index(it.Points, 5) + 1
			w.right, w.easiness = append(w.right, right), append(w.easiness, .1+.95*w.rand.NormFloat64())
		}
	}
	w.lure, w.dif, w.spoilt = make([]int, len(items)), make([]float64, len(items)), make([]bool, len(items))
	var err error
	if w.d, err = NewDesign(sample, items, groups); err != nil {
		t.Fatal(err)
	}
	return w
}

// candidate answers a form drawn slot by slot.
func (w *world) candidate(group int) *Taken {
	w.ability = w.rand.NormFloat64()
	t := &Taken{Group: group}
	slot, item := int32(0), 0
	each := len(w.d.Items) / w.d.Places()
	for range w.d.Places() {
		i := item + w.rand.IntN(each)
		item += each
		t.Items, t.Slots = append(t.Items, int32(i)), append(t.Slots, slot)
		t.Options = append(t.Options, w.answer(i, w.ability, group))
		t.MS = append(t.MS, uint32(42_000*math.Exp(.5*w.rand.NormFloat64())))
		t.Shown = append(t.Shown, true)
		slot++
	}
	return t
}

func (w *world) answer(i int, ability float64, group int) uint8 {
	z := ability + w.easiness[i]
	if group == 1 {
		z -= w.dif[i]
	}
	if !sample[w.d.Items[i].Section].Keyed {
		// Five ordered options, the abler the higher.
		v := min(5, max(1, 4+int(math.Round(.5*z+.8*w.rand.NormFloat64()))))
		if w.spoilt[i] {
			v = 6 - v
		}
		return uint8(v)
	}
	switch u := w.rand.Float64(); {
	case u < .01:
		return 0
	case u < .01+.99/(1+math.Exp(-z)):
		return uint8(w.right[i])
	}
	if w.lure[i] > 0 && w.rand.Float64() < .95 {
		return uint8(w.lure[i])
	}
	for {
		if o := 1 + w.rand.IntN(5); o != w.right[i] {
			return uint8(o)
		}
	}
}

func codes(flags []Flag) (out []string) {
	for _, f := range flags {
		if !slices.Contains(out, f.Code) {
			out = append(out, f.Code)
		}
	}
	return out
}

// Items with a planted fault are flagged for it, and of the sound ones no more than the
// rules' false alarm rate: each rule speaks beyond 2.58 standard errors of a line on
// which a sound item does not stand, so at most one sound item in a hundred.
func TestPlantedFaultsAreFound(t *testing.T) {
	w := newWorld(t, 7, 3, "a", "b")
	for i := range w.d.Items { // away from what easy and hard mean
		w.easiness[i] = min(1.6, max(-.6, w.easiness[i]))
	}
	const wrongKey, lure, unfair, reversed = 3, 100, 20, 250
	key := w.d.Items[wrongKey].Points
	at := slices.Index(key, 5)
	key[at], key[(at+1)%5] = 0, 5 // the answers still go where the key was
	w.lure[lure] = 1 + w.right[lure]%5
	w.easiness[lure] = -2.2 // a second answer that the able defend: two keys, the listed one hardly chosen
	w.dif[unfair] = 1.3     // ETS delta -3
	w.spoilt[reversed] = true
	c := NewCube(w.d)
	const candidates = 9000
	for i := range candidates {
		add(t, c, w.candidate(i%2))
	}
	r := Analyse(c, DefaultLimits(), nil)
	want := map[int]string{wrongKey: FlagNegative, lure: FlagDistractor, unfair: FlagDIF, reversed: FlagReversal}
	alarms := 0
	for i, it := range r.Items {
		got := codes(it.Flags)
		if code, planted := want[i]; planted {
			if !slices.Contains(got, code) {
				t.Errorf("item %s with a planted fault: %v, want %s", it.ID, it.Flags, code)
			}
		} else if len(got) > 0 {
			alarms++
			t.Logf("sound item %s (n = %d): %v", it.ID, it.N, it.Flags)
		}
	}
	if sound := len(r.Items) - len(want); alarms*100 > sound {
		t.Errorf("%d of %d sound items are flagged, want at most one in a hundred", alarms, sound)
	}
	if !slices.Contains(codes(r.Items[wrongKey].Flags), FlagDistractor) {
		t.Errorf("the wrong key's flags %v do not name the option that is right", r.Items[wrongKey].Flags)
	}
}

func TestDrift(t *testing.T) {
	w := newWorld(t, 11, 1, "")
	run := func() *Report {
		c := NewCube(w.d)
		for range 1500 {
			add(t, c, w.candidate(0))
		}
		return Analyse(c, DefaultLimits(), nil)
	}
	before := run()
	for i := range w.easiness {
		w.easiness[i] += .5 // abler candidates: no drift
	}
	w.easiness[8] += 1.5 // became known
	c := NewCube(w.d)
	for range 1500 {
		add(t, c, w.candidate(0))
	}
	for i, it := range Analyse(c, DefaultLimits(), before).Items {
		if drifted := slices.Contains(codes(it.Flags), FlagDrift); drifted != (i == 8) {
			t.Errorf("item %s: drifted %v; %v", it.ID, drifted, it.Flags)
		}
	}
}

// The same candidates give the same cube to the last bit, whatever their order, however
// they are divided, and after some were taken out and put back.
func TestOrderDoesNotMatter(t *testing.T) {
	w := newWorld(t, 3, 2, "a", "b")
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "candidates")
		all := make([]*Taken, n)
		for i := range all {
			all[i] = w.candidate(rapid.IntRange(0, 1).Draw(t, "group"))
		}
		one := NewCube(w.d)
		for _, taken := range all {
			if err := one.Add(taken); err != nil {
				t.Fatal(err)
			}
		}
		parts := []*Cube{NewCube(w.d), NewCube(w.d), NewCube(w.d)}
		for _, i := range rapid.Permutation(indexes(n)).Draw(t, "order") {
			c := parts[rapid.IntRange(0, 2).Draw(t, "part")]
			_ = c.Add(all[i])
			if rapid.Bool().Draw(t, "again") {
				_ = c.Remove(all[i])
				_ = c.Add(all[i])
			}
		}
		_ = parts[2].Merge(parts[0])
		_ = parts[1].Merge(parts[2])
		if !same(one, parts[1]) {
			t.Fatal("the cubes differ")
		}
	})
}

func indexes(n int) (out []int) {
	for i := range n {
		out = append(out, i)
	}
	return out
}

func same(a, b *Cube) bool {
	a.flush()
	b.flush()
	for i := range a.scores {
		if !slices.Equal(a.scores[i], b.scores[i]) || !slices.Equal(a.cross[i], b.cross[i]) {
			return false
		}
	}
	return slices.Equal(a.cells.low, b.cells.low) && maps.Equal(a.cells.high, b.cells.high) && slices.Equal(a.times, b.times) && slices.Equal(a.groups, b.groups) &&
		slices.Equal(a.unreached, b.unreached) && slices.Equal(a.slots, b.slots) && slices.Equal(a.positions, b.positions) && a.candidates == b.candidates
}

// Thirds by the rest of the section stand about one standard deviation of ability from the
// middle, have all responses between them, and do not know the item's own answers.
func TestThirdsAreAbilities(t *testing.T) {
	w := newWorld(t, 13, 1, "a", "b")
	c := NewCube(w.d)
	type one struct {
		rest, points int
		ability      float64
	}
	const item = 10 // of the first section, which everybody is given
	var crowd []one
	for i := range 6000 {
		taken := w.candidate(i % 2)
		add(t, c, taken)
		points := 0
		for q, it := range taken.Items {
			if it == item {
				points = w.d.Items[item].points(taken.Options[q])
			}
		}
		crowd = append(crowd, one{w.d.Scores(taken)[0] - points, points, w.ability})
	}
	slices.SortFunc(crowd, func(a, b one) int { return a.rest - b.rest })
	all, at := c.Thirds(item)
	if all.Responses != 6000 || at[0].plus(at[1]).plus(at[2]) != all {
		t.Fatalf("thirds %v of %v", at, all)
	}
	// A score is not divided, and goes to the third of its middle candidate.
	ties, most := map[int]int{}, 0
	for _, o := range crowd {
		ties[o.rest]++
		most = max(most, ties[o.rest])
	}
	for i, n := range []int64{at[0].Responses, at[2].Responses} {
		if off := int(n) - 2000; 2*off > most+1 || -2*off > most+1 {
			t.Errorf("third %d has %d of 6000, and at most %d have one score", 2*i, n, most)
		}
	}
	from := 0
	for third, want := range []float64{-1, 0, 1} {
		var got Sum
		mean := 0.0
		part := crowd[from : from+int(at[third].Responses)]
		for _, o := range part {
			got = got.plus(Sum{1, int64(o.points)})
			mean += o.ability / float64(len(part))
		}
		if got != at[third] || math.Abs(mean-want) > .15 || len(part) < 1500 {
			t.Errorf("third %d: %v, the answers say %v; mean ability %.2f, want about %v", third, at[third], got, mean, want)
		}
		from += len(part)
	}
}

func TestTooFewAreNotShown(t *testing.T) {
	w := newWorld(t, 5, 1, "a", "b")
	c := NewCube(w.d)
	for i := range 99 {
		add(t, c, w.candidate(i/90))
	}
	r := Analyse(c, DefaultLimits(), nil)
	if r.Groups[1].N != nil {
		t.Errorf("a group of 9 is shown with %d", *r.Groups[1].N)
	}
	for _, it := range r.Items {
		if it.Facility != nil || it.RRest != nil || it.Options[1].Share != nil || it.Time.Median != nil || len(it.DIF) > 0 || len(it.Flags) > 0 {
			t.Fatalf("99 candidates are too few for the figures of %s: %+v", it.ID, it)
		}
	}
	if r.Sections[0].Alpha != nil {
		t.Error("99 candidates are too few for an alpha")
	}
}

func TestForeignFormsAreRefusedWhole(t *testing.T) {
	w := newWorld(t, 5, 1, "")
	c, empty := NewCube(w.d), NewCube(w.d)
	for what, spoil := range map[string]func(*Taken){
		"short":  func(t *Taken) { t.Items = t.Items[:3] },
		"option": func(t *Taken) { t.Options[109] = 6 },
		"item":   func(t *Taken) { t.Items[109] = -1 },
		"slot":   func(t *Taken) { t.Slots[109] = 110 },
		"twice":  func(t *Taken) { t.Slots[109] = 108 },
		"place":  func(t *Taken) { t.Slots[0], t.Slots[109] = t.Slots[109], t.Slots[0] },
		"group":  func(t *Taken) { t.Group = 1 },
	} {
		taken := w.candidate(0)
		spoil(taken)
		if c.Add(taken) == nil || !same(c, empty) {
			t.Errorf("%s: taken", what)
		}
	}
}

func TestLogarithmsAreExact(t *testing.T) {
	s := newTimeScale()
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Uint32Range(1, math.MaxUint32).Draw(t, "ms")
		if got, want := float64(s.lnSeconds(ms)), math.Log(float64(ms)/1000)*lnUnit; math.Abs(got-want) > .56 {
			t.Errorf("ln %d ms: %v, want %v", ms, got, want)
		}
		bin, edge := s.bin(s.lnSeconds(ms)), float64(ms)
		inside := edge > float64(s.edges[bin])*.9999 && edge < float64(s.edges[bin+1])*1.0001
		if !inside && !(ms < firstMS && bin == 0) && !(ms >= s.edges[timeBins] && bin == timeBins-1) {
			t.Errorf("%d ms in bin %d, %d to %d", ms, bin, s.edges[bin], s.edges[bin+1])
		}
	})
}

// BenchmarkFourMillion counts 4,000,000 candidates of 110 responses each, with times, over
// a bank of 3,000 items in two groups, and analyses them, on one processor. On a machine
// that others use too, cpu_s says what it takes.
func BenchmarkFourMillion(b *testing.B) {
	w := newWorld(b, 1, 27, "a", "b")
	crowd := make([]*Taken, 20_000)
	for i := range crowd {
		crowd[i] = w.candidate(i % 2)
	}
	const candidates = 4_000_000
	var r *Report
	var c *Cube
	var before, after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	for b.Loop() {
		c = NewCube(w.d)
		for i := range candidates {
			if err := c.Add(crowd[i%len(crowd)]); err != nil {
				b.Fatal(err)
			}
		}
		r = Analyse(c, DefaultLimits(), nil)
	}
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	used := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
	b.ReportMetric(used.Seconds()/float64(b.N), "cpu_s/4M")
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/4M")
	b.ReportMetric(float64(2*len(c.cells.low)+4*(len(c.times)*(4+timeBins)+2*len(c.block.columns)))/candidates, "cube_B/candidate")
	if len(r.Items) != 2970 || r.Items[0].Facility == nil {
		b.Fatal("not analysed")
	}
}
