package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"terang/cmd/terang/node"
	"terang/cmd/terang/output"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
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

// find reads a pack and checks it against its publisher, this journal's notices and those
// of the flags. Whether its hour has come is left to open. exam is "" for whatever the pack
// is for.
func (f *packFlags) find(ctx context.Context, s *stores.DB, file, exam string) (*node.Found, error) {
	if f.Publisher == "" || len(f.Identity) == 0 {
		return nil, usage.Errorf("a pack needs --publisher FILE and --identity FILE")
	}
	publisher, err := readVerifier(f.Publisher)
	if err != nil {
		return nil, err
	}
	body, err := os.ReadFile(file) //nolint:gosec // the file that the person names
	if err != nil {
		return nil, err
	}
	p := &node.Found{}
	if p.Pack, err = pack.Read(body, publisher); err != nil {
		return nil, err
	}
	if p.Notices, err = node.PackNotices(ctx, s, p.Exam); err != nil {
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
		p.Notices = append(p.Notices, *n)
	}
	if err := p.May(p.On(exam, p.Opens)); err != nil { // before anybody is asked for a passphrase
		return nil, err
	}
	p.With, err = readIdentities(f.Identity)
	return p, err
}

// unseal reads, checks and opens a pack for a command.
func (f *packFlags) unseal(ctx context.Context, o *office, file, exam string) (*node.Unsealed, error) {
	p, err := f.find(ctx, o.stores, file, exam)
	if err != nil {
		return nil, err
	}
	return p.Unlock(ctx, o.log, o.by.User, exam, stores.Now())
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
	return errors.Join(c.openPack(ctx, o), o.stores.Close())
}

func (c *bankOpen) openPack(ctx context.Context, o *office) error {
	switch {
	case c.Propose && (c.Proposal != "" || c.Out != ""):
		return usage.Errorf("--propose opens nothing yet: leave out --proposal and --out")
	case !c.Propose && c.Out == "":
		return usage.Errorf("name a folder for what is in the pack, with --out")
	case c.Propose:
		p, err := c.find(ctx, o.stores, c.Pack, c.Exam)
		if err != nil {
			return err
		}
		parts, err := p.Shares(p.On(c.Exam, stores.Now()), p.With...)
		if err != nil {
			return err
		}
		return c.proposePack(ctx, o, p.Exam, engine.ActPackOpen, c.Reason, node.PackOpening{Pack: p.Hash, Kind: p.Kind, Opens: p.Opens, Parts: parts})
	}
	open := func(ctx context.Context, o *office) (*node.Unsealed, error) { return c.unseal(ctx, o, c.Pack, c.Exam) }
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
		if err := output.New(filepath.Join(c.Out, name), body); err != nil {
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
		return usage.Errorf("a notice needs --sign FILE and --out FILE")
	}
	signer, err := readSigner(f.Sign)
	if err != nil {
		return err
	}
	file, err := n.Sign(signer)
	if err != nil {
		return err
	}
	return output.New(f.Out, file)
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
	notices, err := node.PackNotices(ctx, o.stores, c.Exam)
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
	return errors.Join(err, o.stores.Close())
}

// Run voids the pack that stands, and puts the spare in its place.
func (c *bankVoid) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActPackVoid, c.Exam)
	if err != nil {
		return err
	}
	return errors.Join(c.void(ctx, o), o.stores.Close())
}

func (c *bankVoid) void(ctx context.Context, o *office) error {
	stands, spare, err := node.StandingPacks(ctx, o.stores, c.Exam)
	if err != nil {
		return err
	}
	v := node.PackVoiding{Pack: stands, Spare: spare, Why: pack.Why(c.Why)}
	if c.Propose {
		if c.Second != "" || c.Sign != "" || c.Out != "" {
			return usage.Errorf("--propose: leave out --second, --sign and --out; the notice is made with terang bank notice once another person has approved")
		}
		return c.proposePack(ctx, o, c.Exam, engine.ActPackVoid, c.Why, v)
	}
	if c.Second == "" {
		return usage.Errorf("a pack is voided by two people: name the other one with --second USER, or let them decide elsewhere with --propose")
	}
	second, err := o.second(ctx, c.Second, engine.ActPackVoid, proctor.ActPackVoid, engine.PackStream+c.Exam, c.Exam)
	if err != nil {
		return err
	}
	n := v.Notice(c.Exam, o.by.User, second, stores.Now())
	if err := c.write(&n); err != nil {
		return err
	}
	if err := o.log.Append(ctx, engine.PackStream+c.Exam, node.Voided(&n, "")); err != nil {
		return err
	}
	c.tell(&n)
	return nil
}

// proposePack stores an act on a pack of an exam until another person decides it.
func (f *officeFlags) proposePack(ctx context.Context, o *office, exam, act, reason string, held any) error {
	payload, err := json.Marshal(held)
	if err != nil {
		return err
	}
	return f.atCounter(ctx, o, func(n *node.Node) error {
		if n.People.Exam(exam) == nil {
			return fmt.Errorf("exam %s is not in this journal, so that nobody would see the proposal: do it with the second person at this terminal", exam)
		}
		id, err := n.Desk.Pairs().Propose(ctx, o.by, proctor.Proposal{
			Stream: engine.ExamStream + exam, Act: act, Op: orNew(""), Exam: exam, Reason: reason, Payload: payload,
		})
		if err != nil {
			return err
		}
		return printAnswer(proctor.Response{Proposal: id})
	})
}

// completes opens a pack with the part that a proposal holds, as the second person: the
// approval is recorded before anything is written down.
func (c *bankOpen) completes(ctx context.Context, o *office) (*node.Unsealed, error) {
	p, err := c.find(ctx, o.stores, c.Pack, c.Exam)
	if err != nil {
		return nil, err
	}
	var u *node.Unsealed
	return u, c.atCounter(ctx, o, func(n *node.Node) error {
		pairs := n.Desk.Pairs()
		q, _, err := pairs.Get(ctx, c.Proposal)
		if err != nil {
			return pairError("--proposal "+c.Proposal, err)
		}
		held, err := node.PayloadOf[node.PackOpening](q)
		if err != nil {
			return err
		}
		if q.Act != engine.ActPackOpen || held.Pack != p.Hash {
			return fmt.Errorf("proposal %s is about another pack or act than %s: see terang proposals", c.Proposal, c.Pack)
		}
		contents, who, err := p.Complete(p.On(c.Exam, stores.Now()), held.Parts, p.With...)
		if err != nil {
			return err
		}
		_, err = pairs.Decide(ctx, o.by, c.Proposal, orNew(""), "approve", "")
		if errors.Is(err, engine.WrongState) { // approved before, at the page
			_, mine, readErr := node.PackEvent(ctx, o.stores, q.Exam, func(e *engine.Event) bool {
				return e.Kind == engine.PackOpened && e.Op == q.Op && slices.Contains([]string{e.By, e.Two}, o.by.User)
			})
			if err = errors.Join(pairError("--proposal "+c.Proposal, err), readErr); mine && readErr == nil {
				err = nil
			}
		} else if err != nil {
			err = pairError("--proposal "+c.Proposal, err)
		}
		u = &node.Unsealed{Pack: p.Pack, Contents: contents, By: who}
		return err
	})
}
