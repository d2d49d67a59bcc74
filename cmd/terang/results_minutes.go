package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
	"terang/web"
	"terang/web/document"
)

type resultsMinutes struct {
	printFlags
	Sitting string `required:"" help:"Code of the sitting." placeholder:"CODE"`
	Output  string `aliases:"out" required:"" help:"PDF to write." placeholder:"FILE.pdf"`
}

// Run prints what the journal says of a sitting, for its Berita Acara.
func (c *resultsMinutes) Run(ctx context.Context) error {
	return c.open(ctx, func(s *stores, p *printing) error {
		m, err := c.minutes(ctx, s, p)
		if err != nil {
			return err
		}
		return writeWhole(c.Output, m.WritePDF)
	})
}

// record is the folds of a sitting's stream and of its attempts, with those events that no
// fold keeps.
type record struct {
	sitting   *engine.Sitting
	opened    engine.Instant // check-in, the first time
	incidents []engine.Event
	attempts  map[string]*engine.Attempt
	moves     []moved
	devices   map[string]bool
	away      map[string]string // why, by attempt
	left      int               // leaves of the room
	lateHeld  int               // answers that came after the end
	given     map[partOf]engine.Event
	own       map[partOf]bool // pauses of one attempt alone
}

// partOf names an event of an attempt.
type partOf struct {
	attempt string
	n       int
}

type moved struct {
	attempt, from string
	event         engine.Event
}

// readRecords folds the streams of sittings in one pass over the journal; a record that
// does not fit its chain is an error.
func readRecords(ctx context.Context, s *stores, p *printing, sittings ...string) (map[string]*record, error) {
	all, byStream, byAttempt := make(map[string]*record), make(map[string]*record), make(map[string]*record)
	for _, sitting := range sittings {
		stream := engine.SittingStream + p.exam.Def.Code + "." + sitting
		d := &record{
			sitting: engine.NewSitting(stream), attempts: make(map[string]*engine.Attempt), devices: make(map[string]bool),
			away: make(map[string]string), given: make(map[partOf]engine.Event), own: make(map[partOf]bool),
		}
		all[sitting], byStream[stream] = d, d
	}
	for _, r := range p.exam.Boards.Results() {
		if d := all[r.Sitting]; d != nil {
			d.attempts[r.Attempt], byAttempt[r.Attempt] = engine.NewAttempt(engine.AttemptStream+r.Attempt), d
		}
	}
	var broken []error
	err := eachEvent(ctx, s.journal, func(r engine.Record, e *engine.Event) {
		if d := byStream[r.Stream]; d != nil {
			if err := d.sitting.Fold(r); err != nil {
				broken = append(broken, err)
			}
			switch e.Kind {
			case engine.CheckinOpened:
				d.opened = cmp.Or(d.opened, e.At)
			case engine.IncidentNoted:
				d.incidents = append(d.incidents, *e)
			}
			return
		}
		id, _ := strings.CutPrefix(r.Stream, engine.AttemptStream)
		if d := byAttempt[id]; d != nil {
			a := d.attempts[id]
			was := a.Seat
			if err := a.Fold(r); err != nil {
				broken = append(broken, err)
			}
			d.attempt(id, was, a, e)
		}
	})
	return all, errors.Join(append(broken, err)...)
}

func (d *record) attempt(id, was string, a *engine.Attempt, e *engine.Event) {
	switch e.Kind {
	case engine.TurnedAway:
		d.away[id] = e.Why
	case engine.CheckedIn:
		delete(d.away, id)
	case engine.DeviceBound:
		d.devices[e.Device] = true
	case engine.DeviceMoved:
		d.moves = append(d.moves, moved{id, was, *e})
	case engine.Left:
		d.left++
	case engine.LateRefused:
		d.lateHeld++
	case engine.TimeGiven:
		d.given[partOf{id, a.N}] = *e
	case engine.Paused:
		d.own[partOf{id, a.N}] = e.Ref == 0
	}
}

// minutes make a document of the record.
func (c *resultsMinutes) minutes(ctx context.Context, s *stores, p *printing) (*document.Minutes, error) {
	i := slices.IndexFunc(p.exam.Def.Sittings, func(d engine.SittingDef) bool { return d.Code == c.Sitting })
	if i < 0 {
		return nil, fmt.Errorf("exam %s has no sitting %q: see terang exam status", c.Exam, c.Sitting)
	}
	records, err := readRecords(ctx, s, p, c.Sitting)
	if err != nil {
		return nil, err
	}
	d := records[c.Sitting]
	words, err := web.Texts("station", "id")
	if err != nil {
		return nil, err
	}
	w := &minuteWriter{printing: p, record: d, def: p.exam.Def.Sittings[i], zone: p.zone(c.Sitting), words: words}
	m := &document.Minutes{
		Head: p.head(p.exam.Def.Code+".sitting."+c.Sitting, w.agency(), w.zone), Facts: w.facts(), Attendance: w.attendance(),
		Extra: w.extra(), Stops: w.stops(), Moves: w.moves(), Scores: w.scores(),
		Machines: []document.Field{
			{Name: "Komputer dipakai", English: "Machines used", Value: strconv.Itoa(len(d.devices))},
			{Name: "Kursi di ruang", English: "Seats in the room", Value: w.seats()},
		},
		Signatures: []document.Field{
			{Name: "Koordinator Tim Pelaksana", English: "Coordinator of the exam team"},
			{Name: "Panitia Seleksi Instansi", English: "Agency's representative"},
			{Name: "Pengawas", English: "Supervisor"},
		},
	}
	m.Results, m.ResultsOf = w.checksum()
	for _, e := range d.incidents {
		text, err := proctor.Text(ctx, s.register, e.Text)
		if err != nil {
			return nil, err
		}
		m.Incidents = append(m.Incidents, [4]string{w.clock(e.At), e.Seat, w.reason(e.Why), text})
	}
	return m, nil
}

// minuteWriter puts a record into words.
type minuteWriter struct {
	*printing
	*record
	def   engine.SittingDef
	zone  *time.Location
	words map[string]string
}

func (w *minuteWriter) clock(at engine.Instant) string {
	if at == 0 {
		return ""
	}
	return document.Clock(at.Time().In(w.zone))
}

func (w *minuteWriter) moment(at engine.Instant) string {
	if at == 0 {
		return "–"
	}
	return document.Moment(at.Time().In(w.zone))
}

func (w *minuteWriter) reason(code string) string {
	if word, ok := w.words["station.reason."+code]; ok {
		return word
	}
	return code
}

// agency is that of all formations, if it is one.
func (w *minuteWriter) agency() string {
	name := ""
	for _, f := range w.formations {
		if name != "" && name != f.Agency {
			return ""
		}
		name = f.Agency
	}
	return name
}

func (w *minuteWriter) facts() []document.Field {
	facts := []document.Field{{Name: "Sesi", English: "Sitting", Value: w.def.Title + " (" + w.def.Code + ")"}}
	for _, s := range w.exam.Def.Sites {
		if s.Code == w.def.Site {
			facts = append(facts, document.Field{Name: "Lokasi", English: "Site", Value: s.Name})
		}
	}
	for _, r := range w.exam.Def.Rooms {
		if r.Code == w.def.Room {
			facts = append(facts, document.Field{Name: "Ruang", English: "Room", Value: r.Name})
		}
	}
	planned := w.sitting.Planned
	if planned == 0 {
		planned, _ = w.exam.Def.StartOf(w.def) // checked when the definition was read
	}
	last := engine.Instant(0)
	for _, a := range w.attempts {
		last = max(last, a.FinishAt)
	}
	return append(facts,
		document.Field{Name: "Rencana mulai", English: "Planned start", Value: w.moment(planned)},
		document.Field{Name: "Pendaftaran ulang", English: "Check-in", Value: w.moment(w.opened)},
		document.Field{Name: "Pendaftaran ditutup", English: "Check-in closed", Value: w.moment(w.sitting.ClosedAt)},
		document.Field{Name: "Mulai", English: "Started", Value: w.moment(w.sitting.StartedAt)},
		document.Field{Name: "Selesai terakhir", English: "Last finish", Value: w.moment(last)},
		document.Field{Name: "Sesi diakhiri", English: "Ended", Value: w.moment(w.sitting.EndedAt)})
}

// ids are the sitting's attempts in order of number.
func (w *minuteWriter) ids() []string {
	ids := make([]string, 0, len(w.attempts))
	for id := range w.attempts {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return strings.Compare(w.number(a), w.number(b)) })
	return ids
}

func (w *minuteWriter) number(id string) string { return w.exam.Person(id).Number }

func (w *minuteWriter) attendance() []document.Tally {
	began := document.Tally{Name: "Mengikuti ujian", English: "sat"}
	open := document.Tally{Name: "Belum selesai", English: "not finished"}
	absent := document.Tally{Name: "Tidak hadir", English: "absent"}
	here := document.Tally{Name: "Hadir, tidak mulai", English: "present, not started"}
	dis := document.Tally{Name: "Didiskualifikasi", English: "disqualified"}
	late := document.Tally{Name: "Mulai terlambat", English: "started late"}
	away := make(map[string]*document.Tally)
	add := func(t *document.Tally, id string, named bool) {
		t.Count++
		if named {
			t.Numbers = append(t.Numbers, w.number(id))
		}
	}
	for _, id := range w.ids() {
		a := w.attempts[id]
		if a.Ledger.From != 0 {
			add(&began, id, false)
			if !a.State.Over() {
				add(&open, id, true)
			}
			if a.Ledger.From > w.sitting.StartedAt && w.sitting.StartedAt != 0 && w.exam.Def.Policy.LateEntry != engine.LateFull {
				add(&late, id, true)
			}
		}
		switch why := w.away[id]; {
		case a.State == engine.DisqualifiedNow:
			add(&dis, id, true)
		case why != "":
			if away[why] == nil {
				away[why] = &document.Tally{Name: "Gugur: " + w.reason(why), English: "forfeited"}
			}
			add(away[why], id, true)
		case a.Ledger.From == 0 && a.PresentAt == 0:
			add(&absent, id, true)
		case a.Ledger.From == 0:
			add(&here, id, true)
		}
	}
	out := []document.Tally{{Name: "Terdaftar", English: "registered", Count: len(w.attempts)}, began}
	for _, t := range []document.Tally{late, open, here} {
		if t.Count > 0 {
			out = append(out, t)
		}
	}
	out = append(out, absent)
	for _, why := range []string{"late", "papers", "identity", "disqualified", "withdrew"} {
		if t := away[why]; t != nil {
			out = append(out, *t)
		}
	}
	return append(out, dis)
}

// minutesOf writes milliseconds as minutes and seconds.
func minutesOf(ms int64) string {
	sign := ""
	if ms < 0 {
		sign, ms = "-", -ms
	}
	return fmt.Sprintf("%s%d.%02d", sign, ms/60000, ms/1000%60)
}

// extra is time that some have on top of the others: by approval or by decision.
func (w *minuteWriter) extra() (out [][4]string) {
	for _, id := range w.ids() {
		for _, part := range w.attempts[id].Ledger.Why(w.issued) {
			switch part.What {
			case "extra":
				out = append(out, [4]string{w.number(id), minutesOf(part.MS), w.reason("accommodation"), "–"})
			case "given":
				e := w.given[partOf{id, part.N}]
				out = append(out, [4]string{w.number(id), minutesOf(part.MS), w.reason(part.Why), by(&e)})
			}
		}
	}
	return out
}

func by(e *engine.Event) string {
	if e.Two != "" {
		return e.By + ", " + e.Two
	}
	return e.By
}

// stops are the pauses of all, and what single candidates were credited.
func (w *minuteWriter) stops() (out [][5]string) {
	for i, t := range w.sitting.Turns {
		if t.Kind != engine.SittingPaused {
			continue
		}
		to, ms := "", "–"
		for _, next := range w.sitting.Turns[i+1:] {
			if next.Kind == engine.SittingResumed {
				to, ms = w.clock(next.At), minutesOf(int64(next.At-t.At))
				break
			}
		}
		out = append(out, [5]string{"semua peserta / all", w.clock(t.At), to, ms, w.reason(t.Why)})
	}
	for _, id := range w.ids() {
		for _, part := range w.attempts[id].Ledger.Why(w.issued) {
			if part.What == "gap" || part.What == "move" || part.What == "reopened" || part.What == "pause" && w.own[partOf{id, part.N}] {
				out = append(out, [5]string{w.number(id), w.clock(part.From), w.clock(part.To), minutesOf(part.MS), w.reason(cmp.Or(part.Why, part.What))})
			}
		}
	}
	return out
}

func (w *minuteWriter) moves() (out [][5]string) {
	for _, m := range w.record.moves {
		out = append(out, [5]string{w.clock(m.event.At), w.number(m.attempt), m.from, m.event.Seat, w.reason(m.event.Why)})
	}
	return out
}

func (w *minuteWriter) seats() string {
	for _, r := range w.exam.Def.Rooms {
		if r.Code == w.def.Room {
			return strconv.Itoa(r.Seats)
		}
	}
	return ""
}

// results are the sitting's in order of number.
func (w *minuteWriter) results() []scoring.Result {
	all := slices.DeleteFunc(w.exam.Boards.Results(), func(r scoring.Result) bool { return r.Sitting != w.def.Code })
	slices.SortFunc(all, func(a, b scoring.Result) int { return strings.Compare(w.number(a.Attempt), w.number(b.Attempt)) })
	return all
}

func (w *minuteWriter) scores() []document.Field {
	finished, met, least, most := 0, 0, 0, 0
	for _, r := range w.results() {
		if !r.Ranked() || !r.Finished {
			continue
		}
		total := r.Points.Sum()
		if finished == 0 {
			least, most = total, total
		}
		finished++
		least, most = min(least, total), max(most, total)
		if r.Status == scoring.Meets {
			met++
		}
	}
	fields := []document.Field{
		{Name: "Selesai dengan nilai", English: "Finished with a score", Value: strconv.Itoa(finished)},
		{Name: "Memenuhi ambang batas", English: "Meet the thresholds", Value: strconv.Itoa(met)},
	}
	if finished > 0 {
		fields = append(fields,
			document.Field{Name: "Nilai total tertinggi", English: "Highest", Value: strconv.Itoa(most)},
			document.Field{Name: "Nilai total terendah", English: "Lowest", Value: strconv.Itoa(least)})
	}
	return append(fields,
		document.Field{Name: "Keluar ruang dengan izin", English: "Leaves of the room", Value: strconv.Itoa(w.left)},
		document.Field{Name: "Jawaban sesudah waktu", English: "Refused as late", Value: strconv.Itoa(w.lateHeld)})
}

// checksum is of the results as results export --format csv writes them: those of the
// sitting, in order of number, each line with its end.
func (w *minuteWriter) checksum() (sum, how string) {
	digest := sha256.New()
	for _, r := range w.results() {
		fmt.Fprintf(digest, "%s,", w.number(r.Attempt))
		for i := range w.exam.Rules.Sections {
			if r.Visible {
				fmt.Fprintf(digest, "%d", r.Points[i])
			}
			fmt.Fprint(digest, ",")
		}
		fmt.Fprintf(digest, "%s\n", r.Status)
	}
	codes := make([]string, len(w.exam.Rules.Sections))
	for i, s := range w.exam.Rules.Sections {
		codes[i] = s.Code
	}
	return hex.EncodeToString(digest.Sum(nil)), fmt.Sprintf("SHA-256 dari satu baris tiap peserta sesi ini menurut urutan nomor: nomor,%s,keadaan (keadaan seperti pada ekspor: meets, misses, DIS, TMS, APS, TH); nilai kosong bila ujian tidak dimulai.", strings.Join(codes, ","))
}
