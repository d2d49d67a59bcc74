package judge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"terang/cmd/terang/checker"
	"terang/cmd/terang/crowd"
	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/scoring"
	"terang/web"
)

// BoardWithin is how long a running server's board may take to show what is committed.
const BoardWithin = 5 * time.Second

// aloneMost is how many streams are read by themselves; smaller journals are read so whole.
const aloneMost = 500

// Trial is what is to be judged: a journal against what a crowd was told, and the boards
// of the servers that run against what the answers are worth.
type Trial struct {
	Journal string
	Keys    string
	Bases   []string // of servers, whose boards are read
	Log     *crowd.Log
	Clock   bool // the servers' clock is the crowd's: credits are held against what it saw
}

// Judge judges. Other processes may hold the journal meanwhile; the crowd has gone.
func (t *Trial) Judge(ctx context.Context) (*checker.Report, error) {
	s, err := stores.Open(t.Journal, false)
	if err != nil {
		return nil, err
	}
	var report *checker.Report
	if err = t.ours(ctx, s.Journal); err == nil {
		report, err = t.judgeStores(ctx, s)
	}
	return report, errors.Join(err, s.Close())
}

// ours refuses a journal that knows none of those who sat: it is another server's, and each
// acknowledgement would count as lost.
func (t *Trial) ours(ctx context.Context, j engine.Journal) error {
	acked := t.Log.Acked()
	looked := map[string]bool{}
	for _, a := range acked {
		if looked[a.Attempt] {
			continue
		}
		looked[a.Attempt] = true
		found := false
		if err := j.Read(ctx, engine.AttemptStream+a.Attempt, 0, func(engine.Record) error { found = true; return nil }); err != nil || found {
			return err
		}
	}
	if len(acked) == 0 {
		return nil
	}
	return fmt.Errorf("it has no event of the %d attempts that sat: it is another server's, or has lost them all; name the journal of that server with --journal, or none (is TERANG_JOURNAL set?)", len(looked))
}

// judgeStores judges what is there at one moment: when something was recorded meanwhile,
// by a deadline that came, it judges once more.
func (t *Trial) judgeStores(ctx context.Context, s *stores.DB) (*checker.Report, error) {
	for again := 0; ; again++ {
		report, moved, err := t.judgeOnce(ctx, s)
		if err != nil || !moved || again == judgeMost {
			return report, err
		}
	}
}

// rule tells the checker what was decided of the exam's items; of an item that was decided about
// twice the later decision holds.
func rule(ctx context.Context, s *stores.DB, x *web.Exam, exam *checker.Exam) error {
	recorded, err := s.ExamRecord(ctx, x.Def.Code)
	if err != nil {
		return err
	}
	decided, err := s.Annulments(ctx, recorded)
	if err != nil || len(decided.List) == 0 {
		return err
	}
	of, most := make(map[string]scoring.Annulment), make(map[string]int)
	for _, a := range decided.List {
		of[a.Item] = a
	}
	exam.Most = make(map[string]int)
	for _, section := range x.Rules.Sections {
		exam.Most[section.Code], most[section.Code] = section.Max, slices.Max(section.Values())
	}
	exam.Ruled = func(number string, q int) *checker.Ruling {
		item, options := x.Shown(number, q)
		a, annulled := of[item]
		if !annulled {
			return nil
		}
		r := &checker.Ruling{Policy: a.Policy, Most: most[a.Section]}
		for _, option := range options {
			r.Values = append(r.Values, a.Values[option])
		}
		return r
	}
	return nil
}

// judgeMost is how often a journal is judged again that does not stand still.
const judgeMost = 3

func (t *Trial) judgeOnce(ctx context.Context, s *stores.DB) (_ *checker.Report, moved bool, _ error) {
	keys, err := stores.OpenKeys(t.Keys)
	if err != nil {
		return nil, false, err
	}
	pos, err := Quiet(ctx, s.Journal)
	if err != nil {
		return nil, false, err
	}
	exams, err := stores.FoldOnly(ctx, s, keys)
	if err != nil {
		return nil, false, err
	}
	c := checker.Case{Journal: s.Journal, Acked: t.Log.Acked(), Longest: t.Log.Figures().Longest, Alone: aloneMost}
	if t.Clock {
		c.Gaps = t.Log.Gaps()
	}
	for _, x := range exams {
		c.Cover = time.Duration(x.Def.Policy.CoverMS) * time.Millisecond
		c.Grace = time.Duration(x.Rules.GraceMS) * time.Millisecond
		exam := checker.Exam{Code: x.Def.Code, Later: x.Def.Policy.Live != engine.LiveInstant, Never: !x.Def.Policy.ShowScores, Sections: x.Plan.Sections(), Worth: x.Worth, Boards: make(map[string][]checker.Standing)}
		if err := rule(ctx, s, x, &exam); err != nil {
			return nil, false, err
		}
		folded := foldedBoard(x.Boards)
		exam.Boards["board folded anew"] = folded
		for _, base := range t.Bases {
			live, err := settledBoard(ctx, base, x.Def.Code, folded)
			if err != nil {
				return nil, false, err
			}
			exam.Boards["board of "+base] = live
		}
		c.Exams = append(c.Exams, exam)
	}
	report, err := checker.Check(ctx, c)
	if err != nil {
		return nil, false, err
	}
	after, err := s.Journal.Tail(ctx, pos, 1)
	return report, len(after) > 0, err
}

// Quiet waits until nothing more comes into the journal of what the crowd last sent, and
// returns how far it reaches.
func Quiet(ctx context.Context, j engine.Journal) (engine.Pos, error) {
	pos := engine.Pos(0)
	for still := 0; still < 5; still++ {
		for {
			records, err := j.Tail(ctx, pos, 8192)
			if err != nil {
				return 0, err
			}
			if len(records) == 0 {
				break
			}
			pos, still = records[len(records)-1].Pos, 0
		}
		if err := process.Rest(ctx, 100*time.Millisecond); err != nil {
			return 0, err
		}
	}
	return pos, nil
}

// foldedBoard reads the exam's own board, page by page.
func foldedBoard(b *scoring.Boards) []checker.Standing {
	var rows []checker.Standing
	for {
		page, ok := b.Page(b.Code(), len(rows), scoring.MaxPage, "")
		if !ok || len(page.Rows) == 0 {
			return rows
		}
		for _, r := range page.Rows {
			row := checker.Standing{Number: r.Number, Scores: make(map[string]int), Answered: r.Answered, Finished: r.Finished}
			for i, s := range page.Sections {
				row.Scores[s.Code] = int(r.Points[i])
				row.Total += int(r.Points[i])
			}
			rows = append(rows, row)
		}
	}
}

// settledBoard asks a server for the exam's board until it shows what it should, or has
// had the time to: a board is published on a tick.
func settledBoard(ctx context.Context, base, id string, want []checker.Standing) ([]checker.Standing, error) {
	order := func(rows []checker.Standing) []checker.Standing {
		return slices.SortedFunc(slices.Values(rows), func(a, b checker.Standing) int { return strings.Compare(a.Number, b.Number) })
	}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for until := time.Now().Add(BoardWithin); ; {
		rows, err := publicBoard(ctx, base, id)
		if err != nil || reflect.DeepEqual(order(rows), order(want)) || time.Now().After(until) {
			return rows, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// publicBoard reads a board by the public API.
func publicBoard(ctx context.Context, base, id string) ([]checker.Standing, error) {
	var rows []checker.Standing
	for {
		url := fmt.Sprintf("%s/api/v1/boards/%s?offset=%d&limit=%d", base, id, len(rows), scoring.MaxPage)
		var page struct {
			Rows []struct {
				Number   string         `json:"number"`
				Scores   map[string]int `json:"scores"`
				Total    int            `json:"total"`
				Progress int            `json:"progress"`
				Finished bool           `json:"finished"`
			} `json:"rows"`
		}
		if err := getJSON(ctx, url, &page); err != nil {
			return nil, err
		}
		if len(page.Rows) == 0 {
			return rows, nil
		}
		for _, r := range page.Rows {
			rows = append(rows, checker.Standing{Number: r.Number, Scores: r.Scores, Total: r.Total, Answered: r.Progress, Finished: r.Finished})
		}
	}
}

func getJSON(ctx context.Context, url string, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("read %s: %w", url, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("read %s: %s", url, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(v)
}
