package engine

import (
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// desk drives one attempt through decisions, as a node does, without any store.
type desk struct {
	t     testing.TB
	a     *Attempt
	terms *Terms
	log   []Record
	heard Instant
}

func testForm(items int) *Form {
	bank, picks := make([]*Item, items), make([]int32, items)
	for q := range items {
		bank[q] = &Item{ID: fmt.Sprintf("TWK-%03d", q+1), Section: "TWK", Options: []Option{{ID: "a"}, {ID: "b"}, {ID: "c"}}}
		picks[q] = int32(q)
	}
	return NewForm("f0", []Section{{ID: "TWK", From: 1, To: items}}, bank, picks, func(places iter.Seq2[int32, []uint8]) {
		for _, order := range places {
			copy(order, []uint8{2, 0, 1})
		}
	})
}

const start = Instant(1_700_000_000_000)

// newDesk has a candidate who is working on a form of ten items for 100 seconds.
func newDesk(t testing.TB) *desk {
	s := NewSitting("sitting/skd.s1")
	for _, e := range []Event{{Kind: CheckinOpened, At: start - 90_000}, {Kind: CheckinClosed, At: start - 5_000}, {Kind: SittingStarted, At: start - 2_000, From: start}} {
		s.Apply(&e, s.Hash)
	}
	policy := DefaultPolicy()
	policy.CoverMS, policy.AutoCreditMS, policy.HoldMS = 30_000, 60_000, 120_000
	d := &desk{t: t, a: NewAttempt("attempt/x"), terms: &Terms{Policy: policy, Length: 100 * time.Second, Number: "1", Form: testForm(10), Sitting: s}}
	d.must(Command{Act: ActCheckin, At: start - 60_000, Sitting: "skd.s1", Seat: "A-1", Number: "1"})
	d.must(Command{Act: ActSignIn, At: start - 50_000, Device: "pc1", Session: "s1", Seat: "A-1"})
	d.must(Command{Act: ActConfirm, At: start - 40_000, Session: "s1"})
	d.hello(start - 30_000)
	d.must(Command{Act: ActFollow, At: start})
	return d
}

func op() string { return uuid.NewString() }

func (d *desk) do(c Command) error {
	if c.Since == 0 {
		c.Since = d.heard
	}
	events, err := Decide(d.a, &c, d.terms)
	for i, r := range Link(d.a.Stream, d.a.N, d.a.Hash, events) {
		d.a.Apply(&events[i], r.Hash)
		d.log = append(d.log, r)
	}
	return err
}

func (d *desk) must(c Command) {
	d.t.Helper()
	if err := d.do(c); err != nil {
		d.t.Fatalf("%s: %v", c.Act, err)
	}
}

// hello is of a page that has seen the welcome before.
func (d *desk) hello(at Instant) {
	d.t.Helper()
	d.helloThat(at, d.a.N)
}

// helloThat is of a page that says which version it has.
func (d *desk) helloThat(at Instant, have int) {
	d.t.Helper()
	d.must(Command{Act: ActHello, At: at, Device: "pc1", Session: "s1", Node: "n1", Have: have})
	d.heard = max(d.heard, at) // as the node notes it
}

func (d *desk) answer(at Instant, q int, c string) error {
	err := d.do(Command{Act: ActAnswer, At: at, Op: op(), Q: q, C: c, Gen: d.a.Gen})
	d.heard = max(d.heard, at)
	return err
}

func (d *desk) wants(err error, code Code) {
	d.t.Helper()
	if !errors.Is(err, code) {
		d.t.Fatalf("got %v, want %s", err, code)
	}
}

func (d *desk) last() Event {
	e, err := Decode(d.log[len(d.log)-1].Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return e
}

// A node that stood still and goes on finds that its candidate has long worked elsewhere:
// what its own append took is owed up to that hello, and not beyond.
func TestABlockedAppendIsOwedUpToTheNextHello(t *testing.T) {
	d := newDesk(t)
	d.terms.Policy.CoverMS = 1000
	before := d.a.Deadline()
	d.heard = start + 15_000
	d.hello(start + 16_000) // at another node: nothing was lost before it
	d.must(Command{Act: ActBlocked, By: "engine", At: start + 40_000, Since: start + 10_000, Limit: start + 40_000})
	if given := d.a.Deadline().Sub(before); given > 5*time.Second {
		t.Errorf("%v were given, the candidate worked from the sixth second on", given)
	}
}

// An answer decides by when it was read; where something was recorded since, both instants
// are in its record.
func TestAnAnswerBehindALaterRecordKeepsWhenItWasRead(t *testing.T) {
	d := newDesk(t)
	if err := d.answer(start+10_000, 1, "a"); err != nil {
		t.Fatal(err)
	}
	if e := d.last(); e.At != start+10_000 || e.From != 0 {
		t.Errorf("%+v", e)
	}
	if err := d.answer(start+9_000, 2, "a"); err != nil {
		t.Fatal(err)
	}
	if e := d.last(); e.At != start+10_000 || e.From != start+9_000 {
		t.Errorf("stamped %s, read %s", e.At, e.From)
	}
}

// Position, item and option stand in each event; the last accepted answer counts.
func TestTheLastAcceptedAnswerStands(t *testing.T) {
	d := newDesk(t)
	for _, c := range []string{"a", "c", "b"} {
		if err := d.answer(start+10_000, 3, c); err != nil {
			t.Fatal(err)
		}
	}
	if e := d.last(); e.Item != "TWK-003" || e.Option != "a" || e.C != "b" {
		t.Fatalf("stored %+v: b is displayed for canonical option a", e)
	}
	if d.a.Responses[2].C != "b" || d.a.Answers != 1 {
		t.Fatalf("stands %+v, %d answered", d.a.Responses[2], d.a.Answers)
	}
}

func TestARepeatedOperationHasNoSecondEffect(t *testing.T) {
	d := newDesk(t)
	c := Command{Act: ActAnswer, At: start + 10_000, Op: op(), Q: 1, C: "a", Gen: d.a.Gen}
	d.must(c)
	n := d.a.N
	c.At += 5_000
	c.C = "b"
	var again *Repeated
	if err := d.do(c); !errors.As(err, &again) || again.N != n || d.a.N != n {
		t.Fatalf("got %v at version %d, want the first answer (version %d)", err, d.a.N, n)
	}
}

// The instant at which the frame was read decides, with the grace for transit.
func TestAnAnswerIsInTimeUntilDeadlinePlusGrace(t *testing.T) {
	d := newDesk(t)
	end := start + 100_000
	if err := d.answer(end+2_000, 1, "a"); err != nil {
		t.Fatalf("at the end of the grace: %v", err)
	}
	d.wants(d.answer(end+2_001, 2, "a"), Late)
	if d.last().Kind != LateRefused {
		t.Fatalf("a late answer left %s", d.last().Kind)
	}
	d.must(Command{Act: ActDeadline, At: end + 2_001})
	if d.a.State != Done || d.a.FinishAt != end {
		t.Fatalf("%s at %d, want finished stamped %d", d.a.State, d.a.FinishAt, end)
	}
	d.wants(d.answer(end+60_000, 3, "a"), Late)
	d.wants(d.answer(end+700_000, 4, "a"), AlreadyOver)
	if d.a.Answers != 1 {
		t.Fatalf("%d answers count, want 1", d.a.Answers)
	}
}

// Who is not the newest device loses.
func TestTheFormerDeviceIsSuperseded(t *testing.T) {
	d := newDesk(t)
	old := d.a.Gen
	d.hello(start + 20_000)
	d.wants(d.do(Command{Act: ActAnswer, At: start + 21_000, Op: op(), Q: 1, C: "a", Gen: old}), Superseded)
	d.wants(d.do(Command{Act: ActSignIn, At: start + 22_000, Device: "pc2", Session: "s2", Seat: "A-1"}), InUse)
	d.wants(d.do(Command{Act: ActSignIn, At: start + 60_000, Device: "pc2", Session: "s2", Seat: "B-9"}), InUse)
	d.must(Command{Act: ActSignIn, At: start + 60_000, Device: "pc2", Session: "s2", Seat: "A-1"})
	d.wants(d.do(Command{Act: ActHello, At: start + 61_000, Device: "pc1", Session: "s1"}), SignedOutNow)
}

// Dead at that moment: not first when another device says hello.
func TestADeviceThatWasReleasedOrMovedIsSuperseded(t *testing.T) {
	for _, act := range []string{ActRelease, ActMove} {
		d := newDesk(t)
		d.must(Command{Act: act, At: start + 20_000, Seat: "A-2", Why: "device"})
		d.wants(d.answer(start+20_001, 1, "a"), Superseded)
		d.must(Command{Act: ActSignIn, At: start + 30_000, Device: "pc1", Session: "s1", Seat: "A-2"})
		d.wants(d.answer(start+30_001, 1, "a"), Superseded)
		d.hello(start + 31_000)
		if err := d.answer(start+32_000, 1, "a"); err != nil {
			t.Errorf("%s: the next device: %v", act, err)
		}
	}
}

// The gap from where the page had to cover the items is made good, by one rule.
func TestASilenceLongerThanTheCoverIsCredited(t *testing.T) {
	d := newDesk(t)
	d.heard = start + 10_000
	d.hello(start + 35_000) // 25 s away: the page worked on
	if d.a.Deadline() != start+100_000 {
		t.Fatalf("25 s moved the deadline to %d", d.a.Deadline()-start)
	}
	d.hello(start + 85_000) // 50 s away
	if want := start + 120_000; d.a.Deadline() != want {
		t.Fatalf("deadline %d, want %d", d.a.Deadline()-start, want-start)
	}
	if d.a.Ledger.Left(start+85_000) != d.a.Ledger.Left(start+65_000) {
		t.Fatal("time ran while the items were covered")
	}
}

// A page that is cut off while its items are covered has nothing to go on with: what its candidate
// misses of the time that then begins is given back whole. One that may have heard that it begins
// could work on by itself, unless the server was what was away.
func TestWhoIsAwayWhenTheClockBeginsToRunLosesNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		heard  Instant // before the clock begins to run, in ms
		server bool
		back   Instant // what is given back of 28 s
	}{
		{"away", 5_000, false, 28_000},
		{"cut off at that moment", 1_000, false, 0},
		{"the server away at that moment", 1_000, true, 28_000},
		{"heard since", -1_000, false, 0},
	} {
		for _, what := range []string{"start", "resumption"} {
			t.Run(c.name+" at the "+what, func(t *testing.T) {
				d, from := newDesk(t), start
				if what == "resumption" {
					from += 40_000
					d.must(Command{Act: ActPause, At: start + 20_000, By: "s", Why: "power"})
					d.must(Command{Act: ActResume, At: from, By: "s"})
				}
				d.heard = from - c.heard
				hello := Command{Act: ActHello, At: from + 28_000, Device: "pc1", Session: "s1", Node: "n1", Have: d.a.N}
				if c.server {
					hello.Limit = from + 60_000
				}
				before := d.a.Deadline()
				d.must(hello)
				if back := d.a.Deadline() - before; back != c.back {
					t.Errorf("%d ms are given back: %+v", back, d.a.Ledger.Why(from+28_000))
				}
			})
		}
	}
}

// Beyond the automatic limit a supervisor decides, and the finish waits.
func TestACreditBeyondTheLimitIsAskedAndAnswersAreHeld(t *testing.T) {
	for _, granted := range []bool{true, false} {
		t.Run(fmt.Sprint("granted ", granted), func(t *testing.T) {
			d := newDesk(t)
			d.heard = start + 50_000
			d.hello(start + 180_000) // covered from 80 s to 180 s: 60 s credited, 40 s asked
			if len(d.a.Asked) != 1 || d.a.Deadline() != start+160_000 {
				t.Fatalf("asked %v, deadline %d", d.a.Asked, d.a.Deadline()-start)
			}
			d.wants(d.answer(start+190_000, 1, "a"), HeldNow)
			d.must(Command{Act: ActDeadline, At: start + 190_000})
			if d.a.State != Running {
				t.Fatal("finished while a credit was undecided")
			}
			ref := 0
			for n := range d.a.Asked {
				ref = n
			}
			d.must(Command{Act: ActDecideCredit, At: start + 195_000, By: "s", Ref: ref, On: granted})
			want, answers := start+160_000, 0
			if granted {
				want, answers = start+200_000, 1
			}
			if d.a.Deadline() != want || d.a.Answers != answers || len(d.a.Holding) != 0 {
				t.Fatalf("deadline %d, %d answers, want %d, %d", d.a.Deadline()-start, d.a.Answers, want-start, answers)
			}
			d.heard = start + 201_000
			d.must(Command{Act: ActDeadline, At: start + 202_000})
			if d.a.State != Done {
				t.Fatal("not finished after the decision")
			}
		})
	}
}

// A finish by the deadline waits for an open gap, and not for ever.
func TestTheFinishWaitsForAnOpenGap(t *testing.T) {
	d := newDesk(t)
	d.heard = start + 90_000
	d.must(Command{Act: ActDeadline, At: start + 102_000})
	if d.a.State != Running {
		t.Fatal("finished while the candidate's network was away")
	}
	if due := DueAt(d.a, d.terms, start+102_000, d.heard); due != start+220_000 {
		t.Fatalf("looked at again at %d, want deadline + hold", due-start)
	}
	d.must(Command{Act: ActDeadline, At: start + 220_000})
	if d.a.State != Done || d.a.FinishAt != start+100_000 {
		t.Fatalf("%s, stamped %d", d.a.State, d.a.FinishAt-start)
	}
}

func TestAHeldAnswerMayCountAfterTheFinish(t *testing.T) {
	d := newDesk(t)
	d.heard = start + 50_000
	d.hello(start + 180_000)
	d.wants(d.answer(start+190_000, 1, "a"), HeldNow)
	d.must(Command{Act: ActDeadline, At: start + 300_000})
	if d.a.State != Done {
		t.Fatal("the hold has no end")
	}
	first := d.a.Fingerprint
	d.must(Command{Act: ActDecideCredit, At: start + 400_000, By: "s", Ref: onlyAsked(d.a), On: true})
	if d.a.State != Done || d.a.Answers != 1 || d.a.Fingerprint == first || d.last().Ref == 0 {
		t.Fatalf("state %s, %d answers, last %+v", d.a.State, d.a.Answers, d.last())
	}
}

// Who ended the exam themselves while answers were held has ended it then: what the credit gives
// them is that the answers count, not an end that is still to come.
func TestAHeldAnswerThatCountsMovesNoEnd(t *testing.T) {
	d := newDesk(t)
	d.heard = start + 50_000
	d.hello(start + 180_000)
	d.wants(d.answer(start+190_000, 1, "a"), HeldNow)
	d.must(Command{Act: ActSelfEnd, At: start + 191_000, Op: op(), Gen: d.a.Gen})
	ended := d.a.FinishAt
	d.must(Command{Act: ActDecideCredit, At: start + 205_000, By: "s", Ref: onlyAsked(d.a), On: true})
	if d.a.State != Done || d.a.Answers != 1 || d.a.FinishAt != ended {
		t.Fatalf("state %s, %d answers, ended at %d and then at %d", d.a.State, d.a.Answers, ended-start, d.a.FinishAt-start)
	}
}

// C4: while one credit waits, another gives time, and the candidate changes an answer that is held.
// What was acknowledged last stands when the first credit is granted.
func TestAHeldAnswerDoesNotWinOverANewerOne(t *testing.T) {
	d := newDesk(t)
	d.heard = start + 50_000
	d.hello(start + 180_000)
	d.wants(d.answer(start+190_000, 1, "a"), HeldNow)
	d.wants(d.answer(start+191_000, 2, "a"), HeldNow)
	d.wants(d.answer(start+192_000, 2, "b"), HeldNow)
	d.must(Command{Act: ActCredit, At: start + 195_000, By: "s", Two: "o", MS: 60_000, Why: "power"})
	if err := d.answer(start+200_000, 1, "b"); err != nil {
		t.Fatal(err)
	}
	d.must(Command{Act: ActDecideCredit, At: start + 205_000, By: "s", Ref: onlyAsked(d.a), On: true})
	if one, two := d.a.Responses[0].C, d.a.Responses[1].C; one != "b" || two != "b" || len(d.a.Holding) != 0 {
		t.Errorf("%q and %q stand, chosen last was b in both", one, two)
	}
}

func onlyAsked(a *Attempt) int {
	for n := range a.Asked {
		return n
	}
	return 0
}

func TestAMoveStopsTheClockUntilTheNewDevice(t *testing.T) {
	d := newDesk(t)
	d.heard = start + 20_000
	d.must(Command{Act: ActMove, At: start + 20_000, By: "s", Seat: "A-27"})
	d.must(Command{Act: ActSignIn, At: start + 70_000, Device: "pc1", Session: "s1"})
	d.hello(start + 80_000)
	if want := start + 160_000; d.a.Deadline() != want || d.a.Seat != "A-27" {
		t.Fatalf("deadline %d at %s, want %d", d.a.Deadline()-start, d.a.Seat, want-start)
	}
}

func TestReopenedTimeDoesNotRunFromTheFinish(t *testing.T) {
	d := newDesk(t)
	d.must(Command{Act: ActSelfEnd, At: start + 40_000, Op: op(), Gen: d.a.Gen})
	d.must(Command{Act: ActReopen, At: start + 90_000, By: "s", Two: "o"})
	d.must(Command{Act: ActResume, At: start + 95_000, By: "s"})
	if left := d.a.Ledger.Left(start + 95_000); left != 60*time.Second {
		t.Fatalf("%v left, want 1m", left)
	}
}

func TestWhoIsReadyAfterTheStartGetsTheTimeBack(t *testing.T) {
	d := newDesk(t)
	late := NewAttempt("attempt/y")
	d.a, d.log, d.heard = late, nil, 0
	d.must(Command{Act: ActCheckin, At: start - 60_000, Sitting: "skd.s1", Seat: "A-2", Number: "2"})
	d.must(Command{Act: ActSignIn, At: start + 20_000, Device: "pc1", Session: "s1"})
	d.must(Command{Act: ActConfirm, At: start + 30_000, Session: "s1"})
	d.hello(start + 40_000)
	if d.a.State != Running || d.a.Deadline() != start+140_000 {
		t.Fatalf("%s until %d, want running until 140000", d.a.State, d.a.Deadline()-start)
	}
}

func TestUnderFullLateEntryTheFirstHelloStartsTheClock(t *testing.T) {
	d := newDesk(t)
	d.terms.Policy.LateEntry = LateFull
	d.a, d.log, d.heard = NewAttempt("attempt/y"), nil, 0
	d.must(Command{Act: ActCheckin, At: start + 5_000, Sitting: "skd.s1", Seat: "A-2", Number: "2"})
	d.must(Command{Act: ActSignIn, At: start + 20_000, Device: "pc1", Session: "s1"})
	d.must(Command{Act: ActConfirm, At: start + 30_000, Session: "s1"})
	if d.a.State != Ready {
		t.Fatalf("%s before the first hello", d.a.State)
	}
	d.hello(start + 40_000)
	if d.a.Ledger.From != start+40_000 || d.a.Deadline() != start+140_000 {
		t.Fatalf("from %d until %d", d.a.Ledger.From-start, d.a.Deadline()-start)
	}
}

// Whatever is commanded in whatever order: what is decided can be replayed from its
// bytes, no event is earlier than the one before, and no answer after the time counts.
func TestWhatIsDecidedReplays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t)
		now := start
		acts := []string{
			ActAnswer, ActAnswer, ActAnswer, ActMark, ActLook, ActHello, ActDeadline, ActSilent, ActPause, ActResume,
			ActCredit, ActMove, ActRelease, ActDecideCredit, ActFinish, ActReopen, ActSignIn, ActFollow, ActGapLimit, ActBlocked, ActReverse,
		}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			now += Instant(rapid.SampledFrom([]int{0, 1, 900, 20_000, 45_000}).Draw(rt, "wait"))
			c := Command{
				Act: rapid.SampledFrom(acts).Draw(rt, "act"), At: now, Op: op(), Gen: d.a.Gen, Q: rapid.IntRange(0, 11).Draw(rt, "q"),
				C: rapid.SampledFrom([]string{"", "a", "c", "z"}).Draw(rt, "c"), Device: "pc1", Session: "s1", Seat: "A-1", MS: 10_000,
				Ref: rapid.IntRange(0, d.a.N).Draw(rt, "ref"), On: rapid.Bool().Draw(rt, "on"), By: "s", Limit: now,
			}
			if c.Act == ActHello {
				d.heard = max(d.heard, now-Instant(rapid.IntRange(0, 50_000).Draw(rt, "away")))
			}
			limit := d.a.Deadline().Add(d.terms.Policy.grace())
			before := d.a.Answers
			_ = d.do(c)
			if c.Act == ActAnswer && now > limit && d.a.Answers > before {
				rt.Fatalf("an answer %d ms after the time counts", now-limit)
			}
		}
		again := NewAttempt(d.a.Stream)
		at := Instant(0)
		for _, r := range d.log {
			if err := again.Fold(r); err != nil {
				rt.Fatal(err)
			}
			if again.At < at {
				rt.Fatalf("version %d is earlier than the one before", r.N)
			}
			at = again.At
		}
		if again.Hash != d.a.Hash || again.State != d.a.State || again.Deadline() != d.a.Deadline() || again.Answers != d.a.Answers {
			rt.Fatalf("replayed %s %d, decided %s %d", again.State, again.Answers, d.a.State, d.a.Answers)
		}
	})
}

// What is taken back is a part that is whole. Without its beginning an interval that is open would
// let the clock run while the items are covered.
func TestAnOpenPauseIsResumedAndNotTakenBack(t *testing.T) {
	d := newDesk(t)
	d.must(Command{Act: ActPause, At: start + 10_000, By: "s", Why: "device"})
	pause := d.a.N
	d.wants(d.do(Command{Act: ActReverse, At: start + 20_000, By: "s", Ref: pause}), WrongState)
	if d.a.Deadline() != Never {
		t.Fatal("the clock runs in a pause")
	}
	d.must(Command{Act: ActResume, At: start + 30_000, By: "s"})
	d.must(Command{Act: ActReverse, At: start + 40_000, By: "s", Ref: pause})
	if d.a.Deadline() != start+100_000 {
		t.Errorf("deadline %d", d.a.Deadline()-start)
	}
}

// The sitting says how long it is. Terms of the one before stand until a node has heard that
// the candidate is expected here.
func TestAStartHasTheLengthOfItsSitting(t *testing.T) {
	t.Parallel()
	s := NewSitting("sitting/skd.s2")
	for _, e := range []Event{{Kind: SittingPlanned, From: start, MS: 120_000}, {Kind: CheckinOpened, At: start - 90_000}, {Kind: SittingStarted, At: start - 2_000, From: start}} {
		s.Apply(&e, s.Hash)
	}
	d := &desk{t: t, a: NewAttempt("attempt/x"), terms: &Terms{Policy: DefaultPolicy(), Length: 100 * time.Second, Number: "1", Form: testForm(10), Sitting: s}}
	d.must(Command{Act: ActCheckin, At: start - 60_000, Sitting: "skd.s2", Seat: "A-1", Number: "1"})
	d.must(Command{Act: ActSignIn, At: start - 50_000, Device: "pc1", Session: "s1", Seat: "A-1"})
	d.must(Command{Act: ActConfirm, At: start - 40_000, Session: "s1"})
	d.must(Command{Act: ActFollow, At: start})
	if d.a.State != Running || d.a.Ledger.Length != 2*time.Minute {
		t.Errorf("%s with %v", d.a.State, d.a.Ledger.Length)
	}
}
