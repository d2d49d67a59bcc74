package document

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Minutes are a sitting's record (Berita Acara), to be signed by both sides: a version
// that was closed under its hash, or, before that, a sheet of what the journal says so
// far. People are participant numbers; reasons are codes in words.
type Minutes struct {
	Head
	Version     int    // 0: not closed yet
	Supplement  string // what this version goes on from, in words
	Fingerprint string // SHA-256 of the closed data, in hex
	Verify      string // address at which the fingerprint is compared

	Facts        []Field // site, room, sitting, planned and real times
	Attendance   []Tally
	Sum          string     // how the counts add up
	Away         [][]string // number, time, reason, by, when they came in after all
	Disqualified [][]string // number, time, reason, by whom
	Extra        [][]string // number, minutes, reason, decided by: time on top of everybody's
	Outages      [][]string // from, to, people, minutes of all together, reasons
	Credits      [][]string // number, from and to, minutes, what became of it, evidence
	Stops        [][]string // whom, from, to, length, reason
	Moves        [][]string // time, number, from seat, to seat, reason
	Incidents    [][]string // time, seat, kind, words
	Machines     []Field
	Staff        [][]string // account, what it did
	Scores       []Field
	Results      string     // SHA-256 of the list of results, in hex
	ResultsOf    string     // how that list is written, for whoever computes it again
	Log          string     // SHA-256 of the sitting's part of the journal, in hex
	Counted      [][]string // what, by the journal, by hand, difference
	CountedWhy   string     // reason of a difference
	Signed       [][]string // as what, account, when
	Signatures   []Field    // places to sign by hand
}

// Tally is a number of people, with theirs where they are few enough to be named.
type Tally struct {
	Name, English string
	Count         int
	Numbers       []string
	Strong        bool // a sum
}

// WritePDF writes the minutes with places for signatures and an addendum.
func (m *Minutes) WritePDF(w io.Writer) error {
	title, english := "LEMBAR DATA BERITA ACARA", "Data sheet for the minutes of a sitting"
	foot := []string{m.Code, "posisi jurnal " + strconv.FormatInt(m.Position, 10), "Lembar data Berita Acara"}
	if m.Version > 0 {
		title, english = fmt.Sprintf("BERITA ACARA, VERSI %d", m.Version), fmt.Sprintf("Minutes of a sitting, version %d", m.Version)
		foot = []string{m.Code, fmt.Sprintf("Berita Acara versi %d", m.Version), "sidik jari " + m.Fingerprint[:min(16, len(m.Fingerprint))]}
	}
	p, err := newPaper(false, title+" – "+m.Exam, m.Authority, strings.Join(foot, " · "), m.Issued)
	if err != nil {
		return err
	}
	p.letterhead(&m.Head, title, english)
	p.y += 1
	p.fields(55, m.Facts)
	if m.Supplement != "" {
		p.block(margin, p.inside, strong, m.Supplement)
	}
	m.attendance(p)
	m.events(p)
	p.heading("Komputer", "Machines")
	p.fields(72, m.Machines)
	grid(p, "Petugas", "Staff", m.Staff, cols("Akun", "Account", 40.0, "Tindakan", "Acts", 134.0))
	p.heading("Hasil", "Results")
	p.fields(72, m.Scores)
	if len(m.Counted) > 0 {
		grid(p, "Hitungan tangan", "Hand count", m.Counted, cols("", "", 54.0, "Menurut jurnal", "Journal", 40.0, "Menurut hitungan", "Counted", 40.0, "Selisih", "Difference", 40.0))
		p.fields(55, []Field{{Name: "Alasan selisih", English: "Reason", Value: m.CountedWhy}})
	}
	p.heading("Asal data", "Where this comes from")
	p.fields(55, append(m.source(),
		Field{Name: "SHA-256 daftar hasil", English: "of the results", Value: m.Results, Mono: true},
		Field{Name: "SHA-256 jurnal sesi", English: "of the sitting's journal", Value: m.Log, Mono: true}))
	p.block(margin, p.inside, small, m.ResultsOf)
	if err := m.verify(p); err != nil {
		return err
	}
	if m.Version > 0 {
		grid(p, "Tanda tangan elektronik", "Signed in the system", m.Signed, cols("Sebagai", "As", 60.0, "Akun", "Account", 54.0, "Waktu", "Time", 60.0))
	}
	m.sign(p)
	return p.write(w)
}

// events sets what happened, part by part.
func (m *Minutes) events(p *paper) {
	grid(p, "Ditolak saat pendaftaran ulang", "Turned away", m.Away, cols("Nomor peserta", "Number", 46.0, "Waktu", "Time", 30.0, "Alasan", "Reason", 44.0, "Oleh", "By", 26.0, "Masuk", "Came in", 28.0))
	grid(p, "Diskualifikasi", "Disqualifications", m.Disqualified, cols("Nomor peserta", "Number", 50.0, "Waktu", "Time", 30.0, "Alasan", "Reason", 54.0, "Oleh dua orang", "By two", 40.0))
	grid(p, "Tambahan waktu", "Extra time", m.Extra, cols("Nomor peserta", "Number", 50.0, "Menit", "Minutes", 24.0, "Alasan", "Reason", 60.0, "Diputuskan oleh", "Decided by", 40.0))
	grid(p, "Jeda", "Pauses", m.Stops, cols("Siapa", "Who", 42.0, "Mulai", "From", 26.0, "Selesai", "To", 26.0, "Menit", "Minutes", 20.0, "Alasan", "Reason", 60.0))
	grid(p, "Gangguan", "Outages", m.Outages, cols("Mulai", "From", 34.0, "Selesai", "To", 34.0, "Peserta", "People", 24.0, "Menit semua", "Minutes in all", 32.0, "Sebab", "Cause", 50.0))
	grid(p, "Penggantian waktu dan buktinya", "Time credited, with its evidence", m.Credits, cols("Nomor peserta", "Number", 40.0, "Gangguan", "Outage", 40.0, "Menit", "Minutes", 18.0, "Keputusan", "Decision", 30.0, "Bukti", "Evidence", 46.0))
	grid(p, "Perpindahan komputer", "Devices moved", m.Moves, cols("Waktu", "Time", 32.0, "Nomor peserta", "Number", 46.0, "Dari", "From", 24.0, "Ke", "To", 24.0, "Alasan", "Reason", 48.0))
	grid(p, "Kejadian dan tindakan", "Incidents and measures", m.Incidents, cols("Waktu", "Time", 32.0, "Kursi", "Seat", 20.0, "Jenis", "Kind", 40.0, "Uraian", "Words", 82.0))
}

// verify sets the fingerprint of a closed version, and where it can be compared.
func (m *Minutes) verify(p *paper) error {
	if m.Version == 0 {
		return nil
	}
	const size = 34.0
	p.room(size + 12)
	p.heading("Keaslian", "Verification")
	p.room(size)
	top := p.y
	if m.Verify != "" {
		if err := p.code(p.wide-margin-size, top, size, m.Verify); err != nil {
			return err
		}
	}
	wide := p.inside - size - 4
	p.block(margin, wide, body, "Sidik jari data Berita Acara ini (SHA-256). Pindai kode atau buka alamatnya untuk membandingkan.")
	p.block(margin, wide, english, "Fingerprint of these minutes' data. Scan the code or open the address to compare it.")
	p.block(margin, wide, look{mono, plain, 8.5, black, 'L'}, m.Fingerprint[:len(m.Fingerprint)/2]+" "+m.Fingerprint[len(m.Fingerprint)/2:])
	p.block(margin, wide, look{mono, plain, 8, black, 'L'}, m.Verify)
	p.y = max(p.y, top+size)
	return nil
}

func (m *Minutes) attendance(p *paper) {
	p.heading("Kehadiran", "Attendance")
	t := table{columns: cols("Keadaan", "State", 58.0, "Jumlah", "Count", 20.0, "Nomor peserta", "Numbers", 96.0)}
	t.columns[1].align = 'R'
	t.begin(p)
	for _, a := range m.Attendance {
		l := small.of(8.5)
		if a.Strong {
			l = strong.of(8.5)
		}
		t.row(p, l, strings.TrimSuffix(a.Name+" / "+a.English, " / "), fmt.Sprint(a.Count), strings.Join(a.Numbers, ", "))
	}
	t.end(p)
	if m.Sum != "" {
		p.block(margin, p.inside, small, m.Sum)
	}
}

// cols are columns from triples of title, English and width.
func cols(all ...any) (out []column) {
	for i := 0; i+2 < len(all); i += 3 {
		out = append(out, column{title: all[i].(string), english: all[i+1].(string), width: all[i+2].(float64)})
	}
	return out
}

// grid sets a part of the minutes; where nothing was, it says so.
func grid(p *paper, id, en string, rows [][]string, columns []column) {
	p.heading(id, en)
	if len(rows) == 0 {
		p.both(margin, p.y, p.inside, body, "Tidak ada.", "None.")
		p.y += body.height()
		return
	}
	t := table{columns: columns}
	t.begin(p)
	for _, r := range rows {
		t.row(p, small.of(8.5), r...)
	}
	t.end(p)
}

// sign sets the places for signatures, and below them lines for an addendum.
func (m *Minutes) sign(p *paper) {
	const height = 34.0
	p.room(height + 44)
	p.heading("Tanda tangan", "Signatures")
	width := p.inside / float64(max(1, len(m.Signatures)))
	for i, s := range m.Signatures {
		x := margin + float64(i)*width
		p.both(x, p.y, width-6, strong, s.Name, "")
		p.put(x, p.y+4.6, width-6, english, s.English)
		p.line(x, p.y+height-8, width-6, 0.25, black)
		p.put(x, p.y+height-7, width-6, small, "Nama dan tanggal")
		p.put(x, p.y+height-3.2, width-6, english, "Name and date")
	}
	p.y += height + 1
	p.heading("Adendum", "Addendum")
	for range 4 {
		p.y += 7
		if p.y < p.low() {
			p.line(margin, p.y, p.inside, 0.15, rule)
		}
	}
}
