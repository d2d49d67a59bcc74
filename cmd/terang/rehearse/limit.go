package rehearse

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// LimitFlags are the limits of a verdict that can be set; 0 sets none.
type LimitFlags struct {
	P99     time.Duration `name:"p99" default:"20ms" help:"Longest 99th percentile of acknowledgements, at the national rate of 2,700 a second for 80,000 candidates and at what is asked for here."`
	Share   float64       `name:"share" default:"0.9" help:"Least share of the acts that were due that must be stored."`
	Start   time.Duration `name:"start" default:"5s" help:"storm-start: until the last candidate has the key."`
	Finish  time.Duration `name:"finish" default:"2s" help:"storm-finish: from deadline and grace until the last candidate has the result."`
	Return  time.Duration `name:"return" default:"15s" help:"reconnect: until the last candidate is back."`
	Behind  time.Duration `name:"behind" default:"1s" help:"watchers: 99th percentile of how far readers are behind."`
	Watched float64       `name:"watched" default:"1.2" help:"watchers --board: 99th percentile of acknowledgements with readers, over that without."`
	Ratio   float64       `name:"ratio" default:"0" help:"Least ratio to the bare echo of --baseline."`
	Memory  float64       `name:"memory" default:"0" help:"steady: most memory of a candidate, over that of a socket of the bare echo of --baseline."`
}

// Limit is a line of the verdict.
type Limit struct {
	Name     string  `json:"name"`
	Unit     string  `json:"unit,omitempty"`
	Limit    float64 `json:"limit"`
	Least    bool    `json:"least,omitempty"` // the limit is the least that will do
	Measured float64 `json:"measured"`
	Pass     bool    `json:"pass"`
	Missing  bool    `json:"missing,omitempty"` // could not be measured, which is no pass
}

// Names of limits, as the report translates them.
const (
	LimitP99       = "p99 of acknowledgements"
	LimitShare     = "acts stored of those due"
	limitStart     = "last start after T"
	limitFinish    = "last result after deadline and grace"
	limitReturn    = "last candidate back"
	limitBehind    = "p99 behind of readers"
	limitWatched   = "p99 of acknowledgements with readers over without"
	limitHoles     = "frames missed by readers"
	limitResumed   = "last reader back after the board server was killed"
	limitSnapshots = "snapshots answered of those due"
	limitRatio     = "ratio to the bare echo"
	LimitMemory    = "memory of each over the bare echo's"
	limitErrors    = "errors"
	limitLost      = "lost"
	limitReadBack  = "candidates read back"
)

func atMost(name, unit string, most, measured float64) Limit {
	return Limit{Name: name, Unit: unit, Limit: most, Measured: measured, Pass: measured <= most}
}

func atLeast(name, unit string, least, measured float64) Limit {
	return Limit{Name: name, Unit: unit, Limit: least, Least: true, Measured: measured, Pass: measured >= least}
}

// missing is a limit whose figure could not be measured.
func (l Limit) missing() Limit {
	l.Missing, l.Pass = true, false
	return l
}

// timeLimit is a limit on a time; none if it is 0.
func timeLimit(name string, most time.Duration, measured float64) []Limit {
	switch {
	case most == 0:
		return nil
	case most < 5*time.Second && most%time.Second != 0:
		return []Limit{atMost(name, "ms", ms(most), measured)}
	}
	return []Limit{atMost(name, "s", most.Seconds(), math.Round(measured)/1000)}
}

// spreadLimit is a limit on the last, or another figure, of a spread: who has not come
// fails it.
func (o *Outcome) spreadLimit(name, of string, most time.Duration, figure func(*Spread) float64) []Limit {
	for i := range o.Spreads {
		if s := &o.Spreads[i]; s.Name == of {
			l := timeLimit(name, most, figure(s))
			if len(l) > 0 && s.Came < s.Of {
				l[0] = l[0].missing()
				o.Reasons = append(o.Reasons, fmt.Sprintf("%s: %d of %d came", s.Name, s.Came, s.Of))
			}
			return l
		}
	}
	if l := timeLimit(name, most, 0); len(l) > 0 {
		return []Limit{l[0].missing()}
	}
	return nil
}

func last(s *Spread) float64 { return s.Last }
func p99(s *Spread) float64  { return s.P99 }

// paceLimits are those of a crowd that answers at its own pace.
func (p *performance) paceLimits(o *Outcome) []Limit {
	l := timeLimit(LimitP99, p.Limits.P99, o.P99)
	if p.Limits.Share > 0 {
		f := p.log.Figures()
		l = append(l, atLeast(LimitShare, "", p.Limits.Share, math.Round(1000*float64(f.Landed)/float64(max(1, f.Due)))/1000))
	}
	if o.Memory != nil && p.Limits.Memory > 0 {
		l = append(l, atMost(LimitMemory, "", p.Limits.Memory, o.Memory.Ratio))
	}
	return append(l, p.ratioLimits(o)...)
}

func (p *performance) ratioLimits(o *Outcome) []Limit {
	if p.Limits.Ratio == 0 || !p.Baseline {
		return nil
	}
	return []Limit{atLeast(limitRatio, "", p.Limits.Ratio, o.Ratio)}
}

// decide holds the outcome against the limits of its profile and those of all.
func (o *Outcome) decide(p *performance) {
	o.Limits = p.profile.limits(p, o)
	o.Limits = append(o.Limits, atMost(limitErrors, "", 0, float64(o.Errors)))
	lost := atMost(limitLost, "", 0, 0)
	if o.Lost == nil {
		lost = lost.missing()
		o.Reasons = append(o.Reasons, "nothing could be read back, so nobody knows whether anything was lost")
	} else {
		lost = atMost(limitLost, "", 0, float64(*o.Lost))
	}
	o.Limits = append(o.Limits, lost, atLeast(limitReadBack, "", float64(p.readBack), float64(o.ReadBack)))
	for _, l := range o.Limits {
		if !l.Pass {
			o.Reasons = append(o.Reasons, l.String())
		}
	}
	o.Verdict = Ready
	if len(o.Reasons) > 0 {
		o.Verdict = NotReady
	}
	o.Bottleneck = p.bottleneck(o)
}

// String says what was measured, and against which limit.
func (l Limit) String() string {
	return fmt.Sprintf("%s: %s, the limit is %s", l.Name, l.measured(), l.bound())
}

func (l Limit) bound() string {
	if l.Least {
		return "at least " + l.figure(l.Limit)
	}
	return l.figure(l.Limit)
}

func (l Limit) measured() string {
	if l.Missing {
		return "not all"
	}
	return l.figure(l.Measured)
}

func (l Limit) figure(v float64) string {
	return strings.TrimSpace(number(v) + " " + l.Unit)
}

// number writes a figure without digits that say nothing.
func number(v float64) string {
	text := fmt.Sprintf("%.3f", v)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}
