package web

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"terang/engine"
	"terang/proctor"
)

func TestHelloBeforeConfirmIsNotAllowed(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, 1))
	p.signin()
	p.open().say(body{"t": "hello", "device": p.device, "have": 0})
	p.ends("not_allowed", 4005)
	if e := h.events(p.number); count(e, engine.DeviceBound) != 0 {
		t.Errorf("the attempt was taken: %v", e)
	}
	p.enter().open().say(body{"t": "hello", "device": uuid.NewString()}) // not the device that signed in
	p.ends("not_allowed", 4005)
}

// Who says "this is me" is at the device that signed in: another would be refused at its hello.
func TestAnotherDeviceConfirmsNobody(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, 1))
	if status, got := p.signin(); status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	if status, got := p.post("/api/v1/exam/confirm", body{"device": uuid.NewString()}); status != 403 || got.text("code") != "not_allowed" {
		t.Errorf("%d %v", status, got)
	}
	if n := count(h.events(p.number), engine.Confirmed); n != 0 {
		t.Errorf("%d are recorded", n)
	}
	if status, got := p.post("/api/v1/exam/confirm", body{"device": strings.ToUpper(p.device)}); status != 200 || got.text("state") != "ready" {
		t.Errorf("%d %v", status, got)
	}
}

// The form is there before the start, and nobody can read it.
func TestTheFormIsSealedUntilTheStart(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, 1)).enter()
	first := p.hello(body{"sealed": true})
	if first.text("state") != "ready" || first["items"] != nil || first["key"] != nil || first.text("etag") == "" {
		t.Fatalf("in ready: %v", first)
	}
	sealed := first.in("sealed")
	attempt := h.live(p.number).ID
	if sealed.text("attempt") != attempt || sealed.text("etag") != first.text("etag") {
		t.Fatalf("sealed: %v", sealed)
	}
	status, form, res := p.call("GET", sealed.text("url"), nil)
	if status != 200 || res.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("the sealed form: %d %v", status, res.Header)
	}
	raw := []byte(form.text("raw"))
	if bytes.Contains(raw, []byte("<p>")) || bytes.Contains(raw, []byte("html")) {
		t.Fatal("the sealed form can be read")
	}
	if status, _ := h.browser().get(sealed.text("url")); status != 401 {
		t.Errorf("without a session: %d", status)
	}
	other := h.person(number(1, 2)).enter()
	if status, _ := other.get(sealed.text("url")); status != 403 {
		t.Errorf("with another session: %d", status)
	}

	h.start(room1, 0)
	second := p.next("welcome")
	if second.text("state") != "running" || second["items"] != nil || second["sealed"] != nil {
		t.Fatalf("at the start: %v", second)
	}
	p.next("clock")
	key, err := base64.StdEncoding.DecodeString(second.text("key"))
	h.must(err)
	block, err := aes.NewCipher(key)
	h.must(err)
	if len(key) != 32 {
		t.Errorf("the key has %d bytes", len(key))
	}
	gcm, err := cipher.NewGCM(block)
	h.must(err)
	plain, err := gcm.Open(nil, raw[:12], raw[12:], []byte(attempt))
	h.must(err)
	if _, err := gcm.Open(nil, raw[:12], raw[12:], []byte(h.live(other.number).ID)); err == nil {
		t.Error("it opens as the form of another attempt")
	}
	// A page without WebCrypto gets the same items in the frame.
	p.cut()
	again := p.hello()
	var fromSeal, fromFrame any
	h.must(json.Unmarshal(plain, &fromSeal))
	fromFrame = again["items"]
	if a, b := fmt.Sprint(fromSeal), fmt.Sprint(fromFrame); a != b || len(again.list("items")) != 110 {
		t.Error("the sealed items are not those of the frame")
	}
	checkItems(t, h, p.number, again)
	// A page that holds the form opened gets neither.
	p.cut()
	known := p.hello(body{"etag": second.text("etag"), "sealed": true})
	if known["items"] != nil || known["key"] != nil || known["sealed"] != nil || known.text("state") != "running" {
		t.Errorf("a known form was sent again: %v", known)
	}
}

// A sealed form that a page fetched before its candidate's form became another is not
// opened: the answers to its items would be taken for answers to others.
func TestASealedFormThatIsNoLongerGivenIsNotOpened(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, 1)).enter()
	first := p.hello(body{"sealed": true})
	given := h.form(number(1, 2))
	h.live(p.number).View(func(_ *engine.Attempt, terms *engine.Terms) { terms.Form = given })
	h.start(room1, 0)
	second := p.next("welcome")
	if second["key"] != nil || second.text("etag") == first.text("etag") || second.text("etag") != given.ETag {
		t.Errorf("etag %s after %s, with a key: %t", second.text("etag"), first.text("etag"), second["key"] != nil)
	}
	checkItems(t, h, p.number, second)
}

// A page that comes to a node which would show other items than those it was begun on is told
// to come again, and let in when the node has the form.
func TestAPageIsWelcomedWithNoOtherFormThanTheOneBegunOn(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, 1)).enter()
	h.start(room1, 0)
	first := p.hello()
	p.cut()
	own := h.form(p.number)
	give := func(f *engine.Form) {
		h.live(p.number).View(func(_ *engine.Attempt, terms *engine.Terms) { terms.Form = f })
	}
	give(h.form(number(1, 2)))
	p.open()
	p.say(body{"t": "hello", "device": p.device, "have": p.have})
	if bye := p.ends("server_moving", 4006); bye.int("retry") <= 0 {
		t.Errorf("%v does not say when to come again", bye)
	}
	give(own)
	if again := p.hello(); again.text("etag") != first.text("etag") {
		t.Errorf("form %s after %s", again.text("etag"), first.text("etag"))
	}
}

// checkItems reads a welcome's items as the protocol describes them.
func checkItems(t *testing.T, h *house, number string, w body) {
	t.Helper()
	form := h.form(number)
	for i, raw := range w.list("items") {
		it := body(raw.(map[string]any))
		place, _ := form.Place(i + 1)
		if it.int("q") != int64(i+1) || it.text("section") != place.Item.Section || it.text("html") != place.Item.HTML {
			t.Fatalf("item %d: %v", i+1, it)
		}
		for _, leak := range []string{"id", "key", "points", "value", "band", "why", "topic"} {
			if it[leak] != nil {
				t.Fatalf("item %d shows %s", i+1, leak)
			}
		}
		var letters string
		for _, o := range it.list("options") {
			letters += body(o.(map[string]any)).text("c")
		}
		if len(letters) != len(place.Order) || !strings.HasPrefix("abcdefghij", letters) {
			t.Fatalf("item %d has the letters %q", i+1, letters)
		}
		if f := it.in("figure"); f != nil && (f.text("alt") == "" || f.text("data") == "" || f.int("w") == 0) {
			t.Fatalf("item %d: figure %v", i+1, f)
		}
	}
	sections := w.list("sections")
	if len(sections) != 3 || body(sections[0].(map[string]any)).int("from") != 1 || body(sections[2].(map[string]any)).int("to") != 110 {
		t.Errorf("sections %v", sections)
	}
}

// Acknowledged is stored; sent again it is answered as the first time.
func TestAnAnswerIsAcknowledgedOnceAndForAll(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	op := uuid.NewString()
	f := body{"t": "answer", "op": op, "q": 17, "c": "b", "ms": 41200}
	p.say(f)
	first := p.next("ok")
	events := h.events(p.number)
	stored := events[first.int("n")-1]
	if stored.Kind != engine.Answered || stored.Op != op || stored.Q != 17 || stored.C != "b" || stored.MS != 41200 || stored.At.String() != first.text("at") {
		t.Fatalf("acknowledged %v, stored %+v", first, stored)
	}
	place, _ := h.form(p.number).Place(17)
	if want, _ := place.Option("b"); stored.Option != want || stored.Item != place.Item.ID {
		t.Errorf("stored as %s of %s", stored.Option, stored.Item)
	}
	p.answered(17, "c")
	p.say(f)
	if again := p.next("ok"); again.int("n") != first.int("n") || again.text("at") != first.text("at") || again.text("op") != op {
		t.Errorf("again: %v, first %v", again, first)
	}
	f["op"] = strings.ToUpper(op)
	p.say(f)
	if again := p.next("ok"); again.int("n") != first.int("n") {
		t.Errorf("in upper case: %v", again)
	}
	if n := count(h.events(p.number), engine.Answered); n != 2 {
		t.Errorf("%d answers are stored, want 2", n)
	}
	// Another computer of the same person is told the same.
	p.cut()
	f["op"] = op
	if w := p.hello(); w.in("answers").text("17") != "c" {
		t.Errorf("the newest does not stand: %v", w.in("answers"))
	}
	p.say(f)
	if again := p.next("ok"); again.int("n") != first.int("n") || again.text("at") != first.text("at") {
		t.Errorf("on a new line: %v, first %v", again, first)
	}
	op = p.answer(17, "")
	if f := p.next("ok"); f.text("op") != op {
		t.Errorf("clearing: %v", f)
	}
	if s := h.state(p.number); s.Answers != 0 {
		t.Errorf("%d answers stand after clearing", s.Answers)
	}
}

// An item, an option, a position: each answer says where it belongs.
func TestRefusalsThatAreFinal(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	for _, test := range []struct {
		frame body
		code  string
	}{
		{body{"t": "answer", "q": 0, "c": "a"}, "unknown_item"},
		{body{"t": "answer", "q": 111, "c": "a"}, "unknown_item"},
		{body{"t": "answer", "q": -1, "c": "a"}, "unknown_item"},
		{body{"t": "mark", "q": 500, "on": true}, "unknown_item"},
		{body{"t": "answer", "q": 1, "c": "z"}, "unknown_option"},
		{body{"t": "answer", "q": 1, "c": "ab"}, "unknown_option"},
		{body{"t": "answer", "q": 1, "c": "A"}, "unknown_option"},
	} {
		op := uuid.NewString()
		test.frame["op"] = op
		p.say(test.frame)
		if no := p.refused(op, test.code); no["retry"] != nil {
			t.Errorf("%v is final", no)
		}
	}
	if e := h.events(p.number); count(e, engine.Answered) != 0 {
		t.Error("a refused answer was stored")
	}
	op := p.answer(1, "a")
	p.next("ok")
	p.say(body{"t": "finish", "op": uuid.NewString()})
	p.next("ok")
	p.ends("finished", 4002)
	p.enter().open().say(body{"t": "hello", "device": p.device})
	p.next("welcome")
	p.next("result")
	p.ends("finished", 4002)
	if s := h.state(p.number); s.Accepted(op) == 0 {
		t.Error("the fold forgot the operation")
	}
}

// The instant at which the sitting runs decides; until then the page keeps the operation.
func TestRefusalsThatAreNotFinal(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, 1)).enter()
	p.hello()
	op := p.answer(1, "a")
	p.refused(op, "not_started")
	h.act(proctor.Request{Action: engine.ActStart})
	if w := p.next("welcome"); w.text("state") != "running" { // two seconds later
		t.Fatalf("%v", w.text("state"))
	}
	if c := p.next("clock"); c.text("state") != "running" {
		t.Fatalf("the clock that runs: %v", c)
	}
	p.say(body{"t": "answer", "op": op, "q": 1, "c": "a"})
	p.next("ok")
	h.act(proctor.Request{Action: engine.ActPause, Numbers: []string{p.number}})
	if c := p.next("clock"); c.text("state") != "paused" || c["ends"] != nil {
		t.Errorf("%v", c)
	}
	op = p.answer(2, "b")
	p.refused(op, "paused")
	h.act(proctor.Request{Action: engine.ActResume, Numbers: []string{p.number}})
	p.next("clock")
	p.say(body{"t": "answer", "op": op, "q": 2, "c": "b"})
	p.next("ok")
}

func TestMarksAndLooks(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	for _, on := range []bool{true, false, true} {
		op := uuid.NewString()
		p.say(body{"t": "mark", "op": op, "q": 7, "on": on})
		if f := p.next("ok"); f.text("op") != op {
			t.Fatal(f)
		}
	}
	p.say(body{"t": "look", "q": 7})
	p.say(body{"t": "look", "q": 999}) // nowhere
	p.quiet()
	p.answered(7, "a")
	events := h.events(p.number)
	if count(events, engine.Marked) != 3 || count(events, engine.Looked) != 1 {
		t.Errorf("%d marks, %d looks", count(events, engine.Marked), count(events, engine.Looked))
	}
	p.cut()
	if w := p.hello(); fmt.Sprint(w.list("marks")) != "[7]" {
		t.Errorf("marks %v", w.list("marks"))
	}
}

func TestFramesThatNobodyUnderstands(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	op := uuid.NewString()
	p.say(body{"t": "dance", "op": op})
	p.refused(op, "bad_frame")
	bad := []string{"{", "[]", "null", `"beat"`, `{"q":1}`, `{"t":"answer","q":"one"}`, `{"t":"answer","op":"17","q":1,"c":"a"}`, strings.Repeat(" ", 100)}
	for _, text := range bad {
		h.must(p.conn.WriteMessage(websocket.TextMessage, []byte(text)))
		if f := p.next("no"); f.text("code") != "bad_frame" {
			t.Fatalf("%q: %v", text, f)
		}
	}
	p.answered(1, "a") // nine so far: who errs may go on
	h.must(p.conn.WriteMessage(websocket.BinaryMessage, []byte(`{"t":"beat"}`)))
	p.ends("bad_frame", 4001)
	if w := p.hello(); w.in("answers").text("1") != "a" {
		t.Errorf("after it: %v", w.in("answers"))
	}
}

// The protocol grows by adding: a field that a later page sends is no fault.
func TestUnknownFieldsAreNoFault(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	op := uuid.NewString()
	h.must(p.conn.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, ` {"t":"answer", "op":"%s","q":3,"c":"\u0061","mood":{"x":[1]},"ms":null}`, op)))
	if f := p.next("ok"); f.text("op") != op {
		t.Error(f)
	}
	if h.state(p.number).Responses[2].C != "a" {
		t.Error("an escaped letter was read wrongly")
	}
}

func TestAFrameHasAtMostFourKiB(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	frame := []byte(`{"t":"beat","pad":"` + strings.Repeat("x", FrameMost) + `"}`)
	whole := append(frame[:FrameMost-2:FrameMost-2], '"', '}')
	h.must(p.conn.WriteMessage(websocket.TextMessage, whole))
	p.next("beat")
	h.must(p.conn.WriteMessage(websocket.TextMessage, frame))
	p.isClosed(websocket.CloseMessageTooBig)
	p.hello()
}

func TestFramesBeforeHello(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	p.cut()
	p.open()
	op := p.answer(1, "a")
	p.refused(op, "not_allowed")
	p.say(body{"t": "beat"})
	if f := p.next("no"); f.text("code") != "not_allowed" {
		t.Error(f)
	}
	p.say(body{"t": "frobnicate"}) // there is no such frame, before a hello as after it
	if f := p.next("no"); f.text("code") != "bad_frame" {
		t.Error(f)
	}
	if count(h.events(p.number), engine.Answered) != 0 {
		t.Fatal("an answer before hello was taken")
	}
	p.say(body{"t": "hello", "device": p.device, "have": 0})
	op = p.answer(1, "a") // behind the hello, without waiting for the welcome
	p.next("welcome")
	if f := p.next("ok"); f.text("op") != op {
		t.Error(f)
	}
	p.cut()
	p.open()
	for range 10 {
		p.say(body{"t": "beat"})
	}
	p.ends("bad_frame", 4001)
}

func TestTooManyAnswersAreTold(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.RateLimit, p.RateBurst = 4, 30 }})
	p := h.working(number(1, 1))
	ops := map[string]bool{}
	for i := range 60 {
		ops[p.answer(1+i, "a")] = true
	}
	var refused string
	retry := int64(0)
	for range 60 {
		select {
		case f := <-p.frames:
			switch {
			case f.text("t") == "ok":
			case f.text("t") == "no" && f.text("code") == "rate_limited" && f.int("retry") > 0 && f.int("retry") <= 250:
				refused, retry = f.text("op"), f.int("retry")
			default:
				t.Fatal(f)
			}
			if !ops[f.text("op")] {
				t.Fatalf("%v twice, or for nobody", f)
			}
			delete(ops, f.text("op"))
		case <-time.After(patience):
			t.Fatal("not every operation was answered")
		}
	}
	if refused == "" {
		t.Fatal("sixty at once, thirty are allowed")
	}
	<-time.After(time.Duration(retry) * time.Millisecond)
	p.say(body{"t": "answer", "op": refused, "q": 60, "c": "b"})
	if f := p.next("ok"); f.text("op") != refused {
		t.Errorf("after the delay that was given: %v", f)
	}
}

func TestAThousandRefusalsEndTheLine(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.RateLimit = 0 }})
	p := h.working(number(1, 1))
	for range 1000 {
		p.refused(p.answer(1, "z"), "unknown_option")
	}
	if bye := p.ends("rate_limited", 4004); bye.int("retry") <= 0 {
		t.Errorf("%v", bye)
	}
}

func TestAFullQueueIsBusyAndCountsTheLooksItDrops(t *testing.T) {
	t.Parallel()
	gate := newGate()
	h := build(t, built{wrap: gate.wrap, policy: func(p *engine.Policy) { p.RateLimit = 0 }})
	p := h.working(number(1, 1))
	gate.shut()
	p.say(body{"t": "look", "q": 1}) // in flight
	for i := range engine.QueueMost {
		p.answer(1+i%110, "a")
	}
	op := p.answer(9, "b")
	if f := p.refused(op, "busy"); f.int("retry") <= 0 {
		t.Error(f)
	}
	for range 3 {
		p.say(body{"t": "look", "q": 5})
	}
	p.quiet()
	gate.open()
	for range engine.QueueMost {
		p.next("ok")
	}
	p.say(body{"t": "answer", "op": op, "q": 9, "c": "b"})
	p.next("ok")
	p.say(body{"t": "look", "q": 6})
	p.answered(10, "a")
	var dropped []int64
	for _, e := range h.events(p.number) {
		if e.Kind == engine.Looked {
			dropped = append(dropped, e.MS)
		}
	}
	if !slices.Equal(dropped, []int64{0, 3}) {
		t.Errorf("looks are stored with drops %v, want [0 3]", dropped)
	}
}

func TestBeatsAreAnswered(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	before := h.hall.Now()
	p.say(body{"t": "beat"})
	f := p.next("beat")
	if at := engine.InstantOf(f.time("now")); at < before || at > h.hall.Now() {
		t.Errorf("%v between %s and %s", f, before, h.hall.Now())
	}
	if last := h.live(p.number).Last(); last < before {
		t.Error("a beat is no contact")
	}
}

func TestTheWelcomeTellsAll(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	p.answered(1, "c")
	p.cut()
	w := p.hello()
	if w.text("state") != "running" || w.int("n") != int64(h.state(p.number).N) || w.time("now").IsZero() || w.in("answers").text("1") != "c" {
		t.Errorf("%v", w)
	}
	if left := time.Duration(w.int("remaining")) * time.Millisecond; left > 100*time.Minute || left < 99*time.Minute {
		t.Errorf("remaining %v", left)
	}
	if d := w.time("ends").Sub(w.time("now")) - time.Duration(w.int("remaining"))*time.Millisecond; d.Abs() > time.Second {
		t.Errorf("ends and remaining differ by %v", d)
	}
	x, c, r := w.in("exam"), w.in("candidate"), w.in("retry")
	if x.text("code") != examCode || x.text("title") == "" || x["show_scores"] != true || c.text("number") != p.number || c.text("seat") == "" || c.text("name") == "" {
		t.Errorf("exam %v, candidate %v", x, c)
	}
	if r.int("from") <= 0 || r.int("to") <= r.int("from") {
		t.Errorf("retry %v", r)
	}
	if parts := w.list("parts"); len(parts) == 0 || body(parts[0].(map[string]any)).text("what") != "base" || body(parts[0].(map[string]any)).int("ms") != 6_000_000 {
		t.Errorf("parts %v", parts)
	}
}
