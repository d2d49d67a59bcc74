package evidence

import (
	"encoding/json"
	"fmt"
	"slices"

	"terang/engine"
	"terang/engine/publiclog"
	"terang/engine/publiclog/keeper"
	"terang/scoring"
	"terang/web"
)

// Files of an export that open what the public log has under commitments.
const (
	SaltsName  = "salts.jsonl"
	TablesName = "tables.jsonl"
	GrantsName = "grants.jsonl" // of exports without the stream of accounts
	ActorsName = "accounts.jsonl"
)

// Salts is a line of salts.jsonl: what the leaves of one event are opened with.
type Salts struct {
	Stream string                    `json:"stream"`
	N      int                       `json:"n"`
	Salts  map[string]publiclog.Salt `json:"salts"` // by field of the leaf
}

// Written is a line of tables.jsonl: from the position on the log is written by that table.
type Written struct {
	Pos   engine.Pos `json:"pos"`
	Table int64      `json:"table"`
}

// Granted is a line of grants.jsonl, which an earlier program wrote in place of the stream of
// accounts: what an account that acted in the exam may do from the position on.
type Granted struct {
	Pos     engine.Pos `json:"pos"`
	Act     string     `json:"act"` // add, invite, grant or revoke
	Account string     `json:"account"`
	Grants  string     `json:"grants"`
}

// given are the salts of an export. One that is not there opens nothing.
type given map[saltKey]publiclog.Salt

type saltKey struct {
	stream string
	n      int
	field  string
}

// Of implements keeper.Salter.
func (g given) Of(stream string, n int, field string) publiclog.Salt {
	return g[saltKey{stream, n, field}]
}

// prepare makes ready what leaves are made again with. own is the exam's stream.
func (v *evidence) prepare(own []keeper.Told) error {
	salts := make(given)
	if !v.manifest.Has(SaltsName) {
		v.report.left("entries", "it has no %s, without which no leaf can be made again", SaltsName)
		return nil
	}
	err := eachLine(v.path(SaltsName), func(line []byte) error {
		var s Salts
		if err := json.Unmarshal(line, &s); err != nil {
			return err
		}
		for field, salt := range s.Salts {
			salts[saltKey{s.Stream, s.N, field}] = salt
		}
		return nil
	})
	if err != nil {
		return err
	}
	var around []keeper.Told
	err = eachLine(v.path(TablesName), func(line []byte) error {
		var w Written
		if err := json.Unmarshal(line, &w); err != nil {
			return err
		}
		v.written = append(v.written, w.Table)
		around = append(around, keeper.Told{
			Record: engine.Record{Stream: engine.LogStream, N: len(v.written), Pos: w.Pos},
			Event:  &engine.Event{Kind: engine.LogWritten, MS: w.Table},
		})
		return nil
	})
	if err != nil {
		return err
	}
	for _, t := range v.staff {
		if keeper.Grants(t.Event) {
			around = append(around, t)
		}
	}
	if v.staff == nil {
		if around, err = v.grants(around); err != nil {
			return err
		}
	}
	m := marker{exam: v.exam, after: []*scoring.Annulled{nil}}
	for n := range v.parts.Annulments.List {
		a, err := v.exam.Annulled(v.parts.Annulments.List[:n+1])
		if err != nil {
			return err
		}
		m.after = append(m.after, a)
	}
	v.remaker = keeper.NewAgain(salts, m, own, around)
	return nil
}

// grants are those of an export without the stream of accounts.
func (v *evidence) grants(around []keeper.Told) ([]keeper.Told, error) {
	return around, eachLine(v.path(GrantsName), func(line []byte) error {
		var g Granted
		err := json.Unmarshal(line, &g)
		around = append(around, keeper.Told{
			Record: engine.Record{Stream: engine.StaffStream, Pos: g.Pos},
			Event:  &engine.Event{Kind: engine.StaffChanged, Act: g.Act, Text: g.Account, Why: g.Grants},
		})
		return err
	})
}

// tables holds the tables of the export against those that the log says it was written by.
func (v *evidence) tables(logged []int64) {
	if v.remaker != nil && !slices.Equal(v.written, logged) {
		v.report.add("log", TablesName, "the log was written by the tables %v, one after the other, the export says %v", logged, v.written)
	}
}

// marker counts the points of a sheet after the first so many annulments.
type marker struct {
	exam  *web.Exam
	after []*scoring.Annulled
}

// Mark implements keeper.Marker.
func (m marker) Mark(s *keeper.Sheet, annulments int) ([]publiclog.Score, bool, error) {
	if annulments >= len(m.after) {
		return nil, false, fmt.Errorf("%d annulments are counted, the exam has %d", annulments, len(m.after)-1)
	}
	return m.exam.Mark(s, m.after[annulments])
}
