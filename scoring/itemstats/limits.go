package itemstats

// Limits say how many candidates a figure needs to be given, and from where an item is
// flagged. They are part of every report, so that a reader sees by which rule it was made.
type Limits struct {
	Cell        int64 `json:"cell"`        // smaller groups are not shown at all: people could be found in them
	Facility    int64 `json:"facility"`    // for facility, options, times
	Correlation int64 `json:"correlation"` // for correlations, D, alpha, SEM
	DIF         int64 `json:"dif"`         // in each group
	DIFAct      int64 `json:"dif_act"`     // in each group, to act on a class C

	Easy        float64 `json:"easy"`         // facility above
	Hard        float64 `json:"hard"`         // facility below, keyed items
	Weak        float64 `json:"weak"`         // item-rest correlation below
	Distractor  float64 `json:"distractor"`   // correlation of a wrong option from here on
	Idle        float64 `json:"idle"`         // an option that a smaller share chooses
	Z           float64 `json:"z"`            // how far beyond chance a flag must be, in standard errors
	Reversal    float64 `json:"reversal"`     // the same for options of a graded item that stand in the wrong order
	Drift       float64 `json:"drift"`        // shift of difficulty in ETS delta points against an earlier administration
	SMDModerate float64 `json:"smd_moderate"` // standardised mean difference, class B
	SMDLarge    float64 `json:"smd_large"`    // class C
}

// DefaultLimits are the least numbers at which the figures are worth reading: a facility
// within .10, a correlation within .07 (one standard error), and no class C by chance.
// Z is 2.58: of a thousand sound items some five cross such a line where they stand on it,
// and none where they stand well off.
func DefaultLimits() Limits {
	return Limits{
		Cell: 10, Facility: 100, Correlation: 200, DIF: 250, DIFAct: 500,
		Easy: .95, Hard: .20, Weak: .10, Distractor: .05, Idle: .02, Z: 2.58, Reversal: 3.29, Drift: 1.0, SMDModerate: .17, SMDLarge: .25,
	}
}
