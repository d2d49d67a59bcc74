package web

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"terang/engine"
	"terang/engine/filelock"
)

// sent is one event of a board's stream.
type sent struct {
	board      string
	name       string // reset or frame
	epoch, seq engine.Pos
	data       []byte
}

// boardID is what may be the id of a board, and the name of its file.
var boardID = regexp.MustCompile(`^[a-z0-9-]{1,40}(\.(site|sitting|formation)\.[a-z0-9-]{1,40})?$`)

// codeOf is what may be the code of an exam or a formation.
var codeOf = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

func examOfBoard(id string) string {
	code, _, _ := strings.Cut(id, ".")
	return code
}

func (e *sent) bytes() []byte {
	return append(fmt.Appendf(nil, "id: %d.%d\nevent: %s\ndata: ", e.epoch, e.seq, e.name), append(e.data, "\n\n"...)...)
}

// eventLine bounds a line of a stream: a whole board is one.
const eventLine = 256 << 20

// readEvents reads server-sent events (WHATWG HTML 9.2), as boards send them: one line of
// data each. use gets nil where the stream only says that it is alive. A stream that ends
// within an event has not sent it.
func readEvents(r io.Reader, board string, use func(*sent) error) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 64<<10), eventLine)
	e := &sent{board: board}
	for in.Scan() {
		field, value, _ := bytes.Cut(in.Bytes(), []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "id":
			epoch, seq, _ := strings.Cut(string(value), ".")
			en, err1 := strconv.ParseInt(epoch, 10, 64)
			sn, err2 := strconv.ParseInt(seq, 10, 64)
			if err := errors.Join(err1, err2); err != nil {
				return fmt.Errorf("event id %q: write EPOCH.SEQ: %w", value, err)
			}
			e.epoch, e.seq = engine.Pos(en), engine.Pos(sn)
		case "event":
			e.name = string(value)
		case "data":
			e.data = bytes.Clone(value)
		case "":
			if len(in.Bytes()) > 0 || e.data == nil { // a comment, or nothing
				if err := use(nil); err != nil {
					return err
				}
				continue
			}
			if e.name == "reset" || e.name == "frame" {
				if err := use(e); err != nil {
					return err
				}
			}
			e = &sent{board: board}
		}
	}
	if err := in.Err(); err != nil {
		return err
	}
	return io.ErrUnexpectedEOF
}

// feedFolder keeps what a source has told: a file for each board, which is the stream of
// its events. The zero value keeps nothing.
type feedFolder struct {
	dir  string
	lock *os.File

	mu    sync.Mutex
	files map[string]*feedFile
}

type feedFile struct {
	f     *os.File
	size  int64
	whole int64 // of the snapshot that it begins with
}

const (
	feedSuffix = ".events"
	// feedLeast is how large a file becomes before it is made anew from a snapshot; it
	// also holds a few times its snapshot.
	feedLeast, feedTimes = 4 << 20, 4
)

func openFeedFolder(dir, source string) (*feedFolder, error) {
	d := &feedFolder{dir: dir, files: make(map[string]*feedFile)}
	if dir == "" {
		return d, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // it holds what is public
		return nil, err
	}
	if err := d.take(); err != nil {
		return nil, err
	}
	name := filepath.Join(dir, "source")
	was, err := os.ReadFile(name) //nolint:gosec // in the folder that was named
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return d, os.WriteFile(name, []byte(source+"\n"), 0o644) //nolint:gosec // public
	case err != nil:
		return nil, errors.Join(err, d.close())
	case strings.TrimSpace(string(was)) != source:
		return nil, errors.Join(d.close(), fmt.Errorf("%s holds the boards of %s, not of %s: choose another folder, or remove it", dir, strings.TrimSpace(string(was)), source))
	}
	return d, nil
}

// take keeps every other process out: two that write what they are told would write it into
// each other's events.
func (d *feedFolder) take() (err error) {
	d.lock, err = filelock.Take(filepath.Join(d.dir, "lock"))
	if other := new(filelock.Held); errors.As(err, &other) {
		return fmt.Errorf("%s is in use by another board server, %s: stop that one, or choose another folder", d.dir, other.Who)
	}
	return err
}

// replay reads what was kept. The end of a file that was being written when the machine
// stopped is cut off.
func (d *feedFolder) replay(use func(*sent)) error {
	if d.dir == "" {
		return nil
	}
	names, err := filepath.Glob(filepath.Join(d.dir, "*"+feedSuffix))
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		board := strings.TrimSuffix(filepath.Base(name), feedSuffix)
		if !boardID.MatchString(board) {
			continue
		}
		file, err := d.open(board)
		if err != nil {
			return err
		}
		good := int64(0)
		err = readEvents(file.f, board, func(e *sent) error {
			if e != nil {
				use(e)
				size := int64(len(e.bytes()))
				if good += size; file.whole == 0 {
					file.whole = size
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("%s: %w", name, err)
		}
		if file.size = good; good > 0 || file.f != nil {
			if err := errors.Join(file.f.Truncate(good), seekTo(file.f, good)); err != nil {
				return err
			}
		}
	}
	return nil
}

func seekTo(f *os.File, at int64) error {
	_, err := f.Seek(at, io.SeekStart)
	return err
}

func (d *feedFolder) path(board string) string { return filepath.Join(d.dir, board+feedSuffix) }

// open returns the board's file; the caller holds the lock, or is alone.
func (d *feedFolder) open(board string) (*feedFile, error) {
	if file := d.files[board]; file != nil {
		return file, nil
	}
	f, err := os.OpenFile(d.path(board), os.O_RDWR|os.O_CREATE, 0o644) //nolint:gosec // public
	if err != nil {
		return nil, err
	}
	d.files[board] = &feedFile{f: f}
	return d.files[board], nil
}

// write appends an event. It survives the end of the process, not that of the machine:
// then the source is asked again.
func (d *feedFolder) write(e *sent) error {
	if d.dir == "" {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	file, err := d.open(e.board)
	if err != nil {
		return err
	}
	n, err := file.f.Write(e.bytes())
	if file.size += int64(n); file.whole == 0 {
		file.whole = file.size
	}
	if err != nil {
		return fmt.Errorf("%s: %w: what is told of the board cannot be kept; make room", file.f.Name(), err)
	}
	return nil
}

// shorten makes a file that has grown anew from a snapshot.
func (d *feedFolder) shorten(board string, whole func() *sent) error {
	if d.dir == "" {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	file := d.files[board]
	if file == nil || file.size < max(feedLeast, feedTimes*file.whole) {
		return nil
	}
	body := whole().bytes()
	next := d.path(board) + ".new"
	if err := os.WriteFile(next, body, 0o644); err != nil { //nolint:gosec // public
		return err
	}
	if err := errors.Join(os.Rename(next, d.path(board)), file.f.Close()); err != nil {
		return err
	}
	delete(d.files, board)
	file, err := d.open(board)
	if err != nil {
		return err
	}
	file.size, file.whole = int64(len(body)), int64(len(body))
	return seekTo(file.f, file.size)
}

func (d *feedFolder) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var faults []error
	for board, file := range d.files {
		faults = append(faults, file.f.Close())
		delete(d.files, board)
	}
	if d.lock != nil {
		faults = append(faults, d.lock.Close())
		d.lock = nil
	}
	return errors.Join(faults...)
}
