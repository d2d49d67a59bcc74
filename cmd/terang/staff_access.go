package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/proctor"
)

// issuer is what an authenticator calls the codes of this program.
const issuer = "Terang"

type staffReset struct {
	officeFlags
	secondFlags
	User   string `arg:"" help:"Sign-in name."`
	Invite bool   `help:"Print an invitation instead: the owner chooses the password."`
}

// Run gives an account a new password.
func (c *staffReset) Run(ctx context.Context) error {
	deed := proctor.DeedPassword
	if c.Invite {
		deed = proctor.DeedReinvite
	}
	return c.deed(ctx, c.secondFlags, proctor.AccountAct{Deed: deed, User: c.User})
}

type staffDisable struct {
	officeFlags
	User string `arg:"" help:"Sign-in name."`
}

// Run closes an account.
func (c *staffDisable) Run(ctx context.Context) error {
	return c.act(ctx, func(o *office, by proctor.Signers) error {
		return o.accounts.Disable(ctx, by, c.User, stores.Now())
	})
}

type staffEnable struct {
	officeFlags
	User string `arg:"" help:"Sign-in name."`
}

// Run opens an account that was closed.
func (c *staffEnable) Run(ctx context.Context) error {
	return c.act(ctx, func(o *office, by proctor.Signers) error {
		return o.accounts.Enable(ctx, by, c.User, stores.Now())
	})
}

type staffTOTP struct {
	officeFlags
	secondFlags
	Clear string `help:"Take the second factor of this account away: of somebody who has lost device and recovery codes." placeholder:"USER"`
}

// Run sets up one's own second factor, or clears another's.
func (c *staffTOTP) Run(ctx context.Context) error {
	if c.Clear != "" {
		return c.deed(ctx, c.secondFlags, proctor.AccountAct{Deed: proctor.DeedFactor, User: c.Clear})
	}
	return c.act(ctx, func(o *office, by proctor.Signers) error {
		if by.By.User == proctor.Setup {
			return usage.Errorf("say whose second factor it is, with --as USER")
		}
		if _, err := o.stores.OpenKeys(ctx, c.KeyPath()); err != nil {
			return err // what other keys seal, no server opens
		}
		address, err := o.accounts.NewFactor(ctx, by.By.User, issuer)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "Put this into the authenticator (30 s, 6 digits): %s\n%s\n", proctor.FactorSecret(address), address)
		code, err := secret("TERANG_NEW_CODE", "First code that it shows")
		if err != nil {
			return err
		}
		codes, err := o.accounts.ConfirmFactor(ctx, by.By.User, code, stores.Now())
		if err == nil {
			printRecovery(codes)
		}
		return err
	})
}

func printRecovery(codes []string) {
	fmt.Printf("Recovery codes, shown this once; each lets in one time without the device:\n%s\n", strings.Join(codes, "\n"))
}

type staffRecovery struct {
	officeFlags
}

// Run makes new recovery codes.
func (c *staffRecovery) Run(ctx context.Context) error {
	return c.act(ctx, func(o *office, by proctor.Signers) error {
		code, err := secret("TERANG_NEW_CODE", "Next code of the device")
		if err != nil {
			return err
		}
		codes, err := o.accounts.Renew(ctx, by.By.User, code, stores.Now())
		if err == nil {
			printRecovery(codes)
		}
		return err
	})
}

type staffSessions struct {
	officeFlags
	User   string `arg:"" help:"Sign-in name."`
	Revoke string `help:"End the session of this id, or all." placeholder:"ID|all"`
}

// Run lists or ends sessions.
func (c *staffSessions) Run(ctx context.Context) error {
	return c.act(ctx, func(o *office, by proctor.Signers) error {
		if c.Revoke != "" {
			n, err := o.accounts.RevokeSessions(ctx, by, c.User, strings.TrimPrefix(c.Revoke, "all"), "", stores.Now())
			if err == nil {
				fmt.Printf("%d sessions ended\n", n)
			}
			return err
		}
		all, err := o.accounts.SessionsFor(ctx, by, c.User, "", stores.Now())
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tSINCE\tSEEN\tFROM\tBROWSER")
		for _, s := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.ID, s.Since, s.Seen, s.From, s.Agent)
		}
		return w.Flush()
	})
}

type staffPolicy struct {
	officeFlags
	secondFlags
	TwoPerson *[]string `help:"Acts that take two: reset, grant:ROLE. An empty list is none." name:"two-person" sep:","`
}

// Run shows or sets the staff policy.
func (c *staffPolicy) Run(ctx context.Context) error {
	if c.TwoPerson != nil {
		p := proctor.StaffPolicy{TwoPerson: []string{}}
		for _, act := range *c.TwoPerson {
			if act = strings.TrimSpace(act); act != "" {
				p.TwoPerson = append(p.TwoPerson, act)
			}
		}
		return c.deed(ctx, c.secondFlags, proctor.AccountAct{Deed: proctor.DeedPolicy, Policy: &p})
	}
	return c.act(ctx, func(o *office, _ proctor.Signers) error {
		p, err := o.accounts.Policy(ctx)
		if err == nil {
			fmt.Printf("two people: %s\n", strings.Join(p.TwoPerson, " "))
		}
		return err
	})
}
