// Package qti reads QTI 2.1, 2.2 and 3.0 (IMS, 1EdTech), packages and single items, and
// writes packages of 3.0.
//
// The names of 2.x and 3.0 differ by rule only (choiceInteraction, qti-choice-interaction),
// so that one reader takes both: it compares local names without "qti-", hyphens and case,
// and any namespace.
//
// Read are items with one choice interaction: match_correct and map_response (and their
// Common Cartridge twins) with bounds and defaults, single and multiple cardinality, shuffle
// and fixed, prompt, pictures as <img> or <object>, MathML, rubric blocks and modal feedback
// as remarks, keywords and difficulty of the manifest's metadata. Response processing that is
// written out is not run: such an item comes in with its correctResponse alone, and is named.
//
// Refused by name are other interactions, several interactions, adaptive and template items,
// shared stimuli, XInclude, QTI 1.2, and archives whose manifest names what is not there.
// Tests are named: their order and sections are not taken.
package qti

import (
	"path"
	"strings"

	"terang/questionbank/format/draft"
)

// Read reads packages (zip) and single items (XML).
func Read(files []draft.File, o draft.Options) *draft.Import {
	in := &reader{Report: &draft.Report{}}
	for _, f := range files {
		if draft.IsZip(f.Data) {
			in.archive(f)
			continue
		}
		in.file(draft.Place{File: f.Name}, path.Base(f.Name), f.Data, nil, nil)
	}
	return in.Settle("QTI", in.items, o)
}

type reader struct {
	*draft.Report
	items []draft.Item
}

// local is a name as 2.x and 3.0 have it in common.
func local(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, "qti-")), "-", "")
}

func attr(n *draft.Node, name string) string {
	for _, a := range n.Attrs {
		if local(a.Name.Local) == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

func child(n *draft.Node, name string) *draft.Node {
	if n == nil {
		return nil
	}
	for _, k := range n.Kids {
		if local(k.Name) == name {
			return k
		}
	}
	return nil
}

// each calls f for every element of the name at or below n.
func each(n *draft.Node, name string, f func(*draft.Node)) {
	if local(n.Name) == name {
		f(n)
	}
	for _, k := range n.Kids {
		each(k, name, f)
	}
}

// file reads one XML file of an item. name is its path in the archive.
func (in *reader) file(at draft.Place, name string, data []byte, entries map[string][]byte, tags []string) {
	root, line, err := draft.ParseXML(data)
	at.Line = line
	if err != nil {
		in.Fault(at, "correct the file, or export it again", "%v", err)
		return
	}
	switch local(root.Name) {
	case "assessmentitem":
		it := item{reader: in, name: name, Item: draft.Item{Place: at, Tags: tags, Shared: entries}}
		if it.read(root) {
			in.items = append(in.items, it.Item)
		}
	case "assessmenttest", "assessmentsection":
		in.Warn(at, "make a blueprint instead", "the order and sections of a test are not taken")
	case "questestinterop":
		in.Fault(at, "export it as QTI 2.1 or later", "the file is QTI 1.2, which is not read")
	default:
		in.Fault(at, "check the format: --format names it", "the file begins with <%s>, an item begins with <assessmentItem> or <qti-assessment-item>", root.Name)
	}
}
