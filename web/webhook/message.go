package webhook

import (
	"encoding/hex"
	"encoding/json"
	"strings"

	"terang/engine"
	"terang/proctor"
)

// message is what is told of one record of the journal.
type message struct {
	pos  engine.Pos
	id   string // the same however often it is sent
	kind string
	body []byte
}

// body is the JSON of a delivery (Standard Webhooks).
type body struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"` // when it was recorded
	Data      data   `json:"data"`
}

// data has ids, counts and hashes of what is public; nobody's name, number or score.
type data struct {
	Exam     string `json:"exam,omitempty"`
	Sitting  string `json:"sitting,omitempty"` // EXAM.SITTING
	Position int64  `json:"position"`          // in the journal: grows from delivery to delivery
	Count    int64  `json:"count,omitempty"`   // people on the roster or the list, people who are told another place or hour, rows of a table
	Part     string `json:"part,omitempty"`    // formations, criteria or calendar
	Version  int64  `json:"version,omitempty"`
	List     string `json:"list,omitempty"` // SHA-256 of a released list
	API      string `json:"api,omitempty"`  // where to read on
}

// told says which events of an exam's or a sitting's stream are told, and as what.
var told = map[engine.Kind]string{
	engine.RosterLoaded: proctor.HookRoster, engine.PlacesChanged: proctor.HookPlaces, engine.CriteriaPublished: proctor.HookCriteria,
	engine.CheckinOpened: proctor.HookOpened, engine.SittingStarted: proctor.HookStarted,
	engine.SittingEnded: proctor.HookEnded, engine.SittingClosed: proctor.HookClosed,
	engine.ResultsFrozen: proctor.HookFrozen, engine.ResultsUnfrozen: proctor.HookUnfrozen,
	engine.ResultsReleased: proctor.HookReleased, engine.ItemAnnulled: proctor.HookRescored,
}

// messageOf is what a subscription is told of a record, nil if nothing.
func messageOf(h *proctor.Hook, r *engine.Record) (*message, error) {
	exam, ofExam := strings.CutPrefix(r.Stream, engine.ExamStream)
	sitting, ofSitting := strings.CutPrefix(r.Stream, engine.SittingStream)
	if !ofExam && !ofSitting {
		return nil, nil // attempts are most of a journal: they are not even read
	}
	if ofSitting {
		exam, _, _ = strings.Cut(sitting, ".")
	} else {
		sitting = ""
	}
	e, err := engine.Decode(r.Body)
	if err != nil {
		return nil, err
	}
	kind, known := told[e.Kind]
	if !known || !h.Wants(kind, exam) {
		return nil, nil
	}
	d := data{Exam: exam, Sitting: sitting, Position: int64(r.Pos)}
	switch e.Kind {
	case engine.RosterLoaded:
		d.Count, d.API = e.MS, "/api/v1/personnel/"+exam+"/roster"
	case engine.PlacesChanged:
		d.Count, d.API = e.Extra, "/api/v1/personnel/"+exam+"/sittings"
	case engine.CriteriaPublished:
		d.Part, d.Version, d.Count, d.API = e.Act, e.MS, e.Extra, "/api/v1/criteria/"+exam+"/"+e.Act
	case engine.ResultsFrozen, engine.ResultsUnfrozen:
		d.Count = e.MS
	case engine.ResultsReleased:
		d.Count, d.List, d.API = e.MS, e.Text, "/api/v1/results/"+exam
	case engine.CheckinOpened, engine.SittingStarted, engine.SittingEnded, engine.SittingClosed:
		d.API = "/api/v1/sittings/" + sitting
	}
	m := &message{pos: r.Pos, kind: kind, id: "msg_" + hex.EncodeToString(r.Hash[:12])}
	m.body, err = json.Marshal(body{kind, e.At.String(), d})
	return m, err
}

// trial is a delivery that says nothing but that it came.
func trial(op string, now engine.Instant) (*message, error) {
	text, err := json.Marshal(body{proctor.HookTest, now.String(), data{}})
	return &message{kind: proctor.HookTest, id: "msg_" + strings.ReplaceAll(op, "-", ""), body: text}, err
}
