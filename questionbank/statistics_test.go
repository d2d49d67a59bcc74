package questionbank

import (
	"slices"
	"strings"
	"testing"
)

const statisticsText = `item;version;responses;points;low_responses;low_points;middle_responses;middle_points;high_responses;high_points
S-00-E-000;1;1000;3000;200;400;500;1500;200;900
S-00-E-001;2;1000;4000;;;;;;
`

func TestStatisticsAreReadByColumn(t *testing.T) {
	s, faults := ParseStatistics("stat.csv", []byte("\xef\xbb\xbf"+statisticsText))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	want := Count{Version: 1, All: Sum{1000, 3000}, At: [abilities]Sum{{200, 400}, {500, 1500}, {200, 900}}}
	if got := s.items["S-00-E-000"]; got != want {
		t.Errorf("read %+v, want %+v", got, want)
	}
	b := madeUp(t, 1, 2, nil)
	if n := s.Stale(b); n != 1 {
		t.Errorf("%d items are stale, want the one of version 2", n)
	}
	if _, ok := s.of(&b.Questions()[1]); ok {
		t.Error("the responses to another version count")
	}
}

func TestStatisticsNameEveryFaultWithItsLine(t *testing.T) {
	for _, tt := range []struct{ old, new, what string }{
		{"item;", "butir;", "stat.csv:1: the column \"butir\" is not known"},
		{"version;", "", "there is no column version"},
		{"low_points", "low_responses", "stands twice"},
		{";3000;", ";3000.5;", `stat.csv:2: column points: "3000.5" is not one`},
		{";3000;", ";-1;", `column points: "-1"`},
		{"S-00-E-001;2", "S-00-E-000;2", `stat.csv:3: the item "S-00-E-000" is malformed or stands twice`},
		{"1000;4000", "1;4000", "stat.csv:3: 1 responses cannot have 4000 points"},
		{"S-00-E-001;2;1000;4000;;;;;;", "S-00-E-001;2", "stat.csv:3: the row cannot be read"},
	} {
		text := strings.Replace(statisticsText, tt.old, tt.new, 1)
		s, faults := ParseStatistics("stat.csv", []byte(text))
		if s != nil || !slices.ContainsFunc(faults, func(f Fault) bool { return strings.Contains(f.String(), tt.what) && f.Remedy != "" }) {
			t.Errorf("%q: %v, want %q", tt.new, faults, tt.what)
		}
	}
	if _, faults := ParseStatistics("stat.csv", nil); len(faults) != 1 {
		t.Errorf("an empty file: %v", faults)
	}
}

func FuzzParseStatistics(f *testing.F) {
	f.Add([]byte(statisticsText))
	f.Add([]byte("item,version,responses,points\nA,1,5,\"2\n"))
	b := madeUp(f, 1, 2, nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		s, faults := ParseStatistics("f", data)
		if (s == nil) == (len(faults) == 0) {
			t.Fatal("neither statistics nor faults, or both")
		}
		if s == nil {
			return
		}
		c := newCalibration(b, s)
		for i := range b.Questions() {
			q := &b.Questions()[i]
			// Blended, an item is worth something between its judgement and its data.
			if e := c.estimate(q); e.mean < 0 || e.err < 0 {
				t.Fatalf("%s is worth %+v", q.ID, e)
			}
		}
	})
}

func TestJudgementCountsForTenResponses(t *testing.T) {
	q := madeUp(t, 1, 1, nil).Questions()[2] // medium: 2.5 of 5 points
	if q.Band != Medium {
		t.Fatal(q.Band)
	}
	none := newCalibration(nil, nil)
	e := none.estimate(&q)
	if e.mean != 2500 || e.sure || e.responses != 0 {
		t.Errorf("a judged item is %+v", e)
	}
	if e.err < 700 || e.err > 800 { // 0.15 of 5 points
		t.Errorf("the judgement is off by %d thousandths of a point, want about 750", e.err)
	}
	if w := q.weight(2500); w != 10 {
		t.Errorf("a judgement counts for %d responses, want 10", w)
	}
	// Ten responses, all right: half way to five points.
	if got := blend(Sum{10, 50}, 2500, 10); got != 3750 {
		t.Errorf("10 right of 10 with a judgement of 2500: %d, want 3750", got)
	}
	if got := blend(Sum{1_000_000, 1_000_000}, 2500, 10); got != 1000 {
		t.Errorf("a million responses of 1 point: %d, want 1000", got)
	}
}

func TestAnItemIsTakenForItsNeighboursBeforeItsOwnResponses(t *testing.T) {
	b := madeUp(t, 1, 3, nil)
	stats := &Statistics{items: map[string]Count{}, hash: "x"}
	for _, id := range []string{"S-00-E-000", "S-00-E-001"} { // judged at 3.5, found at 1
		stats.items[id] = Count{Version: 1, All: Sum{1000, 1000}}
	}
	c := newCalibration(b, stats)
	q, _ := b.Question("S-00-E-002")
	if e := c.estimate(&q); e.mean < 1000 || e.mean > 1100 || e.responses != 0 {
		t.Errorf("an easy item beside hard ones is taken for %+v, want about 1000", e)
	}
	q, _ = b.Question("S-00-M-000")
	if e := c.estimate(&q); e.mean != 2500 {
		t.Errorf("an item of another band is taken for %d, want its judgement", e.mean)
	}
}
