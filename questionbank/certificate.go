package questionbank

import (
	"crypto/sha256"
	"math/big"
)

// Certificate is the evidence that the forms of a plan are equally hard, that none can
// fail, and how often items are seen, beside a plain random draw from the same items.
// Points and shares are in thousandths unless a field says otherwise. It is computed from
// the plan alone, so that anybody gets the same.
type Certificate struct {
	Assembly   string `json:"assembly"`
	Plan       string `json:"plan"`
	Bank       string `json:"bank"`
	Statistics string `json:"statistics,omitempty"`
	Places     int    `json:"places"`
	Forms      int    `json:"forms"`                // simulated
	Candidates int    `json:"candidates,omitempty"` // whom the exam is for, if that was said
	// Balance is "curve" where forms are balanced at abilities -1, 0 and +1, or "mean".
	Balance string `json:"balance"`

	Cells    []CellSupply `json:"cells"`
	Spreads  []Spread     `json:"spreads"` // of each section, and of the total, which comes last
	Known    Known        `json:"known"`
	Exposure Exposure     `json:"exposure"`
	Overlap  Overlap      `json:"overlap"`
	Failures int          `json:"failures"` // forms that could not be filled
	Swaps    int64        `json:"swaps"`    // of all forms
	Return   *Return      `json:"return,omitempty"`
	Keys     []KeyPlaces  `json:"keys,omitempty"`
	// LongestRun is the longest run of one letter as the key that any form had in a section.
	LongestRun int `json:"longest_run"`
}

// CellSupply is what the plan has for a cell.
type CellSupply struct {
	Section  string `json:"section"`
	Cell     string `json:"cell"`
	Places   int    `json:"places"`   // items, or units, of a form
	Supply   int    `json:"supply"`   // items, or units, to choose from
	Smallest int    `json:"smallest"` // of its slots
	Most     int    `json:"most"`     // share of forms of its most seen item, in ten-thousandths
}

// Spread is how far expected points differ from form to form.
type Spread struct {
	Section string `json:"section"` // "" for the total
	Target  int    `json:"target"`
	// At are the mean of the population and, where known, abilities -1, 0 and +1.
	At []AbilitySpread `json:"at"`
	// Outside is the number of forms that balancing left beyond the tolerance.
	Outside int `json:"outside"`
}

// AbilitySpread is a spread at one ability, of this plan and of the plain draw.
type AbilitySpread struct {
	Ability      string `json:"ability"` // "mean", "-1", "0" or "+1"
	Mean         int64  `json:"mean"`
	SD           int64  `json:"sd"`
	Furthest     int64  `json:"furthest"` // largest distance of a form from the target
	PlainSD      int64  `json:"plain_sd"`
	PlainFurther int64  `json:"plain_furthest"`
}

// Known is what the plan knows about how hard its items are.
type Known struct {
	Items  int `json:"items"`
	Judged int `json:"judged"` // without one response: their band is all that is known
	Few    int `json:"few"`    // with fewer responses than a balance at three abilities needs
	// Error is the standard deviation that unknown difficulty adds to a form's total.
	Error int64 `json:"error"`
}

// Unknown says that too little is known for the spread to be a fact: more than half of the
// items are judged only.
func (k Known) Unknown() bool { return 2*k.Judged > k.Items }

// Exposure is the share of forms on which items stand, in ten-thousandths.
type Exposure struct {
	Limit int    `json:"limit"` // 0: none
	Most  int    `json:"most"`
	Mean  int    `json:"mean"`
	Least int    `json:"least"`
	Item  string `json:"item"`  // most seen
	Never int    `json:"never"` // items on no simulated form
}

// Overlap is the number of items that the forms of two candidates have in common, in
// hundredths; no draw can go below Bound.
type Overlap struct {
	Expected int64 `json:"expected"`
	Plain    int64 `json:"plain"`
	Bound    int64 `json:"bound"`
}

// Return is what happens to candidates who have sat before.
type Return struct {
	Sittings int   `json:"sittings"` // earlier ones, whose items are excluded
	Forms    int   `json:"forms"`
	Failures int   `json:"failures"`
	Repeats  int   `json:"repeats"` // items met again
	SD       int64 `json:"sd"`      // of the total, as in Spread
}

// KeyPlaces counts at which letter the best option of freely ordered items stood.
type KeyPlaces struct {
	Section string  `json:"section"`
	Options int     `json:"options"`
	Letters []int64 `json:"letters"`
	// ChiSquare against equal shares, in thousandths; Limit is its .001 point.
	ChiSquare int64 `json:"chi_square"`
	Limit     int64 `json:"limit"`
}

// Even says that no letter is the key more often than chance explains.
func (k KeyPlaces) Even() bool { return k.ChiSquare <= k.Limit }

// Sound says that every simulated form could be filled, and no item was met twice.
func (c *Certificate) Sound() bool {
	return c.Failures == 0 && (c.Return == nil || c.Return.Failures == 0 && c.Return.Repeats == 0)
}

// Certify simulates so many forms of the plan, and a tenth as many of candidates who come
// back where the plan provides for them. The bank is that of the plan; of its key the
// certificate tells only at which letters it stands.
func (p *Plan) Certify(b *Bank, forms int) *Certificate {
	key := sha256.Sum256([]byte("terang/certificate/v1\n" + p.hash))
	c := &Certificate{
		Assembly: p.file.Assembly, Plan: p.hash, Bank: p.file.Bank, Statistics: p.file.Statistics,
		Places: p.Places(), Forms: forms, Balance: "mean",
	}
	if p.balancedOnCurves() {
		c.Balance = "curve"
	}
	best := p.bestOptions(b)
	trials := simulate(forms, func() *trial { return newTrial(p, best) }, func(t *trial, n int) { t.one(key, n) })
	sum := trials[0]
	for _, t := range trials[1:] {
		sum.join(t)
	}
	sum.report(c)
	if p.file.Previous > 0 {
		c.Return = p.returning(sha256.Sum256(append(key[:], "return"...)), max(forms/10, 1))
	}
	c.Known = p.known(b)
	return c
}

// known adds up what is not known: the errors of a form's items are independent. Plans of
// loft/v1 do not say them; there every item is judged.
func (p *Plan) known(b *Bank) Known {
	k := Known{}
	judged := newCalibration(b, nil)
	variance := new(big.Rat)
	for j := range p.pool.slots {
		items := p.pool.slots[j].items
		var sum int64
		for _, first := range items {
			for i := first; i < first+p.span[first]; i++ {
				it := &p.file.Items[i]
				err := it.Error
				if q, ok := b.Question(it.ID); ok && p.file.Assembly == loftV1 {
					err = judged.estimate(&q).err
				}
				sum += int64(err) * int64(err)
				k.Items++
				switch {
				case it.Responses == 0:
					k.Judged++
				case it.Responses < sureResponses:
					k.Few++
				}
			}
		}
		variance.Add(variance, big.NewRat(sum, int64(len(items))))
	}
	k.Error = root(int64(roundHalfUp(variance)))
	return k
}

// returning simulates candidates who have sat as often as the plan provides for.
func (p *Plan) returning(key [sha256.Size]byte, forms int) *Return {
	type tally struct {
		draw             *draw
		failed, repeated int
		total            moments
	}
	tallies := simulate(forms, func() *tally { return &tally{draw: newDraw(&p.pool)} }, func(t *tally, n int) {
		var seen []int32
		met := make(map[int32]bool)
		for sitting := range p.file.Previous + 1 {
			t.draw.start(simulated(key, n*(p.file.Previous+1)+sitting), seen)
			if _, ok := t.draw.run(); !ok {
				t.failed++
				return
			}
			for _, i := range t.draw.picks {
				if met[i] {
					t.repeated++
				}
				met[i] = true
			}
			seen = append(seen, t.draw.picks...)
		}
		t.total.add(p.sum(t.draw.picks) - p.target())
	})
	r := &Return{Sittings: p.file.Previous, Forms: forms}
	var total moments
	for _, t := range tallies {
		r.Failures, r.Repeats = r.Failures+t.failed, r.Repeats+t.repeated
		total.join(&t.total)
	}
	r.SD = total.deviation()
	return r
}

// sum is the expected points of a form in the population.
func (p *Plan) sum(picks []int32) int64 {
	var sum int64
	for _, first := range picks {
		for i := first; i < first+p.span[first]; i++ {
			sum += int64(p.file.Items[i].Expected)
		}
	}
	return sum
}

func (p *Plan) target() int64 {
	var sum int64
	for _, s := range p.file.Sections {
		sum += int64(s.Target)
	}
	return sum
}
