package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"terang/scoring"
)

// resultsEvery is how often a source is asked which lists are released.
const resultsEvery = 10 * time.Second

// heardList is an exam's released list as its server publishes it. Fields that are not
// named here go no further.
type heardList struct {
	announced
	RuleSet    string          `json:"rule_set"`
	Rules      string          `json:"rule_set_sha256"`
	Stage      string          `json:"stage"`
	Sections   []string        `json:"sections"`
	Formations []ListFormation `json:"formations"`
	Total      int             `json:"total"`
	Offset     int             `json:"offset"`
	Rows       []ListRow       `json:"rows"` // here of all formations
	Criteria   *criteria       `json:"criteria,omitempty"`

	Heard int `json:"heard,omitempty"` // heardAs when it was read

	index *listIndex
}

// heardAs counts what is read of a list: one that was kept by an earlier program is read anew.
const heardAs = 3

// same says whether nothing about the announcement has changed.
func (l *heardList) same(a *announced) bool {
	return l.Heard == heardAs && l.Exam == a.Exam && l.Title == a.Title && l.State == a.State && l.Version == a.Version && l.List == a.List &&
		l.Released == a.Released && l.announced.Why == a.Why && l.Unsure == a.Unsure
}

// readResults fetches the lists that were released since.
func (f *Feed) readResults(ctx context.Context) error {
	body, err := f.get(ctx, "api/v1/results", nil)
	var no *statusError
	if errors.As(err, &no) && no.status == http.StatusNotFound { // another board server, without results
		return nil
	}
	if err != nil {
		return err
	}
	var list struct {
		Results []announced
		Own     string
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return fmt.Errorf("its results: %w", err)
	}
	f.tellOwn(list.Own)
	next := make([]*heardList, len(list.Results))
	for i := range list.Results {
		a := &list.Results[i]
		if !codeOf.MatchString(a.Exam) { // it becomes the name of a file
			return fmt.Errorf("its results name an exam %q: not a code of letters, digits and hyphens", a.Exam)
		}
		if at := slices.IndexFunc(f.results(), func(l *heardList) bool { return l.same(a) }); at >= 0 {
			next[i] = f.results()[at]
			continue
		}
		if next[i], err = f.readList(ctx, *a); err != nil {
			return fmt.Errorf("results of %s: %w", a.Exam, err)
		}
	}
	f.mu.Lock()
	changed := !slices.Equal(f.lists, next)
	f.lists = next
	f.mu.Unlock()
	if !changed || f.folder.dir == "" {
		return nil
	}
	kept, err := json.Marshal(next)
	if err != nil {
		return err
	}
	return writeWhole(f.resultsFile(), kept)
}

func (f *Feed) results() []*heardList {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lists
}

func (f *Feed) resultsFile() string { return filepath.Join(f.folder.dir, "results.json") }

// recallResults reads what was kept.
func (f *Feed) recallResults() error {
	body, err := os.ReadFile(f.resultsFile())
	if f.folder.dir == "" || os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, &f.lists); err != nil {
		f.log.Warn("the results that were kept cannot be read; they are fetched anew", "error", err)
		f.lists = nil
	}
	for _, l := range f.lists {
		l.made()
	}
	return nil
}

// readList reads one exam's list, formation by formation.
func (f *Feed) readList(ctx context.Context, a announced) (*heardList, error) {
	l := &heardList{announced: a, Sections: []string{}, Formations: []ListFormation{}, Rows: []ListRow{}, Heard: heardAs}
	if a.List == "" { // nothing is released
		return l.made(), nil
	}
	path := "api/v1/results/" + url.PathEscape(a.Exam)
	body, err := f.get(ctx, path, nil)
	if err == nil {
		err = json.Unmarshal(body, l)
	}
	if err != nil {
		return nil, err
	}
	if l.List != a.List {
		return nil, fmt.Errorf("list %s was replaced by %s meanwhile", a.List, l.List)
	}
	l.Rows, l.Heard = []ListRow{}, heardAs
	for _, formation := range l.Formations {
		if !codeOf.MatchString(formation.Code) {
			return nil, fmt.Errorf("formation %q: not a code of letters, digits and hyphens", formation.Code)
		}
		for offset := 0; ; offset += scoring.MaxPage {
			query := url.Values{"formation": {formation.Code}, "offset": {strconv.Itoa(offset)}, "limit": {strconv.Itoa(scoring.MaxPage)}}
			var part heardList
			body, err := f.get(ctx, path, query)
			if err == nil {
				err = json.Unmarshal(body, &part)
			}
			if err != nil {
				return nil, err
			}
			if part.List != a.List {
				return nil, fmt.Errorf("list %s was replaced by %s meanwhile", a.List, part.List)
			}
			l.Rows = append(l.Rows, part.Rows...)
			if offset+scoring.MaxPage >= part.Total {
				break
			}
		}
	}
	return l.made(), nil
}

// of are the rows of a formation.
func (l *heardList) of(formation string) []ListRow {
	span := l.index.rows[formation]
	return l.Rows[span[0]:span[1]]
}

// made readies a list that is whole to be shown.
func (l *heardList) made() *heardList {
	on := ""
	if l.Criteria != nil {
		on = l.Criteria.On
	}
	l.index = newListIndex(l.Formations, l.Rows, on)
	return l
}

// serveResults tells what is announced, as the exam server does.
func (h *BoardHouse) serveResults(w http.ResponseWriter, r *http.Request) {
	all := []announced{}
	for _, l := range h.feed.results() {
		all = append(all, l.announced)
	}
	h.answer(w, r, resultsList(all, h.own()))
}

// serveResult answers with the list of a formation, or of one number; without either it
// names the formations.
func (h *BoardHouse) serveResult(w http.ResponseWriter, r *http.Request) {
	lists := h.feed.results()
	at := slices.IndexFunc(lists, func(l *heardList) bool { return l.Exam == r.PathValue("exam") && l.List != "" })
	if at < 0 {
		writeError(w, r, codeNotFound, "exam")
		return
	}
	query := r.URL.Query()
	offset, limit, ok := turned(w, r)
	if !ok {
		return
	}
	answer := *lists[at]
	answer.Rows, answer.Total, answer.Offset, answer.Heard = []ListRow{}, 0, offset, 0
	if number := scoring.PlainNumber(strings.TrimSpace(query.Get("number"))); number != "" {
		if row, _ := numbered(lists[at].Rows, number); row != nil {
			answer.Total, answer.Rows = 1, []ListRow{*row}
		}
	} else if rows := lists[at].of(query.Get("formation")); len(rows) > 0 {
		answer.Total, answer.Rows = len(rows), rows[min(offset, len(rows)):min(offset+limit, len(rows))]
	}
	h.answer(w, r, &answer)
}

func (h *BoardHouse) answer(w http.ResponseWriter, r *http.Request, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		h.boards.log.Error("an answer cannot be encoded", "path", r.URL.Path, "error", err)
		writeError(w, r, codeUnavailable, "")
		return
	}
	h.boards.write(w, r, etagOf(body), body, nil)
}
