package web

import (
	"net/http"
	"strings"

	"github.com/google/uuid"

	"terang/engine"
	"terang/proctor"
)

// staffFileMost is the size of a file of some ten thousand accounts.
const staffFileMost = 2 << 20

// serveStaffImport adds the accounts of a file, all or none, and shows the invitations of
// those without a password this once. Deciding roles need the other person at the desk:
// a file with its codes cannot wait.
func (s *Server) serveStaffImport(w http.ResponseWriter, r *http.Request, by proctor.Account) {
	var req struct {
		accountRequest
		File string `json:"file"` // CSV as for terang staff import
	}
	if !readJSON(w, r, staffFileMost, &req) {
		return
	}
	if req.Op == "" {
		req.Op = uuid.NewString()
	}
	signers := proctor.Signers{By: by, Op: strings.ToLower(req.Op)}
	if !engine.ValidOp(signers.Op) {
		writeError(w, r, engine.BadFrame, "op")
		return
	}
	if req.Second != nil && req.Second.User != "" {
		asked := proctor.Proposal{Stream: proctor.StaffAccounts, Act: engine.ActGrant, Op: signers.Op}
		user, err := s.desk.Pairs().Second(r.Context(), by, req.Second, &asked)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		two, err := s.accounts.Get(r.Context(), user)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		signers.Two = &two
	}
	done, faults, err := s.accounts.Import(r.Context(), signers, strings.NewReader(req.File), s.hall.Now())
	if len(faults) > 0 {
		s.staffFaults(w, r, faults)
		return
	}
	if err != nil && done.Added == 0 {
		s.fail(w, r, err)
		return
	}
	if err != nil { // the accounts are there: their owners can be invited again
		s.log.Error("an import of accounts has not made every invitation", "error", err)
	}
	shown := make([]invitationJSON, len(done.Invitations))
	for i, v := range done.Invitations {
		shown[i] = shownInvitation(v.User, v.Code, v.Until)
		shown[i].Name = v.Name
	}
	writeJSON(w, http.StatusOK, map[string]any{"added": done.Added, "invitations": shown})
}

// staffFaults lists what is wrong with a file, in the language of the page.
func (s *Server) staffFaults(w http.ResponseWriter, r *http.Request, faults []proctor.Fault) {
	lang := language(r)
	all := make([]shownFault, len(faults))
	for i, f := range faults {
		all[i] = faultShown(f, lang)
	}
	writeJSON(w, http.StatusUnprocessableEntity, map[string]any{"code": codeStaffFile, "text": codeText(codeStaffFile, lang), "faults": all})
}

// serveVouch says that accounts are their owners'.
func (s *Server) serveVouch(w http.ResponseWriter, r *http.Request, by proctor.Account) {
	var req struct {
		Users []string `json:"users"`
	}
	if !readJSON(w, r, 64<<10, &req) {
		return
	}
	if len(req.Users) == 0 {
		writeError(w, r, engine.BadFrame, "users")
		return
	}
	s.answered(w, r, s.accounts.Vouch(r.Context(), proctor.Signers{By: by}, req.Users, s.hall.Now()))
}
