package scoring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"terang/engine"
)

// fed keeps a mirror as a feed does: over what a watcher is told, and nothing else.
type fed struct {
	*Mirror
	views map[string]*View
	told  []Message // everything, in order, with the board before it
	of    []string
}

func newFed() *fed { return &fed{Mirror: NewMirror("uji"), views: make(map[string]*View)} }

func (f *fed) take(t interface{ Fatalf(string, ...any) }, id string, m Message) {
	if m.Body == nil {
		return
	}
	f.told, f.of = append(f.told, m), append(f.of, id)
	var err error
	if m.Reset {
		err = f.Reset(m.Body)
	} else {
		err = f.Frame(id, m.Epoch, m.Body)
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// resume is a stream that begins again.
func (f *fed) resume(t interface{ Fatalf(string, ...any) }, b *Boards, id string) {
	epoch, after := engine.Pos(-1), engine.Pos(-1)
	if v, ok := f.View(id); ok {
		epoch, after = v.Epoch, v.Seq
	}
	m, v, _ := b.Resume(id, epoch, after)
	f.views[id] = v
	f.take(t, id, m)
}

func (f *fed) follow(t interface{ Fatalf(string, ...any) }, b *Boards, id string) {
	v, _ := b.View(id)
	if f.views[id] == nil {
		f.resume(t, b, id)
		return
	}
	frames, ok := v.Since(f.views[id])
	if !ok {
		f.resume(t, b, id)
		return
	}
	for _, frame := range frames {
		f.take(t, id, Message{Epoch: v.Epoch, Seq: frame.To, Body: frame.Body})
	}
	f.views[id] = v
}

// Law 7 and law 8: whatever the feed missed, the mirror's boards are the exam's to the
// byte, and a reader of the one goes on at the other without a hole.
func TestAMirrorShowsTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := smallExamOf(t, rapid.SampledFrom([]string{engine.LiveInstant, engine.LiveSettled, engine.LiveProgress}).Draw(t, "live"))
		x.Policy.Names = rapid.SampledFrom([]string{NamesFull, NamesMasked, NamesNumber, NamesMaskedNumber}).Draw(t, "names")
		history := drawHistory(t, &x)
		b, err := NewBoards(x, 1000)
		if err != nil {
			t.Fatal(err)
		}
		f := newFed()
		readers := map[string]*watcher{}
		at := engine.Instant(2000)
		for i := range history {
			history[i].apply(b)
			if !rapid.Bool().Draw(t, "tick") {
				continue
			}
			at += 1000
			b.Tick(at)
			for _, id := range ids(b) {
				switch rapid.IntRange(0, 3).Draw(t, "stream of "+id) {
				case 0: // nothing comes
				case 1:
					f.resume(t, b, id)
				default:
					f.follow(t, b, id)
				}
				v, ok := f.View(id)
				if ok && readers[id] == nil && rapid.Bool().Draw(t, "reader") {
					m, _, _ := f.Resume(id, -1, -1)
					readers[id] = &watcher{view: v}
					readers[id].take(t, m)
				}
			}
		}
		b.Tick(at + 2*restamp)
		again := newFed() // another process, from what the first has kept
		for _, id := range ids(b) {
			f.follow(t, b, id)
		}
		for i, m := range f.told {
			again.take(t, f.of[i], m)
		}
		for _, id := range ids(b) {
			want, view, _ := b.JSON(id, 0, MaxPage, "")
			for name, m := range map[string]*fed{"mirror": f, "mirror that was killed": again} {
				got, v, _ := m.JSON(id, 0, MaxPage, "")
				if x.Policy.Names == NamesMaskedNumber { // equals stand in the order of what is shown
					got, want = byNumber(t, got), byNumber(t, want)
				}
				if !bytes.Equal(got, want) || v.Seq != view.Seq || v.Epoch != view.Epoch {
					t.Fatalf("%s of %s:\n%s\n%s", name, id, got, want)
				}
			}
			if w := readers[id]; w != nil {
				whole, _, _ := b.JSON(id, 0, MaxPage, "")
				for _, resume := range []func(string, engine.Pos, engine.Pos) (Message, *View, bool){again.Resume, b.Resume} {
					one := *w
					one.rows = cloneRows(w.rows)
					m, v, _ := resume(id, one.epoch, one.at)
					one.take(t, m)
					one.counts = appendCounts(nil, v.Counts)[len(`"counts":`):]
					sameRows(t, id, &one, whole)
				}
			}
		}
	})
}

func cloneRows(rows map[string]json.RawMessage) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage, len(rows))
	for k, v := range rows {
		out[k] = v
	}
	return out
}

func byNumber(t interface{ Fatalf(string, ...any) }, page []byte) []byte {
	var p map[string]json.RawMessage
	var rows []string
	if err := json.Unmarshal(page, &p); err != nil {
		t.Fatalf("%v", err)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(p["rows"], &list); err != nil {
		t.Fatalf("%v", err)
	}
	for _, r := range list {
		rows = append(rows, string(r))
	}
	slices.Sort(rows)
	p["rows"] = []byte("[" + strings.Join(rows, ",") + "]")
	out, err := json.Marshal(p)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return out
}

// What a source says beyond what a row may show goes no further.
func TestAMirrorPassesOnNothingButWhatARowShows(t *testing.T) {
	b := boards(t, smallExam(t, engine.LiveInstant, 2))
	m := NewMirror("uji")
	whole, _, _ := b.JSON("uji", 0, MaxPage, "")
	marked := bytes.ReplaceAll(whole, []byte(`"status":`), []byte(`"need":"RAHASIA","status":`))
	marked = bytes.Replace(marked, []byte(`"kind":`), []byte(`"nik":"RAHASIA","kind":`), 1)
	if err := m.Reset(marked); err != nil {
		t.Fatal(err)
	}
	got, _, _ := m.JSON("uji", 0, MaxPage, "")
	if bytes.Contains(got, []byte("RAHASIA")) || !bytes.Equal(got, whole) {
		t.Errorf("it shows %s", got)
	}
}

func TestAMirrorRefusesWhatDoesNotFollow(t *testing.T) {
	b := boards(t, smallExam(t, engine.LiveInstant, 3))
	m := NewMirror("uji")
	if err := m.Frame("uji", 1, []byte(`{"from":1,"to":2,"at":"2026-11-26T00:00:00Z","rows":[],"gone":[],"counts":{}}`)); err == nil {
		t.Error("a frame before any snapshot was taken")
	}
	whole, v, _ := b.JSON("uji", 0, MaxPage, "")
	if err := m.Reset(whole); err != nil {
		t.Fatal(err)
	}
	for what, body := range map[string]string{
		"a hole":      fmt.Sprintf(`{"from":%d,"to":%d,"at":"2026-11-26T00:00:00Z","rows":[],"gone":[],"counts":{}}`, v.Seq+5, v.Seq+9),
		"not JSON":    `{"from":`,
		"no instant":  fmt.Sprintf(`{"from":%d,"to":%d,"rows":[]}`, v.Seq, v.Seq+1),
		"no number":   fmt.Sprintf(`{"from":%d,"to":%d,"at":"2026-11-26T00:00:00Z","rows":[{"name":"x"}]}`, v.Seq, v.Seq+1),
		"many points": fmt.Sprintf(`{"from":%d,"to":%d,"at":"2026-11-26T00:00:00Z","rows":[{"number":"1","total":1,"scores":{"TWK":99999}}]}`, v.Seq, v.Seq+1),
	} {
		if err := m.Frame("uji", v.Epoch, []byte(body)); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
	for what, change := range map[string][2]string{
		"another exam's": {`"id":"uji"`, `"id":"lain"`}, "a rehearsal's": {`"epoch":`, `"rehearsal":true,"epoch":`}, "a part": {`"total":3,`, `"total":4,`},
	} {
		if err := NewMirror("uji").Reset(bytes.Replace(whole, []byte(change[0]), []byte(change[1]), 1)); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
}

// A board over StreamRows is read by page once, and then by what changed.
func TestALargeBoardIsMirroredByItsChanges(t *testing.T) {
	x := smallExam(t, engine.LiveInstant, StreamRows+300)
	b := boards(t, x)
	j := &journal{pos: 1}
	b.Tick(2000)
	var pages []json.RawMessage
	var head map[string]json.RawMessage
	for offset := 0; offset < len(x.Entrants); offset += MaxPage {
		page, _, _ := b.JSON("uji", offset, MaxPage, "")
		var p struct{ Rows []json.RawMessage }
		if err := json.Unmarshal(page, &p); err != nil {
			t.Fatal(err)
		}
		if head == nil {
			if err := json.Unmarshal(page, &head); err != nil {
				t.Fatal(err)
			}
		}
		pages = append(pages, p.Rows...)
	}
	head["rows"], _ = json.Marshal(pages)
	whole, _ := json.Marshal(head)
	m := NewMirror("uji")
	if err := m.Reset(whole); err != nil {
		t.Fatal(err)
	}
	first, _ := m.View("uji")
	for i := range 40 {
		stream := "attempt/" + x.Entrants[i*50].Attempt
		j.add(stream, engine.Event{Kind: engine.Started})
		j.add(stream, *answered(1+i%6, "a", 0))
	}
	for i := range j.list {
		j.list[i].apply(b)
	}
	b.Tick(3000)
	changes, _, ok := b.Changes("uji", first.Epoch, first.Seq)
	if !ok {
		t.Fatal("what changed cannot be had")
	}
	if err := m.Frame("uji", first.Epoch, changes); err != nil {
		t.Fatal(err)
	}
	for offset := 0; offset < len(x.Entrants); offset += MaxPage {
		want, _, _ := b.JSON("uji", offset, MaxPage, "")
		if got, _, _ := m.JSON("uji", offset, MaxPage, ""); !bytes.Equal(got, want) {
			t.Errorf("from row %d on: %.300s\n%.300s", offset, got, want)
		}
	}
	v, _ := m.View("uji")
	frames, ok := v.Since(first)
	var frame wireFrame
	if !ok || len(frames) != 1 || json.Unmarshal(frames[0].Body, &frame) != nil || len(frame.Rows) == 0 || len(frame.Rows) > 2*StreamTop {
		t.Errorf("its watchers are told %d frames, %d rows", len(frames), len(frame.Rows))
	}
	if _, _, ok := b.Changes("uji", first.Epoch, v.Seq+1); ok {
		t.Error("changes since a position that is not reached")
	}
}

func FuzzMirror(f *testing.F) {
	b, err := NewBoards(smallExam(f, engine.LiveInstant, 3), 1000)
	if err != nil {
		f.Fatal(err)
	}
	whole, _, _ := b.JSON("uji", 0, MaxPage, "")
	f.Add(whole, []byte(`{"from":1,"to":2,"at":"2026-11-26T00:00:00Z","rows":[],"gone":["26-0001"],"counts":{}}`))
	f.Fuzz(func(t *testing.T, reset, frame []byte) {
		m := NewMirror("uji")
		if m.Reset(reset) == nil {
			for _, s := range m.List() {
				v, _ := m.View(s.ID)
				_ = m.Frame(s.ID, v.Epoch, frame)
				if body, _, ok := m.JSON(s.ID, 0, 10, ""); !ok || !json.Valid(body) {
					t.Fatalf("%s", body)
				}
			}
		}
	})
}
