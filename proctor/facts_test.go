package proctor

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"terang/engine"
)

// The description names every field that minutes have as data.
func TestTheDescriptionNamesEveryField(t *testing.T) {
	text, err := os.ReadFile("minutes.md")
	if err != nil {
		t.Fatal(err)
	}
	f := NewConduct("e.s", nil).Facts(&engine.Definition{Code: "e", Sittings: []engine.SittingDef{{Code: "s", Room: "r"}}, Rooms: []engine.RoomDef{{Code: "r"}}})
	f.Away, f.Disqualified, f.Doubts, f.Extra, f.Credits = []Turned{{}}, []Sentence{{}}, []DoubtRecord{{}}, []Addition{{}}, []Credit{{}}
	f.Stops, f.Outages, f.Moves, f.Staff = []Stop{{}}, []Outage{{}}, []Move{{}}, []StaffActs{{Acts: map[string]int{}}}
	body, err := json.Marshal(MinutesData{Format: MinutesFormat, Supplement: "x", Why: "x", Rehearsal: true, Results: []byte("{}"), Facts: *f})
	if err != nil {
		t.Fatal(err)
	}
	var all any
	if err := json.Unmarshal(body, &all); err != nil {
		t.Fatal(err)
	}
	var look func(any)
	look = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, inner := range v {
				if !strings.Contains(string(text), "`"+name+"`") {
					t.Errorf("minutes.md does not name %q", name)
				}
				look(inner)
			}
		case []any:
			for _, inner := range v {
				look(inner)
			}
		}
	}
	look(all)
	for _, list := range [][]Class{AbsentClasses, PresentClasses} {
		for _, c := range list {
			if !strings.Contains(string(text), "`"+string(c)+"`") {
				t.Errorf("minutes.md does not name class %s", c)
			}
		}
	}
}
