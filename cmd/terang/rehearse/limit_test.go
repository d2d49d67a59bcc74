package rehearse

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The report says the verdict in its reader's language, and asks nothing of a network.
func TestTheReportIsWholeInItself(t *testing.T) {
	lost := 3
	o := &Outcome{
		Profile: "reconnect", Candidates: 35, Verdict: NotReady, P99: 1234.5, Lost: &lost, Machine: machine{At: "2026-11-22T02:00:00Z", Processors: 2},
		Limits:     []Limit{atMost(limitLost, "", 0, 3), atMost(limitReturn, "s", 15, 4.25)},
		Spreads:    []Spread{newSpread(SpreadBack, 35, []time.Duration{time.Second})},
		Course:     []second{{At: 0, Acked: 9, P50: 2, P99: 8}, {At: 1, Acked: 9, P50: 2, P99: 900}},
		Reasons:    []string{"<script>alert(1)</script>"},
		Bottleneck: &bottleneck{Resource: ResourceJournal, Reached: true, AtS: 3.5, Figures: map[string]float64{"processors": 2}},
	}
	path := filepath.Join(t.TempDir(), "laporan.html")
	if err := o.report(path, &Cmd{For: 20 * time.Second, Rate: 1, Candidates: 35}); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"TIDAK SIAP", "22 November 2026", "Jawaban tersimpan yang hilang", "4,25 dtk", "1,23 dtk", "1 / 35", "jurnal (basis data), mulai detik ke-3,5", "<polyline"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	for _, never := range []string{"<script", "http://", "https://", "src=", "href=", "ZgotmplZ"} {
		if strings.Contains(string(page), never) {
			t.Errorf("the report holds %q", never)
		}
	}
}

// Who never came fails a limit on the last one, however soon the others came.
func TestWhoNeverComesFailsTheLimit(t *testing.T) {
	fast := []time.Duration{time.Millisecond, 2 * time.Millisecond}
	for _, c := range []struct {
		of   int
		most time.Duration
		pass bool
	}{{2, time.Second, true}, {3, time.Second, false}, {2, time.Millisecond, false}} {
		o := &Outcome{Spreads: []Spread{newSpread(SpreadBack, c.of, fast)}}
		l := o.spreadLimit(limitReturn, SpreadBack, c.most, last)
		if len(l) != 1 || l[0].Pass != c.pass {
			t.Errorf("%d of %d came, %v at most: %v", len(fast), c.of, c.most, l)
		}
	}
	if l := new(Outcome).spreadLimit(limitReturn, SpreadBack, time.Second, last); len(l) != 1 || l[0].Pass {
		t.Errorf("what was not measured at all: %v", l)
	}
}
