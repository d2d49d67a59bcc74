package scoring

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"terang/engine"
)

// snapshot is a board as the public API gives it; fields that are not named are dropped.
type snapshot struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Exam  string `json:"exam"`
	Site  string `json:"site"`
	Names struct {
		Exam, Site, Sitting, Formation string
	} `json:"names"`
	Sitting   string `json:"sitting"`
	At        string `json:"at"`
	Live      string `json:"live"`
	Epoch     int64  `json:"epoch"`
	Seq       int64  `json:"seq"`
	Final     bool   `json:"final"`
	Rehearsal bool   `json:"rehearsal"`
	Rescored  *struct {
		Version int
		Why, At string
	} `json:"rescored"`
	Decided *struct {
		List, Stage, At string
		Again           bool
		Codes           []Meaning
	} `json:"decided"`
	Keys     []string `json:"keys"`
	Sections []struct {
		ID, Title  string
		Items, Max int
	} `json:"sections"`
	Thresholds json.RawMessage   `json:"thresholds"`
	Second     int               `json:"second_group"`
	Counts     Counts            `json:"counts"`
	Total      int               `json:"total"`
	Offset     int               `json:"offset"`
	Rows       []json.RawMessage `json:"rows"`

	info       Info
	at         engine.Instant
	keys       []string
	sections   []Section
	thresholds Threshold
	ranking    Ranking
	rescored   Rescored
	decided    Decided
	codes      []Meaning
	lines      []*line
}

var errRehearsal = errors.New("it is of a rehearsal, which is not public")

func readSnapshot(body []byte) (*snapshot, error) {
	s := new(snapshot)
	err := json.Unmarshal(body, s)
	if err != nil {
		return nil, err
	}
	if s.Rehearsal {
		return nil, errRehearsal
	}
	if len(s.Sections) > MaxSections {
		return nil, fmt.Errorf("%d sections: %d are the most", len(s.Sections), MaxSections)
	}
	for _, x := range s.Sections {
		s.sections = append(s.sections, Section{Code: x.ID, Name: x.Title, Items: x.Items, Max: x.Max})
	}
	s.keys = s.Keys
	keys := make([]string, len(s.Keys))
	for i, k := range s.Keys {
		if keys[i] = k; k == "total" {
			keys[i] = Total
		}
	}
	if s.ranking, err = NewRanking(&RuleSet{Sections: s.sections, RankingKeys: keys}); err != nil {
		return nil, err
	}
	s.info = Info{Kind: s.Kind, Exam: Named{s.Exam, s.Names.Exam}}
	if s.Site != "" {
		s.info.Site = Named{s.Site, s.Names.Site}
	}
	if s.Sitting != "" {
		s.info.Sitting = Named{s.Sitting, s.Names.Sitting}
	}
	if code, ok := strings.CutPrefix(s.ID, s.Exam+"."+KindFormation+"."); ok {
		s.info.Formation = Named{code, s.Names.Formation}
	}
	if s.info.ID = s.info.id(); s.info.ID != s.ID {
		return nil, fmt.Errorf("id %q: its parts say %q", s.ID, s.info.ID)
	}
	if s.at, err = readInstant(s.At); err != nil {
		return nil, err
	}
	if r := s.Rescored; r != nil {
		s.rescored = Rescored{Version: r.Version, Why: r.Why}
		if s.rescored.At, err = readInstant(r.At); err != nil {
			return nil, err
		}
	}
	if d := s.Decided; d != nil {
		s.decided, s.codes = Decided{List: d.List, Stage: d.Stage, Again: d.Again}, d.Codes
		if s.decided.At, err = readInstant(d.At); err != nil {
			return nil, err
		}
	}
	if s.thresholds, err = readThresholds(s.Thresholds, s.sections); err != nil {
		return nil, err
	}
	s.thresholds.Second = s.Second
	s.lines, err = readLines(s.Rows, s.sections, &s.ranking)
	return s, err
}

// readThresholds keeps the order in which they are named.
func readThresholds(body json.RawMessage, sections []Section) (Threshold, error) {
	t := Threshold{Sections: make(map[string]int)}
	d := json.NewDecoder(bytes.NewReader(body))
	if _, err := d.Token(); err != nil {
		return t, fmt.Errorf("thresholds: %w", err)
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return t, fmt.Errorf("thresholds: %w", err)
		}
		id, _ := name.(string)
		var least int
		if err := d.Decode(&least); err != nil {
			return t, fmt.Errorf("threshold %s: %w", id, err)
		}
		section := false
		for _, s := range sections {
			section = section || s.Code == id
		}
		switch {
		case section:
			t.Sections[id] = least
		case id == Total:
			t.Total = least
		default:
			t.Groups = append(t.Groups, Group{ID: id, Min: least})
		}
	}
	return t, nil
}

// frameJSON is a frame as watchers are told it.
type frameJSON struct {
	From   int64             `json:"from"`
	To     int64             `json:"to"`
	At     string            `json:"at"`
	Rows   []json.RawMessage `json:"rows"`
	Gone   []string          `json:"gone"`
	Counts Counts            `json:"counts"`

	at    engine.Instant
	lines []*line
}

func readFrame(body []byte, sections []Section, ranking *Ranking) (*frameJSON, error) {
	f := new(frameJSON)
	err := json.Unmarshal(body, f)
	if err != nil {
		return nil, err
	}
	if f.at, err = readInstant(f.At); err != nil {
		return nil, err
	}
	f.lines, err = readLines(f.Rows, sections, ranking)
	return f, err
}

func readInstant(text string) (engine.Instant, error) {
	t, err := time.Parse(time.RFC3339, text)
	return engine.Instant(t.UnixMilli()), err
}

func readLines(rows []json.RawMessage, sections []Section, ranking *Ranking) ([]*line, error) {
	lines := make([]*line, len(rows))
	for i, body := range rows {
		var err error
		if lines[i], err = readLine(body, sections, ranking); err != nil {
			return nil, fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	return lines, nil
}

// readLine takes from a row what a row may show, and nothing else.
func readLine(body []byte, sections []Section, ranking *Ranking) (*line, error) {
	var r struct {
		Number   string          `json:"number"`
		Name     string          `json:"name"`
		Scores   map[string]int  `json:"scores"`
		Total    *int            `json:"total"`
		Meets    map[string]bool `json:"meets"`
		Status   string          `json:"status"`
		Passed   *bool           `json:"passed"` // beside a code, of who takes a place
		Progress int             `json:"progress"`
		Finished bool            `json:"finished"`
	}
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, err
	}
	if r.Number == "" {
		return nil, errors.New("it has no number")
	}
	l := &line{number: r.Number, plain: PlainNumber(r.Number), name: r.Name}
	l.face = Face{Visible: r.Total != nil, Status: r.Status, Answered: r.Progress, Finished: r.Finished}
	if r.Passed != nil {
		l.face.Announced = &Announced{Code: r.Status, Passed: *r.Passed}
		l.face.Status = Misses
		if *r.Passed {
			l.face.Status = Meets
		}
	}
	if l.face.Visible {
		for i, s := range sections {
			points := r.Scores[s.Code]
			if points < 0 || points > s.Max {
				return nil, fmt.Errorf("%s has %d points in %s: %d are the most", r.Number, points, s.Code, s.Max)
			}
			l.face.Points[i], l.meets[i] = int16(points), r.Meets[s.Code]
		}
	}
	if l.face.Ranked() {
		l.order = ranking.Pack(&l.face.Points) + 1
	}
	l.body = appendRow(make([]byte, 0, len(body)), sections, l.number, l.name, &l.face, func(i int) bool { return l.meets[i] })
	return l, nil
}
