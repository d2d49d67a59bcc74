package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"terang/cmd/terang/stores"
	"terang/cmd/terang/usage"
	"terang/engine/memstore"
	"terang/proctor"
)

type tokenCmd struct {
	Add    tokenAdd    `cmd:"" help:"Make a token for another program, such as a personnel system; shown this once."`
	List   tokenList   `cmd:"" help:"List tokens."`
	Revoke tokenRevoke `cmd:"" help:"End a token."`
}

type tokenAdd struct {
	officeFlags
	grantFlags
	Name    string   `arg:"" help:"Name of the token: what the journal calls who acts by it."`
	Scope   []string `help:"Only these acts of the role, as roster.read; default: all that a program with the role may do." placeholder:"ACT"`
	Expires string   `required:"" help:"How long it lives, in days: 90d." placeholder:"90d"`
}

// Run makes a token.
func (c *tokenAdd) Run(ctx context.Context) error {
	days, err := strconv.Atoi(strings.TrimSuffix(c.Expires, "d"))
	if err != nil || !strings.HasSuffix(c.Expires, "d") {
		return usage.Errorf("--expires %q: write days, as 90d", c.Expires)
	}
	return c.act(ctx, func(o *office, by proctor.Signers) error {
		token, err := o.accounts.AddToken(ctx, by, c.Name, c.grant(), time.Duration(days)*24*time.Hour, stores.Now(), c.Scope...)
		if err == nil {
			fmt.Printf("token: %s\nSend it as Authorization: Bearer TOKEN. It is shown this once.\n", token)
		}
		return err
	})
}

type tokenList struct {
	stores.Flags
}

// Run lists tokens, without what opens anything.
func (c *tokenList) Run(ctx context.Context) error {
	s, err := stores.Open(c.Journal, false)
	if err != nil {
		return err
	}
	all, err := proctor.NewAccounts(s.Register, memstore.New(), nil, nil).Tokens(ctx)
	if err == nil {
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "NAME\tGRANT\tSTATE\tEXPIRES\tUSED\tBY")
		at := stores.Now()
		for _, t := range all {
			state := "open"
			switch {
			case t.Revoked != 0:
				state = "revoked"
			case !t.Open(at):
				state = "expired"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", t.Name, t.Grant, state, t.Expires, t.Used, t.By)
		}
		err = w.Flush()
	}
	return errors.Join(err, s.Close())
}

type tokenRevoke struct {
	officeFlags
	Name string `arg:"" help:"Name of the token."`
}

// Run ends a token.
func (c *tokenRevoke) Run(ctx context.Context) error {
	return c.act(ctx, func(o *office, by proctor.Signers) error {
		return o.accounts.RevokeToken(ctx, by, c.Name, stores.Now())
	})
}
