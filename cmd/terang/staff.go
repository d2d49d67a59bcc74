package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"terang/cmd/terang/stores"
	"terang/engine"
	"terang/engine/memstore"
	"terang/proctor"
)

type staffCmd struct {
	Add      staffAdd      `cmd:"" help:"Add an account; the password is asked, or read from TERANG_NEW_PASSWORD."`
	Invite   staffInvite   `cmd:"" help:"Add an account whose owner chooses the password: prints a code to hand over."`
	Accept   staffAccept   `cmd:"" help:"Take an invitation by its code, as its owner: the own password is asked, or read from TERANG_NEW_PASSWORD."`
	Identity staffIdentity `cmd:"" help:"Bind your identity number to the account of --as, which has none."`
	Vouch    staffVouch    `cmd:"" help:"Say of accounts that another administrator has made alone that their owners have taken them: only then they count as people of their own."`
	Import   staffImport   `cmd:"" help:"Add accounts from a CSV file: user,name,role,exam,site, and sitting,person,password; who has no password is invited; several rows of one user are several grants."`
	List     staffList     `cmd:"" help:"List accounts."`
	Grant    staffGrant    `cmd:"" help:"Give an account one more role."`
	Revoke   staffRevoke   `cmd:"" help:"Take a role from an account."`
	Reset    staffReset    `cmd:"" help:"Give an account a new password; its sessions end. Another's takes two people."`
	Disable  staffDisable  `cmd:"" help:"Close an account; its sessions end."`
	Enable   staffEnable   `cmd:"" help:"Open an account again that one has disabled oneself; anybody else takes two people, and a reset."`
	TOTP     staffTOTP     `cmd:"" name:"totp" help:"Set up one's own second factor, or clear another's (two people)."`
	Recovery staffRecovery `cmd:"" help:"Make ten new recovery codes of one's own."`
	Sessions staffSessions `cmd:"" help:"List an account's sessions, or end them."`
	Policy   staffPolicy   `cmd:"" help:"Show which acts on accounts take two people, or change it."`
}

// grantFlags are a role and where it holds.
type grantFlags struct {
	Role    string `required:"" help:"admin, writer, reviewer, keyholder, operator, verifier, supervisor, committee, auditor or personnel."`
	Exam    string `help:"Only this exam."`
	Site    string `help:"Only this site."`
	Sitting string `help:"Only this sitting of --exam."`
}

// Validate is called by the command line's parser.
func (f *grantFlags) Validate() error {
	if !slices.Contains(proctor.Roles, proctor.Role(f.Role)) {
		return fmt.Errorf("--role %q: use one of %v", f.Role, proctor.Roles)
	}
	return nil
}

func (f *grantFlags) grant() proctor.Grant {
	return proctor.Grant{Role: proctor.Role(f.Role), Exam: f.Exam, Site: f.Site, Sitting: f.Sitting}
}

// newcomer are the flags of an account that is made.
type newcomer struct {
	officeFlags
	secondFlags
	grantFlags
	User   string `arg:"" help:"Sign-in name."`
	Name   string `help:"Name as shown; default: the sign-in name."`
	Person string `help:"Identity number (NIP): two accounts of one person never count as two people. The second administrator, whom the first makes alone, needs one."`
	Unit   string `help:"Whose staff it is (committee, exam team): who decides about a doubt is of another unit than who raised it."`
}

func (c *newcomer) account() proctor.Account {
	a := proctor.Account{User: c.User, Name: c.Name, Person: c.Person, Unit: c.Unit, Grants: []proctor.Grant{c.grant()}}
	if a.Name == "" {
		a.Name = a.User
	}
	return a
}

type staffAdd struct{ newcomer }

// Run adds an account.
func (c *staffAdd) Run(ctx context.Context) error {
	a := c.account()
	return c.deed(ctx, c.secondFlags, proctor.AccountAct{Deed: proctor.DeedCreate, Account: &a})
}

type staffInvite struct{ newcomer }

// Run adds an account that waits for its owner.
func (c *staffInvite) Run(ctx context.Context) error {
	a := c.account()
	return c.deed(ctx, c.secondFlags, proctor.AccountAct{Deed: proctor.DeedInvite, Account: &a})
}

type staffImport struct {
	officeFlags
	secondFlags
	Invitations string `help:"Write the invitations to this file (CSV: user,name,code,until), instead of showing them." placeholder:"FILE"`
	File        string `arg:"" help:"CSV file."`
}

// Run adds all accounts of a file, or none.
func (c *staffImport) Run(ctx context.Context) error {
	return c.act(ctx, func(o *office, by proctor.Signers) error {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		if c.Second != "" {
			user, err := o.second(ctx, c.Second, engine.ActGrant, proctor.ActGrant, proctor.StaffAccounts, "")
			if err != nil {
				return err
			}
			two, err := o.accounts.Get(ctx, user)
			if err != nil {
				return err
			}
			by.Two = &two
		}
		var out io.Writer = os.Stdout
		if c.Invitations != "" { // before anything is made: a code is shown once
			file, err := os.OpenFile(c.Invitations, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return fmt.Errorf("--invitations %s: %w", c.Invitations, err)
			}
			defer func() { _ = file.Close() }()
			out = file
		}
		done, faults, err := o.accounts.Import(ctx, by, f, stores.Now())
		if done.Added == 0 && c.Invitations != "" { // nothing was made: the next try needs the name
			err = errors.Join(err, os.Remove(c.Invitations))
		}
		if len(faults) > 0 {
			return tableFaults(c.File, faults)
		}
		if done.Added > 0 {
			fmt.Printf("%d accounts added\n", done.Added)
		}
		if err == nil {
			err = o.sayAstray(ctx)
		}
		return errors.Join(err, writeInvitations(out, done.Invitations))
	})
}

// writeInvitations writes codes as CSV, to be cut up and handed over.
func writeInvitations(w io.Writer, list []proctor.Invitation) error {
	if len(list) == 0 {
		return nil
	}
	table := csv.NewWriter(w)
	rows := [][]string{{"user", "name", "code", "until"}}
	for _, i := range list {
		rows = append(rows, []string{i.User, i.Name, i.Code, i.Until.String()})
	}
	return table.WriteAll(rows)
}

// tableFaults shows every fault of a file; nothing of it was taken.
func tableFaults(file string, faults []proctor.Fault) error {
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = file + ": " + hoursIn(f.String())
	}
	return fmt.Errorf("%s\n%s: %d faults, nothing was taken", strings.Join(lines, "\n"), file, len(faults))
}

type staffList struct {
	stores.Flags
}

// Run lists accounts, a line for each grant.
func (c *staffList) Run(ctx context.Context) error {
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return err
	}
	list, err := proctor.NewAccounts(s.Register, memstore.New(), nil, nil).Hands(ctx, proctor.SetupAccount(), proctor.ActStaff)
	if err == nil {
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "USER\tROLE\tEXAM\tSITE\tSITTING\tCODE\tSTATE\tPERSON\tMADE\tVOUCHED\tONE WITH\tNAME")
		for _, a := range list {
			code, grants := "no", a.Grants
			if a.Factor {
				code = "yes"
			}
			if len(grants) == 0 {
				grants = []proctor.Grant{{Role: "-"}}
			}
			for _, g := range grants {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.User, g.Role, g.Exam, g.Site, g.Sitting, code, a.State, a.Person, a.Made, a.Vouched, strings.Join(a.One, ","), a.Name)
			}
		}
		err = w.Flush()
	}
	return errors.Join(err, s.Close())
}

type staffGrant struct {
	officeFlags
	secondFlags
	grantFlags
	User string `arg:"" help:"Sign-in name."`
}

// Run gives a role.
func (c *staffGrant) Run(ctx context.Context) error {
	g := c.grant()
	return c.deed(ctx, c.secondFlags, proctor.AccountAct{Deed: proctor.DeedGrant, User: c.User, Grant: &g})
}

type staffRevoke struct {
	officeFlags
	grantFlags
	User string `arg:"" help:"Sign-in name."`
}

// Run takes a role.
func (c *staffRevoke) Run(ctx context.Context) error {
	return c.act(ctx, func(o *office, by proctor.Signers) error {
		return o.accounts.Revoke(ctx, by, c.User, c.grant(), stores.Now())
	})
}
