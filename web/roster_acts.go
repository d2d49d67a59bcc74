package web

import (
	"errors"
	"io"
	"net/http"
	"slices"

	"terang/engine"
	"terang/proctor"
	"terang/scoring/workbook"
)

// upload is the file of a form, at most so large.
func upload(w http.ResponseWriter, r *http.Request, most int64) (body io.ReaderAt, size int64, name string, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, most)
	file, head, err := r.FormFile("file")
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return nil, 0, "", &engine.Refusal{Code: codeTooLarge, Field: "file"}
	case err != nil || head.Size == 0:
		return nil, 0, "", &engine.Refusal{Code: codeBadData, Field: "file"}
	}
	return file, head.Size, head.Filename, nil
}

// serveRosterPreview shows what a file changes.
func (s *Server) serveRosterPreview(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	body, size, name, bad := upload(w, r, rosterMost)
	s.onRoster(w, r, a, func(p *rosterPage) error {
		if bad != nil {
			return bad
		}
		p.File, p.Partial = name, r.PostFormValue("partial") != ""
		file, err := io.ReadAll(io.NewSectionReader(body, 0, size))
		if err != nil {
			return err
		}
		table, err := workbook.Table(file)
		if err != nil {
			p.tells([]proctor.Fault{engine.FaultOf(err, proctor.Fault{What: err.Error(), Remedy: "save it as .xlsx, or as CSV UTF-8"})})
			return nil
		}
		change, faults, err := s.office.PreviewRoster(r.Context(), a, p.Exam.Code, proctor.RosterRequest{File: string(table), Partial: p.Partial})
		if err != nil {
			return err
		}
		if p.tells(faults); len(faults) == 0 {
			s.showChange(r, a, p, change)
		}
		return nil
	})
}

// showChange puts a change on the page, with what is to be looked at in it.
func (s *Server) showChange(r *http.Request, a proctor.Account, p *rosterPage, change *proctor.RosterChange) {
	p.Change = s.changeShown(r, a, change, s.rosterTakesTwo(p))
	p.warns(s.exam(p.Exam.Code), s.results.people, change.Given())
}

// readsChange records who reads the people that a change takes away or makes different: what
// stands of them now is beside what the file says. Whom it adds, the file itself has named.
func (s *Server) readsChange(r *http.Request, a proctor.Account, c *proctor.RosterChange) {
	if len(c.Removed)+len(c.Changed) > 0 {
		s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadRoster, Sitting: c.Exam, Filter: "preview"})
	}
}

func (s *Server) rosterTakesTwo(p *rosterPage) bool {
	return p.Frozen || s.exam(p.Exam.Code).Def.Policy.NeedsTwo(engine.ActRoster)
}

// serveRosterTake takes what was shown.
func (s *Server) serveRosterTake(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
	s.onRoster(w, r, a, func(p *rosterPage) error {
		p.File, p.Partial, p.Reason = r.PostFormValue("name"), r.PostFormValue("partial") != "", r.PostFormValue("reason")
		answer, err := s.office.Roster(r.Context(), a, p.Exam.Code, proctor.RosterRequest{
			Op: r.PostFormValue("op"), Shown: true, Partial: p.Partial, Change: r.PostFormValue("change"), Reason: p.Reason,
		})
		if err = s.took(r, p, answer, err); err == nil {
			return nil
		}
		// What was typed stays, beside the change as it is now: to be looked at once more.
		change, unread := s.office.ShownRoster(r.Context(), a, p.Exam.Code, p.Partial)
		if change != nil {
			s.showChange(r, a, p, change)
		}
		return errors.Join(err, unread)
	})
}

// took puts on the page what became of a roster.
func (s *Server) took(r *http.Request, p *rosterPage, answer proctor.RosterAnswer, err error) error {
	if err != nil {
		return err
	}
	p.tells(answer.Faults)
	switch {
	case len(answer.Faults) > 0:
	case answer.Proposal != "":
		p.Done = "roster.proposed"
	default:
		p.Done, p.DoneN = "roster.taken", answer.Version
		if p.Versions, err = s.office.Rosters(r.Context(), p.Exam.Code); err != nil {
			return err
		}
		slices.Reverse(p.Versions)
		if len(p.Versions) > 0 {
			p.People, p.Fresh = p.Versions[0].People, true
		}
	}
	return nil
}

func (s *Server) serveRosterFreeze(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	s.onRoster(w, r, a, func(p *rosterPage) error {
		if err := s.office.FreezeRoster(r.Context(), a, p.Exam.Code); err != nil {
			return err
		}
		p.Frozen, p.Done = true, "roster.frozen"
		return nil
	})
}

// photosMost is the size of an archive that a page takes; terang exam roster --photos takes
// any.
const photosMost = 2 << 30

func (s *Server) servePhotoArchive(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	body, size, name, bad := upload(w, r, photosMost)
	s.onRoster(w, r, a, func(p *rosterPage) error {
		if bad != nil {
			return bad
		}
		p.File, p.PhotoReason, p.PhotoSecond = name, r.PostFormValue("reason"), r.PostFormValue("second")
		ask := proctor.PhotosRequest{Op: r.PostFormValue("op"), Zip: body, Size: size, Partial: r.PostFormValue("partial") != "", Reason: r.PostFormValue("reason")}
		if user := r.PostFormValue("second"); user != "" {
			ask.Second = &proctor.Second{User: user, Password: r.PostFormValue("password"), Code: r.PostFormValue("code")}
		}
		answer, err := s.office.Photos(r.Context(), a, p.Exam.Code, ask)
		if err != nil {
			return err
		}
		p.tells(answer.Faults)
		if answer.Loaded > 0 || len(answer.Faults) == 0 {
			p.Done, p.DoneN, p.Missing = "roster.photos_done", answer.Loaded, answer.Missing
			p.Photos = p.People - len(answer.Missing)
		}
		return nil
	})
}

// serveRosterChange is the preview for programs.
func (s *Server) serveRosterChange(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var q struct {
		File    string `json:"file"`
		Partial bool   `json:"partial"`
	}
	if !readJSON(w, r, rosterMost, &q) {
		return
	}
	change, faults, err := s.office.PreviewRoster(r.Context(), a, r.PathValue("exam"), proctor.RosterRequest{File: q.File, Partial: q.Partial})
	switch {
	case err != nil:
		s.fail(w, r, err)
	case len(faults) > 0:
		s.rosterFaults(w, r, faults)
	default:
		s.readsChange(r, a, change)
		writeJSON(w, http.StatusOK, map[string]any{"change": change.ID(), "roster": change})
	}
}

func (s *Server) rosterFaults(w http.ResponseWriter, r *http.Request, faults []proctor.Fault) {
	all := make([]string, len(faults))
	for i, f := range faults {
		all[i] = f.String()
	}
	writeJSON(w, http.StatusUnprocessableEntity, map[string]any{"code": codeRoster, "text": codeText(codeRoster, language(r)), "faults": all})
}
