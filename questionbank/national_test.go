package questionbank

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// nationalBank is a bank as large as a country's: about 3,150 items in 21 topics of uneven
// supply, 44 enemy groups of three, and what every item is worth at each ability. Items that
// are right or wrong follow a two-parameter logistic model with difficulties N(-0.1+topic,
// 0.95) and slopes of log-normal spread 0.25; graded ones have means about 3.7 of 5.
type nationalBank struct {
	bank      *Bank
	blueprint *Blueprint
	stats     *Statistics
}

var national = sync.OnceValue(func() nationalBank {
	r := rand.New(rand.NewPCG(1, 4))
	type drawn struct {
		q     Question
		count Count
		mean  float64
	}
	var qs []Question
	stats := &Statistics{items: make(map[string]Count), hash: "known"}
	bp := &Blueprint{}
	for _, section := range []struct {
		id     string
		topics int
		items  int
		graded bool
		counts [3]int
	}{
		{"TWK", 5, 905, false, [3]int{2, 2, 2}},
		{"TIU", 7, 1034, false, [3]int{2, 2, 1}},
		{"TKP", 9, 1213, true, [3]int{2, 2, 1}},
	} {
		bs := BlueprintSection{ID: section.id, Title: section.id, Tolerance: 450}
		for topic := range section.topics {
			name := fmt.Sprintf("t%d", topic)
			n := int(float64(section.items/section.topics) * (0.7 + 0.6*r.Float64()))
			shift := 0.3 * r.NormFloat64()
			items := make([]drawn, n)
			for i := range items {
				d := &items[i]
				d.q = Question{
					ID: fmt.Sprintf("%s-%d-%03d", section.id, topic, i), Version: 1, Section: section.id, Topic: name,
					Rule: Free, Lang: "id", Author: "A", Reviewer: "B", Stem: "<p>x</p>",
				}
				for o := range 5 {
					value := 0
					if section.graded {
						value = 1 + (o+i)%5
					} else if o == i%5 {
						value = 5
					}
					d.q.Options = append(d.q.Options, Option{ID: string(rune('a' + o)), Value: value, HTML: fmt.Sprintf("pilihan ke-%d", o)})
				}
				a, b := math.Exp(0.25*r.NormFloat64()), -0.1+shift+0.95*r.NormFloat64()
				worth := func(ability float64) float64 { return 5 / (1 + math.Exp(-a*(ability-b))) }
				if section.graded {
					a, b = 0.6*a, -1.2+0.5*r.NormFloat64()
					worth = func(ability float64) float64 { return 1 + 4/(1+math.Exp(-a*(ability-b))) }
				}
				d.mean = mean(worth)
				known := func(points float64) Sum { return Sum{1_000_000, int64(points * 1_000_000)} }
				d.count = Count{Version: 1, All: known(d.mean), At: [3]Sum{known(worth(-1)), known(worth(0)), known(worth(1))}}
			}
			slices.SortFunc(items, func(x, y drawn) int { return -cmpFloat(x.mean, y.mean) })
			for i := range items {
				d := &items[i]
				d.q.Band = []Band{Easy, Medium, Hard}[3*i/n]
				stats.items[d.q.ID] = d.count
				qs = append(qs, d.q)
			}
			for i, band := range []Band{Easy, Medium, Hard} {
				bs.Cells = append(bs.Cells, Cell{Topic: name, Band: band, Count: section.counts[i]})
			}
		}
		bp.Sections = append(bp.Sections, bs)
	}
	for g := range 44 {
		for range 3 {
			qs[r.IntN(len(qs))].Enemies = fmt.Sprintf("g%d", g)
		}
	}
	bank, faults := NewBank(qs)
	if len(faults) > 0 {
		panic(faults)
	}
	return nationalBank{bank, bp, stats}
})

func cmpFloat(a, b float64) int {
	if a < b {
		return -1
	}
	return 1
}

// mean over a population with abilities N(0, 1), by the trapezium rule.
func mean(worth func(float64) float64) float64 {
	sum, weights := 0.0, 0.0
	for x := -5.0; x <= 5; x += 0.1 {
		w := math.Exp(-x * x / 2)
		sum, weights = sum+w*worth(x), weights+w
	}
	return sum / weights
}

// realForms are those of a certificate that is made without --forms.
const realForms = 200_000

// certificateForms keeps the suite quick; TERANG_FORMS=full simulates as many as a real
// certificate.
func certificateForms() int {
	if os.Getenv("TERANG_FORMS") == "full" {
		return realForms
	}
	return 20_000
}

func TestCertificateOfANationalBankReachesItsGoals(t *testing.T) {
	n := national()
	bp := *n.blueprint
	bp.MaxExposure, bp.Previous = 70, 1
	p, err := Compile(n.bank, &bp, Knowledge{Statistics: n.stats})
	if err != nil {
		t.Fatal(err)
	}
	forms := certificateForms()
	c := p.Certify(n.bank, forms)
	var text strings.Builder
	if err := c.Print(&text); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + text.String())
	if !c.Sound() || c.Failures != 0 || c.Return.Forms == 0 {
		t.Errorf("%d forms failed, of returning candidates %+v", c.Failures, c.Return)
	}
	total := c.Spreads[len(c.Spreads)-1]
	for _, a := range total.At {
		most := map[string]int64{"mean": 400, "0": 400, "-1": 700, "+1": 700}[a.Ability]
		if a.SD > most || a.SD == 0 {
			t.Errorf("SD at ability %s is %d thousandths of a point, the goal is %d", a.Ability, a.SD, most)
		}
		if a.PlainSD < 10*a.SD {
			t.Errorf("SD at ability %s is %d, and %d by a plain draw", a.Ability, a.SD, a.PlainSD)
		}
	}
	most := 714 // two parts in a hundred above the limit
	if forms < realForms {
		most += 72 // four standard errors of a share of .07 among 20,000
	}
	if c.Exposure.Most > most {
		t.Errorf("an item stands on %d of 10,000 forms, the limit is 700", c.Exposure.Most)
	}
	for _, k := range c.Keys {
		if !k.Even() {
			t.Errorf("keys of %s: %v", k.Section, k)
		}
	}
}

func BenchmarkNationalForm(b *testing.B) {
	n := national()
	p, err := Compile(n.bank, n.blueprint, Knowledge{Statistics: n.stats})
	if err != nil {
		b.Fatal(err)
	}
	seed, names := make([]byte, SeedBytes), make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprintf("SKD-2026/24100%05d", i)
	}
	b.Run("draw", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, _, err := p.draw(seed, names[i%len(names)], nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("form", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := p.Assemble(seed, names[i%len(names)], nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
