package engine

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawLedger makes a running clock with pauses, gaps and amounts that may overlap.
func drawLedger(t *rapid.T) *Ledger {
	l := &Ledger{From: 10_000_000, Length: time.Duration(rapid.IntRange(1, 6_000).Draw(t, "length")) * time.Second}
	for i := range rapid.IntRange(0, 6).Draw(t, "stops") {
		from := l.From + Instant(rapid.IntRange(-2_000, 8_000).Draw(t, "from"))*1000
		to := from + Instant(rapid.IntRange(0, 2_000).Draw(t, "for"))*1000
		l.closed(rapid.SampledFrom([]string{"gap", "pause", "move"}).Draw(t, "what"), from, to, "", i+1)
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "amounts") {
		l.give(int64(rapid.IntRange(-300, 900).Draw(t, "given"))*1000, "", 100+i)
	}
	return l
}

// One computation, whoever asks and whenever; time is never given twice.
func TestTheClockNeverGivesTimeTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLedger(t)
		deadline := l.Deadline()
		var sum int64
		for _, p := range l.stops {
			sum += int64(p.To - max(p.From, l.From))
		}
		given := deadline - l.From - Instant(l.budget().Milliseconds())
		if given < 0 {
			t.Fatalf("the clock took %d ms away", -given)
		}
		covered := Instant(0) // milliseconds of the wall in which at least one interval stood
		for _, u := range l.union() {
			if u.From <= deadline {
				covered += u.To - u.From
			}
		}
		if given > covered {
			t.Fatalf("given %d ms, but the clock stood for %d ms only", given, covered)
		}
		again := l.clone()
		again.closed("gap", l.From, l.From, "", 999)
		for _, p := range l.stops { // recorded again by somebody else
			again.closed("gap", p.From, p.To, p.Why, 1000+p.N)
		}
		if again.Deadline() != deadline {
			t.Fatalf("the same intervals recorded twice moved the deadline from %d to %d", deadline, again.Deadline())
		}
	})
}

func TestWhatIsLeftFallsAndReachesZeroAtTheDeadline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLedger(t)
		deadline := l.Deadline()
		if left := l.Left(deadline); left != 0 {
			t.Fatalf("%v left at the deadline", left)
		}
		a := l.From + Instant(rapid.IntRange(0, 10_000_000).Draw(t, "a"))
		b := a + Instant(rapid.IntRange(0, 10_000_000).Draw(t, "b"))
		la, lb := l.Left(a), l.Left(b)
		if lb > la {
			t.Fatalf("left rose from %v to %v", la, lb)
		}
		if la-lb > b.Sub(a) {
			t.Fatalf("the clock ran %v in %v", la-lb, b.Sub(a))
		}
		if l.budget() > 0 && deadline > l.From && l.Left(deadline-1) == 0 && !stopsAt(l, deadline-1) {
			t.Fatalf("nothing left before the deadline")
		}
	})
}

func stopsAt(l *Ledger, at Instant) bool {
	for _, u := range l.union() {
		if u.From <= at && at < u.To {
			return true
		}
	}
	return false
}

// The list that people are shown adds up to the instant that is enforced.
func TestTheDeadlineExplainsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLedger(t)
		if l.budget() == 0 {
			t.Skip("more was taken than there was")
		}
		sum := Instant(0)
		for _, p := range l.Why(l.Deadline()) {
			sum += Instant(p.MS)
		}
		if l.From+sum != l.Deadline() {
			t.Fatalf("parts give %d, the deadline is %d: %+v", l.From+sum, l.Deadline(), l.Why(l.Deadline()))
		}
	})
}

// A credit never leaves more than there was at the last contact.
func TestACreditNeverLeavesMoreThanAtLastContact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLedger(t)
		last := l.From + Instant(rapid.IntRange(0, 6_000_000).Draw(t, "last"))
		back := last + Instant(rapid.IntRange(0, 3_000_000).Draw(t, "away"))
		before := l.Left(last)
		for i, gap := range l.outside(last, back) {
			l.closed("gap", gap.From, gap.To, "network", 500+i)
		}
		if after := l.Left(back); after > before {
			t.Fatalf("%v left after the credit, %v at last contact", after, before)
		}
	})
}

func TestAnOpenPauseStopsTheClock(t *testing.T) {
	l := Ledger{From: 1000, Length: 100 * time.Second}
	l.stop("pause", 11_000, "drill", 3)
	if l.Deadline() != Never {
		t.Fatalf("deadline %d while the clock stands", l.Deadline())
	}
	if left := l.Left(60_000); left != 90*time.Second {
		t.Fatalf("%v left, want 1m30s", left)
	}
	l.goOn("pause", 41_000)
	if want := Instant(1000 + 130_000); l.Deadline() != want {
		t.Fatalf("deadline %d, want %d", l.Deadline(), want)
	}
}

func TestAnIntervalThatBeginsAfterTheDeadlineChangesNothing(t *testing.T) {
	l := Ledger{From: 1000, Length: 100 * time.Second}
	l.closed("gap", 101_001, 500_000, "network", 4)
	if want := Instant(101_000); l.Deadline() != want {
		t.Fatalf("deadline %d, want %d", l.Deadline(), want)
	}
	if parts := l.Why(600_000); len(parts) != 1 {
		t.Fatalf("a gap that moved nothing is listed: %+v", parts)
	}
}
