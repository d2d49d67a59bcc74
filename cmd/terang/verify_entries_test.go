package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/evidence"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// Records that no document repeats stand in the log nevertheless: every leaf is made again
// from them. Each forgery is made by whoever holds the authority's own key, with all chains
// made to fit.
func TestWhatOnlyTheLogKnowsIsHeldAgainstIt(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, 30, 4)
	export := h.export(t)
	r := verified(t, export)
	if !r.Sound() || !regexp.MustCompile(`entries +[5-9]\d leaves`).MatchString(r.String()) {
		t.Fatal(r)
	}
	const part = "streams/00001.gz"
	first := func(was, is string) func(string) string {
		re := regexp.MustCompile(was)
		return func(s string) string {
			done := false
			return re.ReplaceAllStringFunc(s, func(one string) string {
				if done {
					return one
				}
				done = true
				return re.ReplaceAllString(one, is)
			})
		}
	}
	const aLine = `[^\n]*\n`
	for _, c := range []struct {
		name, check, words, file string
		change                   func(string) string
	}{
		{"an objection that was dropped", "entries", "objection/" + stores.SampleCode, part, first(`\d+\t\{"v":1,"k":"ObjectionFiled"`+aLine, "")},
		{"another answer to an objection", "entries", "objection/" + stores.SampleCode + ": version 2", part, first(`"why":"rejected"`, `"why":"upheld"`)},
		{"who answered it", "entries", "objection/" + stores.SampleCode + ": version 2", part, first(`("k":"ObjectionDecided"[^\n]*"by":")komite`, `${1}ketua`)},
		{"a calendar that was never published", "entries", "exam/" + stores.SampleCode, part, first(`\d+\t\{"v":1,"k":"CriteriaPublished"`+aLine, "")},
		{"the second of two who froze the results", "entries", "exam/" + stores.SampleCode, part, first(`("k":"ResultsFrozen"[^\n]*)"two":"wakil"`, `$1"two":"lain"`)},
		{"who signed the minutes", "entries", "sitting/" + stores.SampleCode + ".sesi-1", part, first(`("k":"MinutesSigned"[^\n]*"two":")budi("[^\n]*"ms":2)`, `${1}sari$2`)},
		{"when a sitting was closed", "minutes", "log was closed as", part, func(s string) string {
			at := regexp.MustCompile(`"k":"SittingClosed","at":\d+`).FindString(s)
			if at == "" {
				return s
			}
			other := "7" // what the last digit is not: it is the time of this run
			if strings.HasSuffix(at, other) {
				other = "2"
			}
			return strings.Replace(s, at, at[:len(at)-1]+other, 1)
		}},
		{"why time was given", "log", "lead to the fingerprint", part, first(`("k":"TimeGiven"[^\n]*)"why":"network"`, `$1"why":"device"`)},
		{"why somebody was adjusted", "log", "lead to the fingerprint", part, first(`("k":"Adjusted"[^\n]*)"why":"accommodation"`, `$1"why":"other"`)},
		{"who turned somebody away", "minutes", "was closed as", part, first(`("k":"TurnedAway"[^\n]*"by":")rina`, `${1}sari`)},
		{"the order of an objection and a calendar", "entries", "their order was changed", part, func(s string) string {
			pos := regexp.MustCompile(`(\d+)\t\{"v":1,"k":"(?:ObjectionFiled|ObjectionDecided|CriteriaPublished)"`).FindAllStringSubmatch(s, 3)
			if len(pos) != 3 { // the exam's own stream comes first, whatever its positions
				return s
			}
			return strings.NewReplacer(
				"\n"+pos[0][1]+"\t", "\n"+pos[1][1]+"\t", "\n"+pos[1][1]+"\t", "\n"+pos[2][1]+"\t", "\n"+pos[2][1]+"\t", "\n"+pos[0][1]+"\t").Replace(s)
		}},
		{"a birth date", "register", "its roster has the SHA-256", "register.jsonl", first(`"birth_date":"\d{4}`, `"birth_date":"1980`)},
		{"a name", "register", "its roster has the SHA-256", "register.jsonl", first(`"name":"`, `"name":"X`)},
		{"how many seats a formation has", "register", "its formations has the SHA-256", "register.jsonl", first(`"seats":\d`, `"seats":9`)},
		{"the table that the log was written by", "log", "tables", "tables.jsonl", first(`"table":\d+`, `"table":1`)},
		{"the role of who acted", "entries", "sitting/" + stores.SampleCode + ".sesi-1", part, first(`"why":"supervisor`, `"why":"operator`)},
		{"a salt", "entries", "", "salts.jsonl", first(`("stream":"exam/[^\n]*"event":")[0-9a-f]{8}`, `${1}00000000`)},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := forge(t, h, export)
			f.edit(c.file, func(s string) string {
				if c.file == part {
					return linked(c.change(s))
				}
				return c.change(s)
			})
			f.found(c.check, c.words)
		})
	}
	t.Run("a leaf too many", func(t *testing.T) {
		f := forge(t, h, export)
		f.enter([]byte(`{"v":1,"kind":"act","at":"2026-11-26T02:00:00.123Z","exam":"` + stores.SampleCode + `","act":"note","by":"staff"}`))
		f.found("entries", "comes from no record of the export")
	})
	// The minutes' line about results is not made again: only their leaf says what it was.
	t.Run("minutes beside their facts", func(t *testing.T) {
		f := forge(t, h, export)
		f.minutes(part, 2, func(body string) string { return strings.Replace(body, `"facts":`, `"results":{},"facts":`, 1) })
		f.found("entries", "sitting/"+stores.SampleCode+".sesi-1")
	})
}

// minutes gives a version of minutes other bytes, under the hash that they have then, which
// the stream is made to name.
func (f *forger) minutes(part string, version int, change func(string) string) {
	f.Helper()
	files, err := filepath.Glob(f.path("archive/*"))
	f.must(err)
	for _, name := range files {
		body, err := os.ReadFile(name)
		f.must(err)
		d, err := proctor.ParseMinutes(body)
		if err != nil || d.Version != version {
			continue
		}
		other := change(string(body))
		was, is := filepath.Base(name), engine.SHA256(other)
		f.must(os.Remove(name))
		f.must(os.WriteFile(f.path("archive/"+is), []byte(other), 0o600))
		f.edit(part, func(s string) string { return linked(strings.ReplaceAll(s, was, is)) })
		return
	}
	f.Fatalf("no minutes %d in the archive", version)
}

// Seats that were drawn at check-in are drawn again by the secret that was committed to.
func TestSeatsAreDrawnAgain(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, 30, 3)
	export := h.export(t)
	r := verified(t, export)
	if !r.Sound() || !strings.Contains(r.String(), "10 seats of 1 sittings drawn again from those that were free, 20 kept") {
		t.Fatal(r)
	}
	const part = "streams/00001.gz"
	stream := "sitting/" + stores.SampleCode + ".sesi-1"
	drawn := regexp.MustCompile(`"seat":"(\d{3})","number":"([^"]*)"(,"form":"[^"]*","act":"drawn")`)
	for _, c := range []struct {
		name, words string
		change      func(string) string
	}{
		{"an arranged seat", stream + ": version ", func(s string) string {
			m := drawn.FindStringSubmatch(s)
			other := "479"
			if m[1] == other {
				other = "478"
			}
			// The same in the attempt: nobody is to see that they sit elsewhere.
			s = strings.Replace(s, m[0], `"seat":"`+other+`","number":"`+m[2]+`"`+m[3], 1)
			return strings.Replace(s, `"seat":"`+m[1]+`","number":"`+m[2]+`"}`, `"seat":"`+other+`","number":"`+m[2]+`"}`, 1)
		}},
		{"a draw left out", "draw 2 stands where draw 1 is due", func(s string) string {
			return regexp.MustCompile(`\d+\t\{"v":1,"k":"SeatGiven"[^\n]*"q":1,[^\n]*\n`).ReplaceAllString(s, "")
		}},
		{"a commitment to another secret", "the commitment is", func(s string) string {
			return regexp.MustCompile(`("k":"SeatsSealed"[^\n]*"seed":")[0-9a-f]{8}`).ReplaceAllString(s, "${1}00000000")
		}},
		{"a seat that was not the given one", `given was "A-02"`, func(s string) string {
			return strings.Replace(s, `"seat":"A-02","number":"26401-110-000002"}`, `"seat":"A-19","number":"26401-110-000002"}`, 1)
		}},
		{"a seat that nobody gave", `given was ""`, func(s string) string {
			return regexp.MustCompile(`\d+\t\{"v":1,"k":"SeatGiven"[^\n]*26401-110-000002[^\n]*\n`).ReplaceAllString(s, "")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := forge(t, h, export)
			f.edit(part, func(s string) string { return linked(c.change(s)) })
			f.found("draws", c.words)
		})
	}
	// Both fit the secret: only the seats that were free tell.
	t.Run("a draw among one seat", func(t *testing.T) {
		f := forge(t, h, export)
		f.edit(part, func(s string) string {
			m := drawn.FindStringSubmatch(s)
			form := regexp.MustCompile(`"form":"[^"]*"`).FindString(m[0])
			return linked(strings.Replace(s, m[0], strings.Replace(m[0], form, `"form":"`+packed([]string{m[1]})+`"`, 1), 1))
		})
		f.found("draws", "draw 1 was made without seat")
	})
	t.Run("a draw that offers somebody's seat", func(t *testing.T) {
		f := forge(t, h, export)
		var secret evidence.Draw
		f.must(json.Unmarshal([]byte(f.read("draws.jsonl")), &secret))
		key, err := hex.DecodeString(secret.Secret)
		f.must(err)
		f.edit(part, func(s string) string {
			all := drawn.FindAllStringSubmatch(s, 2)
			first, second := all[0], all[1]
			form := regexp.MustCompile(`"form":"([^"]*)"`).FindStringSubmatch(second[0])
			free, err := proctor.OfferedSeats(&engine.Event{Form: form[1]}, stores.RoomMost)
			f.must(err)
			free = append(free, first[1])
			slices.Sort(free)
			changed := strings.Replace(second[0], form[0], `"form":"`+packed(free)+`"`, 1)
			changed = strings.Replace(changed, `"seat":"`+second[1]+`"`, `"seat":"`+proctor.DrawSeat(key, secret.Sitting, 2, free)+`"`, 1)
			return linked(strings.Replace(s, second[0], changed, 1))
		})
		f.found("draws", "which had been given to")
	})
	t.Run("no secret", func(t *testing.T) {
		f := forge(t, h, export)
		f.must(os.Remove(f.path("draws.jsonl")))
		f.found("draws", "has no secret of this sitting")
	})
	// Who says that all seats were the roster's has to change the stream before its start.
	t.Run("no draws at all", func(t *testing.T) {
		f := forge(t, h, export)
		f.must(os.Remove(f.path("draws.jsonl")))
		f.edit(part, func(s string) string {
			s = regexp.MustCompile(`\d+\t\{"v":1,"k":"SeatsSealed"[^\n]*\n`).ReplaceAllString(s, "")
			s = regexp.MustCompile(`("k":"SeatGiven"[^\n]*),"q":\d+([^\n]*),"form":"[^"]*","act":"drawn"`).ReplaceAllString(s, `$1$2,"act":"roster"`)
			return linked(s)
		})
		f.sealed()
		if report := verified(f, f.dir); report.Sound() || !strings.Contains(report.String(), "entries: "+stream) {
			f.Error(report)
		}
	})
}

// Points after an annulment are made again too, and the decision that was logged is the one
// that is read.
func TestAnAnnulmentIsHeldAgainstTheLog(t *testing.T) {
	t.Parallel()
	h := heldSampleOf(t, 20, 110, true, func(ctx context.Context, h *heldSample, s *stores.DB) error {
		annulled, err := annulOne(ctx, s, h.start.Add(175*time.Minute))
		if err != nil {
			return err
		}
		return proctor.NewLog(s.Journal, proctor.Direct(s.Journal)).Append(ctx, engine.ExamStream+stores.SampleCode, annulled)
	})
	export := h.export(t)
	r := verified(t, export)
	if !r.Sound() || !strings.Contains(r.String(), "1 decisions about items") {
		t.Fatal(r)
	}
	rescored := 0
	err := filepath.WalkDir(filepath.Join(export, "log", "tile"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		rescored += strings.Count(string(body), `"kind":"rescored"`)
		return err
	})
	if err != nil || rescored == 0 {
		t.Fatalf("nobody's points were changed: this shows nothing (%v)", err)
	}
	f := forge(t, h, export)
	f.edit("streams/00001.gz", func(s string) string {
		return linked(regexp.MustCompile(`("k":"ItemAnnulled"[^\n]*)"why":"unusable"`).ReplaceAllString(s, `$1"why":"leaked"`))
	})
	f.sealed()
	if report := verified(f, f.dir); report.Sound() || !strings.Contains(report.String(), "entries: exam/"+stores.SampleCode) {
		f.Error(report)
	}
}
