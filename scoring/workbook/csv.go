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
	"math/big"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// Bounds of a workbook that is read: a million rows of results unpack to some 300 MB, and
// a few kilobytes that unpack to more are a bomb.
const (
	unpackedMost = 2 << 30
	memoryMost   = 16 << 20 // a larger sheet is unpacked to a temporary file
	columnsMost  = 64
)

var (
	zipMagic = []byte("PK\x03\x04")
	oleMagic = []byte("\xd0\xcf\x11\xe0")
)

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
		return nil, errors.Join(fmt.Errorf("%s is an old workbook (.xls), or has a password: save it as Excel workbook (.xlsx) without one, or as CSV UTF-8", path), file.Close())
	case !bytes.Equal(head, zipMagic):
		return file, nil
	}
	out, in := io.Pipe()
	go func() {
		err := convert(file, in)
		_ = in.CloseWithError(errors.Join(err, file.Close())) // never fails
	}()
	return out, nil
}

// Table is Open for a file that is in memory: a text as it is, the first sheet of a workbook
// as CSV.
func Table(file []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(file, oleMagic):
		return nil, errors.New("it is an old workbook (.xls), or has a password: save it as Excel workbook (.xlsx) without one, or as CSV UTF-8")
	case !bytes.HasPrefix(file, zipMagic):
		return file, nil
	}
	var out bytes.Buffer
	err := convert(bytes.NewReader(file), &out)
	return out.Bytes(), err
}

// convert writes the first sheet as CSV. It reads through excelize, which may panic on what
// was made to make it.
func convert(file io.Reader, out io.Writer) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the workbook is broken (%v): save it again", p)
		}
	}()
	book, err := excelize.OpenReader(file, excelize.Options{UnzipSizeLimit: unpackedMost, UnzipXMLSizeLimit: memoryMost, RawCellValue: true})
	if err != nil {
		return fmt.Errorf("the workbook cannot be read: %w; save it as .xlsx again, without a password", err)
	}
	defer book.Close() //nolint:errcheck // its temporary files
	props, err := book.GetWorkbookProps()
	if err != nil {
		return fmt.Errorf("the workbook cannot be read: %w", err)
	}
	rows, err := book.Rows(book.GetSheetName(0))
	if err != nil {
		return fmt.Errorf("the first sheet cannot be read: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to its end
	s := sheet{out: csv.NewWriter(out), from1904: props.Date1904 != nil && *props.Date1904}
	for rows.Next() {
		cells, err := rows.Columns()
		if err != nil {
			return fmt.Errorf("the first sheet cannot be read: %w", err)
		}
		if err := s.row(cells); err != nil {
			return err
		}
	}
	s.out.Flush()
	return errors.Join(rows.Error(), s.out.Error())
}

// sheet is what is known of the first sheet while it is read.
type sheet struct {
	out      *csv.Writer
	header   []string
	from1904 bool
}

func (s *sheet) row(cells []string) error {
	if len(cells) > columnsMost {
		return fmt.Errorf("the first sheet has %d columns, at most %d are read: remove what is not needed", len(cells), columnsMost)
	}
	head := s.header == nil
	for i, cell := range cells {
		cell = strings.Join(strings.FieldsFunc(cell, func(r rune) bool { return r == '\n' || r == '\r' }), " ") // a row is one line
		if cells[i] = cell; !head && i < len(s.header) {
			cells[i] = s.plain(s.header[i], cell)
		}
	}
	if head {
		s.header = make([]string, len(cells))
		for i, cell := range cells {
			s.header[i] = strings.ToLower(strings.TrimSpace(cell))
		}
	}
	for len(cells) < len(s.header) { // empty cells at the end are not stored
		cells = append(cells, "")
	}
	if len(cells) < 2 {
		cells = append(cells, make([]string, 2-len(cells))...) // an empty line has to be a line
	}
	return s.out.Write(cells)
}

// plain is a cell as it is seen. A day is stored as a count of days, and a number as the
// binary fraction next to what was typed: 73.64 may stand there as 73.640000000000001.
func (s *sheet) plain(column, cell string) string {
	if strings.HasSuffix(column, "_date") {
		if days, err := strconv.ParseUint(cell, 10, 32); err == nil && days > 0 && days < 100_000 {
			if day, err := excelize.ExcelDateToTime(float64(days), s.from1904); err == nil {
				return day.Format(time.DateOnly)
			}
		}
		return cell
	}
	whole, fraction, point := strings.Cut(cell, ".")
	if !point || len(whole)+len(fraction) <= seenDigits {
		return cell
	}
	exact, ok := new(big.Rat).SetString(cell)
	if !ok || exact.Sign() < 0 || strings.ContainsAny(cell, "/xXpP_") {
		return cell
	}
	if !strings.ContainsAny(fraction, "eE") {
		return trimmed(exact.FloatString(max(0, seenDigits-len(strings.TrimLeft(whole, "0")))))
	}
	if exact.Cmp(big.NewRat(1, 1)) < 0 { // what is left of a sum that is 0
		return trimmed(exact.FloatString(seenDigits))
	}
	return cell // a long number, whose last digits the workbook has lost
}

// seenDigits are those that a spreadsheet shows of a number.
const seenDigits = 15

func trimmed(decimal string) string {
	if !strings.Contains(decimal, ".") {
		return decimal
	}
	return strings.TrimRight(strings.TrimRight(decimal, "0"), ".")
}
