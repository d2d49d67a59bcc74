package main

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/evidence"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// Who looked at what is evidence too: of items before the day, of results before anybody else.
// What was read of another exam is not for this one's auditor, and its absence is no fault.
func TestWhatWasReadIsHeldAgainstTheLog(t *testing.T) {
	t.Parallel()
	const elsewhere = "999-000"
	var day string
	h := heldSampleOf(t, 4, 3, true, func(ctx context.Context, h *heldSample, s *stores.DB) error {
		at := h.start.Add(160 * time.Minute)
		day = at.Time().Format(time.DateOnly)
		log := proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
		viewed := func(by, what, sitting, number, item string) engine.Event {
			return engine.Event{Kind: engine.Viewed, At: at, By: by, Act: what, Sitting: sitting, Number: number, Item: item}
		}
		err := log.Append(ctx, engine.AuditStream+"komite/"+day,
			engine.Event{Kind: engine.StaffSigned, At: at, By: "komite", Act: proctor.SignIn, Text: "komite"},
			viewed("komite", proctor.ReadItem, "", "", "TWK-007"),
			viewed("komite", proctor.ReadResult, "lain", elsewhere, ""),
			viewed("komite", proctor.ReadResult, stores.SampleCode, "26401-110-000001", ""))
		if err == nil {
			err = log.Append(ctx, engine.AuditStream+"rina/"+day, viewed("rina", proctor.ReadRoom, stores.SampleCode+".sesi-1", "", ""))
		}
		if err == nil {
			err = log.Append(ctx, proctor.StaffAccounts, engine.Event{Kind: engine.JournalRestored, At: at, By: "kepala", Extra: 9, Form: "0123456789abcdef"})
		}
		return err
	})
	export := h.export(t)
	r := verified(t, export)
	if !r.Sound() || !r.Whole() || !regexp.MustCompile(`readings +2 of this exam, 1 of items`).MatchString(r.String()) {
		t.Fatal(r)
	}
	const file, part = evidence.ReadingsName, "streams/00001.gz"
	f := forge(t, h, export)
	for _, name := range []string{file, part, evidence.SaltsName} {
		if text := f.read(name); strings.Contains(text, elsewhere) || strings.Contains(text, `"stream":"audit/komite/`+day+`","n":3`) {
			t.Errorf("%s has what was read of another exam", name)
		}
	}
	drop := func(what string) func(string) string {
		line := regexp.MustCompile(`[^\n]*` + what + `[^\n]*\n`)
		return func(s string) string { return line.ReplaceAllString(s, "") }
	}
	swap := func(was, is string) func(string) string {
		return func(s string) string { return strings.Replace(s, was, is, 1) }
	}
	for _, c := range []struct {
		name, file, check, words string
		change                   func(string) string
	}{
		{"a look into a room, left out", file, "entries", "comes from no record of the export", drop("sesi-1")},
		{"a look at a result, left out", file, "entries", "comes from no record of the export", drop("000001")},
		{"who looked", file, "entries", "audit/rina/", swap(`\"by\":\"rina\"`, `\"by\":\"budi\"`)},
		{"whose result", file, "entries", "audit/komite/", swap("000001", "000002")},
		{"a look at an item, left out", file, "authority", "or one before it was changed or left out", drop("TWK-007")},
		{"which item", file, "authority", "audit/komite/", swap("TWK-007", "TWK-008")},
		{"a look that is said to be another exam's", file, "entries", "comes from no record of the export", swap(`\"sitting\":\"`+stores.SampleCode+`.sesi-1\"`, `\"sitting\":\"lain.sesi-1\"`)},
		{"that the journal was restored, left out", part, "authority", "it was left out", func(s string) string {
			return linked(regexp.MustCompile(`\d+\t\{"v":1,"k":"JournalRestored"[^\n]*\n`).ReplaceAllString(s, ""))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := forge(t, h, export)
			f.edit(c.file, c.change)
			f.found(c.check, c.words)
		})
	}
	t.Run("all of them", func(t *testing.T) {
		f := forge(t, h, export)
		f.edit(file, func(string) string { return "" })
		f.found("entries", "comes from no record of the export")
	})
}
