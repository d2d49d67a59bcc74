package keeper

import (
	"maps"
	"math"
	"slices"
	"strings"

	"terang/engine"
	"terang/engine/publiclog"
)

// Fold reads which leaves a journal makes, record by record in its order. It holds what has
// no checkpoint yet, and of each attempt what stands on its sheet.
type Fold struct {
	exams    map[string]*exam
	attempts map[string]*attempt
	due      []*Due
	adjusted []*attempt           // who was given an adjustment, in the order in which they first were
	grants   map[string][]grant   // of accounts
	early    map[string][]arrived // what stands in an exam's streams before it is defined: sealed packs

	later []later // what no table knows that the log was written with

	pos   engine.Pos
	tip   tip     // of the log's own stream
	table int     // that the log is written with
	keys  []Key   // in the order in which they were added
	wrote program // that wrote last
	head  Signed
}

// later is due from a table on.
type later struct {
	due   *Due
	since int
}

// tip is where the log's stream ends.
type tip struct {
	n    int
	hash engine.Hash
	at   engine.Instant
}

// program is one that writes the log: its version, and the SHA-256 of its file.
type program struct {
	version string
	file    publiclog.Hash
}

// Key is a key of the log.
type Key struct {
	Vkey    string
	Retired bool
}

// Signed is a checkpoint as the journal has it; the zero value is none.
type Signed struct {
	Size  int64
	Root  publiclog.Hash
	Reach engine.Pos // of the last event that its leaves come from
	At    engine.Instant
	Node  string
	Sigs  []string // NAME and base64 of each signature
}

// exam is what is known of an exam.
type exam struct {
	rehearsal bool
	annulled  int
	items     map[string]uint16 // in the order in which answers named them
	names     []string
	over      []*attempt // in the order in which they were over first
	filed     int64      // objections
}

// attempt is what is known of an attempt.
type attempt struct {
	id, exam, sitting, number string
	sheet                     []slot
	shared                    bool // somebody holds the sheet as it stands: it is copied before it changes
	overAt                    int  // version of its newest Finished or Disqualified
	listed                    bool // it was over once
	scored                    bool // it is over and has points
	fingerprint               publiclog.Hash
	was                       publiclog.Hash // fingerprint of the last leaf
	adjusted                  string         // the line of its newest Adjusted, see Adjustments
}

// slot is an answer in four bytes: a hall of 20,000 attempts of 110 items holds 9 MB of them.
type slot struct {
	item   uint16 // 1 + index in names, 0: none
	option byte
}

// NewFold is a log before the first record of its journal.
func NewFold() *Fold {
	return &Fold{
		exams: make(map[string]*exam), attempts: make(map[string]*attempt), early: make(map[string][]arrived), grants: make(map[string][]grant), table: 1,
		tip: tip{hash: engine.FirstHash(engine.LogStream)},
	}
}

// Apply folds one committed record. A log that is written by a later table than this
// program knows is read no further: what is due is not known then, see Blind.
func (f *Fold) Apply(r engine.Record, e *engine.Event) {
	f.pos = r.Pos
	prefix, id := split(r.Stream)
	switch prefix {
	case engine.AttemptStream:
		f.attempt(id, r, e)
	case engine.SittingStream:
		code, sitting, _ := strings.Cut(id, ".")
		f.plain(prefix, code, sitting, r, e)
	case engine.ExamStream:
		f.ofExam(id, r, e)
	case engine.PackStream:
		f.plain(prefix, id, "", r, e)
	case engine.ObjectionStream:
		f.objected(id, r, e)
	case engine.StaffStream:
		f.ofStaff(r, e)
	case engine.AuditStream:
		f.ofReader(r, e)
	case engine.LogStream:
		f.ofLog(r, e)
	}
}

// split is a stream's prefix and what follows; LogStream stands for itself.
func split(stream string) (prefix, id string) {
	if stream == engine.LogStream {
		return stream, ""
	}
	if i := strings.IndexByte(stream, '/'); i >= 0 {
		return stream[:i+1], stream[i+1:]
	}
	return "", ""
}

// Blind says whether the log is written by a later program than this one.
func (f *Fold) Blind() bool { return f.table > Table }

// arrived is a record with its event.
type arrived struct {
	record engine.Record
	event  engine.Event
}

// plain adds the leaf that the table makes of an event of an exam. Nothing of a rehearsal
// comes into the log: it is removed one day, and the log could not be made again.
func (f *Fold) plain(prefix, code, sitting string, r engine.Record, e *engine.Event) {
	x := f.exams[code]
	if x == nil && prefix == engine.PackStream {
		f.early[code] = append(f.early[code], arrived{r, *e})
	}
	if x == nil || x.rehearsal {
		return
	}
	d := f.begin(r, e)
	d.leaf.Exam, d.leaf.Sitting = code, sitting
	if e.Kind == engine.SittingStarted && f.table >= sinceAdjusted {
		d.sealed = f.adjustments(code, sitting)
	}
	f.finish(prefix, d, e)
}

// begin is a due leaf with what nearly all have.
func (f *Fold) begin(r engine.Record, e *engine.Event) *Due {
	d := &Due{
		Pos: r.Pos, happened: r.Pos, stream: r.Stream, n: r.N, event: r.Hash.String(),
		leaf: publiclog.Leaf{V: publiclog.Format, At: publiclog.Time(e.At)},
	}
	switch e.By {
	case "", "engine":
		d.leaf.By = publiclog.ByEngine
	case "candidate":
		d.leaf.By = publiclog.ByCandidate
	default:
		d.leaf.By, d.actor, d.second = publiclog.ByStaff, e.By, e.Two
	}
	return d
}

// finish gives the leaf its kind and adds it, if the table knows one.
func (f *Fold) finish(prefix string, d *Due, e *engine.Event) {
	if step := steps[e.Kind]; step != "" {
		d.leaf.Kind, d.leaf.Act, d.leaf.Step = publiclog.ActLeaf, e.Act, step
		f.add(d)
		return
	}
	w, known := table[prefix][e.Kind]
	if !known {
		return
	}
	d.leaf.Kind, d.leaf.Act = w.kind, w.act
	if w.fill != nil {
		w.fill(d, e)
	}
	if w.since > f.table {
		f.later = append(f.later, later{d, w.since})
		return
	}
	f.add(d)
}

// written is a LogWritten: its table makes the leaves of what happened before it, and what
// no table until then knew. They come with it, as whoever read the log before would miss them.
func (f *Fold) written(r engine.Record, e *engine.Event) {
	f.table, f.wrote = max(f.table, int(e.MS)), program{e.Act, hash(e.Text)}
	f.later = slices.DeleteFunc(f.later, func(l later) bool {
		if l.since > f.table {
			return false
		}
		l.due.Pos = r.Pos
		f.add(l.due)
		return true
	})
}

// add adds a leaf, with the roles that who acted had there then.
func (f *Fold) add(d *Due) {
	if f.table >= sinceRoles && d.happened == f.pos {
		d.leaf.Role = f.roles(d.actor, d.leaf.Exam, d.leaf.Sitting)
		d.leaf.SecondRole = f.roles(d.second, d.leaf.Exam, d.leaf.Sitting)
	}
	f.due = append(f.due, d)
}

func (f *Fold) ofExam(code string, r engine.Record, e *engine.Event) {
	x := f.exams[code]
	if e.Kind == engine.ExamDefined && x == nil {
		x = &exam{rehearsal: e.On, items: make(map[string]uint16)}
		f.exams[code] = x
		for _, was := range f.early[code] {
			was.record.Pos = r.Pos // the leaf comes with what says that it is no rehearsal's
			f.plain(engine.PackStream, code, "", was.record, &was.event)
		}
		delete(f.early, code)
	}
	if x == nil || x.rehearsal {
		return
	}
	if e.Kind != engine.ItemAnnulled {
		f.plain(engine.ExamStream, code, "", r, e)
		return
	}
	d := f.begin(r, e)
	d.leaf.Kind, d.leaf.Exam, d.leaf.Act, d.sealed = publiclog.AnnulledLeaf, code, strings.ToLower(e.Act), e.Text
	d.before = x.annulled
	x.annulled++
	d.after, d.leaf.Version = x.annulled, int64(x.annulled)
	for _, a := range x.over {
		if a.scored {
			d.others = append(d.others, a.taken(x))
		}
	}
	f.add(d)
}

// objected counts objections: the leaf says how many were filed until then.
func (f *Fold) objected(code string, r engine.Record, e *engine.Event) {
	x := f.exams[code]
	if x == nil || x.rehearsal {
		return
	}
	if e.Kind == engine.ObjectionFiled {
		x.filed++
	}
	d := f.begin(r, e)
	d.leaf.Exam, d.leaf.Count = code, x.filed
	f.finish(engine.ObjectionStream, d, e)
}

func (f *Fold) ofStaff(r engine.Record, e *engine.Event) {
	d := f.begin(r, e)
	if e.Kind == engine.ExamRemoved {
		d.leaf.Exam = e.Act
	}
	f.finish(engine.StaffStream, d, e)
	f.granted(e)
	if e.Kind == engine.ExamRemoved {
		f.forget(e.Act)
	}
}

// ofReader is of the exam of which something was read, or of none: items of the bank, accounts.
func (f *Fold) ofReader(r engine.Record, e *engine.Event) {
	if code, _, _ := strings.Cut(e.Sitting, "."); code != "" {
		f.plain(engine.AuditStream, code, "", r, e)
		return
	}
	f.finish(engine.AuditStream, f.begin(r, e), e)
}

// forget lets go of a rehearsal that was taken out of the journal: who makes the log again
// finds nothing of it, and so must whoever has seen it. An exam that is none is never removed.
func (f *Fold) forget(code string) {
	delete(f.early, code)
	if x := f.exams[code]; x == nil || !x.rehearsal {
		return
	}
	delete(f.exams, code)
	f.adjusted = slices.DeleteFunc(f.adjusted, func(a *attempt) bool { return a.exam == code })
	maps.DeleteFunc(f.attempts, func(_ string, a *attempt) bool { return a.exam == code })
}

func (f *Fold) ofLog(r engine.Record, e *engine.Event) {
	f.tip = tip{r.N, r.Hash, max(f.tip.at, e.At)}
	switch e.Kind {
	case engine.LogKeyed:
		f.key(e.Text, e.Act == KeyRetired)
	case engine.LogWritten:
		f.written(r, e)
	case engine.LogSigned:
		f.head = Signed{
			Size: e.MS, Root: hash(e.Text), Reach: engine.Pos(e.Extra), At: e.At, Node: e.Node, Sigs: strings.Fields(e.Form),
		}
		n := 0
		for n < len(f.due) && f.due[n].Pos <= f.head.Reach {
			n++
		}
		f.due = slices.Delete(f.due, 0, n)
		return
	}
	f.finish(engine.LogStream, f.begin(r, e), e)
}

// Acts of LogKeyed.
const (
	KeyAdded   = "added"
	KeyRetired = "retired"
)

func (f *Fold) key(vkey string, retired bool) {
	for i := range f.keys {
		if f.keys[i].Vkey == vkey {
			f.keys[i].Retired = retired
			return
		}
	}
	f.keys = append(f.keys, Key{vkey, retired})
}

// itemsMost bounds the items of an exam that a slot can name.
const itemsMost = math.MaxUint16 - 1

func (x *exam) item(id string) uint16 {
	n, ok := x.items[id]
	if !ok && len(x.names) < itemsMost {
		x.names = append(x.names, id)
		n = uint16(len(x.names))
		x.items[id] = n
	}
	return n
}
