package pack_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"testing"
)

// untar takes a pack apart as anybody can, with a standard tool.
func untar(t testing.TB, file []byte) map[string][]byte {
	t.Helper()
	parts := map[string][]byte{}
	r := tar.NewReader(bytes.NewReader(file))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return parts
		}
		must(t, err)
		parts[h.Name], err = io.ReadAll(r)
		must(t, err)
	}
}

// retar puts parts together in the order that a pack has.
func retar(t testing.TB, parts map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range []string{"note", "contents.age", "release-1+2.age", "release-1+3.age", "release-2+3.age"} {
		must(t, w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(parts[name])), Format: tar.FormatUSTAR}))
		_, err := w.Write(parts[name])
		must(t, err)
	}
	must(t, w.Close())
	return out.Bytes()
}
