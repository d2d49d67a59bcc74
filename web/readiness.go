package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
)

// Who may report a seat: a computer in the networks of the seat's site, or one at which
// somebody types the room's code, which its station makes and which ends by itself. One
// code serves the whole room, because a technician walks from seat to seat: a code a seat
// would mean 480 of them. What a false report can do is small (a seat looks ready; the
// browser counts as that seat, and still needs number and PIN), but it must not come from
// anywhere, or by the thousand.

// seatLife is how long a computer stays known as its seat: longer than the time between a
// rehearsal and the last sitting of its exam.
const seatLife = 180 * 24 * time.Hour

// seatCodeLife is how long a room's code lets reports in.
const seatCodeLife = 4 * time.Hour

func (s *Server) readinessRoutes(rt *routes) {
	rt.public("GET /kesiapan", s.serveReadinessPage)
	rt.public("GET /api/v1/seats/clock", s.serveSeatClock)
	rt.public("POST /api/v1/seats/report", s.serveSeatReport)
	rt.staff("GET /api/v1/sittings/{id}/readiness", proctor.ActSee, OfSitting, s.serveReadiness)
	// Who moves candidates has charge of the room's computers.
	rt.staff("POST /api/v1/sittings/{id}/seat-code", engine.ActMove, OfSitting, s.serveSeatCode)
}

// serveSeatClock tells the server's time: pages measure the way to it by this.
func (s *Server) serveSeatClock(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"now": s.hall.Now().String()})
}

// sharedRoom is a room as the exams of this node name it.
type sharedRoom struct{ Site, SiteName, Room, Name string }

// ID is how pages and the register name the room.
func (r sharedRoom) ID() string { return r.Site + "/" + r.Room }

// sharedRooms lists each room once, however many exams use it, in order of site and room.
func (s *Server) sharedRooms() []sharedRoom {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var rooms []sharedRoom
	for _, x := range s.exams {
		names := map[string]string{}
		for _, site := range x.Def.Sites {
			names[site.Code] = site.Name
		}
		for _, r := range x.Def.Rooms {
			if r.Closed {
				continue
			}
			rooms = append(rooms, sharedRoom{r.Site, names[r.Site], r.Code, r.Name})
		}
	}
	slices.SortFunc(rooms, func(a, b sharedRoom) int {
		return cmp.Or(cmp.Compare(a.Site, b.Site), naturally(a.Room, b.Room), cmp.Compare(a.Name, b.Name), cmp.Compare(a.SiteName, b.SiteName))
	})
	return slices.CompactFunc(rooms, func(a, b sharedRoom) bool { return a.ID() == b.ID() })
}

type reportRequest struct {
	Site     string   `json:"site"`
	Room     string   `json:"room"`
	Seat     string   `json:"seat"` // "": judged only, nothing is stored
	Code     string   `json:"code"`
	Measures measures `json:"measures"`
}

type reportAnswer struct {
	Ready bool            `json:"ready"`
	Lines []readinessLine `json:"lines"`
	Site  string          `json:"site,omitempty"`
	Room  string          `json:"room,omitempty"`
	Seat  string          `json:"seat,omitempty"`
	At    string          `json:"at,omitempty"`
}

// serveSeatReport judges what a page has measured. With a seat it is kept, and the browser
// is given the token by which it counts as that seat.
func (s *Server) serveSeatReport(w http.ResponseWriter, r *http.Request) {
	var req reportRequest
	if !readJSON(w, r, 16<<10, &req) {
		return
	}
	now := s.hall.Now()
	if retry := s.reports.take(r.Context(), s.neighbourhood(r), now); retry > 0 {
		writeRefusal(w, r, &engine.Refusal{Code: engine.RateLimited, Retry: retry})
		return
	}
	agent := r.UserAgent()
	answer := reportAnswer{Lines: append(req.Measures.judge(agent), s.judgeSEB(r, &req)...)}
	answer.Ready = ready(answer.Lines)
	if req.Seat == "" {
		writeJSON(w, http.StatusOK, answer)
		return
	}
	seat := seatName(req.Seat)
	room := sharedRoom{Site: req.Site, Room: req.Room}
	switch {
	case !seatPattern.MatchString(seat):
		writeError(w, r, engine.UnknownSeat, "seat")
		return
	case !slices.ContainsFunc(s.sharedRooms(), func(x sharedRoom) bool { return x.ID() == room.ID() }):
		writeError(w, r, engine.UnknownSeat, "room")
		return
	}
	if err := s.mayReport(r, room, req.Code, now); err != nil {
		s.fail(w, r, err)
		return
	}
	token := ""
	if c, err := r.Cookie(s.cookieName("seat")); err == nil {
		token = c.Value
	}
	report := seatReport{At: now, Ready: answer.Ready, Lines: answer.Lines, Agent: agent[:min(len(agent), 300)]}
	by := registration{At: now, From: s.client(r).String(), Way: "code"}
	if s.stands(r, room.Site) {
		by.Way = "network"
	}
	token, again, err := keepReport(r.Context(), s.register, room.ID()+"/"+seat, token, report, by)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if again {
		s.log.Info("a seat has another computer", "seat", room.ID()+"/"+seat, "address", by.From, "let in by", by.Way)
		s.door.SeatAgain(room.Site, room.Room, seat, now)
	}
	s.setCookie(w, "seat", token, seatLife)
	answer.Site, answer.Room, answer.Seat, answer.At = req.Site, req.Room, seat, now.String()
	writeJSON(w, http.StatusOK, answer)
}

// mayReport refuses who is neither at the site nor knows the room's code.
func (s *Server) mayReport(r *http.Request, room sharedRoom, code string, now engine.Instant) error {
	if s.stands(r, room.Site) {
		return nil
	}
	if code == "" {
		return codeSeatCode
	}
	kept, until, err := s.seatCode(r.Context(), room.ID())
	if err != nil {
		return err
	}
	given := proctor.HashSecret(seatCodeOf(code))
	if kept == "" || now >= until || subtle.ConstantTimeCompare([]byte(given), []byte(kept)) != 1 {
		// A wrong code costs more than a report: it is all that keeps others out.
		s.reports.cost(r.Context(), s.neighbourhood(r), now)
		return codeSeatCode
	}
	return nil
}

// stands says whether the request comes from the candidates' computers of the site, in any
// of the exams that name it.
func (s *Server) stands(r *http.Request, site string) bool {
	addr := s.client(r)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.ContainsFunc(s.networks, func(n siteNetwork) bool { return n.site == site && n.prefix.Contains(addr) })
}

type keptCode struct {
	Hash  string         `json:"hash"`
	Until engine.Instant `json:"until"`
}

func (s *Server) seatCode(ctx context.Context, room string) (hash string, until engine.Instant, err error) {
	var c keptCode
	body, err := s.register.Get(ctx, KindSeatCode, room)
	if errors.Is(err, engine.ErrAbsent) {
		return "", 0, nil
	}
	if err == nil {
		err = json.Unmarshal(body, &c)
	}
	if err != nil {
		return "", 0, fmt.Errorf("code of room %s: %w", room, err)
	}
	return c.Hash, c.Until, nil
}

// codeLetters have no two that are read as each other.
const codeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// newSeatCode is 40 random bits in two groups.
func newSeatCode() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime ends the process instead
	for i := range b {
		b[i] = codeLetters[b[i]%byte(len(codeLetters))]
	}
	return string(b[:4]) + "-" + string(b[4:])
}

// seatCodeOf is a code as it was typed, without what people put between.
func seatCodeOf(typed string) string {
	return strings.NewReplacer("-", "", " ", "").Replace(strings.ToUpper(typed))
}

// serveSeatCode makes the room's code anew; the one before is void.
func (s *Server) serveSeatCode(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	_, _, room, ok := s.placeOf(r.PathValue("id"))
	if !ok {
		writeError(w, r, proctor.UnknownSitting, "")
		return
	}
	code, until := newSeatCode(), s.hall.Now().Add(seatCodeLife)
	body, err := json.Marshal(keptCode{proctor.HashSecret(seatCodeOf(code)), until})
	if err == nil {
		err = s.register.Put(r.Context(), engine.Entry{Kind: KindSeatCode, ID: room.Site + "/" + room.Code, Body: body})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.log.Info("a code for readiness reports was made", "sitting", r.PathValue("id"), "by", a.User, "until", until.String())
	writeJSON(w, http.StatusOK, map[string]string{"code": code, "site": room.Site, "room": room.Code, "until": until.String()})
}

// placeOf finds a sitting EXAM.SITTING with its room.
func (s *Server) placeOf(id string) (def *engine.Definition, sitting engine.SittingDef, room engine.RoomDef, ok bool) {
	exam, code, _ := cutSitting(id)
	x := s.exam(exam)
	if x == nil {
		return nil, sitting, room, false
	}
	for _, sitting = range x.Def.Sittings {
		if sitting.Code != code {
			continue
		}
		for _, room = range x.Def.Rooms {
			if room.Code == sitting.Room {
				return x.Def, sitting, room, true
			}
		}
	}
	return nil, sitting, room, false
}

type readinessAnswer struct {
	At      string        `json:"at"`
	Room    RoomReadiness `json:"room"`
	Site    ReadyCount    `json:"site"` // all its rooms
	Verdict string        `json:"verdict"`
	Link    string        `json:"link"` // where a computer of the room is checked
}

// serveReadiness tells the station of its room's computers, and how the site stands.
func (s *Server) serveReadiness(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	def, _, room, ok := s.placeOf(r.PathValue("id"))
	if !ok {
		writeError(w, r, proctor.UnknownSitting, "")
		return
	}
	x := s.exam(def.Code)
	people := make([]proctor.Person, 0, len(x.people))
	for _, p := range x.people {
		people = append(people, p)
	}
	now := s.hall.Now()
	rooms, err := Readiness(r.Context(), s.register, def, people, now)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := readinessAnswer{At: now.String(), Link: "/kesiapan?site=" + room.Site + "&room=" + room.Code}
	rooms = slices.DeleteFunc(rooms, func(one RoomReadiness) bool { return one.Site != room.Site })
	for _, one := range rooms {
		answer.Site.add(one.Count)
		if one.Room == room.Code {
			answer.Room = one
		}
	}
	answer.Verdict = Verdict(rooms)
	writeJSON(w, http.StatusOK, answer)
}
