package web

import (
	"bytes"
	"io"
	"net/http"

	"terang/engine"
	"terang/proctor"
	"terang/questionbank/format"
	"terang/questionbank/format/sheet"
	"terang/questionbank/shelf"
)

// importMost bounds what is uploaded at once, in base64.
const importMost = 96 << 20

// importRequest is files that were chosen on the page. Check only reads them.
type importRequest struct {
	Format  string `json:"format"` // "" goes by the extension
	Section string `json:"section"`
	Topic   string `json:"topic"`
	Check   bool   `json:"check"`
	Partial bool   `json:"partial"` // takes what can be read
	Files   []struct {
		Name string `json:"name"`
		Data []byte `json:"data"`
	} `json:"files"`
}

// importReport says what was read, and what became of it.
type importReport struct {
	Read      int             `json:"read"` // items that can be taken
	Faults    []bankFaultJSON `json:"faults"`
	Warnings  []bankFaultJSON `json:"warnings"`
	Stored    bool            `json:"stored"`
	New       []string        `json:"new"`
	Revised   []string        `json:"revised"`
	Unchanged []string        `json:"unchanged"`
	Alike     []twinsJSON     `json:"alike"`
}

type twinsJSON struct {
	A        string `json:"a"`
	B        string `json:"b"`
	Likeness int    `json:"likeness"`
}

func (s *Server) serveBankImport(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	var req importRequest
	if !readJSON(w, r, importMost, &req) {
		return
	}
	if len(req.Files) == 0 {
		writeError(w, r, engine.BadFrame, "files")
		return
	}
	files := make([]format.File, len(req.Files))
	for i, f := range req.Files {
		files[i] = format.File{Name: f.Name, Data: f.Data}
	}
	name := req.Format
	for _, f := range files {
		kind := format.Detect(f)
		if name == "" {
			name = kind
		}
		if req.Format == "" && kind != name { // a pile of several formats has to be sorted first
			name = ""
			break
		}
	}
	read, err := format.Read(name, files, format.Options{Section: req.Section, Topic: req.Topic, Author: a.Name, Partial: req.Partial || req.Check})
	if err != nil {
		writeError(w, r, engine.BadFrame, "format")
		return
	}
	for i := range read.Questions {
		read.Warnings = append(read.Warnings, read.Questions[i].Unfit()...)
	}
	report := importReport{
		Read: len(read.Questions), Faults: faultsJSON(read.Faults, language(r)), Warnings: faultsJSON(read.Warnings, language(r)),
		New: []string{}, Revised: []string{}, Unchanged: []string{}, Alike: []twinsJSON{},
	}
	if !req.Check && (len(read.Faults) == 0 || req.Partial) && len(read.Questions) > 0 {
		taken, faults, err := s.shelf.Take(r.Context(), shelf.Person{User: a.User, Name: a.Name}, read.Questions, s.hall.Now())
		if err != nil {
			s.fail(w, r, err)
			return
		}
		report.Faults = append(report.Faults, faultsJSON(faults, language(r))...)
		if taken != nil {
			report.Stored = true
			report.New, report.Revised, report.Unchanged = append(report.New, taken.New...), append(report.Revised, taken.Revised...), append(report.Unchanged, taken.Unchanged...)
			for _, t := range taken.Alike {
				report.Alike = append(report.Alike, twinsJSON(t))
			}
		}
	}
	writeJSON(w, http.StatusOK, report)
}

// serveBankTemplate sends the table that people fill in with questions.
func (s *Server) serveBankTemplate(w http.ResponseWriter, r *http.Request, _ proctor.Account) {
	kinds := map[string]struct {
		kind  string
		write func(io.Writer) error
	}{
		"csv":  {"text/csv; charset=utf-8", sheet.TemplateCSV},
		"xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", sheet.TemplateXLSX},
	}
	name := r.PathValue("format")
	k, ok := kinds[name]
	if !ok {
		writeError(w, r, codeNotFound, "format")
		return
	}
	var body bytes.Buffer
	if err := k.write(&body); err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", k.kind)
	w.Header().Set("Content-Disposition", `attachment; filename="templat-soal.`+name+`"`)
	_, _ = w.Write(body.Bytes())
}
