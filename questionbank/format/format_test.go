package format

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"terang/questionbank"
	"terang/questionbank/format/draft"
	"terang/questionbank/format/sheet"
)

func TestFormatsAreToldByNameAndContent(t *testing.T) {
	packed := func(names ...string) []byte {
		files := map[string][]byte{}
		for _, n := range names {
			files[n] = []byte("x {=a ~b}")
		}
		var b bytes.Buffer
		if err := draft.Zip(&b, files); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"a.bank", nil, "terang"}, {"A.GIFT", nil, "gift"}, {"a.csv", nil, "csv"}, {"a.tsv", nil, "csv"}, {"a.xlsx", nil, "xlsx"},
		{"a.txt", []byte("Apa?\nA. x\nB. y\nANSWER: A\n"), "aiken"}, {"a.txt", []byte("Apa? {=x ~y}"), "gift"}, {"a.txt", []byte("Apa?"), ""},
		{"a.xml", []byte("<quiz/>"), "moodlexml"}, {"a.xml", []byte(`<assessmentItem identifier="a"/>`), "qti"}, {"a.xml", []byte(`<qti-assessment-item/>`), "qti"},
		{"a.zip", packed("imsmanifest.xml", "a.xml"), "qti"}, {"a.zip", packed("soal.bank", "figures/a.svg"), "terang"},
		{"a.zip", packed("soal.gift", "a.png"), "gift"}, {"a.zip", packed("t.csv", "a.png"), "csv"}, {"a.zip", []byte("no zip"), "qti"},
		{"a.docx", nil, ""}, {"a", nil, ""},
	} {
		if got := Detect(File{Name: tt.name, Data: tt.data}); got != tt.want {
			t.Errorf("%s (%.20q) is taken for %q, want %q", tt.name, tt.data, got, tt.want)
		}
	}
}

func TestWhatIsNoFormatIsRefusedWithAList(t *testing.T) {
	if _, err := Read("docx", nil, Options{}); err == nil || !strings.Contains(err.Error(), "gift, aiken") {
		t.Error(err)
	}
	if _, err := Write("aiken", &bytes.Buffer{}, nil); err == nil || !strings.Contains(err.Error(), "terang, gift, moodlexml, qti") {
		t.Error(err)
	}
	for _, name := range Names() {
		in, err := Read(name, nil, Options{})
		if err != nil || len(in.Faults) == 0 {
			t.Errorf("%s: no file is no fault", name)
		}
	}
}

func TestAnEmptyFileIsNamed(t *testing.T) {
	full := File{Name: "soal.gift", Data: []byte("::a:: 1+1? {=2 ~3}\n")}
	for _, files := range [][]File{{{Name: "kosong.gift", Data: []byte("\xef\xbb\xbf\n")}}, {full, {Name: "kosong.gift"}}} {
		in, err := Read("gift", files, Options{})
		if err != nil || len(in.Faults) != 1 || in.Faults[0].File != "kosong.gift" || in.Faults[0].Remedy == "" || in.Questions != nil {
			t.Errorf("%+v %v", in, err)
		}
		in, err = Read("gift", files, Options{Partial: true})
		if err != nil || len(in.Questions) != len(files)-1 {
			t.Errorf("%+v %v", in, err)
		}
	}
	in, _ := Read("gift", []File{{Name: "kata.gift", Data: []byte("// nothing\n")}}, Options{})
	if len(in.Faults) != 1 || in.Faults[0].File != "kata.gift" {
		t.Errorf("%+v", in.Faults)
	}
}

// Two questions of one code are no versions of each other: whoever wants both has to say which
// is which, in every format.
func TestACodeIsReadOnce(t *testing.T) {
	bank := func(stem string) string {
		return "== TWK-X-001 ==\nversion: 1\n\n" + stem + "\n\na) [5] satu\nb) [0] dua\n"
	}
	gift := func(stem string) string { return "// [id:TWK-X-001]\n" + stem + " {=satu ~dua}\n" }
	table := func(stem string) string { return "id,question,a,b,key\nTWK-X-001," + stem + ",satu,dua,A\n" }
	for name, text := range map[string]func(string) string{"terang": bank, "gift": gift, "csv": table} {
		files := []File{{Name: "a." + name, Data: []byte(text("Siapa?"))}, {Name: "b." + name, Data: []byte(text("Di mana?"))}}
		in, err := Read(name, files, Options{})
		if err != nil || len(in.Questions) > 0 || len(in.Faults) != 1 {
			t.Errorf("%s: %+v %v", name, in, err)
			continue
		}
		if f := in.Faults[0]; f.File != files[1].Name || !strings.Contains(f.What, "TWK-X-001: the id stands twice, also at "+files[0].Name+":") {
			t.Errorf("%s: %v", name, f)
		}
		in, _ = Read(name, files, Options{Partial: true})
		if len(in.Questions) != 1 || len(in.Faults) != 1 || !strings.Contains(in.Questions[0].Stem, "Siapa?") {
			t.Errorf("%s, partial: %+v", name, in)
		}
	}
}

// fails is a writer on a full disk.
type fails struct{}

func (fails) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestAWriterThatFailsIsToldOf(t *testing.T) {
	qs := sample(t).Questions()[:2]
	for _, name := range Writable() {
		if _, err := Write(name, fails{}, qs); err == nil {
			t.Errorf("%s: nothing was written, and nobody knows", name)
		}
	}
}

func TestOptionsFillWhatTheFileDoesNotSay(t *testing.T) {
	const text = "$CATEGORY: TIU/analogi\n\n// [tag:terang:topic=deret] [tag:hard]\nApa? {=a1 ~b1}\n\n$CATEGORY: top\n\nSiapa? {=a1 ~b1}\n"
	in, err := Read("gift", []File{{Name: "a.gift", Data: []byte(text)}},
		Options{Section: "TWK", Topic: "nasionalisme", Band: questionbank.Easy, Author: "Ratna", Reviewer: "Bagus", Lang: "en", Points: 4})
	if err != nil || len(in.Faults)+len(in.Lacks) > 0 || len(in.Questions) != 2 {
		t.Fatalf("%v, %+v", err, in)
	}
	a, b := &in.Questions[0], &in.Questions[1]
	// a tag of ours goes before the options, and they before a category, which is a guess
	if got := fmt.Sprint(a.Section, a.Topic, a.Band, a.Lang, a.Options[0].Value); got != "TWKderethard"+"en4" {
		t.Errorf("the first has %s", got)
	}
	if got := fmt.Sprint(b.Section, b.Topic, b.Band, b.Author, b.Reviewer); got != "TWKnasionalismeeasyRatnaBagus" {
		t.Errorf("the second has %s", got)
	}
}

func book(t *testing.T, fill func(*excelize.File)) File {
	t.Helper()
	b := excelize.NewFile()
	for i, cell := range []string{"soal", "a", "b", "kunci", "Apa?", "satu", "dua", "a"} {
		name, _ := excelize.CoordinatesToCellName(i%4+1, i/4+1)
		if err := b.SetCellStr("Sheet1", name, cell); err != nil {
			t.Fatal(err)
		}
	}
	fill(b)
	var out bytes.Buffer
	if err := b.Write(&out); err != nil {
		t.Fatal(err)
	}
	return File{Name: "a.xlsx", Data: out.Bytes()}
}

func TestAWorkbookSaysWhatIsNotRead(t *testing.T) {
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		fill  func(*excelize.File)
		told  string
		taken int
	}{
		"plain":   {func(*excelize.File) {}, "", 1},
		"numbers": {func(b *excelize.File) { must(b.SetCellInt("Sheet1", "B2", 1500)) }, "", 1},
		"formula": {func(b *excelize.File) { must(b.SetCellFormula("Sheet1", "B2", "1+1")) }, "there are formulas", 1},
		"second sheet": {func(b *excelize.File) {
			_, err := b.NewSheet("Lain")
			must(err)
			must(b.SetCellStr("Lain", "A1", "x"))
		}, `the sheet "Lain" is not read`, 1},
		"picture": {func(b *excelize.File) {
			must(b.AddPictureFromBytes("Sheet1", "E2", &excelize.Picture{Extension: ".png", File: square(t)}))
		}, "there are pictures in the sheet", 0},
		"far cell": {func(b *excelize.File) { must(b.SetCellStr("Sheet1", "XFD3", "x")) }, "larger than", 0},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := Read("xlsx", []File{book(t, tt.fill)}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			told := fmt.Sprint(in.Faults, in.Warnings)
			if !strings.Contains(told, tt.told) || tt.told == "" && told != "[] []" || len(in.Questions) != tt.taken {
				t.Errorf("%d taken, told %s", len(in.Questions), told)
			}
		})
	}
	entries, err := draft.Unzip(book(t, func(*excelize.File) {}).Data)
	must(err)
	entries[sheetXML] = bytes.ReplaceAll(entries[sheetXML], []byte(`<row r="2"`), []byte(`<row r="1048576"`))
	var far bytes.Buffer
	must(draft.Zip(&far, entries))
	if in, _ := Read("xlsx", []File{{Name: "far.xlsx", Data: far.Bytes()}}, Options{}); len(in.Faults) != 1 || !strings.Contains(in.Faults[0].What, "larger than") {
		t.Errorf("a row beyond the last: %v", in.Faults)
	}
	if in, _ := Read("xlsx", []File{{Name: "a.xlsx", Data: []byte("\xd0\xcf\x11\xe0 an old workbook")}}, Options{}); len(in.Faults) != 1 || !strings.Contains(in.Faults[0].Remedy, ".xlsx") {
		t.Errorf("an old workbook: %v", in.Faults)
	}
}

// What Excel has made of an option is taken only if every computer shows it as it was typed.
func TestAnOptionOfAWorkbookIsWhatItsAuthorSees(t *testing.T) {
	for name, tt := range map[string]struct {
		value  any
		format string
		option string // "" if it is refused
	}{
		"a percent":               {0.25, "0%", "25%"},
		"a whole number":          {1945, "", "1945"},
		"a number with its zeros": {7, "000", "007"},
		"a text of digits":        {"1.1", "", "1.1"},
		"a decimal":               {1.1, "", ""},
		"a decimal percent":       {0.125, "0.0%", ""},
		"thousands":               {1500, "#,##0", ""},
		"a day":                   {16666, "d-m-yyyy", ""},
		"a half":                  {45659, "d-mmm", ""},
		"TRUE":                    {true, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := book(t, func(b *excelize.File) {
				err := b.SetCellValue("Sheet1", "B2", tt.value)
				if tt.format != "" {
					style, bad := b.NewStyle(&excelize.Style{CustomNumFmt: &tt.format})
					err = errors.Join(err, bad, b.SetCellStyle("Sheet1", "B2", "B2", style))
				}
				if err != nil {
					t.Fatal(err)
				}
			})
			in, err := Read("xlsx", []File{file}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case tt.option == "":
				if len(in.Questions) != 0 || len(in.Faults) != 1 || in.Faults[0].Line != 2 || !strings.Contains(fmt.Sprint(in.Faults), "column a") || !strings.Contains(in.Faults[0].Remedy, "as text") {
					t.Errorf("%d taken, faults %v; want one of line 2, column a", len(in.Questions), in.Faults)
				}
			case len(in.Questions) != 1 || len(in.Faults) > 0 || in.Questions[0].Options[0].HTML != tt.option:
				t.Errorf("got %+v %v, want %q", in.Questions, in.Faults, tt.option)
			}
		})
	}
}

func TestAnOpenQuoteIsNamedWhereItStands(t *testing.T) {
	in, err := Read("csv", []File{{Name: "soal.csv", Data: []byte("soal,a,b,kunci\nApa?,x,y,A\n\"Siapa?,x,y,A\nKapan?,x,y,A\n")}}, Options{})
	if err != nil || len(in.Faults) != 1 || in.Faults[0].Line != 3 {
		t.Errorf("%v %v, want a fault of line 3", err, in.Faults)
	}
}

// A bank that is opened in a spreadsheet computes nothing, and is read back as it was.
func TestNoCellOfATableIsAFormula(t *testing.T) {
	texts := []string{"=1+1", "+62 812", "-5+2", `-2+3+cmd|'/C calc'!A0`, "@SUM(A1)", "'=1+1", "''-x", "-5", "-2,5", "- x", "'Aisyah"}
	var qs []questionbank.Question
	for i, text := range texts {
		q := questionbank.Question{
			ID: fmt.Sprintf("F-%d", i), Version: 1, Section: "TWK", Topic: "nasionalisme", Band: "easy", Rule: questionbank.Free, Lang: "id", Why: text,
			Author: text, Reviewer: text + " R", Stem: "<p>" + draft.Escape(text) + "</p>",
		}
		for o, value := range []int{5, 0} {
			q.Options = append(q.Options, questionbank.Option{ID: string(rune('a' + o)), Value: value, HTML: draft.Escape(text) + strings.Repeat("!", o)})
		}
		qs = append(qs, q)
	}
	var out bytes.Buffer
	if _, err := sheet.WriteCSV(&out, qs); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(out.Bytes())).ReadAll()
	if err != nil || len(rows) != len(texts)+1 {
		t.Fatal(len(rows), err)
	}
	number := regexp.MustCompile(`^-[0-9.,]+$`)
	for i, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@") && !number.MatchString(cell) {
				t.Errorf("row %d has the cell %s", i+1, cell)
			}
		}
	}
	in, err := Read("csv", []File{{Name: "soal.csv", Data: out.Bytes()}}, Options{})
	if err != nil || len(in.Questions) != len(qs) {
		t.Fatalf("%d read back: %v %v", len(in.Questions), err, in.Faults)
	}
	for i, got := range in.Questions {
		want := &qs[i]
		if fmt.Sprint(got.Author, got.Reviewer, got.Why, got.Stem, got.Options) != fmt.Sprint(want.Author, want.Reviewer, want.Why, want.Stem, want.Options) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

// Of what is typed into the template Excel makes nothing else.
func TestTheCellsOfTheTemplateAreText(t *testing.T) {
	var out bytes.Buffer
	if err := sheet.TemplateXLSX(&out); err != nil {
		t.Fatal(err)
	}
	b, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range []string{"A", "H", "L", "R", "V"} {
		id, err := b.GetColStyle("Soal", column)
		if err != nil {
			t.Fatal(err)
		}
		if style, err := b.GetStyle(id); err != nil || style.NumFmt != 49 {
			t.Errorf("column %s has %+v %v", column, style, err)
		}
	}
	for _, cell := range []string{"A1", "H2", "M3"} {
		id, err := b.GetCellStyle("Soal", cell)
		if err != nil {
			t.Fatal(err)
		}
		if style, err := b.GetStyle(id); err != nil || style.NumFmt != 49 {
			t.Errorf("cell %s has %+v %v", cell, style, err)
		}
	}
}

func square(t *testing.T) []byte {
	t.Helper()
	data, err := draft.Unzip(file(t, files+"/qti/package-2p2.zip", true).Data)
	if err != nil {
		t.Fatal(err)
	}
	return data["items/img/k.png"]
}

// What the template shows can be read, in every column.
func TestTheTemplateIsAnExample(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer) error{
		"csv": func(b *bytes.Buffer) error { return sheet.TemplateCSV(b) }, "xlsx": func(b *bytes.Buffer) error { return sheet.TemplateXLSX(b) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		in, err := Read(name, []File{{Name: "t." + name, Data: b.Bytes()}}, Options{})
		if err != nil || len(in.Questions) != 2 || len(in.Faults)+len(in.Warnings)+len(in.Lacks) > 0 {
			t.Errorf("%s: %v, %+v", name, err, in)
		}
	}
}

// A picture by name comes along in an archive with the table.
func TestATableBringsItsPictures(t *testing.T) {
	csv := "soal,gambar,teks_gambar,a,b,a_gambar,a_teks_gambar,kunci\nApa?,g/k.png,kisi,,dua,g/k.png,kisi kecil,a\n"
	var b bytes.Buffer
	if err := draft.Zip(&b, map[string][]byte{"soal.csv": []byte(csv), "g/k.png": square(t)}); err != nil {
		t.Fatal(err)
	}
	in, err := Read("csv", []File{{Name: "a.zip", Data: b.Bytes()}}, Options{})
	if err != nil || len(in.Faults) > 0 {
		t.Fatal(err, in.Faults)
	}
	if q := in.Questions[0]; q.Figure == nil || q.Figure.Alt != "kisi" || q.Options[0].Figure == nil || q.Options[0].HTML != "" {
		t.Errorf("%+v", q)
	}
}
