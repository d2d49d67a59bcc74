package proctor

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"terang/engine"
)

// When a working candidate counts as offline, and when that is an alert. A page beats
// every 2 s, over plain HTTP every 5 s: one beat may be lost.
const (
	offlineAfter = 10 * time.Second
	alertAfter   = engine.SilentAfter
)

// breakAhead is how long before the end of a break the station says so: enough to fetch
// somebody from the corridor.
const breakAhead = 2 * time.Minute

// Alerts of what by now gives one candidate more than one person may: a pause of theirs, and a move
// to another computer at which nobody has signed in.
const (
	AlertPauseBeyond = "pause_beyond"
	AlertMoveBeyond  = "move_beyond"
)

// Groups of the counts. Everybody who is registered is in exactly one of them.
const (
	GroupAbsent       = "absent"       // not checked in, turned away included
	GroupPresent      = "present"      // checked in, not yet ready
	GroupReady        = "ready"        // has said "this is me", waits for the start
	GroupWorking      = "working"      // the clock runs and the page is heard
	GroupOffline      = "offline"      // the clock runs and the page is not heard
	GroupPaused       = "paused"       // the clock stands: a pause, or a move to another computer
	GroupFinished     = "finished"     //
	GroupDisqualified = "disqualified" //
	GroupContinued    = "continued"    // began here, and goes on at another sitting
)

// SeatView is one candidate as the station shows it.
type SeatView struct {
	Seat          string        `json:"seat"`
	Number        string        `json:"number"`
	Name          string        `json:"name"`
	State         engine.State  `json:"state"`
	Group         string        `json:"group"`
	Away          string        `json:"away,omitempty"` // why the candidate was turned away
	Progress      int           `json:"progress"`
	Last          InstantOrNull `json:"last"`                // last contact
	LastFrom      string        `json:"last_from,omitempty"` // FromJournal, or "" when it is as fresh as it can be
	Ends          InstantOrNull `json:"ends"`                // deadline, none while the clock stands
	Remaining     int64         `json:"remaining,omitempty"` // ms, 0 where it is not told
	Shown         bool          `json:"shown"`               // the candidate's page says that it shows this clock
	OfflineSince  InstantOrNull `json:"offline_since"`
	Alerts        []string      `json:"alerts"`
	Parts         []PartView    `json:"parts,omitempty"`
	PendingCredit []PartView    `json:"pending_credit,omitempty"`
	Accommodation string        `json:"accommodation,omitempty"`
	Finish        string        `json:"finish,omitempty"`     // why it is over
	MovedTo       string        `json:"moved_to,omitempty"`   // EXAM.SITTING at which it goes on
	Carried       bool          `json:"carried,omitempty"`    // begun at another sitting, not yet gone on here
	Broken        bool          `json:"broken,omitempty"`     // the seat's computer cannot be used
	Adjust        string        `json:"adjust,omitempty"`     // all that is given, see engine.Adjustment
	Out           string        `json:"out_since,omitempty"`  // of the room, while out
	BreakEnds     string        `json:"break_ends,omitempty"` // from then on the clock runs by itself
	CheckedBy     string        `json:"checked_by,omitempty"`
	CheckedAt     string        `json:"checked_at,omitempty"`
}

// InstantOrNull is an instant in RFC 3339; "" where there is none, which is null in JSON: a reader
// finds the fields that it was promised. The fields have it, and not SeatView a MarshalJSON of its own:
// that would be the whole of whatever SeatView is embedded in.
type InstantOrNull string

// MarshalJSON writes the instant, or null.
func (at InstantOrNull) MarshalJSON() ([]byte, error) {
	if at == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(at))
}

// PartView is a part of a deadline, or a credit that waits; Ref is what reverse and
// decide_credit name.
type PartView struct {
	What   string `json:"what"`
	MS     int64  `json:"ms"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Why    string `json:"why,omitempty"`
	Ref    int    `json:"ref,omitempty"`
	Beyond bool   `json:"beyond,omitempty"` // a pause or a move that is more than one person may give, and that no other has had a part in
}

// Counts add up: Registered = Absent + Here, and Here = Present + Ready + Working +
// Offline + Paused + Finished + Disqualified + Continued. Who was transferred before the
// start is expected elsewhere, and registered there.
type Counts struct {
	Seats        int `json:"seats"` // of the room
	Registered   int `json:"registered"`
	Absent       int `json:"absent"`
	Here         int `json:"here"`
	Present      int `json:"present"`
	Ready        int `json:"ready"`
	Working      int `json:"working"`
	Offline      int `json:"offline"`
	Paused       int `json:"paused"`
	Finished     int `json:"finished"`
	Disqualified int `json:"disqualified"`
	Continued    int `json:"continued"`
	Transferred  int `json:"transferred"`
}

func (c *Counts) add(group string) {
	c.Registered++
	if group != GroupAbsent {
		c.Here++
	}
	switch group {
	case GroupAbsent:
		c.Absent++
	case GroupPresent:
		c.Present++
	case GroupReady:
		c.Ready++
	case GroupWorking:
		c.Working++
	case GroupOffline:
		c.Offline++
	case GroupPaused:
		c.Paused++
	case GroupFinished:
		c.Finished++
	case GroupDisqualified:
		c.Disqualified++
	case GroupContinued:
		c.Continued++
	}
}

// Seats shows everybody who is expected at a sitting, in order of seat, and the counts.
func (d *Desk) Seats(sitting string) ([]SeatView, Counts, error) {
	a, err := d.open(sitting)
	if err != nil {
		return nil, Counts{}, err
	}
	people := d.people.In(sitting)
	views := make([]SeatView, 0, len(people))
	counts := Counts{Seats: a.place.Seats}
	held := map[string]bool{}
	gone, transferred := d.station.gone(sitting)
	counts.Transferred = transferred
	left := map[string]bool{}
	for _, v := range gone {
		counts.add(v.Group)
		views = append(views, v)
		left[v.Number] = true
	}
	for _, p := range people {
		if left[p.Number] || d.station.sentOn(p, sitting) {
			continue // the roster follows in a moment
		}
		v := d.station.view(p, d.hall, a.now)
		counts.add(v.Group)
		if v.Group == GroupAbsent && !a.keeps(p) {
			v.Seat = "" // it will be drawn
		} else if v.Group != GroupAbsent {
			held[v.Seat] = true
		}
		views = append(views, v)
	}
	for i := range views {
		if v := &views[i]; v.Group == GroupAbsent && held[v.Seat] {
			v.Seat = "" // somebody else was given it
		}
	}
	broken := d.station.brokenIn(a.place)
	for i := range views {
		views[i].Broken = broken[views[i].Seat]
	}
	slices.SortStableFunc(views, func(x, y SeatView) int {
		if (x.Seat == "") != (y.Seat == "") {
			return cmp.Compare(y.Seat, x.Seat) // nobody's seat comes last
		}
		return cmp.Or(cmp.Compare(x.Seat, y.Seat), cmp.Compare(x.Number, y.Number))
	})
	return views, counts, nil
}

// view shows one candidate at an instant.
func (s *Station) view(p *Person, h *engine.Hall, now engine.Instant) SeatView {
	v := SeatView{
		Seat: p.Seat, Number: p.Number, Name: p.Name, State: engine.Assigned, Alerts: []string{}, Accommodation: p.Accommodation,
	}
	var seen engine.Presence
	if live := h.Attempt(p.Attempt); live != nil {
		seen, _ = live.Presence()
	}
	v.Progress = seen.Progress
	s.mu.RLock()
	defer s.mu.RUnlock()
	last, shown, asOf, heard := seen.Last, seen.Told, now, seen.Node == h.Node()
	if h.Elsewhere(seen) {
		if n, ok := s.note(p.Attempt, seen.Node, now); ok {
			// Whether the page was gone is judged by when this was noted: a note that is on its
			// way takes nobody offline.
			last, shown, asOf, heard = max(last, n.Last), n.Told, n.Noted, true
		}
	}
	w := s.attempts[p.Attempt]
	if w == nil {
		v.Group, v.Adjust = GroupAbsent, adjustmentOf(&engine.Attempt{}, p).String()
		return v
	}
	a := w.fold
	v.State, v.Away, v.Finish, v.Carried = a.State, a.Away, a.FinishWhy, a.Suspended()
	if a.State != engine.Assigned {
		v.Seat = a.Seat
	}
	gone := offlineSince(a, last, heard, asOf)
	v.Group = group(a, gone)
	if gone != 0 {
		v.OfflineSince = InstantOrNull(gone.String())
	}
	v.Last = InstantOrNull(max(last, a.BoundAt, w.spokeAt).String())
	if !heard && a.BoundN > 0 && !a.State.Over() {
		v.LastFrom = FromJournal
	}
	if a.Ledger.From != 0 {
		v.Shown = shown >= a.ClockN
		if ends := a.Deadline(); ends < engine.Never {
			v.Ends = InstantOrNull(ends.String())
		}
		if !a.State.Over() {
			v.Remaining = a.Ledger.Left(now).Milliseconds()
		}
		v.Parts = partViews(a.Ledger.Why(now))
	}
	def := s.people.Exam(p.Exam)
	for _, asked := range a.Asked {
		v.PendingCredit = append(v.PendingCredit, partView(asked))
	}
	slices.SortFunc(v.PendingCredit, func(x, y PartView) int { return x.Ref - y.Ref })
	v.Alerts = w.alerts(gone, now)
	for i := range v.Parts {
		part := &v.Parts[i]
		part.Beyond = def != nil && a.StoppedBeyond(part.Ref, &def.Policy, now)
		switch {
		case !part.Beyond || part.To != "":
		case part.What == "move":
			v.Alerts = append(v.Alerts, AlertMoveBeyond)
		default:
			v.Alerts = append(v.Alerts, AlertPauseBeyond)
		}
	}
	if ends := a.BreakEnds(); ends < engine.Never {
		v.BreakEnds = ends.String()
	}
	v.Adjust, v.CheckedBy, v.CheckedAt = adjustmentOf(a, p).String(), a.CheckedBy, a.PresentAt.String()
	if a.OutRoom && def != nil {
		if v.Out = a.OutAt.String(); def.Policy.TooLongOut(now.Sub(a.OutAt)) {
			v.Alerts = append(v.Alerts, "left_long")
		}
	}
	return v
}

func group(a *engine.Attempt, gone engine.Instant) string {
	switch a.State {
	case engine.Present:
		return GroupPresent
	case engine.Ready:
		return GroupReady
	case engine.OnPause:
		return GroupPaused
	case engine.Done:
		return GroupFinished
	case engine.DisqualifiedNow:
		return GroupDisqualified
	case engine.Running:
		switch {
		case a.Ledger.Stopped("move"):
			return GroupPaused
		case gone != 0:
			return GroupOffline
		}
		return GroupWorking
	}
	return GroupAbsent
}

// offlineSince is the last contact of a running attempt that is not heard, 0 if it is.
// The holder hears every beat, and notes it for others; without its note they know what
// the journal says.
func offlineSince(a *engine.Attempt, last engine.Instant, heard bool, now engine.Instant) engine.Instant {
	switch {
	case a.State != engine.Running || a.Ledger.Stopped("move"):
		return 0
	case a.SilentFrom != 0:
		return a.SilentFrom
	case a.BoundN == 0:
		last = a.Ledger.From // never came to the computer
	case !heard:
		return 0
	default:
		last = max(last, a.BoundAt)
	}
	if now.Sub(last) < offlineAfter {
		return 0
	}
	return last
}

// alerts lists what a supervisor should look at, the urgent first.
func (w *watch) alerts(gone, now engine.Instant) []string {
	alerts := []string{}
	for _, c := range []struct {
		code string
		on   bool
	}{
		{"offline", gone != 0 && now.Sub(gone) > alertAfter},
		{AlertTwoDevices, w.twoDevices},
		{"doubt", w.fold.Doubt},
		{"credit_pending", w.fold.Undecided()},
		{AlertLocked, w.lockedAt != 0 && now < w.lockedAt.Add(LockFor)},
		{"left_room", w.fold.OutRoom},
		{"break_ends", w.fold.BreakEnds() <= now.Add(breakAhead)},
		{"break_over", w.restedAt != 0 && w.fold.State == engine.Running && w.spokeAt < w.restedAt},
		{AlertBrowser, w.toldLately(AlertBrowser, now)},
		{AlertNetwork, w.toldLately(AlertNetwork, now)},
		{AlertSeat, w.toldLately(AlertSeat, now)},
		{"item_changed", w.restless && !w.fold.State.Over()},
	} {
		if c.on {
			alerts = append(alerts, c.code)
		}
	}
	return alerts
}

func partView(p engine.Part) PartView {
	return PartView{What: p.What, MS: p.MS, From: p.From.String(), To: p.To.String(), Why: p.Why, Ref: p.N}
}

func partViews(parts []engine.Part) []PartView {
	views := make([]PartView, len(parts))
	for i, p := range parts {
		views[i] = partView(p)
	}
	return views
}
