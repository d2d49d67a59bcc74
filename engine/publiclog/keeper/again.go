package keeper

import (
	"cmp"
	"slices"
	"strings"

	"terang/engine"
	"terang/engine/publiclog"
)

// Again makes the leaves of one exam once more, from the exam's own streams and the salts
// of these leaves: what an auditor has, who sees neither the rest of the journal nor the key
// that salts come from. Attempts may be given in any order, and by several at once.
type Again struct {
	salts  Salter
	marker Marker
	around []Told
	spine  []Told // what the leaves of every attempt depend on
}

// Told is a record with its event.
type Told struct {
	Record engine.Record
	Event  *engine.Event
}

// Made is a leaf that was made again.
type Made struct {
	Stream string // of the event that it comes from
	N      int    // its version
	Kind   publiclog.Kind
	Act    string
	Leaf   []byte // canonical bytes

	pos, happened, over engine.Pos
}

// NewAgain takes the exam's own stream, and what stands around it in streams of all exams:
// the LogWritten events with their positions, which say which table held when, and those that
// Grants names of the accounts that acted.
func NewAgain(salts Salter, marker Marker, exam, around []Told) *Again {
	a := &Again{salts: salts, marker: marker, around: around, spine: slices.Clone(around)}
	for _, t := range exam {
		if t.Event.Kind == engine.ExamDefined || t.Event.Kind == engine.ItemAnnulled {
			a.spine = append(a.spine, t)
		}
	}
	return a
}

// fold reads streams between each other, as the journal has them.
func fold(streams ...[]Told) *Fold {
	all := slices.Concat(streams...)
	slices.SortStableFunc(all, func(x, y Told) int { return cmp.Compare(x.Record.Pos, y.Record.Pos) })
	f := NewFold()
	for i := range all {
		f.Apply(all[i].Record, all[i].Event)
	}
	return f
}

// Bears says whether a start's leaf depends on an event of an attempt that was adjusted.
func Bears(e *engine.Event) bool { return e.Kind == engine.Adjusted || e.Sitting != "" }

// Office makes the leaves of everything but attempts: of the exam's own stream, of those of
// its sittings, packs and objections, and of what was read of it. adjusted are the events that Bears names, of the
// attempts that have an Adjusted.
func (a *Again) Office(records, adjusted []Told) (out []Made, err error) {
	for _, d := range fold(a.around, records, adjusted).due {
		if prefix, _ := split(d.stream); prefix == engine.LogStream || prefix == engine.StaffStream || prefix == engine.AttemptStream {
			continue
		}
		if out, err = a.made(out, d, 0, 0); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Staff makes the leaves that are of no exam: of the stream of accounts, and of what was read
// that belongs to none.
func (a *Again) Staff(records []Told) (out []Made, err error) {
	written := slices.DeleteFunc(slices.Clone(a.around), func(t Told) bool { return t.Record.Stream != engine.LogStream })
	for _, d := range fold(written, records).due {
		if prefix, _ := split(d.stream); prefix != engine.StaffStream && prefix != engine.AuditStream {
			continue
		}
		if out, err = a.made(out, d, 0, 0); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Attempt makes the leaves of an attempt: those of its own events, and of its points after
// each annulment.
func (a *Again) Attempt(records []Told) (out []Made, err error) {
	over := engine.Pos(0)
	for i := range records {
		if k := records[i].Event.Kind; over == 0 && (k == engine.Finished || k == engine.Disqualified) {
			over = records[i].Record.Pos
		}
	}
	for _, d := range fold(a.spine, records).due {
		switch {
		case strings.HasPrefix(d.stream, engine.AttemptStream):
			out, err = a.made(out, d, 0, 0)
		case len(d.others) > 0:
			out, err = a.made(out, d, 1, over) // the annulment's own leaf is the office's
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (a *Again) made(out []Made, d *Due, from int, over engine.Pos) ([]Made, error) {
	leaves, err := d.Leaves(a.salts, a.marker)
	if err != nil {
		return nil, err
	}
	for _, l := range leaves[from:] {
		out = append(out, Made{Stream: d.stream, N: d.n, Kind: d.leaf.Kind, Act: d.leaf.Act, Leaf: l, pos: d.Pos, happened: d.happened, over: over})
	}
	return out, nil
}

// Compare orders leaves as the log has them: by what let them come, then as things happened,
// and points after an annulment in the order in which attempts were over first.
func (m *Made) Compare(o *Made) int {
	return cmp.Or(cmp.Compare(m.pos, o.pos), cmp.Compare(m.happened, o.happened), cmp.Compare(m.over, o.over))
}
