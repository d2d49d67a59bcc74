package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

const formationsV1 = `code,agency,post,education,placement,need,seats
arsiparis,Kota Uji,Arsiparis Ahli Pertama,S-1 Kearsipan,Dinas Arsip,general,4
pranata,Kota Uji,Pranata Komputer,D-III Informatika,Dinas Kominfo,disability,1
`

const calendarV1 = `code,step,from,to,title,note
daftar,registration,2031-08-01,2031-08-20,,
ujian,sittings,2031-11-20,2031-11-25,,"Bawa kartu ujian; hadir paling lambat 90 menit sebelum sesi, karena pemeriksaan berkas memerlukan waktu"
umum,release,2031-12-01T10:00+07:00,,,
sanggah,objection,2031-12-02,2031-12-04,Masa sanggah nilai,
`

func criteriaPath(part string) string { return "/api/v1/exams/" + examCode + "/criteria/" + part }

// publishes lets two people publish a table, and returns the answer to the first.
func (h *house) publishes(one, two *browser, part, file, reason string) body {
	h.Helper()
	op := uuid.NewString()
	status, got := one.post(criteriaPath(part), body{"op": op, "file": file, "reason": reason})
	if status != http.StatusAccepted {
		h.Fatalf("%s proposed: %d %v", part, status, got)
	}
	if status, again := two.approves(got.text("proposal")); status != http.StatusOK {
		h.Fatalf("%s approved: %d %v", part, status, again)
	}
	h.followed()
	return got
}

// draft is the table of criteria that the exam would publish.
func (b *browser) draft() string {
	b.h.Helper()
	status, got := b.get("/api/v1/exams/" + examCode + "/criteria")
	if status != http.StatusOK {
		b.h.Fatal(status, got)
	}
	rows, err := json.Marshal(got["criteria"])
	b.h.must(err)
	return string(rows)
}

func TestCriteriaBecomeVersionsByTwoPeople(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	one, two := h.committee()
	anyone := h.browser()
	status, got := one.post(criteriaPath("formations"), body{"op": uuid.NewString(), "file": formationsV1, "reason": "SK Wali Kota 12"})
	if status != http.StatusAccepted {
		t.Fatal(status, got)
	}
	if status, _ := one.approves(got.text("proposal")); status != http.StatusForbidden {
		t.Errorf("who proposed it approved it: %d", status)
	}
	if status, _ := anyone.get("/api/v1/criteria/" + examCode + "/formations"); status != http.StatusNotFound {
		t.Errorf("what waits is public: %d", status)
	}
	if status, got := two.approves(got.text("proposal")); status != http.StatusOK {
		t.Fatal(status, got)
	}
	first := h.hall.Now()
	if f, ok := formationOf(h, "pranata"); !ok || f.Seats != 1 {
		t.Errorf("the exam is not served with what was published: %+v", f)
	}
	// The next one shows what it changes, field by field, and the first stays to be asked for.
	h.until("time has passed", func() bool { return h.hall.Now() > first+1 })
	v2 := strings.Replace(strings.Replace(formationsV1, "Dinas Arsip,general,4", "Dinas Arsip,general,5", 1), "pranata,Kota Uji,Pranata Komputer,D-III Informatika,Dinas Kominfo,disability,1", "perawat,Kota Uji,Perawat,D-III Keperawatan,RSUD,papua,0", 1)
	h.publishes(one, two, "formations", v2, "tambahan formasi")
	if _, ok := formationOf(h, "pranata"); ok {
		t.Error("a formation that a version leaves out is still there")
	}
	status, got = anyone.get("/api/v1/criteria/" + examCode + "/formations")
	if status != http.StatusOK || got.int("version") != 2 || got.text("reason") != "tambahan formasi" || fmt.Sprint(got["roles"]) != "[committee committee]" {
		t.Fatalf("%d %v", status, got)
	}
	changes := fmt.Sprint(got["changes"])
	for _, want := range []string{"column:seats", "is:5", "kind:changed row:arsiparis was:4", "kind:new row:perawat", "kind:removed row:pranata"} {
		if !strings.Contains(changes, want) {
			t.Errorf("%q is not among the changes: %s", want, changes)
		}
	}
	if status, got = anyone.get("/api/v1/criteria/" + examCode + "/formations?at=" + first.Time().Format(time.RFC3339Nano)); status != http.StatusOK || got.int("version") != 1 {
		t.Errorf("in force then was not version 1: %d %v", status, got)
	}
	// The first of them left the direct way closed.
	log := proctor.NewLog(h.journal, proctor.Direct(h.journal))
	if err := h.people.ImportFormations(h.Context(), log, "setup", h.hall.Now(), examCode, nil, nil); err == nil {
		t.Error("one person changed published formations")
	}
	// What is published has nobody's name, no need that would tell of a person, and the hash of its own bytes.
	_, _, answer := anyone.call(http.MethodGet, "/kriteria/"+examCode+"/formations.csv?versi=1", nil)
	_, file := anyone.page("/kriteria/" + examCode + "/formations.csv?versi=1")
	if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/csv") || !strings.Contains(file, ",special,1") {
		t.Errorf("the file: %s", file)
	}
	_, got = anyone.get("/api/v1/criteria/" + examCode + "/formations?version=1")
	if got.text("sha256") != engine.SHA256(file) {
		t.Errorf("%s is not the hash of the file", got.text("sha256"))
	}
	for _, path := range []string{"/kriteria/" + examCode, "/kriteria/" + examCode + "/versi/formations-1", "/kriteria/" + examCode + "/versi/formations-2", "/api/v1/criteria/" + examCode, "/api/v1/criteria/" + examCode + "/formations", "/kriteria/" + examCode + "/formations.csv"} {
		_, html := anyone.page(path)
		for _, secret := range []string{"ketua", "wakil", "papua,0", "need:papua"} {
			if strings.Contains(html, secret) {
				t.Errorf("%s shows %q", path, secret)
			}
		}
	}
	// The roster is held against what is in force: who applied for the closed post is named.
	if status, got := one.get("/api/v1/exams/" + examCode + "/applicants"); status != http.StatusForbidden {
		t.Errorf("the committee reads the roster: %d %v", status, got)
	}
	admin := h.officer("kepala", proctor.Admin)
	if status, got := admin.get("/api/v1/exams/" + examCode + "/applicants"); status != http.StatusOK || len(got.list("faults")) != 0 {
		t.Errorf("%d %v", status, got)
	}
	h.publishes(one, two, "formations", strings.Replace(v2, "Dinas Arsip,general,5", "Dinas Arsip,general,0", 1), "dibatalkan")
	status, got = admin.get("/api/v1/exams/" + examCode + "/applicants")
	if faults := got.list("faults"); status != http.StatusOK || len(faults) != 3*seats || body(faults[0].(map[string]any)).text("code") != "closed" {
		t.Errorf("%d %v", status, got)
	}
	// A formation that somebody applied for cannot vanish, and nothing is published twice.
	status, got = one.post(criteriaPath("formations"), body{"op": uuid.NewString(), "reason": "x", "file": "code,agency,post,education,placement,need,seats\nlain,A,B,C,D,general,1\n"})
	if status != http.StatusUnprocessableEntity || !strings.Contains(fmt.Sprint(got["faults"]), "arsiparis is left out") {
		t.Errorf("%d %v", status, got)
	}
	if status, got = one.post(criteriaPath("formations"), body{"op": uuid.NewString(), "reason": "x", "file": strings.Replace(v2, "Dinas Arsip,general,5", "Dinas Arsip,general,0", 1)}); status != http.StatusConflict || got.text("field") != "same" {
		t.Errorf("%d %v", status, got)
	}
}

// formationOf is a formation as the register has it.
func formationOf(h *house, code string) (proctor.Formation, bool) {
	h.Helper()
	listed, err := h.people.Read(h.Context(), examCode)
	h.must(err)
	for _, f := range listed.Formations() {
		if f.Code == code {
			return f, true
		}
	}
	return proctor.Formation{}, false
}

func TestTwoVersionsThatWaitAreNotBothPublished(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	one, two := h.committee()
	a := one.proposes(criteriaPath("calendar"), body{"file": calendarV1, "reason": "jadwal"})
	b := one.proposes(criteriaPath("calendar"), body{"file": strings.Replace(calendarV1, "2031-08-20", "2031-08-22", 1), "reason": "jadwal"})
	if status, got := two.approves(a); status != http.StatusOK {
		t.Fatal(status, got)
	}
	if status, got := two.approves(b); status != http.StatusConflict || got.text("field") != "criteria_version" {
		t.Errorf("what was compared with another version was published: %d %v", status, got)
	}
	if n := count(h.stream(engine.ExamStream+examCode), engine.CriteriaPublished); n != 1 {
		t.Errorf("%d versions are recorded", n)
	}
}

func TestNobodyPublishesARuleThatDoesNotDecide(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	one, two := h.committee()
	draft := one.draft()
	status, got := one.post(criteriaPath("criteria"), body{"op": uuid.NewString(), "reason": "x", "file": strings.Replace(draft, `"threshold.general.TIU","value":"80"`, `"threshold.general.TIU","value":"75"`, 1)})
	if faults := fmt.Sprint(got["faults"]); status != http.StatusUnprocessableEntity || !strings.Contains(faults, "column:value") || !strings.Contains(faults, "threshold.general.TIU") {
		t.Errorf("%d %v", status, got)
	}
	with := strings.TrimSuffix(draft, "]") + `,{"field":"contact.help","value":"helpdesk@kota-uji.go.id"}]`
	h.publishes(one, two, "criteria", with, "penetapan")
	_, html := h.browser().page("/kriteria/" + examCode)
	for _, want := range []string{"helpdesk@kota-uji.go.id", "KepmenPANRB 321/2024", "≥ 166", "Tanggal lahir", "penetapan", h.exam.Rules.Hash()} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestTheCalendarIsReadByPeoplesCalendars(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	one, two := h.committee()
	h.publishes(one, two, "calendar", calendarV1, "jadwal")
	_, text := h.browser().page("/kriteria/" + examCode + "/calendar.ics")
	cal, err := ics.ParseCalendar(strings.NewReader(text))
	h.must(err)
	events := cal.Events()
	if len(events) != 4 {
		t.Fatalf("%d events in %s", len(events), text)
	}
	from, err := events[0].GetAllDayStartAt()
	h.must(err)
	to, err := events[0].GetAllDayEndAt()
	h.must(err)
	if from.Format(time.DateOnly) != "2031-08-01" || to.Format(time.DateOnly) != "2031-08-21" {
		t.Errorf("registration is from %s to before %s", from, to)
	}
	at, err := events[2].GetStartAt()
	h.must(err)
	if !at.Equal(time.Date(2031, 12, 1, 3, 0, 0, 0, time.UTC)) {
		t.Errorf("the release is at %s", at)
	}
	for _, line := range strings.Split(text, "\r\n") {
		if len(line) > 75 {
			t.Errorf("%d bytes in a line: %s", len(line), line)
		}
	}
	if _, html := h.browser().page("/kriteria/" + examCode); !strings.Contains(html, "Masa sanggah nilai") || !strings.Contains(html, "1 Des 2031, 10.00 WIB") {
		t.Error("the page does not show the calendar")
	}
	// A sitting outside of the days that are named is a fault.
	status, got := one.post(criteriaPath("calendar"), body{"op": uuid.NewString(), "reason": "x", "file": strings.Replace(calendarV1, "2031-11-20,2031-11-25", "2031-11-23,2031-11-25", 1)})
	if faults := fmt.Sprint(got["faults"]); status != http.StatusUnprocessableEntity || strings.Count(faults, "outside of every row") != 3 {
		t.Errorf("%d %v", status, got)
	}
}

func TestARehearsalHasNoOpenCriteria(t *testing.T) {
	t.Parallel()
	h := build(t, built{more: func(d *engine.Definition) { d.Rehearsal = true }})
	for _, path := range []string{"/kriteria/" + examCode, "/api/v1/criteria/" + examCode, "/api/v1/criteria/" + examCode + "/formations", "/kriteria/" + examCode + "/formations.csv"} {
		if status, _ := h.browser().get(path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}
