package output

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func held(t *testing.T, path string) (string, fs.FileMode) {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(body), info.Mode().Perm()
}

// What cannot be written to its end leaves the file that stood there, and nothing beside it.
func TestAFileIsWholeOrAsItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list.csv")
	if err := Public(path, Bytes([]byte("old"))); err != nil {
		t.Fatal(err)
	}
	full := errors.New("the disk is full")
	err := Public(path, func(w io.Writer) error {
		_, _ = w.Write(make([]byte, 1<<20))
		return full
	})
	if body, _ := held(t, path); !errors.Is(err, full) || body != "old" {
		t.Errorf("%v, and the file holds %.20q", err, body)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// Who could read a file of that name before can not read what is written there for its owner.
func TestWhatIsForItsOwnerIsReadByNobodyElse(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean something else there")
	}
	path := filepath.Join(t.TempDir(), "stats.json")
	if err := Public(path, Bytes(nil)); err != nil {
		t.Fatal(err)
	}
	if _, mode := held(t, path); mode != forAll {
		t.Errorf("for everybody: mode %o", mode)
	}
	if err := Private(path, JSON(map[string]int{"n": 1})); err != nil {
		t.Fatal(err)
	}
	if body, mode := held(t, path); mode != forOwner || body != "{\n  \"n\": 1\n}\n" {
		t.Errorf("mode %o, %q", mode, body)
	}
}

func TestAKeyIsNeverWrittenOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "site.key")
	if err := New(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	err := New(path, []byte("second"))
	if body, mode := held(t, path); !errors.Is(err, fs.ErrExist) || body != "first" || mode&0o077 != 0 && runtime.GOOS != "windows" {
		t.Errorf("%v; mode %o, %q", err, mode, body)
	}
}

// A link goes on pointing, and a device stays one.
func TestTheFileTakesNothingsPlace(t *testing.T) {
	dir := t.TempDir()
	to, link := filepath.Join(dir, "to"), filepath.Join(dir, "link")
	if err := Public(to, Bytes([]byte("old"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, link); err != nil {
		t.Skip("no links here:", err)
	}
	if err := Public(link, Bytes([]byte("new"))); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(link)
	if body, _ := held(t, to); err != nil || body != "new" || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("%v, %q, %v", err, body, info.Mode())
	}
	null := filepath.Join(dir, "null")
	if err := os.Symlink(os.DevNull, null); err != nil {
		t.Fatal(err)
	}
	if err := Public(null, Bytes([]byte("nothing"))); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(null); err != nil || info.Mode().IsRegular() {
		t.Errorf("%v, %v", info, err)
	}
}
