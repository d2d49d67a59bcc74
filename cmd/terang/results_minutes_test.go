package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"terang/cmd/terang/create"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
)

// The data sheet of a sitting says what the records say, and about whom.
func TestTheMinutesSayWhatWasRecorded(t *testing.T) {
	dir := t.TempDir()
	s := &shared{T: t, dsn: "sqlite:" + filepath.Join(dir, "t.db")}
	var err error
	s.keys, err = stores.OpenKeys(filepath.Join(dir, "keys"))
	s.must(err)
	st := s.command()
	start := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC) // 08.00 WIB
	s.must(create.Sample(t.Context(), st, s.keys, 6, start, false))
	people := proctor.NewPeople(st.Register)
	s.must(people.Load(t.Context(), stores.SampleCode))
	ids := make([]string, 6)
	for i, p := range people.In(theSitting) {
		ids[i] = p.Attempt
	}
	at := func(minute int) engine.Instant {
		return engine.InstantOf(start.Add(time.Duration(minute) * time.Minute))
	}
	record := func(stream string, events ...engine.Event) {
		t.Helper()
		n, head := 0, engine.FirstHash(stream)
		s.must(st.Journal.Read(t.Context(), stream, 0, func(r engine.Record) error { n, head = r.N, r.Hash; return nil }))
		out, err := st.Journal.Append(t.Context(), []engine.Run{{Stream: stream, Records: engine.Link(stream, n, head, events)}})
		if s.must(err); out[0].Conflict {
			t.Fatalf("%s: conflict", stream)
		}
	}
	words, err := proctor.KeepText(t.Context(), st.Register, "Listrik padam, genset menyala")
	s.must(err)
	record(engine.SittingStream+theSitting,
		engine.Event{Kind: engine.CheckinOpened, At: at(-60), By: "rina"},
		engine.Event{Kind: engine.CheckinClosed, At: at(-5), By: "engine"},
		engine.Event{Kind: engine.SittingStarted, At: at(0), By: "rina", From: at(0)},
		engine.Event{Kind: engine.IncidentNoted, At: at(10), By: "rina", Why: "power", Seat: "A-02", Text: words},
		engine.Event{Kind: engine.SittingPaused, At: at(10), By: "rina", From: at(10), Why: "power"},
		engine.Event{Kind: engine.SittingResumed, At: at(17), By: "rina", To: at(17)},
		engine.Event{Kind: engine.SittingEnded, At: at(120), By: "rina"})
	begin := func(seat string) []engine.Event {
		return []engine.Event{
			{Kind: engine.CheckedIn, At: at(-30), By: "rina", Sitting: theSitting, Seat: seat},
			{Kind: engine.DeviceBound, At: at(-20), Device: "device " + seat, Gen: 1},
			{Kind: engine.Started, At: at(0), By: "engine", From: at(0), MS: 6_000_000},
			{Kind: engine.Paused, At: at(10), By: "rina", From: at(10), Why: "power", Ref: 5},
			{Kind: engine.Resumed, At: at(17), By: "rina", To: at(17), Ref: 6},
		}
	}
	record(engine.AttemptStream+ids[0], append(begin("A-01"),
		engine.Event{Kind: engine.Paused, At: at(50), By: "rina", From: at(50), Why: "device"},
		engine.Event{Kind: engine.Resumed, At: at(67), By: "rina", To: at(67)},
		engine.Event{Kind: engine.Finished, At: at(100), Why: "self"})...)
	record(engine.AttemptStream+ids[1], append(begin("A-02"),
		engine.Event{Kind: engine.GapCredited, At: at(25), By: "engine", From: at(20), To: at(24), Why: "network"},
		engine.Event{Kind: engine.DeviceMoved, At: at(30), By: "rina", Seat: "A-09", Why: "device"},
		engine.Event{Kind: engine.DeviceBound, At: at(33), Device: "device A-09", Gen: 2},
		engine.Event{Kind: engine.TimeGiven, At: at(40), By: "rina", Two: "joko", MS: 300_000, Why: "health"},
		engine.Event{Kind: engine.Finished, At: at(119), Why: "self"})...)
	record(engine.AttemptStream+ids[2], append(begin("A-03"), engine.Event{Kind: engine.Disqualified, At: at(50), By: "rina", Two: "joko", Why: "phone"})...)
	record(engine.AttemptStream+ids[3], engine.Event{Kind: engine.TurnedAway, At: at(-6), By: "rina", Why: "papers"})
	record(engine.AttemptStream+ids[4], engine.Event{Kind: engine.TurnedAway, At: at(1), By: "rina", Why: "late"})
	s.must(st.Close())

	reader, err := stores.Open(s.dsn, false)
	s.must(err)
	defer func() { _ = reader.Close() }()
	x, err := stores.FoldExam(t.Context(), reader, s.keys, stores.SampleCode, stores.LatestVersion)
	s.must(err)
	listed, err := proctor.NewPeople(reader.Register).Read(t.Context(), stores.SampleCode)
	s.must(err)
	c := resultsMinutes{printFlags: printFlags{examFlags: examFlags{Exam: stores.SampleCode}}, Sitting: "sesi-1"}
	m, err := c.minutes(t.Context(), reader, newPrinting(x, listed.Formations(), "", at(200)))
	s.must(err)
	number := func(i int) string { return x.Person(ids[i]).Number }

	seen := make(map[string]string)
	for _, a := range m.Attendance {
		seen[a.Name] = fmt.Sprint(a.Count, a.Numbers)
	}
	for name, want := range map[string]string{
		"Terdaftar": "6 []", "Hadir": "3 []", "Selesai sendiri": "2 []", "Tidak hadir": "3 []", "Tidak datang": "1 [" + number(5) + "]", "Didiskualifikasi": "1 [" + number(2) + "]",
		"Gugur: dokumen tidak lengkap": "1 [" + number(3) + "]", "Gugur: terlambat": "1 [" + number(4) + "]",
	} {
		if seen[name] != want {
			t.Errorf("%s: %s, want %s", name, seen[name], want)
		}
	}
	for name, c := range map[string]struct{ got, want [][]string }{
		"extra": {m.Extra, [][]string{{number(1), "5.00", "Kesehatan peserta", "rina, joko"}}},
		"stops": {m.Stops, [][]string{
			{"semua peserta", "08.10.00 WIB", "08.17.00 WIB", "7.00", "Gangguan listrik"},
			{number(0), "08.50.00 WIB", "09.07.00 WIB", "17.00", "Kerusakan komputer; melebihi yang boleh diberi satu orang (rina); tidak disahkan orang kedua"},
			{number(1), "08.30.00 WIB", "08.33.00 WIB", "3.00", "Kerusakan komputer"},
		}},
		"outages":      {m.Outages, [][]string{{"08.20.00 WIB", "08.24.00 WIB", "1", "4.00", "Gangguan jaringan"}}},
		"credits":      {m.Credits, [][]string{{number(1), "08.20.00 WIB – 08.24.00 WIB", "4.00", "otomatis (Gangguan jaringan)", "catatan 6"}}},
		"moves":        {m.Moves, [][]string{{"08.30.00 WIB", number(1), "A-02", "A-09", "Kerusakan komputer"}}},
		"incidents":    {m.Incidents, [][]string{{"08.10.00 WIB", "A-02", "Gangguan listrik", "Listrik padam, genset menyala"}}},
		"disqualified": {m.Disqualified, [][]string{{number(2), "08.50.00 WIB", "Membawa alat komunikasi", "rina, joko"}}},
		"away":         {m.Away, [][]string{{number(3), "07.54.00 WIB", "Dokumen tidak lengkap", "rina", ""}, {number(4), "08.01.00 WIB", "Terlambat", "rina", ""}}},
	} {
		if !slices.EqualFunc(c.got, c.want, slices.Equal) {
			t.Errorf("%s: %q,\nwant %q", name, c.got, c.want)
		}
	}
	if m.Machines[0].Value != "4" || m.Scores[0].Value != "2" {
		t.Errorf("machines %v, scores %v", m.Machines, m.Scores)
	}
	var pdf bytes.Buffer
	s.must(m.WritePDF(&pdf))
	text, ok := pdfText(t, pdf.Bytes())
	for _, want := range []string{"LEMBAR DATA BERITA ACARA", m.Results, "Listrik padam, genset menyala", "Koordinator Tim Pelaksana", number(3)} {
		if ok && !strings.Contains(text, want) {
			t.Errorf("the sheet lacks %q", want)
		}
	}
	report, _, err := (&resultsReport{printFlags: c.printFlags}).report(t.Context(), reader, s.keys, newPrinting(x, listed.Formations(), "", at(200)))
	s.must(err)
	rows := make(map[string][]string)
	for _, c := range report.Chapters {
		if len(c.Rows) > 0 {
			rows[c.Name] = c.Rows[0]
		}
		if want := "melebihi yang boleh diberi satu orang, tanpa pengesahan orang kedua: 1 kali"; c.Name == "Gangguan dan penggantian waktu" && !strings.Contains(strings.Join(c.Notes, " "), want) {
			t.Errorf("the report says %q of it", c.Notes)
		}
	}
	for name, want := range map[string]string{
		"Kehadiran":                            "6 3 1 2 1",
		"Gangguan dan penggantian waktu":       "1 7.00 1 7.00 1 1",
		"Memenuhi ambang batas menurut lokasi": "2 0 0,0 %",
	} {
		if got := rows[name]; len(got) == 0 || strings.Join(got[1:], " ") != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if rows["Memenuhi ambang batas menurut jenis kebutuhan"] != nil {
		t.Error("two people have a rate by need")
	}
	for _, id := range ids { // numbers only
		if name := x.Person(id).Name; strings.Contains(text, name) {
			t.Errorf("the sheet names %s", name)
		}
	}
}
