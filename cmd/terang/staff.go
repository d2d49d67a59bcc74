package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/term"

	"terang/engine"
	"terang/engine/memstore"
	"terang/proctor"
)

type staffCmd struct {
	Add     staffAdd     `cmd:"" help:"Add an account; the password is asked, or read from TERANG_NEW_PASSWORD."`
	Import  staffImport  `cmd:"" help:"Add accounts from a CSV file: user,name,role,exam,site,password."`
	List    staffList    `cmd:"" help:"List accounts."`
	Reset   staffReset   `cmd:"" help:"Give an account a new password; its sessions end."`
	Disable staffDisable `cmd:"" help:"Close an account; its sessions end."`
}

// officeFlags say who acts on a journal that no server holds.
type officeFlags struct {
	storeFlags
	As string `help:"Staff account that acts; the password is asked, or read from TERANG_PASSWORD." placeholder:"USER"`
}

// office is a journal opened by a command instead of a server.
type office struct {
	stores   *stores
	accounts *proctor.Accounts
	people   *proctor.People
	log      *proctor.Log
	by       proctor.Account
}

// open opens the journal for an act on an exam, or with "" on what is no single exam's.
// Until the first administrator exists, commands act as "setup"; after that somebody has to
// sign in who may do the act there: an account of one exam touches no other.
func (f *officeFlags) open(ctx context.Context, act, exam string) (*office, error) {
	s, err := openStores(f.Journal, true)
	if err != nil {
		return nil, err
	}
	o := &office{stores: s, people: proctor.NewPeople(s.register), log: proctor.NewLog(s.journal, proctor.Direct(s.journal))}
	o.accounts = proctor.NewAccounts(s.register, memstore.New(), o.log)
	if err := o.signIn(ctx, f.As, act, exam); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return o, nil
}

func (o *office) signIn(ctx context.Context, user, act, exam string) error {
	admin, err := o.accounts.HasAdmin(ctx)
	if err != nil {
		return err
	}
	if !admin && user == "" {
		o.by = proctor.Account{User: "setup", Name: "setup", Role: proctor.Admin}
		return nil
	}
	if user == "" {
		return usage("this journal has an administrator: say who acts, with --as USER")
	}
	password, err := secret("TERANG_PASSWORD", "Password of "+user)
	if err != nil {
		return err
	}
	o.by, err = o.verified(ctx, "--as", user, password, act, exam)
	return err
}

// verified is the account of somebody who may do the act there.
func (o *office) verified(ctx context.Context, flag, user, password, act, exam string) (proctor.Account, error) {
	a, err := o.accounts.Verify(ctx, user, password, "cli", now())
	switch {
	case err != nil:
		return a, fmt.Errorf("%s %s: %w", flag, user, err)
	case !proctor.May(a.Role, act):
		return a, fmt.Errorf("%s %s: role %s may not do this", flag, user, a.Role)
	case !a.Covers(exam, ""):
		return a, fmt.Errorf("%s %s: the account is for exam %q, site %q only; this needs one that covers more", flag, user, a.Exam, a.Site)
	}
	return a, nil
}

func now() engine.Instant { return engine.NewClock().Now() }

// secret reads a password from the environment, or from the terminal without echo.
func secret(env, prompt string) (string, error) {
	if v := os.Getenv(env); v != "" {
		return v, nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return "", usage("no terminal to ask on: set %s", env)
	}
	fmt.Fprint(os.Stderr, prompt+": ")
	v, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(os.Stderr)
	return string(v), err
}

type staffAdd struct {
	officeFlags
	User string `arg:"" help:"Sign-in name."`
	Role string `required:"" help:"admin, operator, supervisor, verifier or auditor."`
	Name string `help:"Name as shown; default: the sign-in name."`
	Exam string `help:"Only this exam."`
	Site string `help:"Only this site."`
}

// Run adds an account.
func (c *staffAdd) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActStaff, "")
	if err != nil {
		return err
	}
	password, err := secret("TERANG_NEW_PASSWORD", "New password of "+c.User)
	if err != nil {
		return errors.Join(err, o.stores.close())
	}
	a := proctor.Account{User: c.User, Name: c.Name, Role: proctor.Role(c.Role), Exam: c.Exam, Site: c.Site}
	if a.Name == "" {
		a.Name = a.User
	}
	err = o.accounts.Add(ctx, o.by.User, a, password, now())
	return errors.Join(err, o.stores.close())
}

type staffImport struct {
	officeFlags
	File string `arg:"" help:"CSV file."`
}

// Run adds all accounts of a file, or none.
func (c *staffImport) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActStaff, "")
	if err != nil {
		return err
	}
	return errors.Join(c.load(ctx, o), o.stores.close())
}

func (c *staffImport) load(ctx context.Context, o *office) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	n, faults, err := o.accounts.Import(ctx, o.by.User, f, now())
	if len(faults) > 0 {
		return tableFaults(c.File, faults)
	}
	if err == nil {
		fmt.Printf("%d accounts added\n", n)
	}
	return err
}

// tableFaults shows every fault of a file; nothing of it was taken.
func tableFaults(file string, faults []proctor.Fault) error {
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = file + ": " + f.String()
	}
	return fmt.Errorf("%s\n%s: %d faults, nothing was taken", strings.Join(lines, "\n"), file, len(faults))
}

type staffList struct {
	storeFlags
}

// Run lists accounts.
func (c *staffList) Run(ctx context.Context) error {
	s, err := openStores(c.Journal, false)
	if err != nil {
		return err
	}
	list, err := proctor.NewAccounts(s.register, memstore.New(), nil).List(ctx)
	if err == nil {
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "USER\tROLE\tEXAM\tSITE\tSTATE\tNAME")
		for _, a := range list {
			state := "open"
			if a.Disabled {
				state = "disabled"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", a.User, a.Role, a.Exam, a.Site, state, a.Name)
		}
		err = w.Flush()
	}
	return errors.Join(err, s.close())
}

type staffReset struct {
	officeFlags
	User string `arg:"" help:"Sign-in name."`
}

// Run gives an account a new password.
func (c *staffReset) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActStaff, "")
	if err != nil {
		return err
	}
	password, err := secret("TERANG_NEW_PASSWORD", "New password of "+c.User)
	if err == nil {
		err = o.accounts.Reset(ctx, o.by.User, c.User, password, now())
	}
	return errors.Join(err, o.stores.close())
}

type staffDisable struct {
	officeFlags
	User string `arg:"" help:"Sign-in name."`
}

// Run closes an account.
func (c *staffDisable) Run(ctx context.Context) error {
	o, err := c.open(ctx, proctor.ActStaff, "")
	if err != nil {
		return err
	}
	return errors.Join(o.accounts.Disable(ctx, o.by.User, c.User, now()), o.stores.close())
}
