package rehearse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"terang/cmd/terang/output"
	"terang/cmd/terang/process"
	"terang/cmd/terang/usage"
)

// Cmd is terang rehearse.
type Cmd struct {
	Profile     string        `default:"steady" help:"steady: everybody answers at --rate. max: everybody answers as soon as the last answer is stored. storm-start: all wait, and start at once. storm-finish: everybody's deadline comes at once. watchers: boards are read while a crowd answers. reconnect: all connections are lost at once."`
	Candidates  int           `default:"1000" help:"Simulated candidates."`
	For         time.Duration `default:"20s" help:"How long to measure, once everybody sits."`
	Rate        float64       `help:"Acts a second of each candidate, on average. Default: 1 under steady and max, else one in 30 s."`
	Ramp        time.Duration `help:"Seat the crowd over this time; 0: as fast as it goes."`
	Unsealed    bool          `help:"storm-start, storm-finish: pages that cannot open sealed forms get the items at the start."`
	Watchers    int           `default:"10000" help:"watchers: readers of the board; at most what descriptors allow."`
	Board       bool          `help:"watchers: readers read a board server beside the exam server (terang board), which is killed and started again at the end."`
	Snapshots   int           `help:"watchers: requests a second for a snapshot of the board, beside the readers of its events."`
	Kill        bool          `help:"reconnect: kill the server with -9 and start it again, instead of unplugging the crowd."`
	Baseline    bool          `help:"Measure a bare echo server on this machine too, before and after."`
	JSON        string        `help:"Write the figures to this file." name:"json" placeholder:"FILE" type:"path"`
	Report      string        `help:"Write a report for people to this file, to be read or printed." placeholder:"FILE.html" type:"path"`
	Journal     string        `help:"Journal of the server that is started for the rehearsal, or with --target of that server, to be judged. Default: a temporary file." placeholder:"sqlite:FILE"`
	Keys        string        `help:"Key file of --journal; default as with serve." type:"path"`
	Store       string        `default:"memory" help:"Session store of the server that is started."`
	Target      string        `help:"Rehearse on this server instead of starting one. Its exam must be a rehearsal." placeholder:"URL"`
	Credentials string        `help:"Whom to simulate on --target: the file that exam create --sample --credentials wrote. The storms check people in with its administrator's account." type:"path"`
	Limits      LimitFlags    `embed:"" prefix:"limit-"`

	Binary string    `kong:"-"` // that servers are started from; "": this one
	Out    io.Writer `kong:"-"`
	Errs   io.Writer `kong:"-"` // progress, and what servers complain of
}

// Outcome is what a rehearsal says, as --json writes it.
type Outcome struct {
	Profile    string      `json:"profile"`
	Variant    string      `json:"variant,omitempty"`
	Candidates int         `json:"candidates"`
	AckedPerS  float64     `json:"acked_per_s"`
	P50        float64     `json:"p50_ms"`
	P99        float64     `json:"p99_ms"`
	Longest    float64     `json:"longest_ms"`
	Errors     int         `json:"errors"`
	Lost       *int        `json:"lost"` // null: nothing was acknowledged that could be read back
	ReadBack   int         `json:"read_back"`
	Verdict    string      `json:"verdict"`
	Reasons    []string    `json:"reasons,omitempty"`
	Limits     []Limit     `json:"limits"`
	Spreads    []Spread    `json:"spreads,omitempty"`
	Notes      []Note      `json:"notes,omitempty"`
	Bottleneck *bottleneck `json:"bottleneck,omitempty"`
	EchoPerS   float64     `json:"echo_per_s,omitempty"`
	EchoP50    float64     `json:"echo_p50_ms,omitempty"`
	EchoP99    float64     `json:"echo_p99_ms,omitempty"`
	Ratio      float64     `json:"ratio,omitempty"`
	Memory     *memory     `json:"memory,omitempty"`
	Effort     *effort     `json:"effort,omitempty"`
	EchoEffort *effort     `json:"echo_effort,omitempty"`
	P99Ratio   float64     `json:"p99_ratio,omitempty"`  // watchers: with readers over without
	Used       []used      `json:"processors,omitempty"` // watchers: while they read
	Course     []second    `json:"course,omitempty"`
	Machine    machine     `json:"machine"`
}

// second is one second of the measured time.
type second struct {
	At    float64 `json:"at_s"`
	Acked int     `json:"acked"`
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
	Max   float64 `json:"max_ms"`
}

// Verdicts.
const (
	Ready    = "SIAP"
	NotReady = "TIDAK SIAP"
)

// Run rehearses, prints the figures and writes them to --json and --report. Exit code 1
// when the verdict is not SIAP.
func (c *Cmd) Run(ctx context.Context) error {
	// Neither the crowd nor the echo's client is to be collected while it measures.
	process.CollectSeldom()
	c.Out, c.Errs = os.Stdout, os.Stderr
	o, err := c.Rehearse(ctx)
	if err != nil {
		return err
	}
	if c.JSON != "" {
		if err := output.Public(c.JSON, output.JSON(o)); err != nil {
			return fmt.Errorf("--json: %w", err)
		}
	}
	if c.Report != "" {
		if err := o.report(c.Report, c); err != nil {
			return fmt.Errorf("--report: %w", err)
		}
	}
	if o.Verdict != Ready {
		return errors.New(NotReady + ": " + strings.Join(o.Reasons, "; "))
	}
	return nil
}

func (c *Cmd) validate() error {
	p, names := c.profile()
	switch {
	case p == nil:
		return usage.Errorf("--profile %q: write one of %s", c.Profile, names)
	case c.Candidates < 1 || c.Candidates > 19_000:
		return usage.Errorf("--candidates %d: between 1 and 19000", c.Candidates)
	case c.For < time.Second || c.For > time.Hour:
		return usage.Errorf("--for %v: between 1s and 1h", c.For)
	case c.Rate < 0 || c.Rate > 100:
		return usage.Errorf("--rate %v: more than 0 and at most 100", c.Rate)
	case c.Ramp < 0 || c.Ramp > time.Hour:
		return usage.Errorf("--ramp %v: between 0 and 1h", c.Ramp)
	case (c.Target == "") != (c.Credentials == ""):
		return usage.Errorf("--target and --credentials go together")
	case c.Target != "" && c.Kill:
		return usage.Errorf("--kill is for a server of the rehearsal's own: leave --target out")
	case (c.Board || c.Snapshots != 0) && c.Profile != "watchers":
		return usage.Errorf("--board and --snapshots are for --profile watchers")
	case c.Board && c.Target != "":
		return usage.Errorf("--board is beside a server of the rehearsal's own: leave --target out. The boards of a rehearsal are not public")
	case c.Snapshots < 0 || c.Snapshots > 20_000:
		return usage.Errorf("--snapshots %d: between 0 and 20000 a second", c.Snapshots)
	case c.Profile == "watchers" && c.Watchers < 1:
		return usage.Errorf("--watchers %d: at least 1", c.Watchers)
	}
	if c.Rate == 0 {
		c.Rate = p.rate
	}
	return nil
}

// Rehearse measures. Everything that it started has ended when it returns.
func (c *Cmd) Rehearse(ctx context.Context) (_ *Outcome, err error) {
	if c.Errs == nil {
		c.Errs = io.Discard
	}
	if err := c.validate(); err != nil {
		return nil, err
	}
	if err := c.descriptors(); err != nil {
		return nil, err
	}
	if c.Binary == "" {
		if c.Binary, err = os.Executable(); err != nil {
			return nil, fmt.Errorf("find this command's file: %w", err)
		}
	}
	dir, err := os.MkdirTemp("", "terang-rehearse-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	stage := &stage{Cmd: c, dir: dir}
	defer stage.strike()
	if err := stage.build(ctx); err != nil {
		return nil, err
	}
	if stage.weighs() {
		if stage.memory.Before, err = held(ctx, &stage.server); err != nil {
			return nil, err
		}
	}
	o := &Outcome{Profile: c.Profile, Candidates: c.Candidates, Machine: thisMachine(time.Now(), c)}
	echo, err := stage.echo(ctx)
	if err != nil {
		return nil, err
	}
	p, err := stage.perform(ctx)
	if err != nil {
		return nil, err
	}
	o.take(p)
	if stage.weighs() {
		o.Memory = &stage.memory
	}
	stage.judge(ctx, p, o)
	if after, err := stage.echo(ctx); err != nil {
		o.Notes = append(o.Notes, Note{err.Error(), "Pembanding (echo) yang kedua tidak dapat diukur."})
	} else if c.Baseline {
		o.beside(echo, after)
		o.Effort, o.EchoEffort = p.effort(), new(stage.bare.mean())
	}
	o.decide(p)
	return o, o.print(c.Out)
}
