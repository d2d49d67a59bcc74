package document

import (
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Measures of a page, in millimetres: A4.
const (
	short, long = 210.0, 297.0
	margin      = 18.0
	leading     = 1.38 // of a line, by the size of its letters
	point       = 25.4 / 72
)

// look is how a text looks.
type look struct {
	family, style string
	size          float64 // points
	ink           ink
	align         byte // 'L', 'C' or 'R'; 0 is 'L'
}

type ink [3]int

var (
	black = ink{18, 22, 28}
	grey  = ink{86, 96, 110}
	blue  = ink{11, 74, 111}
	red   = ink{161, 18, 31}
	rule  = ink{150, 160, 170}
	tint  = ink{236, 241, 245}

	body    = look{sans, plain, 9.5, black, 'L'}
	strong  = look{sans, bold, 9.5, black, 'L'}
	small   = look{sans, plain, 8, black, 'L'}
	english = look{sans, italic, 7.5, grey, 'L'}
)

func (l look) at(align byte) look     { l.align = align; return l }
func (l look) of(size float64) look   { l.size = size; return l }
func (l look) in(colour ink) look     { l.ink = colour; return l }
func (l look) height() float64        { return l.size * point * leading }
func (l look) baseline() float64      { return l.size * point * 1.06 }
func (l look) font(pdf *fpdf.Fpdf)    { pdf.SetFont(l.family, l.style, l.size) }
func (l look) colours(pdf *fpdf.Fpdf) { pdf.SetTextColor(l.ink[0], l.ink[1], l.ink[2]) }

// paper is a document that is being set, from the top of a page to its bottom. y is where
// the next thing goes.
type paper struct {
	pdf     *fpdf.Fpdf
	wide    float64 // of the page
	high    float64
	inside  float64 // between the margins
	y       float64
	running string // at the foot of every page
	again   func() // at the head of every page but the first
}

// totalPages stands in texts for the number of pages until it is known.
const totalPages = "{pages}"

// newPaper begins a document, upright or across. made is its date of creation; the author
// is who issues it; running stands at the foot of every page.
func newPaper(across bool, title, author, running string, made time.Time) (*paper, error) {
	p := &paper{wide: short, high: long, running: clean(running, true)}
	orientation := "P"
	if across {
		orientation, p.wide, p.high = "L", long, short
	}
	p.inside = p.wide - 2*margin
	pdf := fpdf.New(orientation, "mm", "A4", "")
	p.pdf = pdf
	for _, c := range cuts {
		file, err := fontFiles.ReadFile(c.file)
		if err != nil {
			return nil, fmt.Errorf("font %s: %w", c.file, err)
		}
		pdf.AddUTF8FontFromBytes(c.family, c.style, file)
	}
	pdf.SetCatalogSort(true) // the same input, the same bytes
	pdf.SetCreationDate(made.UTC())
	pdf.SetModificationDate(made.UTC())
	pdf.SetProducer("Terang", true)
	pdf.SetCreator("Terang", true)
	pdf.SetTitle(clean(title, true), true)
	pdf.SetAuthor(clean(author, true), true)
	pdf.SetLang("id-ID")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(margin, margin, margin)
	pdf.SetCellMargin(0)
	pdf.AliasNbPages(totalPages)
	pdf.SetFooterFunc(p.foot)
	p.page()
	return p, pdf.Error()
}

// page begins a page.
func (p *paper) page() {
	p.pdf.AddPage()
	p.y = margin
	if p.again != nil {
		p.again()
	}
}

// room begins a page unless so much fits on this one.
func (p *paper) room(height float64) {
	if p.y+height > p.low() {
		p.page()
	}
}

// low is where the text of a page ends.
func (p *paper) low() float64 { return p.high - 20 }

func (p *paper) foot() {
	y := p.high - 15
	p.line(margin, y, p.inside, 0.2, rule)
	l := small.of(7.5).in(grey)
	p.put(margin, y+1.5, p.inside-30, l, p.running)
	p.set(p.wide-margin-30, y+1.5, 30, l.at('L'), fmt.Sprintf("Halaman %d dari %s", p.pdf.PageNo(), totalPages))
}

// put sets one line at its upper edge, cut off with an ellipsis where it is too long.
func (p *paper) put(x, y, width float64, l look, text string) {
	l.font(p.pdf)
	text = clean(text, true)
	for wide := p.pdf.GetStringWidth(text); wide > width+0.1 && len(text) > 4; wide = p.pdf.GetStringWidth(text) {
		runes := []rune(strings.TrimSuffix(text, "…"))
		text = string(runes[:len(runes)-1]) + "…"
	}
	p.set(x, y, width, l, text)
}

func (p *paper) set(x, y, width float64, l look, text string) {
	l.font(p.pdf)
	l.colours(p.pdf)
	switch l.align {
	case 'C':
		x += (width - p.pdf.GetStringWidth(text)) / 2
	case 'R':
		x += width - p.pdf.GetStringWidth(text)
	}
	p.pdf.Text(x, y+l.baseline(), text)
}

// lines breaks a text.
func (p *paper) lines(width float64, l look, text string) []string {
	l.font(p.pdf)
	return p.pdf.SplitText(strings.TrimSpace(clean(text, true)), width)
}

// block sets a text in as many lines as it needs, and goes on below it.
func (p *paper) block(x, width float64, l look, text string) {
	for _, line := range p.lines(width, l, text) {
		p.room(l.height())
		p.set(x, p.y, width, l, line)
		p.y += l.height()
	}
}

// both sets an Indonesian text with its English beside it, or below where there is no
// room, and returns the height that they take.
func (p *paper) both(x, y, width float64, l look, id, en string) float64 {
	l.font(p.pdf)
	wide := p.pdf.GetStringWidth(clean(id, true))
	e := english.at(l.align)
	e.font(p.pdf)
	beside := wide + 1.6 + p.pdf.GetStringWidth(clean(en, true))
	switch {
	case en == "":
	case beside <= width && l.align != 'R' && l.align != 'C':
		p.put(x, y, width, l, id)
		p.put(x+wide+1.6, y+l.baseline()-e.baseline(), width-wide-1.6, e, en)
		return l.height()
	default:
		p.put(x, y, width, l, id)
		p.put(x, y+l.height(), width, e, en)
		return l.height() + e.height()
	}
	p.put(x, y, width, l, id)
	return l.height()
}

// heading begins a part of the document.
func (p *paper) heading(id, en string) {
	p.room(34) // with the head of a table and a first row
	p.y += 3.5
	p.both(margin, p.y, p.inside, look{sans, bold, 10, blue, 'L'}, id, en)
	p.y += 5.6
	p.line(margin, p.y, p.inside, 0.25, blue)
	p.y += 1.8
}

func (p *paper) line(x, y, width, thick float64, colour ink) {
	p.pdf.SetDrawColor(colour[0], colour[1], colour[2])
	p.pdf.SetLineWidth(thick)
	p.pdf.Line(x, y, x+width, y)
}

func (p *paper) box(x, y, width, height float64, edge ink) {
	p.pdf.SetDrawColor(edge[0], edge[1], edge[2])
	p.pdf.SetLineWidth(0.4)
	p.pdf.Rect(x, y, width, height, "D")
}

func (p *paper) fill(x, y, width, height float64, colour ink) {
	p.pdf.SetFillColor(colour[0], colour[1], colour[2])
	p.pdf.Rect(x, y, width, height, "F")
}

// Field is a fact with its name in both languages. Mono facts are hashes and addresses.
type Field struct {
	Name, English, Value string
	Mono                 bool
}

// fields sets facts below each other, names to the left; those without a value are left out.
func (p *paper) fields(names float64, all []Field) {
	for _, f := range all {
		if f.Value == "" {
			continue
		}
		l := strong
		if f.Mono {
			l = look{mono, plain, 8.5, black, 'L'}
		}
		value := p.lines(p.inside-names-3, l, f.Value)
		p.room(max(float64(len(value))*l.height(), body.height()) + 0.6)
		h := p.both(margin, p.y, names, body, f.Name, f.English)
		p.put(margin+names, p.y, 2, body, ":")
		for n, line := range value {
			p.set(margin+names+3, p.y+float64(n)*l.height(), p.inside-names-3, l, line)
		}
		p.y += max(h, float64(len(value))*l.height()) + 0.7
	}
}

func (p *paper) write(w io.Writer) error {
	if err := p.pdf.Output(w); err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	return nil
}
