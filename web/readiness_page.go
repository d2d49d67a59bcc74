package web

import (
	"net/http"
	"strings"
)

// readinessPage is what templates/readiness.html is made from. It names computers and
// rooms; of people and items it knows nothing.
type readinessPage struct {
	pageData
	Rooms    []shownRoom
	Room     string // SITE/ROOM that is chosen
	Seat     string
	Known    string   // the seat that this browser counts as, "" if none
	Checks   []string // in the order of the report
	Keys     []shownKey
	Pings    int
	NeedCode bool // the address belongs to none of the sites' networks
}

type shownRoom struct {
	ID, Site, Name string
	Chosen         bool
}

type shownKey struct{ Key, Name string }

func (s *Server) serveReadinessPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	data := readinessPage{pageData: s.data(r, "readiness"), Seat: seatName(q.Get("seat")), Pings: limits.Pings, NeedCode: true}
	if c, err := r.Cookie(s.cookieName("seat")); err == nil {
		id, err := seatOfToken(r.Context(), s.register, c.Value)
		if err != nil {
			s.log.Warn("a seat's token could not be looked up", "error", err)
		}
		if cut := strings.LastIndexByte(id, '/'); cut > 0 {
			data.Room, data.Known = id[:cut], id[cut+1:]
		}
	}
	if data.Seat == "" {
		data.Seat = data.Known
	}
	if !seatPattern.MatchString(data.Seat) {
		data.Seat = ""
	}
	for _, room := range s.sharedRooms() {
		wanted := q.Get("site") == room.Site && (q.Get("room") == room.Room || q.Get("room") == "")
		if wanted && (q.Get("room") != "" || data.Room == "") {
			data.Room = room.ID()
		}
		if s.stands(r, room.Site) {
			data.NeedCode = false
			if data.Room == "" {
				data.Room = room.ID()
			}
		}
		data.Rooms = append(data.Rooms, shownRoom{ID: room.ID(), Site: room.SiteName, Name: room.Name})
	}
	for i := range data.Rooms {
		data.Rooms[i].Chosen = data.Rooms[i].ID == data.Room
	}
	for _, line := range new(measures).judge("") {
		data.Checks = append(data.Checks, line.Check)
	}
	if len(s.sebExams("", "")) > 0 {
		data.Checks = append(data.Checks, "seb")
	}
	for _, k := range limits.Keys {
		data.Keys = append(data.Keys, shownKey{k, keyName(k)})
	}
	s.show(w, r, http.StatusOK, "readiness.html", data)
}
