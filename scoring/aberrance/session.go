package aberrance

import (
	"terang/engine"
	"terang/scoring/itemstats"
)

// Session is a candidate's record: what they did, in order, and with which result.
type Session struct {
	Steps   []Step
	Letters []byte // as displayed, by position; 0 for none
	// Apart: extra time or another accommodation. Times are not looked at.
	Apart bool
}

// Step is one act of a session.
type Step struct {
	At     engine.Instant
	Q      int
	Item   int32
	MS     int64   // time in view
	Chosen bool    // an option was chosen; a look otherwise
	Right  bool    // with all points
	Share  float64 // of the points possible
	Idle   int64   // milliseconds without any act before it, 0 if it was no pause
	last   bool    // the answer that stands
}

// NewSession reads a session from a finished sheet that was traced.
func NewSession(d *itemstats.Design, s *itemstats.Sheet, t *itemstats.Taken, apart bool) *Session {
	out := &Session{Letters: make([]byte, len(t.Items)), Apart: apart || s.ExtraTime}
	standing := make([]int, len(t.Items))
	for _, a := range s.Acts {
		item := t.Items[a.Q-1]
		step := Step{At: a.At, Q: a.Q, Item: item, MS: a.MS, Idle: a.Idle}
		if !a.Look && a.Option != 0 {
			points, most := d.Worth(item, a.Option)
			step.Chosen, step.Right, step.Share = true, points == most, float64(points)/float64(most)
			standing[a.Q-1] = len(out.Steps) + 1
			out.Letters[a.Q-1] = a.Letter
		} else if !a.Look {
			standing[a.Q-1], out.Letters[a.Q-1] = 0, 0
		}
		out.Steps = append(out.Steps, step)
	}
	for _, i := range standing {
		if i > 0 {
			out.Steps[i-1].last = true
		}
	}
	return out
}

// Finding is what an indicator says of one candidate, one pair or one room, in words for a
// supervisor: what was seen, what is usual, how often chance does it. It holds no score.
type Finding struct {
	Code     string         `json:"code"`
	From     engine.Instant `json:"from,omitempty"` // milliseconds since 1970, UTC
	To       engine.Instant `json:"to,omitempty"`
	ID       string         `json:"id"` // Indonesian
	EN       string         `json:"en"`
	Expected string         `json:"expected"` // what is usual, and how often chance does this, in English
	Usual    string         `json:"usual"`    // the same in Indonesian
	Chance   float64        `json:"chance,omitempty"`
}
