package scoring

import (
	"strconv"

	"terang/engine"
)

// row is a seat as the last tick published it.
type row struct {
	body    []byte // JSON object without the rank
	face    Face
	order   uint64 // packed ranking key + 1; 0: takes no place
	changed engine.Pos
}

// encode makes the row of a seat. It is the only way from a card to the public.
func (b *Boards) encode(s *seat) row {
	f := &s.face
	r := row{face: *f, changed: s.changed}
	if f.Ranked() {
		r.order = b.marking.ranking.Pack(&f.Points) + 1
	}
	meets := func(i int) bool { return s.card.open.Meets(i, int(f.Points[i])) }
	r.body = appendRow(make([]byte, 0, 192), b.marking.Rules.Sections, s.number, s.name, f, meets)
	return r
}

// appendRow makes the JSON object of a row, without the rank. Nothing but these values
// can become public by a row.
func appendRow(out []byte, sections []Section, number, name string, f *Face, meets func(section int) bool) []byte {
	out = append(out, `{"number":`...)
	out = engine.AppendQuoted(out, number)
	out = append(out, `,"name":`...)
	out = engine.AppendQuoted(out, name)
	out = append(out, `,"scores":{`...)
	if f.Visible {
		out = bySection(out, sections, func(out []byte, i int) []byte { return strconv.AppendInt(out, int64(f.Points[i]), 10) })
		out = append(out, `},"total":`...)
		out = strconv.AppendInt(out, int64(f.Points.Sum()), 10)
		out = append(out, `,"meets":{`...)
		out = bySection(out, sections, func(out []byte, i int) []byte { return strconv.AppendBool(out, meets(i)) })
	} else {
		out = append(out, `},"total":null,"meets":{`...)
	}
	out = append(out, `},"status":`...)
	out = engine.AppendQuoted(out, f.Shown())
	if f.Announced != nil && f.Ranked() { // what stands behind the code, whatever the agency prints
		out = strconv.AppendBool(append(out, `,"passed":`...), f.Announced.Passed)
	}
	out = append(out, `,"progress":`...)
	out = strconv.AppendInt(out, int64(f.Answered), 10)
	out = append(out, `,"finished":`...)
	out = strconv.AppendBool(out, f.Finished)
	return append(out, '}')
}

func bySection(out []byte, sections []Section, value func([]byte, int) []byte) []byte {
	for i, s := range sections {
		out = engine.AppendQuoted(comma(out, i), s.Code)
		out = append(out, ':')
		out = value(out, i)
	}
	return out
}

func appendCounts(out []byte, c Counts) []byte {
	out = append(out, `"counts":{"registered":`...)
	out = strconv.AppendInt(out, int64(c.Registered), 10)
	out = append(out, `,"working":`...)
	out = strconv.AppendInt(out, int64(c.Working), 10)
	out = append(out, `,"finished":`...)
	out = strconv.AppendInt(out, int64(c.Finished), 10)
	out = append(out, `,"meets":`...)
	out = strconv.AppendInt(out, int64(c.Meets), 10)
	return append(out, '}')
}

// appendFrame makes the body of a frame: rows that changed, numbers that left, counts.
func appendFrame(out []byte, from, to engine.Pos, at engine.Instant, rows [][]byte, gone []string, c Counts) []byte {
	out = append(out, `{"from":`...)
	out = strconv.AppendInt(out, int64(from), 10)
	out = append(out, `,"to":`...)
	out = strconv.AppendInt(out, int64(to), 10)
	out = append(out, `,"at":"`...)
	out = append(out, at.String()...)
	out = append(out, `","rows":[`...)
	for i, r := range rows {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, r...)
	}
	out = append(out, `],"gone":[`...)
	for i, n := range gone {
		if i > 0 {
			out = append(out, ',')
		}
		out = engine.AppendQuoted(out, n)
	}
	out = append(out, `],`...)
	return append(appendCounts(out, c), '}')
}
