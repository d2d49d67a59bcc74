package questionbank

// What is known of an item's difficulty: the judgement of its band, blended with what
// candidates did. All in integers, so that a plan has one encoding.

const (
	// sureResponses is from how many responses on items are balanced at three abilities;
	// with fewer, the error of the curves is larger than what the balance gains.
	sureResponses = 500
	// sureAtAbility is the least for each of the three.
	sureAtAbility = 50

	// Standard deviation of true means within a judged band, in thousandths of an item's
	// maximum: 0.15 for right and wrong, 0.36 of 5 points for graded items.
	bandSpread       = 150
	bandSpreadGraded = 72
	// gradedVariance divides the variance of responses to graded items: they vary about a
	// quarter as much as all-or-nothing ones of the same mean.
	gradedVariance = 4
)

// estimate is what is known of one item.
type estimate struct {
	mean      int32 // expected points of the reference population, in thousandths
	at        curve // the same at abilities -1, 0 and +1; nought where nobody was counted
	err       int32 // standard error of mean, in thousandths
	responses int64
	sure      bool // at is good enough to balance on
}

// prior is what an item is taken for before its own responses: its band's value, moved to
// where the other items of its section, topic and band were found.
type prior struct {
	mean int32
	at   curve
}

type judged struct {
	section, topic string
	band           Band
	graded         bool
}

type calibration struct {
	stats  *Statistics
	priors map[judged]prior
}

func newCalibration(b *Bank, stats *Statistics) *calibration {
	c := &calibration{stats: stats, priors: make(map[judged]prior)}
	if stats == nil {
		return c
	}
	sums := make(map[judged]*Count)
	bands := make(map[judged]*Question)
	for i := range b.questions {
		q := &b.questions[i]
		n, ok := stats.of(q)
		if !ok {
			continue
		}
		if sums[q.judged()] == nil {
			sums[q.judged()], bands[q.judged()] = new(Count), q
		}
		sums[q.judged()].add(n)
	}
	for key, sum := range sums {
		q := bands[key]
		p := prior{mean: blend(sum.All, int32(q.expected()), q.weight(int32(q.expected())))}
		for a := range p.at {
			p.at[a] = blend(sum.At[a], p.mean, q.weight(p.mean))
		}
		c.priors[key] = p
	}
	return c
}

func (q *Question) judged() judged { return judged{q.Section, q.Topic, q.Band, q.graded()} }

func (c *calibration) estimate(q *Question) estimate {
	p, ok := c.priors[q.judged()]
	if !ok {
		p.mean = int32(q.expected())
	}
	n, _ := c.stats.of(q)
	weight := q.weight(p.mean)
	e := estimate{mean: blend(n.All, p.mean, weight), responses: n.All.Responses, sure: n.All.Responses >= sureResponses}
	for a := range e.at {
		e.at[a] = blend(n.At[a], p.at[a], q.weight(p.at[a]))
		e.sure = e.sure && n.At[a].Responses >= sureAtAbility
	}
	e.err = int32(root(q.variance(e.mean) / (n.All.Responses + weight + 1)))
	return e
}

// blend is (points + weight·prior) / (responses + weight), in thousandths of a point,
// rounded half up.
func blend(s Sum, prior int32, weight int64) int32 {
	n := s.Responses + weight
	return int32((2*(1000*s.Points+weight*int64(prior)) + n) / (2 * n))
}

// variance of one response to an item of this mean, in thousandths of a point squared:
// m(1-m) of the maximum squared.
func (q *Question) variance(mean int32) int64 {
	v := int64(mean) * max(int64(1000*q.most())-int64(mean), 0)
	if q.graded() {
		v /= gradedVariance
	}
	return v
}

// weight is how many responses the judgement counts for: the variance of one response over
// the variance of true means within a band, less one; about 10 for right and wrong. It is
// at least 1, so that an item that everybody or nobody solved keeps a prior.
func (q *Question) weight(mean int32) int64 {
	spread := int64(bandSpread * q.most())
	if q.graded() {
		spread = int64(bandSpreadGraded * q.most())
	}
	return max((2*q.variance(mean)+spread*spread)/(2*spread*spread)-1, 1)
}

// most is the points of the best option.
func (q *Question) most() int {
	most := 1
	for _, o := range q.Options {
		most = max(most, o.Value)
	}
	return most
}

// root is the whole part of the square root of a number that is not negative.
func root(n int64) int64 {
	r := int64(0)
	for bit := int64(1) << 31; bit > 0; bit >>= 1 {
		if t := r + bit; t <= n/t {
			r = t
		}
	}
	return r
}
