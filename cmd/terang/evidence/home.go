package evidence

import (
	"math"
	"strings"

	"terang/engine"
	"terang/proctor"
)

// away is a time in which a site's journal was the home of a sitting. Who acted there was
// allowed what the accounts said that had come with the sitting: what the centre changed of
// them meanwhile, nobody at the site could know.
type away struct {
	sitting  string
	from, to engine.Pos // of the HandedOver, and of the record with which it came home
	known    engine.Pos // of the last record of accounts that the site had
}

// aways finds them. What is handed over and of which nothing has come has none: nobody acted.
func (v *evidence) aways() (all []away) {
	opened := make(map[string]int64) // by stream of a site's journal: how long the stream of accounts was
	for i := range v.recorded {
		if t := &v.recorded[i]; t.Event.Kind == engine.SiteOpened {
			opened[t.Record.Stream] = t.Event.MS
		}
	}
	last := make(map[string]int) // by sitting: the newest of all
	for i := range v.recorded {
		t := &v.recorded[i]
		sitting, is := strings.CutPrefix(t.Record.Stream, engine.SittingStream)
		if !is {
			continue
		}
		switch t.Event.Kind {
		case engine.HandedOver:
			n, held := opened[proctor.SiteStreamOf(sitting, t.Record.N)]
			if !held {
				continue
			}
			a := away{sitting: sitting, from: t.Record.Pos, to: math.MaxInt64}
			if 0 < n && n <= int64(len(v.staff)) {
				a.known = v.staff[n-1].Record.Pos
			}
			last[sitting] = len(all)
			all = append(all, a)
		case engine.TakenBack, engine.SittingClosed:
			if at, is := last[sitting]; is && all[at].to == math.MaxInt64 {
				all[at].to = t.Record.Pos
			}
		}
	}
	return all
}

// judgedAt is the position up to which accounts count for an act.
func judgedAt(d *done, all []away) engine.Pos {
	for i := range all {
		if a := &all[i]; a.sitting == d.sitting && a.from < d.pos && d.pos <= a.to && d.event.Kind != engine.TakenBack {
			return a.known + 1
		}
	}
	return d.pos
}
