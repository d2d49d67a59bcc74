package output

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	forAll   fs.FileMode = 0o644
	forOwner fs.FileMode = 0o600
)

// Public writes a file that everybody may read. The path "" or "-" is the standard output. A
// file that stood there is as it was until the new one is complete; the folder must exist.
func Public(path string, write func(io.Writer) error) error { return over(path, forAll, write) }

// Private is Public for a file that its owner alone may read: names, keys of items, figures
// that tell a key.
func Private(path string, write func(io.Writer) error) error { return over(path, forOwner, write) }

// Mirrored is Public for a file of a tree that is copied: the folders above it are made.
func Mirrored(path string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // what it holds is public
		return fmt.Errorf("write %s: %w", path, err)
	}
	return Public(path, Bytes(body))
}

// New writes a file for its owner alone that must not be there yet, whole: a secret key or a
// sealed pack is never written over. If it is there, the error is fs.ErrExist.
func New(path string, body []byte) error {
	err := place(path, forOwner, Bytes(body), os.Link)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w; it is never written over: choose another name or folder", err)
	}
	if err == nil {
		return nil
	}
	// Not every disk knows links: a stick that carries keys does not.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, forOwner)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = file.Write(body)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(path))
	}
	return nil
}

// Bytes writes bytes as they are.
func Bytes(body []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(body)
		return err
	}
}

// JSON writes a value so that people can read it too.
func JSON(v any) func(io.Writer) error {
	return func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
}

func over(path string, mode fs.FileMode, write func(io.Writer) error) error {
	if path == "" || path == "-" {
		return buffered(os.Stdout, write)
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return through(path, write)
	}
	return place(path, mode, write, os.Rename)
}

// through writes into what is no file, as a terminal or a pipe.
func through(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return errors.Join(buffered(file, write), file.Close())
}

// place writes beside the path, and lets the file take its name when it is complete.
func place(path string, mode fs.FileMode, write func(io.Writer) error, name func(from, to string) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone if it took its name
	err = errors.Join(buffered(file, write), file.Chmod(mode), file.Sync(), file.Close())
	if err == nil {
		err = name(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	out := bufio.NewWriterSize(w, 1<<16)
	return errors.Join(write(out), out.Flush())
}
