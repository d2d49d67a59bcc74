package main

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/evidence"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// accountsBlock is the stream of accounts in a part.
var accountsBlock = regexp.MustCompile(`(?s)# staff/accounts\n.*?\n= [^\n]*\n`)

// What everybody could do is in the export as the log has it: who takes a revocation out, or
// puts a grant in, is found. An export of an earlier program, which had less, is checked as
// far as it goes, and says so.
func TestTheStreamOfAccountsIsThatOfTheLog(t *testing.T) {
	t.Parallel()
	h := newHeldSample(t, 6, 3)
	export := h.export(t)
	r := verified(t, export)
	if !r.Sound() || !r.Whole() || !regexp.MustCompile(`authority +\d\d acts held against the rights of who did them, \d+ of two people`).MatchString(r.String()) {
		t.Fatal(r)
	}
	const part = "streams/00001.gz"
	for _, secret := range []string{`"hash"`, "argon2", "totp", `"code"`} {
		for _, name := range []string{part, "accounts.jsonl"} {
			f := forge(t, h, export)
			if body := f.read(name); strings.Contains(accountsBlock.FindString(body), secret) || name != part && strings.Contains(body, secret) {
				t.Errorf("%s has %q", name, secret)
			}
		}
	}
	line := func(account string) *regexp.Regexp {
		return regexp.MustCompile(`(\d+)\t\{"v":1,"k":"StaffChanged"[^\n]*"text":"` + account + `"[^\n]*\n`)
	}
	for _, c := range []struct {
		name, words string
		change      func(string) string
	}{
		{"a record left out", "which the log does not have|that the log does not have there|it was left out", func(s string) string { return line("lain").ReplaceAllString(s, "") }},
		{"another grant", "that the log does not have", func(s string) string {
			return strings.Replace(s, `"why":"operator (exam lain)"`, `"why":"operator"`, 1)
		}},
		{"who gave it", "that the log does not have", func(s string) string {
			return line("lain").ReplaceAllStringFunc(s, func(one string) string { return strings.Replace(one, `"by":"setup"`, `"by":"ketua"`, 1) })
		}},
		{"the stream without its end", "staff/accounts", func(s string) string {
			return accountsBlock.ReplaceAllStringFunc(s, func(b string) string {
				lines := strings.SplitAfter(b, "\n")
				return strings.Join(append(lines[:len(lines)-3], lines[len(lines)-2:]...), "")
			})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := forge(t, h, export)
			f.edit(part, func(s string) string { return linked(c.change(s)) })
			f.sealed()
			if r := verified(t, f.dir); r.Sound() || !regexp.MustCompile(`authority: [^\n]*(`+c.words+`)`).MatchString(r.String()) {
				t.Error(r)
			}
		})
	}
	t.Run("an earlier program's", func(t *testing.T) {
		f := forge(t, h, export)
		var grants strings.Builder
		f.edit(part, func(s string) string {
			for _, m := range regexp.MustCompile(`(\d+)\t(\{"v":1,"k":"StaffChanged"[^\n]*)\n`).FindAllStringSubmatch(accountsBlock.FindString(s), -1) {
				e, err := engine.Decode([]byte(m[2]))
				f.must(err)
				pos, err := strconv.Atoi(m[1])
				f.must(err)
				body, err := json.Marshal(evidence.Granted{Pos: engine.Pos(pos), Act: e.Act, Account: e.Text, Grants: e.Why})
				f.must(err)
				grants.Write(append(body, '\n'))
			}
			return accountsBlock.ReplaceAllString(s, "")
		})
		f.must(os.WriteFile(f.path(evidence.GrantsName), []byte(grants.String()), 0o600))
		f.must(os.Remove(f.path(evidence.ActorsName)))
		f.sealed()
		r := verified(t, f.dir)
		if !r.Sound() || r.Whole() || !strings.Contains(r.String(), "NOT CHECKED: it has no stream of accounts") || !regexp.MustCompile(`entries +\d+ leaves`).MatchString(r.String()) {
			t.Error(r)
		}
		f.must(os.Remove(f.path(evidence.SaltsName)))
		f.sealed()
		if r := verified(t, f.dir); !r.Sound() || r.Whole() || !strings.Contains(r.String(), "entries    TIDAK DIPERIKSA") {
			t.Error(r)
		}
		err := (&verifyCmd{Path: f.dir}).Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "--partial") {
			t.Errorf("an export that was checked in part passes for a whole one: %v", err)
		}
		f.must((&verifyCmd{Path: f.dir, Partial: true}).Run(t.Context()))
	})
}

// A server that let somebody act who could not, or one person where two were asked for, has
// signed its own evidence: the export tells.
func TestActsOfWhoCouldNotAreNamed(t *testing.T) {
	t.Parallel()
	now := engine.InstantOf(time.Now())
	h := heldSampleOf(t, 4, 2, true, func(ctx context.Context, h *heldSample, s *stores.DB) error {
		log := proctor.NewLog(s.Journal, proctor.Direct(s.Journal))
		later := max(h.start, now).Add(24 * time.Hour)
		room := engine.SittingStream + stores.SampleCode + ".sesi-1"
		for _, user := range []string{"ketua", "wakil"} {
			body, err := json.Marshal(proctor.Account{User: user, Name: "X", Person: map[string]string{"ketua": "1985 0101", "wakil": "19850101"}[user], Hash: "$argon2id$secret"})
			if err != nil {
				return err
			}
			if err := s.Register.Put(ctx, engine.Entry{Kind: proctor.KindAccount, ID: user, Body: body}); err != nil {
				return err
			}
		}
		if err := log.Append(ctx, proctor.StaffAccounts,
			engine.Event{Kind: engine.StaffChanged, At: later, By: "setup", Act: "revoke", Text: "rina", Why: "supervisor (exam " + stores.SampleCode + ")"},
			engine.Event{Kind: engine.StaffChanged, At: later, By: "setup", Act: "disable", Text: "joko"}); err != nil {
			return err
		}
		if err := log.Append(ctx, room,
			engine.Event{Kind: engine.IncidentNoted, At: later.Add(proctor.RightsLinger / 2), By: "rina", Why: "other"}, // asked while she could
			engine.Event{Kind: engine.IncidentNoted, At: later.Add(2 * proctor.RightsLinger), By: "lain", Why: "other"},
			engine.Event{Kind: engine.SeatMarked, At: later.Add(2 * proctor.RightsLinger), By: "hantu", Seat: "001", On: true},
			engine.Event{Kind: engine.SeatMarked, At: later.Add(2 * proctor.RightsLinger), By: "rina", Seat: "001", On: true},
			engine.Event{Kind: engine.IncidentNoted, At: later.Add(2 * proctor.RightsLinger), By: "joko", Why: "other"}); err != nil {
			return err
		}
		return log.Append(ctx, engine.ExamStream+stores.SampleCode,
			engine.Event{Kind: engine.SheetReleased, At: later, By: "komite", Act: "skb", Text: engine.SHA256("x"), MS: 1})
	})
	r := verified(t, h.export(t))
	text := r.String()
	for _, want := range []string{
		`\(IncidentNoted, [^\n]*by "lain", who could not do it there: it takes note, and the account held operator \(exam lain\)`,
		`\(SeatMarked\) is by "hantu", and no account of that name had been made`,
		`\(SeatMarked, [^\n]*by "rina", who could not do it there: [^\n]*held nothing`,
		`\(IncidentNoted, [^\n]*by "joko", who could not do it there: [^\n]*held disabled`,
		`\(SheetReleased\) takes two people, and is by "komite" alone`,
		`\(ResultsFrozen\) is by "ketua" and "wakil", which are of one person`,
	} {
		if !regexp.MustCompile("authority: [^\n]*" + want).MatchString(text) {
			t.Errorf("not found: %s\n%s", want, text)
		}
	}
	if strings.Contains(text, `IncidentNoted, `) && regexp.MustCompile(`IncidentNoted[^\n]*"rina"`).MatchString(text) {
		t.Errorf("what was asked a moment before a right was taken away counts as done without it\n%s", text)
	}
}
