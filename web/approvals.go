package web

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"terang/proctor"
)

func (s *Server) approvalRoutes(rt *routes) {
	// Whether the account may agree to this one act is decided with the act's own right.
	rt.staff("GET /api/v1/proposals", proctor.ActPair, Anywhere, s.serveProposals)
	rt.staff("POST /api/v1/proposals/{id}", proctor.ActPair, Anywhere, s.serveProposal)
	rt.staff("POST /api/v1/exams/{exam}/roster", proctor.ActRoster, OfExam, s.serveRoster)
	rt.staff("POST /api/v1/exams/{exam}/freeze-roster", proctor.ActExam, OfExam, s.serveFreezeRoster)
	rt.staffPage("GET /persetujuan", proctor.ActPair, Anywhere, s.serveApprovals)
}

// recordWithin is how long a page waits for the record that it is read. A journal that
// takes longer records it when it can: the room must be seen meanwhile.
const recordWithin = time.Second

// reads records what an account is shown, before it is. What cannot be recorded is logged,
// and the account is shown it all the same: an exam goes on while a disk is full.
func (s *Server) reads(ctx context.Context, a proctor.Account, what proctor.Reading) {
	if s.readings == nil {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.readings.Note(context.WithoutCancel(ctx), a, what, s.hall.Now()); err != nil {
			s.log.Error("a reading of personal data could not be recorded", "user", a.User, "what", what.What, "sitting", what.Sitting, "error", err)
		}
	}()
	late := time.NewTimer(recordWithin)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
	}
}

// waiting is what an account may decide, with the names that are in it.
func (s *Server) waiting(ctx context.Context, a proctor.Account, list func(context.Context, proctor.Account) ([]proctor.Waiting, error)) ([]proctor.Waiting, error) {
	waiting, err := list(ctx, a)
	if err == nil && len(waiting) > 0 {
		s.reads(ctx, a, proctor.Reading{What: proctor.ReadProposals})
	}
	for _, w := range waiting {
		for i, line := range w.Shows {
			if line.What == "fault" {
				w.Shows[i].Text = FaultWords(line.Text)
			}
		}
	}
	return waiting, err
}

// serveProposals answers what waits for the account; with brief=1 without what each would do.
func (s *Server) serveProposals(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	of := s.desk.Pairs().For
	if r.URL.Query().Get("brief") == "1" {
		of = s.desk.Pairs().Brief
	}
	list, err := s.waiting(r.Context(), a, of)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"at": s.hall.Now().String(), "proposals": list})
}

// rosterMost is the size of a roster of some hundred thousand people.
const rosterMost = 64 << 20

func (s *Server) serveRoster(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var req proctor.RosterRequest
	if !readJSON(w, r, rosterMost, &req) {
		return
	}
	answer, err := s.office.Roster(r.Context(), a, r.PathValue("exam"), req)
	switch {
	case err != nil:
		s.fail(w, r, err)
	case len(answer.Faults) > 0:
		s.rosterFaults(w, r, answer.Faults)
	case answer.Proposal != "":
		writeJSON(w, http.StatusAccepted, answer)
	default:
		writeJSON(w, http.StatusOK, answer)
	}
}

func (s *Server) serveFreezeRoster(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	if err := s.office.FreezeRoster(r.Context(), a, r.PathValue("exam")); err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]bool{"frozen": true})
}

// officeData is what the head of an office's pages is made from.
type officeData struct {
	pageData
	officeRights
	Staff staffJSON
}

// officeRights are the parts of the office that an account's work is in.
type officeRights struct {
	MayAudit   bool
	MayResults bool
	MayReport  bool
	MayHooks   bool
	MayRoster  bool
	MayFlags   bool
}

func officeRightsOf(a proctor.Account) officeRights {
	return officeRights{
		MayAudit: a.MaySomewhere(proctor.ActAudit), MayResults: a.MaySomewhere(proctor.ActResultRead), MayReport: a.MaySomewhere(proctor.ActReport),
		MayHooks: a.MaySomewhere(proctor.ActHooks), MayRoster: a.MaySomewhere(proctor.ActRoster), MayFlags: a.MaySomewhere(proctor.ActFlags),
	}
}

func (s *Server) officeData(r *http.Request, area string, a proctor.Account) officeData {
	return officeData{pageData: s.data(r, area), officeRights: officeRightsOf(a), Staff: s.shownAccount(a)}
}

type approvalsData struct {
	officeData
	Proposals []shownProposal
}

type shownExam struct{ Code, Title string }

type shownProposal struct {
	proctor.Waiting
	Name      string // of whoever proposes
	Since     string
	Until     string
	ReasonKey string // of a code
	Words     string // of the reason, beside its code
}

// serveApprovals is the page where the second person looks at what exactly would happen,
// and decides.
func (s *Server) serveApprovals(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	list, err := s.waiting(r.Context(), a, s.desk.Pairs().For)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	data := approvalsData{officeData: s.officeData(r, "approvals", a)}
	for _, v := range list {
		p := shownProposal{Waiting: v, Name: v.By, Since: localTime(v.At, s.zoneOf(v.Sitting), data.Lang), Until: localTime(v.Expires, s.zoneOf(v.Sitting), data.Lang)}
		if by, err := s.accounts.Get(r.Context(), v.By); err == nil && by.Name != "" {
			p.Name = by.Name + " (" + by.User + ")"
		}
		code, words, coded := strings.Cut(v.Reason, ":")
		if p.ReasonKey = "station.reason." + code; s.pages.texts[data.Lang][p.ReasonKey] == "" {
			p.ReasonKey, p.Words = "", v.Reason
		} else if coded {
			p.Words = strings.TrimSpace(words)
		}
		for i, line := range p.Shows {
			switch line.What {
			case "adjust":
				p.Shows[i].Text = adjustmentWords(s.pages.texts[data.Lang], line.Text)
			case "adjust_was":
				number, given, _ := strings.Cut(line.Text, " · ")
				p.Shows[i].Text = number + " · " + adjustmentWords(s.pages.texts[data.Lang], given)
			case "time":
				p.Shows[i].Text = spanWords(s.pages.texts[data.Lang], line.Text)
			case "despite":
				p.Shows[i].Text = s.pages.texts[data.Lang]["approvals.despite_is"]
			default:
				p.Shows[i].Text = TimesIn(line.Text, s.zoneOf(v.Sitting), data.Lang)
			}
		}
		data.Proposals = append(data.Proposals, p)
	}
	s.show(w, r, http.StatusOK, "approvals.html", data)
}

// examsWhere are the exams of this node that fit, by code.
func (s *Server) examsWhere(fits func(code string) bool) []shownExam {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var exams []shownExam
	for _, code := range slices.Sorted(maps.Keys(s.exams)) {
		if fits(code) {
			exams = append(exams, shownExam{code, s.exams[code].Def.Title})
		}
	}
	return exams
}

// zoneOf is the time zone of a sitting, or that of the capital.
func (s *Server) zoneOf(sitting string) string {
	if def, one, _, ok := s.placeOf(sitting); ok {
		return def.Zone(one.Code).String()
	}
	return capital
}
