package web

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// crowd is how many have finished before somebody is compared with them: enough for norms of
// the items, and for J1.
const crowd = 240

// crowdNumber is the number of the i-th of them, from 0.
func crowdNumber(i int) string { return fmt.Sprintf("77-%04d", i) }

// crowded adds a crowd to a sitting of the roster.
func crowded(sitting, site string) func([]proctor.Person, []proctor.Formation) ([]proctor.Person, []proctor.Formation) {
	return func(people []proctor.Person, formations []proctor.Formation) ([]proctor.Person, []proctor.Formation) {
		for i := range crowd {
			people = append(people, proctor.Person{
				Number: crowdNumber(i), Name: "Peserta " + crowdNumber(i), BirthDate: "2000-01-01", Formation: "arsiparis", Site: site, Sitting: sitting,
			})
		}
		return people, formations
	}
}

// finished writes the record of an exam that somebody has finished, as a node wrote it some
// hours ago: count answers, one each pace, with the letter that choose gives.
func (h *house) finished(x *Exam, p *proctor.Person, seat int, count int, pace time.Duration, choose func(q int) string) engine.Run {
	h.Helper()
	terms, err := x.terms(*p)
	h.must(err)
	at := h.hall.Now().Add(-5 * time.Hour)
	events := []engine.Event{
		{Kind: engine.CheckedIn, At: at, By: "ratna", Sitting: p.SittingID(), Seat: fmt.Sprint(seat), Number: p.Number},
		{Kind: engine.Started, At: at, By: "engine", From: at, MS: terms.Length.Milliseconds(), Number: p.Number, Plan: terms.Plan, Seed: terms.Seed, Form: terms.Form.ETag},
	}
	for q := 1; q <= count; q++ {
		place, ok := terms.Form.Place(q)
		if !ok {
			h.Fatalf("a form has no position %d", q)
		}
		letter := choose(q)
		option, ok := place.Option(letter)
		if !ok {
			h.Fatalf("position %d has no option %s", q, letter)
		}
		at = at.Add(pace)
		events = append(events, engine.Event{
			Kind: engine.Answered, At: at, By: "candidate", Op: uuid.NewString(), Q: q, C: letter, Item: place.Item.ID, Option: option, MS: pace.Milliseconds(),
		})
	}
	events = append(events, engine.Event{Kind: engine.Finished, At: at.Add(time.Second), By: "candidate", Why: "self"})
	stream := engine.AttemptStream + p.Attempt
	return engine.Run{Stream: stream, Records: engine.Link(stream, 0, engine.FirstHash(stream), events)}
}

// opened is the record of a sitting that began some hours ago.
func (h *house) opened(sitting string) engine.Run {
	s := engine.NewSitting(engine.SittingStream + sitting)
	h.must(h.db.Read(h.Context(), s.Stream, 0, s.Fold))
	at := h.hall.Now().Add(-6 * time.Hour)
	return engine.Run{Stream: s.Stream, Records: engine.Link(s.Stream, s.N, s.Hash, []engine.Event{
		{Kind: engine.CheckinOpened, At: at, By: "ratna"}, {Kind: engine.CheckinClosed, At: at, By: "ratna"}, {Kind: engine.SittingStarted, At: at, By: "ratna", From: at},
	})}
}

func (h *house) append(runs ...engine.Run) {
	h.Helper()
	for len(runs) > 0 {
		some := runs[:min(64, len(runs))]
		outcomes, err := h.db.Append(context.Background(), some)
		h.must(err)
		for _, o := range outcomes {
			if o.Conflict {
				h.Fatal("a record of the crowd conflicts")
			}
		}
		runs = runs[len(some):]
	}
}

// worst is a letter without points, where there is one, and else the one with the fewest.
func worst(x *Exam, number string) func(q int) string {
	return func(q int) string {
		worth, least := x.Worth(number, q), 0
		for i := range worth {
			if worth[i] < worth[least] {
				least = i
			}
		}
		return string(rune('a' + least))
	}
}

// browsing writes the record of somebody who works: count items were shown, one each pace, and
// the last of them some time ago.
func (h *house) browsing(number, seat string, count int, pace, ago time.Duration) engine.Run {
	h.Helper()
	p := h.people.Find(number, examCode)[0]
	terms, err := h.exam.terms(*p)
	h.must(err)
	at := h.hall.Now().Add(-ago - time.Duration(count)*pace)
	events := []engine.Event{
		{Kind: engine.CheckedIn, At: at, By: "ratna", Sitting: p.SittingID(), Seat: seat, Number: number},
		{Kind: engine.Started, At: at, By: "engine", From: at, MS: terms.Length.Milliseconds(), Number: number, Plan: terms.Plan, Seed: terms.Seed, Form: terms.Form.ETag},
		{Kind: engine.DeviceBound, At: at, By: "candidate", Device: uuid.NewString(), Gen: 1, Node: "before"},
	}
	for q := 1; q <= count; q++ {
		at = at.Add(pace)
		events = append(events, engine.Event{Kind: engine.Looked, At: at, By: "candidate", Q: q})
	}
	stream := engine.AttemptStream + p.Attempt
	return engine.Run{Stream: stream, Records: engine.Link(stream, 0, engine.FirstHash(stream), events)}
}

// V1 sees what looks like a form that was read out to somebody, and answers that came
// back; and nobody else who looks ahead and is as fast.
func TestC20ItemsThatWereShownFirstAndAnsweredAfterAPauseAreSeen(t *testing.T) {
	const items = 24
	browses, peeks := number(1, 1), number(1, 2)
	h := build(t, built{before: func(h *house) {
		h.append(h.opened(room1), h.browsing(browses, "1", items, 5*time.Second, 3*time.Minute), h.browsing(peeks, "3", items, 5*time.Second, time.Second))
	}})
	for _, n := range []string{browses, peeks} {
		// Wrong answers: a burst of right ones would be B1 as well.
		at := h.answers(n, 1, items, h.hall.Now(), 10*time.Millisecond, worst(h.exam, n))
		h.must(h.live(n).Ask(engine.Command{Act: engine.ActSelfEnd, By: "candidate", At: at, Op: uuid.NewString(), Gen: h.state(n).Gen}, nil).Err)
	}
	h.until("what was shown first and answered later is recorded", func() bool { return h.flagged()["V1 "+browses] == 1 })
	h.until("both records have been looked at", func() bool { examined, _ := h.watch.looked(room1); return examined == 2 })
	if found := h.flagged(); found["V1 "+peeks] != 0 || found["B1 "+browses] != 0 {
		t.Fatalf("%v", found)
	}
}

// F1 needs to know how long items take and who gets them right: from those who have
// finished. It names who is fast and right far beyond the own other answers, and not who is
// only fast.
func TestC20FastAnswersThatAreRightBeyondTheOtherOnesAreSeenBesideThoseWhoHaveFinished(t *testing.T) {
	h := build(t, built{people: crowded("s2", "tengah"), before: func(h *house) {
		runs := []engine.Run{h.opened(room2)}
		for i, p := range h.people.In(room2) {
			best, bad := h.best(p.Number), worst(h.exam, p.Number)
			choose := func(q int) string { // able people get more right, and nobody all or nothing
				if (q*7+i*3)%10 < 1+i%4 {
					return best(q)
				}
				return bad(q)
			}
			pace := time.Duration(45+i%11) * time.Second
			runs = append(runs, h.finished(h.exam, p, i+1, 100, pace, choose))
		}
		h.append(runs...)
	}})
	h.until("those who finished have been looked at", func() bool { examined, _ := h.watch.looked(room2); return examined >= crowd })
	h.act(proctor.Request{Action: engine.ActOpenCheckin})
	helped, hasty := number(1, 1), number(1, 2)
	h.sits(helped, "1")
	h.sits(hasty, "3")
	began := h.hall.Now().Add(-95 * time.Minute)
	h.start(room1, 95*time.Minute)
	for _, n := range []string{helped, hasty} {
		choose := h.best(n)
		if n == hasty {
			choose = worst(h.exam, n)
		}
		// Fifteen answers in five seconds each, apart from each other so that they are no burst.
		at := began
		for q := 1; q <= 45; q += 3 {
			at = h.answers(n, q, 1, at, 5*time.Second, choose)
			at = h.answers(n, q+1, 2, at, 50*time.Second, worst(h.exam, n))
		}
		at = at.Add(time.Second)
		h.must(h.live(n).Ask(engine.Command{Act: engine.ActSelfEnd, By: "candidate", At: at, Op: uuid.NewString(), Gen: h.state(n).Gen}, nil).Err)
	}
	// With the forms of its own room among the norms each record is looked at once more.
	h.act(proctor.Request{Action: engine.ActFinish, Reason: "other"})
	h.until("the helped candidate's fast answers are recorded", func() bool { return h.flagged()["F1 "+helped] == 1 })
	h.until("both have been looked at", func() bool { examined, _ := h.watch.looked(room1); return examined == 2 })
	if found := h.flagged(); found["F1 "+hasty] != 0 || found["B1 "+helped] != 0 {
		t.Fatalf("%v", found)
	}
}

// J1 compares those who came back with their own earlier score, when the sitting ends.
func TestC20AJumpSinceAnEarlierExamIsSeenWhenTheSittingEnds(t *testing.T) {
	const earlier, jumper = "skd-lalu", 7
	h := build(t, built{
		people: crowded("s1", "barat"), policy: func(p *engine.Policy) { p.Live = engine.LiveInstant },
		more: func(d *engine.Definition) { d.Earlier = []string{earlier} },
		before: func(h *house) {
			def := *h.def
			def.Code, def.Earlier = earlier, nil
			var was []proctor.Person
			for i := range crowd {
				was = append(was, proctor.Person{
					Attempt: uuid.Must(uuid.NewV7()).String(), Exam: earlier, Number: crowdNumber(i), Name: "Peserta", BirthDate: "2000-01-01", Formation: "arsiparis", Site: "barat", Sitting: "s1",
				})
			}
			bank, err := sampleBank()
			h.must(err)
			y, err := NewExam(ExamParts{Def: &def, Rules: h.exam.Rules, Bank: bank, Plan: h.exam.Plan, Seed: []byte("another seed of 32 bytes ......."), Formations: h.people.Formations(examCode), People: was}, h.hall.Now())
			h.must(err)
			h.must(y.Admit(h.hall))
			h.folds.Add(y.Boards)
			h.server.AddExam(y)
			runs := []engine.Run{h.opened(earlier + ".s1"), h.opened(room1)}
			for i := range was {
				right := 10 + i%20 // of thirty
				choose := func(x *Exam, number string, right int) func(int) string {
					best, bad := bestOf(x, number), worst(x, number)
					return func(q int) string {
						if q <= right {
							return best(q)
						}
						return bad(q)
					}
				}
				runs = append(runs, h.finished(y, &was[i], i+1, 30, 50*time.Second, choose(y, was[i].Number, right)))
				now := h.people.Find(was[i].Number, examCode)[0]
				more := min(30, right+i%3) // who comes back has learned a little
				if i == jumper {
					runs = append(runs, h.finished(h.exam, now, i+1, 100, 45*time.Second, bestOf(h.exam, now.Number)))
					continue
				}
				runs = append(runs, h.finished(h.exam, now, i+1, 30, 50*time.Second, choose(h.exam, now.Number, more)))
			}
			h.append(runs...)
		},
	})
	if found := h.flagged(); found["J1 "+crowdNumber(jumper)] != 0 {
		t.Fatalf("before the sitting has ended: %v", found)
	}
	h.act(proctor.Request{Action: engine.ActFinish, Reason: "other"})
	h.until("the jump is recorded", func() bool { return h.flagged()["J1 "+crowdNumber(jumper)] == 1 })
	for what := range h.flagged() {
		if what[:2] == "J1" && what != "J1 "+crowdNumber(jumper) {
			t.Errorf("%s came back as many do", what)
		}
	}
}
