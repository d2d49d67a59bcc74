package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
)

// A frame means the same whether it is read by hand or by encoding/json.
func TestBothReadersOfFramesAgree(t *testing.T) {
	for _, text := range []string{
		`{"t":"beat"}`, `{"t":"beat",}`, `{"t":"beat","have":+7}`, `{"t":"beat","have":07}`, `{"t":"beat","have":-0}`, `{"t":"beat","have":-7}`, `{"t":"beat","have":-}`, `{}`, `{"t":""}`,
		`{"t":"answer","op":"x","q":1,"c":"a"}`, `{"t":"answer","op":"x","q":1}`, `{"t":"answer","op":"x","c":""}`, `{"t":"answer","op":"x","q":1,"c":null}`,
		`{"t":"answer","op":"x","q":9223372036854775808,"c":"a"}`, `{"t":"answer","op":"x","q":1.0,"c":"a"}`, `{"t":"answer","op":"x","q":1e2,"c":"a"}`,
		`{"t":"mark","op":"x","q":1,"on":true}`, `{"t":"mark","op":"x","q":1,"on":false}`, `{"t":"mark","op":"x","q":1}`, `{"t":"mark","op":"x","q":1,"on":1}`,
		`{"t":"hello","device":"d","have":0,"sealed":true,"etag":"e"}`, `{"t":"look","q":3}`, `{"t":"look"}`, `{"t":"answer","op":"x","q":1,"c":"a"`,
		`{"t":"answer","op":"x","q":1,"c":"a","C":"b"}`, `{"t":"answer","op":"x","q":1,"c":"a","Op":"y"}`, `{"T":"beat"}`, `{"t":"beat","T":"finish"}`, `{"t":"beat","t":"look"}`,
		`{"t":"answer","op":"x","q":1,"c":"a","ms":1.5}`, `{"t":"answer","op":"x","q":1,"c":"a","ms":"soon"}`, `{"t":"answer","op":"x","q":1,"c":"a","ms":-5}`,
	} {
		read, ok := readFrame([]byte(text))
		shaped, fits := readShaped([]byte(text))
		if ok != fits || ok && read != shaped {
			t.Errorf("%s: %+v %v by hand, %+v %v by encoding/json", text, read, ok, shaped, fits)
		}
	}
}

// An answer without its letter is no wish to clear what stands, and a mark without its value
// none to take it away. What is refused is named.
func TestAFrameThatLacksAFieldChangesNothing(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	p.answered(3, "b")
	marked := uuid.NewString()
	p.say(body{"t": "mark", "op": marked, "q": 3, "on": true})
	p.next("ok")
	for _, frame := range []body{
		{"t": "answer", "q": 3}, {"t": "answer", "q": 3, "c": nil}, {"t": "answer", "c": "a"}, {"t": "answer", "q": "3", "c": "a"}, {"t": "answer", "q": 3.5, "c": "a"},
		{"t": "mark", "q": 3}, {"t": "mark", "q": 3, "on": "no"}, {"t": "mark", "on": false},
	} {
		op := uuid.NewString()
		frame["op"] = op
		p.say(frame)
		p.refused(op, "bad_frame")
	}
	if s := h.state(p.number); s.Responses[2].C != "b" || !s.Marks[3] {
		t.Errorf("%+v, marks %v", s.Responses[2], s.Marks)
	}
}

// What only looks like a field is an unknown one: an answer goes to the item that its "q" names.
func TestNamesOfFieldsAreExact(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	op := uuid.NewString()
	h.must(p.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"t":"answer","op":"%s","q":3,"c":"a","Q":4,"C":"b","OP":"%s"}`, op, uuid.NewString())))
	if f := p.next("ok"); f.text("op") != op {
		t.Errorf("%v", f)
	}
	if s := h.state(p.number); len(s.Responses) != 3 || s.Responses[2].C != "a" {
		t.Errorf("%+v", s.Responses)
	}
	h.must(p.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"t":"answer","op":"%s","Q":5,"C":"b"}`, uuid.NewString())))
	if no := p.next("no"); no.text("code") != "bad_frame" {
		t.Errorf("without its item: %v", no)
	}
}

// The time in view is advisory: no answer is lost by how a page writes it.
func TestTheTimeInViewCostsNoAnswer(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	for ms, want := range map[string]int64{`1250.75`: 1250, `1e3`: 1000, `-0.5`: 0, `-7`: 0, `1e30`: viewMost, `1e999`: 0, `"soon"`: 0, `null`: 0, `true`: 0, `{"a":1}`: 0} {
		op := uuid.NewString()
		h.must(p.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"t":"answer","op":"%s","q":3,"c":"a","ms":%s}`, op, ms)))
		if f := p.next("ok"); f.text("op") != op {
			t.Errorf("%s: %v", ms, f)
		}
		events := h.events(p.number)
		if last := events[len(events)-1]; last.MS != want {
			t.Errorf("%s: %d ms are recorded, want %d", ms, last.MS, want)
		}
	}
}

// Whoever names an operation is answered with it, and who names none with an empty one: a
// refusal always has the field.
func TestARefusalAlwaysNamesItsOperation(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	h.must(p.conn.WriteMessage(websocket.TextMessage, []byte("{")))
	if no := p.next("no"); no["op"] != "" {
		t.Errorf("%v", no)
	}
	op := uuid.NewString()
	if status, got := p.post("/api/v1/exam/frames", body{"device": p.device, "have": 0, "frames": []body{
		{"t": "hello", "device": p.device}, {"t": "answer", "op": op, "q": 1, "c": strings.Repeat("a", FrameMost)},
	}}); status != 200 {
		t.Fatalf("%d %v", status, got)
	} else if frames := got.list("frames"); body(frames[len(frames)-1].(map[string]any)).text("op") != op {
		t.Errorf("%v", frames[len(frames)-1])
	}
}

// A UUID is the same in upper case: a page that writes its device so is the one that signed in.
func TestADeviceMayBeWrittenInUpperCase(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, 1))
	p.device = strings.ToUpper(p.device)
	if w := p.enter().hello(); w.text("state") != "ready" {
		t.Errorf("%v", w)
	}
	status, got := p.post("/api/v1/exam/frames", body{"device": p.device, "have": 0, "frames": []body{{"t": "hello", "device": p.device}}})
	if frames := got.list("frames"); status != 200 || body(frames[0].(map[string]any)).text("t") != "welcome" {
		t.Errorf("over plain HTTP: %d %v", status, got)
	}
	for _, path := range []string{"confirm", "frames"} {
		if status, got := p.post("/api/v1/exam/"+path, body{"device": "mine"}); status != 400 || got.text("field") != "device" {
			t.Errorf("%s with no UUID: %d %v", path, status, got)
		}
	}
}

// Who waits is told where the sealed form is, also a page that cannot open it: it has the
// items in the frame that starts.
func TestWhoWaitsIsToldOfTheSealedForm(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, 1)).enter()
	w := p.hello()
	if form := w.in("sealed"); form.text("url") == "" || form.text("etag") != w.text("etag") || form.text("attempt") == "" || w["items"] != nil {
		t.Errorf("in ready: %v", w)
	}
	h.start(room1, 0)
	if w := p.next("welcome"); len(w.list("items")) != 110 || w["key"] != nil || w["sealed"] != nil {
		t.Errorf("at the start: key %v, sealed %v, %d items", w["key"], w["sealed"], len(w.list("items")))
	}
}
