package export

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"terang/cmd/terang/evidence"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// spillPeople is how many people's streams are held in memory at once.
const spillPeople = 1000

// streams writes the exam's own stream, that of all accounts, those of its sittings and of
// whatever else bears its code, and then its attempts. The journal is read once, in its order: a database that has
// its events by position would be asked for everything once per stream otherwise.
func (e *exporting) streams(ctx context.Context, code string, listed *proctor.Listed) error {
	w, err := evidence.NewWriter(e.dir)
	if err != nil {
		return err
	}
	e.attempts = make(map[string]bool, len(listed.People))
	for _, p := range listed.People {
		e.attempts[engine.AttemptStream+p.Attempt] = true
	}
	spill, err := newSpill(e.dir, 1+len(e.attempts)/spillPeople)
	if err != nil {
		return err
	}
	defer spill.remove()
	office := make(map[string][]engine.Record)
	var fault error
	var draws []evidence.Draw
	e.acted = make(map[string]bool)
	reads := newReadings(code)
	err = stores.EachEvent(ctx, e.stores.Journal, func(r engine.Record, event *engine.Event) {
		switch {
		case fault != nil:
		case e.attempts[r.Stream]:
			fault = spill.put(&r)
			e.acted[event.By], e.acted[event.Two] = true, true
		case r.Stream == engine.LogStream && event.Kind == engine.LogWritten:
			e.written = append(e.written, evidence.Written{Pos: r.Pos, Table: event.MS})
		case r.Stream == proctor.StaffAccounts:
			r.Body = slices.Clone(r.Body)
			office[r.Stream] = append(office[r.Stream], r)
		case strings.HasPrefix(r.Stream, engine.AuditStream):
			if reads.take(&r, event) {
				e.acted[event.By] = true
			}
		case ofExam(r.Stream, code):
			r.Body = slices.Clone(r.Body)
			office[r.Stream] = append(office[r.Stream], r)
			e.acted[event.By], e.acted[event.Two] = true, true
			if event.Kind == engine.SeatsSealed {
				draws = append(draws, e.drawn(strings.TrimPrefix(r.Stream, engine.SittingStream)))
			}
		}
	})
	if err = errors.Join(err, fault); err != nil {
		return err
	}
	if err := writeLines(e, evidence.DrawsName, draws); err != nil {
		return err
	}
	e.reads = reads.mine
	if err := writeLines(e, evidence.ReadingsName, reads.lines); err != nil {
		return err
	}
	own := engine.ExamStream + code
	names := append([]string{own, proctor.StaffAccounts}, slices.DeleteFunc(slices.Sorted(maps.Keys(office)), func(s string) bool { return s == own || s == proctor.StaffAccounts })...)
	for _, name := range names {
		if err := w.Write(name, office[name]); err != nil {
			return err
		}
	}
	for _, name := range names {
		if name != own && !strings.HasPrefix(name, engine.SittingStream) {
			continue // what others name is of people, and not of what the exam came to
		}
		if err := e.archived(ctx, office[name]); err != nil {
			return err
		}
	}
	for i := range spill.files {
		of, err := spill.take(i)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(of)) {
			if err := w.Write(name, of[name]); err != nil {
				return err
			}
		}
	}
	return w.Close()
}

// ofExam says whether a stream bears the exam's code: KIND/CODE, KIND/CODE.x or KIND/CODE/x.
func ofExam(stream, code string) bool {
	_, id, _ := strings.Cut(stream, "/")
	rest, ok := strings.CutPrefix(id, code)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '/')
}

// spill sorts records by their streams on the disk.
type spill struct {
	dir   string
	files []*os.File
	out   []*bufio.Writer
	buf   []byte
}

func newSpill(dir string, files int) (*spill, error) {
	tmp, err := os.MkdirTemp(dir, "sorting-")
	if err != nil {
		return nil, err
	}
	s := &spill{dir: tmp}
	for i := range files {
		f, err := os.Create(filepath.Join(tmp, fmt.Sprint(i)))
		if err != nil {
			return nil, errors.Join(err, os.RemoveAll(tmp))
		}
		s.files, s.out = append(s.files, f), append(s.out, bufio.NewWriterSize(f, 1<<16))
	}
	return s, nil
}

func (s *spill) remove() {
	for _, f := range s.files {
		_ = f.Close()
	}
	_ = os.RemoveAll(s.dir)
}

// put writes a record behind the others of its stream.
func (s *spill) put(r *engine.Record) error {
	h := fnv.New32a()
	_, _ = io.WriteString(h, r.Stream)
	b := s.buf[:0]
	b = binary.AppendUvarint(b, uint64(len(r.Stream)))
	b = append(b, r.Stream...)
	b = binary.AppendVarint(b, int64(r.Pos))
	b = binary.AppendVarint(b, int64(r.N))
	b = append(b, r.Hash[:]...)
	b = binary.AppendUvarint(b, uint64(len(r.Body)))
	s.buf = append(b, r.Body...)
	_, err := s.out[h.Sum32()%uint32(len(s.out))].Write(s.buf) //nolint:gosec // there are few files
	return err
}

// take reads what one file holds, by stream.
func (s *spill) take(i int) (map[string][]engine.Record, error) {
	if err := s.out[i].Flush(); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(s.files[i].Name())
	if err != nil {
		return nil, err
	}
	of := make(map[string][]engine.Record)
	in := bytes.NewReader(text)
	bytesOf := func() []byte {
		n, _ := binary.ReadUvarint(in)
		from := len(text) - in.Len()
		_, _ = in.Seek(int64(n), io.SeekCurrent) //nolint:gosec // written here
		return text[from : from+int(n)]          //nolint:gosec // written here
	}
	for in.Len() > 0 {
		r := engine.Record{Stream: string(bytesOf())}
		pos, _ := binary.ReadVarint(in)
		n, _ := binary.ReadVarint(in)
		_, _ = io.ReadFull(in, r.Hash[:])
		r.Pos, r.N, r.Body = engine.Pos(pos), int(n), bytesOf()
		of[r.Stream] = append(of[r.Stream], r)
	}
	return of, nil
}
