package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"terang/engine"
	"terang/engine/publiclog"
	"terang/engine/publiclog/keeper"
)

func (s *Server) receiptRoutes(rt *routes) {
	rt.candidate("GET /ujian/tanda-terima", s.serveReceiptPage)
	rt.candidate("GET /api/v1/exam/receipt", s.serveReceipt)
	rt.public("POST /hasil-saya/tanda-terima", s.servePastReceipt)
}

// logReceipt is what a page shows of a candidate's receipt. State is "" where the node keeps
// no log, waits until a checkpoint covers the leaf, and then logged.
type logReceipt struct {
	State    string
	Attempt  string
	Number   string
	Code     string // the fingerprint in short, as on the result page
	Leaf     *publiclog.Leaf
	Index    int64
	Place    int64 // from 1, as people count
	Log      publiclog.Checkpoint
	Root     string
	Signed   string // the whole signed checkpoint
	Witness  []string
	Address  string
	QR       template.HTML
	Replaced bool
}

// States of a logReceipt.
const (
	receiptWaits  = "waits"
	receiptLogged = "logged"
)

// ownReceipt is the receipt of an attempt that is over, for the candidate alone. Where the
// exam shows no scores yet, it opens none.
func (s *Server) ownReceipt(r *http.Request, x *Exam, attempt string) (*publiclog.Receipt, error) {
	if s.publicLog == nil || x.Def.Rehearsal {
		return nil, engine.ErrAbsent
	}
	receipt, err := s.publicLog.Own(r.Context(), attempt)
	if errors.Is(err, engine.ErrAbsent) && s.isOver(attempt) {
		return nil, keeper.ErrWaits // the log has not heard of it yet
	}
	if err != nil {
		return nil, err
	}
	if !x.Def.Policy.ShowScores {
		released, err := s.released(r.Context(), x.Def.Code, attempt)
		if err != nil {
			return nil, err
		}
		if !released {
			delete(receipt.Opens, publiclog.FieldSealed)
		}
	}
	return receipt, nil
}

func (s *Server) isOver(attempt string) (over bool) {
	if live := s.hall.Attempt(attempt); live != nil {
		live.View(func(a *engine.Attempt, _ *engine.Terms) { over = a.Fingerprint != (engine.Hash{}) })
	}
	return over
}

// shownReceipt is the receipt as a page has it.
func (s *Server) shownReceipt(r *http.Request, x *Exam, attempt, number string) (*logReceipt, error) {
	shown := &logReceipt{Attempt: attempt, Number: number}
	receipt, err := s.ownReceipt(r, x, attempt)
	switch {
	case errors.Is(err, keeper.ErrWaits):
		shown.State = receiptWaits
		return shown, nil
	case errors.Is(err, engine.ErrAbsent):
		return shown, nil
	case err != nil:
		return nil, err
	}
	if shown.Leaf, err = publiclog.ParseLeaf([]byte(receipt.Leaf)); err != nil {
		return nil, err
	}
	text, lines, err := publiclog.Lines([]byte(receipt.Checkpoint))
	if err == nil {
		shown.Log, err = publiclog.ParseCheckpoint(text)
	}
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		if name := strings.Fields(l)[1]; name != shown.Log.Origin {
			shown.Witness = append(shown.Witness, name)
		}
	}
	shown.State, shown.Index, shown.Place, shown.Signed = receiptLogged, receipt.Index, receipt.Index+1, receipt.Checkpoint
	shown.Root, shown.Replaced = shown.Log.Hash.String(), !shown.Leaf.Replaces.IsZero()
	shown.Code = engine.Hash(shown.Leaf.Fingerprint).Receipt()
	if result, _ := s.results.folds.Result(x.Boards, attempt); result.Held {
		shown.Leaf.Scores = nil // they stand in the log, and are nobody's before it is decided whose
	} else if o, ok := receipt.Opens[publiclog.FieldSealed]; ok {
		shown.Leaf.Scores = scoresOf(o.Value)
	}
	shown.Address = receiptAddress(s.base(r), receipt, shown.Leaf)
	picture, err := qrPicture(shown.Address)
	shown.QR = template.HTML(picture) //nolint:gosec // drawn here, of numbers
	return shown, err
}

// scoresOf reads publiclog.ScoreText.
func scoresOf(text string) (scores []publiclog.Score) {
	for part := range strings.FieldsSeq(text) {
		section, points, _ := strings.Cut(part, "=")
		one := publiclog.Score{Section: section}
		if _, err := fmt.Sscan(points, &one.Points); err == nil {
			scores = append(scores, one)
		}
	}
	return scores
}

// receiptAddress is where anybody reads the leaf with its proof. Behind the # stand, in
// order, the fingerprint and the salt of the number: a browser sends neither.
func receiptAddress(base string, r *publiclog.Receipt, l *publiclog.Leaf) string {
	address := fmt.Sprintf("%s/api/v1/log/receipt/%d#%s", base, r.Index, l.Fingerprint)
	if o, ok := r.Opens[publiclog.FieldNumber]; ok {
		address += "." + o.Salt.String()
	}
	return address
}

// base is the address that people use.
func (s *Server) base(r *http.Request) string {
	if s.url != nil {
		return s.url.Scheme + "://" + s.url.Host
	}
	return "http://" + r.Host
}

// receiptPage is what templates/receipt.html is made from.
type receiptPage struct {
	pageData
	Title     string
	Rehearsal bool
	Log       *logReceipt
}

// serveReceiptPage shows the receipt to whoever has the attempt's session.
func (s *Server) serveReceiptPage(w http.ResponseWriter, r *http.Request) {
	live, x, _, refused := s.admitted(r)
	if refused != "" {
		s.boards.faultPage(w, r, refused)
		return
	}
	person := x.Person(live.ID)
	shown, err := s.shownReceipt(r, x, live.ID, person.Number)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if shown.State == receiptWaits {
		w.Header().Set("Refresh", "5")
	}
	s.show(w, r, http.StatusOK, "receipt.html", receiptPage{s.data(r, "results"), x.Def.Title, x.Def.Rehearsal, shown})
}

// serveReceipt hands the receipt's file to whoever has the attempt's session.
func (s *Server) serveReceipt(w http.ResponseWriter, r *http.Request) {
	live, x, _, refused := s.admitted(r)
	if refused != "" {
		writeError(w, r, refused, "")
		return
	}
	s.writeReceipt(w, r, x, live.ID)
}

// servePastReceipt hands it to whoever opens a result on /hasil-saya.
func (s *Server) servePastReceipt(w http.ResponseWriter, r *http.Request) {
	p := s.cameBack(w, r)
	if p == nil {
		s.ownSignIn(w, r)
		return
	}
	x := s.exam(p.Exam)
	if x == nil {
		writeError(w, r, codeNotFound, "")
		return
	}
	s.writeReceipt(w, r, x, p.Attempt)
}

func (s *Server) writeReceipt(w http.ResponseWriter, r *http.Request, x *Exam, attempt string) {
	receipt, err := s.ownReceipt(r, x, attempt)
	switch {
	case errors.Is(err, keeper.ErrWaits):
		w.Header().Set("Retry-After", "5")
		writeError(w, r, codeReceiptWaits, "")
		return
	case errors.Is(err, engine.ErrAbsent):
		writeError(w, r, codeNotFound, "receipt")
		return
	case err != nil:
		s.fail(w, r, err)
		return
	}
	s.writeOwnFile(w, r, fmt.Sprintf("tanda-terima-%d.json", receipt.Index), receipt)
}

// writeOwnFile hands a candidate a file that is theirs alone.
func (s *Server) writeOwnFile(w http.ResponseWriter, r *http.Request, name string, v any) {
	body, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", private)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(append(body, '\n'))
}
