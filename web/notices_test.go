package web

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

// takesOver brings into boards and pages what the exam's stream says of annulled items, as
// a node does that follows it.
func (h *house) takesOver() {
	h.Helper()
	state, err := h.office.Results(h.Context(), examCode)
	h.must(err)
	all, err := h.server.Results().annulments(h.Context(), &state)
	h.must(err)
	r, err := h.exam.Rescoring(all, h.hall.Pos(), nil)
	h.must(err)
	h.exam.Rescored(r)
	h.folds.Again(h.exam.Boards, r, nil)
	h.folds.Tick(h.hall.Now())
}

// The file for the authority's mailing says an hour as the pages do, in each of its languages.
func TestTheFileOfNoticesSaysHoursAsPagesDo(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	n, told := RedressNotice(&proctor.Objection{Redressed: NoticeRepeat, RedressTo: room2}, h.server.sittingWords)
	var file strings.Builder
	h.must(WriteNotices(&file, []Addressed{{number(1, 1), n}}))
	rows, err := csv.NewReader(strings.NewReader(file.String())).ReadAll()
	h.must(err)
	if !told || len(rows) != 2 || !strings.Contains(rows[1][3], " · 22 Nov 2031, 08.00 WITA") || !strings.Contains(rows[1][4], " · 22 Nov 2031, 08:00 WITA") {
		t.Errorf("%q", rows)
	}
}

// Whoever a decision concerns reads it on the own page: what, when, why, and what it made
// of the total; what is new is marked until it was looked at. Others read nothing of it.
func TestNoticesOfDecisions(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.ShowScores = true; takesObjections(p) }})
	ketua, wakil := h.committee()
	p := h.answered(6)
	h.act(proctor.Request{Action: engine.ActCredit, Numbers: []string{p.number}, MS: 60_000, Reason: "power"})
	// An item that the candidate answered wrongly: full points for it raise the total by five.
	q, item := 0, ""
	for i := 1; i <= 6 && item == ""; i++ {
		place, _ := h.form(p.number).Place(i)
		if option, _ := place.Option("a"); place.Item.Section != "TKP" && h.exam.key[place.Item.ID][option] == 0 {
			q, item = i, place.Item.ID
		}
	}
	if item == "" {
		t.Fatal("six answers were all right")
	}
	h.over()
	home := h.returned(p.number)
	if status, _ := home.files("key", fmt.Sprint(q), "Tidak ada jawaban yang benar."); status != 200 {
		t.Fatal(status)
	}
	if status, html := wakil.sends(casesPath+"/1", map[string]string{"op": uuid.NewString(), "decision": "upheld", "words": "Benar."}); status != 200 {
		t.Fatalf("%d %s", status, html)
	}
	status, got := ketua.post("/api/v1/exams/"+examCode+"/annulments", body{
		"op": uuid.NewString(), "items": []string{item}, "policy": scoring.CreditAll, "why": "wrong_key", "reason": "sanggahan", "minute": "BA-8",
		"second": body{"user": "wakil", "password": password},
	})
	if status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	h.takesOver()
	home = h.returned(p.number) // who reads it now for the first time
	_, html := home.page("/hasil-saya")
	if strings.Contains(html, `tag-info">baru`) {
		t.Error("what was looked at is still new")
	}
	points := scoring.Points{}
	h.live(p.number).View(func(a *engine.Attempt, terms *engine.Terms) {
		var err error
		points, err = h.exam.pointsByKey(a, terms)
		h.must(err)
	})
	for _, want := range []string{
		"Hasil dinilai ulang, versi 1: kunci sebuah butir soal keliru", fmt.Sprintf("Nilai total: %d menjadi %d.", points.Sum(), points.Sum()+5),
		"Waktu ujian diubah petugas: 1:00", "/" + examCode + "/0001 dijawab: diterima",
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q: %s", want, html)
		}
	}
	if strings.Contains(html, item) {
		t.Error("the notice names the item")
	}
	other := h.browser()
	code := h.desk.ResultsCode(examCode, number(3, 8), 0)
	_, html = other.sends("/hasil-saya?lang=en", map[string]string{"number": number(3, 8), "birth": "2000-01-01", "code": code})
	if strings.Contains(html, "answered:") || strings.Contains(html, "Staff changed") {
		t.Errorf("somebody else reads of it: %s", html)
	}
	fresh := h.browser()
	h.must(h.office.Notice(h.Context(), h.people.Find(p.number, examCode)[0]))
	h.must(h.db.Erase(h.Context(), proctor.KindNoticed, examCode+"/"+h.live(p.number).ID))
	if _, html := fresh.sends("/hasil-saya", map[string]string{"number": p.number, "birth": "2000-01-01", "code": h.desk.ResultsCode(examCode, p.number, 0)}); strings.Count(html, `tag-info">baru`) != 3 {
		t.Errorf("never looked at, and not new: %s", html)
	}
}

// What is told of an annulled item follows the forms: who sits again is told nothing of an item
// that is on the form before alone, and who came onto the roster since and has it is told; on
// the page, in the file for the mailing, and by a node that starts now.
func TestNoticesOfAnAnnulledItemFollowTheForms(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: takesObjections})
	ketua, _ := h.committee()
	h.answered(1)
	h.over()
	again, late := h.people.Find(number(1, 1), examCode)[0], proctor.Person{Exam: examCode, Site: "barat", Sitting: "s1", Formation: "arsiparis"}
	first, _ := h.form(again.Number).Place(1)
	item := first.Item.ID
	for i := 0; late.Attempt == ""; i++ {
		at, err := h.exam.Plan.Positions(h.exam.seed, fmt.Sprintf("%s/26-9-%d", examCode, i), nil, []string{item})
		h.must(err)
		if at[0] > 0 {
			late.Number, late.Attempt = fmt.Sprintf("26-9-%d", i), uuid.NewString()
		}
	}
	status, got := ketua.post("/api/v1/exams/"+examCode+"/annulments", body{
		"op": uuid.NewString(), "items": []string{item}, "policy": scoring.CreditAll, "why": "wrong_key", "reason": "sanggahan", "minute": "BA-8",
		"second": body{"user": "wakil", "password": password},
	})
	if status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	h.followed()
	h.takesOver()
	told := func(x *Exam, number string) bool {
		fold := NewNoticeFold(x)
		h.must(h.hall.Replay(t.Context(), 0, h.hall.Pos(), fold.Apply))
		list, err := fold.All(nil, h.server.sittingWords, 0)
		h.must(err)
		return slices.ContainsFunc(list, func(a Addressed) bool { return a.Number == number && a.Kind == NoticeRescored })
	}
	reads := func() bool {
		_, html := h.returned(again.Number).page("/hasil-saya")
		return strings.Contains(html, "Hasil dinilai ulang")
	}
	if !told(h.exam, again.Number) || told(h.exam, late.Number) || !reads() {
		t.Error("who has the item is not told, or somebody is who is not listed")
	}

	people, repeats := append(h.exam.listed(), late), Repeats{again.Number: 1}
	next, err := h.exam.Again(repeats, []proctor.Person{*again, late}, nil)
	h.must(err)
	next, err = next.Anew(people, h.people.Formations(examCode), h.hall.Pos(), h.hall.Now())
	h.must(err)
	h.server.AddExam(next)
	state, err := h.office.Results(t.Context(), examCode)
	h.must(err)
	parts := ExamParts{Def: h.def, Rules: h.exam.Rules, Bank: h.exam.bank, Plan: h.exam.Plan, Seed: h.exam.seed, People: people, Formations: h.people.Formations(examCode), Seen: map[string][]string{}}
	parts.Spent, err = repeats.Before(parts.Plan, parts.Seed, examCode, people, parts.Seen)
	h.must(err)
	parts.Annulments, err = h.server.Results().annulments(t.Context(), &state)
	h.must(err)
	started, err := NewExam(parts, h.hall.Now())
	h.must(err)
	for name, x := range map[string]*Exam{"a node that went on": next, "a node that starts": started} {
		if told(x, again.Number) {
			t.Errorf("%s tells who sits again of an item of the form before", name)
		}
		if !told(x, late.Number) {
			t.Errorf("%s tells nothing to who came since and has the item", name)
		}
	}
	if reads() {
		t.Error("the page of who sits again tells of an item of the form before")
	}
}
