package draft

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // registers the decoder
	_ "image/jpeg"
	"image/png"
	"io/fs"
	"net/url"
	"path"
	"strings"

	"terang/questionbank"
)

// maxSide is the largest side of a picture that is decoded, in pixels; the bank's own limit
// is looked at afterwards.
const maxSide = 4000

// gallery gives every picture of one import its path in the bank.
type gallery struct {
	beside fs.FS
	byPath map[string][sha256.Size]byte
}

// figure makes the bank's figure of a picture that a text names. Whatever its name says, its
// bytes decide what it is. JPEG and GIF are made PNG, without loss beyond what they have.
func (r *Report) figure(g *gallery, at Place, it *Item, p Picture, name string) (*questionbank.Figure, bool) {
	data, own, remedy, err := g.load(it, p.Source)
	if err != nil {
		r.Fault(at, remedy, "the picture %q %v", short(p.Source), err)
		return nil, false
	}
	if converted, was, err := convert(data); err != nil {
		r.Fault(at, "save it as PNG, WebP or plain SVG", "the picture %q %v", short(p.Source), err)
		return nil, false
	} else if was != "" {
		r.Warn(at, "leave it so if it looks right", "the picture %q is %s and becomes PNG", short(p.Source), was)
		data = converted
	}
	if own != "" {
		name = own
	}
	alt := strings.Join(strings.Fields(strings.NewReplacer("[", "(", "]", ")").Replace(strings.ToValidUTF8(p.Alt, ""))), " ")
	f, err := questionbank.NewFigure(pictureName(name), alt, data)
	if err != nil {
		r.Fault(at, "save it as a PNG, WebP or SVG within the limits; an SVG as plain shapes", "the picture %q: %v", short(p.Source), err)
		return nil, false
	}
	g.name(f)
	return f, true
}

// name makes the path of the figure its own: another picture of the same name keeps it.
func (g *gallery) name(f *questionbank.Figure) {
	sum := sha256.Sum256(f.Data)
	if had, taken := g.byPath[f.Path]; taken && had != sum {
		ext := path.Ext(f.Path)
		base := strings.TrimSuffix(f.Path, ext)
		f.Path = base[:min(len(base), len("figures/")+70)] + "-" + hex.EncodeToString(sum[:4]) + ext
	}
	g.byPath[f.Path] = sum
}

func pictureName(s string) string {
	s = strings.TrimSuffix(path.Base(s), path.Ext(s))
	var b strings.Builder
	for _, r := range s {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			b.WriteRune(r)
		} else {
			b.WriteByte('-')
		}
	}
	s = b.String()
	return cmpOr(s[:min(len(s), 80)], "figure")
}

// load finds the bytes of a picture: in the address itself, among the files that came with
// the text, or beside it. Nothing is ever fetched.
func (g *gallery) load(it *Item, src string) (data []byte, name, remedy string, err error) {
	src = strings.TrimSpace(src)
	lower := strings.ToLower(src)
	switch {
	case src == "":
		return nil, "", "name its file", errors.New("has no address")
	case strings.HasPrefix(lower, "data:"):
		data, err = dataURI(src)
		return data, "", "write data:image/png;base64,…", err
	case strings.Contains(src, "://") || strings.HasPrefix(src, "//"):
		return nil, "", "put the file into the package or beside the file, and name it there", errors.New("is at an address on the net, which is never asked")
	}
	src = strings.TrimPrefix(src, "@@PLUGINFILE@@/")
	for _, name := range []string{src, unescaped(src), strings.TrimPrefix(unescaped(src), "./")} {
		for _, files := range []map[string][]byte{it.Files, it.Shared} {
			if data, ok := files[name]; ok {
				return data, name, "", nil
			}
		}
		if g.beside == nil || !fs.ValidPath(name) {
			continue
		}
		f, err := g.beside.Open(name)
		if err != nil {
			continue
		}
		info, err := f.Stat()
		f.Close() //nolint:errcheck // only read
		if err != nil || !info.Mode().IsRegular() || info.Size() > MaxPicture {
			return nil, "", fmt.Sprintf("name a file of at most %d bytes", MaxPicture), errors.New("is no regular file, or too large")
		}
		data, err := fs.ReadFile(g.beside, name)
		return data, name, "check the permissions", err
	}
	return nil, "", "add it to the package, or beside the file", errors.New("is not among the files")
}

func unescaped(s string) string {
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		s = s[:i]
	}
	u, err := url.PathUnescape(s)
	if err != nil {
		return s
	}
	return u
}

func dataURI(s string) ([]byte, error) {
	head, body, found := strings.Cut(s[len("data:"):], ",")
	if !found {
		return nil, errors.New("is a data address without a comma")
	}
	if len(body) > MaxPicture*2 {
		return nil, errors.New("is too large")
	}
	if strings.HasSuffix(strings.ToLower(strings.TrimSpace(head)), ";base64") {
		return Base64(unescaped(body))
	}
	text, err := url.PathUnescape(body)
	return []byte(text), err
}

// Base64 decodes with white space and with or without padding.
func Base64(s string) ([]byte, error) {
	s = strings.TrimRight(strings.Join(strings.Fields(s), ""), "=")
	data, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("is not valid base64: %w", err)
	}
	return data, nil
}

// convert makes PNG of JPEG and of GIF that stand still, and looks through a PNG to its
// end. was names what was converted; other types pass as they are.
func convert(data []byte) (out []byte, was string, err error) {
	kind := ""
	switch {
	case len(data) > MaxPicture:
		return nil, "", fmt.Errorf("has %d bytes, at most %d are read", len(data), MaxPicture)
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		kind = "PNG"
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		kind = "JPEG"
	case bytes.HasPrefix(data, []byte("GIF8")):
		kind = "GIF"
	default:
		return data, "", nil
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, "", fmt.Errorf("is a broken %s: %w", kind, err)
	}
	if c.Width > maxSide || c.Height > maxSide {
		return nil, "", fmt.Errorf("is %d × %d pixels, at most %d on a side are read", c.Width, c.Height, maxSide)
	}
	if kind == "GIF" && moves(data) {
		return nil, "", errors.New("is a GIF that moves")
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, "", fmt.Errorf("is a broken %s: %w", kind, err)
	}
	if kind == "PNG" {
		return data, "", nil
	}
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&b, img); err != nil {
		return nil, "", fmt.Errorf("cannot be made PNG: %w", err)
	}
	return b.Bytes(), kind, nil
}

// moves walks the blocks of a GIF up to a second picture, without decoding any.
func moves(data []byte) bool {
	table := func(flags byte) int {
		if flags&0x80 == 0 {
			return 0
		}
		return 3 << (flags&7 + 1)
	}
	const header = 13
	if len(data) < header {
		return false
	}
	at, pictures := header+table(data[10]), 0
	blocks := func() {
		for at < len(data) && data[at] != 0 {
			at += 1 + int(data[at])
		}
		at++
	}
	for at < len(data) {
		switch data[at] {
		case 0x21: // extension
			at += 2
			blocks()
		case 0x2c: // picture
			if pictures++; pictures > 1 || at+9 >= len(data) {
				return pictures > 1
			}
			at += 10 + table(data[at+9]) + 1
			blocks()
		default:
			return false
		}
	}
	return false
}
