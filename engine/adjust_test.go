package engine

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// newcomer is a candidate who is present before the start.
func newcomer(t testing.TB) *desk {
	d := newDesk(t)
	d.a, d.log = NewAttempt("attempt/x"), nil
	d.must(Command{Act: ActCheckin, By: "vera", At: start - 60_000, Sitting: "skd.s1", Seat: "A-1", Number: "1", Paper: "ktp"})
	return d
}

func (d *desk) begins() {
	d.t.Helper()
	d.must(Command{Act: ActSignIn, At: start - 50_000, Device: "pc1", Session: "s1", Seat: "A-1"})
	d.must(Command{Act: ActConfirm, At: start - 40_000, Session: "s1"})
	d.hello(start - 30_000)
	d.must(Command{Act: ActFollow, At: start})
}

func TestAFirstCheckInOfSomebodyWhoIsHereIsRefused(t *testing.T) {
	d := newcomer(t)
	first := Command{Act: ActCheckin, By: "oki", On: true, At: start - 59_000, Sitting: "skd.s1", Seat: "A-2", Number: "1", Pin: "other"}
	d.wants(d.do(first), AlreadyHere)
	if d.a.Seat != "A-1" || d.a.Pin != "" || d.a.Paper != "ktp" {
		t.Fatalf("%+v", d.a)
	}
	first.On = false
	d.must(first) // a new PIN is asked for by name
}

func TestAnAdjustmentIsGivenByTwoBeforeTheStart(t *testing.T) {
	d := newcomer(t)
	give := Command{Act: ActAdjust, By: "ratna", At: start - 55_000, Form: "extra=1"}
	d.wants(d.do(give), SecondPerson)
	give.Two = "ratna"
	d.wants(d.do(give), SecondPerson)
	give.Two = "bagus"
	d.must(give)
	d.begins()
	if d.a.Deadline() != start.Add(160*time.Second) {
		t.Fatalf("the deadline is %s: the start gives what was granted", d.a.Deadline())
	}
	give.At = start + 1
	d.wants(d.do(give), WrongState)
	again := NewAttempt("attempt/x")
	for _, r := range d.log {
		if err := again.Fold(r); err != nil {
			t.Fatal(err)
		}
	}
	if again.Adjust.String() != "extra=1" || again.Deadline() != d.a.Deadline() {
		t.Fatal("the journal gives another clock")
	}
}

// An act takes the place of what the roster gives, also where it takes it back.
func TestAnEmptyAdjustmentTakesTheRostersTimeBack(t *testing.T) {
	d := newcomer(t)
	d.terms.Extra = 30 * time.Minute
	d.must(Command{Act: ActAdjust, By: "ratna", Two: "bagus", At: start - 55_000, Form: ""})
	d.begins()
	if d.a.Ledger.Extra != 0 {
		t.Fatal(d.a.Ledger.Extra)
	}
}

func TestABreakStopsTheClockForAsLongAsItWasGrantedAndNoLonger(t *testing.T) {
	d := newcomer(t)
	d.must(Command{Act: ActAdjust, By: "ratna", Two: "bagus", At: start - 55_000, Form: "breaks=1"})
	d.begins()
	end := d.a.Deadline()
	rest := Command{Act: ActPause, By: "ratna", At: start + 10_000, Why: WhyBreak}
	d.must(rest)
	d.must(Command{Act: ActResume, By: "ratna", At: start + 30_000})
	if got := d.a.Deadline().Sub(end); got != 20*time.Second {
		t.Fatalf("a break of 20 s moves the deadline by %s", got)
	}
	rest.At = start + 40_000
	d.must(rest)
	if ends := d.a.BreakEnds(); ends != start+80_000 {
		t.Fatalf("the break ends %s after the start and not after the 40 s that were left", ends.Sub(start))
	}
	d.must(Command{Act: ActResume, By: "ratna", At: start + 100_000})
	if got := d.a.Deadline().Sub(end); got != time.Minute {
		t.Fatalf("breaks of a minute in all move the deadline by %s", got)
	}
	rest.At = start + 110_000
	d.wants(d.do(rest), TooMuch)
	other := newDesk(t)
	other.wants(other.do(Command{Act: ActPause, At: start + 1, Why: WhyBreak}), NotAllowed)
}

func TestADoubtLeavesTheClockAndIsDecidedByAnother(t *testing.T) {
	d := newDesk(t)
	end := d.a.Deadline()
	d.must(Command{Act: ActDoubt, By: "vera", At: start + 1_000, Why: "identity"})
	if d.a.Deadline() != end || d.a.State != Running {
		t.Fatal("a doubt stops the clock")
	}
	decide := Command{Act: ActDecideDoubt, By: "vera", At: start + 2_000, Why: "cleared"}
	d.wants(d.do(decide), SecondPerson)
	d.must(Command{Act: ActDoubt, By: "dewi", At: start + 2_000, Why: "identity"})
	d.wants(d.do(decide), SecondPerson) // another doubt makes the first nobody else's
	decide.By, decide.Why = "eko", Upheld
	d.wants(d.do(decide), SecondPerson)
	decide.Two = "ratna"
	d.must(decide)
	if d.a.State != DisqualifiedNow || d.a.Doubt || d.a.FinishWhy != WhyImpersonation {
		t.Fatalf("%+v", d.a)
	}
	decide.At = start + 3_000
	d.wants(d.do(decide), WrongState)
}

func TestAnAbsenceIsMeasuredAndALongOneMarked(t *testing.T) {
	for away, long := range map[time.Duration]bool{5 * time.Second: false, 10 * time.Second: false, 10_001 * time.Millisecond: true} {
		d := newDesk(t)
		d.terms.Policy.LeaveMS = 10_000
		d.must(Command{Act: ActLeave, At: start + 1_000, Why: "toilet"})
		d.must(Command{Act: ActReturn, At: Instant(start + 1_000).Add(away)})
		e, err := Decode(d.log[len(d.log)-1].Body)
		if err != nil || e.Kind != Returned || e.MS != away.Milliseconds() || e.On != long || d.a.OutRoom || d.a.OutAt != 0 {
			t.Errorf("%s: %v %+v", away, err, e)
		}
	}
}

func TestCheckInClosesBeforeTheHourWhereverThatIsMoved(t *testing.T) {
	policy := DefaultPolicy()
	s := NewSitting("sitting/skd.s1")
	if s.ClosesAt(&policy) != Never {
		t.Fatal("no hour is recorded")
	}
	s.Apply(&Event{Kind: SittingPlanned, From: start}, s.Hash)
	if s.ClosesAt(&policy) != start.Add(-5*time.Minute) {
		t.Fatal(s.ClosesAt(&policy))
	}
	s.Apply(&Event{Kind: SittingPostponed, From: start + 60_000}, s.Hash)
	if s.ClosesAt(&policy) != start.Add(-4*time.Minute) {
		t.Fatal("the door does not follow the hour")
	}
	if policy.CheckinCloseMS = 0; s.ClosesAt(&policy) != Never {
		t.Fatal("a hand closes")
	}
}

func TestAnAdjustmentIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := func(name string) time.Duration {
			return time.Duration(rapid.IntRange(0, 600).Draw(t, name)) * time.Minute
		}
		a := Adjustment{minutes("extra"), minutes("breaks"), rapid.IntRange(0, SizeMost).Draw(t, "size"), rapid.Bool().Draw(t, "dark"), rapid.Bool().Draw(t, "reader"), rapid.Bool().Draw(t, "assistant")}
		got, err := ParseAdjustment(a.String())
		if err != nil || got != a {
			t.Fatalf("%q: %v %+v", a, err, got)
		}
	})
}

func FuzzParseAdjustment(f *testing.F) {
	for _, s := range []string{"", "extra=30 size=2", "reader reader", "extra=0", "extra=030", "size=9 colour=red", "extra=601", "contrast=light", "assistant=yes"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAdjustment(text)
		if err != nil {
			return
		}
		if again, err := ParseAdjustment(a.String()); err != nil || again != a {
			t.Fatalf("%q is %+v, written %q: %v", text, a, a, err)
		}
	})
}
