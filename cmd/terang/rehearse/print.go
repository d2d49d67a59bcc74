package rehearse

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"terang/cmd/terang/crowd"
)

// Spread is how long something took those to whom it happened, in milliseconds.
type Spread struct {
	Name string  `json:"name"`
	Of   int     `json:"of"` // to how many it should have happened
	Came int     `json:"came"`
	P50  float64 `json:"p50_ms"`
	P99  float64 `json:"p99_ms"`
	Last float64 `json:"last_ms"`
}

// Note is something worth knowing beside the figures, in the language of the command line
// and in that of the report.
type Note struct {
	Text string `json:"text"`
	Teks string `json:"teks"`
}

// newSpread takes times in order, the shortest first.
func newSpread(name string, of int, sorted []time.Duration) Spread {
	s := Spread{Name: name, Of: of, Came: len(sorted)}
	if n := len(sorted); n > 0 {
		at := func(q float64) float64 { return ms(sorted[min(n-1, int(math.Ceil(q*float64(n)))-1)]) }
		s.P50, s.P99, s.Last = at(0.5), at(0.99), ms(sorted[n-1])
	}
	return s
}

// take fills in what the crowd saw.
func (o *Outcome) take(p *performance) {
	f := p.log.Figures()
	o.Variant, o.Spreads, o.Notes, o.P99Ratio, o.Used = p.variant, p.spreads, p.notes, p.p99Ratio, p.used
	o.AckedPerS, o.P50, o.P99, o.Longest = round(f.PerSecond), ms(f.P50), ms(f.P99), ms(f.Longest)
	for _, s := range p.log.Course() {
		o.Course = append(o.Course, second{At: s.At.Seconds(), Acked: s.Acked, P50: ms(s.P50), P99: ms(s.P99), Max: ms(s.Max)})
	}
	refused := 0
	for _, n := range f.Refused {
		refused += n
	}
	turned := 0
	for _, n := range f.Away {
		turned += n
	}
	absent := p.Candidates - f.Seated
	o.Errors = refused + turned + f.Faults + len(p.failed) + absent + p.unanswered + p.otherErrors
	if o.Errors > 0 {
		why := ""
		for _, part := range []struct {
			n    int
			what string
			more any
		}{
			{refused, "refused", f.Refused}, {turned, "turned away", f.Away}, {f.Faults, "saw what no page should see", f.Noticed},
			{len(p.failed), "gave up", errors.Join(firstOf(p.failed)...)}, {absent, "never sat down", ""}, {p.unanswered, "got no answer", ""},
			{p.otherErrors, "other", p.others},
		} {
			if part.n > 0 {
				why += fmt.Sprintf(" %d %s %v;", part.n, part.what, part.more)
			}
		}
		o.Reasons = append(o.Reasons, "errors:"+why[:len(why)-1])
	}
	if f.Answers > 0 || f.Compared > 0 {
		o.Lost = &f.Differ
	}
	o.ReadBack = f.Compared
	o.Notes = append(o.Notes, Note{
		fmt.Sprintf("read back over the wire: %d acknowledged operations of %d candidates, %d shown otherwise", f.Answers, f.Compared, f.Differ),
		fmt.Sprintf("Dibaca kembali lewat jaringan: %d operasi yang telah dinyatakan tersimpan, dari %d peserta; %d tampil berbeda.", f.Answers, f.Compared, f.Differ),
	})
}

func firstOf(errs []error) []error { return errs[:min(3, len(errs))] }

// beside puts the baseline next to it.
func (o *Outcome) beside(before, after crowd.Figures) {
	o.EchoPerS = round((before.PerSecond + after.PerSecond) / 2)
	o.EchoP50, o.EchoP99 = ms((before.P50+after.P50)/2), ms((before.P99+after.P99)/2)
	if o.EchoPerS > 0 {
		o.Ratio = math.Round(100*o.AckedPerS/o.EchoPerS) / 100
	}
}

func ms(d time.Duration) float64 { return math.Round(float64(d.Microseconds())/10) / 100 }

func round(f float64) float64 { return math.Round(10*f) / 10 }

// print shows the figures, then each limit beside what was measured.
func (o *Outcome) print(w io.Writer) error {
	p := &Printer{W: w}
	p.Line("%s%s, %d candidates", o.Profile, o.variant(), o.Candidates)
	echo := func(format string, v float64) string {
		if o.EchoPerS == 0 {
			return ""
		}
		return fmt.Sprintf(format, v)
	}
	if o.EchoPerS > 0 {
		p.row("", "measured", "bare echo")
	}
	p.row("acknowledged a second", fmt.Sprintf("%.0f", o.AckedPerS), echo("%.0f", o.EchoPerS))
	if o.EchoPerS > 0 {
		p.row("ratio to the echo", fmt.Sprintf("%.2f", o.Ratio), "")
	}
	if e, bare := o.Effort, o.EchoEffort; e != nil && bare != nil {
		p.row("processor time: server", fmt.Sprintf("%.1f µs", e.Server), fmt.Sprintf("%.1f µs", bare.Server))
		p.row("processor time: crowd", fmt.Sprintf("%.1f µs", e.Crowd), fmt.Sprintf("%.1f µs", bare.Crowd))
	}
	if m := o.Memory; m != nil {
		p.row("memory of each", fmt.Sprintf("%.1f kB", m.Candidate/1000), fmt.Sprintf("%.1f kB", m.Echo/1000))
		p.row("ratio to the echo", fmt.Sprintf("%.2f", m.Ratio), "")
	}
	p.row("p50", Long(o.P50), echo("%.2f ms", o.EchoP50))
	p.row("p99", Long(o.P99), echo("%.2f ms", o.EchoP99))
	p.row("longest", Long(o.Longest), "")
	for _, s := range o.Spreads {
		p.Line("  %s, %d of %d: p50 %s, p99 %s, last %s", s.Name, s.Came, s.Of, Long(s.P50), Long(s.P99), Long(s.Last))
	}
	for _, n := range o.Notes {
		p.Line("  %s", n.Text)
	}
	p.Line("")
	p.Line("  %-38s %18s %14s", "limit", "", "measured")
	for _, l := range o.Limits {
		p.Line("  %-38s %18s %14s  %s", l.Name, l.bound(), l.measured(), map[bool]string{true: "pass", false: "FAIL"}[l.Pass])
	}
	if b := o.Bottleneck; b != nil {
		p.Line("")
		p.Line("  bottleneck: %s", b.Text)
		p.Line("  %s", b.load())
	}
	p.Line("")
	p.Line("  %s", o.Verdict)
	return p.Err
}

func (o *Outcome) variant() string {
	if o.Variant == "" {
		return ""
	}
	return " (" + o.Variant + ")"
}

// Long writes milliseconds as people read them.
func Long(ms float64) string {
	if ms >= 1000 {
		return strconv.FormatFloat(ms/1000, 'f', 2, 64) + " s"
	}
	return strconv.FormatFloat(ms, 'f', 2, 64) + " ms"
}

// Printer writes lines until one fails.
type Printer struct {
	W   io.Writer
	Err error
}

// Line prints a line. After the first error it does nothing, and Err tells.
func (p *Printer) Line(format string, args ...any) {
	if p.Err == nil {
		_, p.Err = fmt.Fprintf(p.W, format+"\n", args...)
	}
}

func (p *Printer) row(cells ...any) { p.Line("  %-22s %14s %14s", cells...) }

// median of what is not sorted yet.
func median(d []time.Duration) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[len(d)/2]
}
