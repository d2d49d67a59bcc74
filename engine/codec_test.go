package engine

import (
	"testing"

	"pgregory.net/rapid"
)

func TestAnEventReadsAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String()
		number := rapid.Int64Range(-1<<52, 1<<52)
		e := Event{
			Kind: Answered, At: Instant(number.Draw(t, "at")), By: text.Draw(t, "by"), Op: text.Draw(t, "op"),
			Q: int(number.Draw(t, "q")), C: text.Draw(t, "c"), On: rapid.Bool().Draw(t, "on"), MS: number.Draw(t, "ms"),
			From: Instant(number.Draw(t, "from")), Device: text.Draw(t, "device"), Text: text.Draw(t, "text"), Ref: int(number.Draw(t, "ref")),
		}
		body := e.AppendTo(nil)
		back, err := Decode(body)
		if err != nil {
			t.Fatal(err)
		}
		if again := back.AppendTo(nil); string(again) != string(body) {
			t.Fatalf("written %s, read and written again %s", body, again)
		}
	})
}

func FuzzDecode(f *testing.F) {
	e := Event{Kind: Answered, At: 1, By: "candidate", Q: 3, C: "b", Item: `TWK"1`, On: true}
	f.Add(e.AppendTo(nil))
	f.Add([]byte(`{"v":1,"k":"Silent","at":-5,"since":9}`))
	f.Add([]byte(`{"v":1,"k":"\u00zz"}`))
	f.Add([]byte(`{"v":2}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := Decode(body)
		if err != nil {
			return
		}
		once := e.AppendTo(nil)
		back, err := Decode(once)
		if err != nil || string(back.AppendTo(nil)) != string(once) {
			t.Fatalf("%q reads as %q, which does not stand: %v", body, once, err)
		}
	})
}

func TestAChangedByteBreaksTheChain(t *testing.T) {
	d := newDesk(t)
	for i := range d.log {
		again := NewAttempt(d.a.Stream)
		for j, r := range d.log {
			if i == j {
				r.Body = append([]byte(nil), r.Body...)
				r.Body[len(r.Body)-2] ^= 1
			}
			if err := again.Fold(r); err != nil {
				if j != i {
					t.Fatalf("record %d: %v", j, err)
				}
				break
			} else if j == i {
				t.Fatalf("record %d was changed and folded", i)
			}
		}
	}
}
