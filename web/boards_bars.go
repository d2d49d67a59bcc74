package web

import "terang/scoring"

// shownBar is a bar of the distribution, in the units of the drawing.
type shownBar struct {
	scoring.Bin
	X, W           int
	MeetsY, MeetsH int
	NotY, NotH     int
	Total, TotalY  int
	Mid            int
	Label          bool
}

// The drawing: bars stand on a line, the highest has room for its count above.
const (
	barsWidth  = 280
	barsLeft   = 4
	barsGround = 98
	barsHeight = 78
	barsGap    = 4
)

// bars draws the distribution; nil if nobody takes a place.
func bars(bins []scoring.Bin) []shownBar {
	top := 0
	for _, b := range bins {
		top = max(top, b.Meets+b.Not)
	}
	if top == 0 {
		return nil
	}
	out := make([]shownBar, len(bins))
	for i, b := range bins {
		x := barsLeft + i*barsWidth/len(bins)
		total := b.Meets + b.Not
		meets, all := (2*b.Meets*barsHeight+top)/(2*top), (2*total*barsHeight+top)/(2*top)
		w := barsWidth/len(bins) - barsGap
		out[i] = shownBar{
			Bin: b, X: x, W: w, MeetsY: barsGround - meets, MeetsH: meets, NotY: barsGround - all, NotH: all - meets,
			Total: total, TotalY: barsGround - all - barsGap, Mid: x + w/2, Label: i%2 == 0,
		}
	}
	return out
}
