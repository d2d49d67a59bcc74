package engine

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// gaps are the intervals of some kinds of event, joined where they meet: no instant is in two.
func (d *desk) gaps(kinds ...Kind) []Part {
	var l Ledger
	var told time.Duration
	for _, r := range d.log {
		e, err := Decode(r.Body)
		if err != nil {
			d.t.Fatal(err)
		}
		if slices.Contains(kinds, e.Kind) {
			told += e.To.Sub(e.From)
			l.closed("gap", e.From, e.To, "", 0)
		}
	}
	joined := l.union()
	if sum := length(joined); sum != told {
		d.t.Fatalf("%v of %s, in which are %v", told, kinds, sum)
	}
	for i := range joined {
		joined[i] = Part{From: joined[i].From, To: joined[i].To}
	}
	return joined
}

func length(parts []Part) (sum time.Duration) {
	for _, p := range parts {
		sum += p.To.Sub(p.From)
	}
	return sum
}

// step is what happens to an attempt whose page is away. A hello is one whose welcome never came.
type step struct {
	act string
	at  Instant
}

// away is an attempt whose page was heard last at an instant, and which then goes through the
// steps, with the unseen hellos among them or without.
func away(t testing.TB, policy Policy, heard Instant, steps []step, back Instant, hellos bool) *desk {
	d := newDesk(t)
	d.terms.Policy = policy
	d.heard = heard
	have := d.a.N
	for _, s := range steps {
		switch {
		case s.act != ActHello:
			_ = d.do(Command{Act: s.act, At: s.at, By: "s", Why: "device"})
		case hellos:
			d.helloThat(s.at, have)
		}
	}
	again := NewAttempt(d.a.Stream) // the welcome may come from another node, which knows the journal alone
	for _, r := range d.log {
		if err := again.Fold(r); err != nil {
			t.Fatal(err)
		}
	}
	d.a = again
	d.helloThat(back, have)
	d.gaps(GapCredited, CreditAsked)
	return d
}

// A network may bring hellos to the server and no welcome back. However many there were, the
// candidate saw no item: what is given, asked of a supervisor and left is what it is without them.
func TestHellosWhoseWelcomeNeverCameChangeNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		policy := DefaultPolicy()
		policy.HoldMS = 3_600_000
		policy.CoverMS = rapid.SampledFrom([]int64{0, 4_000, 30_000}).Draw(rt, "cover")
		policy.AutoCreditMS = rapid.SampledFrom([]int64{0, 10_000, 60_000, 900_000}).Draw(rt, "auto")
		heard := start + Instant(rapid.IntRange(0, 105_000).Draw(rt, "heard"))
		now := heard
		var steps []step
		acts := []string{ActHello, ActHello, ActHello, ActSilent, ActDeadline, ActPause, ActResume}
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			now += Instant(rapid.IntRange(0, 20_000).Draw(rt, "wait"))
			act := rapid.SampledFrom(acts).Draw(rt, "act")
			if act == ActDeadline && now.Sub(heard) < DownAfter {
				continue // no gap is open yet, unless a hello has had a part of it asked for
			}
			steps = append(steps, step{act, now})
		}
		now += Instant(rapid.IntRange(0, 60_000).Draw(rt, "wait"))
		with, without := away(t, policy, heard, steps, now, true), away(t, policy, heard, steps, now, false)
		for _, kind := range []Kind{GapCredited, CreditAsked} {
			if got, want := with.gaps(kind), without.gaps(kind); !slices.Equal(got, want) {
				rt.Fatalf("%s of %v, without those hellos %v", kind, got, want)
			}
		}
		same := func(when string) {
			a, b := with.a, without.a
			if a.State != b.State || a.Deadline() != b.Deadline() || a.Credited != b.Credited || a.Ledger.Left(now) != b.Ledger.Left(now) {
				rt.Fatalf("%s: %s until %s, %v credited; without those hellos %s until %s, %v", when, a.State, a.Deadline(), a.Credited, b.State, b.Deadline(), b.Credited)
			}
		}
		same("at the welcome")
		for _, d := range []*desk{with, without} {
			for d.a.Undecided() {
				d.must(Command{Act: ActDecideCredit, At: now, By: "s", Ref: onlyAsked(d.a), On: true})
			}
		}
		same("when what was asked is granted")
	})
}

// Whoever was heard since the hello before has seen its welcome, whatever the page says: nobody
// gets a second more by saying that nothing was seen.
func TestAPageThatWasHeardHasSeenItsWelcome(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		honest, lying := newDesk(t), newDesk(t)
		honest.heard, lying.heard = start-1_000, start-1_000
		now := start
		for range rapid.IntRange(1, 8).Draw(rt, "hellos") {
			now += Instant(rapid.IntRange(0, 60_000).Draw(rt, "away"))
			honest.helloThat(now, honest.a.N)
			lying.helloThat(now, 1)
			now += Instant(rapid.IntRange(1, 10_000).Draw(rt, "wait"))
			answers, noted := rapid.Bool().Draw(rt, "answers"), rapid.Bool().Draw(rt, "noted")
			for _, d := range []*desk{honest, lying} {
				if answers {
					_ = d.do(Command{Act: ActAnswer, At: now, Op: op(), Q: 1, C: "a", Gen: d.a.Gen})
				}
				if d.a.SpokeAt != now || noted { // another node knows of the answer alone
					d.heard = now
				}
			}
		}
		if a, b := honest.a, lying.a; a.Deadline() != b.Deadline() || a.Credited != b.Credited || a.N != b.N || a.BoundSince != b.BoundSince {
			rt.Fatalf("until %s, %v credited; who lies until %s, %v", a.Deadline(), a.Credited, b.Deadline(), b.Credited)
		}
	})
}

// What the page sees is its own: a hello from another computer, after a release too, says nothing
// of the page before, and a page that has seen its welcome works on for as long as it covers nothing.
func TestAGapEndsWithAHelloThatWasSeenOrOfAnotherDevice(t *testing.T) {
	for what, come := range map[string]func(d *desk){
		"seen": func(d *desk) { d.hello(start + 80_000) },
		"answered": func(d *desk) {
			if err := d.answer(start+60_000, 1, "a"); err != nil { // in the millisecond of the hello
				t.Error(err)
			}
			d.helloThat(start+80_000, 1)
		},
		"loaded anew": func(d *desk) { d.helloThat(start+80_000, 0) },
		"released": func(d *desk) {
			d.must(Command{Act: ActRelease, At: start + 70_000, By: "s"})
			d.must(Command{Act: ActSignIn, At: start + 71_000, Device: "pc1", Session: "s1", Seat: "A-1"})
			d.helloThat(start+80_000, 1)
		},
		"another": func(d *desk) {
			d.must(Command{Act: ActSignIn, At: start + 79_000, Device: "pc2", Session: "s2", Seat: "A-1"})
			d.must(Command{Act: ActHello, At: start + 80_000, Device: "pc2", Session: "s2", Node: "n1"})
		},
	} {
		d := newDesk(t)
		d.heard = start + 10_000
		d.helloThat(start+60_000, 0) // from 40 s on
		come(d)
		if want := start + 120_000; d.a.Deadline() != want || d.a.BoundSince != start+60_000 {
			t.Errorf("%s: deadline %d, want %d; %d", what, d.a.Deadline()-start, want-start, d.a.BoundSince-start)
		}
	}
}

// A hello that nobody has answered by a beat has not ended the gap: the finish waits for it, and
// what the page has kept arrives in the time that is given back.
func TestTheFinishWaitsUntilThePageIsHeard(t *testing.T) {
	for _, heard := range []bool{false, true} {
		d := newDesk(t)
		d.heard = start + 75_000
		d.helloThat(start+99_000, 0)
		d.must(Command{Act: ActDeadline, At: start + 102_000})
		if d.a.State != Running {
			t.Fatal("finished 3 s after a hello, and nobody knows whether its welcome came")
		}
		if due := DueAt(d.a, d.terms, start+102_000, d.heard); due != start.Add(99*time.Second+DownAfter) {
			t.Errorf("looked at again at %d", due-start)
		}
		if due := DueAt(d.a, d.terms, start+104_000, d.heard); due != start.Add(99*time.Second+SilentAfter) {
			t.Errorf("and then at %d", due-start)
		}
		if heard {
			d.heard = start + 103_000
			d.must(Command{Act: ActDeadline, At: start + 104_000})
			if d.a.State != Done || d.a.FinishAt != start+100_000 {
				t.Errorf("%s, stamped %d", d.a.State, d.a.FinishAt-start)
			}
			continue
		}
		if due := DueAt(d.a, d.terms, start+114_000, d.heard); due != start+220_000 {
			t.Errorf("at last at %d, want deadline + hold", due-start)
		}
		d.helloThat(start+130_000, 0)
		if err := d.answer(start+131_000, 1, "a"); err != nil || d.a.Deadline() != start+130_000 {
			t.Errorf("%v, deadline %d", err, d.a.Deadline()-start)
		}
	}
}
