package web

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// The day sheet shows what is open first, over all sites; while it is, results are frozen
// only if that is said to be known.
func TestADaySheetShowsWhatIsOpenFirst(t *testing.T) {
	t.Parallel()
	h := heldSitting(t)
	h.actIn(room2, proctor.Request{Action: "open_checkin"})
	for q := range 2 {
		h.must(proctor.NewLog(h.db, h.hall.Writer()).Append(h.Context(), engine.ObjectionStream+examCode, engine.Event{
			Kind: engine.ObjectionFiled, At: h.hall.Now(), By: "candidate", Op: uuid.NewString(), Number: number(1, 1), Act: "item", Q: q + 1, To: h.hall.Now().Add(time.Hour), Text: engine.SHA256("x"),
		}))
	}
	ketua, _ := h.committee()
	path := "/api/v1/exams/" + examCode + "/day"
	status, got := ketua.get(path)
	if status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	open := map[string]float64{}
	for _, o := range got.list("open") {
		one := o.(map[string]any)
		open[one["what"].(string)] = one["count"].(float64)
	}
	credits := 0. // of who was made to wait, and of whose page fell silent because this machine is slow
	for i := range seats {
		if a := h.state(number(1, i+1)); a.Undecided() {
			credits++
		}
	}
	if open["sittings"] != 2 || open["credits"] != credits || open["minutes"] != 1 || open["objections"] != 2 || open["working"] != 0 {
		t.Errorf("open: %v", open)
	}
	rows := got.list("sittings")
	first := body(rows[0].(map[string]any))
	if len(rows) != 3 || first.text("sitting") != room1 || first.int("credits") != int64(credits) || first.text("minutes") != proctor.MinutesDue || first.int("open") != int64(credits)+1 {
		t.Errorf("%v", rows)
	}
	if first.int("registered") != seats || first.int("present") != 3 || first.int("absent") != 5 || first.int("finished") != 2 || first.int("disqualified") != 1 {
		t.Errorf("%v", first)
	}
	if sum := got.in("sum"); sum.int("registered") != 3*seats || sum.int("present")+sum.int("absent") != sum.int("registered") {
		t.Errorf("%v", sum)
	}
	if _, other := ketua.get(path + "?hari=2031-11-23"); len(other.list("sittings")) != 0 || len(other.list("days")) == 0 {
		t.Errorf("another day: %v", other)
	}
	if status, _ := ketua.get(path + "?hari=besok"); status != http.StatusBadRequest {
		t.Errorf("a day that is none: %d", status)
	}
	_, file := ketua.file(path + ".csv")
	table, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	h.must(err)
	if len(table) != 4 || table[1][0] != room1 || len(table[0]) != len(table[1]) {
		t.Errorf("%q", table)
	}
	_, pdf := ketua.file(path + ".pdf")
	if text, ok := h.pdfText(pdf); ok && (!strings.Contains(text, "Berita Acara yang belum ditandatangani") || !strings.Contains(text, "Tilok Barat")) {
		t.Errorf("%s", text)
	}
	for lang, want := range map[string]string{"id": "Sanggahan yang belum dijawab: 2", "en": "Objections that wait for an answer: 2"} {
		if _, html := ketua.page("/lembar-hari/" + examCode + "?lang=" + lang); !strings.Contains(html, want) {
			t.Errorf("the page in %s lacks %q", lang, want)
		}
	}
	freeze := body{"op": uuid.NewString(), "reason": "selesai"}
	if status, got := ketua.post(resultsPath+"/freeze", freeze); status != 409 || got.text("field") != "open" {
		t.Errorf("frozen while minutes are unsigned: %d %v", status, got)
	}
}

// Who gives more time than others do is counted by site and account.
func TestStaffActionsAreCountedBySiteAndAccount(t *testing.T) {
	t.Parallel()
	h := heldSitting(t)
	h.act(proctor.Request{Action: "decide_credit", Numbers: []string{number(1, 3)}, Decision: "grant"})
	h.followed()
	auditor := h.officer("audi", proctor.Auditor)
	status, got := auditor.get("/api/v1/exams/" + examCode + "/staff-acts")
	if status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	counts := map[string]int64{}
	for _, s := range got.list("sites") {
		site := body(s.(map[string]any))
		for _, a := range site.list("acts") {
			act := body(a.(map[string]any))
			counts[site.text("site")+" "+act.text("act")] = act.int("count")
			if act.text("act") == proctor.TimeByStaff && site.text("site") == "barat" && act.int("ms") <= 0 {
				t.Errorf("no time was given: %v", act)
			}
		}
		for _, u := range site.list("users") {
			if user := body(u.(map[string]any)); site.text("site") != "barat" || user.text("user") != "ratna" {
				t.Errorf("%s at %s: %v", user.text("user"), site.text("site"), user)
			}
		}
	}
	if counts["barat turn_away"] != 1 || counts["barat disqualify"] != 1 || counts["barat decide_credit"] != 1 || counts["tengah turn_away"] != 0 || counts["barat reopen"] != 0 {
		t.Errorf("%v", counts)
	}
	_, file := auditor.file("/api/v1/exams/" + examCode + "/staff-acts.csv")
	if !strings.Contains(file, "barat,Tilok Barat,ratna,turn_away,1,") {
		t.Errorf("%s", file)
	}
	if status, html := auditor.page("/lembar-hari/" + examCode + "/petugas?lang=en"); status != 200 || !strings.Contains(html, "no accusation") {
		t.Errorf("%d", status)
	}
}
