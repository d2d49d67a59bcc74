package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"terang/cmd/terang/stores"
)

// Who was sent to another sitting before the start and did not come is absent there, as the boards
// have it that no list has decided yet.
func TestWhoWasSentElsewhereAndDidNotComeIsVerified(t *testing.T) {
	t.Parallel()
	h := heldSampleOf(t, stores.RoomMost+20, 1, false)
	export := h.export(t)
	if part := (&forger{TB: t, dir: export}).read("streams/00001.gz"); !strings.Contains(part, `"k":"Transferred"`) {
		t.Fatal("nobody was sent anywhere: this test shows nothing")
	}
	if r := verified(t, export); !r.Sound() {
		t.Error(r)
	}
}

// What few people go through is read as it was recorded, by whoever checks: somebody with
// more time, somebody who went on at another sitting and had been doubted, minutes with a
// supplement. Whoever changes one of these afterwards is found, with all chains made to fit.
func TestMinutesAndMovesAreCheckedAgain(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, stores.RoomMost+20, 4)
	export := h.export(t)
	r := verified(t, export)
	if !r.Sound() || !strings.Contains(r.String(), "3 versions of 2 sittings made again") {
		t.Fatal(r)
	}
	// What one person gave by a pause, and no other confirmed, is as it was recorded, and said.
	if note := `PERHATIKAN / NOTE: attempt/[^\n]*: version \d+: "rina" stopped this candidate's clock for 16m0s`; !regexp.MustCompile(note).MatchString(r.String()) || len(r.Noted) != 1 {
		t.Errorf("it is not noted: %s", r)
	}
	parts, err := filepath.Glob(filepath.Join(export, "streams", "*.gz"))
	if err != nil || len(parts) != 1 {
		t.Fatal(parts, err)
	}
	const part = "streams/00001.gz"
	for _, c := range []struct{ name, check, words, was, is string }{
		{"a move from elsewhere", "attempts", "is a check-in at", `"k":"Continued"([^\n]*)"act":"[^"]*"`, `"k":"Continued"$1"act":"skd-contoh.sesi-1"`},
		{"a move that did not happen", "attempts", "who was expected at skd-contoh.sesi-1", `\d+\t\{"v":1,"k":"Continued"[^\n]*\n`, ""},
		{"a move of somebody who had begun as one who had not", "attempts", "whether the attempt had begun is true", `"k":"Continued"`, `"k":"Transferred"`},
		{"more time than was decided", "attempts", "roster and adjustments give 1800000", `"extra":1800000`, `"extra":2400000`},
		{"time that nobody decided", "attempts", "roster and adjustments give 0", `\d+\t\{"v":1,"k":"Adjusted"[^\n]*\n`, ""},
		{"an adjustment by one", "attempts", `by the word of "rina" alone`, `("k":"Adjusted"[^\n]*)"two":"budi"`, `$1"two":"rina"`},
		{"a doubt that was upheld", "attempts", "nobody was disqualified", `("k":"DoubtDecided"[^\n]*)"why":"cleared"`, `$1"why":"upheld"`},
		{"a doubt decided by who raised it", "attempts", `by "rina", who had raised it`, `("k":"DoubtDecided"[^\n]*)"by":"budi"`, `$1"by":"rina"`},
		{"minutes signed by one", "minutes", `signed by "rina" alone`, `("k":"MinutesSigned"[^\n]*)"two":"budi"`, `$1"two":"rina"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := forge(t, h, export)
			done := false
			f.edit(part, func(s string) string {
				re := regexp.MustCompile(c.was)
				return linked(re.ReplaceAllStringFunc(s, func(one string) string {
					if done {
						return one
					}
					done = true
					return re.ReplaceAllString(one, c.is)
				}))
			})
			f.found(c.check, c.words)
		})
	}
	// One limit holds for credits, what is taken back and pauses of one person, as the desk has it.
	given := `{"v":1,"k":"TimeGiven","at":$3,"by":"rina","ms":%d}`
	for name, c := range map[string]struct {
		records string // after the pause
		kind    string // that takes two, "" for none
	}{
		"a second more, after a long pause":    {fmt.Sprintf(given, 1000), "TimeGiven"},
		"less, after a long pause":             {fmt.Sprintf(given, -120_000), ""},
		"by another":                           {strings.Replace(fmt.Sprintf(given, 1000), "rina", "budi", 1), ""},
		"what two gave, taken back by one":     {`{"v":1,"k":"CreditReversed","at":$3,"by":"budi","ref":9}`, ""},
		"so, after as much as one may take":    {strings.Replace(fmt.Sprintf(given, -900_000), "rina", "budi", 1) + "\n${2}2\t" + `{"v":1,"k":"CreditReversed","at":$3,"by":"budi","ref":9}`, "CreditReversed"},
		"a long pause, by who did not make it": {`{"v":1,"k":"CreditReversed","at":$3,"by":"budi","ref":11}`, "CreditReversed"},
	} {
		t.Run(name, func(t *testing.T) {
			f := forge(t, h, export)
			f.edit(part, func(s string) string {
				pause := regexp.MustCompile(`("k":"Paused"[^\n]*\n(\d+)\t\{"v":1,"k":"Resumed","at":(\d+)[^\n]*\n)`)
				return linked(pause.ReplaceAllString(s, "${1}${2}1\t"+c.records+"\n"))
			})
			f.sealed()
			r := verified(t, f.dir)
			if found := regexp.MustCompile(`authority: attempt/[^\n]*\((\w+)\) takes two people, and is by "\w+" alone`).FindStringSubmatch(r.String()); (found == nil) != (c.kind == "") || found != nil && found[1] != c.kind {
				t.Errorf("taken for an act of two: %v, want %q\n%s", found, c.kind, r)
			}
		})
	}
	// The records of a sitting stand in no other document: only the minutes say what they were.
	t.Run("an incident that was left out", func(t *testing.T) {
		f := forge(t, h, export)
		f.edit(part, func(s string) string {
			return linked(regexp.MustCompile(`\d+\t\{"v":1,"k":"IncidentNoted"[^\n]*\n`).ReplaceAllString(s, ""))
		})
		f.found("minutes", "minutes 2: incidents was closed as")
	})
	t.Run("when a sitting began", func(t *testing.T) {
		f := forge(t, h, export)
		f.edit(part, func(s string) string {
			return linked(strings.Replace(s, `"k":"CheckinOpened","at":1`, `"k":"CheckinOpened","at":2`, 1))
		})
		f.found("streams", "stands before")
	})
	t.Run("a frozen board that was another", func(t *testing.T) {
		f := forge(t, h, export)
		f.must(os.RemoveAll(f.path("boards")))
		f.edit(part, func(s string) string {
			return linked(regexp.MustCompile(`("k":"BoardFrozen"[^\n]*"text":")[0-9a-f]{8}`).ReplaceAllString(s, "${1}00000000"))
		})
		f.found("log", "board "+stores.SampleCode+": frozen were")
	})
	t.Run("a frozen board that nobody recorded", func(t *testing.T) {
		f := forge(t, h, export)
		f.edit(part, func(s string) string {
			return linked(regexp.MustCompile(`\d+\t\{"v":1,"k":"BoardFrozen"[^\n]*\n`).ReplaceAllString(s, ""))
		})
		f.found("log", "has a frozen frame of it")
	})
	// Other minutes under a hash of their own, which the stream is made to name.
	t.Run("a number of people in the minutes", func(t *testing.T) {
		f := forge(t, h, export)
		f.minutes(part, 2, func(body string) string { return strings.Replace(body, `"absent":`, `"absent":1`, 1) })
		f.found("minutes", "minutes 2: attendance was closed as")
	})
}
