package document

// column is one of a table.
type column struct {
	title, english string
	width          float64 // mm
	align          byte
}

// table is rows under a head that stands again on every page.
type table struct {
	columns []column
}

const cellPad = 1.4

func (t *table) width() (w float64) {
	for _, c := range t.columns {
		w += c.width
	}
	return w
}

// begin sets the head, and sees to it that it is set again on the pages to come.
func (t *table) begin(p *paper) {
	p.room(24)
	t.head(p)
	before := p.again
	p.again = func() {
		if before != nil {
			before()
		}
		t.head(p)
	}
}

// end forgets the head: what comes next is no row of the table.
func (t *table) end(p *paper) {
	p.line(margin, p.y, t.width(), 0.35, black)
	p.again = nil
	p.y += 1
}

func (t *table) head(p *paper) {
	const height = 9.4
	p.fill(margin, p.y, t.width(), height, tint)
	p.line(margin, p.y, t.width(), 0.35, black)
	x := margin
	for _, c := range t.columns {
		l := look{sans, bold, 8.5, black, c.align}
		p.put(x+cellPad, p.y+0.8, c.width-2*cellPad, l, c.title)
		e := english.of(7)
		e.align = c.align
		p.put(x+cellPad, p.y+4.8, c.width-2*cellPad, e, c.english)
		x += c.width
	}
	p.y += height
	p.line(margin, p.y, t.width(), 0.35, black)
}

// row sets one row whole on a page, as high as its longest cell; one that is higher than a
// page goes on over the next.
func (t *table) row(p *paper, l look, cells ...string) {
	broken := make([][]string, len(cells))
	most := 1
	for i, text := range cells {
		broken[i] = p.lines(t.columns[i].width-2*cellPad, l, text)
		most = max(most, len(broken[i]))
	}
	const pad = 1.5
	p.room(min(float64(most)*l.height()+pad, p.high-2*margin-30))
	for from := 0; from < most; {
		fits := max(1, int((p.low()-p.y-pad)/l.height()))
		to := min(most, from+fits)
		x := margin
		for i, c := range t.columns[:len(cells)] {
			for n, line := range broken[i][min(from, len(broken[i])):min(to, len(broken[i]))] {
				p.set(x+cellPad, p.y+pad/2+float64(n)*l.height(), c.width-2*cellPad, l.at(c.align), line)
			}
			x += c.width
		}
		p.y += float64(to-from)*l.height() + pad
		if from = to; from < most {
			p.page()
		}
	}
	p.line(margin, p.y, t.width(), 0.12, rule)
}
