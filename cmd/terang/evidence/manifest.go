package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Name is the manifest's name in an export.
const Name = "manifest"

// Kinds of export.
const (
	Auditor = "auditor"
	Public  = "public"
)

// manifestTitle is the first line of a manifest, with the version of its format.
const manifestTitle = "terang export 1"

// Manifest names every file of an export.
type Manifest struct {
	Kind  string
	Exam  string
	At    string // RFC 3339, when it was made
	Files []File // in order of path

	signer string // name of the key that signed it, once it is read
}

// File is one file of an export.
type File struct {
	Path string // with slashes
	Size int64
	Hash string // SHA-256 in hex
}

// Has says whether the export holds a file.
func (m *Manifest) Has(path string) bool {
	_, ok := slices.BinarySearchFunc(m.Files, path, func(f File, path string) int { return strings.Compare(f.Path, path) })
	return ok
}

// Under lists the paths in a folder, in order.
func (m *Manifest) Under(folder string) (paths []string) {
	for _, f := range m.Files {
		if strings.HasPrefix(f.Path, folder+"/") {
			paths = append(paths, f.Path)
		}
	}
	return paths
}

// text is what is signed.
func (m *Manifest) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nkind %s\nexam %s\nat %s\n", manifestTitle, m.Kind, m.Exam, m.At)
	for _, f := range m.Files {
		fmt.Fprintf(&b, "%s %d %s\n", f.Hash, f.Size, f.Path)
	}
	return b.String()
}

// Seal hashes every file under dir and writes the signed manifest beside them, last: a
// folder without one is an export that did not come to its end.
func Seal(dir string, m Manifest, signer note.Signer) error {
	m.Files = nil
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || name == Name {
			return err
		}
		sum, size, err := hashFile(path)
		m.Files = append(m.Files, File{Path: filepath.ToSlash(name), Size: size, Hash: sum})
		return err
	})
	if err != nil {
		return fmt.Errorf("hash the export: %w", err)
	}
	slices.SortFunc(m.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	signed, err := note.Sign(&note.Note{Text: m.text()}, signer)
	if err != nil {
		return fmt.Errorf("sign the manifest: %w", err)
	}
	return os.WriteFile(filepath.Join(dir, Name), signed, 0o600)
}

func hashFile(path string) (string, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	size, err := io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// ReadManifest reads a manifest that one of the keys has signed.
func ReadManifest(signed []byte, keys note.Verifiers) (*Manifest, error) {
	n, err := note.Open(signed, keys)
	if err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	// Exactly these bytes: a signature of nobody known, which a note may carry, is read by nobody.
	want := []byte(n.Text + "\n")
	for _, s := range n.Sigs {
		sig, _ := base64.StdEncoding.DecodeString(s.Base64)
		want = fmt.Appendf(want, "— %s %s\n", s.Name, base64.StdEncoding.EncodeToString(sig))
	}
	if !bytes.Equal(want, signed) {
		return nil, errors.New("manifest: it holds more than what was signed")
	}
	lines := strings.Split(strings.TrimSuffix(n.Text, "\n"), "\n")
	m := &Manifest{signer: n.Sigs[0].Name}
	if len(lines) < 4 || lines[0] != manifestTitle {
		return nil, fmt.Errorf("manifest: it does not begin with %q", manifestTitle)
	}
	for i, field := range []struct {
		name string
		to   *string
	}{{"kind", &m.Kind}, {"exam", &m.Exam}, {"at", &m.At}} {
		value, ok := strings.CutPrefix(lines[i+1], field.name+" ")
		if !ok {
			return nil, fmt.Errorf("manifest line %d: %q expected", i+2, field.name)
		}
		*field.to = value
	}
	for i, line := range lines[4:] {
		f, err := parseFile(line)
		if err != nil {
			return nil, fmt.Errorf("manifest line %d: %w", i+5, err)
		}
		m.Files = append(m.Files, f)
	}
	if !slices.IsSortedFunc(m.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) }) {
		return nil, errors.New("manifest: its files are not in order")
	}
	return m, nil
}

func parseFile(line string) (File, error) {
	sum, rest, _ := strings.Cut(line, " ")
	size, path, ok := strings.Cut(rest, " ")
	n, err := strconv.ParseInt(size, 10, 64)
	if !ok || err != nil || len(sum) != 2*sha256.Size {
		return File{}, fmt.Errorf("%.80q is not hash, size and path", line)
	}
	if !filepath.IsLocal(filepath.FromSlash(path)) {
		return File{}, fmt.Errorf("%.80q leads out of the export", path)
	}
	return File{Path: path, Size: n, Hash: sum}, nil
}
