package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// heldDesk has a candidate whose answer to item 1 counts, whose time is over since 160 s, and
// who waits for a word about 40 s; it is second 180.
func heldDesk(t testing.TB) *desk {
	d := newDesk(t)
	if err := d.answer(start+10_000, 1, "a"); err != nil {
		t.Fatal(err)
	}
	d.heard = start + 50_000
	d.hello(start + 180_000)
	if len(d.a.Asked) != 1 || d.a.Deadline() != start+160_000 {
		t.Fatalf("asked %v, deadline %d", d.a.Asked, d.a.Deadline()-start)
	}
	return d
}

// A line that goes down once more while a credit waits takes time that the credit may still
// give: it is asked for, too, and made good with it.
func TestWhatIsLostWhileACreditIsOpenIsAskedFor(t *testing.T) {
	d := newDesk(t)
	d.heard = start + 10_000
	d.hello(start + 180_000) // over since 160 s, and at 240 s if the credit is granted
	d.heard = start + 185_000
	d.must(Command{Act: ActSilent, At: start + 190_000, Since: start + 185_000})
	d.hello(start + 235_000)
	for _, n := range slices.Sorted(maps.Keys(d.a.Asked)) {
		d.must(Command{Act: ActDecideCredit, At: start + 236_000, By: "s", Ref: n, On: true})
	}
	if d.a.Deadline() != start+260_000 {
		t.Errorf("20 s that were lost while 80 s were asked for leave %d ms after the start", d.a.Deadline()-start)
	}
}

// C5: to take an answer back is an operation like any other: it is recorded while a credit is
// open, told so once and for all, and counts with the credit.
func TestAnAnswerTakenBackWhileACreditIsOpenIsHeld(t *testing.T) {
	for _, granted := range []bool{true, false} {
		t.Run(fmt.Sprint("granted ", granted), func(t *testing.T) {
			d := heldDesk(t)
			c := Command{Act: ActAnswer, At: start + 190_000, Op: op(), Q: 1, Gen: d.a.Gen}
			d.wants(d.do(c), HeldNow)
			e, n := d.last(), d.a.N
			if e.Kind != Held || e.Op != c.Op || e.Item != "TWK-001" || e.C != "" || e.Option != "" || d.a.Answers != 1 {
				t.Fatalf("stored %+v", e)
			}
			var again *Repeated
			if err := d.do(c); !errors.As(err, &again) || again.N != n || again.Code != HeldNow || d.a.N != n {
				t.Fatalf("asked again: %v at version %d", err, d.a.N)
			}
			d.must(Command{Act: ActDecideCredit, At: start + 195_000, By: "s", Ref: onlyAsked(d.a), On: granted})
			if want := map[bool]int{true: 0, false: 1}[granted]; d.a.Answers != want || len(d.a.Holding) != 0 || d.a.Dropped != want {
				t.Errorf("%d answers stand and %d were dropped, want %d", d.a.Answers, d.a.Dropped, want)
			}
		})
	}
}

// What comes too late is kept, whatever it is.
func TestAnAnswerTakenBackTooLateIsOnRecord(t *testing.T) {
	d := newDesk(t)
	d.wants(d.answer(start+102_001, 1, ""), Late)
	if e := d.last(); e.Kind != LateRefused || e.Q != 1 || e.C != "" {
		t.Errorf("stored %+v", e)
	}
}

// C4: an older answer never beats a newer one. A supervisor gives time while a credit waits,
// and the candidate answers again; then the credit is granted.
func TestAHeldAnswerDoesNotBeatALaterOne(t *testing.T) {
	for _, later := range []string{"b", ""} {
		d := heldDesk(t)
		d.wants(d.answer(start+190_000, 1, "c"), HeldNow)
		d.wants(d.answer(start+190_000, 2, "c"), HeldNow)
		d.must(Command{Act: ActCredit, At: start + 195_000, By: "s", MS: 100_000})
		if d.a.Overtaken(&d.a.Holding[0]) {
			t.Error("overtaken by what came before it")
		}
		if err := d.answer(start+200_000, 1, later); err != nil {
			t.Fatal(err)
		}
		d.must(Command{Act: ActDecideCredit, At: start + 205_000, By: "s", Ref: onlyAsked(d.a), On: true})
		if d.a.Responses[0].C != later || d.a.Responses[1].C != "c" || d.a.Dropped != 0 {
			t.Errorf("stands %+v, %d dropped", d.a.Responses, d.a.Dropped)
		}
	}
}

// A mark counts for nothing: there is no reason to lose one.
func TestAMarkMayBeSetWhileACreditIsOpen(t *testing.T) {
	d := heldDesk(t)
	d.must(Command{Act: ActMark, At: start + 190_000, Op: op(), Q: 3, On: true, Gen: d.a.Gen})
	if !d.a.Marks[3] {
		t.Error("the mark is lost")
	}
	d.must(Command{Act: ActDecideCredit, At: start + 195_000, By: "s", Ref: onlyAsked(d.a)})
	d.wants(d.do(Command{Act: ActMark, At: start + 196_000, Op: op(), Q: 4, On: true, Gen: d.a.Gen}), Late)
}

// The page is looked at when the time is over, not at the grace's end: from then on answers are held.
func TestAnOpenCreditIsLookedAtWhenTheTimeIsOver(t *testing.T) {
	d := newDesk(t)
	d.terms.Policy.AutoCreditMS = 0
	d.heard = start + 10_000
	d.hello(start + 50_000) // 10 s asked
	if due := DueAt(d.a, d.terms, start+60_000, start+60_000); due != start+100_000 {
		t.Errorf("looked at at %d, want the deadline", due-start)
	}
	if due := DueAt(d.a, d.terms, start+100_000, start+100_000); due != start+220_000 {
		t.Errorf("then at %d, want deadline and hold", due-start)
	}
}

// done is an operation as its candidate knows it.
type done struct {
	n      int
	q      int
	c      string
	at     Instant
	held   bool // and not decided yet
	counts bool
}

// C1, C4, C5: around the end of the time, whatever is credited, given, paused or reopened:
// every operation has one answer, which is the same when it is asked again; who was told that it is
// stored, held or too late finds it in the record; and what stands is the last thing done
// of all that counts, by a finish that was made behind it.
func TestWhatWasToldAroundTheEndIsWhatStands(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t)
		d.terms.Policy.AutoCreditMS = rapid.SampledFrom([]int64{0, 60_000}).Draw(rt, "auto")
		d.terms.Policy.HoldMS = 600_000
		now := start + 30_000
		var all []done
		acts := []string{
			ActAnswer, ActAnswer, ActAnswer, ActAnswer, ActAnswer, ActMark, ActHello, ActHello, ActDecideCredit, ActCredit,
			ActPause, ActResume, ActDeadline, ActReopen, ActSelfEnd,
		}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			now += Instant(rapid.SampledFrom([]int{1, 900, 6_000, 20_000, 50_000}).Draw(rt, "wait"))
			c := Command{
				Act: rapid.SampledFrom(acts).Draw(rt, "act"), At: now, By: "s", Op: op(), Gen: d.a.Gen, Q: rapid.IntRange(1, 3).Draw(rt, "q"),
				C: rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(rt, "c"), On: rapid.Bool().Draw(rt, "on"), Device: "pc1", Session: "s1", Node: "n1",
				MS: rapid.SampledFrom([]int64{30_000, 120_000}).Draw(rt, "ms"), Ref: onlyAsked(d.a),
			}
			if c.Act == ActHello {
				d.heard = max(d.heard, now-Instant(rapid.IntRange(0, 50_000).Draw(rt, "away")))
			} else {
				d.heard = now
			}
			before := d.a.N
			err := d.do(c)
			switch c.Act {
			case ActAnswer, ActMark:
				all = told(rt, d, all, &c, err, before)
			case ActDecideCredit:
				if err == nil && len(d.a.Asked) == 0 {
					for i := range all {
						o := &all[i]
						o.counts = o.counts || o.held && o.at <= d.a.Deadline().Add(d.terms.Policy.grace())
						o.held = false
					}
				}
			}
			stands(rt, d, all)
		}
	})
}

// told holds the answer of an operation against the record, and against the answer to the same once more.
func told(rt *rapid.T, d *desk, all []done, c *Command, err error, before int) []done {
	var r *Refusal
	errors.As(err, &r)
	stored := d.a.Accepted(c.Op)
	one := done{n: stored, q: c.Q, c: c.C, at: c.At}
	kind, code := Marked, Code("")
	switch {
	case err == nil && c.Act == ActMark:
	case err == nil:
		kind, one.counts = Answered, true
		if c.C == "" {
			kind = Cleared
		}
	case r.Code == HeldNow && c.Act == ActAnswer:
		kind, code, one.held = Held, HeldNow, true
	case r.Code == Late && c.Act == ActAnswer:
		kind, code = LateRefused, Late
	default:
		if d.a.N != before {
			rt.Fatalf("%s was refused with %s, and something is recorded", c.Act, r.Code)
		}
		return all // not final, or no time to do anything in
	}
	e := d.last()
	if stored != d.a.N || e.Kind != kind || e.Op != c.Op || e.Q != c.Q {
		rt.Fatalf("%s %q was answered with %v, version %d is %+v", c.Act, c.C, err, stored, e)
	}
	var again *Repeated
	if err := d.do(*c); !errors.As(err, &again) || again.N != stored || again.Code != code {
		rt.Fatalf("%s once more: %v, first version %d %s", c.Act, err, stored, code)
	}
	if c.Act == ActAnswer {
		return append(all, one)
	}
	return all
}

// stands holds the responses against what was told.
func stands(rt *rapid.T, d *desk, all []done) {
	want := map[int]done{}
	for _, o := range all { // in the order of their versions
		if o.counts {
			want[o.q] = o
		}
	}
	for q := 1; q <= 3; q++ {
		got := ""
		if q <= len(d.a.Responses) {
			got = d.a.Responses[q-1].C
		}
		if got != want[q].c {
			rt.Fatalf("%q stands at %d, the last that counts is %+v of %+v", got, q, want[q], all)
		}
	}
	for q := range d.a.Responses {
		if r := &d.a.Responses[q]; d.a.State == Done && r.N > d.a.FinishN {
			rt.Fatalf("position %d was set by version %d, the finish is version %d", q+1, r.N, d.a.FinishN)
		}
	}
}
