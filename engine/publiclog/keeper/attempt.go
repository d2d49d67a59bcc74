package keeper

import (
	"slices"
	"strings"

	"terang/engine"
	"terang/engine/publiclog"
)

// attempt folds an event of an attempt.
func (f *Fold) attempt(id string, r engine.Record, e *engine.Event) {
	a := f.attempts[id]
	if a == nil {
		a = &attempt{id: id}
		f.attempts[id] = a
	}
	if e.Kind == engine.Adjusted {
		f.adjust(a, r)
	}
	if code, sitting, ok := strings.Cut(e.Sitting, "."); ok { // where it is expected from here on
		a.exam, a.sitting = code, sitting
	}
	x := f.exams[a.exam]
	if x == nil || x.rehearsal {
		return
	}
	switch e.Kind {
	case engine.Answered:
		a.answer(x, e.Q, e.Item, e.Option)
		return
	case engine.Cleared:
		a.answer(x, e.Q, "", "")
		return
	case engine.HeldDecided:
		if e.On {
			a.answer(x, e.Q, e.Item, e.Option)
		}
	case engine.Started:
		a.number = e.Number
	case engine.Reopened:
		a.scored = false
	case engine.Resat:
		a.scored, a.sheet, a.shared = false, nil, false
	case engine.Finished, engine.Disqualified:
		f.over(a, x, r, e)
		if e.Kind == engine.Finished && e.Why != "supervisor" {
			return
		}
	}
	if e.By == "engine" || e.By == "candidate" || e.By == "" {
		return
	}
	d := f.begin(r, e)
	d.leaf.Exam, d.leaf.Sitting, d.about = a.exam, a.sitting, id
	f.finish(engine.AttemptStream, d, e)
}

// answer lets the option stand at position q.
func (a *attempt) answer(x *exam, q int, item, option string) {
	if q < 1 || q > 1000 {
		return
	}
	if a.shared {
		a.sheet, a.shared = slices.Clone(a.sheet), false
	}
	for len(a.sheet) < q {
		a.sheet = append(a.sheet, slot{})
	}
	a.sheet[q-1] = slot{}
	if option != "" {
		a.sheet[q-1] = slot{x.item(item), option[0]} // canonical ids are single letters
	}
}

// over adds the leaf of an attempt that is over. A later one of the same attempt names the
// fingerprint that it replaces.
func (f *Fold) over(a *attempt, x *exam, r engine.Record, e *engine.Event) {
	a.overAt, a.scored, a.fingerprint = r.N, e.Kind == engine.Finished, publiclog.Hash(r.Hash)
	if !a.listed {
		a.listed = true
		x.over = append(x.over, a)
	}
	d := &Due{
		Pos: r.Pos, happened: r.Pos, stream: r.Stream, n: r.N, number: a.number, after: x.annulled,
		leaf: publiclog.Leaf{
			V: publiclog.Format, Kind: publiclog.AttemptLeaf, At: publiclog.Time(e.At), Exam: a.exam, Sitting: a.sitting, Attempt: a.id,
			Fingerprint: a.fingerprint, Replaces: a.was, Status: publiclog.Finished, Why: e.Why,
		},
	}
	if e.Kind == engine.Disqualified {
		d.leaf.Status, d.leaf.Why = publiclog.Disqualified, "" // the reason is not public
	}
	sheet := a.taken(x)
	d.sheet, a.was = &sheet, a.fingerprint
	f.add(d)
}

// taken is the sheet as it stands.
func (a *attempt) taken(x *exam) Sheet {
	a.shared = true
	s := Sheet{Exam: a.exam, Attempt: a.id, Number: a.number, fingerprint: a.fingerprint, slots: a.sheet}
	s.names = x.names
	return s
}
