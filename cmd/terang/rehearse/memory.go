package rehearse

import (
	"context"
	"fmt"
	"math"
	"time"

	"terang/cmd/terang/process"
)

// memory is what a server holds for each connection, in bytes of its resident memory, and
// what a bare gorilla echo holds for each of as many.
type memory struct {
	Before    float64 `json:"before"`        // the server, before anybody has come
	Candidate float64 `json:"per_candidate"` // more, for each that has a seat, the form included
	Echo      float64 `json:"per_echo_socket"`
	Ratio     float64 `json:"ratio"`
}

// heldWithin bounds a collection of all that a process holds.
const heldWithin = 30 * time.Second

// held asks the process to give back what it does not use, and returns what is left: its
// resident memory in bytes.
func held(ctx context.Context, c *process.Child) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, heldWithin)
	defer cancel()
	g := newGauges(c.Base())
	before, err := g.readAtLast(ctx)
	if err != nil {
		return 0, err
	}
	if err := process.Tidy(c.Cmd.Process); err != nil {
		return 0, fmt.Errorf("ask %s what it holds: %w", c.Addr, err)
	}
	for {
		if err := process.Rest(ctx, 50*time.Millisecond); err != nil {
			return 0, fmt.Errorf("%s did not say within %v what it holds: %w", c.Addr, heldWithin, err)
		}
		r, err := g.readAtLast(ctx) // who collects all that it holds may not answer at once
		if err != nil {
			return 0, err
		}
		if r.names[process.TidiesName] > before.names[process.TidiesName] {
			return r.names["terang_process_resident_memory_bytes"], nil
		}
	}
}

// readAtLast reads until it is answered, or ctx ends.
func (g *gauges) readAtLast(ctx context.Context) (*reading, error) {
	for {
		r, err := g.read(ctx)
		if err == nil || process.Rest(ctx, 50*time.Millisecond) != nil {
			return r, err
		}
	}
}

// weighs says whether memory is compared: everybody sits, and nobody is in a hurry.
func (s *stage) weighs() bool { return s.Baseline && !s.hired && s.Profile == "steady" }

// weigh takes what the server holds while everybody sits.
func (p *performance) weigh(ctx context.Context) error {
	seated := p.log.Figures().Seated
	if !p.weighs() || seated == 0 {
		return nil
	}
	p.say("weighing")
	now, err := held(ctx, &p.server)
	if err != nil {
		return err
	}
	p.memory.Candidate = math.Round((now - p.memory.Before) / float64(seated))
	if p.memory.Echo > 0 {
		p.memory.Ratio = math.Round(100*p.memory.Candidate/p.memory.Echo) / 100
	}
	kilo := func(bytes float64) float64 { return math.Round(bytes/100) / 10 }
	p.notes = append(p.notes, Note{
		fmt.Sprintf("the server held %.0f MB before anybody came, and %.1f kB more for each who sits", p.memory.Before/1e6, kilo(p.memory.Candidate)),
		fmt.Sprintf("Memori server %.0f MB sebelum ada yang datang, dan %s kB lagi untuk setiap peserta yang duduk; satu soket echo kosong %s kB.",
			p.memory.Before/1e6, angka(kilo(p.memory.Candidate)), angka(kilo(p.memory.Echo))),
	})
	return nil
}
