package document

import (
	"fmt"

	"github.com/boombuler/barcode/qr"
)

// quiet is the empty border that a reader of QR codes needs, in modules.
const quiet = 4

// code draws an address as a QR code of a given size with its border, as rectangles.
func (p *paper) code(x, y, size float64, address string) error {
	c, err := qr.Encode(address, qr.M, qr.Auto)
	if err != nil {
		return fmt.Errorf("QR code of %q: %w", address, err)
	}
	n := c.Bounds().Dx()
	module := size / float64(n+2*quiet)
	dark := func(i, j int) bool {
		r, _, _, _ := c.At(i, j).RGBA()
		return r == 0
	}
	p.pdf.SetFillColor(0, 0, 0)
	for j := range n {
		for from := 0; from < n; from++ {
			to := from
			for to < n && dark(to, j) {
				to++
			}
			if to > from { // a run of dark modules in one piece: no seams
				p.pdf.Rect(x+float64(from+quiet)*module, y+float64(j+quiet)*module, float64(to-from)*module, module, "F")
				from = to
			}
		}
	}
	return nil
}
