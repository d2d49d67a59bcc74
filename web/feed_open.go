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
	"reflect"
	"slices"
	"strconv"
	"time"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

// heardOpen is what a source has told for its open pages.
type heardOpen struct {
	books   []*heardBook
	figures heardFigures
}

// heardFigures are small and change often: they are kept apart from the books.
type heardFigures struct {
	Objections []*publicObjections `json:"objections"`
	Own        string              `json:"own,omitempty"` // where people read their own results, as the exam's server says
}

// heardBook is what an exam says of itself. Rule set and tables are here as the bytes that
// were downloaded, each of which has the hash that is published.
type heardBook struct {
	Exam     string              `json:"exam"`
	Title    string              `json:"title"`
	RuleHash string              `json:"rule_set_sha256"`
	Rules    string              `json:"rules"`
	Criteria []proctor.Criterion `json:"criteria"`
	Versions []heardVersion      `json:"versions"` // in the order in which they were published

	book *book
}

// heardVersion is a published version.
type heardVersion struct {
	Part    proctor.Part `json:"part"`
	Version int          `json:"version"`
	From    string       `json:"from"`
	Roles   []string     `json:"roles"`
	Reason  string       `json:"reason"`
	Hash    string       `json:"sha256"`
	Table   string       `json:"table"`
}

// same says whether two versions are one, but for the table.
func (v *heardVersion) same(o *heardVersion) bool {
	was := *o
	was.Table = v.Table
	return reflect.DeepEqual(v, &was)
}

// readOpen fetches what was published since, and how many objections there are now.
func (f *Feed) readOpen(ctx context.Context) error {
	was := f.opened()
	books, err := f.readBooks(ctx, was.books)
	if err != nil {
		return err
	}
	objections, err := f.readFigures(ctx)
	if err != nil {
		return err
	}
	f.mu.Lock()
	f.heardOpen.books, f.heardOpen.figures.Objections = books, objections
	figures := f.heardOpen.figures
	f.mu.Unlock()
	if f.folder.dir == "" {
		return nil
	}
	if !slices.Equal(was.books, books) {
		if err := keepJSON(f.booksFile(), books); err != nil {
			return err
		}
	}
	return keepJSON(f.figuresFile(), figures)
}

func (f *Feed) booksFile() string   { return filepath.Join(f.folder.dir, "criteria.json") }
func (f *Feed) figuresFile() string { return filepath.Join(f.folder.dir, "objections.json") }

func keepJSON(name string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return writeWhole(name, body)
}

// recallJSON reads what was kept, nothing if nothing was.
func recallJSON(name string, v any) error {
	body, err := os.ReadFile(name) //nolint:gosec // in the folder that was named
	if os.IsNotExist(err) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(body, v)
	}
	return err
}

// recallOpen reads what was kept. What cannot be read is fetched anew.
func (f *Feed) recallOpen() {
	if f.folder.dir == "" {
		return
	}
	var was heardOpen
	err := recallJSON(f.booksFile(), &was.books)
	for i := 0; err == nil && i < len(was.books); i++ {
		err = was.books[i].made()
	}
	if err != nil {
		was.books = nil
	}
	if err := errors.Join(err, recallJSON(f.figuresFile(), &was.figures)); err != nil {
		f.log.Warn("criteria or objections that were kept cannot be read; they are fetched anew", "error", err)
	}
	f.heardOpen = was
}

// opened is what is known.
func (f *Feed) opened() heardOpen {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.heardOpen
}

// tellOwn takes where the source says that people read their own results; what is no address
// of a page is none.
func (f *Feed) tellOwn(own string) {
	u, err := url.Parse(own)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		own = ""
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.heardOpen.figures.Own = own
}

// getIfThere reads a document as get does; nil is that the source has none, as one of an
// earlier program.
func (f *Feed) getIfThere(ctx context.Context, path string) ([]byte, error) {
	body, err := f.get(ctx, path, nil)
	var no *statusError
	if errors.As(err, &no) && no.status == http.StatusNotFound {
		return nil, nil
	}
	return body, err
}

func (f *Feed) readFigures(ctx context.Context) ([]*publicObjections, error) {
	body, err := f.getIfThere(ctx, "api/v1/objections")
	if err != nil || body == nil {
		return nil, err
	}
	var list struct{ Exams []*publicObjections }
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fmt.Errorf("its objections: %w", err)
	}
	for _, v := range list.Exams {
		if v == nil || !codeOf.MatchString(v.Exam) {
			return nil, errors.New("its objections are of an exam whose code is none of letters, digits and hyphens")
		}
		if _, err := time.Parse(time.RFC3339, v.At); err != nil || len(v.Counts) == 0 {
			return nil, fmt.Errorf("its objections of %s: no counts, or of no instant", v.Exam)
		}
	}
	return list.Exams, nil
}

// readBooks reads which exams have open criteria, and of each what is not known yet.
func (f *Feed) readBooks(ctx context.Context, was []*heardBook) ([]*heardBook, error) {
	body, err := f.getIfThere(ctx, "api/v1/criteria")
	if err != nil || body == nil {
		return nil, err
	}
	var list struct{ Exams []struct{ Exam string } }
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fmt.Errorf("its criteria: %w", err)
	}
	var all []*heardBook
	for _, one := range list.Exams {
		if !codeOf.MatchString(one.Exam) { // it becomes the name of a file
			return nil, fmt.Errorf("its criteria name an exam %q: not a code of letters, digits and hyphens", one.Exam)
		}
		var before *heardBook
		if at := slices.IndexFunc(was, func(b *heardBook) bool { return b.Exam == one.Exam }); at >= 0 {
			before = was[at]
		}
		b, err := f.readBook(ctx, one.Exam, before)
		if err != nil {
			return nil, fmt.Errorf("criteria of %s: %w", one.Exam, err)
		}
		all = append(all, b)
	}
	return all, nil
}

// readBook returns what was known before if nothing has changed.
func (f *Feed) readBook(ctx context.Context, exam string, was *heardBook) (*heardBook, error) {
	body, err := f.get(ctx, "api/v1/criteria/"+exam, nil)
	if err != nil {
		return nil, err
	}
	b := new(heardBook)
	if err := json.Unmarshal(body, b); err != nil {
		return nil, err
	}
	if b.Exam != exam {
		return nil, fmt.Errorf("asked for this exam, it tells of %q", b.Exam)
	}
	slices.Reverse(b.Versions) // the newest come first
	if was == nil {
		was = new(heardBook)
	}
	known := was.book != nil && b.Title == was.Title && b.RuleHash == was.RuleHash && slices.Equal(b.Criteria, was.Criteria) && len(b.Versions) == len(was.Versions)
	for i := range b.Versions {
		v := &b.Versions[i]
		if !slices.Contains(proctor.Parts, v.Part) || v.Version < 1 {
			return nil, fmt.Errorf("version %d of a part %q: there is no such part", v.Version, v.Part)
		}
		at := slices.IndexFunc(was.Versions, func(o heardVersion) bool { return v.same(&o) })
		if at >= 0 {
			v.Table = was.Versions[at].Table
			known = known && at == i
			continue
		}
		known = false
		table, err := f.get(ctx, "kriteria/"+exam+"/"+string(v.Part)+".csv", url.Values{"versi": {strconv.Itoa(v.Version)}})
		if err != nil {
			return nil, err
		}
		v.Table = string(table)
	}
	if known {
		return was, nil
	}
	if b.Rules = was.Rules; was.RuleHash != b.RuleHash {
		rules, err := f.get(ctx, "kriteria/"+exam+"/"+rulesFile, nil)
		if err != nil {
			return nil, err
		}
		b.Rules = string(rules)
	}
	return b, b.made()
}

// made readies a book that is whole to be shown. Bytes that do not have the hash that is
// published with them are nobody's.
func (h *heardBook) made() error {
	rules, err := scoring.Parse([]byte(h.Rules))
	if err != nil {
		return err
	}
	if rules.Hash() != h.RuleHash {
		return fmt.Errorf("its rule set has the SHA-256 %s, published is %s", rules.Hash(), h.RuleHash)
	}
	b := &book{code: h.Exam, title: h.Title, rules: rules, fields: h.Criteria}
	all := make(map[string]*disclosed, len(h.Versions))
	key := func(part proctor.Part, n int) string { return string(part) + "-" + strconv.Itoa(n) }
	for _, v := range h.Versions {
		if hash := engine.SHA256(v.Table); hash != v.Hash {
			return fmt.Errorf("version %d of its %s has the SHA-256 %s, published is %s", v.Version, v.Part, hash, v.Hash)
		}
		table, err := proctor.DecodeCriteria(v.Part, []byte(v.Table))
		if err != nil {
			return err
		}
		from, err := time.Parse(time.RFC3339, v.From)
		if err != nil {
			return fmt.Errorf("version %d of its %s: %w", v.Version, v.Part, err)
		}
		version := proctor.Version{Part: v.Part, N: v.Version, At: engine.InstantOf(from), Rows: len(table.Rows), Hash: v.Hash}
		var before *proctor.Criteria
		if d := all[key(v.Part, v.Version-1)]; d != nil {
			before = d.Table
		}
		d := newDisclosed(&version, v.Reason, table, before)
		d.Roles = v.Roles
		all[key(v.Part, v.Version)] = d
		b.versions = append(b.versions, version)
	}
	b.disclose = func(_ context.Context, v *proctor.Version) (*disclosed, error) { return all[key(v.Part, v.N)], nil }
	h.book = b
	return nil
}

// knows says whether the source has told of an exam what stands below kriteria or sanggahan.
func (f *Feed) knows(folder, exam string) bool {
	heard := f.opened()
	if folder == "kriteria" {
		return slices.ContainsFunc(heard.books, func(b *heardBook) bool { return b.Exam == exam })
	}
	return slices.ContainsFunc(heard.figures.Objections, func(v *publicObjections) bool { return v.Exam == exam })
}

// openBooks implements openSource.
func (f *Feed) openBooks(*http.Request) (all []*book, err error) {
	for _, b := range f.opened().books {
		all = append(all, b.book)
	}
	return all, nil
}

// openBook implements openSource.
func (f *Feed) openBook(_ *http.Request, exam string) (*book, error) {
	for _, b := range f.opened().books {
		if b.Exam == exam {
			return b.book, nil
		}
	}
	return nil, nil
}

// openObjections implements openSource.
func (f *Feed) openObjections(*http.Request) ([]*publicObjections, error) {
	return append([]*publicObjections{}, f.opened().figures.Objections...), nil
}

// openObjectionsOf implements openSource.
func (f *Feed) openObjectionsOf(_ *http.Request, exam string) (*publicObjections, error) {
	for _, v := range f.opened().figures.Objections {
		if v.Exam == exam {
			return v, nil
		}
	}
	return nil, nil
}
