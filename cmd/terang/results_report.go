package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/scoring"
	"terang/scoring/evaluation"
	"terang/web/document"
)

type resultsReport struct {
	printFlags
	Sitting string `help:"Of one sitting only." placeholder:"CODE"`
	Output  string `aliases:"out" required:"" help:"Folder for evaluasi.html, evaluasi.pdf and evaluasi.json." placeholder:"DIR"`
}

// Run writes the evaluation of an exam or a sitting, for those who judge it.
func (c *resultsReport) Run(ctx context.Context) error {
	return c.open(ctx, func(s *stores.DB, p *printing) error {
		keys, err := s.ReadKeys(ctx, c.KeyPath())
		if err != nil {
			return err
		}
		r, data, err := c.report(ctx, s, keys, p)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(c.Output, 0o755); err != nil { //nolint:gosec // a report is for its readers
			return fmt.Errorf("--output: %w", err)
		}
		if err := output.Public(filepath.Join(c.Output, "evaluasi.html"), r.WriteHTML); err != nil {
			return err
		}
		if err := output.Public(filepath.Join(c.Output, "evaluasi.json"), output.JSON(data)); err != nil {
			return err
		}
		return output.Public(filepath.Join(c.Output, "evaluasi.pdf"), r.WritePDF)
	})
}

// fewest is how many people a rate by need is given of at least: with fewer it would tell
// of single ones, and a need can be a fact of health.
const fewest = 10

// atOnce is how many attempts are folded in one pass over the journal; a whole exam would
// not fit into memory.
const atOnce = 5000

// day is what the report needs of a sitting.
type day struct {
	title, site                                   string
	registered, sat, absent, away, out            int
	pauses, gaps, moves, given, incidents, beyond int
	late, left                                    int
	credited, paused                              int64 // ms
	held                                          map[string]bool
}

// report is the evaluation as it is printed, and as data.
func (c *resultsReport) report(ctx context.Context, s *stores.DB, keys *stores.KeyFile, p *printing) (*document.Report, *evaluation.Report, error) {
	def := p.exam.Def
	sittings := slices.Clone(def.Sittings)
	board, zone := def.Code, p.zone()
	if c.Sitting != "" {
		sittings = slices.DeleteFunc(sittings, func(d engine.SittingDef) bool { return d.Code != c.Sitting })
		if len(sittings) == 0 {
			return nil, nil, fmt.Errorf("exam %s has no sitting %q: see terang exam status", c.Exam, c.Sitting)
		}
		board, zone = def.Code+".sitting."+c.Sitting, p.zone(c.Sitting)
	}
	days, err := c.days(ctx, s, p, sittings)
	if err != nil {
		return nil, nil, err
	}
	results := slices.DeleteFunc(p.exam.Boards.Results(), func(r scoring.Result) bool { return c.Sitting != "" && r.Sitting != c.Sitting })
	agency := p.agency()
	r := &document.Report{
		Head: p.head(board, agency, zone), Title: "Laporan evaluasi ujian", English: "Evaluation of the exam",
		Facts: []document.Field{
			{Name: "Sesi", English: "Sittings", Value: strconv.Itoa(len(days))},
			{Name: "Terdaftar", English: "Registered", Value: strconv.Itoa(len(results))},
		},
	}
	r.Chapters = append(r.Chapters, turnout(days))
	ranked := slices.DeleteFunc(slices.Clone(results), func(r scoring.Result) bool { return !r.Finished || !r.Ranked() })
	for i, section := range p.exam.Rules.Sections {
		r.Chapters = append(r.Chapters, p.distribution(section.Code+" · "+section.Name, ranked, section.Max, p.general().Sections[section.Code], func(r *scoring.Result) int { return int(r.Points[i]) }))
	}
	r.Chapters = append(r.Chapters, p.distribution("Nilai total", ranked, p.exam.Rules.Max, p.general().Total, func(r *scoring.Result) int { return r.Points.Sum() }))
	r.Chapters = append(r.Chapters, p.rates(ranked, c.Sitting == "")...)
	f, items, err := c.judged(ctx, s, keys)
	if err != nil {
		return nil, nil, err
	}
	data, err := c.data(ctx, s, p, f, items)
	if err != nil {
		return nil, nil, err
	}
	r.Chapters = append(append(r.Chapters, troubles(days)), c.items(def, f, items)...)
	r.Chapters = append(r.Chapters, recorded(data)...)
	return r, data, nil
}

// general is the thresholds of the general need, which everybody may know.
func (p *printing) general() scoring.Threshold { return p.exam.Rules.Thresholds["general"] }

// days folds the sittings, as many at once as fit.
func (c *resultsReport) days(ctx context.Context, s *stores.DB, p *printing, sittings []engine.SittingDef) ([]day, error) {
	seats := make(map[string]int)
	for _, r := range p.exam.Boards.Results() {
		seats[r.Sitting]++
	}
	var days []day
	for from := 0; from < len(sittings); {
		to, people := from, 0
		var codes []string
		for to < len(sittings) && (to == from || people+seats[sittings[to].Code] <= atOnce) {
			people += seats[sittings[to].Code]
			codes = append(codes, sittings[to].Code)
			to++
		}
		records, err := readFacts(ctx, s, p, codes...)
		if err != nil {
			return nil, err
		}
		for _, d := range sittings[from:to] {
			days = append(days, p.day(d, records[d.Code]))
		}
		from = to
	}
	return days, nil
}

func (p *printing) day(def engine.SittingDef, f *proctor.Facts) day {
	t := &f.Attendance
	d := day{
		title: def.Title + " (" + def.Code + ")", site: def.Site, registered: t.Registered, absent: t.Of(proctor.NoShow), out: t.Of(proctor.OutDisqualified) + t.Of(proctor.AwayDisqualified), moves: len(f.Moves),
		incidents: len(f.Incidents), late: f.LateAnswers, left: f.Leaves, held: make(map[string]bool),
	}
	d.away = t.Absent - d.absent
	d.sat = f.Began
	for _, s := range f.Stops {
		switch {
		case s.Number == "":
			d.pauses++
			d.paused += s.MS
		case s.What == "move":
			d.gap(s.Number, s.MS)
		}
		if s.Beyond {
			d.beyond++
		}
	}
	for _, c := range f.Credits {
		if c.State == proctor.CreditAutomatic || c.State == proctor.CreditGranted {
			d.gap(c.Number, c.MS)
		}
	}
	for _, one := range f.Extra {
		if one.What == "given" && !one.Reversed {
			d.given++
		}
	}
	return d
}

// minutesOf writes milliseconds as minutes and seconds.
func minutesOf(ms int64) string { return fmt.Sprintf("%d.%02d", ms/60000, ms/1000%60) }

func (d *day) gap(number string, ms int64) {
	d.gaps++
	d.credited += ms
	d.held[number] = true
}

// share is a part of a whole in percent with one decimal, rounded half up.
func share(part, whole int) string {
	if whole == 0 {
		return "–"
	}
	tenths := (2000*part + whole) / (2 * whole)
	return fmt.Sprintf("%d,%d %%", tenths/10, tenths%10)
}

// mostBars is how many names a chart has room for.
const mostBars = 40

func turnout(days []day) document.Chapter {
	c := document.Chapter{
		Name: "Kehadiran", English: "Turnout",
		Columns: [][2]string{{"Sesi", "Sitting"}, {"Terdaftar", "Registered"}, {"Ikut", "Sat"}, {"Tidak hadir", "Absent"}, {"Gugur", "Forfeited"}, {"Diskualifikasi", "Disqualified"}},
	}
	var sum day
	var chart document.Chart
	for _, d := range days {
		c.Rows = append(c.Rows, turnoutRow(d.title, &d))
		chart.Bars = append(chart.Bars, document.Bar{Label: d.title, Value: 1000 * d.sat / max(1, d.registered), Text: share(d.sat, d.registered)})
		sum.registered, sum.sat, sum.absent, sum.away, sum.out = sum.registered+d.registered, sum.sat+d.sat, sum.absent+d.absent, sum.away+d.away, sum.out+d.out
	}
	c.Rows = append(c.Rows, turnoutRow("Semua", &sum))
	if chart.Most = 1000; len(chart.Bars) <= mostBars {
		c.Chart = &chart
	}
	c.Notes = []string{"Ikut: " + share(sum.sat, sum.registered) + " dari yang terdaftar. Gugur: ditolak pada pendaftaran ulang karena terlambat, dokumen, identitas, atau mengundurkan diri."}
	return c
}

func turnoutRow(name string, d *day) []string {
	return []string{name, strconv.Itoa(d.registered), strconv.Itoa(d.sat), strconv.Itoa(d.absent), strconv.Itoa(d.away), strconv.Itoa(d.out)}
}

// bars is how many bars a distribution has at most, about.
const bars = 15

// distribution is how the scores of those who finished lie between nothing and the
// maximum, with the general need's threshold.
func (p *printing) distribution(name string, results []scoring.Result, most, least int, score func(*scoring.Result) int) document.Chapter {
	all := make([]int, len(results))
	for i := range results {
		all[i] = score(&results[i])
	}
	slices.Sort(all)
	step := (most/bars + 4) / 5 * 5 // whole fives: keyed items are worth five, and uneven bars would show a comb
	count := make([]int, most/step+1)
	sum := 0
	for _, n := range all {
		count[n/step]++
		sum += n
	}
	chart := &document.Chart{Upright: true}
	for i, n := range count {
		bar := document.Bar{Label: strconv.Itoa(i * step), Value: n}
		if last := min(most, i*step+step-1); last > i*step {
			bar.Label += "–" + strconv.Itoa(last)
		}
		if n > 0 {
			bar.Text = strconv.Itoa(n)
		}
		chart.Bars = append(chart.Bars, bar)
	}
	if least > 0 {
		chart.Mark, chart.MarkAt = fmt.Sprintf("ambang batas umum %d", least), 1000*least/step
	}
	c := document.Chapter{
		Name: "Sebaran: " + name, English: "Distribution", Chart: chart,
		Columns: [][2]string{{"Selesai", "Finished"}, {"Terendah", "Lowest"}, {"Kuartil 1", "Quartile"}, {"Median", "Median"}, {"Kuartil 3", "Quartile"}, {"Tertinggi", "Highest"}, {"Rata-rata", "Mean"}},
	}
	if len(all) == 0 {
		c.Chart, c.Columns, c.Notes = nil, nil, []string{"Belum ada yang selesai. / Nobody has finished."}
		return c
	}
	at := func(quarter int) string { return strconv.Itoa(all[(len(all)*quarter+3)/4-1]) } // the least that so many do not exceed
	tenths := (20*sum + len(all)) / (2 * len(all))
	c.Rows = [][]string{{strconv.Itoa(len(all)), strconv.Itoa(all[0]), at(1), at(2), at(3), strconv.Itoa(all[len(all)-1]), fmt.Sprintf("%d,%d", tenths/10, tenths%10)}}
	return c
}

// rate is how many of a group meet the thresholds of their need.
type rate struct {
	name      string
	met, size int
}

// rates are by site and sitting, and of a whole exam by need.
func (p *printing) rates(results []scoring.Result, whole bool) []document.Chapter {
	group := func(of func(*scoring.Result) string) []rate {
		at := make(map[string]int)
		var out []rate
		for i := range results {
			name := of(&results[i])
			n, ok := at[name]
			if !ok {
				n = len(out)
				at[name] = n
				out = append(out, rate{name: name})
			}
			out[n].size++
			if results[i].Status == scoring.Meets {
				out[n].met++
			}
		}
		slices.SortFunc(out, func(a, b rate) int { return cmp.Compare(a.name, b.name) })
		return out
	}
	need := func(r *scoring.Result) string {
		if f, ok := p.formations[r.Formation]; ok {
			return needWord(f.Need)
		}
		return needWord("general")
	}
	sites, sittings := make(map[string]string), make(map[string]string)
	for _, s := range p.exam.Def.Sites {
		sites[s.Code] = s.Name
	}
	for _, s := range p.exam.Def.Sittings {
		sittings[s.Code] = s.Title + " (" + s.Code + ")"
	}
	var out []document.Chapter
	if whole { // those of single sittings, taken from the whole, would tell of few
		out = append(out, rateChapter("jenis kebutuhan", "by need", joined(group(need)), fmt.Sprintf("Kelompok di bawah %d orang digabungkan, supaya tidak seorang pun dikenali.", fewest)))
	}
	return append(out,
		rateChapter("lokasi", "by site", group(func(r *scoring.Result) string { return sites[r.Site] })),
		rateChapter("sesi", "by sitting", group(func(r *scoring.Result) string { return sittings[r.Sitting] })))
}

// joined puts groups that are too small together, and with them the smallest others until
// they are large enough: a group that were only left out could be found by subtraction.
func joined(groups []rate) []rate {
	slices.SortFunc(groups, func(a, b rate) int { return cmp.Or(cmp.Compare(a.size, b.size), cmp.Compare(a.name, b.name)) })
	var small rate
	var names []string
	for len(groups) > 0 && (groups[0].size < fewest || small.size > 0 && small.size < fewest) {
		small.met, small.size = small.met+groups[0].met, small.size+groups[0].size
		names = append(names, groups[0].name)
		groups = groups[1:]
	}
	if small.size >= fewest {
		small.name = strings.Join(names, ", ")
		groups = append(groups, small)
	}
	slices.SortFunc(groups, func(a, b rate) int { return cmp.Compare(a.name, b.name) })
	return groups
}

func rateChapter(by, english string, groups []rate, notes ...string) document.Chapter {
	c := document.Chapter{
		Name: "Memenuhi ambang batas menurut " + by, English: "Meet the thresholds " + english, Notes: notes,
		Columns: [][2]string{{strings.ToUpper(by[:1]) + by[1:], english}, {"Selesai", "Finished"}, {"Memenuhi", "Meet"}, {"Bagian", "Share"}},
	}
	chart := document.Chart{Most: 1000}
	for _, g := range groups {
		c.Rows = append(c.Rows, []string{g.name, strconv.Itoa(g.size), strconv.Itoa(g.met), share(g.met, g.size)})
		chart.Bars = append(chart.Bars, document.Bar{Label: g.name, Value: 1000 * g.met / g.size, Text: share(g.met, g.size)})
	}
	switch {
	case len(groups) == 0:
		c.Columns, c.Notes = nil, append(c.Notes, "Terlalu sedikit orang yang selesai. / Too few have finished.")
	case len(groups) <= mostBars:
		c.Chart = &chart
	}
	return c
}

// troubles are what went wrong, by sitting.
func troubles(days []day) document.Chapter {
	c := document.Chapter{
		Name: "Gangguan dan penggantian waktu", English: "Outages and credits",
		Columns: [][2]string{{"Sesi", "Sitting"}, {"Jeda", "Pauses"}, {"Menit", "Minutes"}, {"Diganti", "Credited"}, {"Menit", "Minutes"}, {"Pindah", "Moves"}, {"Kejadian", "Incidents"}},
	}
	late, left, given, beyond := 0, 0, 0, 0
	for _, d := range days {
		c.Rows = append(c.Rows, []string{d.title, strconv.Itoa(d.pauses), minutesOf(d.paused), strconv.Itoa(len(d.held)), minutesOf(d.credited), strconv.Itoa(d.moves), strconv.Itoa(d.incidents)})
		late, left, given, beyond = late+d.late, left+d.left, given+d.given, beyond+d.beyond
	}
	c.Notes = []string{fmt.Sprintf("Diganti: peserta yang mendapat kembali waktu yang hilang karena gangguan atau pindah komputer. Waktu ditambah dengan keputusan: %d kali. Jeda atau pindah komputer satu peserta yang melebihi yang boleh diberi satu orang, tanpa pengesahan orang kedua: %d kali. Keluar ruang dengan izin: %d kali. Jawaban ditolak karena sesudah waktu: %d.", given, beyond, left, late)}
	return c
}
