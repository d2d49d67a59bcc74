package web

import (
	"bytes"
	"encoding/json"
	"strconv"

	"terang/engine"
)

// clientFrame is what a candidate's page may send. Unknown fields are ignored: the
// protocol grows by adding.
type clientFrame struct {
	T      string `json:"t"`
	Op     string `json:"op"`
	Device string `json:"device"`
	Have   int    `json:"have"`
	ETag   string `json:"etag"`
	Sealed bool   `json:"sealed"`
	Q      int    `json:"q"`
	C      string `json:"c"`
	MS     int64  `json:"ms"`
	On     bool   `json:"on"`

	has frameHas // which of the fields without a default the frame has
}

// frameHas are the fields that some frames cannot do without: an answer that lacks its "c" must
// not clear what stands.
type frameHas uint8

const (
	hasQ frameHas = 1 << iota
	hasC
	hasOn
)

// known says whether frames of that name exist.
func (f *clientFrame) known() bool {
	switch f.T {
	case "hello", "answer", "mark", "look", "finish", "beat":
		return true
	}
	return false
}

// whole says whether the frame has what one of its kind needs beside its "op".
func (f *clientFrame) whole() bool {
	needs := frameHas(0)
	switch f.T {
	case "answer":
		needs = hasQ | hasC
	case "mark":
		needs = hasQ | hasOn
	case "look":
		needs = hasQ
	}
	return f.has&needs == needs
}

// FrameMost is the largest frame that a candidate's page may send, in bytes.
const FrameMost = 4096

// readFrame decodes one frame. Flat frames, as pages send them, are read without
// reflection; whatever is shaped otherwise goes to encoding/json.
func readFrame(b []byte) (clientFrame, bool) {
	var f clientFrame
	if f.flat(b) {
		return f, true
	}
	return readShaped(b)
}

// readShaped reads any JSON. Names are exact, as in flat: what only looks like a field is an
// unknown one. What it could read of a frame that is none it returns too: the operation, so that
// the page knows what was refused.
func readShaped(b []byte) (clientFrame, bool) {
	var fields map[string]json.RawMessage
	ok := json.Unmarshal(b, &fields) == nil
	read := func(name string, into any) (has bool) {
		v := fields[name]
		if len(v) == 0 || string(v) == "null" {
			return false
		}
		if json.Unmarshal(v, into) != nil {
			ok = false
			return false
		}
		return true
	}
	var f clientFrame
	read("t", &f.T)
	read("op", &f.Op)
	read("device", &f.Device)
	read("have", &f.Have)
	read("etag", &f.ETag)
	read("sealed", &f.Sealed)
	if read("q", &f.Q) {
		f.has |= hasQ
	}
	if read("c", &f.C) {
		f.has |= hasC
	}
	if read("on", &f.On) {
		f.has |= hasOn
	}
	f.MS = inView(fields["ms"])
	return f, ok && f.T != ""
}

// inView reads a time in view, in milliseconds. It is advisory: a page whose clock counts in
// fractions loses no answer by it, and what is no number is no time.
func inView(v json.RawMessage) int64 {
	var ms int64
	if json.Unmarshal(v, &ms) == nil {
		return ms
	}
	var fine float64
	if json.Unmarshal(v, &fine) != nil {
		return 0
	}
	return int64(max(0, min(fine, viewMost)))
}

// viewMost is the longest time in view that is recorded: a day, in milliseconds.
const viewMost = 86_400_000

// kindOf is the name of a frame without a copy of its own, if it is one that comes by the
// thousand.
func kindOf(t []byte) string {
	switch string(t) {
	case "answer":
		return "answer"
	case "mark":
		return "mark"
	case "look":
		return "look"
	case "beat":
		return "beat"
	}
	return string(t)
}

// flat reads an object of plain strings, integers and booleans, and reports whether the
// frame was one.
func (f *clientFrame) flat(b []byte) bool {
	if len(b) < 2 || b[0] != '{' || b[len(b)-1] != '}' {
		return false
	}
	rest := b[1 : len(b)-1]
	for len(rest) > 0 {
		key, after, ok := plainString(rest)
		if !ok || len(after) == 0 || after[0] != ':' {
			return false
		}
		if rest, ok = f.set(key, after[1:]); !ok {
			return false
		}
		if len(rest) == 0 {
			break
		}
		if rest[0] != ',' || len(rest) == 1 {
			return false
		}
		rest = rest[1:]
	}
	return f.T != ""
}

func (f *clientFrame) set(key, v []byte) (rest []byte, ok bool) {
	var text []byte
	if len(v) > 0 && v[0] == '"' {
		if text, rest, ok = plainString(v); !ok {
			return nil, false
		}
		switch string(key) {
		case "t":
			f.T = kindOf(text)
		case "op":
			f.Op = string(text)
		case "device":
			f.Device = string(text)
		case "etag":
			f.ETag = string(text)
		case "c":
			f.C, f.has = string(text), f.has|hasC
		case "have", "sealed", "q", "ms", "on":
			return nil, false
		}
		return rest, true
	}
	end := bytes.IndexByte(v, ',')
	if end < 0 {
		end = len(v)
	}
	word := v[:end]
	rest = v[end:]
	if on := string(word) == "true"; on || string(word) == "false" {
		switch string(key) {
		case "sealed":
			f.Sealed = on
		case "on":
			f.On, f.has = on, f.has|hasOn
		default:
			return nil, false
		}
		return rest, true
	}
	if digits := bytes.TrimPrefix(word, []byte{'-'}); len(digits) == 0 || digits[0] < '1' && len(digits) > 1 || digits[0] == '+' {
		return nil, false // Go would read it, JSON has no such number
	}
	n, err := strconv.ParseInt(string(word), 10, 64)
	if err != nil {
		return nil, false
	}
	switch string(key) {
	case "q":
		f.Q, f.has = int(n), f.has|hasQ
	case "have":
		f.Have = int(n)
	case "ms":
		f.MS = n
	default:
		return nil, false
	}
	return rest, true
}

// plainString reads a JSON string without escapes.
func plainString(b []byte) (text, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != '"' {
		return nil, nil, false
	}
	end := bytes.IndexByte(b[1:], '"')
	if end < 0 {
		return nil, nil, false
	}
	text = b[1 : 1+end]
	for _, c := range text {
		if c == '\\' || c < 0x20 {
			return nil, nil, false
		}
	}
	return text, b[end+2:], true
}

// appendOK is the frame that says that an operation is durable.
func appendOK(b []byte, op string, n int, at engine.Instant) []byte {
	b = append(b, `{"t":"ok","op":`...)
	b = engine.AppendQuoted(b, op)
	b = append(b, `,"n":`...)
	b = strconv.AppendInt(b, int64(n), 10)
	b = append(b, `,"at":"`...)
	b = at.Append(b)
	return append(b, '"', '}')
}

// beatFrame answers a beat.
func beatFrame(now engine.Instant) []byte {
	b := append(make([]byte, 0, 48), `{"t":"beat","now":"`...)
	return append(now.Append(b), '"', '}')
}

// instantJSON is an instant as the wire shows it: null while the clock stands.
type instantJSON engine.Instant

func (i instantJSON) MarshalJSON() ([]byte, error) {
	if at := engine.Instant(i); at > 0 && at < engine.Never {
		return append(at.Append([]byte{'"'}), '"'), nil
	}
	return []byte("null"), nil
}

type partJSON struct {
	What string       `json:"what"`
	MS   int64        `json:"ms"`
	From *instantJSON `json:"from,omitempty"`
	To   *instantJSON `json:"to,omitempty"`
	Why  string       `json:"why,omitempty"`
	N    int          `json:"n,omitempty"`
}

func partsJSON(parts []engine.Part) []partJSON {
	out := make([]partJSON, len(parts))
	for i, p := range parts {
		out[i] = partJSON{What: p.What, MS: p.MS, Why: p.Why, N: p.N}
		if p.From != 0 {
			from := instantJSON(p.From)
			out[i].From = &from
		}
		if p.To != 0 {
			to := instantJSON(p.To)
			out[i].To = &to
		}
	}
	return out
}

type retryWindow struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// clockFrame is sent on start, pause, resume and credit, and every 30 s.
type clockFrame struct {
	T         string      `json:"t,omitempty"`
	State     string      `json:"state"`
	N         int         `json:"n,omitempty"` // version that the page gives back as a beat's "have"
	Remaining int64       `json:"remaining"`
	Ends      instantJSON `json:"ends"`
	Parts     []partJSON  `json:"parts"`
	Retry     retryWindow `json:"retry"`

	Starts  *instantJSON `json:"starts,omitempty"`  // of the sitting, while the page waits for it
	Resumes *instantJSON `json:"resumes,omitempty"` // from then on the clock runs by itself: a break has an end
}

// clockOf is the candidate's clock. Before the start it shows what the terms give, and
// the end once the start is set: one rule, known before anything runs.
func clockOf(a *engine.Attempt, t *engine.Terms, now engine.Instant) clockFrame {
	state := string(a.State)
	if a.Ledger.From == 0 {
		return waitingClock(a, t, now)
	}
	if a.State.Over() {
		now = min(now, a.FinishAt) // the clock stands from the finish on, and goes on if it is reopened
	}
	left, ends := a.Ledger.Left(now), a.Deadline()
	if a.State.Over() && left > 0 {
		ends = engine.Never
	}
	if a.State == engine.Running && left == 0 && a.Undecided() {
		state = "held"
	}
	if a.State == engine.Running && now < a.Ledger.From {
		state = string(engine.Ready)
	}
	f := clockFrame{
		T: "clock", State: state, N: a.N, Remaining: left.Milliseconds(), Ends: instantJSON(ends),
		Parts: partsJSON(a.Ledger.Why(now)), Retry: retry,
	}
	if ends := instantJSON(a.BreakEnds()); engine.Instant(ends) < engine.Never {
		f.Resumes = &ends
	}
	if a.Suspended() {
		f.starts(t)
	}
	return f
}

func (f *clockFrame) starts(t *engine.Terms) {
	if t.Sitting != nil {
		at := instantJSON(startOf(t))
		f.Starts = &at
	}
}

var retry = retryWindow{engine.RetryFrom.Milliseconds(), engine.RetryTo.Milliseconds()}

func waitingClock(a *engine.Attempt, t *engine.Terms, now engine.Instant) clockFrame {
	l := a.Ledger.Ahead(t.Length, a.Extra(t))
	f := clockFrame{T: "clock", State: string(a.State), Remaining: l.Left(now).Milliseconds(), Parts: partsJSON(l.Why(now)), Retry: retry}
	f.starts(t)
	if at := startOf(t); at >= now {
		f.Ends = instantJSON(at.Add(l.Left(now)))
	}
	return f
}

// startOf is when the candidate's sitting starts, as far as it is set; 0 if it is not known.
func startOf(t *engine.Terms) engine.Instant {
	switch {
	case t.Sitting == nil:
		return 0
	case t.Sitting.StartedAt != 0:
		return t.Sitting.StartedAt
	}
	return t.Sitting.Planned
}

func frameJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("web: a frame that cannot be encoded: " + err.Error()) // types of this package only
	}
	return b
}
