package keeper

import (
	"fmt"

	"terang/engine"
	"terang/engine/publiclog"
)

// Due is what an event adds to the log: one leaf, or after an annulment one of each attempt
// whose points it changed.
type Due struct {
	Pos engine.Pos // of the event, or of what let its leaf come later

	happened engine.Pos     // of the event
	leaf     publiclog.Leaf // all but what is sealed and counted
	stream   string
	n        int

	// What the leaf has under commitments; "" is none.
	actor, second, about, event, number, sealed string

	sheet  *Sheet  // of an attempt that is over, whose points are counted
	others []Sheet // attempts that are over when an annulment is recorded
	before int     // annulments that hold already; version of the sheets' points
	after  int     // annulments that hold now
}

// Sheet is what stands on an attempt's answer sheet.
type Sheet struct {
	Exam    string
	Attempt string
	Number  string // participant number, as it stands on the form

	fingerprint publiclog.Hash
	slots       []slot
	names       []string // of the items that slots name
}

// Answers visits what stands on the sheet: the position from 1, the item and the canonical
// option.
func (s *Sheet) Answers(visit func(q int, item, option string)) {
	for i, a := range s.slots {
		if a.item > 0 {
			visit(i+1, s.names[a.item-1], string(rune(a.option)))
		}
	}
}

// Marker counts points: the exams of a node.
type Marker interface {
	// Mark returns the points of a sheet by section, in the order of the rule set, after the
	// first so many annulments of the exam; shown says whether the exam shows scores.
	// ErrNotOpen is returned while the node does not know the exam, or not all of these
	// annulments.
	Mark(s *Sheet, annulments int) (points []publiclog.Score, shown bool, err error)
}

// Salter gives the salt of one field of the leaf that comes from version n of a stream:
// publiclog.Salts does, and whoever was shown some of them.
type Salter interface {
	Of(stream string, n int, field string) publiclog.Salt
}

// nobody drops who acted: the leaf has no place for it.
func (d *Due) nobody() { d.leaf.By, d.actor, d.second, d.about, d.event = "", "", "", "", "" }

// Leaves are the canonical bytes of what is due.
func (d *Due) Leaves(salts Salter, m Marker) ([][]byte, error) {
	l := d.leaf
	l.Fit()
	commit := func(field, value string) (c publiclog.Commitment) {
		if value == "" {
			return c
		}
		return publiclog.Commit(salts.Of(d.stream, d.n, field), value)
	}
	l.Actor, l.Second, l.About = commit(publiclog.FieldActor, d.actor), commit(publiclog.FieldSecond, d.second), commit(publiclog.FieldAbout, d.about)
	l.Event, l.Number, l.Sealed = commit(publiclog.FieldEvent, d.event), commit(publiclog.FieldNumber, d.number), commit(publiclog.FieldSealed, d.sealed)
	if d.sheet != nil && l.Status == publiclog.Finished {
		points, shown, err := m.Mark(d.sheet, 0)
		if err != nil {
			return nil, fmt.Errorf("attempt %s: %w", d.sheet.Attempt, err)
		}
		if l.Scores = points; !shown {
			l.Scores, l.Sealed = nil, commit(publiclog.FieldSealed, publiclog.ScoreText(points))
		}
	}
	b, err := l.Bytes()
	if err != nil {
		return nil, fmt.Errorf("%s version %d: %w", d.stream, d.n, err)
	}
	out := [][]byte{b}
	if d.sheet != nil && d.after > 0 && l.Status == publiclog.Finished {
		return d.rescored(out, salts, m, []Sheet{*d.sheet}, 0)
	}
	return d.rescored(out, salts, m, d.others, d.before)
}

// rescored adds the leaves of those whose points after the annulments are others than before.
func (d *Due) rescored(out [][]byte, salts Salter, m Marker, sheets []Sheet, before int) ([][]byte, error) {
	if d.after == before {
		return out, nil
	}
	for i := range sheets {
		s := &sheets[i]
		was, _, err := m.Mark(s, before)
		if err != nil {
			return nil, fmt.Errorf("attempt %s: %w", s.Attempt, err)
		}
		is, shown, err := m.Mark(s, d.after)
		if err != nil {
			return nil, fmt.Errorf("attempt %s: %w", s.Attempt, err)
		}
		if publiclog.ScoreText(was) == publiclog.ScoreText(is) {
			continue
		}
		l := publiclog.Leaf{
			V: publiclog.Format, Kind: publiclog.RescoredLeaf, At: d.leaf.At, Exam: s.Exam, Attempt: s.Attempt, Fingerprint: s.fingerprint, Version: int64(d.after), Scores: is,
		}
		if !shown {
			salt := RescoredSalt(salts, s.Exam, s.Attempt, d.after)
			l.Scores, l.Sealed = nil, publiclog.Commit(salt, publiclog.ScoreText(is))
		}
		b, err := l.Bytes()
		if err != nil {
			return nil, fmt.Errorf("%s version %d: %w", d.stream, d.n, err)
		}
		out = append(out, b)
	}
	return out, nil
}

// RescoredSalt is the salt of an attempt's points after so many annulments: no event of its
// stream makes that leaf.
func RescoredSalt(salts Salter, exam, attempt string, annulments int) publiclog.Salt {
	return salts.Of(engine.ExamStream+exam+"/"+engine.AttemptStream+attempt, annulments, publiclog.FieldSealed)
}
