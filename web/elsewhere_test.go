package web

import (
	"log/slog"
	"testing"
	"time"

	"terang/engine"
	"terang/engine/memstore"
	"terang/engine/redisstore"
	"terang/engine/storetest"
	"terang/proctor"
)

// way is a node's way to a Redis.
func way(t *testing.T, r *storetest.RedisServer) *redisstore.Store {
	t.Helper()
	s, err := redisstore.Open(redisstore.Options{URL: r.URL, Here: memstore.New(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// within does something at each tick until it holds.
func within(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !holds(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("waited %v until %s", patience, what)
		}
	}
}

// shows is a seat as the node's station shows it in a tick.
func (h *house) shows(number string) proctor.SeatView {
	h.Helper()
	h.desk.Listen(h.Context(), room1)
	views, _, err := h.desk.Seats(room1)
	h.must(err)
	for _, v := range views {
		if v.Number == number {
			return v
		}
	}
	h.Fatalf("%s has no seat", number)
	return proctor.SeatView{}
}

// knowsHolder waits until the node has seen the holder live.
func (h *house) knowsHolder(number string) {
	h.Helper()
	within(h.T, "the nodes have heard of each other", func() bool {
		seen, ok := h.live(number).Presence()
		return ok && h.hall.Elsewhere(seen)
	})
}

// A station at any node shows when a page was last heard, and which clock it shows, whoever
// holds it; and when the session store is gone, what the journal knows, and that it is that.
func TestEveryNodesStationShowsTheSameContact(t *testing.T) {
	t.Parallel()
	redis := storetest.Redis(t)
	a := build(t, built{node: "a", store: way(t, redis)})
	b := a.beside(built{node: "b", store: way(t, redis)})
	p := a.working(number(1, 1))
	b.followed()
	b.knowsHolder(p.number)
	bound := b.state(p.number).BoundAt
	within(t, "the other node's station shows a beat", func() bool {
		p.say(body{"t": "beat", "have": a.state(p.number).N})
		p.later("beat")
		v := b.shows(p.number)
		return v.LastFrom == "" && string(v.Last) > bound.Add(time.Second).String() && v.Shown
	})
	// The page falls silent: both know since when.
	within(t, "both say the same", func() bool { return a.shows(p.number).Last == b.shows(p.number).Last })
	if v := a.shows(p.number); v.LastFrom != "" {
		t.Errorf("the holder's own station knows it from %s", v.LastFrom)
	}
	redis.Kill()
	within(t, "the station says that it knows it from the journal", func() bool {
		v := b.shows(p.number)
		return v.LastFrom == proctor.FromJournal && v.Last < a.shows(p.number).Last
	})
}

// From the start without its store: the newest answer is the last contact that is known.
func TestWithoutTheStoreTheJournalTellsTheLastContact(t *testing.T) {
	t.Parallel()
	redis := storetest.Redis(t)
	redis.Kill()
	a := build(t, built{node: "a", store: way(t, redis)})
	b := a.beside(built{node: "b", store: way(t, redis)})
	p := a.working(number(1, 1))
	p.answered(1, "a")
	b.followed()
	b.knowsHolder(p.number)
	v := b.shows(p.number)
	events := b.events(p.number)
	at := events[len(events)-1].At
	if v.LastFrom != proctor.FromJournal || string(v.Last) != at.String() || v.Group != proctor.GroupWorking || v.OfflineSince != "" {
		t.Errorf("%+v; the answer came at %v", v, at)
	}
}

// What the store says is shown, and decides nothing.
func TestANoteDecidesNothing(t *testing.T) {
	t.Parallel()
	store := memstore.New()
	a := build(t, built{node: "a", store: store})
	b := a.beside(built{node: "b", store: store})
	p := a.working(number(1, 1))
	b.followed()
	b.knowsHolder(p.number)
	now := b.hall.Now()
	lie := engine.Presence{
		Attempt: b.live(p.number).ID, Sitting: room1, State: engine.Done, Last: now.Add(-time.Hour), Ends: now, Node: "a", Noted: now.Add(time.Minute),
	}
	b.must(store.Note(t.Context(), []engine.Presence{lie}))
	before := b.state(p.number)
	if v := b.shows(p.number); v.State != engine.Running || string(v.Ends) != before.Deadline().String() {
		t.Errorf("%+v", v)
	}
	w := p.at(b).hello()
	if after := b.state(p.number); after.Deadline() != before.Deadline() || w.text("state") != "running" {
		t.Errorf("a note moved the deadline from %v to %v", before.Deadline(), after.Deadline())
	}
}
