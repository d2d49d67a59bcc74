package questionbank

import (
	"maps"
	"regexp"
	"slices"
)

// Element is one entry of the allow-list for the text of items.
type Element struct {
	Name   string
	Attrs  []string // sorted; nothing outside this list survives
	MathML bool
}

// Elements returns the whole allow-list, sorted by name, for pages and their tests.
func Elements() []Element {
	var list []Element
	for _, name := range slices.Sorted(maps.Keys(elements)) {
		el := elements[name]
		list = append(list, Element{Name: name, Attrs: slices.Sorted(maps.Keys(el.attrs)), MathML: el.math})
	}
	return list
}

// Allows tells whether an element of the list may carry the attribute with this value.
func Allows(element, attr, value string) bool {
	shape, ok := elements[element].attrs[attr]
	return ok && shape.MatchString(value)
}

// kind is what an element is, and a set of kinds is what an element may hold. With this
// content model an HTML parser has nothing to repair in our output: no paragraph inside
// a paragraph, no text straight in a table, no HTML inside MathML. Repairs are where a
// sanitised text can turn into another one (mutation XSS).
type kind uint16

const (
	isText kind = 1 << iota
	isBlock
	isInline
	isListItem
	isCaption
	isRowGroup
	isRow
	isCell
	isMath
	isMathRow
	isMathCell
)

const (
	inlineContent = isInline | isText
	flowContent   = isBlock | isInline | isText
)

type element struct {
	is, holds kind
	attrs     map[string]*regexp.Regexp
	arity     int // exact number of child elements; 0 for any
	math      bool
	void      bool // written without an end tag
}

// Values of attributes. None can hold an address, a script or a style.
var (
	anyFlag    = regexp.MustCompile(`^(true|false)$`)
	anyNumber  = regexp.MustCompile(`^[1-9][0-9]?$`)
	anyInteger = regexp.MustCompile(`^[+-]?[0-9]{1,4}$`)
	anyLength  = regexp.MustCompile(`^[+-]?([0-9]{1,4}|[0-9]{0,4}\.[0-9]{1,4})(em|ex|px|pt|%)?$`)
	anyLang    = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)
	anyDir     = regexp.MustCompile(`^(ltr|rtl|auto)$`)
	scope      = regexp.MustCompile(`^(row|col|rowgroup|colgroup)$`)
	listType   = regexp.MustCompile(`^[1aAiI]$`)
	mathMode   = regexp.MustCompile(`^(block|inline)$`)
	opForm     = regexp.MustCompile(`^(prefix|infix|postfix)$`)
	variant    = regexp.MustCompile(`^[a-z]+(-[a-z]+){0,3}$`)
)

type attrs = map[string]*regexp.Regexp

// with adds the attributes that every element of a family may carry.
func with(family, own attrs) attrs {
	all := maps.Clone(family)
	maps.Copy(all, own)
	return all
}

var (
	htmlAttrs = attrs{"lang": anyLang, "dir": anyDir}
	mathAttrs = attrs{"dir": anyDir, "displaystyle": anyFlag, "scriptlevel": anyInteger, "mathvariant": variant}

	opAttrs = with(mathAttrs, attrs{
		"form": opForm, "stretchy": anyFlag, "fence": anyFlag, "separator": anyFlag,
		"lspace": anyLength, "rspace": anyLength, "movablelimits": anyFlag, "accent": anyFlag,
		"largeop": anyFlag, "symmetric": anyFlag, "minsize": anyLength, "maxsize": anyLength,
	})
	boxAttrs = with(mathAttrs, attrs{
		"width": anyLength, "height": anyLength, "depth": anyLength, "lspace": anyLength, "voffset": anyLength,
	})
	accentAttrs = with(mathAttrs, attrs{"accent": anyFlag, "accentunder": anyFlag})
	spanAttrs   = attrs{"colspan": anyNumber, "rowspan": anyNumber}
)

func htmlElement(is, holds kind, own attrs) element {
	return element{is: is, holds: holds, attrs: with(htmlAttrs, own)}
}

func mathElement(holds kind, own attrs, arity int) element {
	return element{is: isMath, holds: holds, attrs: own, arity: arity, math: true}
}

// elements is the allow-list: text structure, tables and MathML Core presentation.
// There is no element that loads, links, runs, styles or is filled in.
var elements = map[string]element{
	"p":          htmlElement(isBlock, inlineContent, nil),
	"blockquote": htmlElement(isBlock, flowContent, nil),
	"ul":         htmlElement(isBlock, isListItem, nil),
	"ol":         htmlElement(isBlock, isListItem, attrs{"start": anyInteger, "type": listType}),
	"li":         htmlElement(isListItem, flowContent, nil),

	"table":   htmlElement(isBlock, isCaption|isRowGroup|isRow, nil),
	"caption": htmlElement(isCaption, inlineContent, nil),
	"thead":   htmlElement(isRowGroup, isRow, nil),
	"tbody":   htmlElement(isRowGroup, isRow, nil),
	"tr":      htmlElement(isRow, isCell, nil),
	"th":      htmlElement(isCell, flowContent, with(spanAttrs, attrs{"scope": scope})),
	"td":      htmlElement(isCell, flowContent, spanAttrs),

	"b":      htmlElement(isInline, inlineContent, nil),
	"strong": htmlElement(isInline, inlineContent, nil),
	"i":      htmlElement(isInline, inlineContent, nil),
	"em":     htmlElement(isInline, inlineContent, nil),
	"u":      htmlElement(isInline, inlineContent, nil),
	"small":  htmlElement(isInline, inlineContent, nil),
	"sub":    htmlElement(isInline, inlineContent, nil),
	"sup":    htmlElement(isInline, inlineContent, nil),
	"code":   htmlElement(isInline, inlineContent, nil),
	"span":   htmlElement(isInline, inlineContent, nil),
	"br":     {is: isInline, void: true},

	"math": {is: isInline | isBlock, holds: isMath, attrs: with(mathAttrs, attrs{"display": mathMode}), math: true},

	"mi":            mathElement(isText, mathAttrs, 0),
	"mn":            mathElement(isText, mathAttrs, 0),
	"mo":            mathElement(isText, opAttrs, 0),
	"mtext":         mathElement(isText, mathAttrs, 0),
	"ms":            mathElement(isText, mathAttrs, 0),
	"mspace":        mathElement(0, boxAttrs, 0),
	"mrow":          mathElement(isMath, mathAttrs, 0),
	"mstyle":        mathElement(isMath, mathAttrs, 0),
	"mpadded":       mathElement(isMath, boxAttrs, 0),
	"mphantom":      mathElement(isMath, mathAttrs, 0),
	"mfrac":         mathElement(isMath, with(mathAttrs, attrs{"linethickness": anyLength}), 2),
	"msqrt":         mathElement(isMath, mathAttrs, 0),
	"mroot":         mathElement(isMath, mathAttrs, 2),
	"msub":          mathElement(isMath, mathAttrs, 2),
	"msup":          mathElement(isMath, mathAttrs, 2),
	"msubsup":       mathElement(isMath, mathAttrs, 3),
	"munder":        mathElement(isMath, accentAttrs, 2),
	"mover":         mathElement(isMath, accentAttrs, 2),
	"munderover":    mathElement(isMath, accentAttrs, 3),
	"mmultiscripts": mathElement(isMath, mathAttrs, 0),
	"mprescripts":   mathElement(0, mathAttrs, 0),
	"mtable":        mathElement(isMathRow, mathAttrs, 0),
	"mtr":           {is: isMathRow, holds: isMathCell, attrs: mathAttrs, math: true},
	"mtd":           {is: isMathCell, holds: isMath, attrs: with(mathAttrs, attrs{"columnspan": anyNumber, "rowspan": anyNumber}), math: true},
}
