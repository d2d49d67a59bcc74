package questionbank

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Statistics are the responses that items had in a pilot or in earlier sittings.
type Statistics struct {
	items map[string]Count
	data  []byte
	hash  string
}

// Count is what candidates reached on one version of one item.
type Count struct {
	Version int
	All     Sum            // everybody who was given the item
	At      [abilities]Sum // those at about ability -1, 0 and +1
}

// Sum adds up the points of responses; a blank is a response of 0 points.
type Sum struct{ Responses, Points int64 }

func (c *Count) add(d Count) {
	c.All = c.All.plus(d.All)
	for a := range c.At {
		c.At[a] = c.At[a].plus(d.At[a])
	}
}

func (s Sum) plus(t Sum) Sum { return Sum{s.Responses + t.Responses, s.Points + t.Points} }

// Hash is the SHA-256 of the file that was read, in hex; "" of none.
func (s *Statistics) Hash() string {
	if s == nil {
		return ""
	}
	return s.hash
}

// Bytes are the file that was read, for the archive.
func (s *Statistics) Bytes() []byte { return s.data }

// Stale counts the items of the file of which the bank has no such version: what is known
// of them is not used.
func (s *Statistics) Stale(b *Bank) int {
	n := 0
	for id, c := range s.items {
		if q, ok := b.Question(id); !ok || q.Version != c.Version {
			n++
		}
	}
	return n
}

// of finds the responses to this very version of a question.
func (s *Statistics) of(q *Question) (Count, bool) {
	if s == nil {
		return Count{}, false
	}
	c, ok := s.items[q.ID]
	if !ok || c.Version != q.Version {
		return Count{}, false
	}
	return c, true
}

// statisticsColumns are the columns of the file; those of the abilities may be left out.
var statisticsColumns = []string{
	"item", "version", "responses", "points",
	"low_responses", "low_points", "middle_responses", "middle_points", "high_responses", "high_points",
}

const (
	statisticsNeeded = 4
	maxResponses     = 1_000_000_000
)

// Counted is an item with its count.
type Counted struct {
	ID string
	Count
}

// EncodeStatistics is the table that ParseStatistics reads, with all its columns. Items
// that nobody was given are left out: nothing is known of them.
func EncodeStatistics(items []Counted) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write(statisticsColumns) // a buffer takes everything
	for _, c := range items {
		if c.All.Responses == 0 {
			continue
		}
		row := []string{c.ID, strconv.Itoa(c.Version)}
		for _, s := range []Sum{c.All, c.At[0], c.At[1], c.At[2]} {
			row = append(row, strconv.FormatInt(s.Responses, 10), strconv.FormatInt(s.Points, 10))
		}
		_ = w.Write(row)
	}
	w.Flush()
	return b.Bytes()
}

// ParseStatistics reads a table (CSV with comma, semicolon or tab; named columns in any
// order; a byte order mark may stand): one row an item with the version that was given, the
// number of responses and the sum of their points, and the same for candidates at about
// ability -1 (low), 0 (middle) and +1 (high): thirds by their score without the item, in
// what terang bank stats writes. Where anything is wrong, all of it is named
// and nothing is taken.
func ParseStatistics(file string, data []byte) (*Statistics, []Fault) {
	sum := sha256.Sum256(data)
	t := &statisticsTable{Statistics: &Statistics{items: make(map[string]Count), data: data, hash: hex.EncodeToString(sum[:])}, file: file}
	t.read(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if len(t.faults) > 0 {
		return nil, t.faults
	}
	return t.Statistics, nil
}

type statisticsTable struct {
	*Statistics
	file   string
	line   int
	column map[string]int
	faults []Fault
}

func (t *statisticsTable) fault(remedy, format string, args ...any) {
	t.faults = append(t.faults, Fault{t.file, t.line, fmt.Sprintf(format, args...), remedy})
}

func (t *statisticsTable) read(data []byte) {
	r := csv.NewReader(bytes.NewReader(data))
	head, _, _ := bytes.Cut(data, []byte("\n"))
	for _, comma := range ",;\t" {
		if strings.ContainsRune(string(head), comma) {
			r.Comma = comma
			break
		}
	}
	t.line = 1
	header, err := r.Read()
	if err != nil {
		t.fault("write the columns "+strings.Join(statisticsColumns, ","), "the file has no header: %v", err)
		return
	}
	t.columns(header)
	for len(t.faults) == 0 || t.column != nil {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			var at *csv.ParseError
			if errors.As(err, &at) {
				t.line = at.StartLine
			}
			t.fault("write as many cells as the header has", "the row cannot be read: %v", err)
			if !errors.Is(err, csv.ErrFieldCount) {
				return
			}
			continue
		}
		t.line, _ = r.FieldPos(0)
		t.row(row)
	}
}

func (t *statisticsTable) columns(header []string) {
	at := make(map[string]int)
	for i, name := range header {
		name = strings.TrimSpace(name)
		if _, twice := at[name]; twice || !slices.Contains(statisticsColumns, name) {
			t.fault("use "+strings.Join(statisticsColumns, ", ")+", each once", "the column %q is not known, or stands twice", name)
		}
		at[name] = i
	}
	for _, name := range statisticsColumns[:statisticsNeeded] {
		if _, ok := at[name]; !ok {
			t.fault("add it", "there is no column %s", name)
		}
	}
	if len(t.faults) == 0 {
		t.column = at
	}
}

func (t *statisticsTable) row(row []string) {
	id := strings.TrimSpace(row[t.column["item"]])
	if _, twice := t.items[id]; twice || !idShape.MatchString(id) {
		t.fault("write each item once, with its id in the bank", "the item %q is malformed or stands twice", id)
	}
	c := Count{Version: int(t.number(row, "version", 1))}
	c.All = t.sum(row, "responses", "points")
	for a, name := range []string{"low", "middle", "high"} {
		c.At[a] = t.sum(row, name+"_responses", name+"_points")
	}
	t.items[id] = c
}

func (t *statisticsTable) sum(row []string, responses, points string) Sum {
	s := Sum{t.number(row, responses, 0), t.number(row, points, 0)}
	if s.Points > s.Responses*maxValue {
		t.fault("write the sum of the points of all responses", "%d responses cannot have %d points", s.Responses, s.Points)
	}
	return s
}

// number is a cell; an empty one, or none, is the least.
func (t *statisticsTable) number(row []string, column string, least int64) int64 {
	i, ok := t.column[column]
	if !ok || strings.TrimSpace(row[i]) == "" {
		return least
	}
	n, err := strconv.ParseInt(strings.TrimSpace(row[i]), 10, 64)
	if err != nil || n < least || n > maxResponses*maxValue || strings.HasSuffix(column, "responses") && n > maxResponses {
		t.fault(fmt.Sprintf("write a whole number from %d", least), "column %s: %q is not one", column, row[i])
		return least
	}
	return n
}
