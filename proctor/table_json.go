package proctor

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// keyless is the cell of a column whose key an object does not have. It is trimmed to nothing
// as any blank cell is, and no value is written so.
const keyless = "\v"

// has says whether the row says anything of a column, be it that there is nothing: a JSON
// object may leave out what another of its array has.
func (r row) has(column string) bool {
	i, ok := r.t.columns[column]
	return ok && i < len(r.fields) && r.fields[i] != keyless
}

// rowsOfJSON is an array of objects as the table that a spreadsheet would hold: a line for
// each object, under the names that occur in any of them.
func rowsOfJSON(data []byte) ([]byte, error) {
	in := json.NewDecoder(bytes.NewReader(data))
	in.UseNumber()
	var objects []map[string]any
	if err := in.Decode(&objects); err != nil {
		return nil, err
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands after the closing bracket")
	}
	names := make(map[string]bool)
	for _, o := range objects {
		for name := range o {
			names[name] = true
		}
	}
	columns := slices.Sorted(maps.Keys(names))
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	// A bytes.Buffer takes every write.
	_ = w.Write(columns)
	for _, o := range objects {
		cells := make([]string, len(columns))
		for i, name := range columns {
			cells[i] = keyless
			if value, said := o[name]; said {
				cells[i] = cellOfJSON(value)
			}
		}
		_ = w.Write(cells)
	}
	w.Flush()
	return b.Bytes(), nil
}

// cellOfJSON is a value as a cell of a spreadsheet; an object is NAME=VALUE, several with a
// space between, as minima are written. A line break would be another row's, and blanks
// around a value could be taken for keyless.
func cellOfJSON(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case map[string]any:
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, key+"="+cellOfJSON(v[key]))
		}
		return strings.Join(parts, " ")
	}
	return strings.TrimSpace(strings.NewReplacer("\r", " ", "\n", " ").Replace(fmt.Sprint(v)))
}
