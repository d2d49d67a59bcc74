package scoring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"terang/engine"
)

// rescoring annuls items of the small exam, whose item q stands at position q.
func rescoring(t interface{ Fatal(...any) }, x *Exam, at engine.Pos, list ...Annulment) *Rescoring {
	annulled, err := NewAnnulled(x.Rules, x.Key, list)
	if err != nil {
		t.Fatal(err)
	}
	r := &Rescoring{Annulled: annulled, Rescored: Rescored{Version: len(list), Why: "wrong_key", At: 5000}, Epoch: at, Given: make(map[string][]Place)}
	for n, e := range x.Entrants {
		if n%3 == 2 {
			continue // not on this form
		}
		for i, id := range annulled.Items() {
			for q := 1; q <= 6; q++ {
				if id == item(q) {
					r.Given[e.Attempt] = append(r.Given[e.Attempt], Place{Item: i, Q: q})
				}
			}
		}
	}
	return r
}

// annulledFrom is the exam as a node loads it that starts after the annulment.
func annulledFrom(x Exam, r *Rescoring) Exam {
	x.Entrants = slices.Clone(x.Entrants)
	for i := range x.Entrants {
		x.Entrants[i].Given = r.Given[x.Entrants[i].Attempt]
	}
	x.Annulled, x.Rescored, x.Epoch = r.Annulled, r.Rescored, r.Epoch
	return x
}

var smallAnnulments = []Annulment{
	{Item: "i1", Section: "TWK", Policy: KeyFix, Values: map[string]int{"a": 0, "b": 5, "c": 0}},
	{Item: "i3", Section: "TIU", Policy: CreditAll},
	{Item: "i4", Section: "TIU", Policy: CreditBestOf, Values: map[string]int{"a": 0, "b": 5, "c": 5}},
	{Item: "i6", Section: "TKP", Policy: DropScale},
}

// ofTheExam puts an event of the exam's own stream before the one at i, and says where it stands.
func ofTheExam(history []record, i int, kind engine.Kind) ([]record, engine.Pos) {
	at := engine.Pos(2)
	if i > 0 {
		at = history[i-1].rec.Pos + 1
	}
	for k := i; k < len(history); k++ {
		history[k].rec.Pos++
	}
	return slices.Insert(history, i, record{engine.Record{Pos: at, Stream: "exam/uji", N: 9}, engine.Event{Kind: kind, At: 1500}}), at
}

// lived applies a history and takes something over before the record at taken. Boards tick and
// readers follow now and then, and at the end; it returns the instant of the last tick.
func lived(t *rapid.T, b *Boards, history []record, taken int, take, follow func()) engine.Instant {
	now := engine.Instant(2000)
	for i := 0; i <= len(history); i++ {
		if i == taken {
			take()
		}
		if i < len(history) {
			history[i].apply(b)
		}
		if now += 1000; rapid.Bool().Draw(t, "tick") {
			b.Tick(now)
			if rapid.Bool().Draw(t, "follow") {
				follow()
			}
		}
	}
	now += 2 * restamp
	b.Tick(now)
	follow()
	return now
}

// Law 2: whenever a node takes an annulment over, its boards are those of a node that
// folds everything anew, and its readers have the same rows.
func TestARescoredBoardIsTheBoardFoldedAnew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live := rapid.SampledFrom([]string{engine.LiveInstant, engine.LiveSettled, engine.LiveProgress}).Draw(t, "live")
		x := smallExamOf(t, live)
		history := drawHistory(t, &x)
		decided := rapid.IntRange(0, len(history)).Draw(t, "decided")
		history, at := ofTheExam(history, decided, engine.ItemAnnulled)
		taken := rapid.IntRange(decided+1, len(history)).Draw(t, "taken over")
		r := rescoring(t, &x, at, rapid.SliceOfNDistinct(rapid.SampledFrom(smallAnnulments), 1, 4, func(a Annulment) string { return a.Item }).Draw(t, "annulled")...)
		one, err := NewBoards(x, 1000)
		if err != nil {
			t.Fatal(err)
		}
		m, v, _ := one.Resume("uji", 0, 0)
		w := &watcher{view: v}
		w.take(t, m)
		now := lived(t, one, history, taken, func() { one.Rescore(r) }, func() { w.follow(t, one, "uji") })
		two, err := NewBoards(annulledFrom(x, r), 5)
		if err != nil {
			t.Fatal(err)
		}
		for i := range history {
			history[i].apply(two)
		}
		two.Tick(now)
		for _, id := range ids(two) {
			a, _ := one.Page(id, 0, MaxPage, "")
			b, _ := two.Page(id, 0, MaxPage, "")
			if !reflect.DeepEqual(a.Rows, b.Rows) || a.Counts != b.Counts || a.Final != b.Final || a.Epoch != b.Epoch || a.Rescored != b.Rescored {
				t.Fatalf("%s, taken over:\n%+v\nfolded anew:\n%+v", id, a, b)
			}
		}
		body, _, _ := two.JSON("uji", 0, MaxPage, "")
		sameRows(t, "uji", w, body)
	})
}

// A preview is what then happens, and changes nothing.
func TestThePreviewIsWhatHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := smallExamOf(t, engine.LiveInstant)
		b, err := NewBoards(x, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range drawHistory(t, &x) {
			r.apply(b)
		}
		r := rescoring(t, &x, b.applied, smallAnnulments...)
		before := b.Results()
		changes := b.Preview(r)
		if !reflect.DeepEqual(before, b.Results()) {
			t.Fatal("the preview changed results")
		}
		b.Rescore(r)
		for i, after := range b.Results() {
			if c := changes[i]; c.Attempt != after.Attempt || c.Before != before[i].Face || c.After != after.Face || after.Raw != before[i].Raw {
				t.Fatalf("shown %+v, happened %+v", c, after)
			}
		}
	})
}

// never half old, half new: whoever reads while results are made anew sees one version.
func TestNobodySeesHalfARescoring(t *testing.T) {
	const people = 1500
	x := smallExam(t, engine.LiveInstant, people)
	b := boards(t, x)
	j := &journal{pos: 1}
	for _, e := range x.Entrants {
		j.add("attempt/"+e.Attempt, engine.Event{Kind: engine.Started})
		j.add("attempt/"+e.Attempt, *answered(3, "b", 0))
		j.add("attempt/"+e.Attempt, engine.Event{Kind: engine.Finished})
	}
	for i := range j.list {
		j.list[i].apply(b)
	}
	b.Tick(2000)
	r := rescoring(t, &x, b.applied+1, Annulment{Item: "i3", Section: "TIU", Policy: CreditAll})
	want := map[int]int{}
	for version, total := range map[int]int{0: 0, 1: 5 * len(r.Given)} {
		want[version] = total
	}
	var group sync.WaitGroup
	var seen [2]atomic.Int64
	stop := make(chan struct{})
	for range 2 {
		group.Go(func() {
			for {
				page, _ := b.Page("uji", 0, MaxPage, "")
				sum := 0
				for _, row := range page.Rows {
					sum += row.Points.Sum()
				}
				if v := page.Rescored.Version; sum != want[v] {
					t.Errorf("version %d shows %d points, want %d", v, sum, want[v])
				} else {
					seen[v].Add(1)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	old, _ := b.View("uji")
	for seen[0].Load() == 0 { // readers are at it
		b.Tick(3000)
	}
	b.Rescore(r)
	b.Tick(9000)
	for seen[1].Load() == 0 {
		b.Tick(10_000)
	}
	close(stop)
	group.Wait()
	now, _ := b.View("uji")
	if _, ok := now.Since(old); ok {
		t.Error("a reader of the old version is given frames instead of a reset")
	}
	body, _, _ := b.JSON("uji", 0, 1, "")
	if !bytes.Contains(body, []byte(`"rescored":{"version":1,"why":"wrong_key"`)) || bytes.Contains(body, []byte("i3")) {
		t.Errorf("the board does not say that it was made anew, or says of which item: %s", body)
	}
	if !json.Valid(body) {
		t.Errorf("no JSON: %s", body)
	}
}

// BenchmarkRescore100000 is what an annulment costs boards of a hundred thousand finished
// attempts of 110 items: taking it over, and publishing every row anew.
func BenchmarkRescore100000(b *testing.B) {
	const people = 100_000
	rs := rules(b, "skd-2024")
	x := Exam{Code: "uji", Title: "Uji", Epoch: 1, Rules: rs, Key: Key{}, Policy: engine.DefaultPolicy(), Sites: []Named{{"a", "A"}}, Sittings: []SittingName{{Code: "s", Title: "S", Site: "a"}}}
	for q := 1; q <= rs.Items; q++ {
		x.Key[item(q)] = map[string]int{"a": 5, "b": 1}
	}
	for i := range people {
		x.Entrants = append(x.Entrants, Entrant{Attempt: fmt.Sprint("at-", i), Number: fmt.Sprintf("%06d", i), Site: "a", Sitting: "s", Need: "general"})
	}
	bs := boards(b, x)
	pos := engine.Pos(1)
	for _, e := range x.Entrants {
		stream := "attempt/" + e.Attempt
		apply := func(e *engine.Event) {
			pos++
			bs.Apply(engine.Record{Pos: pos, Stream: stream, N: int(pos)}, e)
		}
		apply(&engine.Event{Kind: engine.Started})
		for q := 1; q <= rs.Items; q++ {
			apply(answered(q, "ab"[q%2:q%2+1], 0))
		}
		apply(&engine.Event{Kind: engine.Finished})
	}
	bs.Tick(2000)
	annulled, err := NewAnnulled(rs, x.Key, []Annulment{{Item: "i1", Section: "TWK", Policy: CreditAll}})
	if err != nil {
		b.Fatal(err)
	}
	r := &Rescoring{Annulled: annulled, Given: make(map[string][]Place)}
	for i, e := range x.Entrants {
		if i%2 == 0 {
			r.Given[e.Attempt] = []Place{{0, 1}}
		}
	}
	for n := 0; b.Loop(); n++ {
		pos++
		r.Epoch, r.Rescored.Version = pos, n+1
		r.Annulled = annulled
		if n%2 == 1 {
			r.Annulled = nil
		}
		bs.Rescore(r)
		bs.Tick(3000)
	}
}
