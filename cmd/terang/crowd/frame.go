package crowd

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"
)

// frame is what the server may send, as far as a simulated candidate listens.
type frame struct {
	T       string            `json:"t"`
	Op      string            `json:"op"`
	N       int               `json:"n"`
	At      string            `json:"at"`
	Code    string            `json:"code"`
	State   string            `json:"state"`
	Retry   json.RawMessage   `json:"retry"`
	ETag    string            `json:"etag"`
	Answers map[string]string `json:"answers"`
	Marks   []int             `json:"marks"`
	Key     string            `json:"key"`
	Now     string            `json:"now"`
	Ends    string            `json:"ends"`

	Remaining int64 `json:"remaining"`
	Parts     []struct {
		MS int64 `json:"ms"`
	} `json:"parts"`
	Exam struct {
		GraceMS int64 `json:"grace_ms"`
	} `json:"exam"`
	Sections []struct {
		To int `json:"to"`
	} `json:"sections"`
	Sealed *struct {
		URL     string `json:"url"`
		ETag    string `json:"etag"`
		Attempt string `json:"attempt"`
	} `json:"sealed"`
	Items []struct {
		Q       int `json:"q"`
		Options []struct {
			C string `json:"c"`
		} `json:"options"`
	} `json:"items"`

	brought bool      // items, that were not taken apart
	op      uuid.UUID // Op, if it is one
	at      time.Time // At, if it is an instant
}

// readFrame decodes a frame. A beat is read without reflection when it looks as expected;
// all else goes to encoding/json.
func readFrame(b []byte, f *frame) error {
	if now, ok := bytes.CutPrefix(b, []byte(`{"t":"beat","now":"`)); ok {
		text, _, _ := bytes.Cut(now, []byte{'"'})
		f.T, f.Now = "beat", string(text)
		return nil
	}
	err := json.Unmarshal(b, f)
	f.op, _ = uuid.Parse(f.Op)
	f.at = parseInstant(f.At)
	return err
}

// ok is an acknowledgement.
type ok struct {
	op uuid.UUID
	n  int
	at time.Time
}

// readOK reads an acknowledgement without reflection if it looks as expected.
func readOK(b []byte) (is ok, found bool) {
	rest, found := bytes.CutPrefix(b, []byte(`{"t":"ok","op":"`))
	if !found || len(rest) < 36 {
		return is, false
	}
	op := rest[:36]
	if rest, found = bytes.CutPrefix(rest[36:], []byte(`","n":`)); !found {
		return is, false
	}
	digits, rest, found := bytes.Cut(rest, []byte(`,"at":"`))
	if !found || len(rest) < 2 || string(rest[len(rest)-2:]) != `"}` {
		return is, false
	}
	var err error
	if is.n, err = strconv.Atoi(string(digits)); err != nil {
		return is, false
	}
	if is.op, err = uuid.ParseBytes(op); err != nil {
		return is, false
	}
	return is, is.at.UnmarshalText(rest[:len(rest)-2]) == nil
}

// withoutItems cuts the items out of a welcome, if it is written as expected: they are by
// far the most of it. What is left is a frame as well.
func withoutItems(b []byte) (rest []byte, cut bool) {
	begin := bytes.Index(b, []byte(`,"items":[{`))
	if begin < 0 || !bytes.HasPrefix(b, []byte(`{"t":"welcome"`)) || !bytes.HasSuffix(b, []byte(`}]}`)) {
		return b, false
	}
	return append(b[:begin], '}'), true
}

// appendFrame makes the frame of a pending operation.
func (p *pending) appendFrame(b []byte) []byte {
	if !p.mark {
		return appendOperation(b, p.op, p.q, p.c)
	}
	b = append(b, `{"t":"mark","op":"`...)
	b = append(appendUUID(b, p.op), `","q":`...)
	b = strconv.AppendInt(b, int64(p.q), 10)
	b = append(b, `,"on":`...)
	return append(strconv.AppendBool(b, p.on), '}')
}

func appendLook(b []byte, q int) []byte {
	b = append(b, `{"t":"look","q":`...)
	return append(strconv.AppendInt(b, int64(q), 10), '}')
}

// appendOperation makes the frame of an answer, or of the finish when q is 0.
func appendOperation(b []byte, op uuid.UUID, q int, letter string) []byte {
	if q == 0 {
		b = append(b, `{"t":"finish","op":"`...)
		return append(appendUUID(b, op), `"}`...)
	}
	b = append(b, `{"t":"answer","op":"`...)
	b = appendUUID(b, op)
	b = append(b, `","q":`...)
	b = strconv.AppendInt(b, int64(q), 10)
	b = append(b, `,"c":"`...)
	b = append(b, letter...)
	return append(b, `"}`...)
}

func appendUUID(b []byte, op uuid.UUID) []byte {
	text, _ := op.MarshalText() // never fails
	return append(b, text...)
}

// nextFrame reads a message into buf, which it returns grown if need be.
func nextFrame(conn *websocket.Conn, buf []byte) ([]byte, error) {
	_, r, err := conn.NextReader()
	if err != nil {
		return buf[:0], err
	}
	buf = buf[:0]
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
	}
}

func parseInstant(text string) time.Time {
	at, _ := time.Parse(time.RFC3339, text)
	return at
}
