package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/web/document"
)

// MinutesSheet is what a printed record of a sitting is made from.
type MinutesSheet struct {
	Data    *proctor.MinutesData   // as closed, or as the journal stands
	Version *engine.MinutesVersion // nil: not closed yet
	Words   map[string]string      // of incidents, by hash
	Counted *proctor.Counted       // hand count, nil if there is none
	Why     string                 // reason of its difference, in words
	Name    func(user string) string
	Verify  string // address that compares the fingerprint

	Authority string
	Issued    engine.Instant
	Lang      string // of words for codes; "" is id
}

// sheetWriter puts facts into words.
type sheetWriter struct {
	*MinutesSheet
	exam   *Exam
	facts  *proctor.Facts
	zone   *time.Location
	id, en map[string]string
	own    map[string]string // of the two, that of the language
	room   map[string]string // texts of the station
}

// Print makes the document.
func (q *MinutesSheet) Print(x *Exam) (*document.Minutes, error) {
	w := &sheetWriter{MinutesSheet: q, exam: x, facts: &q.Data.Facts}
	lang := cmp.Or(q.Lang, "id")
	var err error
	if w.zone, err = time.LoadLocation(q.Data.Zone); err != nil {
		return nil, fmt.Errorf("minutes of %s: %w", w.facts.Sitting, err)
	}
	for _, t := range []struct {
		into       *map[string]string
		area, lang string
	}{{&w.id, "minutes", "id"}, {&w.en, "minutes", "en"}, {&w.own, "minutes", lang}, {&w.room, "station", lang}} {
		if *t.into, err = Texts(t.area, t.lang); err != nil {
			return nil, err
		}
	}
	results := new(MinutesResults)
	if len(q.Data.Results) > 0 {
		if err := json.Unmarshal(q.Data.Results, results); err != nil {
			return nil, fmt.Errorf("minutes of %s: results: %w", w.facts.Sitting, err)
		}
	}
	m := &document.Minutes{
		Head:  x.Head(w.facts.Exam+".sitting."+w.facts.Sitting, q.Authority, q.Issued.Time().In(w.zone)),
		Facts: w.times(), Attendance: w.attendance(), Away: w.away(), Disqualified: w.disqualified(), Extra: w.extra(), Outages: w.outages(), Credits: w.credits(),
		Stops: w.stops(), Moves: w.moves(), Incidents: w.incidents(), Staff: w.staff(), Scores: w.scores(results),
		Results: results.SHA256, ResultsOf: results.How, Log: w.facts.Log, Verify: q.Verify,
		Machines: []document.Field{
			{Name: "Komputer dipakai", English: "Machines used", Value: strconv.Itoa(w.facts.Devices)},
			{Name: "Kursi di ruang", English: "Seats in the room", Value: strconv.Itoa(w.facts.Seats)},
		},
		Signatures: []document.Field{
			{Name: "Koordinator Tim Pelaksana", English: "Coordinator of the exam team"},
			{Name: "Panitia Seleksi Instansi", English: "Agency's representative"},
			{Name: "Pengawas", English: "Supervisor"},
		},
	}
	if w.facts.InsecureLAN {
		m.Machines = append(m.Machines, document.Field{Name: "Jaringan", English: "Network", Value: w.reason(proctor.AlertInsecure)})
	}
	t := &w.facts.Attendance
	m.Sum = fmt.Sprintf("%d terdaftar = %d hadir + %d tidak hadir.", t.Registered, t.Present, t.Absent)
	m.RuleSet, m.Rules, m.Rescored, m.Position = results.RuleSet, results.Rules, results.Annulments, results.Position
	m.Final = false
	if v := q.Version; v != nil {
		w.closed(m, v)
	}
	return m, nil
}

// closed adds what a version has beside its data.
func (w *sheetWriter) closed(m *document.Minutes, v *engine.MinutesVersion) {
	m.Version, m.Fingerprint, m.Final = v.Version(), v.Closed.Text, true // it does not change any more
	if w.Data.Supplement != "" {
		m.Supplement = fmt.Sprintf("Versi ini menambah versi %d (sidik jari %s…): %s.", v.Version()-1, w.Data.Supplement[:16], w.word("minutes.why."+w.Data.Why))
	}
	if c := w.Counted; c != nil {
		t := &w.facts.Attendance
		for _, n := range []struct {
			name    string
			system  int
			counted *int
			by      int
		}{{"Hadir / present", t.Present, c.Hand.Present, c.Difference.Present}, {"Tidak hadir / absent", t.Absent, c.Hand.Absent, c.Difference.Absent}} {
			if n.counted != nil {
				m.Counted = append(m.Counted, []string{n.name, strconv.Itoa(n.system), strconv.Itoa(*n.counted), fmt.Sprintf("%+d", n.by)})
			}
		}
		m.CountedWhy = w.Why
	}
	if v.Signed.Kind != "" {
		m.Signed = append(m.Signed, []string{"Penanda tangan pertama / first", w.name(v.Signed.By), w.moment(v.Signed.At.String())}, []string{"Penanda tangan kedua / second", w.name(v.Signed.Two), w.moment(v.Signed.At.String())})
	}
	for i := range v.Witnessed {
		m.Signed = append(m.Signed, []string{"Saksi / witness", w.name(v.Witnessed[i].By), w.moment(v.Witnessed[i].At.String())})
	}
}

func (w *sheetWriter) name(user string) string {
	if w.Name != nil {
		if name := w.Name(user); name != "" && name != user {
			return name + " (" + user + ")"
		}
	}
	return user
}

func (w *sheetWriter) word(key string) string { return cmp.Or(w.own[key], w.room[key], key) }

func (w *sheetWriter) reason(code string) string {
	return cmp.Or(w.room["station.reason."+code], w.own["minutes.reason."+code], code)
}

func (w *sheetWriter) at(text string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, text)
	return t.In(w.zone), err == nil
}

func (w *sheetWriter) clock(text string) string {
	if t, ok := w.at(text); ok {
		return document.Clock(t)
	}
	return ""
}

func (w *sheetWriter) moment(text string) string {
	if t, ok := w.at(text); ok {
		return document.Moment(t)
	}
	return "–"
}

// length writes milliseconds as minutes and seconds.
func length(ms int64) string {
	sign := ""
	if ms < 0 {
		sign, ms = "-", -ms
	}
	return fmt.Sprintf("%s%d.%02d", sign, ms/60000, ms/1000%60)
}

func both(by, two string) string {
	if two != "" {
		return by + ", " + two
	}
	return by
}

func (w *sheetWriter) times() []document.Field {
	def := w.exam.Def
	var facts []document.Field
	for _, s := range def.Sittings {
		if s.Code == w.facts.Sitting {
			facts = append(facts, document.Field{Name: "Sesi", English: "Sitting", Value: s.Title + " (" + s.Code + ")"})
		}
	}
	for _, s := range def.Sites {
		if s.Code == w.facts.Site {
			facts = append(facts, document.Field{Name: "Lokasi", English: "Site", Value: s.Name})
		}
	}
	for _, r := range def.Rooms {
		if r.Code == w.facts.Room {
			facts = append(facts, document.Field{Name: "Ruang", English: "Room", Value: r.Name})
		}
	}
	t := &w.facts.Times
	return append(facts,
		document.Field{Name: "Rencana mulai", English: "Planned start", Value: w.moment(t.Planned)},
		document.Field{Name: "Pendaftaran ulang", English: "Check-in", Value: w.moment(t.CheckinOpened)},
		document.Field{Name: "Pendaftaran ditutup", English: "Check-in closed", Value: w.moment(t.CheckinClosed)},
		document.Field{Name: "Mulai", English: "Started", Value: w.moment(t.Started)},
		document.Field{Name: "Selesai terakhir", English: "Last finish", Value: w.moment(t.LastFinish)},
		document.Field{Name: "Sesi diakhiri", English: "Ended", Value: w.moment(t.Ended)})
}

// attendance lists all classes under their sums; who finished is counted and not named.
func (w *sheetWriter) attendance() []document.Tally {
	t := &w.facts.Attendance
	tally := func(key string, count int, numbers []string) document.Tally {
		return document.Tally{Name: w.id["minutes.class."+key], English: w.en["minutes.class."+key], Count: count, Numbers: numbers}
	}
	sum := func(key string, count int) document.Tally {
		s := tally(key, count, nil)
		s.Strong = true
		return s
	}
	var absent, present []document.Tally
	for _, c := range t.Classes {
		switch {
		case c.Class == proctor.AwayOther && c.Count == 0:
		case c.Class.Absent():
			absent = append(absent, tally(string(c.Class), c.Count, c.Numbers))
		case strings.HasPrefix(string(c.Class), "finished"):
			present = append(present, tally(string(c.Class), c.Count, nil))
		default:
			present = append(present, tally(string(c.Class), c.Count, c.Numbers))
		}
	}
	out := append([]document.Tally{sum("registered", t.Registered), sum("present", t.Present)}, present...)
	out = append(out, tally("began", w.facts.Began, nil))
	if len(w.facts.Late) > 0 {
		out = append(out, tally("started_late", len(w.facts.Late), w.facts.Late))
	}
	return append(append(out, sum("absent", t.Absent)), absent...)
}

func (w *sheetWriter) away() (out [][]string) {
	for _, a := range w.facts.Away {
		out = append(out, []string{a.Number, w.clock(a.At), w.reason(a.Why), a.By, w.clock(a.Back)})
	}
	return out
}

func (w *sheetWriter) disqualified() (out [][]string) {
	for _, d := range w.facts.Disqualified {
		out = append(out, []string{d.Number, w.clock(d.At), w.reason(d.Why), both(d.By, d.Two)})
	}
	return out
}

// extra is time that some have on top of the others: by approval or by decision.
func (w *sheetWriter) extra() (out [][]string) {
	for _, a := range w.facts.Extra {
		why, by := w.reason(a.Why), cmp.Or(both(a.By, a.Two), "–")
		if a.Reversed {
			why += ", " + w.word("minutes.credit.reversed")
		}
		out = append(out, []string{a.Number, length(a.MS), why, by})
	}
	return out
}

func (w *sheetWriter) outages() (out [][]string) {
	for _, o := range w.facts.Outages {
		why := make([]string, len(o.Why))
		for i, code := range o.Why {
			why[i] = w.reason(code)
		}
		out = append(out, []string{w.clock(o.From), w.clock(o.To), strconv.Itoa(o.People), length(o.MS), strings.Join(why, ", ")})
	}
	return out
}

func (w *sheetWriter) credits() (out [][]string) {
	for _, c := range w.facts.Credits {
		proof := []string{fmt.Sprintf("%s %d", w.word("minutes.record"), c.Record)}
		if c.Last != "" {
			proof = append(proof, w.word("minutes.last_contact")+" "+w.clock(c.Last))
		}
		if c.Back != "" {
			proof = append(proof, fmt.Sprintf("%s %s, %s", w.word("minutes.came_back"), w.clock(c.Back), strings.ReplaceAll(w.word("minutes.device"), "{n}", strconv.Itoa(c.Device))))
		}
		decision := w.word("minutes.credit." + c.State)
		if c.By != "engine" && c.By != "" && c.By != "candidate" {
			decision += ", " + both(c.By, c.Two)
		}
		out = append(out, []string{c.Number, w.clock(c.From) + " – " + w.clock(c.To), length(c.MS), decision + " (" + w.reason(c.Why) + ")", strings.Join(proof, ", ")})
	}
	return out
}

func (w *sheetWriter) stops() (out [][]string) {
	for _, s := range w.facts.Stops {
		who, ms := cmp.Or(s.Number, w.word("minutes.everybody")), "–"
		if s.To != "" {
			ms = length(s.MS)
		}
		why := w.reason(cmp.Or(s.Why, s.What))
		if s.Beyond {
			why += "; " + strings.ReplaceAll(w.word("minutes.beyond"), "{by}", w.name(s.By))
		}
		out = append(out, []string{who, w.clock(s.From), w.clock(s.To), ms, why})
	}
	return out
}

func (w *sheetWriter) moves() (out [][]string) {
	for _, m := range w.facts.Moves {
		out = append(out, []string{w.clock(m.At), m.Number, m.From, m.To, w.reason(m.Why)})
	}
	return out
}

func (w *sheetWriter) incidents() (out [][]string) {
	for _, n := range w.facts.Incidents {
		out = append(out, []string{w.clock(n.At), n.Seat, w.reason(n.Why), w.Words[n.Text]})
	}
	return out
}

func (w *sheetWriter) staff() (out [][]string) {
	for _, s := range w.facts.Staff {
		var acts []string
		for _, act := range slices.Sorted(maps.Keys(s.Acts)) {
			acts = append(acts, fmt.Sprintf("%s %d", cmp.Or(w.room["station.act."+act], w.own["minutes.act."+act], act), s.Acts[act]))
		}
		if s.Second > 0 {
			acts = append(acts, fmt.Sprintf("%s %d", w.word("minutes.as_second"), s.Second))
		}
		out = append(out, []string{w.name(s.User), strings.Join(acts, ", ")})
	}
	return out
}

func (w *sheetWriter) scores(r *MinutesResults) []document.Field {
	fields := []document.Field{
		{Name: "Selesai dengan nilai", English: "Finished with a score", Value: strconv.Itoa(r.Finished)},
		{Name: "Memenuhi ambang batas", English: "Meet the thresholds", Value: strconv.Itoa(r.Meets)},
	}
	if r.Highest != nil && r.Lowest != nil {
		fields = append(fields,
			document.Field{Name: "Nilai total tertinggi", English: "Highest", Value: strconv.Itoa(*r.Highest)},
			document.Field{Name: "Nilai total terendah", English: "Lowest", Value: strconv.Itoa(*r.Lowest)})
	}
	h := &w.facts.Held
	fields = append(fields,
		document.Field{Name: "Keluar ruang dengan izin", English: "Leaves of the room", Value: strconv.Itoa(w.facts.Leaves)},
		document.Field{Name: "Jawaban sesudah waktu", English: "Refused as late", Value: strconv.Itoa(w.facts.LateAnswers)})
	if h.Counted+h.Dropped+h.Waiting > 0 {
		fields = append(fields, document.Field{
			Name: "Jawaban tertahan", English: "Held answers", Value: fmt.Sprintf("%d dihitung, %d tidak, %d menunggu", h.Counted, h.Dropped, h.Waiting),
		})
	}
	return fields
}
