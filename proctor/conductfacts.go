package proctor

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"terang/engine"
)

// Facts are what the records so far come to.
func (c *Conduct) Facts(def *engine.Definition) *Facts {
	_, code, _ := strings.Cut(c.id, ".")
	s, room, _ := sittingOf(def, code)
	f := &Facts{
		Exam: def.Code, Sitting: code, Site: s.Site, Room: room.Code, Seats: room.Seats, Attendance: NewAttendance(),
		Late: []string{}, Away: []Turned{}, Disqualified: []Sentence{}, Reopened: []Sentence{}, Doubts: []DoubtRecord{}, Extra: []Addition{}, Credits: []Credit{},
		Stops: []Stop{}, Outages: []Outage{}, Moves: []Move{}, Elsewhere: []Elsewhere{}, Incidents: c.notes, Staff: []StaffActs{}, Records: c.records,
	}
	if f.Incidents == nil {
		f.Incidents = []Incident{}
	}
	planned := c.sitting.Planned
	if planned == 0 {
		planned, _ = def.StartOf(s) // checked when the definition was read
	}
	last := engine.Instant(0)
	devices := make(map[string]bool)
	log := []string{fmt.Sprintf("%s %d %s\n", c.sitting.Stream, c.sitting.N, c.sitting.Hash)}
	c.rooms(f)
	done := slices.Clone(c.acts)
	for _, a := range c.inOrder() {
		f.Elsewhere = append(f.Elsewhere, a.left...)
		f.Records += a.records
		done = append(done, a.acts...)
		if a.gone == engine.Transferred {
			continue // is registered there
		}
		f.Attendance.Add(ClassOf(a.fold), a.person.Number)
		a.into(f, def, c.sitting)
		if a.fold.Ledger.From != 0 {
			f.Began++
		}
		last = max(last, a.fold.FinishAt)
		maps.Copy(devices, a.devices)
		if a.fold.N > 0 {
			log = append(log, fmt.Sprintf("%s %d %s\n", a.fold.Stream, a.fold.N, a.fold.Hash))
		}
	}
	for _, n := range f.Incidents {
		f.InsecureLAN = f.InsecureLAN || n.Why == AlertInsecure
	}
	f.Devices = len(devices)
	f.Outages = outages(f.Credits)
	f.Times = Times{
		Planned: planned.String(), CheckinOpened: c.opened.String(), CheckinClosed: c.sitting.ClosedAt.String(), Started: c.sitting.StartedAt.String(),
		LastFinish: last.String(), Ended: c.sitting.EndedAt.String(),
	}
	f.Staff = staffOf(done)
	slices.Sort(log)
	sum := sha256.Sum256([]byte(strings.Join(log, "")))
	f.Log = hex.EncodeToString(sum[:])
	return f
}

// staffOf sums what was done by account.
func staffOf(done []deed) []StaffActs {
	sums := make(map[string]*StaffActs)
	of := func(user string) *StaffActs {
		if sums[user] == nil {
			sums[user] = &StaffActs{User: user, Acts: make(map[string]int)}
		}
		return sums[user]
	}
	for _, d := range done {
		of(d.by).Acts[d.act]++
		if d.two != "" {
			of(d.two).Second++
		}
	}
	all := []StaffActs{}
	for _, user := range slices.Sorted(maps.Keys(sums)) {
		all = append(all, *sums[user])
	}
	return all
}

func (c *Conduct) inOrder() []*conducted {
	all := slices.Collect(maps.Values(c.attempts))
	slices.SortFunc(all, func(a, b *conducted) int { return strings.Compare(a.person.Number, b.person.Number) })
	return all
}

// rooms are the pauses of the whole room.
func (c *Conduct) rooms(f *Facts) {
	for i, t := range c.sitting.Turns {
		if t.Kind != engine.SittingPaused {
			continue
		}
		s := Stop{What: "pause", From: t.At.String(), Why: t.Why, By: t.By}
		for _, next := range c.sitting.Turns[i+1:] {
			if next.Kind == engine.SittingResumed {
				s.To, s.MS = next.At.String(), int64(next.At-t.At)
				break
			}
		}
		f.Stops = append(f.Stops, s)
	}
}

// into adds one person's records to the facts.
func (a *conducted) into(f *Facts, def *engine.Definition, s *engine.Sitting) {
	number := a.person.Number
	if from := a.fold.Ledger.From; from > s.StartedAt && s.StartedAt != 0 && def.Policy.LateEntry != engine.LateFull {
		f.Late = append(f.Late, number)
	}
	f.Away, f.Disqualified, f.Reopened = append(f.Away, a.turned...), append(f.Disqualified, a.out...), append(f.Reopened, a.reopened...)
	f.Doubts, f.Credits, f.Moves = append(f.Doubts, a.doubts...), append(f.Credits, a.credits...), append(f.Moves, a.moves...)
	if a.began.Extra != 0 {
		f.Extra = append(f.Extra, Addition{Number: number, MS: a.began.Extra, What: "accommodation", Why: "accommodation", At: a.began.At.String()})
	}
	f.Extra = append(f.Extra, a.given...)
	for _, stop := range a.stops {
		stop.Beyond = stop.What != "reopened" && a.fold.StoppedBeyond(stop.n, &def.Policy, stop.to)
		f.Stops = append(f.Stops, stop)
	}
	f.Leaves += a.leaves
	f.LateAnswers += a.late
	f.Held.Counted, f.Held.Dropped, f.Held.Waiting = f.Held.Counted+a.held.Counted, f.Held.Dropped+a.held.Dropped, f.Held.Waiting+a.held.Waiting
}

// outages takes credits together that touch each other in time.
func outages(credits []Credit) []Outage {
	sorted := slices.Clone(credits)
	slices.SortStableFunc(sorted, func(a, b Credit) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	out := []Outage{}
	var who map[string]bool
	for _, c := range sorted {
		if c.MS <= 0 {
			continue
		}
		if k := len(out) - 1; k < 0 || c.From > out[k].To {
			out, who = append(out, Outage{From: c.From, To: c.To, Why: []string{}}), make(map[string]bool)
		}
		o := &out[len(out)-1]
		o.To, o.MS = max(o.To, c.To), o.MS+c.MS
		if !who[c.Number] {
			who[c.Number] = true
			o.People++
		}
		if !slices.Contains(o.Why, c.Why) {
			o.Why = append(o.Why, c.Why)
			slices.Sort(o.Why)
		}
	}
	return out
}
