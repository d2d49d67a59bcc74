package evidence

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"terang/engine"
	"terang/engine/publiclog/keeper"
)

// ReadingsName is the file of what was read.
const ReadingsName = "readings.jsonl"

// Reading is a line of readings.jsonl: a record that staff were shown something of the exam, or
// of what is no exam's. Its stream holds what was read of other exams too and is not here; the
// link before it gives its own, which the log has under a commitment.
type Reading struct {
	Stream string     `json:"stream"` // audit/USER/DAY
	N      int        `json:"n"`
	Pos    engine.Pos `json:"pos"`
	Before string     `json:"before"` // hash of version n-1 in hex
	Event  string     `json:"event"`  // as stored
}

// read takes in what was read. Whether any of it is missing or another than it was, its leaves
// tell: those of the exam at entries, the others with the stream of accounts.
func (v *evidence) read(context.Context, *Case) error {
	if !v.manifest.Has(ReadingsName) {
		return nil // by an earlier program, whose log has no leaves of it
	}
	err := eachLine(v.path(ReadingsName), func(line []byte) error {
		var r Reading
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		before, err := engine.ParseHash(r.Before)
		if err != nil {
			return err
		}
		e, err := engine.Decode([]byte(r.Event))
		if err != nil {
			return err
		}
		if !strings.HasPrefix(r.Stream, engine.AuditStream) {
			return fmt.Errorf("%s is no stream of what was read", r.Stream)
		}
		told := keeper.Told{Record: engine.Record{Stream: r.Stream, N: r.N, Pos: r.Pos, Hash: before.Chain([]byte(r.Event))}, Event: &e}
		if e.Sitting == "" {
			v.browsed = append(v.browsed, told)
		} else {
			v.looked = append(v.looked, told)
		}
		return nil
	})
	if err != nil {
		return err
	}
	v.report.did("readings", "%d of this exam, %d of items and accounts", len(v.looked), len(v.browsed))
	return nil
}
