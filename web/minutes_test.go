package web

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

const minutesPath = "/api/v1/sittings/" + room1 + "/minutes"

// heldSitting is a house in whose first room a sitting was held and has ended: one finished, one
// was disqualified, one turned away, one lost time and asks for it, and the others never came.
func heldSitting(t *testing.T) *house {
	h := build(t, built{policy: func(p *engine.Policy) { p.AutoCreditMS, p.CoverMS, p.TwoPerson = 1, 1, nil }})
	h.officer("ratna", proctor.Supervisor)
	p := h.allWorking(number(1, 1), number(1, 2), number(1, 3))
	p[0].answered(1, "a")
	h.act(proctor.Request{Action: engine.ActTurnAway, Numbers: []string{number(1, 4)}, Reason: "papers"})
	h.act(proctor.Request{Action: engine.ActDisqualify, Numbers: []string{number(1, 2)}, Reason: "phone"})
	h.must(h.desk.Note(t.Context(), ratna, room1, proctor.Happening{Op: uuid.NewString(), Seat: "1", Why: "noise", Text: "Genset menyala di luar"}))
	started := h.state(number(1, 3)).Ledger.From
	h.until("the clock has run for a while", func() bool { return h.hall.Now().Sub(started) > 20*time.Millisecond })
	asked := h.live(number(1, 3)).Ask(engine.Command{Act: engine.ActBlocked, By: "engine", At: h.hall.Now(), Since: started}, nil)
	h.must(asked.Err)
	h.act(proctor.Request{Action: engine.ActFinish})
	h.followed()
	if a := h.state(number(1, 3)); !a.Undecided() {
		t.Fatal("nobody asks for time")
	}
	return h
}

// Two people sign, each with their own password, over a hand count that differs; what is
// decided afterwards makes a version of its own, and the earlier one stays.
func TestMinutesAreSignedByTwoOverACountThatDiffers(t *testing.T) {
	t.Parallel()
	h := heldSitting(t)
	sup := h.browser()
	sup.enters("ratna")
	oper := h.officer("oki", proctor.Operator)
	veri := h.officer("vera", proctor.Verifier)
	second := body{"user": "oki", "password": password}

	if status, got := sup.get(minutesPath); status != 200 || got.text("state") != proctor.MinutesDue {
		t.Fatalf("%d %v", status, got)
	}
	if status, _ := oper.post(minutesPath, body{"op": uuid.NewString()}); status != 403 {
		t.Errorf("an operator closes minutes: %d", status)
	}
	first := body{"op": uuid.NewString()}
	for range 2 { // the same operation once more is the same version
		if status, got := sup.post(minutesPath, first); status != 200 || got.int("version") != 1 {
			t.Fatalf("%d %v", status, got)
		}
	}
	sign := func(more body) body {
		q := body{"op": uuid.NewString(), "password": password, "hand": body{"present": 4, "absent": 4}, "reason": "satu orang berdiri di lorong", "second": second}
		for k, v := range more {
			q[k] = v
		}
		return q
	}
	for name, c := range map[string]struct {
		ask    body
		status int
		code   string
	}{
		"a difference without its reason": {sign(body{"reason": " "}), 422, string(engine.NeedsReason)},
		"somebody else's password":        {sign(body{"password": "guess guess"}), 401, ""},
		"oneself as the second":           {sign(body{"second": body{"user": "ratna", "password": password}}), 403, string(engine.SecondPerson)},
		"a second with a wrong password":  {sign(body{"second": body{"user": "oki", "password": "guess guess"}}), 403, string(engine.SecondPerson)},
		"a count below nothing":           {sign(body{"hand": body{"present": -1}}), 400, ""},
	} {
		if status, got := sup.post(minutesPath+"/1/sign", c.ask); status != c.status || c.code != "" && got.text("code") != c.code {
			t.Errorf("%s: %d %v", name, status, got)
		}
	}
	signed := sign(nil)
	for range 2 {
		if status, got := sup.post(minutesPath+"/1/sign", signed); status != 200 {
			t.Fatalf("%d %v", status, got)
		}
	}
	if status, got := sup.post(minutesPath+"/1/sign", sign(nil)); status != 409 || got.text("field") != "signed" {
		t.Errorf("signed twice: %d %v", status, got)
	}
	for want, b := range map[int]*browser{200: veri, 409: oper} { // who signed is no witness
		if status, got := b.post(minutesPath+"/1/witness", body{"op": uuid.NewString(), "password": password}); status != want {
			t.Errorf("witness: %d %v", status, got)
		}
	}
	h.saysOf(sup, 1, 1)
	if phase := h.hall.Sitting(room1).State().Phase; phase != engine.Ended {
		t.Errorf("while time is undecided the sitting is %s", phase)
	}

	// A credit is decided: the signed version no longer says all, the next one does.
	h.act(proctor.Request{Action: engine.ActDecideCredit, Numbers: []string{number(1, 3)}, Decision: "grant"})
	h.followed()
	if _, got := sup.get(minutesPath); got.text("state") != proctor.MinutesNewer {
		t.Fatalf("%v", got)
	}
	if status, got := sup.post(minutesPath, body{"op": uuid.NewString()}); status != 200 || got.int("version") != 2 {
		t.Fatalf("%d %v", status, got)
	}
	if status, got := sup.post(minutesPath+"/1/sign", sign(nil)); status != 409 {
		t.Errorf("an older version is signed: %d %v", status, got)
	}
	id := sup.proposes(minutesPath+"/2/sign", body{"password": password})
	if status, got := sup.approves(id); status != 403 {
		t.Errorf("who proposed approves: %d %v", status, got)
	}
	if status, got := veri.approves(id); status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	if phase := h.hall.Sitting(room1).State().Phase; phase != engine.Sealed {
		t.Errorf("with signed minutes and nothing undecided the sitting is %s", phase)
	}
	h.saysOf(sup, 1, 1)
	h.saysOf(sup, 2, 0)
	if _, got := sup.get(minutesPath); got.text("state") != proctor.MinutesDone {
		t.Errorf("%v", got)
	}
}

// A signature may wait a day for the other person. What is recorded meanwhile is in no version that
// both then sign: the next one is closed, and the sitting with it.
func TestASignatureThatWaitedSealsNothingThatChangedSince(t *testing.T) {
	t.Parallel()
	h := heldSitting(t)
	sup := h.browser()
	sup.enters("ratna")
	veri := h.officer("vera", proctor.Verifier)
	closes := func(version int64) {
		t.Helper()
		if status, got := sup.post(minutesPath, body{"op": uuid.NewString()}); status != 200 || got.int("version") != version {
			t.Fatalf("%d %v", status, got)
		}
	}
	h.act(proctor.Request{Action: engine.ActDecideCredit, Numbers: []string{number(1, 3)}, Decision: "grant"})
	h.followed()
	closes(1)
	waits := sup.proposes(minutesPath+"/1/sign", body{"password": password})
	h.act(proctor.Request{Action: engine.ActDisqualify, Numbers: []string{number(1, 1)}, Reason: "phone"})
	h.followed()
	if status, got := veri.approves(waits); status != 409 || got.text("field") != "newer" {
		t.Errorf("approved over what is not in it: %d %v", status, got)
	}
	state := h.hall.Sitting(room1).State()
	if state.Phase != engine.Ended || state.MinutesOf(1).Signed.Kind != "" {
		t.Errorf("the sitting is %s, and version 1 %+v", state.Phase, state.MinutesOf(1).Signed)
	}
	closes(2)
	if status, got := veri.approves(sup.proposes(minutesPath+"/2/sign", body{"password": password})); status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	if state := h.hall.Sitting(room1).State(); state.Phase != engine.Sealed || state.MinutesOf(2).Signed.Two != "vera" {
		t.Errorf("the sitting is %s", state.Phase)
	}
}

// saysOf reads a version as data, page and document.
func (h *house) saysOf(b *browser, version, differs int) {
	h.Helper()
	_, got := b.get(minutesPath)
	v := body(got.list("versions")[version-1].(map[string]any))
	sum := v.text("sha256")
	status, file := b.file(minutesPath + "/" + string(rune('0'+version)) + ".json")
	if status != 200 || engine.SHA256(file) != sum {
		h.Fatalf("%d: the data is not what was closed", status)
	}
	var d proctor.MinutesData
	h.must(json.Unmarshal([]byte(file), &d))
	a := &d.Facts.Attendance
	if a.Registered != seats || a.Present != 3 || a.Absent != 5 || a.Of(proctor.NoShow) != 4 || a.Of(proctor.AwayPapers) != 1 || a.Of(proctor.OutDisqualified) != 1 || a.Of(proctor.FinishedSupervisor) != 2 {
		h.Errorf("version %d: %+v", version, a)
	}
	var results MinutesResults
	h.must(json.Unmarshal(d.Results, &results))
	if results.Finished != 2 || len(results.SHA256) != 64 {
		h.Errorf("%+v", results)
	}
	want := proctor.CreditUndecided
	if version == 2 {
		want = proctor.CreditGranted
	}
	if k := len(d.Facts.Credits); k == 0 || d.Facts.Credits[k-1].State != want {
		h.Errorf("version %d: credits %+v", version, d.Facts.Credits)
	}
	if by := v.in("counted").in("difference").int("present"); int(by) != differs {
		h.Errorf("version %d: the hand count differs by %d", version, by)
	}
	anyone := h.browser()
	if status, html := anyone.page("/berita-acara/" + room1 + "/" + sum); status != 200 || strings.Contains(html, number(1, 1)) || !strings.Contains(html, sum) {
		h.Errorf("verification: %d", status)
	}
	if status, _ := anyone.page("/berita-acara/" + room1 + "/" + strings.Repeat("0", 64)); status != 404 {
		h.Errorf("a made-up fingerprint is known: %d", status)
	}
	if status, html := b.page("/meja/" + room1 + "/berita-acara"); status != 200 || !strings.Contains(html, sum) || !strings.Contains(html, "8 = 3 + 5") || !strings.Contains(html, "Genset menyala di luar") {
		h.Errorf("the page: %d", status)
	}
	if strings.Contains(file, "Genset") || strings.Contains(file, "Peserta 26") {
		h.Error("the archive holds words that can be erased, or names")
	}
	_, pdf := b.file(minutesPath + "/" + string(rune('0'+version)) + ".pdf")
	text, ok := h.pdfText(pdf)
	for _, want := range []string{"BERITA ACARA, VERSI " + string(rune('0'+version)), sum[:32], "8 terdaftar = 3 hadir + 5 tidak hadir.", "Halaman 1 dari", "oki", number(1, 4), "/berita-acara/" + room1} {
		if ok && version == 1 && !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			h.Errorf("the document of version %d lacks %q", version, want)
		}
	}
}

// file reads what is sent, byte by byte.
func (b *browser) file(path string) (int, string) {
	b.h.Helper()
	req, err := http.NewRequestWithContext(b.h.Context(), http.MethodGet, b.h.http.URL+path, http.NoBody)
	b.h.must(err)
	r, err := b.client.Do(req)
	b.h.must(err)
	defer func() { _ = r.Body.Close() }()
	got, err := io.ReadAll(r.Body)
	b.h.must(err)
	return r.StatusCode, string(got)
}

func (h *house) pdfText(pdf string) (string, bool) {
	h.Helper()
	path, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("TERANG_REQUIRE") == "1" {
			h.Fatal("pdftotext is missing: run .ci/prepare")
		}
		return "", false
	}
	cmd := exec.CommandContext(h.Context(), path, "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader([]byte(pdf))
	out, err := cmd.Output()
	h.must(err)
	return string(out), true
}
