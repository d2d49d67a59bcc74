package rehearse

import (
	"fmt"
	"math"
	"strings"
)

// chart is the course of the acknowledgements, drawn without a library.
type chart struct {
	P50, P99 string // points of the lines
	LimitY   string // "" where there is no limit
	Grid     []gridLine
	Ticks    []gridTick
}

type gridLine struct{ Y, Label string }
type gridTick struct{ X, Label string }

// The chart's field in units of its picture.
const (
	chartLeft, chartRight = 56., 706.
	chartTop, chartFoot   = 10., 205.
)

// chart draws the seconds of the measurement; nil if there are too few for a line.
func (o *Outcome) chart(limit float64) *chart {
	if len(o.Course) < 2 {
		return nil
	}
	least, most, end := math.Inf(1), limit, 0.
	for _, s := range o.Course {
		least, most, end = min(least, max(s.P50, 0.01)), max(most, s.P99), max(end, s.At+1)
	}
	bottom, top := math.Floor(math.Log10(least)), math.Ceil(math.Log10(most))
	if top <= bottom {
		top = bottom + 1
	}
	x := func(at float64) string { return fmt.Sprintf("%.1f", chartLeft+(chartRight-chartLeft)*at/end) }
	y := func(ms float64) string {
		share := (math.Log10(max(ms, 0.01)) - bottom) / (top - bottom)
		return fmt.Sprintf("%.1f", chartFoot-(chartFoot-chartTop)*share)
	}
	c := &chart{}
	var p50, p99 []string
	for _, s := range o.Course {
		p50, p99 = append(p50, x(s.At+0.5)+","+y(s.P50)), append(p99, x(s.At+0.5)+","+y(s.P99))
	}
	c.P50, c.P99 = strings.Join(p50, " "), strings.Join(p99, " ")
	if limit > 0 {
		c.LimitY = y(limit)
	}
	for e := bottom; e <= top; e++ {
		c.Grid = append(c.Grid, gridLine{y(math.Pow(10, e)), lama(math.Pow(10, e))})
	}
	step := max(1, math.Ceil(end/10))
	for at := 0.; at <= end; at += step {
		c.Ticks = append(c.Ticks, gridTick{x(at), angka(at)})
	}
	return c
}
