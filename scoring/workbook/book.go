package workbook

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"

	"terang/engine"
)

// Bounds are what a workbook may have before it is refused. A zip archive of a megabyte
// holds a gigabyte of spaces, and a text that stands once may be shown in a million cells.
type Bounds struct {
	Unpacked int64 // bytes of all its parts
	Text     int64 // bytes of what its cells show
}

const (
	rowsMost  = 1 << 20 // of a sheet: no program makes more
	cellsMost = 1 << 14 // of a row: the same
	// ratioMost is how much larger than packed the parts may be, beyond the first megabyte:
	// those of sheets that people fill in are five to thirty times as large.
	ratioMost = 50
)

// A Book is an Excel workbook that is being read. It is read here and not by a library,
// since those say what a cell's text is, and not whether it was a text or became one.
type Book struct {
	Sheets   []string // their names, from the first
	bounds   Bounds
	parts    map[string]*zip.File // by path in lower case
	paths    []string             // of the sheets
	texts    []string             // those that cells share
	formats  []format             // by style
	from1904 bool
}

// unreadable is the fault of a workbook that is none, or is broken.
func unreadable(err error) error {
	return engine.FaultOf(err, engine.Fault{What: "the workbook cannot be read: " + err.Error(), Remedy: "save it as .xlsx again, without a password"})
}

// Read opens a workbook. Its errors are faults.
func Read(file io.ReaderAt, size int64, bounds Bounds) (*Book, error) {
	b := &Book{bounds: bounds, parts: make(map[string]*zip.File)}
	err := b.unpack(file, size)
	if err == nil {
		err = b.contents()
	}
	if err != nil {
		return nil, unreadable(err)
	}
	return b, nil
}

func (b *Book) unpack(file io.ReaderAt, size int64) error {
	archive, err := zip.NewReader(file, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // nothing is written under these names
		return err
	}
	var unpacked uint64
	most := uint64(min(b.bounds.Unpacked, 1<<20+size*ratioMost))
	for _, part := range archive.File {
		if unpacked += part.UncompressedSize64; part.UncompressedSize64 > most || unpacked > most {
			return engine.Fault{What: fmt.Sprintf("unpacked the workbook has more than the %d MB that one of its size may have", most>>20), Remedy: "copy the cells into a new workbook, or divide it"}
		}
		b.parts[strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))] = part
	}
	return nil
}

// part opens a part of the workbook. It ends where the archive says that it ends.
func (b *Book) part(name string) (io.ReadCloser, error) {
	part, ok := b.parts[strings.ToLower(name)]
	if !ok {
		return nil, fmt.Errorf("%.100q is missing", name)
	}
	in, err := part.Open()
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(in, int64(part.UncompressedSize64)), in}, nil
}

// relations are the parts that a part names, by what it calls them.
type relations struct {
	Targets []struct {
		ID     string `xml:"Id,attr"`
		Kind   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

// of is the path of the first part of a kind, "" if there is none.
func (r relations) of(kind, folder string) string {
	for _, t := range r.Targets {
		if path.Base(t.Kind) == kind {
			return below(folder, t.Target)
		}
	}
	return ""
}

func below(folder, target string) string {
	if inside, absolute := strings.CutPrefix(target, "/"); absolute {
		return inside
	}
	return path.Join(folder, target)
}

// contents reads what the cells of all sheets refer to.
func (b *Book) contents() error {
	var top, named relations
	if err := b.decode("_rels/.rels", &top); err != nil {
		return err
	}
	book := top.of("officeDocument", "")
	folder, file := path.Split(book)
	var list struct {
		Props struct {
			From1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"id,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := errors.Join(b.decode(book, &list), b.decode(folder+"_rels/"+file+".rels", &named)); err != nil {
		return err
	}
	b.from1904 = list.Props.From1904 == "1" || list.Props.From1904 == "true"
	for _, s := range list.Sheets {
		for _, t := range named.Targets {
			if t.ID == s.ID {
				b.Sheets, b.paths = append(b.Sheets, s.Name), append(b.paths, below(folder, t.Target))
				break
			}
		}
	}
	if len(b.Sheets) == 0 {
		return errors.New("it has no sheet")
	}
	if styles := named.of("styles", folder); styles != "" {
		if err := b.styles(styles); err != nil {
			return err
		}
	}
	if texts := named.of("sharedStrings", folder); texts != "" {
		return b.shared(texts)
	}
	return nil
}

func (b *Book) decode(name string, into any) error {
	in, err := b.part(name)
	if err != nil {
		return err
	}
	if err := xml.NewDecoder(in).Decode(into); err != nil {
		return errors.Join(fmt.Errorf("%.100s: %w", name, err), in.Close())
	}
	return in.Close()
}

func (b *Book) styles(name string) error {
	var sheet struct {
		Own []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := b.decode(name, &sheet); err != nil {
		return err
	}
	codes := make(map[int]string, len(sheet.Own))
	for _, own := range sheet.Own {
		codes[own.ID] = own.Code
	}
	read := make(map[int]format)
	for _, style := range sheet.Cells {
		f, known := read[style.Format]
		if !known {
			code, own := codes[style.Format]
			if !own {
				code = builtIn(style.Format)
			}
			f = formatOf(code)
			read[style.Format] = f
		}
		b.formats = append(b.formats, f)
	}
	return nil
}

// shared reads the texts that cells share. One may be of several runs, and have marks beside
// it that say how to read it aloud.
func (b *Book) shared(name string) error {
	var text strings.Builder
	return b.scan(name, func(token xml.Token, inside []string) error {
		switch e := token.(type) {
		case xml.CharData:
			if isText(inside) {
				text.Write(e)
			}
		case xml.EndElement:
			if e.Name.Local == "si" {
				b.texts = append(b.texts, unescaped(text.String()))
				text.Reset()
			}
		}
		return nil
	})
}

// isText says whether characters are a cell's own.
func isText(inside []string) bool {
	if len(inside) < 2 || inside[len(inside)-1] != "t" {
		return false
	}
	return inside[len(inside)-2] != "rPh"
}

// depthMost is how deep the elements of a part may stand in each other.
const depthMost = 64

// errEnough ends a scan whose rest says nothing.
var errEnough = errors.New("enough")

// scan goes through a part token by token; inside are the names of the elements around one,
// its own the last.
func (b *Book) scan(name string, each func(token xml.Token, inside []string) error) (err error) {
	part, err := b.part(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, part.Close()) }()
	in := xml.NewDecoder(part)
	var inside []string
	for {
		token, err := in.RawToken()
		if errors.Is(err, io.EOF) && len(inside) == 0 {
			return nil
		}
		if err != nil {
			return unreadable(fmt.Errorf("%.100s: %w", name, err))
		}
		if e, is := token.(xml.StartElement); is {
			if inside = append(inside, e.Name.Local); len(inside) > depthMost {
				return unreadable(fmt.Errorf("%.100s: its elements stand too deep in each other", name))
			}
		}
		if err := each(token, inside); errors.Is(err, errEnough) {
			return nil
		} else if err != nil {
			return err
		}
		if _, is := token.(xml.EndElement); is {
			if len(inside) == 0 {
				return unreadable(fmt.Errorf("%.100s: an element ends that has not begun", name))
			}
			inside = inside[:len(inside)-1]
		}
	}
}

// escaped are the characters that XML cannot hold, as a workbook writes them.
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func unescaped(text string) string {
	if !strings.Contains(text, "_x") {
		return text
	}
	return escaped.ReplaceAllStringFunc(text, func(code string) string {
		n, _ := strconv.ParseUint(code[2:6], 16, 32) // the pattern has read it
		return string(rune(n))
	})
}
