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

// CloseRequest asks for the minutes to be closed as a version.
type CloseRequest struct {
	Op     string `json:"op"`
	Reason string `json:"reason,omitempty"` // of a version although nothing has changed
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
