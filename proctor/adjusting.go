package proctor

import (
	"time"

	"terang/engine"
)

// NothingGiven is the word for an adjustment that takes everything back, where an empty one
// would say nothing.
const NothingGiven = "none"

// adjustmentOf is all that a candidate is given: by an act, or else as the roster says.
func adjustmentOf(a *engine.Attempt, p *Person) engine.Adjustment {
	if a.Adjust != nil {
		return *a.Adjust
	}
	return engine.Adjustment{Extra: time.Duration(p.ExtraMinutes) * time.Minute}
}
