package evidence

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"

	"terang/engine"
	"terang/proctor"
)

// told are records of one stream from which minutes are made.
type told struct {
	records []engine.Record
	moves   []move
}

// move is a record that gave an attempt another sitting.
type move struct {
	pos      engine.Pos
	from, to string
}

// sittingStream is what the minutes of a sitting are checked with.
type sittingStream struct {
	name   string
	events []engine.Event
	pos    []engine.Pos
}

// tell keeps of a stream what minutes are made from. The records are copies.
func (v *evidence) tell(s *Stream, all []engine.Event) {
	attempt := strings.HasPrefix(s.Name, engine.AttemptStream)
	if !attempt && !strings.HasPrefix(s.Name, engine.SittingStream) {
		return
	}
	var t told
	hash := engine.FirstHash(s.Name)
	for i := range all {
		e := &all[i]
		hash = hash.Chain(s.Events[i].Body)
		if !proctor.Tells(e) {
			continue
		}
		t.records = append(t.records, engine.Record{Stream: s.Name, N: i + 1, Pos: s.Events[i].Pos, Body: bytes.Clone(s.Events[i].Body), Hash: hash})
		if moves(e) {
			t.moves = append(t.moves, move{s.Events[i].Pos, e.Act, e.Sitting})
		}
	}
	v.told[s.Name] = t
	if !attempt {
		of := sittingStream{name: s.Name, events: all}
		for i := range all {
			of.pos = append(of.pos, s.Events[i].Pos)
		}
		v.sittings = append(v.sittings, of)
	}
}

// minutes makes every version of every sitting's minutes again, from the records that stood
// when it was closed, and looks who signed them. Their line about results is the boards',
// which stand beside in the export; it is not compared.
func (v *evidence) minutes(context.Context, *Case) error {
	loaded := engine.Pos(0)
	for i := range v.events {
		if v.events[i].Kind == engine.RosterLoaded {
			loaded = v.events[i].pos
		}
	}
	v.near = make(map[string][]string)
	for attempt, p := range v.people {
		at := []string{p.SittingID()}
		for _, m := range v.told[engine.AttemptStream+attempt].moves {
			at = append(at, m.from, m.to)
		}
		slices.Sort(at)
		for _, id := range slices.Compact(at) {
			v.near[id] = append(v.near[id], attempt)
		}
	}
	slices.SortFunc(v.sittings, func(a, b sittingStream) int { return cmp.Compare(a.name, b.name) })
	count, older := 0, 0
	for i := range v.sittings {
		s := &v.sittings[i]
		var closed []*proctor.MinutesData
		var hashes []string
		for n := range s.events {
			e := &s.events[n]
			switch e.Kind {
			case engine.MinutesClosed:
				d, err := v.closed(s.name, e, hashes)
				if err != nil {
					v.report.add("minutes", s.name, "version %d of the stream: %v", n+1, err)
					return nil
				}
				closed, hashes = append(closed, d), append(hashes, e.Text)
				if count++; s.pos[n] < loaded {
					older++ // people may have been given a sitting without a record of their own
				} else if err := v.again(s.name, s.pos[n], e, d); err != nil {
					v.report.add("minutes", s.name, "minutes %d: %v", d.Version, err)
				}
			case engine.MinutesSigned, engine.MinutesWitnessed:
				if err := v.signed(e, closed, hashes); err != nil {
					v.report.add("minutes", s.name, "version %d of the stream: %v", n+1, err)
				}
			}
		}
	}
	text := fmt.Sprintf("%d versions of %d sittings made again", count-older, len(v.sittings))
	if older > 0 {
		text += fmt.Sprintf("; %d were closed before the roster was loaded last, and are not compared", older)
	}
	v.report.did("minutes", "%s", text)
	return nil
}

// closed reads a version's data, which goes on from the one before.
func (v *evidence) closed(stream string, e *engine.Event, before []string) (*proctor.MinutesData, error) {
	body, err := v.fetch(e.Text)
	if err != nil {
		return nil, fmt.Errorf("minutes %d: %w", e.MS, err)
	}
	d, err := proctor.ParseMinutes(body)
	if err != nil {
		return nil, err
	}
	was := ""
	if len(before) > 0 {
		was = before[len(before)-1]
	}
	id := v.parts.Def.Code + "." + d.Facts.Sitting
	switch {
	case d.Facts.Exam != v.parts.Def.Code || engine.SittingStream+id != stream:
		err = fmt.Errorf("they are of sitting %s.%s", d.Facts.Exam, d.Facts.Sitting)
	case int64(d.Version) != e.MS || d.Version != len(before)+1:
		err = fmt.Errorf("minutes %d are closed as version %d, after %d others", d.Version, e.MS, len(before))
	case d.Supplement != was || d.Why != e.Why:
		err = fmt.Errorf("minutes %d go on from %q for %q, closed were %q for %q", d.Version, d.Supplement, d.Why, was, e.Why)
	case d.Title != v.parts.Def.Title || d.Zone != v.parts.Def.Zone(d.Facts.Sitting).String() || d.Rehearsal != v.parts.Def.Rehearsal:
		err = fmt.Errorf("minutes %d are headed %q in %s, the exam is %q", d.Version, d.Title, d.Zone, v.parts.Def.Title)
	}
	return d, err
}

// again makes the facts once more from what stood before a position.
func (v *evidence) again(stream string, until engine.Pos, e *engine.Event, d *proctor.MinutesData) error {
	id := strings.TrimPrefix(stream, engine.SittingStream)
	records := slices.Clone(v.told[stream].records)
	var people []*proctor.Person
	for _, attempt := range v.near[id] {
		p, t := v.people[attempt], v.told[engine.AttemptStream+attempt]
		if member(&p, t.moves, id, until) {
			people = append(people, &p)
			records = append(records, t.records...)
		}
	}
	slices.SortFunc(records, func(a, b engine.Record) int { return cmp.Compare(a.Pos, b.Pos) })
	records = records[:sort.Search(len(records), func(i int) bool { return records[i].Pos >= until })]
	made, err := v.counted(func() *proctor.Conduct { return proctor.NewConduct(id, people) }, records, e.Extra)
	if err != nil {
		return err
	}
	other := differs(&d.Facts, made)
	if other == nil {
		return nil
	}
	earlier, err := v.counted(func() *proctor.Conduct { return proctor.NewConduct(id, people).AsEarlier() }, records, e.Extra)
	if err != nil || differs(&d.Facts, earlier) != nil {
		return other
	}
	v.report.note("minutes", stream, "minutes %d are as an earlier program read the records: %v", d.Version, other)
	return nil
}

// counted are the facts of as many records as the count says: whoever closed them may have read the
// journal to some record before.
func (v *evidence) counted(conduct func() *proctor.Conduct, records []engine.Record, count int64) (*proctor.Facts, error) {
	made, err := v.facts(conduct(), records)
	if over := made.Records - count; err == nil && over > 0 && over <= int64(len(records)) {
		if read, fault := v.facts(conduct(), records[:int64(len(records))-over]); fault == nil && read.Records == count {
			made = read
		}
	}
	return made, err
}

func (v *evidence) facts(c *proctor.Conduct, records []engine.Record) (*proctor.Facts, error) {
	for _, r := range records {
		e, err := engine.Decode(r.Body)
		if err != nil {
			return c.Facts(v.parts.Def), err
		}
		c.Apply(r, &e)
	}
	return c.Facts(v.parts.Def), nil
}

// member says whether a person was expected at a sitting at a position, or had been and was
// given another.
func member(p *proctor.Person, moved []move, id string, until engine.Pos) bool {
	where := p.SittingID()
	if len(moved) > 0 {
		where = moved[0].from
	}
	for _, m := range moved {
		if m.pos >= until {
			break
		}
		if m.from == id {
			return true
		}
		where = m.to
	}
	return where == id
}

// differs names the first part of the facts that is another.
func differs(closed, made *proctor.Facts) error {
	var was, is map[string]json.RawMessage
	for _, one := range []struct {
		facts *proctor.Facts
		into  *map[string]json.RawMessage
	}{{closed, &was}, {made, &is}} {
		body, err := json.Marshal(one.facts)
		if err == nil {
			err = json.Unmarshal(body, one.into)
		}
		if err != nil {
			return err
		}
	}
	// In the order in which people read them.
	for f := range reflect.TypeFor[proctor.Facts]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !bytes.Equal(was[name], is[name]) {
			return fmt.Errorf("%s was closed as %.300s, the records give %.300s", name, was[name], is[name])
		}
	}
	return nil
}

// signed holds a signature against the version that it names.
func (v *evidence) signed(e *engine.Event, closed []*proctor.MinutesData, hashes []string) error {
	n := int(e.MS) - 1
	switch {
	case n < 0 || n >= len(closed) || hashes[n] != e.Text:
		return fmt.Errorf("%s names minutes %d as %s, which were not closed so", e.Kind, e.MS, e.Text)
	case e.Kind == engine.MinutesWitnessed:
		return nil
	case e.Two == "" || e.Two == e.By:
		return fmt.Errorf("minutes %d are signed by %q alone", e.MS, e.By)
	case e.Form == "":
		return nil
	}
	body, err := v.fetch(e.Form)
	if err != nil {
		return fmt.Errorf("hand count of minutes %d: %w", e.MS, err)
	}
	var hand proctor.Counted
	if err := json.Unmarshal(body, &hand); err != nil {
		return fmt.Errorf("hand count of minutes %d: %w", e.MS, err)
	}
	var want proctor.Difference
	if hand.Hand.Present != nil {
		want.Present = *hand.Hand.Present - closed[n].Facts.Attendance.Present
	}
	if hand.Hand.Absent != nil {
		want.Absent = *hand.Hand.Absent - closed[n].Facts.Attendance.Absent
	}
	if hand.Minutes != e.Text || hand.Difference != want {
		return fmt.Errorf("the hand count signed with minutes %d says that it differs by %+v from %s, it does by %+v", e.MS, hand.Difference, hand.Minutes, want)
	}
	return nil
}
