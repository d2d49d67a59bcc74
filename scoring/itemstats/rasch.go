package itemstats

import (
	"math"
	"slices"
)

// Patterns keep who got which items of the keyed sections right, which a Rasch fit needs
// and the cube has not: four bytes a response.
type Patterns struct {
	d       *Design
	in, out [][]uint32 // by section: rows of Places, an item's index and one bit
}

// NewPatterns is empty.
func NewPatterns(d *Design) *Patterns {
	return &Patterns{d: d, in: make([][]uint32, len(d.Sections)), out: make([][]uint32, len(d.Sections))}
}

// Add keeps a form that the cube has taken.
func (p *Patterns) Add(t *Taken) { p.keep(p.in, t) }

// Remove takes one of the same form and responses out again.
func (p *Patterns) Remove(t *Taken) { p.keep(p.out, t) }

func (p *Patterns) keep(into [][]uint32, t *Taken) {
	for q, i := range t.Items {
		it := &p.d.Items[i]
		if !p.d.Sections[it.Section].Keyed {
			continue
		}
		bit := uint32(0)
		if it.points(t.Options[q]) == it.most {
			bit = 1
		}
		into[it.Section] = append(into[it.Section], uint32(i)<<1|bit)
	}
}

// rows are the section's rows in an order of their own, so that sums of floats do not
// depend on that of the candidates.
func (p *Patterns) rows(section int) [][]uint32 {
	places := p.d.Sections[section].Places
	sorted := func(all []uint32) [][]uint32 {
		var rows [][]uint32
		for row := range slices.Chunk(all, places) {
			row = slices.Clone(row)
			slices.Sort(row)
			rows = append(rows, row)
		}
		slices.SortFunc(rows, slices.Compare)
		return rows
	}
	in, out := sorted(p.in[section]), sorted(p.out[section])
	kept := in[:0]
	for _, row := range in {
		if len(out) > 0 && slices.Equal(row, out[0]) {
			out = out[1:]
			continue
		}
		kept = append(kept, row)
	}
	return kept
}

// RaschItem is an item's difficulty on a scale whose zero is the mean of the section's
// items and whose unit is the logit.
type RaschItem struct {
	B  *Number `json:"b"`
	SE *Number `json:"se"`
	// A is how steeply the item divides the able from the less able, were it free to differ
	// (two-parameter model, Birnbaum 1968), over the SD of abilities: 1 is as the model
	// assumes. Outside 0.6 to 1.6 B should not be used.
	A *Number `json:"a"`
	// Conditional is the difficulty by conditional likelihood (Andersen 1972), which assumes
	// nothing about abilities; nil unless all candidates had the same items.
	Conditional   *Number `json:"conditional,omitempty"`
	ConditionalSE *Number `json:"conditional_se,omitempty"`
}

// RaschSection is the fit of one section.
type RaschSection struct {
	AbilitySD *Number `json:"ability_sd"` // logits
	LogL      *Number `json:"log_likelihood"`
	Cycles    int     `json:"cycles"`
	Settled   bool    `json:"settled"` // the last cycle changed next to nothing
}

// The integral over abilities is a sum over 41 of them, 0.3 standard deviations apart,
// which for a normal density is exact to far more digits than are printed.
const (
	nodes      = 41
	nodeStep   = .3
	raschTiny  = 1e-6
	raschMost  = 3000 // cycles; a section of 30 items takes some dozens, one of 5 hundreds
	raschSteps = 2    // of Newton's method within a cycle
)

// slopes says what the slopes of a section's items may be.
type slopes int

const (
	slopesOne  slopes = iota // all are 1: abilities have that SD
	slopesSame               // all are alike: the SD of abilities
	slopesOwn                // each its own
)

// rasch is a marginal maximum-likelihood fit by EM (Bock and Aitkin 1981): the chance that
// an item is right is the logistic function of its easiness plus its slope times the
// ability, which is standard normal.
type rasch struct {
	easiness []float64 // by item of the design; only those of the section
	slope    []float64 // the same
	info     []float64 // of each easiness, given the rest
	used     []int32
	sd       float64
	logL     float64
	cycles   int
	settled  bool
}

func fitRasch(d *Design, rows [][]uint32, may slopes) *rasch {
	f := &rasch{easiness: make([]float64, len(d.Items)), slope: make([]float64, len(d.Items)), info: make([]float64, len(d.Items)), sd: 1}
	n, right := make([]float64, len(d.Items)), make([]float64, len(d.Items))
	for _, row := range rows {
		for _, x := range row {
			n[x>>1]++
			right[x>>1] += float64(x & 1)
		}
	}
	for i := range n {
		if n[i] > 0 {
			f.used = append(f.used, int32(i))
			p := (right[i] + .5) / (n[i] + 1)
			f.easiness[i], f.slope[i] = math.Log(p/(1-p)), 1
		}
	}
	for f.cycles < raschMost && !f.settled {
		f.cycles++
		f.settled = f.cycle(rows, may)
	}
	return f
}

// perNode is a figure of each item of the design at each node of ability.
type perNode [][nodes]float64

// cycle is one of EM, and says whether it changed next to nothing.
func (f *rasch) cycle(rows [][]uint32, may slopes) bool {
	var ability, weight [nodes]float64
	whole := 0.0
	for k := range nodes {
		ability[k] = nodeStep * float64(k-nodes/2)
		weight[k] = math.Exp(-ability[k] * ability[k] / 2)
		whole += weight[k]
	}
	for k := range weight {
		weight[k] /= whole
	}
	n, right := f.expect(rows, &ability, &weight)
	changed := 0.0
	for range raschSteps {
		changed = max(changed, f.step(n, right, &ability, may))
	}
	return changed < raschTiny
}

// expect counts, by item and node, how many had the item and how many of them had it right,
// each candidate spread over the nodes as their answers let one believe; and notes how likely
// all answers are.
func (f *rasch) expect(rows [][]uint32, ability, weight *[nodes]float64) (n, right perNode) {
	n, right = make(perNode, len(f.easiness)), make(perNode, len(f.easiness))
	// The logarithm of a node's chance: of wrong answers, and how much more of a right one.
	wrong := make(perNode, len(f.easiness))
	for _, i := range f.used {
		for k := range nodes {
			wrong[i][k] = -math.Log1p(math.Exp(f.easiness[i] + f.slope[i]*ability[k]))
		}
	}
	f.logL = 0
	for _, row := range rows {
		var at [nodes]float64
		steep, sum := 0.0, 0.0
		for _, x := range row {
			i := x >> 1
			for k := range at {
				at[k] += wrong[i][k]
			}
			if x&1 == 1 {
				steep += f.slope[i]
				sum += f.easiness[i]
			}
		}
		most := math.Inf(-1)
		for k := range at {
			at[k] += sum + steep*ability[k]
			most = max(most, at[k])
		}
		total := 0.0
		for k := range at {
			at[k] = math.Exp(at[k]-most) * weight[k]
			total += at[k]
		}
		f.logL += most + math.Log(total)
		for k := range at {
			at[k] /= total
		}
		for _, x := range row {
			i := x >> 1
			for k := range at {
				n[i][k] += at[k]
			}
			if x&1 == 1 {
				for k := range at {
					right[i][k] += at[k]
				}
			}
		}
	}
	return n, right
}

// step is one of Newton's method towards the parameters that make these counts likeliest. It
// returns the largest change of one.
func (f *rasch) step(n, right perNode, ability *[nodes]float64, may slopes) (changed float64) {
	slope, curve := 0.0, 0.0
	for _, i := range f.used {
		up, info, own, bend, both := 0.0, 0.0, 0.0, 0.0, 0.0
		for k := range nodes {
			p := 1 / (1 + math.Exp(-f.easiness[i]-f.slope[i]*ability[k]))
			off, v := right[i][k]-n[i][k]*p, n[i][k]*p*(1-p)
			up, info = up+off, info+v
			own, bend, both = own+ability[k]*off, bend+ability[k]*ability[k]*v, both+ability[k]*v
		}
		slope, curve = slope+own, curve+bend
		f.info[i] = info
		step, turn := up/info, 0.0
		if det := info*bend - both*both; may == slopesOwn && det > 0 {
			step, turn = (bend*up-both*own)/det, (info*own-both*up)/det
		}
		if info > 0 && math.Abs(step) < 3 && math.Abs(turn) < 3 {
			f.easiness[i] += step
			f.slope[i] += turn
			changed = max(changed, math.Abs(step), math.Abs(turn))
		}
	}
	if may == slopesSame && curve > 0 {
		f.sd = max(1e-3, f.sd+slope/curve)
		changed = max(changed, math.Abs(slope/curve))
		for _, i := range f.used {
			f.slope[i] = f.sd
		}
	}
	return changed
}

// Fit adds difficulties by the Rasch model to a report of the same candidates. They are for
// linking and for judging fit only; no score is made from them.
func (p *Patterns) Fit(r *Report) {
	for s := range p.d.Sections {
		section := &r.Sections[s]
		if !p.d.Sections[s].Keyed || section.N < r.Limits.Correlation {
			continue
		}
		rows := p.rows(s)
		f, own, alone := fitRasch(p.d, rows, slopesSame), fitRasch(p.d, rows, slopesOwn), fitConditional(p.d, rows)
		section.Rasch = &RaschSection{given(true, f.sd), given(true, f.logL), f.cycles, f.settled}
		mean := 0.0
		for _, i := range f.used {
			mean += f.easiness[i] / float64(len(f.used))
		}
		for _, i := range f.used {
			it := &r.Items[i]
			many := it.N >= r.Limits.Correlation && it.right > 0 && it.right < it.N
			it.Rasch = &RaschItem{B: given(many, mean-f.easiness[i]), SE: given(many, 1/math.Sqrt(f.info[i])), A: given(many && own.settled, own.slope[i]/f.sd)}
			if alone != nil {
				it.Rasch.Conditional, it.Rasch.ConditionalSE = given(many, alone.difficulty[i]), given(many, alone.se[i])
			}
		}
	}
}
