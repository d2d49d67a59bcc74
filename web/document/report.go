package document

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"strconv"
)

// Report is figures for those who judge an exam: chapters with tables, and charts whose
// texts carry their figures.
type Report struct {
	Head
	Title, English string
	Facts          []Field
	Chapters       []Chapter
}

// Chapter is a table with what is said of it, and perhaps a chart.
type Chapter struct {
	Name, English string
	Notes         []string
	Chart         *Chart
	Columns       [][2]string // Indonesian and English; the first is text, the others are numbers
	Rows          [][]string
}

// Chart is bars: upright ones for a distribution, lying ones for names.
type Chart struct {
	Upright bool
	Most    int // length of a full bar; 0: the longest
	Bars    []Bar
	Mark    string // label of a line between bars, "" if there is none
	MarkAt  int    // before which bar it stands, in thousandths of a bar from the first
}

// Bar has a value that is not negative, and its text.
type Bar struct {
	Label string
	Value int
	Text  string
}

func (c *Chart) most() int {
	most := max(1, c.Most)
	for _, b := range c.Bars {
		most = max(most, b.Value)
	}
	return most
}

// WritePDF writes the report as A4 pages.
func (r *Report) WritePDF(w io.Writer) error {
	p, err := newPaper(false, r.Title+" – "+r.Exam, r.Authority, fmt.Sprintf("%s · posisi jurnal %d · %s", r.Code, r.Position, r.Title), r.Issued)
	if err != nil {
		return err
	}
	p.letterhead(&r.Head, r.Title, r.English)
	p.y += 1
	p.fields(55, append(r.Facts, r.source()...))
	for i := range r.Chapters {
		r.Chapters[i].set(p)
	}
	return p.write(w)
}

func (c *Chapter) set(p *paper) {
	if c.Chart != nil && c.Chart.Upright {
		p.room(80)
	}
	p.heading(c.Name, c.English)
	if c.Chart != nil {
		c.Chart.set(p)
	}
	if len(c.Columns) > 0 {
		first := max(44, p.inside-float64(len(c.Columns)-1)*26)
		t := table{columns: []column{{title: c.Columns[0][0], english: c.Columns[0][1], width: first}}}
		for _, names := range c.Columns[1:] {
			t.columns = append(t.columns, column{title: names[0], english: names[1], width: (p.inside - first) / float64(len(c.Columns)-1), align: 'R'})
		}
		t.begin(p)
		for _, row := range c.Rows {
			t.row(p, small.of(8.5), row...)
		}
		t.end(p)
	}
	for _, n := range c.Notes {
		p.block(margin, p.inside, small, n)
	}
}

func (c *Chart) set(p *paper) {
	if c.Upright {
		c.upright(p)
		return
	}
	const high, names = 4.6, 52.0
	wide := p.inside - names - 24
	for _, b := range c.Bars {
		p.room(high)
		p.put(margin, p.y+0.4, names-2, small, b.Label)
		p.fill(margin+names, p.y+0.7, wide, high-1.6, tint)
		p.fill(margin+names, p.y+0.7, wide*float64(b.Value)/float64(c.most()), high-1.6, blue)
		p.put(margin+names+wide+2, p.y+0.4, 22, small, b.Text)
		p.y += high
	}
	p.y += 2
}

func (c *Chart) upright(p *paper) {
	const high = 34.0
	p.room(high + 16)
	step := p.inside / float64(max(1, len(c.Bars)))
	base := p.y + high + 8 // the mark is named above the highest bar
	for i, b := range c.Bars {
		x, h := margin+float64(i)*step, high*float64(b.Value)/float64(c.most())
		p.fill(x+0.4, base-h, step-0.8, h, blue)
		if b.Text != "" {
			p.put(x-2, base-h-3.4, step+4, small.of(6.5).at('C'), b.Text)
		}
		p.put(x-2, base+0.8, step+4, small.of(6.5).at('C'), b.Label)
	}
	p.line(margin, base, p.inside, 0.3, black)
	if c.Mark != "" {
		x := margin + float64(c.MarkAt)/1000*step
		p.pdf.SetDrawColor(red[0], red[1], red[2])
		p.pdf.SetLineWidth(0.4)
		p.pdf.Line(x, base-high-7, x, base)
		p.put(x+1, base-high-7.6, 50, small.of(7).in(red), c.Mark)
	}
	p.y = base + 6
}

//go:embed report.html
var reportFile embed.FS

// WriteHTML writes the report as one page that needs nothing else.
func (r *Report) WriteHTML(w io.Writer) error {
	page, err := template.New("report.html").Funcs(template.FuncMap{
		"moment": Moment,
		"source": func() []Field { return r.source() },
		"draw":   (*Chart).drawn,
	}).ParseFS(reportFile, "report.html")
	if err != nil {
		return fmt.Errorf("report page: %w", err)
	}
	if err := page.Execute(w, r); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// drawnBar is a bar with its place in a drawing of 1000 by the chart's height.
type drawnBar struct {
	Bar
	X, Y, W, H, Middle, Under, Over string
}

type drawing struct {
	Height string
	Bars   []drawnBar
	Mark   string
	MarkX  string
	Base   string
}

// drawn lays the chart out for HTML.
func (c *Chart) drawn() drawing {
	f := func(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
	most := float64(c.most())
	if !c.Upright {
		d := drawing{Height: f(float64(len(c.Bars)) * 26)}
		for i, b := range c.Bars {
			y := float64(i) * 26
			if label := []rune(b.Label); len(label) > 34 {
				b.Label = string(label[:33]) + "…"
			}
			d.Bars = append(d.Bars, drawnBar{Bar: b, X: "300", Y: f(y + 4), W: f(580 * float64(b.Value) / most), H: "16", Over: f(y + 17)})
		}
		return d
	}
	const high = 190.0
	const top = 40.0 // the mark is named above the highest bar
	d := drawing{Height: f(high + top + 20), Base: f(high + top), Mark: c.Mark}
	step := 1000 / float64(max(1, len(c.Bars)))
	for i, b := range c.Bars {
		h := high * float64(b.Value) / most
		x := float64(i) * step
		d.Bars = append(d.Bars, drawnBar{Bar: b, X: f(x + 2), Y: f(high + top - h), W: f(step - 4), H: f(h), Middle: f(x + step/2), Under: f(high + top + 15), Over: f(high + top - 4 - h)})
	}
	d.MarkX = f(float64(c.MarkAt) / 1000 * step)
	return d
}
