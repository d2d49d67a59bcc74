package web

import (
	"encoding/base64"
	"strconv"

	"terang/engine"
)

type welcomeFrame struct {
	T   string `json:"t"`
	Now string `json:"now"`
	clockFrame
	N         int               `json:"n"`
	Exam      examJSON          `json:"exam"`
	Candidate candidateJSON     `json:"candidate"`
	Sections  []engine.Section  `json:"sections"`
	ETag      string            `json:"etag,omitempty"`
	Key       string            `json:"key,omitempty"`
	Sealed    *sealedJSON       `json:"sealed,omitempty"`
	Answers   map[string]string `json:"answers"`
	Marks     []int             `json:"marks"`
}

type examJSON struct {
	Code       string `json:"code"`
	Title      string `json:"title"`
	ShowScores bool   `json:"show_scores"`
	CoverMS    int64  `json:"cover_ms"`
	GraceMS    int64  `json:"grace_ms"`
	HandinMS   int64  `json:"handin_ms"`
	Zone       string `json:"zone"`
	Sitting    string `json:"sitting"`
	Rehearsal  bool   `json:"rehearsal,omitempty"`
	Sample     bool   `json:"sample,omitempty"` // made of the public sample bank
}

type candidateJSON struct {
	Number string      `json:"number"`
	Name   string      `json:"name"`
	Seat   string      `json:"seat"`
	Adjust *adjustJSON `json:"adjust,omitempty"` // what is given to this candidate
}

type sealedJSON struct {
	URL     string `json:"url"`
	ETag    string `json:"etag"`
	Attempt string `json:"attempt"`
}

// welcome sends all that the page needs. In state ready no item leaks: it names the
// sealed form. The second welcome, at the start, brings the key or the items.
func (s *seat) welcome(a *engine.Attempt, t *engine.Terms, now engine.Instant, start bool) {
	s.mu.Lock()
	s.greeted, s.gen, s.bound, s.clockAt, s.told, s.waits = true, a.Gen, a.BoundN, now, a.N, a.State == engine.Ready
	etag := s.etag
	holds := s.sealed && s.offered == t.Form.ETag // it was told to fetch this form, and can open it
	if s.waits {
		s.offered = t.Form.ETag
	}
	s.mu.Unlock()

	clock := clockOf(a, t, now)
	clock.T = ""
	exam := s.served()
	candidate := exam.candidate(s.live.ID, a.Seat)
	candidate.Adjust = adjusted(a, t)
	w := welcomeFrame{
		T: "welcome", Now: now.String(), clockFrame: clock, N: a.N, Exam: exam.forPage(a.Sitting),
		Candidate: candidate, Sections: t.Form.Sections,
		Answers: make(map[string]string, a.Answers), Marks: make([]int, 0, len(a.Marks)),
	}
	w.choices(a)
	for q := range t.Form.Len() {
		if a.Marks[q+1] {
			w.Marks = append(w.Marks, q+1)
		}
	}
	bring := false // the items themselves
	switch {
	case a.State == engine.Ready:
		w.ETag = t.Form.ETag
		w.Sealed = &sealedJSON{URL: "/api/v1/exam/form/" + s.live.ID, ETag: t.Form.ETag, Attempt: s.live.ID}
	case a.State.Over():
	default:
		w.ETag = t.Form.ETag
		if start && holds && etag != t.Form.ETag {
			if key, err := formKey(s.server.keys, a.Sitting, s.live.ID); err == nil {
				w.Key = base64.StdEncoding.EncodeToString(key)
			}
		}
		bring = w.Key == "" && etag != t.Form.ETag
	}
	if frame := frameJSON(w); bring {
		s.sendWithItems(frame, t.Form)
	} else {
		s.line.send(frame)
	}
	if a.State.Over() {
		s.result(a, t)
		if !a.HandsIn(now, t.Policy) {
			s.bye(byeFrame{Code: string(engine.AlreadyOver), Why: a.FinishWhy})
		}
	}
}

// choices are the answers that stand. While the exam goes on, what is held stands over them:
// whoever comes back finds what they chose last, as before.
func (w *welcomeFrame) choices(a *engine.Attempt) {
	for i, r := range a.Responses {
		if r.C != "" {
			w.Answers[strconv.Itoa(i+1)] = r.C
		}
	}
	if a.State.Over() {
		return
	}
	for i := range a.Holding {
		switch h := &a.Holding[i]; {
		case a.Overtaken(h):
		case h.Event.C == "":
			delete(w.Answers, strconv.Itoa(h.Event.Q))
		default:
			w.Answers[strconv.Itoa(h.Event.Q)] = h.Event.C
		}
	}
}

// sendWithItems sends a welcome, a JSON object, and the items of a form as one more field of it.
func (s *seat) sendWithItems(frame []byte, f *engine.Form) {
	withRoom(func(b []byte) []byte {
		b = append(append(b, frame[:len(frame)-1]...), `,"items":`...)
		b = append(s.exam.items.appendForm(b, f), '}')
		s.line.send(b)
		return b
	})
}
