package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"terang/engine"
	"terang/proctor"
)

type roomJSON struct {
	At        string               `json:"at"`
	ID        string               `json:"id,omitempty"`
	State     engine.Phase         `json:"state"`
	Counts    proctor.Counts       `json:"counts"`
	Seats     []json.RawMessage    `json:"seats"`
	Vacant    []proctor.VacantSeat `json:"vacant"`          // all of them; left out while they are as before
	Gone      []string             `json:"gone,omitempty"`  // s:SEAT or n:NUMBER that is no place of the map any more
	Flags     int                  `json:"flags,omitempty"` // grows with each advisory signal and each word about one
	To        []openSitting        `json:"to,omitempty"`    // sittings that candidates may be sent to
	Rehearsal bool                 `json:"rehearsal,omitempty"`
	Start     string               `json:"start,omitempty"`
	Items     int                  `json:"items,omitempty"`
	TwoPerson []string             `json:"two_person,omitempty"`
	Alone     int64                `json:"credit_alone_ms,omitempty"`
	May       []string             `json:"may,omitempty"`
	Notes     []noteJSON           `json:"notes,omitempty"`
	Proposals []proctor.Waiting    `json:"proposals,omitzero"` // in a whole state also when there are none
}

type noteJSON struct {
	At     string `json:"at"`
	Kind   string `json:"kind,omitempty"`
	Text   string `json:"text"`
	Seat   string `json:"seat,omitempty"`
	Number string `json:"number,omitempty"`
}

// roomFeeds are the sittings that stations watch. A room is read once a second while
// somebody watches it, and what has changed is encoded once for all who do.
type roomFeeds struct {
	mu   sync.Mutex
	open map[string]*roomFeed
}

// framesWait is how many events may wait for a watcher: two times a full hall.
const framesWait = 128

// beatEvery is how often a station hears of a room in which nothing happens: sooner than it
// would ask.
const beatEvery = 7 * time.Second

// seatsAtOnce is how many changed seats one event names at most.
const seatsAtOnce = 40

type roomFeed struct {
	id       string
	watchers map[chan []byte]struct{}
	seats    map[string]string // s:SEAT or n:NUMBER -> JSON as last sent
	flags    int               // as last told
	vacant   string            // as last sent
	head     string            // state, hour and counts as last sent
	asked    string            // proposals as last sent
	notes    int               // incidents sent
}

// seats encodes each seat of a room on its own.
func (s *Server) seats(id string) (seats []json.RawMessage, keys []string, room roomJSON, err error) {
	views, counts, err := s.desk.Seats(id)
	if err != nil {
		return nil, nil, room, err
	}
	start, err := s.desk.Start(id)
	if err != nil {
		return nil, nil, room, err
	}
	room.Counts, room.Start = counts, start.String()
	if room.Vacant, err = s.desk.Vacant(id, views); err != nil {
		return nil, nil, room, err
	}
	for _, v := range views {
		v.Remaining = 0 // left out: a page counts down to "ends" by itself; sent each second it would change every seat
		body, err := json.Marshal(v)
		if err != nil {
			return nil, nil, room, fmt.Errorf("seat %s: %w", v.Number, err)
		}
		key := "n:" + v.Number
		if v.Seat != "" {
			key = "s:" + v.Seat
		}
		seats, keys = append(seats, body), append(keys, key)
	}
	return seats, keys, room, nil
}

// snapshot is the whole of a room.
func (f *roomFeeds) snapshot(ctx context.Context, s *Server, a proctor.Account, id, lang string) (*roomJSON, error) {
	v, err := s.desk.Overview(a, id)
	if err != nil {
		return nil, err
	}
	s.reads(ctx, a, proctor.Reading{What: proctor.ReadRoom, Sitting: id})
	s.desk.Listen(ctx, id)
	seats, _, now, err := s.seats(id)
	if err != nil {
		return nil, err
	}
	proposals, err := s.desk.Proposals(ctx, id)
	if err != nil {
		return nil, err
	}
	notes, err := s.notes(ctx, id)
	if err != nil {
		return nil, err
	}
	room := &roomJSON{
		At: s.hall.Now().String(), ID: id, State: v.Phase, Counts: now.Counts, Seats: seats, Vacant: now.Vacant, Start: now.Start,
		Rehearsal: v.Rehearsal, TwoPerson: v.TwoPerson, Alone: v.CreditAlone, May: v.May, Notes: notes, Proposals: proposals,
		Flags: s.desk.FlagsSoFar(id), To: s.elsewhere(a, v.Exam, id, lang),
	}
	if x := s.exam(v.Exam); x != nil {
		room.Items = x.Plan.Places()
	}
	return room, nil
}

// notes are the sitting's incidents, newest first.
func (s *Server) notes(ctx context.Context, id string) ([]noteJSON, error) {
	incidents, err := s.desk.Incidents(ctx, id)
	if err != nil {
		return nil, err
	}
	notes := make([]noteJSON, 0, len(incidents))
	for i := len(incidents) - 1; i >= 0; i-- {
		n := incidents[i]
		text := n.Text
		if text == "" {
			text = n.Why
		}
		notes = append(notes, noteJSON{At: n.At, Kind: n.Why, Text: text, Seat: n.Seat, Number: n.Number})
	}
	return notes, nil
}

func (s *Server) serveRoomEvents(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	id := r.PathValue("id")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		w.Header().Set("Content-Type", "text/event-stream")
		return
	}
	// First the news, then the whole: what changes between the two comes twice, not never.
	frames := s.rooms.join(s, id)
	defer s.rooms.leave(id, frames)
	snapshot, err := s.rooms.snapshot(r.Context(), s, a, id, language(r))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	first := sseEvent("reset", snapshot)
	keep := time.NewTicker(beatEvery)
	defer keep.Stop()
	for {
		_ = out.SetWriteDeadline(time.Now().Add(writeWithin))
		if _, err := w.Write(first); err != nil || out.Flush() != nil {
			return
		}
		select {
		case frame, open := <-frames:
			if !open {
				return
			}
			first = frame
		case <-keep.C:
			// A session that has ended, or a grant that was taken, stops seeing the room.
			if a, err := s.account(r); err != nil {
				return
			} else if _, err := s.desk.Overview(a, id); err != nil {
				return
			}
			first = sseEvent("beat", map[string]string{"at": s.hall.Now().String()}) // a page hears that nothing happens
		case <-r.Context().Done():
			return
		}
	}
}

func sseEvent(name string, data any) []byte {
	return []byte("event: " + name + "\ndata: " + string(frameJSON(data)) + "\n\n")
}

// join watches a room; the channel is closed when the watcher is too slow.
func (f *roomFeeds) join(s *Server, id string) chan []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open == nil {
		f.open = make(map[string]*roomFeed)
	}
	feed, ok := f.open[id]
	if !ok {
		feed = &roomFeed{id: id, watchers: make(map[chan []byte]struct{}), seats: make(map[string]string)}
		f.open[id] = feed
		feed.frames(s) // what stands now is in the watcher's snapshot
	}
	frames := make(chan []byte, framesWait)
	feed.watchers[frames] = struct{}{}
	return frames
}

func (f *roomFeeds) leave(id string, frames chan []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if feed := f.open[id]; feed != nil {
		delete(feed.watchers, frames)
		if len(feed.watchers) == 0 {
			delete(f.open, id)
		}
	}
}

// close ends every station's stream.
func (f *roomFeeds) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, feed := range f.open {
		for w := range feed.watchers {
			close(w)
		}
		delete(f.open, id)
	}
}

// TickRooms sends stations what has changed; once a second is meant.
func (s *Server) TickRooms() { s.tickRooms(func(string) bool { return true }) }

// StirRooms sends what has changed in rooms where more has happened than answers, so that
// nobody waits a second to see what they did; four times a second is meant.
func (s *Server) StirRooms() { s.tickRooms(s.desk.Stirred) }

func (s *Server) tickRooms(due func(sitting string) bool) {
	s.rooms.mu.Lock()
	defer s.rooms.mu.Unlock()
	for _, feed := range s.rooms.open {
		if !due(feed.id) {
			continue
		}
		for _, frame := range feed.frames(s) {
			for w := range feed.watchers {
				select {
				case w <- frame:
				default: // too slow: it comes back and gets the whole
					delete(feed.watchers, w)
					close(w)
				}
			}
		}
	}
}

// frames are the news of a room since the last call.
func (feed *roomFeed) frames(s *Server) [][]byte {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	s.desk.Listen(ctx, feed.id)
	seats, keys, room, err := s.seats(feed.id)
	if err != nil {
		s.log.Error("a room cannot be shown", "sitting", feed.id, "error", err)
		return nil
	}
	room.At, room.State, room.Seats = s.hall.Now().String(), s.hall.Sitting(feed.id).State().Phase, []json.RawMessage{}
	stand := make(map[string]bool, len(keys))
	for i, body := range seats {
		stand[keys[i]] = true
		if feed.seats[keys[i]] != string(body) {
			feed.seats[keys[i]] = string(body)
			room.Seats = append(room.Seats, body)
		}
	}
	for key := range feed.seats {
		if !stand[key] {
			delete(feed.seats, key)
			room.Gone = append(room.Gone, key)
		}
	}
	var out [][]byte
	head := fmt.Sprint(room.State, room.Start, room.Counts)
	if vacant := fmt.Sprint(room.Vacant); vacant == feed.vacant {
		room.Vacant = nil
	} else {
		feed.vacant = vacant
	}
	if len(room.Seats)+len(room.Gone) > 0 || room.Vacant != nil || head != feed.head {
		feed.head = head
		// A slow page takes in a few at a time; the counts come with the last of them.
		for len(room.Seats) > seatsAtOnce {
			out = append(out, sseEvent("seats", map[string]any{"at": room.At, "seats": room.Seats[:seatsAtOnce]}))
			room.Seats = room.Seats[seatsAtOnce:]
		}
		out = append(out, sseEvent("seats", room))
	}
	if proposals, err := s.desk.Proposals(ctx, feed.id); err == nil {
		if asked := frameJSON(proposals); !bytes.Equal(asked, []byte(feed.asked)) {
			feed.asked = string(asked)
			out = append(out, sseEvent("proposals", map[string]any{"proposals": proposals}))
		}
	}
	if n := s.desk.FlagsSoFar(feed.id); n != feed.flags {
		feed.flags = n
		out = append(out, sseEvent("flags", map[string]int{"flags": n}))
	}
	if notes, err := s.notes(ctx, feed.id); err == nil {
		for i := len(notes) - feed.notes - 1; i >= 0; i-- {
			out = append(out, sseEvent("note", notes[i]))
		}
		feed.notes = len(notes)
	}
	return out
}
