package rehearse

import (
	"context"
	"fmt"
	"time"

	"terang/cmd/terang/crowd"
)

// Names of what is measured beside acknowledgements, as the report translates them.
const (
	SpreadStart  = "start, after T"
	spreadAcked  = "first answer, until it is stored"
	SpreadFinish = "result, after deadline and grace"
)

// giveUp is how many times its limit a storm is waited for.
const giveUp = 5

func (p *performance) patience(limit time.Duration) time.Duration {
	return max(giveUp*limit, seatLeast)
}

// startAtOnce starts the sittings by a staff act while everybody waits, and measures from
// T until each has the key of the form, or the items.
func (p *performance) startAtOnce(ctx context.Context) error {
	p.variant = "sealed forms"
	if p.Unsealed {
		p.variant = "unsealed: items in the frame"
	}
	p.begin("starting")
	if err := p.startSittings(ctx, 0); err != nil {
		return err
	}
	p.until(ctx, p.patience(p.Limits.Start), func() bool { return p.log.Reached(crowd.Begun) >= p.Candidates })
	p.say("answering")
	if err := p.rest(ctx, p.For); err != nil {
		return err
	}
	delays, last, keys := p.log.Delays(crowd.Begun)
	first := p.log.FirstAcked()
	p.spreads = append(p.spreads, newSpread(SpreadStart, p.Candidates, delays), newSpread(spreadAcked, len(first), first))
	p.notes = append(p.notes, Note{
		fmt.Sprintf("from the first T to the last start %s; %d were sent a key, %d the items", Long(ms(last)), keys, len(delays)-keys),
		fmt.Sprintf("Dari T pertama sampai peserta terakhir mulai: %s; %d menerima kunci, %d menerima soal.", lama(ms(last)), keys, len(delays)-keys),
	})
	return nil
}

func (p *performance) startLimits(o *Outcome) []Limit {
	return o.spreadLimit(limitStart, SpreadStart, p.Limits.Start, last)
}

// finishAtOnce lets everybody's time run out at once, and measures from deadline and grace
// until each has been told the result.
func (p *performance) finishAtOnce(ctx context.Context) error {
	p.begin("starting")
	if err := p.startSittings(ctx, p.For); err != nil {
		return err
	}
	p.until(ctx, p.patience(p.Limits.Start), func() bool { return p.log.Reached(crowd.Begun) >= p.Candidates })
	if err := p.rest(ctx, p.For/4); err != nil { // the start is not what is measured here
		return err
	}
	p.begin("answering until the deadline")
	if err := p.rest(ctx, p.For-p.For/4); err != nil {
		return err
	}
	p.say("finishing")
	p.until(ctx, p.patience(p.Limits.Finish), func() bool { return p.log.Reached(crowd.Ended) >= p.Candidates })
	delays, last, _ := p.log.Delays(crowd.Ended)
	p.spreads = append(p.spreads, newSpread(SpreadFinish, p.Candidates, delays))
	p.notes = append(p.notes, Note{
		"from the first deadline and grace to the last result " + Long(ms(last)),
		"Dari batas waktu dan tenggang pertama sampai hasil terakhir: " + lama(ms(last)) + ".",
	})
	return nil
}

func (p *performance) finishLimits(o *Outcome) []Limit {
	return append(timeLimit(LimitP99, p.Limits.P99, o.P99), o.spreadLimit(limitFinish, SpreadFinish, p.Limits.Finish, last)...)
}
