package web

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// handsOver records in a sitting's stream that a site holds it, as another process would.
func (h *house) handsOver(room string) {
	h.Helper()
	s := h.hall.Sitting(room).State()
	e := engine.Event{Kind: engine.HandedOver, At: h.hall.Now(), By: "kepala", Two: "wakil", Act: "pulau"}
	_, err := h.journal.Append(h.Context(), []engine.Run{{Stream: s.Stream, Records: engine.Link(s.Stream, s.N, s.Hash, []engine.Event{e})}})
	h.must(err)
	h.followed()
}

// Pages of a sitting that a site holds say so, and offer no act of the room; whoever is signed
// in here is let go of by the browser, though nothing is recorded of it.
func TestPagesSayThatASiteHoldsASitting(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.working(number(1, 1))
	b := h.administrator()
	told := "Site Tilok Barat holds this sitting with a server of its own"
	paths := []string{"/meja/" + room1 + "?lang=en", "/meja/" + room1 + "/masuk?lang=en", "/meja/" + room1 + "/berita-acara?lang=en"}
	for _, path := range paths {
		if _, page := b.page(path); strings.Contains(page, told) {
			t.Errorf("%s says that a site holds it", path)
		}
	}
	h.handsOver(room1)
	for _, path := range paths {
		if status, page := b.page(path); status != 200 || !strings.Contains(page, told) {
			t.Errorf("%s does not say that a site holds it: %d", path, status)
		}
	}
	for _, path := range []string{"/meja?lang=en", "/daftar-peserta/" + examCode + "/lokasi?lang=en"} {
		if _, page := b.page(path); !strings.Contains(page, "held at the site") {
			t.Errorf("%s does not say that a site holds it", path)
		}
	}
	// Before the results are frozen two people read which sitting has not come home, and where it is.
	const which = "1 (Sesi 1 · Tilok Barat)"
	ketua := h.officer("ketua", proctor.Committee)
	ketua.proposes("/api/v1/exams/"+examCode+"/results/freeze", body{"reason": "darurat", "despite": true})
	anggota := h.officer("anggota", proctor.Committee)
	for path, want := range map[string][]string{
		"/hasil-ujian/" + examCode: {"have not come home: " + which},
		"/persetujuan":             {"<dd>" + which + "</dd>", "<dd>yes: two people say that they know it</dd>"},
	} {
		_, page := anggota.page(path + "?lang=en")
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("%s does not say %q", path, w)
			}
		}
	}
	status, answer := b.post("/api/v1/sittings/"+room1+"/actions", proctor.Request{Op: uuid.NewString(), Action: engine.ActPause, Reason: "power"})
	if status != 409 || answer.text("code") != string(engine.NotHome) || answer.text("field") != "pulau" {
		t.Errorf("paused here: %d %v", status, answer)
	}
	before := len(h.events(number(1, 1)))
	if status, _ := p.post("/api/v1/exam/signout", nil); status != 204 {
		t.Errorf("sign-out: %d", status)
	}
	if n := len(h.events(number(1, 1))) - before; n != 0 {
		t.Errorf("%d records were written to a copy", n)
	}
}
