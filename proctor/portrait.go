package proctor

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	_ "image/png"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"
)

// Bounds of a registration photo, in pixels and bytes. A face of less is recognised by
// nobody; more is scaled down, and what is far more is no portrait.
const (
	portraitBytes  = 8 << 20
	portraitLeast  = 120 // of the shorter side
	portraitMost   = 5000
	portraitWide   = 480 // as it is kept
	portraitHigh   = 640
	portraitFine   = 85  // of a hundred: JPEG quality
	portraitAspect = 110 // width at most this many hundredths of the height
)

// portrait checks a photo by decoding it, and returns it as it is kept: upright, not larger
// than it is shown, and without what a camera writes beside the picture (place and owner).
func portrait(file []byte) ([]byte, error) {
	if len(file) > portraitBytes {
		return nil, fmt.Errorf("the file has over %d MB", portraitBytes>>20)
	}
	head, kind, err := image.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, errors.New("it is no JPEG, PNG or WebP picture")
	}
	if head.Width > portraitMost || head.Height > portraitMost {
		return nil, fmt.Errorf("it is %d by %d pixels, at most %d are read", head.Width, head.Height, portraitMost)
	}
	picture, _, err := image.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("the picture is damaged: %w", err)
	}
	turn := 1
	if kind == "jpeg" {
		turn = orientation(file)
	}
	wide, high := picture.Bounds().Dx(), picture.Bounds().Dy()
	if turn >= 5 {
		wide, high = high, wide
	}
	switch {
	case min(wide, high) < portraitLeast:
		return nil, fmt.Errorf("it is %d by %d pixels, a face needs %d on the shorter side", wide, high, portraitLeast)
	case wide*100 > high*portraitAspect:
		return nil, fmt.Errorf("it is %d by %d pixels, broader than high: a portrait is upright", wide, high)
	}
	out := scaled(picture, turn, wide, high)
	var b bytes.Buffer
	if err := jpeg.Encode(&b, out, &jpeg.Options{Quality: portraitFine}); err != nil {
		return nil, fmt.Errorf("keep the picture: %w", err)
	}
	return b.Bytes(), nil
}

// scaled is the picture upright on white, within the size in which it is kept.
func scaled(picture image.Image, turn, wide, high int) *image.RGBA {
	toWide, toHigh := wide, high
	if toWide > portraitWide {
		toWide, toHigh = portraitWide, toHigh*portraitWide/toWide
	}
	if toHigh > portraitHigh {
		toWide, toHigh = toWide*portraitHigh/toHigh, portraitHigh
	}
	toWide, toHigh = max(1, toWide), max(1, toHigh)
	lie := image.Rect(0, 0, toWide, toHigh)
	if turn >= 5 {
		lie = image.Rect(0, 0, toHigh, toWide)
	}
	small := image.NewRGBA(lie)
	draw.Draw(small, lie, image.White, image.Point{}, draw.Src)
	draw.CatmullRom.Scale(small, lie, picture, picture.Bounds(), draw.Over, nil)
	if turn == 1 {
		return small
	}
	up := image.NewRGBA(image.Rect(0, 0, toWide, toHigh))
	w, h := lie.Dx()-1, lie.Dy()-1
	for y := range lie.Dy() {
		for x := range lie.Dx() {
			to := [9]image.Point{1: {x, y}, 2: {w - x, y}, 3: {w - x, h - y}, 4: {x, h - y}, 5: {y, x}, 6: {h - y, x}, 7: {h - y, w - x}, 8: {y, w - x}}[turn]
			up.SetRGBA(to.X, to.Y, small.RGBAAt(x, y))
		}
	}
	return up
}

// orientation is how a camera held the picture, 1 to 8 as in the Exif standard (CIPA
// DC-008, tag 274); 1, upright, where the file does not say.
func orientation(file []byte) int {
	for at := 2; at+4 <= len(file) && file[at] == 0xff; {
		size := int(binary.BigEndian.Uint16(file[at+2:]))
		if file[at+1] == 0xda || size < 2 || at+2+size > len(file) { // the picture itself
			return 1
		}
		if body, exif := bytes.CutPrefix(file[at+4:at+2+size], []byte("Exif\x00\x00")); file[at+1] == 0xe1 && exif {
			return orientationOf(body)
		}
		at += 2 + size
	}
	return 1
}

func orientationOf(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if tiff[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	for n := int64(order.Uint16(tiff[at:])); n > 0; n-- {
		entry := at + 2 + (n-1)*12
		if entry+12 > int64(len(tiff)) {
			continue
		}
		if turn := int(order.Uint16(tiff[entry+8:])); order.Uint16(tiff[entry:]) == 274 && turn >= 1 && turn <= 8 {
			return turn
		}
	}
	return 1
}
