package proctor

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"terang/engine"
)

var objectionPolicy = &engine.ObjectionPolicy{
	Windows: []engine.ObjectionWindow{
		{Kinds: []string{engine.ObjectItem, engine.ObjectTime}, From: engine.FromSittingEnd, Hours: 2},
		{Kinds: []string{engine.ObjectData}, From: engine.FromRelease, Hours: 1},
	},
	AnswerHours: 24, AnswerFrom: engine.FromFiled, Most: 3, Words: 200,
}

// Whatever is filed, withdrawn, assigned and answered in whatever order: numbers have no
// gaps, nobody has more than the policy takes or two of one item, each ends once, an
// answer stays, and who reads the events again sees the same.
func TestObjectionsAreAStateMachine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const hour = engine.Instant(3_600_000)
		bases := engine.ObjectionBases{SittingEnd: hour, Released: 2 * hour}
		var o, again Objections
		n, now := 0, engine.Instant(0)
		was := map[int]Objection{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now += engine.Instant(rapid.IntRange(0, int(hour/4)).Draw(t, "ms"))
			who := rapid.SampledFrom([]string{"A", "B"}).Draw(t, "who")
			seq := rapid.IntRange(0, len(o.all)+1).Draw(t, "seq")
			var events []engine.Event
			var err error
			switch rapid.IntRange(0, 3).Draw(t, "act") {
			case 0:
				e := engine.Event{Number: who, Act: rapid.SampledFrom(append([]string{"mood"}, engine.ObjectionKinds...)).Draw(t, "kind")}
				if engine.OfItem(e.Act) {
					e.Q = rapid.IntRange(1, 2).Draw(t, "q")
					e.Item = rapid.SampledFrom([]string{"TWK-1", "TWK-2"}).Draw(t, "item") // that of either form
				}
				events, err = o.file(objectionPolicy, bases, e, now)
				open := map[string][2]engine.Instant{engine.ObjectItem: {hour, 3 * hour}, engine.ObjectTime: {hour, 3 * hour}, engine.ObjectData: {2 * hour, 3 * hour}}[e.Act]
				if err == nil && (now < open[0] || now >= open[1]) {
					t.Fatalf("%s was taken at %d", e.Act, now)
				}
			case 1:
				events, err = o.step(seq, engine.Event{Kind: engine.ObjectionWithdrawn, Number: who}, now)
				if one := o.Find(seq); err == nil && one.Candidate != who {
					t.Fatal("somebody withdrew another's")
				}
			case 2:
				events, err = o.step(seq, engine.Event{Kind: engine.ObjectionAssigned, Text: who}, now)
			case 3:
				events, err = o.step(seq, engine.Event{Kind: engine.ObjectionDecided, By: "ketua", Why: rapid.SampledFrom(append([]string{"open", ""}, ObjectionDecisions...)).Draw(t, "why")}, now)
			}
			var no *engine.Refusal
			if err != nil && !errors.As(err, &no) && !errors.Is(err, engine.ErrAbsent) {
				t.Fatal(err)
			}
			if err != nil && len(events) > 0 {
				t.Fatal("refused, and done")
			}
			for i := range events {
				n++
				o.apply("x", &events[i], n)
				again.apply("x", &events[i], n)
			}
			each := map[string]int{}
			items := map[string]map[string]bool{}
			for i := range o.all {
				one := o.all[i]
				each[one.Candidate]++
				if one.Seq != i+1 || one.Due != one.Filed.Add(24*3_600_000_000_000) {
					t.Fatalf("%+v", one)
				}
				if before, ok := was[one.Seq]; ok && before.State != ObjectionOpen && before != one {
					t.Fatalf("it had ended, and changed: %+v, %+v", before, one)
				}
				if was[one.Seq] = one; one.Q > 0 && one.State != ObjectionWithdrawn {
					if items[one.Candidate+one.Kind] == nil {
						items[one.Candidate+one.Kind] = map[string]bool{}
					}
					if items[one.Candidate+one.Kind][one.Item] {
						t.Fatalf("two of one item: %+v", o.all)
					}
					items[one.Candidate+one.Kind][one.Item] = true
				}
				if again.all[i] != one {
					t.Fatal("read again it is another")
				}
			}
			if each["A"] > objectionPolicy.Most || each["B"] > objectionPolicy.Most {
				t.Fatalf("too many: %v", each)
			}
		}
	})
}

// Who was let sit again may object to lost time of then, also while what they said of the
// first time waits; and once.
func TestWhoSatAgainObjectsAnew(t *testing.T) {
	t.Parallel()
	var o Objections
	bases, now := engine.ObjectionBases{SittingEnd: 1, Released: 1}, engine.Instant(1)
	decided := func(events []engine.Event, err error) error {
		for i := range events {
			o.apply("x", &events[i], o.version+1)
		}
		now++
		return err
	}
	file := func(kind string) error {
		return decided(o.file(objectionPolicy, bases, engine.Event{Number: "A", Act: kind}, now))
	}
	step := func(e engine.Event) error { return decided(o.step(1, e, now)) }
	if err := errors.Join(file(engine.ObjectData), file(engine.ObjectTime), step(engine.Event{Kind: engine.ObjectionDecided, Why: ObjectionUpheld})); err != nil {
		t.Fatal(err)
	}
	again := func() bool {
		var no *engine.Refusal
		return errors.As(file(engine.ObjectTime), &no) && no.Field == fieldAgain
	}
	if !again() {
		t.Error("twice of the first time")
	}
	if err := errors.Join(step(engine.Event{Kind: engine.ObjectionRedressed, Act: engine.ActRepeat}), file(engine.ObjectTime)); err != nil {
		t.Error(err)
	}
	if !again() {
		t.Error("twice of the second")
	}
}

// What is due first stands first; what has ended comes after all that waits.
func TestObjectionsStandByDeadline(t *testing.T) {
	t.Parallel()
	list := []Objection{
		{Seq: 1, State: ObjectionRejected, Due: 1, Ended: 5}, {Seq: 2, State: ObjectionOpen, Due: 9}, {Seq: 3, State: ObjectionOpen, Due: 4},
		{Seq: 4, State: ObjectionUpheld, Due: 2, Ended: 8}, {Seq: 5, State: ObjectionOpen, Due: 4},
	}
	ByDeadline(list)
	for i, want := range []int{3, 5, 2, 4, 1} {
		if list[i].Seq != want {
			t.Fatalf("%d stands at %d: %+v", list[i].Seq, i, list)
		}
	}
	if late := list[0]; !late.Late(5) || late.Late(4) {
		t.Error("it is late by another instant than its deadline")
	}
}
