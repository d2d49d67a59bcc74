package evidence

import (
	"context"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"terang/engine"
	"terang/engine/publiclog"
	"terang/engine/publiclog/keeper"
)

// remade is a leaf that was made again, without its bytes.
type remade struct {
	keeper.Made
	sum tlog.Hash
}

// entered is a leaf of this exam in the log.
type entered struct {
	index int64
	kind  publiclog.Kind
	act   string
	at    publiclog.Time
	sum   tlog.Hash
}

// told are a stream's records for whoever makes leaves of them: links and places, no bytes.
func (s *Stream) told(events []engine.Event) []keeper.Told {
	return toldOf(s.records(), events)
}

func toldOf(records []engine.Record, events []engine.Event) []keeper.Told {
	out := make([]keeper.Told, len(events))
	for i := range events {
		out[i] = keeper.Told{Record: records[i], Event: &events[i]}
		out[i].Record.Body = nil
	}
	return out
}

// remake makes an attempt's leaves again.
func (v *evidence) remake(stream string, records []engine.Record, events []engine.Event) {
	if v.remaker == nil { // there is nothing to make them with, and that is said
		return
	}
	told := toldOf(records, events)
	made, err := v.remaker.Attempt(told)
	if err != nil {
		v.report.add("entries", stream, "its leaves cannot be made again: %v", err)
		return
	}
	v.report.mu.Lock()
	defer v.report.mu.Unlock()
	v.keep(made)
	if slices.ContainsFunc(events, func(e engine.Event) bool { return e.Kind == engine.Adjusted }) {
		for _, t := range told {
			if keeper.Bears(t.Event) {
				v.altered = append(v.altered, t)
			}
		}
	}
}

func (v *evidence) keep(made []keeper.Made) {
	for _, m := range made {
		sum := tlog.RecordHash(m.Leaf)
		m.Leaf = nil
		v.made = append(v.made, remade{m, sum})
	}
}

// entries makes every leaf of this exam again and holds all of them against the log: each
// has to be there, as the same bytes and in the same order, and nothing else may be. Of each
// stream the first difference is named: it changes whatever follows in it.
func (v *evidence) entries(context.Context, *Case) error {
	if v.logged == nil || v.remaker == nil {
		return nil // it could not be read, or cannot be made again; that is said
	}
	made, err := v.remaker.Office(slices.Concat(v.recorded, v.looked), v.altered)
	if err != nil {
		return err
	}
	v.keep(made)
	slices.SortStableFunc(v.made, func(a, b remade) int { return a.Compare(&b.Made) })
	logged, again := make(map[tlog.Hash]bool, len(v.logged)), make(map[tlog.Hash]bool, len(v.made))
	for i := range v.logged {
		logged[v.logged[i].sum] = true
	}
	named := make(map[string]bool)
	for i := range v.made {
		m := &v.made[i]
		again[m.sum] = true
		if !logged[m.sum] && !named[m.Stream] {
			named[m.Stream] = true
			v.report.add("entries", m.Stream, "version %d makes a leaf (%s) that the log does not have: it was changed or added, or one before it was changed or left out", m.N, leafName(m.Kind, m.Act))
		}
	}
	for i := range v.logged {
		if l := &v.logged[i]; !again[l.sum] {
			v.report.add("entries", "log", "leaf %d (%s, %s) comes from no record of the export: it was changed, or left out", l.index, leafName(l.kind, l.act), l.at)
			break
		}
	}
	v.report.did("entries", "%d leaves of this exam made again from its records", len(v.made))
	if !v.report.Sound() {
		return nil
	}
	for i := range v.logged {
		if len(v.made) != len(v.logged) || v.logged[i].sum != v.made[i].sum {
			v.report.add("entries", "log", "leaf %d (%s, %s) stands where the records have another: their order was changed", v.logged[i].index, leafName(v.logged[i].kind, v.logged[i].act), v.logged[i].at)
			break
		}
	}
	return nil
}

func leafName(kind publiclog.Kind, act string) string {
	if act == "" {
		return string(kind)
	}
	return string(kind) + " " + act
}
