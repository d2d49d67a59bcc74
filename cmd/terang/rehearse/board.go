package rehearse

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"terang/cmd/terang/crowd"
	"terang/cmd/terang/process"
)

const (
	spreadSnapshot = "snapshots"
	spreadResumed  = "readers back"
	boardShows     = 30 * time.Second // until a board server shows the board
	resumeWithin   = 60 * time.Second // until its readers are back, when it was killed
)

// boardServer is where readers read, when it is not the exam server itself.
type boardServer struct {
	process.Child
	from, dir string
	id        string // of the board that is read
	errs      *process.Warnings
}

// openBoard starts a board server beside the exam server, and waits for its board.
func (p *performance) openBoard(ctx context.Context, id string) (*boardServer, error) {
	b := &boardServer{Child: process.Child{Binary: p.Binary}, from: p.Target, dir: filepath.Join(p.dir, "board"), id: id, errs: p.complaints()}
	var err error
	if b.Addr, err = process.FreeAddress(ctx); err != nil {
		return nil, err
	}
	return b, b.serve(ctx)
}

func (b *boardServer) serve(ctx context.Context) error {
	if err := b.Start(ctx, b.errs, "board", "--from", b.from, "--data", b.dir); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, boardShows)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !process.Answers(ctx, b.board()) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.Kill()
			return fmt.Errorf("the board server does not show %s within %v", b.id, boardShows)
		}
	}
	return nil
}

func (b *boardServer) board() string { return b.Base() + "/api/v1/boards/" + b.id }

// cutBoard kills the board server and starts it again: its readers come back to where they
// were. Candidates answer meanwhile.
func (p *performance) cutBoard(ctx context.Context, b *boardServer, people *readers) error {
	p.say("the board server is killed and started again")
	before := people.look().Watch
	began := time.Now()
	b.Kill()
	if err := b.serve(ctx); err != nil {
		return err
	}
	people.until(ctx, resumeWithin, func(r readersReport) bool { return r.Watch.Back >= before.Open })
	last := ms(time.Since(began))
	if err := p.rest(ctx, tickTime); err != nil {
		return err
	}
	f := people.look().Watch
	p.spreads = append(p.spreads, Spread{Name: spreadResumed, Of: before.Open, Came: f.Back, P50: last, P99: last, Last: last})
	p.holes = f.Holes
	p.notes = append(p.notes, Note{
		fmt.Sprintf("the board server was killed and started again: %d of %d readers came back and went on, %d of them were told everything anew, %d holes", f.Back, before.Open, f.Resets, f.Holes),
		fmt.Sprintf("Server papan dimatikan paksa dan dinyalakan lagi: %d dari %d penonton kembali dan melanjutkan, %d di antaranya menerima seluruh papan lagi, %d lompatan data.", f.Back, before.Open, f.Resets, f.Holes),
	})
	return nil
}

// snapshots tells what readers without a stream were answered.
func (p *performance) snapshots(f crowd.SnapshotFigures, during time.Duration) {
	due := int(float64(p.Snapshots) * during.Seconds())
	p.spreads = append(p.spreads, Spread{Name: spreadSnapshot, Of: due, Came: min(due, f.Answered), P50: ms(f.P50), P99: ms(f.P99), Last: ms(f.P99)})
	perSecond := float64(f.Answered) / during.Seconds()
	p.notes = append(p.notes, Note{
		fmt.Sprintf("%.0f snapshots a second were answered, %d were due; p50 %s, p99 %s; %d faults, %d not asked for because too many were unanswered", perSecond, p.Snapshots, Long(ms(f.P50)), Long(ms(f.P99)), f.Faults, f.Missed),
		fmt.Sprintf("%.0f potret papan per detik dilayani dari %d yang diminta; p50 %s, p99 %s; %d gagal, %d tidak diminta karena terlalu banyak yang belum terjawab.", perSecond, p.Snapshots, lama(ms(f.P50)), lama(ms(f.P99)), f.Faults, f.Missed),
	})
	p.shareRead = float64(f.Answered) / float64(max(1, due))
	if f.Faults > 0 {
		p.otherErrors += f.Faults
		p.others = append(p.others, "snapshots of the board: "+f.Why)
	}
}

// boardLimits are those of a board server beside an exam.
func (p *performance) boardLimits(o *Outcome) []Limit {
	if !p.Board {
		return nil
	}
	l := []Limit{atMost(limitHoles, "", 0, float64(p.holes))}
	l = append(l, o.spreadLimit(limitResumed, spreadResumed, resumeWithin, last)...)
	if p.Snapshots > 0 && p.Limits.Share > 0 {
		l = append(l, atLeast(limitSnapshots, "", p.Limits.Share, float64(int(1000*p.shareRead))/1000))
	}
	if p.Limits.Watched > 0 {
		l = append(l, atMost(limitWatched, "", p.Limits.Watched, p.p99Ratio))
	}
	return l
}
