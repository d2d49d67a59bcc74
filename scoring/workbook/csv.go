// Package workbook lets every reader of a table take an Excel workbook too: it gives the
// first sheet as the CSV that a careful person would have saved of it, row for row, so that
// a fault's row and column are those of the workbook.
package workbook

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"terang/engine"
)

// columnsMost is how many columns a table of people has at most.
const columnsMost = 64

var (
	zipMagic = []byte("PK\x03\x04")
	oleMagic = []byte("\xd0\xcf\x11\xe0")

	// ofFile is for a file that an operator names: a sheet's million rows of results unpack
	// to some 300 MB, and show less than 100.
	ofFile = Bounds{Unpacked: 768 << 20, Text: 256 << 20}
	// ofUpload is for one that a page takes: some hundred thousand people.
	ofUpload = Bounds{Unpacked: 128 << 20, Text: 64 << 20}
)

var errOld = engine.Fault{What: "it is an old workbook (.xls), or has a password", Remedy: "save it as Excel workbook (.xlsx) without one, or as CSV UTF-8"}

// Open opens a table: a text file as it is, the first sheet of a workbook as CSV. Which it
// is, the first bytes say and not the name.
func Open(path string) (io.ReadCloser, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	head, err := bufio.NewReaderSize(file, 16).Peek(len(zipMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), file.Close())
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), file.Close())
	}
	switch {
	case bytes.Equal(head, oleMagic):
		return nil, errors.Join(fmt.Errorf("%s: %w", path, errOld), file.Close())
	case !bytes.Equal(head, zipMagic):
		return file, nil
	}
	out, in := io.Pipe()
	go func() {
		err := convertFile(file, in)
		_ = in.CloseWithError(errors.Join(err, file.Close())) // never fails
	}()
	return out, nil
}

// Table is Open for a file that is in memory: a text as it is, the first sheet of a workbook
// as CSV.
func Table(file []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(file, oleMagic):
		return nil, errOld
	case !bytes.HasPrefix(file, zipMagic):
		return file, nil
	}
	var out bytes.Buffer
	err := convert(bytes.NewReader(file), int64(len(file)), ofUpload, &out)
	return out.Bytes(), err
}

func convertFile(file *os.File, out io.Writer) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return convert(file, info.Size(), ofFile, out)
}

// convert writes the first sheet as CSV. What cannot be read is an engine.Fault, with the
// place of a cell that cannot be told as it is seen.
func convert(file io.ReaderAt, size int64, bounds Bounds, out io.Writer) error {
	book, err := Read(file, size, bounds)
	if err != nil {
		return err
	}
	s := sheet{out: csv.NewWriter(out), from1904: book.from1904}
	if err := book.Rows(0, s.row); err != nil {
		return err
	}
	s.out.Flush()
	return s.out.Error()
}

// sheet is what is known of the first sheet while it is read.
type sheet struct {
	out      *csv.Writer
	header   []string
	line     int // the last that is written
	from1904 bool
}

func (s *sheet) row(line int, stored []Cell) error {
	for s.line++; s.line < line; s.line++ { // rows without a cell need not be stored
		if err := s.out.Write(make([]string, max(2, len(s.header)))); err != nil {
			return err
		}
	}
	var cells []string
	for _, c := range stored {
		if c.Column >= columnsMost {
			return engine.Fault{Row: line, What: fmt.Sprintf("the first sheet has more than the %d columns that are read", columnsMost), Remedy: "remove what is not needed"}
		}
		text, err := s.text(c)
		if err != nil {
			return err
		}
		cells = append(cells, make([]string, c.Column-len(cells))...)
		cells = append(cells, text)
	}
	if s.header == nil {
		s.header = make([]string, len(cells))
		for i, cell := range cells {
			s.header[i] = strings.ToLower(strings.TrimSpace(cell))
		}
	}
	for len(cells) < max(2, len(s.header)) { // cells at the end, and a line of one that is empty
		cells = append(cells, "")
	}
	return s.out.Write(cells)
}

// text is a cell as it is seen, in one line.
func (s *sheet) text(c Cell) (string, error) {
	column := Column(c.Column)
	if c.Column < len(s.header) && s.header[c.Column] != "" {
		column = s.header[c.Column]
	}
	if c.Wrong != "" {
		return "", engine.Fault{Row: s.line, Column: column, What: c.Wrong, Remedy: "format the cells as text, and write again what they should say"}
	}
	if strings.HasSuffix(column, "_date") {
		return dayOf(c.Text, s.from1904), nil
	}
	return strings.Join(strings.FieldsFunc(c.Text, func(r rune) bool { return r == '\n' || r == '\r' }), " "), nil
}
