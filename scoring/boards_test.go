package scoring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"terang/engine"
)

// record is a committed event with what a test needs to apply it.
type record struct {
	rec engine.Record
	e   engine.Event
}

// journal numbers events as a journal does.
type journal struct {
	pos  engine.Pos
	n    map[string]int
	list []record
}

func (j *journal) add(stream string, e engine.Event) {
	if j.n == nil {
		j.n = make(map[string]int)
	}
	j.pos += 1 + engine.Pos(len(j.list)%2) // positions have gaps
	j.n[stream]++
	j.list = append(j.list, record{engine.Record{Pos: j.pos, Stream: stream, N: j.n[stream]}, e})
}

func smallExam(t testing.TB, live string, people int) Exam {
	t.Helper()
	policy := engine.DefaultPolicy()
	policy.Live = live
	x := Exam{
		Code: "uji", Title: "Ujian Uji", Epoch: 1, Rules: small(t, live).Rules, Key: smallKey(), Policy: policy,
		Sites:      []Named{{"utara", "Tilok Utara"}, {"selatan", "Tilok Selatan"}},
		Sittings:   []SittingName{{Code: "u1", Title: "Sesi 1", Site: "utara"}, {Code: "u2", Title: "Sesi 2", Site: "utara"}, {Code: "s1", Title: "Sesi 1", Site: "selatan"}},
		Formations: []Named{{"f1", "Analis"}},
	}
	for i := range people {
		s := x.Sittings[i%3]
		e := Entrant{
			Attempt: fmt.Sprintf("at-%d", i), Number: fmt.Sprintf("26-%04d", (people+2-i)%people), Name: fmt.Sprintf("Nama Ke%d", i),
			Site: s.Site, Sitting: s.Code, Formation: "f1", Need: "general",
		}
		if i%4 == 3 {
			e.Formation, e.Need = "f2", "papua"
		}
		x.Entrants = append(x.Entrants, e)
	}
	return x
}

func boards(t testing.TB, x Exam) *Boards {
	t.Helper()
	b, err := NewBoards(x, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (r *record) apply(b *Boards) { b.Apply(r.rec, &r.e) }

func ids(b *Boards) []string {
	var out []string
	for _, s := range b.List() {
		out = append(out, s.ID)
	}
	return out
}

// watcher is a reader as the public interface describes one: rows are states, frames are applied whole.
type watcher struct {
	view   *View
	rows   map[string]json.RawMessage
	counts json.RawMessage
	at     engine.Pos
	epoch  engine.Pos
}

type wireFrame struct {
	From, To engine.Pos
	Rows     []json.RawMessage
	Gone     []string
	Counts   json.RawMessage
}

func (w *watcher) take(t interface{ Fatalf(string, ...any) }, m Message) {
	if m.Body == nil {
		w.epoch, w.at = m.Epoch, m.Seq
		return
	}
	var f wireFrame
	if err := json.Unmarshal(m.Body, &f); err != nil {
		t.Fatalf("%v: %s", err, m.Body)
	}
	if m.Reset {
		w.rows = map[string]json.RawMessage{}
	} else if f.From > w.at {
		t.Fatalf("a hole: at %d, the frame begins at %d", w.at, f.From)
	}
	for _, r := range f.Rows {
		number, body := bare(t, r)
		w.rows[number] = body
	}
	for _, n := range f.Gone {
		delete(w.rows, n)
	}
	w.epoch, w.at, w.counts = m.Epoch, max(w.at, m.Seq), f.Counts
}

// bare is a row without its rank, and its number.
func bare(t interface{ Fatalf(string, ...any) }, r json.RawMessage) (string, json.RawMessage) {
	if i := bytes.Index(r, []byte(`"number"`)); i > 0 {
		r = append([]byte("{"), r[i:]...)
	}
	var row struct{ Number string }
	if err := json.Unmarshal(r, &row); err != nil {
		t.Fatalf("%v: %s", err, r)
	}
	return row.Number, r
}

// follow reads what was published since, as an event stream does.
func (w *watcher) follow(t interface{ Fatalf(string, ...any) }, b *Boards, id string) {
	v, _ := b.View(id)
	frames, ok := v.Since(w.view)
	if !ok {
		m, v, _ := b.Resume(id, w.epoch, w.at)
		w.view = v
		w.take(t, m)
		return
	}
	for _, f := range frames {
		w.take(t, Message{Epoch: v.Epoch, Seq: f.To, Body: f.Body})
	}
	w.view = v
}

// drawHistory is a course of the exam in any order, but that nobody answers after the finish.
func drawHistory(t *rapid.T, x *Exam) []record {
	j := &journal{pos: 1}
	over := map[string]bool{}
	now := engine.Instant(2000)
	person := func() string {
		return "attempt/" + x.Entrants[rapid.IntRange(0, len(x.Entrants)-1).Draw(t, "who")].Attempt
	}
	sitting := func() string { return rapid.SampledFrom([]string{"u1", "u2", "s1", "new"}).Draw(t, "sitting") }
	for range rapid.IntRange(0, 60).Draw(t, "events") {
		now += engine.Instant(rapid.IntRange(0, 300_000).Draw(t, "ms"))
		switch rapid.IntRange(0, 11).Draw(t, "kind") {
		case 0:
			kind := rapid.SampledFrom([]engine.Kind{engine.CheckedIn, engine.CheckedIn, engine.Transferred, engine.Continued, engine.Resat}).Draw(t, "place")
			who := person()
			over[who] = over[who] && kind != engine.Resat
			j.add(who, engine.Event{Kind: kind, Sitting: "uji." + sitting(), At: now})
		case 1, 2:
			j.add(person(), engine.Event{Kind: engine.Started, At: now})
		case 3, 4, 5:
			e := answered(rapid.IntRange(1, 6).Draw(t, "q"), rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "option"), 0)
			e.At = now
			if who := person(); !over[who] {
				j.add(who, *e)
			}
		case 6:
			kind := rapid.SampledFrom([]engine.Kind{
				engine.Finished, engine.Disqualified, engine.Reopened, engine.Marked, engine.Looked}).Draw(t, "end")
			who := person()
			over[who] = kind == engine.Finished || kind == engine.Disqualified || over[who] && kind != engine.Reopened
			j.add(who, engine.Event{Kind: kind, At: now})
		case 7:
			j.add(person(), engine.Event{Kind: engine.TurnedAway, Why: rapid.SampledFrom([]string{"late", "papers", "withdrew"}).Draw(t, "why"), At: now})
		case 8, 9:
			j.add("sitting/uji."+sitting(), engine.Event{Kind: engine.SettledTo, To: now, At: now})
		case 10:
			j.add("sitting/uji."+sitting(), engine.Event{Kind: rapid.SampledFrom([]engine.Kind{
				engine.SittingEnded, engine.SittingClosed}).Draw(t, "over"), At: now})
		case 11:
			j.add("sitting/lain.u1", engine.Event{Kind: engine.SittingClosed, At: now}) // another exam's
		}
	}
	return j.list
}

// Law 2 and law 8: whatever the pattern of ticks, wherever a reader dropped out, the same
// records give the same bytes, and every reader ends with the same rows.
func TestAnyPatternOfTicksGivesTheSameBoards(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live := rapid.SampledFrom([]string{engine.LiveInstant, engine.LiveSettled, engine.LiveProgress}).Draw(t, "live")
		x := smallExamOf(t, live)
		history := drawHistory(t, &x)
		one, err := NewBoards(x, 1000)
		if err != nil {
			t.Fatal(err)
		}
		watchers := map[string]*watcher{}
		join := func() {
			for _, id := range ids(one) {
				if watchers[id] == nil {
					m, v, _ := one.Resume(id, 0, 0)
					if !m.Reset {
						t.Fatalf("a new watcher of %s gets no reset", id)
					}
					watchers[id] = &watcher{view: v}
					watchers[id].take(t, m)
				}
			}
		}
		join()
		at := engine.Instant(2000)
		for i := range history {
			history[i].apply(one)
			if rapid.Bool().Draw(t, "tick") {
				at += 1000
				one.Tick(at)
				join()
				for id, w := range watchers {
					if rapid.Bool().Draw(t, "follows "+id) {
						w.follow(t, one, id)
					}
				}
			}
		}
		end := at + 2*restamp
		one.Tick(end)
		join()
		slices.Reverse(x.Entrants)
		two, err := NewBoards(x, 5)
		if err != nil {
			t.Fatal(err)
		}
		for i := range history {
			history[i].apply(two)
		}
		two.Tick(end)
		if a, b := sorted(ids(one)), sorted(ids(two)); !slices.Equal(a, b) {
			t.Fatalf("boards %v and %v", a, b)
		}
		for id, w := range watchers {
			a, _, _ := one.JSON(id, 0, MaxPage, "")
			b, _, _ := two.JSON(id, 0, MaxPage, "")
			if !bytes.Equal(a, b) {
				t.Fatalf("%s:\n%s\n%s", id, a, b)
			}
			w.follow(t, one, id)
			sameRows(t, id, w, a)
			// A reader that dropped out anywhere resumes at the other node without a hole.
			after := engine.Pos(rapid.IntRange(0, int(one.applied)+3).Draw(t, "after"))
			sameRows(t, id, resumed(t, one, two, history, id, w.epoch, after), a)
		}
	})
}

// resumed is a reader that saw one node's board up to a position, then came to another.
func resumed(t *rapid.T, _, two *Boards, history []record, id string, epoch, after engine.Pos) *watcher {
	x := two.exam
	x.Entrants = smallExamOf(t, x.Policy.Live).Entrants
	early, err := NewBoards(x, 7)
	if err != nil {
		t.Fatal(err)
	}
	for i := range history {
		if history[i].rec.Pos <= after {
			history[i].apply(early)
		}
	}
	early.Tick(8)
	w := &watcher{rows: map[string]json.RawMessage{}}
	if m, _, ok := early.Resume(id, 0, -1); ok {
		w.take(t, m)
	}
	m, _, _ := two.Resume(id, w.epoch, w.at)
	w.take(t, m)
	if m.Body == nil { // nothing is missing: counts stand as they were
		v, _ := two.View(id)
		w.counts = appendCounts(nil, v.Counts)[len(`"counts":`):]
	}
	if future, _, _ := two.Resume(id, w.epoch, two.applied+1); !future.Reset {
		t.Fatalf("a position that is not reached yet is not answered with a reset")
	}
	return w
}

func smallExamOf(t *rapid.T, live string) Exam {
	rs, err := Parse([]byte(smallRules))
	if err != nil {
		t.Fatal(err)
	}
	policy := engine.DefaultPolicy()
	policy.Live = live
	x := smallExam(&testing.T{}, live, 7)
	x.Rules, x.Policy = rs, policy
	return x
}

func sameRows(t *rapid.T, id string, w *watcher, page []byte) {
	var p struct {
		Rows   []json.RawMessage
		Counts json.RawMessage
	}
	if err := json.Unmarshal(page, &p); err != nil {
		t.Fatalf("%v: %s", err, page)
	}
	want := map[string]json.RawMessage{}
	for _, r := range p.Rows {
		number, body := bare(t, r)
		want[number] = body
	}
	if !maps.EqualFunc(w.rows, want, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) || !bytes.Equal(w.counts, p.Counts) {
		t.Fatalf("%s: the reader has\n%s %s\nthe board\n%s %s", id, w.rows, w.counts, want, p.Counts)
	}
}

func sorted(list []string) []string { slices.Sort(list); return list }

// What a board shows of a person is what the card says, after each record: also where a record
// is passed over because nothing that it changes is shown.
func TestABoardShowsWhatTheCardsSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := smallExamOf(t, rapid.SampledFrom([]string{engine.LiveInstant, engine.LiveSettled, engine.LiveProgress}).Draw(t, "live"))
		history := drawHistory(t, &x)
		b, err := NewBoards(x, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for i := range history {
			history[i].apply(b)
			for j := range b.seats {
				if got, want := b.seats[j].face, b.seats[j].card.Public(); got != want {
					t.Fatalf("after %+v: %+v, the card says %+v", history[i].e, got, want)
				}
			}
		}
	})
}

func TestABoardInFull(t *testing.T) {
	x := smallExam(t, engine.LiveInstant, 7)
	b := boards(t, x)
	want := []string{"uji", "uji.site.utara", "uji.site.selatan", "uji.sitting.u1", "uji.sitting.u2", "uji.sitting.s1", "uji.formation.f1", "uji.formation.f2"}
	if got := ids(b); !slices.Equal(got, want) {
		t.Fatalf("boards %v", got)
	}
	j := &journal{pos: 1}
	for i, answers := range []string{"aaaaaa", "aaaaab", "aaaab", "bbbbba"} {
		stream := "attempt/" + x.Entrants[i].Attempt
		j.add(stream, engine.Event{Kind: engine.CheckedIn, Sitting: "uji." + x.Entrants[i].Sitting})
		j.add(stream, engine.Event{Kind: engine.Started})
		for q, option := range answers {
			j.add(stream, *answered(q+1, string(option), time.Minute))
		}
	}
	j.add("attempt/at-0", engine.Event{Kind: engine.Finished})
	j.add("attempt/at-3", engine.Event{Kind: engine.Disqualified})
	for i := range j.list {
		j.list[i].apply(b)
	}
	b.Tick(instant(2 * time.Minute))
	body, v, _ := b.JSON("uji", 0, 7, "")
	var p struct {
		Title      string
		Epoch, Seq engine.Pos
		At         time.Time
		Final      bool
		Live       string
		Keys       []string
		Thresholds map[string]int
		Counts     Counts
		Total      int
		Rows       []struct {
			Rank     *int
			Number   string
			Name     string
			Scores   map[string]int
			Total    *int
			Meets    map[string]bool
			Status   string
			Progress int
			Finished bool
		}
	}
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if p.Title != "Ujian Uji" || p.Epoch != 1 || p.Seq != j.list[len(j.list)-1].rec.Pos || p.Seq != v.Seq || p.Final || p.Live != "instant" || p.Total != 7 {
		t.Errorf("head: %s", body)
	}
	if (p.Counts != Counts{Registered: 7, Working: 2, Finished: 2, Meets: 2}) {
		t.Errorf("counts %+v", p.Counts)
	}
	if !reflect.DeepEqual(p.Keys, []string{"total", "TKP", "TIU", "TWK"}) || !maps.Equal(p.Thresholds, map[string]int{"TWK": 5, "TIU": 5, "TKP": 4}) {
		t.Errorf("keys %v, thresholds %v", p.Keys, p.Thresholds)
	}
	first := p.Rows[0]
	if *first.Rank != 1 || first.Name != "Nama K***" || *first.Total != 30 || first.Scores["TKP"] != 10 || !first.Meets["TWK"] || first.Status != Meets || first.Progress != 6 || !first.Finished {
		t.Errorf("first row %+v", first)
	}
	if dis := p.Rows[6]; dis.Number != "26-0006" || dis.Status != StatusDIS || dis.Rank != nil || *dis.Total != 7 {
		t.Errorf("a disqualified candidate has a code, the score and no place, got %+v", dis)
	}
	if none := p.Rows[3]; none.Rank != nil || none.Total != nil || len(none.Scores) != 0 || none.Status != "" {
		t.Errorf("a candidate who has not begun: %+v", none)
	}
	for _, secret := range []string{"papua", "general", "i1", "at-0", "Ke0"} {
		if bytes.Contains(body, []byte(`"`+secret)) {
			t.Errorf("%q is on the board", secret)
		}
	}
	if page, _ := b.Page("uji.formation.f2", 0, 10, ""); page.Thresholds.Total != 0 || !maps.Equal(page.Thresholds.Sections, p.Thresholds) {
		t.Errorf("the thresholds of the formation's need are told: %+v", page.Thresholds)
	}
	if _, _, ok := b.JSON("uji.site.barat", 0, 1, ""); ok {
		t.Error("a board that there is not")
	}
}

func TestASearchFindsByNumberOnly(t *testing.T) {
	b := boards(t, smallExam(t, engine.LiveInstant, 30))
	for query, want := range map[string]int{
		"26-0004": 1, "260004": 1, " 26-0004 ": 1, "0004": 1, "004": 0, "Nama": 0, "0099": 0, "": 30,
	} {
		page, _ := b.Page("uji", 0, 100, query)
		if len(page.Rows) != want {
			t.Errorf("%q finds %d rows, want %d", query, len(page.Rows), want)
		}
	}
	if page, _ := b.Page("uji.sitting.u1", 0, 10, "0001"); len(page.Rows) != 0 {
		t.Errorf("found on a board where it does not stand: %+v", page.Rows)
	}
	if page, _ := b.Page("uji", 28, 10, ""); len(page.Rows) != 2 || page.Total != 30 {
		t.Errorf("the last page has %d rows of %d", len(page.Rows), page.Total)
	}
}

// A board that is frozen changes its epoch, keeps the recorded time, and is not told again.
func TestABoardIsFinalWhenItsLastSittingIsClosed(t *testing.T) {
	b := boards(t, smallExam(t, engine.LiveInstant, 6))
	j := &journal{pos: 1}
	j.add("sitting/uji.u1", engine.Event{Kind: engine.SittingClosed, At: 5000})
	j.add("sitting/uji.u2", engine.Event{Kind: engine.SittingClosed, At: 6000})
	for i := range j.list {
		j.list[i].apply(b)
		b.Tick(engine.Instant(20_000 + i))
	}
	v, _ := b.View("uji.site.utara")
	if !v.Final || v.Epoch != j.pos || v.At != 6000 {
		t.Errorf("site: %+v", v)
	}
	if all, _ := b.View("uji"); all.Final {
		t.Error("the exam is final while a sitting is open")
	}
	if page, _ := b.Page("uji.site.utara", 0, 1, ""); page.Rows[0].Status != StatusTH {
		t.Errorf("who never came: %+v", page.Rows[0])
	}
	b.Tick(1_000_000)
	if again, _ := b.View("uji.site.utara"); again != v {
		t.Error("a frozen board was published again")
	}
}

// Who sits again at a sitting that is still open makes boards go on that were final, until that one
// is closed too. Those that they leave are frozen anew, without them.
func TestBoardsGoOnForWhoSitsAgain(t *testing.T) {
	x := smallExam(t, engine.LiveInstant, 6)
	b := boards(t, x)
	j := &journal{pos: 1}
	who := "attempt/" + x.Entrants[0].Attempt
	applied := 0
	shown := func() func(string) *View {
		for ; applied < len(j.list); applied++ {
			j.list[applied].apply(b)
		}
		b.Tick(engine.Instant(1000 * len(j.list)))
		return func(id string) *View {
			v, ok := b.View(id)
			if !ok {
				t.Fatalf("no board %s", id)
			}
			return v
		}
	}
	for _, s := range []string{"u1", "u2"} {
		j.add("sitting/uji."+s, engine.Event{Kind: engine.SittingClosed, At: 5000})
	}
	closed := j.pos
	if v := shown()("uji.site.utara"); !v.Final || v.Epoch != closed {
		t.Fatalf("the site whose sittings are closed: %+v", v)
	}
	j.add(who, engine.Event{Kind: engine.Resat, Sitting: "uji.s1", Act: "uji.u1", At: 7000})
	again := j.pos
	view := shown()
	for _, id := range []string{"uji.sitting.u1", "uji.site.utara"} {
		if v := view(id); !v.Final || v.Epoch != again || v.At != 7000 {
			t.Errorf("%s, that was left: %+v", id, v)
		}
	}
	if v := view("uji.sitting.s1"); v.Final {
		t.Errorf("where they sit again: %+v", v)
	}
	j.add("sitting/uji.s1", engine.Event{Kind: engine.SittingClosed, At: 8000})
	if v := shown()("uji"); !v.Final || v.Epoch != j.pos {
		t.Fatalf("the exam once all are closed: %+v", v)
	}
	j.add("attempt/"+x.Entrants[1].Attempt, engine.Event{Kind: engine.Resat, Sitting: "uji.new", At: 9000})
	view = shown()
	for _, id := range []string{"uji", "uji.site.utara", "uji.formation." + x.Entrants[1].Formation} {
		if v := view(id); v.Final || v.Epoch != j.pos {
			t.Errorf("%s is final while somebody sits again: %+v", id, v)
		}
	}
	j.add("sitting/uji.new", engine.Event{Kind: engine.SittingClosed, At: 9500})
	if v := shown()("uji"); !v.Final || v.Epoch != j.pos {
		t.Errorf("once that one is closed: %+v", v)
	}
}

// A sitting that is cancelled is nobody's last: what is known of it when boards are made decides,
// so that none is final before the roster says where its people sit now.
func TestACancelledSittingEndsWithItsRecord(t *testing.T) {
	x := smallExam(t, engine.LiveInstant, 6)
	j := &journal{pos: 1}
	j.add("sitting/uji.u1", engine.Event{Kind: engine.SittingClosed, At: 5000})
	j.add("sitting/uji.u2", engine.Event{Kind: engine.SittingClosed, At: 5500})
	j.add("sitting/uji.s1", engine.Event{Kind: engine.SittingCancelled, At: 6000})
	before := boards(t, x)
	x.Sittings[2].Cancelled = true
	for i := range x.Entrants {
		if x.Entrants[i].Sitting == "s1" {
			x.Entrants[i].Site, x.Entrants[i].Sitting = "utara", "u2"
		}
	}
	after := boards(t, x)
	for i := range j.list {
		j.list[i].apply(before)
		j.list[i].apply(after)
	}
	before.Tick(7000)
	after.Tick(7000)
	for _, id := range []string{"uji", "uji.site.selatan", "uji.sitting.s1"} {
		if v, _ := before.View(id); v.Final {
			t.Errorf("%s is final by a record of which the roster does not know: %+v", id, v)
		}
		if v, _ := after.View(id); !v.Final || v.Epoch != j.pos || v.At != 6000 {
			t.Errorf("%s: %+v", id, v)
		}
	}
}

func TestAQuietBoardSaysThatItIsStillRight(t *testing.T) {
	b := boards(t, smallExam(t, engine.LiveInstant, 3))
	before, _ := b.View("uji")
	b.Tick(1000 + restamp - 1)
	if v, _ := b.View("uji"); v != before {
		t.Error("published without a change")
	}
	b.Tick(1000 + restamp)
	v, _ := b.View("uji")
	frames, ok := v.Since(before)
	if !ok || len(frames) != 1 || frames[0].From != frames[0].To || v.At != 1000+restamp {
		t.Errorf("got %v %v at %v", frames, ok, v.At)
	}
}

func TestALargeBoardStreamsItsHead(t *testing.T) {
	x := smallExam(t, engine.LiveInstant, StreamRows+500)
	b := boards(t, x)
	m, view, _ := b.Resume("uji", 0, 0)
	w := &watcher{view: view}
	w.take(t, m)
	if len(w.rows) != StreamTop {
		t.Fatalf("a reset has %d rows", len(w.rows))
	}
	j := &journal{pos: 1}
	for i := range 300 {
		stream := fmt.Sprintf("attempt/at-%d", StreamRows-i)
		j.add(stream, engine.Event{Kind: engine.Started})
		for q := range 1 + i%6 {
			j.add(stream, *answered(q+1, "a", 0))
		}
		if i%50 == 0 {
			for k := range j.list {
				j.list[k].apply(b)
			}
			j.list = nil
			b.Tick(engine.Instant(2000 + i))
			w.follow(t, b, "uji")
		}
	}
	page, _ := b.Page("uji", 0, StreamTop, "")
	for _, r := range page.Rows {
		if string(w.rows[r.Number]) != string(r.body) {
			t.Fatalf("row %s: the watcher has %s, the board %s", r.Number, w.rows[r.Number], r.body)
		}
	}
	if len(w.rows) != StreamTop {
		t.Errorf("the watcher has %d rows, want %d", len(w.rows), StreamTop)
	}
	if m, _, _ := b.Resume("uji", 1, 2); !m.Reset {
		t.Error("a resumed reader of a large board is not given its head")
	}
}

func TestReadersDoNotDisturbTheFold(t *testing.T) {
	x := smallExam(t, engine.LiveInstant, 40)
	b := boards(t, x)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				for _, s := range b.List() {
					b.Page(s.ID, 3, 10, "")
					b.Page(s.ID, 0, 10, "0004")
					b.Resume(s.ID, 1, 5)
				}
			}
		})
	}
	j := &journal{pos: 1}
	for i := range 2000 {
		stream := fmt.Sprintf("attempt/at-%d", i%40)
		switch {
		case i < 40:
			j.add(stream, engine.Event{Kind: engine.Started})
		case i%97 == 0:
			j.add(stream, engine.Event{Kind: engine.CheckedIn, Sitting: "uji." + []string{"u1", "u2", "s1", fmt.Sprint("n", i)}[i%4]})
		default:
			j.add(stream, *answered(1+i%6, string("abc"[i%3]), 0))
		}
		j.list[i].apply(b)
		if i%20 == 0 {
			b.Tick(engine.Instant(2000 + i))
		}
	}
	close(stop)
	wg.Wait()
}

func TestAnExamThatCannotBeShownIsRefused(t *testing.T) {
	for says, spoil := range map[string]func(*Exam){
		"stands twice":         func(x *Exam) { x.Entrants[1].Number = strings.ReplaceAll(x.Entrants[0].Number, "-", "") },
		"no need":              func(x *Exam) { x.Entrants[2].Need = "nobody" },
		"site and sitting":     func(x *Exam) { x.Entrants[2].Sitting = "" },
		"exam code":            func(x *Exam) { x.Code = "a.b" },
		"no such section":      func(x *Exam) { x.FormSections = []engine.Section{{ID: "ABC", From: 1, To: 2}} },
		"positions before it ": func(x *Exam) { x.FormSections = []engine.Section{{ID: "TWK", From: 2, To: 3}} },
	} {
		x := smallExam(t, engine.LiveInstant, 5)
		spoil(&x)
		if _, err := NewBoards(x, 0); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want an error that says %q", err, says)
		}
	}
}

// BenchmarkFold20000 folds answers of a hall of 20,000 into all boards that they are on.
func BenchmarkFold20000(b *testing.B) {
	x := smallExam(b, engine.LiveInstant, 20_000)
	d := boards(b, x)
	streams := make([]string, len(x.Entrants))
	for i := range streams {
		streams[i] = fmt.Sprintf("attempt/at-%d", i)
		d.Apply(engine.Record{Pos: 10, Stream: streams[i], N: 1}, &engine.Event{Kind: engine.Started})
	}
	pos := engine.Pos(10)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		pos++
		round := n / len(streams)
		d.Apply(engine.Record{Pos: pos, Stream: streams[n%len(streams)], N: 2 + round}, answered(1+round%6, string("abc"[round%3]), 0))
	}
}

// One tick of a hall of 20,000 in which 700 answered since the last.
func BenchmarkTick20000(b *testing.B) {
	x := smallExam(b, engine.LiveInstant, 20_000)
	d := boards(b, x)
	pos, now := engine.Pos(10), engine.Instant(10_000)
	for i := range x.Entrants {
		d.Apply(engine.Record{Pos: pos, Stream: fmt.Sprintf("attempt/at-%d", i), N: 1}, &engine.Event{Kind: engine.Started})
	}
	d.Tick(now)
	for n := 0; b.Loop(); n++ {
		for i := range 700 {
			pos++
			d.Apply(engine.Record{Pos: pos, Stream: fmt.Sprintf("attempt/at-%d", (n*700+i)%20_000), N: 2}, answered(1+n%6, string("abc"[n%3]), 0))
		}
		now += 1000
		d.Tick(now)
	}
}
