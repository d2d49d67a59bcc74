package proctor

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"terang/engine"
)

// MinutesCorrected is the reason of a version that was closed although nothing new tells
// of the sitting: somebody wants it said again, with a hand count or without.
const MinutesCorrected = "correction"

// differs is the code of a signature over a hand count that is not the minutes'.
const differs = "differs"

// HandCount is what people counted in the room. A nil number was not counted.
type HandCount struct {
	Present *int `json:"present,omitempty"`
	Absent  *int `json:"absent,omitempty"`
}

// Difference is by how much a hand count lies above what the minutes say.
type Difference struct {
	Present int `json:"present"`
	Absent  int `json:"absent"`
}

// against compares with what the journal says.
func (h *HandCount) against(t *Attendance) (d Difference) {
	if h == nil {
		return d
	}
	if h.Present != nil {
		d.Present = *h.Present - t.Present
	}
	if h.Absent != nil {
		d.Absent = *h.Absent - t.Absent
	}
	return d
}

func (h *HandCount) valid() bool {
	for _, n := range []*int{h.Present, h.Absent} {
		if n != nil && (*n < 0 || *n > 100_000) {
			return false
		}
	}
	return true
}

// Counted is a hand count as it is kept in the archive beside the version that it was
// signed with. The words of its reason stay in the register.
type Counted struct {
	Format     string     `json:"format"` // terang/minutes-count/1
	Sitting    string     `json:"sitting"`
	Version    int        `json:"version"`
	Minutes    string     `json:"minutes"` // hash of the version
	Hand       HandCount  `json:"hand"`
	Difference Difference `json:"difference"`
	Reason     string     `json:"reason,omitempty"` // SHA-256 of the words
}

// CloseRequest asks for the minutes to be closed as a version.
type CloseRequest struct {
	Op     string `json:"op"`
	Reason string `json:"reason,omitempty"` // of a version although nothing has changed
}

// SignRequest asks for a version to be signed. Password and Code are the signer's own once
// more: a station that somebody left open signs nothing.
type SignRequest struct {
	Op       string     `json:"op"`
	Password string     `json:"password"`
	Code     string     `json:"code,omitempty"`
	Hand     *HandCount `json:"hand,omitempty"`
	Reason   string     `json:"reason,omitempty"` // of a hand count that differs
	Second   *Second    `json:"second,omitempty"` // who signs at the same desk; absent: it is proposed
}

// signPayload is what exactly two people sign.
type signPayload struct {
	Version    int        `json:"version"`
	Minutes    string     `json:"minutes"`
	Hand       *HandCount `json:"hand,omitempty"`
	Difference Difference `json:"difference"`
}

// Close closes the minutes of a sitting that has ended as its next version, and returns
// its number. While nothing new tells of the sitting the newest version is the answer,
// unless it is signed and a reason says why there should be another. results makes the
// line about results that stands beside the facts.
func (m *Minutes) Close(ctx context.Context, actor Account, sitting string, q CloseRequest, results func() (json.RawMessage, error)) (int, error) {
	a, err := m.desk.open(sitting)
	q.Op = strings.ToLower(q.Op)
	switch {
	case err != nil:
		return 0, err
	case actor.Token || !actor.May(ActMinutes, a.def.Code, a.sitting.Site, a.sitting.Code):
		return 0, refusal(engine.NotAllowed, "action")
	case !engine.ValidOp(q.Op):
		return 0, refusal(engine.BadFrame, "op")
	case len(q.Reason) > reasonMost:
		return 0, refusal(engine.TooMuch, "reason")
	}
	facts, err := m.Facts(ctx, sitting)
	if err != nil {
		return 0, err
	}
	line, err := results()
	if err != nil {
		return 0, err
	}
	words, err := KeepText(ctx, m.desk.register, strings.TrimSpace(q.Reason))
	if err != nil {
		return 0, err
	}
	version := 0
	_, err = a.room.Append(q.Op, func(s *engine.Sitting) ([]engine.Event, error) {
		if s.Phase != engine.Ended && s.Phase != engine.Sealed {
			return nil, refusal(engine.WrongState, string(s.Phase))
		}
		d := MinutesData{
			Format: MinutesFormat, Version: len(s.Minutes) + 1, Title: a.def.Title, Zone: a.def.Zone(a.sitting.Code).String(), Rehearsal: a.def.Rehearsal,
			Facts: *facts, Results: line,
		}
		e := engine.Event{Kind: engine.MinutesClosed, At: max(a.now, s.At), By: actor.User, Op: q.Op, Extra: facts.Records, Form: words}
		if was := s.Newest(); was != nil {
			same := was.Closed.Extra == facts.Records
			switch {
			case same && (was.Signed.Kind == "" || words == ""):
				version = was.Version()
				return nil, nil
			case same:
				d.Why = MinutesCorrected
			default:
				d.Why = "supplement"
			}
			d.Supplement, e.Why = was.Closed.Text, d.Why
		}
		body, err := json.Marshal(&d)
		if err != nil {
			return nil, fmt.Errorf("minutes of %s: %w", sitting, err)
		}
		hash, err := m.archive.Keep(ctx, body)
		if err != nil {
			return nil, fmt.Errorf("keep the minutes of %s: %w", sitting, err)
		}
		version, e.MS, e.Text = d.Version, int64(d.Version), hash.String()
		return []engine.Event{e}, nil
	})
	if err == nil && version == 0 { // the same operation once more
		if newest := a.room.State().Newest(); newest != nil {
			version = newest.Version()
		}
	}
	return version, err
}

// Read returns a version with its bytes.
func (m *Minutes) Read(ctx context.Context, sitting string, version int) (*MinutesData, []byte, error) {
	a, err := m.desk.open(sitting)
	if err != nil {
		return nil, nil, err
	}
	v := a.room.State().MinutesOf(version)
	if v == nil {
		return nil, nil, engine.ErrAbsent
	}
	hash, err := engine.ParseHash(v.Closed.Text)
	if err != nil {
		return nil, nil, err
	}
	body, err := m.archive.Fetch(ctx, hash)
	if err != nil {
		return nil, nil, fmt.Errorf("minutes of %s, version %d: %w", sitting, version, err)
	}
	d, err := ParseMinutes(body)
	return d, body, err
}

// signed checks that a version is there to be signed.
func signed(s *engine.Sitting, version int, hash string) error {
	v := s.MinutesOf(version)
	switch {
	case v == nil, hash != "" && v.Closed.Text != hash:
		return refusal(engine.BadFrame, "version")
	case v.Signed.Kind != "":
		return refusal(engine.WrongState, "signed")
	case v != s.Newest():
		return refusal(engine.WrongState, "version") // a later one says more
	}
	return nil
}

// Sign signs a version with two people: at once with one who is at the same desk, else it
// is proposed. A hand count that differs takes a reason, and nothing else.
func (m *Minutes) Sign(ctx context.Context, actor Account, sitting string, version int, q SignRequest) (Response, error) {
	a, err := m.desk.open(sitting)
	q.Op = strings.ToLower(q.Op)
	switch {
	case err != nil:
		return Response{}, err
	case actor.Token || !actor.May(ActMinutes, a.def.Code, a.sitting.Site, a.sitting.Code):
		return Response{}, refusal(engine.NotAllowed, "action")
	case !engine.ValidOp(q.Op):
		return Response{}, refusal(engine.BadFrame, "op")
	case len(q.Reason) > reasonMost:
		return Response{}, refusal(engine.TooMuch, "reason")
	case q.Hand != nil && !q.Hand.valid():
		return Response{}, refusal(engine.BadFrame, "hand")
	}
	if v := a.room.State().MinutesOf(version); v != nil && v.Signed.Op == q.Op {
		return Response{}, nil // the same operation once more
	}
	if err := signed(a.room.State(), version, ""); err != nil {
		return Response{}, err
	}
	if err := m.herself(ctx, actor, q.Password, q.Code, a.now); err != nil {
		return Response{}, err
	}
	d, _, err := m.Read(ctx, sitting, version)
	if err != nil {
		return Response{}, err
	}
	if m.Records(sitting) != d.Facts.Records {
		return Response{}, refusal(engine.WrongState, "newer") // close the next version first
	}
	payload := signPayload{Version: version, Minutes: a.room.State().MinutesOf(version).Closed.Text, Hand: q.Hand, Difference: q.Hand.against(&d.Facts.Attendance)}
	if payload.Difference != (Difference{}) && strings.TrimSpace(q.Reason) == "" {
		return Response{}, refusal(engine.NeedsReason, "hand")
	}
	asked := Proposal{
		Stream: engine.SittingStream + sitting, Act: engine.ActSignMinutes, Op: q.Op, By: actor.User,
		Exam: a.def.Code, Site: a.sitting.Site, Sitting: a.sitting.Code, Reason: strings.TrimSpace(q.Reason),
	}
	if asked.Payload, err = json.Marshal(payload); err != nil {
		return Response{}, fmt.Errorf("sign the minutes of %s: %w", sitting, err)
	}
	if q.Second == nil || q.Second.User == "" {
		id, err := m.desk.pairs.Propose(ctx, actor, asked)
		return Response{Proposal: id}, err
	}
	two, err := m.desk.pairs.Second(ctx, actor, q.Second, &asked)
	if err != nil {
		return Response{}, err
	}
	return m.doSign(ctx, &asked, two)
}

// herself asks the account for its password once more.
func (m *Minutes) herself(ctx context.Context, actor Account, password, code string, now engine.Instant) error {
	_, err := m.desk.accounts.Verify(ctx, Second{User: actor.User, Password: password, Code: code}, "sign/"+actor.User, now)
	return err
}

func signing(p *Proposal) (q signPayload, err error) {
	if err = json.Unmarshal(p.Payload, &q); err != nil {
		err = fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	return q, err
}

// showSign says what whoever agrees would sign.
func (m *Minutes) showSign(ctx context.Context, p *Proposal) ([]Line, error) {
	q, err := signing(p)
	if err != nil {
		return nil, err
	}
	a, err := m.desk.open(p.SittingID())
	if err != nil {
		return nil, err
	}
	d, _, err := m.Read(ctx, p.SittingID(), q.Version)
	if err != nil {
		return nil, err
	}
	t := &d.Facts.Attendance
	lines := []Line{
		{"sitting", strings.Join([]string{a.def.Title, a.sitting.Title, a.place.Name}, " · ")}, {"version", fmt.Sprint(q.Version)},
		{"minutes", q.Minutes}, {"counted", fmt.Sprintf("%d = %d + %d", t.Registered, t.Present, t.Absent)},
	}
	for _, n := range []struct {
		what    string
		counted *int
		by      int
	}{{"hand_present", q.Hand.present(), q.Difference.Present}, {"hand_absent", q.Hand.absent(), q.Difference.Absent}} {
		if n.counted != nil {
			lines = append(lines, Line{n.what, fmt.Sprintf("%d (%+d)", *n.counted, n.by)})
		}
	}
	return lines, nil
}

func (h *HandCount) present() *int {
	if h == nil {
		return nil
	}
	return h.Present
}

func (h *HandCount) absent() *int {
	if h == nil {
		return nil
	}
	return h.Absent
}

// doSign writes both signatures. With those of the newest version the sitting is closed,
// if nothing waits for a decision any more.
func (m *Minutes) doSign(ctx context.Context, p *Proposal, two string) (Response, error) {
	q, err := signing(p)
	if err != nil {
		return Response{}, err
	}
	a, err := m.desk.open(p.SittingID())
	if err != nil {
		return Response{}, err
	}
	if two == "" || two == p.By {
		return Response{}, refusal(engine.SecondPerson, "second")
	}
	e := engine.Event{Kind: engine.MinutesSigned, By: p.By, Two: two, Op: p.Op, MS: int64(q.Version), Text: q.Minutes}
	if q.Hand != nil {
		if e.Form, err = m.keepCount(ctx, p, &q); err != nil {
			return Response{}, err
		}
	}
	if q.Difference != (Difference{}) {
		e.Why = differs
	}
	undecided := len(m.desk.undecided(a)) > 0
	_, err = a.room.Append(p.Op, func(s *engine.Sitting) ([]engine.Event, error) {
		if err := signed(s, q.Version, q.Minutes); err != nil {
			return nil, err
		}
		e.At = max(a.now, s.At)
		events := []engine.Event{e}
		if s.Phase == engine.Ended && !undecided {
			events = append(events, engine.Event{Kind: engine.SittingClosed, At: e.At, By: p.By, Two: two})
		}
		return events, nil
	})
	return Response{}, err
}

// keepCount keeps a hand count in the archive, and returns its hash.
func (m *Minutes) keepCount(ctx context.Context, p *Proposal, q *signPayload) (string, error) {
	words, err := KeepText(ctx, m.desk.register, p.Reason)
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(Counted{
		Format: "terang/minutes-count/1", Sitting: p.SittingID(), Version: q.Version, Minutes: q.Minutes, Hand: *q.Hand, Difference: q.Difference, Reason: words,
	})
	if err != nil {
		return "", fmt.Errorf("hand count of %s: %w", p.SittingID(), err)
	}
	hash, err := m.archive.Keep(ctx, body)
	if err != nil {
		return "", fmt.Errorf("keep the hand count of %s: %w", p.SittingID(), err)
	}
	return hash.String(), nil
}

// ReadCount is the hand count that a version was signed with, and the words of its reason;
// nil if there was none.
func ReadCount(ctx context.Context, archive engine.Archive, r engine.Register, v *engine.MinutesVersion) (*Counted, string, error) {
	if v.Signed.Form == "" {
		return nil, "", nil
	}
	hash, err := engine.ParseHash(v.Signed.Form)
	if err != nil {
		return nil, "", err
	}
	body, err := archive.Fetch(ctx, hash)
	if err != nil {
		return nil, "", fmt.Errorf("hand count: %w", err)
	}
	c := new(Counted)
	if err := json.Unmarshal(body, c); err != nil {
		return nil, "", fmt.Errorf("hand count: %w", err)
	}
	words, err := Text(ctx, r, c.Reason)
	return c, words, err
}

// Witness adds somebody who was there to a version: not one of the two who sign it.
func (m *Minutes) Witness(ctx context.Context, actor Account, sitting string, version int, q SignRequest) error {
	a, err := m.desk.open(sitting)
	q.Op = strings.ToLower(q.Op)
	switch {
	case err != nil:
		return err
	case actor.Token || !actor.May(ActSign, a.def.Code, a.sitting.Site, a.sitting.Code):
		return refusal(engine.NotAllowed, "action")
	case !engine.ValidOp(q.Op):
		return refusal(engine.BadFrame, "op")
	}
	if err := m.herself(ctx, actor, q.Password, q.Code, a.now); err != nil {
		return err
	}
	_, err = a.room.Append(q.Op, func(s *engine.Sitting) ([]engine.Event, error) {
		v := s.MinutesOf(version)
		if v == nil {
			return nil, refusal(engine.BadFrame, "version")
		}
		there := v.Signed.By == actor.User || v.Signed.Two == actor.User
		for _, w := range v.Witnessed {
			there = there || w.By == actor.User
		}
		if there {
			return nil, refusal(engine.WrongState, "signed")
		}
		return []engine.Event{{Kind: engine.MinutesWitnessed, At: max(a.now, s.At), By: actor.User, Op: q.Op, MS: int64(version), Text: v.Closed.Text}}, nil
	})
	return err
}

// States of a sitting's minutes.
const (
	MinutesOpen     = "open"     // the sitting has not ended
	MinutesDue      = "due"      // it has, and no version was closed
	MinutesUnsigned = "unsigned" // the newest version is not signed
	MinutesNewer    = "newer"    // something was recorded after the newest version was closed
	MinutesDone     = "signed"   // the newest version is signed and holds
)

// State says how far the minutes of a sitting are.
func (m *Minutes) State(sitting string) string {
	s := m.desk.hall.Sitting(sitting).State()
	newest := s.Newest()
	switch {
	case s.Phase != engine.Ended && s.Phase != engine.Sealed:
		return MinutesOpen
	case newest == nil:
		return MinutesDue
	case newest.Closed.Extra != m.Records(sitting):
		return MinutesNewer
	case newest.Signed.Kind == "":
		return MinutesUnsigned
	}
	return MinutesDone
}

// Count is the hand count that a version was signed with; see ReadCount.
func (m *Minutes) Count(ctx context.Context, v *engine.MinutesVersion) (*Counted, string, error) {
	return ReadCount(ctx, m.archive, m.desk.register, v)
}
