package engine

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Schema is the version that every event's bytes begin with.
const Schema = 1

// AppendTo appends the event's canonical bytes: one flat JSON object, fields in a fixed
// order, zero values left out, no floats. Two programs that encode the same event get
// the same bytes, and hence the same hash.
func (e *Event) AppendTo(b []byte) []byte {
	b = append(b, `{"v":1,"k":"`...)
	b = append(b, e.Kind...)
	b = append(b, `","at":`...)
	b = strconv.AppendInt(b, int64(e.At), 10)
	b = appendText(b, "by", e.By)
	b = appendText(b, "two", e.Two)
	b = appendText(b, "op", e.Op)
	b = appendInt(b, "q", int64(e.Q))
	b = appendText(b, "c", e.C)
	b = appendText(b, "item", e.Item)
	b = appendText(b, "o", e.Option)
	if e.On {
		b = append(b, `,"on":1`...)
	}
	b = appendInt(b, "ms", e.MS)
	b = appendInt(b, "extra", e.Extra)
	b = appendInt(b, "from", int64(e.From))
	b = appendInt(b, "to", int64(e.To))
	b = appendInt(b, "since", int64(e.Since))
	b = appendText(b, "device", e.Device)
	b = appendInt(b, "gen", int64(e.Gen))
	b = appendText(b, "node", e.Node)
	b = appendText(b, "session", e.Session)
	b = appendText(b, "pin", e.Pin)
	b = appendText(b, "sitting", e.Sitting)
	b = appendText(b, "seat", e.Seat)
	b = appendText(b, "number", e.Number)
	b = appendText(b, "plan", e.Plan)
	b = appendText(b, "seed", e.Seed)
	b = appendText(b, "seen", e.Seen)
	b = appendText(b, "form", e.Form)
	b = appendText(b, "act", e.Act)
	b = appendText(b, "why", e.Why)
	b = appendText(b, "text", e.Text)
	b = appendInt(b, "ref", int64(e.Ref))
	return append(b, '}')
}

func appendInt(b []byte, key string, v int64) []byte {
	if v == 0 {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, key...)
	b = append(b, '"', ':')
	return strconv.AppendInt(b, v, 10)
}

func appendText(b []byte, key, v string) []byte {
	if v == "" {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, key...)
	b = append(b, '"', ':')
	return AppendQuoted(b, v)
}

// AppendQuoted appends v as a JSON string, escaping only what JSON demands; bytes that
// are not UTF-8 become U+FFFD, so that the same text has one form.
func AppendQuoted(b []byte, v string) []byte {
	const hexDigits = "0123456789abcdef"
	b = append(b, '"')
	plain := 0 // where what can stand as it is begins
	for i := 0; i < len(v); {
		c := v[i]
		if c >= 0x20 && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		b = append(b, v[plain:i]...)
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
			i++
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			i++
		default:
			r, size := utf8.DecodeRuneInString(v[i:])
			b = utf8.AppendRune(b, r)
			i += size
		}
		plain = i
	}
	return append(append(b, v[plain:]...), '"')
}

// Decode reads bytes that AppendTo made. Anything else is an error: what is in a
// journal is never guessed at.
func Decode(body []byte) (Event, error) {
	var e Event
	s := scanner{rest: body}
	s.expect(`{"v":1,"k":`)
	e.Kind = Kind(s.word())
	for s.err == nil && s.more() {
		switch key := s.key(); string(key) {
		case "at":
			e.At = Instant(s.int())
		case "by":
			e.By = s.word()
		case "two":
			e.Two = s.text()
		case "op":
			e.Op = s.text()
		case "q":
			e.Q = int(s.int())
		case "c":
			e.C = s.text()
		case "item":
			e.Item = s.text()
		case "o":
			e.Option = s.text()
		case "on":
			e.On = s.int() == 1
		case "ms":
			e.MS = s.int()
		case "extra":
			e.Extra = s.int()
		case "from":
			e.From = Instant(s.int())
		case "to":
			e.To = Instant(s.int())
		case "since":
			e.Since = Instant(s.int())
		case "gen":
			e.Gen = int(s.int())
		case "ref":
			e.Ref = int(s.int())
		default:
			if field := e.textField(string(key)); field != nil {
				*field = s.text()
			} else if s.err == nil {
				s.err = fmt.Errorf("unknown field %q", key)
			}
		}
	}
	if s.err != nil {
		return Event{}, fmt.Errorf("event %.80q: %w", body, s.err)
	}
	return e, nil
}

func (e *Event) textField(key string) *string {
	switch key {
	case "device":
		return &e.Device
	case "node":
		return &e.Node
	case "session":
		return &e.Session
	case "pin":
		return &e.Pin
	case "sitting":
		return &e.Sitting
	case "seat":
		return &e.Seat
	case "number":
		return &e.Number
	case "plan":
		return &e.Plan
	case "seed":
		return &e.Seed
	case "seen":
		return &e.Seen
	case "form":
		return &e.Form
	case "act":
		return &e.Act
	case "why":
		return &e.Why
	case "text":
		return &e.Text
	}
	return nil
}
