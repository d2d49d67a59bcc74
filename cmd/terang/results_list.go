package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/proctor"
	"terang/scoring"
	"terang/scoring/selection"
	"terang/web/document"
)

type resultsList struct {
	printFlags
	Formation string `help:"Ranking of a formation." placeholder:"CODE"`
	Sitting   string `help:"Ranking of a sitting." placeholder:"CODE"`
	Site      string `help:"Ranking of a site." placeholder:"CODE"`
	Shortlist bool   `help:"With --formation: as the shortlist decides it, with its codes. Numbers and names are as the exam's policy lets boards show them."`
	Whole     bool   `name:"whole-numbers" help:"With --shortlist: print participant numbers whole, although the exam's boards show their ends only. For the agency's own use, not to be published."`
	Carried   string `help:"With --shortlist: scores carried over from an earlier exam." type:"existingfile" placeholder:"FILE.csv"`
	Need      bool   `help:"With --formation: name its need and thresholds. That tells of everybody in it, and is the agency's to decide."`
	PDF       string `name:"pdf" help:"PDF to write." placeholder:"FILE.pdf"`
	XLSX      string `name:"xlsx" help:"Workbook to write." placeholder:"FILE.xlsx"`
}

// Run prints a board, or a shortlist, from the journal.
func (c *resultsList) Run(ctx context.Context) error {
	chosen := 0
	for _, of := range []string{c.Formation, c.Sitting, c.Site} {
		if of != "" {
			chosen++
		}
	}
	switch {
	case c.PDF == "" && c.XLSX == "":
		return usage.Errorf("say what to write: --pdf FILE.pdf, --xlsx FILE.xlsx, or both")
	case chosen > 1:
		return usage.Errorf("give one of --formation, --sitting and --site, or none for the whole exam")
	case c.Formation == "" && (c.Shortlist || c.Need):
		return usage.Errorf("--shortlist and --need go with --formation")
	case (c.Carried != "" || c.Whole) && !c.Shortlist:
		return usage.Errorf("--carried and --whole-numbers go with --shortlist")
	}
	return c.open(ctx, func(_ *stores.DB, p *printing) error {
		l, err := c.list(p)
		if err != nil {
			return err
		}
		for i := range l.Rows {
			warnLetters(l.Rows[i].Number, l.Rows[i].Name)
		}
		if c.PDF != "" {
			if err := output.Public(c.PDF, l.WritePDF); err != nil {
				return err
			}
		}
		if c.XLSX != "" {
			return output.Public(c.XLSX, l.WriteXLSX)
		}
		return nil
	})
}

func (c *resultsList) board() string {
	switch {
	case c.Formation != "":
		return c.Exam + ".formation." + c.Formation
	case c.Sitting != "":
		return c.Exam + ".sitting." + c.Sitting
	case c.Site != "":
		return c.Exam + ".site." + c.Site
	}
	return c.Exam
}

// list is the board as a document.
func (c *resultsList) list(p *printing) (*document.List, error) {
	page, err := c.page(p)
	if err != nil {
		return nil, err
	}
	zone := p.zone()
	if page.Kind == scoring.KindSitting {
		zone = p.zone(page.Sitting.Code)
	}
	formation, known := p.formations[page.Formation.Code]
	l := &document.List{
		Head: p.head(c.named(p), formation.Agency, zone), Title: "Daftar peringkat nilai", English: "Ranking by scores",
		Total:    document.Part{Code: scoring.Total, Max: p.exam.Rules.Max, Least: page.Thresholds.Total},
		About:    []document.Field{{Name: "Lokasi ujian", English: "Site", Value: page.Site.Title}, {Name: "Sesi", English: "Sitting", Value: page.Sitting.Title}},
		Criteria: []string{"Memenuhi nilai ambang batas bukan keputusan akhir; hasil seleksi ditetapkan panitia dari peringkat tiap formasi."},
	}
	for _, s := range p.exam.Rules.Sections {
		l.Parts = append(l.Parts, document.Part{Code: s.Code, Name: s.Name, Max: s.Max, Least: page.Thresholds.Sections[s.Code]})
	}
	for _, k := range page.Keys {
		l.Keys = append(l.Keys, keyWord(k))
	}
	var own *scoring.Bar // of the need that is named, nil: of none
	if known {
		var err error
		if own, err = c.formation(p, l, &formation); err != nil {
			return nil, err
		}
	}
	meet := page.Counts.Meets
	switch {
	case c.Shortlist: // is decided by the need of the formation
		meet = c.passed(p)
	case own == nil && page.Codes != nil:
		l.Criteria = append(l.Criteria, "Nilai ambang batas pada daftar ini menurut kebutuhan umum; keterangan menurut daftar hasil yang diumumkan "+page.Decided.At.String()[:10]+".")
	case own == nil:
		l.Criteria = append(l.Criteria, "Keterangan dan nilai ambang batas pada daftar ini menurut kebutuhan umum; yang berlaku bagi kebutuhan lain ada pada hasil peserta dan pengumuman.")
	default:
		meet = 0
	}
	counts, codes := page.Counts, page.Codes
	for offset := 0; len(page.Rows) > 0; {
		for i := range page.Rows {
			row := listed(&page.Rows[i], len(l.Parts), own)
			l.Rows = append(l.Rows, row)
			if own != nil && !c.Shortlist && strings.TrimSuffix(row.Status, unfinished) == document.Meets {
				meet++
			}
		}
		offset += len(page.Rows)
		page, _ = p.exam.Boards.Page(c.board(), offset, scoring.MaxPage, "")
	}
	l.Counts = []document.Field{{Name: "Peserta", English: "Candidates", Value: fmt.Sprintf("%d terdaftar, %d selesai, %d memenuhi nilai ambang batas",
		counts.Registered, counts.Finished, meet)}}
	if c.Shortlist {
		return l, c.decide(p, l)
	}
	if l.Legend = legend(l.Rows, boardLegend); codes != nil {
		l.Legend = legend(l.Rows, append(boardLegend[:1:1], codeLegend(&p.exam.Rules.Codes)...))
	}
	return l, nil
}

// passed counts those of the formation who meet the thresholds of its need, as far as they
// are known.
func (c *resultsList) passed(p *printing) (n int) {
	for _, r := range p.exam.Boards.Results() {
		if r.Formation == c.Formation && r.Finished && r.Bar != nil && r.Ranked() && r.Bar.Passed(&r.Points) {
			n++
		}
	}
	return n
}

// named is the board by which the document names the journal's state: the exam's, for a
// formation that has none.
func (c *resultsList) named(p *printing) string {
	if _, ok := p.exam.Boards.View(c.board()); !ok {
		return c.Exam
	}
	return c.board()
}

// page is the board's first page. Of a formation that has no board, because that would tell
// people's need, it is an empty one: only who decides about it may see its list.
func (c *resultsList) page(p *printing) (*scoring.Page, error) {
	page, ok := p.exam.Boards.Page(c.board(), 0, scoring.MaxPage, "")
	if ok {
		return page, nil
	}
	formation, known := p.formations[c.Formation]
	switch {
	case c.Formation == "":
		return nil, fmt.Errorf("exam %s has no list %q: see terang exam status, or GET /api/v1/boards", c.Exam, c.board())
	case !known:
		if len(p.formations) == 0 {
			return nil, fmt.Errorf("exam %s has no formation %q, nor any other: load them with terang exam formations", c.Exam, c.Formation)
		}
		return nil, fmt.Errorf("exam %s has no formation %q: use one of %s", c.Exam, c.Formation, strings.Join(slices.Sorted(maps.Keys(p.formations)), ", "))
	}
	whole, ok := p.exam.Boards.Page(c.Exam, 0, 0, "")
	if !c.Shortlist || !ok {
		return nil, fmt.Errorf("formation %s has no board, for a board would tell the need of everybody on it, or nobody applied for it; --shortlist prints its list as it is decided, for the committee", c.Formation)
	}
	page = &scoring.Page{Keys: whole.Keys, Sections: whole.Sections, Epoch: whole.Epoch, Seq: whole.Seq, At: whole.At}
	page.Info = scoring.Info{ID: c.board(), Kind: scoring.KindFormation, Exam: whole.Exam, Formation: scoring.Named{Code: formation.Code, Title: formation.Post}}
	for _, r := range p.exam.Boards.Results() {
		if r.Formation != c.Formation {
			continue
		}
		page.Counts.Registered++
		if r.Finished {
			page.Counts.Finished++
		}
	}
	return page, nil
}

// formation says what is competed for, and how the shortlist will be made. Where the need is
// named it returns that need's thresholds.
func (c *resultsList) formation(p *printing, l *document.List, f *proctor.Formation) (*scoring.Bar, error) {
	l.Title, l.English = "Daftar peringkat formasi", "Ranking of a formation"
	l.About = append(about(f), document.Field{Name: "Jumlah kebutuhan", English: "Seats", Value: fmt.Sprint(f.Seats)})
	if rule := p.exam.Rules.Shortlist; rule != nil {
		l.Criteria = append(l.Criteria, fmt.Sprintf("Tahap berikutnya diikuti %d kali jumlah kebutuhan, yaitu %d peserta terbaik yang memenuhi nilai ambang batas; yang sama dengan batas dalam semua penentu ikut semua.",
			rule.Multiple, rule.Multiple*f.Seats))
	}
	if !c.Need {
		return nil, nil
	}
	bar, err := p.exam.Rules.Bar(f.Need, f.Minima)
	if err != nil {
		return nil, fmt.Errorf("formation %s: %w", f.Code, err)
	}
	l.About = append(l.About, document.Field{Name: "Jenis kebutuhan", English: "Need", Value: needWord(f.Need)})
	for i := range l.Parts {
		l.Parts[i].Least = bar.Least(i)
	}
	groups, total := sums(p.exam.Rules, f.Need, &scoring.Points{})
	l.Total.Least = total.Least
	for _, g := range groups {
		l.Criteria = append(l.Criteria, fmt.Sprintf("%s bersama: paling rendah %d.", g.Name, g.Least))
	}
	return bar, nil
}

// decide puts the shortlist's decision in the place of the board's rows.
func (c *resultsList) decide(p *printing, l *document.List) error {
	shown := p.shown()
	formations := make([]proctor.Formation, 0, len(p.formations))
	for _, f := range p.formations {
		formations = append(formations, f)
	}
	slices.SortFunc(formations, func(a, b proctor.Formation) int { return cmp.Compare(a.Code, b.Code) })
	s, err := p.exam.Listing(p.exam.Boards.Results(), formations)
	if err != nil {
		return err
	}
	if c.Carried != "" {
		if err := readSheet(s, c.Carried, selection.BasicStage); err != nil {
			return err
		}
	}
	doubts(s.Rules)
	if err := s.Shortlist(); err != nil {
		return err
	}
	l.Title, l.English = "Daftar peserta tahap berikutnya", "Shortlist for the next stage"
	l.Rows = nil
	for _, i := range s.Order() {
		person := &s.People[i]
		if s.FormationCode(person.Formation) != c.Formation {
			continue
		}
		r := document.Row{Rank: int(person.Rank), Status: s.Status(person)}
		if r.Number, r.Name = shown(person.Number); c.Whole {
			r.Number = person.Number
		}
		if person.Flag == selection.NoFlag {
			for n := range l.Parts {
				r.Scores = append(r.Scores, int(person.Points[n]))
			}
			r.Total = person.Points.Sum()
		}
		l.Rows = append(l.Rows, r)
	}
	l.Legend = legend(l.Rows, codeLegend(&s.Rules.Codes))
	if !l.Final {
		fmt.Fprintln(os.Stderr, "SEMENTARA / provisional: not every sitting is closed")
	}
	return nil
}

// unfinished marks a score that may still change.
const unfinished = " *"

var boardLegend = []document.Field{
	{Name: "*", English: "not finished", Value: "belum selesai; nilai masih dapat berubah"},
	{Name: scoring.StatusTH, English: "absent", Value: "tidak hadir"},
	{Name: scoring.StatusAPS, English: "withdrew", Value: "mengundurkan diri"},
	{Name: scoring.StatusTMS, English: "ineligible", Value: "tidak memenuhi syarat"},
	{Name: scoring.StatusDIS, English: "disqualified", Value: "diskualifikasi"},
}

// codeLegend is what the codes of a list mean that decides who goes on.
func codeLegend(codes *scoring.Codes) []document.Field {
	return append([]document.Field{
		{Name: codes.Shortlisted, English: "goes on", Value: "ikut tahap berikutnya"},
		{Name: codes.Passed, English: "not within the places", Value: "memenuhi nilai ambang batas, di luar jumlah tempat"},
		{Name: codes.Missed, English: "misses a threshold", Value: "tidak memenuhi nilai ambang batas"},
	}, flagLegend(codes)...)
}

// legend is what the codes mean that stand in the rows.
func legend(rows []document.Row, all []document.Field) (out []document.Field) {
	for _, f := range all {
		if slices.ContainsFunc(rows, func(r document.Row) bool {
			return r.Status == f.Name || f.Name == "*" && strings.HasSuffix(r.Status, unfinished)
		}) {
			out = append(out, f)
		}
	}
	return out
}

// listed is a board's row as it is printed. A board judges by the thresholds of the general
// need until a list is released; a list that names another judges by those.
func listed(r *scoring.Row, sections int, own *scoring.Bar) document.Row {
	out := document.Row{Rank: r.Rank, Number: r.Number, Name: r.Name, Status: statusWord(r.Shown())}
	if own != nil && r.Ranked() {
		if out.Status = document.Misses; own.Passed(&r.Points) {
			out.Status = document.Meets
		}
	}
	if r.Working {
		out.Status += unfinished
	}
	if r.Visible {
		for i := range sections {
			out.Scores = append(out.Scores, int(r.Points[i]))
		}
		out.Total = r.Points.Sum()
	}
	return out
}

func statusWord(status string) string {
	switch status {
	case scoring.Meets:
		return document.Meets
	case scoring.Misses:
		return document.Misses
	case "":
		return "–"
	}
	return status
}

// keyWord is a ranking key as people read it.
func keyWord(key string) string {
	if key == "total" {
		return "nilai total"
	}
	return strings.ReplaceAll(key, "+", " + ")
}
