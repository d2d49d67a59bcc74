package export

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"terang/cmd/terang/evidence"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/engine/publiclog"
	"terang/proctor"
	"terang/scoring"
)

// publicFormation is a formation as the public export has it.
type publicFormation struct {
	Code   string `json:"code"`
	Agency string `json:"agency,omitempty"`
	Post   string `json:"post"`
	Seats  int    `json:"seats"`
	Places int    `json:"places,omitempty"` // of the next stage; equals at the last of them all go on
}

// public writes what everybody may have. What a row holds is what the boards show, and the
// salt that ties a number to its leaf in the log is added only where boards show the number.
func (e *exporting) public(ctx context.Context) error {
	x := e.exam
	recorded, err := e.stores.ExamRecord(ctx, x.Def.Code)
	if err != nil {
		return err
	}
	rules, err := e.rulesBytes(ctx, recorded)
	if err != nil {
		return err
	}
	if err := e.write("ruleset.json", rules); err != nil {
		return err
	}
	listed, err := proctor.NewPeople(e.stores.Register).Read(ctx, x.Def.Code)
	if err != nil {
		return err
	}
	formations := []publicFormation{}
	for _, f := range listed.Formations() {
		one := publicFormation{Code: f.Code, Agency: f.Agency, Post: f.Post, Seats: f.Seats}
		if x.Rules.Shortlist != nil {
			one.Places = x.Rules.Shortlist.Multiple * f.Seats
		}
		formations = append(formations, one)
	}
	body, err := json.MarshalIndent(formations, "", " ")
	if err != nil {
		return err
	}
	if err := e.write("formations.json", append(body, '\n')); err != nil {
		return err
	}
	leaves, err := e.logged(ctx, e.keys.LogSalts())
	if err != nil {
		return err
	}
	e.over, e.repeats = make(map[string]int), make(map[string]bool)
	err = stores.EachEvent(ctx, e.stores.Journal, func(r engine.Record, event *engine.Event) {
		switch event.Kind {
		case engine.Finished, engine.Disqualified:
			e.over[r.Stream], e.repeats[r.Stream] = r.N, false
		case engine.Resat:
			e.repeats[r.Stream] = true
		}
	})
	if err != nil {
		return err
	}
	released, err := e.lists(ctx)
	if err != nil {
		return err
	}
	if err := e.results(leaves, released); err != nil {
		return err
	}
	return e.seal(evidence.Public)
}

func (e *exporting) rulesBytes(ctx context.Context, recorded stores.ExamRecord) ([]byte, error) {
	if recorded.Rules == "" {
		return nil, fmt.Errorf("exam %s was made before rule sets were kept: its log names none", e.exam.Def.Code)
	}
	return e.stores.Fetch(ctx, recorded.Rules)
}

// results writes results.csv: the exam's board, and of whom an attempt is over its leaf. Of who
// is to sit again and did not come the attempt is named, and no fingerprint: what was sat stands no more.
// Until a list that names them is released, formations without a board are left out: their
// need would be told of everybody on them.
func (e *exporting) results(leaves [][]byte, released bool) error {
	x := e.exam
	last := make(map[string]*publiclog.Leaf)
	for _, body := range leaves {
		l, err := publiclog.ParseLeaf(body)
		if err != nil {
			return err
		}
		if l.Kind == publiclog.AttemptLeaf && l.Exam == x.Def.Code {
			last[l.Attempt] = l
		}
	}
	faces := make(map[string]*scoring.Result)
	results := x.Boards.Results()
	for i := range results {
		faces[results[i].Number] = &results[i]
	}
	head := []string{"number", "site", "sitting", "formation"}
	for _, s := range x.Rules.Sections {
		head = append(head, s.Code)
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	_ = w.Write(append(head, "total", "status", "rank", "attempt", "fingerprint", "salt", "code"))
	rows, err := e.board()
	if err != nil {
		return err
	}
	for i := range rows {
		row := &rows[i]
		r := faces[row.Number]
		if r == nil {
			return fmt.Errorf("number %s is on the board and has no result", row.Number)
		}
		leaf := last[r.Attempt]
		code := AnnouncedCode(row.Announced)
		shown := row.Visible && (leaf == nil || leaf.Status == publiclog.Finished) // nobody's points are logged who was disqualified
		line := []string{row.Number, r.Site, r.Sitting, ""}
		if _, listed := x.Boards.Info(x.Def.Code + ".formation." + r.Formation); listed || released {
			line[3] = r.Formation
		}
		for s := range x.Rules.Sections {
			line = append(line, shownIf(shown, int(row.Points[s])))
		}
		line = append(line, shownIf(shown, row.Points.Sum()), row.Status, shownIf(row.Rank > 0, row.Rank))
		if leaf == nil {
			_ = w.Write(append(line, "", "", "", code))
			continue
		}
		stands := leaf.Fingerprint.String()
		if e.repeats[engine.AttemptStream+r.Attempt] {
			stands = ""
		}
		_ = w.Write(append(line, r.Attempt, stands, e.salt(row.Number, leaf), code))
	}
	w.Flush()
	return e.write("results.csv", out.Bytes())
}

// AnnouncedCode is the code of the released list that stands, "" if none names the result.
func AnnouncedCode(a *scoring.Announced) string {
	if a == nil {
		return ""
	}
	return a.Code
}

func shownIf(shown bool, n int) string {
	if !shown {
		return ""
	}
	return strconv.Itoa(n)
}

// board is the exam's whole board, in order of number.
func (e *exporting) board() (rows []scoring.Row, err error) {
	for {
		page, ok := e.exam.Boards.Page(e.exam.Def.Code, len(rows), scoring.MaxPage, "")
		if !ok {
			return nil, fmt.Errorf("exam %s has no board", e.exam.Def.Code)
		}
		if len(page.Rows) == 0 {
			slices.SortFunc(rows, func(a, b scoring.Row) int { return cmp.Compare(a.Number, b.Number) })
			return rows, nil
		}
		rows = append(rows, page.Rows...)
	}
}

// salt opens the leaf's number, if it is the one that the board shows.
func (e *exporting) salt(number string, leaf *publiclog.Leaf) string {
	stream := engine.AttemptStream + leaf.Attempt
	if salt := e.keys.LogSalts().Of(stream, e.over[stream], publiclog.FieldNumber); leaf.Number.Opens(salt, number) {
		return salt.String()
	}
	return ""
}

// lists writes the lists of results that were published, and says whether there is one.
func (e *exporting) lists(ctx context.Context) (any bool, err error) {
	err = e.stores.Journal.Read(ctx, engine.ExamStream+e.exam.Def.Code, 0, func(r engine.Record) error {
		event, err := engine.Decode(r.Body)
		if err != nil || event.Kind != engine.ResultsReleased {
			return err
		}
		body, err := e.stores.Fetch(ctx, event.Text)
		if err != nil {
			return err
		}
		any = true
		return e.write("lists/"+event.Text+".json", body)
	})
	return any, err
}
