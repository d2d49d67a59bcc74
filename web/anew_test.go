package web

import (
	"encoding/json"
	"slices"
	"testing"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

// standing is what a board's rows say, by number.
func standing(t *testing.T, b *scoring.Boards) map[string]string {
	t.Helper()
	page, ok := b.Page(examCode, 0, scoring.MaxPage, "")
	if !ok {
		t.Fatal("no board")
	}
	rows := map[string]string{}
	for _, r := range page.Rows {
		face, err := json.Marshal(r.Face)
		if err != nil {
			t.Fatal(err)
		}
		rows[r.Number] = string(face)
	}
	return rows
}

// The people of an exam change while candidates write: the new boards hold what the old
// ones did and all that came meanwhile, pages go on, and the form stays the same.
func TestAnExamIsReplacedWhileCandidatesWrite(t *testing.T) {
	t.Parallel()
	h := build(t, built{policy: func(p *engine.Policy) { p.Live, p.RateLimit = engine.LiveInstant, 0 }})
	pages := h.allWorking(number(1, 1), number(1, 2))
	p, q := pages[0], pages[1]
	waiting := h.form(number(1, 3))
	etag := h.form(p.number).ETag
	formations := h.people.Formations(examCode)
	var latest *Exam
	for round := range 3 {
		latest = h.replace(formations, engine.Pos(2+round), func() {
			for i := range 20 {
				p.answered(1+i, string(rune('a'+(round+i)%2)))
			}
			h.followed()
		})
		p.answered(1+round, "d")
	}
	p.answered(21, "c")
	h.followed()
	h.folds.Tick(h.hall.Now())

	whole, err := h.exam.Anew(latest.listed(), formations, 0, 0)
	h.must(err)
	h.must(h.hall.Replay(t.Context(), 0, h.hall.Pos(), whole.Boards.Apply))
	whole.Boards.Tick(0)
	got, want := standing(t, latest.Boards), standing(t, whole.Boards)
	for n, face := range want {
		if got[n] != face {
			t.Errorf("%s stands as %s, want %s", n, got[n], face)
		}
	}
	if len(got) != 3*seats {
		t.Errorf("%d rows", len(got))
	}
	p.cut()
	if w := p.hello(); w.text("etag") != etag || w.in("answers").text("21") != "c" || w["items"] == nil {
		t.Errorf("%v", w.text("etag"))
	}
	q.cut()
	if w := q.hello(); w.text("state") != "running" || w["items"] == nil {
		t.Errorf("%v", w.text("state"))
	}
	h.live(number(1, 3)).View(func(_ *engine.Attempt, terms *engine.Terms) {
		if terms.Extra != minutes(15) || terms.Form.ETag != waiting.ETag {
			t.Errorf("who has not started is given %v, form %s instead of %s", terms.Extra, terms.Form.ETag, waiting.ETag)
		}
	})
	h.live(p.number).View(func(a *engine.Attempt, terms *engine.Terms) {
		if a.Ledger.Extra != 0 || terms.Extra != 0 {
			t.Error("who has started was given something else")
		}
	})
}

// A page that stays open while a name and a formation are corrected shows them as they are
// now: the name when it is welcomed again, the thresholds of the new formation with the
// result, and another result when they change after that.
func TestAnOpenPageIsJudgedByTheExamAsItIsNow(t *testing.T) {
	t.Parallel()
	h := build(t, built{})
	p := h.person(number(1, 1)).enter()
	if w := p.hello(); w.in("candidate").text("name") != "Peserta "+p.number {
		t.Fatalf("%v", w["candidate"])
	}
	corrected := func(need string, epoch engine.Pos) {
		people := h.exam.listed()
		for i := range people {
			if people[i].Number == p.number {
				people[i].Name, people[i].Formation = "Sari Wulandari", "lain"
			}
		}
		h.reload(people, append(h.people.Formations(examCode), proctor.Formation{Code: "lain", Need: need}), epoch, func() {})
		h.server.ResultsChanged(examCode)
	}
	corrected("disability", 2)
	h.start(room1, 0)
	if w := p.next("welcome"); w.in("candidate").text("name") != "Sari Wulandari" {
		t.Errorf("after the start it is told %v", w["candidate"])
	}
	least := func(result body) (thresholds []int64) {
		for _, s := range result.list("sections") {
			thresholds = append(thresholds, body(s.(map[string]any)).int("threshold"))
		}
		return thresholds
	}
	if got := least(h.timeIsUp(p)); !slices.Equal(got, []int64{0, 60, 0}) {
		t.Errorf("at the finish the thresholds are %v, not those of the need disability", got)
	}
	corrected("general", 3)
	h.renews()
	if got := least(p.next("result")); !slices.Equal(got, []int64{65, 80, 166}) {
		t.Errorf("corrected again, the thresholds are %v", got)
	}
}

// replace gives more time to one who has not started, and to one who has. What happens
// meanwhile is committed while the new boards are folded.
func (h *house) replace(formations []proctor.Formation, epoch engine.Pos, meanwhile func()) *Exam {
	h.Helper()
	people := h.exam.listed()
	for i := range people {
		if n := people[i].Number; n == number(1, 1) || n == number(1, 3) {
			people[i].ExtraMinutes = 15
		}
	}
	return h.reload(people, formations, epoch, meanwhile)
}

// reload puts the exam with other people and formations in its place, as a node does that
// follows the exam's stream.
func (h *house) reload(people []proctor.Person, formations []proctor.Formation, epoch engine.Pos, meanwhile func()) *Exam {
	h.Helper()
	x, err := h.exam.Anew(people, formations, epoch, h.hall.Now())
	h.must(err)
	h.must(x.Admit(h.hall))
	coming := h.folds.Coming(x.Boards)
	defer coming.Drop()
	meanwhile()
	h.must(h.hall.Replay(h.Context(), 0, coming.Until(), coming.Apply))
	coming.Take(h.hall.Now())
	h.server.AddExam(x)
	return x
}

func (x *Exam) listed() []proctor.Person {
	all := make([]proctor.Person, 0, len(x.people))
	for _, p := range x.people {
		all = append(all, p)
	}
	return all
}
