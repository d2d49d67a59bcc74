package web

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

// Kinds of Notice.
const (
	NoticeRescored  = "rescored"  // an item of the own form was annulled
	NoticeCredit    = "credit"    // staff gave lost time back
	NoticeGiven     = "given"     // staff gave or took time
	NoticeRefused   = "refused"   // a credit was refused
	NoticeReversed  = "reversed"  // a credit was taken back
	NoticeObjection = "objection" // an objection was answered
	NoticeRepeat    = "repeat"    // and the exam is sat again
	NoticeTransfer  = "transfer"  // and it is sat at another sitting
)

// Notice is a decision that a candidate has to be told of.
type Notice struct {
	Kind    string
	At      engine.Instant
	Why     string        // a code
	Time    time.Duration // given, or taken where negative
	Version int           // of the results that an annulment made
	Number  string        // of an objection
	Outcome string        // its state
	Where   string        // it is sat: EXAM.SITTING, or a sitting in words
}

// AttemptNotice is what an event of an attempt's stream has to be told of; false for most:
// what the engine credits by itself stands in the clock.
func AttemptNotice(e *engine.Event) (Notice, bool) {
	n := Notice{At: e.At, Why: e.Why}
	switch {
	case e.By == "engine" || e.By == "candidate":
		return n, false
	case e.Kind == engine.GapCredited:
		n.Kind, n.Time = NoticeCredit, e.To.Sub(e.From)
	case e.Kind == engine.TimeGiven:
		n.Kind, n.Time = NoticeGiven, time.Duration(e.MS)*time.Millisecond
	case e.Kind == engine.CreditRefused:
		n.Kind, n.Why = NoticeRefused, ""
	case e.Kind == engine.CreditReversed:
		n.Kind, n.Why = NoticeReversed, ""
	default:
		return n, false
	}
	return n, true
}

// ObjectionNotice is what a candidate has to be told of an objection; false until it is
// answered.
func ObjectionNotice(o *proctor.Objection) (Notice, bool) {
	return Notice{Kind: NoticeObjection, At: o.Ended, Number: o.Number(), Outcome: o.State}, o.Decided()
}

// RedressNotice is what a candidate has to be told of an objection that was carried out by
// another sitting; where names it. False for one that was not.
func RedressNotice(o *proctor.Objection, where func(sitting string) string) (Notice, bool) {
	if o.Redressed == "" {
		return Notice{}, false
	}
	return Notice{Kind: o.Redressed, At: o.RedressAt, Number: o.Number(), Where: where(o.RedressTo)}, true
}

// RescoredNotices are the annulments of items that stand on an attempt's form, as the exam
// has taken them over; annulled are the events that decided them, in their order. The form is
// drawn for it: people are added after an annulment, and who sits again has another one.
func (x *Exam) RescoredNotices(attempt string, annulled []engine.Event) (out []Notice, err error) {
	r, p := x.rescored.Load(), x.people[attempt]
	if r == nil || p.Attempt == "" {
		return nil, nil
	}
	given, err := x.given(r.Annulled.Items(), map[string]proctor.Person{attempt: p}, nil)
	if err != nil {
		return nil, err
	}
	had := map[int]bool{}
	for _, place := range given[attempt] {
		had[place.Item] = true
	}
	for i := range annulled {
		if e := &annulled[i]; had[r.Annulled.Index(e.Item)] {
			out = append(out, Notice{Kind: NoticeRescored, At: e.At, Why: e.Why, Version: i + 1})
		}
	}
	return out, nil
}

// Say tells a notice in words, by the texts of a language. No score and no name is in it.
func (n *Notice) Say(texts map[string]string) string {
	word := func(code string, prefixes ...string) string {
		for _, prefix := range prefixes {
			if text, ok := texts[prefix+code]; ok {
				return text
			}
		}
		return code
	}
	said := strings.NewReplacer(
		"{version}", strconv.Itoa(n.Version), "{why}", word(n.Why, "board.why.", "station.reason."), "{time}", lengthText(n.Time),
		"{number}", n.Number, "{where}", n.Where, "{outcome}", strings.ToLower(word(n.Outcome, "objections.state.")),
	).Replace(texts["objections.notice."+n.Kind])
	return strings.TrimSpace(said)
}

// ownNotice is a notice as the candidate's page shows it.
type ownNotice struct {
	At, Text string
	Totals   string // what it made of the own total; "" where none is shown
	New      bool   // since the candidate last looked
}

// noticesOfOwn are the decisions that concern a candidate, the newest first, and marks them
// as seen. Totals are told only where the page shows scores.
func (s *Server) noticesOfOwn(ctx context.Context, page *ownPage, x *Exam, p *proctor.Person, state *proctor.ResultsState) error {
	list, err := x.RescoredNotices(p.Attempt, state.Annulled)
	if err != nil {
		return err
	}
	err = s.office.Acts(ctx, engine.AttemptStream+p.Attempt, func(e *engine.Event) {
		if n, ok := AttemptNotice(e); ok {
			list = append(list, n)
		}
	})
	if err != nil {
		return err
	}
	all, err := s.office.Objections(ctx, p.Exam)
	if err != nil {
		return err
	}
	own := all.Of(p.Number)
	for i := range own {
		if n, ok := ObjectionNotice(&own[i]); ok {
			list = append(list, n)
		}
		if n, ok := RedressNotice(&own[i], func(id string) string { return TimesIn(s.sittingWords(id), capital, page.Lang) }); ok {
			list = append(list, n)
		}
	}
	if len(list) == 0 {
		return nil
	}
	seen, err := s.office.Noticed(ctx, p)
	if err != nil {
		return err
	}
	var totals []int
	if page.Over && !page.Hidden && len(page.Sections) > 0 {
		if totals, err = s.totals(ctx, x, p, state); err != nil {
			return err
		}
	}
	slices.SortStableFunc(list, func(a, b Notice) int { return cmp.Compare(b.At, a.At) })
	texts, zone, fresh := s.pages.texts[page.Lang], s.zoneOf(p.SittingID()), false
	for i := range list {
		n := &list[i]
		shown := ownNotice{At: localTime(n.At.String(), zone, page.Lang), Text: n.Say(texts), New: n.At > seen}
		if n.Version > 0 && n.Version < len(totals) {
			before, after := totals[n.Version-1], totals[n.Version]
			key := "objections.notice.totals"
			if before == after {
				key = "objections.notice.same"
			}
			shown.Totals = strings.NewReplacer("{before}", strconv.Itoa(before), "{after}", strconv.Itoa(after)).Replace(texts[key])
		}
		page.Notices, fresh = append(page.Notices, shown), fresh || shown.New
	}
	if fresh {
		return s.office.Notice(ctx, p)
	}
	return nil
}

// totals are a candidate's total by the key alone, and after each annulment; nil where the
// attempt is not held here.
func (s *Server) totals(ctx context.Context, x *Exam, p *proctor.Person, state *proctor.ResultsState) (totals []int, err error) {
	live := s.hall.Attempt(p.Attempt)
	if live == nil || len(state.Annulled) == 0 {
		return nil, nil
	}
	all, err := s.results.annulments(ctx, state)
	if err != nil {
		return nil, err
	}
	live.View(func(a *engine.Attempt, t *engine.Terms) {
		var raw scoring.Points
		if raw, err = x.pointsByKey(a, t); err != nil {
			return
		}
		totals = append(totals, raw.Sum())
		for i := range all.List {
			var annulled *scoring.Annulled
			if annulled, err = scoring.NewAnnulled(x.Rules, x.key, all.List[:i+1]); err != nil {
				return
			}
			points := annulled.Apply(raw, givenOf(annulled, a, t))
			totals = append(totals, points.Sum())
		}
	})
	return totals, err
}
