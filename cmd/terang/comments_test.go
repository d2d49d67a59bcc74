package main

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var pageNamed = regexp.MustCompile(`[\w./-]*\w\.md\b`)

// Comments send a reader to pages that are here: one that was never in the repository, or has
// gone, leaves whoever wants to know the source of a rule with nothing.
func TestCommentsNamePagesThatAreHere(t *testing.T) {
	exists := func(name string) bool {
		_, err := os.Stat(filepath.Join(root, filepath.FromSlash(name)))
		return !errors.Is(err, fs.ErrNotExist)
	}
	named := 0
	check(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"node_modules", "vendor"}, d.Name())):
			return filepath.SkipDir
		case d.IsDir() || !slices.Contains([]string{".go", ".js", ".sql", ".lua"}, filepath.Ext(name)):
			return nil
		}
		below, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		body, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(body)) {
			_, comment, is := strings.Cut(line, "// ")
			if !is {
				continue
			}
			for _, page := range pageNamed.FindAllString(comment, -1) {
				if named++; !exists(page) && !exists(path.Join(path.Dir(filepath.ToSlash(below)), page)) {
					t.Errorf("%s names %s, which is not here", filepath.ToSlash(below), page)
				}
			}
		}
		return nil
	}))
	if named == 0 {
		t.Error("no comment names any page: the walk has lost its way")
	}
}
