package format

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"terang/questionbank"
	"terang/questionbank/format/draft"
)

var update = flag.Bool("update", false, "write the golden reports anew")

const files = "../../testdata/formats"

// Files as other programs write them, good and hostile: what is taken, and every word of
// the report, stands beside them. A folder NAME.zip is packed first.
func TestEveryFileHasItsReport(t *testing.T) {
	for folder, formats := range map[string][]string{
		"gift": {"gift"}, "aiken": {"aiken"}, "moodlexml": {"moodlexml"}, "qti": {"qti"}, "sheet": {"csv", "xlsx"},
	} {
		entries, err := os.ReadDir(filepath.Join(files, folder))
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for _, e := range entries {
			if ext := path.Ext(e.Name()); ext == ".golden" || e.Name() == "figures" {
				continue
			}
			seen++
			for _, name := range formats {
				t.Run(folder+"/"+e.Name()+"/"+name, func(t *testing.T) {
					f := file(t, filepath.Join(files, folder, e.Name()), e.IsDir())
					if name == "xlsx" {
						f = workbook(t, f)
					}
					if name != "xlsx" && name != "aiken" && Detect(f) != name {
						t.Errorf("the file is taken for %q", Detect(f))
					}
					golden(t, filepath.Join(files, folder, f.Name+".golden"), report(t, name, f, filepath.Join(files, folder)))
				})
			}
		}
		if seen < 5 {
			t.Errorf("%s has %d files, 5 are the least", folder, seen)
		}
	}
}

func report(t *testing.T, name string, f File, beside string) string {
	t.Helper()
	var b strings.Builder
	whole, err := Read(name, []File{f}, Options{Beside: os.DirFS(beside)})
	if err != nil {
		t.Fatal(err)
	}
	in, _ := Read(name, []File{f}, Options{Beside: os.DirFS(beside), Partial: true})
	if len(whole.Faults) > 0 && len(whole.Questions) > 0 {
		t.Error("a file with faults was taken in part without being asked")
	}
	for kind, list := range map[string][]questionbank.Fault{"fault": in.Faults, "warning": in.Warnings, "lacks": in.Lacks} {
		for _, f := range list {
			if f.What == "" || f.Remedy == "" {
				t.Errorf("%s without words or remedy: %s", kind, f)
			}
		}
	}
	for _, f := range in.Faults {
		fmt.Fprintln(&b, "fault:", f)
	}
	for _, f := range in.Warnings {
		fmt.Fprintln(&b, "warning:", f)
	}
	for _, f := range in.Lacks {
		fmt.Fprintln(&b, "lacks:", f)
	}
	fmt.Fprintf(&b, "%d questions\n\n%s", len(in.Questions), questionbank.Text(in.Questions))
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is another report:\n%s", name, got)
	}
}

func file(t testing.TB, name string, folder bool) File {
	t.Helper()
	if !folder {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return File{Name: filepath.Base(name), Data: data}
	}
	entries := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(name), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		entries[p], err = os.ReadFile(filepath.Join(name, p))
		return err
	})
	var b bytes.Buffer
	if err == nil {
		err = draft.Zip(&b, entries)
	}
	if err != nil {
		t.Fatal(err)
	}
	return File{Name: filepath.Base(name), Data: b.Bytes()}
}

// workbook is a CSV file as a workbook: comma or semicolon, quotes and line ends as there.
func workbook(t testing.TB, f File) File {
	t.Helper()
	book := excelize.NewFile()
	for r, row := range rows(string(f.Data)) {
		for c, cell := range row {
			name, _ := excelize.CoordinatesToCellName(c+1, r+1)
			if err := book.SetCellStr("Sheet1", name, cell); err != nil {
				t.Fatal(err)
			}
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	return File{Name: strings.TrimSuffix(f.Name, ".csv") + ".xlsx", Data: b.Bytes()}
}

func rows(text string) [][]string {
	in := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	if head, _, _ := strings.Cut(text, "\n"); strings.Contains(head, ";") {
		in.Comma = ';'
	}
	in.FieldsPerRecord, in.LazyQuotes = -1, true
	all, _ := in.ReadAll()
	return all
}
