package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"terang/engine"
	"terang/engine/publiclog"
	"terang/scoring"
	"terang/web"
)

// rosterKinds are what changes who people are, what they applied for and where they belong.
var rosterKinds = []engine.Kind{engine.RosterLoaded, engine.SittingChanged, engine.FormationsLoaded}

// changed says whether the exam's stream has one of these events after a position.
func (v *evidence) changed(since engine.Pos, kinds ...engine.Kind) bool {
	return slices.ContainsFunc(v.events, func(e decided) bool { return e.pos > since && slices.Contains(kinds, e.Kind) })
}

// frozen holds the boards that became final against the log, one after another, and the
// newest frame of each against the board as it is computed here, if nothing has changed
// it since. Earlier frames are held against their hashes. It says of how many newest ones not
// all could be compared.
func (v *evidence) frozen(o *logged) (less string) {
	newest := make(map[string]*decided)
	changed := v.lastSeen // newest record that changes rows
	n := 0
	var releases web.Releases
	for i := range v.events {
		e := &v.events[i]
		if released := releases.Add(&e.Event); released || e.Kind == engine.ItemAnnulled {
			changed = max(changed, e.pos)
		}
		if e.Kind != engine.BoardFrozen {
			continue
		}
		if n >= len(o.frozen) {
			v.report.add("log", "board "+e.Act, "it was frozen at epoch %d, the log ends before that", e.Extra)
			return ""
		}
		l := o.frozen[n]
		if h, _ := engine.ParseHash(e.Text); l.Name != e.Act || l.Hash != publiclog.Hash(h) || l.Count != e.MS {
			v.report.add("log", "board "+e.Act, "frozen were %d rows with hash %s, logged was %s with %d rows and hash %s", e.MS, e.Text, l.Name, l.Count, l.Hash)
			return ""
		}
		n++
		newest[e.Act] = e
		if _, err := v.fetch(e.Text); err != nil {
			v.report.add("log", "board "+e.Act, "its frame of epoch %d: %v", e.Extra, err)
		}
	}
	if n < len(o.frozen) {
		v.report.add("log", "board "+o.frozen[n].Name, "the log has a frozen frame of it, the exam's stream has not")
	}
	older, corrected := 0, 0
	for id, e := range newest {
		if e.pos < changed {
			older++
			continue
		}
		by := v.changed(e.pos, rosterKinds...)
		if by {
			corrected++
		}
		if err := v.frame(id, e.Text, by); err != nil {
			v.report.add("log", "board "+id, "frozen at epoch %d: %v", e.Extra, err)
		}
	}
	if older > 0 {
		less += fmt.Sprintf("; %d boards were frozen last before the newest record of an attempt, an annulment or a release, and are not compared", older)
	}
	if corrected > 0 {
		less += fmt.Sprintf("; of %d boards only points are compared, as people or formations were corrected since they were frozen last", corrected)
	}
	return less
}

// samePoints compares what no roster decides: of whoever is on both, what was answered and what it is worth.
func samePoints(frozen, computed []byte, fields ...string) error {
	var was, is struct{ Rows []map[string]any }
	if err := errors.Join(json.Unmarshal(frozen, &was), json.Unmarshal(computed, &is)); err != nil {
		return err
	}
	now := make(map[any]map[string]any)
	for _, row := range is.Rows {
		now[row["number"]] = row
	}
	for _, row := range was.Rows {
		other := now[row["number"]]
		for _, f := range fields {
			if other != nil && !reflect.DeepEqual(row[f], other[f]) {
				return fmt.Errorf("frozen was %s, computed is %s", compact(row), compact(other))
			}
		}
	}
	return nil
}

// codesAs lets the boards say which list stands where the published bytes do. An export of a
// program that did not know codes on boards, made after a release, has what the thresholds say.
func (v *evidence) codesAs(published []byte) {
	told := bytes.Contains(published, []byte(`"decided":{"list":`))
	if v.parts.Deciding == nil || told == !v.untold {
		return
	}
	v.untold = !told
	d := new(scoring.Deciding)
	if told {
		d = v.parts.Deciding
	}
	v.exam.Boards.Decide(d)
	v.exam.Boards.Tick(0)
}

// frame compares a frozen frame with the board, without what only says when it was published.
// Of one that was frozen before people or formations were corrected it compares the points.
func (v *evidence) frame(id, hash string, corrected bool) error {
	body, err := v.fetch(hash)
	if err != nil {
		return nil //nolint:nilerr // it is reported already
	}
	v.codesAs(body)
	again, ok := v.exam.Boards.Whole(id)
	if !ok {
		return errors.New("the exam has no such board")
	}
	if corrected {
		return samePoints(body, again, "scores", "total", "progress", "finished")
	}
	var was, is struct{ Rows []any }
	if err := errors.Join(json.Unmarshal(body, &was), json.Unmarshal(again, &is)); err != nil {
		return err
	}
	if len(was.Rows) != len(is.Rows) {
		return fmt.Errorf("the frame has %d rows, computed are %d", len(was.Rows), len(is.Rows))
	}
	for i := range was.Rows {
		if !reflect.DeepEqual(was.Rows[i], is.Rows[i]) {
			return fmt.Errorf("frozen was %s, computed is %s", compact(was.Rows[i]), compact(is.Rows[i]))
		}
	}
	return nil
}
