package engine

import "testing"

// TestLatelySaysWhatTheBytesSay: the tail's event is the one that is stored, or it is decoded.
func TestLatelySaysWhatTheBytesSay(t *testing.T) {
	const op = "0b1f6f9e-7a40-4a52-9d0c-0a7b6f3f2c11"
	whole := Event{Kind: Answered, At: start + 1000, By: "candidate", Op: op, Q: 17, C: "b", Item: "TIU-0017", Option: "d", MS: 41_000, From: start + 900}
	more := whole
	more.Why = "newer"
	for _, c := range []struct {
		name string
		e    Event
		kept bool
	}{
		{"an answer", whole, true},
		{"one taken back", Event{Kind: Cleared, At: start, By: "candidate", Op: op, Q: 1, Item: "TIU-0017", MS: 5}, true},
		{"a mark", Event{Kind: Marked, At: start, By: "candidate", Op: op, Q: 110, On: true}, true},
		{"a look", Event{Kind: Looked, At: start, By: "candidate", Q: 2, MS: 4}, true},
		{"an answer with more than one has", more, false},
		{"one whose letter is none", Event{Kind: Answered, At: start, By: "candidate", Op: op, Q: 1, C: "aa"}, false},
		{"one by another", Event{Kind: Answered, At: start, By: "engine", Q: 1, C: "a"}, false},
		{"another kind", Event{Kind: Finished, At: start, By: "candidate", Why: "self"}, false},
	} {
		var l lately
		if a, ok := actOf(&c.e); ok {
			l.put(7, &a)
		}
		stored, err := Decode(c.e.AppendTo(nil))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var got Event
		if l.take(7+latelyMost, &got) || l.take(6, &got) {
			t.Errorf("%s: it is at another position", c.name)
		}
		if kept := l.take(7, &got); kept != c.kept {
			t.Errorf("%s: kept is %t", c.name, kept)
		} else if kept && got != stored {
			t.Errorf("%s: %+v, but the bytes say %+v", c.name, got, stored)
		}
		if l.take(7, &got) {
			t.Errorf("%s: it is taken twice", c.name)
		}
	}
}
