package web

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

var takeField = regexp.MustCompile(`name="(draft|change|op)" value="([^"]*)"`)

// takeForm are the hidden fields of the form that takes a change.
func takeForm(page string) map[string]string {
	fields := map[string]string{}
	_, form, _ := strings.Cut(page, "/lokasi/ambil")
	form, _, _ = strings.Cut(form, "</form>")
	for _, m := range takeField.FindAllStringSubmatch(form, -1) {
		fields[m[1]] = html.UnescapeString(m[2])
	}
	return fields
}

// Changes are gathered on the page, each is shown with what all of them do to people, one that
// cannot be done leaves those before, and only what was shown is taken.
func TestPlacesAreChangedOnAPageThatShowsWhatWouldChange(t *testing.T) {
	t.Parallel()
	h := build(t, built{before: func(h *house) {
		log := proctor.NewLog(h.db, proctor.Direct(h.db))
		h.must(log.Append(h.Context(), engine.ExamStream+examCode, engine.Event{Kind: engine.SeedCommitted, At: 1, By: "setup", Seed: engine.SHA256("seed")}))
	}})
	head := h.officer("kepala", proctor.Admin)
	path := "/daftar-peserta/" + examCode + "/lokasi"
	if status, page := head.page(path); status != 200 || !strings.Contains(page, "Ruang 1") || len(takeForm(page)) != 0 {
		t.Fatalf("%d %s", status, page)
	}
	if status, _ := h.officer("sita", proctor.Supervisor).page(path); status != http.StatusNotFound {
		t.Errorf("a supervisor changes the places: %d", status)
	}
	status, page := head.form(path, map[string]string{"what": "sitting", "room": "ruang-1", "code": "s9", "name": "Sesi 9", "start": "2031-11-23T08:00"})
	first := takeForm(page)
	if status != 200 || first["draft"] == "" || !strings.Contains(page, "23 Nov 2031, 08.00 WIB") {
		t.Fatalf("%d %s", status, page)
	}
	status, page = head.form(path, map[string]string{"what": "close", "code": "sitting/s1", "draft": first["draft"]})
	both := takeForm(page)
	if status != 200 || both["change"] == first["change"] || !strings.Contains(page, "8 peserta mendapat sesi, ruang, atau jam lain") {
		t.Fatalf("%d %v %s", status, both, page)
	}
	status, page = head.form(path, map[string]string{"what": "seats", "room": "ruang-9", "seats": "4", "draft": both["draft"]})
	if left := takeForm(page); status != http.StatusUnprocessableEntity || left["draft"] != both["draft"] || !strings.Contains(page, "tidak ada ruang") {
		t.Fatalf("a change that cannot be done: %d %v", status, left)
	}
	// A site, its room and a sitting there are one change: each is offered to the next.
	draft := ""
	for _, one := range []map[string]string{
		{"what": "site", "code": "soe", "name": "Soe", "zone": "Asia/Makassar"}, {"what": "room", "code": "lab", "site": "soe", "name": "Lab", "seats": "20"},
		{"what": "sitting", "room": "lab", "code": "s8", "name": "Sesi 8", "start": "2031-11-24T08:00"},
	} {
		for _, field := range []string{"site", "room"} {
			if value := one[field]; value != "" && !strings.Contains(page, `<option value="`+value+`"`) {
				t.Errorf("%s %s is not offered", field, value)
			}
		}
		one["draft"] = draft
		status, page = head.form(path, one)
		if draft = takeForm(page)["draft"]; status != 200 || draft == "" {
			t.Fatalf("%v: %d %s", one, status, page)
		}
	}
	if s := h.sittingPhase("s1"); s != engine.Planned {
		t.Fatalf("a look has changed something: %s", s)
	}
	take := map[string]string{"draft": both["draft"], "op": both["op"], "change": first["change"], "reason": "gedung padam"}
	if status, _ := head.form(path+"/ambil", take); status != http.StatusConflict {
		t.Errorf("something else was taken than was shown: %d", status)
	}
	take["change"], take["reason"] = both["change"], ""
	if status, _ := head.form(path+"/ambil", take); status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d", status)
	}
	take["reason"] = "gedung padam"
	for range 2 {
		if status, page := head.form(path+"/ambil", take); status != 200 {
			t.Fatalf("%d %s", status, page)
		}
	}
	h.followed()
	if h.sittingPhase("s1") != engine.Cancelled || h.sittingPhase("s9") != engine.Planned {
		t.Errorf("s1 is %s, s9 is %s", h.sittingPhase("s1"), h.sittingPhase("s9"))
	}
	changed := 0
	for _, e := range h.stream(engine.ExamStream + examCode) {
		if e.Kind == engine.PlacesChanged && e.By == "kepala" && e.Extra == 8 {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d changes are recorded", changed)
	}
}

func (h *house) sittingPhase(code string) engine.Phase {
	return h.hall.Sitting(examCode + "." + code).State().Phase
}

func TestProgramsReadPlacesAndPeopleChangeThem(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	head := h.officer("kepala", proctor.Admin)
	path := "/api/v1/exams/" + examCode + "/places"
	if status, got := head.get(path); status != 200 || len(got.list("sittings")) != 3 || len(got.list("rooms")) != 3 {
		t.Fatalf("%d %v", status, got)
	}
	ask := body{"op": uuid.NewString(), "dry_run": true, "reason": "gedung padam", "edit": body{"hours": body{"s2": "2031-11-22T13:00"}}}
	status, got := head.post(path, ask)
	plan := got.in("plan")
	if status != 200 || plan.int("told") != seats || plan.text("id") == "" {
		t.Fatalf("%d %v", status, got)
	}
	ask["dry_run"], ask["change"] = false, plan.text("id")
	if status, got := head.post(path, ask); status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	ask["op"], ask["edit"] = uuid.NewString(), body{"close_rooms": []string{"gudang"}}
	if status, got := head.post(path, ask); status != http.StatusUnprocessableEntity || len(got.list("faults")) != 1 {
		t.Errorf("%d %v", status, got)
	}
}

// Who approves reads the hours as everybody does; a program reads instants.
func TestHoursThatWaitForTheSecondPersonAreSaidAsElsewhere(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.TwoPerson = append(p.TwoPerson, engine.ActPlaces) }})
	head, other := h.officer("kepala", proctor.Admin), h.officer("wakil", proctor.Admin)
	path := "/api/v1/exams/" + examCode + "/places"
	ask := body{"op": uuid.NewString(), "dry_run": true, "reason": "gedung padam", "edit": body{"hours": body{"s2": "2031-11-22T13:00"}}}
	_, got := head.post(path, ask)
	ask["dry_run"], ask["change"] = false, got.in("plan").text("id")
	if status, got := head.post(path, ask); status != http.StatusAccepted {
		t.Fatalf("%d %v", status, got)
	}
	for lang, want := range map[string]string{"id": "22 Nov 2031, 13.00 WITA", "en": "22 Nov 2031, 13:00 WITA"} {
		if status, page := other.page("/persetujuan?lang=" + lang); status != 200 || !strings.Contains(page, want) || strings.Contains(page, "2031-11-22T13") {
			t.Errorf("%d: the page does not say %q: %s", status, want, page)
		}
	}
	if _, list := other.get("/api/v1/proposals"); !strings.Contains(string(mustJSON(list)), "2031-11-22T13:00:00+08:00") {
		t.Errorf("for programs: %v", list)
	}
}

func TestTheCommitteeReadsSignalsAndWrittenFeedbackAndItIsRecorded(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	committee := h.officer("ketua", proctor.Committee)
	path := "/petunjuk/" + examCode
	if status, page := committee.page(path); status != 200 || !strings.Contains(page, "Tidak ada tanda untuk diperiksa pada ujian ini.") {
		t.Fatalf("%d %s", status, page)
	}
	one, other := number(1, 1), number(1, 2)
	for _, n := range []string{one, other} {
		h.must(h.desk.Flag(h.Context(), room1, proctor.Found{Code: "B1", Of: n, Number: n, Seat: "01", Rules: "r", Finding: map[string]string{"id": "kata " + n, "en": "words", "usual": "biasanya"}}))
	}
	h.followed()
	flags, err := h.desk.Flags(h.Context(), ratna, room1)
	h.must(err)
	h.officer("bagus", proctor.Supervisor)
	h.act(proctor.Request{Action: engine.ActPassFlag, Ref: flags[1].N, Reason: "collusion: duduk berdua", Second: &proctor.Second{User: "bagus", Password: password}})
	h.followed()
	status, page := committee.page(path)
	passed, open := strings.Index(page, "kata "+other), strings.Index(page, "kata "+one)
	if status != 200 || passed < 0 || open < passed || !strings.Contains(page, "ratna + bagus") || !strings.Contains(page, "duduk berdua") || !strings.Contains(page, "bukan bukti dan bukan putusan") {
		t.Fatalf("%d, what was passed on stands at %d and what is open at %d: %s", status, passed, open, page)
	}
	if strings.Contains(page, "Peserta "+one) {
		t.Error("the page names people")
	}
	if _, page := committee.page("/hasil-ujian/" + examCode); !strings.Contains(page, "Tanda untuk diperiksa (1 diteruskan ke panitia)") || !strings.Contains(page, "/umpan-balik") {
		t.Error("the results page does not lead there")
	}
	if _, page := committee.page("/petunjuk"); !strings.Contains(page, path) {
		t.Errorf("%s", page)
	}
	if status, page := committee.page("/hasil-ujian/" + examCode + "/umpan-balik"); status != 200 || !strings.Contains(page, "Belum cukup jawaban") {
		t.Errorf("%d %s", status, page)
	}
	h.followed()
	if n := h.read("ketua", proctor.ReadFlags); n != 1 {
		t.Errorf("%d readings of the signals are recorded", n)
	}
}
