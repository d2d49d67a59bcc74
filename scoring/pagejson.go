package scoring

import (
	"strconv"

	"terang/engine"
)

// appendJSON makes the page as the public API has it. Rows are those of the frames with
// the rank put before; nothing is encoded twice.
func (p *Page) appendJSON(out []byte) []byte {
	out = append(out, '{')
	for _, f := range []struct{ key, text string }{
		{"id", p.ID}, {"title", p.Title()}, {"kind", p.Kind}, {"exam", p.Exam.Code}, {"site", p.Site.Code},
		{"sitting", p.Sitting.Code}, {"at", p.At.String()}, {"live", p.Live},
	} {
		out = engine.AppendQuoted(appendKey(out, f.key), f.text)
		out = append(out, ',')
	}
	out = append(out, `"names":{`...)
	for i, f := range []struct{ key, text string }{
		{"exam", p.Exam.Title}, {"site", p.Site.Title}, {"sitting", p.Sitting.Title}, {"formation", p.Formation.Title},
	} {
		out = engine.AppendQuoted(appendKey(comma(out, i), f.key), f.text)
	}
	out = append(out, "},"...)
	out = strconv.AppendInt(appendKey(out, "epoch"), int64(p.Epoch), 10)
	out = strconv.AppendInt(append(out, `,"seq":`...), int64(p.Seq), 10)
	out = strconv.AppendBool(append(out, `,"final":`...), p.Final)
	if p.Rehearsal {
		out = append(out, `,"rehearsal":true`...)
	}
	if p.Rescored.Version > 0 {
		out = strconv.AppendInt(append(out, `,"rescored":{"version":`...), int64(p.Rescored.Version), 10)
		out = engine.AppendQuoted(append(out, `,"why":`...), p.Rescored.Why)
		out = engine.AppendQuoted(append(out, `,"at":`...), p.Rescored.At.String())
		out = append(out, '}')
	}
	if p.Decided.List != "" {
		out = p.appendDecided(out)
	}
	out = append(out, `,"keys":[`...)
	for i, k := range p.Keys {
		out = engine.AppendQuoted(comma(out, i), k)
	}
	out = append(out, `],"sections":[`...)
	for i, s := range p.Sections {
		out = engine.AppendQuoted(append(comma(out, i), `{"id":`...), s.Code)
		out = engine.AppendQuoted(append(out, `,"title":`...), s.Name)
		out = strconv.AppendInt(append(out, `,"items":`...), int64(s.Items), 10)
		out = strconv.AppendInt(append(out, `,"max":`...), int64(s.Max), 10)
		out = append(out, '}')
	}
	out = append(out, `],"thresholds":{`...)
	n := 0
	least := func(id string, points int) {
		if points > 0 {
			out = append(engine.AppendQuoted(comma(out, n), id), ':')
			out = strconv.AppendInt(out, int64(points), 10)
			n++
		}
	}
	for _, s := range p.Sections {
		least(s.Code, p.Thresholds.Sections[s.Code])
	}
	for _, g := range p.Thresholds.Groups {
		least(g.ID, g.Min)
	}
	least(Total, p.Thresholds.Total)
	out = append(out, "},"...)
	if p.Thresholds.Second > 0 {
		out = append(strconv.AppendInt(appendKey(out, "second_group"), int64(p.Thresholds.Second), 10), ',')
	}
	out = appendCounts(out, p.Counts)
	out = strconv.AppendInt(append(out, `,"total":`...), int64(p.Total), 10)
	out = strconv.AppendInt(append(out, `,"offset":`...), int64(p.Offset), 10)
	out = append(out, `,"rows":[`...)
	for i := range p.Rows {
		out = p.Rows[i].appendJSON(comma(out, i))
	}
	return append(out, "]}"...)
}

// appendDecided says which list stands, or will be made anew, and what its codes mean.
func (p *Page) appendDecided(out []byte) []byte {
	out = engine.AppendQuoted(append(out, `,"decided":{"list":`...), p.Decided.List)
	out = engine.AppendQuoted(append(out, `,"stage":`...), p.Decided.Stage)
	out = engine.AppendQuoted(append(out, `,"at":`...), p.Decided.At.String())
	if p.Decided.Again {
		return append(out, `,"again":true}`...)
	}
	out = append(out, `,"codes":[`...)
	for i, m := range p.Codes {
		out = engine.AppendQuoted(append(comma(out, i), `{"code":`...), m.Code)
		out = engine.AppendQuoted(append(out, `,"is":`...), m.Is)
		out = append(out, '}')
	}
	return append(out, "]}"...)
}

func (r *Row) appendJSON(out []byte) []byte {
	out = append(out, `{"rank":`...)
	if r.Rank == 0 {
		out = append(out, "null"...)
	} else {
		out = strconv.AppendInt(out, int64(r.Rank), 10)
	}
	return append(append(out, ','), r.body[1:]...)
}

func comma(out []byte, i int) []byte {
	if i > 0 {
		out = append(out, ',')
	}
	return out
}

func appendKey(out []byte, key string) []byte {
	return append(engine.AppendQuoted(out, key), ':')
}
