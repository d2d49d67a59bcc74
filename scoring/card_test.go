package scoring

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"terang/engine"
)

// smallRules is a rule set of six items, small enough that a test meets its corners.
const smallRules = `{"id":"small","kind":"SKD","year":2024,"decree":{"threshold":"none: a test's"},
"sections":[
 {"code":"TWK","name":"Wawasan","items":2,"kind":"keyed","correct":5,"wrong":0,"blank":0,"max":10},
 {"code":"TIU","name":"Intelegensia","items":2,"kind":"keyed","correct":5,"wrong":0,"blank":0,"max":10},
 {"code":"TKP","name":"Karakteristik","items":2,"kind":"graded","option_values":[1,2,3,4,5],"blank":0,"max":10}],
"items":6,"max":30,"minutes":10,"minutes_blind_on_disability_need":null,"grace_ms":2000,"grace_source":"test",
"ranking_keys":["TOTAL","TKP","TIU","TWK"],"shortlist":null,"final":{"keys":["FINAL"]},
"codes":{"disqualified":"DIS","ineligible":"TMS","eliminated":"TMS-1","withdrew":"APS","absent":"TH","missed":"TL","seated":"L",
 "seated_other_need":"L-2","seated_other_place":"L-2","unseated":"TL"},
"thresholds":{"general":{"sections":{"TWK":5,"TIU":5,"TKP":4},"status":"test"},
 "papua":{"total":8,"sections":{"TIU":0},"status":"test"}},"notes":[]}`

// smallKey has items i1 to i6, option a worth 5, b worth 0 (2 in TKP), c worth 0 (1 in TKP).
func smallKey() Key {
	key := Key{}
	for q := 1; q <= 6; q++ {
		key[item(q)] = map[string]int{"a": 5, "b": 0, "c": 0}
		if q > 4 {
			key[item(q)] = map[string]int{"a": 5, "b": 2, "c": 1}
		}
	}
	return key
}

func item(q int) string { return fmt.Sprintf("i%d", q) }

func small(t testing.TB, live string) *Marking {
	t.Helper()
	rs, err := Parse([]byte(smallRules))
	if err != nil {
		t.Fatal(err)
	}
	policy := engine.DefaultPolicy()
	policy.Live = live
	m, err := NewMarking(rs, smallKey(), policy, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func newCard(t testing.TB, live string) *Card {
	m := small(t, live)
	bar, err := m.Rules.Bar("general", nil)
	if err != nil {
		t.Fatal(err)
	}
	c := NewCard(m, bar)
	c.Apply(1, &engine.Event{Kind: engine.CheckedIn})
	c.Apply(2, &engine.Event{Kind: engine.Started})
	return &c
}

func answered(q int, option string, at time.Duration) *engine.Event {
	return &engine.Event{Kind: engine.Answered, Q: q, Item: item(q), Option: option, At: engine.Instant(at.Milliseconds())}
}

func instant(d time.Duration) engine.Instant { return engine.Instant(d.Milliseconds()) }

// Whatever the order of answers, the true score is that of the last option of each item.
func TestTheLastAcceptedAnswerCounts(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := newCard(t, engine.LiveInstant)
		key, last := smallKey(), map[int]string{}
		for n := range rapid.IntRange(0, 40).Draw(rt, "events") {
			q := rapid.IntRange(0, 8).Draw(rt, "q") // 0, 7 and 8 are outside the form
			option := rapid.SampledFrom([]string{"", "a", "b", "c", "z"}).Draw(rt, "option")
			e := answered(q, option, time.Duration(n)*time.Second)
			if option == "" {
				e.Kind = engine.Cleared
			}
			c.Apply(n+3, e)
			last[q] = option
		}
		total, count := 0, 0
		for q := 1; q <= 6; q++ {
			total += key[item(q)][last[q]]
			if last[q] != "" {
				count++
			}
		}
		f := c.Private()
		if f.Points.Sum() != total || f.Answered != count || c.Public() != f {
			rt.Fatalf("got %+v, want total %d of %d answers", f, total, count)
		}
	})
}

// A score that moved at once would tell which option is right: an item enters the public
// score when it has stood, and a later change waits for the finish.
func TestSettledShowsAnItemOnceItHasStood(t *testing.T) {
	c := newCard(t, engine.LiveSettled)
	shows := func(what string, want int) {
		t.Helper()
		if f := c.Public(); f.Points.Sum() != want || !f.Visible {
			t.Errorf("%s: %d points shown, want %d", what, f.Points.Sum(), want)
		}
	}
	c.Apply(3, answered(1, "b", 0))
	c.Apply(4, answered(1, "a", 5*time.Minute))
	c.Settle(instant(14 * time.Minute))
	shows("changed nine minutes ago", 0)
	c.Apply(5, answered(1, "a", 14*time.Minute+30*time.Second))
	c.Settle(instant(15*time.Minute - 1))
	shows("a millisecond short", 0)
	c.Settle(instant(15 * time.Minute))
	shows("stood ten minutes; the same answer again is no change", 5)
	c.Apply(6, answered(1, "b", 16*time.Minute))
	c.Apply(7, answered(2, "b", 16*time.Minute))
	c.Settle(instant(40 * time.Minute))
	shows("changed after it was settled", 5)
	if got := c.Private().Points.Sum(); got != 0 {
		t.Errorf("true score %d, want 0", got)
	}
	c.Apply(8, &engine.Event{Kind: engine.Cleared, Q: 1, Item: item(1), At: instant(41 * time.Minute)})
	c.Apply(9, answered(3, "a", 42*time.Minute))
	shows("cleared after it was settled, another not yet settled", 5)
	c.Apply(10, &engine.Event{Kind: engine.Finished})
	shows("finished", 5)
	if f := c.Public(); f.Points != c.Private().Points || f.Points[1] != 5 {
		t.Errorf("at the finish the board shows %v, the truth is %v", f.Points, c.Private().Points)
	}
	c.Apply(11, &engine.Event{Kind: engine.Reopened})
	c.Apply(12, answered(3, "b", 50*time.Minute))
	c.Settle(instant(90 * time.Minute))
	shows("changed after a reopening", 5)
	c.Apply(13, &engine.Event{Kind: engine.Finished, Ref: 10})
	shows("finished again", 0)
}

// Time enters a board by record only, so what is shown depends on the last SettledTo
// and never on how often one was written.
func TestSettlingInStepsOrAtOnceIsTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		one, two := newCard(t, engine.LiveSettled), newCard(t, engine.LiveSettled)
		now := time.Duration(0)
		for n := range rapid.IntRange(1, 30).Draw(rt, "events") {
			now += time.Duration(rapid.IntRange(0, 400).Draw(rt, "seconds")) * time.Second
			e := answered(rapid.IntRange(1, 6).Draw(rt, "q"), rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "option"), now)
			// Both see every SettledTo before an answer; one sees many more in between.
			one.Settle(e.At)
			two.Settle(e.At - 1)
			two.Settle(e.At)
			two.Settle(e.At)
			one.Apply(n+3, e)
			two.Apply(n+3, e)
		}
		if one.Public() != two.Public() {
			rt.Fatalf("%+v and %+v", one.Public(), two.Public())
		}
	})
}

func TestProgressShowsNoScoreBeforeTheFinish(t *testing.T) {
	c := newCard(t, engine.LiveProgress)
	c.Apply(3, answered(1, "a", 0))
	c.Settle(instant(time.Hour))
	if f := c.Public(); f.Visible || f.Points != (Points{}) || f.Status != "" || f.Answered != 1 || f.Ranked() {
		t.Errorf("before the finish: %+v", f)
	}
	c.Apply(4, &engine.Event{Kind: engine.Finished})
	if f := c.Public(); !f.Visible || f.Points.Sum() != 5 || f.Status != Misses || !f.Finished {
		t.Errorf("after it: %+v", f)
	}
}

// Answers that came while a credit was open count when, and only when, they are decided so.
func TestHeldAnswersCountWhenTheyAreDecided(t *testing.T) {
	c := newCard(t, engine.LiveInstant)
	held := func(n, q int, option string) {
		e := answered(q, option, time.Minute)
		e.Kind = engine.Held
		c.Apply(n, e)
	}
	held(3, 1, "a")
	held(4, 2, "a")
	held(5, 3, "a")
	if got := c.Private(); got.Points.Sum() != 0 || got.Answered != 0 {
		t.Errorf("undecided: %+v", got)
	}
	c.Apply(6, &engine.Event{Kind: engine.HeldDecided, Ref: 3, On: true})
	c.Apply(7, &engine.Event{Kind: engine.HeldDecided, Ref: 4})
	c.Apply(8, &engine.Event{Kind: engine.HeldDecided, Ref: 4, On: true}) // decided once
	if got := c.Private(); got.Points.Sum() != 5 || got.Answered != 1 {
		t.Errorf("one counts, one does not, one is open: %+v", got)
	}
	c.Apply(9, &engine.Event{Kind: engine.LateRefused, Q: 4, Item: item(4), Option: "a"})
	if got := c.Private().Points.Sum(); got != 5 {
		t.Errorf("a late answer moved the score to %d", got)
	}
	held(10, 1, "")
	if got := c.Private(); got.Points.Sum() != 5 || got.Answered != 1 {
		t.Errorf("taken back, undecided: %+v", got)
	}
	c.Apply(11, &engine.Event{Kind: engine.HeldDecided, Ref: 10, On: true})
	if got := c.Private(); got.Points.Sum() != 0 || got.Answered != 0 {
		t.Errorf("taken back, and that counts: %+v", got)
	}
}

func TestWhoNeverCameIsAbsentOnceTheSittingEnded(t *testing.T) {
	m := small(t, engine.LiveInstant)
	bar, _ := m.Rules.Bar("general", nil)
	never, came, late := NewCard(m, bar), NewCard(m, bar), NewCard(m, bar)
	came.Apply(1, &engine.Event{Kind: engine.TurnedAway, Why: "papers"})
	came.Apply(2, &engine.Event{Kind: engine.CheckedIn}) // the papers were found
	came.Apply(3, &engine.Event{Kind: engine.Started})
	late.Apply(1, &engine.Event{Kind: engine.TurnedAway, Why: "late"})
	if never.Public().Status != "" || late.Public().Status != StatusTH || came.Public().Status != Misses {
		t.Error("before the end of the sitting")
	}
	never.Over()
	came.Over()
	if never.Public().Status != StatusTH || came.Public().Status != Misses {
		t.Error("after it")
	}
}

func TestANameIsMasked(t *testing.T) {
	for name, want := range map[string]string{
		"Maria Yosefina Nahak": "Maria Y*** N***", "Suharto": "Suh***", "Ani": "An***", "I": "I***", "": "",
		"  Élan  Óscar ": "Élan Ó***",
	} {
		if got := MaskName(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestMaskedNumbersStayApart(t *testing.T) {
	for _, c := range []struct {
		plain []string
		want  int
	}{
		{[]string{"26401110000417", "26401110000418"}, 6},
		{[]string{"26401110000417", "26402110000417"}, 10},
		{[]string{"1", "2"}, 6},
		{nil, 6},
	} {
		if got := tailLength(c.plain); got != c.want {
			t.Errorf("%v: %d, want %d", c.plain, got, c.want)
		}
	}
}
