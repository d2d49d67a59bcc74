package questionbank

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
)

// Limits of a figure. It travels inside the form, to everybody at the same second.
const (
	maxFigureBytes = 200_000
	maxFigureSide  = 2000 // CSS pixels
)

var figurePath = regexp.MustCompile(`^figures/[A-Za-z0-9_-]{1,80}\.(svg|png|webp)$`)

// NewFigure makes a figure of the bytes of a picture, which say what it is: SVG, PNG or
// WebP within the limits. Its path is "figures/", the name, and the extension of its type;
// a name that is not of plain letters, digits, - and _ is refused.
func NewFigure(name, alt string, data []byte) (*Figure, error) {
	mime, w, h, err := inspectFigure(data)
	if err != nil {
		return nil, err
	}
	f := &Figure{Path: "figures/" + name + extensionOf(mime)}
	if !figurePath.MatchString(f.Path) {
		return nil, fmt.Errorf("the name %q has other than plain letters, digits, - and _", name)
	}
	f.Type, f.W, f.H, f.Alt, f.Data = mime, w, h, alt, data
	return f, nil
}

func extensionOf(mime string) string {
	for ext, m := range extensionType {
		if m == mime {
			return ext
		}
	}
	return ""
}

// inspectFigure tells type and size of a figure from its bytes, not from its name, and
// refuses one that is broken or active.
func inspectFigure(data []byte) (mime string, w, h int, err error) {
	switch {
	case len(data) == 0:
		return "", 0, 0, errors.New("the file is empty")
	case len(data) > maxFigureBytes:
		return "", 0, 0, fmt.Errorf("the file has %d bytes, at most %d are allowed", len(data), maxFigureBytes)
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		mime = "image/png"
		w, h, err = pngSize(data)
	case len(data) > 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		mime = "image/webp"
		w, h, err = webpSize(data)
	case data[0] == '<':
		mime = "image/svg+xml"
		w, h, err = checkSVG(data)
	default:
		return "", 0, 0, errors.New("it is neither SVG nor PNG nor WebP")
	}
	if err == nil && (w < 1 || h < 1 || w > maxFigureSide || h > maxFigureSide) {
		err = fmt.Errorf("it is %d × %d pixels, each side may have 1 to %d", w, h, maxFigureSide)
	}
	return mime, w, h, err
}

func pngSize(data []byte) (w, h int, err error) {
	const header = 8 + 8 + 13 // signature, length and name, IHDR
	if len(data) < header || string(data[12:16]) != "IHDR" {
		return 0, 0, errors.New("the PNG has no IHDR")
	}
	return int(binary.BigEndian.Uint32(data[16:])), int(binary.BigEndian.Uint32(data[20:])), nil
}

// webpSize reads the three kinds of WebP: lossy, lossless and extended.
func webpSize(data []byte) (w, h int, err error) {
	if len(data) < 30 {
		return 0, 0, errors.New("the WebP is too short")
	}
	switch string(data[12:16]) {
	case "VP8 ":
		if string(data[23:26]) != "\x9d\x01\x2a" {
			return 0, 0, errors.New("the WebP has no key frame")
		}
		return int(binary.LittleEndian.Uint16(data[26:]) & 0x3fff), int(binary.LittleEndian.Uint16(data[28:]) & 0x3fff), nil
	case "VP8L":
		if data[20] != 0x2f {
			return 0, 0, errors.New("the WebP has no lossless signature")
		}
		bits := binary.LittleEndian.Uint32(data[21:])
		return int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1, nil
	case "VP8X":
		return int(uint24(data[24:])) + 1, int(uint24(data[27:])) + 1, nil
	default:
		return 0, 0, fmt.Errorf("the WebP begins with an unknown chunk %q", data[12:16])
	}
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

// figureFaults looks at every figure of a question again, whoever supplied it.
func (q *Question) figureFaults() []Fault {
	var faults []Fault
	if q.Figure != nil {
		for _, what := range q.Figure.wrong() {
			faults = append(faults, q.fault("figure", "correct the figure or its line", "figure %s: %s", q.Figure.Path, what))
		}
	}
	for i, o := range q.Options {
		if o.Figure != nil {
			for _, what := range o.Figure.wrong() {
				faults = append(faults, q.optionFault(i, "correct the figure or its line", "figure %s: %s", o.Figure.Path, what))
			}
		}
	}
	return faults
}

func (f *Figure) wrong() []string {
	var wrong []string
	if f.Alt == "" {
		wrong = append(wrong, "it has no text alternative for those who cannot see it")
	} else if !oneLine(f.Alt) || strings.ContainsAny(f.Alt, "[]") {
		wrong = append(wrong, "its text alternative has square brackets, line ends or invisible characters")
	}
	if f.unread {
		return wrong
	}
	if !figurePath.MatchString(f.Path) {
		wrong = append(wrong, "its path is not figures/NAME.svg, .png or .webp with plain letters, digits, - and _")
	}
	mime, w, h, err := inspectFigure(f.Data)
	if err != nil {
		return append(wrong, err.Error())
	}
	if want := extensionType[path.Ext(f.Path)]; mime != want {
		wrong = append(wrong, fmt.Sprintf("the content is %s, the name says %s", mime, want))
	}
	if f.Type != mime || f.W != w || f.H != h {
		wrong = append(wrong, fmt.Sprintf("it is said to be %s %d × %d, it is %s %d × %d", f.Type, f.W, f.H, mime, w, h))
	}
	return wrong
}

var extensionType = map[string]string{".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
