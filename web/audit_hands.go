package web

import (
	"net/http"

	"terang/proctor"
)

// handsData is what templates/audit-hands.html is made from.
type handsData struct {
	officeData
	Hands []proctor.Hand
}

// hands are the accounts that an auditor may ask about; that they were read is recorded.
func (s *Server) hands(r *http.Request, a proctor.Account) ([]proctor.Hand, error) {
	s.reads(r.Context(), a, proctor.Reading{What: proctor.ReadAudit, Filter: "accounts"})
	return s.accounts.Hands(r.Context(), a, proctor.ActAudit)
}

func (s *Server) serveHands(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	list, err := s.hands(r, a)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"accounts": list})
}

// serveHandsPage shows who made each account, who vouches for it, and which count as one person.
func (s *Server) serveHandsPage(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	data := handsData{officeData: s.officeData(r, "approvals", a)}
	var err error
	if data.Hands, err = s.hands(r, a); err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, http.StatusOK, "audit-hands.html", data)
}
