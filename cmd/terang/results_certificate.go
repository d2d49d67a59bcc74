package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/scoring"
	"terang/web/document"
)

type resultsCertificate struct {
	printFlags
	Number string `arg:"" optional:"" help:"Participant number."`
	All    bool   `help:"One for everybody who has a result; --output is a folder then."`
	Output string `aliases:"out" required:"" help:"PDF to write, or with --all the folder for NUMBER.pdf." placeholder:"FILE.pdf|DIR"`
	URL    string `name:"url" help:"Address of the server as people use it (see serve --url): the QR code leads to the public row there." placeholder:"https://…"`
}

// Run prints certificates from the journal. Who has no result gets none, and is named.
func (c *resultsCertificate) Run(ctx context.Context) error {
	if c.All == (c.Number != "") {
		return usage.Errorf("give either a participant number or --all")
	}
	if c.URL != "" {
		u, err := url.Parse(c.URL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return usage.Errorf("--url %q: write it as https://ujian.example.go.id", c.URL)
		}
	}
	return c.open(ctx, func(s *stores.DB, p *printing) error {
		if c.URL == "" && !p.exam.Def.Rehearsal {
			fmt.Fprintln(os.Stderr, "no --url: the certificates have no QR code, and say less about how to verify them")
		}
		ends, err := finishes(ctx, s, p)
		if err != nil {
			return err
		}
		if c.All {
			return c.folder(ctx, p, ends)
		}
		plain := scoring.PlainNumber(strings.TrimSpace(c.Number))
		for _, r := range p.exam.Boards.Results() {
			if scoring.PlainNumber(p.exam.Person(r.Attempt).Number) == plain {
				return c.write(p, &r, ends[r.Attempt], c.Output)
			}
		}
		return fmt.Errorf("exam %s has no participant %q with a sitting: see terang results board %s", c.Exam, c.Number, c.Exam)
	})
}

func (c *resultsCertificate) folder(ctx context.Context, p *printing, ends map[string]*finish) error {
	if err := os.MkdirAll(c.Output, 0o700); err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	results := p.exam.Boards.Results()
	why := make([]noResult, len(results))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2 * runtime.GOMAXPROCS(0)) // half of them wait for the disk
	for i := range results {
		g.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			r := &results[i]
			err := c.write(p, r, ends[r.Attempt], filepath.Join(c.Output, p.exam.Person(r.Attempt).Number+".pdf"))
			if errors.As(err, &why[i]) {
				return nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	without := 0
	for _, none := range why {
		if none != "" {
			fmt.Fprintln(os.Stderr, none)
			without++
		}
	}
	fmt.Fprintf(os.Stderr, "%d certificates in %s; %d people have none\n", len(results)-without, c.Output, without)
	return nil
}

func (c *resultsCertificate) write(p *printing, r *scoring.Result, end *finish, path string) error {
	certificate, err := p.certificate(r, end, c.URL)
	if err != nil {
		return err
	}
	warnLetters(certificate.Number, certificate.Name)
	return output.Private(path, certificate.WritePDF)
}

// noResult says why somebody has no certificate.
type noResult string

func (n noResult) Error() string { return string(n) }

// certificate is a finished result as it is printed.
func (p *printing) certificate(r *scoring.Result, end *finish, base string) (*document.Certificate, error) {
	person := p.exam.Person(r.Attempt)
	switch {
	case r.Status != scoring.Meets && r.Status != scoring.Misses:
		return nil, noResult(fmt.Sprintf("%s has no score that may be certified: status %q", person.Number, r.Status))
	case r.Held:
		return nil, noResult(person.Number + " has no result yet: it is held until the doubt about the identity is decided")
	case !r.Finished || end == nil || end.at == 0:
		return nil, noResult(person.Number + " has not finished: a certificate is of a finished result")
	}
	def, rules := p.exam.Def, p.exam.Rules
	zone := p.zone(r.Sitting)
	formation, known := p.formations[r.Formation]
	need := "general"
	if known {
		need = formation.Need
	}
	c := &document.Certificate{
		Head: p.head(def.Code+".sitting."+r.Sitting, formation.Agency, zone), Stage: rules.Kind, Number: person.Number, Name: person.Name,
		Began: end.began.Time().In(zone), Ended: end.at.Time().In(zone), Meets: r.Status == scoring.Meets,
		Fingerprint: end.fingerprint.String(), Receipt: end.fingerprint.Receipt(),
	}
	if known {
		c.Formation = append(about(&formation), document.Field{Name: "Jenis kebutuhan", English: "Need", Value: needWord(need)})
	}
	for _, s := range def.Sites {
		if s.Code == r.Site {
			c.Site = s.Name
		}
	}
	for _, s := range def.Sittings {
		if s.Code == r.Sitting {
			c.Sitting = s.Title
		}
	}
	for i, s := range rules.Sections {
		c.Parts = append(c.Parts, document.Part{Code: s.Code, Name: s.Name, Score: int(r.Points[i]), Max: s.Max, Least: r.Bar.Least(i)})
	}
	c.Sums, c.Total = sums(rules, need, &r.Points)
	if base != "" && !def.Rehearsal { // a rehearsal's boards are not public
		c.Verify = strings.TrimSuffix(base, "/") + "/papan/" + def.Code + "?" + url.Values{"q": {person.Number}}.Encode()
	}
	return c, nil
}

// finish is when an attempt began and ended, and the link of its records at the end.
type finish struct {
	began, at   engine.Instant
	fingerprint engine.Hash
	chain       engine.Hash
}

// finishes reads them from the journal, and checks each stream's chain on the way: a
// fingerprint is printed only if it is that of the records.
func finishes(ctx context.Context, s *stores.DB, p *printing) (map[string]*finish, error) {
	all := make(map[string]*finish)
	var broken error
	err := stores.EachEvent(ctx, s.Journal, func(r engine.Record, e *engine.Event) {
		id, ok := strings.CutPrefix(r.Stream, engine.AttemptStream)
		if !ok || !p.exam.Has(id) {
			return
		}
		f := all[id]
		if f == nil {
			f = &finish{chain: engine.FirstHash(r.Stream)}
			all[id] = f
		}
		if f.chain = f.chain.Chain(r.Body); f.chain != r.Hash && broken == nil {
			broken = fmt.Errorf("%s version %d is not what was hashed: nothing is certified from this journal; compare it with a backup", r.Stream, r.N)
		}
		switch e.Kind {
		case engine.Started:
			f.began = e.From
		case engine.Finished, engine.Disqualified:
			f.at, f.fingerprint = e.At, f.chain
			if e.To != 0 {
				f.at = e.To // the deadline that it enforces
			}
		case engine.Reopened, engine.Resat:
			f.at = 0
		}
	})
	return all, errors.Join(err, broken)
}
