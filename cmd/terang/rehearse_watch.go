package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	"terang/cmd/terang/crowd"
)

const spreadBehind = "readers behind"

// How readers come.
const (
	slowOneIn     = 100                     // readers, at least one, never reads
	readersAtOnce = 500                     // that come in a second
	tickTime      = 1100 * time.Millisecond // of the boards, and a little
)

// watch measures the exam without readers and then with them, and how far behind they are.
func (p *performance) watch(ctx context.Context) error {
	p.begin("answering without readers")
	if err := p.rest(ctx, max(time.Second, p.For/2)); err != nil {
		return err
	}
	alone := p.log.Figures()
	reader, err := p.reader(ctx)
	if err != nil {
		return err
	}
	board, err := reader.board(ctx)
	if err != nil {
		return err
	}
	at := p.Target + "/api/v1/boards/" + board
	var house *boardServer
	if p.Board {
		if house, err = p.openBoard(ctx, board); err != nil {
			return err
		}
		defer house.kill()
		at = house.board()
	}
	readers := crowd.NewWatchers(at+"/events", p.log.Ahead)
	readers.Cookie, readers.Again = reader.cookie, p.Board
	slow := max(1, p.Watchers/slowOneIn)
	watchCtx, cancel := context.WithCancel(ctx)
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel()
	ramp := comeWithin(p.Watchers)
	reading.Go(func() { readers.Run(watchCtx, p.Watchers, slow, ramp) })
	p.say("readers come")
	p.until(ctx, ramp+p.within(seatLeast), func() bool { return readers.Opened() >= p.Watchers })
	if err := p.rest(ctx, tickTime); err != nil { // all have their first frame
		return err
	}
	p.begin("answering with readers")
	readers.Begin()
	askCtx, enough := context.WithCancel(watchCtx)
	defer enough()
	asking := &crowd.Snapshots{URL: at, Rate: p.Snapshots}
	if p.Snapshots > 0 {
		reading.Go(func() { asking.Run(askCtx) })
	}
	if err := p.rest(ctx, p.For); err != nil {
		return err
	}
	enough()
	readers.End(time.Now())
	with, f := p.log.Figures(), readers.Figures()
	p.variant = fmt.Sprintf("%d readers, %d of them never read", p.Watchers, slow)
	p.spreads = append(p.spreads, spread{Name: spreadBehind, Of: p.Watchers - slow, Came: min(f.Open, f.Told), P50: ms(f.P50), P99: ms(f.P99), Last: ms(f.Last)})
	ratio := math.Inf(1)
	if alone.P99 > 0 {
		ratio = float64(with.P99) / float64(alone.P99)
		p.p99Ratio = math.Round(100*ratio) / 100
	}
	a50, a99, w50, w99 := ms(alone.P50), ms(alone.P99), ms(with.P50), ms(with.P99)
	p.notes = append(p.notes,
		note{
			fmt.Sprintf("%d frames read; acknowledgements without readers p50 %s, p99 %s; with them p50 %s, p99 %s; ratio of p99 %.2f",
				f.Frames, long(a50), long(a99), long(w50), long(w99), ratio),
			fmt.Sprintf("%d bingkai papan dibaca. Jawaban tersimpan tanpa penonton: p50 %s, p99 %s; dengan penonton: p50 %s, p99 %s; nisbah p99 %s.",
				f.Frames, lama(a50), lama(a99), lama(w50), lama(w99), angka(ratio)),
		},
		note{
			fmt.Sprintf("of %d readers who never read the server had cut %d; %d streams were still open", f.Slow, f.SlowCut, f.Slow-f.SlowCut),
			fmt.Sprintf("Dari %d penonton yang tidak pernah membaca, server telah memutus %d; %d aliran masih terbuka.", f.Slow, f.SlowCut, f.Slow-f.SlowCut),
		})
	if p.Snapshots > 0 {
		p.snapshots(asking, p.For)
	}
	if house != nil {
		if err := p.cutBoard(ctx, house, readers); err != nil {
			return err
		}
	}
	if f.Cut > 0 {
		p.otherErrors += f.Cut
		p.others = append(p.others, fmt.Sprintf("readers who read lost their stream: %v", f.LastFault))
	}
	return nil
}

func (p *performance) watchLimits(o *outcome) []limit {
	l := append(p.paceLimits(o), o.spreadLimit(limitBehind, spreadBehind, p.Limits.Behind, p99)...)
	return append(l, p.boardLimits(o)...)
}

// comeWithin is how long so many readers take to come.
func comeWithin(readers int) time.Duration {
	return time.Duration(readers) * time.Second / readersAtOnce
}

// reader is who reads boards: those of a hired server's rehearsal are for its staff only.
func (p *performance) reader(ctx context.Context) (*officer, error) {
	if p.hired {
		return p.signIn(ctx)
	}
	return &officer{base: p.Target, client: &http.Client{Timeout: actWithin}}, nil
}

// board is the exam's own: the largest frames go there.
func (o *officer) board(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, actWithin)
	defer cancel()
	var list struct {
		Boards []struct {
			ID   string `json:"id"`
			Kind string `json:"kind"`
		} `json:"boards"`
	}
	if _, err := o.call(ctx, http.MethodGet, "/api/v1/boards", nil, &list); err != nil {
		return "", err
	}
	for _, b := range list.Boards {
		if b.Kind == "exam" {
			return b.ID, nil
		}
	}
	return "", fmt.Errorf("%s has no board of an exam", o.base)
}
