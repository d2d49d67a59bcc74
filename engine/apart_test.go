package engine

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// clocked is a journal of beats alone, whose server has a clock.
type clocked struct {
	Journal
	beats map[string]Instant
	off   time.Duration // of its clock
}

func (j *clocked) Beat(_ context.Context, node string, at Instant) (map[string]Instant, error) {
	before := make(map[string]Instant, len(j.beats))
	for node, at := range j.beats {
		before[node] = at
	}
	j.beats[node] = at
	return before, nil
}

func (j *clocked) Ahead(_ context.Context, now func() Instant) (time.Duration, error) {
	return now().Sub(InstantOf(time.Now())) - j.off, nil
}

// A node whose clock is not the others' takes nobody new while one lives whose clock is right. If it
// is nobody's, as when the clock of a machine that carries them all is set, all go on.
func TestANodeWhoseClockIsWrongSendsPeopleToOneWhoseIsRight(t *testing.T) {
	const set = 400 // ms by which the machine's clock was set since
	for _, c := range []struct {
		name string
		a, b Instant       // what the nodes' clocks are set by since their start
		off  time.Duration // of the journal's clock
		want string        // of the first
	}{
		{"all is well", 0, 0, 0, ""},
		{"set at one", set, 0, 0, "was set by 400ms"},
		{"set at the other", 0, set, 0, ""},
		{"set under both", set, set, set * time.Millisecond, ""},
		{"the journal's is wrong", 0, 0, time.Hour, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := &clocked{beats: map[string]Instant{}, off: c.off}
				open := func(name string, by Instant) *Hall {
					clock := NewClock()
					clock.wall -= by
					return NewHall(name, j, nil, clock, NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
				}
				a, b := open("a", c.a), open("b", c.b)
				for range 12 {
					a.beat()
					b.beat()
					time.Sleep(BeatEvery)
				}
				missing := strings.Join(a.Missing(), "; ")
				if (missing == "") != (c.want == "") || !strings.Contains(missing, c.want) {
					t.Errorf("a: %q, want %q", missing, c.want)
				}
				if missing != "" && len(b.Missing()) > 0 {
					t.Errorf("and nobody is left: %q", b.Missing())
				}
			})
		})
	}
}

// A node that was started with a wrong clock is as wrong as one whose clock was set since.
func TestANodeThatWasStartedWithAWrongClockIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		right := &clocked{beats: map[string]Instant{}}
		early := &clocked{beats: right.beats, off: -10 * time.Minute} // as one sees it whose own clock is fast
		a := NewHall("a", early, nil, NewClock(), NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
		b := NewHall("b", right, nil, NewClock(), NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
		for range 3 {
			a.beat()
			b.beat()
			time.Sleep(BeatEvery)
		}
		if missing := strings.Join(a.Missing(), "; "); !strings.Contains(missing, "10m0s ahead of the journal's") || len(b.Missing()) > 0 {
			t.Errorf("%q, and of the one whose clock is right %q", missing, b.Missing())
		}
	})
}

// A node that starts beside others finds out that it is not alone, and one that is alone does
// not wait for it.
func TestWhoStartsBesideOthersKnowsItSoon(t *testing.T) {
	for name, c := range map[string]struct{ beats, lately, want bool }{
		"one lives":        {true, true, true},
		"one was killed":   {false, true, false},
		"nobody lived":     {false, false, false},
		"one lived before": {true, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := &clocked{beats: map[string]Instant{"other": InstantOf(time.Now())}}
				h := NewHall("me", j, nil, NewClock(), NewMetrics(prometheus.NewRegistry()), slog.New(slog.DiscardHandler))
				h.beat()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				go func() {
					_ = Ticking(ctx, BeatEvery, func() {
						if c.beats {
							j.beats["other"] += Instant(BeatEvery.Milliseconds())
						}
						h.beat()
					})
				}()
				began := time.Now()
				if got := h.Accompanied(ctx, c.lately); got != c.want {
					t.Errorf("accompanied: %v", got)
				}
				if took := time.Since(began); !c.lately && took > 0 || took > 3*BeatEvery {
					t.Errorf("known after %v", took)
				}
			})
		})
	}
}
