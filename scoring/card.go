package scoring

import (
	"time"

	"terang/engine"
)

// Card is the running score of one attempt: a fold over the attempt's events, and over
// what its sitting says for all (Settle, Over). It holds what is true and, apart from
// it, what may be shown; which answers were given cannot be read out of it.
type Card struct {
	marking  *Marking
	bar      *Bar
	open     *Bar   // by which everybody may be told, see Exam.open
	slots    []slot // by position - 1, made at the first answer
	real     Points
	shown    Points
	answered int
	unripe   engine.Instant     // since when the oldest unsettled answer stands, engine.Never if there is none
	given    []givenAt          // annulled items on the form
	held     map[int]heldAnswer // by version of the Held, until it is decided
	present  bool
	started  bool
	finished bool
	over     bool // the sitting has ended
	dis      bool
	unfit    bool // turned away for papers or identity
	withdrew bool
	late     bool
	barred   bool // turned away for breaking a rule at the door
	doubted  bool // identity, undecided
}

// slot is one position of the form. 16 bytes: a hall of 20,000 holds 35 MB of them.
type slot struct {
	since   engine.Instant // when the option was chosen
	real    int16
	shown   int16
	option  byte // canonical, 0: no answer
	public  byte // the option that the public score counts
	settled bool // has entered the public score; from then on only the finish changes it
}

// give says which annulled items are on the form.
func (c *Card) give(places []Place) {
	c.given = nil
	for _, p := range places {
		if p.Q >= 1 && p.Q <= c.marking.Items() {
			c.given = append(c.given, givenAt{item: uint16(p.Item), q: uint16(p.Q)})
		}
	}
}

// givenAt is where an annulled item stands on the form.
type givenAt struct{ item, q uint16 }

type heldAnswer struct {
	q      int
	item   string
	option string
	at     engine.Instant
}

// NewCard is the card of an attempt before its first event.
func NewCard(m *Marking, bar *Bar) Card {
	return Card{marking: m, bar: bar, open: bar, unripe: engine.Never}
}

// Apply folds the event that is version n of the attempt's stream.
func (c *Card) Apply(n int, e *engine.Event) {
	switch e.Kind {
	case engine.CheckedIn:
		c.forgetAway()
		c.present = true
	case engine.TurnedAway:
		c.turnedAway(e.Why)
	case engine.DoubtRaised:
		c.doubted = true
	case engine.DoubtDecided:
		c.doubted = false
	case engine.Started:
		c.started = true
	case engine.Answered:
		c.answer(e.Q, e.Item, e.Option, e.At)
	case engine.Cleared:
		c.answer(e.Q, e.Item, "", e.At)
	case engine.Held:
		if c.held == nil {
			c.held = make(map[int]heldAnswer)
		}
		c.held[n] = heldAnswer{q: e.Q, item: e.Item, option: e.Option, at: e.At}
	case engine.HeldDecided:
		if h, ok := c.held[e.Ref]; ok && e.On {
			c.answer(h.q, h.item, h.option, h.at)
		}
		delete(c.held, e.Ref)
	case engine.Finished:
		c.finished = true
		c.showAll()
	case engine.Disqualified:
		c.dis = true
	case engine.Reopened:
		c.finished, c.dis = false, false
	case engine.Transferred, engine.Continued: // expected at another sitting, which says anew who came
		c.forgetAway()
		c.present, c.over = false, false
	case engine.Resat: // nothing of what was sat counts
		*c = Card{marking: c.marking, bar: c.bar, open: c.open, given: c.given, unripe: engine.Never}
	}
}

// forgetAway forgets why somebody was turned away before.
func (c *Card) forgetAway() { c.unfit, c.withdrew, c.late, c.barred = false, false, false, false }

func (c *Card) turnedAway(why string) {
	c.present = false
	switch why {
	case "papers", "identity":
		c.unfit = true
	case "withdrew":
		c.withdrew = true
	case "late":
		c.late = true
	case "disqualified":
		c.barred = true
	}
}

// answer lets the option stand at position q. A position outside the form is worth
// nothing: the journal cannot be refused, and a reader must not fall over it.
func (c *Card) answer(q int, item, option string, at engine.Instant) {
	if q < 1 || q > c.marking.Items() {
		return
	}
	if c.slots == nil {
		c.slots = make([]slot, c.marking.Items())
	}
	s := &c.slots[q-1]
	was, now := s.option, byte(0)
	if option != "" {
		now = option[0] // canonical ids are single letters
	}
	if was == now {
		return // the same again: it has stood all the while
	}
	points := int16(0)
	switch {
	case was == 0:
		c.answered++
	case now == 0:
		c.answered--
	}
	if now != 0 {
		points = int16(c.marking.Key[item][option])
	}
	c.real[c.marking.sections[q-1]] += points - s.real
	s.option, s.real, s.since = now, points, at
	if now != 0 && !s.settled {
		c.unripe = min(c.unripe, at)
	}
}

// Settle lets every answer enter the public score that has stood unchanged until the
// sitting's SettledTo. Only the record moves it, so every node shows the same.
func (c *Card) Settle(to engine.Instant) {
	ripe := to - engine.Instant(c.marking.Settle/time.Millisecond)
	if c.marking.Live != engine.LiveSettled || c.unripe > ripe {
		return
	}
	c.unripe = engine.Never
	for i := range c.slots {
		switch s := &c.slots[i]; {
		case s.settled || s.option == 0:
		case s.since <= ripe:
			s.settled = true
			c.show(i)
		default:
			c.unripe = min(c.unripe, s.since)
		}
	}
}

// Over says that the attempt's sitting has ended: who never came is absent.
func (c *Card) Over() { c.over = true }

func (c *Card) showAll() {
	for i := range c.slots {
		c.slots[i].settled = c.slots[i].settled || c.slots[i].option != 0
		c.show(i)
	}
	c.unripe = engine.Never
}

func (c *Card) show(i int) {
	s := &c.slots[i]
	c.shown[c.marking.sections[i]] += s.real - s.shown
	s.shown, s.public = s.real, s.option
}

// points are those by the key, after the annulments. The sums by the old key stay as they
// are, so that the old result can always be shown beside the new one.
func (c *Card) points(raw Points, option func(*slot) byte) Points {
	if len(c.given) == 0 {
		return raw
	}
	given := make([]Given, len(c.given))
	for n, g := range c.given {
		given[n].Item = int(g.item)
		if c.slots != nil {
			given[n].Option = option(&c.slots[g.q-1])
		}
	}
	return c.marking.annulled.Apply(raw, given)
}

func standing(s *slot) byte { return s.option }
func public(s *slot) byte   { return s.public }
