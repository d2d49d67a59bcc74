package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"terang/engine"
	"terang/proctor"
	"terang/scoring"
	"terang/scoring/selection"
)

// markSheets are the sheets of marks of a journal: one person imports, another releases.
type markSheets struct {
	stores *stores
	log    *proctor.Log
}

// sheetPayload is what waits for another person's word. Who is missing was found when the
// sheet was imported, against the shortlist as it was then.
type sheetPayload struct {
	Marks    string   `json:"marks"`              // SHA-256 of the sheet, which the register keeps
	Previous string   `json:"previous,omitempty"` // archive hash of the one in whose place it comes
	Missing  []string `json:"missing,omitempty"`  // at most linesMost
	Misses   int      `json:"misses,omitempty"`
	Unlisted []string `json:"unlisted,omitempty"` // at most linesMost
	Extra    int      `json:"extra,omitempty"`
}

// linesMost is how many people one heading of a proposal names.
const linesMost = 100

// releasedSheet is a sheet that two people released.
type releasedSheet struct {
	component, hash string
	version         int // of this component, from 1
	rows            int64
	op, by, two     string
	at              engine.Instant
}

func (r *releasedSheet) String() string {
	return fmt.Sprintf("%s version %d, %d rows, sha256 %s, released %s by %s and %s", r.component, r.version, r.rows, r.hash, r.at, r.by, r.two)
}

// act is the releasing of a sheet. It takes two people whatever the exam's policy says.
func (m *markSheets) act() proctor.PairAct {
	return proctor.PairAct{Name: engine.ActSheet, Right: proctor.ActResultRelease, Life: proctor.OfficeLife, Show: m.show, Do: m.release}
}

// released are an exam's sheets in the order in which they were released: the last of each
// component stands.
func (s *stores) released(ctx context.Context, exam string) (all []releasedSheet, err error) {
	versions := make(map[string]int)
	err = s.journal.Read(ctx, engine.ExamStream+exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if e.Kind == engine.SheetReleased {
			versions[e.Act]++
			all = append(all, releasedSheet{component: e.Act, hash: e.Text, version: versions[e.Act], rows: e.MS, op: e.Op, by: e.By, two: e.Two, at: e.At})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sheets of %s: %w", exam, err)
	}
	return all, nil
}

// standing is the sheet of a component that stands, nil if there is none.
func standing(all []releasedSheet, component string) (last *releasedSheet) {
	for i := range all {
		if all[i].component == component {
			last = &all[i]
		}
	}
	return last
}

// kept reads a sheet that was released.
func (s *stores) kept(ctx context.Context, r *releasedSheet) (*selection.MarkSheet, error) {
	body, err := s.fetch(ctx, r.hash)
	if err != nil {
		return nil, fmt.Errorf("sheet of %s: %w", r.component, err)
	}
	return selection.DecodeMarks(body)
}

// proposed is the sheet of a proposal, and what the importing found.
func (m *markSheets) proposed(ctx context.Context, p *proctor.Proposal) (sheetPayload, []byte, *selection.MarkSheet, error) {
	var payload sheetPayload
	if err := json.Unmarshal(p.Payload, &payload); err != nil {
		return payload, nil, nil, fmt.Errorf("proposal %s: %w", p.ID, err)
	}
	body, err := m.stores.register.Get(ctx, proctor.KindPayload, payload.Marks)
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
func (m *markSheets) rules(ctx context.Context, exam string) (*scoring.RuleSet, error) {
	file, err := m.stores.register.Get(ctx, proctor.KindExam, exam)
	if err != nil {
		return nil, fmt.Errorf("exam %s: %w", exam, err)
	}
	def, err := engine.ParseDefinition(file)
	if err != nil {
		return nil, fmt.Errorf("exam %s: %w", exam, err)
	}
	recorded, err := m.stores.examRecord(ctx, exam)
	if err != nil {
		return nil, fmt.Errorf("exam %s: %w", exam, err)
	}
	return m.stores.examRules(ctx, def, recorded)
}

// show says what the sheet holds, what in it stands out, and what it changes.
func (m *markSheets) show(ctx context.Context, p *proctor.Proposal) ([]proctor.Line, error) {
	payload, _, sheet, err := m.proposed(ctx, p)
	if err != nil {
		return nil, err
	}
	rs, err := m.rules(ctx, p.Exam)
	if err != nil {
		return nil, err
	}
	all, err := m.stores.released(ctx, p.Exam)
	if err != nil {
		return nil, err
	}
	was := standing(all, sheet.Component)
	var before *selection.MarkSheet
	version := 1
	if was != nil {
		if before, err = m.stores.kept(ctx, was); err != nil {
			return nil, err
		}
		version = was.version + 1
	}
	review := sheet.Review(rs, before)
	return sheetLines(p, sheet, &review, &payload, version), nil
}

func sheetLines(p *proctor.Proposal, sheet *selection.MarkSheet, r *selection.Review, payload *sheetPayload, version int) []proctor.Line {
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
		for _, text := range all[:min(len(all), linesMost)] {
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
func (m *markSheets) release(ctx context.Context, p *proctor.Proposal, two string) (proctor.Response, error) {
	payload, body, sheet, err := m.proposed(ctx, p)
	if err != nil {
		return proctor.Response{}, err
	}
	all, err := m.stores.released(ctx, p.Exam)
	if err != nil {
		return proctor.Response{}, err
	}
	previous := ""
	for _, r := range all {
		if r.op == p.Op {
			return proctor.Response{}, nil // done before
		}
		if r.component == sheet.Component {
			previous = r.hash
		}
	}
	if previous != payload.Previous { // what was shown as changed is not what would change
		return proctor.Response{}, &engine.Refusal{Code: engine.WrongState, Field: "sheet"}
	}
	hash, err := m.stores.archive.Keep(ctx, body)
	if err != nil {
		return proctor.Response{}, fmt.Errorf("keep the sheet of %s: %w", sheet.Component, err)
	}
	return proctor.Response{}, m.log.Once(ctx, p.Stream, engine.Event{
		Kind: engine.SheetReleased, At: now(), By: p.By, Two: two, Op: p.Op, Act: sheet.Component, Text: hash.String(), MS: int64(len(sheet.Rows)),
	})
}
