package web

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"terang/engine"
	"terang/proctor"
	"terang/web/webhook"
)

// An administrator subscribes on the page; what the room and the committee do reaches the
// other program, signed, and with nobody's name or number in it.
func TestAnotherProgramIsToldWhatHappens(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	var mu sync.Mutex
	var came []string
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		text, err := io.ReadAll(r.Body)
		if err != nil || !strings.HasPrefix(r.Header.Get("webhook-signature"), "v1,") {
			t.Error(err, r.Header)
		}
		came = append(came, string(text))
	}))
	defer receiver.Close()
	admin := h.officer("kepala", proctor.Admin)
	status, got := admin.post("/api/v1/webhooks", body{"op": uuid.NewString(), "url": receiver.URL, "exam": examCode, "types": proctor.HookTypes})
	if status != http.StatusCreated || !strings.HasPrefix(got.text("secret"), "whsec_") {
		t.Fatal(status, got)
	}
	if status, _ := admin.post("/api/v1/webhooks", body{"op": uuid.NewString(), "url": "http://example.go.id/", "types": []string{"everything"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("a plain address was taken: %d", status)
	}
	one, two := h.committee()
	h.act(proctor.Request{Action: engine.ActOpenCheckin})
	h.publishes(one, two, "calendar", calendarV1, "Jadwal oleh Peserta "+number(1, 1))
	places := body{"op": uuid.NewString(), "dry_run": true, "reason": "gedung padam", "edit": body{"hours": body{"s2": "2031-11-22T13:00"}}}
	_, got = admin.post("/api/v1/exams/"+examCode+"/places", places)
	places["dry_run"], places["change"] = false, got.in("plan").text("id")
	status, got = admin.post("/api/v1/exams/"+examCode+"/places", places)
	if status != http.StatusAccepted { // check-in is open: it takes two
		t.Fatal(status, got)
	}
	if status, got := h.officer("wakil-kepala", proctor.Admin).approves(got.text("proposal")); status != http.StatusOK {
		t.Fatal(status, got)
	}
	hooks := proctor.NewHooks(h.db, proctor.NewLog(h.journal, h.hall.Writer()), testSealer{})
	sender := webhook.New(hooks, h.journal, h.db, h.hall, webhook.Options{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Log: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry()})
	h.must(sender.Round(context.Background()))
	var types []string
	for _, text := range came {
		var told struct {
			Type string
			Data struct{ API string }
		}
		h.must(json.Unmarshal([]byte(text), &told))
		types = append(types, told.Type)
		if status, _ := admin.get(told.Data.API); status != http.StatusOK {
			t.Errorf("%s says to read on at %q, which answers %d", told.Type, told.Data.API, status)
		}
		for _, secret := range []string{"Peserta", number(1, 1), "ketua", "wakil", "kepala"} {
			if strings.Contains(text, secret) {
				t.Errorf("%q is told: %s", secret, text)
			}
		}
	}
	if all := strings.Join(types, " "); all != "sitting.opened criteria.published places.changed" {
		t.Errorf("told: %s", all)
	}
	_, html := admin.page("/webhook")
	for _, want := range []string{receiver.URL, "diterima (200", `data-act="resend"`} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(html, "whsec_") {
		t.Error("the page shows the secret again")
	}
	if status, _ := one.get("/api/v1/webhooks"); status != http.StatusForbidden {
		t.Errorf("the committee sees the webhooks: %d", status)
	}
}
