package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"terang/proctor"
	"terang/questionbank"
	"terang/questionbank/format"
	"terang/questionbank/shelf"
)

// bankRoutes are the pages of authors and reviewers. Every one of them shows keys: no
// candidate's handler has a way to the shelf.
func (s *Server) bankRoutes(rt *routes) {
	rt.staffPage("GET /bank", proctor.ActItemRead, OfServer, s.serveBank)
	rt.staffPage("GET /bank/tulis", proctor.ActItemWrite, OfServer, s.serveItemPage)
	rt.staffPage("GET /bank/soal/{id}", proctor.ActItemRead, OfServer, s.serveItemPage)
	rt.staffPage("GET /bank/impor", proctor.ActBankImport, OfServer, s.serveImportPage)
	rt.staff("GET /api/v1/bank/items", proctor.ActItemRead, OfServer, s.serveItems)
	rt.staff("GET /api/v1/bank/items/{id}", proctor.ActItemRead, OfServer, s.serveItem)
	rt.staff("GET /api/v1/bank/items/{id}/diff", proctor.ActItemRead, OfServer, s.serveItemDiff)
	rt.staff("POST /api/v1/bank/items/{id}/versions", proctor.ActItemWrite, OfServer, s.serveItemVersion)
	// Whoever may read comes this far. Which act it is stands in the body, and bankRights
	// says what right it takes.
	rt.staff("POST /api/v1/bank/items/{id}/actions", proctor.ActItemWork, OfServer, s.serveItemAction)
	rt.staff("POST /api/v1/bank/preview", proctor.ActItemWrite, OfServer, s.servePreview)
	rt.staffPage("GET /bank/unduh", proctor.ActBankExport, OfServer, s.serveExportPage)
	rt.staff("GET /api/v1/bank/export", proctor.ActBankExport, OfServer, s.serveBankExport)
	rt.staff("GET /api/v1/bank/template/{format}", proctor.ActBankImport, OfServer, s.serveBankTemplate)
	rt.staff("POST /api/v1/bank/import", proctor.ActBankImport, OfServer, s.serveBankImport)
}

// bankAct decides whether an account may do something with the bank, which is of no
// single exam or site.
func bankAct(a proctor.Account, act string) bool { return a.May(act, "", "", "") }

// bankUser is who looks at a page, and what the page may offer.
type bankUser struct {
	User, Name string
	Write      bool
	Review     bool
	Import     bool
	Waiting    int // items that wait for a review by this account
}

type bankData struct {
	pageData
	Me   bankUser
	ID   string // of the item, "" for a new one
	Here string // "list", "review", "import" or ""

	Formats []string // that files may have
}

func (s *Server) serveItemPage(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	if data, ok := s.bankFrame(w, r, a); ok {
		data.ID = r.PathValue("id")
		s.show(w, r, http.StatusOK, "bank-item.html", data)
	}
}

func (s *Server) serveImportPage(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	if data, ok := s.bankFrame(w, r, a); ok {
		data.Here, data.Formats = "import", format.Names()
		s.show(w, r, http.StatusOK, "bank-import.html", data)
	}
}

// bankFrame is what every page of the bank begins with; it answers itself when it fails.
func (s *Server) bankFrame(w http.ResponseWriter, r *http.Request, a proctor.Account) (bankData, bool) {
	data := bankData{pageData: s.data(r, "bank")}
	data.Me = bankUser{
		User: a.User, Name: a.Name, Write: bankAct(a, proctor.ActItemWrite), Review: bankAct(a, proctor.ActItemApprove), Import: bankAct(a, proctor.ActBankImport),
	}
	if data.Me.Review {
		waiting, err := s.shelf.List(r.Context(), shelf.Filter{Stages: []shelf.Stage{shelf.InReview}})
		if err != nil {
			s.fail(w, r, err)
			return data, false
		}
		data.Me.Waiting = len(slices.DeleteFunc(waiting, func(row shelf.Row) bool { return row.Wrote(a.User) }))
	}
	return data, true
}

// bankPageRows is how many items a page of the list has.
const bankPageRows = 100

type bankListData struct {
	bankData
	Rows             []bankRow
	Total            int            // items that pass the filter
	Counts           map[string]int // of all items, by stage
	All              int
	Sections, Topics []string
	Filter           url.Values
	Page, Pages      int
	Before, After    string // addresses, "" if there is none
	Analysed         bool   // there are statistics of some item
	FlagCodes        []string
}

type bankRow struct {
	ID, Opening, Section, Topic, Band, Stage string
	Version, Standing, Exams                 int
	Returned                                 bool

	Facility, RRest string // of the newest analysis, "" where there is none
	Weak            bool
	Flags           []string // codes
}

func rowOf(r *shelf.Row) bankRow {
	return bankRow{
		ID: r.ID, Opening: r.Opening, Section: r.Section, Topic: r.Topic, Band: string(r.Band), Stage: string(r.Stage()),
		Version: r.Newest().Number, Standing: r.Standing, Exams: len(r.Uses), Returned: r.Newest().Returned,
	}
}

// bankFilter reads the filter of a list from its address.
func bankFilter(v url.Values, user string) shelf.Filter {
	f := shelf.Filter{Section: v.Get("section"), Topic: v.Get("topic"), Band: questionbank.Band(v.Get("band")), Text: v.Get("q")}
	if stage := v.Get("stage"); stage != "" {
		f.Stages = []shelf.Stage{shelf.Stage(stage)}
	}
	if v.Get("mine") != "" {
		f.Author = user
	}
	return f
}

// serveBank is the list, with its filters in the address: it needs no script.
func (s *Server) serveBank(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	frame, ok := s.bankFrame(w, r, a)
	if !ok {
		return
	}
	all, err := s.shelf.List(r.Context(), shelf.Filter{})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	query := r.URL.Query()
	query.Del("lang")
	data := bankListData{bankData: frame, Counts: map[string]int{}, All: len(all), Filter: query}
	data.Here = "list"
	if query.Get("stage") == string(shelf.InReview) {
		data.Here = "review"
	}
	filter := bankFilter(query, frame.Me.User)
	known, err := s.shelf.Statistics(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	data.Analysed, data.FlagCodes = len(known) > 0, flagCodes
	var rows []bankRow
	for i := range all {
		data.Counts[string(all[i].Stage())]++
		data.Sections, data.Topics = append(data.Sections, all[i].Section), append(data.Topics, all[i].Topic)
		if filter.Passes(&all[i]) {
			row := rowOf(&all[i])
			row.withStatistics(known[row.ID], data.Lang)
			if (query.Get("weak") == "" || row.Weak) && row.flagged(query.Get("flag")) {
				rows = append(rows, row)
			}
		}
	}
	slices.Sort(data.Sections)
	slices.Sort(data.Topics)
	data.Sections, data.Topics = slices.Compact(data.Sections), slices.Compact(data.Topics)
	data.Total, data.Pages = len(rows), max(1, (len(rows)+bankPageRows-1)/bankPageRows)
	data.Page, _ = strconv.Atoi(query.Get("page"))
	data.Page = min(max(1, data.Page), data.Pages)
	data.Rows = rows[min(len(rows), (data.Page-1)*bankPageRows):min(len(rows), data.Page*bankPageRows)]
	at := func(page int) string {
		if page < 1 || page > data.Pages {
			return ""
		}
		next := url.Values{}
		for k, v := range query {
			next[k] = v
		}
		next.Set("page", strconv.Itoa(page))
		return "/bank?" + next.Encode()
	}
	data.Before, data.After = at(data.Page-1), at(data.Page+1)
	s.show(w, r, http.StatusOK, "bank.html", data)
}

type bankRowJSON struct {
	ID       string `json:"id"`
	Version  int    `json:"version"`
	Standing int    `json:"standing,omitempty"`
	Stage    string `json:"stage"`
	Section  string `json:"section"`
	Topic    string `json:"topic"`
	Band     string `json:"band"`
	Exams    int    `json:"exams"`
	Opening  string `json:"opening"`
}

func (s *Server) serveItems(w http.ResponseWriter, r *http.Request, a proctor.Account) {
	rows, err := s.shelf.List(r.Context(), bankFilter(r.URL.Query(), a.User))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	list := make([]bankRowJSON, len(rows))
	for i := range rows {
		b := rowOf(&rows[i])
		list[i] = bankRowJSON{b.ID, b.Version, b.Standing, b.Stage, b.Section, b.Topic, b.Band, b.Exams, b.Opening}
	}
	writeJSON(w, http.StatusOK, map[string]any{"items": list})
}
