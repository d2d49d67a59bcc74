package questionbank

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	svgSpace   = "http://www.w3.org/2000/svg"
	xlinkSpace = "http://www.w3.org/1999/xlink"
	xmlSpace   = "http://www.w3.org/XML/1998/namespace"

	maxSVGDepth    = 32
	maxSVGElements = 5000
)

// svgElements draw; none of them loads, runs, animates, embeds or styles.
var svgElements = set(`svg g defs symbol use title desc path rect circle ellipse line polyline polygon
	text tspan marker linearGradient radialGradient stop clipPath`)

var svgAttributes = set(`id width height viewBox version preserveAspectRatio role aria-label aria-hidden aria-labelledby
	x y x1 y1 x2 y2 cx cy r rx ry fx fy dx dy rotate d points pathLength transform offset
	fill fill-opacity fill-rule stroke stroke-width stroke-linecap stroke-linejoin stroke-miterlimit
	stroke-dasharray stroke-dashoffset stroke-opacity opacity color visibility display vector-effect shape-rendering text-rendering
	font-family font-size font-style font-weight text-anchor dominant-baseline alignment-baseline baseline-shift
	letter-spacing word-spacing text-decoration textLength lengthAdjust
	marker-start marker-mid marker-end markerWidth markerHeight markerUnits refX refY orient
	gradientUnits gradientTransform spreadMethod stop-color stop-opacity clip-path clip-rule clipPathUnits paint-order`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

var (
	fragment  = regexp.MustCompile(`^#[A-Za-z_][\w.-]*$`)
	paintRef  = regexp.MustCompile(`^url\(#[A-Za-z_][\w.-]*\)$`)
	svgLength = regexp.MustCompile(`^([0-9]{1,5}(?:\.[0-9]{1,6})?)(?:px)?$`)
)

// checkSVG walks the XML and returns the size in CSS pixels. Pages show SVG only through
// <img>, where nothing in it can act; this check is the second lock, and keeps out what
// would tell the answer to somebody who reads the source.
func checkSVG(data []byte) (w, h int, err error) {
	dec := xml.NewDecoder(bytes.NewReader(data))
	s := svgWalk{}
	for {
		t, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = s.token(t)
		}
		if err != nil {
			line, _ := dec.InputPos()
			return 0, 0, fmt.Errorf("SVG line %d: %w", line, err)
		}
	}
	if s.count == 0 {
		return 0, 0, errors.New("the SVG is empty")
	}
	return s.w, s.h, nil
}

type svgWalk struct {
	open  []bool // of every open element: has it, or one around it, an id?
	count int
	w, h  int
}

func (s *svgWalk) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.StartElement:
		return s.start(t)
	case xml.EndElement:
		s.open = s.open[:len(s.open)-1]
	case xml.Directive:
		return errors.New("it has a DOCTYPE or an entity; delete it")
	case xml.Comment:
		return errors.New("it has a comment, which candidates could read; delete it")
	case xml.ProcInst:
		if t.Target != "xml" || s.count > 0 {
			return fmt.Errorf("it has a processing instruction <?%s; delete it", t.Target)
		}
	}
	return nil
}

func (s *svgWalk) start(e xml.StartElement) error {
	name := e.Name.Local
	if e.Name.Space != svgSpace || !svgElements[name] {
		return fmt.Errorf("<%s> is not on the list of SVG elements; draw with paths, shapes and text", name)
	}
	if (name == "svg") != (s.count == 0) {
		return errors.New("<svg> must be the root, once")
	}
	if s.count++; s.count > maxSVGElements || len(s.open) >= maxSVGDepth {
		return fmt.Errorf("it has more than %d elements or is deeper than %d; simplify the drawing", maxSVGElements, maxSVGDepth)
	}
	inNamed := len(s.open) > 0 && s.open[len(s.open)-1]
	if name == "use" && inNamed {
		// Copies of copies grow without bound; copies of shapes do not.
		return errors.New("<use> stands inside an element with an id; copy only plain shapes")
	}
	named := inNamed
	for _, a := range e.Attr {
		if err := checkSVGAttr(name, a); err != nil {
			return err
		}
		named = named || a.Name.Local == "id"
	}
	s.open = append(s.open, named)
	if name == "svg" {
		return s.size(e)
	}
	return nil
}

func checkSVGAttr(element string, a xml.Attr) error {
	local, space := a.Name.Local, a.Name.Space
	switch {
	case space == "" && local == "xmlns", space == "xmlns":
		if !slices.Contains([]string{svgSpace, xlinkSpace}, a.Value) {
			return fmt.Errorf("it declares the namespace %q; delete it and what uses it", a.Value)
		}
		return nil
	case local == "href" && (space == "" || space == xlinkSpace):
		if (element != "use" && !strings.HasSuffix(element, "Gradient")) || !fragment.MatchString(a.Value) {
			return fmt.Errorf("<%s> refers to %q; only <use> and gradients may refer, to #name in the same file", element, a.Value)
		}
		return nil
	case space == xmlSpace && (local == "space" || local == "lang"):
		return nil
	case space != "" || !svgAttributes[local]:
		return fmt.Errorf("attribute %q of <%s> is not on the list of SVG attributes; delete it or use a presentation attribute", local, element)
	case strings.Contains(strings.ToLower(a.Value), "url(") && !paintRef.MatchString(a.Value):
		return fmt.Errorf("attribute %s=%q of <%s> must be url(#name)", local, a.Value, element)
	}
	return nil
}

// size takes width and height, or else the view box.
func (s *svgWalk) size(e xml.StartElement) error {
	attr := map[string]string{}
	for _, a := range e.Attr {
		if a.Name.Space == "" {
			attr[a.Name.Local] = a.Value
		}
	}
	width, height := attr["width"], attr["height"]
	if box := strings.FieldsFunc(attr["viewBox"], func(r rune) bool { return r == ' ' || r == ',' }); width == "" && height == "" && len(box) == 4 {
		width, height = box[2], box[3]
	}
	var ok1, ok2 bool
	if s.w, ok1 = pixels(width); ok1 {
		s.h, ok2 = pixels(height)
	}
	if !ok1 || !ok2 {
		return errors.New(`the root needs width="…" and height="…" in pixels, or a viewBox`)
	}
	return nil
}

// pixels rounds up, so that nothing of the picture is cut off.
func pixels(s string) (int, bool) {
	m := svgLength.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	f, err := strconv.ParseFloat(m[1], 64)
	return int(math.Ceil(f)), err == nil
}
