package evidence

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"terang/engine"
)

// partBytes is how much text a file of streams holds before the next is begun: parts are
// checked side by side.
const partBytes = 8 << 20

// Stream is one stream as an export holds it.
type Stream struct {
	Name   string
	Events []Stored
	N      int         // how many events were stored
	Head   engine.Hash // as stored beside the last event
}

// Stored is one event.
type Stored struct {
	Pos  engine.Pos
	Body []byte // valid until the next stream is read
}

// Writer writes streams into the parts of an export.
type Writer struct {
	dir  string
	part int
	size int
	file *os.File
	zip  *gzip.Writer
	buf  *bufio.Writer
}

// NewWriter writes below dir/streams, which must not exist yet.
func NewWriter(dir string) (*Writer, error) {
	folder := filepath.Join(dir, "streams")
	return &Writer{dir: folder}, os.Mkdir(folder, 0o700)
}

// Write adds a stream.
func (w *Writer) Write(name string, records []engine.Record) error {
	if w.file != nil && w.size >= partBytes {
		if err := w.Close(); err != nil {
			return err
		}
	}
	if w.file == nil {
		w.part++
		f, err := os.Create(filepath.Join(w.dir, fmt.Sprintf("%05d.gz", w.part)))
		if err != nil {
			return err
		}
		w.file, w.size = f, 0
		if w.zip, err = gzip.NewWriterLevel(f, gzip.BestSpeed); err != nil {
			return err
		}
		w.buf = bufio.NewWriterSize(w.zip, 1<<16)
	}
	line := fmt.Appendf(nil, "# %s\n", name)
	for i := range records {
		r := &records[i]
		if bytes.IndexByte(r.Body, '\n') >= 0 {
			return fmt.Errorf("%s version %d holds a line feed: its bytes are not an event's", name, r.N)
		}
		line = strconv.AppendInt(line, int64(r.Pos), 10)
		line = append(append(append(line, '\t'), r.Body...), '\n')
	}
	var head engine.Hash
	if len(records) > 0 {
		head = records[len(records)-1].Hash
	}
	line = fmt.Appendf(line, "= %d %s\n", len(records), head)
	w.size += len(line)
	_, err := w.buf.Write(line)
	return err
}

// Close ends the part that is being written.
func (w *Writer) Close() error {
	if w.file == nil {
		return nil
	}
	err := errors.Join(w.buf.Flush(), w.zip.Close(), w.file.Close())
	w.file = nil
	return err
}

// ReadPart visits the streams of one part.
func ReadPart(path string, visit func(*Stream) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := ReadStreams(f, visit); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return nil
}

// ReadStreams visits the streams of a part that is read from anywhere.
func ReadStreams(r io.Reader, visit func(*Stream) error) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return err
	}
	var s *Stream
	for line, rest := 1, text; len(rest) > 0; line++ {
		var b []byte
		b, rest, _ = bytes.Cut(rest, []byte{'\n'})
		if len(b) < 2 {
			return fmt.Errorf("line %d is empty", line)
		}
		switch {
		case b[0] == '#' && s == nil:
			s = &Stream{Name: string(b[2:])}
		case s == nil:
			return fmt.Errorf("line %d belongs to no stream", line)
		case b[0] == '=':
			n, sum, _ := bytes.Cut(b[2:], []byte{' '})
			if s.N, err = strconv.Atoi(string(n)); err != nil {
				return fmt.Errorf("line %d: %w", line, err)
			}
			if s.Head, err = engine.ParseHash(string(sum)); err != nil {
				return fmt.Errorf("line %d: %w", line, err)
			}
			if err := visit(s); err != nil {
				return err
			}
			s = nil
		default:
			pos, body, ok := bytes.Cut(b, []byte{'\t'})
			at, err := strconv.ParseInt(string(pos), 10, 64)
			if !ok || err != nil {
				return fmt.Errorf("line %d of %s begins with no position", line, s.Name)
			}
			s.Events = append(s.Events, Stored{engine.Pos(at), body})
		}
	}
	if s != nil {
		return fmt.Errorf("stream %s has no end", s.Name)
	}
	return nil
}
