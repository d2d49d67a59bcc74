package process

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestProfileIsWrittenWhereItIsAsked(t *testing.T) {
	end, err := Profiled()
	if err != nil || end() != nil {
		t.Fatalf("nobody asked: %v", err)
	}
	dir := t.TempDir()
	t.Setenv(ProfileEnv, dir)
	if end, err = Profiled(); err != nil {
		t.Fatal(err)
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.pb.gz"))
	if err != nil || len(files) != 1 {
		t.Fatalf("profiles %v (%v), want one", files, err)
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(z); err != nil || len(text) == 0 {
		t.Errorf("the profile has %d bytes (%v)", len(text), err)
	}
	t.Setenv(ProfileEnv, filepath.Join(dir, "absent"))
	if _, err := Profiled(); err == nil {
		t.Error("a folder that is not there is no fault")
	}
}
