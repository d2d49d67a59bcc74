package engine

import (
	"strings"
	"testing"
	"time"
)

// An exam file with objections is checked whole: every fault is named at once, with what
// to write instead.
func TestObjectionPolicyNamesAllItsFaults(t *testing.T) {
	t.Parallel()
	file := `{"code":"a","title":"A","ruleset":"skd-2024","bank":"sample","blueprint":{},"sites":[{"code":"s","name":"S","zone":"Asia/Jakarta"}],
 "rooms":[{"code":"r","site":"s","name":"R","seats":1}],"sittings":[{"code":"x","site":"s","room":"r","title":"X","start":"2026-11-22T08:00"}],
 "policy":{"objections":%s}}`
	good := `{"windows":[{"kinds":["item","key"],"from":"sitting_end","hours":72},{"kinds":["data"],"from":"2026-12-01T08:00:00+07:00","until":"2026-12-03T16:00:00+07:00"}],
 "answer_hours":168,"answer_from":"close","most":3,"words":2000}`
	d, err := ParseDefinition([]byte(strings.Replace(file, "%s", good, 1)))
	if err != nil || len(d.Policy.Objections.Windows) != 2 {
		t.Fatal(err)
	}
	bad := `{"windows":[{"kinds":["item","item","mood"],"from":"tomorrow","hours":0},
  {"kinds":[],"from":"release","hours":9,"until":"2026-12-03T16:00:00+07:00"},
  {"kinds":["data"],"from":"2026-12-03T16:00:00+07:00","until":"2026-12-03T16:00:00+08:00"},
  {"kinds":["data"],"from":"release","until":"2026-12-03T16:00"}],"answer_hours":0,"answer_from":"","most":0,"words":99}`
	_, err = ParseDefinition([]byte(strings.Replace(file, "%s", bad, 1)))
	if err == nil {
		t.Fatal("it was taken")
	}
	for _, want := range []string{
		"window 1: kind item stands twice", `window 1: kind "mood"`, `window 1: from "tomorrow"`, "window 1: hours is 0",
		"window 2: no kinds", "window 2: hours and until", "window 3: until", `window 4: until "2026-12-03T16:00"`,
		"answer_hours is 0", `answer_from is ""`, "most is 0", "words is 99: use 100 to 10000",
	} {
		if !strings.Contains(err.Error(), "policy objections: "+want) {
			t.Errorf("it does not say %q:\n%v", want, err)
		}
	}
	_, err = ParseDefinition([]byte(strings.Replace(file, "%s", `{"windows":[],"answer_hours":1,"answer_from":"filed","most":1,"words":100}`, 1)))
	if err == nil || !strings.Contains(err.Error(), "no windows") {
		t.Errorf("without windows: %v", err)
	}
}

// Windows open by the server's clock when what they count from has come, and close to the
// millisecond; the answer is due from the filing or from the close.
func TestObjectionWindowsOpenAndClose(t *testing.T) {
	t.Parallel()
	const hour = Instant(3_600_000)
	fixed := time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC)
	p := &ObjectionPolicy{
		Windows: []ObjectionWindow{
			{Kinds: []string{ObjectTime, ObjectKey}, From: FromSittingEnd, Hours: 24},
			{Kinds: []string{ObjectTime}, From: FromRelease, Hours: 72},
			{Kinds: []string{ObjectData}, From: "2026-12-01T08:00:00+07:00", Until: "2026-12-01T09:00:00+07:00"},
		},
		AnswerHours: 48, AnswerFrom: FromClose,
	}
	all := p.Openings(ObjectionBases{SittingEnd: hour})
	if len(all) != 4 || all[0].Kind != ObjectKey || all[1].Kind != ObjectTime || all[2].Basis != FromRelease || all[3].Kind != ObjectData {
		t.Fatalf("%+v", all)
	}
	for _, c := range []struct {
		of   ObjectionOpening
		at   Instant
		want bool
	}{
		{all[0], hour - 1, false},
		{all[0], hour, true},
		{all[0], 25*hour - 1, true},
		{all[0], 25 * hour, false},
		{all[2], hour, false},
		{all[3], InstantOf(fixed) - 1, false},
		{all[3], InstantOf(fixed), true},
		{all[3], InstantOf(fixed) + hour, false},
	} {
		if got := c.of.At(c.at); got != c.want {
			t.Errorf("%s from %s at %d: %v", c.of.Kind, c.of.Basis, c.at, got)
		}
	}
	if due := p.Due(2*hour, 25*hour); due != 73*hour {
		t.Errorf("due %d", due)
	}
	p.AnswerFrom = FromFiled
	if due := p.Due(2*hour, 25*hour); due != 50*hour {
		t.Errorf("due %d", due)
	}
	if (*ObjectionPolicy)(nil).Openings(ObjectionBases{}) != nil {
		t.Error("no policy opens something")
	}
}
