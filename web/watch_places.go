package web

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/scoring/aberrance"
)

// pairFinding is P1 with whom it is about.
type pairFinding struct {
	aberrance.Finding
	Numbers [2]string `json:"numbers"`
	Seats   [2]string `json:"seats"`
}

// placeFinding is R1 with the place that it is about.
type placeFinding struct {
	aberrance.Finding
	Place   string `json:"place"`
	Seats   int    `json:"of_seats"`
	Flagged int    `json:"flagged"`
}

// neighbours compares a finished form with those of the seats beside it that have finished.
func (w *Watch) neighbours(ctx context.Context, e *watched, id string, r *record, mine *sat) error {
	room := e.sat[r.sitting]
	if room == nil {
		room = map[string]*sat{}
		e.sat[r.sitting] = room
	}
	room[id] = mine
	var faults error
	for other, theirs := range room {
		if other == id || !aberrance.Beside(mine.seat, theirs.seat) {
			continue
		}
		f, ok := aberrance.Neighbours(&mine.session, &theirs.session, e.options, w.rules)
		if !ok {
			continue
		}
		pair := []*sat{mine, theirs}
		slices.SortFunc(pair, func(a, b *sat) int { return strings.Compare(a.number, b.number) })
		faults = errors.Join(faults, w.server.desk.Flag(ctx, r.sitting, proctor.Found{
			Code: f.Code, Of: pair[0].number + "/" + pair[1].number, Seat: pair[0].seat, Rules: w.rules.Hash(),
			Finding: pairFinding{f, [2]string{pair[0].number, pair[1].number}, [2]string{pair[0].seat, pair[1].seat}},
		}))
	}
	return faults
}

// places looks at the rooms in which something was found since, and at their sites by day.
func (w *Watch) places(ctx context.Context) {
	for sitting := range w.dirty {
		delete(w.dirty, sitting)
		code, _, _ := cutSitting(sitting)
		x := w.server.exam(code)
		if x == nil {
			continue
		}
		if err := w.room(ctx, x, sitting); err != nil && ctx.Err() == nil {
			w.dirty[sitting] = true
			w.server.log.Warn("a room could not be looked at as a whole; the next try follows", "sitting", sitting, "error", err)
		}
	}
}

func (w *Watch) room(ctx context.Context, x *Exam, sitting string) error {
	_, code, _ := cutSitting(sitting)
	at := slices.IndexFunc(x.Def.Sittings, func(s engine.SittingDef) bool { return s.Code == code })
	if at < 0 {
		return nil
	}
	def := x.Def.Sittings[at]
	seats, flagged := w.tally(x, sitting)
	err := w.place(ctx, sitting, "sitting "+code+", room "+def.Room, seats, flagged)
	day := dayOf(x, def)
	host := ""
	seats, flagged = 0, 0
	for _, s := range x.Def.Sittings {
		if s.Site != def.Site || dayOf(x, s) != day {
			continue
		}
		if host == "" {
			host = x.Def.Code + "." + s.Code // the day's first sitting has the signals of its site
		}
		n, k := w.tally(x, x.Def.Code+"."+s.Code)
		seats, flagged = seats+n, flagged+k
	}
	return errors.Join(err, w.place(ctx, host, "site "+def.Site+" on "+day, seats, flagged))
}

func dayOf(x *Exam, s engine.SittingDef) string {
	at, err := x.Def.StartOf(s)
	if err != nil {
		return "" // checked when the exam was made
	}
	return at.Time().In(x.Def.Zone(s.Code)).Format(time.DateOnly)
}

// tally counts the candidates of a sitting who have started and whose times are looked at,
// and those of them whom an indicator of time names.
func (w *Watch) tally(x *Exam, sitting string) (seats, flagged int) {
	for _, l := range w.server.hall.Sitting(sitting).Members() {
		p, ok := l.Presence()
		person := x.Person(l.ID)
		if ok && p.Sitting == sitting && p.Ends != 0 && !apart(&person) && (p.State == engine.Running || p.State == engine.OnPause || p.State.Over()) {
			seats++
		}
	}
	return seats, len(w.server.desk.Flagged(sitting, "B1", "F1", "V1"))
}

func (w *Watch) place(ctx context.Context, sitting, name string, seats, flagged int) error {
	f, ok := aberrance.Room(seats, flagged, w.rules)
	if !ok {
		return nil
	}
	return w.server.desk.Flag(ctx, sitting, proctor.Found{
		Code: f.Code, Of: name, Rules: w.rules.Hash(), Finding: placeFinding{f, name, seats, flagged},
	})
}

// over goes through a sitting that has ended: with norms that hold its own forms each
// record is looked at once more, and those who came back are compared with their earlier
// scores, where this journal has them.
func (w *Watch) over(ctx context.Context, sitting string) error {
	code, _, _ := cutSitting(sitting)
	x := w.server.exam(code)
	if x == nil || w.server.hall.Sitting(sitting).State().Phase == engine.Sealed || w.server.hall.HomeOf(sitting) != "" {
		return nil
	}
	e, err := w.exam(x)
	if err != nil {
		return err
	}
	e.now(true)
	w.mu.Lock()
	for id := range e.sat[sitting] {
		w.line(engine.AttemptStream + id)
	}
	w.mu.Unlock()
	return w.jumps(ctx, x)
}

// jumps is J1 over everybody who has finished this exam and an earlier one.
func (w *Watch) jumps(ctx context.Context, x *Exam) error {
	before := map[string]float64{}
	for _, code := range x.Def.Earlier {
		y := w.server.exam(code)
		if y == nil {
			continue
		}
		for _, r := range w.folds.Results(y.Boards) {
			if n, ok := proctor.NormalNumber(y.people[r.Attempt].Number); ok && r.Finished {
				before[n] = float64(r.Verdict.Total)
			}
		}
	}
	if len(before) == 0 {
		return nil
	}
	var who []proctor.Person
	var back []aberrance.Return
	for _, r := range w.folds.Results(x.Boards) {
		p := x.people[r.Attempt]
		n, _ := proctor.NormalNumber(p.Number)
		if was, ok := before[n]; ok && r.Finished {
			who, back = append(who, p), append(back, aberrance.Return{Before: was, Now: float64(r.Verdict.Total)})
		}
	}
	var faults error
	for i, f := range aberrance.Jumps(back, w.rules) {
		faults = errors.Join(faults, w.flag(ctx, who[i].SittingID(), &who[i], who[i].Seat, f))
	}
	return faults
}
