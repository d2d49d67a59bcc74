package format

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"terang/questionbank"
	"terang/questionbank/format/draft"
)

// seeds are the files of one format, and what our own writer makes of the sample bank.
func seeds(f *testing.F, folder, written string) {
	f.Helper()
	entries, err := os.ReadDir(filepath.Join(files, folder))
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() && filepath.Ext(e.Name()) != ".golden" {
			f.Add(file(f, filepath.Join(files, folder, e.Name()), false).Data)
		}
	}
	if written != "" {
		var out bytes.Buffer
		if _, err := Write(written, &out, sample(f).Questions()[:3]); err != nil {
			f.Fatal(err)
		}
		f.Add(out.Bytes())
	}
}

// holds checks what must be true of every import, whatever was read.
func holds(t *testing.T, name string, data []byte) {
	whole, err := Read(name, []File{{Name: "soal", Data: data}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(whole.Faults) > 0 && len(whole.Questions) > 0 {
		t.Fatal("a file with faults was taken in part without being asked")
	}
	in, _ := Read(name, []File{{Name: "soal", Data: data}}, Options{Partial: true})
	if len(in.Questions)+len(in.Faults) == 0 {
		t.Fatal("neither a question nor a fault")
	}
	for _, f := range append(in.Faults, in.Warnings...) {
		if f.What == "" || f.Remedy == "" {
			t.Fatalf("a fault without words or remedy: %+v", f)
		}
	}
	for _, f := range in.Lacks {
		if strings.Contains(f.What, "canonical") || strings.Contains(f.What, "not on the list") {
			t.Fatalf("a draft holds what the bank refuses: %s", f)
		}
	}
	if len(in.Questions) == 0 {
		return
	}
	var out bytes.Buffer
	if _, err := Write("moodlexml", &out, in.Questions); err != nil {
		t.Fatal(err)
	}
	again, _ := Read("moodlexml", []File{{Name: "soal", Data: out.Bytes()}}, Options{})
	if len(again.Faults) > 0 {
		t.Fatalf("a draft cannot be read again: %s\n%s", again.Faults[0], out.Bytes())
	}
	for i := range in.Questions {
		a, b := questionbank.Text(in.Questions[i:i+1]), questionbank.Text(again.Questions[i:i+1])
		if !bytes.Equal(a, b) {
			t.Fatalf("a draft changes on its way out and in:\n%s\n%s", a, b)
		}
	}
}

func FuzzGIFT(f *testing.F) {
	seeds(f, "gift", "gift")
	f.Fuzz(func(t *testing.T, data []byte) { holds(t, "gift", data) })
}

func FuzzAiken(f *testing.F) {
	seeds(f, "aiken", "")
	f.Fuzz(func(t *testing.T, data []byte) { holds(t, "aiken", data) })
}

func FuzzMoodleXML(f *testing.F) {
	seeds(f, "moodlexml", "moodlexml")
	f.Fuzz(func(t *testing.T, data []byte) { holds(t, "moodlexml", data) })
}

func FuzzQTI(f *testing.F) {
	seeds(f, "qti", "qti")
	f.Fuzz(func(t *testing.T, data []byte) { holds(t, "qti", data) })
}

// The manifest is what a mutated archive hardly ever gets to.
func FuzzQTIManifest(f *testing.F) {
	entries, err := draft.Unzip(file(f, filepath.Join(files, "qti/package-2p2.zip"), true).Data)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(entries["imsmanifest.xml"])
	f.Fuzz(func(t *testing.T, data []byte) {
		entries["imsmanifest.xml"] = data
		var b bytes.Buffer
		if err := draft.Zip(&b, entries); err != nil {
			t.Fatal(err)
		}
		holds(t, "qti", b.Bytes())
	})
}

func FuzzCSV(f *testing.F) {
	seeds(f, "sheet", "")
	f.Fuzz(func(t *testing.T, data []byte) { holds(t, "csv", data) })
}

// sheetXML is the first sheet of a workbook.
const sheetXML = "xl/worksheets/sheet1.xml"

// The sheet inside a workbook, for the same reason.
func FuzzXLSX(f *testing.F) {
	book := excelize.NewFile()
	for i, cell := range []string{"soal", "a", "b", "kunci", "Apa?", "satu", "dua", "a"} {
		name, _ := excelize.CoordinatesToCellName(i%4+1, i/4+1)
		if err := book.SetCellStr("Sheet1", name, cell); err != nil {
			f.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		f.Fatal(err)
	}
	entries, err := draft.Unzip(b.Bytes())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(entries[sheetXML])
	f.Add(bytes.ReplaceAll(entries[sheetXML], []byte(`r="A2"`), []byte(`r="XFD1048576"`)))
	f.Add(bytes.ReplaceAll(entries[sheetXML], []byte(`<row r="2"`), []byte(`<row r="1048576"`)))
	f.Add(bytes.ReplaceAll(entries[sheetXML], []byte(`<v>`), []byte(`<f>1+1</f><v>9`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries[sheetXML] = data
		var b bytes.Buffer
		if err := draft.Zip(&b, entries); err != nil {
			t.Fatal(err)
		}
		holds(t, "xlsx", b.Bytes())
	})
}
