package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"terang/cmd/terang/export"
	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/scoring"
	"terang/web"
	"terang/web/document"
)

type resultsExport struct {
	examFlags
	Format string `enum:"json,csv,xlsx" default:"json" help:"json, csv or xlsx."`
	Output string `help:"Write here instead of standard output." placeholder:"FILE"`
	Schema bool   `help:"Print what each field means, as JSON Schema, and nothing else."`
}

// Run writes the results of an exam for a personnel system. Numbers, no names: whoever
// takes them over has the register of people.
func (c *resultsExport) Run(ctx context.Context) error {
	if c.Schema {
		return output.Public(c.Output, output.JSON(exportSchema))
	}
	if c.Exam == "" {
		return usage.Errorf("say which exam, with --exam CODE")
	}
	return c.fold(ctx, func(_ *stores.DB, x *web.Exam) error {
		e := exportOf(x)
		return output.Private(c.Output, func(w io.Writer) error {
			switch c.Format {
			case "csv":
				return e.csv(w)
			case "xlsx":
				return e.xlsx(w, x.Def.Title)
			}
			return output.JSON(e)(w)
		})
	})
}

// exported is an exam's results as they leave the program.
type exported struct {
	Format   string        `json:"format"`
	Exam     string        `json:"exam"`
	Final    bool          `json:"final"`
	Position int64         `json:"journal_position"`
	RuleSet  string        `json:"rule_set"`
	Rules    string        `json:"rule_set_sha256"`
	Version  int           `json:"version"`
	Sections []string      `json:"sections"`
	Results  []exportedRow `json:"results"`
}

type exportedRow struct {
	Number    string         `json:"number"`
	Formation string         `json:"formation"`
	Sitting   string         `json:"sitting"`
	Scores    map[string]int `json:"scores"` // nil: nothing was begun, which is not zero
	Total     *int           `json:"total"`
	Missed    []string       `json:"missed"`
	Status    string         `json:"status"`
	Code      string         `json:"code"`
	Finished  bool           `json:"finished"`
	Rescored  bool           `json:"rescored"`
}

const exportFormat = "terang/results/1"

// exportSchema documents the JSON; the columns of the CSV and of the workbook have the same
// names.
var exportSchema = map[string]any{
	"$schema": "https://json-schema.org/draft/2020-12/schema", "title": exportFormat, "type": "object",
	"properties": map[string]any{
		"format": field("string", "always "+exportFormat), "exam": field("string", "code of the exam"),
		"final":            field("boolean", "every sitting is closed; false: provisional"),
		"journal_position": field("integer", "up to which record of the journal this was made"),
		"rule_set":         field("string", "name of the rule set"), "rule_set_sha256": field("string", "hash of its bytes"),
		"version":  field("integer", "how many annulments of items the results have in them"),
		"sections": field("array", "codes of the sections, in order"),
		"results": map[string]any{"type": "array", "description": "by participant number", "items": map[string]any{"type": "object", "properties": map[string]any{
			"number": field("string", "participant number, as imported"), "formation": field("string", "code of the formation applied for"),
			"sitting":  field("string", "code of the sitting"),
			"scores":   field([]string{"object", "null"}, "points by section after annulments; null: nothing was begun, which is not zero"),
			"total":    field([]string{"integer", "null"}, "sum of the sections"),
			"missed":   field("array", "thresholds of the own need that were missed: sections, groups, TOTAL"),
			"status":   field("string", "by the thresholds: meets, misses, DIS, TMS, APS or TH; empty: not known yet. Nobody has passed before a list is decided"),
			"code":     field("string", "of the released list that stands, as the board shows it; empty: none names this result, or results are made anew since"),
			"finished": field("boolean", "the attempt is over"), "rescored": field("boolean", "an annulled item was on the form"),
		}}},
	},
}

func field(kind any, what string) map[string]any {
	return map[string]any{"type": kind, "description": what}
}

func exportOf(x *web.Exam) *exported {
	board := x.Boards.List()[0]
	view, _ := x.Boards.View(board.ID)
	e := &exported{
		Format: exportFormat, Exam: x.Def.Code, Final: board.Final, Position: int64(x.Boards.Reached()), RuleSet: x.Rules.ID, Rules: x.Rules.Hash(),
		Version: view.Rescored.Version,
	}
	for _, s := range x.Rules.Sections {
		e.Sections = append(e.Sections, s.Code)
	}
	for _, r := range x.Boards.Results() {
		e.Results = append(e.Results, exportRow(x, &r))
	}
	return e
}

func exportRow(x *web.Exam, r *scoring.Result) exportedRow {
	row := exportedRow{
		Number: x.Person(r.Attempt).Number, Formation: r.Formation, Sitting: r.Sitting, Missed: []string{},
		Status: r.Status, Code: export.AnnouncedCode(r.Announced), Finished: r.Finished, Rescored: r.Had,
	}
	if r.Visible {
		total := r.Points.Sum()
		row.Scores, row.Total, row.Missed = make(map[string]int), &total, r.Verdict.Failed
		for i, s := range x.Rules.Sections {
			row.Scores[s.Code] = int(r.Points[i])
		}
	}
	return row
}

// columns are those of the table, with a section's code for each of them.
func (e *exported) columns() []string {
	return slices.Concat([]string{"number", "formation", "sitting"}, e.Sections, []string{"total", "missed", "status", "finished", "rescored", "code"})
}

// cells are a row under the columns: numbers where there are any, else text.
func (r *exportedRow) cells(sections []string) []any {
	cells := []any{r.Number, r.Formation, r.Sitting}
	for _, s := range sections {
		if r.Scores == nil {
			cells = append(cells, "")
			continue
		}
		cells = append(cells, r.Scores[s])
	}
	if r.Total == nil {
		cells = append(cells, "")
	} else {
		cells = append(cells, *r.Total)
	}
	return append(cells, strings.Join(r.Missed, " "), r.Status, strconv.FormatBool(r.Finished), strconv.FormatBool(r.Rescored), r.Code)
}

func (e *exported) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write(e.columns()) // told by Error
	for i := range e.Results {
		var cells []string
		for _, cell := range e.Results[i].cells(e.Sections) {
			cells = append(cells, fmt.Sprint(cell))
		}
		_ = out.Write(cells)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	return nil
}

// xlsx writes the table as a workbook, with a second sheet that says what it was made from
// and what each column means.
func (e *exported) xlsx(w io.Writer, title string) error {
	about := [][2]string{
		{"format", e.Format}, {"exam", e.Exam}, {"title", title}, {"final", strconv.FormatBool(e.Final)}, {"journal_position", strconv.FormatInt(e.Position, 10)},
		{"rule_set", e.RuleSet}, {"rule_set_sha256", e.Rules}, {"version", strconv.Itoa(e.Version)}, {"", ""},
	}
	fields := exportSchema["properties"].(map[string]any)["results"].(map[string]any)["items"].(map[string]any)["properties"].(map[string]any)
	for _, name := range e.columns() {
		key := name
		if slices.Contains(e.Sections, name) {
			key = "scores"
		}
		about = append(about, [2]string{name, fields[key].(map[string]any)["description"].(string)})
	}
	sheet := document.Sheet{Title: e.Exam, Name: "results", Columns: e.columns(), About: about}
	return sheet.WriteXLSX(w, len(e.Results), func(i int) []any { return e.Results[i].cells(e.Sections) })
}
