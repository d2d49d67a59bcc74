package scoring

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"terang/engine"
)

// agency has codes of its own for what the law calls otherwise.
var agency = Codes{
	Shortlisted: "P/L", Passed: "P", Missed: "TL", Disqualified: "GUGUR", Ineligible: "TMS", Withdrew: "APS", Absent: "TH",
}

// decided is a list of the results as they stand: the best goes on.
func decided(b *Boards, list string, at engine.Pos) *Deciding {
	d := &Deciding{Decided: Decided{List: list, Stage: StageShortlist, At: 1500}, Epoch: at, At: 1500}
	best := 0
	for _, r := range b.Results() {
		if r.Ranked() {
			best = max(best, r.Points.Sum())
		}
	}
	for _, r := range b.Results() {
		row := Listed{Number: r.Number}
		switch {
		case !r.Ranked():
			b.decided.Stage = StageShortlist
			row.Code = b.flagCode(r.Status)
		case !r.Verdict.Passed:
			row.Code = agency.Missed
		case r.Points.Sum() == best:
			row.Code = agency.Shortlisted
		default:
			row.Code = agency.Passed
		}
		if r.Ranked() {
			row.Scores = []int{int(r.Points[0]), int(r.Points[1]), int(r.Points[2])}
		}
		d.Rows = append(d.Rows, row)
	}
	return d
}

func folded(t interface{ Fatal(...any) }, x Exam, history []record) *Boards {
	b, err := NewBoards(x, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i := range history {
		history[i].apply(b)
	}
	return b
}

// Law 2: whenever a node takes a released list over, its boards are those of a node that
// starts after it, its readers have the same rows, and so has a mirror.
func TestADecidedBoardIsTheBoardFoldedAnew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := smallExamOf(t, rapid.SampledFrom([]string{engine.LiveInstant, engine.LiveSettled, engine.LiveProgress}).Draw(t, "live"))
		x.Rules.Codes = agency
		x.Policy.ShowScores = rapid.Bool().Draw(t, "scores are shown")
		x.Policy.Names = rapid.SampledFrom([]string{NamesMasked, NamesMaskedNumber}).Draw(t, "names")
		history := drawHistory(t, &x)
		released := rapid.IntRange(0, len(history)).Draw(t, "released")
		history, at := ofTheExam(history, released, engine.ResultsReleased)
		d := decided(folded(t, x, history[:released]), "daftar", at)
		taken := rapid.IntRange(released+1, len(history)).Draw(t, "taken over")
		one := folded(t, x, nil)
		m, v, _ := one.Resume("uji", 0, 0)
		w, mirror := &watcher{view: v}, newFed()
		w.take(t, m)
		now := lived(t, one, history, taken, func() { one.Decide(d) }, func() {
			w.follow(t, one, "uji")
			mirror.follow(t, one, "uji")
		})
		later := x
		later.Deciding, later.Epoch = d, at
		two := folded(t, later, history)
		two.Tick(now)
		for _, id := range ids(two) {
			a, _ := one.Page(id, 0, MaxPage, "")
			b, _ := two.Page(id, 0, MaxPage, "")
			if !reflect.DeepEqual(a.Rows, b.Rows) || a.Counts != b.Counts || a.Final != b.Final || a.Epoch != b.Epoch || a.Decided != b.Decided || !slices.Equal(a.Codes, b.Codes) {
				t.Fatalf("%s, taken over:\n%s\nfolded anew:\n%s", id, a.appendJSON(nil), b.appendJSON(nil))
			}
			if !reflect.DeepEqual(one.Distribution(id), two.Distribution(id)) {
				t.Fatalf("%s: distributions %v and %v", id, one.Distribution(id), two.Distribution(id))
			}
		}
		body, _, _ := two.JSON("uji", 0, MaxPage, "")
		sameRows(t, "uji", w, body)
		here, _ := one.Page("uji", 0, MaxPage, "")
		there, _ := mirror.Page("uji", 0, MaxPage, "")
		if here.Counts != there.Counts || here.Decided != there.Decided || !slices.Equal(here.Codes, there.Codes) || !reflect.DeepEqual(one.Distribution("uji"), mirror.Distribution("uji")) {
			t.Fatalf("mirrored\n%+v\nis\n%+v", there, here)
		}
		for _, r := range here.Rows {
			i := slices.IndexFunc(there.Rows, func(o Row) bool { return o.Number == r.Number })
			if i < 0 || there.Rows[i].Rank != r.Rank || there.Rows[i].Shown() != r.Shown() || string(there.Rows[i].body) != string(r.body) {
				t.Fatalf("mirrored\n%s\nis\n%s", there.Rows[max(0, i)].body, r.body)
			}
		}
	})
}

// shown is what a reader of the snapshot has: status and rank by number, and the counts.
type shownBoard struct {
	Decided *struct {
		List, Stage, At string
		Again           bool
		Codes           []Meaning
	}
	Counts Counts
	Rows   []struct {
		Number, Status string
		Rank           int
		Passed         *bool
	}
}

func snapshotOf(t *testing.T, b *Boards) (s shownBoard, statuses, ranks map[string]string) {
	t.Helper()
	b.Tick(b.moments())
	body, _, _ := b.JSON("uji", 0, MaxPage, "")
	if err := json.Unmarshal(body, &s); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	statuses, ranks = make(map[string]string), make(map[string]string)
	for _, r := range s.Rows {
		statuses[r.Number], ranks[r.Number] = r.Status, fmt.Sprint(r.Rank)
	}
	return s, statuses, ranks
}

func (b *Boards) moments() engine.Instant {
	v, _ := b.View("uji")
	return v.At + 1000
}

// The whole life: nothing is decided, a list is released, somebody is disqualified after it,
// an item is annulled, and another list is released.
func TestStatusesFollowTheListThatStands(t *testing.T) {
	x := smallExam(t, engine.LiveInstant, 8)
	x.Rules.Codes = agency
	j := &journal{pos: 1}
	number := make([]string, len(x.Entrants))
	for i, answers := range []string{"aaaaaa", "aaaaab", "bbbbbb", "bbaaaa", "aaaaaa"} {
		number[i] = x.Entrants[i].Number
		stream := "attempt/" + x.Entrants[i].Attempt
		j.add(stream, engine.Event{Kind: engine.Started})
		for q, option := range answers {
			j.add(stream, *answered(q+1, string(option), time.Minute))
		}
		j.add(stream, engine.Event{Kind: engine.Finished})
	}
	j.add("attempt/at-4", engine.Event{Kind: engine.Disqualified})
	j.add("attempt/at-5", engine.Event{Kind: engine.TurnedAway, Why: "papers"})
	number[5], number[6] = x.Entrants[5].Number, x.Entrants[6].Number
	for _, s := range []string{"u1", "u2", "s1"} {
		j.add("sitting/uji."+s, engine.Event{Kind: engine.SittingClosed})
	}
	b := folded(t, x, j.list)
	want := func(when string, statuses map[string]string, list ...string) {
		t.Helper()
		for i, code := range list {
			if got := statuses[number[i]]; got != code {
				t.Errorf("%s: candidate %d is %q, not %q", when, i, got, code)
			}
		}
	}
	before, statuses, ranks := snapshotOf(t, b)
	// Candidate 3 applied for another need: by the general one a threshold is missed.
	want("before a list", statuses, Meets, Meets, Misses, Misses, StatusDIS, StatusTMS, StatusTH)
	if before.Decided != nil || before.Counts.Meets != 2 || before.Rows[0].Passed != nil {
		t.Errorf("before a list: %+v", before)
	}

	view, _ := b.View("uji")
	b.Decide(decided(b, "daftar-1", j.pos+1))
	after, statuses, moved := snapshotOf(t, b)
	want("released", statuses, "P/L", "P", "TL", "P", "GUGUR", "TMS", "TH")
	if !reflect.DeepEqual(ranks, moved) {
		t.Errorf("ranks are by the scores, whatever the codes: %v became %v", ranks, moved)
	}
	if after.Decided == nil || after.Decided.List != "daftar-1" || !slices.Contains(after.Decided.Codes, Meaning{"GUGUR", "disqualified"}) || !slices.Contains(after.Decided.Codes, Meaning{"P", "passed"}) {
		t.Errorf("released: %+v", after.Decided)
	}
	if after.Counts.Meets != 3 {
		t.Errorf("%d meet the thresholds: those of the codes P/L and P are three", after.Counts.Meets)
	}
	if now, _ := b.View("uji"); now.Epoch != j.pos+1 {
		t.Errorf("epoch %d", now.Epoch)
	} else if _, ok := now.Since(view); ok {
		t.Error("a reader from before the release is told by a frame, and not by a reset")
	}
	meets := 0
	for _, bin := range b.Distribution("uji") {
		meets += bin.Meets
	}
	if meets != 3 {
		t.Errorf("the distribution has %d who meet the thresholds", meets)
	}

	// The list does not know what happens after it.
	j.add("attempt/at-0", engine.Event{Kind: engine.Disqualified})
	j.list[len(j.list)-1].apply(b)
	_, statuses, _ = snapshotOf(t, b)
	want("disqualified after it", statuses, StatusDIS, "P", "TL", "P")

	// What annulled items change is no longer what the list was made of.
	r := rescoring(t, &x, j.pos+2, smallAnnulments[1])
	b.Rescore(r)
	b.Decide(&Deciding{Decided: Decided{List: "daftar-1", Stage: StageShortlist, At: 1500, Again: true}, Epoch: j.pos + 2, At: 1600})
	again, statuses, _ := snapshotOf(t, b)
	want("made anew", statuses, StatusDIS, Meets, Misses, Misses, StatusDIS, StatusTMS, StatusTH)
	if again.Decided == nil || !again.Decided.Again || again.Decided.Codes != nil || again.Counts.Meets != 1 {
		t.Errorf("made anew: %+v, %+v", again.Decided, again.Counts)
	}

	b.Decide(decided(b, "daftar-2", j.pos+3))
	last, statuses, _ := snapshotOf(t, b)
	want("released again", statuses, "GUGUR", "P/L", "TL", "P", "GUGUR", "TMS", "TH")
	if last.Decided.List != "daftar-2" || last.Decided.Again {
		t.Errorf("released again: %+v", last.Decided)
	}
}

// A list of scores has no codes: it says whether the thresholds of the own need are met.
func TestAListOfScoresSaysByTheOwnNeed(t *testing.T) {
	x := smallExam(t, engine.LiveInstant, 4)
	j := &journal{pos: 1}
	j.add("attempt/at-3", engine.Event{Kind: engine.Started})
	for q, option := range "bbaaaa" {
		j.add("attempt/at-3", *answered(q+1, string(option), time.Minute))
	}
	j.add("attempt/at-3", engine.Event{Kind: engine.Finished})
	b := folded(t, x, j.list)
	_, statuses, _ := snapshotOf(t, b)
	if got := statuses[x.Entrants[3].Number]; got != Misses {
		t.Fatalf("by the general need: %q", got)
	}
	b.Decide(&Deciding{Decided: Decided{List: "nilai", Stage: StageScores, At: 1500}, Epoch: j.pos + 1, At: 1500, Rows: []Listed{
		{Number: x.Entrants[3].Number, Code: Meets, Scores: []int{0, 10, 10}}, {Number: x.Entrants[0].Number, Code: ""},
	}})
	s, statuses, _ := snapshotOf(t, b)
	if statuses[x.Entrants[3].Number] != Meets || statuses[x.Entrants[0].Number] != "" || s.Counts.Meets != 1 {
		t.Errorf("%v, %+v", statuses, s.Counts)
	}
}

// What a code means is told by the decision that it stands for; an agency that prints one
// for two of them leaves open which is meant.
func TestACodeForTwoDecisionsMeansNeither(t *testing.T) {
	c := agency
	c.Passed = c.Missed
	if is := c.Is(StageShortlist, "TL"); is != "" {
		t.Errorf("TL is said to be %q", is)
	}
	if is := c.Is(StageShortlist, "P/L"); is != "shortlisted" {
		t.Errorf("P/L is said to be %q", is)
	}
	if is := c.Is(StageScores, "DIS"); is != "disqualified" {
		t.Errorf("DIS is said to be %q", is)
	}
}

// Under masked numbers more digits may be shown after more people came: a row is the same
// person's while nobody else's number ends so.
func TestARowIsFoundByTheEndOfItsNumber(t *testing.T) {
	x := smallExam(t, engine.LiveInstant, 12)
	x.Policy.Names = NamesMaskedNumber
	b := boards(t, x)
	for i := range b.seats {
		want, plain := int32(i), b.seats[i].plain
		if seat, ok := b.endsWith(plain[len(plain)-4:]); !ok || seat != want {
			t.Errorf("%s: seat %d, %v", plain, seat, ok)
		}
	}
	for _, end := range []string{"0", "9999", ""} { // of several, of nobody, of everybody
		if seat, ok := b.endsWith(end); ok {
			t.Errorf("%q is said to be seat %d", end, seat)
		}
	}
}
