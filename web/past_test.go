package web

import (
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// past is an attempt that ran on a node that fell: what its journal holds. Durations are
// from then until the new node starts.
type past struct {
	number  string
	started time.Duration // of the sitting; 0: six minutes ago
	bound   time.Duration // the device's hello
	alive   time.Duration // the fallen node's last sign of life
	answers []string      // letters of the positions from 1
	place   string        // where the sign-in came from; "": this machine's address

	device, secret, pin string
}

const fallenNode = "node-fallen"

// write puts the past into the journal of a house that has not recovered yet.
func (p *past) write(h *house) {
	h.Helper()
	p.device, p.secret, p.pin = uuid.NewString(), proctor.NewSecret(), "314159"
	if p.started == 0 {
		p.started = 6 * time.Minute
	}
	if p.place == "" {
		p.place = "127.0.0.1"
	}
	now := h.hall.Now()
	ago := func(d time.Duration) engine.Instant { return now.Add(-d) }
	log := proctor.NewLog(h.db, proctor.Direct(h.db))
	before := p.started + time.Minute
	h.must(log.Append(h.Context(), engine.SittingStream+room1,
		engine.Event{Kind: engine.CheckinOpened, At: ago(before), By: "s"},
		engine.Event{Kind: engine.CheckinClosed, At: ago(p.started), By: "s"},
		engine.Event{Kind: engine.SittingStarted, At: ago(p.started), By: "s", From: ago(p.started)}))
	form := h.form(p.number)
	attempt := h.live(p.number).ID
	hello := engine.Event{Kind: engine.DeviceBound, At: ago(p.bound), By: "candidate", Device: p.device, Gen: 1, Node: fallenNode, Seat: "01"}
	start := engine.Event{Kind: engine.Started, At: ago(p.started), By: "s", From: ago(p.started), MS: 6_000_000, Form: form.ETag, Number: p.number, Ref: 4}
	events := []engine.Event{
		{Kind: engine.CheckedIn, At: ago(before), By: "s", Sitting: room1, Seat: "01", Number: p.number, Pin: testKeys.HashPIN(room1, attempt, p.pin)},
		{Kind: engine.SignedIn, At: ago(before), By: "candidate", Device: p.device, Session: proctor.HashSecret(p.secret), Seat: p.place},
		{Kind: engine.Confirmed, At: ago(before), By: "candidate", Device: p.device},
	}
	if p.bound >= p.started {
		events = append(events, hello, start)
	} else {
		events = append(events, start, hello)
	}
	for i, c := range p.answers {
		place, _ := form.Place(i + 1)
		option, _ := place.Option(c)
		events = append(events, engine.Event{Kind: engine.Answered, At: ago(p.alive), By: "candidate", Op: uuid.NewString(), Q: i + 1, C: c, Item: place.Item.ID, Option: option})
	}
	h.must(log.Append(h.Context(), engine.AttemptStream+attempt, events...))
	_, err := h.db.Beat(h.Context(), fallenNode, ago(p.alive))
	h.must(err)
}

// page is the candidate's page as it stands there, cookie and all.
func (p *past) page(h *house) *page {
	h.Helper()
	q := &page{browser: h.browser(), number: p.number, pin: p.pin, device: p.device}
	u, err := url.Parse(h.http.URL)
	h.must(err)
	q.client.Jar.SetCookies(u, []*http.Cookie{{Name: "exam", Value: h.live(p.number).ID + "." + p.secret}})
	return q
}
