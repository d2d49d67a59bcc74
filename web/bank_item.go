package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/questionbank/shelf"
)

// itemMost bounds the body of a version: eleven figures of the largest size, in base64.
const itemMost = 4 << 20

// bankItemJSON is an item as its authors and reviewers see it, with the key.
type bankItemJSON struct {
	ID       string            `json:"id"`
	Stage    shelf.Stage       `json:"stage"`
	Version  int               `json:"version"` // that is shown
	Newest   int               `json:"newest"`
	Standing int               `json:"standing,omitempty"` // that exams take
	Own      bool              `json:"own"`                // the account wrote a version, and cannot review any
	Returned bool              `json:"returned,omitempty"`
	May      []shelf.Act       `json:"may"`
	Question draftJSON         `json:"question"`
	Item     json.RawMessage   `json:"item"` // as a candidate's page gets it
	Checks   []checkJSON       `json:"checks"`
	Faults   []bankFaultJSON   `json:"faults"`
	Versions []bankVersionJSON `json:"versions"`
	Uses     []bankUseJSON     `json:"uses"`
	Stats    []statJSON        `json:"statistics"` // empty where nothing was analysed
	History  []bankEventJSON   `json:"history"`
}

type bankVersionJSON struct {
	Number   int         `json:"number"`
	By       string      `json:"by"`
	At       string      `json:"at"`
	Stage    shelf.Stage `json:"stage"`
	Reviewer string      `json:"reviewer,omitempty"`
}

type bankUseJSON struct {
	Exam    string `json:"exam"`
	Version int    `json:"version"`
	At      string `json:"at"`
}

type bankEventJSON struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	By      string `json:"by"`
	At      string `json:"at"`
	Words   string `json:"words,omitempty"`
	Exam    string `json:"exam,omitempty"`
}

type bankFaultJSON struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	What   string `json:"what"`
	Remedy string `json:"remedy"`
}

func faultsJSON(faults []questionbank.Fault, lang string) []bankFaultJSON {
	list := make([]bankFaultJSON, len(faults))
	for i, f := range faults {
		list[i] = faultIn(f, lang)
	}
	return list
}

// serveItem answers with an item, ?version=N for an earlier wording. Each reading is recorded.
func (s *Server) serveItem(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	number, _ := strconv.Atoi(r.URL.Query().Get("version"))
	body, err := s.bankItem(r, a, r.PathValue("id"), number)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, body)
}

// bankItem reads one version of an item, and records that the account has read it.
func (s *Server) bankItem(r *http.Request, a proctor.Account, id string, number int) (*bankItemJSON, error) {
	ctx := r.Context()
	it, err := s.shelf.Item(ctx, id)
	if err != nil {
		return nil, err
	}
	v, ok := it.Version(number)
	if !ok {
		return nil, shelf.NoItem
	}
	if err := s.noteReading(r, a, id); err != nil {
		return nil, err
	}
	q, err := s.shelf.Question(ctx, v)
	if err != nil {
		return nil, err
	}
	by, err := s.bankPerson(ctx, a)
	if err != nil {
		return nil, err
	}
	names := s.namesOf(r)
	body := &bankItemJSON{
		ID: id, Stage: it.Stage(), Version: v.Number, Newest: it.Newest().Number, Standing: it.Standing, Own: by.Wrote(it), Returned: v.Returned,
		May: mayDo(a, by, it, v, q.Author), Question: draftOf(&q), Item: previewed(q.Seen()), Faults: faultsJSON(q.Unfit(), language(r)),
		Versions: []bankVersionJSON{}, Uses: []bankUseJSON{}, History: []bankEventJSON{},
	}
	if body.Checks, err = s.checks(ctx, &q); err != nil {
		return nil, err
	}
	known, err := s.shelf.Statistics(ctx)
	if err != nil {
		return nil, err
	}
	body.Stats = statsJSON(known[id], language(r))
	for _, v := range it.Versions {
		body.Versions = append(body.Versions, bankVersionJSON{v.Number, names(v.By), v.At.String(), v.Stage, names(v.Reviewer)})
	}
	for _, u := range it.Uses {
		body.Uses = append(body.Uses, bankUseJSON{u.Exam, u.Version, u.At.String()})
	}
	for i := range it.History {
		e := &it.History[i]
		words, err := s.shelf.Words(ctx, e)
		if err != nil {
			return nil, err
		}
		body.History = append(body.History, bankEventJSON{string(e.Kind), int(e.MS), names(e.By), e.At.String(), words, e.Act})
	}
	return body, nil
}

// namesOf gives the names of accounts, each asked for once.
func (s *Server) namesOf(r *http.Request) func(user string) string {
	known := map[string]string{"": ""}
	return func(user string) string {
		if name, ok := known[user]; ok {
			return name
		}
		known[user] = user
		if a, err := s.accounts.Get(r.Context(), user); err == nil && a.Name != "" {
			known[user] = a.Name
		}
		return known[user]
	}
}

// bankRights is the right that each act takes, or several of which one is enough: who only
// looks changes nothing, not even by a comment.
var bankRights = map[shelf.Act][]string{
	shelf.ActRevise: {proctor.ActItemWrite}, shelf.ActSubmit: {proctor.ActItemWrite}, shelf.ActRetire: {proctor.ActItemWrite},
	shelf.ActComment: {proctor.ActItemWrite, proctor.ActItemReview},
	shelf.ActApprove: {proctor.ActItemApprove}, shelf.ActReturn: {proctor.ActItemReview},
}

func bankMay(a proctor.Account, act shelf.Act) bool {
	return slices.ContainsFunc(bankRights[act], func(right string) bool { return bankAct(a, right) })
}

// bankPerson is an account as the shelf knows it.
func (s *Server) bankPerson(ctx context.Context, a proctor.Account) (shelf.Person, error) {
	also, err := s.accounts.Others(ctx, a)
	return shelf.Person{User: a.User, Name: a.Name, Also: also}, err
}

// mayDo lists what the account can do with a version now.
func mayDo(a proctor.Account, by shelf.Person, it *shelf.Item, v *shelf.Version, author string) []shelf.Act {
	may := []shelf.Act{}
	for _, act := range []shelf.Act{shelf.ActRevise, shelf.ActComment, shelf.ActSubmit, shelf.ActApprove, shelf.ActReturn, shelf.ActRetire} {
		c := shelf.Command{Act: act, By: by, Version: v.Number, Author: author, Words: "…"}
		if _, err := shelf.Decide(it, c); err == nil && bankMay(a, act) {
			may = append(may, act)
		}
	}
	return may
}

// serveItemAction does what a person decides about an item.
func (s *Server) serveItemAction(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var req struct {
		Op      string    `json:"op"`
		Action  shelf.Act `json:"action"`
		Version int       `json:"version"`
		Words   string    `json:"words"`
	}
	if !readJSON(w, r, 64<<10, &req) {
		return
	}
	switch _, ok := bankRights[req.Action]; {
	case !ok || req.Action == shelf.ActRevise:
		writeError(w, r, engine.BadFrame, "action")
		return
	case !bankMay(a, req.Action):
		writeError(w, r, codeForbidden, "")
		return
	}
	by, err := s.bankPerson(r.Context(), a)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	_, err = s.shelf.Do(r.Context(), r.PathValue("id"), shelf.Command{
		Act: req.Action, By: by, Op: req.Op, Version: req.Version, At: s.hall.Now(),
	}, req.Words)
	s.answerItem(w, r, a, r.PathValue("id"), nil, err)
}

// answerItem answers an act with the item as it is then, or says why there was none.
func (s *Server) answerItem(w http.ResponseWriter, r *http.Request, a proctor.Account, id string, faults []questionbank.Fault, err error) {
	var unfit *shelf.UnfitError
	if errors.As(err, &unfit) {
		faults, err = unfit.Faults, nil
	}
	if len(faults) > 0 {
		writeJSON(w, codes[shelf.Unfit].status, map[string]any{
			"code": shelf.Unfit, "text": codeText(shelf.Unfit, language(r)), "faults": faultsJSON(faults, language(r)),
		})
		return
	}
	var body *bankItemJSON
	if err == nil {
		body, err = s.bankItem(r, a, id, 0)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, body)
}

// serveItemVersion stores a new item, or the next version of one.
func (s *Server) serveItemVersion(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var req struct {
		Op       string    `json:"op"`
		Base     int       `json:"base"` // version that the author began with, 0 for a new item
		Question draftJSON `json:"question"`
	}
	if !readJSON(w, r, itemMost, &req) {
		return
	}
	req.Question.ID = r.PathValue("id")
	if req.Question.Author == "" {
		req.Question.Author = a.Name
	}
	began, err := s.began(r.Context(), req.Question.ID, req.Base)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q, faults := req.Question.question(began)
	if len(faults) == 0 {
		_, faults, err = s.shelf.Write(r.Context(), shelf.Person{User: a.User, Name: a.Name}, req.Op, req.Base, q, s.hall.Now())
	}
	s.answerItem(w, r, a, q.ID, faults, err)
}

// began is the version that an author began with, empty for a new item.
func (s *Server) began(ctx context.Context, id string, base int) (questionbank.Question, error) {
	if base == 0 {
		return questionbank.Question{}, nil
	}
	it, err := s.shelf.Item(ctx, id)
	if err != nil {
		return questionbank.Question{}, err
	}
	v, ok := it.Version(base)
	if !ok {
		return questionbank.Question{}, shelf.NoItem
	}
	return s.shelf.Question(ctx, v)
}

// serveItemDiff says what differs between two versions: ?from=N&to=N, by default the
// newest and the one before it.
func (s *Server) serveItemDiff(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	id := r.PathValue("id")
	it, err := s.shelf.Item(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	number := func(name string) int { n, _ := strconv.Atoi(r.URL.Query().Get(name)); return n }
	to, ok := it.Version(number("to"))
	from, before := it.Version(number("from"))
	if ok && number("from") == 0 {
		from, before = it.Before(to.Number)
	}
	if !ok || !before {
		s.fail(w, r, shelf.NoItem)
		return
	}
	if err := s.noteReading(r, a, id); err != nil {
		s.fail(w, r, err)
		return
	}
	was, err := s.shelf.Question(r.Context(), from)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	is, err := s.shelf.Question(r.Context(), to)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	type span struct {
		Op   shelf.Op `json:"op"`
		Text string   `json:"text"`
	}
	type change struct {
		Part  string `json:"part"`
		Spans []span `json:"spans"`
	}
	changes := []change{}
	for _, c := range shelf.Compare(&was, &is) {
		spans := make([]span, len(c.Spans))
		for i, s := range c.Spans {
			spans[i] = span(s)
		}
		changes = append(changes, change{c.Part, spans})
	}
	writeJSON(w, http.StatusOK, map[string]any{"from": from.Number, "to": to.Number, "changes": changes})
}
