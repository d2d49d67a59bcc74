package scoring

import "terang/engine"

// Codes of Face.Status. By it a candidate meets the thresholds or misses them; nobody has
// passed. Which code a list has for that, once one is decided, is Face.Announced.
const (
	Meets     = "meets"
	Misses    = "misses"
	StatusDIS = "DIS" // disqualified
	StatusTMS = "TMS" // ineligible
	StatusAPS = "APS" // withdrew
	StatusTH  = "TH"  // absent
	noStatus  = ""    // nothing may be said yet
)

// Face is a card as somebody may see it: the candidate (Private) or everybody (Public).
// It is a comparable value; two equal faces are one board row.
type Face struct {
	Points   Points // 0 while they are not Visible
	Visible  bool   // the points may be seen
	Status   string
	Answered int
	Working  bool
	Finished bool

	Announced *Announced // by the list that was released, which everybody is told; nil: no list names the result
}

// Private is the true score, whatever the board may show.
func (c *Card) Private() Face { return c.face(c.points(c.real, standing), c.started, c.bar) }

// Public is what a board may show under the exam's policy. Its status is by the thresholds
// that a board's head shows: by those of the own need it would, beside the scores, tell of
// some which need they applied for, and that is nobody's business (UU 27/2022: a need
// may be a fact of health).
func (c *Card) Public() Face {
	m := c.marking
	points := c.points(c.shown, public)
	if m.Live == engine.LiveInstant {
		points = c.points(c.real, standing)
	}
	return c.face(points, c.started && !m.Hidden && !c.waits() && (m.Live != engine.LiveProgress || c.finished), c.open)
}

// waits says that the result waits for a decision about an identity: whose is in doubt works
// on like everybody, and has no result before it is decided.
func (c *Card) waits() bool { return c.finished && c.doubted }

func (c *Card) face(points Points, visible bool, bar *Bar) Face {
	f := Face{
		Visible: visible, Answered: c.answered,
		Finished: c.finished || (c.dis && c.started),
		Working:  c.started && !c.finished && !c.dis,
	}
	if visible {
		f.Points = points
	}
	f.Status = c.status(&f, bar)
	return f
}

// status follows one order: DIS, TMS, APS, TH, then the thresholds.
func (c *Card) status(f *Face, bar *Bar) string {
	switch {
	case c.dis, c.barred:
		return StatusDIS
	case c.unfit:
		return StatusTMS
	case c.withdrew:
		return StatusAPS
	case !c.started && (c.late || (c.over && !c.present)):
		return StatusTH
	case !f.Visible:
		return noStatus
	case bar.Passed(&f.Points):
		return Meets
	}
	return Misses
}

// Shown is the status as everybody is told it: the code of the list that was released, and
// before there is one what the thresholds say.
func (f *Face) Shown() string {
	if f.Announced != nil {
		return f.Announced.Code
	}
	return f.Status
}

// Passed says whether the thresholds are met: those of the own need where a list has been
// released, and before that those by which everybody may be told.
func (f *Face) Passed() bool {
	if f.Announced != nil {
		return f.Announced.Passed
	}
	return f.Status == Meets
}

// Ranked says whether the face takes a place: its score is known and no code stands
// against it.
func (f *Face) Ranked() bool { return f.Visible && (f.Status == Meets || f.Status == Misses) }
