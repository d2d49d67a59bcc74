package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"terang/cmd/terang/node"
	"terang/cmd/terang/process"
	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/proctor"
	"terang/web"
)

type proposalsCmd struct {
	officeFlags
}

// Run lists what waits for the account's word, with what each would do.
func (c *proposalsCmd) Run(ctx context.Context) error {
	o, err := c.enter(ctx)
	if err != nil {
		return sameOnPage(err, "/persetujuan")
	}
	return errors.Join(c.atCounter(ctx, o, func(n *node.Node) error {
		list, err := n.Desk.Pairs().For(ctx, o.by)
		if err == nil && len(list) > 0 {
			err = o.reads(ctx, proctor.Reading{What: proctor.ReadProposals})
		}
		for _, w := range list {
			if err == nil {
				printWaiting(w)
			}
		}
		if err == nil && len(list) == 0 {
			fmt.Println("nothing waits for", o.by.User)
		}
		return err
	}), o.stores.Close())
}

func printWaiting(w proctor.Waiting) {
	own := ""
	if w.Own {
		own = "  (your own: another person decides)"
	}
	fmt.Printf("%s  %s  by %s  until %s%s\n", w.ID, w.Action, w.By, w.Expires, own)
	if w.Reason != "" {
		fmt.Printf("    reason: %s\n", w.Reason)
	}
	for _, l := range w.Shows {
		if l.What == "fault" {
			l.Text = web.FaultWords(l.Text)
		}
		fmt.Printf("    %s: %s\n", l.What, hoursIn(l.Text))
	}
}

type approveCmd struct {
	officeFlags
	Proposal string `arg:"" help:"Id of the proposal, as terang proposals shows it."`
	Refuse   bool   `help:"Refuse it instead; say why with --reason."`
	Reason   string `help:"Why; recorded."`
	Op       string `help:"Id of this operation (UUID); the same one again has no second effect. Default: a new one."`
}

// Run decides a proposal. What it approves is done at once, with both names.
func (c *approveCmd) Run(ctx context.Context) error {
	if c.Refuse && strings.TrimSpace(c.Reason) == "" {
		return usage.Errorf("--refuse: say why, with --reason")
	}
	decision := "approve"
	if c.Refuse {
		decision = "refuse"
	}
	o, err := c.enter(ctx)
	if err != nil {
		return sameOnPage(err, "/persetujuan")
	}
	return errors.Join(c.atCounter(ctx, o, func(n *node.Node) error {
		answer, err := n.Desk.Pairs().Decide(ctx, o.by, c.Proposal, orNew(c.Op), decision, c.Reason)
		if err != nil {
			return pairError("approve "+c.Proposal, err)
		}
		if c.Refuse {
			fmt.Println("refused; nothing has changed")
			return nil
		}
		return printAnswer(answer)
	}), o.stores.Close())
}

type actCmd struct {
	officeFlags
	Sitting  string   `arg:"" help:"EXAM.SITTING."`
	Action   string   `arg:"" help:"An act of the staff API, as disqualify or start."`
	Seat     []string `help:"Seats that are meant."`
	Number   []string `help:"Participants' numbers that are meant. Without seats and numbers the whole sitting is."`
	Reason   string   `help:"A code, \"code: words\", or words."`
	To       string   `help:"A seat, or the instant of a postponed start."`
	MS       int64    `name:"ms" help:"Milliseconds, of a credit."`
	Text     string   `help:"Of a message."`
	Ref      int      `help:"Version of what is reversed or decided."`
	Decision string   `help:"grant or refuse; of a doubt cleared or upheld."`
	Paper    string   `help:"Of a check-in: the paper that shows who it is, a code of the exam's policy."`
	Adjust   string   `help:"Of adjust: all that a candidate is given, as \"extra=30 breaks=15 size=3 contrast=dark reader assistant\"."`
	Second   string   `help:"Account of the second person here; the password is asked, or read from TERANG_SECOND_PASSWORD." placeholder:"USER"`
	Op       string   `help:"Id of this operation (UUID); the same one again has no second effect. Default: a new one."`
}

// Run does what the station does: where the exam wants two people it proposes.
func (c *actCmd) Run(ctx context.Context) error {
	second, err := secondPerson(c.Second)
	if err != nil {
		return err
	}
	o, err := c.enter(ctx)
	if err != nil {
		return sameOnPage(err, "/meja/"+c.Sitting)
	}
	return errors.Join(c.atCounter(ctx, o, func(n *node.Node) error {
		answer, err := n.Desk.Act(ctx, o.by, c.Sitting, proctor.Request{
			Op: orNew(c.Op), Action: c.Action, Seats: c.Seat, Numbers: c.Number, Reason: c.Reason, To: c.To, MS: c.MS,
			Text: c.Text, Ref: c.Ref, Decision: c.Decision, Paper: c.Paper, Adjust: c.Adjust, Second: second,
		})
		if err != nil {
			if err = pairError(c.Action+" "+c.Sitting, err); len(answer.Failed) > 0 {
				err = errors.Join(err, printAnswer(proctor.Response{Failed: answer.Failed}))
			}
			return err
		}
		return printAnswer(answer)
	}), o.stores.Close())
}

func orNew(op string) string {
	if op == "" {
		return uuid.NewString()
	}
	return op
}

// secondPerson asks for the password of the other person at this desk, nil if nobody is named.
func secondPerson(user string) (*proctor.Second, error) {
	if user == "" {
		return nil, nil
	}
	password, err := secret("TERANG_SECOND_PASSWORD", "Password of "+user)
	if err != nil {
		return nil, err
	}
	code := os.Getenv("TERANG_SECOND_CODE")
	if code == "" && term.IsTerminal(int(os.Stdin.Fd())) {
		code, err = secret("TERANG_SECOND_CODE", "Code of "+user+", empty if the account has none")
	}
	return &proctor.Second{User: user, Password: password, Code: code}, err
}

// pairError says of a refusal what to do.
func pairError(what string, err error) error {
	var no *engine.Refusal
	if !errors.As(err, &no) {
		return fmt.Errorf("%s: %w", what, err)
	}
	remedy := map[string]string{
		"second_person/proposal":     "whoever proposed it cannot approve it: another person with the same right has to",
		"second_person/hand":         "one person alone has made both accounts, or knows the passwords of both: they count as one until another administrator vouches for them (terang staff vouch), or their owners take other passwords",
		"second_person/own_password": "somebody else has chosen this account's password and knows it: its owner takes another first, at /akun or with terang staff reset USER --as USER",
		"second_person/second":       "the second has to be another person, with their own password",
		"second_person/second_desk":  "the second person signed in last at the very desk of the first: let them sign in at their own",
		"not_allowed/action":         "the account may not do this there",
		"not_allowed/second":         "the second person may not do this there",
		"not_allowed/proposer":       "whoever proposed it may no longer do it: propose it anew",
		"wrong_state/expired":        "it waited too long: propose it anew",
		"wrong_state/proposal":       "it was decided already, or there is none: see terang proposals",
		"wrong_state/clock":          fmt.Sprintf("this machine's clock stands %v before what is recorded: wait, or set it as it was then and note that in the minutes", no.Retry),
		"needs_reason/reason":        "say why, with --reason",
	}[string(no.Code)+"/"+no.Field]
	if no.Code == engine.NotHome {
		remedy = "the centre holds it: do it there"
		if no.Field != engine.Centre {
			remedy = "site " + no.Field + " holds it with a journal of its own: do it there, or take it back (terang site take-back)"
		}
	}
	if remedy == "" {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s: %s: %w", what, remedy, err)
}

// printAnswer says what became of an act; seats at which it failed make the command fail.
func printAnswer(r proctor.Response) error {
	if r.Proposal != "" {
		for _, f := range r.Failed {
			fmt.Printf("not in it: %s %s: %s %s\n", f.Seat, f.Number, f.Code, f.Field)
		}
		fmt.Printf("proposed: %s\nAnother person decides it: on the page /persetujuan, or with terang approve %s --as USER\n", r.Proposal, r.Proposal)
		return nil
	}
	for _, p := range r.PINs {
		fmt.Printf("%s %s pin=%s\n", p.Seat, p.Number, p.PIN)
	}
	switch {
	case len(r.Done)+len(r.Failed) == 0: // of no room
		fmt.Println("done")
		return nil
	case len(r.Failed) == 0:
		fmt.Printf("done, at %d seats\n", len(r.Done))
		return nil
	}
	lines := make([]string, len(r.Failed))
	for i, f := range r.Failed {
		lines[i] = fmt.Sprintf("  %s %s: %s %s", f.Seat, f.Number, f.Code, f.Field)
	}
	return fmt.Errorf("done at %d seats, not at %d:\n%s", len(r.Done), len(r.Failed), strings.Join(lines, "\n"))
}

// atCounter opens what the journal holds as a server does, for one act: it writes like
// one and follows the journal like one, since what is decided about results waits for its end;
// but it holds nothing. Beside servers on PostgreSQL it tells nobody that it lives, so
// that no page is sent to it; they follow what it writes.
func (f *officeFlags) atCounter(ctx context.Context, o *office, do func(*node.Node) error) error {
	keys, err := o.stores.OpenKeys(ctx, f.KeyPath())
	if err != nil {
		return err
	}
	n, err := node.Open(ctx, node.Parts{Stores: o.stores, Keys: keys, Log: process.NewLog(slog.LevelError)})
	if err != nil {
		return err
	}
	open, stop := context.WithCancel(context.WithoutCancel(ctx))
	var hall errgroup.Group
	hall.Go(func() error { return n.Hall.Writer().Run(open) })
	hall.Go(func() error { return n.Hall.Follow(open) })
	err = do(n)
	if err == nil { // and what somebody left half done
		err = n.Desk.Pairs().Settle(ctx)
	}
	stop()
	return errors.Join(err, hall.Wait())
}

// reads records that the account is shown something.
func (o *office) reads(ctx context.Context, what proctor.Reading) error {
	return proctor.NewReadings(o.stores.Register, o.log).Note(ctx, o.by, what, stores.Now())
}
