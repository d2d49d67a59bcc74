package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"terang/engine"
)

// packed is a workbook with this sheet and these shared texts.
func packed(t *testing.T, sheet func(w io.Writer), texts ...string) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := Write(&file, "Peserta", nil); err != nil {
		t.Fatal(err)
	}
	old, err := zip.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	part := func(name string) io.Writer {
		p, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	for _, f := range old.File {
		switch f.Name {
		case "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels":
			continue
		}
		if err := w.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	const kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	fmt.Fprintf(part("xl/_rels/workbook.xml.rels"), `<Relationships><Relationship Id="rId1" Type="%sworksheet" Target="/xl/worksheets/sheet1.xml"/><Relationship Id="rId2" Type="%ssharedStrings" Target="sharedStrings.xml"/></Relationships>`, kind, kind)
	shared := part("xl/sharedStrings.xml")
	fmt.Fprint(shared, "<sst>")
	for _, text := range texts {
		fmt.Fprintf(shared, "<si>%s</si>", text)
	}
	fmt.Fprint(shared, "</sst>")
	rows := part("xl/worksheets/sheet1.xml")
	fmt.Fprint(rows, "<worksheet><sheetData>")
	sheet(rows)
	fmt.Fprint(rows, "</sheetData></worksheet>")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A small file that unpacks to a large one, or shows one text over and over, is refused before
// it has been read, and a long sheet of people is not.
func TestABombIsRefusedAndALongSheetIsRead(t *testing.T) {
	people := func(w io.Writer) {
		for i := range 20_000 {
			fmt.Fprintf(w, `<row r="%d"><c r="A%d" s="1"><v>%d</v></c><c r="B%d" t="s"><v>0</v></c><c r="C%d" t="s"><v>0</v></c></row>`, i+1, i+1, 2410_0000+i, i+1, i+1)
		}
	}
	if table, err := Table(packed(t, people, "<t>barat</t>")); err != nil || bytes.Count(table, []byte("\n")) != 20_000 {
		t.Errorf("a sheet of 20,000 people: %d bytes, %v", len(table), err)
	}
	for name, file := range map[string][]byte{
		"spaces": packed(t, func(w io.Writer) {
			for range 64 {
				fmt.Fprint(w, strings.Repeat(" ", 1<<20))
			}
		}),
		"one text": packed(t, func(w io.Writer) {
			for range 3000 {
				fmt.Fprint(w, `<row><c t="s"><v>0</v></c></row>`)
			}
		}, "<t>"+strings.Repeat("x", 32<<10)+"</t>"),
		"rows": packed(t, func(w io.Writer) { fmt.Fprint(w, `<row r="1048577"><c><v>1</v></c></row>`) }),
	} {
		var fault engine.Fault
		if _, err := Table(file); !errors.As(err, &fault) || !strings.Contains(fault.Remedy, "divide it") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Texts of several runs, and characters that XML has no place for, are read as they are seen;
// what says how to pronounce them is not.
func TestTextsOfAWorkbookAreWhole(t *testing.T) {
	file := packed(t, func(w io.Writer) {
		fmt.Fprint(w, `<row><c t="s"><v>0</v></c><c t="inlineStr"><is><r><t>Ratna</t></r><r><t xml:space="preserve"> Dewi</t></r></is></c><c t="str"><f>A1</f><v>a_x005F_x0041_</v></c></row>`)
	}, `<r><t>no</t></r><r><rPr><b/></rPr><t>mor</t></r><rPh sb="0" eb="1"><t>NO</t></rPh>`)
	if table, err := Table(file); err != nil || string(table) != "nomor,Ratna Dewi,a_x0041_\n" {
		t.Errorf("got %q %v", table, err)
	}
}

func TestABrokenSheetIsAFault(t *testing.T) {
	for _, rows := range []string{
		`<row r="2"/><row r="2"/>`, `<row r="x"/>`, `<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>`, `<row><c r="?1"><v>1</v></c></row>`,
		`<row><c t="s"><v>7</v></c></row>`, `<row><c t="s"><v>-1</v></c></row>`, `<row><c`, `</a></b></c></d></e>`, strings.Repeat("<a>", 100),
	} {
		var fault engine.Fault
		if _, err := Table(packed(t, func(w io.Writer) { fmt.Fprint(w, rows) })); !errors.As(err, &fault) || fault.Remedy == "" {
			t.Errorf("%s: %v", rows, err)
		}
	}
}
