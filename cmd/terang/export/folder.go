package export

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// makeFolder makes a folder that must not be there yet, for its owner alone, and those above it
// that are missing. drop removes the folder with all that is in it, and the others unless
// somebody else has put something there.
func makeFolder(path string) (drop func() error, err error) {
	path = filepath.Clean(path)
	var above []string // that are made, the nearest first
	for dir := filepath.Dir(path); missing(dir); dir = filepath.Dir(dir) {
		above = append(above, dir)
	}
	leave := func() {
		for _, dir := range above {
			_ = os.Remove(dir)
		}
	}
	if err = os.MkdirAll(filepath.Dir(path), 0o700); err == nil {
		err = os.Mkdir(path, 0o700)
	}
	if err != nil {
		leave()
		return nil, err
	}
	return func() error {
		defer leave()
		return os.RemoveAll(path)
	}, nil
}

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}
