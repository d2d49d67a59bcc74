package questionbank

import (
	"bytes"
	"fmt"
	"slices"

	"terang/engine"
)

// versionFormat begins the canonical encoding of one version of one question.
const versionFormat = "terang/item/v1"

type versionFile struct {
	Format   string   `json:"format"`
	Question Question `json:"question"`
}

// EncodeQuestion returns the canonical bytes of a question with its figures: what the
// archive keeps of a version. The reviewer is left out, because a review comes after the
// version and must not change it.
func EncodeQuestion(q Question) []byte {
	q.Reviewer, q.src = "", nil
	return canonicalJSON(versionFile{versionFormat, q})
}

// DecodeQuestion reads what EncodeQuestion wrote, and refuses anything else.
func DecodeQuestion(data []byte) (Question, error) {
	var file versionFile
	if err := strictJSON(data, &file); err != nil {
		return Question{}, fmt.Errorf("read a question: %w", err)
	}
	if file.Format != versionFormat {
		return Question{}, fmt.Errorf("read a question: format %q, this program reads %q; use the program version that wrote it", file.Format, versionFormat)
	}
	if !bytes.Equal(EncodeQuestion(file.Question), data) {
		return Question{}, fmt.Errorf("read question %s: the bytes are not its canonical encoding; take the original from the archive", file.Question.ID)
	}
	return file.Question, nil
}

// Unsafe is what even an unfinished draft must not have: markup that is not on the list,
// figures that are broken or active, text that hides something, letters out of order.
func (q *Question) Unsafe() (faults []Fault) {
	add := func(key, remedy, format string, args ...any) {
		faults = append(faults, q.fault(key, remedy, format, args...))
	}
	if !idShape.MatchString(q.ID) {
		add("id", "write it as [A-Z0-9-]{1,40}", "id %q has a wrong form", q.ID)
	}
	if q.Version < 1 {
		add("version", "write a whole number from 1", "the version %d is not allowed", q.Version)
	}
	if len(q.Options) > maxOptions {
		add("", fmt.Sprintf("write at most %d", maxOptions), "it has %d options", len(q.Options))
		return faults
	}
	for _, part := range [][2]string{
		{"section", q.Section}, {"topic", q.Topic}, {"band", string(q.Band)}, {"options", string(q.Rule)},
		{"enemies", q.Enemies}, {"lang", q.Lang}, {"author", q.Author}, {"why", q.Why},
	} {
		if !oneLine(part[1]) {
			add(part[0], "write it as plain text", "%s has line ends, doubled spaces or invisible characters", part[0])
		}
	}
	if f, ok := q.markupFault(q.Stem, flowContent); ok {
		faults = append(faults, f)
	}
	for i, o := range q.Options {
		if want := string(rune('a' + i)); o.ID != want {
			faults = append(faults, q.optionFault(i, "letter the options a, b, c … without gaps", "the letter %s was expected here", want))
		}
		if f, ok := q.markupFault(o.HTML, inlineContent); ok {
			f.What += " (option " + o.ID + ")"
			faults = append(faults, f)
		}
	}
	return append(faults, q.figureFaults()...)
}

// Unfit is what keeps a question from being reviewed: all that Parse would fault, but for
// the reviewer and for enemies that are not written yet.
func (q *Question) Unfit() []Fault {
	return slices.Concat(q.headerFaults(), q.textFaults(), q.figureFaults())
}

// Seen is what a candidate would be shown of the question: no key, no remark.
func (q *Question) Seen() *engine.Item { return q.item() }
