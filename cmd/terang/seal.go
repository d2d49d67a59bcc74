package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"terang/cmd/terang/create"
	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/questionbank"
	"terang/questionbank/pack"
	"terang/questionbank/shelf"
	"terang/scoring"
)

type bankSeal struct {
	officeFlags
	Exam       string `required:"" help:"Code of the exam."`
	Release    string `required:"" help:"File of the three key-holders: NAME age1…, a line each. Any two of them open the packs by hand." placeholder:"FILE" type:"existingfile"`
	Recipients string `help:"File of the sites or servers that open the packs at the hour by themselves: NAME age1…, a line each. Without it only key-holders can." placeholder:"FILE" type:"existingfile"`
	Sign       string `required:"" help:"Key that the packs are signed with." placeholder:"FILE" type:"existingfile"`
	Opens      string `required:"" help:"The hour before which they do not open (RFC 3339), or now." placeholder:"TIME"`
	Spare      string `default:"items" enum:"items,seed" help:"What the spare differs in: items, approved items that the exam does not have; or seed, the same items dealt anew, which helps when forms are known and not when items are."`
	Out        string `required:"" help:"Folder for the two packs." type:"existingdir"`
}

// Run seals an exam and its spare, records both by their hash, and keeps a copy of both in
// the archive.
func (c *bankSeal) Run(ctx context.Context) error {
	l, err := c.officeFlags.libraryOf(ctx, proctor.ActPackSeal, c.Exam)
	if err != nil {
		return err
	}
	return l.close(c.seal(ctx, l))
}

// libraryOf opens the bank for an act on an exam.
func (f *officeFlags) libraryOf(ctx context.Context, act, exam string) (*library, error) {
	o, err := f.open(ctx, act, exam)
	if err != nil {
		return nil, err
	}
	return o.library(), nil
}

func (c *bankSeal) seal(ctx context.Context, l *library) error {
	at := stores.Now()
	order, err := c.order(at)
	if err != nil {
		return err
	}
	signer, err := readSigner(c.Sign)
	if err != nil {
		return err
	}
	keys, err := stores.ReadKeys(c.KeyPath())
	if err != nil {
		return err
	}
	main, def, err := l.sealed(ctx, c.Exam, keys)
	if err != nil {
		return fmt.Errorf("exam %s: %w", c.Exam, err)
	}
	spare, err := c.spare(ctx, l, main, def, keys)
	if err != nil {
		return fmt.Errorf("the spare: %w", err)
	}
	packs := []*sealedPack{{kind: pack.Main, contents: main}, {kind: pack.Spare, contents: spare}}
	for _, p := range packs {
		order.Kind = p.kind
		if p.file, err = pack.Seal(p.contents, order, signer); err != nil {
			return err
		}
		p.hash = pack.Hash(p.file)
		p.path = filepath.Join(c.Out, fmt.Sprintf("%s-%s-%.8s.pack", c.Exam, p.kind, p.hash))
	}
	for _, p := range packs { // written before they are recorded: what is recorded can be had
		if err := output.New(p.path, p.file); err != nil {
			return err
		}
		if _, err := l.stores.Archive.Keep(ctx, p.file); err != nil {
			return err
		}
	}
	if err := l.log.Append(ctx, engine.PackStream+c.Exam, packs[0].event(l, at, order.Opens), packs[1].event(l, at, order.Opens)); err != nil {
		return err
	}
	for _, p := range packs {
		fmt.Printf("%-5s  %s  sha256 %s\n", p.kind, p.path, p.hash)
	}
	fmt.Printf("They open at %s: for %d sites, or for two of %s, %s and %s. Publish both hashes now.\n",
		order.Opens, len(order.Sites), order.Holders[0].Name, order.Holders[1].Name, order.Holders[2].Name)
	return nil
}

// sealedPack is a pack that is being made.
type sealedPack struct {
	kind       pack.Kind
	contents   *pack.Contents
	file       []byte
	hash, path string
}

func (p *sealedPack) event(l *library, at, opens engine.Instant) engine.Event {
	return engine.Event{
		Kind: engine.PackSealed, At: at, By: l.by.User, Act: string(p.kind), Text: p.hash,
		Plan: pack.Hash(p.contents.Plan), Seed: pack.Hash(p.contents.Seed), From: opens,
	}
}

// order reads who may open the packs and when.
func (c *bankSeal) order(at engine.Instant) (o pack.Order, err error) {
	o.Opens = at
	if c.Opens != "now" {
		t, err := time.Parse(time.RFC3339, c.Opens)
		if err != nil {
			return o, usage.Errorf("--opens %q: write a time as 2026-11-22T07:00:00+07:00, or now", c.Opens)
		}
		if o.Opens = engine.InstantOf(t); o.Opens < at {
			return o, usage.Errorf("--opens %s is past: write a later time, or now", c.Opens)
		}
	}
	if o.Holders, err = keyLines(c.Release); err != nil {
		return o, fmt.Errorf("--release: %w", err)
	}
	if c.Recipients == "" {
		return o, nil
	}
	sites, err := keyLines(c.Recipients)
	if err != nil || len(sites) == 0 {
		return o, errors.Join(fmt.Errorf("--recipients %s: it names nobody", c.Recipients), err)
	}
	for _, s := range sites {
		o.Sites = append(o.Sites, s.Recipient)
	}
	return o, nil
}

// sealed gathers what an exam of this journal is made of.
func (l *library) sealed(ctx context.Context, exam string, keys *stores.KeyFile) (*pack.Contents, *engine.Definition, error) {
	recorded, err := l.stores.ExamRecord(ctx, exam)
	if err != nil {
		return nil, nil, err
	}
	defined := ""
	err = l.stores.Journal.Read(ctx, engine.ExamStream+exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if e.Kind == engine.ExamDefined || e.Kind == engine.PlacesChanged {
			defined = e.Text
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	file, err := l.stores.Fetch(ctx, defined)
	if err != nil {
		return nil, nil, err
	}
	def, err := engine.ParseDefinition(file)
	if err != nil {
		return nil, nil, err
	}
	parts, err := l.stores.ExamParts(ctx, def, recorded, keys)
	if err != nil {
		return nil, nil, err
	}
	var ruleset []byte
	if recorded.Rules == "" { // made before an exam kept its own
		ruleset, err = scoring.Published(def.RuleSet)
	} else {
		ruleset, err = l.stores.Fetch(ctx, recorded.Rules)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("rule set: %w", err)
	}
	return &pack.Contents{Definition: file, RuleSet: ruleset, Bank: parts.Bank.Encode(), Plan: parts.Plan.Encode(), Seed: parts.Seed}, def, nil
}

// spare makes the contents that stand in for those of the main pack.
func (c *bankSeal) spare(ctx context.Context, l *library, main *pack.Contents, def *engine.Definition, keys *stores.KeyFile) (*pack.Contents, error) {
	out := *main
	var err error
	if out.Seed, err = create.NewSeed(); err != nil || c.Spare == "seed" {
		return &out, err
	}
	used, err := questionbank.DecodeBank(main.Bank)
	if err != nil {
		return nil, err
	}
	rules, err := scoring.Parse(main.RuleSet)
	if err != nil {
		return nil, err
	}
	of := shelf.Filter{Without: used}
	for i := range rules.Sections { // the shelf may have items of other exams' sections
		of.Sections = append(of.Sections, rules.Sections[i].Code)
	}
	const instead = "have more items approved, make the exam with --leave-spare, or let the spare differ in its seed only, with --spare seed"
	bank, faults, err := l.shelf.Bank(ctx, of, l.names(ctx))
	if errors.Is(err, shelf.NoneApproved) {
		return nil, fmt.Errorf("exam %s has all approved items, and none is left for other forms: %s", c.Exam, instead)
	}
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("%w\nof the approved items that exam %s does not have; %s", stores.FaultList("bank", faults), c.Exam, instead)
	}
	plan, err := l.sparePlan(ctx, rules, bank, used, main.Plan, def, keys)
	if err != nil {
		return nil, fmt.Errorf("of the %d approved items that exam %s does not have: %w; %s", bank.Len(), c.Exam, err, instead)
	}
	out.Bank, out.Plan = bank.Encode(), plan.Encode()
	return &out, nil
}

// sparePlan compiles the spare as the exam was: for its rule set, with what is known of the
// items, and without those of earlier exams for whoever met them.
func (l *library) sparePlan(ctx context.Context, rules *scoring.RuleSet, bank, used *questionbank.Bank, main []byte, def *engine.Definition, keys *stores.KeyFile) (*questionbank.Plan, error) {
	blueprint, err := questionbank.ParseBlueprint(def.Blueprint)
	if err != nil {
		return nil, err
	}
	var known questionbank.Knowledge
	if known.Earlier, err = l.stores.Earlier(keys).Sat(ctx, def, stores.Now()); err != nil {
		return nil, err
	}
	plan, err := questionbank.DecodePlan(main, used)
	if err != nil {
		return nil, err
	}
	if hash := plan.StatisticsHash(); hash != "" {
		body, err := l.stores.Fetch(ctx, hash)
		if err != nil {
			return nil, fmt.Errorf("what is known of the items: %w", err)
		}
		var faults []questionbank.Fault
		if known.Statistics, faults = questionbank.ParseStatistics("statistics", body); len(faults) > 0 {
			return nil, stores.FaultList("statistics", faults)
		}
	}
	return create.CompilePlan(rules, bank, blueprint, known)
}
