package scoring

import "terang/engine"

// Rescoring is annulments made ready for boards that are open: what needs forms to be
// drawn again has been done, aside, so that taking over is one short step.
type Rescoring struct {
	Annulled *Annulled
	Rescored Rescored
	Epoch    engine.Pos         // of the record that decided
	Given    map[string][]Place // by attempt; who is not in it had none of the items
}

// Rescore takes annulments over. The records that were folded stay as they are; only what
// is made of them changes, for all rows at once: the next Tick publishes every board
// under a new epoch, and no reader sees a row of the one beside a row of the other.
func (b *Boards) Rescore(r *Rescoring) {
	b.marking.annulled, b.exam.Annulled, b.exam.Rescored = r.Annulled, r.Annulled, r.Rescored
	for attempt, i := range b.byAttempt {
		b.seats[i].card.give(r.Given[attempt])
	}
	b.renew(r.Epoch, r.Rescored.At)
}

// renew publishes all rows anew under an epoch.
func (b *Boards) renew(epoch engine.Pos, at engine.Instant) {
	b.exam.Epoch, b.applied = max(b.exam.Epoch, epoch), max(b.applied, epoch)
	for i := range b.seats {
		b.refresh(int32(i), at)
		b.seats[i].changed = max(b.seats[i].changed, epoch)
	}
	for _, d := range b.list {
		d.epoch = max(d.epoch, epoch)
		d.touch(max(d.changed, epoch), at)
	}
	if b.awaited <= epoch {
		b.awaited = 0
		b.freeze()
	}
}

// Results are those of the exam's people as they are in truth, whatever boards may
// show: for lists, exports and explanations, never for a public page.
func (b *Boards) Results() []Result {
	out := make([]Result, len(b.seats))
	for attempt, i := range b.byAttempt {
		out[i] = b.result(attempt, i)
	}
	return out
}

// Result is one person's, false if the exam has no such attempt; as Results.
func (b *Boards) Result(attempt string) (Result, bool) {
	i, ok := b.byAttempt[attempt]
	if !ok {
		return Result{}, false
	}
	return b.result(attempt, i), true
}

func (b *Boards) result(attempt string, i int32) Result {
	s := &b.seats[i]
	r := Result{
		Attempt: attempt, Number: s.number, Name: s.name, Formation: s.formation, Sitting: s.sitting.Code, Site: s.sitting.Site,
		Face: s.card.Private(), Raw: s.card.real, Bar: s.bar, Had: len(s.card.given) > 0, Held: s.card.waits(),
	}
	if s.listed != nil {
		r.Announced = b.announced(s)
	}
	r.Verdict = s.bar.Decide(&r.Points)
	return r
}

// Result is one person's.
type Result struct {
	Attempt, Number, Name, Formation, Sitting, Site string // number and name as boards show them
	Face                                                   // after all annulments
	Raw                                             Points // by the key alone
	Verdict                                         Verdict
	Bar                                             *Bar
	Had                                             bool // an annulled item
	Held                                            bool // until it is decided whose it is
}

// Change is what annulments do to one person.
type Change struct {
	Attempt           string
	Number, Formation string // the number as boards show it
	Had               bool
	Before, After     Face
	RankBefore        int // among all of the exam who take a place, 0 if none
	RankAfter         int
}

// Crosses says whether the thresholds are met by one and missed by the other.
func (c *Change) Crosses() bool { return c.Before.Status != c.After.Status }

// Preview tells what a rescoring would do, and does nothing.
func (b *Boards) Preview(r *Rescoring) []Change {
	out := make([]Change, len(b.seats))
	was := b.marking.annulled
	look := func(face func(*Change) *Face, rank func(*Change) *int) {
		var all []Standing
		for i := range b.seats {
			f := face(&out[i])
			if *f = b.seats[i].card.Private(); f.Ranked() {
				all = append(all, Standing{Key: b.marking.ranking.Pack(&f.Points), Who: uint32(i)})
			}
		}
		Rank(all)
		for _, s := range all {
			*rank(&out[s.Who]) = int(s.Rank)
		}
	}
	look(func(c *Change) *Face { return &c.Before }, func(c *Change) *int { return &c.RankBefore })
	old := make([][]givenAt, len(b.seats))
	for attempt, i := range b.byAttempt {
		old[i] = b.seats[i].card.given
		b.seats[i].card.give(r.Given[attempt])
		out[i].Attempt, out[i].Number, out[i].Formation, out[i].Had = attempt, b.seats[i].number, b.seats[i].formation, len(b.seats[i].card.given) > 0
	}
	b.marking.annulled = r.Annulled
	look(func(c *Change) *Face { return &c.After }, func(c *Change) *int { return &c.RankAfter })
	b.marking.annulled = was
	for i := range b.seats {
		b.seats[i].card.given = old[i]
	}
	return out
}
