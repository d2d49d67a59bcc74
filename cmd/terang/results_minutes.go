package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/web"
	"terang/web/document"
)

type resultsMinutes struct {
	printFlags
	Sitting string `required:"" help:"Code of the sitting." placeholder:"CODE"`
	Closed  int    `help:"Number of a closed version. Default: the newest, or what the journal says now if none was closed." placeholder:"N"`
	Now     bool   `help:"What the journal says now, whatever was closed."`
	URL     string `name:"url" help:"What people use, for the code that leads to verification." placeholder:"URL"`
	Output  string `aliases:"out" required:"" help:"FILE.pdf to sign, or FILE.json: the same as data (proctor/minutes.md)." placeholder:"FILE"`
}

// Run writes the minutes of a sitting (Berita Acara): a closed version with its
// signatures, or what the journal says so far.
func (c *resultsMinutes) Run(ctx context.Context) error {
	kind := strings.ToLower(filepath.Ext(c.Output))
	if kind != ".pdf" && kind != ".json" {
		return usage.Errorf("--output %q: write FILE.pdf or FILE.json", c.Output)
	}
	return c.open(ctx, func(s *stores.DB, p *printing) error {
		if kind == ".json" {
			sheet, body, err := c.sheet(ctx, s, p)
			if err != nil {
				return err
			}
			if sheet.Version == nil {
				return output.Private(c.Output, output.JSON(sheet.Data))
			}
			return output.Private(c.Output, output.Bytes(body))
		}
		m, err := c.minutes(ctx, s, p)
		if err != nil {
			return err
		}
		return output.Private(c.Output, m.WritePDF)
	})
}

// minutes make a document of what is recorded.
func (c *resultsMinutes) minutes(ctx context.Context, s *stores.DB, p *printing) (*document.Minutes, error) {
	sheet, _, err := c.sheet(ctx, s, p)
	if err != nil {
		return nil, err
	}
	return sheet.Print(p.exam)
}

// sheet is a closed version with its bytes, or what the journal says now.
func (c *resultsMinutes) sheet(ctx context.Context, s *stores.DB, p *printing) (*web.MinutesSheet, []byte, error) {
	if !slices.ContainsFunc(p.exam.Def.Sittings, func(d engine.SittingDef) bool { return d.Code == c.Sitting }) {
		return nil, nil, fmt.Errorf("exam %s has no sitting %q: see terang exam status", c.Exam, c.Sitting)
	}
	sheet := &web.MinutesSheet{Authority: p.issuer(), Issued: p.issued}
	body, err := c.closed(ctx, s, sheet)
	if err != nil {
		return nil, nil, err
	}
	if sheet.Data == nil {
		facts, err := readFacts(ctx, s, p, c.Sitting)
		if err != nil {
			return nil, nil, err
		}
		d := &proctor.MinutesData{
			Format: proctor.MinutesFormat, Title: p.exam.Def.Title, Zone: p.exam.Def.Zone(c.Sitting).String(), Rehearsal: p.exam.Def.Rehearsal, Facts: *facts[c.Sitting],
		}
		if d.Results, err = json.Marshal(p.exam.MinutesResults(p.exam.Boards.Results(), c.Sitting)); err != nil {
			return nil, nil, err
		}
		sheet.Data = d
	}
	sheet.Words, err = proctor.IncidentWords(ctx, s.Register, &sheet.Data.Facts)
	return sheet, body, err
}

// closed finds the version that is asked for; nothing, if there is none and none was named.
func (c *resultsMinutes) closed(ctx context.Context, s *stores.DB, sheet *web.MinutesSheet) ([]byte, error) {
	sitting := engine.NewSitting(engine.SittingStream + c.Exam + "." + c.Sitting)
	if err := s.Journal.Read(ctx, sitting.Stream, 0, sitting.Fold); err != nil {
		return nil, err
	}
	v := sitting.Newest()
	if c.Closed != 0 {
		if v = sitting.MinutesOf(c.Closed); v == nil {
			return nil, fmt.Errorf("the minutes of %s have versions 1 to %d, not %d", c.Sitting, len(sitting.Minutes), c.Closed)
		}
	}
	if v == nil || c.Now {
		return nil, nil
	}
	body, err := s.Fetch(ctx, v.Closed.Text)
	if err != nil {
		return nil, fmt.Errorf("minutes of %s, version %d: %w", c.Sitting, v.Version(), err)
	}
	if sheet.Data, err = proctor.ParseMinutes(body); err != nil {
		return nil, err
	}
	if c.Issued == "" {
		sheet.Issued = v.Closed.At
	}
	sheet.Version = v
	if c.URL != "" {
		sheet.Verify = web.VerifyMinutes(c.URL, c.Exam+"."+c.Sitting, v.Closed.Text)
	}
	sheet.Counted, sheet.Why, err = proctor.ReadCount(ctx, s.Archive, s.Register, v)
	return body, err
}

// issuer is whose document it is: the agency of all formations, if it is one, unless a
// flag says otherwise.
func (p *printing) issuer() string {
	if p.authority != "" {
		return p.authority
	}
	return p.agency()
}

// agency is that of all formations, if it is one.
func (p *printing) agency() string {
	name := ""
	for _, f := range p.formations {
		if name != "" && name != f.Agency {
			return ""
		}
		name = f.Agency
	}
	return name
}

// readFacts folds sittings in one pass over the journal; a record that does not fit its
// chain is an error.
func readFacts(ctx context.Context, s *stores.DB, p *printing, sittings ...string) (map[string]*proctor.Facts, error) {
	conducts, byStream := make(map[string]*proctor.Conduct), make(map[string][]*proctor.Conduct)
	people := make(map[string][]*proctor.Person)
	for _, r := range p.exam.Boards.Results() {
		person := p.exam.Person(r.Attempt)
		people[r.Sitting] = append(people[r.Sitting], &person)
	}
	if err := addLeavers(ctx, s, p, people); err != nil {
		return nil, err
	}
	for _, sitting := range sittings {
		id := p.exam.Def.Code + "." + sitting
		c := proctor.NewConduct(id, people[sitting])
		conducts[sitting], byStream[engine.SittingStream+id] = c, []*proctor.Conduct{c}
		for _, one := range people[sitting] {
			stream := engine.AttemptStream + one.Attempt
			byStream[stream] = append(byStream[stream], c)
		}
	}
	var broken []error
	links := make(map[string]engine.Hash)
	err := stores.EachEvent(ctx, s.Journal, func(r engine.Record, e *engine.Event) {
		all := byStream[r.Stream]
		if all == nil {
			return
		}
		before, known := links[r.Stream]
		if !known {
			before = engine.FirstHash(r.Stream)
		}
		if links[r.Stream] = r.Hash; before.Chain(r.Body) != r.Hash {
			broken = append(broken, fmt.Errorf("%s version %d is not what was hashed: the journal was changed", r.Stream, r.N))
		}
		for _, c := range all {
			c.Apply(r, e)
		}
	})
	if err := errors.Join(append(broken, err)...); err != nil {
		return nil, err
	}
	facts := make(map[string]*proctor.Facts)
	for sitting, c := range conducts {
		facts[sitting] = c.Facts(p.exam.Def)
	}
	return facts, nil
}

// addLeavers adds to the people of sittings those who were given another one since. Only
// the records that say so are decoded: they are few in a million.
func addLeavers(ctx context.Context, s *stores.DB, p *printing, people map[string][]*proctor.Person) error {
	for pos := engine.Pos(0); ; {
		records, err := s.Journal.Tail(ctx, pos, 8192)
		if err != nil || len(records) == 0 {
			return err
		}
		for _, r := range records {
			pos = r.Pos
			head := r.Body[:min(len(r.Body), 40)]
			if !bytes.Contains(head, []byte(`"Transferred"`)) && !bytes.Contains(head, []byte(`"Continued"`)) && !bytes.Contains(head, []byte(`"Resat"`)) {
				continue
			}
			e, err := engine.Decode(r.Body)
			if err != nil {
				return fmt.Errorf("%s version %d: %w", r.Stream, r.N, err)
			}
			id := strings.TrimPrefix(r.Stream, engine.AttemptStream)
			exam, sitting, _ := strings.Cut(e.Act, ".")
			person := p.exam.Person(id)
			known := slices.ContainsFunc(people[sitting], func(q *proctor.Person) bool { return q.Attempt == id })
			if exam == p.exam.Def.Code && person.Attempt != "" && !known {
				people[sitting] = append(people[sitting], &person)
			}
		}
	}
}
