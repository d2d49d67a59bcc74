package web

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"

	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/questionbank/format"
	"terang/questionbank/shelf"
)

// exportKinds are the names and types of what is downloaded in each format, without
// figures and with them. Of formats that are packages always, both are one.
var exportKinds = map[string]struct{ plain, packed string }{
	"terang": {"soal.bank", "soal-terang.zip"}, "gift": {"soal.gift", "soal.gift"}, "moodlexml": {"soal.xml", "soal.xml"},
	"qti": {"soal-qti.zip", "soal-qti.zip"}, "csv": {"soal.csv", "soal-csv.zip"}, "xlsx": {"soal.xlsx", "soal-xlsx.zip"},
}

// bankExport is what somebody wants of the bank, as a file.
type bankExport struct {
	Format, Section, Stage string
	Approved               bool // the version that exams take
}

func exportOf(q url.Values) (bankExport, error) {
	x := bankExport{q.Get("format"), q.Get("section"), q.Get("stage"), q.Get("version") == "approved"}
	if !slices.Contains(format.Writable(), x.Format) {
		return x, &engine.Refusal{Code: engine.BadFrame, Field: "format"}
	}
	return x, nil
}

// write makes the file. note is told of every item that is in it.
func (x bankExport) write(s *Server, r *http.Request, note func(id string) error) (body []byte, items int, losses []questionbank.Fault, err error) {
	f := shelf.Filter{Section: x.Section}
	if x.Stage != "" {
		f.Stages = []shelf.Stage{shelf.Stage(x.Stage)}
	}
	rows, err := s.shelf.List(r.Context(), f)
	if err != nil {
		return nil, 0, nil, err
	}
	names := s.namesOf(r)
	var qs []questionbank.Question
	for _, row := range rows {
		number := 0
		if x.Approved {
			if number = row.Standing; number == 0 {
				continue
			}
		}
		v, ok := row.Version(number)
		if !ok {
			continue
		}
		if err := note(row.ID); err != nil {
			return nil, 0, nil, err
		}
		q, err := s.shelf.Question(r.Context(), v)
		if err != nil {
			return nil, 0, nil, err
		}
		if v.Reviewer != "" {
			q.Reviewer = names(v.Reviewer)
		}
		qs = append(qs, q)
	}
	var out bytes.Buffer
	e, err := format.Write(x.Format, &out, qs)
	if err != nil {
		return nil, 0, nil, err
	}
	return out.Bytes(), e.Written, e.Losses, nil
}

// exportData is what templates/bank-export.html is made from.
type exportData struct {
	officeData
	Asked    bankExport
	Sections []string
	Formats  []string
	Looked   bool // something was asked for
	Items    int
	Losses   []bankFaultJSON
	File     string // address of the download
}

// serveExportPage says what a file would hold and what its format could not carry, before
// it is made: then it leaves the house.
func (s *Server) serveExportPage(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	data := exportData{officeData: s.officeData(r, "bank", a), Formats: format.Writable()}
	rows, err := s.shelf.List(r.Context(), shelf.Filter{})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, row := range rows {
		if row.Section != "" && !slices.Contains(data.Sections, row.Section) {
			data.Sections = append(data.Sections, row.Section)
		}
	}
	slices.Sort(data.Sections)
	if r.URL.Query().Get("format") != "" {
		var losses []questionbank.Fault
		if data.Asked, err = exportOf(r.URL.Query()); err == nil {
			_, data.Items, losses, err = data.Asked.write(s, r, func(string) error { return nil })
		}
		if err != nil {
			s.fail(w, r, err)
			return
		}
		data.Looked, data.Losses = true, faultsJSON(losses, data.Lang)
		data.File = "/api/v1/bank/export?" + r.URL.Query().Encode()
	}
	s.show(w, r, http.StatusOK, "bank-export.html", data)
}

// serveBankExport sends the file; every item in it is recorded as read before it goes.
func (s *Server) serveBankExport(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	x, err := exportOf(r.URL.Query())
	var body []byte
	if err == nil {
		body, _, _, err = x.write(s, r, func(id string) error {
			return s.readings.Note(r.Context(), a, proctor.Reading{What: proctor.ReadItem, Item: id}, s.hall.Now())
		})
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	name, kind := exportKinds[x.Format].plain, "application/octet-stream"
	if bytes.HasPrefix(body, []byte("PK")) && x.Format != "xlsx" || x.Format == "xlsx" && !bytes.Contains(body, []byte("[Content_Types].xml")) {
		name, kind = exportKinds[x.Format].packed, "application/zip"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(body)
}
