package engine

import (
	"testing"
	"time"
)

// A pause of one candidate gives that candidate time which the others do not get. It counts for
// whoever made it, and never keeps the candidate from going on.
func TestAPauseOfOneCountsForWhoMadeIt(t *testing.T) {
	const at = start + 10_000
	pause := Command{Act: ActPause, By: "s", At: at, Why: "device"}
	resume := func(after time.Duration) Command {
		return Command{Act: ActResume, By: "s", At: at.Add(after)}
	}
	by := func(c Command, by, two string) Command {
		c.By, c.Two = by, two
		return c
	}
	credit := func(after time.Duration, ms int64) Command {
		return Command{Act: ActCredit, By: "s", At: at.Add(after), MS: ms, Why: "power"}
	}
	const limit = 15 * time.Minute // the default
	for name, c := range map[string]struct {
		does   []Command
		beyond bool // the pause
		more   bool // a second more takes two
	}{
		"as long as the limit":        {does: []Command{pause, resume(limit)}, more: true},
		"longer":                      {does: []Command{pause, resume(limit + time.Millisecond)}, beyond: true, more: true},
		"ended by another":            {does: []Command{pause, by(resume(2*limit), "o", "")}},
		"signed at its end":           {does: []Command{pause, by(resume(2*limit), "s", "o")}},
		"by two from the beginning":   {does: []Command{by(pause, "s", "o"), resume(2 * limit)}},
		"after a credit":              {does: []Command{credit(-1, 60_000), pause, resume(limit)}, beyond: true, more: true},
		"with a credit in it":         {does: []Command{pause, credit(time.Second, 60_000), resume(limit)}, beyond: true, more: true},
		"before a credit":             {does: []Command{pause, resume(limit / 2), credit(limit/2, 60_000)}},
		"after time that was taken":   {does: []Command{credit(-1, -60_000), pause, resume(limit + time.Minute)}, more: true},
		"after another's credit":      {does: []Command{by(credit(-1, 60_000), "o", ""), pause, resume(limit)}, more: true},
		"that goes on":                {does: []Command{pause}, beyond: true, more: true},
		"that a finish ends":          {does: []Command{pause, {Act: ActFinish, By: "s", At: at.Add(2 * limit)}}},
		"that a finish ended, undone": {does: []Command{pause, {Act: ActFinish, By: "s", At: at.Add(2 * limit)}, {Act: ActReopen, By: "s", Two: "o", At: at.Add(3 * limit)}, resume(4 * limit)}},
		"of a finish that one undoes": {does: []Command{{Act: ActFinish, By: "s", At: at}, {Act: ActReopen, By: "s", At: at.Add(limit)}, resume(3 * limit)}, beyond: true, more: true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			n := 0
			for _, does := range c.does {
				d.must(does)
				if k := d.last().Kind; k == Paused || k == Reopened {
					n = d.a.N
				}
			}
			now := at.Add(4 * limit)
			if got := d.a.StoppedBeyond(n, &d.terms.Policy, now); got != c.beyond {
				t.Errorf("beyond what one person may give: %v", got)
			}
			second := Event{Kind: TimeGiven, By: "s", At: now, MS: 1000}
			if got := d.a.TooMuchAlone(&second, &d.terms.Policy); got != c.more {
				t.Errorf("a second more takes two: %v", got)
			}
			if second.By = "another"; d.a.TooMuchAlone(&second, &d.terms.Policy) {
				t.Error("another has a limit of their own")
			}
		})
	}
}

// A move to another computer stops the clock until somebody signs in there. As far as it stood by
// that alone, it counts for who moved the candidate.
func TestAMoveCountsForWhoMadeItAsLongAsTheClockStoodByIt(t *testing.T) {
	const at = start + 10_000
	const limit = 15 * time.Minute
	move := func(by, two string, after time.Duration) Command {
		return Command{Act: ActMove, By: by, Two: two, At: at.Add(after), Why: "device", Seat: "A-9"}
	}
	act := func(what, by string, after time.Duration) Command {
		return Command{Act: what, By: by, At: at.Add(after), Why: "device"}
	}
	comes := func(after time.Duration) Command {
		return Command{Act: ActHello, At: at.Add(after), Device: "pc1", Session: "s2", Node: "n1"}
	}
	for name, c := range map[string]struct {
		does   []Command
		beyond bool // the first move
		more   bool // a second more takes two
	}{
		"as long as the limit":      {does: []Command{move("s", "", 0), comes(limit)}, more: true},
		"longer":                    {does: []Command{move("s", "", 0), comes(limit + time.Millisecond)}, beyond: true, more: true},
		"that goes on":              {does: []Command{move("s", "", 0)}, beyond: true, more: true},
		"by two":                    {does: []Command{move("s", "o", 0), comes(time.Hour)}},
		"of a paused candidate":     {does: []Command{act(ActPause, "o", 0), move("s", "", 1000), comes(time.Hour), act(ActResume, "o", time.Hour)}},
		"that outlasts the pause":   {does: []Command{act(ActPause, "o", 0), move("s", "", 1000), act(ActResume, "o", time.Hour), comes(time.Hour + limit + 1000*time.Millisecond)}, beyond: true, more: true},
		"made again by another":     {does: []Command{move("s", "", 0), move("o", "", limit/2), comes(limit)}},
		"that a finish ends":        {does: []Command{move("s", "", 0), act(ActFinish, "s", time.Hour)}},
		"a resumption is no end":    {does: []Command{move("s", "", 0), act(ActPause, "o", time.Second), act(ActResume, "p", time.Second), comes(time.Hour)}, beyond: true, more: true},
		"once more, each for short": {does: []Command{move("s", "", 0), comes(limit / 2), move("s", "", limit), comes(limit * 3 / 2)}, more: true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			n := 0
			for _, does := range c.does {
				if does.Act == ActHello {
					d.must(Command{Act: ActSignIn, At: does.At, Device: does.Device, Session: does.Session, Seat: "A-9"})
					does.Have = d.a.N
				}
				if d.must(does); n == 0 && d.last().Kind == DeviceMoved {
					n = d.a.N
				}
			}
			now := at.Add(2 * time.Hour)
			if got := d.a.StoppedBeyond(n, &d.terms.Policy, now); got != c.beyond {
				t.Errorf("beyond what one person may give: %v", got)
			}
			second := Event{Kind: TimeGiven, By: "s", At: now, MS: 1000}
			if got := d.a.TooMuchAlone(&second, &d.terms.Policy); got != c.more {
				t.Errorf("a second more takes two: %v", got)
			}
		})
	}
}

// A pause of the whole room is everybody's; one of a candidate that the room's end ends is not
// thereby somebody else's. A granted break is bounded by its grant.
func TestAPauseOfTheRoomIsNobodysGift(t *testing.T) {
	d := newDesk(t)
	turn := func(kind Kind, at Instant) {
		e := Event{Kind: kind, By: "o", At: at, From: at, To: at}
		d.terms.Sitting.Apply(&e, d.terms.Sitting.Hash)
		d.must(Command{Act: ActFollow, At: at, By: "engine"})
	}
	const long = time.Hour
	turn(SittingPaused, start+1000)
	room := d.a.N
	turn(SittingResumed, (start + 1000).Add(long))
	if d.a.State != Running || d.a.StoppedBeyond(room, &d.terms.Policy, d.a.At) {
		t.Errorf("%s, and the room's pause counts for somebody", d.a.State)
	}
	at := d.a.At + 1000
	d.must(Command{Act: ActPause, By: "s", At: at, Why: "device"})
	own := d.a.N
	turn(SittingPaused, at.Add(long))
	turn(SittingResumed, at.Add(long+time.Second))
	if d.a.State != Running || !d.a.StoppedBeyond(own, &d.terms.Policy, d.a.At) {
		t.Errorf("%s, and an hour of one candidate counts for nobody, for the room went on", d.a.State)
	}

	rest := newcomer(t)
	rest.must(Command{Act: ActAdjust, By: "ratna", Two: "bagus", At: start - 55_000, Form: "breaks=60"})
	rest.begins()
	rest.must(Command{Act: ActPause, By: "ratna", At: start + 10_000, Why: WhyBreak})
	n := rest.a.N
	rest.must(Command{Act: ActResume, By: "ratna", At: (start + 10_000).Add(time.Hour)})
	if rest.a.StoppedBeyond(n, &rest.terms.Policy, rest.a.At) {
		t.Error("a break that two granted counts for who called it")
	}
}

// What is taken back counts like what is taken, and the own credit that is taken back was none.
func TestWhatIsTakenBackAddsUp(t *testing.T) {
	d := newDesk(t)
	part := d.terms.Policy.CreditAloneMS / 5 * 3
	give := func(by, two string, ms int64) int {
		d.must(Command{Act: ActCredit, By: by, Two: two, At: start + 1000, MS: ms, Why: "power"})
		return d.a.N
	}
	back := func(ref int) error { return d.do(Command{Act: ActReverse, By: "s", At: start + 2000, Ref: ref}) }
	first, second, others := give("s", "o", part), give("s", "o", part), give("o", "", part)
	if err := back(first); err != nil {
		t.Fatal(err)
	}
	d.wants(back(second), SecondPerson)
	d.wants(back(others), SecondPerson)
	own := give("s", "", part) // and now the sum is nothing
	if err := back(others); err != nil {
		t.Error("what was given lets as much be taken:", err)
	}
	d.wants(back(own), SecondPerson)
	taken := NewAttempt(d.a.Stream)
	for _, r := range d.log {
		if err := taken.Fold(r); err != nil {
			t.Fatal(err)
		}
	}
	if less := (Event{Kind: TimeGiven, By: "s", At: d.a.At, MS: part}); taken.TooMuchAlone(&less, &d.terms.Policy) {
		t.Error("the journal gives another sum")
	}
	if err := d.do(Command{Act: ActReverse, By: "s", Two: "o", At: start + 3000, Ref: own}); err != nil {
		t.Error(err)
	}
	// What the own hand gave and took back leaves nothing.
	own = give("p", "", part)
	if err := d.do(Command{Act: ActReverse, By: "p", At: start + 4000, Ref: own}); err != nil {
		t.Error(err)
	}
	if less := (Event{Kind: TimeGiven, By: "p", At: d.a.At, MS: -part}); d.a.TooMuchAlone(&less, &d.terms.Policy) {
		t.Error("what was given and taken back counts twice")
	}
	// A long pause is not taken from under a candidate by one person, not even by who made it.
	d.must(Command{Act: ActPause, By: "p", At: start + 5000, Why: "device"})
	own = d.a.N
	d.must(Command{Act: ActResume, By: "p", At: (start + 5000).Add(time.Hour)})
	d.wants(d.do(Command{Act: ActReverse, By: "p", At: d.a.At, Ref: own}), SecondPerson)
}
