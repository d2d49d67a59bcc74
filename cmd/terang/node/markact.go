package node

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/proctor"
	"terang/scoring"
	"terang/scoring/selection"
)

// MarkSheets are the sheets of marks of a journal: one person imports, another releases.
type MarkSheets struct {
	Stores *stores.DB
	Log    *proctor.Log
}

// SheetPayload is what waits for another person's word. Who is missing was found when the
// sheet was imported, against the shortlist as it was then.
type SheetPayload struct {
	Marks    string   `json:"marks"`              // SHA-256 of the sheet, which the register keeps
	Previous string   `json:"previous,omitempty"` // archive hash of the one in whose place it comes
	Missing  []string `json:"missing,omitempty"`  // at most LinesMost
	Misses   int      `json:"misses,omitempty"`
	Unlisted []string `json:"unlisted,omitempty"` // at most LinesMost
	Extra    int      `json:"extra,omitempty"`
}

// LinesMost is how many people one heading of a proposal names.
const LinesMost = 100

// Act is the releasing of a sheet. It takes two people whatever the exam's policy says.
func (m *MarkSheets) Act() proctor.PairAct {
	return proctor.PairAct{Name: engine.ActSheet, Right: proctor.ActResultRelease, Life: proctor.OfficeLife, Show: m.Show, Do: m.release}
}

// proposed is the sheet of a proposal, and what the importing found.
func (m *MarkSheets) proposed(ctx context.Context, p *proctor.Proposal) (SheetPayload, []byte, *selection.MarkSheet, error) {
	var payload SheetPayload
	if err := json.Unmarshal(p.Payload, &payload); err != nil {
		return payload, nil, nil, fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	body, err := m.Stores.Register.Get(ctx, proctor.KindPayload, payload.Marks)
	if err != nil {
		return payload, nil, nil, fmt.Errorf("proposal %s: its sheet: %w", p.ID, err)
	}
	if engine.SHA256(string(body)) != payload.Marks {
		return payload, nil, nil, fmt.Errorf("proposal %s: the register holds another sheet than was proposed: propose it anew, and look who changed the database", p.ID)
	}
	sheet, err := selection.DecodeMarks(body)
	return payload, body, sheet, err
}

// rules are an exam's rules as its stream names them.
func (m *MarkSheets) rules(ctx context.Context, exam string) (*scoring.RuleSet, error) {
	file, err := m.Stores.Register.Get(ctx, proctor.KindExam, exam)
	if err != nil {
		return nil, fmt.Errorf("exam %s: %w", exam, err)
	}
	def, err := engine.ParseDefinition(file)
	if err != nil {
		return nil, fmt.Errorf("exam %s: %w", exam, err)
	}
	recorded, err := m.Stores.ExamRecord(ctx, exam)
	if err != nil {
		return nil, fmt.Errorf("exam %s: %w", exam, err)
	}
	return m.Stores.ExamRules(ctx, def, recorded)
}

// Show says what the sheet holds, what in it stands out, and what it changes.
func (m *MarkSheets) Show(ctx context.Context, p *proctor.Proposal) ([]proctor.Line, error) {
	payload, _, sheet, err := m.proposed(ctx, p)
	if err != nil {
		return nil, err
	}
	rs, err := m.rules(ctx, p.Exam)
	if err != nil {
		return nil, err
	}
	all, err := m.Stores.Released(ctx, p.Exam)
	if err != nil {
		return nil, err
	}
	was := stores.Standing(all, sheet.Component)
	var before *selection.MarkSheet
	version := 1
	if was != nil {
		if before, err = m.Stores.Kept(ctx, was); err != nil {
			return nil, err
		}
		version = was.Version + 1
	}
	review := sheet.Review(rs, before)
	return sheetLines(p, sheet, &review, &payload, version), nil
}

func sheetLines(p *proctor.Proposal, sheet *selection.MarkSheet, r *selection.Review, payload *SheetPayload, version int) []proctor.Line {
	lines := []proctor.Line{
		{What: "exam", Text: p.Exam}, {What: "component", Text: sheet.Component}, {What: "version", Text: strconv.Itoa(version)},
		{What: "rows", Text: strconv.Itoa(r.Rows)}, {What: "flagged", Text: strconv.Itoa(r.Flagged)}, {What: "failed", Text: strconv.Itoa(r.Failed)},
		{What: "marks", Text: fmt.Sprintf("%s … %s … %s", r.Least, r.Mean, r.Top)},
	}
	if r.Top == 0 {
		lines = lines[:len(lines)-1]
	}
	list := func(what string, count int, all []string) {
		lines = append(lines, proctor.Line{What: "count_" + what, Text: strconv.Itoa(count)})
		for _, text := range all[:min(len(all), LinesMost)] {
			lines = append(lines, proctor.Line{What: what, Text: text})
		}
	}
	list("missing", payload.Misses, payload.Missing)
	list("unlisted", payload.Extra, payload.Unlisted)
	list("outlier", len(r.Outliers), r.Outliers)
	list("spread", len(r.Spread), r.Spread)
	if version > 1 {
		list("changed", len(r.Changed), r.Changed)
	}
	return append(lines, proctor.Line{What: "fingerprint", Text: payload.Marks})
}

// release keeps the sheet in the archive, and records who released it.
func (m *MarkSheets) release(ctx context.Context, p *proctor.Proposal, two string) (proctor.Response, error) {
	payload, body, sheet, err := m.proposed(ctx, p)
	if err != nil {
		return proctor.Response{}, err
	}
	all, err := m.Stores.Released(ctx, p.Exam)
	if err != nil {
		return proctor.Response{}, err
	}
	previous := ""
	for _, r := range all {
		if r.Op == p.Op {
			return proctor.Response{}, nil // done before
		}
		if r.Component == sheet.Component {
			previous = r.Hash
		}
	}
	if previous != payload.Previous { // what was shown as changed is not what would change
		return proctor.Response{}, &engine.Refusal{Code: engine.WrongState, Field: "sheet"}
	}
	hash, err := m.Stores.Archive.Keep(ctx, body)
	if err != nil {
		return proctor.Response{}, fmt.Errorf("keep the sheet of %s: %w", sheet.Component, err)
	}
	return proctor.Response{}, m.Log.Once(ctx, p.Stream, engine.Event{
		Kind: engine.SheetReleased, At: stores.Now(), By: p.By, Two: two, Op: p.Op, Act: sheet.Component, Text: hash.String(), MS: int64(len(sheet.Rows)),
	})
}
