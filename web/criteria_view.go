package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
)

// specialNeed stands for every need but the general one, where the policy does not let the
// public read which.
const specialNeed = "special"

// disclosed is a version of a part as the public may read it. It has no name of anybody,
// and never changes.
type disclosed struct {
	Part    proctor.Part
	N       int
	At      string
	Roles   []string // of the two who published it
	Reason  string
	Hash    string // SHA-256 of Table's bytes, which anybody can download
	Table   *proctor.Criteria
	Changes []proctor.CriteriaChange
	search  []string // rows in lower case
}

// disclosures keeps what was made of versions: they never change, and people read them often.
type disclosures struct {
	mu   sync.Mutex
	made map[string]*disclosed // by exam, part, version
}

// disclosuresMost bounds what is kept: a list of 20,000 formations is some megabytes.
const disclosuresMost = 24

// publicTable hides what the policy does not let the public read.
func publicTable(c *proctor.Criteria, policy *engine.Policy) *proctor.Criteria {
	need := slices.Index(c.Columns, "need")
	if c.Part != proctor.PartFormations || policy.ShowNeeds || need < 0 {
		return c
	}
	shown := &proctor.Criteria{Part: c.Part, Columns: c.Columns, Rows: make([][]string, len(c.Rows))}
	for i, row := range c.Rows {
		shown.Rows[i] = slices.Clone(row)
		if row[need] != "general" {
			shown.Rows[i][need] = specialNeed
		}
	}
	return shown
}

// newDisclosed is a version with its table and the one before it, nil if it is the first:
// both as the public may read them.
func newDisclosed(v *proctor.Version, reason string, table, before *proctor.Criteria) *disclosed {
	d := &disclosed{
		Part: v.Part, N: v.N, At: v.At.String(), Roles: strings.Fields(v.Roles), Reason: reason, Hash: engine.SHA256(string(table.Bytes())), Table: table,
	}
	if before != nil {
		d.Changes = table.Compare(before)
	}
	for _, row := range table.Rows {
		d.search = append(d.search, strings.ToLower(strings.Join(row, "\n")))
	}
	return d
}

// disclose makes a version readable for the public.
func (k *disclosures) disclose(ctx context.Context, from *proctor.Publisher, x *Exam, versions []proctor.Version, v *proctor.Version) (*disclosed, error) {
	key := x.Def.Code + "/" + string(v.Part) + "/" + v.Hash + "/" + v.At.String()
	k.mu.Lock()
	d := k.made[key]
	k.mu.Unlock()
	if d != nil {
		return d, nil
	}
	table, err := from.Table(ctx, v)
	if err != nil {
		return nil, err
	}
	reason, err := from.Reason(ctx, v)
	if err != nil {
		return nil, err
	}
	var before *proctor.Criteria
	if earlier := proctor.VersionOf(versions, v.Part, v.N-1); earlier != nil {
		was, err := from.Table(ctx, earlier)
		if err != nil {
			return nil, err
		}
		before = publicTable(was, &x.Def.Policy)
	}
	d = newDisclosed(v, reason, publicTable(table, &x.Def.Policy), before)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.made == nil || len(k.made) >= disclosuresMost {
		k.made = make(map[string]*disclosed)
	}
	k.made[key] = d
	return d, nil
}

// find are the rows that hold every word, all of them for no word.
func (d *disclosed) find(query string) [][]string {
	words := strings.Fields(strings.ToLower(query))
	if len(words) == 0 {
		return d.Table.Rows
	}
	var found [][]string
	for i, text := range d.search {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			found = append(found, d.Table.Rows[i])
		}
	}
	return found
}

// book is all that an exam says of itself beforehand: the rules and the policy that it is
// decided by, and what two people have published, version by version. Whoever has one may
// read all of it.
type book struct {
	code, title string
	rules       *scoring.RuleSet
	fields      []proctor.Criterion // of rules and policy, see criteriaFields
	versions    []proctor.Version   // in the order in which they were published
	disclose    func(ctx context.Context, v *proctor.Version) (*disclosed, error)
}

// book is that of an exam as its journal has it, nil of one that does not exist for the public.
func (k *disclosures) book(ctx context.Context, from *proctor.Publisher, x *Exam) (*book, error) {
	if x == nil || x.Def.Rehearsal || from == nil {
		return nil, nil
	}
	versions, err := from.Versions(ctx, x.Def.Code)
	if err != nil {
		return nil, err
	}
	b := &book{code: x.Def.Code, title: x.Def.Title, rules: x.Rules, fields: criteriaFields(x.Rules, &x.Def.Policy), versions: versions}
	b.disclose = func(ctx context.Context, v *proctor.Version) (*disclosed, error) {
		return k.disclose(ctx, from, x, versions, v)
	}
	return b, nil
}

// openBook implements openSource.
func (s *Server) openBook(r *http.Request, exam string) (*book, error) {
	return s.disclosures.book(r.Context(), s.publisher, s.exam(exam))
}

// openBooks implements openSource.
func (s *Server) openBooks(r *http.Request) (all []*book, err error) {
	for _, one := range s.examsWhere(func(string) bool { return true }) {
		b, err := s.openBook(r, one.Code)
		if err != nil {
			return nil, err
		}
		if b != nil {
			all = append(all, b)
		}
	}
	return all, nil
}

// hostName is what this server is called by whoever asks.
func (s *Server) hostName(r *http.Request) string {
	if s.url != nil {
		return s.url.Hostname()
	}
	return (&url.URL{Host: r.Host}).Hostname()
}
