package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"

	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine"
	"terang/engine/memstore"
	"terang/proctor"
)

type staffAccept struct {
	stores.Flags
	Code   string `arg:"" help:"Code of the invitation."`
	Person string `help:"Your identity number (NIP): the one that the invitation was made for, if it was."`
}

// Run sets the password of whoever was invited: whoever has the code proves by it who they are.
func (c *staffAccept) Run(ctx context.Context) error {
	s, err := stores.Open(c.Journal, true)
	if err != nil {
		return err
	}
	accounts := proctor.NewAccounts(s.Register, memstore.New(), proctor.NewLog(s.Journal, proctor.Direct(s.Journal)), nil)
	return errors.Join(c.accept(ctx, accounts), s.Close())
}

func (c *staffAccept) accept(ctx context.Context, accounts *proctor.Accounts) error {
	a, err := accounts.Invited(ctx, c.Code, stores.Now())
	if err != nil {
		return withRemedy(err, acceptRemedies)
	}
	if a.Person != "" && c.Person == "" && term.IsTerminal(int(os.Stdin.Fd())) {
		if c.Person, err = secret("TERANG_PERSON", "Identity number of "+a.User); err != nil {
			return err
		}
	}
	password, err := secret("TERANG_NEW_PASSWORD", "New password of "+a.User)
	if err != nil {
		return err
	}
	if a, err = accounts.Accept(ctx, c.Code, proctor.Acceptance{Password: password, Person: c.Person}, stores.Now()); err != nil {
		return withRemedy(err, acceptRemedies)
	}
	fmt.Println("accepted:", a.User)
	return nil
}

type staffVouch struct {
	officeFlags
	User []string `arg:"" help:"Sign-in names."`
}

// Run says that accounts are their owners'.
func (c *staffVouch) Run(ctx context.Context) error {
	return c.act(ctx, func(o *office, by proctor.Signers) error {
		err := o.accounts.Vouch(ctx, by, c.User, stores.Now())
		var no *engine.Refusal
		switch {
		case err == nil:
			fmt.Println("vouched for:", len(c.User))
		case errors.As(err, &no) && no.Field == "vouch_early":
			return fmt.Errorf("%s: the owner has not taken the account yet (staff accept, or another password with staff reset USER --as USER): vouch after that", err.Error())
		case errors.As(err, &no) && no.Field == "vouched":
			return fmt.Errorf("%s: the account waits for nobody's word: leave it out", err.Error())
		}
		return err
	})
}

type staffIdentity struct {
	officeFlags
	Person string `arg:"" help:"Your identity number (NIP). It stays with the account."`
}

// Run binds an identity number to the account that acts.
func (c *staffIdentity) Run(ctx context.Context) error {
	return c.act(ctx, func(o *office, by proctor.Signers) error {
		if by.By.User == proctor.Setup {
			return usage.Errorf("say whose number it is, with --as USER")
		}
		return o.accounts.Bind(ctx, by.By, c.Person, stores.Now())
	})
}
