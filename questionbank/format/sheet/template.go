package sheet

import (
	"encoding/csv"
	"io"

	"github.com/xuri/excelize/v2"
)

// guideSheet is the second sheet of the template, which readers pass over.
const guideSheet = "Petunjuk"

// columns of the template, with what is written into them.
var columns = []struct{ name, guide, guideEn string }{
	{"id", "Kode butir: huruf besar, angka, tanda -. Boleh kosong: dibuat dari isi.", "Code: capitals, digits, -. May be empty."},
	{"bagian", "Bagian ujian: TWK, TIU, TKP.", "Section of the rule set."},
	{"topik", "Topik kisi-kisi, misalnya deret-angka.", "Topic of the blueprint."},
	{"tingkat", "mudah, sedang, atau sukar.", "easy, medium or hard."},
	{"soal", "Teks soal (wajib). Teks biasa; awali dengan html: bila perlu HTML atau MathML.", "The question (required). Plain text; begin with html: for HTML or MathML."},
	{"gambar", "Nama berkas gambar di samping tabel ini: PNG, WebP, SVG.", "File name of a picture beside the table."},
	{"teks_gambar", "Isi gambar dengan kata-kata, bagi yang tidak dapat melihatnya.", "The picture in words."},
	{"a", "Pilihan A (wajib), dan seterusnya sampai E; kolom sampai J boleh ditambah.", "Option A (required) to E; columns up to J may be added."},
	{"b", "Pilihan B (wajib).", "Option B (required)."},
	{"c", "", ""},
	{"d", "", ""},
	{"e", "", ""},
	{"kunci", "Huruf pilihan yang benar: 5 poin, yang lain 0.", "Letter of the right option."},
	{"nilai", "Untuk TKP, sebagai ganti kunci: poin pilihan a b c d e, misalnya 1 5 3 2 4.", "Instead of a key: points of a b c d e."},
	{"urutan", "free (boleh diacak), ordered, ordered-reversible, last-fixed, fixed, pairs. Kosong: free.", "How options may be ordered; empty: free."},
	{"pembahasan", "Alasan kunci, hanya untuk penelaah.", "Why the key is right, for reviewers only."},
	{"penulis", "Nama penulis.", "Author."},
	{"penelaah", "Nama penelaah, orang lain.", "Reviewer, another person."},
}

// examples show how the columns are filled in.
var examples = [][]string{
	{"CONTOH-001", "TIU", "deret-angka", "mudah", "Bilangan berikut dari deret 2, 4, 8, 16, … adalah …", "", "", "18", "24", "30", "32", "64", "D", "", "ordered", "Setiap suku dua kali suku sebelumnya.", "Nama Penulis", "Nama Penelaah"},
	{"CONTOH-002", "TKP", "pelayanan-publik", "sedang", "Seorang warga datang lima menit sebelum loket tutup. Sikap Anda …", "", "", "Memintanya datang besok", "Melayaninya sampai selesai", "Melayaninya bila singkat", "Menunjukkan jam layanan", "Meminta rekan melayaninya", "", "1 5 3 2 4", "free", "", "Nama Penulis", "Nama Penelaah"},
}

func header() []string {
	var names []string
	for _, c := range columns {
		names = append(names, c.name)
	}
	return names
}

// TemplateCSV writes the template as CSV: the names of the columns and two examples.
func TemplateCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.WriteAll(append([][]string{header()}, examples...)); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// TemplateXLSX writes the template as a workbook, with a second sheet that explains it.
func TemplateXLSX(w io.Writer) error {
	return asWorkbook(w, append([][]string{header()}, examples...))
}

// put writes every cell as text: "2 4" stays what it is, and nothing becomes a formula.
func put(book *excelize.File, sheet string, rows [][]string) error {
	for r, row := range rows {
		for c, value := range row {
			cell, err := excelize.CoordinatesToCellName(c+1, r+1)
			if err != nil {
				return err
			}
			if err := book.SetCellStr(sheet, cell, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// asText is the number format of text: what is typed into such a cell stays what it is,
// while of 1/2 Excel makes a day elsewhere, and of 25% a number.
const asText = 49

// style makes all cells text, the head bold and always in view, and the question wider.
func style(book *excelize.File, sheet string) error {
	text, err := book.NewStyle(&excelize.Style{NumFmt: asText})
	if err != nil {
		return err
	}
	last, err := excelize.ColumnNumberToName(maxColumns)
	if err != nil {
		return err
	}
	if err := book.SetColStyle(sheet, "A:"+last, text); err != nil {
		return err
	}
	bold, err := book.NewStyle(&excelize.Style{NumFmt: asText, Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	if err := book.SetRowStyle(sheet, 1, 1, bold); err != nil {
		return err
	}
	if err := book.SetColWidth(sheet, "E", "E", 60); err != nil {
		return err
	}
	return book.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
}
