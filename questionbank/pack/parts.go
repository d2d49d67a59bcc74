package pack

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
)

// partNames are the parts of a pack, in their order.
var partNames = []string{"note", "contents.age", "release-1+2.age", "release-1+3.age", "release-2+3.age"}

// pairs are the key-holders of each release part.
var pairs = [][2]int{{0, 1}, {0, 2}, {1, 2}}

// contentNames are the files that contents.age holds.
var contentNames = []string{"exam.json", "ruleset.json", "bank.json", "plan.json", "seed"}

// mostBytes bounds what is read of one part: a bank of some thousand items with figures
// has less than a tenth.
const mostBytes = 1 << 30

// join puts files into a tar. The same files give the same bytes.
func join(names []string, files map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range names {
		err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(files[name])), Format: tar.FormatUSTAR})
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(files[name]); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return out.Bytes(), err
}

// split takes apart exactly what join made of these names.
func split(names []string, data []byte) (map[string][]byte, error) {
	files := map[string][]byte{}
	r := tar.NewReader(bytes.NewReader(data))
	for _, name := range names {
		h, err := r.Next()
		if err != nil || h.Name != name || h.Size > mostBytes {
			return nil, fmt.Errorf("there is no part %q where one must be", name)
		}
		if files[name], err = io.ReadAll(r); err != nil {
			return nil, fmt.Errorf("part %q: %w", name, err)
		}
	}
	again, err := join(names, files)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, data) {
		return nil, fmt.Errorf("something stands in it beside its %d parts", len(names))
	}
	return files, nil
}
