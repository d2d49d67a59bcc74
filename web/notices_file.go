package web

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
)

// Addressed is a notice with whom it is for.
type Addressed struct {
	Number string
	Notice
}

// NoticeFold gathers the decisions that concern the people of an exam, for the authority's
// own mailing. It is given the whole journal.
type NoticeFold struct {
	exam     *Exam
	list     []Addressed
	annulled []engine.Event
}

// NewNoticeFold is the fold of an exam before the first record.
func NewNoticeFold(x *Exam) *NoticeFold { return &NoticeFold{exam: x} }

// Apply takes in a record.
func (f *NoticeFold) Apply(r engine.Record, e *engine.Event) {
	if e.Kind == engine.ItemAnnulled && r.Stream == engine.ExamStream+f.exam.Def.Code {
		f.annulled = append(f.annulled, *e)
	}
	attempt, ok := strings.CutPrefix(r.Stream, engine.AttemptStream)
	if !ok {
		return
	}
	if number := f.exam.Person(attempt).Number; number != "" {
		if n, ok := AttemptNotice(e); ok {
			f.list = append(f.list, Addressed{number, n})
		}
	}
}

// All are the notices after an instant, by number and then by instant; where names a
// sitting, EXAM.CODE, as SittingWords does.
func (f *NoticeFold) All(objections []proctor.Objection, where func(sitting string) string, since engine.Instant) ([]Addressed, error) {
	list := f.list
	for attempt, p := range f.exam.people {
		own, err := f.exam.RescoredNotices(attempt, f.annulled)
		if err != nil {
			return nil, err
		}
		for _, n := range own {
			list = append(list, Addressed{p.Number, n})
		}
	}
	for i := range objections {
		one := &objections[i]
		if n, ok := ObjectionNotice(one); ok {
			list = append(list, Addressed{one.Candidate, n})
		}
		if n, ok := RedressNotice(one, where); ok {
			list = append(list, Addressed{one.Candidate, n})
		}
	}
	list = slices.DeleteFunc(list, func(a Addressed) bool { return a.At <= since })
	slices.SortStableFunc(list, func(a, b Addressed) int {
		return cmp.Or(strings.Compare(a.Number, b.Number), cmp.Compare(a.At, b.At), strings.Compare(a.Kind, b.Kind))
	})
	return list, nil
}

// WriteNotices writes notices as CSV: number,kind,at,text,text_en. No name and no score is
// in it.
func WriteNotices(w io.Writer, list []Addressed) error {
	texts := map[string]map[string]string{}
	for _, lang := range []string{"id", "en"} {
		texts[lang] = map[string]string{}
		for _, area := range []string{"board", "station", "objections"} {
			some, err := Texts(area, lang)
			if err != nil {
				return err
			}
			maps.Copy(texts[lang], some)
		}
	}
	out := csv.NewWriter(w)
	rows := [][]string{{"number", "kind", "at", "text", "text_en"}}
	for i := range list {
		n := &list[i]
		say := func(lang string) string {
			return TimesIn(n.Say(texts[lang]), capital, lang) + " " + texts[lang]["objections.notice_see"]
		}
		rows = append(rows, []string{n.Number, n.Kind, n.At.String(), say("id"), say("en")})
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write notices: %w", err)
	}
	return nil
}

// serveNotices answers what an exam's people are to be told, as the file of terang results
// notices. Who asked for it is recorded.
func (s *Server) serveNotices(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	x := s.exam(r.PathValue("exam"))
	if x == nil {
		writeError(w, r, codeNotFound, "exam")
		return
	}
	since := engine.Instant(0)
	if text := r.URL.Query().Get("since"); text != "" {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			writeError(w, r, engine.BadFrame, "since")
			return
		}
		since = engine.InstantOf(t)
	}
	fold := NewNoticeFold(x)
	err := s.hall.Replay(r.Context(), 0, s.hall.Pos(), fold.Apply)
	var objections *proctor.Objections
	if err == nil {
		objections, err = s.office.Objections(r.Context(), x.Def.Code)
	}
	var list []Addressed
	if err == nil {
		list, err = fold.All(objections.All(), s.sittingWords, since)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadNotices, Sitting: x.Def.Code, Filter: r.URL.Query().Get("since")})
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="pemberitahuan-`+x.Def.Code+`.csv"`)
	if err := WriteNotices(w, list); err != nil {
		s.log.Warn("a file of notices was not sent to its end", "exam", x.Def.Code, "error", err)
	}
}
