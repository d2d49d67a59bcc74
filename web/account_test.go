package web

import (
	"image/color"
	"regexp"
	"strconv"
	"testing"

	"github.com/boombuler/barcode/qr"
)

// A QR that is drawn turned or with a hole is one that no phone reads, and nobody sees why.
func TestTheQRIsDrawnAsItIsEncoded(t *testing.T) {
	t.Parallel()
	const text = "otpauth://totp/Terang:ratna?algorithm=SHA1&digits=6&issuer=Terang&period=30&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := qrPicture(text)
	if err != nil {
		t.Fatal(err)
	}
	dark := map[[2]int]bool{}
	for _, run := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-\d+z`).FindAllStringSubmatch(picture, -1) {
		x, _ := strconv.Atoi(run[1])
		y, _ := strconv.Atoi(run[2])
		n, _ := strconv.Atoi(run[3])
		for i := range n {
			dark[[2]int{x + i, y}] = true
		}
	}
	size := code.Bounds().Dx()
	if len(dark) < size*size/4 {
		t.Fatalf("%d of %d modules are dark", len(dark), size*size)
	}
	for y := range size + 2*qrQuiet {
		for x := range size + 2*qrQuiet {
			in := x >= qrQuiet && y >= qrQuiet && x < size+qrQuiet && y < size+qrQuiet
			if want := in && code.At(x-qrQuiet, y-qrQuiet) == color.Black; dark[[2]int{x, y}] != want {
				t.Fatalf("module %d, %d is dark: %v", x, y, !want)
			}
		}
	}
}
