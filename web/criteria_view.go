package web

import (
	"context"
	"slices"
	"strings"
	"sync"

	"terang/engine"
	"terang/proctor"
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

// disclose makes a version readable for the public.
func (s *Server) disclose(ctx context.Context, x *Exam, versions []proctor.Version, v *proctor.Version) (*disclosed, error) {
	key := x.Def.Code + "/" + string(v.Part) + "/" + v.Hash + "/" + v.At.String()
	s.disclosures.mu.Lock()
	d := s.disclosures.made[key]
	s.disclosures.mu.Unlock()
	if d != nil {
		return d, nil
	}
	table, err := s.publisher.Table(ctx, v)
	if err != nil {
		return nil, err
	}
	d = &disclosed{Part: v.Part, N: v.N, At: v.At.String(), Roles: strings.Fields(v.Roles), Table: publicTable(table, &x.Def.Policy)}
	d.Hash = engine.SHA256(string(d.Table.Bytes()))
	if d.Reason, err = s.publisher.Reason(ctx, v); err != nil {
		return nil, err
	}
	if before := proctor.VersionOf(versions, v.Part, v.N-1); before != nil {
		was, err := s.publisher.Table(ctx, before)
		if err != nil {
			return nil, err
		}
		d.Changes = d.Table.Compare(publicTable(was, &x.Def.Policy))
	}
	for _, row := range d.Table.Rows {
		d.search = append(d.search, strings.ToLower(strings.Join(row, "\n")))
	}
	s.disclosures.mu.Lock()
	defer s.disclosures.mu.Unlock()
	if s.disclosures.made == nil || len(s.disclosures.made) >= disclosuresMost {
		s.disclosures.made = make(map[string]*disclosed)
	}
	s.disclosures.made[key] = d
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

// book is all that an exam has published, as far as the public may know of the exam.
type book struct {
	exam     *Exam
	versions []proctor.Version
}

// bookOf is nil for an exam that does not exist for the public.
func (s *Server) bookOf(ctx context.Context, code string) (*book, error) {
	x := s.exam(code)
	if x == nil || x.Def.Rehearsal || s.publisher == nil {
		return nil, nil
	}
	versions, err := s.publisher.Versions(ctx, code)
	return &book{x, versions}, err
}
