package rehearse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"terang/cmd/terang/process"
)

// lookEvery is how often readers are asked how they are.
const lookEvery = 100 * time.Millisecond

// readers are the process of a rehearsal's readers, as the rehearsal sees it.
type readers struct {
	process.Child
	in      io.WriteCloser
	orders  *json.Encoder
	reports *json.Decoder
	ahead   func() time.Duration
	fault   error // of the first order that was not followed
	last    readersReport
}

// openReaders starts the process; it ends with ctx, or when it is closed.
func (p *performance) openReaders(ctx context.Context) (*readers, error) {
	r := &readers{Child: process.Child{Binary: p.Binary}, ahead: p.log.Ahead}
	cmd := exec.CommandContext(ctx, p.Binary, "readers") //nolint:gosec // our own binary
	cmd.Stderr = p.complaints()
	out, err := cmd.StdoutPipe()
	if err == nil {
		r.in, err = cmd.StdinPipe()
	}
	if err != nil {
		return nil, fmt.Errorf("start the readers: %w", err)
	}
	r.orders, r.reports = json.NewEncoder(r.in), json.NewDecoder(out)
	if err := r.Run(cmd); err != nil {
		return nil, fmt.Errorf("start the readers: %w", err)
	}
	return r, nil
}

// tell has them do something. After a fault they do nothing more, and what they saw last stands.
func (r *readers) tell(o readersOrder) readersReport {
	if r.fault != nil {
		return r.last
	}
	o.Ahead = r.ahead()
	var report readersReport
	err := r.orders.Encode(&o)
	if err == nil {
		err = r.reports.Decode(&report)
	}
	if err == nil && report.Fault != "" {
		err = errors.New(report.Fault)
	}
	if err != nil {
		r.fault = fmt.Errorf("the process of the readers, told to %s: %w", o.Do, err)
		return r.last
	}
	r.last = report
	return report
}

func (r *readers) look() readersReport { return r.tell(readersOrder{Do: readersLook}) }

// until looks until it is so, and says whether that was in time.
func (r *readers) until(ctx context.Context, within time.Duration, so func(readersReport) bool) bool {
	for end := time.Now().Add(within); !so(r.look()); {
		if r.fault != nil || time.Now().After(end) || process.Rest(ctx, lookEvery) != nil {
			return false
		}
	}
	return true
}

// close lets them go.
func (r *readers) close() {
	_ = r.in.Close()
	r.Kill()
}
