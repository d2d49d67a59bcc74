package rehearse

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"terang/engine"
)

// How often the progress is told to a terminal, and to anything else.
const (
	barEvery  = 200 * time.Millisecond
	lineEvery = 5 * time.Second
)

// say names what is being done.
func (p *performance) say(what string) {
	p.doing.Store(&what)
	if !p.terminal() {
		fmt.Fprintln(p.Errs, what)
	}
}

func (p *performance) terminal() bool {
	f, ok := p.Errs.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// expected is about how long the rehearsal takes.
func (p *performance) expected() time.Duration {
	d := p.Ramp + p.For + landWithin
	if p.Profile == "watchers" {
		d += p.For/2 + comeWithin(p.Watchers)
	}
	return d
}

// progress tells on stderr how far the rehearsal is.
func (p *performance) progress(ctx context.Context) error {
	terminal := p.terminal()
	began := time.Now()
	tell := func() {
		f := p.log.Figures()
		doing := ""
		if d := p.doing.Load(); d != nil {
			doing = *d
		}
		refused := 0
		for _, n := range f.Refused {
			refused += n
		}
		line := fmt.Sprintf("%4s  %d of %d sit, %d stored, p99 %s, %d refused", time.Since(began).Round(time.Second), f.Seated, p.Candidates, f.Acked, Long(ms(f.P99)), refused)
		if !terminal {
			fmt.Fprintf(p.Errs, "%s: %s\n", doing, line)
			return
		}
		part := min(1, float64(time.Since(began))/float64(p.expected()))
		const width = 24
		full := int(part * width)
		fmt.Fprintf(p.Errs, "\r\x1b[K[%s%s] %s: %s", strings.Repeat("#", full), strings.Repeat(".", width-full), doing, line)
	}
	every := lineEvery
	if terminal {
		every = barEvery
		defer fmt.Fprint(p.Errs, "\r\x1b[K")
	}
	return engine.Ticking(ctx, every, tell)
}
