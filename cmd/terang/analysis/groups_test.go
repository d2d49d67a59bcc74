package analysis

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestGroupFilesAreReadWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "g.csv")
	write := func(rows string) {
		if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("number,group\n1-2,F\n12,M\n#,F\n")
	_, err := readGroups(path)
	for _, part := range []string{"row 3, column number: 12 stands twice", "row 4, column number", "2 faults, nothing was taken"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not say %q", err, part)
		}
	}
	write("number,group\n\n1-2,F\n\n12,M\n") // a blank line is a line
	if _, err := readGroups(path); err == nil || !strings.Contains(err.Error(), "row 5, column number: 12 stands twice") {
		t.Errorf("%v does not name row 5", err)
	}
	for _, rows := range []string{"number;group\n1-2;F\n13;M\n", "\ufeffNumber\tgroup\r\n1-2\tF\r\n13\tM\r\n"} {
		write(rows)
		if g, err := readGroups(path); err != nil || !reflect.DeepEqual(g.file, map[string]string{"12": "F", "13": "M"}) {
			t.Errorf("%q: %v, %v", rows, g.file, err)
		}
	}
	write("number,group\n1-2,F\n13,M\n")
	if g, err := readGroups(path); err != nil || !reflect.DeepEqual(g.file, map[string]string{"12": "F", "13": "M"}) {
		t.Errorf("%v, %v", g, err)
	}
}
