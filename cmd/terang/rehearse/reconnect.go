package rehearse

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// SpreadBack names how long candidates were away when all connections were lost at once.
const SpreadBack = "back in the seat"

// reconnect takes everybody's connection away at once, and measures until each is back:
// by a switch that loses its power, or with --kill by the server's death.
func (p *performance) reconnect(ctx context.Context) error {
	p.begin("answering")
	if err := p.rest(ctx, p.For/2); err != nil {
		return err
	}
	p.variant = "a switch is unplugged"
	back := p.watchReturn()
	lost := time.Now()
	gone := 0
	if p.Kill {
		p.variant = "the server is killed"
		p.say("starting the server again")
		gone = p.Candidates
		if err := p.restart(ctx); err != nil {
			return err
		}
		took := ms(time.Since(lost))
		p.notes = append(p.notes, Note{
			fmt.Sprintf("killed with -9; it served again after %s, returns are counted from the kill", Long(took)),
			fmt.Sprintf("Server dimatikan dengan -9 dan melayani lagi setelah %s; waktu kembali dihitung sejak server mati.", lama(took)),
		})
	} else {
		p.say("unplugged")
		for _, one := range p.crowd {
			if one.Unplug() {
				gone++
			}
		}
	}
	p.until(ctx, p.patience(p.Limits.Return), func() bool { return back.count() >= gone })
	p.spreads = append(p.spreads, newSpread(SpreadBack, gone, back.since(lost)))
	p.say("answering")
	return p.rest(ctx, p.For/2)
}

func (p *performance) returnLimits(o *Outcome) []Limit {
	return o.spreadLimit(limitReturn, SpreadBack, p.Limits.Return, last)
}

// watchReturn begins to note who is welcomed again.
func (p *performance) watchReturn() *returns {
	r := &returns{at: make(map[string]time.Time)}
	p.log.OnReturn(r.note)
	return r
}

// returns are the first welcomes after a loss.
type returns struct {
	mu sync.Mutex
	at map[string]time.Time
}

func (r *returns) note(number string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, before := r.at[number]; !before {
		r.at[number] = time.Now()
	}
}

func (r *returns) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.at)
}

// since are the times that the return took, the shortest first.
func (r *returns) since(lost time.Time) []time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []time.Duration
	for _, at := range r.at {
		all = append(all, at.Sub(lost))
	}
	slices.Sort(all)
	return all
}
