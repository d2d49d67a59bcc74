package questionbank

import (
	"fmt"
	"strings"

	"terang/engine"
)

// Unit is what several items have in common: a passage, a table or a figure that they ask
// about. Its items are all the questions that name it, in order of their ids; they stand
// together on a form, or not at all.
type Unit struct {
	ID       string `json:"id"`      // stable for ever: [A-Z0-9-]{1,40}
	Version  int    `json:"version"` // from 1, raised with every change
	Enemies  string `json:"enemies"` // of the whole unit; its items have none
	Lang     string `json:"lang"`    // BCP 47
	Author   string `json:"author"`
	Reviewer string `json:"reviewer"` // another person than the author

	Stem   string  `json:"stem"` // HTML in the form that Sanitise returns
	Figure *Figure `json:"figure"`

	src *source // where it was read, for faults
}

// stimulus is what a candidate may see of the unit, sanitised once more on its way out.
func (u *Unit) stimulus() *engine.Stimulus {
	return &engine.Stimulus{ID: u.ID, Lang: u.Lang, HTML: Sanitise(u.Stem), Figure: u.Figure.shown()}
}

// asQuestion lends a unit to the rules that it shares with questions.
func (u *Unit) asQuestion() *Question {
	return &Question{
		ID: u.ID, Version: u.Version, Section: "X", Topic: "x", Band: Easy, Rule: Free, Enemies: u.Enemies, Lang: u.Lang,
		Author: u.Author, Reviewer: u.Reviewer, Stem: u.Stem, Figure: u.Figure, src: u.src,
	}
}

// unitFaults checks units and what their items owe them; both are sorted by id.
func unitFaults(qs []Question, units []Unit) []Fault {
	var faults []Fault
	members := make(map[string][]*Question)
	for i := range qs {
		if q := &qs[i]; q.Unit != "" {
			members[q.Unit] = append(members[q.Unit], q)
		}
	}
	for i := range units {
		u := &units[i]
		q := u.asQuestion()
		faults = append(faults, q.headerFaults()...)
		faults = append(faults, q.stemFaults()...)
		faults = append(faults, q.figureFaults()...)
		if i > 0 && units[i-1].ID == u.ID {
			faults = append(faults, q.fault("", "give it an id of its own", "the unit's id stands twice%s", also(units[i-1].asQuestion())))
		}
		if n := len(members[u.ID]); n < 2 {
			faults = append(faults, q.fault("", "write `unit: "+u.ID+"` into two items or more, or put the text into its one item",
				"%d items belong to the unit", n))
		}
		for _, m := range members[u.ID] {
			faults = append(faults, m.memberFaults(members[u.ID][0])...)
		}
		delete(members, u.ID)
	}
	for _, orphans := range members {
		for _, q := range orphans {
			faults = append(faults, q.fault("unit", "write `== unit "+q.Unit+" ==` with its text, or correct the name", "there is no unit %q", q.Unit))
		}
	}
	return faults
}

// memberFaults compares an item with the first of its unit.
func (q *Question) memberFaults(first *Question) []Fault {
	var faults []Fault
	if q.Section != first.Section || q.Topic != first.Topic {
		faults = append(faults, q.fault("topic", "give all items of a unit one section and one topic",
			"it is in %s %s, but %s of the same unit in %s %s", q.Section, q.Topic, first.ID, first.Section, first.Topic))
	}
	if q.Enemies != "" {
		faults = append(faults, q.fault("enemies", "write the group into the header of unit "+q.Unit, "an item of a unit has no enemies of its own"))
	}
	return faults
}

// unit understands a scanned unit.
func (r *reader) unit(file string, raw *rawItem) Unit {
	q := Question{ID: raw.id, src: newSource(file, raw.line)}
	in := input{r, &q, q.src}
	for _, key := range []string{"section", "topic", "band", "options", "unit"} {
		if l, ok := raw.header[key]; ok {
			in.fault(l.number, "delete the line: its items say it", "a unit has no %s", key)
		}
	}
	in.header(raw, "version", "author", "reviewer")
	in.stem(raw.stem)
	for _, o := range raw.options {
		in.fault(o.lines[0].number, "write the question as an item with `unit: "+raw.id+"`", "a unit has no options")
	}
	return Unit{
		ID: q.ID, Version: q.Version, Enemies: q.Enemies, Lang: q.Lang, Author: q.Author, Reviewer: q.Reviewer,
		Stem: q.Stem, Figure: q.Figure, src: q.src,
	}
}

func (u *Unit) format(out *strings.Builder) {
	fmt.Fprintf(out, "== unit %s ==\nversion: %d\nauthor: %s\nreviewer: %s\n", u.ID, u.Version, u.Author, u.Reviewer)
	if u.Enemies != "" {
		fmt.Fprintf(out, "enemies: %s\n", u.Enemies)
	}
	fmt.Fprintf(out, "lang: %s\n\n", u.Lang)
	formatText(out, u.Stem, u.Figure)
}
