package engine

import (
	"strings"
	"testing"
)

// wrongKeys is an exam file in which each key that is not one stands beside those that are.
const wrongKeys = `{"code":"skd-2026","title":"SKD","ruleset":"skd-2024","colour":"red","blueprint":{"any":1},
 "sites":[{"code":"a","name":"A","zone":"Asia/Jakarta","zon":"x"}],
 "rooms":[{"code":"r","site":"a","name":"R","seats":5}],
 "sittings":[{"code":"s","site":"a","room":"r","title":"S","start":"2026-11-22T08:00"},{"code":"t","site":"nowhere","room":"r","title":"T","start":"2026-11-22T08:00"}],
 "policy":{"lat_entry":"full"}}`

func TestEveryUnknownKeyOfAnExamFileIsNamedWithWhereItStands(t *testing.T) {
	_, err := ParseDefinition([]byte(wrongKeys))
	if err == nil {
		t.Fatal("it was taken")
	}
	for _, says := range []string{
		"exam file: colour: unknown field; known there are code, title, ruleset, ",
		"exam file: sites[0].zon: unknown field; known there are code, name, zone, ",
		"exam file: policy.lat_entry: unknown field; known there are late_entry, ",
		`no room "r" at site "nowhere"`, // and all that is wrong otherwise
	} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%q is not said: %v", says, err)
		}
	}
	if strings.Contains(err.Error(), "any") {
		t.Errorf("a blueprint is read by others: %v", err)
	}
}

func TestAValueOfTheWrongTypeIsNamedByItsKey(t *testing.T) {
	_, err := ParseDefinition([]byte(strings.NewReplacer(`"lat_entry":"full"`, `"settle_ms":"long"`, `"colour":"red",`, "").Replace(wrongKeys)))
	if err == nil || !strings.Contains(err.Error(), "policy.settle_ms: a string") || !strings.Contains(err.Error(), "sites[0].zon") || strings.Contains(err.Error(), "Go ") {
		t.Error(err)
	}
	if _, err = ParseDefinition([]byte(`{"code": "a",, "title": "x"}`)); err == nil || !strings.Contains(err.Error(), "byte 14, line 1: invalid character") {
		t.Error(err)
	}
}

// A value that could not be read hides nothing else, and is not called wrong a second time for
// what stands in its place.
func TestEveryFaultBesideAValueOfTheWrongTypeIsNamed(t *testing.T) {
	right := strings.NewReplacer(`"colour":"red",`, "", `,"zon":"x"`, "", `"lat_entry":"full"`, "", `"nowhere"`, `"a"`).Replace(wrongKeys)
	for _, c := range []struct {
		name    string
		changes []string // pairs
		says    []string // and nothing else
	}{
		{"nothing", nil, nil},
		{"two of them, an unknown key, and what is wrong otherwise",
			[]string{`"seats":5`, `"seats":"five"`, `"settle_ms":1`, ``, `"policy":{}`, `"policy":{"settle_ms":"long","lat_entry":"full","cover_ms":-1}`, `"title":"SKD"`, `"title":""`, `"room":"r","title":"T"`, `"room":"q","title":"T"`},
			[]string{"rooms[0].seats: a string", "policy.settle_ms: a string", "policy.lat_entry: unknown field", "cover_ms", "title is empty", `sitting t: no room "q"`}},
		{"a code, a zone and an hour", []string{`"code":"skd-2026"`, `"code":2026`, `"zone":"Asia/Jakarta"`, `"zone":7`, `"title":"S","start":"2026-11-22T08:00"`, `"title":"S","start":8`},
			[]string{"code: a number", "sites[0].zone: a number", "sittings[0].start: a number"}},
		{"half a seat, and a list", []string{`"seats":5`, `"seats":5.5`, `"ruleset":"skd-2024"`, `"ruleset":["skd-2024"]`}, []string{"rooms[0].seats: a number as 5.5", "ruleset: an array"}},
		{"no list of sittings", []string{`"sittings":[`, `"sittings":"all","x":[`}, []string{"sittings: a string", "x: unknown field"}},
		{"a number that no machine holds", []string{`"seats":5`, `"seats":99999999999999999999`}, []string{"rooms[0].seats: a number as 99999999999999999999"}},
	} {
		_, err := ParseDefinition([]byte(strings.NewReplacer(c.changes...).Replace(right)))
		got := parts(err)
		if len(got) != len(c.says) {
			t.Errorf("%s: %d faults, want %d: %v", c.name, len(got), len(c.says), err)
		}
		for _, says := range c.says {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %q is not said: %v", c.name, says, err)
			}
		}
	}
}

// A file that is to become an exam is held to the letter; one that is an exam already is read
// as it was when it became one.
func TestKeysAreWrittenOnceAndAsTheyAreKnown(t *testing.T) {
	right := strings.NewReplacer(`"colour":"red",`, "", `,"zon":"x"`, "", `"lat_entry":"full"`, "", `"nowhere"`, `"a"`).Replace(wrongKeys)
	if _, err := ParseDefinition([]byte(right)); err != nil || CheckKeys([]byte(right)) != nil {
		t.Fatal(err, CheckKeys([]byte(right)))
	}
	for _, c := range []struct{ old, wrong, says string }{
		{`"title":"SKD"`, `"Title":"SKD"`, "Title: unknown field"},
		{`"title":"SKD"`, `"title":"SKD","title":"SKB"`, "title stands twice"},
		{`"name":"R"`, `"name":"R","name":"Q"`, "rooms[0].name stands twice"},
	} {
		file := []byte(strings.Replace(right, c.old, c.wrong, 1))
		if _, err := ParseDefinition(file); err != nil {
			t.Errorf("%s: an exam that was made so cannot be read any more: %v", c.wrong, err)
		}
		if err := CheckKeys(file); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.wrong, err)
		}
	}
}
