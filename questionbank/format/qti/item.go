package qti

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"terang/questionbank"
	"terang/questionbank/format/draft"
)

// item is one assessmentItem that is being read.
type item struct {
	*reader
	draft.Item
	name string // of its file, for relative addresses

	interaction *draft.Node
	body        strings.Builder // HTML of the question
	passed      bool            // the place of the options has been passed
	below       bool            // text stands below the options
	feedback    strings.Builder // HTML for reviewers
	refused     map[string]bool
}

func (it *item) at(n *draft.Node) draft.Place { return draft.Place{File: it.File, Line: n.Line} }

// unfit are parts of an item that the bank has nothing for.
var unfit = map[string]string{
	"templatedeclaration": "template variables", "templateprocessing": "template variables", "assessmentstimulusref": "a stimulus that several items share",
	"include": "XInclude", "printedvariable": "printed variables", "templateblock": "template variables", "templateinline": "template variables",
	"feedbackblock": "feedback inside the text", "infocontrol": "an info control", "portablecustominteraction": "a custom interaction",
}

func (it *item) read(root *draft.Node) bool {
	before := len(it.Faults)
	it.refused = map[string]bool{}
	it.ID, it.Name = attr(root, "identifier"), attr(root, "title")
	it.Lang = attr(root, "lang")
	if attr(root, "adaptive") == "true" {
		it.refused["an adaptive item"] = true
	}
	var declared *draft.Node
	body := child(root, "itembody")
	for _, n := range root.Kids {
		switch name := local(n.Name); name {
		case "modalfeedback":
			it.remark(n)
		case "stylesheet":
			it.Warn(it.at(n), "look at the question whether it is still right", "a style sheet is left out")
		default:
			if what := unfit[name]; what != "" {
				it.refused[what] = true
			}
		}
	}
	if body == nil {
		it.Fault(it.Place, "export it again", "the item has no item body")
		return false
	}
	it.find(body)
	if !it.only() {
		return false
	}
	for _, n := range root.Kids {
		if local(n.Name) == "responsedeclaration" && attr(n, "identifier") == attr(it.interaction, "responseidentifier") {
			declared = n
		}
	}
	it.html(&it.body, body)
	if it.below {
		it.Warn(it.Place, "look at the question whether it still reads well", "the text below the options moves above them")
	}
	it.choices()
	if len(it.refused) > 0 {
		it.only()
		return false
	}
	it.Stem = draft.Text{Body: it.body.String()}
	it.Why = draft.Text{Body: it.feedback.String()}
	return it.score(root, declared) && len(it.Faults) == before
}

// find notes the interactions of the body.
func (it *item) find(n *draft.Node) {
	if name := local(n.Name); strings.HasSuffix(name, "interaction") {
		switch {
		case name != "choiceinteraction":
			it.refused["a question of the kind "+n.Name] = true
		case it.interaction != nil:
			it.refused["several questions in one item"] = true
		}
		it.interaction = n
		return
	}
	for _, k := range n.Kids {
		it.find(k)
	}
}

// only tells whether there is one choice and nothing that the bank cannot hold.
func (it *item) only() bool {
	if it.interaction == nil {
		it.Fault(it.Place, "delete it, or import the rest with --partial", "%q is a text without a question", it.ID)
		return false
	}
	if len(it.refused) > 0 {
		it.Fault(it.Place, "make it a question with options, delete it, or import the rest with --partial",
			"%q: the bank cannot hold %s", it.ID, strings.Join(slices.Sorted(maps.Keys(it.refused)), ", "))
		return false
	}
	return true
}

// voids are HTML elements that have no end.
var voids = map[string]bool{"br": true, "img": true, "hr": true, "col": true, "source": true, "track": true, "wbr": true}

// html writes what stands in n as HTML: the interaction's place is taken by its prompt.
func (it *item) html(b *strings.Builder, n *draft.Node) {
	for _, k := range n.Kids {
		name := local(k.Name)
		switch {
		case k.Name == "":
			it.below = it.below || b == &it.body && it.passed && strings.TrimSpace(k.Text) != ""
			b.WriteString(draft.Escape(k.Text))
		case k == it.interaction:
			b.WriteString("<div>")
			if p := child(k, "prompt"); p != nil {
				it.html(b, p)
			}
			b.WriteString("</div>")
			it.passed = true
		case unfit[name] != "":
			it.refused[unfit[name]] = true
		case name == "rubricblock" && !strings.Contains(attr(k, "view"), "candidate"):
			it.remark(k)
		case name == "rubricblock", name == "contentbody":
			b.WriteString("<div>")
			it.html(b, k)
			b.WriteString("</div>")
		case name == "feedbackinline":
			it.refused["feedback inside the text"] = true
		default:
			it.element(b, k)
		}
	}
}

func (it *item) element(b *strings.Builder, n *draft.Node) {
	name := strings.ToLower(n.Name)
	b.WriteString("<" + name)
	for _, a := range n.Attrs {
		key := strings.ToLower(a.Name.Local)
		if a.Name.Space == "xmlns" || key == "xmlns" {
			continue
		}
		value := a.Value
		if key == "src" || key == "data" {
			value = it.address(value)
		}
		b.WriteString(" " + key + `="` + draft.Escape(value) + `"`)
	}
	b.WriteString(">")
	if voids[name] {
		return
	}
	it.html(b, n)
	b.WriteString("</" + name + ">")
}

// address makes a relative address one of the archive.
func (it *item) address(ref string) string {
	if strings.Contains(ref, ":") || it.Shared == nil {
		return ref
	}
	if u, err := url.PathUnescape(ref); err == nil {
		ref = u
	}
	if p, ok := draft.Resolve(it.name, ref); ok {
		return p
	}
	return ref
}

// remark keeps what is written for others than the candidate.
func (it *item) remark(n *draft.Node) {
	it.feedback.WriteString("<div>")
	it.html(&it.feedback, n)
	it.feedback.WriteString("</div>")
}

// choices reads the options and the order they may have.
func (it *item) choices() {
	var fixed []bool
	for _, k := range it.interaction.Kids {
		switch local(k.Name) {
		case "simplechoice":
			c := draft.Choice{Place: it.at(k), Weight: draft.Whole(false)}
			var text, feedback strings.Builder
			rest := *k
			rest.Kids = nil
			for _, n := range k.Kids {
				if local(n.Name) == "feedbackinline" {
					it.html(&feedback, n)
				} else {
					rest.Kids = append(rest.Kids, n)
				}
			}
			it.html(&text, &rest)
			c.Text, c.Feedback = draft.Text{Body: text.String()}, draft.Text{Body: feedback.String()}
			it.Choices = append(it.Choices, c)
			fixed = append(fixed, attr(k, "fixed") == "true")
		case "", "prompt":
		default:
			it.refused["<"+k.Name+"> inside the options"] = true
		}
	}
	it.Rule = questionbank.Fixed
	if attr(it.interaction, "shuffle") != "true" || len(fixed) == 0 {
		return
	}
	switch last := len(fixed) - 1; {
	case !slices.Contains(fixed, true):
		it.Rule = questionbank.Free
	case slices.Index(fixed, true) == last:
		it.Rule = questionbank.LastFixed
	default:
		it.Warn(it.Place, "fix none or the last option only", "options other than the last are fixed, so that all stay in their order")
	}
}
