package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"terang/scoring"
	"terang/web/document"
)

// MinutesResults is what a sitting's minutes say of its results.
type MinutesResults struct {
	Finished   int    `json:"finished"` // with a score
	Meets      int    `json:"meets"`    // the thresholds
	Highest    *int   `json:"highest"`  // total; null if nobody has finished
	Lowest     *int   `json:"lowest"`
	SHA256     string `json:"sha256"`   // of the sitting's results
	How        string `json:"how"`      // these are written for the hash
	RuleSet    string `json:"rule_set"` // with its decree
	Rules      string `json:"rule_set_sha256"`
	Annulments int    `json:"annulments"` // of items, that are in the scores
	Position   int64  `json:"position"`   // of the journal, that the results reach to
}

// MinutesResults are those of a sitting, from the results of the exam or more.
func (x *Exam) MinutesResults(results []scoring.Result, sitting string) *MinutesResults {
	results = slices.DeleteFunc(slices.Clone(results), func(r scoring.Result) bool { return r.Sitting != sitting })
	slices.SortFunc(results, func(a, b scoring.Result) int {
		return strings.Compare(x.Person(a.Attempt).Number, x.Person(b.Attempt).Number)
	})
	m := &MinutesResults{RuleSet: x.ruleSet(), Rules: x.Rules.Hash(), Annulments: x.Version(), Position: int64(x.Boards.Reached())}
	digest := sha256.New()
	for i := range results {
		r := &results[i]
		fmt.Fprintf(digest, "%s,", x.Person(r.Attempt).Number)
		for k := range x.Rules.Sections {
			if r.Visible {
				fmt.Fprintf(digest, "%d", r.Points[k])
			}
			fmt.Fprint(digest, ",")
		}
		fmt.Fprintf(digest, "%s\n", r.Status)
		if !r.Ranked() || !r.Finished {
			continue
		}
		total := r.Points.Sum()
		if m.Finished++; m.Finished == 1 {
			m.Highest, m.Lowest = new(int), new(int)
			*m.Highest, *m.Lowest = total, total
		}
		*m.Highest, *m.Lowest = max(*m.Highest, total), min(*m.Lowest, total)
		if r.Status == scoring.Meets {
			m.Meets++
		}
	}
	codes := make([]string, len(x.Rules.Sections))
	for i, s := range x.Rules.Sections {
		codes[i] = s.Code
	}
	m.SHA256 = hex.EncodeToString(digest.Sum(nil))
	m.How = fmt.Sprintf("SHA-256 dari satu baris tiap peserta sesi ini menurut urutan nomor: nomor,%s,keadaan (keadaan seperti pada ekspor: meets, misses, DIS, TMS, APS, TH); nilai kosong bila ujian tidak dimulai.", strings.Join(codes, ","))
	return m
}

// ruleSet is the name of the exam's rules, with their decree.
func (x *Exam) ruleSet() string {
	if decree := x.Rules.Decree["threshold"]; decree != "" {
		return x.Rules.ID + " (" + decree + ")"
	}
	return x.Rules.ID
}

// Head is what a document about a board says of where it comes from.
func (x *Exam) Head(board, authority string, issued time.Time) document.Head {
	view, _ := x.Boards.View(board)
	h := document.Head{
		Authority: authority, Exam: x.Def.Title, Code: x.Def.Code, Rehearsal: x.Def.Rehearsal, Final: view.Final,
		Rescored: view.Rescored.Version, RuleSet: x.ruleSet(), Rules: x.Rules.Hash(), Position: int64(x.Boards.Reached()), Issued: issued,
	}
	if view.Rescored.At > 0 {
		h.RescoredAt = view.Rescored.At.Time().In(issued.Location())
	}
	return h
}
