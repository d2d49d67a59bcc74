package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/web"
)

type examCards struct {
	officeFlags
	Exam      string `arg:"" help:"Code of the exam."`
	Number    string `help:"The card of this participant only." placeholder:"NUMBER"`
	Sitting   string `help:"The cards of this sitting only."`
	Site      string `help:"The cards of this site only, a file for each sitting."`
	Output    string `required:"" help:"File of the cards of a sitting or a participant; otherwise a folder, with a file for each sitting." placeholder:"FILE|DIR"`
	Authority string `help:"Who holds the exam, for the head of the card." placeholder:"NAME"`
	URL       string `name:"url" help:"Address of the server, for the look-up that the card names." placeholder:"https://…"`
	Issued    string `help:"When they are issued (RFC 3339); default: now. The same time, journal and flags give the same bytes." placeholder:"TIME"`
}

// Run prints exam cards.
func (c *examCards) Run(ctx context.Context) error {
	if c.Number != "" && (c.Sitting != "" || c.Site != "") || c.Sitting != "" && c.Site != "" {
		return usage.Errorf("give one of --number, --sitting and --site")
	}
	issued := stores.Now()
	if c.Issued != "" {
		at, err := time.Parse(time.RFC3339, c.Issued)
		if err != nil {
			return usage.Errorf("--issued %q: write it as 2026-11-26T15:04:05+07:00", c.Issued)
		}
		issued = engine.InstantOf(at)
	}
	o, err := c.open(ctx, proctor.ActRoster, c.Exam)
	if err != nil {
		return sameOnPage(err, "/daftar-peserta/"+c.Exam)
	}
	return errors.Join(c.run(ctx, o, issued), o.stores.Close())
}

func (c *examCards) run(ctx context.Context, o *office, issued engine.Instant) error {
	if err := o.people.LoadAll(ctx); err != nil {
		return err
	}
	def := o.people.Exam(c.Exam)
	if def == nil {
		return fmt.Errorf("exam %q: there is none; see terang exam status", c.Exam)
	}
	m, err := o.cardMaker(ctx, def, issued)
	if err != nil {
		return err
	}
	if m.Authority = c.Authority; c.URL != "" {
		m.Lookup = c.URL + web.LookupPath
	}
	if err := o.reads(ctx, proctor.Reading{What: proctor.ReadRoster, Sitting: c.Exam, Number: c.Number, Filter: "cards " + c.Sitting + c.Site}); err != nil {
		return err
	}
	switch {
	case c.Number != "":
		people := o.people.Find(c.Number, c.Exam)
		if len(people) == 0 {
			return fmt.Errorf("exam %s: nobody on the roster has the number %q", c.Exam, c.Number)
		}
		return printCards(m, people, c.Output)
	case c.Sitting != "":
		return printCards(m, o.people.In(c.Exam+"."+c.Sitting), c.Output)
	}
	if len(o.people.All(c.Exam)) == 0 {
		return fmt.Errorf("exam %s: nobody is on its roster; terang exam roster loads it", c.Exam)
	}
	if err := os.MkdirAll(c.Output, 0o700); err != nil {
		return err
	}
	for _, s := range def.Sittings {
		people := o.people.In(c.Exam + "." + s.Code)
		if len(people) == 0 || c.Site != "" && s.Site != c.Site {
			continue
		}
		if err := printCards(m, people, filepath.Join(c.Output, c.Exam+"."+s.Code+".pdf")); err != nil {
			return err
		}
	}
	waiting := 0
	for _, x := range o.people.All(c.Exam) {
		if x.Sitting == "" && (c.Site == "" || x.Site == c.Site) {
			waiting++
		}
	}
	if waiting > 0 {
		fmt.Printf("%d people have no sitting yet, and no card: terang exam seats %s gives them one\n", waiting, c.Exam)
	}
	return nil
}

// cardMaker reads what cards say beside the roster.
func (o *office) cardMaker(ctx context.Context, def *engine.Definition, issued engine.Instant) (*web.CardMaker, error) {
	desk := o.counter()
	versions, err := desk.Rosters(ctx, def.Code)
	if err != nil {
		return nil, err
	}
	starts := map[string]engine.Instant{}
	for _, s := range def.Sittings {
		state, err := desk.Sitting(ctx, def.Code+"."+s.Code)
		if err != nil {
			return nil, err
		}
		starts[def.Code+"."+s.Code] = state.Planned
	}
	return &web.CardMaker{
		Def: def, Version: len(versions), Issued: issued,
		Start: func(id string) engine.Instant { return starts[id] },
		Photo: func(p *proctor.Person) ([]byte, error) { return proctor.Photo(ctx, o.stores.Register, p) },
	}, nil
}

func printCards(m *web.CardMaker, people []*proctor.Person, path string) error {
	cards, err := m.Cards(people)
	if err != nil {
		return err
	}
	if len(cards.Cards) == 0 {
		return fmt.Errorf("%s: nobody is expected there: give people a sitting first, with terang exam seats %s", path, m.Def.Code)
	}
	for _, p := range people {
		warnLetters(p.Number, p.Name)
	}
	if err := output.Private(path, cards.WritePDF); err != nil {
		return err
	}
	fmt.Printf("%s: %d cards\n", path, len(cards.Cards))
	return nil
}
