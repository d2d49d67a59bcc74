package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"terang/engine"
	"terang/proctor"
	"terang/questionbank/pack"
)

// packFlags name a pack and what opens it.
type packFlags struct {
	Publisher string   `help:"Key of whoever sealed the pack, had by another way than the pack." placeholder:"FILE" type:"existingfile"`
	Identity  []string `help:"Identity file of this site, or those of two key-holders." placeholder:"FILE" type:"existingfile"`
	Notice    []string `help:"Notices that a pack is void, where this journal does not know it." placeholder:"FILE" type:"existingfile"`
}

// unsealed is a pack that was opened.
type unsealed struct {
	*pack.Pack
	*pack.Contents
	by pack.Opening
}

// found is a pack that was read and checked, with what it takes to open it.
type found struct {
	*pack.Pack
	notices []pack.Notice
	with    []age.Identity
}

// find reads a pack and checks it against its publisher, this journal's notices and those
// of the flags. Whether its hour has come is left to open. exam is "" for whatever the pack
// is for.
func (f *packFlags) find(ctx context.Context, s *stores, file, exam string) (*found, error) {
	if f.Publisher == "" || len(f.Identity) == 0 {
		return nil, usage("a pack needs --publisher FILE and --identity FILE")
	}
	publisher, err := readVerifier(f.Publisher)
	if err != nil {
		return nil, err
	}
	body, err := os.ReadFile(file) //nolint:gosec // the file that the person names
	if err != nil {
		return nil, err
	}
	p := &found{}
	if p.Pack, err = pack.Read(body, publisher); err != nil {
		return nil, err
	}
	if p.notices, err = packNotices(ctx, s, p.Exam); err != nil {
		return nil, err
	}
	for _, path := range f.Notice {
		body, err := os.ReadFile(path) //nolint:gosec // the file that the person names
		if err != nil {
			return nil, fmt.Errorf("--notice: %w", err)
		}
		n, err := pack.ReadNotice(body, publisher)
		if err != nil {
			return nil, fmt.Errorf("--notice %s: %w", path, err)
		}
		p.notices = append(p.notices, *n)
	}
	if err := p.May(p.on(exam, p.Opens)); err != nil { // before anybody is asked for a passphrase
		return nil, err
	}
	p.with, err = readIdentities(f.Identity)
	return p, err
}

func (p *found) on(exam string, at engine.Instant) pack.Occasion {
	return pack.Occasion{Exam: exam, Now: at, Notices: p.notices}
}

// open decrypts the pack, and records by whom.
func (p *found) open(ctx context.Context, log *proctor.Log, by, exam string, at engine.Instant) (*unsealed, error) {
	c, who, err := p.Open(p.on(exam, at), p.with...)
	if err != nil {
		return nil, err
	}
	e := engine.Event{Kind: engine.PackOpened, At: at, By: by, Text: p.Hash, Node: who.Site}
	if who.Holders != nil {
		e.Act, e.Two = who.Holders[0], who.Holders[1]
	}
	if err := log.Append(ctx, engine.PackStream+p.Exam, e); err != nil {
		return nil, err
	}
	return &unsealed{p.Pack, c, who}, nil
}

// unseal reads, checks and opens a pack for a command.
func (f *packFlags) unseal(ctx context.Context, o *office, file, exam string) (*unsealed, error) {
	p, err := f.find(ctx, o.stores, file, exam)
	if err != nil {
		return nil, err
	}
	return p.open(ctx, o.log, o.by.User, exam, now())
}

func (u *unsealed) String() string {
	by := "the identity of a site"
	if u.by.Holders != nil {
		by = strings.Join(u.by.Holders, " and ")
	}
	return fmt.Sprintf("%s pack of exam %s opened by %s: sha256 %s", u.Kind, u.Exam, by, u.Hash)
}

// packNotices are the packs of an exam that this journal knows to be void.
func packNotices(ctx context.Context, s *stores, exam string) (notices []pack.Notice, err error) {
	err = s.journal.Read(ctx, engine.PackStream+exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		if e.Kind == engine.PackVoided {
			notices = append(notices, pack.Notice{Exam: exam, Pack: e.Text, Spare: e.Act, Why: pack.Why(e.Why), By: e.By, And: e.Two, At: e.At})
		}
		return err
	})
	return notices, err
}

type bankOpen struct {
	officeFlags
	packFlags
	Exam     string `help:"The exam that is to be held; a pack for another is refused."`
	Out      string `help:"Folder for what is in it." type:"existingdir"`
	Propose  bool   `help:"As one key-holder, with your identity alone: give your part of the key to the other two, one of whom completes it on another machine of this journal."`
	Proposal string `help:"As the second key-holder, with your identity alone: approve this proposal and open the pack." placeholder:"ID"`
	Reason   string `help:"Why, with --propose; recorded."`
	Pack     string `arg:"" help:"The pack." type:"existingfile"`
}

// Run opens a pack by hand.
func (c *bankOpen) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActPackOpen, c.Exam)
	if err != nil {
		return err
	}
	return errors.Join(c.openPack(ctx, o), o.stores.close())
}

func (c *bankOpen) openPack(ctx context.Context, o *office) error {
	switch {
	case c.Propose && (c.Proposal != "" || c.Out != ""):
		return usage("--propose opens nothing yet: leave out --proposal and --out")
	case !c.Propose && c.Out == "":
		return usage("name a folder for what is in the pack, with --out")
	case c.Propose:
		p, err := c.find(ctx, o.stores, c.Pack, c.Exam)
		if err != nil {
			return err
		}
		parts, err := p.Shares(p.on(c.Exam, now()), p.with...)
		if err != nil {
			return err
		}
		return c.proposePack(ctx, o, p.Exam, engine.ActPackOpen, c.Reason, packOpening{p.Hash, p.Kind, p.Opens, parts})
	}
	open := func(ctx context.Context, o *office) (*unsealed, error) { return c.unseal(ctx, o, c.Pack, c.Exam) }
	if c.Proposal != "" {
		open = c.completes
	}
	u, err := open(ctx, o)
	if err != nil {
		return err
	}
	for name, body := range map[string][]byte{
		"exam.json": u.Definition, "ruleset.json": u.RuleSet, "bank.json": u.Contents.Bank, "plan.json": u.Contents.Plan, "seed": u.Contents.Seed,
	} {
		if err := writeNew(filepath.Join(c.Out, name), body); err != nil {
			return err
		}
	}
	fmt.Println(u)
	fmt.Printf("exam.json, ruleset.json, bank.json, plan.json and seed are in %s. Delete them when they have served.\n", c.Out)
	return nil
}

type bankVoid struct {
	officeFlags
	Exam string `required:"" help:"Code of the exam."`
	Why  string `required:"" help:"lost or leaked." enum:"lost,leaked"`
	secondFlags
	Propose bool `help:"Propose it, and let another person decide on another machine; the notice is made afterwards, with bank notice."`
	noticeFlags
}

// noticeFlags say how a notice is made.
type noticeFlags struct {
	Sign string `help:"Key that the notice is signed with." placeholder:"FILE" type:"existingfile"`
	Out  string `help:"File for the notice that sites are given with the spare." placeholder:"FILE"`
}

// write signs a notice and writes it.
func (f *noticeFlags) write(n *pack.Notice) error {
	if f.Sign == "" || f.Out == "" {
		return usage("a notice needs --sign FILE and --out FILE")
	}
	signer, err := readSigner(f.Sign)
	if err != nil {
		return err
	}
	file, err := n.Sign(signer)
	if err != nil {
		return err
	}
	return writeNew(f.Out, file)
}

// tell says what to do with a notice.
func (f *noticeFlags) tell(n *pack.Notice) {
	fmt.Printf("void   sha256 %s\nspare  sha256 %s, used from now on\nGive sites the spare and %s, and publish its hash as the exam's.\n", n.Pack, n.Spare, f.Out)
}

type bankNotice struct {
	officeFlags
	Exam string `required:"" help:"Code of the exam."`
	noticeFlags
}

// Run signs a notice of the pack that two people voided last.
func (c *bankNotice) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActPackVoid, c.Exam)
	if err != nil {
		return err
	}
	notices, err := packNotices(ctx, o.stores, c.Exam)
	switch {
	case err != nil:
	case len(notices) == 0:
		err = fmt.Errorf("exam %s: no pack is void; see terang bank void", c.Exam)
	default:
		n := notices[len(notices)-1]
		if err = c.write(&n); err == nil {
			c.tell(&n)
		}
	}
	return errors.Join(err, o.stores.close())
}

// Run voids the pack that stands, and puts the spare in its place.
func (c *bankVoid) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActPackVoid, c.Exam)
	if err != nil {
		return err
	}
	return errors.Join(c.void(ctx, o), o.stores.close())
}

func (c *bankVoid) void(ctx context.Context, o *office) error {
	stands, spare, err := standingPacks(ctx, o.stores, c.Exam)
	if err != nil {
		return err
	}
	v := packVoiding{stands, spare, pack.Why(c.Why)}
	if c.Propose {
		if c.Second != "" || c.Sign != "" || c.Out != "" {
			return usage("--propose: leave out --second, --sign and --out; the notice is made with terang bank notice once another person has approved")
		}
		return c.proposePack(ctx, o, c.Exam, engine.ActPackVoid, c.Why, v)
	}
	if c.Second == "" {
		return usage("a pack is voided by two people: name the other one with --second USER, or let them decide elsewhere with --propose")
	}
	second, err := o.second(ctx, c.Second, engine.ActPackVoid, proctor.ActPackVoid, engine.PackStream+c.Exam, c.Exam)
	if err != nil {
		return err
	}
	n := v.notice(c.Exam, o.by.User, second, now())
	if err := c.write(&n); err != nil {
		return err
	}
	if err := o.log.Append(ctx, engine.PackStream+c.Exam, voided(&n, "")); err != nil {
		return err
	}
	c.tell(&n)
	return nil
}

// standingPacks are the pack that an exam uses now, and a spare that nothing speaks against.
func standingPacks(ctx context.Context, s *stores, exam string) (stands, spare string, err error) {
	void := map[string]bool{}
	var spares []string
	err = s.journal.Read(ctx, engine.PackStream+exam, 0, func(r engine.Record) error {
		e, err := engine.Decode(r.Body)
		switch {
		case e.Kind == engine.PackSealed && e.Act == string(pack.Main):
			stands = e.Text
		case e.Kind == engine.PackSealed:
			spares = append(spares, e.Text)
		case e.Kind == engine.PackVoided:
			void[e.Text] = true
			stands = e.Act
		}
		return err
	})
	for _, p := range spares {
		if p != stands && !void[p] {
			spare = p
		}
	}
	switch {
	case err != nil:
		return "", "", err
	case stands == "":
		return "", "", fmt.Errorf("exam %s: no pack was sealed in this journal; see terang bank seal", exam)
	case spare == "":
		return "", "", fmt.Errorf("exam %s: no spare is left; seal anew, with terang bank seal", exam)
	}
	return stands, spare, nil
}
