package rehearse

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strings"
	"time"

	"terang/cmd/terang/output"
)

//go:embed report.html
var reportPage string

// report writes the page that is kept and signed: whole in itself, for paper as well.
func (o *Outcome) report(path string, c *Cmd) error {
	page, err := template.New("report").Parse(reportPage)
	if err != nil {
		return err
	}
	return output.Public(path, func(w io.Writer) error { return page.Execute(w, o.page(c)) })
}

// reportData is the report in words of the reader.
type reportData struct {
	Verdict, Sentence, When, Profile, Pace, During, Rate, Bottleneck string
	Ready                                                            bool
	Candidates                                                       int
	Limits                                                           []reportLimit
	Spreads                                                          []reportSpread
	Notes, Details                                                   []string
	Chart                                                            *chart
	Load, Machine                                                    []reportLimit
}

type reportLimit struct {
	Name, Bound, Measured string
	Pass                  bool
}

type reportSpread struct{ Name, Came, P50, P99, Last string }

// Words of the report by those of the command line.
var reportWords = map[string]string{
	LimitP99: "p99 waktu simpan jawaban", LimitShare: "Bagian perbuatan yang tersimpan dari yang jatuh waktunya",
	limitStart: "Peserta terakhir mulai, setelah T", limitFinish: "Hasil terakhir, setelah batas waktu dan tenggang",
	limitReturn: "Peserta terakhir kembali", limitBehind: "p99 ketertinggalan penonton papan", limitRatio: "Nisbah terhadap echo kosong", LimitMemory: "Memori per peserta terhadap echo kosong",
	limitWatched: "p99 waktu simpan dengan penonton terhadap tanpa penonton", limitHoles: "Bingkai papan yang terlewat oleh penonton",
	limitResumed: "Penonton terakhir kembali setelah server papan dimatikan", limitSnapshots: "Bagian potret papan yang terlayani dari yang diminta",
	spreadSnapshot: "Potret papan", spreadResumed: "Penonton kembali",
	limitErrors: "Kesalahan", limitLost: "Jawaban tersimpan yang hilang", limitReadBack: "Peserta yang jawabannya dibaca kembali",
	SpreadStart: "Mulai, setelah T", spreadAcked: "Jawaban pertama sampai tersimpan", SpreadFinish: "Hasil, setelah batas waktu dan tenggang",
	SpreadBack: "Kembali ke kursi", SpreadBehind: "Ketertinggalan penonton papan",
	resourceServer: "prosesor server", resourceClient: "prosesor peserta tiruan", resourceReaders: "prosesor penonton dan server papannya", resourceOthers: "prosesor oleh program lain di mesin ini",
	resourceFiles: "deskriptor berkas", ResourceJournal: "jurnal (basis data)", resourceNetwork: "jaringan", resourceUnknown: "tidak diketahui",
	resourceGone: "server tidak menjawab lagi",
	"steady":     "Tetap: semua peserta menjawab dengan laju yang wajar.", "max": "Terbanyak: setiap peserta menjawab lagi begitu jawabannya tersimpan.",
	"storm-start":  "Badai mulai: semua peserta menunggu, lalu mulai pada saat yang sama.",
	"storm-finish": "Badai selesai: waktu semua peserta habis pada saat yang sama.",
	"watchers":     "Penonton: papan dibaca banyak orang selagi peserta menjawab.",
	"reconnect":    "Sambung lagi: semua sambungan putus sekaligus, lalu semua kembali.",
}

func (o *Outcome) page(c *Cmd) *reportData {
	d := &reportData{
		Verdict: o.Verdict, Ready: o.Verdict == Ready, Candidates: o.Candidates, Profile: reportWords[o.Profile], When: tanggal(o.Machine.At),
		Pace: angka(math.Round(100*c.Rate*float64(c.Candidates))/100) + " perbuatan per detik seluruhnya", During: lama(ms(c.For)),
		Rate: "Jawaban tersimpan per detik: " + angka(o.AckedPerS) + ".",
	}
	if o.Profile == "max" {
		d.Pace = "sebanyak yang dilayani"
	}
	if c.Kill {
		d.Profile += " Di sini server dimatikan dan dinyalakan lagi."
	}
	if c.Unsealed {
		d.Profile += " Soal dikirim tanpa segel pada saat mulai."
	}
	failed, most := 0, 0.
	for _, l := range o.Limits {
		if !l.Pass {
			failed++
		}
		d.Limits = append(d.Limits, l.forReport())
	}
	d.Sentence = "Semua batas terpenuhi."
	if failed > 0 {
		d.Sentence = fmt.Sprintf("%d dari %d batas tidak terpenuhi.", failed, len(o.Limits))
	} else if !d.Ready {
		d.Sentence = "Batas terpenuhi, tetapi ada kegagalan lain; lihat rinciannya."
	}
	d.Spreads = append(d.Spreads, reportSpread{"Jawaban sampai tersimpan", "", lama(o.P50), lama(o.P99), lama(o.Longest)})
	for _, s := range o.Spreads {
		d.Spreads = append(d.Spreads, reportSpread{reportWords[s.Name], fmt.Sprintf("%d / %d", s.Came, s.Of), lama(s.P50), lama(s.P99), lama(s.Last)})
	}
	if o.EchoPerS > 0 {
		d.Rate += fmt.Sprintf(" Echo kosong di mesin yang sama: %s per detik; nisbah %s.", angka(o.EchoPerS), angka(o.Ratio))
	}
	for _, n := range o.Notes {
		d.Notes = append(d.Notes, n.Teks)
	}
	for _, r := range o.Reasons {
		if !o.isLimit(r) {
			d.Details = append(d.Details, r)
		}
	}
	for _, l := range o.Limits {
		if l.Name == LimitP99 {
			most = ms(c.Limits.P99)
		}
	}
	d.Chart = o.chart(most)
	d.bottleneck(o.Bottleneck)
	d.machine(&o.Machine)
	return d
}

// isLimit says whether a reason is a line of the table.
func (o *Outcome) isLimit(reason string) bool {
	for _, l := range o.Limits {
		if l.String() == reason {
			return true
		}
	}
	return false
}

func (l Limit) forReport() reportLimit {
	figure := func(v float64) string {
		unit := map[string]string{"ms": " md", "s": " dtk"}[l.Unit]
		return angka(v) + unit
	}
	r := reportLimit{Name: reportWords[l.Name], Bound: "≤ " + figure(l.Limit), Measured: figure(l.Measured), Pass: l.Pass}
	if l.Least {
		r.Bound = "≥ " + figure(l.Limit)
	} else if l.Limit == 0 {
		r.Bound = "0"
	}
	if l.Missing {
		r.Measured = "tidak lengkap"
	}
	return r
}

func (d *reportData) bottleneck(b *bottleneck) {
	if b == nil {
		return
	}
	what := reportWords[b.Resource]
	switch {
	case b.Resource == resourceUnknown:
		d.Bottleneck = "Tidak diketahui: ukuran server (/metrics) tidak terbaca."
	case b.Reached && b.AtS > 0:
		d.Bottleneck = fmt.Sprintf("Yang pertama penuh: %s, mulai detik ke-%s.", what, angka(b.AtS))
	case b.Reached:
		d.Bottleneck = fmt.Sprintf("Yang menahan jawaban: %s, berulang kali.", what)
	default:
		d.Bottleneck = fmt.Sprintf("Tidak ada yang penuh. Yang terdekat: %s, pada %s%% dari batasnya.", what, angka(math.Round(100*b.Share)))
	}
	f := b.Figures
	if f["processors"] == 0 {
		return
	}
	percent := func(share float64) string { return angka(math.Round(1000*share)/10) + "%" }
	for _, row := range [][2]string{
		{"Prosesor: server / peserta tiruan / seluruh mesin ini, dari yang dapat dipakai server",
			fmt.Sprintf("%s / %s / %s dari %s", angka(f["server_processors"]), angka(f["crowd_processors"]), angka(f["busy_processors"]), angka(f["processors"]))},
		{"Jurnal: bagian waktu penulisan", percent(f["journal_occupied"])},
		{"Jurnal: p99 satu penulisan; peristiwa tiap penulisan", lama(f["commit_p99_ms"]) + "; " + angka(f["batch_events"])},
		{"p99 simpan jawaban di dalam server", lama(f["acknowledge_p99_ms"])},
		{"Deskriptor: server / peserta tiruan", percent(f["server_descriptors"]) + " / " + percent(f["crowd_descriptors"])},
		{"Jaringan: pulang-pergi sebelum beban / denyut selama beban", lama(f["round_trip_ms"]) + " / " + lama(f["beat_ms"])},
	} {
		d.Load = append(d.Load, reportLimit{Name: row[0], Measured: row[1]})
	}
}

func (d *reportData) machine(m *machine) {
	memory := ""
	if m.MemoryMB > 0 {
		memory = angka(math.Round(float64(m.MemoryMB)/102.4)/10) + " GB"
	}
	for _, row := range [][2]string{
		{"Server", m.Target}, {"Nama mesin", m.Host}, {"Prosesor", strings.TrimSpace(fmt.Sprintf("%d × %s", m.Processors, m.Processor))},
		{"Memori", memory}, {"Sistem", m.System}, {"Jurnal", m.Journal}, {"Penyimpan sesi", m.Store},
		{"Deskriptor per proses", fmt.Sprint(m.Files)}, {"Versi Terang", m.Version}, {"Versi Go", m.Go},
	} {
		if row[1] != "" {
			d.Machine = append(d.Machine, reportLimit{Name: row[0], Measured: row[1]})
		}
	}
}

// angka writes a figure as Indonesians do: 1.234,5.
func angka(v float64) string {
	whole, part, _ := strings.Cut(number(v), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "." + whole[i:]
	}
	if part != "" {
		whole += "," + part
	}
	return sign + whole
}

// lama writes milliseconds as Indonesians read them.
func lama(ms float64) string {
	if ms >= 1000 {
		return angka(math.Round(ms/10)/100) + " dtk"
	}
	return angka(math.Round(100*ms)/100) + " md"
}

var bulan = strings.Fields("Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember")

func tanggal(at string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return at
	}
	t = t.Local()
	return fmt.Sprintf("%d %s %d, pukul %s", t.Day(), bulan[t.Month()-1], t.Year(), t.Format("15.04 MST"))
}
