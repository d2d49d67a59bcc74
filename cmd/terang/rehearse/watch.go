package rehearse

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"time"

	"terang/cmd/terang/crowd"
	"terang/cmd/terang/process"
)

// SpreadBehind names how far readers are behind the board.
const SpreadBehind = "readers behind"

// How readers come.
const (
	slowOneIn     = 100                     // readers, at least one, never reads
	readersAtOnce = 500                     // that come in a second
	tickTime      = 1100 * time.Millisecond // of the boards, and a little
)

// watch measures the exam without readers and then with them, and how far behind they are.
func (p *performance) watch(ctx context.Context) error {
	p.begin("answering without readers")
	if err := p.rest(ctx, p.For); err != nil {
		return err
	}
	alone := p.log.Figures()
	officer, err := p.reader(ctx)
	if err != nil {
		return err
	}
	board, err := officer.Board(ctx)
	if err != nil {
		return err
	}
	at := p.Target + "/api/v1/boards/" + board
	house := new(boardServer)
	if p.Board {
		if house, err = p.openBoard(ctx, board); err != nil {
			return err
		}
		defer house.Kill()
		at = house.board()
	}
	audience, err := p.openReaders(ctx)
	if err != nil {
		return err
	}
	defer audience.close()
	p.gauges.have(func() time.Duration { return house.Processor() + audience.Processor() })
	slow, ramp := max(1, p.Watchers/slowOneIn), comeWithin(p.Watchers)
	p.say("readers come")
	audience.tell(readersOrder{Do: readersCome, URL: at, Cookie: officer.Cookie, Readers: p.Watchers, Slow: slow, Ramp: ramp, Again: p.Board, Snapshots: p.Snapshots})
	audience.until(ctx, ramp+p.within(seatLeast), func(r readersReport) bool { return r.Opened >= p.Watchers })
	if err := p.rest(ctx, tickTime); err != nil { // all have their first frame
		return err
	}
	p.begin("answering with readers")
	audience.tell(readersOrder{Do: readersBegin})
	spent := spending(
		spender{name: "exam server", nama: "server ujian", time: p.server.Processor}, spender{name: "crowd", nama: "peserta tiruan", time: process.OwnTime},
		spender{name: "board server", nama: "server papan", nice: process.BoardNice, time: house.Processor},
		spender{name: "readers", nama: "penonton", aside: true, time: audience.Processor})
	began := time.Now()
	if err := p.rest(ctx, p.For); err != nil {
		return err
	}
	with := p.log.Figures()
	used, said := spent.since(time.Since(began))
	seen := audience.tell(readersOrder{Do: readersEnd})
	p.used = used
	p.watched(slow, alone, with, seen.Watch)
	if said.Text != "" {
		p.notes = append(p.notes, said)
	}
	if p.Snapshots > 0 {
		p.snapshots(seen.Snapshots, p.For)
	}
	if p.Board {
		if err := p.cutBoard(ctx, house, audience); err != nil {
			return err
		}
	}
	if f := seen.Watch; f.Cut > 0 {
		p.otherErrors += f.Cut
		p.others = append(p.others, "readers who read lost their stream: "+f.Why)
	}
	return audience.fault
}

// watched tells what readers saw, and what became of the acknowledgements meanwhile.
func (p *performance) watched(slow int, alone, with crowd.Figures, f crowd.WatchFigures) {
	p.variant = fmt.Sprintf("%d readers, %d of them never read", p.Watchers, slow)
	p.spreads = append(p.spreads, Spread{Name: SpreadBehind, Of: p.Watchers - slow, Came: min(f.Open, f.Told), P50: ms(f.P50), P99: ms(f.P99), Last: ms(f.Last)})
	ratio := math.Inf(1)
	if alone.P99 > 0 {
		ratio = float64(with.P99) / float64(alone.P99)
		p.p99Ratio = math.Round(100*ratio) / 100
	}
	a50, a99, w50, w99 := ms(alone.P50), ms(alone.P99), ms(with.P50), ms(with.P99)
	p.notes = append(p.notes,
		Note{
			fmt.Sprintf("%d frames read; acknowledgements without readers p50 %s, p99 %s, of %d; with them p50 %s, p99 %s, of %d; ratio of p99 %.2f",
				f.Frames, Long(a50), Long(a99), alone.Acked, Long(w50), Long(w99), with.Acked, ratio),
			fmt.Sprintf("%d bingkai papan dibaca. Jawaban tersimpan tanpa penonton: p50 %s, p99 %s, dari %d; dengan penonton: p50 %s, p99 %s, dari %d; nisbah p99 %s.",
				f.Frames, lama(a50), lama(a99), alone.Acked, lama(w50), lama(w99), with.Acked, angka(ratio)),
		},
		Note{
			fmt.Sprintf("of %d readers who never read the server had cut %d; %d streams were still open", f.Slow, f.SlowCut, f.Slow-f.SlowCut),
			fmt.Sprintf("Dari %d penonton yang tidak pernah membaca, server telah memutus %d; %d aliran masih terbuka.", f.Slow, f.SlowCut, f.Slow-f.SlowCut),
		},
		Note{
			"readers had a process of their own, which runs on what others leave of the processors: in truth they are elsewhere",
			"Penonton berada di proses tersendiri yang hanya memakai sisa prosesor: sebenarnya mereka tidak di mesin ini.",
		})
}

func (p *performance) watchLimits(o *Outcome) []Limit {
	l := append(p.paceLimits(o), o.spreadLimit(limitBehind, SpreadBehind, p.Limits.Behind, p99)...)
	return append(l, p.boardLimits(o)...)
}

// comeWithin is how long so many readers take to come.
func comeWithin(readers int) time.Duration {
	return time.Duration(readers) * time.Second / readersAtOnce
}

// reader is who reads boards: those of a hired server's rehearsal are for its staff only.
func (p *performance) reader(ctx context.Context) (*crowd.Officer, error) {
	if p.hired {
		return p.signIn(ctx)
	}
	return &crowd.Officer{Base: p.Target, Client: &http.Client{Timeout: crowd.ActWithin}}, nil
}
