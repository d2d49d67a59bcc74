package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// objectionsPage is what templates/objection-list.html is made from.
type objectionsPage struct {
	officeData
	Exam, Title string
	Rows        []ObjectionJSON
	Counts      []proctor.ObjectionCounts
	Kinds       []string
	States      []string
	Kind, State string // as filtered
	Mine        bool   // only those that are assigned to the account
	Open        int
	Rehearsal   bool
}

func (s *Server) serveObjections(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	exam := r.PathValue("exam")
	x := s.exam(exam)
	if x == nil {
		s.notFound(w, r)
		return
	}
	list, err := s.listedObjections(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	all, err := s.office.Objections(r.Context(), exam)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q, now := r.URL.Query(), s.hall.Now()
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadObjection, Sitting: exam, Filter: q.Encode()})
	page := objectionsPage{
		officeData: s.officeData(r, "objections", a), Exam: exam, Title: x.Def.Title, Counts: proctor.CountObjections(all.All(), now), Kinds: engine.ObjectionKinds,
		States: proctor.ObjectionStates, Kind: q.Get("kind"), State: q.Get("state"), Mine: q.Get("assigned") == a.User, Open: all.Open(), Rehearsal: x.Def.Rehearsal,
	}
	for i := range list {
		page.Rows = append(page.Rows, ObjectionOf(&list[i], now).at(s.zoneOf(""), page.Lang))
	}
	s.show(w, r, http.StatusOK, "objection-list.html", page)
}

// casePage is what templates/objection-case.html is made from: an objection with the
// evidence for whoever answers it. An objection to an item shows no name and no site: it
// is judged by the item alone.
type casePage struct {
	officeData
	ObjectionJSON
	Exam, Title   string
	Words, Answer string
	Person        *proctor.Person // of one about personal data
	Item          *caseItem
	Events        []caseEvent
	Parts         []casePart // of the deadline
	Others        []ObjectionJSON
	Redress       *redressPart // nil: a repeated sitting is no answer to it
	Judges        []proctor.Account
	Apart         []apartJSON
	Granted       []proctor.Account // who gives the right; where nobody is left
	May           bool              // the account may answer
	Did           string            // code of why it may not
	MayAnnul      bool
	MayRead       bool // the item, in the bank
	Decisions     []string
	Op, AssignOp  string
	Fault         engine.Code
	Text          string
	Decision      string // as sent, with what was written
	Said          string
	Rehearsal     bool
}

type apartJSON struct{ User, Did string }

type casePart struct{ What, Why, From, To, Length string }

type caseEvent struct {
	At, What, By, Two, Why, C, Length string
}

// caseItem is what is known of the item that an objection names.
type caseItem struct {
	ID, Section string
	Letter      string // the candidate's own answer as displayed, "" for none
	Option      string // the same as the bank has it
	Points      int
	Best        string // options that are worth most, as the bank has them
	Most        int
	Flags       []string // of the item analysis, where one was kept
	Annulled    []annulledJSON
}

func (s *Server) serveCase(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	s.showCase(w, r, a, http.StatusOK, func(*casePage) {})
}

// serveCaseAct answers an objection, or says who is to answer it.
func (s *Server) serveCaseAct(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	seq, err := strconv.Atoi(r.PathValue("seq"))
	if err != nil {
		writeError(w, r, engine.BadFrame, "seq")
		return
	}
	exam, op := r.PathValue("exam"), r.PostFormValue("op")
	if user := r.PostFormValue("assign"); user != "" {
		err = s.AssignObjection(r.Context(), a, exam, seq, op, user)
	} else {
		err = s.DecideObjection(r.Context(), a, exam, seq, op, r.PostFormValue("decision"), r.PostFormValue("words"))
	}
	var no *engine.Refusal
	switch {
	case err == nil:
		http.Redirect(w, r, "/sanggahan-ujian/"+exam+"/"+strconv.Itoa(seq), http.StatusSeeOther)
	case errors.As(err, &no) && no.Code != engine.NotAllowed:
		s.showCase(w, r, a, codes[no.Code].status, func(p *casePage) {
			p.Fault, p.Text = no.Code, refusalText(no, p.Lang)
			p.Decision, p.Said = r.PostFormValue("decision"), r.PostFormValue("words")
			if engine.ValidOp(op) {
				p.Op = op
			}
		})
	default:
		s.fail(w, r, err)
	}
}

// Case names an objection of an exam that is served here, with who made the item.
func (s *Server) Case(ctx context.Context, exam string, seq int) (c proctor.Case, one *proctor.Objection, err error) {
	x := s.exam(exam)
	if x == nil {
		return c, nil, &engine.Refusal{Code: engine.BadFrame, Field: "exam"}
	}
	all, err := s.office.Objections(ctx, exam)
	if err != nil {
		return c, nil, err
	}
	if one = all.Find(seq); one == nil {
		return c, nil, engine.ErrAbsent
	}
	return proctor.Case{Exam: exam, Seq: seq, Authors: x.authors(one.Item)}, one, nil
}

// DecideObjection answers an objection; see proctor.Office.DecideObjection.
func (s *Server) DecideObjection(ctx context.Context, a proctor.Account, exam string, seq int, op, decision, words string) error {
	c, _, err := s.Case(ctx, exam, seq)
	if err != nil {
		return err
	}
	return s.office.DecideObjection(ctx, a, c, op, decision, words)
}

// AssignObjection says who is to answer one.
func (s *Server) AssignObjection(ctx context.Context, a proctor.Account, exam string, seq int, op, user string) error {
	c, _, err := s.Case(ctx, exam, seq)
	if err != nil {
		return err
	}
	return s.office.AssignObjection(ctx, a, c, op, user)
}

func (s *Server) showCase(w http.ResponseWriter, r *http.Request, a proctor.Account, status int, more func(*casePage)) {
	exam := r.PathValue("exam")
	seq, err := strconv.Atoi(r.PathValue("seq"))
	if err != nil {
		writeError(w, r, engine.BadFrame, "seq")
		return
	}
	c, one, err := s.Case(r.Context(), exam, seq)
	if errors.Is(err, engine.ErrAbsent) || errors.Is(err, engine.BadFrame) {
		s.notFound(w, r)
		return
	}
	var page *casePage
	if err == nil {
		page, err = s.caseOf(r, a, c, one)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	more(page)
	s.show(w, r, status, "objection-case.html", page)
}

func (s *Server) caseOf(r *http.Request, a proctor.Account, c proctor.Case, one *proctor.Objection) (*casePage, error) {
	x, now := s.exam(c.Exam), s.hall.Now()
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadObjection, Sitting: c.Exam, Number: one.Candidate, Item: one.Item})
	people := s.results.people.Find(one.Candidate, c.Exam)
	if len(people) == 0 {
		return nil, engine.ErrAbsent
	}
	p := people[0]
	zone := s.zoneOf(p.SittingID())
	page := &casePage{
		officeData: s.officeData(r, "objections", a), ObjectionJSON: ObjectionOf(one, now).at(zone, language(r)), Exam: c.Exam, Title: x.Def.Title, Rehearsal: x.Def.Rehearsal,
		Decisions: proctor.ObjectionDecisions, Op: uuid.NewString(), AssignOp: uuid.NewString(),
		MayAnnul: a.May(proctor.ActResultAnnul, c.Exam, "", ""), MayRead: a.May(proctor.ActItemRead, "", "", ""),
	}
	if one.Kind == engine.ObjectData {
		page.Person = p
	}
	var err error
	if page.Words, page.Answer, err = s.office.ObjectionWords(r.Context(), one); err != nil {
		return nil, err
	}
	judges, err := s.office.Judges(r.Context(), c)
	if err != nil {
		return nil, err
	}
	page.Judges, page.Did = judges.May, judges.Acted(a.User)
	if len(judges.May) == 0 {
		page.Granted = judges.Granted
	}
	for user, did := range judges.Apart() {
		page.Apart = append(page.Apart, apartJSON{user, did})
	}
	slices.SortFunc(page.Apart, func(a, b apartJSON) int { return strings.Compare(a.User, b.User) })
	page.May = a.May(proctor.ActObjectionAnswer, c.Exam, "", "") && page.Did == ""
	if page.Redress, err = s.redressOf(r.Context(), a, x, one, p, page.Lang); err != nil {
		return nil, err
	}
	if err := s.evidence(r.Context(), page, x, one, p, zone); err != nil {
		return nil, err
	}
	return page, nil
}

// evidence fills in what the journal, the exam and the item analysis say of a case.
func (s *Server) evidence(ctx context.Context, page *casePage, x *Exam, one *proctor.Objection, p *proctor.Person, zone string) error {
	events, err := s.office.CaseEvents(ctx, one, p)
	if err != nil {
		return err
	}
	say := func(code string, keys ...string) string { return s.pages.word(page.Lang, code, keys...) }
	for i := range events {
		e := &events[i]
		v := caseEvent{
			At: localTimeToSecond(e.At.String(), zone, page.Lang), What: say(string(e.Kind), "objections.event."), By: say(e.By, "objections.by."), Two: e.Two, C: strings.ToUpper(e.C),
			Why: strings.TrimSpace(say(e.Why, "station.reason.", "station.finish.", "objections.why.") + " " + say(e.Act, "station.reason.", "station.act.", "objections.why.")),
		}
		switch {
		case e.From != 0 && e.To != 0:
			v.Length = lengthText(e.To.Sub(e.From))
		case e.Kind == engine.TimeGiven:
			v.Length = lengthText(time.Duration(e.MS) * time.Millisecond)
		}
		page.Events = append(page.Events, v)
	}
	if live := s.hall.Attempt(p.Attempt); live != nil {
		now := s.hall.Now()
		live.View(func(a *engine.Attempt, t *engine.Terms) {
			if a.Ledger.From == 0 {
				return
			}
			for _, part := range a.Ledger.Why(now) {
				page.Parts = append(page.Parts, casePart{
					What: say(part.What, "station.part."), Why: say(part.Why, "station.reason."), From: localTimeToSecond(part.From.String(), zone, page.Lang), To: localTimeToSecond(part.To.String(), zone, page.Lang),
					Length: lengthText(time.Duration(part.MS) * time.Millisecond),
				})
			}
			if one.Q > 0 {
				page.Item = x.caseItem(one, a, t)
			}
		})
	}
	if one.Item == "" {
		return nil
	}
	all, err := s.office.Objections(ctx, one.Exam)
	if err != nil {
		return err
	}
	for _, other := range all.All() {
		if other.Item == one.Item && other.Seq != one.Seq {
			page.Others = append(page.Others, ObjectionOf(&other, s.hall.Now()).at(zone, page.Lang))
		}
	}
	if page.Item == nil {
		return nil
	}
	state, err := s.office.Results(ctx, one.Exam)
	if err != nil {
		return err
	}
	for i, e := range state.Annulled {
		if e.Item == one.Item {
			page.Item.Annulled = append(page.Item.Annulled, annulledJSON{Version: i + 1, Item: e.Item, Policy: e.Act, Why: e.Why, At: localTime(e.At.String(), zone, page.Lang), By: e.By, Two: e.Two})
		}
	}
	kept, err := s.shelf.Statistics(ctx)
	if err != nil {
		return err
	}
	for _, st := range statsJSON(kept[one.Item], page.Lang) {
		page.Item.Flags = append(page.Item.Flags, st.Flags...)
	}
	return nil
}

// word is what a code means, by the first of the prefixes under which a text has it; what
// no text has is shown as it is.
func (p *pages) word(lang, code string, prefixes ...string) string {
	for _, prefix := range prefixes {
		if text, ok := p.texts[lang][prefix+code]; ok && code != "" {
			return text
		}
	}
	return code
}

// lengthText writes a length of time as minutes and seconds.
func lengthText(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "−", -d
	}
	seconds := int(d.Seconds())
	return sign + strconv.Itoa(seconds/60) + ":" + strconv.Itoa(seconds%60/10) + strconv.Itoa(seconds%10)
}
