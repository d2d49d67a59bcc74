package web

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
	"terang/scoring/selection"
)

// listFormat names the format of a List.
const listFormat = "terang/list/1"

// List is an exam's results as they are fixed, published and kept: the bytes whose hash
// two people sign. It holds nothing that is never public. Needs, birth dates, sites,
// answers and the reasons of a flag have no field here (UU 27/2022 on personal data; UU 14/2008
// and 23/2006 on identity numbers, birth dates and notes on disability).
type List struct {
	Format     string          `json:"format"`
	Exam       string          `json:"exam"`
	Title      string          `json:"title"`
	RuleSet    string          `json:"rule_set"`
	Rules      string          `json:"rule_set_sha256"`
	Stage      string          `json:"stage"`   // scoring.StageShortlist or StageScores
	Version    int             `json:"version"` // how many annulments are in it
	Sections   []string        `json:"sections"`
	Formations []ListFormation `json:"formations"`
	Rows       []ListRow       `json:"rows"` // by formation; ranked first, equals by number
}

// ListFormation is a formation with its posts, and how many may go on.
type ListFormation struct {
	Code      string `json:"code"`
	Post      string `json:"post"`
	Agency    string `json:"agency,omitempty"`
	Education string `json:"education,omitempty"`
	Placement string `json:"placement,omitempty"`
	Seats     int    `json:"seats"`
	Places    int    `json:"places,omitempty"` // of the next stage; equals at the last of them all go on

	Minima map[string]int `json:"minima,omitempty"` // thresholds that the post sets for itself, by section
}

// ListRow is one person. Name and number are as the exam's policy shows them.
type ListRow struct {
	Formation string `json:"formation"`
	Rank      int    `json:"rank,omitempty"` // within the formation; 0: takes no place
	Number    string `json:"number"`
	Name      string `json:"name,omitempty"`
	Scores    []int  `json:"scores,omitempty"` // of the sections; absent: none is announced
	Total     *int   `json:"total,omitempty"`
	Status    string `json:"status"` // a code of the rule set, or meets and misses; empty: nothing may be said yet
}

// list makes the exam's list as results stand now, and its bytes.
func (r *Results) list(x *Exam) (*List, []byte, error) {
	return x.List(r.folds.Results(x.Boards), r.people.Formations(x.Def.Code))
}

// List makes the exam's list of results, and the bytes that two people sign: the same ones
// whoever makes it from the same journal.
func (x *Exam) List(results []scoring.Result, formations []proctor.Formation) (*List, []byte, error) {
	l := &List{
		Format: listFormat, Exam: x.Def.Code, Title: x.Def.Title, RuleSet: x.Rules.ID, Rules: x.Rules.Hash(), Stage: scoring.StageScores, Version: x.Version(),
		Formations: []ListFormation{}, Rows: make([]ListRow, len(results)),
	}
	for _, s := range x.Rules.Sections {
		l.Sections = append(l.Sections, s.Code)
	}
	rule := x.Rules.Shortlist
	for _, f := range formations {
		shown := ListFormation{Code: f.Code, Post: f.Post, Agency: f.Agency, Education: f.Education, Placement: f.Placement, Seats: f.Seats, Minima: f.Minima}
		if rule != nil {
			shown.Places = rule.Multiple * f.Seats
		}
		l.Formations = append(l.Formations, shown)
	}
	for i := range results {
		l.Rows[i] = x.listRow(&results[i])
	}
	var err error
	if rule != nil && len(formations) > 0 {
		l.Stage = scoring.StageShortlist
		err = x.shortlist(l.Rows, results, formations)
	} else {
		err = x.rankScores(l.Rows, results)
	}
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(l.Rows, func(a, b ListRow) int {
		return cmp.Or(cmp.Compare(a.Formation, b.Formation), compareRanks(a.Rank, b.Rank), cmp.Compare(a.Number, b.Number))
	})
	body, err := json.Marshal(l)
	return l, body, err
}

// compareRanks puts who takes no place last.
func compareRanks(a, b int) int {
	if (a == 0) != (b == 0) {
		return b - a
	}
	return a - b
}

func (x *Exam) listRow(r *scoring.Result) ListRow {
	row := ListRow{Formation: r.Formation, Number: r.Number, Name: r.Name, Status: r.Status}
	switch flagOf(r) {
	case selection.Pending:
		row.Status = ""
	case selection.NoFlag:
		total := r.Points.Sum()
		row.Total = &total
		for i := range x.Rules.Sections {
			row.Scores = append(row.Scores, int(r.Points[i]))
		}
	}
	return row
}

// shortlist decides who goes on, and writes places and codes into the rows.
func (x *Exam) shortlist(rows []ListRow, results []scoring.Result, formations []proctor.Formation) error {
	l, err := x.Listing(results, formations)
	if err == nil {
		err = l.Shortlist()
	}
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Rank, rows[i].Status = int(l.People[i].Rank), l.Status(&l.People[i])
	}
	return nil
}

// rankScores ranks within each formation by the rule set's keys; equals have equal ranks.
func (x *Exam) rankScores(rows []ListRow, results []scoring.Result) error {
	ranking, err := scoring.NewRanking(x.Rules)
	if err != nil {
		return err
	}
	all := make(map[string][]scoring.Standing)
	for i := range results {
		if r := &results[i]; r.Ranked() && flagOf(r) == selection.NoFlag {
			all[r.Formation] = append(all[r.Formation], scoring.Standing{Key: ranking.Pack(&r.Points), Who: uint32(i)})
		}
	}
	for _, standings := range all {
		scoring.Rank(standings)
		for _, s := range standings {
			rows[s.Who].Rank = int(s.Rank)
		}
	}
	return nil
}

// published reads a list by its archive hash. Lists never change, so they are kept.
func (r *Results) published(ctx context.Context, hash string) (*List, error) {
	r.mu.Lock()
	l := r.parsed[hash]
	r.mu.Unlock()
	if l != nil {
		return l, nil
	}
	h, err := engine.ParseHash(hash)
	if err != nil {
		return nil, err
	}
	body, err := r.archive.Fetch(ctx, h)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", hash, err)
	}
	l = new(List)
	if err := json.Unmarshal(body, l); err != nil {
		return nil, fmt.Errorf("list %s: %w", hash, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.parsed) >= 8 {
		clear(r.parsed)
	}
	r.parsed[hash] = l
	return l, nil
}

// of are the rows of a formation.
func (l *List) of(formation string) []ListRow {
	from, _ := slices.BinarySearchFunc(l.Rows, formation, func(r ListRow, f string) int { return strings.Compare(r.Formation, f) })
	to := from
	for to < len(l.Rows) && l.Rows[to].Formation == formation {
		to++
	}
	return l.Rows[from:to]
}
