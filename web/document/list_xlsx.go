package document

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// sheetName is the one sheet of a list.
const sheetName = "Peringkat"

// HeadRow is the text in the first cell of the row that names the columns; what stands
// above it is the list's head.
const HeadRow = "Peringkat"

// WriteXLSX writes the list as a workbook. Numbers are numbers, everything else is text:
// no cell can be a formula.
func (l *List) WriteXLSX(w io.Writer) error {
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	if err := l.workbook(f); err != nil {
		return fmt.Errorf("make the workbook: %w", err)
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return nil
}

func (l *List) workbook(f *excelize.File) error {
	if err := f.SetSheetName("Sheet1", sheetName); err != nil {
		return err
	}
	made := l.Issued.UTC().Format(time.RFC3339)
	if err := f.SetDocProps(&excelize.DocProperties{
		Creator: l.Authority, LastModifiedBy: "Terang", Title: l.Title + " – " + l.Exam, Language: "id-ID", Created: made, Modified: made,
	}); err != nil {
		return err
	}
	if err := f.SetAppProps(&excelize.AppProperties{Application: "Terang"}); err != nil {
		return err
	}
	styles, err := newSheetStyles(f)
	if err != nil {
		return err
	}
	head := l.sheetHead()
	columns := l.sheetColumns()
	if err := l.page(f, len(head)+1, len(columns)); err != nil {
		return err
	}
	s, err := f.NewStreamWriter(sheetName)
	if err != nil {
		return err
	}
	for i, width := range l.sheetWidths() {
		if err := s.SetColWidth(i+1, i+1, width); err != nil {
			return err
		}
	}
	if err := s.SetPanes(&excelize.Panes{Freeze: true, YSplit: len(head) + 1, TopLeftCell: fmt.Sprintf("A%d", len(head)+2), ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	line := 0
	put := func(style int, cells ...any) error {
		line++
		for i, c := range cells {
			if text, ok := c.(string); ok {
				c = strings.ToValidUTF8(text, string(lost))
			}
			cells[i] = excelize.Cell{StyleID: style, Value: c}
		}
		return s.SetRow(fmt.Sprintf("A%d", line), cells)
	}
	for i, h := range head {
		style := 0
		if i < 2 {
			style = styles.title
		}
		cells := []any{h[0]}
		if h[1] != "" {
			cells = append(cells, h[1])
		}
		if err := put(style, cells...); err != nil {
			return err
		}
	}
	if err := put(styles.head, columns...); err != nil {
		return err
	}
	for i := range l.Rows {
		if err := put(styles.row, l.Rows[i].values(len(l.Parts))...); err != nil {
			return err
		}
	}
	return s.Flush()
}

// sheetHead is what stands above the rows: name and value.
func (l *List) sheetHead() (out [][2]string) {
	add := func(name, value string) { out = append(out, [2]string{name, value}) }
	add(l.Title+" · "+l.Exam, "")
	add(l.Authority, "")
	if l.Rehearsal {
		add("GLADI", "bukan hasil siapa pun / nobody's result")
	}
	state := "final"
	if !l.Final {
		state = "SEMENTARA / provisional"
	}
	add("Keadaan daftar", state)
	if l.Rescored > 0 {
		add("Dinilai ulang", fmt.Sprintf("versi %d", l.Rescored))
	}
	for _, f := range l.About {
		if f.Value != "" {
			add(f.Name, f.Value)
		}
	}
	for i := range l.Parts {
		add(l.Parts[i].title(), fmt.Sprintf("paling tinggi %d, ambang batas %s", l.Parts[i].Max, dash(l.Parts[i].Least)))
	}
	add("Nilai total", fmt.Sprintf("paling tinggi %d, ambang batas %s", l.Total.Max, dash(l.Total.Least)))
	add("Urutan penentu", strings.Join(l.Keys, ", lalu "))
	for _, c := range l.Criteria {
		add("Kriteria", c)
	}
	for _, f := range append(append(append([]Field{}, l.Counts...), l.Legend...), l.source()...) {
		if f.Value != "" {
			add(f.Name, f.Value)
		}
	}
	add("", "")
	return out
}

func (l *List) sheetColumns() []any {
	out := []any{HeadRow, "Nomor peserta", "Nama"}
	for _, p := range l.Parts {
		out = append(out, p.Code)
	}
	return append(out, "Total", "Keadaan")
}

func (l *List) sheetWidths() []float64 {
	out := []float64{22, 24, 38}
	for range l.Parts {
		out = append(out, 9)
	}
	return append(out, 9, 20)
}

// values are the row as a workbook holds it: what there is not is an empty cell.
func (r *Row) values(sections int) []any {
	out := []any{nil, r.Number, r.Name}
	if r.Rank > 0 {
		out[0] = r.Rank
	}
	for i := range sections {
		if r.Scores == nil {
			out = append(out, nil)
		} else {
			out = append(out, r.Scores[i])
		}
	}
	if r.Scores == nil {
		return append(out, nil, r.Status)
	}
	return append(out, r.Total, r.Status)
}

// page prepares printing: A4, as wide as a page, the columns' names on each, and a filter.
func (l *List) page(f *excelize.File, headRow, columns int) error {
	a4, fit, across := 9, 1, "portrait"
	if len(l.Parts) > uprightSections {
		across = "landscape"
	}
	tall := 0
	if err := f.SetPageLayout(sheetName, &excelize.PageLayoutOptions{Size: &a4, Orientation: &across, FitToWidth: &fit, FitToHeight: &tall}); err != nil {
		return err
	}
	yes := true
	if err := f.SetSheetProps(sheetName, &excelize.SheetPropsOptions{FitToPage: &yes}); err != nil {
		return err
	}
	if err := f.SetHeaderFooter(sheetName, &excelize.HeaderFooterOptions{OddFooter: "&L" + strings.ReplaceAll(l.running(), "&", "&&") + "&RHalaman &P dari &N"}); err != nil {
		return err
	}
	last, err := excelize.ColumnNumberToName(columns)
	if err != nil {
		return err
	}
	if err := f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: fmt.Sprintf("%s!$%d:$%d", sheetName, headRow, headRow), Scope: sheetName}); err != nil {
		return err
	}
	return f.AutoFilter(sheetName, fmt.Sprintf("A%d:%s%d", headRow, last, headRow+max(1, len(l.Rows))), nil)
}

type sheetStyles struct{ title, head, row int }

func newSheetStyles(f *excelize.File) (s sheetStyles, err error) {
	edge := []excelize.Border{{Type: "bottom", Color: "96A0AA", Style: 1}}
	for _, made := range []struct {
		id    *int
		style *excelize.Style
	}{
		{&s.title, &excelize.Style{Font: &excelize.Font{Bold: true, Size: 12}}},
		{&s.head, &excelize.Style{Font: &excelize.Font{Bold: true}, Border: edge, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"ECF1F5"}}}},
		{&s.row, &excelize.Style{Border: edge}},
	} {
		if *made.id, err = f.NewStyle(made.style); err != nil {
			return s, err
		}
	}
	return s, nil
}
