package proctor

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
)

// face is a picture whose upper half is dark.
func face(wide, high int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, wide, high))
	for y := range high {
		for x := range wide {
			c := color.RGBA{230, 230, 230, 255}
			if y < high/2 {
				c = color.RGBA{20, 20, 20, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func asJPEG(m image.Image) []byte {
	var b bytes.Buffer
	_ = jpeg.Encode(&b, m, nil)
	return b.Bytes()
}

func asPNG(m image.Image) []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, m)
	return b.Bytes()
}

// turned writes into a JPEG how the camera was held.
func turned(file []byte, turn uint16) []byte {
	tiff := binary.LittleEndian.AppendUint32([]byte("II*\x00"), 8)
	tiff = binary.LittleEndian.AppendUint16(tiff, 1)
	for _, v := range []uint16{274, 3, 1, 0, turn, 0} {
		tiff = binary.LittleEndian.AppendUint16(tiff, v)
	}
	body := append([]byte("Exif\x00\x00"), tiff...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
	return slices.Concat(file[:2], segment, body, file[2:])
}

func TestAPhotoIsKeptUprightAndSmall(t *testing.T) {
	// A camera held on its right side: the dark half lies left.
	side := image.NewRGBA(image.Rect(0, 0, 1200, 900))
	for y := range 900 {
		for x := range 1200 {
			v := uint8(20)
			if x >= 600 {
				v = 230
			}
			side.SetRGBA(x, y, color.RGBA{v, v, v, 255})
		}
	}
	for name, file := range map[string][]byte{"as it is": asPNG(face(900, 1200)), "on its side": turned(asJPEG(side), 6)} {
		body, err := portrait(file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		m, err := jpeg.Decode(bytes.NewReader(body))
		if err != nil || m.Bounds().Dx() != 480 || m.Bounds().Dy() != 640 || bytes.Contains(body, []byte("Exif")) {
			t.Fatalf("%s: %v %v", name, err, m.Bounds())
		}
		up, _, _, _ := m.At(240, 100).RGBA()
		down, _, _, _ := m.At(240, 540).RGBA()
		if up > 0x4000 || down < 0xc000 {
			t.Errorf("%s: above %x, below %x", name, up, down)
		}
	}
	for name, file := range map[string][]byte{
		"text": []byte("GIF89a no picture"), "small": asPNG(face(100, 140)), "broad": asPNG(face(400, 300)), "cut": asPNG(face(300, 400))[:900],
	} {
		if _, err := portrait(file); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestAllEightWaysToHoldACameraAreRead(t *testing.T) {
	file := asJPEG(face(120, 160))
	for turn := range uint16(9) {
		want := max(1, int(turn))
		if got := orientation(turned(file, turn)); got != want {
			t.Errorf("%d is read as %d", turn, got)
		}
	}
	if orientation(file) != 1 {
		t.Error("a file that says nothing is not upright")
	}
}

func FuzzPortrait(f *testing.F) {
	f.Add(turned(asJPEG(face(130, 160)), 6))
	f.Add(asPNG(face(130, 160)))
	f.Fuzz(func(t *testing.T, file []byte) {
		body, err := portrait(file)
		if err == nil && len(body) == 0 {
			t.Fatal("neither a photo nor a fault")
		}
	})
}

func archive(t *testing.T, files map[string][]byte) *bytes.Reader {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, body := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(body)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b.Bytes())
}

func (b *bureau) load(files map[string][]byte, r PhotosRequest) (PhotosAnswer, error) {
	b.Helper()
	z := archive(b.T, files)
	r.Op, r.Zip, r.Size = uuid.NewString(), z, z.Size()
	return b.office.Photos(b.ctx, b.head, b.def.Code, r)
}

func TestPhotosAreTakenWholeOrNotAtAll(t *testing.T) {
	b := newBureau(t)
	good := asJPEG(face(300, 400))
	files := map[string][]byte{
		"foto/2410-0001.jpg": good, "24100002.PNG": asPNG(face(200, 260)), "2410-0099.jpg": good, "2410-0003.jpg": []byte("no"), ".DS_Store": []byte("x"), "__MACOSX/2410-0001.jpg": good,
	}
	a, err := b.load(files, PhotosRequest{})
	if err != nil || len(a.Faults) != 2 || a.Loaded != 0 {
		t.Fatalf("%+v %v", a, err)
	}
	for _, f := range a.Faults {
		if said := f.String(); !strings.HasPrefix(said, "photo 2410-0099.jpg: nobody on the roster") && !strings.HasPrefix(said, "photo 2410-0003.jpg: ") {
			t.Error(said)
		}
	}
	one := b.fresh().Find("2410-0001", "")[0]
	if body, err := Photo(b.ctx, b.db, one); err != nil || body != nil {
		t.Fatal("something was taken", err)
	}
	a, err = b.load(files, PhotosRequest{Partial: true})
	if err != nil || a.Loaded != 2 || len(a.Faults) != 2 || !slices.Equal(a.Missing, []string{"2410-0003", "2410-0004", "2410-0005", "2410-0006"}) {
		t.Fatalf("%+v %v", a, err)
	}
	if body, err := Photo(b.ctx, b.db, one); err != nil || !bytes.HasPrefix(body, []byte("\xff\xd8")) {
		t.Fatal(err)
	}
	if a, err := b.load(map[string][]byte{"2410-0001.jpg": good, "24100001.jpg": good}, PhotosRequest{}); err != nil || len(a.Faults) != 1 || !strings.Contains(a.Faults[0].What, "second photo of 2410-0001") {
		t.Fatalf("%+v %v", a, err)
	}
	// The journal knows that it was, and no picture.
	found := false
	b.ok(b.db.Read(b.ctx, engine.ExamStream+b.def.Code, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		found = found || e.Kind == engine.PhotosLoaded && e.MS == 2 && e.By == "kepala" && len(r.Body) < 500
		return err
	}))
	if !found {
		t.Error("the loading is not recorded")
	}
}

// Another face for the same number is how a stand-in would come in.
func TestAnotherPhotoTakesTwoAfterTheFreezeAndNoneAfterCheckIn(t *testing.T) {
	b := newBureau(t)
	first, other := map[string][]byte{"2410-0001.jpg": asJPEG(face(300, 400))}, map[string][]byte{"2410-0001.jpg": asJPEG(face(240, 400))}
	if _, err := b.load(first, PhotosRequest{}); err != nil {
		t.Fatal(err)
	}
	b.ok(b.office.FreezeRoster(b.ctx, b.head, b.def.Code))
	_, err := b.load(other, PhotosRequest{})
	b.is(err, engine.NeedsReason, "reason")
	_, err = b.load(other, PhotosRequest{Reason: "mistake"})
	b.is(err, engine.SecondPerson, "second")
	if a, err := b.load(first, PhotosRequest{}); err != nil || a.Replaced != 0 { // the same again is no other
		t.Fatalf("%+v %v", a, err)
	}
	b.checkin("2410-0001")
	b.settle()
	if a, err := b.load(other, PhotosRequest{Reason: "mistake"}); err != nil || len(a.Faults) != 1 || a.Faults[0].Photo != "2410-0001.jpg" || !strings.Contains(a.Faults[0].What, "has checked in") {
		t.Fatalf("%+v %v", a, err)
	}
}

func TestThePhotoOfWhoIsTakenOutIsErased(t *testing.T) {
	b := newBureau(t)
	if _, err := b.load(map[string][]byte{"2410-0006.jpg": asJPEG(face(300, 400))}, PhotosRequest{}); err != nil {
		t.Fatal(err)
	}
	gone := b.fresh().Find("2410-0006", "")[0]
	var rest []string
	for _, l := range strings.Split(b.file(), "\n") {
		if !strings.HasPrefix(l, "2410-0006") {
			rest = append(rest, l)
		}
	}
	c, _ := b.preview(strings.Join(rest, "\n"), false)
	b.take(RosterRequest{Shown: true, Change: c.ID()})
	if body, err := Photo(b.ctx, b.db, gone); err != nil || body != nil {
		t.Fatal("the photo is still there", err)
	}
}

// Whoever compares faces is shown each photo that was loaded, whatever the roster names.
func TestThePhotoThatWasLoadedIsOfferedAtTheDoor(t *testing.T) {
	b := newBureau(t)
	if _, err := b.load(map[string][]byte{"2410-0002.jpg": asJPEG(face(300, 400))}, PhotosRequest{}); err != nil {
		t.Fatal(err)
	}
	for number, want := range map[string]bool{"2410-0002": true, "2410-0001": false} {
		f, err := b.desk.Seek(b.ctx, s1, number)
		if err != nil || len(f.Here) != 1 || f.Here[0].HasPhoto != want {
			t.Errorf("%s: %v %+v", number, err, f.Here)
		}
	}
}

func TestPhotosBeforeTheRosterAreOneFault(t *testing.T) {
	b := newBureau(t)
	b.def.Code, b.def.Rehearsal = "skd-kosong", false
	file, err := b.def.File()
	b.ok(err)
	_, err = b.people.SaveExam(b.ctx, file)
	b.ok(err)
	one := asJPEG(face(300, 400))
	a, err := b.load(map[string][]byte{"2410-0001.jpg": one, "2410-0002.jpg": one}, PhotosRequest{})
	if err != nil || len(a.Faults) != 1 || a.Faults[0].What != "nobody is on the roster" {
		t.Errorf("%v %+v", err, a)
	}
}
