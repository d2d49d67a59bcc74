package document

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/image/font/sfnt"
)

var wita = time.FixedZone("WITA", 8*3600)

func head() Head {
	return Head{
		Authority: "Panitia Seleksi Pemerintah Provinsi Nusa Tenggara Timur", Exam: "SKD CPNS 2026", Code: "skd-ntt", Final: true,
		RuleSet: "skd-2024 (KepmenPANRB 321/2024)", Rules: strings.Repeat("9b1c", 16), Position: 1234567,
		Issued: time.Date(2026, 11, 26, 15, 4, 5, 0, wita),
	}
}

func certificate() *Certificate {
	return &Certificate{
		Head: head(), Stage: "SKD", Number: "26401-110-000417", Name: "I Gusti Ayu Agung Maria Yosefina Nahak-Tallo Łukasiewicz, S.Pd., M.Si.",
		Formation: []Field{{Name: "Jabatan", English: "Post", Value: "Analis Sumber Daya Manusia Aparatur Ahli Pertama"}},
		Site:      "UPT BKN Kupang", Sitting: "Sesi 2", Began: time.Date(2026, 11, 22, 10, 30, 2, 0, wita), Ended: time.Date(2026, 11, 22, 12, 10, 2, 0, wita),
		Parts: []Part{{"TWK", "Tes Wawasan Kebangsaan", 110, 150, 65}, {"TIU", "Tes Intelegensia Umum", 75, 175, 80}, {"TKP", "Tes Karakteristik Pribadi", 192, 225, 166}},
		Total: Part{Code: "nilai total", Score: 377, Max: 550}, Fingerprint: strings.Repeat("9f2c41d0", 8), Receipt: "9f2c 41d0 9f2c 41d0",
		Verify: "https://ujian.example.go.id/papan/skd-ntt?q=26401-110-000417",
	}
}

func ranking(rows int) *List {
	l := &List{
		Head: head(), Title: "Daftar peringkat formasi", English: "Ranking of a formation", Keys: []string{"nilai total", "TKP"},
		Parts: []Part{{Code: "TWK", Max: 150, Least: 65}, {Code: "TIU", Max: 175, Least: 80}}, Total: Part{Max: 325},
	}
	for i := range rows {
		r := Row{Rank: i + 1, Number: fmt.Sprintf("26401-%06d", i), Name: "Maria Y*** N***", Scores: []int{100, 200 - i%90}, Total: 300 - i%90, Status: Meets}
		switch i % 10 {
		case 3:
			r.Name, r.Status = "Raden Mas Bambang Soemantri Kusumowardhani Prawirodirdjo Tjokroaminoto", Misses
		case 5:
			r = Row{Number: r.Number, Name: r.Name, Status: "TH"}
		}
		l.Rows = append(l.Rows, r)
	}
	return l
}

// text is a document as another program reads it, page by page.
func text(t *testing.T, write func(io.Writer) error) []string {
	t.Helper()
	path, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("TERANG_REQUIRE") == "1" {
			t.Fatal("pdftotext is missing: run .ci/prepare")
		}
		t.Skip("pdftotext is missing: make prepare installs it")
	}
	cmd := exec.CommandContext(t.Context(), path, "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(made(t, write))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\f"), "\f")
}

func made(t *testing.T, write func(io.Writer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestTheSameRowsGiveTheSameBytes(t *testing.T) {
	for name, write := range map[string]func() func(io.Writer) error{
		"certificate": func() func(io.Writer) error { return certificate().WritePDF },
		"list":        func() func(io.Writer) error { return ranking(200).WritePDF },
		"workbook":    func() func(io.Writer) error { return ranking(200).WriteXLSX },
	} {
		first := made(t, write())
		for range 3 {
			if !bytes.Equal(first, made(t, write())) {
				t.Errorf("%s: the same rows gave other bytes", name)
			}
		}
	}
}

func TestACertificateIsOnePageOfText(t *testing.T) {
	c := certificate()
	pages := text(t, c.WritePDF)
	if len(pages) != 1 {
		t.Fatalf("%d pages", len(pages))
	}
	flat := strings.Join(strings.Fields(pages[0]), " ")
	for _, want := range []string{
		c.Authority, "SERTIFIKAT HASIL SKD", c.Number, c.Name, "Minggu, 22 November 2026, 10.30.02–12.10.02 WITA",
		"TIU · Tes Intelegensia Umum 75 175 80 Tidak memenuhi", "Nilai total 377 550 – –", "TIDAK MEMENUHI NILAI AMBANG BATAS: TIU",
		"9f2c 41d0 9f2c 41d0 9f2c 41d0 9f2c 41d0", c.Verify, "1234567", "Kamis, 26 November 2026, 15.04.05 WITA", "Halaman 1 dari 1",
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("it lacks %q:\n%s", want, pages[0])
		}
	}
	for _, never := range []string{"lulus", "GLADI", "SEMENTARA"} {
		if strings.Contains(strings.ToLower(flat), strings.ToLower(never)) {
			t.Errorf("it says %q", never)
		}
	}
	for _, meta := range []string{"/Lang (id-ID)", "/Title", "/Author", "/CreationDate (D:20261126070405"} {
		if !bytes.Contains(made(t, c.WritePDF), []byte(meta)) {
			t.Errorf("the file has no %s", meta)
		}
	}
	c.Final, c.Rehearsal, c.Rescored = false, true, 2
	flat = strings.Join(strings.Fields(text(t, c.WritePDF)[0]), " ")
	for _, want := range []string{"GLADI: bukan hasil siapa pun", "SEMENTARA", "DINILAI ULANG, versi 2"} {
		if !strings.Contains(flat, want) {
			t.Errorf("it lacks %q", want)
		}
	}
}

func TestALongCertificateKeepsTogetherWhatVerifiesIt(t *testing.T) {
	c := certificate()
	for range 14 {
		c.Formation = append(c.Formation, Field{Name: "Pendidikan", Value: "S-1 Teknik Informatika, S-1 Sistem Informasi, D-IV Teknologi Rekayasa Perangkat Lunak"})
	}
	pages := text(t, c.WritePDF)
	last := pages[len(pages)-1]
	if len(pages) != 2 || !strings.Contains(last, "Keaslian") || !strings.Contains(last, c.Verify) || !strings.Contains(last, "Diterbitkan") {
		t.Errorf("%d pages, the last is\n%s", len(pages), last)
	}
}

func TestAListHasItsHeadOnEveryPageAndAllRowsInOrder(t *testing.T) {
	for _, rows := range []int{0, 1, 500} {
		pages := text(t, ranking(rows).WritePDF)
		next := 0
		for n, page := range pages {
			if !strings.Contains(page, "Nomor peserta") || !strings.Contains(page, fmt.Sprintf("Halaman %d dari %d", n+1, len(pages))) {
				t.Fatalf("%d rows, page %d has no head or no number:\n%s", rows, n+1, page)
			}
			for line := range strings.Lines(page) {
				if strings.Contains(line, fmt.Sprintf("26401-%06d", next)) {
					next++
				}
			}
		}
		if next != rows {
			t.Errorf("%d of %d rows are printed in order", next, rows)
		}
	}
}

func TestAWorkbookHoldsNumbersAndText(t *testing.T) {
	l := ranking(6)
	l.Rows[0].Name = `=HYPERLINK("https://example.com")`
	f, err := excelize.OpenReader(bytes.NewReader(made(t, l.WriteXLSX)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := f.GetRows(sheetName)
	if err != nil {
		t.Fatal(err)
	}
	first := len(rows) - 5 // counted from 1
	want := [][2]string{{fmt.Sprintf("A%d", first), "1"}, {fmt.Sprintf("C%d", first), l.Rows[0].Name}, {fmt.Sprintf("E%d", first), "200"}, {fmt.Sprintf("F%d", first+5), ""}, {fmt.Sprintf("G%d", first+5), "TH"}}
	for _, w := range want {
		if got, _ := f.GetCellValue(sheetName, w[0]); got != w[1] {
			t.Errorf("%s is %q, want %q", w[0], got, w[1])
		}
	}
	if formula, _ := f.GetCellFormula(sheetName, want[1][0]); formula != "" {
		t.Errorf("a name became the formula %q", formula)
	}
	if kind, _ := f.GetCellType(sheetName, want[2][0]); kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("a score is of type %v, not a number", kind)
	}
}

func TestTheFontsHaveTheLettersOfNames(t *testing.T) {
	for _, c := range cuts[:3] {
		body, err := fontFiles.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		font, err := sfnt.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		var buffer sfnt.Buffer
		for r := rune(' '); r <= 0x24F; r++ {
			if r >= 0x7F && r < 0xA0 {
				continue
			}
			if glyph, err := font.GlyphIndex(&buffer, r); err != nil || glyph == 0 {
				t.Errorf("%s has no %U", c.file, r)
			}
		}
	}
	if got := Undrawable("Cut Nyak Dhien d'Ārifah Nguyễn Łukasz ‘Aisyah"); len(got) > 0 {
		t.Errorf("not drawn: %q", got)
	}
	if got := string(Undrawable("Budi 漢😀漢")); got != "漢😀" {
		t.Errorf("not drawn: %q", got)
	}
	if got := clean("Ame\u0301lie\n\x00漢\xff", true); got != "Amélie \uFFFD\uFFFD" {
		t.Errorf("cleaned: %q", got)
	}
}

func TestTheFontsAreThoseOfTheReadme(t *testing.T) {
	readme, err := os.ReadFile("font/README.md")
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("font/*.ttf")
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(body)
		if line := hex.EncodeToString(sum[:]) + "  " + filepath.Base(name); !strings.Contains(string(readme), line) {
			t.Errorf("font/README.md does not have %s", line)
		}
	}
	if len(files) != len(cuts) {
		t.Errorf("%d fonts, want %d", len(files), len(cuts))
	}
}

func TestDatesAreIndonesianWithTheirZone(t *testing.T) {
	at := time.Date(2026, 8, 7, 9, 5, 0, 0, time.FixedZone("WIT", 9*3600))
	for got, want := range map[string]string{
		Moment(at): "Jumat, 7 Agustus 2026, 09.05.00 WIT",
		Moment(at.In(time.FixedZone("+0545", 5*3600+45*60))): "Jumat, 7 Agustus 2026, 05.50.00 UTC+5.45",
		period(at, at.Add(time.Hour)):                        "Jumat, 7 Agustus 2026, 09.05.00–10.05.00 WIT",
		period(at, at.Add(24*time.Hour)):                     "Jumat, 7 Agustus 2026, 09.05.00 WIT – Sabtu, 8 Agustus 2026, 09.05.00 WIT",
		period(at, time.Time{}):                              "Jumat, 7 Agustus 2026, 09.05.00 WIT",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNobodyIsLostInACellThatIsHigherThanAPage(t *testing.T) {
	m := &Minutes{Head: head(), Results: strings.Repeat("ab", 32), Signatures: []Field{{Name: "Pengawas", English: "Supervisor"}}}
	absent := Tally{Name: "Tidak hadir", English: "absent"}
	for i := range 480 {
		absent.Numbers = append(absent.Numbers, fmt.Sprintf("26401-110-%06d", i))
	}
	m.Attendance = []Tally{{Name: "Terdaftar", Count: 480}, absent, {Name: "Didiskualifikasi", English: "disqualified"}}
	all := strings.Join(text(t, m.WritePDF), "\n")
	for _, number := range absent.Numbers {
		if strings.Count(all, number) != 1 {
			t.Fatalf("%s stands %d times", number, strings.Count(all, number))
		}
	}
	if !strings.Contains(all, "Tanda tangan") || !strings.Contains(all, "Adendum") {
		t.Error("there is no place to sign")
	}
}
